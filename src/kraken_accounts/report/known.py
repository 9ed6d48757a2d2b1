"""What earlier runs, or the operator, have told of the accounts: whose is whose, who was there, since when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..accounts import Account
from ..config import AccountSettings
from ..invocation import to_run
from ..kraken.key_info import KeyInfo, fingerprint_of

MOST_CHECKS = 999_999  # beyond which nobody counts
_SHORTEST = 8  # characters of an internal number of which the last four still hide the most


@dataclass(frozen=True, slots=True)
class Identity:
    """Which Kraken account it is, as it may be kept and shown.

    Attributes:
        fingerprint: see `KeyInfo.account_fingerprint`.
        last_four: the last characters of the account's internal number (IIBAN), for people.
    """

    fingerprint: str
    last_four: str

    @classmethod
    def of(cls, iban: str | None) -> Identity | None:
        """Of an account by its internal number, in capitals and without spaces; None where that is unknown."""
        if iban is None:
            return None
        return cls(fingerprint_of(iban), iban[-4:] if len(iban) >= _SHORTEST else "…")


@dataclass(frozen=True, slots=True)
class Expected:
    """The Kraken account that a label's key should open.

    Attributes:
        since: when it was first seen, or accepted (UTC); None if the operator has named it.
        variable: by which the operator has named it; None if it was remembered.
    """

    identity: Identity
    since: datetime | None = None
    variable: str | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """A key that opens another account than the one it should.

    Attributes:
        account: whose key it is.
        owner: whose account it opens, where that is known.
    """

    account: Account
    expected: Expected
    found: Identity
    owner: Account | None

    @property
    def message(self) -> str:
        owned = f", which is that of {self.owner.label}" if self.owner is not None else ""
        if self.expected.since is None:
            before = f"the one that {self.expected.variable} names"
        else:
            before = f"the one known since {self.expected.since:%Y-%m-%d %H:%M} UTC"
        return (
            f"the key opens another Kraken account, IIBAN ending in {self.found.last_four}{owned}, than {before}, "
            f"ending in {self.expected.identity.last_four}"
        )

    @property
    def remedy(self) -> str:
        if self.expected.variable is not None:
            how = f"correct {self.expected.variable}."
        else:
            how = f"take it: {to_run('accounts', 'accept', self.account.selector)}"
        return (
            "Nothing in it is shown or counted, and orders would go there. If keys were mixed up, put the right "
            f"one in; if this account is meant, {how}"
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """How long an account has had its status.

    Attributes:
        since: the first check that found it so (UTC).
        checks: how many in a row have, that one and the last among them.
    """

    since: datetime
    checks: int


@dataclass(frozen=True, slots=True)
class Earlier:
    """How the last check left an account."""

    status: str
    standing: Standing

    def after(self, status: str, now: datetime) -> Standing:
        """Its standing once a check has found this status; a clock that was set back makes nothing begin later."""
        if status != self.status:
            return Standing(now, 1)
        return Standing(min(self.standing.since, now), min(self.standing.checks + 1, MOST_CHECKS))


@dataclass(frozen=True, slots=True)
class Vanished:
    """An account that was checked before and is not configured any more.

    Attributes:
        status: of the last check, and `seen` its time (UTC).
        identity: None if Kraken never told it.
    """

    account: Account
    status: str
    seen: datetime
    identity: Identity | None


@dataclass(frozen=True, slots=True)
class Known:
    """All of that, for one run.

    Attributes:
        expected: the accounts that earlier runs have found behind the labels.
        earlier: how the last check left each account; None where nothing is remembered.
        new: accounts that are here for the first time, though others were before.
        vanished: accounts that were, and are not any more.
        trouble: why earlier runs are not remembered; None if they are.
        damage: what is missing of them for good; None where nothing is.
        begun_anew: when a run has found such damage, and nobody has since said that all is right (UTC).
    """

    expected: Mapping[Account, Expected] = field(default_factory=dict)
    earlier: Mapping[Account, Earlier] | None = None
    new: frozenset[Account] = frozenset()
    vanished: tuple[Vanished, ...] = ()
    trouble: str | None = None
    damage: str | None = None
    begun_anew: datetime | None = None

    def changed(self, settings: AccountSettings, key_info: object) -> Changed | None:
        """What is wrong with the account that a key opens; None if nothing, or if Kraken is silent about it."""
        found = Identity.of(key_info.iban) if isinstance(key_info, KeyInfo) else None
        expected = self._expected(settings)
        if found is None or expected is None or found.fingerprint == expected.identity.fingerprint:
            return None
        owner = next(
            (
                account
                for account, known in self.expected.items()
                if known.identity.fingerprint == found.fingerprint and account != settings.account
            ),
            None,
        )
        return Changed(settings.account, expected, found, owner)

    def standing(self, account: Account, status: str, now: datetime) -> Standing | None:
        """How long it has had this status; None where nothing is remembered."""
        if self.earlier is None:
            return None
        earlier = self.earlier.get(account)
        return Standing(now, 1) if earlier is None else earlier.after(status, now)

    def _expected(self, settings: AccountSettings) -> Expected | None:
        """What the operator has named wins."""
        pinned = None if settings.iiban is None else Identity.of(settings.iiban.reveal())
        if pinned is not None:
            return Expected(pinned, variable=f"{settings.prefix}_IIBAN")
        return self.expected.get(settings.account)


NOTHING_KNOWN = Known()
