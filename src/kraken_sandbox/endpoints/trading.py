"""Private endpoints that place and cancel orders, and show what is open.

Fields and types of orders and positions follow https://docs.kraken.com/api-reference/account-data/get-open-orders
and its neighbours, and what Kraken's own client found on the wire
(https://github.com/krakenfx/kraken-api-sdk/blob/main/rust/docs/guides/wire-quirks.md).
"""

import re
from decimal import Decimal
from typing import Any

from .. import matching
from ..market import Market
from ..messages import (
    INVALID_ORDER,
    TRADING_AGREEMENT_REQUIRED,
    UNAVAILABLE,
    UNKNOWN_ORDER,
    ExchangeError,
    invalid_argument,
)
from ..records import BookOrder, Position
from ..state import Call
from ..tickets import check_ticket, describe, read_ticket
from .account import position_profit, position_value

TXID = re.compile(r"[A-Z0-9]{6}-[A-Z0-9]{5}-[A-Z0-9]{6}")
ROLLOVER_SECONDS = 4 * 3600
USERREF = re.compile(r"[-+]?[0-9]{1,10}")


def open_orders(call: Call) -> Any:
    """OpenOrders: https://docs.kraken.com/api-reference/account-data/get-open-orders"""
    with_trades = call.parameters.flag("trades")
    return {
        "open": {
            order.txid: order_entry(order, call.state.market, with_trades=with_trades)
            for order in call.account.open_orders.values()
            if is_asked_for(order, call)
        }
    }


def open_positions(call: Call) -> Any:
    """OpenPositions: https://docs.kraken.com/api-reference/account-data/get-open-positions"""
    txids = call.parameters.names("txid")
    with_value = call.parameters.flag("docalcs")
    return {
        position.txid: position_entry(position, call.state.market, with_value=with_value)
        for position in call.account.positions.values()
        if not txids or position.txid in txids
    }


def add_order(call: Call) -> Any:
    """AddOrder: https://docs.kraken.com/api-reference/trading/add-order"""
    ticket = read_ticket(call.parameters, call.state.market)
    if call.account.trading_agreement and call.parameters.text("trading_agreement") != "agree":
        raise ExchangeError(TRADING_AGREEMENT_REQUIRED)
    check_ticket(call.state, call.account, ticket, call.now)
    result: dict[str, Any] = {"descr": {"order": ticket.description}}
    if not call.parameters.flag("validate"):
        result["txid"] = [matching.place(call.state, call.account, ticket, call.now).txid]
    return result


def cancel_order(call: Call) -> Any:
    """CancelOrder, by txid, userref or cl_ord_id: https://docs.kraken.com/api-reference/trading/cancel-order"""
    _check_mode(call)
    cl_ord_id = call.parameters.text("cl_ord_id")
    txid = call.parameters.text("txid")
    if cl_ord_id:
        chosen = [order for order in call.account.open_orders.values() if order.cl_ord_id == cl_ord_id]
    elif TXID.fullmatch(txid):
        chosen = [order for order in call.account.open_orders.values() if order.txid == txid]
    elif USERREF.fullmatch(txid):
        chosen = [order for order in call.account.open_orders.values() if order.userref == int(txid)]
    else:
        raise ExchangeError(INVALID_ORDER) if txid else invalid_argument("txid")
    if not chosen:
        raise ExchangeError(UNKNOWN_ORDER)
    return _cancel(call, chosen)


def cancel_all(call: Call) -> Any:
    """CancelAll: https://docs.kraken.com/api-reference/trading/cancel-all-orders"""
    _check_mode(call)
    return _cancel(call, list(call.account.open_orders.values()))


def is_asked_for(order: BookOrder, call: Call) -> bool:
    """Whether the order passes the filters `userref` and `cl_ord_id`, where they are given."""
    userref = call.parameters.integer("userref")
    cl_ord_id = call.parameters.text("cl_ord_id")
    return (userref is None or order.userref == userref) and (not cl_ord_id or order.cl_ord_id == cl_ord_id)


def _check_mode(call: Call) -> None:
    if call.state.status == "maintenance":
        raise ExchangeError(UNAVAILABLE)


def _cancel(call: Call, chosen: list[BookOrder]) -> dict[str, int]:
    for order in chosen:
        matching.cancel(call.account, order, "User requested", call.now)
    return {"count": len(chosen)}


def order_entry(order: BookOrder, market: Market, *, with_trades: bool) -> dict[str, Any]:
    """An order as a JSON object; `with_trades` adds the ids of its fills."""
    pair = market.pair(order.pair)
    average = order.cost / order.volume_executed if order.volume_executed else Decimal(0)
    entry: dict[str, Any] = {
        "refid": None,
        "userref": order.userref,
        "status": order.status,
        "opentm": order.opentm,
        "starttm": 0,
        "expiretm": 0,
        "descr": {
            "pair": pair.altname,
            "aclass": "forex",
            "type": order.type,
            "ordertype": order.ordertype,
            "price": order.trailing or ("0" if order.price is None else f"{order.price:.{pair.pair_decimals}f}"),
            "price2": "0",
            "leverage": "none",
            "order": describe(pair, order.type, order.ordertype, order.volume, order.trailing or order.price),
            "close": "",
        },
        "vol": f"{order.volume:.{pair.lot_decimals}f}",
        "vol_exec": f"{order.volume_executed:.{pair.lot_decimals}f}",
        "cost": f"{order.cost:.{pair.cost_decimals}f}",
        "fee": f"{order.fee:.{pair.cost_decimals}f}",
        "price": f"{average:.{pair.ticker_decimals}f}",
        "stopprice": "0.00000",
        "limitprice": "0.00000",
        "misc": "",
        "oflags": "post,fciq" if order.post_only else "fciq",
        "time_in_force": "gtc",
    }
    if order.cl_ord_id is not None:
        entry["cl_ord_id"] = order.cl_ord_id
    if order.closetm is not None:
        entry["closetm"] = order.closetm
        entry["reason"] = order.reason
    if with_trades and order.trades:
        entry["trades"] = order.trades
    return entry


def position_entry(position: Position, market: Market, *, with_value: bool) -> dict[str, Any]:
    """A position as a JSON object; `with_value` adds its value and its gain, in the quote asset."""
    pair = market.pair(position.pair)
    entry: dict[str, Any] = {
        "ordertxid": position.ordertxid,
        "posstatus": "open",
        "pair": position.pair,
        "class": "forex",
        "time": position.time,
        "type": position.type,
        "ordertype": "market",
        "cost": f"{position.cost:.{pair.cost_decimals}f}",
        "fee": f"{position.fee:.{pair.cost_decimals}f}",
        "vol": f"{position.volume:.{pair.lot_decimals}f}",
        "vol_closed": f"{0:.{pair.lot_decimals}f}",
        "margin": f"{position.margin:.{pair.cost_decimals}f}",
        "terms": "0.0200% per 4 hours",
        "rollovertm": str(int(position.time) + ROLLOVER_SECONDS),
        "misc": "",
        "oflags": "",
    }
    if with_value:
        entry["value"] = f"{position_value(position, market):.1f}"
        entry["net"] = f"{position_profit(position, market):+.4f}"
    return entry
