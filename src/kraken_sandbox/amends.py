"""What has been changed of an order in its place, beginning with what it was like when it was placed."""

import hashlib
from base64 import b32encode
from decimal import Decimal

from .listed import ListedPair
from .order_words import price_texts
from .records import Amend, BookOrder

ORIGINAL, USER = "original", "user"
MARKET_PRICE = "0"
"""What stands where an order has no price."""


def remember_change(before: BookOrder, order: BookOrder, pair: ListedPair, amend_id: str, now: float) -> None:
    """Note that an order is another one now; `before` is what it was."""
    if not order.amends:
        order.amends.append(_original(before, pair))
    order.amends.append(_snapshot(order, pair, amend_id, USER, round(now, 4), order.volume_left))


def amends_of(order: BookOrder, pair: ListedPair) -> list[Amend]:
    """All of them, the oldest first: an order that nobody has changed has its first state alone."""
    return order.amends or [_original(order, pair)]


def _original(order: BookOrder, pair: ListedPair) -> Amend:
    digits = b32encode(hashlib.sha256(f"placed {order.txid}".encode()).digest()).decode()
    return _snapshot(
        order, pair, f"T{digits[:5]}-{digits[5:10]}-{digits[10:16]}", ORIGINAL, order.opentm, order.volume
    )


def _snapshot(order: BookOrder, pair: ListedPair, name: str, kind: str, time: float, left: Decimal) -> Amend:
    price, price2 = price_texts(order, pair)
    waits_for_price = order.trigger is not None or order.trailing is not None
    limit, trigger = (price2, price) if waits_for_price else (price, MARKET_PRICE)
    return Amend(name, kind, time, order.volume, left, order.display_volume, limit, trigger, order.post_only)
