"""From a store to the statement, in either kind of store."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from kraken_accounts import Account
from kraken_accounts.history.answering import TwoCurrencies, make_statement, quote_of
from kraken_accounts.history.caveats import CaveatCode
from kraken_accounts.history.model import Figures, Observation
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


def test_nor_are_those_from_before_such_totals(history: History) -> None:
    """Whatever came while other wallets were counted, nobody has booked."""
    daily(history, "100")
    other = Figures("trading", Decimal(500), covers=("spot", "earn"), complete=True, whole=True)
    history.record(OURS, check(after(days=1), Observation(Account.called(ALPHA), FINGERPRINT, other)))
    for days in (2, 3):
        history.record(OURS, check(after(days=days), seen(total=str(100 + days)), USD="1"))

    found = of(statement(history, NOON, after(days=3)))

    assert (found.overall.began, found.overall.start, found.overall.end) == (
        after(days=2),
        Decimal(102),
        Decimal(103),
    )


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
