"""Every key asked once for the last nonce that Kraken has seen of it, but for those that are locked out."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from ..config import AccountSettings, Credentials
from ..deadline import Deadline
from ..kraken.errors import KrakenError, LockedOut, Unreachable
from ..kraken.key_nonce import KeyNonce, ask_for_nonce
from ..kraken.nonce_reading import UNITS
from ..storage import Storage
from .concurrency import run_concurrently
from .lockouts import Lockouts

_log = logging.getLogger(__name__)


def nonces_of(
    accounts: Sequence[AccountSettings], url: str, *, timeout: float, deadline: Deadline, state: Storage
) -> list[KeyNonce | None]:
    """What became of the one request of each account, in order; None for an account without usable keys.

    Args:
        timeout: seconds for one request.
        state: where nonces and lockouts are kept.
    """
    lockouts = Lockouts(state)

    def ask(settings: AccountSettings, credentials: Credentials) -> KeyNonce:
        if lockout := lockouts.of(credentials.api_key):
            return _nothing_told(credentials, lockout)
        try:
            found = ask_for_nonce(settings, credentials, url, timeout=timeout, deadline=deadline, state=state)
        except Exception as error:  # noqa: BLE001 - one key must not cost the others their answer
            _log.debug("%s: the defect", settings.account.label, exc_info=True)
            return _nothing_told(credentials, KrakenError(f"a defect of kraken-accounts ({type(error).__name__})"))
        if isinstance(found.failure, LockedOut):
            lockouts.remember(credentials.api_key, found.failure)
        return found

    keys = [(settings, settings.credentials) for settings in accounts if settings.credentials is not None]
    answers = iter(run_concurrently([partial(ask, *key) for key in keys], None, deadline))
    late = Unreachable("there was no answer before the deadline")
    return [
        None if account.credentials is None else next(answers) or _nothing_told(account.credentials, late)
        for account in accounts
    ]


def _nothing_told(credentials: Credentials, failure: KrakenError) -> KeyNonce:
    unit = UNITS[credentials.nonce_unit]
    return KeyNonce(datetime.now(UTC), unit, unit, failure=failure)
