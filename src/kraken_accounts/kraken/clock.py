"""What time it is at Kraken, from the `Date` of its answers: nonces must not outrun its clock.

A date has whole seconds, and an answer is under way for a while, so each tells between which two moments Kraken's
clock was; together they tell it better. Up to the 2 seconds that one date can tell, this machine's clock is taken
as it is; from there on Kraken's. A machine that is further ahead sends nothing with a key: a nonce of the future
would shut out every other program that uses the key, until the future is there.
Source of the header: https://www.rfc-editor.org/rfc/rfc9110#name-date
"""

from __future__ import annotations

import functools
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from ..deadline import Deadline
from .errors import CertificateNotTrusted, ClockAhead, KrakenError, Unreachable

_TOLD_BY_A_DATE = 2.0  # seconds; less than that is taken for none
_SURE = 1.0  # seconds; by so much a clock must be off for certain before it counts as off
_MOST_AHEAD = 5.0  # seconds
_STEP = 0.5  # seconds by which this machine's clock may run apart from its own count before it was set anew


class ExchangeClock:
    """Kraken's clock, as far as its answers have told it. For many threads.

    Args:
        clock: this machine's: seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        # Held by itself, not by way of the condition: Ctrl-C may strike in the condition's own methods, and leave
        # it held.
        self._lock = threading.RLock()
        self._told = threading.Condition(self._lock)
        self._asking = 0
        self._failure: KrakenError | None = None
        # By how many seconds this machine is ahead of Kraken, at least and at most.
        self._bounds: tuple[float, float] | None = None
        self._counted_from = 0.0

    def after_fork(self) -> None:
        """In a child process: nobody of the parent is asking here."""
        self._lock = threading.RLock()
        self._told = threading.Condition(self._lock)
        self._asking = 0

    def now(self) -> float:
        """This machine's seconds since 1970."""
        return self._clock()

    @property
    def known(self) -> bool:
        """Whether Kraken has told its time since this machine's clock was last set."""
        return self._bounds is not None and abs(self._counted_since() - self._counted_from) < _STEP

    @property
    def ahead(self) -> timedelta | None:
        """By how much this machine is ahead of Kraken, to about a second; None if that is not known."""
        bounds = self._bounds
        return None if bounds is None or not self.known else timedelta(seconds=sum(bounds) / 2)

    @property
    def their_time(self) -> datetime:
        """What time it is at Kraken (UTC): this machine's, unless that is known to be off."""
        ahead = self.ahead or timedelta()
        is_off = abs(ahead.total_seconds()) > _TOLD_BY_A_DATE
        return datetime.fromtimestamp(self._clock(), UTC) - (ahead if is_off else timedelta())

    def nanoseconds(self) -> int:
        """Nanoseconds since 1970 from which a nonce may be made now.

        Raises:
            ClockAhead: this machine's clock is too far ahead.
        """
        now = round(self._clock() * 1e9)
        if self._bounds is None:
            return now
        least, most = self._bounds
        middle = (least + most) / 2
        if middle > _MOST_AHEAD and least > _MOST_AHEAD - _SURE:
            raise ClockAhead(round(middle))
        # An answer that was long under way tells little: then the nonce is one that cannot be ahead in any case.
        is_off = (
            (middle > _TOLD_BY_A_DATE and least > _SURE)
            or (middle < -_TOLD_BY_A_DATE and most < -_SURE)
            or most > _TOLD_BY_A_DATE + _SURE
        )
        return now - round(most * 1e9) if is_off else now

    def learn(self, date: str | None, answered: float, under_way: float) -> None:
        """Take note of an answer's date.

        Args:
            date: as the header says it; None if it says none.
            answered: when it came, by `now`.
            under_way: seconds from the question to it, by a clock that nobody sets: this machine's may have been
                set meanwhile.
        """
        theirs = _seconds_of(date) if date else None
        if theirs is None:
            return
        least, most = answered - under_way - theirs - 1, answered - theirs
        with self._lock:
            if self._bounds is not None and self.known and least <= self._bounds[1] and self._bounds[0] <= most:
                least, most = max(least, self._bounds[0]), min(most, self._bounds[1])
            self._bounds = (least, most)
            self._counted_from = self._counted_since()
            self._told.notify_all()

    @contextmanager
    def expecting(self) -> Iterator[Callable[[KrakenError | None], None]]:
        """Meanwhile an answer that tells the time is awaited; call what this gives when it is there, or is not."""
        told = False

        def over(failure: KrakenError | None) -> None:
            nonlocal told
            with self._lock:
                if not told:
                    told = True
                    self._asking -= 1
                    self._wake_the_waiting(failure)

        with self._lock:
            self._asking += 1
        try:
            yield over
        finally:
            over(None)

    def make_sure(self, ask: Callable[[], object], deadline: Deadline) -> None:
        """Return once Kraken's time is known; where nobody is asking for it, ask.

        Args:
            ask: a question to one of Kraken's public endpoints, which calls `learn`.

        Raises:
            Unreachable: no public endpoint answered; nothing was sent with a key.
        """
        asking = waited = False
        failure: KrakenError | None = None
        try:
            with self._lock:
                while not self.known:
                    if not self._asking:
                        if waited and self._failure is not None:
                            raise _why_unknown(self._failure)
                        self._asking += 1
                        asking = True
                        break
                    waited = True
                    if not self._told.wait(min(deadline.remaining(), threading.TIMEOUT_MAX)):
                        raise _why_unknown(None)
                else:
                    return
            ask()
            if not self.known:
                failure = _why_unknown(None)
        except KrakenError as error:
            failure = error
        finally:
            if asking:
                with self._lock:
                    self._asking -= 1
                    # That the time of one was over, or that one was interrupted, tells the others nothing.
                    self._wake_the_waiting(failure if deadline.remaining() else None)
        if failure is not None and not self.known:
            raise _why_unknown(failure)

    def _wake_the_waiting(self, failure: KrakenError | None) -> None:
        """Those who wait for an answer ask themselves, unless there is a reason against it."""
        # A new one: the failure's own frames lead to the account that met it.
        self._failure = None if failure is None else _why_unknown(failure)
        self._told.notify_all()

    def _counted_since(self) -> float:
        """When this machine's own count of seconds began, by its clock: another moment after the clock was set."""
        return self._clock() - time.monotonic()


@functools.lru_cache(maxsize=4)  # hundreds of answers have the same
def _seconds_of(date: str) -> float | None:
    """Seconds since 1970 of a date as a header says it; None if it is none."""
    try:
        told = parsedate_to_datetime(date)
        # HTTP knows UTC only, but not all of its forms say so.
        return (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def _why_unknown(failure: KrakenError | None) -> KrakenError:
    """Nothing was sent with a key, whatever went wrong with the question that needs none."""
    if isinstance(failure, CertificateNotTrusted):
        return CertificateNotTrusted(failure.reason)
    if failure is None:
        return Unreachable("Kraken did not tell its time, so no key was used", sent=False)
    if isinstance(failure, Unreachable):
        return Unreachable(failure.reason, failure.remedy, sent=False)
    return Unreachable(f"Kraken did not tell its time: {failure.reason}", failure.remedy, sent=False)


_clocks: dict[str, ExchangeClock] = {}


def clock_of(url: str) -> ExchangeClock:
    """The clock of an exchange, the same for all who ask it in this process."""
    return _clocks.setdefault(url, ExchangeClock())


def keep_time_with(url: str, clock: Callable[[], float]) -> None:
    """Take another clock for this machine's towards one exchange: that of a simulated one, which may be set.

    Args:
        clock: seconds since 1970.
    """
    _clocks[url] = ExchangeClock(clock)


def _after_fork() -> None:
    for clock in _clocks.values():
        clock.after_fork()


os.register_at_fork(after_in_child=_after_fork)
