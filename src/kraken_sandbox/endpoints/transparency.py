"""Public endpoints that European law asks of a market: its book and its trades, with who made them known when."""

import math
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ..candles import SAMPLES, made_up
from ..depth import depth
from ..listed import ListedPair
from ..messages import UNKNOWN_PAIR, ExchangeError, invalid_argument
from ..state import Call
from ..tape import MINUTE, NANO, TapeTrade, trades

VENUE = "PGSL"
LEVELS = 10
MOST_TRADES = 1000
APART = MINUTE * NANO // SAMPLES
"""Nanoseconds between two trades of a pair."""


def pre_trade(call: Call) -> Any:
    """PreTrade: https://docs.kraken.com/api-reference/market-data/get-pre-trade-data"""
    pair = _pair(call, call.parameters.required("symbol"))
    return {
        **_names(pair),
        "venue": VENUE,
        "system": "CLOB",
        "bids": _levels(call, pair, "sell", "BUY"),
        "asks": _levels(call, pair, "buy", "SELL"),
    }


def post_trade(call: Call) -> Any:
    """PostTrade: https://docs.kraken.com/api-reference/market-data/get-post-trade-data

    Without a symbol it is the latest trades of all pairs.
    """
    symbol = call.parameters.text("symbol")
    pairs = [_pair(call, symbol)] if symbol else list(call.state.market.pairs.values())
    count = call.parameters.integer("count", MOST_TRADES) or 0
    if not 0 < count <= MOST_TRADES:
        raise invalid_argument("count")
    asked_since, until = _moment(call, "from_ts"), _moment(call, "to_ts")
    of_each = count if len(pairs) == 1 else math.ceil(count / len(pairs))
    since = asked_since
    if asked_since is None and until is not None:
        since = until - (of_each + 1) * APART
    made = [
        (trade, pair)
        for pair in pairs
        for trade in trades(call.state.market, pair, since, of_each + 1, call.now)
        if until is None or trade.time <= until
    ]
    made.sort(key=lambda each: each[0].time)
    entries = [_entry(trade, pair) for trade, pair in (made[-count:] if asked_since is None else made[:count])]
    return {"last_ts": entries[-1]["trade_ts"] if entries else "", "count": len(entries), "trades": entries}


def _pair(call: Call, symbol: str) -> ListedPair:
    pair = call.state.market.find_pair(symbol)
    if pair is None:
        raise ExchangeError(UNKNOWN_PAIR)
    return pair


def _names(pair: ListedPair) -> dict[str, Any]:
    base, quote = pair.base.display_name, pair.quote.display_name
    return {
        "symbol": pair.display_name,
        "description": f"{base} {quote}",
        "base_asset": base,
        "base_notation": "UNIT",
        "quote_asset": quote,
        "quote_notation": "MONE",
    }


def _levels(call: Call, pair: ListedPair, met_by: str, side: str) -> list[dict[str, Any]]:
    now = _words(int(call.now * NANO))
    return [
        {
            "side": side,
            "price": pair.price_text(offer.price),
            "qty": pair.volume_text(offer.volume),
            "count": made_up(f"{pair.key} {met_by} orders", index) % 3 + 1,
            "submission_ts": now,
            "publication_ts": now,
        }
        for index, offer in enumerate(depth(call.state.market, pair, met_by, LEVELS))
    ]


def _entry(trade: TapeTrade, pair: ListedPair) -> dict[str, Any]:
    time = _words(trade.time)
    return {
        "trade_id": f"{pair.key}-{trade.id}",
        "price": pair.price_text(trade.price),
        "quantity": pair.volume_text(trade.volume),
        **_names(pair),
        "trade_venue": VENUE,
        "trade_ts": time,
        "publication_venue": VENUE,
        "publication_ts": time,
    }


def _words(nanoseconds: int) -> str:
    """A time as these endpoints write it, to the microsecond."""
    seconds, rest = divmod(nanoseconds, NANO)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest // 1000:06d}Z"


def _moment(call: Call, name: str) -> int | None:
    """A time in nanoseconds; None where none is given."""
    text = call.parameters.text(name)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise invalid_argument(name)
        # The whole microsecond: what is told to it is not told again.
        return int(Decimal(str(moment.timestamp())) * NANO) + 999
    except (ValueError, OverflowError, OSError):
        raise invalid_argument(name) from None
