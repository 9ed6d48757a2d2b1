"""Orders that are amended, edited, sent and canceled in batches, and canceled when nobody says otherwise."""

import pytest

from kraken_sandbox import Exchange

from .support import NOW, Client, ManualClock
from .test_order_parameters import BUY, SELL, STOP, place, shown

UNKNOWN = "OAAAAA-AAAAA-AAAAAA"


@pytest.fixture(autouse=True)
def round_prices(exchange: Exchange) -> None:
    exchange.set_ticker("XBTUSD", bid="65000", ask="65010", last="65005")


def held(client: Client) -> str:
    hold: str = client.private("BalanceEx").result["ZUSD"]["hold_trade"]
    return hold


class TestAmend:
    def test_in_its_place(self, client: Client) -> None:
        txid = place(client, BUY, cl_ord_id="mine-1")
        answer = client.private("AmendOrder", cl_ord_id="mine-1", order_qty="1", limit_price="-5005")

        assert answer.result.keys() == {"amend_id"}
        assert shown(client, txid)["order"] == "buy 1.00000000 XBTUSD @ limit 60000.0"
        assert held(client) == "60150.0000"

    def test_to_a_price_that_is_there(self, client: Client) -> None:
        txid = place(client, BUY)
        refused = client.private("AmendOrder", txid=txid, limit_price="66000", post_only="true")
        assert refused.errors == ["EOrder:Post only order"]

        client.private("AmendOrder", txid=txid, limit_price="66000")
        assert (shown(client, txid)["status"], shown(client, txid)["cost"]) == ("closed", "32505.00000")

    def test_a_trigger(self, client: Client) -> None:
        txid = place(client, STOP)
        client.private("AmendOrder", txid=txid, trigger_price="64000")
        assert shown(client, txid)["stopprice"] == "64000.00000"

        trailing = place(client, STOP, ordertype="trailing-stop-limit", price="+5%", price2="-1%")
        client.private("AmendOrder", txid=trailing, trigger_price="+2%", limit_price="-0.5%")
        assert shown(client, trailing)["order"].endswith("@ trailing stop +2.0000% -> limit -0.5000%")

    def test_below_what_was_filled(self, exchange: Exchange, client: Client) -> None:
        txid = place(client, BUY, ordertype="iceberg", displayvol="0.1")
        exchange.state.accounts["test"].open_orders[txid].volume_executed += 1
        client.private("AmendOrder", txid=txid, order_qty="0.5")

        assert shown(client, txid)["status"] == "canceled"

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({}, "EOrder:No amendable parameters specified"),
            ({"limit_price": "60000.00"}, "EOrder:No amendable parameters specified"),
            (
                {"limit_price": "60000.01"},
                "EOrder:Invalid price:XBTUSD price can only be specified up to 1 decimals.",
            ),
            ({"limit_price": "x"}, "EGeneral:Invalid arguments:limit_price"),
            ({"trigger_price": "60000"}, "EGeneral:Invalid arguments:trigger_price"),
            ({"pair": "ETHUSD", "order_qty": "1"}, "EGeneral:Invalid arguments:pair"),
            ({"pair": "XBTXXX", "order_qty": "1"}, "EQuery:Unknown asset pair"),
            ({"display_qty": "0.1"}, "EGeneral:Invalid arguments:display_qty"),
            ({"order_qty": "0"}, "EGeneral:Invalid arguments:order_qty"),
            ({"order_qty": "0.00001"}, "EGeneral:Invalid arguments:volume minimum not met"),
            ({"order_qty": "5"}, "EOrder:Insufficient funds"),
            ({"txid": UNKNOWN, "order_qty": "1"}, "EOrder:Unknown order"),
            ({"txid": "x", "order_qty": "1"}, "EOrder:Invalid order"),
            ({"txid": "", "order_qty": "1"}, "EGeneral:Invalid arguments:txid"),
            ({"order_qty": "1", "deadline": "2027-01-15T07:59:59Z"}, "EService:Deadline elapsed"),
        ],
    )
    def test_refused(self, client: Client, changes: dict[str, str], error: str) -> None:
        txid = place(client, BUY)

        assert client.private("AmendOrder", **({"txid": txid} | changes)).errors == [error]
        assert shown(client, txid)["order"] == "buy 0.50000000 XBTUSD @ limit 60000.0"
        assert held(client) == "30075.0000"


class TestEdit:
    def test_by_another_order(self, client: Client) -> None:
        txid = place(client, BUY, oflags="post", userref="7")
        result = client.private("EditOrder", txid=txid, pair="XBTUSD", price="61000", volume="1").result

        assert result == {
            "status": "ok",
            "txid": result["txid"],
            "originaltxid": txid,
            "olduserref": "7",
            "volume": "1.00000000",
            "price": "61000.0",
            "price2": "0",
            "orders_cancelled": 1,
            "descr": {"order": "buy 1.00000000 XBTUSD @ limit 61000.0"},
        }
        assert shown(client, txid)["status"] == "canceled"
        assert shown(client, result["txid"])["oflags"] == "post,fciq"

    def test_validate(self, client: Client) -> None:
        txid = place(client, BUY)
        result = client.private("EditOrder", txid=txid, pair="XBTUSD", price="61000", validate="true").result

        assert "txid" not in result
        assert shown(client, txid)["status"] == "open"

    def test_a_trigger_by_userref(self, client: Client) -> None:
        place(client, STOP, ordertype="stop-loss-limit", price2="59000", userref="5")
        result = client.private("EditOrder", txid="5", pair="XBT/USD", price2="59500").result

        assert result["descr"]["order"] == "sell 0.50000000 XBTUSD @ stop loss 60000.0 -> limit 59500.0"

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"txid": UNKNOWN}, "EOrder:Unknown order"),
            ({"txid": ""}, "EGeneral:Invalid arguments:txid"),
            ({"pair": "ETHUSD"}, "EGeneral:Invalid arguments:pair"),
            ({"volume": "9"}, "EOrder:Insufficient funds"),
            ({"displayvol": "0.1"}, "EGeneral:Invalid arguments:displayvol"),
        ],
    )
    def test_refused(self, client: Client, changes: dict[str, str], error: str) -> None:
        txid = place(client, BUY)

        assert client.private("EditOrder", **({"txid": txid, "pair": "XBTUSD"} | changes)).errors == [error]
        assert shown(client, txid)["status"] == "open"

    def test_not_with_a_closing_order(self, client: Client) -> None:
        txid = place(client, BUY, {"close[ordertype]": "limit", "close[price]": "70000"})

        assert client.private("EditOrder", txid=txid, pair="XBTUSD", price="1").errors == ["EOrder:Invalid order"]


class TestBatches:
    def entry(self, **changes: str) -> dict[str, str]:
        return {name: value for name, value in (BUY | changes).items() if name != "pair"}

    def test_each_order_by_itself(self, client: Client) -> None:
        orders = [self.entry(), self.entry(volume="0.00001"), self.entry(volume="9")]
        placed, small, dear = client.private_json("AddOrderBatch", pair="XBTUSD", orders=orders).result["orders"]

        assert placed == {
            "descr": {"order": "buy 0.50000000 XBTUSD @ limit 60000.0"},
            "txid": placed["txid"],
        }
        assert shown(client, placed["txid"])["status"] == "open"
        assert small == {"error": "EGeneral:Invalid arguments:volume minimum not met"}
        assert dear == {"error": "EOrder:Insufficient funds"}

    def test_as_a_form(self, client: Client) -> None:
        form = {
            f"orders[{index}][{name}]": value
            for index in (0, 1)
            for name, value in self.entry(volume="0.1").items()
        }
        form["orders[1][close][ordertype]"], form["orders[1][close][price]"] = "limit", "70000"
        first, second = client.private("AddOrderBatch", pair="XBTUSD", validate="true", **form).result["orders"]

        assert first == {"descr": {"order": "buy 0.10000000 XBTUSD @ limit 60000.0"}}
        assert second["descr"]["close"] == "close position @ limit 70000.0"
        assert client.private("OpenOrders").result == {"open": {}}

    def test_nonsense_spoils_it(self, client: Client) -> None:
        orders = [self.entry(), self.entry(type="hold")]

        answer = client.private_json("AddOrderBatch", pair="XBTUSD", orders=orders)
        assert answer.errors == ["EGeneral:Invalid arguments:type"]
        assert client.private("OpenOrders").result == {"open": {}}

    @pytest.mark.parametrize("orders", [[], [{}], [{}] * 16, "x", ["x", "y"], {"type": "buy"}, None])
    def test_two_to_fifteen(self, client: Client, orders: object) -> None:
        answer = client.private_json("AddOrderBatch", pair="XBTUSD", orders=orders)

        assert answer.errors == ["EGeneral:Invalid arguments:orders"]

    def test_canceled(self, client: Client) -> None:
        first, second = place(client, BUY, volume="0.1"), place(client, BUY, volume="0.1", userref="5")
        place(client, BUY, volume="0.1", cl_ord_id="mine-1")
        place(client, SELL)

        canceled = client.private_json("CancelOrderBatch", orders=[first, 5], cl_ord_ids=["mine-1"])
        assert canceled.result == {"count": 3}
        assert client.private("CancelOrderBatch", **{"orders[0]": second}).errors == ["EOrder:Unknown order"]
        assert len(client.private("OpenOrders").result["open"]) == 1

    def test_objects_name_orders_too(self, client: Client) -> None:
        txid = place(client, BUY)

        assert client.private_json("CancelOrderBatch", orders=[{"txid": txid}]).result == {"count": 1}

    @pytest.mark.parametrize(
        ("orders", "error"),
        [
            ([], "EGeneral:Invalid arguments:orders"),
            ([str(number) for number in range(51)], "EGeneral:Invalid arguments:orders"),
            (["x"], "EOrder:Invalid order"),
        ],
    )
    def test_not_canceled(self, client: Client, orders: list[str], error: str) -> None:
        assert client.private_json("CancelOrderBatch", orders=orders).errors == [error]


class TestCancelAllOrdersAfter:
    def test_when_the_time_has_come(self, exchange: Exchange, clock: ManualClock, client: Client) -> None:
        txid = place(client, BUY)
        assert client.private("CancelAllOrdersAfter", timeout="60").result == {
            "currentTime": "2027-01-15T08:00:00Z",
            "triggerTime": "2027-01-15T08:01:00Z",
        }
        clock.advance(59)
        assert client.private("CancelAllOrdersAfter", timeout="60").errors == []
        clock.advance(61)
        exchange.set_ticker("XBTUSD", ask="50000")

        order = shown(client, txid)
        assert (order["status"], order["closetm"]) == ("canceled", NOW + 119)
        assert shown(client, place(client, BUY, price="40000"))["status"] == "open"

    def test_switched_off(self, clock: ManualClock, client: Client) -> None:
        txid = place(client, BUY)
        client.private("CancelAllOrdersAfter", timeout="60")
        assert client.private("CancelAllOrdersAfter", timeout="0").result["triggerTime"] == "0"
        clock.advance(120)

        assert shown(client, txid)["status"] == "open"

    @pytest.mark.parametrize(
        ("timeout", "error"),
        [
            ("", "EGeneral:Invalid arguments:timeout"),
            ("-1", "EGeneral:Invalid arguments:timeout"),
            ("soon", "EGeneral:Invalid arguments:timeout"),
            ("86401", "EGeneral:Invalid timeout argument:above max"),
        ],
    )
    def test_refused(self, client: Client, timeout: str, error: str) -> None:
        assert client.private("CancelAllOrdersAfter", timeout=timeout).errors == [error]
