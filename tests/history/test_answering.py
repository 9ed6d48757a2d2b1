"""From a store to the statement, in either kind of store."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from kraken_accounts import Account
from kraken_accounts.history.answering import TwoCurrencies, make_statement, quote_of
from kraken_accounts.history.caveats import CaveatCode
from kraken_accounts.history.model import Figures, Observation, Parts
from kraken_accounts.history.periods import By
from kraken_accounts.history.statement import AccountStatement, Statement
from kraken_accounts.history.store import History
from kraken_accounts.spans import Span

from .support import ALPHA, FINGERPRINT, NOON, OURS, after, check, seen


def statement(history: History, since: datetime, until: datetime, by: By = By.DAY) -> Statement:
    with history.reader(OURS) as reader:
        accounts = list(dict.fromkeys(one.account for one in reader.series()))
        return make_statement(reader, accounts, "USD", Span(since, until), by, demo=False, now=until)


def of(found: Statement, selector: str = ALPHA) -> AccountStatement:
    return next(one for one in found.accounts if one.account == Account.called(selector))


def codes(found: AccountStatement) -> list[CaveatCode]:
    return [caveat.code for caveat in found.caveats]


def daily(history: History, *totals: str | None, **changes: object) -> None:
    """A check a day at noon; None: one that found no whole total."""
    for number, total in enumerate(totals):
        one = seen(total=total or "1", holdings={"USD": total or "1"}, whole=total is not None)
        history.record(OURS, check(after(days=number), one, USD="1"))


def test_values_are_those_at_the_ends_of_the_span(history: History) -> None:
    daily(history, "100", "110", "120", "130")

    found = of(statement(history, after(days=1), after(days=3)))

    assert (found.overall.start, found.overall.end) == (Decimal(110), Decimal(130))
    assert (found.overall.began, found.overall.ended) == (after(days=1), after(days=3))


def test_a_total_that_is_not_whole_is_no_point(history: History) -> None:
    daily(history, "100", None, "120", None)

    found = of(statement(history, NOON, after(days=3)))

    assert (found.overall.start, found.overall.end) == (Decimal(100), Decimal(120))
    assert codes(found) == [CaveatCode.ENDS_EARLIER, CaveatCode.GAP, CaveatCode.LEDGER_UNKNOWN]


def test_totals_that_cover_other_wallets_are_not_compared(history: History) -> None:
    daily(history, "100", "110")
    wider = seen(total="500", holdings={"USD": "110"})
    for number in (2, 3):
        figures = wider.figures.__class__(
            "trading", Decimal(500 + number), covers=("spot", "earn"), complete=True, whole=True
        )
        one = Observation(wider.account, wider.fingerprint, figures, holdings={"USD": Decimal(110)})
        history.record(OURS, check(after(days=number), one, USD="1"))

    found = of(statement(history, NOON, after(days=3)))

    assert (found.overall.start, found.overall.end) == (Decimal(502), Decimal(503))
    assert codes(found)[:2] == [CaveatCode.OTHER_WALLETS, CaveatCode.BEGINS_LATER]


def test_one_that_cannot_be_compared_leaves_the_others_comparable(history: History) -> None:
    daily(history, "100")
    other = Figures("trading", Decimal(500), covers=("spot", "earn"), complete=True, whole=True)
    history.record(OURS, check(after(days=1), Observation(Account.called(ALPHA), FINGERPRINT, other)))
    for days in (2, 3):
        history.record(OURS, check(after(days=days), seen(total=str(100 + days)), USD="1"))

    found = of(statement(history, NOON, after(days=3)))

    assert (found.overall.began, found.overall.start, found.overall.end) == (NOON, Decimal(100), Decimal(103))
    assert codes(found) == [CaveatCode.GAP, CaveatCode.LEDGER_UNKNOWN]


def with_earn(history: History, at: datetime, total: str, earn: str) -> None:
    """A check that counts what is in Earn, too."""
    one = seen(total=total, holdings={"USD": total}, parts=Parts(earn=Decimal(earn)))
    one = replace(one, figures=replace(one.figures, covers=("spot", "earn")))
    history.record(OURS, check(at, one, USD="1"))


@pytest.mark.parametrize("which", [1, 3], ids=["between", "last"])
def test_of_a_few_that_count_earn_too_the_spot_balance_is_compared(history: History, which: int) -> None:
    daily(history, "100", *(["110"] if which > 1 else []))
    with_earn(history, after(days=which), "150", "40")
    for days in range(which + 1, 4):
        history.record(OURS, check(after(days=days), seen(total="120", holdings={"USD": "120"}), USD="1"))

    found = of(statement(history, NOON, after(days=3)))

    assert (found.overall.start, found.overall.end) == (Decimal(100), Decimal(120 if which == 1 else 110))
    assert (found.overall.began, found.overall.ended) == (NOON, after(days=3))
    assert found.covers == ("spot",)
    (said,) = [caveat.message for caveat in found.caveats if caveat.code is CaveatCode.OTHER_WALLETS]
    assert said == (
        f"some of its totals, the last one of {after(days=which):%Y-%m-%d} 12:00 UTC, count what is in Earn and "
        "others do not: compared is the spot balance alone"
    )
    assert CaveatCode.UNEXPLAINED not in codes(found)


def test_of_a_few_that_do_not_count_earn_the_others_are_compared(history: History) -> None:
    for days in range(4):
        with_earn(history, after(days=days), str(150 + days), "40")
        if days in (1, 3):  # the last one of the day
            history.record(OURS, check(after(days=days, hours=1), seen(total="110"), USD="1"))

    found = of(statement(history, NOON, after(days=3, hours=1)))

    assert (found.overall.start, found.overall.end) == (Decimal(150), Decimal(153))
    assert (found.overall.began, found.overall.ended) == (NOON, after(days=3))
    assert found.covers == ("spot", "earn")
    assert codes(found) == [CaveatCode.LEDGER_UNKNOWN]


def test_once_half_of_the_time_counts_earn_that_half_is_told(history: History) -> None:
    daily(history, *["100"] * 6)
    for days in range(6, 10):
        with_earn(history, after(days=days), str(150 + days), "40")

    short, long = (of(statement(history, after(days=days), after(days=9))) for days in (5, 0))

    assert (short.covers, short.overall.start, short.overall.end) == (("spot", "earn"), Decimal(156), Decimal(159))
    assert (long.covers, long.overall.start, long.overall.end) == (("spot",), Decimal(100), Decimal(119))


def test_another_kraken_account_under_the_name_is_said_and_not_counted(history: History) -> None:
    for number, fingerprint in enumerate(("aaaaaaaaaaaa", "aaaaaaaaaaaa", "bbbbbbbbbbbb", "bbbbbbbbbbbb")):
        one = seen(total=str(100 + number), holdings={}, fingerprint=fingerprint)
        history.record(OURS, check(after(days=number), one))

    found = of(statement(history, NOON, after(days=3)))

    assert (found.overall.start, found.overall.end) == (Decimal(102), Decimal(103))
    assert found.caveats[0].message == (
        "until 2026-11-23 12:00 UTC its name was that of another Kraken account, which is not counted"
    )


def test_an_account_that_never_was_checked_has_no_figures(history: History) -> None:
    daily(history, "100", "100")
    with history.reader(OURS) as reader:
        accounts = [Account.called("nobody")]
        found = make_statement(
            reader, accounts, "USD", Span(NOON, after(days=1)), By.DAY, demo=False, now=after(days=1)
        )

    assert found.accounts[0].overall.end is None
    assert codes(found.accounts[0]) == [CaveatCode.NO_POINTS]


def test_two_currencies_are_kept_apart(history: History) -> None:
    history.record(OURS, check(NOON, seen(), quote="USD"))
    with history.reader(OURS) as reader:
        assert quote_of(reader, None) == "USD"
        assert quote_of(reader, "usd") == "USD"
        assert quote_of(reader, "EUR") is None
    history.record(OURS, check(after(hours=1), seen(), quote="EUR"))

    with history.reader(OURS) as reader, pytest.raises(TwoCurrencies) as refused:
        quote_of(reader, None)
    assert refused.value.quotes == ("EUR", "USD")


def test_thinned_points_change_no_figure(history: History) -> None:
    for number in range(60):
        one = seen(total=str(100 + number), holdings={"USD": str(100 + number)})
        history.record(OURS, check(after(hours=6 * number), one, USD="1"))
    span = (after(days=1) - timedelta(hours=12), after(hours=6 * 59))
    before = statement(history, *span)

    history.prune(after(days=30))

    assert of(statement(history, *span)).periods == of(before).periods
