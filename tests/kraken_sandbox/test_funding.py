"""Deposits, withdrawals and subaccounts: what the books know is told, and no money ever moves."""

import pytest

from kraken_sandbox import Exchange

from .support import KEY, NOW, Client

AMOUNT = {"asset": "XBT", "key": "cold storage", "amount": "0.1"}


def test_how_to_deposit(client: Client) -> None:
    (method,) = client.private("DepositMethods", asset="XBT").result

    assert method == {
        "method": "XBT (Sandbox)",
        "limit": False,
        "fee": "0.0000000000",
        "gen-address": True,
        "minimum": "0.0000000001",
    }
    (address,) = client.private("DepositAddresses", asset="XBT", method=method["method"]).result
    assert address == {"address": "sandbox-address-of-XBT-send-nothing", "expiretm": "0", "new": False}


def test_what_was_deposited(client: Client) -> None:
    (deposit,) = client.private("DepositStatus", asset="XBT").result

    assert deposit | {"refid": "", "txid": ""} == {
        "method": "XBT (Sandbox)",
        "aclass": "currency",
        "asset": "XXBT",
        "refid": "",
        "txid": "",
        "info": "sandbox-address-of-XBT-send-nothing",
        "amount": "2.0000000000",
        "fee": "0.0000000000",
        "time": int(NOW),
        "status": "Success",
    }
    assert len(client.private("DepositStatus").result) == 2
    assert client.private("DepositStatus", start=int(NOW) + 1).result == []
    assert client.private("DepositStatus", method="Cash").result == []
    assert client.private("WithdrawStatus").result == []


def test_by_pages(client: Client) -> None:
    first = client.private("DepositStatus", cursor="true", limit=1).result
    last = client.private("DepositStatus", cursor=first["next_cursor"], limit=1).result

    assert [entry["asset"] for page in (first, last) for entry in page["deposit"]] == ["XXBT", "ZUSD"]
    assert "next_cursor" not in last
    assert client.private("DepositStatus", cursor="x").errors == ["EGeneral:Invalid arguments:cursor"]


def test_how_to_withdraw(client: Client) -> None:
    methods = client.private("WithdrawMethods").result

    assert [method["asset"] for method in methods] == ["XXBT", "ZUSD"]
    assert client.private("WithdrawMethods", network="Lightning").result == []
    assert client.private("WithdrawAddresses").result == []


@pytest.mark.parametrize(
    ("name", "given", "error"),
    [
        ("WithdrawInfo", AMOUNT, "EFunding:Unknown withdraw key"),
        ("Withdraw", AMOUNT, "EFunding:Unknown withdraw key"),
        ("Withdraw", AMOUNT | {"amount": "-1"}, "EGeneral:Invalid arguments:amount"),
        ("Withdraw", AMOUNT | {"asset": "NOSUCH"}, "EQuery:Unknown asset"),
        ("Withdraw", {}, "EGeneral:Invalid arguments:asset"),
        ("WithdrawCancel", {"asset": "XBT", "refid": "A"}, "EFunding:Unknown reference id"),
        ("DepositAddresses", {"asset": "XBT", "method": "Cash"}, "EGeneral:Invalid arguments:method"),
        ("WalletTransfer", AMOUNT | {"from": "Spot Wallet", "to": "Futures Wallet"}, "EGeneral:Permission denied"),
        ("WalletTransfer", AMOUNT | {"from": "Here", "to": "Futures Wallet"}, "EGeneral:Invalid arguments:from"),
        ("CreateSubaccount", {"username": "u", "email": "e"}, "EGeneral:Permission denied"),
        ("AccountTransfer", AMOUNT | {"from": "a", "to": "b"}, "EGeneral:Permission denied"),
    ],
)
def test_refused(client: Client, name: str, given: dict[str, str], error: str) -> None:
    assert client.private(name, **given).errors == [error]
    assert client.private("Balance").result == {"XXBT": "2.0000000000", "ZUSD": "100000.0000"}


ALLOWED = {
    "AddOrder": [{"modify-trades"}],
    "AddOrderBatch": [{"modify-trades"}],
    "AmendOrder": [{"modify-trades"}, {"close-trades"}],
    "EditOrder": [{"modify-trades", "close-trades"}],
    "CancelOrder": [{"modify-trades"}, {"close-trades"}],
    "CancelOrderBatch": [{"modify-trades"}, {"close-trades"}],
    "CancelAll": [{"modify-trades"}, {"close-trades"}],
    "CancelAllOrdersAfter": [{"modify-trades"}, {"close-trades"}],
    "TradesHistory": [{"query-closed-trades"}],
    "QueryTrades": [{"query-closed-trades"}],
    "QueryLedgers": [{"query-ledger"}],
    "DepositMethods": [{"query-funds", "add-funds"}],
    "DepositAddresses": [{"query-funds"}],
    "DepositStatus": [{"query-funds"}],
    "WithdrawMethods": [{"query-funds", "withdraw-funds"}],
    "WithdrawAddresses": [{"query-funds", "withdraw-funds"}],
    "WithdrawInfo": [{"query-funds", "withdraw-funds"}],
    "Withdraw": [{"withdraw-funds"}],
    "WithdrawStatus": [{"withdraw-funds"}, {"query-ledger"}],
    "WithdrawCancel": [{"withdraw-funds"}],
}
"""For each endpoint which permissions will do."""


@pytest.mark.parametrize("name", ALLOWED)
def test_permissions(exchange: Exchange, client: Client, name: str) -> None:
    needed = set().union(*ALLOWED[name])
    tried = [{permission} for permission in sorted(needed)] + [needed, set()]

    for permissions in tried:
        exchange.replace_key(KEY, permissions=frozenset(permissions) | {"earn-funds"})
        denied = client.private(name).errors == ["EGeneral:Permission denied"]
        assert denied is not any(enough <= permissions for enough in ALLOWED[name])


def test_orders_are_shown_by_their_state(exchange: Exchange, client: Client) -> None:
    order = {"pair": "XBTUSD", "type": "buy", "volume": "0.1"}
    (resting,) = client.private("AddOrder", **order, ordertype="limit", price="1000").result["txid"]
    (filled,) = client.private("AddOrder", **order, ordertype="market").result["txid"]

    for permission, seen in (("query-open-trades", resting), ("query-closed-trades", filled)):
        exchange.replace_key(KEY, permissions=frozenset({permission}))
        assert client.private("QueryOrders", txid=seen).result.keys() == {seen}
        denied = client.private("QueryOrders", txid=f"{resting},{filled}")
        assert denied.errors == ["EGeneral:Permission denied"]


def test_canceling_all_costs_a_point_and_canceling_one_does_not(exchange: Exchange, client: Client) -> None:
    exchange.state.accounts["test"].tier = "starter"

    for _ in range(20):
        assert client.private("CancelOrder", txid="7").errors == ["EOrder:Unknown order"]
    for _ in range(15):
        assert client.private("CancelAll").errors == []
    assert client.private("CancelAll").errors == ["EAPI:Rate limit exceeded"]
