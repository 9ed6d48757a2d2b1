"""What AddOrder takes: each parameter of https://docs.kraken.com/api-reference/trading/add-order, read or refused.

FOK came in May 2026, and so did `broker` (https://docs.kraken.com/exchange/changelog), which says who brought the
order and changes nothing of it. What Kraken does not document it leaves alone: clients send `close[type]` and the
like.
"""

import re
from decimal import Decimal

from .listed import ListedPair, asset_class
from .market import Market
from .messages import (
    INVALID_ARGUMENTS,
    UNKNOWN_PAIR,
    ExchangeError,
    Parameters,
    invalid_argument,
)
from .order_prices import LIMIT_TYPES, TRAILING_TYPES, TRIGGER_TYPES, order_prices, read_words
from .order_times import check_deadline, read_time
from .records import SETTLE, BookOrder, CloseTerms

SIDES = ("buy", "sell")
FLAGS = ("post", "fcib", "fciq", "nompp", "viqc")
TIMES_IN_FORCE = ("gtc", "ioc", "gtd", "fok")
SELF_TRADE_RULES = ("cancel-newest", "cancel-oldest", "cancel-both")
REFERENCES = ("last", "index")
ORDER_TYPES = frozenset({"market", SETTLE}) | LIMIT_TYPES | TRIGGER_TYPES | TRAILING_TYPES
CLOSE_TYPES = frozenset({"limit"}) | TRIGGER_TYPES | TRAILING_TYPES

LEAST_SHOWN = 15
"""An iceberg shows at least a fifteenth of its volume."""

LEVERAGE = re.compile(r"([0-9]{1,3})(:1)?", re.ASCII)

# A UUID with or without hyphens, or up to 18 printable characters.
CLIENT_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32}|[!-~]{1,18}")


def read_ticket(parameters: Parameters, market: Market, now: float) -> BookOrder:
    """The order that AddOrder's parameters describe, without an id. Raises ExchangeError for nonsense."""
    ordertype = _choice(parameters, "ordertype", ORDER_TYPES)
    side = _choice(parameters, "type", SIDES)
    pair = read_pair(parameters, market)
    leverage = _leverage(parameters, side, pair)
    reduces = parameters.flag("reduce_only")
    volume = Decimal(0)
    # Nothing stands for all there is of a position.
    if not (reduces or ordertype == SETTLE) or parameters.required("volume").strip("0.") != "":
        volume = read_volume(parameters, "volume", pair)
    unpriced = ordertype in ("market", SETTLE)
    price = parameters.text("price") if unpriced else parameters.required("price")
    price2 = parameters.required("price2") if ordertype.endswith("-limit") else parameters.text("price2")
    prices = order_prices(ordertype, side, price, price2, pair, market.ticker(pair).last)
    userref, cl_ord_id = _client_ids(parameters)
    flags = read_flags(parameters, ordertype, side)
    starttm = read_time(parameters, "starttm", now)
    expiretm = read_time(parameters, "expiretm", now, after=starttm)
    check_deadline(parameters, now)
    return BookOrder(
        txid="",
        pair=pair.key,
        type=side,
        ordertype=ordertype,
        price=prices.limit,
        volume=volume,
        opentm=round(now, 4),
        userref=userref,
        cl_ord_id=cl_ord_id,
        oflags=flags,
        time_in_force=_time_in_force(parameters, ordertype, flags, expires=bool(expiretm)),
        starttm=starttm,
        expiretm=expiretm,
        trigger=prices.trigger,
        reference=_choice(parameters, "trigger", REFERENCES, "last"),
        trailing=prices.trailing,
        trailing_limit=prices.trailing_limit,
        display_volume=_display_volume(parameters, ordertype, volume),
        quote_volume=volume if "viqc" in flags else None,
        stptype=_choice(parameters, "stptype", SELF_TRADE_RULES, "cancel-newest"),
        leverage=leverage,
        reduce_only=reduces,
        close=_close_terms(parameters, side, pair, market.ticker(pair).last, cl_ord_id),
    )


def read_pair(parameters: Parameters, market: Market) -> ListedPair:
    """The pair, of the class that is asked for."""
    pair = market.find_pair(parameters.required("pair"))
    if pair is None or pair.base.aclass != asset_class(parameters.text("asset_class")):
        raise ExchangeError(UNKNOWN_PAIR)
    return pair


def read_volume(parameters: Parameters, name: str, pair: ListedPair) -> Decimal:
    """A volume with no more decimals than the pair has."""
    volume = parameters.decimal(name)
    if volume != round(volume, pair.lot_decimals):
        raise invalid_argument(name)
    return volume


def read_flags(parameters: Parameters, ordertype: str, side: str) -> tuple[str, ...]:
    """The order flags, in Kraken's order, with `fciq` where no fee is preferred.

    None but a plain limit order is post-only
    (https://support.kraken.com/hc/en-us/articles/203053246-Other-order-options).
    """
    asked = set(parameters.names("oflags"))
    if not asked <= set(FLAGS) or {"fcib", "fciq"} <= asked or ("post" in asked and ordertype not in LIMIT_TYPES):
        raise invalid_argument("oflags")
    if "viqc" in asked and (ordertype, side) != ("market", "buy"):
        # https://github.com/ccxt/ccxt names this error of the wire among those it knows.
        raise invalid_argument("viqc")
    if "fcib" not in asked:
        asked.add("fciq")
    return tuple(flag for flag in FLAGS if flag in asked)


def read_userref(parameters: Parameters) -> int | None:
    """The number that an order's owner gave it, of 32 bits with a sign."""
    userref = parameters.integer("userref")
    if userref is not None and not -(2**31) <= userref < 2**31:
        raise invalid_argument("userref")
    return userref


def check_display(display: Decimal, volume: Decimal, name: str) -> None:
    """Raise ExchangeError for an iceberg that shows too little, or more than there is."""
    if not display <= volume <= display * LEAST_SHOWN:
        raise invalid_argument(name)


def _choice(
    parameters: Parameters, name: str, choices: frozenset[str] | tuple[str, ...], default: str | None = None
) -> str:
    value = parameters.required(name) if default is None else parameters.text(name) or default
    if value not in choices:
        raise invalid_argument(name)
    return value


def _leverage(parameters: Parameters, side: str, pair: ListedPair) -> int | None:
    """How many times the cost exceeds the margin, as far as the pair allows that; None for an order without."""
    leverage = parameters.text("leverage") or "none"
    if leverage == "none":
        return None
    form = LEVERAGE.fullmatch(leverage)
    allowed = pair.leverage_buying if side == "buy" else pair.leverage_selling
    if form is None or (int(form[1]) != 1 and int(form[1]) not in allowed):
        raise invalid_argument("leverage")
    return int(form[1]) if int(form[1]) != 1 else None


def _client_ids(parameters: Parameters) -> tuple[int | None, str | None]:
    userref = read_userref(parameters)
    cl_ord_id = parameters.text("cl_ord_id") or None
    if cl_ord_id is not None and CLIENT_ID.fullmatch(cl_ord_id) is None:
        raise invalid_argument("cl_ord_id")
    if userref is not None and cl_ord_id is not None:
        raise ExchangeError(INVALID_ARGUMENTS)
    return userref, cl_ord_id


def _time_in_force(parameters: Parameters, ordertype: str, flags: tuple[str, ...], *, expires: bool) -> str:
    value = (parameters.text("timeinforce") or "gtc").lower()
    limited = ordertype in LIMIT_TYPES or ordertype.endswith("-limit")
    if (
        value not in TIMES_IN_FORCE
        or (value == "gtd" and not expires)
        or (value == "fok" and not limited)
        or (value in ("ioc", "fok") and "post" in flags)
    ):
        raise invalid_argument("timeinforce")
    return value


def _display_volume(parameters: Parameters, ordertype: str, volume: Decimal) -> Decimal | None:
    if not parameters.text("displayvol"):
        if ordertype == "iceberg":
            raise invalid_argument("displayvol")
        return None
    display = parameters.decimal("displayvol")
    if ordertype not in LIMIT_TYPES:
        raise invalid_argument("displayvol")
    check_display(display, volume, "displayvol")
    return display


def _close_terms(
    parameters: Parameters, side: str, pair: ListedPair, reference: Decimal, cl_ord_id: str | None
) -> CloseTerms | None:
    """What closes the order again. Not with a `cl_ord_id`: Kraken refuses both together
    (https://github.com/krakenfx/kraken-api-sdk/blob/main/rust/docs/guides/placing-orders.md).
    """
    ordertype = parameters.text("close[ordertype]")
    price, price2 = parameters.text("close[price]"), parameters.text("close[price2]")
    if not ordertype:
        if price or price2:
            raise invalid_argument("close[ordertype]")
        return None
    if ordertype not in CLOSE_TYPES:
        raise invalid_argument("close[ordertype]")
    if cl_ord_id is not None:
        raise invalid_argument("cl_ord_id")
    opposite = "sell" if side == "buy" else "buy"
    try:
        order_prices(ordertype, opposite, price, price2, pair, reference)
    except ExchangeError as error:
        # The same words, but for the parameter's name.
        raise ExchangeError(re.sub(r":(price2?)$", r":close[\1]", error.message)) from None
    return CloseTerms(ordertype, *(_in_decimals(text, pair) for text in (price, price2)))


def _in_decimals(price: str, pair: ListedPair) -> str:
    """An absolute price with the pair's decimals; others as they are."""
    return price if price in ("", "0") or price[0] in "+-#" else read_words(price, "price").text(pair)
