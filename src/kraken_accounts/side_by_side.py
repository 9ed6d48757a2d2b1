"""Many waits at once, within a deadline; whoever hangs is left behind and keeps nothing from ending."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TypeVar

from .kraken.client import Deadline

Result = TypeVar("Result")
Progress = Callable[[int, int], None]
"""Told as tasks are done how many are, of how many."""


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
        progress: told after each task how many are done, of how many.

    Raises:
        Exception: whatever a task raises.
    """
    todo: queue.SimpleQueue[tuple[int, Callable[[], Result]] | None] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[int, Future[Result]]] = queue.SimpleQueue()

    def work() -> None:
        while (numbered := todo.get()) is not None and deadline.remaining():
            number, task = numbered
            outcome: Future[Result] = Future()
            try:
                outcome.set_result(task())
            except BaseException as error:  # noqa: BLE001 - raised again where the results are awaited
                outcome.set_exception(error)
            done.put((number, outcome))

    # All of them are there before the first has work: a thread that starts beside busy ones takes long to start.
    hands = min(workers, len(tasks))
    for _ in range(hands):
        # Daemons: the process may end while one of them still hangs in the network.
        threading.Thread(target=work, daemon=True).start()
    for entry in (*enumerate(tasks), *([None] * hands)):
        todo.put(entry)

    results: list[Result | None] = [None] * len(tasks)
    for finished in range(1, len(tasks) + 1):
        try:
            number, outcome = done.get(timeout=min(deadline.remaining(), threading.TIMEOUT_MAX))
        except queue.Empty:
            break
        results[number] = outcome.result()
        progress(finished, len(tasks))
    return results
