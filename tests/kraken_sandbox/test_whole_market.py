"""The market of Kraken's size: the names, numbers and fields that Kraken answered, and prices that make sense."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import krakenex
import pytest
from kraken.spot import Market as SdkMarket

import kraken_sandbox
from kraken_sandbox import (
    Exchange,
    SandboxServer,
    default_market,
    sample_environment,
    sample_exchange,
    whole_market,
)
from kraken_sandbox.listed import CURRENCY
from kraken_sandbox.market import Market
from tests.running import check

from .support import Client

KRAKENS_ASSET_PAIRS = "e7e508f00ba5ab6b85bec828a7a0ee832269c75fd52a307b8d55940165cf0837"
"""SHA-256 of the answer of AssetPairs on 12 January 2026."""
KRAKENS_ASSETS = "8d8f04bf4ee02efd430e472940845144199665730b1cde262585f8cec4176a35"
"""SHA-256 of code, altname, decimals and status of each asset in the answer of Assets in August 2026."""

SELECTED = {
    *("ADA.F", "DOT.B", "DOT.F", "ETH.B", "ETH.F", "EUR.F", "POL04.S", "SOL.B", "SOL.F", "USD.F", "USDC.F"),
    *("USDT.B", "USDT.F", "XBT.B", "XBT.F"),
}
"""Suffixed codes that Kraken's Assets does not show, though accounts hold them."""
ONLY_IN_PAIRS = {"CGN", "ICX"}


@pytest.fixture(scope="module")
def market() -> Market:
    """To be looked at only."""
    return whole_market()


@pytest.fixture
def exchange() -> Exchange:
    return sample_exchange(whole_market())


class TestWhatKrakenAnswers:
    def test_pairs(self, client: Client) -> None:
        answer = client.public("AssetPairs")

        assert len(answer.result) == 1434
        assert Counter(entry["status"] for entry in answer.result.values()) == {
            "online": 1365,
            "cancel_only": 47,
            "post_only": 19,
            "reduce_only": 3,
        }
        # To the byte what Kraken answered, fees and limits included, before it began to name the venue.
        body = answer.body.replace(b',"execution_venue":"international"', b"")
        assert (len(body), hashlib.sha256(body).hexdigest()) == (1_087_382, KRAKENS_ASSET_PAIRS)

    def test_a_pair(self, client: Client) -> None:
        entry = client.public("AssetPairs", pair="ETHEUR").result["XETHZEUR"]

        assert (entry["altname"], entry["base"], entry["quote"]) == ("ETHEUR", "XETH", "ZEUR")
        assert (entry["lot"], entry["lot_decimals"], entry["pair_decimals"], entry["cost_decimals"]) == (
            "unit",
            8,
            2,
            5,
        )
        assert (entry["ordermin"], entry["costmin"], entry["tick_size"]) == ("0.001", "0.45", "0.01")
        assert entry["leverage_buy"] == entry["leverage_sell"] == [2, 3, 4, 5, 6, 7, 8, 9, 10]
        assert (entry["long_position_limit"], entry["short_position_limit"]) == (2300, 2300)
        assert (entry["fees"][0], entry["fees"][-1]) == ([0, 0.4], [500_000_000, 0.05])

    def test_a_pair_of_a_small_asset(self, client: Client) -> None:
        entry = client.public("AssetPairs", pair="0GEUR").result["0GEUR"]

        assert (entry["lot"], entry["lot_decimals"], entry["ordermin"]) == ("unit5", 5, "2")
        assert (entry["leverage_buy"], "long_position_limit" in entry) == ([], False)
        assert (entry["fees_maker"][0], entry["fees_maker"][-1]) == ([0, 0.23], [500_000_000, -0.02])

    def test_a_pair_of_two_dollars(self, client: Client) -> None:
        entry = client.public("AssetPairs", pair="USDGUSD").result["USDGUSD"]

        assert (entry["fees"], entry["fees_maker"]) == ([[0, 0.01], [100_000_000, 0.001]], [[0, 0.0]])

    def test_assets(self, client: Client) -> None:
        entries = client.public("Assets").result
        named = {code: entry for code, entry in entries.items() if code not in SELECTED | ONLY_IN_PAIRS}
        lines = sorted(
            f"{code} {entry['altname']} {entry['decimals']} {entry['status']}" for code, entry in named.items()
        )

        assert len(lines) == 843
        assert hashlib.sha256("\n".join(lines).encode()).hexdigest() == KRAKENS_ASSETS
        assert entries["XXDG"] == {
            "aclass": "currency",
            "altname": "XDG",
            "decimals": 8,
            "display_decimals": 2,
            "margin_rate": "0.02",
            "status": "enabled",
        }
        assert entries["ANSEM"]["status"] == "withdrawal_only"

    def test_tokenized_equities_are_a_class_of_their_own(self, client: Client) -> None:
        small = {key: pair for key, pair in default_market().pairs.items() if pair.base.aclass != CURRENCY}

        assert client.public("AssetPairs", aclass_base="tokenized_asset").result.keys() == small.keys()
        assert client.public("Ticker", asset_class="tokenized_asset").result.keys() == small.keys()
        assert "AAPLx" in client.public("Assets", aclass="tokenized_asset").result

    def test_tickers(self, client: Client) -> None:
        tickers = client.public("Ticker").result

        assert tickers.keys() == client.public("AssetPairs").result.keys()
        assert all(ticker.keys() == set("abcvptlho") for ticker in tickers.values())


class TestTheFiles:
    def test_no_name_stands_for_two(self, market: Market) -> None:
        for pair in market.pairs.values():
            assert {market.find_pair(name) for name in (pair.key, pair.altname, pair.wsname)} == {pair}
        for asset in market.assets.values():
            assert market.find_asset(asset.code) is market.find_asset(asset.altname) is asset

    def test_holdings_stand_for_a_listed_asset(self, market: Market) -> None:
        stands_for = {asset.code: asset.stands_for for asset in market.assets.values() if asset.stands_for}

        assert set(stands_for.values()) <= market.assets.keys()
        suffixed = {code for code in market.assets if code.endswith((".S", ".M", ".F", ".B", ".P", ".T", ".HOLD"))}
        assert stands_for.keys() == suffixed | {"ETH2"}
        assert (stands_for["XBT.M"], stands_for["SCRT21.S"], stands_for["AED.HOLD"]) == ("XXBT", "SCRT", "AED")

    def test_they_are_small(self) -> None:
        files = list((Path(kraken_sandbox.__file__).parent / "data").glob("whole_market_*.csv"))

        assert len(files) == 2
        assert sum(file.stat().st_size for file in files) < 250_000


class TestPrices:
    def test_every_book_has_two_sides_that_are_near_each_other(self, market: Market) -> None:
        for pair in market.pairs.values():
            ticker = market.ticker(pair)
            assert 0 < ticker.low < ticker.bid < ticker.last < ticker.ask < ticker.high, pair.key
            assert (ticker.ask - ticker.bid) / ticker.mid < Decimal("0.03"), pair.key
            assert ticker.bid % pair.tick_size == ticker.ask % pair.tick_size == 0, pair.key

    def test_pairs_agree_with_each_other(self, market: Market) -> None:
        codes = {code for pair in market.pairs.values() for code in (pair.base.code, pair.quote.code)}
        worth = {code: market.price(market.assets[code], market.assets["ZUSD"]) for code in codes}
        for pair in market.pairs.values():
            base, quote = worth[pair.base.code], worth[pair.quote.code]
            assert base is not None
            assert quote is not None
            assert abs(market.ticker(pair).last * quote / base - 1) < Decimal("0.03"), pair.key

    def test_assets_of_the_small_market_are_worth_the_same(self, market: Market) -> None:
        small = default_market()
        for code, asset in small.assets.items():
            worth = small.price(asset, small.assets["ZUSD"])
            if worth is not None:
                here = market.price(market.assets[code], market.assets["ZUSD"])
                assert here is not None
                assert abs(here / worth - 1) < Decimal("0.01"), code


class TestClients:
    @pytest.fixture(autouse=True)
    def server(self, server: SandboxServer) -> SandboxServer:
        return server

    @pytest.fixture
    def ccxt_client(self, server: SandboxServer, ccxt: Any) -> Iterator[Any]:
        client = ccxt.kraken({"enableRateLimit": False})
        client.urls["api"] = dict.fromkeys(client.urls["api"], server.url)
        yield client
        client.session.close()

    def test_ccxt(self, ccxt_client: Any) -> None:
        markets = ccxt_client.load_markets()

        assert len({found["id"] for found in markets.values()}) == 1434
        assert (markets["DOGE/USD"]["id"], markets["BTC/USD"]["maker"]) == ("XDGUSD", 0.0025)
        assert markets["0G/EUR"]["limits"]["amount"]["min"] == 2.0
        assert ccxt_client.fetch_ticker("0G/EUR")["bid"] > 0

    def test_krakenex(self, server: SandboxServer) -> None:
        api = krakenex.API()
        api.uri = server.url
        pairs = api.query_public("AssetPairs")["result"]
        tickers = api.query_public("Ticker", {"pair": ",".join(list(pairs)[:200])})["result"]
        api.close()

        assert (len(pairs), len(tickers)) == (1434, 200)

    def test_python_kraken_sdk(self, server: SandboxServer) -> None:
        client = SdkMarket(url=server.url)

        assert len(client.get_asset_pairs()) == 1434
        assert client.get_assets(assets=["0G"])["0G"]["decimals"] == 6
        assert Decimal(client.get_ticker(pair="0GEUR")["0GEUR"]["b"][0]) > 0

    def test_this_tool(self, server: SandboxServer) -> None:
        run = check(
            "--format", "json", "--account", "master", "--account", "alpha", env=sample_environment(server.url)
        )
        report = json.loads(run.stdout)

        assert [account["status"] for account in report["accounts"]] == ["trading", "trading"]
        # 2,400 dollars, 0.031 bitcoin and 0.8 ether, as with the small market.
        assert report["accounts"][1]["total"] == "6911.95"
        # Kraken has pairs for all that the sample master holds, also for what the small market has none for.
        assert report["accounts"][0]["unpriced"] == []
        assert "XRT" in [entry["asset"] for entry in report["accounts"][0]["assets"]]
