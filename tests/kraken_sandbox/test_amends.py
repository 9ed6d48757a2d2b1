"""OrderAmends: what an order was like, from when it was placed on."""

import pytest

from kraken_sandbox import Exchange

from .support import KEY, NOW, Client, ManualClock

LIMIT = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "price": "40000", "volume": "0.5"}


def place(client: Client, **order: str) -> str:
    (txid,) = client.private("AddOrder", **(LIMIT | order)).result["txid"]
    return str(txid)


def test_as_it_was_placed(client: Client) -> None:
    txid = place(client, oflags="post")
    result = client.private("OrderAmends", order_id=txid).result

    assert result["count"] == 1
    assert result["amends"][0] | {"amend_id": ""} == {
        "amend_id": "",
        "amend_type": "original",
        "order_qty": "0.50000000",
        "remaining_qty": "0.50000000",
        "limit_price": "40000.0",
        "post_only": True,
        "timestamp": int(NOW) * 10**9,
    }
    assert client.private("OrderAmends", order_id=txid).result == result


def test_each_change(clock: ManualClock, client: Client) -> None:
    txid = place(client)
    first = client.private("OrderAmends", order_id=txid).result["amends"][0]
    clock.advance(60.5)
    amended = client.private("AmendOrder", txid=txid, order_qty="0.25", limit_price="41000").result["amend_id"]
    original, change = client.private("OrderAmends", order_id=txid).result["amends"]

    assert original == first
    assert change == {
        "amend_id": amended,
        "amend_type": "user",
        "order_qty": "0.25000000",
        "remaining_qty": "0.25000000",
        "limit_price": "41000.0",
        "reason": "User requested",
        "post_only": False,
        "timestamp": int(NOW) * 10**9 + 60_500_000_000,
    }
    client.private("AmendOrder", txid=txid, limit_price="42000")
    client.private("CancelOrder", txid=txid)
    amends = client.private("OrderAmends", order_id=txid).result
    assert (amends["count"], amends["amends"][:2]) == (3, [original, change])


def test_a_trigger_and_an_iceberg(client: Client) -> None:
    stop = place(client, ordertype="stop-loss-limit", type="sell", price="50000", price2="49000")
    (waiting,) = client.private("OrderAmends", order_id=stop).result["amends"]
    assert (waiting["trigger_price"], waiting["limit_price"]) == ("50000.0", "49000.0")

    iceberg = place(client, ordertype="iceberg", displayvol="0.05")
    assert client.private("OrderAmends", order_id=iceberg).result["amends"][0]["display_qty"] == "0.05000000"

    (market,) = client.private("AddOrder", **{**LIMIT, "ordertype": "market", "price": ""}).result["txid"]
    (done,) = client.private("OrderAmends", order_id=market).result["amends"]
    assert "limit_price" not in done
    assert "trigger_price" not in done


def test_an_edited_order_is_another_one(client: Client) -> None:
    txid = place(client)
    client.private("AmendOrder", txid=txid, limit_price="41000")
    edited = client.private("EditOrder", txid=txid, pair="XBTUSD", price="42000").result["txid"]

    (only,) = client.private("OrderAmends", order_id=edited).result["amends"]
    assert (only["amend_type"], only["limit_price"]) == ("original", "42000.0")
    assert client.private("OrderAmends", order_id=txid).result["count"] == 2


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({}, "EGeneral:Invalid arguments:order_id"),
        ({"order_id": ""}, "EGeneral:Invalid arguments:order_id"),
        ({"order_id": "OAAAAA-AAAAA-AAAAAA"}, "EOrder:Invalid order"),
    ],
)
def test_refused(client: Client, asked: dict[str, str], error: str) -> None:
    assert client.private("OrderAmends", **asked).errors == [error]


def test_the_permission_depends_on_the_order(exchange: Exchange, client: Client) -> None:
    txid = place(client)
    exchange.replace_key(KEY, permissions=frozenset({"query-closed-trades", "close-trades"}))

    assert client.private("OrderAmends", order_id=txid).errors == ["EGeneral:Permission denied"]
    client.private("CancelOrder", txid=txid)
    assert client.private("OrderAmends", order_id=txid).result["count"] == 1
