"""The book and the tape of a pair, and what they have in common with Ticker and OHLC."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from kraken_sandbox import Exchange, Level, PastTrade, SimulatedAccount

from .support import NOW, Client, ManualClock, api_key, holdings

NANO = 10**9


def prices(rows: list[list[Any]], column: int = 0) -> list[Decimal]:
    return [Decimal(row[column]) for row in rows]


class TestDepth:
    @pytest.mark.parametrize("pair", ["XBTUSD", "SHIBUSD", "USDTUSD", "BSXKSM"])
    def test_begins_where_the_ticker_is(self, client: Client, pair: str) -> None:
        ((key, ticker),) = client.public("Ticker", pair=pair).result.items()
        book = client.public("Depth", pair=pair).result[key]

        assert [book["asks"][0][0], book["bids"][0][0]] == [ticker["a"][0], ticker["b"][0]]
        assert [book["asks"][0][1], book["bids"][0][1]] == [ticker["a"][2], ticker["b"][2]]
        asks, bids = prices(book["asks"]), prices(book["bids"])
        assert asks == sorted(set(asks))
        assert bids == sorted(set(bids), reverse=True)
        assert len(asks) == 100
        assert min(prices(book["asks"], 1) + prices(book["bids"], 1) + bids) > 0

    def test_as_many_levels_as_are_asked_for(self, client: Client) -> None:
        for count, found in (("1", 1), ("7", 7), ("500", 500), ("10000", 500)):
            assert len(client.public("Depth", pair="XBTUSD", count=count).result["XXBTZUSD"]["asks"]) == found
        for count in ("0", "-1", "many"):
            answer = client.public("Depth", pair="XBTUSD", count=count)
            assert answer.errors == ["EGeneral:Invalid arguments:count"]

    def test_a_book_that_was_set_is_all_there_is(self, exchange: Exchange, client: Client) -> None:
        exchange.set_book(
            "XBTUSD",
            bids=[Level(Decimal("60000"), Decimal("0.5")), Level(Decimal("59990"))],
            asks=[Level(Decimal("60010"), Decimal("0.0001"))],
        )
        assert client.public("Depth", pair="XBTUSD").result["XXBTZUSD"] == {
            "asks": [["60010.00000", "0.00010000", int(NOW)]],
            "bids": [["60000.00000", "0.500", int(NOW)], ["59990.00000", "1.000", int(NOW)]],
        }
        client.private("AddOrder", pair="XBTUSD", type="sell", ordertype="market", volume="0.25")
        assert client.public("Depth", pair="XBTUSD").result["XXBTZUSD"]["bids"][0][1] == "0.250"
        exchange.set_ticker("XBTUSD", ask="0")
        assert client.public("Depth", pair="XBTUSD").result["XXBTZUSD"]["asks"] == []

    def test_groups_of_ticks(self, exchange: Exchange, client: Client) -> None:
        exchange.set_book(
            "XBTUSD",
            bids=[Level(Decimal(price), Decimal("0.5")) for price in ("60000", "59999.9", "59999.5")],
            asks=[Level(Decimal(price), Decimal("0.5")) for price in ("60000.1", "60000.5", "60000.6")],
        )
        assert client.public("GroupedBook", pair="XBTUSD", grouping="5").result == {
            "pair": "XBTUSD",
            "grouping": 5,
            "bids": [{"price": "60000.00000", "qty": "0.50000000"}, {"price": "59999.50000", "qty": "1.00000000"}],
            "asks": [{"price": "60000.50000", "qty": "1.00000000"}, {"price": "60001.00000", "qty": "0.50000000"}],
        }
        assert len(client.public("GroupedBook", pair="ETHUSD", depth="25").result["asks"]) == 25
        for name in ("depth", "grouping"):
            answer = client.public("GroupedBook", pair="XBTUSD", **{name: "3"})
            assert answer.errors == [f"EGeneral:Invalid arguments:{name}"]

    def test_single_orders(self, exchange: Exchange, client: Client) -> None:
        book = client.private("Level3", pair="XBTUSD", depth=10).result
        depth = client.public("Depth", pair="XBTUSD", count="10").result["XXBTZUSD"]

        assert prices([[order["price"]] for order in book["bids"]]) == prices(depth["bids"])
        assert len({order["order_id"] for order in book["asks"] + book["bids"]}) == 20
        assert len(client.private("Level3", pair="XBTUSD", depth=0).result["bids"]) > 500
        exchange.replace_key(api_key().key, permissions=frozenset({"query-funds"}))
        assert client.private("Level3", pair="XBTUSD").errors == ["EGeneral:Permission denied"]


class TestTrades:
    def test_agree_with_the_ticker_and_the_candles(
        self, exchange: Exchange, clock: ManualClock, client: Client
    ) -> None:
        clock.advance(3600.5)
        exchange.set_ticker("XBTUSD", last="70000")
        clock.advance(1825.5)
        exchange.set_ticker("XBTUSD", last="50000")
        for _ in range(4):
            clock.advance(9.25)
            ticker = client.public("Ticker", pair="XBTUSD").result["XXBTZUSD"]
            tape = client.public("Trades", pair="XBTUSD").result["XXBTZUSD"]
            candles = client.public("OHLC", pair="XBTUSD").result["XXBTZUSD"]

            assert tape[-1][:2] == ticker["c"]
            assert Decimal(candles[-1][4]) == Decimal(ticker["c"][0])
            assert Decimal(ticker["l"][0]) <= min(prices(tape)) <= max(prices(tape)) <= Decimal(ticker["h"][0])
            within = {candle[0]: (Decimal(candle[3]), Decimal(candle[2])) for candle in candles}
            for row in tape:
                low, high = within[int(row[2]) // 60 * 60]
                assert low <= Decimal(row[0]) <= high

    def test_page_by_page(self, clock: ManualClock, client: Client) -> None:
        clock.advance(30.25)
        latest = client.public("Trades", pair="XBTUSD").result
        rows = latest["XXBTZUSD"]
        assert len(rows) == 1000
        assert [later[6] - earlier[6] for earlier, later in pairwise(rows)] == [1] * 999
        assert all(earlier[2] < later[2] for earlier, later in pairwise(rows))
        assert rows[-1][2] <= clock.now
        assert {row[3] for row in rows} == {"b", "s"}
        assert {row[4] for row in rows} == {"l", "m"}

        found: list[Any] = []
        since = str(int(rows[0][2] * NANO) - 1000)
        while page := client.public("Trades", pair="XBTUSD", since=since, count="300").result["XXBTZUSD"]:
            found += page
            since = client.public("Trades", pair="XBTUSD", since=since, count="300").result["last"]
        assert found == rows
        assert since == latest["last"]

        clock.advance(60)
        new = client.public("Trades", pair="XBTUSD", since=since).result["XXBTZUSD"]
        assert [row[6] for row in new] == list(range(rows[-1][6] + 1, rows[-1][6] + 9))

    def test_since_in_seconds(self, client: Client) -> None:
        rows = client.public("Trades", pair="XBTUSD", since=str(int(NOW) - 60), count="3").result["XXBTZUSD"]

        assert len(rows) == 3
        assert rows[0][2] == pytest.approx(NOW - 60, abs=1)

    def test_a_tape_has_a_beginning(self, client: Client) -> None:
        rows = client.public("Trades", pair="XBTUSD", since="0", count="1").result["XXBTZUSD"]

        assert rows[0][2] == pytest.approx(NOW - 30 * 86400, abs=30)

    @pytest.mark.parametrize(
        ("parameters", "error"),
        [
            ({}, "EGeneral:Invalid arguments:pair"),
            ({"pair": "NOSUCH"}, "EQuery:Unknown asset pair"),
            ({"pair": "XBTUSD", "since": "yesterday"}, "EGeneral:Invalid arguments:since"),
            ({"pair": "XBTUSD", "since": "NaN"}, "EGeneral:Invalid arguments:since"),
            ({"pair": "XBTUSD", "since": "-1"}, "EGeneral:Invalid arguments:since"),
            ({"pair": "XBTUSD", "since": "1e30"}, "EGeneral:Invalid arguments:since"),
            ({"pair": "XBTUSD", "count": "0"}, "EGeneral:Invalid arguments:count"),
        ],
    )
    def test_mistakes(self, client: Client, parameters: dict[str, str], error: str) -> None:
        assert client.public("Trades", **parameters).errors == [error]

    def test_the_future_is_empty(self, client: Client) -> None:
        since = str(int(NOW + 3600) * NANO)

        assert client.public("Trades", pair="XBTUSD", since=since).result == {"XXBTZUSD": [], "last": since}


class TestSpread:
    def test_ends_where_the_ticker_is(self, exchange: Exchange, clock: ManualClock, client: Client) -> None:
        clock.advance(25)
        ticker = client.public("Ticker", pair="XBTUSD").result["XXBTZUSD"]
        result = client.public("Spread", pair="XBTUSD").result
        rows = result["XXBTZUSD"]

        assert rows[-1][1:] == [ticker["b"][0], ticker["a"][0]]
        assert len(rows) == 200
        assert all(Decimal(bid) < Decimal(ask) for _, bid, ask in rows)
        assert result["last"] == rows[-1][0] <= clock.now
        assert client.public("Spread", pair="XBTUSD", since=str(rows[-3][0])).result["XXBTZUSD"] == rows[-3:]
        assert client.public("Spread", pair="XBTUSD", since=str(int(NOW) + 99)).result["XXBTZUSD"] == []

        exchange.set_ticker("XBTUSD", bid="0")
        assert client.public("Spread", pair="XBTUSD").result["XXBTZUSD"][-1][1] == "0.00000"


class TestTradeVolume:
    def test_tiers(self, exchange: Exchange, new_client: Any) -> None:
        account = SimulatedAccount("rich", "AA00 SAMP LE00 0077", holdings(XXBT="1"), fee_volume=Decimal("48000"))
        exchange.add_account(account, [PastTrade("XBTUSD", "buy", Decimal("0.1"), Decimal("30000"), NOW - 60)])
        exchange.add_key("rich", api_key("RICH-sample-key"))
        client = new_client(key="RICH-sample-key")

        known = {
            "currency": "ZUSD",
            "asset_class": "currency",
            "volume": "51000.0000",
            "inputs": {
                "domain_spot_volume_30d": "51000.0000",
                "domain_futures_volume_30d": "0.0000",
                "domain_assets_on_platform": "64250.1000",
            },
        }
        assert client.private("TradeVolume").result == known
        assert client.private("TradeVolume", pair="XBT/USD").result == {
            **known,
            "fees": {
                "XXBTZUSD": {
                    "fee": "0.2400",
                    "minfee": "0.0500",
                    "maxfee": "0.4000",
                    "nextfee": "0.2200",
                    "nextvolume": "100000.0000",
                    "tiervolume": "50000.0000",
                }
            },
            "fees_maker": {
                "XXBTZUSD": {
                    "fee": "0.1400",
                    "minfee": "0.0000",
                    "maxfee": "0.2500",
                    "nextfee": "0.1200",
                    "nextvolume": "100000.0000",
                    "tiervolume": "50000.0000",
                }
            },
        }

    def test_the_whole_schedule(self, exchange: Exchange, client: Client) -> None:
        exchange.state.accounts["test"].fee_volume = Decimal(60_000)
        (schedule,) = client.private("TradeVolume", pair="XBTUSD", fee_schedule=True).result["schedules"]

        assert (schedule["pair"], schedule["class"], len(schedule["tiers"])) == ("XXBTZUSD", "forex", 12)
        (active,) = (tier for tier in schedule["tiers"] if tier["active"])
        assert active == {
            "maker_fee": "0.1400",
            "taker_fee": "0.2400",
            "min_spot_volume": "50000.0000",
            "min_futures_volume": None,
            "min_assets_on_platform": None,
            "active": True,
        }
        assert client.private("TradeVolume", fee_schedule=True).result["schedules"] == []

    def test_pairs_with_their_class(self, client: Client) -> None:
        pairs = [{"asset": "XBTUSD", "aclass": "forex"}, {"asset": "AAPLxUSD", "aclass": "equity_pair"}]

        assert client.private_json("TradeVolume", pair=pairs).result["fees"].keys() == {"XXBTZUSD", "AAPLxUSD"}
        for wrong in ({"asset": "AAPLxUSD", "aclass": "forex"}, {"asset": "XBTUSD", "aclass": "derivatives"}):
            assert client.private_json("TradeVolume", pair=[wrong]).errors == ["EQuery:Unknown asset pair"]
        assert client.private_json("TradeVolume", pair=[{"aclass": "forex"}]).errors == [
            "EGeneral:Invalid arguments:asset"
        ]

    def test_the_last_tier(self, exchange: Exchange, client: Client) -> None:
        exchange.state.accounts["test"].fee_volume = Decimal(10**9)
        fees = client.private("TradeVolume", pair="XBTUSD,ETHUSD").result["fees"]

        assert fees.keys() == {"XXBTZUSD", "XETHZUSD"}
        assert (fees["XXBTZUSD"]["fee"], fees["XXBTZUSD"]["nextfee"]) == ("0.0500", None)
        assert client.private("TradeVolume", pair="NOSUCH").errors == ["EQuery:Unknown asset pair"]
