"""Nonces: strictly increasing, in the key's own unit, one request of a key at a time.

Kraken accepts a nonce only if it is greater than the last one it saw for that key, in order of arrival, and
there is no way back down. So nonces here count the clock in the unit the key's other users count in, never more,
and they trail the clock a little: a bot that shares the key has its request under way accepted, and if the two
collide it is this program that is refused and tries again.
Source: https://support.kraken.com/articles/360000906023-what-is-a-nonce-
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable

_NANOSECONDS = {"ms": 1_000_000, "us": 1_000, "ns": 1}
_TRAIL_NANOSECONDS = 300_000_000


class NonceLane:
    """The one lane on which all requests of one key leave, one after the other.

    Hold `turn` from taking a nonce until the answer is there: two requests in flight may arrive swapped.
    """

    def __init__(self, unit: str, clock: Callable[[], int] = time.time_ns) -> None:
        self.turn = threading.Lock()
        self._tick = _NANOSECONDS[unit]
        self._clock = clock
        self._last = 0

    def next(self, *, trailing: bool = True) -> int:
        """A nonce greater than all before it, counted in the key's unit since 1970.

        Args:
            trailing: a little behind the clock; without it, of this very moment, for the one retry after
                another program's newer nonce came first.
        """
        now = self._clock() - (_TRAIL_NANOSECONDS if trailing else 0)
        self._last = max(self._last + 1, now // self._tick)
        return self._last


# They outlive their clients: a later one of the same key must go on where an earlier one was.
_lanes: dict[bytes, NonceLane] = {}
_lanes_lock = threading.Lock()


def lane_of(api_key: str, unit: str) -> NonceLane:
    """The lane of a key, the same for everyone in this process who uses that key."""
    name = hashlib.sha256(f"{unit}:{api_key}".encode()).digest()
    with _lanes_lock:
        return _lanes.setdefault(name, NonceLane(unit))
