"""What the simulated exchange knows at a moment: accounts, keys, market, mode. No rules, no HTTP."""

import hashlib
import itertools
from base64 import b32encode
from collections.abc import Callable
from dataclasses import dataclass, field

from kraken_accounts.sandbox.accounts import Account, ApiKey
from kraken_accounts.sandbox.market import Market
from kraken_accounts.sandbox.parameters import Parameters

Clock = Callable[[], float]
"""Gives the time in unix seconds."""


@dataclass
class KeyState:
    """A key in use: whose it is and which nonces it has seen."""

    api_key: ApiKey
    account: Account
    nonces: set[int] = field(default_factory=set)
    highest_nonce: int = 0
    last_used: float = 0


@dataclass
class State:
    """All that changes while the exchange runs."""

    market: Market
    clock: Clock
    accounts: dict[str, Account] = field(default_factory=dict)
    keys: dict[str, KeyState] = field(default_factory=dict)
    status: str = "online"
    upcoming_maintenance: list[dict[str, str]] = field(default_factory=list)
    emergency: list[dict[str, str]] = field(default_factory=list)
    _serial: "itertools.count[int]" = field(default_factory=itertools.count, repr=False)

    def new_id(self, kind: str) -> str:
        """An identifier such as `OQCLML-BW3P3-BUCMWZ`: `O` for orders, `T` for trades, `L` for the ledger."""
        digest = hashlib.sha256(f"{kind}{next(self._serial)}".encode()).digest()
        text = kind + b32encode(digest).decode()
        return f"{text[:6]}-{text[6:11]}-{text[11:17]}"


@dataclass(frozen=True, slots=True)
class Call:
    """One accepted call of an endpoint; the key is None at public ones."""

    state: State
    parameters: Parameters
    now: float
    key: KeyState | None = None

    @property
    def account(self) -> Account:
        return self.private_key.account

    @property
    def private_key(self) -> KeyState:
        if self.key is None:
            raise LookupError("a public endpoint has no key")
        return self.key
