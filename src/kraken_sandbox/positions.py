"""Margin positions: what they are worth, and how they are opened, closed, settled and paid for.

The ledger has `margin` for the profit of a trade on margin and for its fees, `rollover` for what a position costs
every four hours and `settled` for taking over what was bought
(https://support.kraken.com/hc/en-us/articles/360001169383-How-to-interpret-Ledger-history-fields). Fees are taken
in the quote asset.
"""

from decimal import Decimal

from .accounts import SimulatedAccount
from .books import add_trade, enter, traded
from .clock import next_multiple
from .listed import ListedPair
from .market import Market
from .records import BookOrder, LedgerEntry, Position, Trade
from .state import ExchangeState

ROLLOVER_SECONDS = 4 * 3600

OPENING_FEE = Decimal("0.02")
"""In percent of the cost, beside the fee of the trade."""


def position_value(position: Position, market: Market) -> Decimal:
    """What the volume that is still open costs now, in the pair's quote asset."""
    return position.volume_left * market.tickers[position.pair].mid


def position_profit(position: Position, market: Market) -> Decimal:
    """What closing the position now would gain, in the pair's quote asset; negative for a loss."""
    gain = position_value(position, market) - position.cost_left
    return gain if position.type == "buy" else -gain


def next_rollover(position: Position, after: float) -> float:
    """When the position is paid for next."""
    return next_multiple(position.time, ROLLOVER_SECONDS, after)


def open_position(
    state: ExchangeState,
    account: SimulatedAccount,
    pair: ListedPair,
    side: str,
    volume: Decimal,
    leverage: int,
    now: float,
) -> Position:
    """Buy or sell on margin at the market's price. Raises ValueError where nobody is there to trade with."""
    price = _price(state, pair, side)
    order = _order(state, pair, side, volume, leverage, now)
    cost = pair.cost(volume, price)
    fee = pair.fee(cost, maker=False, traded=traded(account, state.market, now)) + pair.round_cost(
        cost * OPENING_FEE / 100
    )
    txid = state.new_id("T")
    entry = _enter(state, account, pair, "margin", Decimal(0), fee, txid, now)
    position = Position(txid, order.txid, pair.key, side, round(now, 4), volume, cost, fee, leverage)
    position.charged_until = now
    account.positions[txid] = position
    add_trade(account, _trade(state, order, volume, price, cost, fee, entry, position))
    return position


def close_position(
    state: ExchangeState,
    account: SimulatedAccount,
    position: Position,
    volume: Decimal,
    now: float,
    *,
    order: BookOrder | None = None,
) -> Trade:
    """Close so much of a position at the market's price, by an order, which brings its profit or its loss.

    Raises ValueError for more than is open, and where nobody is there to trade with.
    """
    if not 0 < volume <= position.volume_left:
        raise ValueError(f"{position.volume_left} of the position is open, not {volume}")
    pair = state.market.pair(position.pair)
    side = "sell" if position.type == "buy" else "buy"
    price = _price(state, pair, side)
    if order is None:
        order = _order(state, pair, side, volume, position.leverage, now)
    cost = pair.cost(volume, price)
    fee = pair.fee(cost, maker=False, traded=traded(account, state.market, now))
    gain = cost - position.cost * volume / position.volume
    gain = gain if position.type == "buy" else -gain
    entry = _enter(state, account, pair, "margin", gain, fee, position.txid, now)
    trade = _trade(state, order, volume, price, cost, fee, entry, position, closing=True)
    add_trade(account, trade)
    position.volume_closed += volume
    _end(account, position)
    return trade


def settle_position(state: ExchangeState, account: SimulatedAccount, position: Position, now: float) -> None:
    """Take over what a long position bought and pay for it, or hand over what a short one sold."""
    pair = state.market.pair(position.pair)
    sign = 1 if position.type == "buy" else -1
    time = round(now, 4)
    for asset, amount in ((pair.base, sign * position.volume_left), (pair.quote, -sign * position.cost_left)):
        enter(state, account, asset, amount, type="settled", refid=position.txid, time=time)
    position.volume_closed = position.volume
    _end(account, position)


def roll_over(state: ExchangeState, account: SimulatedAccount, position: Position, now: float) -> None:
    """Pay for four hours of a position."""
    position.charged_until = now
    fee = position.cost_left * position.rollover / 100
    if fee:
        _enter(state, account, state.market.pair(position.pair), "rollover", Decimal(0), fee, position.txid, now)


def _end(account: SimulatedAccount, position: Position) -> None:
    if not position.volume_left:
        account.closed_positions[position.txid] = account.positions.pop(position.txid)


def _price(state: ExchangeState, pair: ListedPair, side: str) -> Decimal:
    price = state.market.taker_price(pair, side)
    if not price:
        raise ValueError(f"nobody is there to {'sell' if side == 'buy' else 'buy'} {pair.altname}")
    return price


def _order(
    state: ExchangeState, pair: ListedPair, side: str, volume: Decimal, leverage: int, now: float
) -> BookOrder:
    return BookOrder(
        txid=state.new_id("O"),
        pair=pair.key,
        type=side,
        ordertype="market",
        price=None,
        volume=volume,
        opentm=round(now, 4),
        leverage=leverage,
    )


def _enter(
    state: ExchangeState,
    account: SimulatedAccount,
    pair: ListedPair,
    kind: str,
    amount: Decimal,
    fee: Decimal,
    refid: str,
    now: float,
) -> LedgerEntry:
    return enter(state, account, pair.quote, amount, fee=fee, type=kind, refid=refid, time=round(now, 4))


def _trade(
    state: ExchangeState,
    order: BookOrder,
    volume: Decimal,
    price: Decimal,
    cost: Decimal,
    fee: Decimal,
    entry: LedgerEntry,
    position: Position,
    *,
    closing: bool = False,
) -> Trade:
    return Trade(
        txid=state.new_id("T") if closing else position.txid,
        number=state.new_number(),
        order=order,
        time=entry.time,
        price=price,
        volume=volume,
        cost=cost,
        fee=fee,
        maker=False,
        ledgers=(entry.id,),
        position=position.txid,
        closing=closing,
        margin=cost / position.leverage,
    )
