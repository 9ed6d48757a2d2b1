"""Many waits at once, within a deadline; whoever hangs is left behind and keeps nothing from ending."""

from __future__ import annotations

import itertools
import os
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from .kraken.client import Deadline

Result = TypeVar("Result")
Progress = Callable[[int, int], None]
"""Told now and then how many tasks are done, of how many."""

_BETWEEN_LOOKS = 0.1  # seconds


def no_progress(done: int, total: int) -> None:
    """Tells nobody."""


def run_side_by_side(
    tasks: Sequence[Callable[[], Result]],
    workers: int,
    deadline: Deadline,
    progress: Progress = no_progress,
) -> list[Result | None]:
    """The result of each task, in the order of the tasks; None for one that was not done in time.

    Args:
        workers: how many tasks are under way at once, at most.
        progress: told some times a second, and at the end, how many are done, of how many.

    Raises:
        Exception: whatever a task raises.
    """
    todo: queue.SimpleQueue[tuple[int, Callable[[], Result]] | None] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[int, Future[Result]]] = queue.SimpleQueue()
    count = itertools.count(1)
    over = threading.Event()
    processor = _processor()

    def work() -> None:
        _stay_on(processor)
        while (numbered := todo.get()) is not None and deadline.remaining():
            number, task = numbered
            outcome: Future[Result] = Future()
            try:
                outcome.set_result(task())
            except BaseException as error:  # noqa: BLE001 - raised again where the results are awaited
                outcome.set_exception(error)
            done.put((number, outcome))
            if next(count) == len(tasks) or outcome.exception():
                over.set()

    # All of them are there before the first has work: a thread that starts beside busy ones takes long to start.
    hands = 0
    while hands < min(workers, len(tasks)):
        try:
            # Daemons: the process may end while one of them still hangs in the network.
            threading.Thread(target=work, daemon=True).start()
        except RuntimeError:
            if not hands:
                raise
            break  # no more are allowed here: then these do it all
        hands += 1
    for entry in (*enumerate(tasks), *([None] * hands)):
        todo.put(entry)

    results: list[Result | None] = [None] * len(tasks)
    finished = 0
    while finished < len(tasks):
        # Not woken for each: that would take the processor from those who work.
        over.wait(min(deadline.remaining(), _BETWEEN_LOOKS))
        ended = not deadline.remaining()
        while not done.empty():
            number, outcome = done.get()
            results[number] = outcome.result()
            finished += 1
        progress(finished, len(tasks))
        if ended:
            break
    return results


def _processor() -> int | None:
    """Which processor this thread is on, where the system tells. Source: proc_pid_stat(5), field 39."""
    try:
        return int(Path("/proc/thread-self/stat").read_text().rpartition(")")[2].split()[36])
    except (OSError, ValueError, IndexError):
        return None


def _stay_on(processor: int | None) -> None:
    """Keep this thread on one processor.

    One thread of a Python runs at a time; on several processors they would spend a fifth of the time waking each
    other and finding that it is not their turn.
    """
    if processor is not None:
        with suppress(OSError):
            os.sched_setaffinity(0, {processor})
