"""Looks up what assets cost when they came or went, and keeps it: the price of a check near that, or a candle's.

Candles are those of the markets by which the asset has its price today. What neither tells stays unknown.
"""

from __future__ import annotations

import functools
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from ..config import Settings
from ..history.database import StoreTrouble
from ..history.ledger_model import EntryPrice
from ..history.recording import done_with_store
from ..history.store import History
from ..kraken import public, wire
from ..kraken.candles import begin_of, interval_for
from ..kraken.clock import clock_of
from ..kraken.errors import KrakenError
from ..kraken.prices import Step, inverse_of
from ..memory.file import set_of
from ..money import EXACT
from ..report.answers import MarketAnswers
from .inquiry import Inquiry

NEAR = timedelta(minutes=15)
"""A check so near to an entry has its price."""

MOST_QUESTIONS = 20
"""For candles, in one run; each tells of all entries of hours or months. What is left, a later run asks."""

OF_A_CHECK, OF_ALL = timedelta(days=7), timedelta(days=400)
"""How far back fees are valued, beside a check, and by whoever has time."""

MOST_AT_ONCE = 2000
"""Prices that are looked for in one run."""

_log = logging.getLogger(__name__)

_Needed = tuple[str, datetime]  # an asset by its common ticker, and when


@dataclass(frozen=True, slots=True)
class _Question:
    """For candles."""

    pair: str
    interval: timedelta


class EntryPrices:
    """The prices of all entries of a set of accounts in one currency.

    Args:
        quote: its common ticker.
        market: what Kraken lists now.
        inquiry: how Kraken is asked.
    """

    def __init__(
        self, history: History, settings: Settings, quote: str, market: MarketAnswers, inquiry: Inquiry
    ) -> None:
        self._history = history
        self._whose = set_of(settings)
        self._quote = quote
        self._market = market
        self._inquiry = inquiry
        self._now = clock_of(settings.url).their_time
        self._candles: dict[_Question, dict[datetime, Decimal]] = {}

    def learn(self, fees_of: timedelta) -> None:
        """Look up what is not known yet, as far as that can be had now.

        Args:
            fees_of: how far back that is done for fees, which are many.
        """
        found = done_with_store(functools.partial(self._from_checks, self._now - fees_of))
        if isinstance(found, StoreTrouble):
            _log.debug("prices of ledger entries: %s", found)
            return
        prices, open_ones = found
        prices += self._from_candles(open_ones)
        if prices and isinstance(kept := done_with_store(functools.partial(self._keep, prices)), StoreTrouble):
            _log.debug("prices of ledger entries: %s", kept)

    def _keep(self, prices: Sequence[EntryPrice]) -> bool:
        self._history.keep_prices(self._quote, prices)
        return True

    def _from_checks(self, fees_since: datetime) -> tuple[list[EntryPrice], list[_Needed]]:
        """Those that checks were near to, and those that none was."""
        prices: list[EntryPrice] = []
        open_ones: list[_Needed] = []
        with self._history.reader(self._whose) as reader:
            for asset, at in reader.unpriced(self._quote, fees_since)[:MOST_AT_ONCE]:
                near = reader.price_near(asset, self._quote, at, NEAR)
                if near is None:
                    open_ones.append((asset, at))
                else:
                    prices.append(EntryPrice(asset, at, near.price, near.at))
        return prices, open_ones

    def _from_candles(self, needed: Iterable[_Needed]) -> Iterator[EntryPrice]:
        by_question: defaultdict[tuple[str, timedelta], list[datetime]] = defaultdict(list)
        for asset, at in needed:
            if (interval := interval_for(at, self._now)) is not None:
                by_question[asset, interval].append(at)
        for (asset, interval), moments in sorted(by_question.items(), key=lambda item: item[0][1]):
            for step in self._route(asset):
                self._ask(_Question(step.pair, interval), min(moments))
            for at in moments:
                price = self._price(asset, interval, at)
                if price is not None:
                    begins = begin_of(at, interval)
                    yield EntryPrice(asset, at, price, min(begins + interval / 2, self._now))

    def _route(self, name: str) -> tuple[Step, ...]:
        """The markets by which an asset has its price; none where it has none."""
        asset = self._market.assets.find(name)
        prices = self._market.prices
        return () if asset is None or prices is None else prices.route(asset) or ()

    def _ask(self, question: _Question, since: datetime) -> None:
        if question in self._candles or len(self._candles) >= MOST_QUESTIONS:
            return
        answer = self._inquiry.read(
            public.get_candles,
            pair=question.pair,
            interval=question.interval,
            since=begin_of(since, question.interval) - question.interval,
        )
        if isinstance(answer, KrakenError):
            _log.debug("%s: its candles could not be learned: %s", question.pair, answer)
            answer = ()
        self._candles[question] = {candle.begins: candle.price for candle in answer}

    def _price(self, asset: str, interval: timedelta, at: datetime) -> Decimal | None:
        """Of one unit in the quote currency; None where a market of the route does not tell."""
        route, price = self._route(asset), Decimal(1)
        for step in route:
            rate = self._candles.get(_Question(step.pair, interval), {}).get(begin_of(at, interval))
            if rate is None:
                return None
            price = EXACT.multiply(price, inverse_of(rate) if step.inverse else rate)
        return price if route and wire.credible(price) else None
