"""Errors in Kraken's own words (https://docs.kraken.com/exchange/guides/general/errors)."""

from dataclasses import dataclass
from typing import Any


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
UNKNOWN_METHOD = "EGeneral:Unknown method"
INVALID_ARGUMENTS = "EGeneral:Invalid arguments"

UNKNOWN_ASSET = "EQuery:Unknown asset"
UNKNOWN_PAIR = "EQuery:Unknown asset pair"

INVALID_ORDER = "EOrder:Invalid order"
UNKNOWN_ORDER = "EOrder:Unknown order"
INSUFFICIENT_FUNDS = "EOrder:Insufficient funds"
ORDER_MINIMUM = "EOrder:Order minimum not met"
COST_MINIMUM = "EOrder:Cost minimum not met"
TICK_SIZE = "EOrder:Tick size check failed"
TRADING_AGREEMENT_REQUIRED = "EOrder:Trading agreement required"
CANNOT_OPEN_POSITION = "EOrder:Cannot open position"

UNAVAILABLE = "EService:Unavailable"


def invalid_argument(name: str) -> ExchangeError:
    """The error for one parameter that is missing or makes no sense."""
    return ExchangeError(f"{INVALID_ARGUMENTS}:{name}")


def market_mode(mode: str) -> ExchangeError:
    """The error for an order that the exchange does not take in this mode, e.g. `cancel_only`."""
    return ExchangeError(f"EService:Market in {mode} mode")


def throttled(until: int) -> ExchangeError:
    """The error for a key that is to wait until that time, in unix seconds."""
    return ExchangeError(f"EService:Throttled: {until}")
