"""One run's questions, asked side by side: to every account, and to Kraken's public endpoints."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar, cast

from .. import defects
from ..config import AccountSettings, ConfigurationError
from ..deadline import Deadline
from ..kraken import public
from ..kraken.assets import FEE_CREDITS, Asset, Assets
from ..kraken.broker import KrakenBroker
from ..kraken.client import KrakenClient
from ..kraken.clock import clock_of
from ..kraken.errors import KrakenError, LockedOut, UnexpectedAnswer, Unreachable
from ..kraken.listing import COMMON_QUOTES, Listing
from ..kraken.markets import Book, Pair
from ..kraken.prices import NoPrice, Prices
from ..kraken.public import SystemStatus
from ..report.answers import AccountAnswers, MarketAnswers, Unanswered
from ..storage import Storage
from ..text import printable
from .concurrency import Progress, no_progress, run_side_by_side
from .lockouts import Lockouts
from .reference_data import Reference, ReferenceCache

_log = logging.getLogger(__name__)

Answer = TypeVar("Answer")
Answers = TypeVar("Answers", bound=AccountAnswers)

_TIME_TO_LOOK_UP = 0.1  # of the time that a run has
_TIME_TO_SAY_WHY = 0.1  # of the time that is left until the answers are due

Books = Mapping[str, Book] | KrakenError


class Inquiry:
    """Asks everybody at once; no failure of one answer delays or hides another.

    Args:
        url: base URL of the exchange.
        timeout: seconds for one request.
        deadline: when all answers must be there.
        workers: how many are asked at once, at most.
        progress: told as answers arrive.
        cache: assets and pairs as an earlier run has learned them.
        lockouts: the keys to leave alone.
        state: where the last nonces are kept for other processes.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout: float,
        deadline: Deadline,
        workers: int,
        progress: Progress,
        cache: ReferenceCache,
        lockouts: Lockouts,
        state: Storage,
    ) -> None:
        self._url = url
        self._timeout = timeout
        self._deadline = deadline
        self._workers = workers
        self._progress = progress
        self._cache = cache
        self._lockouts = lockouts
        self._state = state
        self._complaints: list[KrakenError] = []

    def ask(
        self,
        accounts: Sequence[AccountSettings],
        quote: str,
        examine: Callable[[AccountSettings, KrakenBroker], Answers],
        unasked: Callable[[AccountSettings, KrakenError | None], Answers],
    ) -> tuple[list[Answers], MarketAnswers, Asset | None]:
        """What each account and the market answered, and the asset that `quote` names, if that is known.

        Args:
            examine: puts the questions to one account.
            unasked: stands for the answers of an account that was not asked, or not in time.

        Raises:
            ConfigurationError: Kraken lists nothing by the name of `quote`; no key has been used then.
        """
        if all(settings.credentials is None for settings in accounts):
            return [unasked(settings, None) for settings in accounts], MarketAnswers(None, Assets()), None
        listing = self._kept_listing(quote)
        if quote.upper() not in COMMON_QUOTES and (listing is None or _find(listing, quote) is None):
            listing = self._learn_listing(quote)
            if not isinstance(listing.assets, KrakenError) and _find(listing, quote) is None:
                raise _unknown_quote(quote)

        # Whoever hangs until the end must leave time to look up what the others hold.
        answers_due = self._deadline.earlier(_TIME_TO_LOOK_UP)
        # And time to say what it was: a key that another program holds until the end is not Kraken's fault.
        asked_until = answers_due.earlier(_TIME_TO_SAY_WHY)
        to_learn = (public.get_assets, public.get_pairs) if listing is None else ()
        with clock_of(self._url).expecting() as time_is_told:
            results = self._side_by_side(
                (
                    partial(self._read_status, time_is_told),
                    *(partial(self._read, question) for question in (public.get_books, *to_learn)),
                    *(
                        partial(attempt, partial(self._ask_account, settings, asked_until, examine, unasked))
                        for settings in accounts
                    ),
                ),
                answers_due,
                self._progress,
            )
        status, books = results[:2]
        if listing is None:
            listing = self._keep(Listing(*results[2:4]).believed(quote))
        answers = [
            unasked(settings, result) if isinstance(result, KrakenError) else result
            for settings, result in zip(accounts, results[-len(accounts) :], strict=True)
        ]
        codes = {code for answer in answers if isinstance(answer.balances, dict) for code in answer.balances}
        tokenized = self._kept_listing(quote, tokenized=True)
        # What is in no listing that was kept may be in one of today.
        renew = bool(_unlisted(codes, listing, tokenized))
        listings = [(listing, books)]
        if renew and listing.kept:
            listings = _renewed(listing, self._learn_listing(quote), books)
        if _unlisted(codes, *(listing for listing, _ in listings)):
            listings += self._tokenized(quote, tokenized, renew=renew)
        asset, market = _market(status, listings, quote)
        return answers, _with_complaints(market, self._complaints, answers), asset

    def read(self, question: Callable[..., Answer], **options: Any) -> Answer | KrakenError:
        """One question to a public endpoint, answered within the deadline."""
        (answer,) = self._side_by_side([partial(self._read, question, **options)])
        return cast("Answer | KrakenError", answer)

    def _read(self, question: Callable[..., Answer], **options: Any) -> Answer | KrakenError:
        """One question to a public endpoint, on a connection of its own."""
        with closing(KrakenClient(self._url, timeout=self._timeout, supervised=True)) as client:
            answer = attempt(partial(question, client, self._deadline, **options))
        self._complaints.extend(client.complaints)
        return answer

    def _read_status(self, time_is_told: Callable[[KrakenError | None], None]) -> SystemStatus | KrakenError:
        """Kraken's status; its answer has the time, too, for which all accounts wait before they use a key."""
        status = self._read(public.get_system_status)
        time_is_told(status if isinstance(status, KrakenError) else None)
        return status

    def _ask_account(
        self,
        settings: AccountSettings,
        deadline: Deadline,
        examine: Callable[[AccountSettings, KrakenBroker], Answers],
        unasked: Callable[[AccountSettings, KrakenError | None], Answers],
    ) -> Answers:
        """All questions to one account, on a connection of their own."""
        if settings.credentials is None:
            return unasked(settings, None)
        key = settings.credentials.api_key
        if lockout := self._lockouts.of(key):
            return unasked(settings, lockout)
        with KrakenBroker.of(
            settings, self._url, timeout=self._timeout, deadline=deadline, state=self._state
        ) as broker:
            answers = examine(settings, broker)
        for answer in (answers.key_info, answers.balances, answers.open_orders, answers.open_positions):
            if isinstance(answer, LockedOut):
                self._lockouts.remember(key, answer)
        return answers

    def _side_by_side(
        self,
        questions: Iterable[Callable[[], Any]],
        deadline: Deadline | None = None,
        progress: Progress = no_progress,
    ) -> list[Any]:
        """The answers in order; an `Unreachable` for one that did not come in time."""
        results = run_side_by_side(tuple(questions), self._workers, deadline or self._deadline, progress)
        return [_NO_TIME if result is None else result for result in results]

    # --- what Kraken lists ------------------------------------------------------------------------------

    def _kept_listing(self, quote: str, *, tokenized: bool = False) -> Listing | None:
        kept = self._cache.load(tokenized=tokenized)
        if kept is None:
            return None
        listing = Listing(kept.assets, kept.pairs, tokenized, kept=True).believed(quote)
        return listing if listing.whole else None

    def _learn_listing(self, quote: str) -> Listing:
        questions = (public.get_assets, public.get_pairs)
        answers = self._side_by_side(partial(self._read, question) for question in questions)
        return self._keep(Listing(*answers).believed(quote))

    def _tokenized(self, quote: str, kept: Listing | None, *, renew: bool) -> list[tuple[Listing, Books]]:
        """What there is of Kraken's tokenized equities, which are a market of their own."""
        if kept is not None and not renew:
            return [(kept, self.read(public.get_books, tokenized=True))]
        questions = (public.get_assets, public.get_pairs, public.get_books)
        assets, pairs, books = self._side_by_side(
            partial(self._read, question, tokenized=True) for question in questions
        )
        return _renewed(kept, self._keep(Listing(assets, pairs, tokenized=True).believed(quote)), books)

    def _keep(self, listing: Listing) -> Listing:
        """Leave a listing for later runs, if it is whole."""
        if not isinstance(listing.assets, KrakenError) and not isinstance(listing.pairs, KrakenError):
            self._cache.save(Reference(listing.assets, tuple(listing.pairs)), tokenized=listing.tokenized)
        return listing


_NO_TIME = Unreachable("the time for the whole run was over before Kraken answered")


def attempt(question: Callable[[], Answer]) -> Answer | KrakenError:
    """The answer, or why there is none: whatever goes wrong with one question must not touch the others."""
    try:
        return question()
    except KrakenError as error:
        return error
    except ConfigurationError:
        raise
    except Exception as error:  # noqa: BLE001 - a defect on one account's answer must not hide the other accounts
        _log.debug("a question failed inside this program", exc_info=True)
        return UnexpectedAnswer(
            f"this program failed on Kraken's answer ({type(error).__name__})",
            defects.REMEDY,
        )


def _find(listing: Listing, quote: str) -> Asset | None:
    return None if isinstance(listing.assets, KrakenError) else Assets(listing.assets).find(quote)


def _unlisted(codes: Iterable[str], *listings: Listing | None) -> set[str]:
    """The codes that are in none of the listings; none at all where there is no listing to look them up in."""
    known = [listing.assets for listing in listings if listing and not isinstance(listing.assets, KrakenError)]
    assets = Assets(*known)
    return {code for code in codes if assets.resolve(code) is None} if known else set()


def _renewed(kept: Listing | None, newer: Listing, books: Books) -> list[tuple[Listing, Books]]:
    """The newer listing; where it is not whole, what is kept is good still, but that it is not has to be told."""
    return [(newer, books)] if newer.whole or kept is None else [(kept, books), (newer, books)]


def _market(
    status: Any, listings: Sequence[tuple[Listing, Books]], quote: str
) -> tuple[Asset | None, MarketAnswers]:
    """The public answers put together, and the quote currency among them."""
    unanswered: list[Unanswered] = []
    assets: list[Mapping[str, Asset]] = []
    pairs: list[Sequence[Pair]] = []
    books: dict[str, Book] = {}
    unlearned: set[str] = set()
    whole = True
    for listing, answer in listings:
        told = listing.believed_books(answer)
        for what, part in (("assets", listing.assets), ("pairs", listing.pairs), ("prices", told)):
            if isinstance(part, KrakenError):
                unanswered.append(Unanswered(what, part))
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
    return asset, MarketAnswers(status, known, prices, tuple(unanswered))


def _with_complaints(
    market: MarketAnswers, complaints: Sequence[KrakenError], answers: Iterable[AccountAnswers]
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
    }
    unpriced = sorted(asset.name for asset in held if asset and isinstance(market.prices.price(asset), NoPrice))
    if not unpriced:
        return market
    errors = {error.reason: error for error in complaints}.values()
    missing = tuple(Unanswered(f"prices of {', '.join(unpriced)}", error) for error in errors)
    return replace(market, unanswered=(*market.unanswered, *missing))


def _unknown_quote(quote: str) -> ConfigurationError:
    return ConfigurationError(
        f"Kraken lists no currency {printable(quote, 20)!r}; try USD, EUR or BTC with --quote"
    )
