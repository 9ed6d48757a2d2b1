"""Deposits, withdrawals and subaccounts: what the books know is told, and no money ever moves."""

import pytest

from .support import NOW, Client

AMOUNT = {"asset": "XBT", "key": "cold storage", "amount": "0.1"}


def test_how_to_deposit(client: Client) -> None:
    (method,) = client.private("DepositMethods", asset="XBT").result

    assert method == {
        "method": "Bitcoin",
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
        "method": "Bitcoin",
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


def test_ways_that_kraken_has_no_own_words_for(client: Client) -> None:
    assert client.private("DepositMethods", asset="USDC").result[0]["method"] == "USDC (Sandbox)"


def test_by_pages(client: Client) -> None:
    first = client.private("DepositStatus", cursor=True, limit=1).result
    last = client.private("DepositStatus", cursor=first["next_cursor"], limit=1).result

    assert [entry["asset"] for page in (first, last) for entry in page["deposit"]] == ["XXBT", "ZUSD"]
    assert "next_cursor" not in last
    assert client.private("DepositStatus", cursor="x").errors == ["EGeneral:Invalid arguments:cursor"]


def test_how_to_withdraw(client: Client) -> None:
    methods = client.private("WithdrawMethods").result

    assert [method["asset"] for method in methods] == ["XXBT", "ZUSD"]
    assert methods[0]["fee"] == {"aclass": "currency", "asset": "XXBT", "fee": "0.0000000000"}
    assert len({method[name] for method in methods for name in ("method_id", "network_id")}) == 4
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
