"""A defect of this program's own, kept to the account that it strikes: the others get their report."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

Part = TypeVar("Part")
Whole = TypeVar("Whole")

REMEDY = "That is a defect of kraken-accounts: run with -v and report what it shows."

_log = logging.getLogger(__name__)


def kept_apart(
    make: Callable[[Sequence[Part]], Whole],
    parts: Sequence[Part],
    stand_in: Callable[[Part, str], Part],
) -> Whole:
    """What is made of all parts; where that fails, each part that fails alone has another in its place.

    Args:
        make: makes the whole of parts, and can do so of one alone.
        stand_in: is given such a part and what happened, and gives what says so.

    Raises:
        Exception: what goes wrong with no part in particular, or with what stands for one as well.
    """
    try:
        return make(parts)
    except Exception:
        mended = [_mended(make, part, stand_in) for part in parts]
        if all(new is old for new, old in zip(mended, parts, strict=True)):
            raise
    return make(mended)


def _mended(make: Callable[[Sequence[Part]], object], part: Part, stand_in: Callable[[Part, str], Part]) -> Part:
    try:
        make([part])
    except Exception as error:  # noqa: BLE001 - whatever it is, it concerns this part alone
        _log.debug("the defect", exc_info=True)
        return stand_in(part, f"this program failed on a defect of its own ({type(error).__name__})")
    return part
