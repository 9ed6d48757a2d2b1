"""Who is asking, and may they: lockout, key, signature, call counter, nonce, two-factor password, permission.

The rules are those of https://docs.kraken.com/exchange/guides/rest/authentication. The order in which Kraken
checks them is not documented; here a later check never tells a stranger what an earlier one would have refused.
"""

import ipaddress
import re
from dataclasses import dataclass

from .accounts import SimulatedKey
from .errors import (
    INVALID_KEY,
    INVALID_NONCE,
    INVALID_SIGNATURE,
    PERMISSION_DENIED,
    ExchangeError,
    throttled,
)
from .limits import TIERS
from .signing import is_signed
from .state import ExchangeState, KeyState

NONCE = re.compile(r"[0-9]{1,20}")
LARGEST_NONCE = 2**64 - 1


@dataclass(frozen=True, slots=True)
class RequestCredentials:
    """What a private request brings along to say who sent it; `body` is what was signed."""

    key: str
    sign: str
    path: str
    nonce: str
    body: bytes
    otp: str
    client_ip: str


def authenticate(state: ExchangeState, given: RequestCredentials, cost: float, now: float) -> KeyState:
    """The key that signed the request, its nonce used up and `cost` counted. Raises ExchangeError otherwise."""
    state.lockouts.check(given.key, now)
    known = state.keys.get(given.key)
    if known is None or _is_expired(known.api_key, now) or not _is_allowed(known.api_key, given.client_ip):
        state.lockouts.failed(given.key, now)
        raise ExchangeError(INVALID_KEY)
    state.lockouts.succeeded(given.key)
    if not is_signed(given.sign, given.path, given.nonce, given.body, known.api_key.secret_bytes):
        raise ExchangeError(INVALID_SIGNATURE)
    if now < known.throttled_until:
        raise throttled(int(known.throttled_until))
    known.counter.add(cost, TIERS[known.account.tier], now)
    _accept_nonce(known, given.nonce)
    _check_otp(known.api_key, given.otp)
    known.last_used = now
    return known


def authorize(key: SimulatedKey, any_of: frozenset[str]) -> None:
    """Raise ExchangeError unless the key has one of the permissions, or none is asked for."""
    if any_of and not any_of & key.permissions:
        raise ExchangeError(PERMISSION_DENIED)


def _is_expired(key: SimulatedKey, now: float) -> bool:
    return 0 < key.valid_until <= now


def _is_allowed(key: SimulatedKey, client_ip: str) -> bool:
    if not key.ip_allowlist:
        return True
    address = ipaddress.ip_address(client_ip)
    return any(address in ipaddress.ip_network(network) for network in key.ip_allowlist)


def _accept_nonce(key: KeyState, text: str) -> None:
    """Take note of a nonce, or raise ExchangeError when the key may not use it.

    A nonce must be larger than every one before it. A nonce window lets smaller ones in, by less than the window;
    even one that was used before, which is why Kraken's connectors warn of duplicated orders.
    """
    if not NONCE.fullmatch(text) or not 0 < (nonce := int(text)) <= LARGEST_NONCE:
        raise ExchangeError(INVALID_NONCE)
    if nonce <= key.highest_nonce - key.api_key.nonce_window:
        raise ExchangeError(INVALID_NONCE)
    key.highest_nonce = max(key.highest_nonce, nonce)


def _check_otp(key: SimulatedKey, otp: str) -> None:
    """Kraken's answers, as reported at https://github.com/nothingisdead/npm-kraken-api/issues/61 and
    https://github.com/dominiktraxl/pykrakenapi/issues/24: a password that is missing is a lack of permission, one
    that is wrong or not asked for spoils the signature.
    """
    if otp and otp != key.otp:
        raise ExchangeError(INVALID_SIGNATURE)
    if key.otp and not otp:
        raise ExchangeError(PERMISSION_DENIED)
