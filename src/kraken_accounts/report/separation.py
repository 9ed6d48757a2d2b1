"""Whether the accounts are separate: four guarantees for each, and by what each was verified."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..accounts import Account
from ..config import SetupProblem
from ..kraken.key_info import KeyInfo
from ..kraken.orders import Order, OrderResult
from .answers import AccountAnswers
from .findings import Code
from .model import AccountReport


@dataclass(frozen=True, slots=True)
class Guarantee:
    """One of the four things that keep an account apart from the others.

    Attributes:
        name: own credentials, own connection, own balance or own orders.
        verified: True; False if it is broken; None if it could not be verified.
        how: by what it was verified, or why not.
    """

    name: str
    verified: bool | None
    how: str


def separation(
    reports: Sequence[AccountReport], answers: Sequence[AccountAnswers], left_out: Sequence[Account]
) -> list[tuple[Guarantee, ...]]:
    """The guarantees of each account.

    Args:
        reports: what a check finds of each.
        answers: of the same accounts, in the same order.
        left_out: the accounts that have a key and were not asked.
    """
    unidentified = (*left_out, *(answer.settings.account for answer in answers if _is_unidentified(answer)))
    accounts_of_session = Counter(id(answer.session) for answer in answers if answer.session is not None)
    accounts_of_order = Counter(order.order_id for answer in answers for order in _orders(answer))
    return [
        tuple(_guarantees(report, answer, accounts_of_session, accounts_of_order, unidentified))
        for report, answer in zip(reports, answers, strict=True)
    ]


def _guarantees(
    report: AccountReport,
    answers: AccountAnswers,
    accounts_of_session: Mapping[int, int],
    accounts_of_order: Mapping[str, int],
    unidentified: Sequence[Account],
) -> Iterator[Guarantee]:
    yield _own_credentials(report, answers)
    yield _own_connection(answers, accounts_of_session)
    balance = _own_balance(report, unidentified)
    yield balance
    yield _own_orders(answers, accounts_of_order, balance)


def _own_credentials(report: AccountReport, answers: AccountAnswers) -> Guarantee:
    name = "own credentials"
    if answers.settings.problem is SetupProblem.SHARED_KEY:
        return Guarantee(name, False, answers.settings.reason or "")
    if report.key_info is None:
        return Guarantee(name, None, report.verdict.reason or "Kraken did not confirm the key")
    return Guarantee(name, True, f"Kraken accepts its key {report.api_key}, which no other account here has")


def _own_connection(answers: AccountAnswers, accounts_of_session: Mapping[int, int]) -> Guarantee:
    name = "own connection"
    if answers.session is None:
        return Guarantee(name, None, "it was not asked")
    alone = accounts_of_session[id(answers.session)] == 1
    how = "asked over a session that no other account used" if alone else "its session served another account too"
    return Guarantee(name, alone, how)


def _own_balance(report: AccountReport, unidentified: Sequence[Account]) -> Guarantee:
    name = "own balance"
    if any(finding.code in (Code.SAME_ACCOUNT, Code.ACCOUNT_CHANGED) for finding in report.findings):
        return Guarantee(name, False, report.verdict.reason or "")
    if report.key_info is None:
        return Guarantee(name, None, report.verdict.reason or "Kraken did not confirm the key")
    if report.key_info.iban is None:
        return Guarantee(name, None, "Kraken did not tell the account's internal number (IIBAN)")
    if unidentified:
        labels = ", ".join(account.label for account in unidentified[:3])
        others = " and others" if len(unidentified) > 3 else ""
        return Guarantee(name, None, f"it could not be compared with {labels}{others}: not asked, or no answer")
    return Guarantee(name, True, "its internal number at Kraken (IIBAN) is no other account's here")


def _is_unidentified(answers: AccountAnswers) -> bool:
    """Whether it has a key, but Kraken did not tell which account that opens."""
    known = isinstance(answers.key_info, KeyInfo) and answers.key_info.iban is not None
    return answers.settings.credentials is not None and not known


def _own_orders(answers: AccountAnswers, accounts_of_order: Mapping[str, int], balance: Guarantee) -> Guarantee:
    name = "own orders"
    orders = _orders(answers)
    if any(accounts_of_order[order.order_id] > 1 for order in orders):
        return Guarantee(name, False, "one of its open orders is listed under another account too")
    if balance.verified is not True:
        return Guarantee(name, balance.verified, balance.how)
    if not isinstance(answers.open_orders, Sequence):
        return Guarantee(name, None, "its open orders could not be listed")
    count = f"{len(orders)} open order{'s' if len(orders) != 1 else ''}"
    probed = "; Kraken validated an order through it" if isinstance(answers.probe, OrderResult) else ""
    return Guarantee(name, True, f"{count}, listed under no other account{probed}")


def _orders(answers: AccountAnswers) -> Sequence[Order]:
    return answers.open_orders if isinstance(answers.open_orders, Sequence) else ()
