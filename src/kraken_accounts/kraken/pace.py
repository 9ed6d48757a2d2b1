"""How often this address may ask Kraken: one pace for all requests of a process, shared with other processes.

What Kraken lets through is found out by asking, by the rule in `rate_limit`. One request after the other waits for
its turn; those of the account that came first go first.
"""

from __future__ import annotations

import heapq
import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime

from ..deadline import Deadline
from ..shared_record import SharedRecord
from ..storage import Storage
from .errors import AddressLimited, KrakenError, Unreachable
from .rate_limit import Limit, limit_of

_ROOM = 0.25  # seconds that must be left for the answer
_TOGETHER = 10.0  # seconds: refusals of several keys that are so close have one cause
_BETWEEN_LOOKS = 1.0  # seconds, at what other processes have learned
_SILENCE = 1.0  # seconds without any answer, after which it is not the pace that keeps one from coming


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
        self._door = _Door()
        self._free = Limit()  # counts what is taken while nothing limits requests
        self._limited_since: float | None = None  # when this process learned of the limit; None without one
        self._looking = threading.Lock()
        self._looked_at = float("-inf")
        self._refused: dict[int, float] = {}
        self._begun_here = False  # whether nothing was limited before this process was refused something
        self._answered_at = float("-inf")
        self._silent_since: float | None = None  # when the first request left after the last answer

    def after_fork(self) -> None:
        """In a child process: no thread of the parent waits here."""
        self._door = _Door()
        self._looking = threading.Lock()
        self._record.after_fork()

    @property
    def rate(self) -> float | None:
        """Requests a second; None while nothing limits them."""
        with self._limit() as limit:
            return limit.rate or None

    def now(self) -> float:
        """Seconds since 1970, as `refused` wants them."""
        return self._clock()

    def wait(self, deadline: Deadline, asker: int = 0) -> float:
        """When the next request leaves (seconds since 1970): now, after a wait for its turn.

        Args:
            asker: a number for whoever asks. The lowest goes first, so that few are begun and not ended in time.

        Raises:
            AddressLimited: it is not its turn before the deadline; nothing was sent.
            Unreachable: the same, while Kraken answers nobody.
        """
        if self._is_limited():
            # One waits for its turn, and the others for that one.
            if not self._door.enter(asker, deadline.remaining()):
                raise self._too_slow()
            try:
                while seconds := self._seconds_to_wait():
                    if seconds + _ROOM >= deadline.remaining():
                        raise self._too_slow()
                    self._sleep(seconds)
            finally:
                self._door.leave()
        left_at = self._clock()
        if self._silent_since is None:
            self._silent_since = left_at
        return left_at

    def taken(self) -> None:
        """Take note that Kraken has answered a request, whatever it said."""
        self._silent_since, self._answered_at = None, self._clock()
        if self._limited_since is None:
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
        self._silent_since = None
        if self._limited_since is None:
            self._limited_since = self._clock()
        with self._limit() as limit:
            self._begun_here |= not limit.rate
            if limit.rate and sent < self._limited_since:
                # It did not keep to the rate that another process has found, so it says nothing of that.
                sent = limit.refused_at
            limit.refused(self._clock(), sent, until.timestamp() if until else 0.0)

    def concerns_all(self, asker: int, left_at: float, refused_before: float | None = None) -> bool:
        """Whether a refusal is about the address: if somebody else was refused lately, too.

        Alone, a key is refused for its own sake, and a question without one for that of its endpoint. So are
        several that are refused again while others are answered, and what was taken for a limit then was none.

        Args:
            asker: a number for whoever asks with a key, another one for each; 0 for a request without one.
            left_at: when the request left.
            refused_before: when this very question was last refused; None if it was not.
        """
        if refused_before is not None and refused_before < self._answered_at:
            self._refused.pop(asker, None)
            if self._begun_here and not self._refused:
                self._forget()
            return False
        others = [at for other, at in tuple(self._refused.items()) if other != asker and left_at - at < _TOGETHER]
        self._refused[asker] = self._clock()
        return bool(others)

    def _forget(self) -> None:
        """Nothing limits anybody but those who were refused."""
        self._begun_here, self._limited_since = False, None
        self._free = Limit()
        with self._record.changing() as values:
            values.clear()

    def _is_limited(self) -> bool:
        if self._limited_since is None and self._is_time_to_look():
            # Many come at once as a run begins, and none may go before it is known what an earlier run learned.
            with self._looking:
                if self._is_time_to_look():
                    with self._limit() as limit:
                        self._looked_at = self._clock()
                        self._limited_since = self._looked_at if limit.rate else None
        return self._limited_since is not None

    def _is_time_to_look(self) -> bool:
        return not 0 <= self._clock() - self._looked_at < _BETWEEN_LOOKS

    def _seconds_to_wait(self) -> float:
        with self._limit() as limit:
            if limit.rate:
                return limit.wait(self._clock())
        self._limited_since = None  # it was an hour ago
        return 0.0

    def too_slow(self) -> AddressLimited | None:
        """Why it was not the turn of all who wanted to ask; None while nothing limits them, or nobody answers."""
        reason = self._too_slow() if self._is_limited() else None
        return reason if isinstance(reason, AddressLimited) else None

    def _too_slow(self) -> KrakenError:
        if self._silent_since is not None and not 0 <= self._clock() - self._silent_since < _SILENCE:
            return Unreachable("Kraken did not answer in time", sent=False)
        with self._limit() as limit:
            if not limit.rate:  # what was known of it is gone
                return AddressLimited("Kraken has lately had too many requests from this address")
            if limit.until > self._clock():
                return AddressLimited("Kraken refuses this address", datetime.fromtimestamp(limit.until, UTC))
            return AddressLimited(f"Kraken lets this address ask about {_per_second(limit.rate)}")

    @contextmanager
    def _limit(self) -> Iterator[Limit]:
        """What is known, to be read and changed while nobody else does."""
        with self._record.changing() as values:
            limit = limit_of(values)
            if limit is None or not limit.is_believable(self._clock()):
                limit = self._free
            yield limit
            if limit.rate:
                values.clear()
                values.update(asdict(limit))
                self._free = Limit()


class _Door:
    """Lets one thread in at a time; of those who wait, the one with the lowest number goes first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_taken = False
        self._waiting: list[tuple[int, int, threading.Event]] = []
        self._arrivals = itertools.count()

    def enter(self, number: int, seconds: float) -> bool:
        """Whether it has been let in, within so many seconds."""
        with self._lock:
            if not self._is_taken:
                self._is_taken = True
                return True
            place = (number, next(self._arrivals), threading.Event())
            heapq.heappush(self._waiting, place)
        if place[-1].wait(min(seconds, threading.TIMEOUT_MAX)):
            return True
        with self._lock:
            if place not in self._waiting:
                return True  # it was let in this very moment
            self._waiting.remove(place)
            heapq.heapify(self._waiting)
        return False

    def leave(self) -> None:
        """Let the next one in."""
        with self._lock:
            if self._waiting:
                heapq.heappop(self._waiting)[-1].set()
            else:
                self._is_taken = False


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
