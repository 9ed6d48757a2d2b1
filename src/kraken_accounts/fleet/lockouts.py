"""Keys that Kraken has locked out: asking with one prolongs the lockout, so later runs leave it alone."""

from __future__ import annotations

from datetime import UTC, datetime

from ..config.secret import ApiKey
from ..kraken.errors import LOCKOUT, LockedOut
from ..storage import Storage, name_for


class Lockouts:
    """Which keys are locked out, and until when; remembered from run to run.

    Args:
        storage: where it is remembered.
        force: pretend that no key is, whatever is remembered.
    """

    def __init__(self, storage: Storage, *, force: bool = False) -> None:
        self._storage = storage
        self._force = force

    def of(self, key: ApiKey) -> LockedOut | None:
        """Why a key must not be used now; None if it may be."""
        remembered = self._storage.read(_file_of(key))
        if self._force or not isinstance(remembered, dict):
            return None
        try:
            until = datetime.fromisoformat(remembered["until"])
        except (KeyError, TypeError, ValueError):
            return None
        now = datetime.now(UTC)
        # One that lasts longer was written under a wrong clock.
        if until.tzinfo is None or not now < until <= now + LOCKOUT:
            self._storage.remove(_file_of(key))
            return None
        return LockedOut(
            "Kraken has locked this key out (Temporary lockout), so it was not asked; --force asks all the same",
            until,
        )

    def remember(self, key: ApiKey, lockout: LockedOut) -> None:
        """Leave the key alone until the lockout is over."""
        if lockout.until is not None:
            self._storage.write(_file_of(key), {"until": lockout.until.isoformat()})


def _file_of(key: ApiKey) -> str:
    return f"lockout-{name_for(key.reveal())}.json"
