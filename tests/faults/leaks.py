"""Sample credentials of random characters, and a search for any piece of them.

Other sample credentials say in words what they are, which cannot be told from other words when only six characters
of them turn up. These are marked as samples by their first four characters, and what follows occurs nowhere else.
"""

from __future__ import annotations

import random
import re
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

PIECE = 6  # characters that would be too many to be seen
_RUN = re.compile(rf"[A-Za-z0-9]{{{PIECE},}}")


@dataclass(frozen=True)
class Hidden:
    """What must not be seen of one account; of the key, the first four characters may."""

    key: str
    secret: str
    otp: str


def sample(name: str) -> Hidden:
    """The same for the same name, in each run of the tests."""
    chance = random.Random(f"sample of {name}")

    def characters(count: int) -> str:
        return "SMPL" + "".join(chance.choices(string.ascii_letters + string.digits, k=count - 4))

    # 88 characters without padding are 66 bytes in base64, near to the 64 of Kraken's secrets.
    return Hidden(key=characters(56), secret=characters(88), otp=characters(16))


class Leaks:
    """Finds any six characters in a row of what must not be seen."""

    def __init__(self, hidden: Iterable[Hidden]) -> None:
        self._pieces = {
            piece for one in hidden for text in (one.key, one.secret, one.otp) for piece in _pieces_of(text)
        }

    def in_text(self, text: str) -> set[str]:
        """The pieces that a text shows."""
        return {piece for run in set(_RUN.findall(text)) for piece in _pieces_of(run) if piece in self._pieces}

    def in_bytes(self, content: bytes) -> set[str]:
        """The pieces that bytes show, text or not."""
        return self.in_text(content.decode("latin-1"))

    def in_folder(self, folder: Path) -> dict[str, set[str]]:
        """The pieces that files show, and their names, by file."""
        found = {}
        for path in folder.rglob("*"):
            pieces = self.in_text(path.name) | (self.in_bytes(path.read_bytes()) if path.is_file() else set())
            if pieces:
                found[str(path)] = pieces
        return found


def _pieces_of(text: str) -> Iterator[str]:
    return (text[start : start + PIECE] for start in range(len(text) - PIECE + 1))
