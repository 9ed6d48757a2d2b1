"""What an account does, from the account itself and not from what its key may do: fills, orders, positions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

from .. import money
from ..config import READ_ONLY, AccountSettings
from ..kraken import wire
from ..kraken.errors import KrakenError, NotListedAnyMore
from ..kraken.fill_history import DAY, FillHistory
from ..kraken.fills import Fill
from ..kraken.prices import Price
from .answers import AccountAnswers, MarketAnswers

NO_LIMITS: Mapping[str, timedelta] = MappingProxyType({})

_FUTURE = timedelta(minutes=1)  # more than two clocks can be apart


@dataclass(frozen=True, slots=True)
class LastFill:
    """The newest trade of an account.

    Attributes:
        time: in UTC.
        pair: by its common tickers, BTC/USD; by Kraken's name where Kraken lists no such pair any more.
        side: buy or sell.
        volume: in units of the pair's base.
        price: of one of these, in units of the pair's quote.
    """

    time: datetime
    pair: str
    side: str
    volume: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True)
class Activity:
    """What an account does. None: that could not be learned.

    Attributes:
        as_of: when this was so, by Kraken's clock (UTC).
        last_fill: None too where there has never been one: then `fills` is 0.
        fills: how many there were in the last 24 hours, at least.
        fills_complete: whether that is how many there were.
        volume: what these were worth, in the quote currency, rounded to its cents; at least.
        volume_complete: whether that counts all of them.
        open_orders: how many rest in the book.
        oldest_order_at: when the oldest of them was placed (UTC); None without any.
        positions_profit: the unrealized profit of all open margin positions, in the quote currency, rounded to its
            cents; negative for a loss.
    """

    as_of: datetime
    last_fill: LastFill | None
    fills: int | None
    fills_complete: bool
    volume: Decimal | None
    volume_complete: bool
    open_orders: int | None
    oldest_order_at: datetime | None
    positions_profit: Decimal | None

    @property
    def never_traded(self) -> bool:
        """Whether there has never been a fill."""
        return self.fills == 0 and self.last_fill is None


def activity_of(answers: AccountAnswers, market: MarketAnswers, quote: str) -> Activity | None:
    """What the answers say of it; None where it was not asked.

    Args:
        quote: the common ticker of the currency in which `market` has its prices.
    """
    if (as_of := answers.asked_at) is None:
        return None
    history = answers.fills if isinstance(answers.fills, FillHistory) else None
    volume, complete = (None, False) if history is None else _volume(history, market, quote)
    orders = None if isinstance(answers.open_orders, KrakenError) else answers.open_orders
    opened = [order.opened_at for order in orders or () if order.opened_at is not None]
    are_dated = len(opened) == len(orders or ()) and all(
        moment.year >= wire.FIRST_YEAR and moment <= as_of + _FUTURE for moment in opened
    )
    return Activity(
        as_of=as_of,
        last_fill=None if history is None or history.last is None else _last(history.last, market),
        fills=None if history is None else history.count,
        fills_complete=history is not None and history.is_exact,
        volume=volume,
        volume_complete=complete,
        open_orders=None if orders is None else len(orders),
        oldest_order_at=min(opened, default=None) if are_dated else None,
        positions_profit=_profit(answers, market, quote),
    )


def is_proven(answers: AccountAnswers, limit: timedelta | None) -> bool:
    """Whether the fills of an account prove that it is trading.

    That is where the last one is no longer ago than the operator has said that silence is normal; where nobody has
    said so, in the 24 hours whose fills a report counts. Where Kraken has not answered this time, one that an
    earlier run has seen is no less a proof; where Kraken does not list it any more, it is none.
    """
    history = answers.known_fills if isinstance(answers.fills, KrakenError) else answers.fills
    if history is None or history.last is None or answers.asked_at is None:
        return False
    if isinstance(answers.fills, NotListedAnyMore):
        return False
    return -_FUTURE <= answers.asked_at - history.last.time <= (limit or DAY)


def idle_limits(accounts: Iterable[AccountSettings], general: timedelta | None) -> Mapping[str, timedelta]:
    """How long each account may be without a fill, by its selector; what config.toml says of the account wins.

    One that is expected to look only is not expected to have any.

    Args:
        general: for all accounts of which it says nothing; None for no limit.
    """
    found = {}
    for settings in accounts:
        expectation = settings.expectation
        limit = expectation.idle_after
        if limit is None and expectation.expected != READ_ONLY:
            limit = general
        if limit and expectation.disabled is None:
            found[settings.account.selector] = limit
    return found


def _last(fill: Fill, market: MarketAnswers) -> LastFill:
    pair = market.pairs.get(fill.pair)
    names = None if pair is None else (market.assets.resolve(pair.base), market.assets.resolve(pair.quote))
    shown = fill.pair
    if names is not None and names[0] is not None and names[1] is not None:
        shown = f"{names[0].name}/{names[1].name}"
    return LastFill(fill.time, shown, fill.side, fill.volume, fill.price)


def _volume(history: FillHistory, market: MarketAnswers, quote: str) -> tuple[Decimal | None, bool]:
    """What the fills of the day were worth, and whether that is all of them."""
    costs: defaultdict[str, Decimal] = defaultdict(Decimal)
    for fill in history.recent:
        costs[fill.pair] = money.EXACT.add(costs[fill.pair], fill.cost)
    values = [_in_quote(cost, pair, market) for pair, cost in costs.items()]
    known = [value for value in values if value is not None]
    total = money.total(known)
    if (values and not known) or not wire.credible(total) or (history.count and not values):
        return None, False
    return money.rounded(total, quote), history.all_known and len(known) == len(values)


def _profit(answers: AccountAnswers, market: MarketAnswers, quote: str) -> Decimal | None:
    if answers.open_positions is None or isinstance(answers.open_positions, KrakenError):
        return None
    values = [
        None if position.profit is None else _in_quote(position.profit, position.pair, market)
        for position in answers.open_positions
    ]
    known = [value for value in values if value is not None]
    total = money.total(known)
    return money.rounded(total, quote) if len(known) == len(values) and wire.credible(total) else None


def _in_quote(amount: Decimal, pair_name: str, market: MarketAnswers) -> Decimal | None:
    """So many units of the quote of a pair, in the quote currency of the report; None where nobody can say."""
    pair = market.pairs.get(pair_name)
    asset = None if pair is None else market.assets.resolve(pair.quote)
    price = None if asset is None or market.prices is None else market.prices.price(asset)
    return price.value_of(amount) if isinstance(price, Price) else None
