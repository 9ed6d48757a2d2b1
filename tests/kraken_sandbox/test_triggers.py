"""Orders that wait for a price, orders that close what another one has bought, and orders that must not meet."""

from decimal import Decimal

import pytest

from kraken_sandbox import Exchange, Level

from .support import Client, ManualClock
from .test_order_parameters import BUY, MARKET, SELL, STOP, place, shown


@pytest.fixture(autouse=True)
def round_prices(exchange: Exchange) -> None:
    exchange.set_ticker("XBTUSD", bid="65000", ask="65010", last="65005")


def open_orders(client: Client) -> list[str]:
    return [order["descr"]["order"] for order in client.private("OpenOrders").result["open"].values()]


class TestTriggers:
    @pytest.mark.parametrize(
        ("side", "ordertype", "price", "before", "after"),
        [
            ("sell", "stop-loss", "60000", "60000.1", "60000"),
            ("buy", "stop-loss", "70000", "69999.9", "70000"),
            ("sell", "take-profit", "70000", "69999.9", "70000"),
            ("buy", "take-profit", "60000", "60000.1", "60000"),
        ],
    )
    def test_when_the_last_price_comes_to_it(
        self, exchange: Exchange, client: Client, side: str, ordertype: str, price: str, before: str, after: str
    ) -> None:
        txid = place(client, STOP, type=side, ordertype=ordertype, price=price)
        exchange.set_ticker("XBTUSD", last=before)
        order = shown(client, txid)
        assert (order["status"], order["misc"], order["trigger"]) == ("open", "", "last")
        assert Decimal(order["stopprice"]) == Decimal(price)
        exchange.set_ticker("XBTUSD", last=after)

        order = shown(client, txid)
        assert (order["status"], order["vol_exec"]) == ("closed", "0.50000000")
        assert order["misc"] == ("touched" if ordertype == "take-profit" else "stopped")
        assert order["order"] == f"{side} 0.50000000 XBTUSD @ {ordertype.replace('-', ' ')} {price}.0"

    def test_with_a_limit(self, exchange: Exchange, client: Client) -> None:
        txid = place(client, STOP, ordertype="stop-loss-limit", price2="59900")
        order = shown(client, txid)
        assert order["order"] == "sell 0.50000000 XBTUSD @ stop loss 60000.0 -> limit 59900.0"
        assert client.private("BalanceEx").result["XXBT"]["hold_trade"] == "0.0000000000"
        exchange.set_ticker("XBTUSD", bid="59800", ask="59810", last="59805")

        order = shown(client, txid)
        assert (order["status"], order["limitprice"], order["misc"]) == ("open", "59900.00000", "stopped")
        assert client.private("TradesHistory").result["count"] == 0
        assert client.private("BalanceEx").result["XXBT"]["hold_trade"] == "0.5000000000"
        exchange.set_ticker("XBTUSD", bid="59900")
        assert shown(client, txid)["status"] == "closed"
        (trade,) = client.private("TradesHistory").result["trades"].values()
        assert (trade["ordertype"], trade["tradeordertype"]) == ("stop-loss-limit", "limit")

    def test_at_once_where_the_price_is_there(self, client: Client) -> None:
        assert shown(client, place(client, STOP, price="66000"))["status"] == "closed"

    def test_trailing(self, exchange: Exchange, client: Client) -> None:
        txid = place(client, STOP, ordertype="trailing-stop", price="+1000", trigger="index")
        assert shown(client, txid)["stopprice"] == "64005.00000"
        exchange.set_ticker("XBTUSD", bid="67000", ask="67010", last="67005")
        assert shown(client, txid)["stopprice"] == "66005.00000"
        exchange.set_ticker("XBTUSD", bid="66010", last="66010")
        assert shown(client, txid)["status"] == "open"
        exchange.set_ticker("XBTUSD", bid="66000", last="66005")

        order = shown(client, txid)
        assert (order["status"], order["order"], order["price"]) == (
            "closed",
            "sell 0.50000000 XBTUSD @ trailing stop +1000.0",
            "+1000.0",
        )

    def test_trailing_with_a_limit(self, exchange: Exchange, client: Client) -> None:
        txid = place(client, STOP, type="buy", ordertype="trailing-stop-limit", price="+1%", price2="-100")
        assert shown(client, txid)["order"] == "buy 0.50000000 XBTUSD @ trailing stop +1.0000% -> limit -100.0"
        exchange.set_ticker("XBTUSD", last="60000")
        exchange.set_ticker("XBTUSD", last="60600")

        order = shown(client, txid)
        assert (order["status"], order["stopprice"], order["limitprice"]) == ("open", "60600.00000", "60500.00000")

    def test_without_money_when_it_is_triggered(self, exchange: Exchange, client: Client) -> None:
        txid = place(client, STOP, volume="2")
        place(client, SELL)
        exchange.set_ticker("XBTUSD", last="60000")

        order = shown(client, txid)
        assert (order["status"], order["reason"], order["vol_exec"]) == (
            "canceled",
            "Insufficient funds",
            "0.00000000",
        )

    def test_not_while_nothing_is_matched(self, exchange: Exchange, client: Client) -> None:
        txid = place(client, STOP)
        exchange.set_system_status("cancel_only")
        exchange.set_ticker("XBTUSD", last="50000")
        assert shown(client, txid)["status"] == "open"

        exchange.set_system_status("online")
        assert shown(client, txid)["status"] == "closed"


CLOSE = {"close[ordertype]": "stop-loss-limit", "close[price]": "62000", "close[price2]": "61900"}


class TestClose:
    def test_is_placed_when_the_first_is_filled(self, exchange: Exchange, client: Client) -> None:
        result = client.private("AddOrder", **BUY, **CLOSE).result
        (txid,) = result["txid"]
        assert result["descr"]["close"] == "close position @ stop loss 62000.0 -> limit 61900.0"
        assert len(open_orders(client)) == 1
        exchange.set_ticker("XBTUSD", bid="63000", ask="60000")

        (order,) = client.private("OpenOrders").result["open"].values()
        assert order["refid"] == txid
        assert order["descr"]["order"] == "sell 0.50000000 XBTUSD @ stop loss 62000.0 -> limit 61900.0"

    def test_for_each_fill(self, exchange: Exchange, client: Client) -> None:
        levels = [Level(Decimal(64000), Decimal("0.2")), Level(Decimal(64010), Decimal(1))]
        exchange.set_book("XBTUSD", bids=[Level(Decimal(63900), Decimal(5))], asks=levels)
        place(client, MARKET, {"close[ordertype]": "limit", "close[price]": "+1000"})

        assert open_orders(client) == [
            "sell 0.20000000 XBTUSD @ limit 65000.0",
            "sell 0.30000000 XBTUSD @ limit 65010.0",
        ]

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"close[price]": ""}, "EGeneral:Invalid arguments:close[price]"),
            ({"close[price2]": "x"}, "EGeneral:Invalid arguments:close[price2]"),
            ({"cl_ord_id": "mine-1"}, "EGeneral:Invalid arguments:cl_ord_id"),
        ],
    )
    def test_refused(self, client: Client, changes: dict[str, str], error: str) -> None:
        assert client.private("AddOrder", **(BUY | CLOSE | changes)).errors == [error]

    def test_as_json(self, client: Client) -> None:
        result = client.private_json("AddOrder", **BUY, close={"ordertype": "limit", "price": 66000}).result

        assert result["descr"]["close"] == "close position @ limit 66000.0"


class TestTimeInForce:
    @pytest.fixture(autouse=True)
    def thin_book(self, exchange: Exchange) -> None:
        exchange.set_book("XBTUSD", asks=[Level(Decimal(60000), Decimal("0.3"))])

    @pytest.mark.parametrize(("timeinforce", "volume"), [("IOC", "0.30000000"), ("FOK", "0.00000000")])
    def test_what_is_not_there_is_canceled(self, client: Client, timeinforce: str, volume: str) -> None:
        order = shown(client, place(client, BUY, timeinforce=timeinforce))

        assert (order["status"], order["vol_exec"]) == ("canceled", volume)
        assert client.private("BalanceEx").result["ZUSD"]["hold_trade"] == "0.0000"

    def test_all_of_it(self, client: Client) -> None:
        assert shown(client, place(client, BUY, volume="0.3", timeinforce="FOK"))["status"] == "closed"


class TestSelfTrade:
    @pytest.mark.parametrize(
        ("stptype", "old", "new"),
        [
            ("cancel-newest", "open", "canceled"),
            ("cancel-oldest", "canceled", "closed"),
            ("cancel-both", "canceled", "canceled"),
        ],
    )
    def test_is_prevented(
        self, exchange: Exchange, clock: ManualClock, client: Client, stptype: str, old: str, new: str
    ) -> None:
        exchange.set_ticker("XBTUSD", ask="0")
        resting = place(client, SELL, price="66000")
        clock.advance(1)
        exchange.set_ticker("XBTUSD", ask="67000")
        coming = place(client, BUY, price="67000", stptype=stptype)

        assert (shown(client, resting)["status"], shown(client, coming)["status"]) == (old, new)
