"""Orders: what AddOrder takes and refuses, what becomes of an order, and how it changes an account's books.

Rules of https://docs.kraken.com/api-reference/trading/add-order. Margin orders, triggered order types, relative
prices and conditional closes are not simulated and refused. The market has no depth: it sells any volume at the
best ask and buys any volume at the best bid.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from .accounts import BookOrder, LedgerEntry, SimulatedAccount, SimulatedHolding, Trade
from .market import CURRENCY, ListedAsset, ListedPair, Market
from .messages import (
    CANNOT_OPEN_POSITION,
    COST_MINIMUM,
    INSUFFICIENT_FUNDS,
    INVALID_ARGUMENTS,
    ORDER_MINIMUM,
    TICK_SIZE,
    UNAVAILABLE,
    UNKNOWN_PAIR,
    ExchangeError,
    Parameters,
    invalid_argument,
    market_mode,
)
from .state import ExchangeState

SIDES = ("buy", "sell")
FLAGS = frozenset({"fciq", "post", "nompp"})

# A UUID with or without hyphens, or up to 18 printable characters.
CLIENT_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32}|[!-~]{1,18}")

MODES_WITHOUT_MATCHING = frozenset({"maintenance", "cancel_only", "post_only"})


@dataclass(frozen=True, slots=True)
class Ticket:
    """An order as it was asked for; a market order has no price."""

    pair: ListedPair
    side: str
    ordertype: str
    volume: Decimal
    price: Decimal | None
    post_only: bool
    userref: int | None
    cl_ord_id: str | None

    @property
    def description(self) -> str:
        """Kraken's words for it: `buy 1.25000000 XBTUSD @ limit 27500.0`."""
        return describe(self.pair, self.side, self.ordertype, self.volume, self.price)


def describe(pair: ListedPair, side: str, ordertype: str, volume: Decimal, price: Decimal | str | None) -> str:
    """An order in Kraken's words; the price is an amount, or the words for a relative one."""
    if isinstance(price, Decimal):
        price = f"{price:.{pair.pair_decimals}f}"
    limit = "" if price is None else f" {price}"
    return f"{side} {volume:.{pair.lot_decimals}f} {pair.altname} @ {ordertype.replace('-', ' ')}{limit}"


def read_ticket(parameters: Parameters, market: Market) -> Ticket:
    """The order that AddOrder's parameters describe. Raises ExchangeError where they make no sense."""
    ordertype = parameters.required("ordertype")
    if ordertype not in ("market", "limit"):
        raise invalid_argument("ordertype")
    side = parameters.required("type")
    if side not in SIDES:
        raise invalid_argument("type")
    pair = market.find_pair(parameters.required("pair"))
    if pair is None or pair.base.aclass != parameters.text("asset_class", CURRENCY):
        raise ExchangeError(UNKNOWN_PAIR)
    volume = parameters.decimal("volume")
    if volume != round(volume, pair.lot_decimals):
        raise invalid_argument("volume")
    price = parameters.decimal("price") if ordertype == "limit" else None
    if price is not None and price % pair.tick_size:
        raise ExchangeError(TICK_SIZE)
    flags = set(parameters.names("oflags"))
    if not flags <= FLAGS or ("post" in flags and ordertype == "market"):
        raise invalid_argument("oflags")
    if parameters.text("timeinforce", "GTC").upper() != "GTC":
        raise invalid_argument("timeinforce")
    if parameters.text("leverage", "none") not in ("none", ""):
        raise ExchangeError(CANNOT_OPEN_POSITION)
    userref = parameters.integer("userref")
    if userref is not None and not -(2**31) <= userref < 2**31:
        raise invalid_argument("userref")
    cl_ord_id = parameters.text("cl_ord_id") or None
    if cl_ord_id is not None and CLIENT_ID.fullmatch(cl_ord_id) is None:
        raise invalid_argument("cl_ord_id")
    if userref is not None and cl_ord_id is not None:
        raise ExchangeError(INVALID_ARGUMENTS)
    return Ticket(pair, side, ordertype, volume, price, "post" in flags, userref, cl_ord_id)


def check_ticket(state: ExchangeState, account: SimulatedAccount, ticket: Ticket) -> None:
    """Raise ExchangeError when the account may not place this order now."""
    _check_mode(state.status, ticket)
    if ticket.volume < ticket.pair.ordermin:
        raise ExchangeError(ORDER_MINIMUM)
    price = ticket.price if ticket.price is not None else state.market.taker_price(ticket.pair, ticket.side)
    if not price:
        raise ExchangeError(UNAVAILABLE)
    if ticket.pair.cost(ticket.volume, price) < ticket.pair.costmin:
        raise ExchangeError(COST_MINIMUM)
    if ticket.cl_ord_id and any(order.cl_ord_id == ticket.cl_ord_id for order in account.open_orders.values()):
        raise invalid_argument("cl_ord_id")
    if ticket.side == "sell":
        asset, needed = ticket.pair.base, ticket.volume
    else:
        asset, needed = ticket.pair.quote, ticket.pair.spending(ticket.volume, price, maker=False)
    if needed > available(account, asset, state.market):
        raise ExchangeError(INSUFFICIENT_FUNDS)


def _check_mode(status: str, ticket: Ticket) -> None:
    """What https://docs.kraken.com/api-reference/market-data/get-system-status says of each mode."""
    match status:
        case "maintenance":
            raise ExchangeError(UNAVAILABLE)
        case "cancel_only":
            raise market_mode(status)
        case "post_only" if not ticket.post_only:
            raise market_mode(status)
        case "limit_only" if ticket.ordertype != "limit":
            raise market_mode(status)


def place(state: ExchangeState, account: SimulatedAccount, ticket: Ticket, now: float) -> BookOrder:
    """Carry out a checked order: fill it, let it rest, or cancel it when it was to be post-only and would fill."""
    order = BookOrder(
        txid=state.new_id("O"),
        pair=ticket.pair.key,
        type=ticket.side,
        ordertype=ticket.ordertype,
        price=ticket.price,
        volume=ticket.volume,
        opentm=round(now, 4),
        userref=ticket.userref,
        cl_ord_id=ticket.cl_ord_id,
        post_only=ticket.post_only,
    )
    account.open_orders[order.txid] = order
    if state.status not in MODES_WITHOUT_MATCHING and _crosses(order, state.market):
        if order.post_only:
            cancel(account, order, "Post only order", now)
        else:
            price = state.market.taker_price(ticket.pair, ticket.side)
            _fill(state, account, order, price, maker=False, now=now)
    return order


def cancel(account: SimulatedAccount, order: BookOrder, reason: str, now: float) -> None:
    """Take an open order off the book; what it held is free again."""
    order.status = "canceled"
    order.reason = reason
    _close(account, order, now)


def match_resting(state: ExchangeState, now: float) -> None:
    """Fill the resting orders that the market's prices have reached, at the orders' own prices."""
    if state.status in MODES_WITHOUT_MATCHING:
        return
    for account in state.accounts.values():
        for order in list(account.open_orders.values()):
            if order.price is not None and _crosses(order, state.market):
                _fill(state, account, order, order.price, maker=True, now=now)


def _crosses(order: BookOrder, market: Market) -> bool:
    """Whether the market would take the order at once; nobody is there to take it at a price of zero."""
    price = market.taker_price(market.pairs[order.pair], order.type)
    if order.price is None or not price:
        return bool(price)
    return price <= order.price if order.type == "buy" else price >= order.price


def _fill(
    state: ExchangeState, account: SimulatedAccount, order: BookOrder, price: Decimal, *, maker: bool, now: float
) -> None:
    pair = state.market.pairs[order.pair]
    volume = order.volume_left
    cost = pair.cost(volume, price)
    fee = pair.fee(cost, maker=maker)
    txid = state.new_id("T")
    sign = 1 if order.type == "buy" else -1
    entries = [
        enter(
            state,
            account,
            asset,
            amount,
            fee=charged,
            type="trade",
            subtype="tradespot",
            refid=txid,
            time=round(now, 4),
        )
        for asset, amount, charged in (
            (pair.base, sign * volume, Decimal(0)),
            (pair.quote, -sign * cost, fee),
        )
    ]
    account.trades[txid] = Trade(
        txid=txid,
        number=state.new_number(),
        order=order,
        time=round(now, 4),
        price=price,
        volume=volume,
        cost=cost,
        fee=fee,
        maker=maker,
        ledgers=tuple(entry.id for entry in entries),
    )
    order.volume_executed += volume
    order.cost += cost
    order.fee += fee
    order.trades.append(txid)
    order.status = "closed"
    _close(account, order, now)


def _close(account: SimulatedAccount, order: BookOrder, now: float) -> None:
    order.closetm = round(now, 4)
    del account.open_orders[order.txid]
    account.closed_orders[order.txid] = order


def holds(account: SimulatedAccount, market: Market) -> dict[str, Decimal]:
    """What open orders hold, per asset code (BalanceEx's `hold_trade`)."""
    held: dict[str, Decimal] = defaultdict(Decimal)
    for order in account.open_orders.values():
        asset, amount = hold(order, market)
        held[asset.code] += amount
    return held


def hold(order: BookOrder, market: Market) -> tuple[ListedAsset, Decimal]:
    """What one open order keeps from being spent: the volume to sell, or the cost to buy it with its fee.

    A trailing stop keeps nothing before it is triggered.
    """
    pair = market.pairs[order.pair]
    if order.trailing is not None:
        return pair.base, Decimal(0)
    if order.type == "sell" or order.price is None:
        return pair.base, order.volume_left
    return pair.quote, pair.spending(order.volume_left, order.price, maker=True)


def available(account: SimulatedAccount, asset: ListedAsset, market: Market) -> Decimal:
    """What an order may still spend: balance and credit, less what other orders hold."""
    holding = account.balances.get(asset.code)
    if holding is None:
        return Decimal(0)
    return holding.total - holds(account, market)[asset.code]


def enter(
    state: ExchangeState,
    account: SimulatedAccount,
    asset: ListedAsset,
    amount: Decimal,
    *,
    fee: Decimal = Decimal(0),
    type: str,  # noqa: A002 - Kraken's name for it
    subtype: str = "",
    refid: str,
    time: float,
) -> LedgerEntry:
    """Put an amount on the account's books, less a fee in the same asset."""
    holding = account.balances.setdefault(asset.code, SimulatedHolding(Decimal(0)))
    amount = asset.quantize(amount)
    fee = asset.quantize(fee)
    holding.amount += amount - fee
    entry = LedgerEntry(
        id=state.new_id("L"),
        refid=refid,
        time=time,
        type=type,
        subtype=subtype,
        asset=asset.code,
        amount=amount,
        fee=fee,
        balance=holding.amount,
    )
    account.ledger[entry.id] = entry
    return entry


def open_books(state: ExchangeState, account: SimulatedAccount, now: float) -> None:
    """Enter what a new account starts with as deposits, so that its ledger explains every balance."""
    for code, holding in account.balances.items():
        amount, holding.amount = holding.amount, Decimal(0)
        enter(
            state,
            account,
            state.market.assets[code],
            amount,
            type="deposit",
            refid=state.new_id("Q"),
            time=now,
        )
