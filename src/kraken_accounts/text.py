"""Foreign text made safe to show, and what an encoding can show of it."""

from __future__ import annotations

import unicodedata

LONGEST_PATH = 4096  # characters; whoever names a folder may have put anything into its name
_LONGEST = 200  # characters
_PLAIN = str.maketrans(
    {"“": '"', "”": '"', "’": "'", "…": "...", "–": "-", "—": "-", "·": "-", "×": "x", "→": "->"}
)


def printable(text: str, limit: int = _LONGEST) -> str:
    """Foreign text made safe to show: one line, no control or direction characters, bounded in length."""
    if len(text) <= limit and text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    kept = "".join(
        character if unicodedata.category(character)[0] != "C" else " " for character in text[: 4 * limit]
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


def fit(text: str, encoding: str) -> str:
    """The text without any character that an encoding lacks."""
    if not encodable(text, encoding):
        text = text.translate(_PLAIN).encode(encoding, "replace").decode(encoding)
    return text


def rich_characters(encoding: str) -> bool:
    """Whether signs and boxes can be shown."""
    return encodable("✅❌❔🔷╭─│", encoding)


def signs(encoding: str) -> tuple[str, str, str, str]:
    """For what is so, what is not, what is not known, and for a sum."""
    return ("✅", "❌", "❔", "🔷") if rich_characters(encoding) else ("[OK]", "[FAIL]", "[?]", "*")
