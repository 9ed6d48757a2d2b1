"""Statements to write out, made of accounts that never were."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from kraken_accounts.history.model import Held
from kraken_accounts.history.performance import AccountBooks
from kraken_accounts.history.periods import By, periods
from kraken_accounts.history.statement import Statement, account_statement
from kraken_accounts.history.together import Leg, Together
from kraken_accounts.spans import Span

from ..history.worlds import World, day

HELD = (
    Held("BTC", Decimal("0.51"), Decimal("61000.5")),
    Held("USD", Decimal("1234.5600"), Decimal(1)),
    Held("OBSCURE", Decimal(7), None),
)


def statement(
    worlds: Sequence[World],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    by: By = By.DAY,
    demo: bool = False,
    quote: str = "USD",
    transfers: Sequence[tuple[Leg, Leg]] = (),
    held: tuple[Held, ...] | None = HELD,
) -> Statement:
    """Of these accounts, from the first day to the fourth unless told otherwise."""
    span = Span(since or day(0), until or day(3))
    ends = [end for period in periods(span, by) for end in (period.start, period.end)]
    books = [AccountBooks(world.track(), quote, ends) for world in worlds]
    return Statement(
        demo,
        span.end,
        quote,
        span,
        by,
        tuple(account_statement(one, span, by, quote, held) for one in books),
        Together(books, transfers).statement(span, by),
    )


def trader(selector: str = "master", worth: int = 60_000) -> World:
    """1,000 USD and half a bitcoin; 500 are paid in on the second day, and the price goes up and down."""
    world = World(selector, prices={"USD": Decimal(1), "BTC": Decimal(worth)})
    world.amounts = {"USD": Decimal(1000), "BTC": Decimal("0.5")}
    world.check(day(0))
    world.prices["BTC"] += 1000
    world.check(day(1))
    world.book(day(1.25), "deposit", "USD", "500")
    world.book(day(1.5), "trade", "USD", "-610", "1.59")
    world.book(day(1.5), "trade", "BTC", "0.01")
    world.check(day(2))
    world.prices["BTC"] -= 400
    world.book(day(2.5), "withdrawal", "USD", "-100")
    world.book(day(2.75), "staking", "BTC", "0.0001")
    world.check(day(3))
    return world


def idle(selector: str = "alpha") -> World:
    """100 USD, of which something goes away without a word."""
    world = World(selector, prices={"USD": Decimal(1)}, amounts={"USD": Decimal(100)})
    world.check(day(0))
    world.check(day(1))
    world.slip("USD", "-25")
    world.check(day(3))
    return world
