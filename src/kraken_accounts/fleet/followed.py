"""What came of following ledgers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..accounts import Account
from ..history.database import StoreTrouble
from ..kraken.errors import KrakenError


@dataclass(frozen=True, slots=True)
class Followed:
    """What came of it.

    Attributes:
        failures: why the ledger of an account could not be read, or not to the end; of no account where that is
            only because there was no more time.
        trouble: why nothing could be kept; None if it could.
        contradicted: the ids of entries that Kraken tells otherwise than before; what was told first stays.
    """

    failures: Mapping[Account, KrakenError] = field(default_factory=dict)
    trouble: StoreTrouble | None = None
    contradicted: tuple[str, ...] = ()
