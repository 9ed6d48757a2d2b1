"""Foreign text made safe to show, and what an encoding can show of it."""

from __future__ import annotations

import unicodedata

_WORDS_LIMIT = 200


def printable(words: str, limit: int = _WORDS_LIMIT) -> str:
    """Foreign text made safe to show: one line, no control or direction characters, bounded in length."""
    if len(words) <= limit and words.isascii() and words.isprintable() and "  " not in words:
        return words.strip()
    kept = "".join(
        character if unicodedata.category(character)[0] != "C" else " " for character in words[: 4 * limit]
    )
    kept = " ".join(kept.split())
    return kept if len(kept) <= limit else f"{kept[: limit - 1]}…"


def encodable(text: str, encoding: str) -> bool:
    """Whether an encoding has all characters of a text."""
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
