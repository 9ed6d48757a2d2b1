"""Private endpoints that place orders, one or several at once."""

from typing import Any

from .. import matching
from ..messages import TRADING_AGREEMENT_REQUIRED, ExchangeError, Parameters, invalid_argument
from ..order_checks import check_order
from ..order_times import check_deadline
from ..order_words import describe, describe_close
from ..records import BookOrder
from ..state import Call
from ..tickets import read_pair, read_ticket

FEWEST_IN_BATCH, MOST_IN_BATCH = 2, 15

OF_THE_BATCH = ("pair", "asset_class")
"""What the orders of a batch have in common."""


def add_order(call: Call) -> Any:
    """AddOrder: https://docs.kraken.com/api-reference/trading/add-order"""
    order = read_ticket(call.parameters, call.state.market, call.now)
    check_agreement(call)
    check_order(call.state, call.account, order, call.now)
    result: dict[str, Any] = {"descr": description(order, call)}
    if not call.parameters.flag("validate"):
        result["txid"] = [matching.place(call.state, call.account, order, call.now).txid]
    return result


def add_order_batch(call: Call) -> Any:
    """AddOrderBatch: https://docs.kraken.com/api-reference/trading/add-order-batch

    An order that makes no sense spoils the batch; one that cannot be placed just now has its error in its place,
    among the others (https://github.com/krakenfx/kraken-api-sdk/blob/main/rust/docs/guides/wire-quirks.md).
    """
    given = call.parameters.entries("orders")
    if not FEWEST_IN_BATCH <= len(given) <= MOST_IN_BATCH:
        raise invalid_argument("orders")
    read_pair(call.parameters, call.state.market)
    check_deadline(call.parameters, call.now)
    common = {name: call.parameters.text(name) for name in OF_THE_BATCH if call.parameters.text(name)}
    orders = [read_ticket(Parameters(each.values | common), call.state.market, call.now) for each in given]
    check_agreement(call)
    return {"orders": [_placed(order, call) for order in orders]}


def check_agreement(call: Call) -> None:
    """Raise ExchangeError where the account's regulator asks for an agreement that is not there."""
    if call.account.trading_agreement and call.parameters.text("trading_agreement") != "agree":
        raise ExchangeError(TRADING_AGREEMENT_REQUIRED)


def description(order: BookOrder, call: Call) -> dict[str, str]:
    """What an order is, and how it will be closed again, in words."""
    words = {"order": describe(order, call.state.market.pair(order.pair))}
    return words | ({"close": describe_close(order.close)} if order.close else {})


def _placed(order: BookOrder, call: Call) -> dict[str, Any]:
    try:
        check_order(call.state, call.account, order, call.now)
    except ExchangeError as error:
        return {"error": error.message}
    result: dict[str, Any] = {"descr": description(order, call)}
    if not call.parameters.flag("validate"):
        result["txid"] = matching.place(call.state, call.account, order, call.now).txid
    return result
