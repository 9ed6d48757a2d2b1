"""An account's books: every change of a balance with its ledger entry, and what open orders hold.

The sum of an asset's ledger entries, amounts less fees, is its balance at any time.
"""

from collections import defaultdict
from decimal import Decimal

from .accounts import SimulatedAccount, SimulatedHolding
from .fees import fee_rate
from .listed import EXACT, ListedAsset, ListedPair
from .market import Market
from .records import BookOrder, LedgerEntry, Trade
from .state import ExchangeState

THIRTY_DAYS = 30 * 24 * 3600

USD = "ZUSD"


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
    holding.amount = EXACT.subtract(EXACT.add(holding.amount, amount), fee)
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


Movement = tuple[ListedAsset, Decimal, Decimal]
"""An asset, the amount of it that moves, and the fee taken on top of that."""


def movements(
    pair: ListedPair, side: str, volume: Decimal, cost: Decimal, fee: Decimal, base_fee: Decimal = Decimal(0)
) -> tuple[Movement, Movement]:
    """What a trade does to the balances of its base and of its quote asset, and what each pays in fees."""
    sign = 1 if side == "buy" else -1
    return (pair.base, sign * volume, base_fee), (pair.quote, -sign * cost, fee)


def fill(
    state: ExchangeState,
    account: SimulatedAccount,
    order: BookOrder,
    price: Decimal,
    *,
    maker: bool,
    now: float,
    volume: Decimal | None = None,
    fee: Decimal | None = None,
) -> Trade:
    """Fill an order, or so much `volume` of it; the trade's two entries of the ledger name it as their refid.

    Without a `fee`, in the quote asset, it is that of the account's tier. An order that prefers it pays as much in
    the base asset.
    """
    pair = state.market.pair(order.pair)
    volume = order.volume_left if volume is None else volume
    cost = pair.cost(volume, price)
    if fee is None:
        fee = pair.fee(cost, maker=maker, traded=traded(account, state.market, now))
    txid = state.new_id("T")
    time = round(now, 4)
    entries = [
        enter(state, account, asset, amount, fee=charged, type="trade", subtype="tradespot", refid=txid, time=time)
        for asset, amount, charged in movements(pair, order.type, volume, cost, *_charged(order, price, fee))
    ]
    ledgers = tuple(entry.id for entry in entries)
    trade = Trade(txid, state.new_number(), order, time, price, volume, cost, fee, maker, ledgers)
    add_trade(account, trade)
    return trade


def _charged(order: BookOrder, price: Decimal, fee: Decimal) -> tuple[Decimal, Decimal]:
    """A fee as it is taken from the quote asset and from the base asset."""
    return (Decimal(0), EXACT.divide(fee, price)) if order.fee_in_base else (fee, Decimal(0))


def add_trade(account: SimulatedAccount, trade: Trade) -> None:
    """Note a trade and what it did to its order, which is closed when it is filled."""
    account.trades[trade.txid] = trade
    order = trade.order
    order.volume_executed += trade.volume
    order.cost += trade.cost
    order.fee += trade.fee
    order.trades.append(trade.txid)
    if not order.volume_left:
        order.status = "closed"
        close(account, order, trade.time)


def traded(account: SimulatedAccount, market: Market, now: float) -> Decimal:
    """What the account has traded in the last 30 days, in USD: it decides on its fees.

    Beside the trades that are known here counts the account's `fee_volume`. What no pair leads from to USD counts
    as nothing.
    """
    costs: dict[str, Decimal] = defaultdict(Decimal)
    for trade in account.trades.values():
        if now - THIRTY_DAYS < trade.time <= now:
            costs[market.pair(trade.order.pair).quote.code] += trade.cost
    usd = market.assets[USD]
    return sum(
        (cost * (market.price(market.assets[code], usd) or Decimal(0)) for code, cost in costs.items()),
        account.fee_volume,
    )


def close(account: SimulatedAccount, order: BookOrder, now: float) -> None:
    """Put an order that has ended among the closed ones."""
    order.closetm = round(now, 4)
    account.open_orders.pop(order.txid, None)
    account.closed_orders[order.txid] = order


def holds(account: SimulatedAccount, market: Market, now: float) -> dict[str, Decimal]:
    """What open orders hold, per asset code (BalanceEx's `hold_trade`)."""
    held: dict[str, Decimal] = defaultdict(Decimal)
    volume = traded(account, market, now) if account.open_orders else Decimal(0)
    for order in account.open_orders.values():
        asset, amount = _hold(order, market.pair(order.pair), volume)
        held[asset.code] += amount
    return held


def _hold(order: BookOrder, pair: ListedPair, volume: Decimal) -> tuple[ListedAsset, Decimal]:
    """What one open order keeps from being spent: the volume to sell, or the cost to buy it with its fee.

    One that waits for its time or its trigger keeps nothing.
    """
    if order.waits or order.price is None:
        return pair.base, Decimal(0)
    return _needed(order, pair, order.volume_left, order.price, maker=True, traded=volume)


def available(account: SimulatedAccount, asset: ListedAsset, market: Market, now: float) -> Decimal:
    """What an order may still spend: balance and credit, less what other orders hold."""
    holding = account.balances.get(asset.code)
    if holding is None:
        return Decimal(0)
    return holding.total - holds(account, market, now)[asset.code]


def spending(
    account: SimulatedAccount, order: BookOrder, market: Market, now: float
) -> tuple[ListedAsset, Decimal]:
    """What an order may take off its account: the volume to sell, or the cost to buy it, with a taker's fee."""
    pair = market.pair(order.pair)
    volume = traded(account, market, now)
    price = order.price or order.trigger
    if price is not None or order.type == "sell":
        return _needed(order, pair, order.volume_left, price or Decimal(0), maker=False, traded=volume)
    left, amount = order.volume_left, Decimal(0)
    for level in market.levels(pair, order.type):
        part = left if level.volume is None else min(left, level.volume)
        amount += _needed(order, pair, part, level.price, maker=False, traded=volume)[1]
        left -= part
    return pair.quote, amount


def _needed(
    order: BookOrder, pair: ListedPair, volume: Decimal, price: Decimal, *, maker: bool, traded: Decimal
) -> tuple[ListedAsset, Decimal]:
    """What so much of an order takes at that price, and its fee where that is taken in the same asset."""
    if order.type == "sell":
        rate = fee_rate(pair.maker_fees if maker else pair.taker_fees, traded) if order.fee_in_base else Decimal(0)
        return pair.base, volume + pair.base.quantize(EXACT.multiply(volume, max(rate, Decimal(0))) / 100)
    if order.fee_in_base:
        return pair.quote, pair.quote.quantize(pair.cost(volume, price))
    return pair.quote, pair.spending(volume, price, maker=maker, traded=traded)
