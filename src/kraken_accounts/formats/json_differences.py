"""What is different from earlier, in JSON: since a run or a time, and since the day and the month began."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from .. import money
from ..report.differences import Change, Gains, RunningGain
from .json_fields import Fields, amount, flag, text
from .json_fields import time as read_time
from .serialization import cents, time


def of_account(change: Change | None, found: Gains | None) -> dict[str, Any]:
    """The fields of one account; null where nobody asked."""
    fields = None
    if change is not None:
        since = None if change.since is None else time(change.since)
        fields = {"previous_status": change.previous_status, "since": since, **_change(change)}
    return {"change": fields, "gains": _gains(found)}


def of_all(change: Change | None, since: datetime | None, found: Gains | None) -> dict[str, Any]:
    """Those of all accounts together.

    Args:
        since: the earliest that changes are counted from.
    """
    fields = None if change is None else {"since": None if since is None else time(since), **_change(change)}
    return {"change": fields, "gains": _gains(found)}


def read_change(fields: Fields) -> Change | None:
    """The change of an account, from the object that has it.

    Raises:
        NotAReport: it is something else.
    """
    change = fields.optional_object("change")
    if change is None:
        return None
    status, since = change.optional("previous_status", text), change.optional("since", read_time)
    return replace(_read_change(change), previous_status=status, since=since)


def read_change_in_all(fields: Fields) -> tuple[Change | None, datetime | None]:
    """The same of the sum, and the earliest that changes are counted from."""
    change = fields.optional_object("change")
    return (None, None) if change is None else (_read_change(change), change.optional("since", read_time))


def read_gains(fields: Fields) -> Gains | None:
    """The same of what the running day and month have brought."""
    found = fields.optional_object("gains")
    return (
        None if found is None else Gains(_read_running(found.object("day")), _read_running(found.object("month")))
    )


def _change(change: Change) -> dict[str, Any]:
    return {
        "first": change.first,
        "previous_total": cents(change.previous_total),
        "amount": cents(change.amount),
        "percent": None if change.percent is None else money.plain(change.percent),
        "asked": None if change.asked is None else time(change.asked),
        "far": change.far,
        "deposits": cents(change.deposits),
        "withdrawals": cents(change.withdrawals),
    }


def _read_change(fields: Fields) -> Change:
    return Change(
        first=fields.get("first", flag),
        previous_total=fields.optional("previous_total", amount),
        amount=fields.optional("amount", amount),
        percent=fields.optional("percent", amount),
        asked=fields.optional("asked", read_time),
        far=fields.get("far", flag),
        deposits=fields.optional("deposits", amount),
        withdrawals=fields.optional("withdrawals", amount),
    )


def _gains(found: Gains | None) -> dict[str, Any] | None:
    return None if found is None else {"day": _running(found.day), "month": _running(found.month)}


def _running(one: RunningGain) -> dict[str, Any]:
    return {
        "since": None if one.since is None else time(one.since),
        "deposits": cents(one.deposits),
        "withdrawals": cents(one.withdrawals),
        "gain": cents(one.gain),
        "complete": one.complete,
    }


def _read_running(fields: Fields) -> RunningGain:
    return RunningGain(
        since=fields.optional("since", read_time),
        deposits=fields.optional("deposits", amount),
        withdrawals=fields.optional("withdrawals", amount),
        gain=fields.optional("gain", amount),
        complete=fields.get("complete", flag),
    )
