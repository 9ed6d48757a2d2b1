"""A request's parameters, from a query string, a form or a JSON object."""

import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl

from .errors import INVALID_ARGUMENTS, ExchangeError, invalid_argument

LARGEST = 10**15


@dataclass(frozen=True, slots=True)
class Parameters:
    """The named values of one request, each as the text a form would carry."""

    values: dict[str, str]

    @classmethod
    def parse(cls, text: bytes, content_type: str = "") -> "Parameters":
        """Read a query string or body. Raises ExchangeError for a body that is neither form nor JSON object."""
        try:
            if content_type.partition(";")[0].strip().lower() == "application/json":
                return cls(_from_json(text))
            return cls(dict(parse_qsl(text.decode(), keep_blank_values=True)))
        except (ValueError, RecursionError):
            raise ExchangeError(INVALID_ARGUMENTS) from None

    def text(self, name: str, default: str = "") -> str:
        return self.values.get(name, default)

    def required(self, name: str) -> str:
        """The value; Kraken names the parameter in its error where it is missing or empty."""
        value = self.values.get(name, "")
        if not value:
            raise invalid_argument(name)
        return value

    def names(self, name: str) -> list[str]:
        """A comma-separated list; empty where the parameter is not given."""
        return [part.strip() for part in self.values.get(name, "").split(",") if part.strip()]

    def flag(self, name: str) -> bool:
        return self.values.get(name, "").lower() in ("true", "1")

    def integer(self, name: str, default: int | None = None) -> int | None:
        value = self.values.get(name, "")
        if not value:
            return default
        try:
            return int(value)
        except ValueError:
            raise invalid_argument(name) from None

    def decimal(self, name: str) -> Decimal:
        """An amount above zero that an exchange can reckon with."""
        try:
            value = Decimal(self.required(name))
        except InvalidOperation:
            raise invalid_argument(name) from None
        if not value.is_finite() or not 0 < value < LARGEST:
            raise invalid_argument(name)
        return value


def _from_json(text: bytes) -> dict[str, str]:
    # Numbers stay the text they were sent as: no amount goes through a float.
    document = json.loads(text or b"{}", parse_float=str, parse_int=str, parse_constant=str)
    if not isinstance(document, dict):
        raise ValueError("a JSON body is an object")
    return {name: _as_form(value) for name, value in document.items() if value is not None}


def _as_form(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(_as_form(item) for item in value)
    return str(value)
