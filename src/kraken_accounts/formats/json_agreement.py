"""Whether a report in JSON says of itself what this program would say of it."""

from __future__ import annotations

from typing import Any

from .json_fields import NotAReport, shown


def compare(ours: Any, theirs: Any, where: str = "") -> None:
    """Each field that is written here stands there alike.

    Args:
        where: what leads there: `accounts[3].`.

    Raises:
        NotAReport: one does not.
    """
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for name, value in ours.items():
            if name not in theirs:
                raise NotAReport(f"has no {where}{name}; make all reports with this version of kraken-accounts")
            compare(value, theirs[name], f"{where}{name}.")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for number, (value, other) in enumerate(zip(ours, theirs, strict=True)):
            compare(value, other, f"{where.rstrip('.')}[{number}].")
    elif ours != theirs or _kind(ours) is not _kind(theirs):
        raise NotAReport(
            f"is at odds with itself: {where.rstrip('.')} is {shown(theirs)}, but comes to {shown(ours)}"
        )


def _kind(value: Any) -> type:
    """True is no 1, and 1.0 neither."""
    return str if isinstance(value, str) else type(value)
