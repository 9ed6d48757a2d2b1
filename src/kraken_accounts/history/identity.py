"""Which of the Kraken accounts that were found under one name it is that is found now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar


class KrakenAccount(Protocol):
    """One that was found; of its fingerprint Kraken may have said nothing, and `last_at` tells when it was found
    last.
    """

    @property
    def fingerprint(self) -> str | None: ...

    @property
    def last_at(self) -> Any: ...


Found = TypeVar("Found", bound=KrakenAccount)


def one_of(known: Sequence[Found], fingerprint: str | None) -> Found | None:
    """It, among those that were found under its name; None if it is a new one.

    What Kraken does not tell is taken for the one that was found last. The first that it tells is taken for the
    only one, as memory does at first sight.
    """
    if not known:
        return None
    if fingerprint is None:
        return max(known, key=lambda one: one.last_at)
    for one in known:
        if one.fingerprint == fingerprint:
            return one
    return known[0] if len(known) == 1 and known[0].fingerprint is None else None
