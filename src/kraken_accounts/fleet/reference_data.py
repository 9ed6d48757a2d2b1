"""Kraken's assets and pairs, which rarely change: kept on disk for an hour. Prices and balances never are.

An hour, because a pair's status is part of it: a market that was closed meanwhile is believed to be open for no
longer, and priced by what its book still bids. To ask anew in every run would cost a megabyte each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ..kraken import wire
from ..kraken.assets import Asset
from ..kraken.errors import UnexpectedAnswer
from ..kraken.markets import Pair
from ..storage import Storage, name_for

_KEPT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Reference:
    """The assets, by code, and the pairs of one class: currencies, or tokenized equities."""

    assets: Mapping[str, Asset]
    pairs: tuple[Pair, ...]


class ReferenceCache:
    """What was learned of them within the last hour.

    Args:
        storage: where it is kept.
        url: of the exchange that it was learned from.
    """

    def __init__(self, storage: Storage, url: str) -> None:
        self._storage = storage
        self._url = url

    def load(self, *, tokenized: bool) -> Reference | None:
        """What is kept; None if there is nothing, nothing new enough, or nothing that makes sense."""
        kept = self._storage.read(self._file(tokenized))
        try:
            age = datetime.now(UTC) - datetime.fromisoformat(kept["saved_at"])
            if not timedelta() <= age < _KEPT:
                return None
            return Reference(
                {
                    code: Asset(code, wire.text(altname, "an altname"), int(decimals))
                    for code, (altname, decimals) in kept["assets"].items()
                },
                tuple(
                    Pair(
                        str(name), str(base), str(quote), None if status is None else wire.text(status, "a status")
                    )
                    for name, base, quote, status in kept["pairs"]
                ),
            )
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError, UnexpectedAnswer):
            return None

    def save(self, reference: Reference, *, tokenized: bool) -> None:
        """Keep it for the runs of the next hour."""
        content: dict[str, Any] = {
            "saved_at": datetime.now(UTC).isoformat(),
            "assets": {code: [asset.altname, asset.decimals] for code, asset in reference.assets.items()},
            "pairs": [[pair.name, pair.base, pair.quote, pair.status] for pair in reference.pairs],
        }
        self._storage.write(self._file(tokenized), content)

    def _file(self, tokenized: bool) -> str:
        return f"{'tokenized' if tokenized else 'currency'}-{name_for(self._url)}.json"
