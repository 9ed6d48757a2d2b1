from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

import pytest

from kraken_accounts.deadline import NO_DEADLINE, Deadline
from kraken_accounts.fleet.concurrency import run_concurrently

from ..support import LIMIT


def test_results_stand_in_the_order_of_the_tasks() -> None:
    first_may_end = threading.Event()

    def first() -> str:
        assert first_may_end.wait(LIMIT)
        return "first"

    def second() -> str:
        first_may_end.set()
        return "second"

    assert run_concurrently([first, second], 2, NO_DEADLINE) == ["first", "second"]


def test_as_many_at_once_as_there_are_workers() -> None:
    together = threading.Barrier(3)
    under_way = 0
    most = 0
    lock = threading.Lock()

    def task() -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        together.wait(LIMIT)
        with lock:
            under_way -= 1

    run_concurrently([task] * 21, 3, NO_DEADLINE)

    assert most == 3


def all_end_but(before: set[threading.Thread]) -> None:
    for thread in {*threading.enumerate()} - before:
        thread.join(LIMIT)
        assert not thread.is_alive()


def test_by_itself_few_begin_and_more_follow_when_some_are_done() -> None:
    done, lock = 0, threading.Lock()
    done_at_most: list[int] = []
    all_at_once = threading.Barrier(150)
    at_first = threading.Barrier(42)

    def early() -> None:
        nonlocal done
        with lock:
            done += 1
            number = done
        if number <= 42:
            at_first.wait(LIMIT)  # so many do begin at once
            with lock:
                done_at_most.append(done)

    def late() -> None:
        all_at_once.wait(LIMIT)

    run_concurrently([early] * 65 + [late] * 150, None, Deadline(LIMIT))

    assert done_at_most[0] == 42  # none but these had begun when the first of them went on
    assert not all_at_once.broken


@pytest.mark.parametrize("tasks", [1, 42, 43, 65, 66, 250])
def test_by_itself_all_are_done_however_many_there_are(tasks: int) -> None:
    before = {*threading.enumerate()}

    assert run_concurrently([lambda: True] * tasks, None, Deadline(LIMIT)) == [True] * tasks

    all_end_but(before)


def test_who_waits_to_begin_ends_with_a_defect_and_with_the_deadline() -> None:
    before = {*threading.enumerate()}

    def broken() -> None:
        raise ZeroDivisionError("a defect")

    with pytest.raises(ZeroDivisionError):
        run_concurrently([broken, *[lambda: None] * 150], None, NO_DEADLINE)
    release = threading.Event()
    run_concurrently([lambda: release.wait(LIMIT)] * 150, None, Deadline(0.2))
    release.set()

    all_end_but(before)


def test_who_hangs_is_left_behind_at_the_deadline() -> None:
    release = threading.Event()
    began = time.monotonic()

    results = run_concurrently([lambda: release.wait(LIMIT), lambda: True], 2, Deadline(0.2))

    assert time.monotonic() - began < 2
    assert results == [None, True]
    release.set()


def test_after_the_deadline_no_task_is_begun() -> None:
    begun = []

    assert run_concurrently([lambda: begun.append(1)] * 3, 2, Deadline(0)) == [None, None, None]
    assert begun == []


def test_a_defect_in_a_task_is_not_hidden() -> None:
    def broken() -> None:
        raise ZeroDivisionError("a defect")

    with pytest.raises(ZeroDivisionError, match=r"^a defect$"):
        run_concurrently([broken, lambda: None], 2, NO_DEADLINE)


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="the system does not let threads choose")
def test_tasks_share_one_processor_and_leave_the_callers_alone() -> None:
    before = os.sched_getaffinity(0)
    together = threading.Barrier(3)

    def task() -> frozenset[int]:
        together.wait(LIMIT)
        return frozenset(os.sched_getaffinity(0))

    processors = run_concurrently([task] * 3, 3, NO_DEADLINE)

    assert len(set(processors)) == 1
    assert all(processor is not None and len(processor) == 1 and processor <= before for processor in processors)
    assert os.sched_getaffinity(0) == before


_FEW_THREADS = """
import resource, threading
from kraken_accounts.config import ConfigurationError
from kraken_accounts.kraken.client import NO_DEADLINE
from kraken_accounts.fleet.concurrency import run_concurrently

threading.stack_size(256 << 20)
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
begun = []
try:
    run_concurrently([lambda: begun.append(1)] * 20, 20, NO_DEADLINE)
except ConfigurationError as error:
    print(error)
print(begun)
while threading.active_count() > 1:
    pass
"""


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_AS"), reason="the system knows no such limit")
def test_where_few_threads_are_allowed_nothing_is_begun_and_none_is_left() -> None:
    command = [sys.executable, "-c", _FEW_THREADS]
    run = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)

    assert run.stderr == ""
    assert re.fullmatch(
        r"this system allows the program only [1-9]\d? of 20 threads: "
        r"ask fewer accounts at once \(--workers\), or have it allow more\n\[\]\n",
        run.stdout,
    )


def test_progress() -> None:
    told: list[tuple[int, int]] = []
    first_is_known = threading.Event()

    def progress(done: int, total: int) -> None:
        told.append((done, total))
        if done == 1:
            first_is_known.set()

    results = run_concurrently([lambda: True, lambda: first_is_known.wait(LIMIT)], 2, NO_DEADLINE, progress)

    assert results == [True, True]
    assert told == sorted(told)
    assert told[-1] == (2, 2)


def test_what_has_begun_and_is_not_done_is_told_in_the_order_in_which_it_began() -> None:
    told: list[list[int]] = []
    slow_are_known, all_began = threading.Event(), threading.Barrier(3)

    def slow() -> None:
        all_began.wait(LIMIT)
        slow_are_known.wait(LIMIT)

    def watch(under_way: Sequence[int]) -> None:
        told.append([*under_way])
        if sorted(under_way) == [0, 2]:
            slow_are_known.set()

    run_concurrently([slow, lambda: all_began.wait(LIMIT), slow], 3, NO_DEADLINE, watch=watch)

    assert sorted(told[-2]) == [0, 2]
    assert told[-1] == []


def test_who_is_left_behind_is_still_being_waited_for() -> None:
    told: list[list[int]] = []
    release = threading.Event()

    run_concurrently(
        [lambda: None, lambda: release.wait(LIMIT), lambda: None],
        1,
        Deadline(0.1),
        watch=lambda under_way: told.append([*under_way]),
    )
    release.set()

    assert told[-1] == [1]


def test_nothing_to_do() -> None:
    assert run_concurrently([], 4, NO_DEADLINE) == []
