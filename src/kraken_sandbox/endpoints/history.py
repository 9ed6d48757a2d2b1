"""Private endpoints about the past: orders, trades, the ledger."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ..amends import amends_of
from ..authentication import authorize
from ..listed import asset_class
from ..messages import INVALID_ORDER, UNKNOWN_ASSET, ExchangeError, invalid_argument
from ..past import LEDGER_TYPES
from ..records import BookOrder, LedgerEntry, Trade
from ..state import Call
from .entries import amend_entry, ledger_entry, order_entry, trade_entry
from .paging import PagedHistory
from .trading import is_asked_for

MOST_ORDERS = 50
MOST_RECORDS = 20
CLOSE_TIMES = ("open", "close", "both")

Record = TypeVar("Record")

LEDGER_FILTERS = frozenset({"all", "nft_rebate", *LEDGER_TYPES})

TRADE_FILTERS: dict[str, Callable[[Trade, Call], bool]] = {
    "all": lambda _trade, _call: True,
    "no position": lambda trade, _call: trade.position is None,
    "any position": lambda trade, _call: trade.position is not None,
    "closing position": lambda trade, _call: trade.closing,
    "closed position": lambda trade, call: trade.txid in call.account.closed_positions,
}
"""The values of TradesHistory's `type`. A closed position is named by the trade that opened it."""


def closed_orders(call: Call) -> Any:
    """ClosedOrders: https://docs.kraken.com/api-reference/account-data/get-closed-orders"""
    with_trades = call.parameters.flag("trades")
    closetime = call.parameters.text("closetime") or "both"
    if closetime not in CLOSE_TIMES:
        raise invalid_argument("closetime")
    history: PagedHistory[BookOrder] = PagedHistory(
        call.account.closed_orders.values(),
        lambda order: order.txid,
        _open_time if closetime == "open" else _close_time,
        lambda order: order_entry(order, call.state.market, with_trades=with_trades),
    )
    return history.page(call, "closed", lambda order: is_asked_for(order, call))


def query_orders(call: Call) -> Any:
    """QueryOrders: https://docs.kraken.com/api-reference/account-data/query-orders-info

    Which permission a key needs depends on each order's state.
    """
    cl_ord_id = call.parameters.text("cl_ord_id")
    if cl_ord_id:
        found = [order for order in call.account.orders() if order.cl_ord_id == cl_ord_id]
    else:
        txids = call.parameters.required("txid").split(",")
        if len(txids) > MOST_ORDERS:
            raise invalid_argument("txid")
        found = [_order(call, txid.strip()) for txid in txids]
    for order in found:
        _authorize_for(call, order)
    with_trades = call.parameters.flag("trades")
    return {
        order.txid: order_entry(order, call.state.market, with_trades=with_trades)
        for order in found
        if is_asked_for(order, call)
    }


def order_amends(call: Call) -> Any:
    """OrderAmends: https://docs.kraken.com/api-reference/account-data/get-order-amends

    Which permission a key needs depends on the order's state.
    """
    order = _order(call, call.parameters.required("order_id"))
    _authorize_for(call, order)
    amends = amends_of(order, call.state.market.pair(order.pair))
    return {
        "count": len(amends),
        "amends": [amend_entry(each, call.state.market.pair(order.pair)) for each in amends],
    }


def trades_history(call: Call) -> Any:
    """TradesHistory: https://docs.kraken.com/api-reference/account-data/get-trades-history"""
    passes = TRADE_FILTERS.get(call.parameters.text("type", "all"))
    if passes is None:
        raise invalid_argument("type")
    with_ledgers = call.parameters.flag("ledgers")
    with_trades = call.parameters.flag("trades")
    history: PagedHistory[Trade] = PagedHistory(
        call.account.trades.values(),
        lambda trade: trade.txid,
        lambda trade: trade.time,
        lambda trade: trade_entry(
            trade, call.account, call.state.market, with_ledgers=with_ledgers, with_trades=with_trades
        ),
    )
    return history.page(call, "trades", lambda trade: passes(trade, call))


def query_trades(call: Call) -> Any:
    """QueryTrades: https://docs.kraken.com/api-reference/account-data/query-trades-info"""
    with_trades = call.parameters.flag("trades")
    return {
        trade.txid: trade_entry(
            trade, call.account, call.state.market, with_ledgers=False, with_trades=with_trades
        )
        for trade in _named(call, "txid", call.account.trades)
    }


def ledgers(call: Call) -> Any:
    """Ledgers: https://docs.kraken.com/api-reference/account-data/get-ledgers-info"""
    market = call.state.market
    codes = {_asset_code(call, name) for name in call.parameters.names("asset") if name != "all"}
    kind = call.parameters.text("type", "all")
    aclass = asset_class(call.parameters.text("aclass"))
    if kind not in LEDGER_FILTERS:
        raise invalid_argument("type")
    history: PagedHistory[LedgerEntry] = PagedHistory(
        call.account.ledger.values(),
        lambda entry: entry.id,
        lambda entry: entry.time,
        lambda entry: ledger_entry(entry, market),
    )
    return history.page(
        call,
        "ledger",
        lambda entry: (
            (not codes or entry.asset in codes)
            and kind in ("all", entry.type)
            and market.assets[entry.asset].aclass == aclass
        ),
    )


def query_ledgers(call: Call) -> Any:
    """QueryLedgers: https://docs.kraken.com/api-reference/account-data/query-ledgers"""
    return {entry.id: ledger_entry(entry, call.state.market) for entry in _named(call, "id", call.account.ledger)}


def _named(call: Call, parameter: str, records: Mapping[str, Record]) -> list[Record]:
    """The records whose ids a parameter lists."""
    call.parameters.required(parameter)
    names = call.parameters.names(parameter)
    if len(names) > MOST_RECORDS or not all(name in records for name in names):
        raise invalid_argument(parameter)
    return [records[name] for name in names]


def _order(call: Call, txid: str) -> BookOrder:
    order = call.account.find_order(txid)
    if order is None:
        raise ExchangeError(INVALID_ORDER)
    return order


def _authorize_for(call: Call, order: BookOrder) -> None:
    """Raise ExchangeError unless the key may see an order in that state."""
    permission = "query-open-trades" if order.closetm is None else "query-closed-trades"
    authorize(call.private_key.api_key, frozenset({permission}))


def _asset_code(call: Call, name: str) -> str:
    asset = call.state.market.find_asset(name)
    if asset is None:
        raise ExchangeError(UNKNOWN_ASSET)
    return asset.code


def _open_time(order: BookOrder) -> float:
    return order.opentm


def _close_time(order: BookOrder) -> float:
    return order.opentm if order.closetm is None else order.closetm
