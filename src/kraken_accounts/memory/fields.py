"""The fields of a file that runs keep: each is read back for what it should be, since a file may say anything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ..accounts import MASTER, Account, AccountType
from ..text import printable

_LONGEST = 80  # characters of a text


class Damaged(ValueError):
    """Something that no run has written."""


def account_of(selector: Any) -> Account:
    """The account that is called so.

    Raises:
        Damaged: that is no name.
    """
    if not isinstance(selector, str) or not selector or printable(selector, _LONGEST) != selector:
        raise Damaged(str(selector))
    return MASTER if selector == MASTER.selector else Account(AccountType.USER, selector)


def text_of(fields: Mapping[str, Any], name: str) -> str:
    """A short text on one line.

    Raises:
        Damaged: it is none.
    """
    value = fields.get(name)
    if not isinstance(value, str) or not value or printable(value, _LONGEST) != value:
        raise Damaged(name)
    return value


def time_of(value: Any) -> datetime:
    """In UTC.

    Raises:
        Damaged: it is no time.
    """
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise Damaged(value)
        return moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise Damaged(str(value)) from error
