"""What of a report goes into the history: the accounts that were asked, each under the Kraken account it is of."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from ..bounded import within
from ..config import AccountSettings, Settings
from ..memory.file import set_of
from ..report.amounts import amounts_of
from ..report.answers import LedgerAnswer
from ..report.findings import Code
from ..report.model import AccountReport, Report
from ..report.verdict import Status
from .database import NothingRecorded, StoreTrouble
from .model import Figures, LedgerFound, Observation, Parts, Snapshot
from .store import History

PATIENCE = 10.0  # seconds that a store has to take a check

_LONGEST = timedelta(minutes=2)  # from the question for a ledger to the report

if TYPE_CHECKING:
    from .ledger_plan import LedgerPlan

Done = TypeVar("Done")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of it.

    Attributes:
        trouble: why it is not there; None if it is.
        contradicted: the ids of ledger entries that Kraken tells otherwise than before.
    """

    trouble: StoreTrouble | None = None
    contradicted: tuple[str, ...] = ()


def record(history: History, report: Report, settings: Settings, asked: Sequence[AccountSettings]) -> Recorded:
    """Leave a point of each account that was asked, and what was read of its ledger.

    Args:
        asked: the accounts of the run.
    """
    selectors = {one.account.selector for one in asked if one.credentials is not None}
    found = [one for one in report.accounts if one.account.selector in selectors]
    if not found:
        return Recorded()
    unsure = ", so it is not known whether this check is in it"
    outcome = done_with_store(lambda: history.record(set_of(settings), snapshot_of(report, found)), unsure)
    return Recorded(outcome) if isinstance(outcome, StoreTrouble) else Recorded(contradicted=outcome)


def plan_of(history: History, settings: Settings) -> LedgerPlan | StoreTrouble:
    """What is needed of the ledgers, or why nobody knows."""
    from .ledger_plan import LedgerPlan

    def read() -> LedgerPlan:
        with history.reader(set_of(settings)) as reader:
            return reader.ledger_plan()

    plan = done_with_store(read)
    return LedgerPlan() if isinstance(plan, NothingRecorded) else plan


def done_with_store(work: Callable[[], Done], unsure: str = "") -> Done | StoreTrouble:
    """What comes of something that the store is asked for, or why nothing does: nobody waits for it for long.

    Args:
        unsure: what is not known where there was no answer.
    """
    (outcome,) = within(PATIENCE, [partial(_done, work)])
    if outcome is None:
        return StoreTrouble(
            f"the store has not answered for {PATIENCE:g} s{unsure}",
            "The next check tries again; see what keeps the store busy, if that goes on.",
        )
    return outcome[0]


def _done(work: Callable[[], Done]) -> tuple[Done | StoreTrouble]:
    """It, or what keeps it from being done: whatever that is, the check goes on."""
    try:
        return (work(),)
    except StoreTrouble as trouble:
        return (trouble,)
    except Exception as error:  # noqa: BLE001
        _log.debug("the defect", exc_info=True)
        words = f"this program failed on a defect of its own ({type(error).__name__})"
        return (StoreTrouble(words, "Run with -v and report what it shows."),)


def snapshot_of(report: Report, accounts: Sequence[AccountReport]) -> Snapshot:
    """What the check has found of these accounts."""
    return Snapshot(
        report.generated_at,
        report.quote,
        tuple(_observation(account, report.quote, report.generated_at) for account in accounts),
        {held.asset: held.price for one in accounts for held in one.priced if held.price is not None},
    )


def _observation(account: AccountReport, quote: str, at: datetime) -> Observation:
    since = None if account.standing is None else account.standing.since
    if account.status is Status.CONFLICT or any(one.code is Code.ACCOUNT_CHANGED for one in account.findings):
        # Nobody knows whose that is.
        return Observation(account.account, None, Figures(account.status.value), since)
    amounts = amounts_of(account, quote)
    figures = Figures(
        account.status.value,
        account.total,
        Parts(amounts.available, amounts.in_orders, account.wallets.earn),
        tuple(wallet for wallet in ("spot", "earn") if getattr(account.coverage, wallet)),
        account.complete,
        account.whole,
    )
    holdings = None if account.holdings is None else {held.asset: held.amount for held in account.holdings}
    ledger = None if account.ledger is None else found_in(account.ledger, at)
    return Observation(account.account, account.account_fingerprint, figures, since, holdings, ledger)


def found_in(ledger: LedgerAnswer, at: datetime) -> LedgerFound:
    """What was read of it, once the report has its time: the balances were asked for before the ledger was.

    What was booked between the question and that time is asked for again by the next run, see `AGAIN`.
    """
    lasted = at - ledger.asked_at
    until = at if timedelta() < lasted <= _LONGEST else ledger.asked_at
    spans = [replace(span, end=until) if span.end == ledger.asked_at else span for span in ledger.read.spans]
    return LedgerFound(ledger.read.entries, tuple(spans), ledger.tickers)
