"""Is each Kraken account trading, how much is in it, and are the accounts truly separate?

from kraken_accounts import AccountType, KrakenBroker, MultiAccountBrokerManager

report = MultiAccountBrokerManager.from_env().check()
print(report.totals.all)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .accounts import Account, AccountType
    from .config import ConfigurationError
    from .fleet.multi_account_broker_manager import MultiAccountBrokerManager
    from .kraken.broker import KrakenBroker
    from .kraken.errors import InvalidOrder, KrakenError, OrderLost, OrderRefused
    from .kraken.orders import OrderType, Side
    from .report.findings import Severity
    from .report.model import Report
    from .report.verdict import Status

__version__ = "0.1.0"

__all__ = [
    "Account",
    "AccountType",
    "ConfigurationError",
    "InvalidOrder",
    "KrakenBroker",
    "KrakenError",
    "MultiAccountBrokerManager",
    "OrderLost",
    "OrderRefused",
    "OrderType",
    "Report",
    "Severity",
    "Side",
    "Status",
]

_HOME = {
    "Account": "accounts",
    "AccountType": "accounts",
    "ConfigurationError": "errors",
    "InvalidOrder": "kraken.errors",
    "KrakenBroker": "kraken.broker",
    "KrakenError": "kraken.errors",
    "MultiAccountBrokerManager": "fleet.multi_account_broker_manager",
    "OrderLost": "kraken.errors",
    "OrderRefused": "kraken.errors",
    "OrderType": "kraken.orders",
    "Report": "report.model",
    "Severity": "report.findings",
    "Side": "kraken.orders",
    "Status": "report.verdict",
}


def __getattr__(name: str) -> Any:
    """The public names, imported at their first use: `--version` must not load an HTTP library."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_HOME[name]}", __name__), name)
