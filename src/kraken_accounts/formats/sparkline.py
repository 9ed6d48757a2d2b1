"""A small chart in a line of text: how an amount went, with nothing where it was not known."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ..text import encodable

_BARS = "▁▂▃▄▅▆▇█"
_ASCII = "_.-=*#"
_WIDTH = 24


def sparkline(amounts: Sequence[Decimal | None], encoding: str, width: int = _WIDTH) -> str:
    """The amounts from their least to their greatest; several share a character where they are more than `width`.

    A character tells of the last known amount that it stands for, and is a blank if there is none. Amounts that
    are all the same are in the middle.
    """
    levels = _BARS if encodable(_BARS, encoding) else _ASCII
    shown = [_last(amounts[start:end]) for start, end in _parts(len(amounts), width)]
    known = [amount for amount in shown if amount is not None]
    if not known:
        return ""
    least, most = min(known), max(known)
    return "".join(" " if one is None else levels[_level(one, least, most, len(levels))] for one in shown)


def _parts(count: int, width: int) -> list[tuple[int, int]]:
    parts = min(count, width)
    return [(count * part // parts, count * (part + 1) // parts) for part in range(parts)]


def _last(amounts: Sequence[Decimal | None]) -> Decimal | None:
    return next((amount for amount in reversed(amounts) if amount is not None), None)


def _level(amount: Decimal, least: Decimal, most: Decimal, levels: int) -> int:
    if least == most:
        return levels // 2
    return min(int((amount - least) * levels / (most - least)), levels - 1)
