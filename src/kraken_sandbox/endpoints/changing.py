"""Private endpoints that change an open order: in its place, or by another one."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from .. import matching
from ..amends import remember_change
from ..listed import CURRENCY, ListedPair
from ..messages import (
    INSUFFICIENT_FUNDS,
    INVALID_ORDER,
    NOTHING_TO_AMEND,
    POST_ONLY,
    UNKNOWN_ORDER,
    UNKNOWN_PAIR,
    ExchangeError,
    invalid_argument,
)
from ..order_checks import can_pay, check_request
from ..order_prices import absolute, offset, order_prices
from ..order_times import check_deadline
from ..order_words import price_texts
from ..records import BookOrder
from ..state import Call
from ..tickets import check_display, read_flags, read_pair, read_userref, read_volume
from .canceling import by_client_id, by_id
from .placing import description

AMENDED = ("volume", "display_volume", "price", "trigger", "trailing", "trailing_limit")


def amend_order(call: Call) -> Any:
    """AmendOrder: https://docs.kraken.com/api-reference/trading/amend-order"""
    order = _amended_order(call)
    pair = call.state.market.pair(order.pair)
    _check_pair(call, pair)
    check_deadline(call.parameters, call.now)
    if call.parameters.text("order_qty") and (
        read_volume(call.parameters, "order_qty", pair) <= order.volume_executed
    ):
        matching.cancel(call.account, order, matching.REQUESTED, call.now)
        return {"amend_id": call.state.new_id("T")}
    changed = _amend(call, order, pair)
    if all(getattr(order, name) == getattr(changed, name) for name in AMENDED):
        raise ExchangeError(NOTHING_TO_AMEND)
    passive = order.post_only or call.parameters.flag("post_only")
    if passive and changed.price != order.price and matching.meets(changed, call.state.market):
        raise ExchangeError(POST_ONLY)
    _check_instead_of(call, order, changed)
    before, amend_id = replace(order), call.state.new_id("T")
    for name in AMENDED:
        setattr(order, name, getattr(changed, name))
    remember_change(before, order, pair, amend_id, call.now)
    matching.rematch(call.state, call.account, order, call.now)
    return {"amend_id": amend_id}


def edit_order(call: Call) -> Any:
    """EditOrder: https://docs.kraken.com/api-reference/trading/edit-order

    It cancels an order and places another one for what is left.
    """
    original = _edited_order(call)
    pair = read_pair(call.parameters, call.state.market)
    if pair.key != original.pair:
        raise invalid_argument("pair")
    check_deadline(call.parameters, call.now)
    order = _edit(call, original, pair)
    _check_instead_of(call, original, order)
    price, price2 = price_texts(order, pair)
    result = {
        "status": "ok",
        "originaltxid": original.txid,
        "volume": f"{order.volume:.{pair.lot_decimals}f}",
        "price": price,
        "price2": price2,
        "orders_cancelled": 0,
        "descr": description(order, call),
    }
    if call.parameters.flag("validate"):
        return result
    matching.cancel(call.account, original, matching.REQUESTED, call.now)
    placed = matching.place(call.state, call.account, order, call.now)
    ids = {"olduserref": original.userref, "newuserref": order.userref}
    return (
        result
        | {"txid": placed.txid, "orders_cancelled": 1}
        | {name: str(userref) for name, userref in ids.items() if userref is not None}
    )


def _amended_order(call: Call) -> BookOrder:
    cl_ord_id, txid = call.parameters.text("cl_ord_id"), call.parameters.text("txid")
    if not cl_ord_id and not txid:
        raise invalid_argument("txid")
    found = by_client_id(call, cl_ord_id) if cl_ord_id else by_id(call, txid)
    if not found or (txid and found[0].txid != txid):
        raise ExchangeError(UNKNOWN_ORDER)
    return found[0]


def _check_pair(call: Call, pair: ListedPair) -> None:
    """Raise ExchangeError for another pair than the order's; a tokenized asset's must be named."""
    name = call.parameters.text("pair")
    if name and call.state.market.find_pair(name) is None:
        raise ExchangeError(UNKNOWN_PAIR)
    if call.state.market.find_pair(name) != pair and (name or pair.base.aclass != CURRENCY):
        raise invalid_argument("pair")


def _amend(call: Call, order: BookOrder, pair: ListedPair) -> BookOrder:
    """The order with all that is to be another way. Raises ExchangeError for what such an order does not have."""
    given, last = call.parameters, call.state.market.ticker(pair).last
    changed = replace(order)
    if given.text("order_qty"):
        if order.quote_volume is not None:
            raise invalid_argument("order_qty")
        changed.volume = read_volume(given, "order_qty", pair)
    if given.text("display_qty"):
        if order.display_volume is None:
            raise invalid_argument("display_qty")
        changed.display_volume = given.decimal("display_qty")
        check_display(changed.display_volume, changed.volume_left, "display_qty")
    if limit := given.text("limit_price"):
        if order.price is not None:
            changed.price = absolute(limit, "limit_price", pair, last, rising=order.type == "sell")
        elif order.trailing_limit is not None:
            changed.trailing_limit = offset(limit, "limit_price", pair, "+-")
        else:
            raise invalid_argument("limit_price")
    if trigger := given.text("trigger_price"):
        if order.waits and order.trailing is not None:
            changed.trailing = offset(trigger, "trigger_price", pair, "+")
        elif order.waits and order.trigger is not None:
            changed.trigger = absolute(trigger, "trigger_price", pair, last, rising=order.type == "buy")
        else:
            raise invalid_argument("trigger_price")
    return changed


def _edited_order(call: Call) -> BookOrder:
    """The order to edit; Kraken's page excepts what has been triggered, and what has a closing order."""
    found = by_id(call, call.parameters.required("txid"))
    if not found:
        raise ExchangeError(UNKNOWN_ORDER)
    if len(found) > 1 or found[0].triggered or found[0].close is not None:
        raise ExchangeError(INVALID_ORDER)
    return found[0]


def _edit(call: Call, original: BookOrder, pair: ListedPair) -> BookOrder:
    given = call.parameters
    volume = read_volume(given, "volume", pair) if given.text("volume") else original.volume
    if volume <= original.volume_executed or original.quote_volume is not None:
        raise ExchangeError(INVALID_ORDER)
    left = volume - original.volume_executed
    display = original.display_volume
    if given.text("displayvol"):
        if display is None:
            raise invalid_argument("displayvol")
        display = given.decimal("displayvol")
    if display is not None:
        check_display(display, left, "displayvol")
    price, price2 = price_texts(original, pair)
    prices = order_prices(
        original.ordertype,
        original.type,
        given.text("price") or price,
        given.text("price2") or price2,
        pair,
        call.state.market.ticker(pair).last,
    )
    return replace(
        original,
        txid="",
        opentm=round(call.now, 4),
        userref=read_userref(given),
        cl_ord_id=None,
        volume=left,
        display_volume=display,
        price=prices.limit,
        trigger=prices.trigger,
        trailing=prices.trailing,
        trailing_limit=prices.trailing_limit,
        extreme=None,
        oflags=read_flags(given, original.ordertype, original.type) if given.text("oflags") else original.oflags,
        volume_executed=Decimal(0),
        cost=Decimal(0),
        fee=Decimal(0),
        trades=[],
        amends=[],
    )


def _check_instead_of(call: Call, order: BookOrder, changed: BookOrder) -> None:
    """Raise ExchangeError when the account may not have the changed order where it has the first one."""
    orders = call.account.open_orders
    # While this is judged the first one holds nothing, and keeps its place among the others.
    orders[order.txid] = replace(order, status="pending", cl_ord_id=None)
    try:
        check_request(call.state, call.account, changed)
        if not can_pay(call.state, call.account, changed, call.now):
            raise ExchangeError(INSUFFICIENT_FUNDS)
    finally:
        orders[order.txid] = order
