"""Which nonce Kraken saw last of a key, found out by a single request that takes nothing from other programs.

GetApiKeyInfo tells it, and itself needs a nonce that Kraken accepts. So this asks once, a little behind the clock,
and in no finer unit than runs on this machine have asked in already: a finer one, accepted once, would shut out
for good whoever counts a coarser one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

from ..config import AccountSettings, ConfigurationError, Credentials
from ..deadline import Deadline
from ..shared_number import HeldElsewhere
from ..storage import Storage
from .client import KrakenClient
from .clock import clock_of
from .errors import KeyBusy, KrakenError
from .key_info import parse_key_info
from .nonce_reading import UNITS, Unit, read_nonce
from .pace import pace_of


@dataclass(frozen=True, slots=True)
class KeyNonce:
    """What became of the request.

    Attributes:
        at: when (UTC, by Kraken's clock).
        unit: that its nonce counted in.
        configured: the unit that checks count in.
        sent: its nonce; None where nothing was sent.
        before: the last one that runs on this machine had sent; None where none is known.
        told: the last one that Kraken has seen, as Kraken says: perhaps this request's own; None if it is silent.
        window: by how much nonces may be smaller than the last, in the key's own unit; None if Kraken is silent.
        failure: why Kraken tells nothing; None if it has answered.
    """

    at: datetime
    unit: Unit
    configured: Unit
    sent: int | None = None
    before: int | None = None
    told: int | None = None
    window: Decimal | None = None
    failure: KrakenError | ConfigurationError | None = None


def ask_for_nonce(
    settings: AccountSettings,
    credentials: Credentials,
    url: str,
    *,
    timeout: float,
    deadline: Deadline,
    state: Storage,
) -> KeyNonce:
    """Ask once. Whatever goes wrong stands in the answer."""
    configured = UNITS[credentials.nonce_unit]
    found = KeyNonce(datetime.now(UTC), configured, configured)
    try:
        found = replace(found, before=_kept(credentials, deadline.within(timeout), state))
        found = replace(found, unit=_unit_to_ask_in(configured, found.before))
        client = KrakenClient(
            url,
            replace(credentials, nonce_unit=next(name for name, unit in UNITS.items() if unit is found.unit)),
            timeout=timeout,
            name=settings.account.label,
            state=state,
        )
    except (KrakenError, ConfigurationError) as error:
        return replace(found, failure=error)
    try:
        pace_of(url, state).wait(deadline)
        info = parse_key_info(client.private_once("GetApiKeyInfo", {}, deadline=deadline, gives_way=True))
        found = replace(found, told=info.nonce, window=info.nonce_window)
    except KrakenError as error:
        found = replace(found, failure=error)
    finally:
        client.close()
    lane = client.lane
    if lane.last:
        found = replace(found, sent=lane.last, before=lane.before)
    return replace(found, at=clock_of(url).their_time)


def _unit_to_ask_in(configured: Unit, before: int | None) -> Unit:
    """The one that is configured, unless this would be the first request in one that is so fine."""
    reading = None if before is None else read_nonce(before)
    known = Unit.MILLISECONDS if reading is None else reading.unit
    return max((unit for unit in UNITS.values() if unit <= min(configured, known)), default=Unit.MILLISECONDS)


def _kept(credentials: Credentials, deadline: Deadline, state: Storage) -> int | None:
    """The last nonce that runs on this machine have sent with a key.

    Raises:
        KeyBusy: one of them has had the key all the time.
    """
    number = state.shared_number("nonce", credentials.api_key.reveal())
    if number is None:
        return None
    try:
        number.acquire(deadline.remaining())
    except HeldElsewhere as held:
        raise KeyBusy(held.process_id) from None
    try:
        return number.value or None
    finally:
        number.release()
