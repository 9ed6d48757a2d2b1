"""Calls a function when its time has come, unless that was cancelled: one thread for the whole process.

What a socket's own timeout cannot do: it begins anew with every byte that arrives.
"""

from __future__ import annotations

import heapq
import itertools
import os
import threading
import time
from collections.abc import Callable

_FEW = 64  # alarms, not worth tidying up


class Alarm:
    """A call to come. Once `cancel` has returned, it has been made or never will be."""

    def __init__(self, due: float, action: Callable[[], object]) -> None:
        self.due = due
        self.rang = False
        self._action: Callable[[], object] | None = action
        self._lock = threading.Lock()

    @property
    def cancelled(self) -> bool:
        return self._action is None

    def cancel(self) -> None:
        with self._lock:
            self._action = None

    def ring(self) -> None:
        with self._lock:
            if self._action is not None:
                self.rang = True
                self._action()


class AlarmClock:
    """Rings alarms. Actions must be short, for they delay each other, and must not fail."""

    def __init__(self) -> None:
        self._alarms: list[tuple[float, int, Alarm]] = []
        self._count = itertools.count()
        self._tidied_at = _FEW
        # Held by itself, not by way of the condition: Ctrl-C may strike in the condition's own methods, and leave
        # it held.
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._running = False
        # A forked process has none of the parent's threads, and none of its requests.
        os.register_at_fork(after_in_child=self._start_anew)

    def after(self, seconds: float, action: Callable[[], object]) -> Alarm:
        """Have a function called in so many seconds.

        Raises:
            RuntimeError: the system allows no further thread.
        """
        alarm = Alarm(time.monotonic() + seconds, action)
        with self._lock:
            if not self._running:
                threading.Thread(target=self._ring_in_time, name="alarm clock", daemon=True).start()
                self._running = True
            if len(self._alarms) >= self._tidied_at:
                self._tidy()
            heapq.heappush(self._alarms, (alarm.due, next(self._count), alarm))
            if self._alarms[0][2] is alarm:
                self._changed.notify()
        return alarm

    def _start_anew(self) -> None:
        self._alarms.clear()
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._running = False

    def _tidy(self) -> None:
        """Let go of what was cancelled: with a long timeout, it would stay until its time had come."""
        self._alarms = [entry for entry in self._alarms if not entry[2].cancelled]
        heapq.heapify(self._alarms)
        self._tidied_at = max(_FEW, 2 * len(self._alarms))

    def _ring_in_time(self) -> None:
        while True:
            with self._lock:
                while not self._alarms or (
                    self._alarms[0][0] > time.monotonic() and not self._alarms[0][2].cancelled
                ):
                    wait = self._alarms[0][0] - time.monotonic() if self._alarms else None
                    self._changed.wait(None if wait is None else min(wait, threading.TIMEOUT_MAX))
                _, _, alarm = heapq.heappop(self._alarms)
            alarm.ring()


alarm_clock = AlarmClock()
