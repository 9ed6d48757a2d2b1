"""Requests, their parameters, and replies, apart from how HTTP carries them; and errors in Kraken's own words.

The errors are those of https://docs.kraken.com/exchange/guides/general/errors.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl

JSON = "application/json"
HTML = "text/html; charset=UTF-8"
LARGEST_AMOUNT = 10**15
LARGEST_INTEGER = 2**63 - 1
FLAGS = {"": False, "false": False, "0": False, "true": True, "1": True}
ENTRY = re.compile(r"(?P<name>\w+)\[(?P<index>[0-9]{1,3})\]\[(?P<first>\w+)\](?P<others>.*)", re.ASCII | re.DOTALL)
ENDPOINT_PATH = re.compile(r"^/[0-9]+/(public|private)/")


class ExchangeError(Exception):
    """What Kraken answers instead of a result, e.g. `EAPI:Invalid nonce`."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class InPart:
    """A result, and the error that Kraken sends beside it."""

    result: Any
    message: str


INVALID_KEY = "EAPI:Invalid key"
INVALID_SIGNATURE = "EAPI:Invalid signature"
INVALID_NONCE = "EAPI:Invalid nonce"
RATE_LIMIT_EXCEEDED = "EAPI:Rate limit exceeded"

TEMPORARY_LOCKOUT = "EGeneral:Temporary lockout"
PERMISSION_DENIED = "EGeneral:Permission denied"
TOO_MANY_REQUESTS = "EGeneral:Too many requests"
UNKNOWN_METHOD = "EGeneral:Unknown method"
INVALID_ARGUMENTS = "EGeneral:Invalid arguments"

UNKNOWN_ASSET = "EQuery:Unknown asset"
UNKNOWN_PAIR = "EQuery:Unknown asset pair"

INVALID_ORDER = "EOrder:Invalid order"
UNKNOWN_ORDER = "EOrder:Unknown order"
POST_ONLY = "EOrder:Post only order"
UNKNOWN_POSITION = "EOrder:Unknown position"
INSUFFICIENT_FUNDS = "EOrder:Insufficient funds"
COST_MINIMUM = "EOrder:Cost minimum not met"
TRADING_AGREEMENT_REQUIRED = "EOrder:Trading agreement required"
CANNOT_OPEN_POSITION = "EOrder:Cannot open position"
NO_POSITION = "EOrder:Reduce only:No position exists"

UNAVAILABLE = "EService:Unavailable"
DEADLINE_ELAPSED = "EService:Deadline elapsed"

UNKNOWN_WITHDRAW_KEY = "EFunding:Unknown withdraw key"
UNKNOWN_REFERENCE = "EFunding:Unknown reference id"

# As https://docs.kraken.com/api-reference/earn/allocate-earn-funds and its neighbours tell.
INVALID_STRATEGY = "EGeneral:Invalid arguments:Invalid strategy ID"
EARN_TIER = "EEarnings:Permission denied:The user's tier is not high enough"
EARN_MINIMUM = "EEarnings:Below min:(De)allocation operation amount less than minimum"
EARN_MAXIMUM = "EEarnings:Above max:The allocation exceeds user limit for the strategy"
EARN_FUNDS = "EEarnings:Insufficient funds:Insufficient funds to complete the (de)allocation request"

# Not documented, but what the wire says: of a volume below the pair's minimum
# (https://github.com/krakenfx/kraken-api-sdk/blob/main/rust/src/api/trade/tests.rs), where the list of errors has
# `EOrder:Order minimum not met`; of prices (https://github.com/freqtrade/freqtrade/issues/4151 and that client's
# error.rs); and of changes that change nothing, and of a timer that is set too long (error.rs again).
VOLUME_MINIMUM = "EGeneral:Invalid arguments:volume minimum not met"
INVALID_PRICE = "EOrder:Invalid price:Invalid price argument"
INVALID_SECONDARY_PRICE = "EOrder:Invalid price:Invalid secondary price argument"
NOTHING_TO_AMEND = "EOrder:No amendable parameters specified"
TIMEOUT_TOO_LONG = "EGeneral:Invalid timeout argument:above max"


def invalid_argument(name: str) -> ExchangeError:
    """The error for one parameter that is missing or makes no sense."""
    return ExchangeError(f"{INVALID_ARGUMENTS}:{name}")


def price_decimals(altname: str, decimals: int) -> ExchangeError:
    """The error for a price with more decimals than the pair has: https://github.com/bewagner/kraken_api_dca/issues/1."""
    return ExchangeError(f"EOrder:Invalid price:{altname} price can only be specified up to {decimals} decimals.")


def market_mode(mode: str) -> ExchangeError:
    """The error for an order that the exchange does not take in this mode, e.g. `cancel_only`."""
    return ExchangeError(f"EService:Market in {mode} mode")


def throttled(until: int) -> ExchangeError:
    """The error for a key or an address that is to wait until that time, in unix seconds."""
    return ExchangeError(f"EService:Throttled: {until}")


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """An HTTP request as it arrived; header names in lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    client_ip: str = "127.0.0.1"
    client_port: int = 0

    @property
    def endpoint(self) -> str:
        """What comes after `/0/public/` or `/0/private/`: `Ticker`, `Earn/Allocations`."""
        return ENDPOINT_PATH.sub("", self.path)

    @property
    def key(self) -> str | None:
        return self.headers.get("api-key")


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP reply and its way to the client: after `delay` seconds, with `drip` seconds between two bytes.

    `cut` is how many bytes of the body are sent before the connection ends; with -1 not even the headers are.
    `headers` are those beside the type and the length of the body, `errors` those that the body tells of.
    """

    body: bytes
    status: int = 200
    content_type: str = JSON
    delay: float = 0.0
    drip: float = 0.0
    cut: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    errors: tuple[str, ...] = ()


NO_REPLY = Reply(b"", cut=-1)

INTERNAL_ERROR = Reply(b'{"error":["EGeneral:Internal error"]}', errors=("EGeneral:Internal error",))


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One line of the request log: what was asked and what came of it, without secrets.

    `connection` is the client's address and port, so requests over one connection share it; `fault` is what was
    made to go wrong.
    """

    time: float
    endpoint: str
    key: str | None
    parameters: dict[str, str]
    nonce: str | None
    errors: tuple[str, ...]
    connection: tuple[str, int]
    fault: str | None


def json_reply(errors: list[str], result: Any) -> Reply:
    document: dict[str, Any] = {"error": errors}
    if result is not None:
        document["result"] = result
    return Reply(json.dumps(document, separators=(",", ":")).encode(), errors=tuple(errors))


def html_reply(status: int, text: str = "") -> Reply:
    page = text or f"<html><head><title>{status}</title></head><body><h1>Error {status}</h1></body></html>"
    return Reply(page.encode(), status, HTML)


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

    def entries(self, name: str) -> list["Parameters"]:
        """The objects of a list, each with its own parameters: `orders[0][type]`, `orders[1][type]` …"""
        found: dict[int, dict[str, str]] = {}
        for key, value in self.values.items():
            if (part := ENTRY.fullmatch(key)) is not None and part["name"] == name:
                found.setdefault(int(part["index"]), {})[part["first"] + part["others"]] = value
        return [Parameters(found[index]) for index in sorted(found)]

    def listed(self, name: str) -> list[str]:
        """The texts of a list, which a form may also send as `orders[0]`, `orders[1]` …"""
        elements = [value for key, value in self.values.items() if re.fullmatch(rf"{name}\[[0-9]*\]", key)]
        return self.names(name) + elements

    def flag(self, name: str) -> bool:
        """Whether something is wanted. What is neither yes nor no is refused: no order is placed by a mistyped
        `validate`.
        """
        value = self.values.get(name, "").lower()
        if value not in FLAGS:
            raise invalid_argument(name)
        return FLAGS[value]

    def integer(self, name: str, default: int | None = None) -> int | None:
        value = self.values.get(name, "")
        if not value:
            return default
        try:
            number = int(value)
        except ValueError:
            raise invalid_argument(name) from None
        if abs(number) > LARGEST_INTEGER:
            raise invalid_argument(name)
        return number

    def decimal(self, name: str) -> Decimal:
        """An amount above zero that an exchange can reckon with."""
        try:
            value = Decimal(self.required(name))
        except InvalidOperation:
            raise invalid_argument(name) from None
        if not value.is_finite() or not 0 < value < LARGEST_AMOUNT:
            raise invalid_argument(name)
        return value


def _from_json(text: bytes) -> dict[str, str]:
    # Numbers stay the text they were sent as: no amount goes through a float.
    document = json.loads(text or b"{}", parse_float=str, parse_int=str, parse_constant=str)
    if not isinstance(document, dict):
        raise ValueError("a JSON body is an object")
    return dict(pair for name, value in document.items() for pair in _as_form(name, value))


def _as_form(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """The names and texts that a form has for a value: `close[price]` of an object, `a,b` for a list."""
    if isinstance(value, dict):
        for inner, part in value.items():
            yield from _as_form(f"{name}[{inner}]", part)
    elif isinstance(value, list) and any(isinstance(part, dict) for part in value):
        for index, part in enumerate(value):
            yield from _as_form(f"{name}[{index}]", part)
    elif isinstance(value, list):
        yield name, ",".join(_as_text(part) for part in value)
    elif value is not None:
        yield name, _as_text(value)


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
