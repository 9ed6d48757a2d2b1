"""What Kraken lists of one class of assets, as far as it can be believed.

Kraken has answered public questions with nothing at all, or with a part of what there is. A listing that cannot be
whole is worse than none: what an account holds would seem to be nothing that Kraken knows, or to have no market.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from .assets import Asset, Assets
from .errors import KrakenError, UnexpectedAnswer
from .markets import Book, Pair

# Sure to be listed at Kraken; any other quote currency is looked up before a key is used.
COMMON_QUOTES = frozenset({"USD", "EUR", "GBP", "CAD", "AUD", "CHF", "JPY", "BTC", "ETH", "USDT", "USDC"})

_WITHOUT_FAIL = (("USD", "ZUSD"), ("BTC", "XXBT"))  # by ticker or code
# In recorded answers, 77 to 98 % of the assets have a market, and nearly all pairs are of listed assets.
_LEAST_TRADED = 4  # one asset in so many
_LEAST_LISTED = 2  # one pair in so many
_LEAST_TOLD = 2  # one open market in so many


@dataclass(frozen=True, slots=True)
class Listing:
    """The assets and pairs of one class: currencies, or tokenized equities. Each as answered, or why it is not.

    Attributes:
        tokenized: which of the two it is.
        kept: whether they come from an earlier run.
    """

    assets: Mapping[str, Asset] | KrakenError
    pairs: Sequence[Pair] | KrakenError
    tokenized: bool = False
    kept: bool = False

    @property
    def whole(self) -> bool:
        """Whether both are there."""
        return not isinstance(self.assets, KrakenError) and not isinstance(self.pairs, KrakenError)

    def believed(self, quote: str) -> Listing:
        """The same without what cannot be: each such answer is replaced by the reason.

        Args:
            quote: the ticker of a currency. Where it is one that Kraken lists without fail, its list must have it.
        """
        assets, pairs = self.assets, self.pairs
        if not isinstance(assets, KrakenError):
            wanted = [(name,) for name in {quote.upper()} & COMMON_QUOTES]
            needed = () if self.tokenized else (*_WITHOUT_FAIL, *wanted)
            missing = [names[0] for names in needed if not any(map(Assets(assets).find, names))]
            if not assets or missing:
                what = f"without {missing[0]}" if assets else "empty"
                assets = UnexpectedAnswer(f"its list of assets is {what}, which cannot be")
        if not isinstance(pairs, KrakenError) and not pairs:
            pairs = UnexpectedAnswer("its list of pairs is empty, which cannot be")
        if not isinstance(assets, KrakenError) and not isinstance(pairs, KrakenError) and not _fit(assets, pairs):
            pairs = UnexpectedAnswer("its lists of assets and of pairs do not fit together")
        return replace(self, assets=assets, pairs=pairs)

    def believed_books(self, books: Mapping[str, Book] | KrakenError) -> Mapping[str, Book] | KrakenError:
        """The books of these pairs; the reason instead, where that cannot be all.

        That is where most open markets have none, or none with bids. Those of equities close at the weekend, and
        may then be without bids.
        """
        if isinstance(books, KrakenError) or isinstance(self.pairs, KrakenError):
            return books
        markets = [books.get(pair.name) for pair in self.pairs if pair.open]
        told = sum(1 for book in markets if book and (self.tokenized or book.bid is not None))
        if books and told * _LEAST_TOLD >= len(markets):
            return books
        return UnexpectedAnswer(f"it told those of {told} out of {len(markets)} open markets, which cannot be all")


def _fit(assets: Mapping[str, Asset], pairs: Sequence[Pair]) -> bool:
    """Whether most pairs are of listed assets, and enough of the assets have a pair."""
    known = Assets(assets)
    every = {asset.code for code in assets if (asset := known.resolve(code))}
    bases = [asset for pair in pairs if (asset := known.resolve(pair.base))]
    counters = [asset for pair in pairs if (asset := known.resolve(pair.quote))]
    traded = {asset.code for asset in (*bases, *counters)}
    return len(bases) * _LEAST_LISTED >= len(pairs) and len(traded) * _LEAST_TRADED >= len(every)
