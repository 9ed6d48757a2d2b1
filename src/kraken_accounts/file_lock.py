"""The one lock of files that processes change together: flock, which ends with the process that holds it.

It belongs to an open file, not to a process: two threads that have each opened the file exclude each other too,
and a forked child shares its parent's. So whoever is done says so, and does not leave it to the closing.
"""

from __future__ import annotations

import fcntl
import random
import time
from contextlib import suppress

_POLL = 0.005  # seconds; the system has no lock that is waited for until a deadline


def acquire(descriptor: int, seconds: float) -> None:
    """Lock an open file for oneself; on a file system that knows no locks, do without.

    Raises:
        TimeoutError: somebody else held it for so many seconds.
    """
    ends = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > ends:
                raise TimeoutError(f"somebody else held the lock for {seconds:g} s") from None
            time.sleep(random.uniform(0.5, 1.5) * _POLL)  # noqa: S311
        except OSError:
            return
        else:
            return


def release(descriptor: int) -> None:
    """Let others lock it, before it is closed: a process that was forked meanwhile has it open too."""
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_UN)
