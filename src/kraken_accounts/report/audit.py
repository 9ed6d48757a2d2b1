"""The full examination of each key: what it may do, how it is guarded, and whether the accounts are separate.

Plain data, no I/O: what a check has found, and what the answers to more questions add to it.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from .. import money
from ..accounts import Account
from ..config import Settings, SetupProblem
from ..config.git_exposure import GitExposure
from ..kraken import permissions
from ..kraken.errors import KrakenError, OrderRefused, PermissionDenied
from ..kraken.key_info import KeyInfo
from ..kraken.orders import Order, OrderResult
from .findings import of_certificates
from .model import (
    AccountAnswers,
    AccountReport,
    Code,
    ExitCode,
    Finding,
    Report,
    Severity,
    Status,
    exit_code,
    rank,
    worst_first,
)
from .verdict import SAME_ACCOUNT_REMEDY

_MOST_SKEW = timedelta(seconds=5)
_MOST_MISMATCH = Decimal("0.01")  # of the larger figure
# Of the quote currency: less is dust, whatever its share, or comes of the four decimals of Kraken's figure.
_LEAST_MISMATCH = Decimal(1)
_LEAST_MISMATCH_OF_COINS = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class AuditAnswers(AccountAnswers):
    """What one account answered to an audit.

    Attributes:
        equivalent_balance: Kraken's own figure for all the account has, in the quote currency.
        probe: what came of an order that was only validated.
        session: the HTTP session over which all of this was asked.
    """

    equivalent_balance: Decimal | KrakenError | None = None
    probe: OrderResult | KrakenError | None = None
    session: object = None


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


@dataclass(frozen=True, slots=True)
class PermissionReview:
    """What the key may do, by Kraken's names; what is in none of these lists is useful to a bot.

    Attributes:
        required: what trading under this check takes, and the key has.
        missing: what that takes, and the key has not.
        superfluous: what nobody here needs.
        forbidden: what could move money away.
    """

    required: tuple[str, ...]
    missing: tuple[str, ...]
    superfluous: tuple[str, ...]
    forbidden: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AccountAudit:
    """All that was found out about one account.

    Attributes:
        report: what a check finds.
        findings: all of them, worst first.
        permissions: None if Kraken did not say what the key may do.
        equivalent_balance: Kraken's own figure, in the quote currency; None if unknown.
    """

    report: AccountReport
    findings: tuple[Finding, ...]
    permissions: PermissionReview | None
    separation: tuple[Guarantee, ...]
    equivalent_balance: Decimal | None

    def failed(self, reason: str) -> AccountAudit:
        """What is left of it where something in it is not what it should be: the findings."""
        return AccountAudit(self.report.failed(reason), self.findings, None, (), None)


@dataclass(frozen=True, slots=True)
class AuditReport:
    """One audit.

    Attributes:
        check: the same run as a check reports it.
        findings: about the run as a whole.
        clock_skew: how far this machine's clock is ahead of Kraken's; None if unknown.
    """

    check: Report
    accounts: tuple[AccountAudit, ...]
    findings: tuple[Finding, ...]
    clock_skew: timedelta | None

    @property
    def exit_code(self) -> ExitCode:
        """`OK` only if every account trades and nothing is worse than information."""
        return exit_code(
            [account.report.status for account in self.accounts],
            {finding.severity for _, finding in self.all_findings()},
            warnings_matter=True,
        )

    @property
    def ok(self) -> bool:
        return self.exit_code is ExitCode.OK

    def of(self, accounts: Iterable[AccountAudit]) -> AuditReport:
        """The same run with other audits of its accounts."""
        accounts = tuple(accounts)
        return replace(self, check=self.check.of(account.report for account in accounts), accounts=accounts)

    def all_findings(self) -> list[tuple[AccountReport | None, Finding]]:
        """Each with the account that it is about, None for the run as a whole; worst first."""
        found: list[tuple[AccountReport | None, Finding]] = [(None, finding) for finding in self.findings]
        found += [(account.report, finding) for account in self.accounts for finding in account.findings]
        return sorted(found, key=lambda pair: rank(pair[1].severity))

    @property
    def speaks_up(self) -> bool:
        """Whether anything is worse than information."""
        return not self.ok


def build_audit(
    check: Report,
    answers: Sequence[AuditAnswers],
    clock_skew: timedelta | None,
    exposure: GitExposure,
    settings: Settings,
) -> AuditReport:
    """What the answers mean.

    Args:
        check: what they mean to a check; its accounts are those of `answers`, in the same order.
        clock_skew: how far this machine's clock is ahead of Kraken's; None if unknown.
        settings: what was examined, and what was left out.
    """
    env_file = str(settings.env_file)
    unseen = (*settings.left_out, *(answer.settings.account for answer in answers if _is_unseen(answer)))
    sessions = Counter(id(answer.session) for answer in answers if answer.session is not None)
    owners = Counter(order.order_id for answer in answers for order in _orders(answer))
    return AuditReport(
        check=check,
        accounts=tuple(
            _account_audit(report, answer, sessions, owners, unseen, check.quote)
            for report, answer in zip(check.accounts, answers, strict=True)
        ),
        findings=worst_first(
            (*check.findings, *_findings_of_the_run(check, answers, clock_skew, exposure, env_file))
        ),
        clock_skew=clock_skew,
    )


def _account_audit(
    report: AccountReport,
    answers: AuditAnswers,
    sessions: Mapping[int, int],
    owners: Mapping[str, int],
    unseen: Sequence[Account],
    quote: str,
) -> AccountAudit:
    key = report.key_info
    review = None if key is None else _review(key.permissions)
    equivalent = answers.equivalent_balance if isinstance(answers.equivalent_balance, Decimal) else None
    separation = tuple(_guarantees(report, answers, sessions, owners, unseen))
    found = (
        *report.findings,
        *_findings_of_orders(report, separation[-1]),
        *_findings(report, answers, review, equivalent, quote),
    )
    return AccountAudit(
        report=report,
        findings=worst_first(found),
        permissions=review,
        separation=separation,
        equivalent_balance=equivalent,
    )


def _review(has: Sequence[str]) -> PermissionReview:
    return PermissionReview(
        required=tuple(name for name in permissions.REQUIRED if name in has),
        missing=tuple(name for name in permissions.REQUIRED if name not in has),
        superfluous=tuple(
            name
            for name in has
            if name not in (*permissions.REQUIRED, *permissions.USEFUL, *permissions.FORBIDDEN)
        ),
        forbidden=tuple(name for name in permissions.FORBIDDEN if name in has),
    )


# --- the four guarantees --------------------------------------------------------------------------------


def _guarantees(
    report: AccountReport,
    answers: AuditAnswers,
    sessions: Mapping[int, int],
    owners: Mapping[str, int],
    unseen: Sequence[Account],
) -> Iterator[Guarantee]:
    yield _own_credentials(report, answers)
    yield _own_connection(answers, sessions)
    balance = _own_balance(report, unseen)
    yield balance
    yield _own_orders(answers, owners, balance)


def _own_credentials(report: AccountReport, answers: AuditAnswers) -> Guarantee:
    name = "own credentials"
    if answers.settings.problem is SetupProblem.SHARED_KEY:
        return Guarantee(name, False, answers.settings.reason or "")
    if report.key_info is None:
        return Guarantee(name, None, report.verdict.reason or "Kraken did not confirm the key")
    return Guarantee(name, True, f"Kraken accepts its key {report.api_key}, which no other account here has")


def _own_connection(answers: AuditAnswers, sessions: Mapping[int, int]) -> Guarantee:
    name = "own connection"
    if answers.session is None:
        return Guarantee(name, None, "it was not asked")
    alone = sessions[id(answers.session)] == 1
    how = "asked over a session that no other account used" if alone else "its session served another account too"
    return Guarantee(name, alone, how)


def _own_balance(report: AccountReport, unseen: Sequence[Account]) -> Guarantee:
    name = "own balance"
    if any(finding.code == Code.SAME_ACCOUNT for finding in report.findings):
        return Guarantee(name, False, report.verdict.reason or "")
    if report.key_info is None:
        return Guarantee(name, None, report.verdict.reason or "Kraken did not confirm the key")
    if report.key_info.iban is None:
        return Guarantee(name, None, "Kraken did not tell the account's internal number (IIBAN)")
    if unseen:
        labels = ", ".join(account.label for account in unseen[:3]) + (" and others" if len(unseen) > 3 else "")
        return Guarantee(name, None, f"it could not be compared with {labels}: not asked, or no answer")
    return Guarantee(name, True, "its internal number at Kraken (IIBAN) is no other account's here")


def _is_unseen(answers: AuditAnswers) -> bool:
    """Whether it has a key, but Kraken did not tell which account that opens."""
    known = isinstance(answers.key_info, KeyInfo) and answers.key_info.iban is not None
    return answers.settings.credentials is not None and not known


def _own_orders(answers: AuditAnswers, owners: Mapping[str, int], balance: Guarantee) -> Guarantee:
    name = "own orders"
    orders = _orders(answers)
    if any(owners[order.order_id] > 1 for order in orders):
        return Guarantee(name, False, "one of its open orders is listed under another account too")
    if balance.verified is not True:
        return Guarantee(name, balance.verified, balance.how)
    if not isinstance(answers.open_orders, Sequence):
        return Guarantee(name, None, "its open orders could not be listed")
    count = f"{len(orders)} open order{'s' if len(orders) != 1 else ''}"
    probed = "; Kraken validated an order through it" if isinstance(answers.probe, OrderResult) else ""
    return Guarantee(name, True, f"{count}, listed under no other account{probed}")


def _orders(answers: AuditAnswers) -> Sequence[Order]:
    return answers.open_orders if isinstance(answers.open_orders, Sequence) else ()


# --- findings -------------------------------------------------------------------------------------------


def _findings_of_orders(report: AccountReport, own_orders: Guarantee) -> Iterator[Finding]:
    """That two keys open one account shows in its orders too, where Kraken does not tell the IIBAN."""
    known = any(finding.code == Code.SAME_ACCOUNT for finding in report.findings)
    if own_orders.verified is False and not known:
        yield Finding(
            Code.SAME_ACCOUNT,
            Severity.CRITICAL,
            f"{own_orders.how}: both keys open one and the same Kraken account",
            SAME_ACCOUNT_REMEDY,
        )


def _findings(
    report: AccountReport,
    answers: AuditAnswers,
    review: PermissionReview | None,
    equivalent: Decimal | None,
    quote: str,
) -> Iterator[Finding]:
    """What an audit adds to the findings of a check."""
    if review is not None and review.superfluous:
        names = permissions.labels(review.superfluous)
        yield Finding(
            Code.SUPERFLUOUS_PERMISSION,
            Severity.INFO,
            f"the key may do what neither this check nor trading needs: “{names}”",
            f"Edit the key at {permissions.SETTINGS_PAGE} and switch off “{names}”.",
        )
    # A total that is not whole is compared with nothing; the finding `public-data-missing` says why.
    if (
        report.whole
        and report.total is not None
        and equivalent is not None
        and _apart(report.total, equivalent, quote)
    ):
        yield Finding(
            Code.BALANCE_MISMATCH,
            Severity.WARNING,
            f"the total of {money.formatted(report.total, quote)} is more than 1 % apart from Kraken's own "
            f"figure, {money.formatted(equivalent, quote)}",
            "Compare --assets with the balances that Kraken's website shows; unpriced assets and open margin "
            "positions are the usual causes.",
        )
    figure = answers.equivalent_balance
    # What the key may not ask for is among its missing permissions.
    if isinstance(figure, KrakenError) and not isinstance(figure, PermissionDenied) and report.status in _ANSWERED:
        yield _not_examined(f"Kraken's own figure for the total could not be learned: {figure.reason}")
    if isinstance(answers.probe, KrakenError) and isinstance(answers.key_info, KeyInfo):
        yield Finding(
            Code.ORDER_PROBE_FAILED,
            Severity.WARNING,
            f"Kraken did not validate an order of this account: {answers.probe.reason}",
            _MEND_REFUSAL if isinstance(answers.probe, OrderRefused) else answers.probe.remedy,
        )
    if report.status not in (*_ANSWERED, Status.CONFLICT):
        yield Finding(
            report.status,
            Severity.WARNING,
            f"the account is not trading: {report.verdict.reason}",
            report.verdict.remedy or "",
        )


_ANSWERED = (Status.TRADING, Status.READ_ONLY)
_MEND_REFUSAL = "Mend what Kraken names: it would refuse an order of the bot for the same cause."


def _findings_of_the_run(
    check: Report,
    answers: Sequence[AuditAnswers],
    clock_skew: timedelta | None,
    exposure: GitExposure,
    env_file: str,
) -> Iterator[Finding]:
    if not any(finding.code == Code.CERTIFICATE_NOT_TRUSTED for finding in check.findings):
        yield from of_certificates(a for answer in answers for a in (answer.equivalent_balance, answer.probe))
    if exposure is GitExposure.TRACKED:
        yield Finding(
            Code.ENV_FILE_IN_GIT,
            Severity.CRITICAL,
            f"git tracks {env_file}: everyone who gets the repository gets the keys",
            f"git rm --cached {shlex.quote(env_file)}, add it to .gitignore, and replace every key in it.",
        )
    if exposure is GitExposure.UNTRACKED:
        yield Finding(
            Code.ENV_FILE_IN_GIT,
            Severity.WARNING,
            f"git does not ignore {env_file}: the next “git add” would take the keys along",
            f"Add {env_file} to .gitignore.",
        )
    if exposure is GitExposure.UNKNOWN:
        yield Finding(
            Code.NOT_EXAMINED,
            Severity.WARNING,
            f"git did not say whether it has, or would take, {env_file}",
            "Mend the repository around it, or give it to the user who runs this, or keep the keys outside of it.",
        )
    # Where no account answered either, their statuses say what is wrong.
    if clock_skew is not None and abs(clock_skew) > _MOST_SKEW:
        direction = "ahead of" if clock_skew > timedelta() else "behind"
        yield Finding(
            Code.CLOCK_SKEW,
            Severity.WARNING,
            f"this machine's clock is {round(abs(clock_skew).total_seconds())} s {direction} Kraken's",
            "Set the clock by NTP: nonces and expiry dates go by it.",
        )


def _not_examined(what: str) -> Finding:
    return Finding(
        Code.NOT_EXAMINED, Severity.WARNING, what, "Run the audit again: what was not examined is not proven."
    )


def _apart(ours: Decimal, theirs: Decimal, quote: str) -> bool:
    difference = abs(ours - theirs)
    least = _LEAST_MISMATCH if money.decimal_places(quote) <= 2 else _LEAST_MISMATCH_OF_COINS
    return difference >= least and difference > _MOST_MISMATCH * max(abs(ours), abs(theirs))
