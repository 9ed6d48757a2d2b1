"""How often Kraken lets this address ask: found out while asking, and shared by all who ask from here.

Nobody is held up until the servers in front of Kraken refuse a request because of the address it comes from.
From then on requests leave one by one: at the rate at which Kraken took them when it refused one, less a tenth.
The rate grows until the next refusal: at first by a multiple each second, because the refusal may have come of
a burst and not of the rate; after each refusal much more slowly, and the faster the longer none comes. That is
the rule of the adaptive retries in Amazon's clients, and of TCP's slow start and CUBIC.
Sources: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html,
https://www.rfc-editor.org/rfc/rfc5681#section-3.1, https://www.rfc-editor.org/rfc/rfc9438
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from ..deadline import Deadline
from ..shared_record import SharedRecord
from ..storage import Storage
from .errors import AddressLimited

_KEPT = 3600.0  # seconds after the last refusal
_PAUSE = 5.0  # seconds without a request, after which a run begins anew rather than goes on
_CUT = 0.9  # of the rate at which requests were taken
_AGAIN = 0.95  # of that, where a later run begins
_FIRST = 5.0  # requests a second, at least, after the first refusal
_LEAST = 0.1  # requests a second
_GROWTH = 1.5  # doublings of the rate in a second, after the first refusal
_SLOWER = 0.15  # of that, after each further refusal
_FASTER = 0.004  # doublings in a second, for each second without a refusal
_ROOM = 0.25  # seconds that must be left for the answer
_TOGETHER = 10.0  # seconds: requests of several keys that are throttled so close have one cause
_BETWEEN_LOOKS = 1.0  # seconds, at what other processes have learned


@dataclass(slots=True)
class Limit:
    """What is known of it. Times are this machine's seconds since 1970, rates are in requests a second.

    Attributes:
        rate: at which requests leave; 0 while nothing limits them.
        cut_to: the same right after the last refusal.
        growth: doublings of the rate in a second, at least.
        refused_at: when the last refusal came.
        eased_at: when the rate began to grow.
        grown_at: until when it has grown.
        next_at: when it is the next request's turn.
        until: before when Kraken has asked not to be asked.
        used_at: when a request last left or was answered.
        second: when the second began in which `taken` requests were taken.
        taken_before: how many were in the second before that.
    """

    rate: float = 0.0
    cut_to: float = 0.0
    growth: float = 0.0
    refused_at: float = 0.0
    eased_at: float = 0.0
    grown_at: float = 0.0
    next_at: float = 0.0
    until: float = 0.0
    used_at: float = 0.0
    second: float = 0.0
    taken: int = 0
    taken_before: int = 0

    def is_believable(self, now: float) -> bool:
        """Whether it is of the last hour, by a clock that nobody has set back since."""
        return now - self.refused_at < _KEPT and self.used_at <= now + 1

    def wait(self, now: float) -> float:
        """Seconds until the next request may leave; 0 where it leaves now."""
        if now - self.used_at > _PAUSE:
            self.rate, self.eased_at, self.grown_at = self.cut_to * _AGAIN, now, now
        self.used_at = now
        if (seconds := max(self.next_at, self.until) - now) > 0:
            return seconds
        # Whoever was woken a little late has not lost its turn.
        self.next_at = max(self.next_at, now - 1 / self.rate) + 1 / self.rate
        return 0.0

    def taken_at(self, now: float) -> None:
        """Kraken has taken a request."""
        self._count(now)
        self.taken += 1
        self.used_at = now
        if self.rate and (passed := now - self.grown_at) > 0:
            growth = max(self.growth, _FASTER * (now - self.eased_at))
            self.rate *= 2.0 ** (growth * min(passed, 1.0))
            self.grown_at = now

    def refused(self, now: float, sent: float, until: float) -> None:
        """Kraken has refused a request that left at `sent`, and asks not to be asked before `until`."""
        paused_until = self.until
        self.until = max(self.until, until)
        self.used_at = now
        if sent <= self.refused_at:
            return  # it left before the rate was cut
        self._count(now)
        took = self.taken + self.taken_before * max(0.0, 1 - (now - self.second))
        begun_at = max(self.refused_at, paused_until)
        if not self.rate:
            took = max(took, _FIRST)
        elif now - begun_at < 1:
            took = self.rate  # a whole second was not measured
        else:
            took = min(max(took, self.rate / 2), self.rate)
        self.growth = self.growth * _SLOWER if self.rate else _GROWTH
        self.rate = self.cut_to = max(took * _CUT, _LEAST)
        self.refused_at = now
        self.eased_at = self.grown_at = max(now, self.until)
        self.next_at = self.eased_at + 1 / self.rate

    def _count(self, now: float) -> None:
        """Begin a new second, if that is over in which requests were counted."""
        if (passed := now - self.second) >= 1:
            self.taken_before = self.taken if passed < 2 else 0
            self.second, self.taken = now - passed % 1, 0


class Pace:
    """The pace of all requests to one exchange, for many threads and for all processes that share the record.

    Args:
        record: where what was learned is shared with other processes, and kept for later ones.
        clock: seconds since 1970.
        sleep: waits for so many seconds.
    """

    def __init__(
        self,
        record: SharedRecord,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._record = record
        self._clock = clock
        self._sleep = sleep
        self._door = threading.Lock()
        self._free = Limit()  # counts what is taken while nothing limits requests
        self._limited = False
        self._looked_at = float("-inf")
        self._throttled: dict[int, float] = {}

    def after_fork(self) -> None:
        """In a child process: no thread of the parent waits here."""
        self._door = threading.Lock()
        self._record.after_fork()

    @property
    def rate(self) -> float | None:
        """Requests a second; None while nothing limits them."""
        with self._limit() as limit:
            return limit.rate or None

    def now(self) -> float:
        """Seconds since 1970, as `refused` wants them."""
        return self._clock()

    def wait(self, deadline: Deadline) -> float:
        """When the next request leaves (seconds since 1970): now, after a wait for its turn.

        Raises:
            AddressLimited: it is not its turn before the deadline; nothing was sent.
        """
        if self._is_limited():
            # One waits for its turn, and the others for that one.
            if not self._door.acquire(timeout=min(deadline.remaining(), threading.TIMEOUT_MAX)):
                raise self._too_slow()
            try:
                while seconds := self._seconds_to_wait():
                    if seconds + _ROOM >= deadline.remaining():
                        raise self._too_slow()
                    self._sleep(seconds)
            finally:
                self._door.release()
        return self._clock()

    def taken(self) -> None:
        """Take note that Kraken has answered a request, whatever it said."""
        if not self._limited:
            self._free.taken_at(self._clock())
            return
        with self._limit() as limit:
            limit.taken_at(self._clock())

    def refused(self, sent: float, until: datetime | None) -> None:
        """Take note that Kraken has refused a request because of the address.

        Args:
            sent: when the request left, as `wait` said.
            until: before when Kraken asks not to be asked (UTC); None where it says nothing of that.
        """
        self._limited = True
        with self._limit() as limit:
            limit.refused(self._clock(), sent, until.timestamp() if until else 0.0)

    def concerns_all(self, asker: int | None, left_at: float) -> bool:
        """Whether that a request was throttled has another cause than its key: if another one's was, too.

        Args:
            asker: a number for whoever asks with a key, another one for each; None for a request without one.
            left_at: when the request left.
        """
        others = [at for other, at in self._throttled.items() if other != asker and left_at - at < _TOGETHER]
        if asker is not None:
            self._throttled[asker] = self._clock()
        return asker is None or bool(others)

    def _is_limited(self) -> bool:
        now = self._clock()
        if not self._limited and not 0 <= now - self._looked_at < _BETWEEN_LOOKS:
            self._looked_at = now
            with self._limit() as limit:
                self._limited = bool(limit.rate)
        return self._limited

    def _seconds_to_wait(self) -> float:
        with self._limit() as limit:
            if limit.rate:
                return limit.wait(self._clock())
        self._limited = False  # it was an hour ago
        return 0.0

    def too_slow(self) -> AddressLimited | None:
        """Why it was not the turn of all who wanted to ask; None while nothing limits them."""
        return self._too_slow() if self._is_limited() else None

    def _too_slow(self) -> AddressLimited:
        with self._limit() as limit:
            if limit.until > self._clock():
                return AddressLimited("Kraken refuses this address", datetime.fromtimestamp(limit.until, UTC))
            return AddressLimited(f"Kraken lets this address ask about {_per_second(limit.rate)}")

    @contextmanager
    def _limit(self) -> Iterator[Limit]:
        """What is known, to be read and changed while nobody else does."""
        with self._record.changing() as values:
            limit = _limit_of(values)
            if limit is None or not limit.is_believable(self._clock()):
                limit = self._free
            yield limit
            if limit.rate:
                values.update(asdict(limit))
                self._free = Limit()


def _limit_of(values: dict[str, Any]) -> Limit | None:
    """The limit as it was kept; None if there is none, or none that makes sense."""
    try:
        limit = Limit(**values)
        numbers = [float(value) for value in values.values()]
    except (TypeError, ValueError, OverflowError):
        return None
    is_sensible = all(0 <= number < 1e12 for number in numbers) and _LEAST <= limit.cut_to <= limit.rate
    return limit if is_sensible else None


def _per_second(rate: float) -> str:
    """In words: "20 times a second", or "once in 10 seconds"."""
    return f"{rate:.0f} times a second" if rate >= 1.5 else f"once in {max(1, round(1 / rate))} s"


_paces: dict[tuple[str, object], Pace] = {}


def pace_of(url: str, state: Storage) -> Pace:
    """The pace of an exchange, the same for all who ask it in this process and keep their state at one place."""
    record = state.shared_record("pace", url)
    known = _paces.get((url, record.path))
    return known or _paces.setdefault((url, record.path), Pace(record))


def _after_fork() -> None:
    for pace in _paces.values():
        pace.after_fork()


os.register_at_fork(after_in_child=_after_fork)
