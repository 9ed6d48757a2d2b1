"""What an API key may do, in Kraken's words for machines and in those of its settings page.

Source: https://docs.kraken.com/api-reference/account-data/get-api-key-info and the page on which keys are made.
"""

from __future__ import annotations

from collections.abc import Iterable

SETTINGS_PAGE = "https://www.kraken.com/u/security/api"

CREATE_ORDERS = "modify-trades"
CANCEL_ORDERS = "close-trades"
QUERY_FUNDS = "query-funds"
QUERY_OPEN_ORDERS = "query-open-trades"
QUERY_FILLS = "query-closed-trades"
QUERY_LEDGER = "query-ledger"
WITHDRAW = "withdraw-funds"

_LABELS = {
    QUERY_FUNDS: "Funds: Query",
    "add-funds": "Funds: Deposit",
    WITHDRAW: "Funds: Withdraw",
    "earn-funds": "Funds: Earn",
    QUERY_OPEN_ORDERS: "Orders and trades: Query open orders & trades",
    QUERY_FILLS: "Orders and trades: Query closed orders & trades",
    CREATE_ORDERS: "Orders and trades: Create & modify orders",
    CANCEL_ORDERS: "Orders and trades: Cancel & close orders",
    QUERY_LEDGER: "Data: Query ledger entries",
    "export-data": "Data: Export data",
    "create-ws-token": "WebSocket interface",
    "add-withdraw-address": "Add withdrawal addresses",
    "update-withdraw-address": "Update withdrawal addresses",
}

TO_LOOK = (QUERY_FUNDS, QUERY_OPEN_ORDERS)
REQUIRED = (*TO_LOOK, CREATE_ORDERS, CANCEL_ORDERS)
WITHDRAW_ADDRESSES = ("add-withdraw-address", "update-withdraw-address")
FORBIDDEN = (WITHDRAW, *WITHDRAW_ADDRESSES)
OF_A_MONITOR = (*TO_LOOK, QUERY_FILLS, QUERY_LEDGER)
"""What a key needs that only looks: with fills it can tell that a bot trades, with the ledger what was paid in."""
USEFUL = (QUERY_FILLS, QUERY_LEDGER, "create-ws-token")
"""What a bot may well need, though this package does not."""


def labels(names: Iterable[str]) -> str:
    """How Kraken's settings page calls several permissions, each group of them named once."""
    groups: dict[str, list[str]] = {}
    for name in names:
        group, _, option = label(name).rpartition(": ")
        groups.setdefault(group, []).append(option)
    return "; ".join(
        f"{group}: {', '.join(options)}" if group else ", ".join(options) for group, options in groups.items()
    )


def label(permission: str) -> str:
    """How Kraken's settings page calls a permission; one that is new there keeps its own name."""
    return _LABELS.get(permission, permission)
