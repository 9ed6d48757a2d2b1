"""What somebody was told of the accounts, and is not over as far as they know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..accounts import Account
from .findings import Code, Severity
from .verdict import Status


@dataclass(frozen=True, slots=True)
class Subject:
    """What a trouble is, whatever the words for it.

    Attributes:
        account: None for the run as a whole.
        code: of a finding; None for the status of the account.
        about: which of several findings of that code; empty where there is one.
    """

    account: Account | None
    code: Code | None = None
    about: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A trouble as it was told.

    Attributes:
        word: the status, or the severity of the finding.
        message: in words, of a finding.
        since: when it was first found, and `at` when it was last told (UTC).
    """

    word: Status | Severity
    message: str
    since: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Pending:
    """A trouble that is not told yet, for it may pass by itself.

    Attributes:
        word: as the last check found it.
        since: when it was first found (UTC).
        checks: how many in a row have found it.
    """

    word: Status | Severity
    since: datetime
    checks: int


@dataclass(frozen=True, slots=True)
class Record:
    """All that somebody was told and is not over, as far as they know.

    Attributes:
        heard: of when the last report was that they have heard of an account, and of the run as a whole (None).
        begins: whether nothing is known of what they were told.
        trouble: why not, where something should be.
    """

    told: Mapping[Subject, Told] = field(default_factory=dict)
    waiting: Mapping[Subject, Pending] = field(default_factory=dict)
    heard: Mapping[Account | None, datetime] = field(default_factory=dict)
    begins: bool = False
    trouble: str | None = None
