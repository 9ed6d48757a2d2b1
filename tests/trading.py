"""Accounts of the simulated exchange with a past, each with a key of its own: a bot's, or a monitor's."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from kraken_sandbox import Exchange, PastTrade, SandboxServer, SimulatedAccount, SimulatedHolding, SimulatedKey
from kraken_sandbox.accounts import TRADE_PERMISSIONS

from .running import check
from .support import sample_key, sample_secret, variables

BOT = TRADE_PERMISSIONS
MONITOR = frozenset({"query-funds", "query-open-trades", "query-closed-trades"})
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Bourse:
    """A simulated exchange, served, whose accounts have traded.

    Attributes:
        state: where runs keep what they remember.
    """

    def __init__(self, exchange: Exchange, url: str, state: Path) -> None:
        self.exchange = exchange
        self.state = state
        self._url = url
        self._names: list[str] = []

    def open(
        self,
        name: str,
        *fills: timedelta | PastTrade,
        balances: Mapping[str, str] | None = None,
        permissions: frozenset[str] = BOT,
        **key: Any,
    ) -> None:
        """An account that had a fill so long ago, or just these ones."""
        holdings = {
            code: SimulatedHolding(Decimal(amount)) for code, amount in (balances or {"ZUSD": "100"}).items()
        }
        past = [self.fill(one) if isinstance(one, timedelta) else one for one in fills]
        self.exchange.add_account(SimulatedAccount(name, f"AA00 SAMPLE {name}", holdings), past=past)
        self.exchange.add_key(
            name, SimulatedKey(sample_key(name), sample_secret(name), permissions=permissions, **key)
        )
        self._names.append(name)

    def fill(self, ago: timedelta, pair: str = "XBTUSD", side: str = "buy", volume: str = "0.01") -> PastTrade:
        """One at 64,000 units of the pair's quote."""
        moment = self.exchange.clock() - ago.total_seconds()
        return PastTrade(pair, side, Decimal(volume), Decimal(64000), moment)

    def trade(self, name: str, ago: timedelta = timedelta(), **what: str) -> None:
        """Let an account have one more fill."""
        self.exchange.book(name, self.fill(ago, **what))

    @property
    def env(self) -> dict[str, str]:
        return {**variables(self._url, *self._names), "XDG_STATE_HOME": str(self.state)}

    def run(self, *arguments: str | Path, **changes: str) -> tuple[str, int]:
        """What a check shows, and its exit code; it has nothing to complain of."""
        run = check(*arguments, env={**self.env, **changes})
        assert run.stderr == ""
        return run.stdout, run.returncode

    def report(self, *arguments: str | Path) -> dict[str, Any]:
        """The report of a check, in JSON."""
        found: dict[str, Any] = json.loads(self.run("--format", "json", *arguments)[0])
        return found

    def account(self, *arguments: str | Path, name: str = "master") -> dict[str, Any]:
        """What the report of a check says of one account."""
        arguments = ("--account", name, *arguments)
        (found,) = self.report(*arguments)["accounts"]
        assert isinstance(found, dict)
        return found

    def asked(self, endpoint: str = "TradesHistory") -> list[dict[str, str]]:
        """With which parameters an endpoint was asked, each time."""
        return [dict(request.parameters) for request in self.exchange.requests if request.endpoint == endpoint]


@contextmanager
def open_bourse(state: Path) -> Iterator[Bourse]:
    """One that is open meanwhile."""
    exchange = Exchange()
    with SandboxServer(exchange) as server:
        yield Bourse(exchange, server.url, state)


def codes(account: Mapping[str, Any], *among: str) -> list[str]:
    """The codes of the findings about an account; of these ones only, if there are any."""
    found: Sequence[str] = [finding["code"] for finding in account["findings"]]
    return [code for code in found if not among or code in among]


def message(account: Mapping[str, Any], code: str) -> str:
    """What the one finding of that code says."""
    (found,) = [finding["message"] for finding in account["findings"] if finding["code"] == code]
    assert isinstance(found, str)
    return found


def moment(text: str) -> datetime:
    """A time as JSON has it."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
