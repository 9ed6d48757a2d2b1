"""What of a report goes into the history: the accounts that were asked, each under the Kraken account it is of."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial

from ..bounded import within
from ..config import AccountSettings, Settings
from ..memory.store import set_of
from ..report.amounts import amounts_of
from ..report.findings import Code
from ..report.model import AccountReport, Report
from ..report.verdict import Status
from .database import StoreTrouble
from .model import Figures, Observation, Parts, Snapshot
from .store import History

PATIENCE = 10.0  # seconds that a store has to take a check

_log = logging.getLogger(__name__)


def record(
    history: History, report: Report, settings: Settings, asked: Sequence[AccountSettings]
) -> StoreTrouble | None:
    """Leave a point of each account that was asked; why that could not be done, or None.

    Args:
        asked: the accounts of the run.
    """
    selectors = {one.account.selector for one in asked if one.credentials is not None}
    found = [one for one in report.accounts if one.account.selector in selectors]
    if not found:
        return None
    (outcome,) = within(PATIENCE, [partial(_recorded, history, set_of(settings), report, found)])
    if outcome is None:
        return StoreTrouble(
            f"the store has not answered for {PATIENCE:g} s, so it is not known whether this check is in it",
            "The next check tries again; see what keeps the store busy, if that goes on.",
        )
    return outcome if isinstance(outcome, StoreTrouble) else None


def _recorded(history: History, whose: str, report: Report, found: Sequence[AccountReport]) -> StoreTrouble | bool:
    """That it is, or what keeps it from being: whatever that is, the check has been made."""
    try:
        history.record(whose, snapshot_of(report, found))
    except StoreTrouble as trouble:
        return trouble
    except Exception as error:  # noqa: BLE001
        _log.debug("the defect", exc_info=True)
        return StoreTrouble(
            f"this program failed on a defect of its own ({type(error).__name__})",
            "Run with -v and report what it shows.",
        )
    return True


def snapshot_of(report: Report, accounts: Sequence[AccountReport]) -> Snapshot:
    """What the check has found of these accounts."""
    return Snapshot(
        report.generated_at,
        report.quote,
        tuple(_observation(account, report.quote) for account in accounts),
        {held.asset: held.price for one in accounts for held in one.priced if held.price is not None},
    )


def _observation(account: AccountReport, quote: str) -> Observation:
    since = None if account.standing is None else account.standing.since
    if account.status is Status.CONFLICT or any(one.code is Code.ACCOUNT_CHANGED for one in account.findings):
        # Nobody knows whose that is.
        return Observation(account.account, None, Figures(account.status.value), since)
    amounts = amounts_of(account, quote)
    figures = Figures(
        account.status.value,
        account.total,
        Parts(amounts.available, amounts.in_orders),
        () if account.holdings is None else ("spot",),
        account.complete,
        account.whole,
    )
    holdings = None if account.holdings is None else {held.asset: held.amount for held in account.holdings}
    return Observation(account.account, account.account_fingerprint, figures, since, holdings)
