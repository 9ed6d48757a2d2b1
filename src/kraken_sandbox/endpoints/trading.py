"""Private endpoints that place and cancel orders, and show what is open."""

import re
from collections import defaultdict
from typing import Any

from .. import matching
from ..messages import (
    INVALID_ORDER,
    TRADING_AGREEMENT_REQUIRED,
    UNAVAILABLE,
    UNKNOWN_ORDER,
    ExchangeError,
    invalid_argument,
)
from ..order_checks import check_order
from ..order_words import describe, describe_close
from ..records import BookOrder, Position
from ..state import Call
from ..tickets import read_ticket
from .entries import order_entry, position_entry, positions_entry

TXID = re.compile(r"[A-Z0-9]{6}-[A-Z0-9]{5}-[A-Z0-9]{6}")
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
    """OpenPositions: https://docs.kraken.com/api-reference/account-data/get-open-positions

    With `consolidation=market` it is a list with an entry for each pair and side, as ccxt's `fetch_positions`
    shows it.
    """
    txids = call.parameters.names("txid")
    with_value = call.parameters.flag("docalcs")
    market = call.state.market
    found = [position for position in call.account.positions.values() if not txids or position.txid in txids]
    match call.parameters.text("consolidation"):
        case "":
            return {
                position.txid: position_entry(position, market, call.now, with_value=with_value)
                for position in found
            }
        case "market":
            together: dict[tuple[str, str], list[Position]] = defaultdict(list)
            for position in found:
                together[position.pair, position.type].append(position)
            return [positions_entry(positions, market, with_value=with_value) for positions in together.values()]
        case _:
            raise invalid_argument("consolidation")


def add_order(call: Call) -> Any:
    """AddOrder: https://docs.kraken.com/api-reference/trading/add-order"""
    order = read_ticket(call.parameters, call.state.market, call.now)
    if call.account.trading_agreement and call.parameters.text("trading_agreement") != "agree":
        raise ExchangeError(TRADING_AGREEMENT_REQUIRED)
    check_order(call.state, call.account, order, call.now)
    result: dict[str, Any] = {"descr": description(order, call)}
    if not call.parameters.flag("validate"):
        result["txid"] = [matching.place(call.state, call.account, order, call.now).txid]
    return result


def description(order: BookOrder, call: Call) -> dict[str, str]:
    """What an order is, and how it will be closed again, in words."""
    words = {"order": describe(order, call.state.market.pair(order.pair))}
    return words | ({"close": describe_close(order.close)} if order.close else {})


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
