"""Every key asked once for the last nonce that Kraken has seen of it, but for those that are locked out."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

from ..config import AccountSettings, Credentials
from ..deadline import Deadline
from ..kraken.errors import LockedOut
from ..kraken.key_nonce import KeyNonce, ask_for_nonce
from ..kraken.nonce_reading import UNITS
from ..storage import Storage
from .lockouts import Lockouts

_AT_ONCE = 16


def nonces_of(
    accounts: Sequence[AccountSettings], url: str, *, timeout: float, deadline: Deadline, state: Storage
) -> list[KeyNonce | None]:
    """What became of the one request of each account, in order; None for an account without usable keys.

    Args:
        timeout: seconds for one request.
        state: where nonces and lockouts are kept.
    """
    lockouts = Lockouts(state)

    def ask(settings: AccountSettings) -> KeyNonce | None:
        if settings.credentials is None:
            return None
        key = settings.credentials.api_key
        if lockout := lockouts.of(key):
            return replace(_nothing_sent(settings.credentials), failure=lockout)
        found = ask_for_nonce(settings, settings.credentials, url, timeout=timeout, deadline=deadline, state=state)
        if isinstance(found.failure, LockedOut):
            lockouts.remember(key, found.failure)
        return found

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return list(threads.map(ask, accounts))


def _nothing_sent(credentials: Credentials) -> KeyNonce:
    unit = UNITS[credentials.nonce_unit]
    return KeyNonce(datetime.now(UTC), unit, unit)
