"""The endpoints by name: what a key must be allowed, what a call costs, and the function that answers it.

Permissions as in Kraken's reference of each endpoint, costs as in
https://docs.kraken.com/exchange/guides/rest/ratelimits: history counts double, orders are counted elsewhere. That
page names AddOrder and CancelOrder; that it holds for batches and changes of orders too, and not for canceling
all, is what clients go by (https://github.com/ccxt/ccxt).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ..state import Call, ExchangeState
from . import (
    account,
    canceling,
    changing,
    credit,
    earn,
    earn_orders,
    exports,
    funding,
    history,
    market_data,
    placing,
    public,
    trading,
    transparency,
)

Answer = Callable[[Call], Any]
"""Answers a call with its result; None where Kraken leaves the result out."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of the API. A key needs any one of `permissions`, where there are some, and all of `also`.

    `made_from` gives what the answers depend on beside the call's parameters: while it is equal, so are they.
    """

    answer: Answer
    permissions: frozenset[str] = frozenset()
    cost: int = 1
    also: frozenset[str] = frozenset()
    made_from: Callable[[ExchangeState], object] | None = None


def _private(answer: Answer, *permissions: str, cost: int = 1, also: Iterable[str] = ()) -> Endpoint:
    return Endpoint(answer, frozenset(permissions), cost, frozenset(also))


PUBLIC: dict[str, Endpoint] = {
    "Time": Endpoint(public.time),
    "SystemStatus": Endpoint(public.system_status),
    "Assets": Endpoint(public.assets, made_from=public.listed_assets),
    "AssetPairs": Endpoint(public.asset_pairs, made_from=public.listed_pairs),
    "Ticker": Endpoint(public.ticker, made_from=public.listed_prices),
    "OHLC": Endpoint(public.ohlc),
    "Depth": Endpoint(market_data.depth),
    "GroupedBook": Endpoint(market_data.grouped_book),
    "Trades": Endpoint(market_data.trades),
    "Spread": Endpoint(market_data.spread),
    "PreTrade": Endpoint(transparency.pre_trade),
    "PostTrade": Endpoint(transparency.post_trade),
}

PRIVATE: dict[str, Endpoint] = {
    "Balance": _private(account.balance, "query-funds"),
    "BalanceEx": _private(account.balance_ex, "query-funds"),
    "TradeBalance": _private(account.trade_balance, "query-open-trades"),
    "TradeVolume": _private(account.trade_volume, "query-funds"),
    "CreditLines": _private(credit.credit_lines, "query-funds"),
    "Level3": _private(market_data.level3, "query-open-trades"),
    "GetApiKeyInfo": _private(account.get_api_key_info),
    "GetWebSocketsToken": _private(account.get_websockets_token, "create-ws-token"),
    "OpenOrders": _private(trading.open_orders, "query-open-trades"),
    "OpenPositions": _private(trading.open_positions, "query-open-trades"),
    "AddOrder": _private(placing.add_order, "modify-trades", cost=0),
    "AddOrderBatch": _private(placing.add_order_batch, "modify-trades", cost=0, also=["close-trades"]),
    "AmendOrder": _private(changing.amend_order, "modify-trades", "close-trades", cost=0),
    "EditOrder": _private(changing.edit_order, "modify-trades", cost=0, also=["close-trades"]),
    "CancelOrder": _private(canceling.cancel_order, "modify-trades", "close-trades", cost=0),
    "CancelOrderBatch": _private(canceling.cancel_order_batch, "modify-trades", "close-trades", cost=0),
    "CancelAll": _private(canceling.cancel_all, "modify-trades", "close-trades"),
    "CancelAllOrdersAfter": _private(canceling.cancel_all_orders_after, "modify-trades", "close-trades"),
    "ClosedOrders": _private(history.closed_orders, "query-closed-trades"),
    "QueryOrders": _private(history.query_orders, "query-open-trades", "query-closed-trades"),
    "OrderAmends": _private(history.order_amends, "query-open-trades", "query-closed-trades"),
    "TradesHistory": _private(history.trades_history, "query-closed-trades", cost=2),
    "Ledgers": _private(history.ledgers, "query-ledger", cost=2),
    "QueryTrades": _private(history.query_trades, "query-closed-trades"),
    "QueryLedgers": _private(history.query_ledgers, "query-ledger", cost=2),
    "Earn/Strategies": _private(earn.strategies),
    "Earn/Allocations": _private(earn.allocations, "query-funds"),
    "Earn/Allocate": _private(earn_orders.allocate, "earn-funds"),
    "Earn/Deallocate": _private(earn_orders.deallocate, "earn-funds"),
    "Earn/AllocateStatus": _private(earn_orders.allocate_status, "earn-funds", "query-funds"),
    "Earn/DeallocateStatus": _private(earn_orders.deallocate_status, "earn-funds", "query-funds"),
    "AddExport": _private(exports.add_export, "export-data"),
    "ExportStatus": _private(exports.export_status, "export-data"),
    "RetrieveExport": _private(exports.retrieve_export, "export-data"),
    "RemoveExport": _private(exports.remove_export, "export-data"),
    "DepositMethods": _private(funding.deposit_methods, "query-funds", also=["add-funds"]),
    "DepositAddresses": _private(funding.deposit_addresses, "query-funds"),
    "DepositStatus": _private(funding.deposit_status, "query-funds"),
    "WithdrawMethods": _private(funding.withdraw_methods, "query-funds", also=["withdraw-funds"]),
    "WithdrawAddresses": _private(funding.withdraw_addresses, "query-funds", also=["withdraw-funds"]),
    "WithdrawInfo": _private(funding.withdraw_info, "query-funds", also=["withdraw-funds"]),
    "Withdraw": _private(funding.withdraw, "withdraw-funds"),
    "WithdrawStatus": _private(funding.withdraw_status, "withdraw-funds", "query-ledger"),
    "WithdrawCancel": _private(funding.withdraw_cancel, "withdraw-funds"),
    "WalletTransfer": _private(funding.wallet_transfer, "query-funds"),
    "CreateSubaccount": _private(funding.for_institutions),
    "AccountTransfer": _private(funding.for_institutions),
}
