"""Generated answers put through all of the program: over HTTP, through every check, and into every format.

`tests/faults/test_whole_runs.py` does so on a small scale, `python scripts/fuzz.py` on a large one.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Self
from unittest import mock

from hypothesis import strategies as st

from kraken_accounts import MultiAccountBrokerManager, Report, formats
from kraken_accounts.config import load_settings
from kraken_accounts.report.audit import AuditReport
from kraken_sandbox import Exchange, SandboxServer
from kraken_sandbox.messages import ReceivedRequest, Reply

from ..support import sample_key, variables
from .hostile import bodies

NAMES = ("master", "u1", "u2", "u3")
TOKENIZED = "tokenized"
YESTERDAY = "yesterday"
IDLE = timedelta(hours=6)

Question = tuple[str, str]
"""An endpoint, and the account that asks; of public endpoints, whether tokenized equities are asked for."""

_PUBLIC = ("SystemStatus", "Assets", "AssetPairs", "Ticker")
_PRIVATE = (
    *("GetApiKeyInfo", "BalanceEx", "Balance", "OpenOrders", "OpenPositions", "TradesHistory", "TradeBalance"),
)
_EARN = ("Earn/Allocations", "Earn/Strategies")

# An answer for every question of a day, and the balances of the day before.
all_answers: st.SearchStrategy[Mapping[Question, bytes]] = st.fixed_dictionaries(
    {(endpoint, ""): bodies(endpoint) for endpoint in _PUBLIC}
    | {(endpoint, TOKENIZED): bodies(endpoint) for endpoint in _PUBLIC[1:]}
    | {(endpoint, name): bodies(endpoint) for endpoint in (*_PRIVATE, *_EARN) for name in NAMES}
    | {(YESTERDAY, name): bodies("BalanceEx") for name in NAMES}
)


class ScriptedExchange(Exchange):
    """An exchange that gives the answers it was told; the time it tells by itself.

    Attributes:
        answers: what to say.
        answered: how many it has given.
    """

    def __init__(self) -> None:
        super().__init__()
        self.answers: Mapping[Question, bytes] = {}
        self.answered = 0

    def handle(self, request: ReceivedRequest) -> Reply:
        if request.endpoint == "Time":
            return super().handle(request)
        names = {sample_key(name): name for name in NAMES}
        who = names[request.key] if request.key else TOKENIZED if TOKENIZED in request.query else ""
        self.answered += 1
        return Reply(self.answers[request.endpoint, who])


@dataclass(frozen=True)
class Outcome:
    """What came of generated answers."""

    report: Report
    audit: AuditReport


class WholeRuns:
    """Runs of all that the program does, against one server, while its `with` block runs."""

    def __init__(self) -> None:
        self.exchange = ScriptedExchange()
        self._server = SandboxServer(self.exchange)

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__(None, None, None)

    def outcome(self, answers: Mapping[Question, bytes]) -> Outcome:
        """Two checks, of which the second is compared with the first, and an audit; nothing is left of them.

        Raises:
            Exception: anything at all, which is a defect.
        """
        with tempfile.TemporaryDirectory() as home, mock.patch.dict(os.environ, _homes(home)):
            manager = MultiAccountBrokerManager(load_settings(variables(self._server.url, *NAMES)))
            self.exchange.answers = {
                **answers,
                **{("BalanceEx", name): answers[YESTERDAY, name] for name in NAMES},
            }
            manager.check(since_last=True)
            manager.check(since_last=True, wallets=True)
            self.exchange.answers = answers
            report = manager.check(
                since_last=True, activity=True, wallets=True, idle_after=IDLE, minimums={"master": Decimal(5)}
            )
            return Outcome(report, manager.audit())


def shown(found: Outcome) -> Iterator[tuple[str, str]]:
    """All formats, with all there is to show, in the richest and in the poorest encoding."""
    for encoding in ("utf-8", "ascii"):
        view = formats.View(assets=True, activity=True, encoding=encoding)
        for name in formats.NAMES:
            yield name, formats.load(name).render(found.report, view)
        for name in formats.AUDIT_NAMES:
            yield f"audit {name}", formats.load(f"audit_{name}").render(found.audit, replace(view, width=100))


def _homes(folder: str) -> dict[str, str]:
    return {f"XDG_{kind}_HOME": f"{folder}/{kind.lower()}" for kind in ("STATE", "CACHE", "CONFIG")}
