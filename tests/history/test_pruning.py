"""What is old is thinned to a point a day, and what tells of movement stays."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_accounts.history.model import Held, Point, Pruned
from kraken_accounts.history.store import History

from ..faults.hostile import few_examples
from ..running import prune
from .support import ALPHA, NOON, OURS, after, all_points, check, points_of, seen, totals

pytestmark = pytest.mark.long

Known = dict[datetime, tuple[Point, tuple[Held, ...] | None]]


def everything(history: History, whose: str = OURS) -> Known:
    """All points of alpha, with what it held at each."""
    with history.reader(whose) as reader:
        (series,) = [one for one in reader.series() if one.account.selector == ALPHA]
        return {one.at: (one, reader.holdings(series, "USD", one)) for one in all_points(reader)}


def a_day(history: History, day: int, *amounts: str, whole: bool = True) -> None:
    """Checks of alpha at 6, 7, 8 … o'clock on that day after 2026-11-22, with these amounts of BTC."""
    for number, amount in enumerate(amounts):
        at = after(days=day, hours=number - 6)
        history.record(OURS, check(at, seen(holdings={"BTC": amount}, whole=whole), BTC=str(64000 + number)))


class TestWhatStays:
    def test_of_a_quiet_day_the_last(self, history: History) -> None:
        a_day(history, 0, "1")
        a_day(history, 1, "1", "1", "1")

        assert history.prune(after(days=9)) == Pruned(removed=2, left=2)

        assert list(everything(history)) == [after(hours=-6), after(days=1, hours=-4)]

    def test_of_a_day_of_movement_the_first_and_the_last(self, history: History) -> None:
        a_day(history, 0, "1")
        a_day(history, 1, "1", "1", "2", "2", "2")

        history.prune(after(days=9))

        assert list(everything(history))[1:] == [after(days=1, hours=-6), after(days=1, hours=-2)]

    def test_of_a_day_that_ends_as_it_began_both_too(self, history: History) -> None:
        a_day(history, 0, "1")
        a_day(history, 1, "1", "5", "1", "1")

        history.prune(after(days=9))

        assert list(everything(history))[1:] == [after(days=1, hours=-6), after(days=1, hours=-3)]

    def test_of_a_day_that_begins_otherwise_than_the_one_before_ended_both_too(self, history: History) -> None:
        a_day(history, 0, "1")
        a_day(history, 1, "2", "2", "2")

        history.prune(after(days=9))

        assert list(everything(history))[1:] == [after(days=1, hours=-6), after(days=1, hours=-4)]

    def test_the_last_whole_one_before_a_later_one_that_is_not(self, history: History) -> None:
        a_day(history, 0, "1")
        a_day(history, 1, "1", "1")
        history.record(OURS, check(after(days=1, hours=9), seen(total=None)))
        a_day(history, 2, "1", "1", whole=False)

        history.prune(after(days=9))

        assert list(everything(history))[1:] == [after(days=1, hours=-5), after(days=2, hours=-5)]

    def test_everything_of_days_that_were_not_over(self, history: History) -> None:
        for day in range(4):
            a_day(history, day, "1", "1")

        assert history.prune(after(days=2)) == Pruned(removed=1, left=7)

        assert min(everything(history)) == after(hours=-6)
        assert len(everything(history)) == 7

    def test_of_each_account_and_currency_its_own(self, history: History) -> None:
        for hours in range(3):
            history.record(OURS, check(after(hours=hours), seen(), seen("bravo", holdings={"ETH": str(hours)})))
            history.record("another", check(after(hours=hours), seen(total="7")))
            history.record(OURS, check(after(hours=hours, minutes=1), seen(total="90"), quote="EUR"))

        history.prune(after(days=9))

        assert len(points_of(history)) == 1
        assert len(points_of(history, "bravo")) == 2
        assert totals(points_of(history, quote="EUR")) == ["90"]
        assert totals(points_of(history, whose="another")) == ["7"]

    def test_the_last_of_each_day_is_where_it_was(self, history: History) -> None:
        for day in range(3):
            a_day(history, day, "1", "2", "3")

        def closings() -> list[Point]:
            with history.reader(OURS) as reader:
                return reader.closings(reader.series()[0], "USD", date(2026, 1, 1), date(2027, 1, 1))

        before = closings()
        history.prune(after(days=9))

        assert closings() == before
        assert [point.at for point in before] == [after(days=day, hours=-4) for day in range(3)]


def test_the_prices_of_checks_that_are_gone_are_gone_too(history: History) -> None:
    a_day(history, 0, "1")
    a_day(history, 1, "1", "1", "1")

    history.prune(after(days=9))

    with history.reader(OURS) as reader:
        found = reader.price_near("BTC", "USD", after(days=1, hours=-6), timedelta(days=1))
    assert found is not None
    assert (found.at, found.price) == (after(days=1, hours=-4), Decimal(64002))


CHECKS = st.lists(
    st.tuples(
        st.integers(0, 5 * 24),  # hours after noon
        st.none() | st.dictionaries(st.sampled_from(["BTC", "ETH"]), st.sampled_from(["1", "2"])),
        st.booleans(),
    ),
    min_size=1,
    max_size=10,
)


@few_examples
@given(checks=CHECKS)
def test_whatever_stays_is_as_it_was_and_thinning_twice_is_thinning_once(
    store: Mapping[str, str], history: History, checks: list[tuple[int, dict[str, str] | None, bool]]
) -> None:
    whose = os.urandom(8).hex()
    for hours, amounts, whole in checks:
        one = seen(total=None) if amounts is None else seen(holdings=amounts, whole=whole)
        history.record(whose, check(after(hours=hours), one, BTC=str(hours + 1)))
    before = everything(history, whose)

    history.prune(after(days=4))

    once = everything(history, whose)
    assert once.items() <= before.items()
    assert {at for at in before if at >= datetime.combine(after(days=4), datetime.min.time(), NOON.tzinfo)} <= set(
        once
    )
    assert {at.date() for at in once} == {at.date() for at in before}
    history.prune(after(days=4))
    assert everything(history, whose) == once


class TestCommand:
    def test_says_what_it_did(self, store: Mapping[str, str], history: History) -> None:
        a_day(history, -900, "1", "1", "1")

        run = prune("--keep", "400d", "--then", "daily", env=store)

        assert (run.returncode, run.stdout) == (0, "")
        assert run.stderr == "Points removed: 1; left: 2.\n"

    def test_has_nothing_to_do_where_nothing_is(self, store: Mapping[str, str]) -> None:
        run = prune("--keep", "400d", env=store)

        assert (run.returncode, run.stdout) == (0, "")
        assert run.stderr.startswith("There is nothing to thin: ")
        assert "nothing was recorded yet" in run.stderr

    @pytest.mark.parametrize("keep", ["0d", "400", "d", "-1d", "1y", "4000d", "١d", "400d 1h"])
    def test_refuses_what_is_no_duration(self, keep: str) -> None:
        run = prune(f"--keep={keep}", env={})

        assert run.returncode == 2
        assert f"{keep!r} is no duration" in run.stderr

    def test_wants_to_be_told_how_much(self) -> None:
        assert "Missing option '--keep'" in prune(env={}).stderr
        assert prune("--keep", "1d", "--then", "never", env={}).returncode == 2
