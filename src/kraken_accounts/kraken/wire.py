"""The shapes of Kraken's answers: every value is checked before it is used, and money becomes Decimal."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Collection, Mapping, Sized
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple, NoReturn

from ..text import printable
from .errors import UnexpectedAnswer

FIRST_YEAR = 2011
"""Kraken's: nothing that it tells of was before."""

_LARGEST = Decimal("1e30")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FINEST_EXPONENT = -40
_USUAL = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,40})?")  # an amount that is surely within both
_MOST_ENTRIES = 10_000  # Kraken's longest lists, pairs and tickers, have about 1,400
_LONG = 1 << 18  # bytes of an answer
_LONGEST_NUMBER = 80  # characters; Kraken's longest have about 30


class Named(NamedTuple):
    """What a message calls a thing that goes by one of Kraken's names: made safe to show only if it is shown."""

    what: str
    name: str

    def __str__(self) -> str:
        return f"{self.what} {shown(self.name)}"


def decode(body: bytes, *, fields: Collection[str] = ()) -> Any:
    """JSON to Python with Decimals in place of floats; whatever is ambiguous is refused.

    Args:
        fields: objects that have one of these are read with these alone: a megabyte of other ones takes its time.

    Raises:
        UnexpectedAnswer: not JSON, or JSON with NaN, Infinity or a key given twice.
    """
    try:
        # In a long answer the same fees stand a thousand times.
        number = Decimal if len(body) < _LONG else functools.lru_cache(1024)(Decimal)
        decoder = _decoder(number, frozenset(fields)) if fields or number is not Decimal else _DECODER
        return decoder.decode(body.decode())
    except (ValueError, ArithmeticError, RecursionError) as error:
        detail = f": {printable(str(error), 80)}" if isinstance(error, ValueError) else ""
        raise UnexpectedAnswer(f"Kraken's answer is not the JSON it should be{detail}") from None


def result_and_errors(answer: Any) -> tuple[Any, list[str]]:
    """Kraken's envelope taken apart: the result (None where there is none), and all its error and warning strings.

    Raises:
        UnexpectedAnswer: this is no such envelope.
    """
    envelope = mapping(answer, "the answer")
    errors = envelope.get("error")
    if not isinstance(errors, list) or not all(isinstance(entry, str) for entry in errors):
        raise UnexpectedAnswer("Kraken's answer has no list of errors, so it is not from Kraken's API")
    _bounded(errors, "the list of errors")
    return envelope.get("result"), errors


def mapping(value: Any, what: str | Named) -> Mapping[str, Any]:
    """A JSON object.

    Raises:
        UnexpectedAnswer: it is something else, or more than can be shown.
    """
    if not isinstance(value, dict):
        raise UnexpectedAnswer(f"{what} should be an object, but Kraken sent {shown(value)}")
    _bounded(value, what)
    return value


def entries(value: Any, what: str) -> Mapping[str, Any]:
    """A JSON object that lists things by name; none at all may be sent as nothing, or as an empty list.

    Raises:
        UnexpectedAnswer: it is something else, or more than can be shown.
    """
    return {} if value is None or value == [] else mapping(value, what)


def several(value: Any, what: str) -> list[Any]:
    """A JSON list.

    Raises:
        UnexpectedAnswer: it is something else, or more than can be shown.
    """
    if not isinstance(value, list):
        raise UnexpectedAnswer(f"{what} should be a list, but Kraken sent {shown(value)}")
    _bounded(value, what)
    return value


def text(value: Any, what: str | Named) -> str:
    """A string that says something, made safe to show.

    Raises:
        UnexpectedAnswer: it is something else.
    """
    seen = printable(value) if isinstance(value, str) else ""
    if not seen:
        raise UnexpectedAnswer(f"{what} should be a text, but Kraken sent {shown(value)}")
    return seen


def label(value: Any, what: str) -> str:
    """A name or a number that something goes by, sent as a string or as a whole number.

    Raises:
        UnexpectedAnswer: it is something else.
    """
    return text(str(value) if isinstance(value, int) and not isinstance(value, bool) else value, what)


def texts(value: Any, what: str) -> tuple[str, ...]:
    """A list of strings, each made safe to show; absent means none, and so does an entry that says nothing.

    Raises:
        UnexpectedAnswer: it is something else.
    """
    listed = () if value is None else several(value, what)
    return tuple(text(entry, what) for entry in listed if entry not in (None, ""))


def spellings(fields: Mapping[str, Any], name: str) -> list[Any]:
    """What an answer says under a name in camelCase and under the same in snake_case, where it says anything."""
    return [fields[written] for written in (name, _in_snake_case(name)) if fields.get(written) not in (None, "")]


@functools.cache
def _in_snake_case(name: str) -> str:
    return re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", name)


def amount(value: Any, what: str) -> Decimal:
    """A finite amount, sent as a string or as a number.

    Raises:
        UnexpectedAnswer: it is something else, or of a size that no amount of money has.
    """
    if isinstance(value, str) and _USUAL.fullmatch(value):
        return Decimal(value)
    number = value
    if isinstance(value, str) and len(value) <= _LONGEST_NUMBER:
        try:
            number = Decimal(value.strip()) if value.isascii() and "_" not in value else None
        except InvalidOperation:
            number = None
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST:
        number = Decimal(value)
    if not isinstance(number, Decimal) or not number.is_finite():
        raise UnexpectedAnswer(f"{what} should be an amount, but Kraken sent {shown(value)}")
    exponent = number.as_tuple().exponent
    if not credible(number) or not isinstance(exponent, int) or exponent < _FINEST_EXPONENT:
        raise UnexpectedAnswer(f"{what} is no credible amount: Kraken sent {shown(value)}")
    return number


def credible(number: Decimal) -> bool:
    """Whether an amount or a price can be of that size."""
    return number.copy_abs() < _LARGEST


def optional_amount(value: Any, what: str) -> Decimal:
    """An amount that is zero where Kraken leaves it out.

    Raises:
        UnexpectedAnswer: it is something else than an amount or nothing.
    """
    return Decimal(0) if value is None or value == "" else amount(value, what)


def moment(value: Any, what: str) -> datetime | None:
    """A time in UTC from unix seconds; "0", an empty string or nothing at all means none.

    Raises:
        UnexpectedAnswer: it is something else.
    """
    if value in (None, "", "0"):
        return None
    seconds = amount(value, what)
    if not seconds:
        return None
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (OverflowError, ValueError, OSError):
        raise UnexpectedAnswer(f"{what} is no credible time: Kraken sent {shown(value)}") from None


def instant(value: Any, what: str) -> datetime:
    """When something was at Kraken, in UTC from unix seconds, to the microsecond.

    Raises:
        UnexpectedAnswer: it is something else, or nothing, or before there was any Kraken.
    """
    seconds = amount(value, what)
    try:
        moment = _EPOCH + timedelta(microseconds=int(seconds * 1_000_000))
    except OverflowError:
        moment = _EPOCH
    if moment.year >= FIRST_YEAR:
        return moment
    raise UnexpectedAnswer(f"{what} is no credible time: Kraken sent {shown(value)}")


def precise_moment(value: Any, what: str) -> datetime:
    """A time in UTC from unix seconds and their fractions, to the millisecond that has begun.

    Raises:
        UnexpectedAnswer: it is something else, or nothing.
    """
    found = instant(value, what)
    return found.replace(microsecond=found.microsecond // 1000 * 1000)


def shown(value: Any) -> str:
    """A short, safe picture of something unexpected."""
    if value is None:
        return "nothing"
    if isinstance(value, dict | list):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
    return f"“{printable(str(value), 40)}”"


def _bounded(value: Sized, what: str | Named) -> None:
    if len(value) > _MOST_ENTRIES:
        raise UnexpectedAnswer(f"{what} cannot have so many entries: Kraken sent {shown(value)}")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key given twice")
    return found


def _decoder(number: Callable[[str], Decimal], fields: frozenset[str] = frozenset()) -> json.JSONDecoder:
    def those_alone(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = _object(pairs)
        return found if fields.isdisjoint(found) else {name: found[name] for name in fields if name in found}

    read = those_alone if fields else _object
    return json.JSONDecoder(parse_float=number, parse_constant=_refuse, object_pairs_hook=read)


_DECODER = _decoder(Decimal)
