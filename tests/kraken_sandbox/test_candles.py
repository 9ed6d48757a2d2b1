"""OHLC: made-up candles that are the same whenever they are asked for."""

from decimal import Decimal
from itertools import pairwise

import pytest

from kraken_sandbox import Exchange, SandboxServer, whole_market
from kraken_sandbox.candles import INTERVALS
from kraken_sandbox.price_walk import PriceWalk

from .support import NOW, Client

DAY = 86400


def ohlc(client: Client, **parameters: object) -> list[list[int | str]]:
    """The candles of XBT/USD."""
    answer = client.public("OHLC", **{"pair": "XBTUSD"} | {name: str(value) for name, value in parameters.items()})
    candles: list[list[int | str]] = answer.result["XXBTZUSD"]
    return candles


class TestShape:
    def test_fields(self, client: Client) -> None:
        result = client.public("OHLC", pair="XBT/USD", interval="60").result

        assert result.keys() == {"XXBTZUSD", "last"}
        for time, *prices, volume, count in result["XXBTZUSD"]:
            assert time % 3600 == 0
            opened, high, low, close, vwap = map(Decimal, prices)
            assert low <= min(opened, close, vwap) <= max(opened, close, vwap) <= high
            assert all(price.partition(".")[2].isdigit() and len(price.partition(".")[2]) == 1 for price in prices)
            assert len(volume.partition(".")[2]) == 8
            assert isinstance(count, int)
            assert (Decimal(volume) > 0, count > 0) == (True, True)
        # The last one is not over: the clock stands at its beginning.
        assert result["last"] == NOW - 3600 == result["XXBTZUSD"][-2][0]

    @pytest.mark.parametrize("interval", INTERVALS)
    def test_every_interval(self, exchange: Exchange, client: Client, interval: int) -> None:
        exchange.clock.advance(17)
        candles = ohlc(client, interval=interval)
        times = [int(candle[0]) for candle in candles]

        assert len(times) == 720
        assert {later - earlier for earlier, later in pairwise(times)} == {60 * interval}
        assert times[-1] <= NOW + 17 < times[-1] + 60 * interval

    def test_a_minute_where_none_is_named(self, client: Client) -> None:
        assert ohlc(client) == ohlc(client, interval=1)

    @pytest.mark.parametrize(
        ("parameters", "error"),
        [
            ({}, "EGeneral:Invalid arguments:pair"),
            ({"pair": "NOSUCH"}, "EQuery:Unknown asset pair"),
            ({"pair": "AAPLxUSD"}, "EQuery:Unknown asset pair"),
            ({"pair": "XBTUSD", "interval": "2"}, "EGeneral:Invalid arguments:interval"),
            ({"pair": "XBTUSD", "interval": "day"}, "EGeneral:Invalid arguments:interval"),
            ({"pair": "XBTUSD", "since": "yesterday"}, "EGeneral:Invalid arguments:since"),
            ({"pair": "XBTUSD", "since": "9" * 40}, "EGeneral:Invalid arguments:since"),
        ],
    )
    def test_refusals(self, client: Client, parameters: dict[str, str], error: str) -> None:
        assert client.public("OHLC", **parameters).errors == [error]

    def test_tokenized_assets_are_a_class_of_their_own(self, client: Client) -> None:
        result = client.public("OHLC", pair="AAPLxUSD", asset_class="tokenized_asset").result

        assert len(result["AAPLxUSD"]) == 720


class TestSince:
    def test_what_came_after_it(self, client: Client) -> None:
        everything = ohlc(client, interval=1440)
        third_last = everything[-3][0]

        assert ohlc(client, interval=1440, since=third_last) == everything[-2:]
        assert ohlc(client, interval=1440, since=int(third_last) - 1) == everything[-3:]
        assert ohlc(client, interval=1440, since=0) == everything
        assert ohlc(client, interval=1440, since=-5) == everything

    @pytest.mark.parametrize("since", [NOW, NOW + 10 * DAY, 2**62])
    def test_the_last_one_is_always_there(self, client: Client, since: float) -> None:
        assert ohlc(client, interval=1440, since=int(since)) == ohlc(client, interval=1440)[-1:]

    def test_asking_on_with_last_misses_nothing(self, exchange: Exchange, client: Client) -> None:
        first = client.public("OHLC", pair="XBTUSD", interval="60").result
        exchange.clock.advance(hours=5)
        later = client.public("OHLC", pair="XBTUSD", interval="60", since=str(first["last"])).result

        assert later["XXBTZUSD"][0][0] == first["XXBTZUSD"][-1][0]
        assert len(later["XXBTZUSD"]) == 6


class TestPrices:
    def test_the_same_in_another_exchange_and_later(self, exchange: Exchange, client: Client) -> None:
        before = ohlc(client, interval=1440)
        exchange.clock.advance(days=30)

        assert ohlc(client, interval=1440)[:-31] == before[30:-1]

    @pytest.mark.parametrize("interval", INTERVALS)
    def test_each_begins_where_the_one_before_it_ended(self, client: Client, interval: int) -> None:
        candles = ohlc(client, interval=interval)

        assert [candle[4] for candle in candles[:-1]] == [candle[1] for candle in candles[1:]]

    def test_longer_ones_agree_with_shorter_ones(self, client: Client) -> None:
        hours = {candle[0]: candle for candle in ohlc(client, interval=60)}
        for time, opened, _, _, close, *_ in ohlc(client, interval=240)[-20:-1]:
            assert (hours[time][1], hours[int(time) + 3 * 3600][4]) == (opened, close)

    def test_the_last_price_is_the_tickers(self, exchange: Exchange, client: Client) -> None:
        exchange.clock.advance(hours=3)
        exchange.set_ticker("XBTUSD", last="71000")

        for interval in INTERVALS:
            assert ohlc(client, interval=interval)[-1][4] == "71000.0"

    def test_a_price_that_is_set_is_in_force_from_then_on(self, exchange: Exchange, client: Client) -> None:
        before = ohlc(client, interval=1440)
        exchange.clock.advance(days=10)
        exchange.set_ticker("XBTUSD", last="100000")
        exchange.clock.advance(days=10)
        candles = ohlc(client, interval=1440)

        assert candles[:-21] == before[20:-1]
        assert all(abs(Decimal(candle[4]) - Decimal("64250.1")) < 1000 for candle in candles[:-11])
        assert all(abs(Decimal(candle[4]) - 100_000) < 1600 for candle in candles[-9:])

    def test_prices_that_move_by_themselves_change_nothing_behind_them(
        self, exchange: Exchange, client: Client
    ) -> None:
        before = ohlc(client, interval=60)
        walk = PriceWalk(exchange.state.market, seed=7)
        for _ in range(20):
            exchange.move_prices(walk)

        assert ohlc(client, interval=60)[:-1] == before[:-1]
        assert Decimal(ohlc(client)[-1][4]) == exchange.state.market.tickers["XXBTZUSD"].last

    def test_no_price_falls_below_a_tick(self, server: SandboxServer, client: Client) -> None:
        server.exchange = Exchange(whole_market())
        market = server.exchange.state.market
        pair = min(market.pairs.values(), key=lambda pair: market.ticker(pair).last / pair.tick_size)
        candles = client.public("OHLC", pair=pair.key, asset_class=pair.base.aclass).result[pair.key]

        assert min(Decimal(candle[3]) for candle in candles) >= pair.tick_size
