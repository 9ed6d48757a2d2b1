"""Accounts on a simulated exchange that a history knows for a month, and what came and went in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kraken_accounts.config import load_settings
from kraken_accounts.history.ledger_model import Entry, LedgerCoverage, ValuedEntry
from kraken_accounts.history.model import Series
from kraken_accounts.history.reading import Reader
from kraken_accounts.history.store import History
from kraken_accounts.memory.file import set_of
from kraken_sandbox import Exchange, PastEntry, PastTrade, SimulatedAccount, SimulatedHolding, SimulatedKey

from ..running import NO_KEYS, check
from ..support import sample_key, sample_secret, variables
from .support import check as snapshot
from .support import seen

EVER = (datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))
NAMES = ("master", "alpha")
BEFORE = timedelta(days=30)


class Floor:
    """An exchange with a master and alpha, whose accounts were checked for the first time a month ago.

    Attributes:
        env: the variables that point to it, and to a store.
        began: when that first check was.
    """

    def __init__(self, exchange: Exchange, url: str, store: Mapping[str, str], history: History) -> None:
        self.exchange = exchange
        self.env = {**variables(url, *NAMES), **store}
        self.history = history
        self.began = datetime.now(UTC).replace(microsecond=0) - BEFORE
        self._whose = set_of(load_settings(self.env, NO_KEYS))

    def open(
        self,
        *past: PastEntry | PastTrade,
        name: str = "alpha",
        holds: Mapping[str, str] = MappingProxyType({}),
        tier: str = "pro",
        **key: Any,
    ) -> None:
        """Have an account with that past, and 100 dollars."""
        amounts = {"ZUSD": "100", **holds}
        holdings = {code: SimulatedHolding(Decimal(amount)) for code, amount in amounts.items()}
        self.exchange.add_account(SimulatedAccount(name, f"AA00 SAMPLE {name}", holdings, tier), past=past)
        self.exchange.add_key(name, SimulatedKey(sample_key(name), sample_secret(name), **key))
        self.checked(self.began if name == "alpha" else self.began - timedelta(minutes=1), name)

    def check(self, *arguments: str | Path) -> dict[str, Any]:
        """The report of a check with `--ledger`."""
        run = check("--ledger", "--format", "json", *arguments, env=self.env)
        assert run.stderr == ""
        report: dict[str, Any] = json.loads(run.stdout)
        return report

    def asked(self, endpoint: str = "Ledgers") -> list[dict[str, str]]:
        """The parameters of the questions for ledgers so far, or for something else."""
        return [dict(request.parameters) for request in self.exchange.requests if request.endpoint == endpoint]

    def entries(self, name: str = "alpha") -> list[Entry]:
        with self.history.reader(self._whose) as reader:
            return reader.ledger.entries(self._series(reader, name), *EVER)

    def valued(self, name: str = "alpha", quote: str = "USD") -> list[ValuedEntry]:
        with self.history.reader(self._whose) as reader:
            return reader.ledger.valued(self._series(reader, name), quote, *EVER)

    def checked(self, at: datetime, name: str = "alpha", **prices: str) -> None:
        """Have a check in the history that found these prices."""
        self.history.record(self._whose, snapshot(at, seen(name, "100", fingerprint=None), **prices))

    def coverage(self, name: str = "alpha") -> LedgerCoverage:
        with self.history.reader(self._whose) as reader:
            return reader.ledger.coverage(self._series(reader, name))

    def last_point(self, name: str = "alpha") -> datetime:
        with self.history.reader(self._whose) as reader:
            return self._series(reader, name).last_at

    def _series(self, reader: Reader, name: str) -> Series:
        return next(one for one in reader.series() if one.account.selector == name)

    def is_complete(self, name: str = "alpha") -> bool:
        return self.coverage(name).covers(self.began, self.last_point(name))


def ago(**time: float) -> float:
    """Unix seconds of so long ago."""
    return (datetime.now(UTC) - timedelta(**time)).timestamp()


def deposits(number: int, **last: float) -> list[PastEntry]:
    """So many of a dollar each, one a second, the last of them so long ago."""
    end = ago(**last)
    return [PastEntry("deposit", "ZUSD", Decimal(1), end - number + second) for second in range(number)]
