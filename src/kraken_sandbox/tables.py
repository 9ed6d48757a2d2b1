"""The tables of a TOML file, read field by field, with errors that say which field and which line."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Self

from .clock import LATEST_MOMENT

LARGEST_AMOUNT = 10**15
NO_TIME = "must be a time such as 2027-01-31T00:00:00Z, or unix seconds"
LARGEST_NUMBER = 10**40
LARGEST_INTEGER = 2**63 - 1


class FieldError(Exception):
    """What is wrong with a field such as `accounts[1].keys[0].permissions`."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(field, problem)
        self.field = field
        self.problem = problem


class Table:
    """A table of the file. Its fields are taken one by one, and what is left over in the end is a mistake."""

    def __init__(self, values: dict[str, Any], path: str = "") -> None:
        self.path = path
        self._values = dict(values)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *details: object) -> None:
        if kind is None and self._values:
            name = next(iter(self._values))
            raise self.error(name, "unknown field")

    def error(self, name: str, problem: str) -> FieldError:
        return FieldError(f"{self.path}.{name}" if self.path else name, problem)

    def tables(self, name: str) -> Iterator["Table"]:
        """The tables of an array, `[[name]]`."""
        values = self._take(name, list, [], "a list of tables")
        for index, value in enumerate(values):
            if not isinstance(value, dict):
                raise self.error(f"{name}[{index}]", "must be a table")
            yield Table(value, self.error(f"{name}[{index}]", "").field)

    def table(self, name: str) -> "Table":
        return Table(self._take(name, dict, {}, "a table"), self.error(name, "").field)

    def names(self) -> list[str]:
        return list(self._values)

    def has(self, name: str) -> bool:
        return name in self._values

    def has_table(self, name: str) -> bool:
        return isinstance(self._values.get(name), dict)

    def text(self, name: str, default: str | None = None) -> str:
        value: str = self._take(name, str, default, "text in quotes")
        return value

    def optional_text(self, name: str) -> str | None:
        return self.text(name) if self.has(name) else None

    def choice(self, name: str, among: Iterable[str], default: str | None = None) -> str:
        value = self.text(name, default)
        if value not in among:
            raise self.error(name, f"unknown {name} {value!r}; there are {', '.join(among)}")
        return value

    def flag(self, name: str) -> bool:
        value: bool = self._take(name, bool, False, "true or false")
        return value

    def texts(self, name: str) -> list[str]:
        values: list[Any] = self._take(name, list, [], "a list of texts")
        if not all(isinstance(value, str) for value in values):
            raise self.error(name, "must be a list of texts")
        return values

    def integer(
        self, name: str, default: int | None = None, *, least: int = 0, most: int = LARGEST_INTEGER
    ) -> int:
        value: int = self._take(name, int, default, "a whole number")
        if value < least:
            raise self.error(name, f"must be at least {least}")
        if value > most:
            raise self.error(name, f"must be at most {most}")
        return value

    def moment(self, name: str) -> int:
        """A time in unix seconds, written as such or as a date and time with its offset; 0 where it is not set."""
        value = self._values.pop(name, 0)
        if isinstance(value, datetime) and value.tzinfo is not None:
            return int(value.timestamp())
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        raise self.error(name, NO_TIME)

    def instant(self, name: str) -> float:
        """A time in unix seconds or as a date and time with its offset, to the microsecond."""
        value = self._values.pop(name)
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value.timestamp()
        moment = _decimal(value)
        if moment is None or not 0 <= moment <= LATEST_MOMENT:
            raise self.error(name, NO_TIME)
        return float(moment)

    def seconds(self, name: str, default: str) -> float:
        return float(self.amount(name, default))

    def amount(self, name: str, default: str | None = None) -> Decimal:
        """A decimal number that is not negative, in quotes or not."""
        amount = self._decimal(name, default)
        if amount is None or not 0 <= amount < LARGEST_AMOUNT:
            raise self.error(name, 'must be an amount such as "1250.42"')
        return amount

    def pairs(self, name: str) -> list[tuple[Decimal, Decimal]]:
        """A list of two amounts each, both above 0: `[["60000", "0.5"]]`."""
        rows: list[Any] = self._take(name, list, None, "a list")
        pairs = []
        for row in rows:
            amounts = [_decimal(value) for value in row] if isinstance(row, list) else []
            match amounts:
                case [Decimal() as first, Decimal() as second] if (
                    0 < min(first, second) <= max(first, second) < LARGEST_AMOUNT
                ):
                    pairs.append((first, second))
                case _:
                    raise self.error(name, 'must be a list such as [["60000", "0.5"]]')
        return pairs

    def number(self, name: str, default: str | None = None) -> Decimal:
        """A decimal number of any size and sign, in quotes or not."""
        number = self._decimal(name, default)
        if number is None or abs(number) >= LARGEST_NUMBER:
            raise self.error(name, 'must be a number such as "-1250.42"')
        return number

    def _decimal(self, name: str, default: str | None) -> Decimal | None:
        if name not in self._values and default is None:
            raise self.error(name, "is missing")
        return _decimal(self._values.pop(name, default))

    def _take(self, name: str, kind: type, default: Any, what: str) -> Any:
        if name not in self._values and default is None:
            raise self.error(name, "is missing")
        value = self._values.pop(name, default)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.error(name, f"must be {what}")
        return value


def _decimal(value: Any) -> Decimal | None:
    try:
        number = None if isinstance(value, bool) else Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        return None
    return number if number is not None and number.is_finite() else None


_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]")
_FIELD = re.compile(r"\s*([A-Za-z0-9_-]+|\"[^\"]*\")\s*=")


def line_of(field: str, text: str) -> int | None:
    """The line where a field such as `accounts[1].keys[0].permissions` stands, or the table that it belongs into.

    tomllib tells no positions, so this reads the headers and the names that stand at the start of a line.
    """
    lines = _field_lines(text)
    while field:
        if field in lines:
            return lines[field]
        field = field[: max(field.rfind("."), field.rfind("["), 0)]
    return None


def _field_lines(text: str) -> dict[str, int]:
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = ""
            parts = [part.strip().strip("\"'") for part in re.findall(r'"[^"]*"|[^.]+', header[2])]
            for index, part in enumerate(parts):
                table = f"{table}.{part}" if table else part
                if index == len(parts) - 1 and header[1] == "[[":
                    counts[table] = counts.get(table, 0) + 1
                if table in counts:
                    table = f"{table}[{counts[table] - 1}]"
            lines[table] = number
        elif name := _FIELD.match(line):
            field = name[1].strip('"')
            lines.setdefault(f"{table}.{field}" if table else field, number)
    return lines
