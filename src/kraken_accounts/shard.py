"""One of several parts of the accounts, for checks on several hosts: the same accounts each time, on each host."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Self

from .accounts import Account

MOST_SHARDS = 1000
_WRITTEN = re.compile(r"([0-9]{1,6})/([0-9]{1,6})")


@dataclass(frozen=True, slots=True)
class Shard:
    """The `index`-th of `of` parts, counted from 1.

    Attributes:
        of: at most `MOST_SHARDS`.

    Raises:
        ValueError: there is no such part.
    """

    index: int
    of: int

    def __post_init__(self) -> None:
        if not 1 <= self.index <= self.of <= MOST_SHARDS:
            raise ValueError(f"{self.index}/{self.of} is no part: I/N needs 1 <= I <= N <= {MOST_SHARDS}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `I/N`.

        Raises:
            ValueError: it is something else, or there is no such part.
        """
        written = _WRITTEN.fullmatch(text)
        if written is None:
            raise ValueError(f"{text!r} is not I/N, as in 2/3 for the second of three parts")
        return cls(int(written[1]), int(written[2]))

    def has(self, account: Account) -> bool:
        """Whether an account is in this part: it goes by its selector alone, and by no other account.

        A hash, and one that is the same on every host and in every version of Python: an account that comes or
        goes moves no other.
        """
        number = int.from_bytes(hashlib.sha256(account.selector.encode()).digest()[:8])
        return number % self.of == self.index - 1

    def __str__(self) -> str:
        return f"part {self.index} of {self.of}"
