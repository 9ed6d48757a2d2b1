"""One run: what accounts answer is judged by what earlier runs have left, and left for the next."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from .. import defects
from ..config import AccountSettings, Settings
from ..config.git_exposure import git_exposure
from ..deadline import Deadline
from ..history.database import StoreTrouble
from ..history.store import History
from ..kraken.broker import KrakenBroker
from ..kraken.clock import clock_of
from ..kraken.errors import UnexpectedAnswer
from ..memory.fills import FillMemory
from ..memory.recall import Memory
from ..report.acceptance import with_acceptances, with_acceptances_in_audit
from ..report.activity import NO_LIMITS, idle_limits
from ..report.answers import AccountAnswers, MarketAnswers
from ..report.assessment import build_report
from ..report.audit import AuditReport, build_audit
from ..report.changes import PreviousRun
from ..report.findings import Finding, worst_first
from ..report.known import Known
from ..report.minimums import NO_MINIMUMS, minimum_of_each, refuse_those_of_nobody
from ..report.model import Report
from ..report.rules import (
    history_unknown,
    ledgers_not_asked,
    ledgers_read,
    not_kept,
    not_recorded,
    not_remembered,
)
from ..storage import Storage
from .inquiry import Inquiry
from .questions import examine, examine_fully

if TYPE_CHECKING:
    from .ledgers import LedgerQuestion

_NO_HISTORY = (
    "this run has none",
    "Leave --no-record away, or say since when of a check that is recorded; sample accounts have no history.",
)

Made = TypeVar("Made", Report, AuditReport)
Questions = Callable[[AccountSettings, KrakenBroker, Deadline], AccountAnswers]
Interpret = Callable[[Sequence[AccountAnswers], Known], Report]


class Run:
    """A check or an audit, whichever it is told to be; that begins with it.

    Whatever is found, also in the end that it cannot be remembered, may be accepted: that comes last.

    Args:
        settings: all accounts there are.
        accounts: those that are asked.
        quote: the currency of all totals, by its common ticker or Kraken's code.
        inquiry: how they are asked.
        memory: what earlier runs have found.
        fills: what earlier runs have learned of fills.
        state: where totals are remembered.
        history: where a check leaves its points; None for nowhere.
    """

    def __init__(
        self,
        settings: Settings,
        accounts: Sequence[AccountSettings],
        quote: str,
        *,
        inquiry: Inquiry,
        memory: Memory,
        fills: FillMemory,
        state: Storage,
        history: History | None,
    ) -> None:
        self._started = time.monotonic()
        self._settings = settings
        self._accounts = accounts
        self._quote = quote
        self._inquiry = inquiry
        self._memory = memory
        self._fills = fills
        self._state = state
        self._history = history

    def check(
        self,
        *,
        activity: bool = False,
        idle_after: timedelta | None = None,
        wallets: bool = False,
        minimums: Mapping[str, Decimal] = NO_MINIMUMS,
        since_last: bool = False,
        since: datetime | None = None,
        ledger: bool = False,
        gain: bool = False,
    ) -> Report:
        """See `MultiAccountBrokerManager.check`."""
        if since is not None and (since_last or since.tzinfo is None):
            raise ValueError("since is a time with its zone, and goes without since_last")
        refuse_those_of_nobody(minimums, self._accounts)
        limits = idle_limits(self._accounts, idle_after)
        to_ask = self._ledger_question() if ledger or gain else None
        trouble, of_ledger = (to_ask, None) if isinstance(to_ask, StoreTrouble) else (None, to_ask)

        def ask(settings: AccountSettings, broker: KrakenBroker, deadline: Deadline) -> AccountAnswers:
            return examine(
                settings,
                broker,
                deadline,
                activity=activity or settings.account.selector in limits,
                wallets=self._quote if wallets else None,
                known_fills=self._fills.known,
                ledger=of_ledger,
            )

        answers, interpret, market = self._ask(ask, minimums, limits, wallets=wallets)
        self._fills.keep(answers)
        report = self._recorded(self._remembered(partial(interpret, answers)))
        if trouble is not None:
            report = _with_finding(report, ledgers_not_asked(str(trouble), trouble.remedy))
        if of_ledger is not None and self._history is not None:
            from .entry_prices import OF_A_CHECK, EntryPrices

            EntryPrices(self._history, self._settings, report.quote, market, self._inquiry).learn(OF_A_CHECK)
        if since is not None or gain:
            report = self._looked_back(report, since, gains=gain)
        return with_acceptances(self._compared(report) if since_last else report, self._settings)

    def audit(self, *, probe_orders: bool) -> AuditReport:
        """See `MultiAccountBrokerManager.audit`."""
        questions = partial(examine_fully, quote=self._quote, probe_orders=probe_orders)
        answers, interpret, _ = self._ask(questions, NO_MINIMUMS, NO_LIMITS)
        skew = clock_of(self._settings.url).ahead
        exposure = git_exposure(self._settings.env_file)

        def make(known: Known) -> AuditReport:
            def build(answers: Sequence[AccountAnswers]) -> AuditReport:
                return build_audit(interpret(answers, known), answers, skew, exposure, self._settings)

            return defects.kept_apart(build, answers, _failed)

        return with_acceptances_in_audit(self._remembered(make), self._settings)

    def _ask(
        self,
        questions: Questions,
        minimums: Mapping[str, Decimal],
        limits: Mapping[str, timedelta],
        *,
        wallets: bool = False,
    ) -> tuple[Sequence[AccountAnswers], Interpret, MarketAnswers]:
        """What each account answered, what makes a report of such answers, and what the market answered."""
        answers, market, asset = self._inquiry.ask(self._accounts, self._quote, questions, AccountAnswers)
        quote = self._quote.upper() if asset is None else asset.name
        least = minimum_of_each(self._accounts, minimums, {self._quote.upper(), quote})

        def interpret(answers: Sequence[AccountAnswers], known: Known) -> Report:
            now = datetime.fromtimestamp(clock_of(self._settings.url).now(), UTC)
            duration = timedelta(seconds=time.monotonic() - self._started)

            def build(answers: Sequence[AccountAnswers]) -> Report:
                return build_report(
                    self._settings,
                    answers,
                    market,
                    quote=quote,
                    minimums=least,
                    now=now,
                    duration=duration,
                    known=known,
                    idle_limits=limits,
                    wallets=wallets,
                )

            return defects.kept_apart(build, answers, _failed)

        return answers, interpret, market

    def _remembered(self, make: Callable[[Known], Made]) -> Made:
        """What is made of the answers and of what is known, left for the next run."""
        with self._memory.recalled(self._accounts) as recall:
            made = make(recall.known())
            lost = recall.remember(made.check if isinstance(made, AuditReport) else made)
        return made if lost is None else _with_finding(made, not_kept(lost))

    def _recorded(self, report: Report) -> Report:
        """The report, of which the history has a point now; or which says why it has none."""
        if self._history is None:
            return report
        from ..history.recording import record

        recorded = record(self._history, report, self._settings, self._accounts)
        if (trouble := recorded.trouble) is not None:
            report = _with_finding(report, not_recorded(str(trouble), trouble.remedy))
        for finding in ledgers_read(recorded.contradicted):
            report = _with_finding(report, finding)
        return report

    def _looked_back(self, report: Report, since: datetime | None, *, gains: bool) -> Report:
        """The report with what the history tells beside it; or which says why that is not known."""
        if self._history is None:
            return _with_finding(report, history_unknown(*_NO_HISTORY))
        from ..history.looking_back import with_history

        found = with_history(self._history, report, self._settings, since, gains=gains)
        if isinstance(found, StoreTrouble):
            return _with_finding(report, history_unknown(str(found), found.remedy))
        return found

    def _ledger_question(self) -> LedgerQuestion | StoreTrouble | None:
        """What to ask of the ledgers, or why that is not known; None where nothing is kept."""
        if self._history is None:
            return None
        from ..history.recording import plan_of
        from .ledgers import LedgerQuestion

        plan = plan_of(self._history, self._settings)
        return plan if isinstance(plan, StoreTrouble) else LedgerQuestion(plan, self._settings.url)

    def _compared(self, report: Report) -> Report:
        """The report with what changed since the previous run, for which this one is then the previous one."""
        previous = PreviousRun(self._state, self._settings)
        compared = previous.compare(report)
        if not previous.remember(report) and not self._settings.demo:
            compared = _with_finding(compared, not_remembered())
        return compared


def _with_finding(made: Made, finding: Finding) -> Made:
    findings = worst_first((*made.findings, finding))
    if isinstance(made, AuditReport):
        return replace(made, check=_with_finding(made.check, finding), findings=findings)
    return replace(made, findings=findings)


def _failed(answers: AccountAnswers, reason: str) -> AccountAnswers:
    """What stands for answers that this program cannot make sense of as it should."""
    return AccountAnswers(answers.settings, UnexpectedAnswer(reason, defects.REMEDY))
