"""A pair or an asset by any of its names, at every endpoint."""

from collections import Counter
from collections.abc import Callable

import pytest

from kraken_sandbox import default_market, whole_market
from kraken_sandbox.market import Market

from .support import Client

PAIR_NAMES = ["XXBTZUSD", "XBTUSD", "XBT/USD", "BTC/USD", "BTCUSD", "btcusd", "xbtusd", "btc/usd"]


@pytest.mark.parametrize("name", PAIR_NAMES)
def test_every_name_of_a_pair(client: Client, name: str) -> None:
    # Who asks for a display name reads it.
    shown = "BTC/USD" if name.upper() == "BTC/USD" else "XXBTZUSD"

    for endpoint in ("AssetPairs", "Ticker"):
        assert client.public(endpoint, pair=name).result.keys() == {shown}
    assert client.public("OHLC", pair=name).result.keys() == {shown, "last"}
    order = client.private("AddOrder", pair=name, type="buy", ordertype="limit", price="1", volume="1").result
    assert order["descr"]["order"] == "buy 1.00000000 XBTUSD @ limit 1.0"


@pytest.mark.parametrize("name", ["XXBT", "XBT", "BTC", "btc", "xbt"])
def test_every_name_of_an_asset(client: Client, name: str) -> None:
    assert client.public("Assets", asset=name).result.keys() == {"XXBT"}
    assert float(client.private("TradeBalance", asset=name).result["eb"]) < 10
    client.private("AddOrder", pair="XBTUSD", type="sell", ordertype="market", volume="0.1")
    ledger = client.private("Ledgers", asset=name, type="trade").result["ledger"]
    assert {entry["asset"] for entry in ledger.values()} == {"XXBT"}


def test_other_display_names(client: Client) -> None:
    assert client.public("Ticker", pair="DOGEUSD,ETHBTC,ETH/USD").result.keys() == {
        "XDGUSD",
        "XETHXXBT",
        "ETH/USD",
    }
    assert client.public("Assets", asset="DOGE,USD,BTC.M").result.keys() == {"XXDG", "ZUSD", "XBT.M"}


@pytest.mark.parametrize("name", ["BTC-USD", "BTC_USD", "XXBT/ZUSD", "BTC", "USDBTC", "/", "BTC/USD/"])
def test_what_is_no_name(client: Client, name: str) -> None:
    for endpoint in ("AssetPairs", "Ticker", "OHLC"):
        assert client.public(endpoint, pair=name).errors == ["EQuery:Unknown asset pair"]


def test_display_names_throughout(client: Client) -> None:
    pairs = client.public("AssetPairs", assetVersion="1").result
    bitcoin = pairs["BTC/USD"]

    assert pairs.keys() == client.public("Ticker", assetVersion="1").result.keys()
    assert (bitcoin["base"], bitcoin["quote"], bitcoin["fee_volume_currency"]) == ("BTC", "USD", "USD")
    assert (bitcoin["altname"], bitcoin["wsname"]) == ("XBTUSD", "XBT/USD")
    assets = client.public("Assets", assetVersion="1").result
    assert assets["BTC"]["altname"] == "XBT"
    assert {pair["base"] for pair in pairs.values()} | {pair["quote"] for pair in pairs.values()} <= assets.keys()


@pytest.mark.parametrize("market", [default_market, whole_market])
def test_no_name_stands_for_two(market: Callable[[], Market]) -> None:
    listed = market()
    for things in (listed.pairs.values(), listed.assets.values()):
        names = Counter(name.upper() for thing in things for name in set(thing.names))

        assert [name for name, count in names.items() if count > 1] == []
