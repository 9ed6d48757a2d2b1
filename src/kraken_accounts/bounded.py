"""Work that may hang, and must not hold anybody up."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar

Result = TypeVar("Result")


def within(seconds: float, jobs: Sequence[Callable[[], Result]]) -> list[Result | None]:
    """What each of the jobs returns; None where it raised, or was not done in time.

    All run at once, each in a thread that does not keep the process alive: what takes longer may go on to the end
    of the process, and nobody hears what came of it.
    """
    done: queue.SimpleQueue[tuple[int, Result | None]] = queue.SimpleQueue()
    results: list[Result | None] = [None] * len(jobs)
    ends = time.monotonic() + seconds
    for number, job in enumerate(jobs):
        work = partial(_do, job, number, done)
        try:
            threading.Thread(target=work, daemon=True).start()
        except RuntimeError:
            done.put((number, None))  # no thread to be had
    for _ in jobs:
        try:
            number, result = done.get(timeout=max(ends - time.monotonic(), 0))
        except queue.Empty:
            break
        results[number] = result
    return results


def _do(job: Callable[[], Result], number: int, done: queue.SimpleQueue[tuple[int, Result | None]]) -> None:
    result = None
    with suppress(Exception):  # its words, and the frames behind it, may hold what is secret
        result = job()
    done.put((number, result))
