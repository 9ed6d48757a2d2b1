"""From answers to a report: what the answers of all accounts and of the market mean together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar
from urllib.parse import urlsplit

from ..accounts import Account
from ..config import KRAKEN_URL, READ_ONLY, Settings
from ..kraken.errors import KrakenError
from ..kraken.key_info import KeyInfo
from ..kraken.valuation import fee_credits
from .activity import NO_LIMITS, activity_of
from .answers import AccountAnswers, MarketAnswers, with_tickers
from .findings import worst_first
from .known import NOTHING_KNOWN, Changed, Known
from .model import AccountReport, Report
from .rules import judge
from .rules.evidence import AccountEvidence, RosterEvidence, RunEvidence
from .verdict import Status, verdict
from .worth import Worth, worth_of

Answer = TypeVar("Answer")


def build_report(
    settings: Settings,
    answers: Sequence[AccountAnswers],
    market: MarketAnswers,
    *,
    quote: str,
    minimums: Mapping[str, Decimal],
    now: datetime,
    duration: timedelta,
    known: Known = NOTHING_KNOWN,
    idle_limits: Mapping[str, timedelta] = NO_LIMITS,
    wallets: bool = False,
) -> Report:
    """What the answers mean.

    Args:
        quote: the common ticker of the currency in which `market` has its prices.
        minimums: in the quote currency, by the selector of an account: a total below it is critical.
        now: the time of the report (UTC).
        duration: how long it took to get the answers.
        known: what earlier runs have found.
        idle_limits: how long an account may be without a fill, by its selector.
        wallets: whether Earn and margin were asked.
    """
    sharing = _accounts_by_shared_iban(answers)
    changes = [known.changed(answer.settings, answer.key_info) for answer in answers]
    own = [
        answer if change is None else _withheld(answer) for answer, change in zip(answers, changes, strict=True)
    ]
    worths = [worth_of(answer, market, quote) for answer in own]
    open_accounts = [answer.settings.account for answer, worth in zip(answers, worths, strict=True) if worth.open]
    begun_anew = known.begun_anew if known.damage is None else now
    url = KRAKEN_URL if _is_krakens_own(settings.url) else settings.url
    return Report(
        demo=settings.demo,
        url=url,
        generated_at=now,
        duration=duration,
        quote=quote,
        system_status=_known(market.system_status),
        accounts=tuple(
            _account_report(answer, worth, market, sharing, minimums, quote, now, change, known, idle_limits)
            for answer, worth, change in zip(own, worths, changes, strict=True)
        ),
        findings=worst_first(
            (
                *judge(RosterEvidence(known.vanished, _openers(answers), known.trouble, begun_anew)),
                *judge(RunEvidence(settings, url, market, answers, open_accounts)),
            )
        ),
        shard=settings.part,
        with_wallets=wallets,
        begun_anew=begun_anew,
    )


def _account_report(
    answers: AccountAnswers,
    worth: Worth,
    market: MarketAnswers,
    sharing: Mapping[str, Sequence[Account]],
    minimums: Mapping[str, Decimal],
    quote: str,
    now: datetime,
    changed: Changed | None,
    known: Known,
    idle_limits: Mapping[str, timedelta],
) -> AccountReport:
    account, key_info, balances = answers.settings.account, _known(answers.key_info), _known(answers.balances)
    open_orders, open_positions = _known(answers.open_orders), _known(answers.open_positions)
    ledger = _known(answers.ledger)
    same_account = [] if key_info is None or key_info.iban is None else sharing.get(key_info.iban, [])
    evidence = AccountEvidence(
        answers,
        same_account,
        worth,
        minimums.get(account.selector),
        quote,
        now,
        changed,
        account in known.new,
        idle_limits.get(account.selector),
        market.kinds_missing,
    )
    judged = verdict(answers, same_account, changed, market, now, evidence.idle_after)
    return AccountReport(
        account=account,
        verdict=judged,
        total=worth.total,
        complete=worth.complete,
        whole=worth.whole,
        holdings=worth.holdings,
        fee_credits=None if balances is None else fee_credits(balances),
        key_info=key_info,
        account_fingerprint=None if key_info is None else key_info.account_fingerprint,
        api_key=None if answers.settings.api_key is None else str(answers.settings.api_key),
        open_orders=None if open_orders is None else tuple(open_orders),
        open_positions=None if open_positions is None else tuple(open_positions),
        findings=worst_first(judge(evidence)),
        standing=known.standing(account, judged.status, now),
        minimum=evidence.minimum,
        expected=Status.READ_ONLY if answers.settings.expectation.expected == READ_ONLY else None,
        activity=activity_of(answers, market, quote),
        idle_after=evidence.idle_after,
        coverage=worth.coverage,
        wallets=worth.wallets,
        earn=worth.earn,
        equity=worth.equity,
        ledger=None if ledger is None else with_tickers(ledger, market.assets),
    )


def _withheld(answers: AccountAnswers) -> AccountAnswers:
    """The answers without what is in an account that is not this one's: that is shown and counted nowhere."""
    return replace(
        answers,
        balances=None,
        open_orders=None,
        open_positions=None,
        fills=None,
        known_fills=None,
        asked_at=None,
        earn=None,
        margin=None,
        ledger=None,
    )


def _openers(answers: Iterable[AccountAnswers]) -> Mapping[str, Account]:
    """Whose key opens which Kraken account, by its fingerprint."""
    return {
        fingerprint: answer.settings.account
        for answer in answers
        if isinstance(answer.key_info, KeyInfo) and (fingerprint := answer.key_info.account_fingerprint)
    }


def _is_krakens_own(url: str) -> bool:
    """Whether it is Kraken's own address, however it is spelt."""
    ours, theirs = urlsplit(KRAKEN_URL), urlsplit(url)
    return (theirs.scheme, theirs.hostname, theirs.port or 443) == (ours.scheme, ours.hostname, 443)


def _accounts_by_shared_iban(answers: Iterable[AccountAnswers]) -> Mapping[str, Sequence[Account]]:
    """Kraken accounts that answer to more than one of ours."""
    accounts: defaultdict[str, list[Account]] = defaultdict(list)
    for answer in answers:
        if isinstance(answer.key_info, KeyInfo) and answer.key_info.iban:
            accounts[answer.key_info.iban].append(answer.settings.account)
    return {iban: sharing for iban, sharing in accounts.items() if len(sharing) > 1}


def _known(answer: Answer | KrakenError | None) -> Answer | None:
    return None if isinstance(answer, KrakenError) else answer
