"""How often an address may ask: found out, kept to, shared, and not waited for longer than there is time."""

from __future__ import annotations

import fcntl
import heapq
import itertools
import json
import math
import resource
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from kraken_accounts.deadline import NO_DEADLINE, Deadline
from kraken_accounts.kraken.errors import AddressLimited, Unreachable
from kraken_accounts.kraken.pace import Pace
from kraken_accounts.kraken.rate_limit import Limit, limit_of
from kraken_accounts.shared_record import SharedRecord

from ..support import LIMIT

NOW = 1_795_000_000.0
ROUND_TRIP = 0.05  # seconds
WORKERS = 42  # that begin at once, see fleet/concurrency.py
MOST_REFUSED = 64


class Clock:
    """Time that passes by being slept through."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Bucket:
    """A server that lets an address ask so many times a second, and some more at once after a pause.

    If it `tells`, a refusal names the whole seconds until a request is taken, as Retry-After does; or the second
    of the clock in which one is, as EService:Throttled does.
    """

    def __init__(self, rate: float, burst: float, *, tells: Literal["seconds", "second", ""] = "") -> None:
        self._rate, self._burst, self._tells = rate, burst, tells
        self._tokens, self._at = burst, 0.0
        self.refused = 0

    def takes(self, now: float) -> bool:
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1:
            self.refused += 1
            return False
        self._tokens -= 1
        return True

    def until(self, now: float) -> float:
        """What a refusal tells: not to ask before; 0 for nothing."""
        seconds = (1 - self._tokens) / self._rate
        match self._tells:
            case "seconds":
                return now + max(1, math.ceil(seconds))
            case "second":
                return float(math.ceil(now + seconds))
        return 0.0


def seconds_for(requests: int, server: Bucket, limit: Limit, begin: float) -> float:
    """How long it takes until that many requests were taken, with many on their way at a time."""
    numbers = itertools.count()
    events: list[tuple[float, int, str, float]] = []

    def at(moment: float, what: str, sent: float = 0.0) -> None:
        heapq.heappush(events, (moment, next(numbers), what, sent))

    waiting, taken, moment = min(WORKERS, requests), 0, begin
    todo = requests - waiting
    at(begin, "door")
    is_somebody_at_the_door = True
    while taken < requests:
        moment, _, what, sent = heapq.heappop(events)
        if what == "door":
            is_somebody_at_the_door = False
            while waiting:
                seconds = limit.wait(moment) if limit.rate else 0.0
                if seconds > 0:
                    at(moment + seconds, "door")
                    is_somebody_at_the_door = True
                    break
                waiting -= 1
                at(moment + ROUND_TRIP / 2, "arrives", moment)
            continue
        if what == "arrives":
            at(moment + ROUND_TRIP / 2, "taken" if server.takes(moment) else "refused", sent)
            continue
        if what == "taken":
            limit.taken_at(moment)
            taken += 1
            if todo:
                todo, waiting = todo - 1, waiting + 1
        else:
            limit.refused(moment, sent, server.until(moment))
            waiting += 1
        if waiting and not is_somebody_at_the_door:
            at(moment, "door")
            is_somebody_at_the_door = True
    return moment - begin


@pytest.mark.parametrize(
    ("rate", "burst", "requests"),
    [(20, 20, 206), (20, 100, 206), (100, 20, 1006), (100, 100, 1006), (5, 5, 206), (1, 20, 60)],
)
def test_as_fast_as_the_server_lets_it(rate: float, burst: float, requests: int) -> None:
    """First without knowing anything, then with what was learned."""
    limit, server = Limit(), Bucket(rate, burst)
    least = (requests - burst) / rate

    first = seconds_for(requests, server, limit, NOW)
    refused_at_first = server.refused
    again = seconds_for(requests, server, limit, NOW + first + 60)

    assert first <= 1.2 * least
    assert refused_at_first <= MOST_REFUSED
    assert again <= 1.2 * least + (burst / rate)  # at an even pace, no burst is used
    assert server.refused - refused_at_first <= max(0.01 * requests, 10)


@pytest.mark.parametrize("begin", [NOW, NOW + 0.2, NOW + 0.4, NOW + 0.6, NOW + 0.8])
@pytest.mark.parametrize("tells", ["seconds", "second"])
@pytest.mark.parametrize(("rate", "burst", "requests"), [(20, 20, 206), (100, 20, 1006), (100, 100, 1006)])
def test_as_fast_as_can_be_where_each_refusal_asks_for_a_second(
    rate: float, burst: float, requests: int, tells: Literal["seconds", "second"], begin: float
) -> None:
    """A second in which nothing is asked costs a server with a small burst nearly all that it would have taken."""
    limit, server = Limit(), Bucket(rate, burst, tells=tells)
    least = (requests - burst) / rate

    first = seconds_for(requests, server, limit, begin)
    refused_at_first = server.refused
    again = seconds_for(requests, server, limit, begin + first + 60)

    assert first <= 1.35 * least
    assert refused_at_first <= MOST_REFUSED
    assert again <= 1.2 * least
    assert server.refused - refused_at_first <= 0.01 * requests


def test_a_pause_that_kraken_asks_for_is_no_pause_between_runs() -> None:
    limit = Limit()
    for _ in range(20):
        limit.taken_at(NOW)
    limit.refused(NOW, NOW, NOW + 5)
    rate = limit.rate
    seconds = limit.wait(NOW + 0.1)

    assert limit.wait(NOW + 0.1 + seconds) == 0
    assert limit.rate == rate


def test_a_refusal_as_soon_as_a_run_begins_does_not_halve_the_rate() -> None:
    """In the first second hardly anything has been taken yet, which says nothing of the rate."""
    limit = Limit()
    for _ in range(20):
        limit.taken_at(NOW)
    limit.refused(NOW, NOW, 0)
    rate = limit.rate
    limit.wait(NOW + 60)
    limit.taken_at(NOW + 60.05)
    limit.refused(NOW + 60.1, NOW + 60.05, 0)

    assert limit.rate >= 0.8 * rate


def test_a_run_in_which_nothing_was_refused_leaves_how_fast_it_went() -> None:
    limit, server = Limit(), Bucket(20, 20)
    begin, seconds = NOW, []
    for _ in range(4):
        seconds.append(seconds_for(206, server, limit, begin))
        begin += seconds[-1] + 60

    assert seconds[2] < seconds[1]
    assert seconds[3] <= 1.15 * (206 - 20) / 20
    assert server.refused <= MOST_REFUSED


def learned(clock: Clock, rate: float = 20) -> Pace:
    """A pace that has met a limit of that rate."""
    pace = Pace(SharedRecord(None), clock, clock.sleep)
    for _ in range(round(rate)):
        pace.taken()
    pace.refused(clock.now, None)
    return pace


def test_nobody_is_held_up_until_something_is_refused() -> None:
    clock = Clock()
    pace = Pace(SharedRecord(None), clock, clock.sleep)
    for _ in range(1000):
        pace.wait(NO_DEADLINE)
        pace.taken()

    assert clock.now == NOW
    assert pace.rate is None


def test_requests_leave_one_by_one_from_then_on() -> None:
    clock = Clock()
    pace = learned(clock)
    left = [pace.wait(NO_DEADLINE) for _ in range(4)]

    assert [round(after - before, 3) for before, after in itertools.pairwise(left)] == [0.056] * 3


def test_nobody_waits_longer_than_there_is_time() -> None:
    clock = Clock()
    pace = learned(clock, 1)
    pace.refused(clock.now + 1, datetime.fromtimestamp(NOW, UTC) + timedelta(hours=1))

    with pytest.raises(AddressLimited, match=r"^Kraken refuses this address$") as refused:
        pace.wait(Deadline(5))

    assert refused.value.until == datetime.fromtimestamp(NOW, UTC) + timedelta(hours=1)
    assert clock.now == NOW


def test_a_pause_that_kraken_asks_for_is_kept() -> None:
    clock = Clock()
    pace = learned(clock)
    pace.refused(clock.now, datetime.fromtimestamp(NOW + 7, UTC))

    assert pace.wait(NO_DEADLINE) >= NOW + 7


def test_refusals_of_what_was_under_way_cut_the_rate_once() -> None:
    clock = Clock()
    pace = learned(clock)
    before = pace.rate
    for _ in range(50):
        pace.refused(NOW, None)

    assert pace.rate == before


def test_what_was_learned_counts_for_an_hour() -> None:
    clock = Clock()
    pace = learned(clock)
    clock.sleep(3599)
    within = pace.rate
    clock.sleep(2)

    assert (within, pace.rate) == (18, None)
    assert pace.wait(Deadline(0)) == clock.now


def test_a_clock_that_was_set_back_makes_nobody_wait() -> None:
    clock = Clock()
    pace = learned(clock)
    clock.now -= 86_400

    assert pace.wait(Deadline(0)) == clock.now


def test_processes_share_it(tmp_path: Path) -> None:
    clock = Clock()
    one, other = (Pace(SharedRecord(tmp_path / "pace"), clock, clock.sleep) for _ in range(2))
    for _ in range(20):
        one.taken()
    one.refused(clock.now, None)

    assert other.rate == one.rate == 18
    left = [pace.wait(NO_DEADLINE) for pace in (one, other, one, other)]
    assert left[-1] - left[0] > 2.9 / 18


def test_a_process_that_does_not_know_the_rate_yet_spoils_it_for_nobody(tmp_path: Path) -> None:
    """What it sent without keeping to the rate is refused, which says nothing of the rate."""
    clock = Clock()
    one, other = (Pace(SharedRecord(tmp_path / "pace"), clock, clock.sleep) for _ in range(2))
    other.wait(NO_DEADLINE)
    for _ in range(20):
        one.taken()
    one.refused(clock.now, None)
    clock.sleep(0.1)
    left_at = other.wait(NO_DEADLINE)
    assert left_at == clock.now
    clock.sleep(ROUND_TRIP)
    other.refused(left_at, None)

    assert one.rate == 18
    left_at = other.wait(NO_DEADLINE)
    clock.sleep(ROUND_TRIP)
    other.refused(left_at, None)
    assert one.rate == pytest.approx(18 * 0.9)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[1]",
        b"7",
        b'{"rate": "fast"}',
        b'{"rate": NaN}',
        b'{"rate": 5}',
        b'{"nonsense": 1}',
        b"\xff\xfe",
    ],
)
def test_nonsense_in_the_file_is_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "pace").write_bytes(content)
    clock = Clock()
    pace = Pace(SharedRecord(tmp_path / "pace"), clock, clock.sleep)

    assert pace.rate is None
    pace.refused(clock.now, None)
    assert json.loads((tmp_path / "pace").read_bytes())["rate"] == pace.rate


@pytest.mark.parametrize("spoilt", [{"next_at": 9e11}, {"eased_at": 9e11}, {"growth": 1e11}])
def test_a_file_that_makes_no_sense_keeps_nobody_waiting(tmp_path: Path, spoilt: dict[str, float]) -> None:
    clock = Clock()
    (tmp_path / "pace").write_text(
        json.dumps(
            asdict(Limit(rate=5, cut_to=5, refused_at=NOW, eased_at=NOW, grown_at=NOW, next_at=NOW, used_at=NOW))
            | spoilt
        )
    )
    pace = Pace(SharedRecord(tmp_path / "pace"), clock, clock.sleep)
    for _ in range(3):
        pace.wait(Deadline(10))
        clock.sleep(0.05)
        pace.taken()

    assert clock.now < NOW + 2


def test_a_long_time_without_a_refusal_is_no_defect() -> None:
    limit = Limit(rate=5, cut_to=5, growth=1.5, used_at=NOW)
    for second in range(3000):
        limit.taken_at(NOW + second)

    assert limit_of(asdict(limit)) is None  # nothing limits that


def test_where_no_file_can_be_had_it_is_this_processs_own(tmp_path: Path) -> None:
    (tmp_path / "pace").mkdir()
    clock = Clock()
    pace = Pace(SharedRecord(tmp_path / "pace"), clock, clock.sleep)
    pace.refused(clock.now, None)

    assert pace.rate is not None


def test_a_refusal_is_about_the_address_where_somebody_else_was_refused_too() -> None:
    clock = Clock()
    pace = Pace(SharedRecord(None), clock, clock.sleep)

    assert not pace.concerns_all(1, clock.now)
    assert not pace.concerns_all(1, clock.now)
    assert pace.concerns_all(2, clock.now)
    assert pace.concerns_all(0, clock.now)
    clock.sleep(60)
    assert not pace.concerns_all(1, clock.now)


def test_a_question_without_a_key_that_is_refused_alone_is_refused_for_its_endpoints_sake() -> None:
    clock = Clock()
    pace = Pace(SharedRecord(None), clock, clock.sleep)

    assert not pace.concerns_all(0, clock.now)
    assert not pace.concerns_all(0, clock.now)
    assert pace.concerns_all(1, clock.now)


def test_while_kraken_answers_nobody_it_is_not_the_pace_that_keeps_one_waiting() -> None:
    clock = Clock()
    pace = learned(clock, 1)
    for _ in range(20):  # some nine a second
        pace.wait(NO_DEADLINE)

    with pytest.raises(Unreachable, match="did not answer in time") as silent:
        pace.wait(Deadline(0.1))
    assert not silent.value.uncertain
    assert pace.too_slow() is None
    pace.taken()
    with pytest.raises(AddressLimited):
        pace.wait(Deadline(0.1))
    assert pace.too_slow() is not None


def test_what_was_known_counts_where_the_file_cannot_be_had_any_more(tmp_path: Path) -> None:
    clock = Clock()
    pace = Pace(SharedRecord(tmp_path / "state" / "pace"), clock, clock.sleep)
    pace.refused(clock.now, None)
    before = pace.rate
    shutil.rmtree(tmp_path / "state")
    (tmp_path / "state").touch()

    assert pace.rate == before is not None


def test_a_file_that_was_emptied_in_the_middle_is_no_defect(tmp_path: Path) -> None:
    pace = Pace(SharedRecord(tmp_path / "pace"))
    pace.refused(pace.now(), None)
    (tmp_path / "pace").write_bytes(b"")

    reason = pace.too_slow()

    assert reason is not None
    assert "too many requests from this address" in reason.reason


def test_a_full_disk_makes_it_this_processs_own(tmp_path: Path) -> None:
    clock = Clock()
    pace = Pace(SharedRecord(tmp_path / "pace"), clock, clock.sleep)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        pace.refused(clock.now, None)
        assert pace.rate is not None
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert pace.rate is not None


def test_a_stopped_process_that_has_the_file_is_waited_for_once(tmp_path: Path) -> None:
    pace = Pace(SharedRecord(tmp_path / "pace"))
    pace.refused(pace.now(), None)
    before = pace.rate
    with (tmp_path / "pace").open("rb") as kept:
        fcntl.flock(kept, fcntl.LOCK_EX)
        began = time.monotonic()
        for _ in range(4):
            assert pace.rate == before
        assert time.monotonic() - began < 2


def test_who_was_there_first_goes_first() -> None:
    """Each account needs several requests: it is better to have asked half of them than half of each."""
    pace = Pace(SharedRecord(None))
    for _ in range(50):
        pace.taken()
    pace.refused(pace.now(), None)
    order: list[int] = []

    def ask(asker: int) -> None:
        pace.wait(Deadline(30), asker)
        order.append(asker)

    threads = [threading.Thread(target=ask, args=(asker,)) for asker in (3, 9, 7, 8, 4, 6, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert order[1:] == sorted(order[1:])


class SlowRecord(SharedRecord):
    """One that takes long to read, as a file may."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.is_read, self.goes_on = threading.Event(), threading.Event()

    @contextmanager
    def changing(self) -> Iterator[dict[str, Any]]:
        self.is_read.set()
        self.goes_on.wait(LIMIT)
        with super().changing() as values:
            yield values


def test_nobody_goes_before_it_is_known_what_an_earlier_run_has_learned(tmp_path: Path) -> None:
    clock = Clock()
    earlier = Pace(SharedRecord(tmp_path / "pace"), clock, clock.sleep)
    for _ in range(20):
        earlier.taken()
    earlier.refused(clock.now, None)
    clock.sleep(60)
    record = SlowRecord(tmp_path / "pace")
    pace = Pace(record, clock, clock.sleep)
    with ThreadPoolExecutor() as threads:
        threads.submit(pace.wait, NO_DEADLINE)
        record.is_read.wait(LIMIT)
        others = [threads.submit(pace.wait, NO_DEADLINE) for _ in range(2)]
        wait(others, timeout=0.2)  # longer than those would need that do not wait for the record
        record.goes_on.set()

    assert clock.now >= NOW + 60.05  # the third has waited for its turn


def test_whoever_gives_up_lets_the_others_in() -> None:
    pace = Pace(SharedRecord(None))
    pace.refused(pace.now(), None)
    with ThreadPoolExecutor(8) as pool:
        waits = [pool.submit(pace.wait, Deadline(seconds)) for seconds in (0.1, 0.1, 30, 0.1, 30)]
    outcomes = [wait.exception() for wait in waits]

    assert [isinstance(outcome, AddressLimited) for outcome in outcomes] == [True, True, False, True, False]


def test_threads_wait_for_each_other(tmp_path: Path) -> None:
    """Each has a turn of its own."""
    pace = Pace(SharedRecord(tmp_path / "pace"))
    for _ in range(200):
        pace.taken()
    pace.refused(pace.now(), None)
    turns: list[float] = []
    threads = [threading.Thread(target=lambda: turns.append(pace.wait(Deadline(30)))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(turns) == 20
    assert max(turns) - min(turns) >= 18 / 200
