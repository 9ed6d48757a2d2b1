"""Who is asking, and may they: lockout, key, signature, call counter, nonce, two-factor password, permission.

The rules and the signature are those of https://docs.kraken.com/exchange/guides/rest/authentication, the counters
those of https://docs.kraken.com/exchange/guides/rest/ratelimits. The order in which Kraken checks them is not
documented; here a later check never tells a stranger what an earlier one would have refused.
"""

import base64
import binascii
import hashlib
import hmac
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from .accounts import TIERS, SimulatedAccount, SimulatedKey, Tier
from .messages import (
    INVALID_KEY,
    INVALID_NONCE,
    INVALID_SIGNATURE,
    PERMISSION_DENIED,
    RATE_LIMIT_EXCEEDED,
    TEMPORARY_LOCKOUT,
    ExchangeError,
    throttled,
)

NONCE = re.compile(r"[0-9]{1,20}")
LARGEST_NONCE = 2**64 - 1

MOST_KEYS = 10_000
"""Of how many keys that do not exist failures are counted at a time."""

LOCKOUT_AFTER = 10  # an assumption: how many invalid keys lead to a lockout Kraken does not say
LOCKOUT_SECONDS = 15 * 60


@dataclass(slots=True)
class CallCounter:
    """The private calls that a key made of late."""

    value: float = 0
    updated: float = 0

    def add(self, cost: float, tier: Tier, now: float) -> None:
        """Count a call. Raises ExchangeError above the maximum; refused calls count as well and prolong it."""
        # A clock that was set back gives nothing, and takes nothing.
        self.value = max(0.0, self.value - max(0.0, now - self.updated) * tier.decay) + cost
        self.updated = now
        if self.value > tier.maximum:
            raise ExchangeError(RATE_LIMIT_EXCEEDED)


@dataclass(slots=True)
class _Failures:
    count: int = 0
    locked_until: float = 0


@dataclass(slots=True)
class LockoutCounter:
    """Who sent an invalid key too often.

    Failures are counted by the API-Key that was sent. Kraken's unit is the account or the address; here all
    clients share one address, and one client's wrong key must not shut out the others.
    """

    _failures: dict[str, _Failures] = field(default_factory=dict)

    def check(self, key: str, now: float) -> None:
        """Raise ExchangeError while the key is locked out; to ask again starts the time anew."""
        failures = self._failures.get(key)
        if failures is not None and now < failures.locked_until:
            failures.locked_until = now + LOCKOUT_SECONDS
            raise ExchangeError(TEMPORARY_LOCKOUT)

    def failed(self, key: str, now: float) -> None:
        """Count an invalid key."""
        failures = self._failures.setdefault(key, _Failures())
        if len(self._failures) > MOST_KEYS:
            # Somebody who makes keys up is no reason to grow without end: the oldest is forgotten.
            del self._failures[next(iter(self._failures))]
        failures.count += 1
        if failures.count >= LOCKOUT_AFTER:
            failures.count = 0
            failures.locked_until = now + LOCKOUT_SECONDS

    def succeeded(self, key: str) -> None:
        """Forget the failures: only those in a row count."""
        self._failures.pop(key, None)


@dataclass(slots=True)
class KeyState:
    """A key in use: whose it is, its largest nonce, its calls, and until when it is throttled."""

    api_key: SimulatedKey
    account: SimulatedAccount
    highest_nonce: int = 0
    last_used: float = 0
    counter: CallCounter = field(default_factory=CallCounter)
    throttled_until: float = 0


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


def authenticate(
    keys: Mapping[str, KeyState], lockouts: LockoutCounter, given: RequestCredentials, cost: float, now: float
) -> KeyState:
    """The key that signed the request, its nonce used up and `cost` counted. Raises ExchangeError otherwise."""
    lockouts.check(given.key, now)
    known = keys.get(given.key)
    if known is None or _is_expired(known.api_key, now) or not _is_allowed(known.api_key, given.client_ip):
        lockouts.failed(given.key, now)
        raise ExchangeError(INVALID_KEY)
    lockouts.succeeded(given.key)
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


def signature(path: str, nonce: str, body: bytes, secret: bytes) -> str:
    """What belongs into the API-Sign header; `body` is the request's body just as it is sent."""
    digest = hashlib.sha256(nonce.encode(errors="replace") + body).digest()
    return base64.b64encode(hmac.digest(secret, path.encode() + digest, "sha512")).decode()


def is_signed(given: str, path: str, nonce: str, body: bytes, secret: bytes) -> bool:
    """Whether `given` is the signature of this request."""
    return hmac.compare_digest(given.encode(), signature(path, nonce, body, secret).encode())


def is_base64(text: str) -> bool:
    """Whether the text is strict base64, as every secret is."""
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error:
        return False
    return True
