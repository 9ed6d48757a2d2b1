"""Private endpoints that show what is open: orders and margin positions."""

from collections import defaultdict
from typing import Any

from ..messages import invalid_argument
from ..records import BookOrder, Position
from ..state import Call
from .entries import order_entry, position_entry, positions_entry


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


def is_asked_for(order: BookOrder, call: Call) -> bool:
    """Whether the order passes the filters `userref` and `cl_ord_id`, where they are given."""
    userref = call.parameters.integer("userref")
    cl_ord_id = call.parameters.text("cl_ord_id")
    return (userref is None or order.userref == userref) and (not cl_ord_id or order.cl_ord_id == cl_ord_id)
