"""What a nonce tells of whoever made it: in which unit it counts the clock, and the moment at which it does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Since there are keys at Kraken, and for as long as a clock may be wrong: in no second unit is that a time, too.
_EARLIEST = datetime(2011, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)


class Unit(IntEnum):
    """What programs count in their nonces since 1970: so many a second; the finer, the larger the nonces.

    krakenex and ccxt count milliseconds, python-kraken-sdk hundredths of a microsecond, kraken-cli nanoseconds.
    """

    SECONDS = 1
    MILLISECONDS = 10**3
    MICROSECONDS = 10**6
    TENS_OF_NANOSECONDS = 10**8
    NANOSECONDS = 10**9

    @property
    def words(self) -> str:
        return self.name.lower().replace("_", " ")


UNITS = {"ms": Unit.MILLISECONDS, "us": Unit.MICROSECONDS, "ns": Unit.NANOSECONDS}
"""Those that `_NONCE_UNIT` may name."""


@dataclass(frozen=True, slots=True)
class NonceReading:
    """A nonce that counts the clock.

    Attributes:
        moment: that it stands for (UTC).
    """

    unit: Unit
    moment: datetime


def read_nonce(nonce: int) -> NonceReading | None:
    """What a nonce tells; None where it counts something else than the clock."""
    for unit in Unit:
        try:
            moment = _EPOCH + timedelta(microseconds=nonce * 10**6 // unit)
        except OverflowError:
            continue
        if _EARLIEST <= moment < _LATEST:
            return NonceReading(unit, moment)
    return None
