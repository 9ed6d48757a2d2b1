"""Nonces: strictly increasing, in the key's own unit, one request of a key at a time.

Kraken accepts a nonce only if it is greater than the last one it saw for that key, in order of arrival, and
there is no way back down. So nonces here count the clock in the unit the key's other users count in, never more,
and they trail the clock a little: a bot that shares the key has its request under way accepted, and if the two
collide it is this program that is refused and tries again. docs/RELIABILITY.md has the measurements.
Source: https://support.kraken.com/articles/360000906023-what-is-a-nonce-
"""

from __future__ import annotations

import hashlib
import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ..alarm_clock import Alarm, alarm_clock
from ..shared_number import HeldElsewhere, SharedNumber
from ..storage import NOTHING_KEPT, Storage
from .errors import KeyBusy

_NANOSECONDS = {"ms": 1_000_000, "us": 1_000, "ns": 1}
_BELIEVED_AHEAD = 300 * 1_000_000_000
"""By how many nanoseconds a kept nonce may be ahead of the clock."""

TRAIL = 0.3
"""Seconds by which a nonce trails the clock: longer than a bot's request is under way."""


YIELDING_REFUSALS = 2
"""How often a request gives way to another program before it stops trailing the clock."""
_MOST_REFUSALS = 6
_LONGEST_PAUSE = 0.1  # seconds, between attempts that do not give way


def pause_after(refusals: int) -> float | None:
    """Seconds to wait after so many refusals of one request's nonces; None to give up.

    At first as long as nonces trail: then what the other program has sent meanwhile is behind them, if it calls
    less often than that. A program that calls more often leaves only gaps to hit by chance.
    """
    if refusals >= _MOST_REFUSALS:
        return None
    if refusals < YIELDING_REFUSALS:
        return TRAIL * random.uniform(1, 1.2)  # noqa: S311
    return random.uniform(0, _LONGEST_PAUSE)  # noqa: S311


class Turn:
    """The right to be the only one who sends with a key."""

    def __init__(self, thread_lock: threading.Lock, shared: SharedNumber | None) -> None:
        self._thread_lock = thread_lock
        self._shared = shared
        self._ending = threading.Lock()
        self._over = False
        self._alarm: Alarm | None = None

    def end_after(self, seconds: float) -> None:
        """End it then, if it has not been ended before; where no thread is to be had for that, not until then."""
        with suppress(RuntimeError):
            self._alarm = alarm_clock.after(seconds, self.end)

    def close(self) -> None:
        """End it now."""
        self.end()
        # Not before: what Ctrl-C interrupts until here is ended by the alarm.
        if self._alarm is not None:
            self._alarm.cancel()

    def end(self) -> None:
        """Let the next one have its turn; a second time, and from another thread, is fine."""
        with self._ending:
            if not self._over:
                if self._shared:
                    self._shared.release()
                # In this order, side by side: what Ctrl-C has interrupted is ended by whoever ends it again.
                self._over = True
                self._thread_lock.release()


class NonceLane:
    """The one lane on which all requests of one key leave, one after the other.

    Args:
        unit: what the key's nonces count: ``ms``, ``us`` or ``ns`` since 1970.

    Attributes:
        gives_way: whether nonces trail the clock. Until it proves vain: a program that uses the key more often
            than nonces trail would have every request of this one refused.
        last: the last nonce that was given out here; 0 for none yet.
        before: the one that another process had left when that was given out; None without one.
    """

    def __init__(self, unit: str) -> None:
        self._turn = threading.Lock()
        self._shared: SharedNumber | None = None
        self._tick = _NANOSECONDS[unit]
        self.last = 0
        self.before: int | None = None
        self.gives_way = True

    def share(self, last: SharedNumber | None) -> None:
        """From now on go on from the last nonce of other processes too; None changes nothing."""
        if last is not None and self._shared is None:
            with self._turn:
                self._shared = self._shared or last

    @contextmanager
    def turn(self, seconds: float) -> Iterator[Turn]:
        """Have the lane to oneself, from taking a nonce until the answer is there, or the turn is ended.

        Two requests in flight may arrive swapped, so this waits for the others: threads, and processes too.

        Raises:
            KeyBusy: they were not done within so many seconds.
        """
        ends = time.monotonic() + seconds
        lock, shared = self._turn, self._shared
        if not lock.acquire(timeout=min(seconds, threading.TIMEOUT_MAX)):
            raise KeyBusy(shared.holder if shared else None)
        try:
            if shared:
                shared.acquire(ends - time.monotonic())
        except HeldElsewhere as held:
            lock.release()
            raise KeyBusy(held.process_id) from None
        except BaseException:
            lock.release()
            raise
        turn = Turn(lock, shared)
        try:
            yield turn
        finally:
            turn.close()

    def accepted(self, refusals: int) -> None:
        """Take note that a request was accepted after so many refusals of its nonces."""
        if refusals >= YIELDING_REFUSALS:
            self.gives_way = False

    def next(self, now: int, *, trailing: bool = True) -> int:
        """A nonce greater than all before it, counted in the key's unit since 1970.

        Args:
            now: nanoseconds since 1970, not ahead of Kraken's clock.
            trailing: a little behind the clock; without it, of this very moment, for a request that must not
                give way, or no longer can.
        """
        wanted = now - (round(TRAIL * 1e9) if trailing else 0)
        self.before = (self._shared.value if self._shared else None) or None
        others = self.before or 0
        if others > (now + _BELIEVED_AHEAD) // self._tick:
            # Written under a wrong clock, or in another unit. To go on from there would shut everybody else out.
            others = 0
        self.last = max(self.last + 1, others + 1, wanted // self._tick)
        if self._shared:
            self._shared.value = self.last
        return self.last

    def after_fork(self) -> None:
        """In a child process: a request that is under way is the parent's, and so is its turn."""
        self._turn = threading.Lock()
        if self._shared:
            self._shared.forget()


# They outlive their clients: a later one of the same key must go on where an earlier one was.
_lanes: dict[bytes, NonceLane] = {}


def lane_of(api_key: str, unit: str, state: Storage = NOTHING_KEPT) -> NonceLane:
    """The lane of a key, the same for all who use that key: in this process, and through `state` in others."""
    name = hashlib.sha256(f"{unit}:{api_key}".encode()).digest()
    lane = _lanes.setdefault(name, NonceLane(unit))
    lane.share(state.shared_number("nonce", api_key))
    return lane


def _after_fork() -> None:
    for lane in _lanes.values():
        lane.after_fork()


os.register_at_fork(after_in_child=_after_fork)
