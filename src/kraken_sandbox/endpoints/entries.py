"""Books as Kraken shows them: orders, trades, positions and ledger entries as JSON objects.

Fields and types follow https://docs.kraken.com/api/docs/rest-api/get-open-orders and its neighbours, and what
Kraken's own client found on the wire
(https://github.com/krakenfx/kraken-api-sdk/blob/main/rust/docs/guides/wire-quirks.md).
"""

from decimal import Decimal
from typing import Any

from .. import valuation
from ..market import Market
from ..records import BookOrder, LedgerEntry, Position, Trade
from ..tickets import describe

ROLLOVER_SECONDS = 4 * 3600


def order_entry(order: BookOrder, market: Market, *, with_trades: bool) -> dict[str, Any]:
    pair = market.pairs[order.pair]
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


def trade_entry(trade: Trade, market: Market, *, with_ledgers: bool) -> dict[str, Any]:
    order = trade.order
    pair = market.pairs[order.pair]
    entry: dict[str, Any] = {
        "ordertxid": order.txid,
        "postxid": trade.txid,
        "pair": order.pair,
        "aclass": "forex",
        "time": trade.time,
        "type": order.type,
        "ordertype": order.ordertype,
        "tradeordertype": order.ordertype,
        "price": f"{trade.price:.{pair.ticker_decimals}f}",
        "cost": f"{trade.cost:.{pair.cost_decimals}f}",
        "fee": f"{trade.fee:.{pair.cost_decimals}f}",
        "vol": f"{trade.volume:.{pair.lot_decimals}f}",
        "margin": f"{0:.{pair.cost_decimals}f}",
        "leverage": "0",
        "misc": "",
        "trade_id": trade.number,
        "maker": trade.maker,
    }
    if with_ledgers:
        entry["ledgers"] = trade.ledgers
    return entry


def position_entry(position: Position, market: Market, *, with_value: bool) -> dict[str, Any]:
    pair = market.pairs[position.pair]
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
        entry["value"] = f"{valuation.value(position, market):.1f}"
        entry["net"] = f"{valuation.profit(position, market):+.4f}"
    return entry


def ledger_entry(entry: LedgerEntry, market: Market) -> dict[str, Any]:
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
