"""Which accounts have no BalanceEx, kept so that not each run finds it out anew and spends a point on that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from ..storage import Storage, name_for

_KEPT = timedelta(days=7)


class BalanceEndpoint:
    """By which endpoint one account tells its balances: BalanceEx until Kraken says that it has none.

    Args:
        state: where that is kept for other runs.
        owner: what tells this account's key from all others, here and at other exchanges; it is not shown.
    """

    def __init__(self, state: Storage, *owner: str) -> None:
        self._state = state
        self._file = f"plain-balance-{name_for(*owner)}.json"
        self._has_extended: bool | None = None

    @property
    def has_extended(self) -> bool:
        """Whether it has BalanceEx, as far as is known."""
        if self._has_extended is None:
            self._has_extended = not _is_of_late(self._state.read(self._file))
        return self._has_extended

    def lacks_extended(self) -> None:
        """Kraken says that it has not: leave that for a week."""
        self._has_extended = False
        self._state.write(self._file, {"found_at": datetime.now(UTC).isoformat()})


def _is_of_late(content: Any) -> bool:
    """Whether it was found in the last week; nothing that makes no sense is believed."""
    try:
        return timedelta() <= datetime.now(UTC) - datetime.fromisoformat(content["found_at"]) < _KEPT
    except (TypeError, ValueError, LookupError, OverflowError):
        return False
