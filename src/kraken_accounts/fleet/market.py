"""The public answers put together: what Kraken lists, what it is worth, and what was not told."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..kraken.assets import FEE_CREDITS, Asset, Assets
from ..kraken.errors import KrakenError, UnexpectedAnswer
from ..kraken.fill_history import FillHistory
from ..kraken.listing import Listing
from ..kraken.markets import Book, Pair
from ..kraken.prices import NoPrice, Prices
from ..report.answers import AccountAnswers, MarketAnswers, Unanswered
from ..text import printable

Books = Mapping[str, Book] | KrakenError


def find_asset(listing: Listing, quote: str) -> Asset | None:
    """The asset that a listing has by a common ticker or Kraken's code; None without one."""
    return None if isinstance(listing.assets, KrakenError) else Assets(listing.assets).find(quote)


def unlisted(answers: Iterable[AccountAnswers], *listings: Listing | None) -> set[str]:
    """The codes of what accounts have, and the pairs that they traded in a day, which go by none of the listings.

    None at all where there is no listing to look them up in.
    """
    answers = tuple(answers)
    known = [listing.assets for listing in listings if listing and not isinstance(listing.assets, KrakenError)]
    pairs = [listing.pairs for listing in listings if listing and not isinstance(listing.pairs, KrakenError)]
    found = set()
    if known:
        assets = Assets(*known)
        found |= {code for code in _codes_of(answers) if assets.meant_by(code) is None}
    if pairs:
        names = {pair.name for listed in pairs for pair in listed}
        histories = (answer.fills for answer in answers)
        found |= {
            fill.pair for history in histories if isinstance(history, FillHistory) for fill in history.recent
        } - names
    return found


def _codes_of(answers: Iterable[AccountAnswers]) -> Iterator[str]:
    """The codes of all that these accounts have, in balances or in Earn; some of it may be nothing."""
    for answer in answers:
        if isinstance(answer.balances, Mapping):
            yield from answer.balances
        if isinstance(answer.earn, Sequence):
            yield from (allocation.code for allocation in answer.earn)


def renewed(kept: Listing | None, newer: Listing, books: Books) -> list[tuple[Listing, Books]]:
    """The newer listing; where it is not whole, what is kept is good still, but that it is not has to be told."""
    return [(newer, books)] if newer.whole or kept is None else [(kept, books), (newer, books)]


def market_of(
    status: Any, listings: Sequence[tuple[Listing, Books]], quote: str
) -> tuple[Asset | None, MarketAnswers]:
    """The public answers put together, and the quote currency among them."""
    unanswered: list[Unanswered] = []
    assets: list[Mapping[str, Asset]] = []
    pairs: list[Sequence[Pair]] = []
    books: dict[str, Book] = {}
    listed: dict[str, Pair] = {}
    unlearned: set[str] = set()
    whole = True
    for listing, answer in listings:
        told = listing.believed_books(answer)
        for what, part in (("assets", listing.assets), ("pairs", listing.pairs), ("prices", told)):
            if isinstance(part, KrakenError):
                unanswered.append(Unanswered(what, part))
        if not isinstance(listing.pairs, KrakenError):
            listed.update((pair.name, pair) for pair in listing.pairs)
        if isinstance(listing.assets, KrakenError):
            whole = False
        else:
            assets.append(listing.assets)
        if not isinstance(listing.pairs, KrakenError) and not isinstance(told, KrakenError):
            pairs.append(listing.pairs)
            books.update(told)
        elif not isinstance(listing.assets, KrakenError):
            unlearned.update(listing.assets)
    known = Assets(*assets, whole=whole)
    asset = known.find(quote)
    if asset is None and not unanswered:
        gone = UnexpectedAnswer(f"Kraken lists no currency {printable(quote, 20)!r} any more")
        unanswered.append(Unanswered("assets", gone))
    # Without any pair, a unit of the quote currency is still worth one.
    every_pair = itertools.chain.from_iterable(pairs)
    prices = None if asset is None else Prices(known, every_pair, books, asset, unlearned)
    return asset, MarketAnswers(status, known, prices, tuple(unanswered), pairs=listed)


def with_complaints(
    market: MarketAnswers, complaints: Sequence[KrakenError], answers: Collection[AccountAnswers]
) -> MarketAnswers:
    """The same, and what Kraken complained of beside its tickers, if something that is held has no price."""
    if not complaints or market.prices is None:
        return market
    held = {
        market.assets.resolve(code)
        for answer in answers
        if isinstance(answer.balances, Mapping)
        for code, balance in answer.balances.items()
        if balance.amount and code != FEE_CREDITS
    } | {
        market.assets.meant_by(allocation.code)
        for answer in answers
        if isinstance(answer.earn, Sequence)
        for allocation in answer.earn
    }
    unpriced = sorted(asset.name for asset in held if asset and isinstance(market.prices.price(asset), NoPrice))
    if not unpriced:
        return market
    errors = {error.reason: error for error in complaints}.values()
    missing = tuple(Unanswered(f"prices of {', '.join(unpriced)}", error) for error in errors)
    return replace(market, unanswered=(*market.unanswered, *missing))
