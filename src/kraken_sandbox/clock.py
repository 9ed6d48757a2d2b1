"""The exchange's clock: it runs with another one, and can be set."""

import threading
from collections.abc import Callable

Clock = Callable[[], float]
"""Gives the time in unix seconds."""


class SettableClock:
    """Runs as `base` does, `speed` times as fast, from where it was set. Safe to use from many threads.

    Everything that the exchange stamps or waits for goes by it: trades, ledger entries, candles, expiring keys,
    call counters, lockouts, Time and the header Date. Nonces are the clients' own numbers and compared with each
    other only. What delays a reply on its way (latency, faults) takes real time.
    """

    def __init__(self, base: Clock, *, speed: float = 1) -> None:
        self._base = base
        self._speed = speed
        self._base_start = base()
        self._start = self._base_start
        self._lock = threading.Lock()

    def __call__(self) -> float:
        with self._lock:
            return self._now()

    def _now(self) -> float:
        # Exactly the other clock's reading where nothing was set, without the errors of a sum of floats.
        if self._speed == 1 and self._start == self._base_start:
            return self._base()
        return self._start + (self._base() - self._base_start) * self._speed

    def set(self, moment: float) -> None:
        """Make it that time, in unix seconds; from there the clock goes on."""
        with self._lock:
            self._base_start, self._start = self._base(), moment

    def advance(self, seconds: float = 0, *, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Let so much time pass at once."""
        with self._lock:
            now = self._now()
            self._base_start = self._base()
            self._start = now + seconds + 60 * minutes + 3600 * hours + 86400 * days
