"""What is listed and what it costs: Assets, AssetPairs, Ticker, Time and SystemStatus."""

from collections import Counter
from decimal import Decimal

import pytest

from kraken_sandbox import Exchange
from kraken_sandbox.catalogue import default_market
from kraken_sandbox.market import Market
from kraken_sandbox.price_walk import PriceWalk

from .support import NOW, Client, ManualClock


class TestTime:
    def test_both_ways_of_writing_it(self, client: Client) -> None:
        assert client.public("Time").result == {
            "unixtime": int(NOW),
            "rfc1123": "Fri, 15 Jan 27 08:00:00 +0000",
        }


class TestSystemStatus:
    def test_online(self, client: Client) -> None:
        assert client.public("SystemStatus").result == {
            "status": "online",
            "timestamp": "2027-01-15T08:00:00Z",
            "upcoming_maintenance": [],
            "emergency": [],
        }

    @pytest.mark.parametrize("status", ["maintenance", "cancel_only", "post_only", "limit_only"])
    def test_modes(self, exchange: Exchange, client: Client, status: str) -> None:
        exchange.set_system_status(status)

        assert client.public("SystemStatus").result["status"] == status

    def test_notices(self, exchange: Exchange, client: Client) -> None:
        maintenance = {"name": "Scheduled maintenance", "scheduled_for": "2027-01-16T08:00:00Z"}
        incident = {"name": "Delayed deposits", "status": "investigating"}
        exchange.set_system_status("online", upcoming_maintenance=[maintenance], emergency=[incident])
        result = client.public("SystemStatus").result

        assert result["upcoming_maintenance"] == [maintenance]
        assert result["emergency"] == [incident]

    def test_fields_may_be_absent(self, exchange: Exchange, client: Client) -> None:
        exchange.state.upcoming_maintenance = exchange.state.emergency = None

        assert client.public("SystemStatus").result.keys() == {"status", "timestamp"}

    def test_unknown_mode(self, exchange: Exchange) -> None:
        with pytest.raises(ValueError, match="unknown status 'offline'"):
            exchange.set_system_status("offline")


class TestAssets:
    def test_at_least_sixty(self, client: Client) -> None:
        assert len(client.public("Assets").result) >= 60

    def test_fields(self, client: Client) -> None:
        assert client.public("Assets", asset="XBT,DOT28.S").result == {
            "XXBT": {
                "aclass": "currency",
                "altname": "XBT",
                "decimals": 10,
                "display_decimals": 5,
                "collateral_value": 1.0,
                "margin_rate": "0.02",
                "status": "enabled",
            },
            "DOT28.S": {
                "aclass": "currency",
                "altname": "DOT28.S",
                "decimals": 10,
                "display_decimals": 8,
                "status": "enabled",
            },
        }

    def test_codes_with_class_letters_and_without(self, client: Client) -> None:
        assets = client.public("Assets").result

        altnames = {code: assets[code]["altname"] for code in ("XXBT", "XXDG", "ZUSD", "SOL", "CHF", "KFEE")}
        assert altnames == {
            "XXBT": "XBT",
            "XXDG": "XDG",
            "ZUSD": "USD",
            "SOL": "SOL",
            "CHF": "CHF",
            "KFEE": "FEE",
        }

    @pytest.mark.parametrize(
        "code",
        ["DOT.S", "XBT.M", "KSM.P", "USD.HOLD", "DOT28.S", "SOL03.S", "ETH2", "ETH2.S"],
    )
    def test_every_kind_of_suffix(self, client: Client, code: str) -> None:
        assert client.public("Assets", asset=code).result[code]["altname"] == code

    @pytest.mark.parametrize("code", ["XBT.B", "XBT.F"])
    def test_codes_that_accounts_hold_and_nobody_lists(
        self, exchange: Exchange, client: Client, code: str
    ) -> None:
        assert code not in client.public("Assets").result
        assert client.public("Assets", asset=code).errors == ["EQuery:Unknown asset"]
        assert code in exchange.state.market.assets

    def test_names_that_end_in_digits_of_their_own(self, client: Client) -> None:
        assert client.public("Assets", asset="C98,LUNA2").result.keys() == {"C98", "LUNA2"}

    def test_tokenized_assets_are_a_class_of_their_own(self, client: Client) -> None:
        assert "AAPLx" not in client.public("Assets").result
        assert client.public("Assets", asset="AAPLx").errors == ["EQuery:Unknown asset"]
        tokenized = client.public("Assets", aclass="tokenized_asset").result
        assert {"AAPLx", "AAPLx.T"} <= tokenized.keys()
        assert {entry["aclass"] for entry in tokenized.values()} == {"tokenized_asset"}

    def test_one_unknown_fails_all(self, client: Client) -> None:
        assert client.public("Assets", asset="XBT,NOSUCH").errors == ["EQuery:Unknown asset"]


class TestAssetPairs:
    def test_at_least_a_hundred(self, client: Client) -> None:
        assert len(client.public("AssetPairs").result) >= 100

    def test_fields(self, client: Client) -> None:
        entry = client.public("AssetPairs", pair="XBTUSD").result["XXBTZUSD"]
        fees, maker_fees = entry.pop("fees"), entry.pop("fees_maker")

        assert entry == {
            "altname": "XBTUSD",
            "wsname": "XBT/USD",
            "aclass_base": "currency",
            "base": "XXBT",
            "aclass_quote": "currency",
            "quote": "ZUSD",
            "lot": "unit",
            "cost_decimals": 5,
            "pair_decimals": 1,
            "lot_decimals": 8,
            "lot_multiplier": 1,
            "leverage_buy": [2, 3, 4, 5],
            "leverage_sell": [2, 3, 4, 5],
            "fee_volume_currency": "ZUSD",
            "margin_call": 80,
            "margin_stop": 40,
            "ordermin": "0.00005",
            "costmin": "0.5",
            "tick_size": "0.1",
            "status": "online",
            "execution_venue": "international",
            "long_position_limit": 250,
            "short_position_limit": 250,
        }
        assert fees[0] == [0, 0.4]
        assert maker_fees[0] == [0, 0.25]

    @pytest.mark.parametrize("name", ["XXBTZUSD", "XBTUSD", "XBT/USD"])
    def test_every_name_of_a_pair(self, client: Client, name: str) -> None:
        assert client.public("AssetPairs", pair=name).result.keys() == {"XXBTZUSD"}

    @pytest.mark.parametrize(
        ("key", "base", "quote"),
        [
            ("XXBTZUSD", "XXBT", "ZUSD"),
            ("XDGUSD", "XXDG", "ZUSD"),
            ("USDTZUSD", "USDT", "ZUSD"),
            ("ZEURZUSD", "ZEUR", "ZUSD"),
            ("ZUSDZJPY", "ZUSD", "ZJPY"),
            ("AUDUSD", "ZAUD", "ZUSD"),
            ("ETH2.SETH", "ETH2.S", "XETH"),
        ],
    )
    def test_mixed_styles(self, client: Client, key: str, base: str, quote: str) -> None:
        entry = client.public("AssetPairs", pair=key).result[key]

        assert (entry["base"], entry["quote"]) == (base, quote)

    def test_only_listed_assets(self, client: Client) -> None:
        assets = client.public("Assets").result
        pairs = client.public("AssetPairs").result.values()

        assert {pair["base"] for pair in pairs} | {pair["quote"] for pair in pairs} <= assets.keys()

    @pytest.mark.parametrize(
        ("asset", "quotes"),
        [("REPV2", {"ZEUR"}), ("POLS", {"XXBT"}), ("BSX", {"KSM"}), ("XRT", set()), ("DOT28.S", set())],
    )
    def test_assets_that_only_a_chain_prices(self, client: Client, asset: str, quotes: set[str]) -> None:
        pairs = client.public("AssetPairs").result.values()

        assert {pair["quote"] for pair in pairs if pair["base"] == asset} == quotes

    def test_parts_of_the_information(self, client: Client) -> None:
        def fields(info: str) -> set[str]:
            return set(client.public("AssetPairs", pair="XBTUSD", info=info).result["XXBTZUSD"])

        assert fields("leverage") == {"leverage_buy", "leverage_sell"}
        assert fields("fees") == {"fees", "fees_maker", "fee_volume_currency"}
        assert fields("margin") == {"margin_call", "margin_level"}
        everywhere = client.public("AssetPairs", execution_venue="bitnomial_exchange,international").result
        assert everywhere == client.public("AssetPairs", execution_venue="international").result
        assert client.public("AssetPairs", execution_venue="bitnomial_exchange").result == {}
        answer = client.public("AssetPairs", execution_venue="nonsense")
        assert answer.errors == ["EGeneral:Invalid arguments:execution_venue"]
        assert client.public("AssetPairs", info="nonsense").errors == ["EGeneral:Invalid arguments:info"]

    def test_tokenized_assets_are_a_class_of_their_own(self, client: Client) -> None:
        assert "AAPLxUSD" not in client.public("AssetPairs").result
        assert "AAPLxUSD" in client.public("AssetPairs", aclass_base="tokenized_asset").result

    def test_one_unknown_fails_all(self, client: Client) -> None:
        assert client.public("AssetPairs", pair="XBTUSD,NOSUCH").errors == ["EQuery:Unknown asset pair"]


class TestTicker:
    def test_fields(self, client: Client) -> None:
        entry = client.public("Ticker", pair="XBTUSD").result["XXBTZUSD"]

        assert entry["a"] == ["64256.50000", "1", "1.000"]
        assert entry["b"] == ["64243.70000", "1", "1.000"]
        assert entry["c"] == ["64250.10000", "0.10000000"]
        assert {name: len(entry[name]) for name in "vptlh"} == dict.fromkeys("vptlh", 2)
        assert entry["t"] == [1000, 1000]
        assert entry["o"] == "63607.60000"

    def test_without_pair_all_of_them(self, client: Client) -> None:
        assert client.public("Ticker").result.keys() == client.public("AssetPairs").result.keys()

    def test_several(self, client: Client) -> None:
        assert client.public("Ticker", pair="XDGUSD,XXBTZEUR").result.keys() == {"XDGUSD", "XXBTZEUR"}

    def test_one_unknown_fails_all(self, client: Client) -> None:
        assert client.public("Ticker", pair="XBTUSD,NOSUCH").errors == ["EQuery:Unknown asset pair"]

    def test_one_that_is_left_out_is_an_error_beside_the_others(self, exchange: Exchange, client: Client) -> None:
        exchange.leave_out_ticker("XBTUSD")

        everything = client.public("Ticker").document
        assert everything["error"] == ["EQuery:Unknown asset pair"]
        assert everything["result"].keys() == client.public("AssetPairs").result.keys() - {"XXBTZUSD"}
        assert client.public("Ticker", pair="ETHUSD").result.keys() == {"XETHZUSD"}
        with pytest.raises(ValueError, match="'NOSUCH'"):
            exchange.leave_out_ticker("NOSUCH")

    def test_tokenized_assets_are_a_class_of_their_own(self, client: Client) -> None:
        assert client.public("Ticker", pair="AAPLxUSD").errors == ["EQuery:Unknown asset pair"]
        ticker = client.public("Ticker", pair="AAPLxUSD", asset_class="tokenized_asset").result
        assert Decimal(ticker["AAPLxUSD"]["c"][0]) == Decimal("228.4")

    def test_prices_stand_still_unless_they_are_set(
        self, exchange: Exchange, clock: ManualClock, client: Client
    ) -> None:
        before = client.public("Ticker").result
        clock.advance(3600)
        assert client.public("Ticker").result == before

        exchange.set_ticker("XBTUSD", bid="70000", ask="70001.5")
        after = client.public("Ticker", pair="XBTUSD").result["XXBTZUSD"]
        assert after["b"][0] == "70000.00000"
        assert after["a"][0] == "70001.50000"
        assert after["c"] == before["XXBTZUSD"]["c"]

    def test_an_empty_side_of_a_book_is_sent_as_zeros(self, exchange: Exchange, client: Client) -> None:
        exchange.set_ticker("XBTUSD", bid="0")
        exchange.set_ticker("ETHUSD", ask="0")
        tickers = client.public("Ticker", pair="XBTUSD,ETHUSD").result

        assert tickers["XXBTZUSD"]["b"] == ["0.00000", "0", "0.000"]
        assert tickers["XXBTZUSD"]["a"][1:] == ["1", "1.000"]
        assert tickers["XETHZUSD"]["a"] == ["0.00000", "0", "0.000"]
        assert exchange.state.market.tickers["XXBTZUSD"].mid == Decimal("64250.1")  # the last trade

    def test_a_pair_may_be_closed(self, exchange: Exchange, client: Client) -> None:
        exchange.set_pair_status("XBT/USD", "cancel_only")
        pairs = client.public("AssetPairs").result

        assert pairs["XXBTZUSD"]["status"] == "cancel_only"
        # Of some pairs Kraken says none.
        statuses = Counter(pair.get("status") for key, pair in pairs.items() if key != "XXBTZUSD")
        assert statuses == {"online": len(pairs) - 6, None: 5}
        assert client.public("AssetPairs", pair="XBTUSD").result["XXBTZUSD"]["status"] == "cancel_only"
        with pytest.raises(KeyError):
            exchange.set_pair_status("NOSUCH", "online")


class TestPrices:
    def test_every_spread_is_around_the_last_price(self) -> None:
        market = default_market()
        for pair in market.pairs.values():
            ticker = market.ticker(pair)
            assert 0 < ticker.bid < ticker.last < ticker.ask
            assert ticker.mid == ticker.last

    def test_crosses_agree(self) -> None:
        """Whichever way an asset is turned into dollars, the worth differs by less than one percent."""
        market = default_market()
        dollar = market.assets["ZUSD"]
        for pair in market.pairs.values():
            base, quote = market.price(pair.base, dollar), market.price(pair.quote, dollar)
            assert base is not None
            assert quote is not None
            if pair.key != "ETH2.SETH":
                assert abs(market.ticker(pair).mid * quote / base - 1) < Decimal("0.01"), pair.key

    @pytest.mark.parametrize(
        ("code", "worth"),
        [
            ("ZUSD", "1"),
            ("XXBT", "64250.1"),
            ("XBT.F", "64250.1"),
            ("DOT28.S", "6.45"),
            ("ETH2.S", "3150.25"),
            # 0.985 euro at 1.085 dollars
            ("REPV2", "1.068725"),
            # 0.00000952 bitcoin at 64250.1 dollars
            ("POLS", "0.611660952"),
            # 0.0000055 KSM at 26.42 euro at 1.085 dollars
            ("BSX", "0.000157661350"),
        ],
    )
    def test_chains(self, code: str, worth: str) -> None:
        market = default_market()

        assert market.price(market.assets[code], market.assets["ZUSD"]) == Decimal(worth)

    def test_inverse(self) -> None:
        market = default_market()

        assert market.price(market.assets["ZJPY"], market.assets["ZUSD"]) == 1 / Decimal("151.500")

    def test_none(self) -> None:
        market = default_market()

        assert market.price(market.assets["XRT"], market.assets["ZUSD"]) is None


class TestPriceWalk:
    @staticmethod
    def walk(seed: int | None, steps: int = 20) -> Market:
        market = default_market()
        walk = PriceWalk(market, seed)
        for _ in range(steps):
            walk.step()
        return market

    def test_same_seed_same_prices(self) -> None:
        assert self.walk(7).tickers == self.walk(7).tickers
        assert self.walk(7).tickers != self.walk(8).tickers

    def test_prices_move_and_stay_sound(self) -> None:
        start, market = default_market(), self.walk(7, steps=200)
        moved = [key for key in start.pairs if market.tickers[key].last != start.tickers[key].last]
        assert len(moved) > len(start.pairs) * 0.9
        for pair in market.pairs.values():
            ticker = market.ticker(pair)
            assert 0 < ticker.bid <= ticker.last < ticker.ask
            assert ticker.low <= ticker.last <= ticker.high
            assert ticker.last % pair.tick_size == 0

    def test_crosses_still_agree(self) -> None:
        market = self.walk(7, steps=200)
        euro, dollar = market.assets["ZEUR"], market.assets["ZUSD"]
        in_euro, in_dollar = market.price(market.assets["XXBT"], euro), market.price(market.assets["XXBT"], dollar)
        rate = market.price(euro, dollar)
        assert in_euro is not None
        assert in_dollar is not None
        assert rate is not None

        assert abs(in_euro * rate / in_dollar - 1) < Decimal("0.001")

    def test_resting_orders_are_filled_on_the_way(self, exchange: Exchange, client: Client) -> None:
        client.private("AddOrder", pair="XBTUSD", type="buy", ordertype="limit", price="64200", volume="0.1")
        walk = PriceWalk(exchange.state.market, seed=7)
        for _ in range(200):
            exchange.move_prices(walk)

        (order,) = client.private("ClosedOrders").result["closed"].values()
        assert order["status"] == "closed"
        assert order["price"] == "64200.00000"
