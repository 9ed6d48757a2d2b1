"""What an account has made, and all of them: against histories that are worked out the plain way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_accounts.history.caveats import CaveatCode
from kraken_accounts.history.ledger_model import LedgerCoverage
from kraken_accounts.history.performance import AccountBooks, Performance
from kraken_accounts.history.periods import By, periods
from kraken_accounts.history.statement import AccountStatement, account_statement
from kraken_accounts.history.together import Leg, Together
from kraken_accounts.kraken.ledger_types import Meaning
from kraken_accounts.spans import Span

from ..faults.hostile import few_examples
from .worlds import World, day, year_of

ZERO = Decimal(0)


def books_of(world: World, span: Span, by: By = By.DAY) -> AccountBooks:
    boundaries = [end for period in periods(span, by) for end in (period.start, period.end)]
    return AccountBooks(world.track(), "USD", boundaries)


def statement_of(world: World, span: Span, by: By = By.DAY) -> AccountStatement:
    return account_statement(books_of(world, span, by), span, by, "USD", None)


def performance_of(world: World, first: float, last: float) -> Performance:
    return statement_of(world, Span(day(first), day(last))).overall


def together(
    worlds: Sequence[World], span: Span, transfers: Sequence[tuple[Leg, Leg]] = (), by: By = By.DAY
) -> AccountStatement:
    return Together([books_of(world, span, by) for world in worlds], transfers).statement(span, by)


def codes(statement: AccountStatement) -> list[CaveatCode]:
    return [caveat.code for caveat in statement.caveats]


def figures(found: Performance, *names: str) -> tuple[object, ...]:
    return tuple(getattr(found, name) for name in names)


def adds_up(found: Performance) -> bool:
    assert found.start is not None
    assert found.deposits is not None
    assert found.withdrawals is not None
    assert found.gain is not None
    assert found.unexplained is not None
    return found.start + found.deposits - found.withdrawals + found.gain + found.unexplained == found.end


def simple() -> World:
    """1,000 USD and half a bitcoin, which is worth 60,000 a piece, on the first day."""
    world = World(prices={"USD": Decimal(1), "BTC": Decimal(60_000)})
    world.amounts = {"USD": Decimal(1000), "BTC": Decimal("0.5")}
    world.check(day(0))
    return world


# --- examples that can be followed by hand ---------------------------------------------------------------


def test_tells_what_is_gained_from_what_was_paid_in() -> None:
    world = simple()
    world.book(day(0.5), "deposit", "USD", "5000")
    world.check(day(1))
    world.prices["BTC"] = Decimal(61_000)
    world.check(day(2))

    found = performance_of(world, 0, 2)

    assert figures(found, "start", "deposits", "withdrawals") == (31_000, 5000, 0)
    assert figures(found, "gain", "end", "unexplained") == (500, 36_500, 0)
    assert found.rate is not None
    assert round(found.rate, 6) == round(Decimal(500) / 36_000, 6)
    assert found.complete


def test_fees_and_rewards_are_of_the_gain_and_told_apart() -> None:
    world = simple()
    world.book(day(0.2), "trade", "USD", "-600", "1.56")
    world.book(day(0.2), "trade", "BTC", "0.01")
    world.book(day(0.3), "rollover", "USD", "0", "0.31")
    world.book(day(0.4), "earn", "BTC", "0.0001", subtype="reward")
    world.book(day(0.5), "withdrawal", "USD", "-100", "4")
    world.check(day(1))

    found = performance_of(world, 0, 1)

    assert found.fees == Decimal("5.87")
    assert found.rewards == 6
    assert found.withdrawals == 100
    assert found.gain == Decimal("0.13") == found.rewards - found.fees
    assert adds_up(found)


def test_what_came_in_another_asset_is_worth_its_price_then() -> None:
    world = simple()
    world.book(day(0.2), "deposit", "BTC", "0.1")
    world.prices["BTC"] = Decimal(62_000)
    world.check(day(1))

    found = performance_of(world, 0, 1)

    assert found.deposits == 6000
    assert found.gain == Decimal("0.6") * 2000
    assert adds_up(found)


def test_what_the_ledger_does_not_tell_is_unexplained_and_spread_over_nothing() -> None:
    world = simple()
    for number in range(1, 9):
        if number == 4:
            world.slip("BTC", "-0.1")
        world.check(day(number))
    span = Span(day(0), day(8))

    found = statement_of(world, span)

    assert figures(found.overall, "gain", "unexplained", "rate") == (0, -6000, 0)
    assert not found.overall.complete
    assert [one.unexplained for one in found.periods] == [0, 0, 0, -6000, 0, 0, 0, 0]
    assert [caveat.message for caveat in found.caveats] == [
        "its balances have changed by -0.1 BTC (-$6,000.00) between 2026-01-04 00:00 UTC and 2026-01-05 00:00 UTC,"
        " and no entry of its ledger tells of that"
    ]


def test_a_check_that_was_under_way_may_have_seen_an_entry_or_not() -> None:
    """Its time is that of its end; an entry of the seconds before may be in its balances, or not."""
    world = simple()
    world.check(day(1))  # was under way when this came, but had asked before
    world.book(day(1) - timedelta(seconds=3), "deposit", "USD", "500")
    world.check(day(2))
    world.book(day(3) - timedelta(seconds=3), "deposit", "USD", "70")
    world.check(day(3))  # this one had not

    found = statement_of(world, Span(day(0), day(3)))

    assert [one.deposits for one in found.periods] == [0, 500, 70]
    assert [one.gain for one in found.periods] == [0, 0, 0]
    assert found.caveats == ()


def test_the_legs_of_a_trade_are_seen_together_by_whoever_sees_one() -> None:
    world = simple()
    world.check(day(1))
    for asset, amount in (("USD", "-600"), ("BTC", "0.01")):
        world.book(day(1) - timedelta(seconds=1), "trade", asset, amount)
    world.prices["BTC"] = Decimal(66_000)
    world.check(day(2))

    found = statement_of(world, Span(day(0), day(2)))

    assert [one.unexplained for one in found.periods] == [0, 0]
    assert found.overall.gain == Decimal("0.51") * 6000


def test_an_unknown_type_is_neither_gained_nor_paid() -> None:
    world = simple()
    world.book(day(0.5), "lottery", "USD", "42")
    world.check(day(1))

    found = statement_of(world, Span(day(0), day(1)))

    assert figures(found.overall, "gain", "unexplained", "complete") == (0, 42, False)
    assert [caveat.message for caveat in found.caveats] == [
        "its ledger has entries of unknown types (lottery), which are counted as unexplained"
    ]


def test_a_flow_of_unknown_worth_makes_what_was_gained_unknown() -> None:
    world = simple()
    del world.prices["BTC"]
    world.book(day(0.5), "deposit", "BTC", "0.1")
    world.prices["BTC"] = Decimal(60_000)
    world.check(day(1))
    world.check(day(2))

    found = statement_of(world, Span(day(0), day(2)))

    assert figures(found.overall, "start", "end") == (31_000, 37_000)
    assert figures(found.overall, "gain", "deposits", "rate") == (None, None, None)
    assert [one.gain for one in found.periods] == [None, 0]
    assert [caveat.message for caveat in found.caveats] == [
        "0.1 BTC came in at 2026-01-01 12:00 UTC, of which nobody knows what it was worth"
    ]


def test_what_no_total_counts_makes_nothing_unknown() -> None:
    world = simple()
    world.book(day(0.5), "deposit", "OBSCURE", "300")
    world.check(day(1), complete=False)

    found = statement_of(world, Span(day(0), day(1)))

    assert figures(found.overall, "gain", "deposits", "complete") == (0, 0, False)
    assert codes(found) == [CaveatCode.INCOMPLETE_TOTAL, CaveatCode.NOT_COUNTED]


def test_without_the_ledger_nothing_is_known_but_what_was_there() -> None:
    world = simple()
    world.known = None
    world.check(day(1))

    found = statement_of(world, Span(day(0), day(1)))

    assert figures(found.overall, "start", "end") == (31_000, 31_000)
    assert figures(found.overall, "gain", "deposits", "unexplained") == (None, None, None)
    assert codes(found) == [CaveatCode.LEDGER_UNKNOWN]


def test_a_part_of_the_ledger_is_enough_for_its_periods() -> None:
    world = simple()
    world.known = LedgerCoverage((Span(day(1), day(3)),))
    for number in range(1, 5):
        world.check(day(number))

    found = statement_of(world, Span(day(0), day(4)))

    assert found.overall.gain is None
    assert [one.gain for one in found.periods] == [None, 0, 0, None]
    assert found.caveats[0].message == (
        "of its ledger only what is from 2026-01-02 00:00 UTC to 2026-01-04 00:00 UTC was read so far"
    )


def test_a_gap_belongs_to_no_day_and_is_said() -> None:
    world = simple()
    for number, price in ((1, 61_000), (2, 62_000), (5, 65_000), (6, 66_000)):
        world.prices["BTC"] = Decimal(price)
        world.check(day(number))

    found = statement_of(world, Span(day(0), day(6)))

    assert found.overall.gain == 3000
    assert [one.gain for one in found.periods] == [500, 500, None, None, None, 500]
    assert [caveat.message for caveat in found.caveats] == [
        "there is no whole total between 2026-01-03 00:00 UTC and 2026-01-06 00:00 UTC"
    ]
    assert [None if worth is None else worth.amount for worth in found.days.values()] == [
        31_000,
        31_500,
        32_000,
        None,
        None,
        33_500,
        34_000,
    ]


def test_an_account_that_is_new_has_figures_since_its_first_check() -> None:
    world = World(prices={"USD": Decimal(1)}, amounts={"USD": Decimal(100)})
    world.check(day(10))
    world.book(day(11), "deposit", "USD", "50")
    world.check(day(12))

    found = statement_of(world, Span(day(0), day(12)), By.WEEK)

    assert figures(found.overall, "start", "deposits", "end") == (100, 50, 150)
    assert found.overall.began == day(10)
    assert not found.overall.complete
    assert codes(found) == [CaveatCode.BEGINS_LATER, CaveatCode.GAP]


def test_an_account_without_two_points_has_no_figures() -> None:
    world = World()
    span = Span(day(0), day(7))

    assert statement_of(world, span).overall == Performance(span)
    assert codes(statement_of(world, span)) == [CaveatCode.NO_POINTS]

    world.check(day(3))

    assert statement_of(world, span).overall == Performance(span, end=ZERO)
    assert codes(statement_of(world, span)) == [CaveatCode.ONE_POINT]


def test_what_went_to_earn_is_no_loss_where_the_total_does_not_count_it() -> None:
    world = simple()
    world.book(day(0.5), "hybridearnwithdrawal", "USD", "-400")
    world.check(day(1))
    world.book(day(1.5), "hybridearndeposit", "USD", "410")
    world.check(day(2))

    found = statement_of(world, Span(day(0), day(2)))

    assert [figures(one, "withdrawals", "deposits", "gain") for one in found.periods] == [(400, 0, 0), (0, 410, 0)]


def test_what_moved_within_the_balances_neither_came_nor_went() -> None:
    world = simple()
    world.book(day(0.5), "earn", "BTC", "-0.2", subtype="allocation")
    world.book(day(0.5), "earn", "BTC", "0.2", subtype="allocation")
    world.check(day(1))

    found = performance_of(world, 0, 1)

    assert figures(found, "deposits", "withdrawals", "gain") == (0, 0, 0)


# --- all together ---------------------------------------------------------------------------------------


def two(transfer_at: Sequence[datetime]) -> tuple[World, World, tuple[Leg, Leg]]:
    """Alpha sends 300 to bravo; both are checked each day for four days."""
    alpha, bravo = World("alpha"), World("bravo")
    for world in (alpha, bravo):
        world.amounts["USD"] = Decimal(1000)
        world.check(day(0))
    sent = alpha.book(transfer_at[0], "withdrawal", "USD", "-300", "1", own=True)
    received = bravo.book(transfer_at[1], "deposit", "USD", "300", own=True)
    for number in range(1, 5):
        for world, entry in ((alpha, sent), (bravo, received)):
            world.amounts["USD"] = Decimal(1000)
            if entry.at <= day(number):
                world.amounts["USD"] += entry.amount - entry.fee
            world.check(day(number))
    return alpha, bravo, (("alpha", sent.id), ("bravo", received.id))


def test_a_transfer_between_own_accounts_is_a_flow_of_each_and_of_neither_in_all() -> None:
    alpha, bravo, transfer = two([day(1.4), day(1.5)])
    span = Span(day(0), day(4))

    assert performance_of(alpha, 0, 4).withdrawals == 300
    assert performance_of(bravo, 0, 4).deposits == 300
    found = together([alpha, bravo], span, [transfer])
    assert figures(found.overall, "deposits", "withdrawals", "gain") == (0, 0, -1)
    assert found.flows == ()
    assert found.overall.rate == Decimal(-1) / 2000
    assert adds_up(found.overall)


def test_what_is_on_its_way_from_one_to_the_other_is_in_neither() -> None:
    alpha, bravo, transfer = two([day(1.4), day(2.5)])

    found = together([alpha, bravo], Span(day(0), day(4)), [transfer])

    assert figures(found.overall, "deposits", "withdrawals", "gain") == (0, 0, -1)
    assert [figures(one, "deposits", "withdrawals", "gain") for one in found.periods] == [
        (0, 0, 0),
        (0, 300, -1),
        (300, 0, 0),
        (0, 0, 0),
    ]


def test_who_is_not_in_the_sum_is_named() -> None:
    alpha, bravo, _ = two([day(1.4), day(1.5)])
    bravo.known = None

    found = together([alpha, bravo, World("charlie")], Span(day(0), day(4)))

    assert found.overall.end == 699
    assert not found.overall.complete
    assert [caveat.message for caveat in found.caveats] == [
        "USER (bravo) is not in it: what came and went is not known",
        "USER (charlie) is not in it: no two whole totals are known in this time",
    ]


def test_many_who_are_not_in_the_sum_are_told_in_one_line() -> None:
    worlds = [simple() for _ in range(6)]
    for number, world in enumerate(worlds):
        world.selector = f"user{number}"
        world.known = world.known if number < 2 else None
        world.check(day(1))

    found = together(worlds, Span(day(0), day(1)))

    assert found.overall.end == 62_000
    assert [caveat.message for caveat in found.caveats] == [
        "4 accounts are not in it, since what came and went is not known: USER (user2), USER (user3), "
        "USER (user4), USER (user5)"
    ]


def test_where_nobody_knows_what_came_what_is_there_is_told() -> None:
    worlds = [simple(), simple(), World("charlie")]
    for number, world in enumerate(worlds[:2]):
        world.selector, world.known = f"user{number}", None
        world.check(day(1))

    found = together(worlds, Span(day(0), day(1)))

    assert figures(found.overall, "start", "end", "gain", "rate", "complete") == (
        62_000,
        62_000,
        None,
        None,
        False,
    )
    assert [caveat.message for caveat in found.caveats] == [
        "of no account it is known what came and went",
        "USER (charlie) is not in it: no two whole totals are known in this time",
    ]


def test_who_has_not_been_found_since_is_not_in_the_sum() -> None:
    alpha, bravo = simple(), simple()
    bravo.selector = "bravo"
    for number in range(1, 5):
        alpha.check(day(number))
    bravo.check(day(1))

    found = together([alpha, bravo], Span(day(0), day(6)))

    assert figures(found.overall, "start", "end", "complete") == (31_000, 31_000, False)
    assert [caveat.message for caveat in found.caveats] == [
        "USER (bravo) is not in it: the last whole total is of 2026-01-02 00:00 UTC"
    ]


def test_who_is_found_later_is_in_the_sum_from_then_on() -> None:
    alpha, bravo = simple(), simple()
    bravo.selector, bravo.points = "bravo", []
    for number in range(1, 5):
        alpha.prices["BTC"] += 1000
        alpha.check(day(number))
        if number > 2:
            bravo.check(day(number))

    found = together([alpha, bravo], Span(day(0), day(4)))

    assert figures(found.overall, "start", "end", "gain") == (62_000, 64_000, 2000)
    assert [one.gain for one in found.periods] == [500, 500, 500, 500]
    assert [caveat.message for caveat in found.caveats] == ["USER (bravo) is in it from 2026-01-04 00:00 UTC on"]


def test_a_gap_of_one_is_said_of_all() -> None:
    alpha, bravo = simple(), simple()
    bravo.selector = "bravo"
    for number in range(1, 6):
        alpha.check(day(number))
        if number not in (2, 3):
            bravo.check(day(number))

    found = together([alpha, bravo], Span(day(0), day(5)))

    assert figures(found.overall, "start", "end", "gain") == (62_000, 62_000, 0)
    assert [one.gain for one in found.periods] == [0, None, None, None, 0]
    assert [caveat.message for caveat in found.caveats] == ["USER (bravo) has no whole total on some days"]


def test_nobody_makes_no_sum() -> None:
    span = Span(day(0), day(4))

    assert together([], span).overall == Performance(span)


# --- generated histories --------------------------------------------------------------------------------


def net(world: World, meanings: Sequence[Meaning], start: datetime, end: datetime) -> Decimal:
    """What all entries with these meanings were worth, in cents each, after one time and up to another."""
    return sum(
        (
            round(valued.value, 2)
            for valued in world.entries
            if start < valued.entry.at <= end and valued.entry.meaning in meanings and valued.value is not None
        ),
        ZERO,
    )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("by", list(By))
def test_a_year_adds_up_to_the_cent(seed: int, by: By) -> None:
    world = year_of(seed)
    span = Span(day(0), day(365))

    found = statement_of(world, span, by)

    overall = found.overall
    assert overall.start == world.points[0].figures.total
    assert overall.end == world.points[-1].figures.total
    assert overall.deposits is not None
    assert overall.withdrawals is not None
    assert abs(
        overall.deposits - overall.withdrawals - net(world, [Meaning.FLOW, Meaning.INTERNAL], day(0), day(365))
    ) <= Decimal("0.01") * len(world.entries)
    assert overall.unexplained == 0
    assert adds_up(overall)
    for one in found.periods:
        assert one.gain is None or adds_up(one)


@pytest.mark.parametrize("seed", range(3))
def test_flows_alone_are_told_to_the_cent(seed: int) -> None:
    world = year_of(seed, internal=False)

    found = performance_of(world, 0, 365)

    paid = [valued for valued in world.entries if valued.entry.meaning is Meaning.FLOW and valued.value]
    came = [round(valued.value, 2) for valued in paid if valued.value and valued.value > 0]
    went = [-round(valued.value, 2) for valued in paid if valued.value and valued.value < 0]
    rewards = [valued.value for valued in world.entries if valued.entry.meaning is Meaning.REWARD and valued.value]
    assert figures(found, "deposits", "withdrawals") == (sum(came, ZERO), sum(went, ZERO))
    assert found.rewards == round(sum(rewards, ZERO), 2)
    assert found.start is not None
    assert found.end is not None
    assert found.gain == found.end - found.start - sum(came, ZERO) + sum(went, ZERO)


def _replayed(world: World) -> World:
    """The same prices and entries, checked anew."""
    again = World(world.selector)
    again.amounts = dict(world.seen[world.points[0].at][0])
    entries = sorted(world.entries, key=lambda valued: (valued.entry.at, valued.entry.id))
    for point in world.points:
        while entries and entries[0].entry.at <= point.at:
            valued = entries.pop(0)
            entry = valued.entry
            again.amounts[entry.asset] = again.amounts.get(entry.asset, ZERO) + entry.amount - entry.fee
            again.entries.append(valued)
        again.prices = dict(world.seen[point.at][1])
        again.check(point.at)
    return again


@few_examples
@given(
    seed=st.integers(0, 1000),
    when=st.floats(0.01, 59.9),
    amount=st.decimals("-20000", "1000000", places=2).filter(bool),
)
def test_a_deposit_on_any_day_changes_the_gain_by_nothing(seed: int, when: float, amount: Decimal) -> None:
    world = year_of(seed, days=60)
    before = performance_of(world, 0, 60)
    world.book(day(when), "deposit" if amount > 0 else "withdrawal", "USD", amount)

    after = performance_of(_replayed(world), 0, 60)

    assert after.gain == before.gain
    assert before.deposits is not None
    assert before.withdrawals is not None
    assert after.deposits == before.deposits + max(amount, ZERO)
    assert after.withdrawals == before.withdrawals - min(amount, ZERO)
    assert after.unexplained == 0


@pytest.mark.parametrize("seed", range(2))
def test_all_accounts_add_up_to_the_cent(seed: int) -> None:
    worlds = [year_of(10 * seed + number, name) for number, name in enumerate(("master", "alpha", "bravo"))]
    span = Span(day(0), day(365))

    found = together(worlds, span, by=By.MONTH)

    each = [statement_of(world, span, By.MONTH).overall for world in worlds]
    assert adds_up(found.overall)
    assert found.overall.start == sum((one.start or ZERO for one in each), ZERO)
    assert found.overall.gain == sum((one.gain or ZERO for one in each), ZERO)
    assert found.overall.end == sum((one.end or ZERO for one in each), ZERO)
    assert all(one.gain is None or adds_up(one) for one in found.periods)


@pytest.mark.parametrize("by", [By.WEEK, By.MONTH])
def test_periods_add_up_to_the_whole(by: By) -> None:
    world = year_of(7, missing=0)

    found = statement_of(world, Span(day(0), day(365)), by)

    for name in ("deposits", "withdrawals", "fees", "rewards", "gain", "unexplained"):
        assert sum((getattr(one, name) for one in found.periods), ZERO) == getattr(found.overall, name)
