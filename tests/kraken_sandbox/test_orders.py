"""AddOrder, CancelOrder, CancelAll and the books they keep, shown by what Kraken's endpoints then say."""

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from kraken_sandbox import BookOrder, Exchange, SimulatedAccount

from .support import KEY, NOW, Client, ManualClock, api_key, holdings

LIMIT_BUY = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "price": "60000.0", "volume": "0.5"}
LIMIT_SELL = {"pair": "XBTUSD", "type": "sell", "ordertype": "limit", "price": "70000.0", "volume": "0.5"}
MARKET_BUY = {"pair": "XBTUSD", "type": "buy", "ordertype": "market", "volume": "0.5"}
MARKET_SELL = {"pair": "XBTUSD", "type": "sell", "ordertype": "market", "volume": "0.5"}


def place(client: Client, *orders: dict[str, str], **changes: object) -> str:
    """Place the order and return its txid."""
    merged: dict[str, object] = {}
    for order in orders:
        merged |= order
    (txid,) = client.private("AddOrder", **(merged | changes)).result["txid"]
    assert isinstance(txid, str)
    return txid


def refusal(client: Client, order: dict[str, str], **changes: object) -> str:
    """The one error that the order is refused with."""
    (error,) = client.private("AddOrder", **(order | changes)).errors
    return error


def without(order: dict[str, str], name: str) -> dict[str, str]:
    return {other: value for other, value in order.items() if other != name}


def balances(client: Client) -> dict[str, Decimal]:
    return {code: Decimal(amount) for code, amount in client.private("Balance").result.items()}


def held(client: Client, code: str) -> str:
    hold: str = client.private("BalanceEx").result[code]["hold_trade"]
    return hold


@pytest.fixture(autouse=True)
def round_prices(exchange: Exchange) -> None:
    """Bitcoin at 65,000 to 65,010 dollars: easy to reckon with."""
    exchange.set_ticker("XBTUSD", bid="65000", ask="65010", last="65005")


class TestMarketOrders:
    def test_buy_at_the_ask(self, client: Client) -> None:
        txid = place(client, MARKET_BUY)

        # 0.5 × 65,010 = 32,505 and a taker's fee of 0.4 %: 130.02
        assert balances(client) == {"XXBT": Decimal("2.5"), "ZUSD": Decimal("67364.98")}
        order = client.private("QueryOrders", txid=txid).result[txid]
        assert order["status"] == "closed"
        assert (order["vol_exec"], order["cost"], order["fee"]) == ("0.50000000", "32505.00000", "130.02000")
        assert order["price"] == "65010.00000"
        assert order["descr"]["price"] == "0"

    def test_sell_at_the_bid(self, client: Client) -> None:
        place(client, MARKET_SELL)

        # 0.5 × 65,000 = 32,500 less 130
        assert balances(client) == {"XXBT": Decimal("1.5"), "ZUSD": Decimal("132370")}

    def test_description(self, client: Client) -> None:
        result = client.private("AddOrder", **MARKET_BUY).result

        assert result["descr"] == {"order": "buy 0.50000000 XBTUSD @ market"}

    def test_nobody_sells(self, exchange: Exchange, client: Client) -> None:
        exchange.set_ticker("XBTUSD", ask="0")

        assert refusal(client, MARKET_BUY) == "EService:Unavailable"

    def test_other_quote_currencies(self, exchange: Exchange, client: Client) -> None:
        exchange.set_ticker("XETHXXBT", bid="0.05", ask="0.05001")
        place(client, {"pair": "ETHXBT", "type": "buy", "ordertype": "market", "volume": "10"})

        # 10 × 0.05001 bitcoin and 0.4 % of it
        assert balances(client)["XXBT"] == Decimal("2") - Decimal("0.5001") - Decimal("0.0020004")
        assert balances(client)["XETH"] == 10


class TestLimitOrders:
    def test_rests_and_holds_what_it_will_cost(self, client: Client) -> None:
        txid = place(client, LIMIT_BUY)

        assert balances(client) == {"XXBT": 2, "ZUSD": 100000}
        # 0.5 × 60,000 and a maker's fee of 0.25 %
        assert held(client, "ZUSD") == "30075.0000"
        assert client.private("OpenOrders").result == {
            "open": {
                txid: {
                    "refid": None,
                    "userref": None,
                    "status": "open",
                    "opentm": NOW,
                    "starttm": 0,
                    "expiretm": 0,
                    "descr": {
                        "pair": "XBTUSD",
                        "aclass": "forex",
                        "type": "buy",
                        "ordertype": "limit",
                        "price": "60000.0",
                        "price2": "0",
                        "leverage": "none",
                        "order": "buy 0.50000000 XBTUSD @ limit 60000.0",
                        "close": "",
                    },
                    "vol": "0.50000000",
                    "vol_exec": "0.00000000",
                    "cost": "0.00000",
                    "fee": "0.00000",
                    "price": "0.00000",
                    "stopprice": "0.00000",
                    "limitprice": "0.00000",
                    "misc": "",
                    "oflags": "fciq",
                    "time_in_force": "gtc",
                }
            }
        }

    def test_a_sell_holds_its_volume(self, client: Client) -> None:
        place(client, LIMIT_SELL)

        assert held(client, "XXBT") == "0.5000000000"

    @pytest.mark.parametrize("side", ["buy", "sell"])
    def test_a_trailing_stop_rests_and_holds_nothing(self, exchange: Exchange, client: Client, side: str) -> None:
        txid = "OSAMPL-AAAAA-AAAAAA"
        stop = BookOrder(txid, "XXBTZUSD", side, "trailing-stop", None, Decimal(1), NOW, trailing="+5.0000%")
        exchange.state.accounts["test"].open_orders[txid] = stop
        exchange.set_ticker("XBTUSD", bid="1", ask="1000000")
        (order,) = client.private("OpenOrders").result["open"].values()

        assert (order["descr"]["price"], order["price"]) == ("+5.0000%", "0.00000")
        assert order["descr"]["order"] == f"{side} 1.00000000 XBTUSD @ trailing stop +5.0000%"
        assert (held(client, "ZUSD"), held(client, "XXBT")) == ("0.0000", "0.0000000000")
        assert client.private("CancelOrder", txid=txid).result == {"count": 1}

    def test_crossing_fills_at_once_at_the_better_price(self, client: Client) -> None:
        place(client, LIMIT_BUY, price="66000")

        assert balances(client) == {"XXBT": Decimal("2.5"), "ZUSD": Decimal("67364.98")}
        assert held(client, "ZUSD") == "0.0000"

    def test_filled_at_its_own_price_when_the_market_comes_to_it(
        self, exchange: Exchange, clock: ManualClock, client: Client
    ) -> None:
        txid = place(client, LIMIT_BUY)
        clock.advance(60)
        exchange.set_ticker("XBTUSD", bid="59980", ask="60000.1")
        assert "open" in client.private("QueryOrders", txid=txid).result[txid]["status"]
        exchange.set_ticker("XBTUSD", bid="59980", ask="59990")

        assert balances(client) == {"XXBT": Decimal("2.5"), "ZUSD": Decimal("69925")}
        assert held(client, "ZUSD") == "0.0000"
        order = client.private("QueryOrders", txid=txid).result[txid]
        assert (order["status"], order["closetm"], order["reason"]) == ("closed", NOW + 60, None)

    def test_post_only(self, client: Client) -> None:
        resting = place(client, LIMIT_BUY, oflags="post")
        crossing = place(client, LIMIT_BUY, price="66000", oflags="post")

        assert client.private("OpenOrders").result["open"].keys() == {resting}
        assert client.private("OpenOrders").result["open"][resting]["oflags"] == "post,fciq"
        order = client.private("QueryOrders", txid=crossing).result[crossing]
        assert (order["status"], order["reason"]) == ("canceled", "Post only order")
        assert balances(client) == {"XXBT": 2, "ZUSD": 100000}

    def test_modern_and_old_names_of_a_pair(self, client: Client) -> None:
        for name in ("XXBTZUSD", "XBTUSD", "XBT/USD"):
            place(client, LIMIT_BUY, pair=name, volume="0.1")

        assert len(client.private("OpenOrders").result["open"]) == 3


class TestValidate:
    def test_places_nothing(self, client: Client) -> None:
        result = client.private("AddOrder", **LIMIT_BUY, validate="true").result

        assert result == {"descr": {"order": "buy 0.50000000 XBTUSD @ limit 60000.0"}}
        assert client.private("OpenOrders").result == {"open": {}}

    def test_false_places_it(self, client: Client) -> None:
        assert client.private("AddOrder", **LIMIT_BUY, validate="false").result["txid"]

    def test_refuses_what_it_would_refuse(self, client: Client) -> None:
        assert refusal(client, LIMIT_BUY, volume="50", validate="true") == "EOrder:Insufficient funds"


class TestRefusals:
    @pytest.mark.parametrize("name", ["ordertype", "type", "pair", "volume", "price"])
    def test_missing(self, client: Client, name: str) -> None:
        assert refusal(client, without(LIMIT_BUY, name)) == f"EGeneral:Invalid arguments:{name}"

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("ordertype", "stop-loss-profit"),
            ("type", "hold"),
            ("volume", "much"),
            ("volume", "-1"),
            ("volume", "0"),
            ("volume", "NaN"),
            ("volume", "Infinity"),
            ("volume", "1e300"),
            ("volume", "1e-300"),
            ("volume", "0.123456789"),
            ("price", "5%"),
            ("price", "+"),
            ("price", "0"),
            ("oflags", "best"),
            ("oflags", "fcib,fciq"),
            ("timeinforce", "DAY"),
            ("userref", "abc"),
            ("userref", str(2**31)),
            ("cl_ord_id", "longer than eighteen characters"),
            ("cl_ord_id", "with space"),
        ],
    )
    def test_nonsense(self, client: Client, name: str, value: str) -> None:
        assert refusal(client, LIMIT_BUY, **{name: value}) == f"EGeneral:Invalid arguments:{name}"

    def test_unknown_pair(self, client: Client) -> None:
        assert refusal(client, LIMIT_BUY, pair="NOSUCH") == "EQuery:Unknown asset pair"

    def test_tokenized_assets_are_a_class_of_their_own(self, client: Client) -> None:
        order = {"pair": "AAPLxUSD", "type": "buy", "ordertype": "market", "volume": "2"}
        assert refusal(client, order) == "EQuery:Unknown asset pair"

        place(client, order, asset_class="tokenized_asset")
        assert balances(client)["AAPLx"] == 2

    def test_minimum_volume(self, client: Client) -> None:
        assert refusal(client, LIMIT_BUY, volume="0.00004") == "EGeneral:Invalid arguments:volume minimum not met"

    def test_minimum_cost(self, client: Client) -> None:
        assert refusal(client, LIMIT_BUY, volume="0.00005", price="1") == "EOrder:Cost minimum not met"

    def test_price_between_two_ticks(self, client: Client) -> None:
        assert refusal(client, LIMIT_BUY, price="60000.05") == (
            "EOrder:Invalid price:XBTUSD price can only be specified up to 1 decimals."
        )

    def test_margin(self, client: Client) -> None:
        assert refusal(client, LIMIT_BUY, leverage="2:1") == "EOrder:Cannot open position"

    @pytest.mark.parametrize(
        "order",
        [
            LIMIT_BUY | {"volume": "1.663"},
            MARKET_BUY | {"volume": "1.533"},
            LIMIT_SELL | {"volume": "2.00000001"},
            MARKET_SELL | {"volume": "2.1"},
            LIMIT_BUY | {"pair": "XBTEUR"},
        ],
    )
    def test_insufficient_funds(self, client: Client, order: dict[str, str]) -> None:
        assert refusal(client, order) == "EOrder:Insufficient funds"

    def test_what_other_orders_hold_cannot_be_spent(self, client: Client) -> None:
        place(client, LIMIT_SELL, volume="1.5")

        assert refusal(client, MARKET_SELL, volume="0.50000001") == "EOrder:Insufficient funds"
        place(client, MARKET_SELL, volume="0.5")

    def test_credit_can_be_spent(self, exchange: Exchange, client: Client) -> None:
        holding = exchange.state.accounts["test"].balances["ZUSD"]
        holding.credit, holding.credit_used = Decimal(50_000), Decimal(10_000)

        place(client, LIMIT_BUY, volume="2.2")
        assert refusal(client, LIMIT_BUY, volume="0.2") == "EOrder:Insufficient funds"


class TestModes:
    @pytest.mark.parametrize(
        ("mode", "order", "error"),
        [
            ("maintenance", LIMIT_BUY, "EService:Unavailable"),
            ("cancel_only", LIMIT_BUY, "EService:Market in cancel_only mode"),
            ("post_only", LIMIT_BUY, "EService:Market in post_only mode"),
            ("post_only", MARKET_BUY, "EService:Market in post_only mode"),
            ("limit_only", MARKET_BUY, "EService:Market in limit_only mode"),
        ],
    )
    def test_refused(
        self, exchange: Exchange, client: Client, mode: str, order: dict[str, str], error: str
    ) -> None:
        exchange.set_system_status(mode)

        assert refusal(client, order) == error
        assert refusal(client, order, validate="true") == error

    @pytest.mark.parametrize(
        ("mode", "order"), [("post_only", LIMIT_BUY | {"oflags": "post"}), ("limit_only", LIMIT_BUY)]
    )
    def test_accepted(self, exchange: Exchange, client: Client, mode: str, order: dict[str, str]) -> None:
        exchange.set_system_status(mode)

        place(client, order)

    def test_no_canceling_during_maintenance(self, exchange: Exchange, client: Client) -> None:
        txid = place(client, LIMIT_BUY)
        exchange.set_system_status("maintenance")
        assert client.private("CancelOrder", txid=txid).errors == ["EService:Unavailable"]
        assert client.private("CancelAll").errors == ["EService:Unavailable"]

        exchange.set_system_status("cancel_only")
        assert client.private("CancelOrder", txid=txid).result == {"count": 1}

    def test_balances_can_be_asked_in_every_mode(self, exchange: Exchange, client: Client) -> None:
        for mode in ("maintenance", "cancel_only", "post_only", "limit_only"):
            exchange.set_system_status(mode)
            assert client.private("BalanceEx").errors == []

    def test_nothing_is_matched_until_the_exchange_is_online_again(
        self, exchange: Exchange, client: Client
    ) -> None:
        place(client, LIMIT_BUY)
        exchange.set_system_status("cancel_only")
        exchange.set_ticker("XBTUSD", bid="59000", ask="59010")
        assert balances(client)["XXBT"] == 2

        exchange.set_system_status("online")
        assert balances(client)["XXBT"] == Decimal("2.5")


class TestClientIds:
    @pytest.mark.parametrize(
        "cl_ord_id",
        ["6d1b345e-2821-40e2-ad83-4ecb18a06876", "da8e4ad59b78481c93e589746b0cf91f", "arb-20260504-00010"],
    )
    def test_every_form(self, client: Client, cl_ord_id: str) -> None:
        txid = place(client, LIMIT_BUY, cl_ord_id=cl_ord_id)

        assert client.private("OpenOrders").result["open"][txid]["cl_ord_id"] == cl_ord_id

    def test_unique_among_open_orders(self, client: Client) -> None:
        txid = place(client, LIMIT_BUY, cl_ord_id="mine-1")
        assert refusal(client, LIMIT_SELL, cl_ord_id="mine-1") == "EGeneral:Invalid arguments:cl_ord_id"

        client.private("CancelOrder", txid=txid)
        place(client, LIMIT_SELL, cl_ord_id="mine-1")

    def test_one_or_the_other(self, client: Client) -> None:
        assert refusal(client, LIMIT_BUY, cl_ord_id="mine-1", userref="5") == "EGeneral:Invalid arguments"

    @pytest.mark.parametrize("mark", [{"cl_ord_id": "mine-1"}, {"userref": "-7"}])
    def test_find_an_order_by_it(self, client: Client, mark: dict[str, str]) -> None:
        marked, other = place(client, LIMIT_BUY, mark), place(client, LIMIT_SELL)
        assert client.private("OpenOrders", **mark).result["open"].keys() == {marked}

        client.private("CancelAll")
        assert client.private("ClosedOrders", **mark).result["closed"].keys() == {marked}
        assert client.private("ClosedOrders").result["closed"].keys() == {marked, other}

    def test_query_by_it(self, client: Client) -> None:
        txid = place(client, LIMIT_BUY, cl_ord_id="mine-1")

        assert client.private("QueryOrders", cl_ord_id="mine-1").result.keys() == {txid}
        assert client.private("QueryOrders", cl_ord_id="mine-2").result == {}


class TestCancel:
    def test_by_txid(self, clock: ManualClock, client: Client) -> None:
        txid = place(client, LIMIT_BUY)
        clock.advance(5)
        assert client.private("CancelOrder", txid=txid).result == {"count": 1}

        assert held(client, "ZUSD") == "0.0000"
        order = client.private("ClosedOrders").result["closed"][txid]
        assert (order["status"], order["reason"], order["closetm"]) == ("canceled", "User requested", NOW + 5)

    def test_by_userref(self, client: Client) -> None:
        for userref in ("5", "5", "6"):
            place(client, LIMIT_BUY, volume="0.1", userref=userref)

        assert client.private("CancelOrder", txid="5").result == {"count": 2}
        assert len(client.private("OpenOrders").result["open"]) == 1

    def test_by_cl_ord_id(self, client: Client) -> None:
        place(client, LIMIT_BUY, cl_ord_id="mine-1")

        assert client.private("CancelOrder", cl_ord_id="mine-1").result == {"count": 1}

    @pytest.mark.parametrize(
        ("given", "error"),
        [
            ({"txid": "OAAAAA-AAAAA-AAAAAA"}, "EOrder:Unknown order"),
            ({"txid": "123"}, "EOrder:Unknown order"),
            ({"cl_ord_id": "mine-1"}, "EOrder:Unknown order"),
            ({"txid": "['OAAAAA-AAAAA-AAAAAA']"}, "EOrder:Invalid order"),
            ({}, "EGeneral:Invalid arguments:txid"),
        ],
    )
    def test_no_such_order(self, client: Client, given: dict[str, str], error: str) -> None:
        place(client, LIMIT_BUY)

        assert client.private("CancelOrder", **given).errors == [error]

    def test_twice(self, client: Client) -> None:
        txid = place(client, LIMIT_BUY)
        client.private("CancelOrder", txid=txid)

        assert client.private("CancelOrder", txid=txid).errors == ["EOrder:Unknown order"]

    def test_all(self, client: Client) -> None:
        for _ in range(3):
            place(client, LIMIT_BUY, volume="0.1")

        assert client.private("CancelAll").result == {"count": 3}
        assert client.private("CancelAll").result == {"count": 0}

    def test_nobody_cancels_another_accounts_order(self, exchange: Exchange, client: Client) -> None:
        txid = place(client, LIMIT_BUY)
        exchange.add_account(SimulatedAccount("other", "AA00 SAMP LE00 9998"))
        exchange.add_key("other", api_key("OTHR-sample-key"))
        client.key = "OTHR-sample-key"

        assert client.private("CancelOrder", txid=txid).errors == ["EOrder:Unknown order"]
        assert client.private("QueryOrders", txid=txid).errors == ["EOrder:Invalid order"]


class TestHistory:
    def test_trade(self, client: Client) -> None:
        txid = place(client, MARKET_BUY)
        result = client.private("TradesHistory").result
        ((trade_id, trade),) = result["trades"].items()

        assert result["count"] == 1
        assert trade == {
            "ordertxid": txid,
            "postxid": trade_id,
            "pair": "XXBTZUSD",
            "aclass": "forex",
            "time": NOW,
            "type": "buy",
            "ordertype": "market",
            "tradeordertype": "market",
            "price": "65010.00000",
            "cost": "32505.00000",
            "fee": "130.02000",
            "vol": "0.50000000",
            "margin": "0.00000",
            "leverage": "0",
            "misc": "",
            "trade_id": trade["trade_id"],
            "maker": False,
        }
        assert isinstance(trade["trade_id"], int)

    def test_orders_name_their_trades_when_asked(self, client: Client) -> None:
        txid = place(client, MARKET_BUY)
        (trade_id,) = client.private("TradesHistory").result["trades"]

        assert client.private("QueryOrders", txid=txid, trades="true").result[txid]["trades"] == [trade_id]
        assert "trades" not in client.private("QueryOrders", txid=txid).result[txid]

    def test_ledger(self, client: Client) -> None:
        place(client, MARKET_SELL)
        (trade,) = client.private("TradesHistory", ledgers="true").result["trades"].values()
        ledger = client.private("Ledgers", type="trade").result["ledger"]

        assert set(trade["ledgers"]) == ledger.keys()
        bitcoin, dollars = (ledger[entry] for entry in trade["ledgers"])
        assert bitcoin == {
            "refid": trade["postxid"],
            "time": NOW,
            "type": "trade",
            "subtype": "tradespot",
            "aclass": "currency",
            "asset": "XXBT",
            "amount": "-0.5000000000",
            "fee": "0.0000000000",
            "balance": "1.5000000000",
        }
        assert (dollars["amount"], dollars["fee"], dollars["balance"]) == (
            "32500.0000",
            "130.0000",
            "132370.0000",
        )

    def test_deposits_explain_what_an_account_starts_with(self, client: Client) -> None:
        ledger = client.private("Ledgers").result["ledger"].values()

        assert {(entry["type"], entry["asset"], entry["amount"]) for entry in ledger} == {
            ("deposit", "ZUSD", "100000.0000"),
            ("deposit", "XXBT", "2.0000000000"),
        }

    def test_ledger_filters(self, client: Client) -> None:
        place(client, MARKET_SELL)

        def assets(**filters: str) -> list[str]:
            entries = client.private("Ledgers", **filters).result["ledger"].values()
            return sorted(entry["asset"] for entry in entries)

        assert assets(asset="XBT") == ["XXBT", "XXBT"]
        assert assets(asset="all") == ["XXBT", "XXBT", "ZUSD", "ZUSD"]
        assert assets(asset="ZUSD", type="trade") == ["ZUSD"]
        assert client.private("Ledgers", asset="NOSUCH").errors == ["EQuery:Unknown asset"]

    def test_pages_of_fifty_newest_first(self, clock: ManualClock, client: Client) -> None:
        placed = []
        for _ in range(60):
            clock.advance(2)
            placed.append(place(client, MARKET_SELL, volume="0.001"))
        newest_first = placed[::-1]
        first = client.private("ClosedOrders").result
        second = client.private("ClosedOrders", ofs="50").result

        assert (first["count"], second["count"]) == (60, 60)
        assert list(first["closed"]) == newest_first[:50]
        assert list(second["closed"]) == newest_first[50:]
        assert "count" not in client.private("ClosedOrders", without_count="true").result

    def test_from_start_to_end(self, clock: ManualClock, client: Client) -> None:
        placed = []
        for _ in range(4):
            clock.advance(10)
            placed.append(place(client, MARKET_SELL, volume="0.001"))

        def between(**bounds: object) -> list[str]:
            return list(client.private("ClosedOrders", **bounds).result["closed"])

        # What is at the start is left out, what is at the end is let in.
        assert between(start=int(NOW) + 10, end=int(NOW) + 30) == [placed[2], placed[1]]
        assert between(start=placed[1]) == [placed[3], placed[2]]
        assert client.private("ClosedOrders", start="nonsense").errors == ["EGeneral:Invalid arguments:start"]

    def test_closed_orders_by_time_of_opening(self, clock: ManualClock, client: Client) -> None:
        early = place(client, LIMIT_BUY)
        clock.advance(100)
        client.private("CancelOrder", txid=early)
        bound = int(NOW) + 50

        assert client.private("ClosedOrders", end=bound, closetime="open").result["count"] == 1
        assert client.private("ClosedOrders", end=bound, closetime="close").result["count"] == 0
        assert client.private("ClosedOrders", closetime="never").errors == ["EGeneral:Invalid arguments:closetime"]

    def test_keys_may_be_limited_to_a_part_of_it(
        self, exchange: Exchange, clock: ManualClock, client: Client
    ) -> None:
        for _ in range(3):
            clock.advance(10)
            place(client, MARKET_SELL, volume="0.001")
        exchange.replace_key(KEY, query_from=int(NOW) + 15, query_to=int(NOW) + 25)

        assert client.private("TradesHistory").result["count"] == 1

    def test_trades_of_positions_are_none(self, client: Client) -> None:
        place(client, MARKET_SELL)

        assert client.private("TradesHistory", type="no position").result["count"] == 1
        assert client.private("TradesHistory", type="closed position").result["count"] == 0

    def test_query_several_orders(self, client: Client) -> None:
        placed = [place(client, LIMIT_BUY, volume="0.1") for _ in range(3)]

        assert list(client.private("QueryOrders", txid=",".join(placed)).result) == placed
        assert client.private("QueryOrders").errors == ["EGeneral:Invalid arguments:txid"]
        assert client.private("QueryOrders", txid=",".join(placed * 20)).errors == [
            "EGeneral:Invalid arguments:txid"
        ]

    @pytest.mark.parametrize("ofs", ["-1", "x"])
    def test_nonsense_offset(self, client: Client, ofs: str) -> None:
        assert client.private("Ledgers", ofs=ofs).errors == ["EGeneral:Invalid arguments:ofs"]


class TestBooks:
    def test_ledgers_explain_every_balance(self, exchange: Exchange, client: Client) -> None:
        for index in range(40):
            volume = str(Decimal("0.00123457") * (index + 1))
            place(client, MARKET_BUY if index % 3 else MARKET_SELL, volume=volume)
        account = exchange.state.accounts["test"]

        for code, holding in account.balances.items():
            entries = [entry for entry in account.ledger.values() if entry.asset == code]
            assert sum(entry.amount - entry.fee for entry in entries) == holding.amount
            assert entries[-1].balance == holding.amount

    def test_a_thousand_orders_from_ten_threads(
        self, exchange: Exchange, new_client: Callable[..., Client]
    ) -> None:
        """Every order through an own account, half of them filled: nothing is lost and nothing is mixed up."""
        labels = [f"user{index}" for index in range(10)]
        for label in labels:
            exchange.add_account(SimulatedAccount(label, f"AA00 {label}", holdings(ZUSD="1000000", XXBT="10")))
            exchange.add_key(label, api_key(f"{label}-sample-key"))
        placed: dict[str, list[str]] = {}
        failures: list[Any] = []

        def trade(label: str, client: Client) -> None:
            try:
                placed[label] = [
                    place(client, MARKET_BUY if index % 2 else LIMIT_SELL, volume="0.01") for index in range(100)
                ]
            except AssertionError as error:
                failures.append(error)

        threads = [
            threading.Thread(target=trade, args=(label, new_client(key=f"{label}-sample-key"))) for label in labels
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert failures == []
        assert len({txid for txids in placed.values() for txid in txids}) == 1000
        for label in labels:
            account = exchange.state.accounts[label]
            assert set(placed[label]) == account.open_orders.keys() | account.closed_orders.keys()
            assert len(account.open_orders) == len(account.trades) == 50
            # 50 × 0.01 bought at 65,010: 650.10 each, and 0.4 % of that until 10,000 are traded, then 0.35 %
            assert account.balances["XXBT"].amount == Decimal("10.5")
            spent = 50 * Decimal("650.10") + 16 * Decimal("2.6004") + 34 * Decimal("2.2754")
            assert account.balances["ZUSD"].amount == Decimal(1_000_000) - spent
