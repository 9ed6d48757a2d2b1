"""The moment by which something must be over."""

from __future__ import annotations

import time


class Deadline:
    """A moment on the monotonic clock.

    Args:
        seconds: from now.
        supervised: whether somebody else leaves behind who overruns it, as a whole check does. Without that, who
            waits for what cannot be interrupted, such as the look-up of a name, has a thread of its own wait.
    """

    def __init__(self, seconds: float, *, supervised: bool = False) -> None:
        self._ends = time.monotonic() + seconds
        self.supervised = supervised

    def within(self, seconds: float) -> Deadline:
        """This moment, or the one in so many seconds, whichever comes first."""
        return Deadline(min(seconds, self.remaining()), supervised=self.supervised)

    def earlier(self, share: float) -> Deadline:
        """A moment that leaves this share of the time from now on unused."""
        return Deadline(self.remaining() * (1 - share), supervised=self.supervised)

    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self._ends - time.monotonic())


NO_DEADLINE = Deadline(float("inf"))
