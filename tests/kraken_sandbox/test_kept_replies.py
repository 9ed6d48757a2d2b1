"""Replies about the market are made once, kept while they hold, and compressed for who takes them so."""

import gzip
import http.client
import json
import time
from collections.abc import Callable

import pytest

from kraken_sandbox import Exchange, Fault, FaultKind, whole_market
from kraken_sandbox.messages import ReceivedRequest
from kraken_sandbox.price_walk import PriceWalk

from .support import NOW, Client, ManualClock

ZIPPED = "gzip, deflate"


class TestWhatTheyCost:
    @pytest.mark.parametrize("name", ["Assets", "AssetPairs", "Ticker"])
    @pytest.mark.parametrize("encoding", ["gzip", ""])
    def test_less_than_five_milliseconds_after_the_first(self, name: str, encoding: str) -> None:
        exchange = Exchange(whole_market())
        request = ReceivedRequest(
            "GET", f"/0/public/{name}", headers={"user-agent": "tests", "accept-encoding": encoding}
        )
        exchange.handle(request)

        began = time.process_time()
        for _ in range(20):
            exchange.handle(request)
        assert (time.process_time() - began) / 20 < 0.005


class TestChanges:
    """Whatever is changed, the next reply tells it; the client asks for the same before and after."""

    @pytest.mark.parametrize(
        ("name", "change"),
        [
            ("Ticker", lambda exchange: exchange.set_ticker("XBTUSD", bid="1")),
            ("Ticker", lambda exchange: exchange.leave_out_ticker("XBTUSD")),
            ("Ticker", lambda exchange: exchange.state.tickers_left_out.add("XXBTZUSD")),
            ("Ticker", lambda exchange: exchange.move_prices(PriceWalk(exchange.state.market, 7))),
            ("Ticker", lambda exchange: exchange.state.market.tickers.update(XXBTZUSD=usdt(exchange))),
            ("AssetPairs", lambda exchange: exchange.set_pair_status("XBTUSD", "cancel_only")),
            ("AssetPairs", lambda exchange: exchange.state.market.pairs.pop("XXBTZUSD")),
            ("Assets", lambda exchange: exchange.state.market.assets.pop("XXBT")),
        ],
    )
    def test_are_told(
        self, exchange: Exchange, client: Client, name: str, change: Callable[[Exchange], object]
    ) -> None:
        before = client.public(name).document
        assert client.public(name).document == before
        change(exchange)

        assert client.public(name).document != before

    def test_parameters_tell_replies_apart(self, client: Client) -> None:
        for _ in range(2):
            assert client.public("Ticker", pair="XBTUSD").result.keys() == {"XXBTZUSD"}
            assert client.public("Ticker", pair="ETHUSD").result.keys() == {"XETHZUSD"}
            assert client.public("AssetPairs", pair="XBTUSD", info="margin").result["XXBTZUSD"].keys() == {
                "margin_call",
                "margin_level",
            }
            assert client.public("AssetPairs", aclass_base="tokenized_asset").result.keys() >= {"AAPLxUSD"}
            assert client.public("Assets", asset="NOSUCH").errors == ["EQuery:Unknown asset"]

    def test_more_questions_than_are_kept(self, exchange: Exchange, client: Client) -> None:
        keys = [key for key, pair in exchange.state.market.pairs.items() if pair.base.aclass == "currency"][:40]

        for key in [*keys, *keys]:
            assert client.public("Ticker", pair=key).result.keys() == {key}

    def test_the_clock_is_never_kept(self, clock: ManualClock, client: Client) -> None:
        assert client.public("Time").result["unixtime"] == NOW
        clock.advance(1)
        assert client.public("Time").result["unixtime"] == NOW + 1


class TestCompression:
    """As Cloudflare compresses what Kraken answers."""

    @pytest.mark.parametrize("accepted", ["gzip", "gzip, deflate", "br;q=1.0, GZIP;q=0.5", "deflate,gzip"])
    def test_who_takes_it_gets_it(self, client: Client, accepted: str) -> None:
        plain = client.public("AssetPairs")
        answer = client.send("GET", "/0/public/AssetPairs", accept_encoding=accepted)

        assert (answer.headers["Content-Encoding"], answer.headers["Vary"]) == ("gzip", "Accept-Encoding")
        assert answer.headers["Content-Length"] == str(len(answer.body))
        assert len(answer.body) < len(plain.body) / 5
        assert gzip.decompress(answer.body) == plain.body

    @pytest.mark.parametrize("accepted", ["identity", "deflate, br", "gzip;q=0", "gzip;q=0.0, deflate"])
    def test_nobody_else_does(self, client: Client, accepted: str) -> None:
        answer = client.send("GET", "/0/public/AssetPairs", accept_encoding=accepted)

        assert "Content-Encoding" not in answer.headers
        assert answer.result.keys() == client.public("AssetPairs").result.keys()

    def test_little_is_left_as_it_is(self, client: Client) -> None:
        answer = client.send("GET", "/0/public/Assets?aclass=nonsense", accept_encoding=ZIPPED)

        assert ("Content-Encoding" in answer.headers, answer.body) == (False, b'{"error":[],"result":{}}')

    def test_errors_and_accounts_are_left_as_they_are(self, client: Client) -> None:
        error = client.send("GET", "/0/public/Ticker?pair=NOSUCH", accept_encoding=ZIPPED)

        assert ("Content-Encoding" in error.headers, error.errors) == (False, ["EQuery:Unknown asset pair"])
        assert "Content-Encoding" not in client.private("BalanceEx").headers

    def test_what_is_cut_is_what_is_sent(self, exchange: Exchange, client: Client) -> None:
        whole = client.send("GET", "/0/public/AssetPairs", accept_encoding=ZIPPED)
        exchange.faults.add(Fault(FaultKind.TRUNCATE, "AssetPairs"))

        with pytest.raises(http.client.IncompleteRead) as cut:
            client.send("GET", "/0/public/AssetPairs", accept_encoding=ZIPPED)
        assert cut.value.partial == whole.body[: len(whole.body) // 2]
        client.close()
        assert json.loads(
            gzip.decompress(client.send("GET", "/0/public/AssetPairs", accept_encoding=ZIPPED).body)
        )["result"]


def usdt(exchange: Exchange) -> object:
    return exchange.state.market.tickers["USDTZUSD"]
