"""Public endpoints: the clock, the mode, what is listed and what it costs."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ..candles import INTERVALS, Candle, candles
from ..depth import ANY_VOLUME
from ..fees import FeeSteps
from ..listed import ListedAsset, ListedPair
from ..market import LAST_VOLUME, Level, Market
from ..messages import UNKNOWN_PAIR, InPart, invalid_argument
from ..state import Call, ExchangeState
from .lookup import asked_assets, asked_pair, asked_pairs, asset_name, has_display_names

VENUE = "international"
VENUES = frozenset({VENUE, "bitnomial_exchange"})
"""Kraken's, of which only the first is simulated."""

MARGIN_CALL = 80
MARGIN_STOP = 40

MARGIN_RATE = "0.02"
"""Assets' `margin_rate`: what opening a margin position in it costs, in percent; made up, and the same for all."""


def time(call: Call) -> Any:
    """Time: https://docs.kraken.com/api-reference/market-data/get-server-time"""
    now = datetime.fromtimestamp(int(call.now), UTC)
    return {"unixtime": int(call.now), "rfc1123": now.strftime("%a, %d %b %y %H:%M:%S +0000")}


def system_status(call: Call) -> Any:
    """SystemStatus: https://docs.kraken.com/api-reference/market-data/get-system-status"""
    now = datetime.fromtimestamp(int(call.now), UTC)
    result: dict[str, Any] = {
        "status": call.state.status,
        "timestamp": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    if call.state.upcoming_maintenance is not None:
        result["upcoming_maintenance"] = call.state.upcoming_maintenance
    if call.state.emergency is not None:
        result["emergency"] = call.state.emergency
    return result


def assets(call: Call) -> Any:
    """Assets: https://docs.kraken.com/api-reference/market-data/get-asset-info"""
    market = call.state.market
    return {asset_name(call, asset): _asset_entry(asset, market) for asset in asked_assets(call)}


def asset_pairs(call: Call) -> Any:
    """AssetPairs: https://docs.kraken.com/api-reference/market-data/get-tradable-asset-pairs"""
    info = PAIR_INFO.get(call.parameters.text("info", "info"))
    if info is None:
        raise invalid_argument("info")
    venues = call.parameters.names("execution_venue") or [VENUE]
    if not VENUES.issuperset(venues):
        raise invalid_argument("execution_venue")
    pairs = asked_pairs(call, "aclass_base") if VENUE in venues else {}
    return {name: info(call, pair) for name, pair in pairs.items()}


def ticker(call: Call) -> Any:
    """Ticker: https://docs.kraken.com/api-reference/market-data/get-ticker-information"""
    pairs = asked_pairs(call, "asset_class")
    left_out = call.state.tickers_left_out
    tickers = {
        name: _ticker_entry(pair, call.state.market) for name, pair in pairs.items() if pair.key not in left_out
    }
    return tickers if len(tickers) == len(pairs) else InPart(tickers, UNKNOWN_PAIR)


def ohlc(call: Call) -> Any:
    """OHLC: https://docs.kraken.com/api-reference/market-data/get-ohlc-data"""
    name, pair = asked_pair(call)
    minutes = call.parameters.integer("interval", 1)
    since = call.parameters.integer("since", 0)
    if minutes not in INTERVALS:
        raise invalid_argument("interval")
    made = candles(call.state.market, pair, minutes, since or 0, call.now)
    # What is asked for next is what comes after the last candle that is over.
    return {name: [_candle_entry(pair, candle) for candle in made], "last": made[-1].time - 60 * minutes}


def listed_assets(state: ExchangeState) -> object:
    """What an answer of Assets is made from."""
    return list(state.market.assets.values())


def listed_pairs(state: ExchangeState) -> object:
    """What an answer of AssetPairs is made from."""
    return list(state.market.pairs.values())


def listed_prices(state: ExchangeState) -> object:
    """What an answer of Ticker is made from."""
    market = state.market
    return (
        listed_pairs(state),
        list(market.tickers.values()),
        dict(market.books),
        frozenset(state.tickers_left_out),
    )


def _asset_entry(asset: ListedAsset, market: Market) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "aclass": asset.aclass,
        "altname": asset.altname,
        "decimals": asset.decimals,
        "display_decimals": asset.display_decimals,
    }
    if asset.collateral_value is not None:
        entry["collateral_value"] = float(asset.collateral_value)
    entry["status"] = asset.status
    if market.has_margin(asset):
        entry["margin_rate"] = MARGIN_RATE
    return entry


def _pair_entry(call: Call, pair: ListedPair) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "altname": pair.altname,
        "wsname": pair.wsname,
        "aclass_base": pair.base.aclass,
        "base": asset_name(call, pair.base),
        "aclass_quote": pair.quote.aclass,
        "quote": asset_name(call, pair.quote),
        # Of assets whose volumes have five decimals Kraken says so.
        "lot": "unit5" if pair.lot_decimals == 5 else "unit",
        "cost_decimals": pair.cost_decimals,
        "pair_decimals": pair.pair_decimals,
        "lot_decimals": pair.lot_decimals,
        "lot_multiplier": 1,
        **_leverage_entry(call, pair),
        **_fees_entry(call, pair),
        "margin_call": MARGIN_CALL,
        "margin_stop": MARGIN_STOP,
        "ordermin": f"{pair.ordermin:f}",
        "costmin": f"{pair.costmin:f}",
        "tick_size": f"{pair.tick_size:f}",
    }
    if pair.status is not None:
        entry["status"] = pair.status
    entry["execution_venue"] = VENUE
    if pair.position_limits is not None:
        entry["long_position_limit"], entry["short_position_limit"] = pair.position_limits
    return entry


def _leverage_entry(_call: Call, pair: ListedPair) -> dict[str, Any]:
    return {"leverage_buy": list(pair.leverage_buying), "leverage_sell": list(pair.leverage_selling)}


def _fees_entry(call: Call, pair: ListedPair) -> dict[str, Any]:
    return {
        "fees": _fees(pair.taker_fees),
        "fees_maker": _fees(pair.maker_fees),
        "fee_volume_currency": "USD" if has_display_names(call) else "ZUSD",
    }


def _margin_entry(_call: Call, _pair: ListedPair) -> dict[str, Any]:
    return {"margin_call": MARGIN_CALL, "margin_level": MARGIN_STOP}


PAIR_INFO: dict[str, Callable[[Call, ListedPair], dict[str, Any]]] = {
    "info": _pair_entry,
    "leverage": _leverage_entry,
    "fees": _fees_entry,
    "margin": _margin_entry,
}
"""AssetPairs' `info`: what is told of each pair. Alone, the level of a margin stop is called `margin_level`, as
clients read it."""


def _fees(steps: FeeSteps) -> list[list[float]]:
    # Kraken sends them as JSON numbers.
    return [[volume, float(percent)] for volume, percent in steps]


def _ticker_entry(pair: ListedPair, market: Market) -> dict[str, Any]:
    ticker = market.ticker(pair)

    price = pair.ticker_price

    def offered(best: Decimal, levels: Sequence[Level]) -> list[str]:
        """Price, whole lots and lots at the best price; of an empty side, zeros."""
        if not best:
            return [price(best), "0", "0.000"]
        volume = levels[0].volume if levels else None
        lots = ANY_VOLUME if volume is None else volume
        return [price(best), f"{int(lots)}", f"{lots:.3f}"]

    volume = f"{ticker.volume:.8f}"
    return {
        "a": offered(ticker.ask, market.levels(pair, "buy")),
        "b": offered(ticker.bid, market.levels(pair, "sell")),
        "c": [price(ticker.last), f"{LAST_VOLUME:.8f}"],
        "v": [volume, volume],
        "p": [price(ticker.vwap), price(ticker.vwap)],
        "t": [ticker.trades, ticker.trades],
        "l": [price(ticker.low), price(ticker.low)],
        "h": [price(ticker.high), price(ticker.high)],
        "o": price(ticker.open),
    }


def _candle_entry(pair: ListedPair, candle: Candle) -> list[int | str]:
    prices = (candle.open, candle.high, candle.low, candle.close, candle.vwap)
    return [
        candle.time,
        *(pair.price_text(price) for price in prices),
        f"{candle.volume:.8f}",
        candle.count,
    ]
