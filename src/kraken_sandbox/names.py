"""The names that things go by: which of them a name stands for, whoever writes it."""

from collections.abc import Iterable
from typing import Generic, TypeVar

Item = TypeVar("Item")

DISPLAYED = {"XBT": "BTC", "XDG": "DOGE"}
"""What Kraken shows to people instead of an altname; the rest of them it shows as they are."""


def display_name(altname: str) -> str:
    """The altname as Kraken displays it: `BTC` for `XBT`, `BTC.M` for `XBT.M`."""
    plain, dot, suffix = altname.partition(".")
    return DISPLAYED.get(plain, plain) + dot + suffix


class Names(Generic[Item]):
    """Finds things by any of their names, in capitals or not.

    Each of `named` are a thing and its names, the most binding one first: a name of two things is that of the one
    for which it is more binding.
    """

    def __init__(self, named: Iterable[tuple[Item, tuple[str, ...]]]) -> None:
        self._found: dict[str, Item] = {}
        self._found_in_capitals: dict[str, Item] = {}
        ranked = [(rank, name, item) for item, names in named for rank, name in enumerate(names)]
        for _, name, item in sorted(ranked, key=lambda each: each[0]):
            self._found.setdefault(name, item)
            self._found_in_capitals.setdefault(name.upper(), item)

    def find(self, name: str) -> Item | None:
        """What goes by that name. Clients write small letters too; as it is written comes first (`AAPLx`)."""
        found = self._found.get(name)
        return self._found_in_capitals.get(name.upper()) if found is None else found
