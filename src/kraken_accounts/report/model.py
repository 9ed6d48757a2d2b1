"""A report: what is known of each account, the sums over them, and what a run comes to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from .. import defects, money
from ..accounts import Account
from ..config import KRAKEN_URL
from ..kraken.earn_counting import EarnEntry
from ..kraken.key_info import KeyInfo
from ..kraken.orders import OpenPosition, Order
from ..kraken.public import SystemStatus
from ..kraken.valuation import Holding
from ..shard import Shard
from .activity import Activity
from .answers import LedgerAnswer
from .differences import Change, Gains
from .exit_code import ExitCode, exit_code
from .findings import Code, Finding, Severity
from .known import Standing
from .verdict import Status, Verdict
from .wallets import NOTHING_COVERED, UNKNOWN_WALLETS, Coverage, Wallets, common_coverage, sum_of

_ACCOUNTS_MISSING = (Code.PART_MISSING, Code.PART_OVERLAP, Code.ACCOUNT_VANISHED)


@dataclass(frozen=True, slots=True)
class AccountReport:
    """All that is known of one account.

    Attributes:
        total: of the wallets that were asked, see `coverage`, in the quote currency: the balances and what Earn
            adds to them, each rounded half-even to its cents; None if unknown.
        complete: whether `total` counts everything in the wallets that were asked, and what stands beside it is
            known.
        whole: whether `total` is known and hangs on no question that Kraken left unanswered. Only such a total may
            be compared, remembered, or be one of a series; what has no market does not count against it.
        holdings: what it has, priced ones first; None if unknown.
        fee_credits: KFEE, which is not money; None if unknown.
        key_info: None if unknown.
        account_fingerprint: tells whether two keys open one Kraken account, and not which; None if unknown.
        open_orders, open_positions: None unless asked for and answered.
        change: since the previous run, or a time; None unless asked for.
        standing: how long it has had its status; None where earlier runs are not remembered.
        expected: the status that is expected of it, where that is not to trade.
        activity: what it does; None unless asked for.
        idle_after: how long it may be without a fill; None for ever.
        minimum: the least that its total should be, in the quote currency; None where nobody asks for any.
        coverage: which wallets `total` is of.
        wallets: what is in each.
        earn: what is in Earn; None unless asked for and answered.
        equity: what Kraken counts as such, to its last digit, in the quote currency; None unless asked for and
            answered.
        ledger: what was read of it; None if nothing was.
        gains: of the running day and month; None unless asked for.
    """

    account: Account
    verdict: Verdict
    total: Decimal | None
    complete: bool
    whole: bool
    holdings: tuple[Holding, ...] | None
    fee_credits: Decimal | None
    key_info: KeyInfo | None
    api_key: str | None
    open_orders: tuple[Order, ...] | None
    open_positions: tuple[OpenPosition, ...] | None
    findings: tuple[Finding, ...]
    account_fingerprint: str | None = None
    change: Change | None = None
    standing: Standing | None = None
    expected: Status | None = None
    activity: Activity | None = None
    idle_after: timedelta | None = None
    minimum: Decimal | None = None
    coverage: Coverage = NOTHING_COVERED
    wallets: Wallets = UNKNOWN_WALLETS
    earn: tuple[EarnEntry, ...] | None = None
    equity: Decimal | None = None
    ledger: LedgerAnswer | None = None
    gains: Gains | None = None

    @property
    def status(self) -> Status:
        return self.verdict.status

    @property
    def trading(self) -> bool:
        return self.status is Status.TRADING

    @property
    def is_as_expected(self) -> bool:
        """Whether it trades, or does what else is expected of it."""
        return self.trading or self.status is self.expected

    @property
    def is_disabled(self) -> bool:
        """Whether the operator does not want it to be asked."""
        return self.status is Status.DISABLED

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
            whole=False,
            holdings=None,
            fee_credits=None,
            key_info=None,
            api_key=self.api_key,
            open_orders=None,
            open_positions=None,
            findings=self.findings,
            account_fingerprint=self.account_fingerprint,
            expected=self.expected,
        )


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over accounts, in the quote currency.

    Attributes:
        complete: whether `all` counts every account, and everything in it.
        whole: whether it counts a whole total of every account that has a key.
        missing: the accounts of which `all` counts nothing, or only a part.
        short: whether there are accounts beside these of which nothing is known here.
        coverage: which wallets of the accounts that `all` counts are known of each of them.
        wallets: what is in each wallet of these accounts.
    """

    master: Decimal | None
    users: Mapping[str, Decimal | None]
    all: Decimal | None
    complete: bool
    whole: bool
    missing: tuple[Account, ...]
    short: bool = False
    coverage: Coverage = NOTHING_COVERED
    wallets: Wallets = UNKNOWN_WALLETS


@dataclass(frozen=True, slots=True)
class Part:
    """One of the reports that another was put together from.

    Attributes:
        name: what people call it: “part 2 of 3”, or the name of its file.
        shard: which part of the accounts it is of; None for one of accounts of its own.
        generated_at: in UTC.
        accounts: how many it has.
    """

    name: str
    shard: Shard | None
    generated_at: datetime
    accounts: int


@dataclass(frozen=True, slots=True)
class Report:
    """One run, or several put together.

    Attributes:
        url: base URL of the exchange that was asked.
        generated_at: in UTC; of several runs the oldest, since nothing in a report is older than it says.
        duration: how long it took; of several runs the longest.
        quote: the common ticker of the currency of all totals.
        findings: about the run as a whole, worst first.
        change: of the sum over all accounts since the previous run, or a time; None unless asked for.
        changed_since: the earliest that changes are counted from (UTC); None if there is nothing to count from,
            or unless asked for.
        shard: which part of the accounts it is of; None for all that were to be asked.
        parts: the reports that it was put together from; None for one run.
        with_wallets: whether Earn and margin were asked.
        begun_anew: since when what runs remember is known only since then, for it was damaged (UTC); None if it is
            not, or if somebody has since said that all is right.
        gains: of all accounts together, in which what one sends to another neither came nor went; None unless
            asked for.
    """

    demo: bool
    url: str
    generated_at: datetime
    duration: timedelta
    quote: str
    system_status: SystemStatus | None
    accounts: tuple[AccountReport, ...]
    findings: tuple[Finding, ...] = ()
    change: Change | None = None
    changed_since: datetime | None = None
    shard: Shard | None = None
    parts: tuple[Part, ...] | None = None
    with_wallets: bool = False
    gains: Gains | None = None
    begun_anew: datetime | None = None
    totals: Totals = field(init=False)

    def __post_init__(self) -> None:
        # Accounts that are in no row are missing from the sum as well, and it must not look like a loss.
        short = any(f.code in _ACCOUNTS_MISSING and f.severity is Severity.CRITICAL for f in self.findings)
        object.__setattr__(self, "totals", _totals(self.accounts, short=short, wallets=self.with_wallets))

    @property
    def exit_code(self) -> ExitCode:
        return exit_code(
            statuses_that_count(self.accounts),
            _severities(self.all_findings()),
            is_part=self.shard is not None,
        )

    @property
    def ok(self) -> bool:
        return self.exit_code is ExitCode.OK

    @property
    def speaks_up(self) -> bool:
        """Whether anything is worse than information."""
        return not self.ok or bool(_severities(self.all_findings()) - {Severity.INFO})

    @property
    def looks_back(self) -> bool:
        """Whether the history has said something of earlier."""
        return self.gains is not None or (self.change is not None and self.change.asked is not None)

    @property
    def other_exchange(self) -> str | None:
        """The URL, where it is neither Kraken's own nor that of the demo's samples."""
        return None if self.demo or self.url == KRAKEN_URL else self.url

    def of(self, accounts: Iterable[AccountReport]) -> Report:
        """The same run with other reports of its accounts, and their sums."""
        return replace(self, accounts=tuple(accounts))

    def all_findings(self) -> Iterator[Finding]:
        """Those of the run, then those of each account."""
        yield from self.findings
        for account in self.accounts:
            yield from account.findings


def statuses_that_count(accounts: Iterable[AccountReport]) -> list[Status]:
    """Of the accounts, for `exit_code`: one as expected is as good as trading, a disabled one is none."""
    return [
        Status.TRADING if account.is_as_expected else account.status
        for account in accounts
        if not account.is_disabled
    ]


def _severities(findings: Iterable[Finding]) -> set[Severity]:
    return {finding.counts_as for finding in findings}


def _totals(accounts: Iterable[AccountReport], *, short: bool, wallets: bool) -> Totals:
    """Sums of the rounded totals, so that they agree with what a reader adds up."""
    accounts = tuple(accounts)
    counted = [account for account in accounts if in_sum(account)]
    keyed = [a for a in accounts if a.status is not Status.NOT_CONFIGURED and not a.is_disabled]
    missing = tuple(a.account for a in accounts if not (a.is_disabled or (in_sum(a) and a.complete)))
    return Totals(
        master=next((account.total for account in accounts if account.account.user_id is None), None),
        users={a.account.user_id: a.total for a in accounts if a.account.user_id is not None},
        all=money.total(a.total for a in counted if a.total is not None) if counted else None,
        complete=not (missing or short),
        whole=bool(counted) and not short and all(in_sum(account) and account.whole for account in keyed),
        missing=missing,
        short=short,
        coverage=common_coverage([account.coverage for account in counted], asked=wallets),
        wallets=sum_of(account.wallets for account in counted),
    )


def in_sum(account: AccountReport) -> bool:
    """Whether the sum over all accounts counts this one.

    Accounts in conflict count in no sum: one account under two names would count twice.
    """
    return account.total is not None and account.status is not Status.CONFLICT
