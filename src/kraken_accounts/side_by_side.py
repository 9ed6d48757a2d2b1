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
    todo: queue.SimpleQueue[tuple[int, Callable[[], Result]]] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[int, Future[Result]]] = queue.SimpleQueue()
    for numbered in enumerate(tasks):
        todo.put(numbered)

    def work() -> None:
        while deadline.remaining():
            try:
                number, task = todo.get_nowait()
            except queue.Empty:
                return
            outcome: Future[Result] = Future()
            try:
                outcome.set_result(task())
            except BaseException as error:  # noqa: BLE001 - raised again where the results are awaited
                outcome.set_exception(error)
            done.put((number, outcome))

    for _ in range(min(workers, len(tasks))):
        # Daemons: the process may end while one of them still hangs in the network.
        threading.Thread(target=work, daemon=True).start()

    results: list[Result | None] = [None] * len(tasks)
    for finished in range(1, len(tasks) + 1):
        try:
            number, outcome = done.get(timeout=min(deadline.remaining(), threading.TIMEOUT_MAX))
        except queue.Empty:
            break
        results[number] = outcome.result()
        progress(finished, len(tasks))
    return results
