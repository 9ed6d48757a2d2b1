"""JSON of unknown origin taken apart: each value is of the kind that is asked for, or refused in words."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NoReturn, TypeVar

from ..money import EXACT
from ..text import printable

# More than any amount or price has, and few enough to compute with.
_AMOUNT = re.compile(r"-?(0|[1-9][0-9]{0,79})(\.[0-9]{1,1000})?")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_NEW_LINES = ("Zl", "Zp")  # Unicode's own
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LONGEST_TEXT = 100_000  # characters; a message may list all assets of an account
_LONGEST_SHOWN = 60  # characters of a value in a refusal

Value = TypeVar("Value")


class NotAReport(ValueError):
    """A text is no report that can be believed; the message says why, in words that follow the name of a file."""


def decoded(text: bytes) -> Any:
    """What a JSON text says, with Decimals in place of floats.

    Raises:
        NotAReport: it is not JSON, or JSON with NaN, Infinity or a name given twice.
    """
    try:
        return json.loads(
            text.decode(), parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_each_name_once
        )
    except (ValueError, ArithmeticError, RecursionError) as error:
        if not text.strip():
            raise NotAReport("is empty") from None
        told = isinstance(error, ValueError) and not isinstance(error, UnicodeDecodeError)
        detail = f": {printable(str(error), _LONGEST_SHOWN)}" if told else ""
        raise NotAReport(f"is not JSON, or only a part of it{detail}") from None


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number")


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice")
    return found


class Fields:
    """The fields of one object, each of a kind that is asked for.

    Args:
        where: what leads there: `accounts[3].`.
    """

    def __init__(self, fields: Any, where: str) -> None:
        self._where = where
        if not isinstance(fields, dict):
            raise NotAReport(f"{where.rstrip('.')} is {shown(fields)}, not an object")
        self._fields: Mapping[str, Any] = fields

    def get(self, name: str, read: Callable[[Any], Value], default: Value | None = None) -> Value:
        """The value, as `read` takes it.

        Args:
            default: what it is where the field is not there; None where it has to be.

        Raises:
            NotAReport: it is not there, or of another kind.
        """
        if name not in self._fields:
            if default is not None:
                return default
            raise NotAReport(f"has no {self._where}{name}; make all reports with this version of kraken-accounts")
        value = self._fields[name]
        try:
            return read(value)
        except (ValueError, OverflowError, ArithmeticError) as error:
            if isinstance(error, NotAReport):
                raise
            raise NotAReport(f"{self._where}{name} is {shown(value)}, which is no {error}") from None

    def optional(self, name: str, read: Callable[[Any], Value]) -> Value | None:
        """The same, or None where null stands."""
        return self.get(name, lambda value: None if value is None else read(value))

    def object(self, name: str) -> Fields:
        """An object within this one."""
        return self.get(name, lambda value: Fields(value, f"{self._where}{name}."))

    def optional_object(self, name: str) -> Fields | None:
        """The same, or None where null stands."""
        return self.optional(name, lambda value: Fields(value, f"{self._where}{name}."))

    def several(self, name: str, read: Callable[[Fields], Value]) -> tuple[Value, ...]:
        """A list of objects."""

        def one(number: int, value: Any) -> Value:
            return read(Fields(value, f"{self._where}{name}[{number}]."))

        return self.get(name, lambda value: tuple(one(n, entry) for n, entry in enumerate(entries(value))))

    def several_or_none(self, name: str, read: Callable[[Fields], Value]) -> tuple[Value, ...] | None:
        """The same, or None where null stands."""
        return None if self.get(name, lambda value: value) is None else self.several(name, read)


def text(value: Any) -> str:
    """On one line, and nothing in it that plays with a terminal."""
    if not isinstance(value, str) or not value or len(value) > _LONGEST_TEXT or not _is_plain(value):
        raise ValueError("text on one line")
    return value


def lines(value: Any) -> str:
    """The same on several lines; it may be empty."""
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT or not all(map(_is_plain, value.split("\n"))):
        raise ValueError("text that can be shown")
    return value


def _is_plain(text: str) -> bool:
    if text.isprintable():
        return True
    return all(kind[0] != "C" and kind not in _NEW_LINES for kind in map(unicodedata.category, text))


def amount(value: Any) -> Decimal:
    """To the last digit."""
    if not isinstance(value, str) or not _AMOUNT.fullmatch(value):
        raise ValueError("decimal number as a string")
    return Decimal(value)


def time(value: Any) -> datetime:
    """In UTC."""
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise ValueError("time in UTC")
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("time in UTC") from None


def day(value: Any) -> date:
    """Of a calendar."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError("day of the calendar")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("day of the calendar") from None


def duration(value: Any) -> timedelta:
    """From seconds, to the microsecond."""
    microseconds = EXACT.multiply(amount(value), Decimal(1_000_000))
    if microseconds.adjusted() > 15:  # some thirty years
        raise ValueError("duration of a run")
    return timedelta(microseconds=int(microseconds))


def flag(value: Any) -> bool:
    """True or false, and no number for it."""
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def count(value: Any) -> int:
    """How many there are of something."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 1_000_000:
        raise ValueError("count")
    return value


def entries(value: Any) -> list[Any]:
    """A list of anything."""
    if not isinstance(value, list):
        raise ValueError("list")
    return value


def texts(value: Any) -> tuple[str, ...]:
    """A list of texts on one line each."""
    return tuple(map(text, entries(value)))


def known(kind: Callable[[Any], Value], value: Any, what: str) -> Value:
    """A word that this version knows.

    Raises:
        ValueError: it may be one of a later version, whose meaning nobody here can tell.
    """
    try:
        return kind(value)
    except ValueError:
        raise ValueError(f"{what} that this version knows; take one version on all hosts") from None


def shown(value: Any) -> str:
    """A short, safe picture of it."""
    if isinstance(value, dict | list):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return f"“{printable(str(value)[: 4 * _LONGEST_SHOWN], _LONGEST_SHOWN)}”"
