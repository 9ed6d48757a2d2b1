"""Private endpoints about orders, trades and positions."""

from typing import Any

from kraken_accounts.sandbox.accounts import Order, Position
from kraken_accounts.sandbox.market import Market, Pair
from kraken_accounts.sandbox.state import Call


def open_orders(call: Call) -> Any:
    """OpenOrders: https://docs.kraken.com/api/docs/rest-api/get-open-orders"""
    return {
        "open": {order.txid: _order_entry(order, call.state.market) for order in call.account.open_orders}
    }


def open_positions(call: Call) -> Any:
    """OpenPositions: https://docs.kraken.com/api/docs/rest-api/get-open-positions"""
    return {
        position.txid: _position_entry(position, call.state.market)
        for position in call.account.positions.values()
    }


def _order_entry(order: Order, market: Market) -> dict[str, Any]:
    pair = market.pairs[order.pair]
    price = f"{order.price:.{pair.pair_decimals}f}"
    volume = f"{order.volume:.{pair.lot_decimals}f}"
    average = order.cost / order.volume_executed if order.volume_executed else order.volume_executed
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
            "price": price,
            "price2": "0",
            "leverage": "none",
            "order": f"{order.type} {volume} {pair.altname} @ {order.ordertype} {price}",
            "close": "",
        },
        "vol": volume,
        "vol_exec": f"{order.volume_executed:.{pair.lot_decimals}f}",
        "cost": f"{order.cost:.{pair.cost_decimals}f}",
        "fee": f"{order.fee:.{pair.cost_decimals}f}",
        "price": f"{average:.{pair.cost_decimals}f}",
        "stopprice": "0.00000",
        "limitprice": "0.00000",
        "misc": "",
        "oflags": ",".join(order.oflags),
    }
    if order.cl_ord_id is not None:
        entry["cl_ord_id"] = order.cl_ord_id
    return entry


def _position_entry(position: Position, market: Market) -> dict[str, Any]:
    pair: Pair = market.pairs[position.pair]
    return {
        "ordertxid": position.ordertxid,
        "posstatus": "open",
        "pair": position.pair,
        "time": position.time,
        "type": position.type,
        "ordertype": "market",
        "cost": f"{position.cost:.{pair.cost_decimals}f}",
        "fee": f"{position.fee:.{pair.cost_decimals}f}",
        "vol": f"{position.volume:.{pair.lot_decimals}f}",
        "vol_closed": f"{0:.{pair.lot_decimals}f}",
        "margin": f"{position.margin:.{pair.cost_decimals}f}",
        "terms": "0.0200% per 4 hours",
        "rollovertm": str(int(position.time) + 4 * 3600),
        "misc": "",
        "oflags": "",
    }
