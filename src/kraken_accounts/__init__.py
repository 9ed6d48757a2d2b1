"""Is each Kraken account trading, how much is in it, and are the accounts truly separate?

from kraken_accounts import AccountType, KrakenBroker, MultiAccountBrokerManager

with MultiAccountBrokerManager.from_env() as manager:
    print(manager.check().totals.all)

What stands in `__all__` is what programs may rely on: these two classes, what they take, return and raise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .accounts import Account, AccountType
    from .config import (
        Acceptance,
        AccountSettings,
        Config,
        Credentials,
        Expectation,
        Settings,
        SetupProblem,
        load_settings,
    )
    from .config.secret import ApiKey, Secret
    from .deadline import Deadline
    from .errors import ConfigurationError
    from .fleet.followed import Followed
    from .fleet.multi_account_broker_manager import MultiAccountBrokerManager
    from .history.database import StoreTrouble
    from .history.store import History, open_history
    from .kraken.broker import KrakenBroker
    from .kraken.earn import Allocation, EarnPart, EarnState, LockType
    from .kraken.earn_counting import CountedIn, EarnEntry
    from .kraken.errors import (
        AccountRefused,
        AddressLimited,
        CertificateNotTrusted,
        ClockAhead,
        ExchangeRestricted,
        InvalidOrder,
        KeyBusy,
        KeyRejected,
        KrakenError,
        LockedOut,
        NonceConflict,
        NotListedAnyMore,
        OrderLost,
        OrderRefused,
        PermissionDenied,
        PointsUsedUp,
        RateLimited,
        RequestRefused,
        Throttled,
        TryLater,
        UnexpectedAnswer,
        UnknownMethod,
        Unreachable,
    )
    from .kraken.fills import Fill, FillsPage
    from .kraken.key_info import KeyInfo
    from .kraken.ledger import BookEntry, LedgerPage
    from .kraken.ledger_pages import LedgerRead
    from .kraken.ledger_types import Meaning
    from .kraken.margin import Margin
    from .kraken.orders import CancelResult, OpenPosition, Order, OrderResult, OrderType, Side
    from .kraken.points import Points
    from .kraken.prices import Basis, NoPrice, Price
    from .kraken.public import Notice, SystemStatus
    from .kraken.transport import Session
    from .kraken.valuation import Balance, Holding
    from .report.activity import Activity, LastFill
    from .report.answers import LedgerAnswer
    from .report.audit import AccountAudit, AuditReport
    from .report.differences import Change, Gains, RunningGain
    from .report.exit_code import ExitCode
    from .report.findings import Accepted, Code, Finding, Severity
    from .report.known import Standing
    from .report.model import AccountReport, Part, Report, Totals
    from .report.permission_review import PermissionReview
    from .report.separation import Guarantee
    from .report.verdict import Status, TradingEvidence, Verdict
    from .report.wallets import Coverage, Wallets
    from .shard import Shard
    from .spans import Span
    from .storage import Storage

__version__ = "1.0.0"

__all__ = [
    "Acceptance",
    "Accepted",
    "Account",
    "AccountAudit",
    "AccountRefused",
    "AccountReport",
    "AccountSettings",
    "AccountType",
    "Activity",
    "AddressLimited",
    "Allocation",
    "ApiKey",
    "AuditReport",
    "Balance",
    "Basis",
    "BookEntry",
    "CancelResult",
    "CertificateNotTrusted",
    "Change",
    "ClockAhead",
    "Code",
    "Config",
    "ConfigurationError",
    "CountedIn",
    "Coverage",
    "Credentials",
    "Deadline",
    "EarnEntry",
    "EarnPart",
    "EarnState",
    "ExchangeRestricted",
    "ExitCode",
    "Expectation",
    "Fill",
    "FillsPage",
    "Finding",
    "Followed",
    "Gains",
    "Guarantee",
    "History",
    "Holding",
    "InvalidOrder",
    "KeyBusy",
    "KeyInfo",
    "KeyRejected",
    "KrakenBroker",
    "KrakenError",
    "LastFill",
    "LedgerAnswer",
    "LedgerPage",
    "LedgerRead",
    "LockType",
    "LockedOut",
    "Margin",
    "Meaning",
    "MultiAccountBrokerManager",
    "NoPrice",
    "NonceConflict",
    "NotListedAnyMore",
    "Notice",
    "OpenPosition",
    "Order",
    "OrderLost",
    "OrderRefused",
    "OrderResult",
    "OrderType",
    "Part",
    "PermissionDenied",
    "PermissionReview",
    "Points",
    "PointsUsedUp",
    "Price",
    "RateLimited",
    "Report",
    "RequestRefused",
    "RunningGain",
    "Secret",
    "Session",
    "Settings",
    "SetupProblem",
    "Severity",
    "Shard",
    "Side",
    "Span",
    "Standing",
    "Status",
    "Storage",
    "StoreTrouble",
    "SystemStatus",
    "Throttled",
    "Totals",
    "TradingEvidence",
    "TryLater",
    "UnexpectedAnswer",
    "UnknownMethod",
    "Unreachable",
    "Verdict",
    "Wallets",
    "load_settings",
    "open_history",
]

_HOME = {
    "Acceptance": "config",
    "Accepted": "report.findings",
    "Account": "accounts",
    "AccountAudit": "report.audit",
    "AccountRefused": "kraken.errors",
    "AccountReport": "report.model",
    "AccountSettings": "config",
    "AccountType": "accounts",
    "Activity": "report.activity",
    "AddressLimited": "kraken.errors",
    "Allocation": "kraken.earn",
    "ApiKey": "config.secret",
    "AuditReport": "report.audit",
    "Balance": "kraken.valuation",
    "Basis": "kraken.prices",
    "BookEntry": "kraken.ledger",
    "CancelResult": "kraken.orders",
    "CertificateNotTrusted": "kraken.errors",
    "Change": "report.differences",
    "ClockAhead": "kraken.errors",
    "Code": "report.findings",
    "Config": "config",
    "ConfigurationError": "errors",
    "CountedIn": "kraken.earn_counting",
    "Coverage": "report.wallets",
    "Credentials": "config",
    "Deadline": "deadline",
    "EarnEntry": "kraken.earn_counting",
    "EarnPart": "kraken.earn",
    "EarnState": "kraken.earn",
    "ExchangeRestricted": "kraken.errors",
    "ExitCode": "report.exit_code",
    "Expectation": "config",
    "Fill": "kraken.fills",
    "FillsPage": "kraken.fills",
    "Finding": "report.findings",
    "Followed": "fleet.followed",
    "Gains": "report.differences",
    "Guarantee": "report.separation",
    "History": "history.store",
    "Holding": "kraken.valuation",
    "InvalidOrder": "kraken.errors",
    "KeyBusy": "kraken.errors",
    "KeyInfo": "kraken.key_info",
    "KeyRejected": "kraken.errors",
    "KrakenBroker": "kraken.broker",
    "KrakenError": "kraken.errors",
    "LastFill": "report.activity",
    "LedgerAnswer": "report.answers",
    "LedgerPage": "kraken.ledger",
    "LedgerRead": "kraken.ledger_pages",
    "LockType": "kraken.earn",
    "LockedOut": "kraken.errors",
    "Margin": "kraken.margin",
    "Meaning": "kraken.ledger_types",
    "MultiAccountBrokerManager": "fleet.multi_account_broker_manager",
    "NoPrice": "kraken.prices",
    "NonceConflict": "kraken.errors",
    "NotListedAnyMore": "kraken.errors",
    "Notice": "kraken.public",
    "OpenPosition": "kraken.orders",
    "Order": "kraken.orders",
    "OrderLost": "kraken.errors",
    "OrderRefused": "kraken.errors",
    "OrderResult": "kraken.orders",
    "OrderType": "kraken.orders",
    "Part": "report.model",
    "PermissionDenied": "kraken.errors",
    "Points": "kraken.points",
    "PointsUsedUp": "kraken.errors",
    "PermissionReview": "report.permission_review",
    "Price": "kraken.prices",
    "RateLimited": "kraken.errors",
    "Report": "report.model",
    "RequestRefused": "kraken.errors",
    "RunningGain": "report.differences",
    "Secret": "config.secret",
    "Session": "kraken.transport",
    "Settings": "config",
    "SetupProblem": "config",
    "Severity": "report.findings",
    "Shard": "shard",
    "Side": "kraken.orders",
    "Span": "spans",
    "Standing": "report.known",
    "Status": "report.verdict",
    "Storage": "storage",
    "StoreTrouble": "history.database",
    "SystemStatus": "kraken.public",
    "Throttled": "kraken.errors",
    "Totals": "report.model",
    "TradingEvidence": "report.verdict",
    "TryLater": "kraken.errors",
    "UnexpectedAnswer": "kraken.errors",
    "UnknownMethod": "kraken.errors",
    "Unreachable": "kraken.errors",
    "Verdict": "report.verdict",
    "Wallets": "report.wallets",
    "load_settings": "config",
    "open_history": "history.store",
}


def __getattr__(name: str) -> Any:
    """The public names, imported at their first use: `--version` must not load an HTTP library."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return [*(name for name in globals() if name.startswith("__")), *__all__]
