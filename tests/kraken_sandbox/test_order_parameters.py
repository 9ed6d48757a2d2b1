"""Every documented parameter of AddOrder does what it says, or is refused; none is taken and forgotten."""

from typing import Any

import pytest

from kraken_sandbox import Exchange

from .support import NOW, Client, ManualClock

BUY = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "price": "60000", "volume": "0.5"}
SELL = {"pair": "XBTUSD", "type": "sell", "ordertype": "limit", "price": "70000", "volume": "0.5"}
MARKET = {"pair": "XBTUSD", "type": "buy", "ordertype": "market", "volume": "0.5"}
STOP = {"pair": "XBTUSD", "type": "sell", "ordertype": "stop-loss", "price": "60000", "volume": "0.5"}

DOCUMENTED: dict[str, tuple[str, str | dict[str, object] | None]] = {
    "ordertype": ("trailing-stop-loss", "EGeneral:Invalid arguments:ordertype"),
    "type": ("long", "EGeneral:Invalid arguments:type"),
    "volume": ("0.00001", "EGeneral:Invalid arguments:volume minimum not met"),
    "displayvol": ("0.1", {"status": "open"}),
    "pair": ("XBTXXX", "EQuery:Unknown asset pair"),
    "asset_class": ("tokenized_asset", "EQuery:Unknown asset pair"),
    "price": ("-1000", {"price": "64005.0"}),
    "price2": ("61000", "EOrder:Invalid price:Invalid secondary price argument"),
    "trigger": ("mark", "EGeneral:Invalid arguments:trigger"),
    "leverage": ("2", "EOrder:Cannot open position"),
    "reduce_only": ("true", "EOrder:Reduce only:No position exists"),
    "stptype": ("cancel-all", "EGeneral:Invalid arguments:stptype"),
    "oflags": ("post,fcib,nompp", {"oflags": "post,fcib,nompp"}),
    "timeinforce": ("IOC", {"status": "canceled", "time_in_force": "ioc"}),
    "starttm": ("+3600", {"status": "pending", "starttm": NOW + 3600}),
    "expiretm": ("+3600", {"status": "open", "expiretm": NOW + 3600}),
    "close[ordertype]": ("market", "EGeneral:Invalid arguments:close[ordertype]"),
    "close[price]": ("70000", "EGeneral:Invalid arguments:close[ordertype]"),
    "close[price2]": ("70000", "EGeneral:Invalid arguments:close[ordertype]"),
    "deadline": ("2027-01-15T07:59:59Z", "EService:Deadline elapsed"),
    "userref": ("-7", {"userref": -7}),
    "cl_ord_id": ("mine-1", {"cl_ord_id": "mine-1"}),
    "validate": ("true", None),
    "broker": ("somebody", {"status": "open"}),
    # Not documented, and left alone.
    "close[type]": ("sell", {"status": "open", "close": ""}),
}
"""For each parameter a value beside a limit order, and what comes of it: an error, what the order then shows, or
nothing at all.
"""


@pytest.fixture(autouse=True)
def round_prices(exchange: Exchange) -> None:
    exchange.set_ticker("XBTUSD", bid="65000", ask="65010", last="65005")


def place(client: Client, *orders: dict[str, str], **changes: object) -> str:
    merged: dict[str, object] = {}
    for order in orders:
        merged |= order
    (txid,) = client.private("AddOrder", **(merged | changes)).result["txid"]
    assert isinstance(txid, str)
    return txid


def shown(client: Client, txid: str) -> dict[str, Any]:
    """An order's fields, those of its description among them."""
    order: dict[str, Any] = client.private("QueryOrders", txid=txid).result[txid]
    return {**order, **order["descr"]}


def refusal(client: Client, *orders: dict[str, str]) -> str:
    merged: dict[str, object] = {}
    for order in orders:
        merged |= order
    (error,) = client.private("AddOrder", **merged).errors
    return error


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_documented_parameter(client: Client, name: str) -> None:
    value, expected = DOCUMENTED[name]
    answer = client.private("AddOrder", **(BUY | {name: value}))

    if isinstance(expected, str):
        assert answer.errors == [expected]
        assert client.private("OpenOrders").result == {"open": {}}
    elif expected is None:
        assert answer.result.keys() == {"descr"}
    else:
        (txid,) = answer.result["txid"]
        assert expected.items() <= shown(client, txid).items()


class TestPrices:
    @pytest.mark.parametrize(
        ("order", "price", "becomes"),
        [
            (BUY, "-1%", "64355.0"),  # 650.05 below 65,005, to the tick
            (BUY, "#500", "64505.0"),
            (SELL, "#500", "65505.0"),
            (SELL, "+1.5", "65006.5"),
            (STOP, "#500", "64505.0"),
            (STOP | {"ordertype": "take-profit"}, "#500", "65505.0"),
            (STOP | {"ordertype": "trailing-stop"}, "+5%", "+5.0000%"),
            (STOP | {"ordertype": "trailing-stop"}, "+100", "+100.0"),
            (BUY, "6E4", "60000.0"),
        ],
    )
    def test_relative(self, client: Client, order: dict[str, str], price: str, becomes: str) -> None:
        assert shown(client, place(client, order, price=price))["price"] == becomes

    @pytest.mark.parametrize(
        ("order", "error"),
        [
            (BUY | {"price": "-70000"}, "EOrder:Invalid price:Invalid price argument"),
            (
                BUY | {"price": "+1.55"},
                "EOrder:Invalid price:XBTUSD price can only be specified up to 1 decimals.",
            ),
            (
                BUY | {"price": "1.55"},
                "EOrder:Invalid price:XBTUSD price can only be specified up to 1 decimals.",
            ),
            (BUY | {"price": "+-5"}, "EGeneral:Invalid arguments:price"),
            (BUY | {"price": "NaN"}, "EGeneral:Invalid arguments:price"),
            (BUY | {"price": "1" * 400}, "EGeneral:Invalid arguments:price"),
            (
                STOP | {"ordertype": "trailing-stop", "price": "60000"},
                "EOrder:Invalid price:Invalid price argument",
            ),
            (STOP | {"ordertype": "trailing-stop", "price": "-5%"}, "EOrder:Invalid price:Invalid price argument"),
            (
                STOP | {"ordertype": "trailing-stop", "price": "+0.00001%"},
                "EOrder:Invalid price:Invalid price argument",
            ),
            (STOP | {"ordertype": "stop-loss-limit"}, "EGeneral:Invalid arguments:price2"),
            (STOP | {"price": ""}, "EGeneral:Invalid arguments:price"),
            (
                STOP | {"ordertype": "trailing-stop-limit", "price": "+5%", "price2": "50000"},
                "EOrder:Invalid price:Invalid secondary price argument",
            ),
        ],
    )
    def test_refused(self, client: Client, order: dict[str, str], error: str) -> None:
        assert refusal(client, order) == error

    def test_a_market_order_needs_none(self, client: Client) -> None:
        assert shown(client, place(client, MARKET, price="nonsense"))["status"] == "closed"


class TestVolumes:
    def test_in_the_quote_asset(self, client: Client) -> None:
        result = client.private("AddOrder", **MARKET | {"volume": "6501", "oflags": "viqc"}).result

        assert result["descr"]["order"] == "buy 6501.00000000 XBTUSD @ market"
        order = shown(client, result["txid"][0])
        assert (order["status"], order["vol_exec"], order["cost"]) == ("closed", "0.10000000", "6501.00000")
        assert order["oflags"] == "fciq,viqc"

    @pytest.mark.parametrize(
        ("order", "error"),
        [
            (BUY | {"oflags": "viqc"}, "EGeneral:Invalid arguments:viqc"),
            (MARKET | {"oflags": "viqc", "type": "sell"}, "EGeneral:Invalid arguments:viqc"),
            (MARKET | {"oflags": "viqc"}, "EGeneral:Invalid arguments:volume minimum not met"),
            (MARKET | {"oflags": "viqc", "volume": "100000"}, "EOrder:Insufficient funds"),
            (MARKET | {"oflags": "post"}, "EGeneral:Invalid arguments:oflags"),
            (MARKET | {"displayvol": "0.1"}, "EGeneral:Invalid arguments:displayvol"),
            (BUY | {"displayvol": "0.6"}, "EGeneral:Invalid arguments:displayvol"),
            (BUY | {"ordertype": "iceberg", "displayvol": "0.03"}, "EGeneral:Invalid arguments:displayvol"),
            (BUY | {"ordertype": "iceberg"}, "EGeneral:Invalid arguments:displayvol"),
        ],
    )
    def test_refused(self, client: Client, order: dict[str, str], error: str) -> None:
        assert refusal(client, order) == error

    def test_an_iceberg_is_filled_whole(self, exchange: Exchange, client: Client) -> None:
        txid = place(client, BUY, ordertype="iceberg", displayvol="0.1")
        exchange.set_ticker("XBTUSD", ask="59999")

        order = shown(client, txid)
        assert (order["status"], order["order"]) == ("closed", "buy 0.50000000 XBTUSD @ iceberg 60000.0")

    def test_fees_in_the_base_asset(self, client: Client) -> None:
        place(client, MARKET, oflags="fcib")
        place(client, MARKET, type="sell", oflags="fcib")

        # 0.4 % of half a bitcoin, and then 0.35 %
        assert client.private("Balance").result == {"XXBT": "1.9962500000", "ZUSD": "99995.0000"}
        assert refusal(client, MARKET | {"type": "sell", "volume": "1.995", "oflags": "fcib"}) == (
            "EOrder:Insufficient funds"
        )


class TestMargin:
    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"leverage": "7"}, "EGeneral:Invalid arguments:leverage"),
            ({"leverage": "two"}, "EGeneral:Invalid arguments:leverage"),
            ({"leverage": "3:1"}, "EOrder:Cannot open position"),
            ({"ordertype": "settle-position", "leverage": "2"}, "EOrder:Unknown position"),
            ({"leverage": "2", "reduce_only": "true"}, "EOrder:Reduce only:No position exists"),
        ],
    )
    def test_refused(self, client: Client, changes: dict[str, str], error: str) -> None:
        assert refusal(client, BUY, changes) == error


class TestTimes:
    def test_begins_when_it_is_time(self, exchange: Exchange, clock: ManualClock, client: Client) -> None:
        txid = place(client, MARKET, starttm=int(NOW) + 60)
        assert client.private("BalanceEx").result["ZUSD"]["hold_trade"] == "0.0000"
        clock.advance(59)
        assert shown(client, txid)["status"] == "pending"

        # The price that it begins at is the one of then, not the later one.
        clock.advance(10)
        exchange.set_ticker("XBTUSD", bid="30000", ask="30010", last="30005")
        order = shown(client, txid)
        assert (order["status"], order["cost"], order["closetm"]) == ("closed", "32505.00000", NOW + 60)

    def test_may_take_all_there_is(self, clock: ManualClock, client: Client) -> None:
        txid = place(client, SELL, volume="2", starttm="+60")
        clock.advance(60)

        assert shown(client, txid)["status"] == "open"
        assert client.private("BalanceEx").result["XXBT"]["hold_trade"] == "2.0000000000"

    def test_without_money_when_it_is_time(self, clock: ManualClock, client: Client) -> None:
        txid = place(client, SELL, volume="2", starttm="+60")
        place(client, MARKET, type="sell")
        clock.advance(60)

        order = shown(client, txid)
        assert (order["status"], order["reason"]) == ("canceled", "Insufficient funds")

    def test_expires(self, exchange: Exchange, clock: ManualClock, client: Client) -> None:
        txid = place(client, BUY, timeinforce="GTD", expiretm="+60")
        clock.advance(61)
        exchange.set_ticker("XBTUSD", ask="50000")

        order = shown(client, txid)
        assert (order["status"], order["closetm"], order["vol_exec"]) == ("expired", NOW + 60, "0.00000000")
        assert client.private("CancelOrder", txid=txid).errors == ["EOrder:Unknown order"]

    @pytest.mark.parametrize(
        ("changes", "name"),
        [
            ({"starttm": "1000"}, "starttm"),
            ({"starttm": "soon"}, "starttm"),
            ({"starttm": "+999999999999"}, "starttm"),
            ({"expiretm": "+4"}, "expiretm"),
            ({"starttm": "+60", "expiretm": "+60"}, "expiretm"),
            ({"timeinforce": "GTD"}, "timeinforce"),
            ({"timeinforce": "IOC", "oflags": "post"}, "timeinforce"),
            ({"timeinforce": "FOK", "ordertype": "market"}, "timeinforce"),
            ({"deadline": "2027-01-15T08:01:01Z"}, "deadline"),
            ({"deadline": "2027-01-15T08:00:30"}, "deadline"),
            ({"deadline": "soon"}, "deadline"),
        ],
    )
    def test_refused(self, client: Client, changes: dict[str, str], name: str) -> None:
        assert refusal(client, BUY, changes) == f"EGeneral:Invalid arguments:{name}"

    @pytest.mark.parametrize("deadline", ["2027-01-15T08:00:30Z", "2027-01-15T09:00:30.5+01:00"])
    def test_in_time(self, client: Client, deadline: str) -> None:
        place(client, BUY, deadline=deadline)


class TestPositions:
    SELL = MARKET | {"type": "sell", "leverage": "2"}

    @pytest.fixture(autouse=True)
    def positions(self, exchange: Exchange, clock: ManualClock) -> None:
        """Half a bitcoin bought on margin, in two steps."""
        for volume in ("0.3", "0.2"):
            exchange.open_position("test", "XBTUSD", "buy", volume)
            clock.advance(1)

    def test_reduced_the_oldest_one_first(self, client: Client) -> None:
        txid = place(client, self.SELL, volume="0.4", reduce_only="true")

        order = shown(client, txid)
        assert (order["status"], order["vol_exec"], order["leverage"]) == ("closed", "0.40000000", "2:1")
        (left,) = client.private("OpenPositions").result.values()
        assert (left["vol"], left["vol_closed"]) == ("0.20000000", "0.10000000")

    @pytest.mark.parametrize(("volume", "status"), [("0", "closed"), ("0.6", "canceled")])
    def test_never_turned_round(self, client: Client, volume: str, status: str) -> None:
        txid = place(client, self.SELL, volume=volume, reduce_only="true")

        order = shown(client, txid)
        assert (order["status"], order["vol_exec"]) == (status, "0.50000000")
        assert client.private("OpenPositions").result == {}

    def test_settled(self, client: Client) -> None:
        txid = place(client, self.SELL, ordertype="settle-position", volume="0")

        assert shown(client, txid)["status"] == "closed"
        assert client.private("Balance").result["XXBT"] == "2.5000000000"

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"type": "buy", "reduce_only": "true"}, "EOrder:Reduce only:No position exists"),
            ({"leverage": "", "reduce_only": "true"}, "EGeneral:Invalid arguments:leverage"),
            (
                {"ordertype": "limit", "price": "70000", "reduce_only": "true"},
                "EGeneral:Invalid arguments:ordertype",
            ),
            ({"ordertype": "settle-position", "volume": "0.1"}, "EGeneral:Invalid arguments:volume"),
            ({"volume": "0"}, "EGeneral:Invalid arguments:volume"),
            (
                {"reduce_only": "true", "close[ordertype]": "limit", "close[price]": "70000"},
                "EGeneral:Invalid arguments:close[ordertype]",
            ),
        ],
    )
    def test_refused(self, client: Client, changes: dict[str, str], error: str) -> None:
        assert refusal(client, self.SELL, changes) == error


@pytest.mark.parametrize(("validate", "is_placed"), [("True", False), ("1", False), ("false", True), ("0", True)])
def test_yes_and_no(client: Client, validate: str, is_placed: bool) -> None:
    assert ("txid" in client.private("AddOrder", **BUY, validate=validate).result) == is_placed


@pytest.mark.parametrize("validate", ["yes", "on", "2", "None"])
def test_what_is_neither_yes_nor_no_places_nothing(exchange: Exchange, client: Client, validate: str) -> None:
    refused = client.private("AddOrder", **BUY, validate=validate)

    assert refused.errors == ["EGeneral:Invalid arguments:validate"]
    assert exchange.state.accounts["test"].open_orders == {}
