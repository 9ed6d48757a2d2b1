"""Limits on calls: the counter of each key, and the lockout after repeated invalid keys.

Numbers from https://docs.kraken.com/exchange/guides/rest/rate-limits. How many invalid keys lead to a lockout
Kraken does not say; ten is an assumption.
"""

from dataclasses import dataclass, field

from .errors import RATE_LIMIT_EXCEEDED, TEMPORARY_LOCKOUT, ExchangeError

LOCKOUT_AFTER = 10
LOCKOUT_SECONDS = 15 * 60


@dataclass(frozen=True, slots=True)
class Tier:
    """How far a call counter may rise, and how fast it falls again, per second."""

    maximum: float
    decay: float


TIERS = {
    "starter": Tier(15, 0.33),
    "intermediate": Tier(20, 0.5),
    "pro": Tier(20, 1),
}


@dataclass(slots=True)
class CallCounter:
    """The private calls that a key made of late."""

    value: float = 0
    updated: float = 0

    def add(self, cost: float, tier: Tier, now: float) -> None:
        """Count a call. Raises ExchangeError above the maximum; refused calls count as well and prolong it."""
        self.value = max(0.0, self.value - (now - self.updated) * tier.decay) + cost
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
        failures.count += 1
        if failures.count >= LOCKOUT_AFTER:
            failures.count = 0
            failures.locked_until = now + LOCKOUT_SECONDS

    def succeeded(self, key: str) -> None:
        """Forget the failures: only those in a row count."""
        self._failures.pop(key, None)
