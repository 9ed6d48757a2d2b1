"""Orders and positions as Kraken lists them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from kraken_accounts.kraken.errors import UnexpectedAnswer
from kraken_accounts.kraken.orders import OpenPosition, Order, parse_orders, parse_positions

# As recorded, with made-up values.
TRAILING_STOP: dict[str, Any] = {
    "refid": None,
    "userref": "0",
    "status": "open",
    "opentm": "1795342230.1070557",
    "starttm": "0",
    "expiretm": "0",
    "descr": {
        "pair": "XRPUSD",
        "type": "buy",
        "ordertype": "trailing-stop",
        "price": "+50.0000%",
        "price2": "0",
        "leverage": "none",
        "order": "buy 10.00000000 XRPUSD @ trailing stop +50.0000%",
        "close": "",
    },
    "vol": "10.00000000",
    "vol_exec": "0.00000000",
    "cost": "0.00000000",
    "fee": "0.00000000",
    "price": "0.00000000",
    "stopprice": "0.75790000",
    "limitprice": "0.50527000",
    "misc": "",
    "oflags": "fciq",
    "trigger": "index",
}


def priced(price: Any) -> Order:
    """The same order with another price."""
    (order,) = parse_orders({"O1": {**TRAILING_STOP, "descr": {**TRAILING_STOP["descr"], "price": price}}})
    return order


def test_a_trailing_stop() -> None:
    assert parse_orders({"OSAMPL-AAAAA-AAAAAA": TRAILING_STOP}) == (
        Order(
            order_id="OSAMPL-AAAAA-AAAAAA",
            pair="XRPUSD",
            side="buy",
            order_type="trailing-stop",
            status="open",
            volume=Decimal(10),
            executed=Decimal(0),
            price=None,
            opened_at=datetime(2026, 11, 22, 10, 10, 30, tzinfo=UTC),
            client_order_id=None,
            price_relative="+50.0000%",
        ),
    )


@pytest.mark.parametrize("words", ["+50.0000%", "-2.5%", "#5%", "5%", "+5", "-5", "#0.25", " +5 ", "-0"])
def test_a_relative_price_is_no_amount(words: str) -> None:
    order = priced(words)

    assert (order.price, order.price_relative) == (None, words.strip())


@pytest.mark.parametrize(("sent", "price"), [("37500.0", "37500"), (37500, "37500"), (Decimal("0.5"), "0.5")])
def test_an_absolute_price_is(sent: Any, price: str) -> None:
    assert (priced(sent).price, priced(sent).price_relative) == (Decimal(price), None)


@pytest.mark.parametrize("sent", ["0", "0.00000", 0, "", None])
def test_an_order_without_a_price(sent: Any) -> None:
    assert (priced(sent).price, priced(sent).price_relative) == (None, None)


def test_a_negative_number_is_a_relative_price() -> None:
    assert (priced(-5).price, priced(-5).price_relative) == (None, "-5")


@pytest.mark.parametrize("sent", ["+", "%", "+five%", "5%%", "++5", "+5%\n5", "+١%", "+" + "1" * 99, [], True])
def test_what_is_no_price_at_all(sent: Any) -> None:
    with pytest.raises(UnexpectedAnswer, match=r"^the price of order O1 should be an amount, but Kraken sent "):
        priced(sent)


@pytest.mark.parametrize(
    ("field", "sent", "expected"),
    [
        ("opentm", 1795342230.9, datetime(2026, 11, 22, 10, 10, 30, tzinfo=UTC)),
        ("opentm", None, None),
        ("cl_ord_id", None, None),
        ("cl_ord_id", "", None),
        ("cl_ord_id", 17, "17"),
        ("vol_exec", None, Decimal(0)),
        ("vol", 10, Decimal(10)),
        ("a new field", {"of": "Kraken"}, None),
    ],
)
def test_what_is_left_out_or_sent_otherwise(field: str, sent: Any, expected: Any) -> None:
    sent = Decimal(str(sent)) if isinstance(sent, float) else sent
    (order,) = parse_orders({"O1": {**TRAILING_STOP, field: sent}})
    read = {
        "opentm": order.opened_at,
        "cl_ord_id": order.client_order_id,
        "vol_exec": order.executed,
        "vol": order.volume,
    }

    assert read.get(field) == expected


@pytest.mark.parametrize("nothing", [None, {}, []])
def test_no_orders_and_no_positions(nothing: Any) -> None:
    assert parse_orders(nothing) == ()
    assert parse_positions(nothing) == ()


@pytest.mark.parametrize("something", ["", 0, False, [1], "none"])
def test_what_is_no_list_of_orders(something: Any) -> None:
    with pytest.raises(UnexpectedAnswer, match=r"^the orders should be an object, but Kraken sent "):
        parse_orders(something)


# --- positions ------------------------------------------------------------------------------------------


def position(**changes: Any) -> dict[str, Any]:
    """As recorded, with made-up values."""
    return {
        "ordertxid": "OSAMPL-BBBBB-BBBBBB",
        "posstatus": "open",
        "pair": "XXBTZUSD",
        "time": Decimal("1795342230.8294"),
        "type": "buy",
        "ordertype": "limit",
        "cost": "104610.52842",
        "fee": "289.06565",
        "vol": "8.82412861",
        "vol_closed": "0.20200000",
        "margin": "20922.10568",
        "value": "258797.5",
        "net": "+154186.9728",
        "terms": "0.0100% per 4 hours",
        "rollovertm": "1795356630",
        "misc": "",
        "oflags": "",
        **changes,
    }


def test_several_positions_of_one_order_stay_apart() -> None:
    found = parse_positions(
        {"T1": position(), "T2": position(vol="0.00000010", vol_closed=None, cost=0, value="0", net="")}
    )

    assert found == (
        OpenPosition(
            "T1",
            "XXBTZUSD",
            "buy",
            Decimal("8.82412861"),
            Decimal("0.202"),
            Decimal("104610.52842"),
            Decimal("154186.9728"),
        ),
        OpenPosition("T2", "XXBTZUSD", "buy", Decimal("0.0000001"), Decimal(0), Decimal(0), None),
    )


def test_positions_of_a_pair_that_kraken_tells_together_have_no_id() -> None:
    together = position(positions="2", leverage="5")
    del together["ordertxid"], together["posstatus"]

    assert parse_positions([together]) == (
        OpenPosition(
            "XXBTZUSD",
            "XXBTZUSD",
            "buy",
            Decimal("8.82412861"),
            Decimal("0.202"),
            Decimal("104610.52842"),
            Decimal("154186.9728"),
        ),
    )


@pytest.mark.parametrize("something", ["", 0, "none"])
def test_what_is_no_list_of_positions(something: Any) -> None:
    with pytest.raises(UnexpectedAnswer, match=r"^OpenPositions should be an object, but Kraken sent "):
        parse_positions(something)


def test_more_positions_than_anybody_has() -> None:
    with pytest.raises(UnexpectedAnswer, match=r"^OpenPositions cannot have so many entries"):
        parse_positions([position()] * 10_001)


def test_a_list_of_something_else() -> None:
    with pytest.raises(
        UnexpectedAnswer, match=r"^position without an id should be an object, but Kraken sent “1”$"
    ):
        parse_positions([1])
