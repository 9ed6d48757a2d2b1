"""The moment by which something must be over."""

from __future__ import annotations

import time


class Deadline:
    """A moment on the monotonic clock.

    Args:
        seconds: from now.
    """

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def within(self, seconds: float) -> Deadline:
        """This moment, or the one in so many seconds, whichever comes first."""
        return Deadline(min(seconds, self.remaining()))

    def earlier(self, share: float) -> Deadline:
        """A moment that leaves this share of the time from now on unused."""
        return Deadline(self.remaining() * (1 - share))

    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self._ends - time.monotonic())


NO_DEADLINE = Deadline(float("inf"))
