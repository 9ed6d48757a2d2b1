"""What the simulated exchange knows at a moment: accounts, keys, market, mode. No rules, no HTTP."""

import hashlib
import itertools
from base64 import b32encode
from dataclasses import dataclass, field
from typing import Any

from .accounts import SimulatedAccount
from .authentication import KeyState, LockoutCounter
from .clock import Clock
from .earn import EarnStrategy
from .market import Market
from .messages import Parameters


@dataclass
class ExchangeState:
    """All that changes while the exchange runs.

    `tickers_left_out` are the keys of pairs that Ticker says it does not know, beside the tickers of the others.
    `upcoming_maintenance` and `emergency` are what SystemStatus shows under these names; None leaves the field
    out, as Kraken may do when there is nothing to say. `earn_page` is how many items the endpoints of Earn put on
    a page; None puts all on one.
    """

    market: Market
    clock: Clock
    accounts: dict[str, SimulatedAccount] = field(default_factory=dict)
    keys: dict[str, KeyState] = field(default_factory=dict)
    lockouts: LockoutCounter = field(default_factory=LockoutCounter)
    strategies: dict[str, EarnStrategy] = field(default_factory=dict)
    earn_page: int | None = None
    status: str = "online"
    tickers_left_out: set[str] = field(default_factory=set)
    upcoming_maintenance: list[dict[str, Any]] | None = field(default_factory=list)
    emergency: list[dict[str, Any]] | None = field(default_factory=list)
    _serial: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1), repr=False)

    def new_number(self) -> int:
        return next(self._serial)

    def new_id(self, kind: str) -> str:
        """An identifier such as `OQCLML-BW3P3-BUCMWZ`: `O` for orders, `T` for trades, `L` for the ledger."""
        text = kind + b32encode(hashlib.sha256(f"{kind}{self.new_number()}".encode()).digest()).decode()
        return f"{text[:6]}-{text[6:11]}-{text[11:17]}"


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an endpoint that is to be answered; the key is None at public ones.

    With `endless` there is a further page whatever page is asked for.
    """

    state: ExchangeState
    parameters: Parameters
    now: float
    key: KeyState | None = None
    endless: bool = False

    @property
    def private_key(self) -> KeyState:
        """The key that signed the call. Raises LookupError at a public endpoint."""
        if self.key is None:
            raise LookupError("a public call has no key")
        return self.key

    @property
    def account(self) -> SimulatedAccount:
        """The account of the key that signed the call."""
        return self.private_key.account
