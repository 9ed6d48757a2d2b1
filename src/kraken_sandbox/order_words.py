"""An order in Kraken's words: `buy 1.25000000 XBTUSD @ limit 27500.0`.

As AddOrder, OpenOrders and their neighbours show them
(https://docs.kraken.com/api-reference/trading/add-order).
"""

from decimal import Decimal

from .listed import ListedPair
from .records import BookOrder, CloseTerms


def describe(order: BookOrder, pair: ListedPair) -> str:
    """What is bought or sold, and how."""
    volume = order.volume if order.quote_volume is None else order.quote_volume
    price, price2 = price_texts(order, pair)
    leverage = "" if order.leverage is None else f" with {order.leverage}:1 leverage"
    kind = _kind(order.ordertype, price, price2)
    return f"{order.type} {volume:.{pair.lot_decimals}f} {pair.altname} @ {kind}{leverage}"


def describe_close(terms: CloseTerms | None) -> str:
    """How it will be closed again; nothing where that was not asked for."""
    return "" if terms is None else f"close position @ {_kind(terms.ordertype, terms.price, terms.price2)}"


def price_texts(order: BookOrder, pair: ListedPair) -> tuple[str, str]:
    """An order's price and its secondary price; `0` for one that it does not have."""

    def text(price: Decimal | None) -> str:
        return "0" if price is None else f"{price:.{pair.pair_decimals}f}"

    if order.trailing is not None:
        return order.trailing, order.trailing_limit or "0"
    if order.trigger is not None:
        return text(order.trigger), text(order.price)
    return text(order.price), "0"


def _kind(ordertype: str, price: str, price2: str) -> str:
    words = ordertype.replace("-", " ")
    if price in ("", "0"):
        return words
    if price2 in ("", "0"):
        return f"{words} {price}"
    return f"{words.removesuffix(' limit')} {price} -> limit {price2}"
