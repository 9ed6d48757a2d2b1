"""Rates of return, against examples that others have worked out, and for what must be true of any."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_accounts.history.returns import Flow, Growth, Valuation, chained, growth

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def worth(day: float, amount: str) -> Valuation:
    return Valuation(BEGIN + timedelta(days=day), Decimal(amount))


def flow(day: float, amount: str) -> Flow:
    return Flow(BEGIN + timedelta(days=day), Decimal(amount))


def rate(start: Valuation, end: Valuation, flows: Sequence[Flow] = ()) -> Decimal:
    found = growth(start, end, flows).rate
    assert found is not None
    return found


def test_modified_dietz_as_in_its_textbook_example() -> None:
    """https://en.wikipedia.org/wiki/Modified_Dietz_method#Example: 100, 50 more after one of two years, 300."""
    assert rate(worth(0, "100"), worth(730, "300"), [flow(365, "50")]) == Decimal("1.2")


@pytest.mark.parametrize(
    ("start", "end", "days", "flows", "expected"),
    [
        ("74.2", "104.4", 31, [(14, "37.1")], "-0.07298099559862156"),
        ("1000", "1200", 90, [(15, "10"), (38, "50"), (46, "35"), (79, "20")], "0.0804331826306382"),
    ],
)
def test_modified_dietz_as_another_library_has_it(
    start: str, end: str, days: int, flows: Sequence[tuple[int, str]], expected: str
) -> None:
    """The tests of mdietz in ubique, a library of portfolio statistics."""
    found = rate(worth(0, start), worth(days, end), [flow(*one) for one in flows])

    assert round(found, 15) == round(Decimal(expected), 15)


def test_time_counts_from_the_first_flow_where_nothing_was_there() -> None:
    """https://en.wikipedia.org/wiki/Modified_Dietz_method#Adjustments: shares for 1,128,728 HKD on November 14."""
    found = rate(worth(0, "0"), worth(365, "1125990"), [flow(318, "1128728")])

    assert round(100 * found, 2) == Decimal("-0.24")


def test_time_counts_to_the_last_flow_where_nothing_is_left() -> None:
    assert rate(worth(0, "1000"), worth(10, "0"), [flow(1, "-1010")]) == Decimal("0.01")


def test_chained_as_in_its_textbook_example() -> None:
    """https://en.wikipedia.org/wiki/Time-weighted_return: 500 become 1,000, and with 1,000 more 1,500: 50 %."""
    first, second = rate(worth(0, "500"), worth(365, "1000")), rate(worth(365, "2000"), worth(730, "1500"))

    assert chained([first, second]) == Decimal("0.5")


def test_chained_as_a_portfolio_tracker_explains_it() -> None:
    """https://help.snowball-analytics.com/twr-time-weighted-rate-of-return: 10,000, 10,500 + 5,000, 16,000.

    It says 8.36 %, from 3.2 % in place of 3.2258 % for the second month.
    """
    found = chained([rate(worth(0, "10000"), worth(30, "10500")), rate(worth(30, "15500"), worth(60, "16000"))])

    assert found is not None
    assert round(100 * found, 2) == Decimal("8.39")


def test_linked_as_a_guide_does_it() -> None:
    """https://en.wikipedia.org/wiki/Time-weighted_return: 4 %, 9 %, 5 % and 11 % are 32.12 %."""
    found = chained(Decimal(percent) / 100 for percent in (4, 9, 5, 11))

    assert found is not None
    assert round(100 * found, 2) == Decimal("32.12")


@pytest.mark.parametrize(
    ("start", "end", "flows"),
    [("0", "1", []), ("-5", "5", []), ("100", "50", [(1, "-200")])],
    ids=["from nothing", "from a debt", "more went out than was there"],
)
def test_no_rate_is_told_where_nothing_was_there_on_average(
    start: str, end: str, flows: Sequence[tuple[int, str]]
) -> None:
    found = growth(worth(0, start), worth(10, end), [flow(*one) for one in flows])

    assert found.rate is None
    assert chained([Decimal("0.1"), found.rate]) is None


def test_nothing_that_stays_nothing_has_not_grown() -> None:
    assert growth(worth(0, "0"), worth(10, "0"), []).rate == 0


def test_next_to_nothing_does_not_make_a_loss_of_cents_a_ruin() -> None:
    """Five cents were there when 1,000 came, a minute before the check that found ten cents less than that."""
    found = rate(worth(0, "0.05"), worth(1, "999.95"), [flow(1 - 1 / 1440, "1000")])

    assert abs(found) < Decimal("0.0002")


def test_what_nothing_explains_is_no_gain() -> None:
    found = growth(worth(0, "100"), worth(1, "125"), [], unexplained=Decimal(20))

    assert found == Growth(Decimal(5), Decimal(100))


AMOUNTS = st.decimals("0.01", "1000000", places=2)
RATES = st.decimals("-0.9", "3", places=4)


@given(AMOUNTS, st.lists(st.tuples(RATES, st.decimals("-0.5", "5", places=3)), min_size=1, max_size=12))
def test_no_flow_at_a_point_changes_the_rate(began_with: Decimal, days: list[tuple[Decimal, Decimal]]) -> None:
    """An account that earns these rates earns them whatever is paid in or out between one day and the next."""
    amount, found = began_with, []
    for number, (daily, paid) in enumerate(days):
        grown = amount * (1 + daily)
        found.append(rate(worth(number, str(amount)), worth(number + 1, str(grown))))
        amount = grown * (1 + paid)

    expected = Decimal(1)
    for daily, _ in days:
        expected *= 1 + daily
    chain = chained(found)
    assert chain is not None
    assert abs(chain + 1 - expected) <= Decimal("1e-20") * expected


@given(AMOUNTS, AMOUNTS, st.lists(st.tuples(st.integers(0, 29), AMOUNTS), max_size=6))
def test_a_flow_changes_what_was_gained_by_nothing(
    start: Decimal, gained: Decimal, paid: list[tuple[int, Decimal]]
) -> None:
    flows = [flow(day, str(amount)) for day, amount in sorted(paid)]
    end = start + gained + sum((one.amount for one in flows), Decimal(0))

    assert growth(worth(0, str(start)), worth(30, str(end)), flows).gained == gained
