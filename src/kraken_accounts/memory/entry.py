"""One account as it is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..accounts import Account
from ..report.known import MOST_CHECKS, Earlier, Identity, Standing
from .fields import Damaged, account_of, text_of, time_of

_FINGERPRINT = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class MemoryEntry:
    """What is known of one account.

    Attributes:
        prefix: how its variables began.
        api_key: the beginning of its key, as a report shows it; None without one.
        identity: the Kraken account behind it; None as long as Kraken has not told it.
        identified: when that was first seen or accepted (UTC); None without one.
        first_seen, last_seen: the first and the last check of it (UTC).
        earlier: how the last one left it.
        watched: whether it belongs to the roster, so that it is missed when it is gone.
    """

    account: Account
    prefix: str
    api_key: str | None
    identity: Identity | None
    identified: datetime | None
    first_seen: datetime
    last_seen: datetime
    earlier: Earlier
    watched: bool

    def fields(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "variables": self.prefix,
            "api_key": self.api_key,
            "fingerprint": None if self.identity is None else self.identity.fingerprint,
            "last_four": None if self.identity is None else self.identity.last_four,
            "identified": None if self.identified is None else self.identified.isoformat(),
            "first_seen": self.first_seen.isoformat(),
            "last_seen": self.last_seen.isoformat(),
            "status": self.earlier.status,
            "since": self.earlier.standing.since.isoformat(),
            "checks": self.earlier.standing.checks,
            "watched": self.watched,
        }


def read_entry(selector: str, fields: Any) -> MemoryEntry:
    """The account of that name.

    Raises:
        Damaged: these are no fields of one.
    """
    if not isinstance(fields, dict):
        raise Damaged(selector)
    fingerprint, identified = fields.get("fingerprint"), fields.get("identified")
    identity = None
    if fingerprint is not None:
        if not isinstance(fingerprint, str) or not _FINGERPRINT.fullmatch(fingerprint) or identified is None:
            raise Damaged(selector)
        identity = Identity(fingerprint, text_of(fields, "last_four"))
    checks, watched = fields.get("checks"), fields.get("watched")
    if not isinstance(checks, int) or not isinstance(watched, bool) or not 0 < checks <= MOST_CHECKS:
        raise Damaged(selector)
    return MemoryEntry(
        account=account_of(selector),
        prefix=text_of(fields, "variables"),
        api_key=None if fields.get("api_key") is None else text_of(fields, "api_key"),
        identity=identity,
        identified=None if identity is None else time_of(identified),
        first_seen=time_of(fields.get("first_seen")),
        last_seen=time_of(fields.get("last_seen")),
        earlier=Earlier(text_of(fields, "status"), Standing(time_of(fields.get("since")), checks)),
        watched=watched,
    )
