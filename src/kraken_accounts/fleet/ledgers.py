"""Reads the ledger of one account as far as the history needs it, and as its key's counter allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from ..deadline import Deadline
from ..history.ledger_plan import LedgerNeed, LedgerPlan
from ..kraken import permissions
from ..kraken.assets import may_be_equity
from ..kraken.broker import KrakenBroker
from ..kraken.clock import clock_of
from ..kraken.errors import PermissionDenied, TryLater
from ..kraken.key_info import KeyInfo
from ..kraken.ledger_pages import LedgerRead, read_ledger
from ..report.answers import AccountAnswers, LedgerAnswer
from ..spans import Span, in_both

CALLS = 3
"""Pages that are asked of an account at once. With the two other calls of a check they cost 8 points of a key's
counter, which has 15 at least and is the bot's too: https://docs.kraken.com/exchange/guides/rest/ratelimits
"""

CALLS_OF_EACH = 2
"""The same of equities and of currencies, where both are asked for; the last minutes alone need one of each."""


@dataclass(frozen=True, slots=True)
class LedgerQuestion:
    """What is asked of the ledgers of all accounts.

    Attributes:
        plan: what the history needs.
        url: of the exchange.
    """

    plan: LedgerPlan
    url: str

    def ask(self, answers: AccountAnswers, broker: KrakenBroker, deadline: Deadline) -> LedgerAnswer | None:
        """What one account lacks, some of it; None where nothing is needed of it yet.

        Args:
            answers: what it was asked before.
        """
        key_info = answers.key_info if isinstance(answers.key_info, KeyInfo) else None
        asked_at = clock_of(self.url).their_time
        need = self.plan.of(
            answers.settings.account.selector, None if key_info is None else key_info.account_fingerprint
        )
        refusal = _why_not(answers, key_info)
        if refusal is not None:
            missing = () if need is None else need.missing(asked_at)
            return LedgerAnswer(asked_at, LedgerRead(failure=refusal), missing)
        if need is None:
            return None
        ask = partial(broker.get_ledger_page, deadline=deadline)
        wanted = [part for span in need.wanted(asked_at) if (part := _allowed(span, key_info)) is not None]
        if need.has_equities or _holds_equities(answers):
            equities = read_ledger(partial(ask, equities=True), wanted, _so_often(CALLS_OF_EACH))
            read = _together(equities, read_ledger(ask, wanted, _so_often(CALLS_OF_EACH)))
        else:
            read = read_ledger(ask, wanted, _so_often(CALLS))
        return _answer(asked_at, need, read, key_info)


def _holds_equities(answers: AccountAnswers) -> bool:
    return isinstance(answers.balances, Mapping) and any(map(may_be_equity, answers.balances))


def _together(one: LedgerRead, other: LedgerRead) -> LedgerRead:
    """What both have, of one ledger; only what both have read of counts as read."""
    entries = {entry.id: entry for entry in (*one.entries, *other.entries)}
    spans = in_both(one.spans, other.spans)
    return LedgerRead(tuple(entries.values()), spans, one.failure or other.failure)


def _answer(asked_at: datetime, need: LedgerNeed, read: LedgerRead, key_info: KeyInfo | None) -> LedgerAnswer:
    missing = need.missing(asked_at, read.spans)
    if missing and read.failure is None and not any(_allowed(span, key_info) for span in missing):
        read = LedgerRead(read.entries, read.spans, _OUT_OF_RANGE)
    return LedgerAnswer(asked_at, read, missing)


def _why_not(answers: AccountAnswers, key_info: KeyInfo | None) -> PermissionDenied | TryLater | None:
    """Why nothing is asked; None if nothing keeps from it."""
    pause = next((answer for answer in answers.of_kraken if isinstance(answer, TryLater)), None)
    may_not = key_info is not None and permissions.QUERY_LEDGER not in key_info.permissions
    return _MAY_NOT if may_not else pause


def _allowed(span: Span, key_info: KeyInfo | None) -> Span | None:
    """What of it the key may ask for; None if nothing."""
    start, end = span.start, span.end
    if key_info is not None:
        start = max(start, key_info.query_from or start)
        end = min(end, key_info.query_to or end)
    return Span(start, end) if start < end else None


def _so_often(times: int) -> Callable[[], bool]:
    """Allows so many calls."""
    calls = iter(range(times))
    return lambda: next(calls, None) is not None


_MAY_NOT = PermissionDenied(
    f"the key lacks “{permissions.label(permissions.QUERY_LEDGER)}”",
    f"Edit the key at {permissions.SETTINGS_PAGE} and switch on “{permissions.label(permissions.QUERY_LEDGER)}”.",
)
_OUT_OF_RANGE = PermissionDenied(
    "the key may not ask for what was then",
    f"Edit the key at {permissions.SETTINGS_PAGE}, and take away the start and the end of what it may query.",
)
