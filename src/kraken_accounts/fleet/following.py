"""Reads what the history needs of all ledgers, for as long as a run may take, and keeps it as it comes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial

from ..accounts import Account
from ..config import AccountSettings, Settings
from ..deadline import Deadline
from ..history.database import StoreTrouble
from ..history.ledger_plan import LedgerPlan
from ..history.model import LedgerFound
from ..history.recording import done_with_store, found_in, plan_of
from ..history.store import History
from ..kraken.assets import Assets
from ..kraken.broker import KrakenBroker
from ..kraken.errors import KrakenError
from ..kraken.key_info import KeyInfo
from ..report.answers import AccountAnswers, LedgerAnswer, with_tickers
from .entry_prices import OF_ALL, EntryPrices
from .followed import Followed
from .inquiry import Inquiry
from .ledgers import LedgerQuestion
from .questions import attempt

PAUSE = 36.0
"""Seconds from one round of questions to the next of the same accounts. The slowest counter falls by twice of what
one round costs meanwhile, so the bot has as much of it; tests have less of them."""


class Following:
    """One run of it.

    Args:
        accounts: those that are asked.
        quote: the currency in which prices are looked up, by its common ticker or Kraken's code.
        deadline: when it must be over.
    """

    def __init__(
        self,
        history: History,
        settings: Settings,
        accounts: Sequence[AccountSettings],
        quote: str,
        *,
        inquiry: Inquiry,
        deadline: Deadline,
    ) -> None:
        self._history = history
        self._settings = settings
        self._accounts = accounts
        self._quote = quote
        self._inquiry = inquiry
        self._deadline = deadline
        self._failures: dict[Account, KrakenError] = {}
        self._contradicted: dict[str, None] = {}

    def follow(self) -> Followed:
        """Raises:
        ConfigurationError: nothing is called so at Kraken as the quote currency is; no key has been used then.
        """
        plan = plan_of(self._history, self._settings)
        if isinstance(plan, StoreTrouble):
            return Followed(trouble=plan)
        needed = [account for account in self._accounts if plan.needs.get(account.account.selector)]
        started = time.monotonic()
        answers, market, asset = self._inquiry.ask(
            needed, self._quote, partial(_examine, LedgerQuestion(plan, self._settings.url)), AccountAnswers
        )
        while (trouble := self._keep(plan, answers, market.assets)) is None:
            behind = [answer for answer in answers if _is_behind(answer)]
            pause = started + PAUSE - time.monotonic()
            if not behind or pause > self._deadline.earlier(_LEFT).remaining():
                break
            time.sleep(max(pause, 0.0))
            started = time.monotonic()
            plan_now = plan_of(self._history, self._settings)
            if isinstance(plan_now, StoreTrouble):
                trouble = plan_now
                break
            plan = plan_now
            answers = self._inquiry.ask_again(behind, partial(_go_on, LedgerQuestion(plan, self._settings.url)))
        quote = self._quote.upper() if asset is None else asset.name
        EntryPrices(self._history, self._settings, quote, market, self._inquiry).learn(OF_ALL)
        return Followed(self._failures, trouble, (*self._contradicted,))

    def _keep(self, plan: LedgerPlan, answers: Sequence[AccountAnswers], assets: Assets) -> StoreTrouble | None:
        """Leave what was read in the store; why that could not be done, or None."""
        found: dict[int, LedgerFound] = {}
        for answer in answers:
            failure = _failure_of(answer)
            if failure is not None:
                self._failures[answer.settings.account] = failure
            need = plan.of(answer.settings.account.selector, _fingerprint_of(answer))
            if need is not None and isinstance(answer.ledger, LedgerAnswer):
                found[need.series_id] = found_in(with_tickers(answer.ledger, assets), answer.ledger.asked_at)
        outcome = done_with_store(partial(self._history.keep_ledgers, found))
        if isinstance(outcome, StoreTrouble):
            return outcome
        self._contradicted |= dict.fromkeys(outcome)
        return None


_LEFT = 0.2  # of the time that is left, for one more round of questions


def _examine(
    question: LedgerQuestion, settings: AccountSettings, broker: KrakenBroker, deadline: Deadline
) -> AccountAnswers:
    """What the key may do and whose it is, and the ledger."""
    key_info = attempt(partial(broker.get_key_info, deadline=deadline))
    return _go_on(question, AccountAnswers(settings, key_info), broker, deadline)


def _go_on(
    question: LedgerQuestion, before: AccountAnswers, broker: KrakenBroker, deadline: Deadline
) -> AccountAnswers:
    answers = AccountAnswers(before.settings, before.key_info)
    if isinstance(before.key_info, KrakenError):
        return answers
    ledger = attempt(partial(question.ask, answers, broker, deadline))
    return AccountAnswers(before.settings, before.key_info, ledger=ledger)


def _is_behind(answer: AccountAnswers) -> bool:
    """Whether there is more to read, and nothing against it."""
    return isinstance(answer.ledger, LedgerAnswer) and bool(answer.ledger.missing) and _failure_of(answer) is None


def _failure_of(answer: AccountAnswers) -> KrakenError | None:
    if isinstance(answer.key_info, KrakenError):
        return answer.key_info
    if isinstance(answer.ledger, KrakenError):
        return answer.ledger
    return None if answer.ledger is None else answer.ledger.read.failure


def _fingerprint_of(answer: AccountAnswers) -> str | None:
    return answer.key_info.account_fingerprint if isinstance(answer.key_info, KeyInfo) else None
