"""Fills as TradesHistory lists them, and what several answers tell together: by hand, fill by fill."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from kraken_accounts.kraken.errors import NotListedAnyMore, UnexpectedAnswer
from kraken_accounts.kraken.fill_history import MOST_KEPT, FillHistory, brought_up_to_date
from kraken_accounts.kraken.fills import Fill, FillsPage, parse_fills

NOW = datetime(2026, 11, 22, 10, 0, 0, 250_000, tzinfo=UTC)
HOUR = timedelta(hours=1)
NO_COUNTS: tuple[Any, ...] = ("many", -1, 0, Decimal("1.5"), Decimal("1e29"), True, [1], {})


def trade(**changes: Any) -> dict[str, Any]:
    """An entry as https://docs.kraken.com/api-reference/account-data/get-trades-history shows them."""
    return {
        "ordertxid": "OSAMPL-AAAAA-AAAAAA",
        "postxid": "TSAMPL-AAAAA-AAAAAA",
        "pair": "XXBTZUSD",
        "time": Decimal("1795341600.8802"),
        "type": "buy",
        "ordertype": "limit",
        "price": "64250.10000",
        "cost": "642.50100",
        "fee": "1.60625",
        "vol": "0.01000000",
        "margin": "0.00000",
        "leverage": "0",
        "misc": "",
        "trade_id": 40274859,
        "maker": True,
        **changes,
    }


def test_reads_what_kraken_documents() -> None:
    page = parse_fills({"trades": {"TSAMPL-AAAAA-AAAAAA": trade()}, "count": 2346})

    assert page.fills == (
        Fill(
            "TSAMPL-AAAAA-AAAAAA",
            datetime(2026, 11, 22, 10, 0, 0, 880_200, tzinfo=UTC),
            "XXBTZUSD",
            "buy",
            Decimal("0.01"),
            Decimal("64250.1"),
            Decimal("642.501"),
        ),
    )
    assert (page.count, page.whole) == (2346, False)


def test_the_newest_comes_first_however_they_are_sent() -> None:
    times = {"A": 1795341600, "B": 1795341602, "C": 1795341601}

    page = parse_fills({"trades": {name: trade(time=time) for name, time in times.items()}, "count": 3})

    assert [fill.fill_id for fill in page.fills] == ["B", "C", "A"]


@pytest.mark.parametrize(
    ("count", "known", "whole"),
    [(1, 1, True), ("1", 1, True), (Decimal("1.0"), 1, True), (7, 7, False), (None, None, True)]
    # No counts: then a page that is not full has all there are.
    + [(no_count, None, True) for no_count in NO_COUNTS],
)
def test_a_count_is_believed_if_it_can_be(count: Any, known: int | None, whole: bool) -> None:
    page = parse_fills({"trades": {"T1": trade()}, "count": count})

    assert (page.count, page.whole) == (known, whole)


@pytest.mark.parametrize(
    "result",
    [
        None,
        {},
        {"count": 0},
        {"trades": None, "count": 0},
        {"trades": {}, "count": 3},
        *({"trades": {}, "count": no_count} for no_count in NO_COUNTS if no_count != 0),
        *(
            {"trades": {"T1": trade(**{name: value})}, "count": 1}
            for name, value in (
                *(
                    ("time", value)
                    for value in (0, -1, 1293839999, "soon", None, Decimal("1e29"), Decimal("0e999999"))
                ),
                *(("vol", value) for value in ("0", "-1", "1e30", None)),
                *(("price", value) for value in ("0", "-1", "NaN")),
                *(("cost", value) for value in ("-0.01", "1e30")),
                *(("pair", ""), ("type", 7)),
            )
        ),
    ],
)
def test_what_cannot_be_is_refused(result: Any) -> None:
    with pytest.raises(UnexpectedAnswer):
        parse_fills(result)


def test_a_cost_that_is_rounded_to_nothing_is_one() -> None:
    assert parse_fills({"trades": {"T1": trade(cost="0.00000")}}).fills[0].cost == 0


# --- what several answers tell together -----------------------------------------------------------------


class Account:
    """An account at a Kraken that lists its fills fifty at a time.

    Attributes:
        asked: the `since` of each question.
    """

    def __init__(self) -> None:
        self.fills: list[Fill] = []
        self.asked: list[datetime | None] = []

    def trades(self, *moments: datetime) -> None:
        for moment in moments:
            one = Decimal(1)
            self.fills.append(Fill(f"T{len(self.fills)}", moment, "XXBTZUSD", "buy", one, one, one))

    def answer(self, since: datetime | None) -> FillsPage:
        self.asked.append(since)
        chosen = sorted((f for f in self.fills if since is None or f.time > since), key=lambda f: f.time)
        return FillsPage(tuple(reversed(chosen[-50:])), len(chosen))

    def seen(self, now: datetime, known: FillHistory | None = None) -> FillHistory:
        return brought_up_to_date(known, now, self.answer)


def every(distance: timedelta, count: int, until: datetime) -> Iterable[datetime]:
    """So many moments, the last of them at `until`."""
    return [until - number * distance for number in reversed(range(count))]


@pytest.fixture
def account() -> Account:
    return Account()


def test_of_an_account_that_has_never_traded(account: Account) -> None:
    found = account.seen(NOW)

    assert (found.last, found.count, found.is_exact, found.all_known) == (None, 0, True, True)
    assert account.asked == [None]
    # The first fill ever is found by asking for the newest again.
    account.trades(NOW + HOUR)
    later = account.seen(NOW + 2 * HOUR, found)
    assert (account.asked[1], later.last, later.count) == (None, account.fills[0], 1)


def test_counts_those_of_24_hours_and_no_others(account: Account) -> None:
    day_before = NOW.replace(microsecond=0) - 24 * HOUR
    account.trades(day_before - HOUR, day_before, day_before + timedelta(microseconds=1), NOW - HOUR)

    found = account.seen(NOW)

    assert [fill.fill_id for fill in found.recent] == ["T3", "T2"]
    assert (found.last, found.count, found.all_known) == (account.fills[3], 2, True)


def test_asks_since_the_last_known_one(account: Account) -> None:
    account.trades(NOW - 3 * HOUR, NOW - 2 * HOUR)
    known = account.seen(NOW)
    account.trades(NOW + HOUR)

    found = account.seen(NOW + 2 * HOUR, known)

    # A minute earlier, in whole seconds: fills of two markets may be listed late.
    assert account.asked == [None, (NOW - 2 * HOUR).replace(microsecond=0) - timedelta(minutes=1)]
    assert ([fill.fill_id for fill in found.recent], found.all_known) == (["T2", "T1", "T0"], True)


def test_a_fill_that_is_listed_late_is_counted(account: Account) -> None:
    account.trades(NOW - HOUR)
    known = account.seen(NOW)
    account.trades(NOW - HOUR - timedelta(seconds=20))

    found = account.seen(NOW + HOUR, known)

    assert (found.count, found.all_known, found.last) == (2, True, account.fills[0])


def test_more_than_a_page_are_at_least_a_page_and_exact_the_next_time(account: Account) -> None:
    account.trades(*every(timedelta(minutes=10), 130, NOW - HOUR))

    first = account.seen(NOW)
    second = account.seen(NOW + HOUR, first)

    assert (first.count, first.is_exact) == (50, False)
    # Since 24 hours ago, so that Kraken's count is theirs.
    assert account.asked == [None, NOW.replace(microsecond=0) - 23 * HOUR]
    assert (second.count, second.is_exact, second.all_known, len(second.recent)) == (130, True, False, 50)


def test_more_than_a_page_between_two_runs_are_counted_and_not_all_known(account: Account) -> None:
    account.trades(NOW - HOUR)
    known = account.seen(NOW)
    account.trades(*every(timedelta(seconds=30), 80, NOW + HOUR))

    found = account.seen(NOW + HOUR, known)
    later = account.seen(NOW + 2 * HOUR, found)

    assert (found.count, found.is_exact, found.all_known) == (81, True, False)
    assert (later.count, later.is_exact, later.all_known) == (81, True, False)
    # A day after the gap, all that count are known again.
    account.trades(NOW + 25 * HOUR)
    much_later = account.seen(NOW + 26 * HOUR, later)
    assert (much_later.count, much_later.all_known) == (1, True)


def test_a_page_that_reaches_the_known_ones_leaves_no_gap(account: Account) -> None:
    account.trades(*every(timedelta(seconds=10), 40, NOW - HOUR))
    known = account.seen(NOW)
    # With what is asked for again, there are more than fit on a page, but none is unknown.
    account.trades(*every(timedelta(seconds=30), 48, NOW + HOUR))

    found = account.seen(NOW + HOUR, known)

    assert (found.count, found.is_exact, found.all_known, len(found.recent)) == (88, True, True, 88)


def test_a_last_fill_of_long_ago_is_remembered(account: Account) -> None:
    account.trades(NOW - 90 * 24 * HOUR)
    known = account.seen(NOW)

    found = account.seen(NOW + HOUR, known)

    assert (found.last, found.count, found.all_known) == (account.fills[0], 0, True)
    assert account.asked[1] == (NOW - 90 * 24 * HOUR - timedelta(minutes=1)).replace(microsecond=0)


def test_many_fills_since_one_of_long_ago_are_at_least_a_page(account: Account) -> None:
    account.trades(NOW - 3 * 24 * HOUR)
    known = account.seen(NOW - 2 * 24 * HOUR)
    account.trades(*every(timedelta(minutes=5), 60, NOW - HOUR))

    found = account.seen(NOW, known)

    assert (found.count, found.is_exact) == (50, False)


def test_no_more_are_kept_than_there_is_room_for(account: Account) -> None:
    known = None
    for hour in range(20):
        account.trades(*every(timedelta(minutes=1), 40, NOW + hour * HOUR))
        known = account.seen(NOW + hour * HOUR + timedelta(minutes=1), known)

    assert known is not None
    assert (len(known.recent), known.count, known.is_exact) == (MOST_KEPT, 800, True)
    assert not known.all_known


def test_what_is_not_listed_any_more_is_not_believed(account: Account) -> None:
    account.trades(NOW - 2 * HOUR, NOW - HOUR)
    known = account.seen(NOW)
    del account.fills[1]

    with pytest.raises(NotListedAnyMore, match="does not list trade T1 any more"):
        account.seen(NOW + HOUR, known)


def test_one_that_was_taken_back_is_not_counted(account: Account) -> None:
    account.trades(NOW - 2 * HOUR, NOW - HOUR - timedelta(seconds=5), NOW - HOUR)
    known = account.seen(NOW)
    del account.fills[1]

    found = account.seen(NOW + HOUR, known)

    assert ([fill.fill_id for fill in found.recent], found.all_known) == (["T2", "T0"], True)


def test_a_fill_of_the_future_is_not_believed(account: Account) -> None:
    account.trades(NOW - HOUR, NOW + HOUR)

    with pytest.raises(UnexpectedAnswer, match="trade T1 is of the future: 2026-11-22 11:00:00 UTC"):
        account.seen(NOW)


def test_clocks_may_be_a_little_apart(account: Account) -> None:
    account.trades(NOW + timedelta(seconds=2))

    assert account.seen(NOW).count == 1


def test_what_is_known_of_the_future_is_asked_anew(account: Account) -> None:
    account.trades(NOW)
    known = account.seen(NOW)
    account.fills.clear()
    account.trades(NOW - 3 * HOUR)

    found = account.seen(NOW - 2 * HOUR, known)  # the clock was set back

    assert (account.asked, found.last) == ([None, None], account.fills[0])


def test_a_count_of_more_than_a_page_that_is_not_full_is_none(account: Account) -> None:
    account.trades(NOW - 2 * HOUR, NOW - HOUR)
    known = account.seen(NOW)
    account.trades(NOW)
    lie = FillsPage(tuple(account.fills[-1:]), 400)

    found = brought_up_to_date(known, NOW, lambda _: lie)
    first = brought_up_to_date(None, NOW, lambda _: lie)

    assert (found.count, found.is_exact) == (3, False)
    assert (first.count, first.is_exact) == (1, False)


def test_without_a_count_a_full_page_may_not_be_all(account: Account) -> None:
    account.trades(*every(timedelta(minutes=1), 50, NOW - HOUR))
    page = FillsPage(account.answer(None).fills, None)

    found = brought_up_to_date(None, NOW, lambda _: page)

    assert (found.count, found.is_exact) == (50, False)


def test_what_a_key_may_not_see_is_missing(account: Account) -> None:
    account.trades(NOW - HOUR)
    found = account.seen(NOW)

    assert found.seen_from(NOW - 48 * HOUR) == found
    limited = found.seen_from(NOW - 2 * HOUR)
    assert (limited.count, limited.is_exact) == (1, False)
