"""What an account does, in a few words: when it traded last, how much in a day, what rests in the book."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from .. import money
from ..durations import roughly
from ..report.activity import Activity
from ..report.amounts import amounts_of
from ..report.model import AccountReport
from ..report.verdict import TradingEvidence
from ..text import fit
from .phrases import is_idle


def activity_in_short(account: AccountReport, quote: str, encoding: str) -> str:
    """On one line; empty where it was not asked.

    ``last fill 14 min ago · 41 fills in 24 h · 3 orders, oldest 9 d``, and first whether that is idle, or that it
    may trade, where nothing proves that it does.

    Args:
        quote: the common ticker of the currency of amounts.
    """
    activity = account.activity
    return "" if activity is None else fit(" · ".join(_parts(account, activity, quote, encoding)), encoding)


def activity_in_full(account: AccountReport, quote: str, encoding: str) -> list[tuple[str, str]] | None:
    """Each thing there is to know of it, with what is known; None where it was not asked."""
    activity = account.activity
    if activity is None:
        return None
    worth = "unknown" if activity.volume is None else money.formatted(activity.volume, quote, encoding)
    least = "" if activity.volume is None or activity.volume_complete else "at least "
    rows = {
        "Last fill": _last_fill(activity),
        "Fills in 24 h": "unknown" if activity.fills is None else f"{_fills(activity)}, worth {least}{worth}",
        "Open orders": _orders_in_full(account, activity, quote, encoding),
        "Open positions": "unknown" if account.open_positions is None else "none",
    }
    if account.open_positions:
        rows["Open positions"] = (
            f"{len(account.open_positions)}, {_profit(activity.positions_profit, quote, encoding)}"
        )
    return [(what, fit(said, encoding)) for what, said in rows.items()]


def _last_fill(activity: Activity) -> str:
    last = activity.last_fill
    if last is None:
        return "never" if activity.never_traded else "unknown"
    what = f"{last.side} {money.plain(last.volume)} {last.pair} at {money.plain(last.price)}"
    return f"{last.time:%Y-%m-%d %H:%M:%S} UTC, {what}"


def _orders_in_full(account: AccountReport, activity: Activity, quote: str, encoding: str) -> str:
    if not activity.open_orders:
        return "unknown" if activity.open_orders is None else "none"
    bound = amounts_of(account, quote).in_orders
    holding = "an unknown amount" if bound is None else money.formatted(bound, quote, encoding)
    oldest = activity.oldest_order_at
    since = "unknown when" if oldest is None else f"{oldest:%Y-%m-%d %H:%M:%S} UTC"
    return f"{activity.open_orders}, which hold {holding}; the oldest was placed {since}"


def _fills(activity: Activity) -> str:
    return f"{'' if activity.fills_complete else 'at least '}{activity.fills}"


def _parts(account: AccountReport, activity: Activity, quote: str, encoding: str) -> Iterator[str]:
    if is_idle(account):
        yield "idle"
    elif account.verdict.evidence is TradingEvidence.PERMISSION:
        yield "may trade"
    if activity.last_fill is not None:
        yield f"last fill {_age(activity, activity.last_fill.time)} ago"
    if activity.fills is None:
        yield "fills unknown"
    elif activity.never_traded:
        yield "never a fill"
    else:
        yield f"{_fills(activity) if activity.fills else 'no'} fill{'' if activity.fills == 1 else 's'} in 24 h"
    yield _orders(activity)
    if account.open_positions is None:
        yield "positions unknown"
    elif count := len(account.open_positions):
        yield f"{count} position{'' if count == 1 else 's'}, {_profit(activity.positions_profit, quote, encoding)}"


def _orders(activity: Activity) -> str:
    if activity.open_orders is None:
        return "orders unknown"
    if not activity.open_orders:
        return "no orders"
    oldest = "unknown" if activity.oldest_order_at is None else _age(activity, activity.oldest_order_at)
    return f"{activity.open_orders} order{'' if activity.open_orders == 1 else 's'}, oldest {oldest}"


def _profit(profit: Decimal | None, quote: str, encoding: str) -> str:
    if profit is None:
        return "profit unknown"
    return f"{'+' if profit > 0 else ''}{money.formatted(profit, quote, encoding)} unrealized"


def _age(activity: Activity, moment: datetime) -> str:
    return roughly(activity.as_of - moment)
