"""News: what is different from what somebody was told before, one thing each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ..accounts import Account
from .findings import Accepted, Code, Severity
from .verdict import Status


class NewsKind(StrEnum):
    """Of one piece of news, in the order in which they are told."""

    BEGIN = "begin"
    BROKEN = "broken"
    CHANGED = "changed"
    CAME = "came"
    WORSE = "worse"
    EASED = "eased"
    REMINDER = "reminder"
    RECOVERED = "recovered"
    WENT = "went"


@dataclass(frozen=True, slots=True)
class News:
    """One thing that somebody does not know yet, or should be reminded of.

    Attributes:
        kind: `BEGIN` tells how things stand as the news begins. `BROKEN`, `CHANGED` (from one trouble to another)
            and `RECOVERED` are about the status of an account, `CAME`, `WORSE` and `EASED` about a finding,
            `REMINDER` and `WENT` about either; a status that went is one of an account that is not asked any more.
        account: None for the run as a whole.
        status: of the account; None for a finding.
        code: of the finding; None for a status.
        severity: of the finding; None for a status.
        message: why, or what was found; of what is over, what was told of it.
        remedy: empty where nothing is to do.
        since: when the trouble was first found (UTC); None where there is none.
        lasted: how long, of what is over; None for what is not.
        before: the status or the severity that was told before; None where that is no other.
        accepted: that it is over because the operator has accepted it.
    """

    kind: NewsKind
    account: Account | None
    status: Status | None = None
    code: Code | None = None
    severity: Severity | None = None
    message: str = ""
    remedy: str = ""
    since: datetime | None = None
    lasted: timedelta | None = None
    before: Status | Severity | None = None
    accepted: Accepted | None = None
