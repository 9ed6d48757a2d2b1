"""When a triggered order comes to life: the market's last price against its trigger.

As https://docs.kraken.com/api-reference/trading/add-order tells: a stop loss is triggered from the side that is
worse for its owner, a take profit from the better one, and the trigger of a trailing stop follows the best price
since it was placed. The index, another reference, is here the last price as well, as it is at Kraken where there
is none.
"""

from decimal import ROUND_HALF_EVEN, Decimal

from .listed import EXACT, ListedPair
from .order_prices import STOP_TYPES, read_words
from .records import BookOrder


def follow(order: BookOrder, last: Decimal) -> None:
    """Let a trailing stop know the market's last price: the lowest counts for buying, the highest for selling."""
    if order.trailing is not None and not order.triggered:
        best = min if order.type == "buy" else max
        order.extreme = last if order.extreme is None else best(order.extreme, last)


def is_reached(order: BookOrder, last: Decimal, pair: ListedPair) -> bool:
    """Whether the last price has come to the order's trigger."""
    trigger = trigger_price(order, pair)
    if trigger is None:
        return False
    rising = (order.type == "buy") == (order.ordertype in STOP_TYPES or order.trailing is not None)
    return last >= trigger if rising else last <= trigger


def trigger_price(order: BookOrder, pair: ListedPair) -> Decimal | None:
    """Where the order's trigger is now; None where it has none, or none yet."""
    if order.trailing is None or order.extreme is None:
        return order.trigger
    distance = read_words(order.trailing, "price").distance(order.extreme)
    return _in_ticks(order.extreme + (distance if order.type == "buy" else -distance), pair)


def release(order: BookOrder, pair: ListedPair) -> None:
    """Let an order that was triggered be one of the book: at its limit, or at the market's price."""
    order.trigger = order.trigger if order.trailing is None else trigger_price(order, pair)
    order.triggered = True
    if order.trailing_limit is not None and order.trigger is not None:
        words = read_words(order.trailing_limit, "price2")
        distance = words.distance(order.trigger)
        limit = order.trigger + (distance if words.sign == "+" else -distance)
        order.price = max(_in_ticks(limit, pair), pair.tick_size)


def _in_ticks(price: Decimal, pair: ListedPair) -> Decimal:
    return price.quantize(pair.tick_size, ROUND_HALF_EVEN, EXACT)
