"""One run's questions, asked at the same time: to every account, and to Kraken's public endpoints."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar, cast

from ..config import AccountSettings, ConfigurationError
from ..deadline import Deadline
from ..kraken import public
from ..kraken.assets import Asset, Assets
from ..kraken.broker import KrakenBroker
from ..kraken.clock import clock_of
from ..kraken.errors import AddressLimited, KrakenError, LockedOut, Unreachable
from ..kraken.listing import COMMON_QUOTES, Listing
from ..kraken.public import SystemStatus
from ..report.answers import AccountAnswers, MarketAnswers, Throttling
from ..text import printable
from .concurrency import Progress, WaitingProgress, no_progress, run_concurrently
from .connections import Connections
from .lockouts import Lockouts
from .market import Books, find_asset, market_of, renewed, unlisted, with_complaints
from .questions import attempt
from .reference_data import Reference, ReferenceCache
from .strategies import Kinds, StrategyKinds

Answer = TypeVar("Answer")
Answers = TypeVar("Answers", bound=AccountAnswers)

_MARKET = "Kraken's market"  # whom public questions are put to, in words
_TIME_TO_LOOK_UP = 0.1  # of the time that a run has
_TIME_TO_SAY_WHY = 0.1  # of the time that is left until the answers are due


class Inquiry:
    """Asks everybody at once; no failure of one answer delays or hides another.

    Args:
        url: base URL of the exchange.
        connections: over which it is asked.
        deadline: when all answers must be there; who overruns it is left behind.
        workers: how many are asked at once, at most; None for as many as is fastest.
        progress: told as answers arrive.
        cache: assets and pairs as an earlier run has learned them.
        strategies: the kinds of Earn's strategies, likewise.
        lockouts: the keys to leave alone.
    """

    def __init__(
        self,
        url: str,
        *,
        connections: Connections,
        deadline: Deadline,
        workers: int | None,
        progress: Progress,
        cache: ReferenceCache,
        strategies: StrategyKinds,
        lockouts: Lockouts,
    ) -> None:
        self._url = url
        self._connections = connections
        self._deadline = deadline
        self._workers = workers
        self._progress = progress
        self._cache = cache
        self._strategies = strategies
        self._lockouts = lockouts
        self._complaints: list[KrakenError] = []

    def ask(
        self,
        accounts: Sequence[AccountSettings],
        quote: str,
        examine: Callable[[AccountSettings, KrakenBroker, Deadline], Answers],
        unasked: Callable[[AccountSettings, KrakenError | None], Answers],
    ) -> tuple[list[Answers], MarketAnswers, Asset | None]:
        """What each account and the market answered, and the asset that `quote` names, if that is known.

        Args:
            examine: puts the questions to one account, all of them to be answered by a deadline.
            unasked: stands for the answers of an account that was not asked, or not in time.

        Raises:
            ConfigurationError: Kraken lists nothing by the name of `quote`; no key has been used then.
        """
        if all(settings.credentials is None for settings in accounts):
            return [unasked(settings, None) for settings in accounts], MarketAnswers(None, Assets()), None
        started = time.monotonic()
        listing = self._kept_listing(quote)
        if quote.upper() not in COMMON_QUOTES and (listing is None or find_asset(listing, quote) is None):
            listing = self._learn_listing(quote)
            if not isinstance(listing.assets, KrakenError) and find_asset(listing, quote) is None:
                raise _unknown_quote(quote)

        # Whoever hangs until the end must leave time to look up what the others hold.
        answers_due = self._deadline.earlier(_TIME_TO_LOOK_UP)
        # And time to say what it was: a key that another program holds until the end is not Kraken's fault.
        asked_until = answers_due.earlier(_TIME_TO_SAY_WHY)
        to_learn = (public.get_assets, public.get_pairs) if listing is None else ()
        names = [*[_MARKET] * (2 + len(to_learn)), *(settings.account.selector for settings in accounts)]
        with clock_of(self._url).expecting() as time_is_told:
            results = self._concurrently(
                (
                    partial(self._read_status, time_is_told),
                    *(partial(self._read, question) for question in (public.get_books, *to_learn)),
                    *(
                        partial(
                            attempt,
                            partial(self._ask_account, settings, asked_until, answers_due, examine, unasked),
                        )
                        for settings in accounts
                    ),
                ),
                answers_due,
                self._progress,
                names,
            )
        asked_for = time.monotonic() - started
        status, books = results[:2]
        if listing is None:
            listing = self._keep(Listing(*results[2:4]).believed(quote))
        answers = [
            unasked(settings, result) if isinstance(result, KrakenError) else result
            for settings, result in zip(accounts, results[-len(accounts) :], strict=True)
        ]
        tokenized = self._kept_listing(quote, tokenized=True)
        # What is in no listing that was kept may be in one of today.
        renew = bool(unlisted(answers, listing, tokenized))
        listings = [(listing, books)]
        if renew and listing.kept:
            listings = renewed(listing, self._learn_listing(quote), books)
        if unlisted(answers, *(listing for listing, _ in listings)):
            listings += self._tokenized(quote, tokenized, renew=renew)
        asset, market = market_of(status, listings, quote)
        # Last, for it is the least that a total hangs on.
        kinds, kinds_missing = self._strategies.of(answers, self._ask_for_strategies)
        market = replace(
            market,
            throttling=self._throttling(answers, asked_for),
            kinds=kinds,
            kinds_missing=kinds_missing,
        )
        return answers, with_complaints(market, self._complaints, answers), asset

    def ask_again(
        self,
        answers: Sequence[Answers],
        examine: Callable[[Answers, KrakenBroker, Deadline], Answers],
    ) -> list[Answers]:
        """What accounts answer that have answered before; those that do not in time keep their earlier answers."""
        due = self._deadline.earlier(_TIME_TO_LOOK_UP)

        def ask(before: Answers) -> Answers:
            return self._connections.ask_account(before.settings, lambda broker: examine(before, broker, due), due)

        results = self._concurrently([partial(attempt, partial(ask, before)) for before in answers], due)
        return [
            before if isinstance(result, KrakenError) else result
            for before, result in zip(answers, results, strict=True)
        ]

    def read(self, question: Callable[..., Answer], **options: Any) -> Answer | KrakenError:
        """One question to a public endpoint, answered within the deadline."""
        (answer,) = self._concurrently([partial(self._read, question, **options)])
        return cast("Answer | KrakenError", answer)

    def _read(self, question: Callable[..., Answer], **options: Any) -> Answer | KrakenError:
        """One question to a public endpoint, on a connection that it has to itself."""

        def ask() -> Answer:
            with self._connections.public_client((question, *options.items()), self._deadline) as client:
                try:
                    return question(client, self._deadline, **options)
                finally:
                    self._complaints.extend(client.complaints)

        return attempt(ask)

    def _read_status(self, time_is_told: Callable[[KrakenError | None], None]) -> SystemStatus | KrakenError:
        """Kraken's status; its answer has the time, too, for which all accounts wait before they use a key."""
        status = self._read(public.get_system_status)
        time_is_told(status if isinstance(status, KrakenError) else None)
        return status

    def _ask_account(
        self,
        settings: AccountSettings,
        deadline: Deadline,
        left_behind: Deadline,
        examine: Callable[[AccountSettings, KrakenBroker, Deadline], Answers],
        unasked: Callable[[AccountSettings, KrakenError | None], Answers],
    ) -> Answers:
        """All questions to one account, put to its broker."""
        if settings.credentials is None:
            return unasked(settings, None)
        key = settings.credentials.api_key
        if lockout := self._lockouts.of(key):
            return unasked(settings, lockout)
        answers = self._connections.ask_account(
            settings, lambda broker: examine(settings, broker, deadline), left_behind
        )
        for answer in answers.of_kraken:
            if isinstance(answer, LockedOut):
                self._lockouts.remember(key, answer)
        return answers

    def _ask_for_strategies(self, answers: AccountAnswers) -> Kinds | KrakenError:
        """What one account sees of Earn's strategies, as far as its points suffice."""
        settings = answers.settings

        def question(broker: KrakenBroker) -> Kinds:
            return broker.spending(answers.points).get_earn_strategies(deadline=self._deadline)

        def ask() -> Kinds:
            return self._connections.ask_account(settings, question, self._deadline)

        (told,) = self._concurrently([partial(attempt, ask)])
        if isinstance(told, LockedOut) and settings.credentials is not None:
            self._lockouts.remember(settings.credentials.api_key, told)
        return cast("Kinds | KrakenError", told)

    def _concurrently(
        self,
        questions: Iterable[Callable[[], Any]],
        deadline: Deadline | None = None,
        progress: Progress = no_progress,
        names: Sequence[str] = (),
    ) -> list[Any]:
        """The answers in order; why there is none for one that did not come in time.

        Args:
            names: who is asked each of the questions, for the progress that wants to know it.
        """
        pace = self._connections.pace

        def watch(under_way: Sequence[int]) -> None:
            if isinstance(progress, WaitingProgress):
                limit = pace.too_slow()
                waiting_for = dict.fromkeys(names[number] for number in under_way)
                progress.waits_for((*waiting_for,), str(limit) if limit else None)

        results = run_concurrently(tuple(questions), self._workers, deadline or self._deadline, progress, watch)
        no_time = pace.too_slow() or _NO_TIME
        return [no_time if result is None else result for result in results]

    def _throttling(self, answers: Sequence[AccountAnswers], seconds: float) -> Throttling | None:
        """What the pace that Kraken allows means for all accounts, asked for so many seconds."""
        rate = self._connections.pace.rate
        if rate is None:
            return None
        late = sum(AddressLimited in map(type, (answer.key_info, answer.balances)) for answer in answers)
        needed = math.ceil(seconds * len(answers) / (len(answers) - late)) if late < len(answers) else None
        return Throttling(rate, len(answers), needed)

    # --- what Kraken lists ------------------------------------------------------------------------------

    def _kept_listing(self, quote: str, *, tokenized: bool = False) -> Listing | None:
        kept = self._cache.load(tokenized=tokenized)
        if kept is None:
            return None
        listing = Listing(kept.assets, kept.pairs, tokenized, kept=True).believed(quote)
        return listing if listing.whole else None

    def _learn_listing(self, quote: str) -> Listing:
        questions = (public.get_assets, public.get_pairs)
        answers = self._concurrently(partial(self._read, question) for question in questions)
        return self._keep(Listing(*answers).believed(quote))

    def _tokenized(self, quote: str, kept: Listing | None, *, renew: bool) -> list[tuple[Listing, Books]]:
        """What there is of Kraken's tokenized equities, which are a market of their own."""
        if kept is not None and not renew:
            return [(kept, self.read(public.get_books, tokenized=True))]
        questions = (public.get_assets, public.get_pairs, public.get_books)
        assets, pairs, books = self._concurrently(
            partial(self._read, question, tokenized=True) for question in questions
        )
        return renewed(kept, self._keep(Listing(assets, pairs, tokenized=True).believed(quote)), books)

    def _keep(self, listing: Listing) -> Listing:
        """Leave a listing for later runs, if it is whole."""
        if not isinstance(listing.assets, KrakenError) and not isinstance(listing.pairs, KrakenError):
            self._cache.save(Reference(listing.assets, tuple(listing.pairs)), tokenized=listing.tokenized)
        return listing


_NO_TIME = Unreachable("the time for the whole run was over before Kraken answered")


def _unknown_quote(quote: str) -> ConfigurationError:
    return ConfigurationError(
        f"Kraken lists no currency {printable(quote, 20)!r}; try USD, EUR or BTC with --quote"
    )
