"""One run's questions, asked side by side: to every account, and to Kraken's public endpoints."""

from __future__ import annotations

import itertools
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar, cast

from . import defects
from .credentials import AccountSettings, ConfigurationError
from .kraken import public
from .kraken.assets import Asset, Assets
from .kraken.broker import KrakenBroker
from .kraken.client import Deadline, KrakenClient
from .kraken.errors import KrakenError, LockedOut, UnexpectedAnswer, Unreachable, printable
from .kraken.prices import Pair, Prices
from .lockouts import Lockouts
from .reference import Reference, ReferenceCache
from .report import AccountAnswers, MarketAnswers
from .side_by_side import Progress, no_progress, run_side_by_side
from .storage import Storage

_log = logging.getLogger(__name__)

Answer = TypeVar("Answer")
Answers = TypeVar("Answers", bound=AccountAnswers)

_TIME_TO_LOOK_UP = 0.1  # of the time that a run has
# Sure to be listed at Kraken; any other quote currency is looked up before a key is used.
_COMMON_QUOTES = {"USD", "EUR", "GBP", "CAD", "AUD", "CHF", "JPY", "BTC", "ETH", "USDT", "USDC"}


@dataclass(frozen=True, slots=True)
class _Listing:
    """The assets and pairs of one class: currencies, or tokenized equities. Each as answered, or why it is not.

    Attributes:
        kept: whether they come from an earlier run.
    """

    assets: Mapping[str, Asset] | KrakenError
    pairs: Sequence[Pair] | KrakenError
    kept: bool = False


Mids = Mapping[str, Decimal] | KrakenError


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
        listing = self._kept_listing()
        if quote.upper() not in _COMMON_QUOTES and (listing is None or _find(listing, quote) is None):
            listing = self._learn_listing()
            if not isinstance(listing.assets, KrakenError) and _find(listing, quote) is None:
                raise _unknown_quote(quote)

        # Whoever hangs until the end must leave time to look up what the others hold.
        answers_due = self._deadline.earlier(_TIME_TO_LOOK_UP)
        to_learn = (public.get_assets, public.get_pairs) if listing is None else ()
        results = self._side_by_side(
            (
                *(
                    partial(self._read, question)
                    for question in (public.get_system_status, public.get_mids, *to_learn)
                ),
                *(
                    partial(attempt, partial(self._ask_account, settings, examine, unasked))
                    for settings in accounts
                ),
            ),
            answers_due,
            self._progress,
        )
        status, mids = results[:2]
        if listing is None:
            listing = self._keep(_Listing(*results[2:4]))
        answers = [
            unasked(settings, result) if isinstance(result, KrakenError) else result
            for settings, result in zip(accounts, results[-len(accounts) :], strict=True)
        ]
        codes = {code for answer in answers if isinstance(answer.balances, dict) for code in answer.balances}
        tokenized = self._kept_listing(tokenized=True)
        if listing.kept and _unlisted(codes, listing, tokenized):
            listing, tokenized = self._learn_listing(), None
        listings = [(listing, mids)]
        if _unlisted(codes, listing):
            listings.append(self._tokenized(tokenized))
        asset, market = _market(status, listings, quote)
        return answers, market, asset

    def read(self, question: Callable[..., Answer], **options: Any) -> Answer | KrakenError:
        """One question to a public endpoint, answered within the deadline."""
        (answer,) = self._side_by_side([partial(self._read, question, **options)])
        return cast("Answer | KrakenError", answer)

    def _read(self, question: Callable[..., Answer], **options: Any) -> Answer | KrakenError:
        """One question to a public endpoint, on a connection of its own."""
        with closing(KrakenClient(self._url, timeout=self._timeout)) as client:
            return attempt(partial(question, client, self._deadline, **options))

    def _ask_account(
        self,
        settings: AccountSettings,
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
            settings, self._url, timeout=self._timeout, deadline=self._deadline, state=self._state
        ) as broker:
            answers = examine(settings, broker)
        for answer in (answers.key_info, answers.balances):
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

    def _kept_listing(self, *, tokenized: bool = False) -> _Listing | None:
        kept = self._cache.load(tokenized=tokenized)
        return None if kept is None else _Listing(kept.assets, kept.pairs, kept=True)

    def _learn_listing(self) -> _Listing:
        questions = (public.get_assets, public.get_pairs)
        return self._keep(_Listing(*self._side_by_side(partial(self._read, question) for question in questions)))

    def _tokenized(self, kept: _Listing | None) -> tuple[_Listing, Mids]:
        """What there is of Kraken's tokenized equities, which are a market of their own."""
        if kept is not None:
            return kept, self.read(public.get_mids, tokenized=True)
        questions = (public.get_assets, public.get_pairs, public.get_mids)
        *listed, mids = self._side_by_side(partial(self._read, question, tokenized=True) for question in questions)
        return self._keep(_Listing(*listed), tokenized=True), mids

    def _keep(self, listing: _Listing, *, tokenized: bool = False) -> _Listing:
        """Leave a listing for later runs, if it is whole."""
        if not isinstance(listing.assets, KrakenError) and not isinstance(listing.pairs, KrakenError):
            self._cache.save(Reference(listing.assets, tuple(listing.pairs)), tokenized=tokenized)
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


def _find(listing: _Listing, quote: str) -> Asset | None:
    return None if isinstance(listing.assets, KrakenError) else Assets(listing.assets).find(quote)


def _unlisted(codes: Iterable[str], *listings: _Listing | None) -> set[str]:
    """The codes that are in none of the listings; none at all where there is no listing to look them up in."""
    known = [listing.assets for listing in listings if listing and not isinstance(listing.assets, KrakenError)]
    assets = Assets(*known)
    return {code for code in codes if assets.resolve(code) is None} if known else set()


def _market(
    status: Any, listings: Sequence[tuple[_Listing, Mids]], quote: str
) -> tuple[Asset | None, MarketAnswers]:
    """The public answers put together, and the quote currency among them."""
    unknown: defaultdict[str, dict[str, None]] = defaultdict(dict)
    assets: list[Mapping[str, Asset]] = []
    pairs: list[Sequence[Pair]] = []
    mids: dict[str, Decimal] = {}
    for listing, prices in listings:
        for what, answer in (("assets", listing.assets), ("pairs", listing.pairs), ("prices", prices)):
            if isinstance(answer, KrakenError):
                unknown[answer.reason][what] = None
        if not isinstance(listing.assets, KrakenError):
            assets.append(listing.assets)
        if not isinstance(listing.pairs, KrakenError) and not isinstance(prices, KrakenError):
            pairs.append(listing.pairs)
            mids.update(prices)
    trouble = tuple(
        f"Kraken's {' and '.join(whats)} could not be learned: {why}" for why, whats in unknown.items()
    )
    known = Assets(*assets)
    asset = known.find(quote)
    if asset is None and assets:
        raise _unknown_quote(quote)
    if asset is None or not pairs:
        return asset, MarketAnswers(status, known, None, trouble)
    every_pair = itertools.chain.from_iterable(pairs)
    return asset, MarketAnswers(status, known, Prices(known, every_pair, mids, asset), trouble)


def _unknown_quote(quote: str) -> ConfigurationError:
    return ConfigurationError(
        f"Kraken lists no currency {printable(quote, 20)!r}; try USD, EUR or BTC with --quote"
    )
