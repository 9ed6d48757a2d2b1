"""Which accounts are known, as a table or as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ...formats import View
from ..configuration import Refused
from .basics import NOT_CONFIGURED, registered

if TYPE_CHECKING:
    from ...config import Settings
    from ...memory.register import Listed


def write_list(env_file: Path | None, config: Path | None, format_name: str) -> None:
    """Write it to standard output.

    Raises:
        Refused: the accounts cannot be read, or the list cannot be written.
    """
    from ..output import OutputError, has_color, open_output

    settings, register = registered(env_file, config)
    rows, trouble = register.listed()
    try:
        target = open_output(None)
        view = View(width=target.width, color=has_color(target, "auto", os.environ), encoding=target.encoding)
        if format_name == "json":
            target.write(_as_json(settings, rows, trouble))
        else:
            from .table import table_of

            target.write(table_of(rows, view))
            if trouble is not None:
                click.echo(f"What runs remember of the accounts is not whole: {trouble}.", err=True)
    except OutputError as error:
        raise Refused(str(error)) from error


def _as_json(settings: Settings, rows: Sequence[Listed], trouble: str | None) -> str:
    return (
        json.dumps({"url": settings.url, "trouble": trouble, "accounts": list(map(_fields, rows))}, indent=2)
        + "\n"
    )


def _fields(row: Listed) -> dict[str, Any]:
    from ...formats.serialization import time

    entry = row.entry
    return {
        "account_type": row.account.account_type.value,
        "user_id": row.account.user_id,
        "label": row.account.label,
        "variables": row.prefix,
        "configured": row.settings is not None,
        "place": _place(row),
        "api_key": row.api_key,
        "iiban_last_four": None if row.identity is None else row.identity.last_four,
        "iiban_named": row.pinned is not None,
        "known_since": None if entry is None or entry.identified is None else time(entry.identified),
        "first_seen": None if entry is None else time(entry.first_seen),
        "last_seen": None if entry is None else time(entry.last_seen),
        "status": None if entry is None else entry.earlier.status,
    }


def _place(row: Listed) -> str:
    if row.settings is None:
        return NOT_CONFIGURED
    return row.settings.place or "no key"
