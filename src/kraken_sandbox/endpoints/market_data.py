"""Endpoints about what goes on in a market: its book and its tape."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from ..candles import made_up
from ..depth import MOST_LEVELS, Offer, grouped
from ..depth import depth as depth_of
from ..listed import ListedPair
from ..messages import LARGEST_INTEGER, invalid_argument
from ..state import Call
from ..tape import NANO
from ..tape import spreads as spreads_of
from ..tape import trades as trades_of
from .lookup import asked_pair

MOST_DEPTH = 500
MOST_TRADES = 1000
MOST_SPREADS = 200

SECONDS_END = 10**12
"""Trades' `since` is in nanoseconds; what is smaller are seconds, as in Kraken's own example."""

GROUPED_DEPTHS = (10, 25, 100, 250, 1000)
GROUPINGS = (1, 5, 10, 25, 50, 100, 250, 500, 1000)
LEVEL3_DEPTHS = (0, 10, 25, 100, 250, 1000)


def depth(call: Call) -> Any:
    """Depth: https://docs.kraken.com/api-reference/market-data/get-order-book"""
    name, pair = asked_pair(call)
    count = _count(call, MOST_DEPTH, 100)

    def level(offer: Offer) -> list[Any]:
        return [pair.ticker_price(offer.price), _lots(pair, offer.volume), int(call.now)]

    return {name: _sides(call, pair, count, lambda _side, offers: [level(offer) for offer in offers])}


def grouped_book(call: Call) -> Any:
    """GroupedBook: https://docs.kraken.com/api-reference/market-data/get-grouped-order-book"""
    _, pair = asked_pair(call)
    count = _one_of(call, "depth", GROUPED_DEPTHS, 10)
    grouping = _one_of(call, "grouping", GROUPINGS, 1)

    def side(side: str, offers: list[Offer]) -> list[dict[str, str]]:
        return [
            {"price": pair.ticker_price(offer.price), "qty": pair.volume_text(offer.volume)}
            for offer in grouped(pair, side, offers, grouping)[:count]
        ]

    book = _sides(call, pair, MOST_LEVELS, side)
    return {"pair": call.parameters.text("pair"), "grouping": grouping, "bids": book["bids"], "asks": book["asks"]}


def level3(call: Call) -> Any:
    """Level3, with one order at each price: https://docs.kraken.com/api-reference/market-data/query-l3-order-book"""
    _, pair = asked_pair(call)
    count = _one_of(call, "depth", LEVEL3_DEPTHS, 100) or MOST_LEVELS

    def side(side: str, offers: list[Offer]) -> list[dict[str, Any]]:
        return [
            {
                "price": pair.ticker_price(offer.price),
                "qty": pair.volume_text(offer.volume),
                "order_id": _order_id(f"{pair.key} {side} {offer.price}"),
                "timestamp": int(call.now) * NANO,
            }
            for offer in offers
        ]

    book = _sides(call, pair, count, side)
    return {"pair": call.parameters.text("pair"), "bids": book["bids"], "asks": book["asks"]}


def trades(call: Call) -> Any:
    """Trades: https://docs.kraken.com/api-reference/market-data/get-recent-trades"""
    name, pair = asked_pair(call)
    since = _nanoseconds(call)
    made = trades_of(call.state.market, pair, since, _count(call, MOST_TRADES, MOST_TRADES), call.now)
    last = made[-1].time if made else since or 0
    return {
        name: [
            [
                pair.ticker_price(trade.price),
                f"{trade.volume:.8f}",
                trade.time / NANO,
                trade.side,
                trade.ordertype,
                "",
                trade.id,
            ]
            for trade in made
        ],
        "last": str(last),
    }


def spread(call: Call) -> Any:
    """Spread: https://docs.kraken.com/api-reference/market-data/get-recent-spreads"""
    name, pair = asked_pair(call)
    since = call.parameters.integer("since", 0) or 0
    made = spreads_of(call.state.market, pair, since, MOST_SPREADS, call.now)
    return {
        name: [[each.time, pair.ticker_price(each.bid), pair.ticker_price(each.ask)] for each in made],
        "last": made[-1].time if made else int(call.now),
    }


def _sides(
    call: Call, pair: ListedPair, count: int, shown: Callable[[str, list[Offer]], list[Any]]
) -> dict[str, list[Any]]:
    """Both sides of a book: asks are what an order to buy meets."""
    market = call.state.market
    return {
        name: shown(side, depth_of(market, pair, side, count))
        for name, side in (("asks", "buy"), ("bids", "sell"))
    }


def _lots(pair: ListedPair, volume: Decimal) -> str:
    """A volume with three decimals, as Kraken rounds it here, unless nothing is left of it then."""
    text = f"{volume:.3f}"
    return text if Decimal(text) else pair.volume_text(volume)


def _order_id(of: str) -> str:
    digits = f"{made_up(of, 0):020d}"
    return f"O{digits[:5]}-{digits[5:10]}-{digits[10:16]}"


def _count(call: Call, most: int, default: int) -> int:
    count = call.parameters.integer("count", default) or 0
    if count < 1:
        raise invalid_argument("count")
    return min(count, most)


def _one_of(call: Call, name: str, choices: tuple[int, ...], default: int) -> int:
    number = call.parameters.integer(name, default)
    if number not in choices:
        raise invalid_argument(name)
    return number


def _nanoseconds(call: Call) -> int | None:
    text = call.parameters.text("since")
    if not text:
        return None
    try:
        since = Decimal(text)
    except InvalidOperation:
        raise invalid_argument("since") from None
    if not since.is_finite() or not 0 <= since <= LARGEST_INTEGER:
        raise invalid_argument("since")
    return int(since * NANO if since < SECONDS_END else since)
