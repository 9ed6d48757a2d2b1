"""Private endpoints about the past: closed orders, trades, the ledger."""

from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from math import inf
from typing import Any, TypeVar

from ..market import Market
from ..messages import INVALID_ORDER, UNKNOWN_ASSET, ExchangeError, invalid_argument
from ..records import BookOrder, LedgerEntry, Trade
from ..state import Call
from .trading import is_asked_for, order_entry

PAGE = 50
MOST_ORDERS = 50

Item = TypeVar("Item")


def closed_orders(call: Call) -> Any:
    """ClosedOrders: https://docs.kraken.com/api-reference/account-data/get-closed-orders"""
    with_trades = call.parameters.flag("trades")
    page, count = _page(
        call,
        (order for order in call.account.closed_orders.values() if is_asked_for(order, call)),
        _open_time if call.parameters.text("closetime") == "open" else _close_time,
    )
    return {
        "closed": {order.txid: order_entry(order, call.state.market, with_trades=with_trades) for order in page},
        **count,
    }


def query_orders(call: Call) -> Any:
    """QueryOrders: https://docs.kraken.com/api-reference/account-data/query-orders-info"""
    cl_ord_id = call.parameters.text("cl_ord_id")
    if cl_ord_id:
        found = [order for order in call.account.orders() if order.cl_ord_id == cl_ord_id]
    else:
        txids = call.parameters.required("txid").split(",")
        if len(txids) > MOST_ORDERS:
            raise invalid_argument("txid")
        found = [_order(call, txid.strip()) for txid in txids]
    with_trades = call.parameters.flag("trades")
    return {
        order.txid: order_entry(order, call.state.market, with_trades=with_trades)
        for order in found
        if is_asked_for(order, call)
    }


def trades_history(call: Call) -> Any:
    """TradesHistory: https://docs.kraken.com/api-reference/account-data/get-trades-history"""
    with_ledgers = call.parameters.flag("ledgers")
    of_positions = call.parameters.text("type", "all") not in ("all", "no position")
    trades = [] if of_positions else list(call.account.trades.values())
    page, count = _page(call, trades, lambda trade: trade.time)
    return {
        "trades": {trade.txid: trade_entry(trade, call.state.market, with_ledgers=with_ledgers) for trade in page},
        **count,
    }


def ledgers(call: Call) -> Any:
    """Ledgers: https://docs.kraken.com/api-reference/account-data/get-ledgers-info"""
    codes = {_asset_code(call, name) for name in call.parameters.names("asset") if name != "all"}
    kind = call.parameters.text("type", "all")
    page, count = _page(
        call,
        (
            entry
            for entry in call.account.ledger.values()
            if (not codes or entry.asset in codes) and kind in ("all", entry.type)
        ),
        lambda entry: entry.time,
    )
    return {
        "ledger": {entry.id: ledger_entry(entry, call.state.market) for entry in page},
        **count,
    }


def _page(
    call: Call, items: Iterable[Item], time_of: Callable[[Item], float]
) -> tuple[list[Item], dict[str, int]]:
    """The items after `start` and up to `end`, newest first, from `ofs` on; and the count over all pages."""
    key = call.private_key.api_key
    start = _moment(call, "start", 0)
    end = _moment(call, "end", inf)
    if key.query_from:
        start = max(start, key.query_from)
    if key.query_to:
        end = min(end, key.query_to)
    chosen = [item for item in items if start < time_of(item) <= end]
    # Later entries come first, also among those of one moment; the sort keeps that order.
    chosen.reverse()
    chosen.sort(key=time_of, reverse=True)
    offset = call.parameters.integer("ofs") or 0
    if offset < 0:
        raise invalid_argument("ofs")
    count = {} if call.parameters.flag("without_count") else {"count": len(chosen)}
    return chosen[offset : offset + PAGE], count


def _moment(call: Call, name: str, default: float) -> float:
    """A bound in unix seconds, or the time of the order, trade or ledger entry that is named instead."""
    text = call.parameters.text(name)
    if not text:
        return default
    order = call.account.find_order(text)
    if order is not None:
        return order.opentm
    record = call.account.trades.get(text) or call.account.ledger.get(text)
    if record is not None:
        return record.time
    try:
        moment = Decimal(text)
    except InvalidOperation:
        raise invalid_argument(name) from None
    if not moment.is_finite():
        raise invalid_argument(name)
    return float(moment)


def _order(call: Call, txid: str) -> BookOrder:
    order = call.account.find_order(txid)
    if order is None:
        raise ExchangeError(INVALID_ORDER)
    return order


def _asset_code(call: Call, name: str) -> str:
    asset = call.state.market.find_asset(name)
    if asset is None:
        raise ExchangeError(UNKNOWN_ASSET)
    return asset.code


def _open_time(order: BookOrder) -> float:
    return order.opentm


def _close_time(order: BookOrder) -> float:
    return order.opentm if order.closetm is None else order.closetm


def trade_entry(trade: Trade, market: Market, *, with_ledgers: bool) -> dict[str, Any]:
    """A fill as a JSON object; `with_ledgers` adds the ids of its ledger entries."""
    order = trade.order
    pair = market.pair(order.pair)
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
