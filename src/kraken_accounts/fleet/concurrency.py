"""Many waits at once, within a deadline; whoever hangs is left behind and keeps nothing from ending."""

from __future__ import annotations

import itertools
import os
import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable

from ..config import ConfigurationError
from ..deadline import Deadline

Result = TypeVar("Result")
Progress = Callable[[int, int], None]
"""Told now and then how many tasks are done, of how many. It may be a `WaitingProgress`."""


@runtime_checkable
class WaitingProgress(Protocol):
    """One that also wants to know what is being waited for."""

    def __call__(self, done: int, total: int) -> None:
        """Take note that so many tasks are done, of how many."""

    def waits_for(self, names: Sequence[str], limit: str | None) -> None:
        """Take note of who has not answered yet; told each time before the numbers are.

        Args:
            names: `master`, user ids, or what is asked for all of them; who was asked first comes first.
            limit: why it takes long for all, such as how often Kraken lets this address ask; None if nothing is
                known of that.
        """


_FASTEST = 150
"""So many tasks at once are done soonest, with Kraken some 50 ms away: more of them wait for the processor."""
_AT_FIRST = 42
"""So many at once begin. Where Kraken limits an address, no more than these run into it before that is known."""
_PROVEN = 65
"""So many tasks, of two requests or more, are done when all may begin: a hundred at once were let through then."""

_BETWEEN_LOOKS = 0.25  # seconds


def no_progress(done: int, total: int) -> None:
    """Tells nobody."""


def _no_watch(under_way: Sequence[int]) -> None:
    """Tells nobody."""


def run_concurrently(
    tasks: Sequence[Callable[[], Result]],
    workers: int | None,
    deadline: Deadline,
    progress: Progress = no_progress,
    watch: Callable[[Sequence[int]], None] = _no_watch,
) -> list[Result | None]:
    """The result of each task, in the order of the tasks; None for one that was not done in time.

    Args:
        workers: how many tasks are under way at once, at most; None for as many as is fastest.
        progress: told some times a second, and at the end, how many are done, of how many.
        watch: told each time before that which tasks have begun and are not done: their numbers, the first to
            begin first.

    Raises:
        ConfigurationError: the system does not allow so many threads.
        Exception: whatever a task raises.
    """
    todo: queue.SimpleQueue[tuple[int, Callable[[], Result]] | None] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[int, Result | None, BaseException | None]] = queue.SimpleQueue()
    begun: list[int] = []
    count = itertools.count(1)
    over, proven = threading.Event(), threading.Event()
    processor = _processor()

    def work(begins: threading.Event | None) -> None:
        _stay_on(processor)
        if begins is not None:
            begins.wait(min(deadline.remaining(), threading.TIMEOUT_MAX))
        while (numbered := todo.get()) is not None and deadline.remaining():
            number, task = numbered
            begun.append(number)
            result, failure = None, None
            try:
                result = task()
            except BaseException as error:  # noqa: BLE001 - raised again where the results are awaited
                failure = error
            done.put((number, result, failure))
            ended = next(count)
            if ended == len(tasks) or failure is not None:
                over.set()
            if ended == _PROVEN or over.is_set():
                proven.set()

    # All of them are there before the first has work: a thread that starts beside busy ones takes long to start.
    threads = min(workers or (_FASTEST if len(tasks) > _PROVEN else _AT_FIRST), len(tasks))
    for started in range(threads):
        try:
            # Daemons: the process may end while one of them still hangs in the network.
            begins = proven if workers is None and started >= _AT_FIRST else None
            threading.Thread(target=work, args=(begins,), daemon=True).start()
        except RuntimeError as error:
            proven.set()
            for _ in range(started):
                todo.put(None)
            raise ConfigurationError(
                f"this system allows the program only {started} of {threads} threads: "
                "ask fewer accounts at once (--workers), or have it allow more"
            ) from error
    for entry in (*enumerate(tasks), *([None] * threads)):
        todo.put(entry)

    results: list[Result | None] = [None] * len(tasks)
    finished: set[int] = set()
    while len(finished) < len(tasks):
        # Not woken for each: that would take the processor from those who work.
        over.wait(min(deadline.remaining(), _BETWEEN_LOOKS))
        ended = not deadline.remaining()
        while not done.empty():
            number, result, failure = done.get()
            if failure is not None:
                raise failure
            results[number] = result
            finished.add(number)
        watch([number for number in begun if number not in finished])
        progress(len(finished), len(tasks))
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
    """Keep this thread on one processor: itself alone, and not the threads of a program that uses this library.

    Python's lock lets one of them run at a time. On two processors they spend a third of their processor time on
    waking each other and finding that it is not their turn: a check of 501 accounts took 2.4 s of it, and not 1.6.
    Where the process has one processor to itself, this changes nothing.
    """
    if processor is not None:
        with suppress(OSError):
            os.sched_setaffinity(0, {processor})
