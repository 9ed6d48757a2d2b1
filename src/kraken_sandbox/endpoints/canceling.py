"""Private endpoints that cancel orders: one, several, all, or all when nobody says otherwise in time."""

import re
from typing import Any

from .. import matching
from ..messages import (
    INVALID_ORDER,
    TIMEOUT_TOO_LONG,
    UNAVAILABLE,
    UNKNOWN_ORDER,
    ExchangeError,
    invalid_argument,
)
from ..order_times import rfc3339
from ..records import BookOrder
from ..state import Call

TXID = re.compile(r"[A-Z0-9]{6}-[A-Z0-9]{5}-[A-Z0-9]{6}")
USERREF = re.compile(r"[-+]?[0-9]{1,10}")

MOST_CANCELED = 50
"""In one batch."""

LONGEST_TIMEOUT = 86400
"""In seconds."""


def cancel_order(call: Call) -> Any:
    """CancelOrder, by txid, userref or cl_ord_id: https://docs.kraken.com/api-reference/trading/cancel-order"""
    _check_mode(call)
    cl_ord_id = call.parameters.text("cl_ord_id")
    txid = call.parameters.text("txid")
    if not cl_ord_id and not txid:
        raise invalid_argument("txid")
    return _cancel(call, by_client_id(call, cl_ord_id) if cl_ord_id else by_id(call, txid))


def cancel_order_batch(call: Call) -> Any:
    """CancelOrderBatch: https://docs.kraken.com/api-reference/trading/cancel-order-batch"""
    _check_mode(call)
    ids = _all_of(call, "orders", "txid")
    client_ids = _all_of(call, "cl_ord_ids", "cl_ord_id")
    if not 0 < len(ids) + len(client_ids) <= MOST_CANCELED:
        raise invalid_argument("orders")
    found = [order for text in ids for order in by_id(call, text)]
    found += [order for text in client_ids for order in by_client_id(call, text)]
    return _cancel(call, list({order.txid: order for order in found}.values()))


def cancel_all(call: Call) -> Any:
    """CancelAll: https://docs.kraken.com/api-reference/trading/cancel-all-orders"""
    _check_mode(call)
    orders = list(call.account.open_orders.values())
    return _cancel(call, orders) if orders else {"count": 0}


def cancel_all_orders_after(call: Call) -> Any:
    """CancelAllOrdersAfter: https://docs.kraken.com/api-reference/trading/cancel-all-orders-after-x"""
    call.parameters.required("timeout")
    timeout = call.parameters.integer("timeout")
    if timeout is None or timeout < 0:
        raise invalid_argument("timeout")
    if timeout > LONGEST_TIMEOUT:
        raise ExchangeError(TIMEOUT_TOO_LONG)
    call.account.cancel_after = call.now + timeout if timeout else None
    return {
        "currentTime": rfc3339(call.now),
        "triggerTime": rfc3339(call.now + timeout) if timeout else "0",
    }


def by_id(call: Call, text: str) -> list[BookOrder]:
    """The open orders of that txid or userref. Raises ExchangeError for what is neither."""
    if TXID.fullmatch(text):
        return [order for order in call.account.open_orders.values() if order.txid == text]
    if USERREF.fullmatch(text):
        return [order for order in call.account.open_orders.values() if order.userref == int(text)]
    raise ExchangeError(INVALID_ORDER)


def by_client_id(call: Call, text: str) -> list[BookOrder]:
    """The open orders of that cl_ord_id."""
    return [order for order in call.account.open_orders.values() if order.cl_ord_id == text]


def _all_of(call: Call, name: str, inner: str) -> list[str]:
    """The distinct ids that a list names, as texts or as objects with a text."""
    given = call.parameters.listed(name) + [entry.text(inner) for entry in call.parameters.entries(name)]
    return list(dict.fromkeys(given))


def _check_mode(call: Call) -> None:
    if call.state.status == "maintenance":
        raise ExchangeError(UNAVAILABLE)


def _cancel(call: Call, chosen: list[BookOrder]) -> dict[str, int]:
    if not chosen:
        raise ExchangeError(UNKNOWN_ORDER)
    for order in chosen:
        matching.cancel(call.account, order, matching.REQUESTED, call.now)
    return {"count": len(chosen)}
