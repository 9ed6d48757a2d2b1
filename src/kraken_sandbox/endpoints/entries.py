"""Orders, positions, trades and ledger entries as JSON objects.

Fields and types follow https://docs.kraken.com/api-reference/account-data/get-open-orders and its neighbours, and
what Kraken's own client found on the wire
(https://github.com/krakenfx/kraken-api-sdk/blob/main/rust/docs/guides/wire-quirks.md).
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from ..accounts import SimulatedAccount
from ..amends import MARKET_PRICE, USER
from ..listed import ListedPair
from ..market import Market
from ..matching import REQUESTED
from ..order_words import describe, describe_close, price_texts
from ..positions import next_rollover, position_profit, position_value
from ..records import Amend, BookOrder, LedgerEntry, Position, Trade
from ..triggers import trigger_price


def order_entry(order: BookOrder, market: Market, *, with_trades: bool) -> dict[str, Any]:
    """An order as a JSON object; `with_trades` adds the ids of its fills."""
    pair = market.pair(order.pair)
    average = order.cost / order.volume_executed if order.volume_executed else Decimal(0)
    price, price2 = price_texts(order, pair)

    def text(amount: Decimal | None) -> str:
        return f"{amount or Decimal(0):.{pair.ticker_decimals}f}"

    entry: dict[str, Any] = {
        "refid": order.refid,
        "userref": order.userref,
        "status": order.status,
        "opentm": order.opentm,
        "starttm": order.starttm,
        "expiretm": order.expiretm,
        "descr": {
            "pair": pair.altname,
            "aclass": "forex",
            "type": order.type,
            "ordertype": order.ordertype,
            "price": price,
            "price2": price2,
            "leverage": "none" if order.leverage is None else f"{order.leverage}:1",
            "order": describe(order, pair),
            "close": describe_close(order.close),
        },
        "vol": f"{order.volume:.{pair.lot_decimals}f}",
        "vol_exec": f"{order.volume_executed:.{pair.lot_decimals}f}",
        "cost": f"{order.cost:.{pair.cost_decimals}f}",
        "fee": f"{order.fee:.{pair.cost_decimals}f}",
        "price": text(average),
        "stopprice": text(trigger_price(order, pair)),
        "limitprice": text(order.price if order.triggered else None),
        "misc": _misc(order),
        "oflags": ",".join(order.oflags),
        "time_in_force": order.time_in_force,
    }
    if order.trigger is not None or order.trailing is not None:
        entry["trigger"] = order.reference
    if order.leverage is not None:
        entry["margin"] = True
    if order.cl_ord_id is not None:
        entry["cl_ord_id"] = order.cl_ord_id
    if order.closetm is not None:
        entry["closetm"] = order.closetm
        entry["reason"] = order.reason
    if with_trades and order.trades:
        entry["trades"] = order.trades
    return entry


def amend_entry(amend: Amend, pair: ListedPair) -> dict[str, Any]:
    """What an order was from a time on, as a JSON object; that time is in nanoseconds."""
    entry: dict[str, Any] = {
        "amend_id": amend.id,
        "amend_type": amend.type,
        "order_qty": pair.volume_text(amend.volume),
    }
    if amend.display_volume is not None:
        entry["display_qty"] = pair.volume_text(amend.display_volume)
    entry["remaining_qty"] = pair.volume_text(amend.volume_left)
    prices = {"limit_price": amend.limit, "trigger_price": amend.trigger}
    entry |= {name: price for name, price in prices.items() if price != MARKET_PRICE}
    if amend.type == USER:
        entry["reason"] = REQUESTED
    return entry | {"post_only": amend.post_only, "timestamp": round(amend.time * 10_000) * 100_000}


def _misc(order: BookOrder) -> str:
    """How an order was triggered: `stopped` by a stop price, `touched` by one for a profit.

    As https://support.kraken.com/hc/en-us/articles/115000364388-Trading-glossary tells.
    """
    if not order.triggered:
        return ""
    return "touched" if order.ordertype.startswith("take-profit") else "stopped"


def position_entry(position: Position, market: Market, now: float, *, with_value: bool) -> dict[str, Any]:
    """A position as a JSON object; `with_value` adds its value and its gain, in the quote asset."""
    pair = market.pair(position.pair)
    entry: dict[str, Any] = {
        "ordertxid": position.ordertxid,
        "posstatus": "open",
        "pair": position.pair,
        "class": "forex",
        "time": position.time,
        "type": position.type,
        "ordertype": position.ordertype,
        "cost": f"{position.cost:.{pair.cost_decimals}f}",
        "fee": f"{position.fee:.{pair.cost_decimals}f}",
        "vol": f"{position.volume:.{pair.lot_decimals}f}",
        "vol_closed": f"{position.volume_closed:.{pair.lot_decimals}f}",
        "margin": f"{position.margin:.{pair.cost_decimals}f}",
        "terms": f"{position.rollover:.4f}% per 4 hours",
        "rollovertm": str(int(next_rollover(position, now))),
        "misc": "",
        "oflags": "",
    }
    return entry | _worth([position], market) if with_value else entry


def positions_entry(positions: Sequence[Position], market: Market, *, with_value: bool) -> dict[str, Any]:
    """Positions of one pair and one side together, as a JSON object."""
    pair = market.pair(positions[0].pair)
    cost, fee, margin, volume, closed = (
        sum(amounts, Decimal(0))
        for amounts in zip(
            *((each.cost, each.fee, each.margin, each.volume, each.volume_closed) for each in positions),
            strict=True,
        )
    )
    entry = {
        "pair": pair.key,
        "positions": str(len(positions)),
        "type": positions[0].type,
        "leverage": f"{cost / margin if margin else positions[0].leverage:.5f}",
        "cost": f"{cost:.{pair.cost_decimals}f}",
        "fee": f"{fee:.{pair.cost_decimals}f}",
        "vol": f"{volume:.{pair.lot_decimals}f}",
        "vol_closed": f"{closed:.{pair.lot_decimals}f}",
        "margin": f"{margin:.{pair.cost_decimals}f}",
    }
    return entry | _worth(positions, market) if with_value else entry


def _worth(positions: Sequence[Position], market: Market) -> dict[str, str]:
    value = sum((position_value(position, market) for position in positions), Decimal(0))
    profit = sum((position_profit(position, market) for position in positions), Decimal(0))
    return {"value": f"{value:.1f}", "net": f"{profit:+.4f}"}


def trade_entry(
    trade: Trade, account: SimulatedAccount, market: Market, *, with_ledgers: bool, with_trades: bool
) -> dict[str, Any]:
    """A trade as a JSON object, with the ids of its ledger entries if wanted.

    One that opened a position tells what has been closed of it, `with_trades` by which trades.
    """
    order = trade.order
    pair = market.pair(order.pair)

    def in_quote(amount: Decimal) -> str:
        return f"{amount:.{pair.cost_decimals}f}"

    entry: dict[str, Any] = {
        "ordertxid": order.txid,
        "postxid": trade.position or trade.txid,
        "pair": order.pair,
        "aclass": "forex",
        "time": trade.time,
        "type": order.type,
        "ordertype": order.ordertype,
        "tradeordertype": _traded_as(order),
        "price": f"{trade.price:.{pair.ticker_decimals}f}",
        "cost": in_quote(trade.cost),
        "fee": in_quote(trade.fee),
        "vol": f"{trade.volume:.{pair.lot_decimals}f}",
        "margin": in_quote(trade.margin),
        "leverage": str(order.leverage or 0),
        "misc": "closing" if trade.closing else "",
        "trade_id": trade.number,
        "maker": trade.maker,
    }
    if with_ledgers:
        entry["ledgers"] = trade.ledgers
    if trade.position == trade.txid:
        entry |= _closed_part(trade, account, with_trades=with_trades)
    return entry


def _traded_as(order: BookOrder) -> str:
    """The kind of order that traded, which is another one after a trigger."""
    if not order.triggered:
        return order.ordertype
    return "market" if order.price is None else "limit"


def _closed_part(trade: Trade, account: SimulatedAccount, *, with_trades: bool) -> dict[str, Any]:
    closing = [other for other in account.trades.values() if other.closing and other.position == trade.txid]
    volume = sum((other.volume for other in closing), Decimal(0))
    cost = sum((other.cost for other in closing), Decimal(0))
    opening_cost = trade.cost * volume / trade.volume
    net = cost - opening_cost if trade.order.type == "buy" else opening_cost - cost
    # Documented as numbers, unlike all the other amounts.
    part: dict[str, Any] = {
        "posstatus": "closed" if trade.txid in account.closed_positions else "open",
        "cprice": float(cost / volume) if volume else 0.0,
        "ccost": float(cost),
        "cfee": float(sum((other.fee for other in closing), Decimal(0))),
        "cvol": float(volume),
        "cmargin": float(sum((other.margin for other in closing), Decimal(0))),
        "net": float(net),
    }
    if with_trades:
        part["trades"] = [other.txid for other in closing]
    return part


def ledger_entry(entry: LedgerEntry, market: Market) -> dict[str, Any]:
    """A change of a balance as a JSON object."""
    asset = market.assets[entry.asset]
    return {
        "refid": entry.refid,
        "time": entry.time,
        "type": entry.type,
        "subtype": entry.subtype,
        "aclass": asset.aclass,
        "asset": entry.asset,
        "amount": asset.text(entry.amount),
        "fee": asset.text(entry.fee),
        "balance": asset.text(entry.balance),
    }
