"""From JSON back to what an account does; see `json_reader`."""

from __future__ import annotations

from ..report.activity import Activity, LastFill
from .json_fields import Fields, amount, count, flag, text, time


def read_activity(fields: Fields) -> Activity:
    """The activity of an account.

    Raises:
        NotAReport: it is something else.
    """
    last = fields.optional_object("last_fill")
    return Activity(
        as_of=fields.get("as_of", time),
        last_fill=None if last is None else _last_fill(last),
        fills=fields.optional("fills_24h", count),
        fills_complete=fields.get("fills_24h_complete", flag),
        volume=fields.optional("volume_24h", amount),
        volume_complete=fields.get("volume_24h_complete", flag),
        open_orders=fields.optional("open_orders", count),
        oldest_order_at=fields.optional("oldest_order_at", time),
        positions_profit=fields.optional("positions_profit", amount),
    )


def _last_fill(fields: Fields) -> LastFill:
    return LastFill(
        time=fields.get("time", time),
        pair=fields.get("pair", text),
        side=fields.get("side", text),
        volume=fields.get("volume", amount),
        price=fields.get("price", amount),
    )
