"""The answer: how much each account has made in a span, and all together, with what that does not cover."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ..accounts import Account
from ..spans import Span
from .caveats import Caveat, caveats
from .model import Held
from .performance import AccountBooks, Performance, is_near
from .periods import By, periods
from .returns import Flow, Valuation

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """How one account has fared, or all of them together.

    Attributes:
        account: None of all.
        overall: of the whole span.
        periods: of the days, weeks or months in it.
        days: what was there at the end of each day of the span; None where no check has found all of it.
        flows: what was paid in, and below zero out.
        holdings: what was there in the end; None if unknown, or of all.
        covers: the wallets that the totals count; empty if unknown.
        caveats: what the figures do not cover.
    """

    account: Account | None
    overall: Performance
    periods: tuple[Performance, ...]
    days: Mapping[date, Valuation | None]
    flows: tuple[Flow, ...] = ()
    holdings: tuple[Held, ...] | None = None
    covers: tuple[str, ...] = ()
    caveats: tuple[Caveat, ...] = ()

    @property
    def label(self) -> str:
        return "ALL" if self.account is None else self.account.label


@dataclass(frozen=True, slots=True)
class Statement:
    """The whole answer.

    Attributes:
        demo: whether these are sample accounts.
        generated_at: in UTC.
        quote: the currency of all amounts.
        span: what was asked for.
        by: what the periods are.
        all: the accounts together.
    """

    demo: bool
    generated_at: datetime
    quote: str
    span: Span
    by: By
    accounts: tuple[AccountStatement, ...]
    all: AccountStatement

    @property
    def exit_code(self) -> int:
        """What there is to say was said."""
        return 0


def account_statement(
    books: AccountBooks, span: Span, by: By, quote: str, holdings: tuple[Held, ...] | None
) -> AccountStatement:
    """Of one account.

    Args:
        holdings: at its last point in the span.
    """
    ends = books.ends_of(span)
    flows: tuple[Flow, ...] = ()
    if ends is not None:
        flows = tuple(flow for interval in books.between(*ends) for flow in interval.flows)
    return AccountStatement(
        books.track.account,
        books.performance(span),
        tuple(books.performance(period) for period in periods(span, by)),
        days_of(books, span),
        flows,
        holdings,
        books.track.covers,
        caveats(books, span, quote),
    )


def day_of(at: datetime) -> date:
    """The day at whose end a point is: midnight is the end of one."""
    return (at - _MOMENT).date()


def days_of(books: AccountBooks, span: Span) -> dict[date, Valuation | None]:
    """What was there at the end of each day."""
    first, last = day_of(span.start), day_of(span.end)
    found: dict[date, Valuation | None] = {
        first + timedelta(days=number): None for number in range((last - first).days + 1)
    }
    for worth in books.worths:
        if worth.at <= span.end and (worth.at > span.start or is_near(worth.at, span.start)):
            day = max(day_of(worth.at), first)
            found[day] = worth
    return found
