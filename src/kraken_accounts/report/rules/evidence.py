"""What rules look at: each kind of evidence is what one step of a run learned, of an account or of the whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from ...accounts import Account
from ...config import Acceptance, Settings
from ...config.git_exposure import GitExposure
from ...kraken.errors import KrakenError
from ..answers import AccountAnswers, MarketAnswers
from ..known import Changed, Vanished
from ..model import AccountReport, Part, Report
from ..permission_review import PermissionReview
from ..separation import Guarantee
from ..worth import Worth


@dataclass(frozen=True, slots=True)
class AccountEvidence:
    """Of one account, in every run.

    Attributes:
        same_account: all accounts whose keys open one and the same Kraken account as this one's, this one among
            them; none if it is alone there.
        worth: what it has, in `quote`.
        minimum: the least that its total should be, in `quote`; None where nobody asks for any.
        quote: the common ticker of the quote currency.
        now: the time of the run (UTC).
        changed: that its key opens another account than it should; None if not, or if that is unknown.
        is_new: whether it is here for the first time, though others were before.
        idle_after: how long it may be without a fill; None for ever.
        kinds_missing: why the kinds of Earn's strategies could not be learned; None if they were, or not asked.
    """

    answers: AccountAnswers
    same_account: Sequence[Account]
    worth: Worth
    minimum: Decimal | None
    quote: str
    now: datetime
    changed: Changed | None
    is_new: bool
    idle_after: timedelta | None
    kinds_missing: KrakenError | None = None


@dataclass(frozen=True, slots=True)
class AccountAuditEvidence:
    """Of one account, in an audit.

    Attributes:
        report: what a check finds.
        permissions: None if Kraken did not say what the key may do.
        own_orders: whether its orders are its own.
        quote: the common ticker of the quote currency.
    """

    answers: AccountAnswers
    report: AccountReport
    permissions: PermissionReview | None
    own_orders: Guarantee
    quote: str


@dataclass(frozen=True, slots=True)
class RunEvidence:
    """Of no single account, in every run.

    Attributes:
        url: of the exchange that was asked, Kraken's own in its usual spelling.
        answers: of all accounts.
        open_accounts: those whose totals hang on what `market` leaves unanswered.
    """

    settings: Settings
    url: str
    market: MarketAnswers
    answers: Sequence[AccountAnswers]
    open_accounts: Sequence[Account]


@dataclass(frozen=True, slots=True)
class RunAuditEvidence:
    """Of no single account, in an audit.

    Attributes:
        check: what a check finds.
        answers: of all accounts.
        clock_skew: how far this machine's clock is ahead of Kraken's; None if unknown.
        exposure: what git does with the file that holds the keys.
        env_file: the path of that file.
    """

    check: Report
    answers: Sequence[AccountAnswers]
    clock_skew: timedelta | None
    exposure: GitExposure
    env_file: str


@dataclass(frozen=True, slots=True)
class MemoryEvidence:
    """Of a run that was compared with the previous one.

    Attributes:
        remembered: whether the next one can be compared with this one.
    """

    remembered: bool


@dataclass(frozen=True, slots=True)
class RosterEvidence:
    """Of what earlier runs have found, in every run that remembers them.

    Attributes:
        vanished: accounts that were there and are not any more.
        openers: whose key opens which Kraken account now, by its fingerprint.
        trouble: why earlier runs are not remembered; None if they are.
        begun_anew: since when that is so little, for it was damaged (UTC); None if nobody has to see to that.
    """

    vanished: Sequence[Vanished]
    openers: Mapping[str, Account]
    trouble: str | None
    begun_anew: datetime | None


@dataclass(frozen=True, slots=True)
class HistoryEvidence:
    """Of a run that left no point in the history, though it should have.

    Attributes:
        trouble: what kept it from that, and `remedy` what to do about it.
    """

    trouble: str
    remedy: str


@dataclass(frozen=True, slots=True)
class LookBackEvidence:
    """Of a run that was to look back into the history, and could not.

    Attributes:
        trouble: what kept it from that, and `remedy` what to do about it.
    """

    trouble: str
    remedy: str


@dataclass(frozen=True, slots=True)
class LedgerEvidence:
    """Of a run that was to read ledgers.

    Attributes:
        contradicted: the ids of entries that Kraken tells otherwise than before.
        trouble: what kept it from asking, and `remedy` what to do about it; None where nothing did.
    """

    contradicted: Sequence[str] = ()
    trouble: str | None = None
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Overlap:
    """An account that several reports have.

    Attributes:
        parts: those that have it.
        counted: the newest of them.
        strangers: whether Kraken told of different accounts behind it.
    """

    account: Account
    parts: Sequence[Part]
    counted: Part
    strangers: bool


@dataclass(frozen=True, slots=True)
class CombinedEvidence:
    """Of reports that were put together.

    Attributes:
        parts: at least one.
        overlaps: of these parts.
        now: the time at which they are put together (UTC).
    """

    parts: Sequence[Part]
    overlaps: Sequence[Overlap]
    now: datetime


@dataclass(frozen=True, slots=True)
class AcceptanceEvidence:
    """Of a run whose findings have been held against what is accepted.

    Attributes:
        unused: what was accepted, and is not found any more.
    """

    unused: Sequence[Acceptance]


Evidence = (
    AccountEvidence
    | AccountAuditEvidence
    | RunEvidence
    | RunAuditEvidence
    | MemoryEvidence
    | RosterEvidence
    | HistoryEvidence
    | LookBackEvidence
    | LedgerEvidence
    | CombinedEvidence
    | AcceptanceEvidence
)
