"""What Kraken says of its markets: the pairs that are traded, and the best bid and ask of each.

Sources: https://docs.kraken.com/api-reference/market-data/get-tradable-asset-pairs and …/get-ticker-information
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..money import EXACT
from ..text import printable
from . import wire
from .errors import UnexpectedAnswer

PAIR_FIELDS = ("base", "quote", "status")
"""What of each pair is used."""
BOOK_FIELDS = ("a", "b")
"""What of each ticker is used."""

_OPEN = ("online", "limit_only", "post_only")
_NARROW = 10  # a spread of one tenth of the middle at most


@dataclass(frozen=True, slots=True)
class Pair:
    """A market: so much of the quote for one of the base, both by Kraken's codes.

    Attributes:
        status: Kraken's word: online, limit_only, post_only, cancel_only, reduce_only, delisted …; None where it
            says nothing.
    """

    name: str
    base: str
    quote: str
    status: str | None = None

    @property
    def open(self) -> bool:
        """Whether something can be bought and sold there."""
        return self.status is None or self.status in _OPEN


@dataclass(frozen=True, slots=True)
class Book:
    """The best bid and the best ask of a pair, in its quote; None where that side is empty."""

    bid: Decimal | None
    ask: Decimal | None

    @property
    def crossed(self) -> bool:
        """Whether somebody asks for less than is bid, as in no book that is matched.

        A bid that equals the ask is no contradiction: it is the price, for whoever buys and for whoever sells.
        """
        return self.bid is not None and self.ask is not None and self.ask < self.bid

    @property
    def mid(self) -> Decimal | None:
        """The middle, where both sides are there and no more than a tenth of it apart."""
        if self.bid is None or self.ask is None:
            return None
        middle = EXACT.divide(EXACT.add(self.bid, self.ask), Decimal(2))
        narrow = EXACT.multiply(EXACT.subtract(self.ask, self.bid), Decimal(_NARROW)) <= middle
        return middle if narrow else None


def parse_pairs(result: Any) -> tuple[Pair, ...]:
    """The answer of AssetPairs.

    Raises:
        UnexpectedAnswer: it has not the documented shape.
    """
    pairs = []
    for name, entry in wire.mapping(result, "AssetPairs").items():
        fields = wire.mapping(entry, wire.Named("the pair", name))
        base = wire.text(fields.get("base"), wire.Named("base of", name))
        quote = wire.text(fields.get("quote"), wire.Named("quote of", name))
        pairs.append(Pair(name, base, quote, _status(fields.get("status"))))
    return tuple(pairs)


def _status(sent: Any) -> str | None:
    """Of a pair; whatever is no word of Kraken's is no reason either to believe that a market is open."""
    return None if sent in (None, "") else printable(str(sent)) or "unknown"


def parse_tickers(result: Any) -> dict[str, Book]:
    """The answer of Ticker: the book of each pair. A side without a credible price is an empty one.

    Raises:
        UnexpectedAnswer: it has not the documented shape.
    """
    books = {}
    for name, entry in wire.mapping(result, "Ticker").items():
        fields = wire.mapping(entry, wire.Named("the ticker of", name))
        books[name] = Book(bid=_best_price(fields.get("b")), ask=_best_price(fields.get("a")))
    return books


def _best_price(side: Any) -> Decimal | None:
    """The price that leads one side of a ticker; None where it is missing, zero or nonsense."""
    try:
        price = wire.amount(side[0], "a price")
    except (UnexpectedAnswer, LookupError, TypeError):
        return None
    return price if price > 0 else None
