"""Public endpoints: the clock, the mode, what is listed and what it costs."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ..candles import INTERVALS, Candle, candles
from ..fees import FeeSteps
from ..listed import CURRENCY, ListedAsset, ListedPair
from ..market import Level, Market
from ..messages import UNKNOWN_ASSET, UNKNOWN_PAIR, ExchangeError, InPart, invalid_argument
from ..state import Call, ExchangeState

PAIR_INFO: dict[str, frozenset[str]] = {
    "info": frozenset(),
    "leverage": frozenset({"leverage_buy", "leverage_sell"}),
    "fees": frozenset({"fees", "fees_maker", "fee_volume_currency"}),
    "margin": frozenset({"margin_call", "margin_stop"}),
}
"""AssetPairs' `info`: the fields that each value leaves; all where none are named."""


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
    names = call.parameters.names("asset")
    aclass = call.parameters.text("aclass", CURRENCY)
    if names:
        chosen: Iterable[ListedAsset] = [_asset(call, name, aclass) for name in names]
    else:
        chosen = [asset for asset in call.state.market.assets.values() if asset.aclass == aclass]
    return {asset.code: _asset_entry(asset) for asset in chosen}


def asset_pairs(call: Call) -> Any:
    """AssetPairs: https://docs.kraken.com/api-reference/market-data/get-tradable-asset-pairs"""
    fields = PAIR_INFO.get(call.parameters.text("info", "info"))
    if fields is None:
        raise invalid_argument("info")
    return {
        pair.key: {name: value for name, value in _pair_entry(pair).items() if not fields or name in fields}
        for pair in _pairs(call, "aclass_base")
    }


def ticker(call: Call) -> Any:
    """Ticker: https://docs.kraken.com/api-reference/market-data/get-ticker-information"""
    pairs = _pairs(call, "asset_class")
    left_out = call.state.tickers_left_out
    tickers = {pair.key: _ticker_entry(pair, call.state.market) for pair in pairs if pair.key not in left_out}
    return tickers if len(tickers) == len(pairs) else InPart(tickers, UNKNOWN_PAIR)


def ohlc(call: Call) -> Any:
    """OHLC: https://docs.kraken.com/api-reference/market-data/get-ohlc-data"""
    aclass = call.parameters.text("asset_class", CURRENCY)
    pair = call.state.market.find_pair(call.parameters.required("pair"))
    if pair is None or pair.base.aclass != aclass:
        raise ExchangeError(UNKNOWN_PAIR)
    minutes = call.parameters.integer("interval", 1)
    since = call.parameters.integer("since", 0)
    if minutes not in INTERVALS:
        raise invalid_argument("interval")
    made = candles(call.state.market, pair, minutes, since or 0, call.now)
    # What is asked for next is what comes after the last candle that is over.
    return {pair.key: [_candle_entry(pair, candle) for candle in made], "last": made[-1].time - 60 * minutes}


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


def _pairs(call: Call, class_parameter: str) -> list[ListedPair]:
    """The pairs asked for, or all; one unknown name fails the whole request."""
    aclass = call.parameters.text(class_parameter, CURRENCY)
    listed = [pair for pair in call.state.market.pairs.values() if pair.base.aclass == aclass]
    names = call.parameters.names("pair")
    if not names:
        return listed
    chosen = [call.state.market.find_pair(name) for name in names]
    pairs = [pair for pair in chosen if pair is not None and pair.base.aclass == aclass]
    if len(pairs) < len(names):
        raise ExchangeError(UNKNOWN_PAIR)
    return pairs


def _asset(call: Call, name: str, aclass: str) -> ListedAsset:
    asset = call.state.market.find_asset(name)
    if asset is None or asset.aclass != aclass:
        raise ExchangeError(UNKNOWN_ASSET)
    return asset


def _asset_entry(asset: ListedAsset) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "aclass": asset.aclass,
        "altname": asset.altname,
        "decimals": asset.decimals,
        "display_decimals": asset.display_decimals,
        "status": asset.status,
    }
    if asset.collateral_value is not None:
        entry["collateral_value"] = float(asset.collateral_value)
    return entry


def _pair_entry(pair: ListedPair) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "altname": pair.altname,
        "wsname": pair.wsname,
        "aclass_base": pair.base.aclass,
        "base": pair.base.code,
        "aclass_quote": pair.quote.aclass,
        "quote": pair.quote.code,
        # Of assets whose volumes have five decimals Kraken says so.
        "lot": "unit5" if pair.lot_decimals == 5 else "unit",
        "cost_decimals": pair.cost_decimals,
        "pair_decimals": pair.pair_decimals,
        "lot_decimals": pair.lot_decimals,
        "lot_multiplier": 1,
        "leverage_buy": list(pair.leverage_buying),
        "leverage_sell": list(pair.leverage_selling),
        "fees": _fees(pair.taker_fees),
        "fees_maker": _fees(pair.maker_fees),
        "fee_volume_currency": "ZUSD",
        "margin_call": 80,
        "margin_stop": 40,
        "ordermin": f"{pair.ordermin:f}",
        "costmin": f"{pair.costmin:f}",
        "tick_size": f"{pair.tick_size:f}",
        "status": pair.status,
    }
    if pair.position_limits is not None:
        entry["long_position_limit"], entry["short_position_limit"] = pair.position_limits
    return entry


def _fees(steps: FeeSteps) -> list[list[float]]:
    # Kraken sends them as JSON numbers.
    return [[volume, float(percent)] for volume, percent in steps]


def _ticker_entry(pair: ListedPair, market: Market) -> dict[str, Any]:
    ticker = market.ticker(pair)

    def price(value: Decimal) -> str:
        return f"{value:.{pair.ticker_decimals}f}"

    def offered(best: Decimal, levels: Sequence[Level]) -> list[str]:
        """Price, whole lots and lots at the best price; of an empty side, zeros."""
        if not best:
            return [price(best), "0", "0.000"]
        volume = levels[0].volume if levels else None
        lots = Decimal(1) if volume is None else volume
        return [price(best), f"{int(lots)}", f"{lots:.3f}"]

    volume = f"{ticker.volume:.8f}"
    return {
        "a": offered(ticker.ask, market.levels(pair, "buy")),
        "b": offered(ticker.bid, market.levels(pair, "sell")),
        "c": [price(ticker.last), "0.10000000"],
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
        *(f"{price:.{pair.pair_decimals}f}" for price in prices),
        f"{candle.volume:.8f}",
        candle.count,
    ]
