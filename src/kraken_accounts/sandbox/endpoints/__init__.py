"""The endpoints by name, each with what its key must be allowed and the function that answers it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kraken_accounts.sandbox.endpoints import account, market, trading
from kraken_accounts.sandbox.state import Call

Answer = Callable[[Call], Any]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of the API. A key needs any one of `permissions`, or none where there are none."""

    answer: Answer
    permissions: frozenset[str] = frozenset()


def _private(answer: Answer, *permissions: str) -> Endpoint:
    return Endpoint(answer, frozenset(permissions))


PUBLIC: dict[str, Endpoint] = {
    "Time": Endpoint(market.time),
    "SystemStatus": Endpoint(market.system_status),
    "Assets": Endpoint(market.assets),
    "AssetPairs": Endpoint(market.asset_pairs),
    "Ticker": Endpoint(market.ticker),
}

PRIVATE: dict[str, Endpoint] = {
    "Balance": _private(account.balance, "query-funds"),
    "BalanceEx": _private(account.balance_ex, "query-funds"),
    "TradeBalance": _private(account.trade_balance, "query-open-trades"),
    "GetApiKeyInfo": _private(account.get_api_key_info),
    "OpenOrders": _private(trading.open_orders, "query-open-trades"),
    "OpenPositions": _private(trading.open_positions, "query-open-trades"),
}
