"""The exchange's clock: it runs with another one, and can be set."""

import math
import threading
from collections.abc import Callable

LATEST_MOMENT = 253_402_300_799
"""The last second that a date can tell, in unix seconds: with it all clocks stop."""

TOLERANCE = 0.001
"""In seconds. A clock's reading is a float, and so is what has been added to one."""

Clock = Callable[[], float]
"""Gives the time in unix seconds."""


class SettableClock:
    """Runs as `base` does, `speed` times as fast, from where it was set. Safe to use from many threads.

    Without a `start`, in unix seconds, it begins with the other clock's time. Raises ValueError for a speed that
    is not above 0, and for a time that no date can tell.

    Everything that the exchange stamps or waits for goes by it: trades, ledger entries, candles, expiring keys,
    call counters, lockouts, Time and the header Date. Nonces are the clients' own numbers and compared with each
    other only. What delays a reply on its way (latency, faults) takes real time.
    """

    def __init__(self, base: Clock, *, start: float | None = None, speed: float = 1) -> None:
        if not (math.isfinite(speed) and speed > 0):
            raise ValueError(f"a clock's speed is a number above 0, not {speed}")
        self.speed = speed
        self._base = base
        self._base_start = base()
        self._start = self._base_start if start is None else _told(start)
        self._lock = threading.Lock()

    def __call__(self) -> float:
        with self._lock:
            return self._now()

    @property
    def is_set(self) -> bool:
        """Whether it differs from the clock that it runs with."""
        return self.speed != 1 or self._start != self._base_start

    def _now(self) -> float:
        # Exactly the other clock's reading where nothing was set, without the errors of a sum of floats.
        if not self.is_set:
            return self._base()
        return min(self._start + (self._base() - self._base_start) * self.speed, LATEST_MOMENT)

    def set(self, moment: float) -> None:
        """Make it that time, in unix seconds, and go on from there. ValueError where no date can tell it."""
        with self._lock:
            self._base_start, self._start = self._base(), _told(moment)

    def advance(self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Let so much time pass at once. ValueError where no date can tell what comes then."""
        passing = seconds + 60 * minutes + 3600 * hours + 86400 * days
        with self._lock:
            self._start, self._base_start = _told(self._now() + passing), self._base()


def _told(moment: float) -> float:
    if not 0 <= moment <= LATEST_MOMENT:
        raise ValueError(f"a time is one from 1970 to 9999 in unix seconds, not {moment}")
    return moment


def next_multiple(start: float, every: int, after: float) -> float:
    """The first time after `after` that lies a multiple of so many seconds after `start`, one at least."""
    return start + every * max(1, math.floor((after - start + TOLERANCE) / every) + 1)
