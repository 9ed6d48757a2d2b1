"""What a key may do, held against what it has to, may, and never should."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..kraken import permissions


@dataclass(frozen=True, slots=True)
class PermissionReview:
    """What the key may do, by Kraken's names; what is in none of these lists is useful to a bot.

    Attributes:
        required: what trading under this check takes, and the key has.
        missing: what that takes, and the key has not.
        superfluous: what nobody here needs.
        forbidden: what could move money away.
    """

    required: tuple[str, ...]
    missing: tuple[str, ...]
    superfluous: tuple[str, ...]
    forbidden: tuple[str, ...]


def review(granted: Sequence[str]) -> PermissionReview:
    """Of a key with these permissions."""
    return PermissionReview(
        required=tuple(name for name in permissions.REQUIRED if name in granted),
        missing=tuple(name for name in permissions.REQUIRED if name not in granted),
        superfluous=tuple(
            name
            for name in granted
            if name not in (*permissions.REQUIRED, *permissions.USEFUL, *permissions.FORBIDDEN)
        ),
        forbidden=tuple(name for name in permissions.FORBIDDEN if name in granted),
    )
