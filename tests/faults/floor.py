"""An exchange on which accounts go wrong side by side, and what must hold of every report whatever went wrong."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from kraken_accounts import MultiAccountBrokerManager, Report, formats
from kraken_accounts.config import load_settings
from kraken_accounts.kraken.client import KrakenClient
from kraken_accounts.report.audit import AuditReport
from kraken_accounts.report.model import AccountReport
from kraken_sandbox import Exchange, Fault, SandboxServer, SimulatedAccount, SimulatedHolding, SimulatedKey

from .catalogue import DEADLINE, GRACE, TIMEOUT
from .leaks import Hidden, Leaks, sample

BYSTANDER = "bystander"  # the account that nothing ever strikes
ITS_TOTAL = "16262.52"  # 200 USD and 0.25 BTC at 64250.10
ITS_DOLLARS = "200.00"
FLEET_TABLE = "table of a fleet"
ENCODINGS = ("utf-8", "ascii")
_FILLER = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ud800-\udfff]")


class Floor:
    """A simulated exchange, served, with a `.env` of all its accounts.

    Attributes:
        env_file: that `.env`.
        leaks: finds pieces of what must not be seen of these accounts.
    """

    def __init__(self, exchange: Exchange, url: str, folder: Path) -> None:
        self.exchange = exchange
        self.env_file = folder / ".env"
        self._hidden: dict[str, Hidden] = {}
        self._url = url
        self._lines = [f"KRAKEN_API_URL={url}"]
        self.open(BYSTANDER)

    def open(self, name: str) -> None:
        """An account that trades, with something to value, a two-factor password and a key of its own."""
        hidden = sample(name)
        holdings = {"ZUSD": SimulatedHolding(Decimal(200)), "XXBT": SimulatedHolding(Decimal("0.25"))}
        self.exchange.add_account(SimulatedAccount(name, f"AA00 {name}", holdings))
        self.exchange.add_key(name, SimulatedKey(hidden.key, hidden.secret, otp=hidden.otp))
        prefix = f"KRAKEN_USER_{name.upper()}"
        self._lines += [
            f"{prefix}_API_KEY={hidden.key}",
            f"{prefix}_API_SECRET={hidden.secret}",
            f"{prefix}_API_OTP={hidden.otp}",
        ]
        self._hidden[name] = hidden
        self.env_file.write_text("\n".join(self._lines) + "\n")
        self.env_file.chmod(0o600)

    def strike(self, name: str, endpoint: str, fault: Fault) -> None:
        """Let a fault strike one endpoint of one account, for ever."""
        fault = replace(fault, endpoint=endpoint, key=self._hidden[name].key, times=None)
        self.exchange.faults.add(fault)

    def strike_all(self, endpoint: str, fault: Fault) -> None:
        """Let a fault strike an endpoint, whoever asks, for ever."""
        self.exchange.faults.add(replace(fault, endpoint=endpoint, times=None))

    def public(self, endpoint: str) -> dict[str, Any]:
        """What a public endpoint answers of its own."""
        with closing(KrakenClient(self._url, timeout=TIMEOUT)) as client:
            return dict(json.loads(json.dumps(client.public(endpoint), default=str)))

    @property
    def leaks(self) -> Leaks:
        return Leaks(self._hidden.values())

    def manager(self, timeout: float = TIMEOUT, deadline: float = DEADLINE) -> MultiAccountBrokerManager:
        settings = load_settings({}, self.env_file)
        return MultiAccountBrokerManager(settings, timeout=timeout, deadline=deadline, workers=128, force=True)


@contextmanager
def open_floor(folder: Path, *names: str) -> Iterator[Floor]:
    """A floor with these accounts beside the one that nothing strikes."""
    exchange = Exchange()
    with SandboxServer(exchange) as server:
        floor = Floor(exchange, server.url, folder)
        for name in names:
            floor.open(name)
        yield floor


@contextmanager
def in_time(deadline: float = DEADLINE) -> Iterator[None]:
    """What is done meanwhile is over by the deadline, and a second."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < deadline + GRACE


def of(report: Report, name: str) -> AccountReport:
    return next(account for account in report.accounts if account.account.selector == name)


def shown_by_every_format(report: Report, encodings: Iterable[str] = ENCODINGS) -> Iterator[tuple[str, str]]:
    """A report in each format, with all there is to show; `$0.00` stands in none of them for what is unknown."""
    view = formats.View(assets=True, activity=True, fleet=False)
    for encoding in encodings:
        for name in formats.NAMES:
            yield name, formats.load(name).render(report, replace(view, encoding=encoding))
        yield FLEET_TABLE, formats.load("table").render(report, formats.View(fleet=True, encoding=encoding))


def audit_in_every_format(report: AuditReport) -> Iterator[tuple[str, str]]:
    """An audit in each format."""
    for name in formats.AUDIT_NAMES:
        yield name, formats.load(f"audit_{name}").render(report, formats.View())


def assert_fit_to_be_read(name: str, shown: str) -> None:
    """Whatever a server sends, an output is whole and holds nothing that plays with a terminal or a log."""
    plain = shown.replace("\r\n", "\n") if name == "csv" else shown
    assert (found := _FILLER.search(plain)) is None, (name, found)
    assert "Traceback" not in shown
    assert shown.endswith("\n")
    # JSON has all that an account has, its orders included, on one line.
    assert max(map(len, shown.splitlines())) < (20_000 if name == "json" else 5000), name


def assert_unknown_is_no_zero(report: Report, shown: Iterable[tuple[str, str]]) -> None:
    """What is not known of an account is said to be unknown, each format in its own word for it."""
    unknown = {account.account.selector for account in report.accounts if account.total is None} - {"master"}
    for name, text in shown:
        if name in ("table", "text"):
            for selector in unknown:
                assert f" {selector}: unknown" in text, selector
                assert f" {selector}: $" not in text
        elif name == FLEET_TABLE:
            for selector in unknown:
                assert re.search(rf" USER \({selector}\) is (NOT )?trading on Kraken +unknown ", text), selector
        elif name == "json":
            accounts = {account["user_id"]: account["total"] for account in json.loads(text)["accounts"]}
            assert {user for user, total in accounts.items() if total is None} - {None} == unknown
        elif name == "csv":
            rows = list(csv.DictReader(io.StringIO(text, newline="")))
            assert {row["user_id"] for row in rows if not row["total"]} - {""} == unknown
        elif name == "prometheus":
            for selector in unknown:
                assert not re.search(rf'^kraken_accounts_account_value{{account="{selector}"', text, re.MULTILINE)
