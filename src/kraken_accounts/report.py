"""What was learned, and what it means: statuses, totals, findings, the exit code. Plain data, no I/O."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import TypeVar

from . import defects, money
from .accounts import Account
from .credentials import AccountSettings, Settings, SetupProblem
from .kraken import permissions
from .kraken.assets import Assets
from .kraken.broker import KeyInfo
from .kraken.errors import (
    AccountRefused,
    ClockAhead,
    ExchangeRestricted,
    KeyBusy,
    KeyRejected,
    KrakenError,
    LockedOut,
    NonceConflict,
    PermissionDenied,
    RateLimited,
    Unreachable,
)
from .kraken.orders import OpenPosition, Order
from .kraken.prices import Prices
from .kraken.public import SystemStatus
from .kraken.valuation import Balance, Holding, fee_credits, holdings

Answer = TypeVar("Answer")

NO_MINIMUMS: Mapping[str, Decimal] = MappingProxyType({})

_EXPIRES_SOON = timedelta(days=14)


class Status(StrEnum):
    """Of one account. Only `TRADING` needs nothing done."""

    TRADING = "trading"
    READ_ONLY = "read-only"
    EXCHANGE_RESTRICTED = "exchange-restricted"
    NOT_CONFIGURED = "not-configured"
    MISCONFIGURED = "misconfigured"
    REJECTED = "rejected"
    LOCKED_OUT = "locked-out"
    RATE_LIMITED = "rate-limited"
    NONCE_CONFLICT = "nonce-conflict"
    UNREACHABLE = "unreachable"
    BUSY = "busy"
    CLOCK_AHEAD = "clock-ahead"
    CONFLICT = "conflict"
    ERROR = "error"


class Severity(StrEnum):
    """Of one finding, worst first."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class ExitCode(IntEnum):
    """What a script or cron learns."""

    OK = 0
    ATTENTION = 1
    CONFIGURATION = 2
    KRAKEN_DOWN = 3
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to know about an account, or about the whole run, and what to do about it."""

    code: str
    severity: Severity
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The status of an account, with the reason and the remedy in words where it is not trading."""

    status: Status
    reason: str | None = None
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class AccountAnswers:
    """What one account answered. None: was not asked."""

    settings: AccountSettings
    key_info: KeyInfo | KrakenError | None = None
    balances: Mapping[str, Balance] | KrakenError | None = None
    open_orders: Sequence[Order] | KrakenError | None = None
    open_positions: Sequence[OpenPosition] | KrakenError | None = None


@dataclass(frozen=True, slots=True)
class MarketAnswers:
    """What Kraken's public endpoints answered.

    Attributes:
        system_status: None where nobody had to be asked, as without any key.
        prices: in the quote currency; None where Kraken did not say.
        trouble: what could not be learned, and why, a sentence each.
    """

    system_status: SystemStatus | KrakenError | None
    assets: Assets
    prices: Prices | None = None
    trouble: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What is different from an earlier run.

    Attributes:
        first: nothing is known of an earlier run.
        previous_status: of the account then; None at first, and for sums.
        previous_total: of then, in the quote currency; None if unknown.
        amount: the difference between the totals; None if one of them is unknown.
        percent: the same in percent of the earlier total; None where that is unknown or zero.
    """

    first: bool
    previous_status: str | None = None
    previous_total: Decimal | None = None
    amount: Decimal | None = None
    percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class AccountReport:
    """All that is known of one account.

    Attributes:
        total: in the quote currency, rounded half-even to its cents; None if unknown.
        complete: whether `total` counts everything the account has.
        holdings: what it has, priced ones first; None if unknown.
        fee_credits: KFEE, which is not money.
        key_info: None if unknown.
        open_orders, open_positions: None unless asked for and answered.
        change: since the previous run; None unless asked for.
    """

    account: Account
    verdict: Verdict
    total: Decimal | None
    complete: bool
    holdings: tuple[Holding, ...] | None
    fee_credits: Decimal
    key_info: KeyInfo | None
    api_key: str | None
    open_orders: tuple[Order, ...] | None
    open_positions: tuple[OpenPosition, ...] | None
    findings: tuple[Finding, ...]
    change: Change | None = None

    @property
    def status(self) -> Status:
        return self.verdict.status

    @property
    def trading(self) -> bool:
        return self.status is Status.TRADING

    @property
    def priced(self) -> tuple[Holding, ...]:
        return tuple(held for held in self.holdings or () if held.price is not None)

    @property
    def unpriced(self) -> tuple[Holding, ...]:
        return tuple(held for held in self.holdings or () if held.price is None)

    def failed(self, reason: str) -> AccountReport:
        """What is left of it where something in it is not as it should be: the findings, and no figure."""
        return AccountReport(
            account=self.account,
            verdict=Verdict(Status.ERROR, reason, defects.REMEDY),
            total=None,
            complete=False,
            holdings=None,
            fee_credits=Decimal(0),
            key_info=None,
            api_key=self.api_key,
            open_orders=None,
            open_positions=None,
            findings=self.findings,
        )


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over accounts, in the quote currency. `complete` is False where an account is missing from `all`."""

    master: Decimal | None
    users: Mapping[str, Decimal | None]
    all: Decimal | None
    complete: bool
    missing: tuple[Account, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """One run.

    Attributes:
        generated_at: in UTC.
        duration: how long it took.
        quote: the common ticker of the currency of all totals.
        findings: about the run as a whole.
        trouble: what Kraken's public endpoints did not say, a sentence each.
        change: of the sum over all accounts since the previous run; None unless asked for.
        changed_since: when the previous run was (UTC); None if there was none, or unless asked for.
    """

    demo: bool
    generated_at: datetime
    duration: timedelta
    quote: str
    system_status: SystemStatus | None
    accounts: tuple[AccountReport, ...]
    findings: tuple[Finding, ...] = ()
    trouble: tuple[str, ...] = ()
    change: Change | None = None
    changed_since: datetime | None = None
    totals: Totals = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "totals", _totals(self.accounts))

    @property
    def exit_code(self) -> ExitCode:
        statuses = [account.status for account in self.accounts]
        configured = [s for s in statuses if s not in (Status.NOT_CONFIGURED, Status.MISCONFIGURED)]
        if not configured:
            return ExitCode.CONFIGURATION
        if all(status in (Status.UNREACHABLE, Status.EXCHANGE_RESTRICTED) for status in configured):
            return ExitCode.KRAKEN_DOWN
        critical = any(finding.severity is Severity.CRITICAL for finding in self.all_findings())
        return ExitCode.OK if set(statuses) == {Status.TRADING} and not critical else ExitCode.ATTENTION

    @property
    def ok(self) -> bool:
        return self.exit_code is ExitCode.OK

    def of(self, accounts: Iterable[AccountReport]) -> Report:
        """The same run with other reports of its accounts, and their sums."""
        return replace(self, accounts=tuple(accounts))

    def all_findings(self) -> Iterator[Finding]:
        """Those of the run, then those of each account."""
        yield from self.findings
        for account in self.accounts:
            yield from account.findings


def build_report(
    settings: Settings,
    answers: Sequence[AccountAnswers],
    market: MarketAnswers,
    *,
    quote: str,
    minimums: Mapping[str, Decimal],
    now: datetime,
    duration: timedelta,
) -> Report:
    """What the answers mean.

    Args:
        quote: the common ticker of the currency in which `market` has its prices.
        minimums: in the quote currency, by the selector of an account: a total below it is critical.
        now: the time of the report (UTC).
        duration: how long it took to get the answers.
    """
    twins = _accounts_by_iban(answers)
    system_status = None if isinstance(market.system_status, KrakenError) else market.system_status
    return Report(
        demo=settings.demo,
        generated_at=now,
        duration=duration,
        quote=quote,
        system_status=system_status,
        accounts=tuple(_account_report(answer, market, twins, minimums, quote, now) for answer in answers),
        findings=tuple(_findings_of_the_run(settings, system_status)),
        trouble=market.trouble,
    )


# --- one account ----------------------------------------------------------------------------------------


def _account_report(
    answers: AccountAnswers,
    market: MarketAnswers,
    twins: Mapping[str, Sequence[Account]],
    minimums: Mapping[str, Decimal],
    quote: str,
    now: datetime,
) -> AccountReport:
    key_info = _known(answers.key_info)
    balances = _known(answers.balances)
    held = None if balances is None else holdings(balances, market.assets, market.prices)
    values = [holding.value for holding in held or () if holding.value is not None]
    total = None
    if held is not None and (values or not held):
        total = money.rounded(money.total(values), quote)
    open_orders, open_positions = _known(answers.open_orders), _known(answers.open_positions)
    mates = [] if key_info is None or key_info.iban is None else twins.get(key_info.iban, [])
    return AccountReport(
        account=answers.settings.account,
        verdict=_verdict(answers, mates, market, now),
        total=total,
        complete=held is not None and len(values) == len(held),
        holdings=held,
        fee_credits=Decimal(0) if balances is None else fee_credits(balances),
        key_info=key_info,
        api_key=None if answers.settings.api_key is None else str(answers.settings.api_key),
        open_orders=None if open_orders is None else tuple(open_orders),
        open_positions=None if open_positions is None else tuple(open_positions),
        findings=(
            *_minimum_findings(total, minimums.get(answers.settings.account.selector), quote),
            *_findings(answers, mates, None if market.prices is None else held, now),
        ),
    )


def _verdict(answers: AccountAnswers, mates: Sequence[Account], market: MarketAnswers, now: datetime) -> Verdict:
    settings, key_info = answers.settings, answers.key_info
    if settings.problem is not None:
        return _setup_verdict(settings)
    if mates:
        return Verdict(Status.CONFLICT, _same_account_message(mates), SAME_ACCOUNT_REMEDY)
    if not isinstance(key_info, KeyInfo):
        return _denied(key_info or Unreachable("it was not asked"))
    if key_info.valid_until is not None and key_info.valid_until <= now:
        return Verdict(Status.REJECTED, f"the key expired on {key_info.valid_until:%Y-%m-%d}", _RENEW)
    for answer in (answers.balances, answers.open_orders, answers.open_positions):
        if isinstance(answer, KrakenError) and not isinstance(answer, PermissionDenied):
            return _denied(answer)
    if permissions.CREATE_ORDERS not in key_info.permissions:
        return Verdict(
            Status.READ_ONLY,
            "the key may look, but may not create orders",
            f"If this account should trade, give its key “{_missing_permissions(key_info)}” at "
            f"{permissions.SETTINGS_PAGE}.",
        )
    return _exchange_verdict(market.system_status or Unreachable("Kraken was not asked"))


def _exchange_verdict(status: SystemStatus | KrakenError) -> Verdict:
    """Of an account whose key would do."""
    if isinstance(status, KrakenError):
        reason = f"Kraken did not say whether it is open for trading: {status.reason}"
        return Verdict(Status.ERROR, reason, status.remedy)
    if status.restricted:
        return _denied(ExchangeRestricted(f"Kraken's status is “{status.status}”"))
    if not status.online:
        reason = f"Kraken's status is “{status.status}”, which this program does not know"
        return Verdict(Status.ERROR, reason, "Look at https://status.kraken.com.")
    return Verdict(Status.TRADING)


_STATUS_OF: tuple[tuple[type[KrakenError], Status], ...] = (
    (Unreachable, Status.UNREACHABLE),
    (ExchangeRestricted, Status.EXCHANGE_RESTRICTED),
    (KeyBusy, Status.BUSY),
    (ClockAhead, Status.CLOCK_AHEAD),
    (KeyRejected, Status.REJECTED),
    (AccountRefused, Status.REJECTED),
    (LockedOut, Status.LOCKED_OUT),
    (RateLimited, Status.RATE_LIMITED),
    (NonceConflict, Status.NONCE_CONFLICT),
)


def _denied(error: KrakenError) -> Verdict:
    status = next((status for kind, status in _STATUS_OF if isinstance(error, kind)), Status.ERROR)
    return Verdict(status, error.reason, error.remedy)


def _setup_verdict(settings: AccountSettings) -> Verdict:
    if settings.problem is SetupProblem.SHARED_KEY:
        return Verdict(Status.CONFLICT, f"{settings.reason}; it was not sent", _SHARED_KEY_REMEDY)
    if settings.problem is SetupProblem.MISCONFIGURED:
        return Verdict(Status.MISCONFIGURED, f"{settings.reason}; nothing was sent", _MISCONFIGURED_REMEDY)
    return Verdict(Status.NOT_CONFIGURED, settings.reason, _steps_to_a_key(settings))


def _steps_to_a_key(settings: AccountSettings) -> str:
    whose = (
        "the master's Kraken account"
        if settings.account.user_id is None
        else f"the Kraken account of {settings.account.user_id}"
    )
    return "\n".join(
        (
            f"1. Sign in to {whose} and create a key: {permissions.SETTINGS_PAGE}",
            f"2. Give it these permissions: {permissions.settings(permissions.REQUIRED)}.",
            "3. Withdraw Funds: NEVER enable.",
            f"4. Put it into .env: {settings.prefix}_API_KEY and {settings.prefix}_API_SECRET",
            f"5. Run: python check_master_user_balances.py --account {settings.account.selector}",
        )
    )


_RENEW = f"Create a new key at {permissions.SETTINGS_PAGE} and put it into .env."
_MISCONFIGURED_REMEDY = (
    "Mend the variable that is named; keys and private keys are pasted whole, as Kraken shows them."
)
_SHARED_KEY_REMEDY = "Give each account a key of its own, made while signed in to that account."
SAME_ACCOUNT_REMEDY = (
    "Orders of these accounts mix. Sign in to each account on its own and create its key there, then replace it."
)


def _same_account_message(accounts: Sequence[Account]) -> str:
    return (
        f"the keys of {' and '.join(account.label for account in accounts)} open one and the same Kraken account"
    )


# --- findings -------------------------------------------------------------------------------------------


def _minimum_findings(total: Decimal | None, minimum: Decimal | None, quote: str) -> Iterator[Finding]:
    if total is not None and minimum is not None and total < minimum:
        yield Finding(
            "below-minimum",
            Severity.CRITICAL,
            f"{money.formatted(total, quote)} is below the minimum of {money.formatted(minimum, quote)}",
            "Find out where the money went, or fund the account.",
        )


def _findings(
    answers: AccountAnswers, mates: Sequence[Account], held: Sequence[Holding] | None, now: datetime
) -> Iterator[Finding]:
    """What the answers of one account reveal, worst first."""
    if answers.settings.problem is SetupProblem.SHARED_KEY:
        yield Finding("shared-key", Severity.CRITICAL, answers.settings.reason or "", _SHARED_KEY_REMEDY)
    if mates:
        yield Finding("same-account", Severity.CRITICAL, _same_account_message(mates), SAME_ACCOUNT_REMEDY)
    if isinstance(answers.key_info, KeyInfo):
        yield from sorted(
            _findings_of_the_key(answers.key_info, now), key=lambda f: list(Severity).index(f.severity)
        )
    unpriced = [
        f"{money.plain(holding.amount)} {holding.asset}" for holding in held or () if holding.price is None
    ]
    if unpriced:
        yield Finding(
            "unpriced-assets",
            Severity.INFO,
            f"not in the total, because Kraken has no price for it: {', '.join(unpriced)}",
            "Nothing to mend; value these by other means.",
        )


def _findings_of_the_key(key: KeyInfo, now: datetime) -> Iterator[Finding]:
    change = f"Edit the key at {permissions.SETTINGS_PAGE}"
    if permissions.WITHDRAW in key.permissions:
        name = permissions.setting(permissions.WITHDRAW)
        yield Finding(
            "withdraw-enabled",
            Severity.CRITICAL,
            "the key may withdraw funds",
            f"{change} and switch off “{name}”.",
        )
    if key.valid_until is not None and key.valid_until <= now:
        yield Finding("key-expired", Severity.CRITICAL, f"the key expired on {key.valid_until:%Y-%m-%d}", _RENEW)
    elif key.valid_until is not None and key.valid_until - now <= _EXPIRES_SOON:
        yield Finding(
            "key-expires-soon",
            Severity.WARNING,
            f"the key expires on {key.valid_until:%Y-%m-%d %H:%M} UTC",
            _RENEW,
        )
    for permission in permissions.WITHDRAW_ADDRESSES:
        if permission in key.permissions:
            name = permissions.setting(permission)
            yield Finding(
                "withdraw-address-enabled",
                Severity.WARNING,
                f"the key may change withdrawal addresses ({name})",
                f"{change} and switch off “{name}”.",
            )
    missing = _missing_permissions(key)
    if missing:
        yield Finding(
            "missing-permission",
            Severity.WARNING,
            f"the key lacks “{missing}”",
            f"{change} and switch on “{missing}”.",
        )
    if key.nonce_window:
        yield Finding(
            "nonce-window",
            Severity.WARNING,
            f"the key has a nonce window of {money.plain(key.nonce_window)}: late requests are let in, and orders "
            "can be duplicated",
            f"{change} and set its nonce window to 0.",
        )
    if not key.ip_allowlist:
        yield Finding(
            "no-ip-allowlist",
            Severity.INFO,
            "the key may be used from any address",
            f"{change} and restrict it to the addresses of the machines that use it.",
        )


def _missing_permissions(key: KeyInfo) -> str:
    """What the key lacks for trading, in the words of Kraken's settings page; empty if nothing."""
    return permissions.settings(name for name in permissions.REQUIRED if name not in key.permissions)


def _findings_of_the_run(settings: Settings, status: SystemStatus | None) -> Iterator[Finding]:
    if not settings.env_file_is_private:
        yield Finding(
            "env-file-permissions",
            Severity.WARNING,
            f"{settings.env_file} holds keys and may be read or changed by other users of this machine",
            f"chmod 600 {settings.env_file}",
        )
    for notice in status.upcoming_maintenance if status else ():
        yield Finding(
            "upcoming-maintenance",
            Severity.WARNING,
            f"Kraken announces maintenance: {notice.summary}",
            "Expect accounts not to trade meanwhile; see https://status.kraken.com.",
        )


# --- sums -----------------------------------------------------------------------------------------------


def _totals(accounts: Iterable[AccountReport]) -> Totals:
    """Sums of the rounded totals, so that they agree with what a reader adds up.

    Accounts in conflict count in no sum: one account under two names would count twice.
    """
    accounts = tuple(accounts)
    users: dict[str, Decimal | None] = {}
    master = None
    known, missing = [], []
    for account in accounts:
        if account.account.user_id is None:
            master = account.total
        else:
            users[account.account.user_id] = account.total
        if account.total is not None and account.status is not Status.CONFLICT:
            known.append(account.total)
        if account.total is None or account.status is Status.CONFLICT or not account.complete:
            missing.append(account.account)
    return Totals(master, users, money.total(known) if known else None, not missing, tuple(missing))


def _accounts_by_iban(answers: Iterable[AccountAnswers]) -> Mapping[str, Sequence[Account]]:
    """Kraken accounts that answer to more than one of ours."""
    accounts: defaultdict[str, list[Account]] = defaultdict(list)
    for answer in answers:
        if isinstance(answer.key_info, KeyInfo) and answer.key_info.iban:
            accounts[answer.key_info.iban].append(answer.settings.account)
    return {iban: owners for iban, owners in accounts.items() if len(owners) > 1}


def _known(answer: Answer | KrakenError | None) -> Answer | None:
    return None if isinstance(answer, KrakenError) else answer
