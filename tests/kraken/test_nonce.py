from __future__ import annotations

import gc
import threading
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_accounts.kraken.nonce import NonceLane, lane_of

NOW = 1_795_342_230_123_456_789  # nanoseconds since 1970: 2026-11-22 10:10:30
TRAIL = 300_000_000


@pytest.mark.parametrize(
    ("unit", "trailing", "current"),
    [
        # 300 ms behind the clock, cut to the unit
        ("ms", 1_795_342_229_823, 1_795_342_230_123),
        ("us", 1_795_342_229_823_456, 1_795_342_230_123_456),
        ("ns", 1_795_342_229_823_456_789, 1_795_342_230_123_456_789),
    ],
)
def test_a_nonce_counts_the_keys_unit_and_trails_the_clock_a_little(
    unit: str, trailing: int, current: int
) -> None:
    assert NonceLane(unit).next(NOW) == trailing
    assert NonceLane(unit).next(NOW, trailing=False) == current


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_nonces_increase_though_the_clock_stands_still(unit: str) -> None:
    lane = NonceLane(unit)
    first = lane.next(NOW)

    assert [lane.next(NOW) for _ in range(5)] == [first + 1, first + 2, first + 3, first + 4, first + 5]


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_nonces_increase_though_the_clock_is_set_back(unit: str) -> None:
    lane = NonceLane(unit)
    first = lane.next(NOW)

    earlier = NOW - 3600 * 10**9

    assert lane.next(earlier) == first + 1
    assert lane.next(earlier) == first + 2


def test_a_nonce_after_a_current_one_does_not_fall_behind_it() -> None:
    lane = NonceLane("ms")

    assert lane.next(NOW, trailing=False) == 1_795_342_230_123
    assert lane.next(NOW) == 1_795_342_230_124


@given(
    st.lists(st.tuples(st.integers(-(10**9), 10**9), st.booleans()), max_size=50),
    st.sampled_from(["ms", "us", "ns"]),
)
def test_whatever_the_clock_does_nonces_increase_and_never_leave_their_unit(
    steps: list[tuple[int, bool]], unit: str
) -> None:
    clock = [NOW]
    lane = NonceLane(unit)
    latest = NOW
    nonces = []
    for step, trailing in steps:
        clock[0] += step
        latest = max(latest, clock[0])
        nonces.append(lane.next(clock[0], trailing=trailing))

    tick = {"ms": 10**6, "us": 10**3, "ns": 1}[unit]
    assert all(earlier < later for earlier, later in pairwise(nonces))
    assert all(nonce <= latest // tick + len(steps) for nonce in nonces)
    assert all(nonce < 2**63 for nonce in nonces)


def test_everyone_who_uses_a_key_shares_its_lane() -> None:
    mine, yours, other = (lane_of(key, "ms") for key in ("SMPL-one", "SMPL-one", "SMPL-other"))

    assert mine is yours
    assert mine is not other


def test_a_lane_remembers_its_last_nonce_when_everyone_has_left() -> None:
    # Or a program that opens a second broker right after the first would be refused for its own nonces.
    lane = lane_of("SMPL-left-and-back", "ms")
    last = max(lane.next(NOW, trailing=False) for _ in range(1000))
    del lane
    gc.collect()

    assert lane_of("SMPL-left-and-back", "ms").next(NOW) > last


def test_many_threads_find_one_lane() -> None:
    barrier = threading.Barrier(16)
    found: list[NonceLane] = []

    def find() -> None:
        barrier.wait(10)
        found.append(lane_of("SMPL-many", "ms"))

    threads = [threading.Thread(target=find) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert len(found) == 16
    assert len({id(lane) for lane in found}) == 1
