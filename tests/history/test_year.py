"""A year of every type of entry, by way of a store: what is read from it comes to the same, to the last digit."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal, localcontext

import pytest

from kraken_accounts import Account
from kraken_accounts.history.answering import make_statement
from kraken_accounts.history.ledger_model import EntryPrice
from kraken_accounts.history.model import LedgerFound, Observation, Snapshot
from kraken_accounts.history.performance import AccountBooks, Performance
from kraken_accounts.history.periods import By, periods
from kraken_accounts.history.statement import Statement, account_statement
from kraken_accounts.history.store import History
from kraken_accounts.kraken.ledger import BookEntry
from kraken_accounts.spans import Span

from .support import OURS
from .worlds import CODES, World, day, year_of

pytestmark = pytest.mark.long

TICKERS = {code: asset for asset, code in CODES.items()}
LONG = Decimal("123456789012345678901234567890.12")


def keep(history: History, world: World) -> None:
    """Leave in the store what its checks and its ledger have."""
    account = Account.called(world.selector)
    for point in world.points:
        amounts, prices = world.seen[point.at]
        one = Observation(account, "0123456789ab", point.figures, holdings=amounts)
        history.record(OURS, Snapshot(point.at, "USD", (one,), prices))
    with history.reader(OURS) as reader:
        number = next(one.id for one in reader.series() if one.account == account)
    entries = tuple(
        BookEntry(e.id, e.refid, e.at, e.type, e.subtype, e.code, e.amount, e.fee, e.balance)
        for e in (valued.entry for valued in world.entries)
    )
    known = (Span(day(-1000), day(10_000)),)
    history.keep_ledgers({number: LedgerFound(entries, known, TICKERS)})
    history.keep_prices(
        "USD",
        [
            EntryPrice(valued.entry.asset, valued.entry.at, valued.price.price, valued.price.at)
            for valued in world.entries
            if valued.price is not None
        ],
    )


def figures(found: Performance) -> tuple[object, ...]:
    return found.deposits, found.withdrawals, found.gain


def read(history: History, span: Span, by: By = By.MONTH) -> Statement:
    with history.reader(OURS) as reader:
        accounts = list(dict.fromkeys(one.account for one in reader.series()))
        return make_statement(reader, accounts, "USD", span, by, demo=False, now=span.end)


def test_a_store_tells_what_became_of_a_year(history: History) -> None:
    world, span = year_of(3, days=120), Span(day(0), day(120))
    keep(history, world)

    for by in By:
        found = read(history, span, by).accounts[0]

        ends = [end for period in periods(span, by) for end in (period.start, period.end)]
        expected = account_statement(AccountBooks(world.track(), "USD", ends), span, by, "USD", None)
        assert found.overall == expected.overall
        assert found.periods == expected.periods
        assert found.flows == expected.flows
        assert found.caveats == expected.caveats


def test_what_one_sends_to_another_is_in_neither_in_all(history: History) -> None:
    alpha, bravo = (World(name, amounts={"USD": Decimal(1000)}) for name in ("alpha", "bravo"))
    for world in (alpha, bravo):
        world.check(day(0))
    alpha.book(day(0.3), "withdrawal", "USD", "-300", "1")
    bravo.book(day(0.4), "deposit", "USD", "300")
    bravo.book(day(0.5), "deposit", "USD", "50")
    for world in (alpha, bravo):
        world.check(day(1))
        keep(history, world)

    found = read(history, Span(day(0.01), day(1.01)))

    assert [figures(one.overall) for one in found.accounts] == [(0, 300, -1), (350, 0, 0)]
    assert figures(found.all.overall) == (50, 0, -1)


def test_no_amount_is_too_large_to_be_exact(history: History) -> None:
    with localcontext(prec=100):
        world = World(amounts={"USD": LONG})
        world.check(day(0))
        world.book(day(0.5), "deposit", "USD", LONG)
        world.book(day(0.6), "staking", "USD", "0.01")
        world.check(day(1))
        keep(history, world)

    for found in (read(history, Span(day(0), day(1))).accounts[0], read(history, Span(day(0), day(1))).all):
        assert found.overall.deposits == LONG
        assert found.overall.gain == Decimal("0.01")
        assert found.overall.complete


def test_a_return_is_that_of_the_points_around_each_payment(history: History) -> None:
    """An hour of a hundred percent, and then a hundred times as much: which day's mean it is does not matter."""
    world = World(prices={"USD": Decimal(1), "BTC": Decimal(100)}, amounts={"BTC": Decimal(1)})
    world.check(day(0))
    world.prices["BTC"] = Decimal(200)
    world.check(day(0.5))
    world.book(day(0.5) + timedelta(minutes=5), "deposit", "USD", "20000")
    world.check(day(0.5) + timedelta(minutes=15))
    world.check(day(1))
    keep(history, world)

    found = read(history, Span(day(0), day(1))).accounts[0]

    assert found.overall.gain == 100
    assert found.overall.rate == 1
