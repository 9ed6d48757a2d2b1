"""One run's questions, asked side by side: to every account, and to Kraken's public endpoints."""

from __future__ import annotations

import itertools
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from functools import partial
from typing import Any, TypeVar

from .credentials import AccountSettings, ConfigurationError
from .kraken import public
from .kraken.assets import Asset, Assets
from .kraken.broker import KrakenBroker
from .kraken.client import Deadline, KrakenClient
from .kraken.errors import KrakenError, UnexpectedAnswer, Unreachable, printable
from .kraken.prices import Prices
from .report import AccountAnswers, MarketAnswers
from .side_by_side import Progress, run_side_by_side

_log = logging.getLogger(__name__)

Answer = TypeVar("Answer")
Answers = TypeVar("Answers", bound=AccountAnswers)

# Sure to be listed at Kraken; any other quote currency is looked up before a key is used.
_COMMON_QUOTES = {"USD", "EUR", "GBP", "CAD", "AUD", "CHF", "JPY", "BTC", "ETH", "USDT", "USDC"}


class Inquiry:
    """Asks everybody at once; no failure of one answer delays or hides another.

    Args:
        url: base URL of the exchange.
        timeout: seconds for one request.
        deadline: when all answers must be there.
        workers: how many are asked at once, at most.
        progress: told as answers arrive.
    """

    def __init__(self, url: str, *, timeout: float, deadline: Deadline, workers: int, progress: Progress) -> None:
        self._url = url
        self._timeout = timeout
        self._deadline = deadline
        self._workers = workers
        self._progress = progress

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
        currencies: Any = None
        if quote.upper() not in _COMMON_QUOTES:
            currencies = self.read(public.get_assets)
            if isinstance(currencies, dict) and Assets(currencies).find(quote) is None:
                raise _unknown_quote(quote)

        def question(settings: AccountSettings) -> Answers:
            if settings.credentials is None:
                return unasked(settings, None)
            with KrakenBroker.of(settings, self._url, timeout=self._timeout, deadline=self._deadline) as broker:
                return examine(settings, broker)

        questions: list[Callable[[], Any]] = [
            partial(self.read, public.get_system_status),
            partial(self.read, public.get_pairs),
            partial(self.read, public.get_mids),
            partial(self.read, public.get_assets) if currencies is None else lambda: currencies,
            *(partial(question, settings) for settings in accounts),
        ]
        results = run_side_by_side(questions, self._workers, self._deadline, self._progress)
        status, pairs, mids, currencies = (_NO_TIME if result is None else result for result in results[:4])
        answers = [
            unasked(settings, _NO_TIME) if result is None else result
            for settings, result in zip(accounts, results[4:], strict=True)
        ]
        listed = [(currencies, pairs, mids)]
        if _has_unlisted_codes(answers, currencies):
            listed.append(self._read_tokenized())
        asset, market = _market(status, listed, quote)
        return answers, market, asset

    def read(self, question: Callable[..., Answer], **options: Any) -> Answer | KrakenError:
        """One question to a public endpoint, on a connection of its own."""
        with closing(KrakenClient(self._url, timeout=self._timeout)) as client:
            return attempt(partial(question, client, self._deadline, **options))

    def _read_tokenized(self) -> tuple[Any, Any, Any]:
        """Assets, pairs and prices of Kraken's tokenized equities, which are a market of their own."""
        questions = (public.get_assets, public.get_pairs, public.get_mids)
        reads = [partial(self.read, question, tokenized=True) for question in questions]
        answers = run_side_by_side(reads, self._workers, self._deadline)
        assets, pairs, mids = (_NO_TIME if answer is None else answer for answer in answers)
        return assets, pairs, mids


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
            "That is a defect of kraken-accounts: run with -v and report what it shows.",
        )


def _has_unlisted_codes(answers: Iterable[AccountAnswers], currencies: Any) -> bool:
    if isinstance(currencies, KrakenError):
        return False
    assets = Assets(currencies)
    codes = {code for answer in answers if isinstance(answer.balances, dict) for code in answer.balances}
    return any(assets.resolve(code) is None for code in codes)


def _market(status: Any, listed: Sequence[tuple[Any, Any, Any]], quote: str) -> tuple[Asset | None, MarketAnswers]:
    """The public answers put together, and the quote currency among them.

    Args:
        listed: what was answered of assets, pairs and prices, for each class of assets.
    """
    unknown: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for answers in listed:
        for what, answer in zip(("assets", "pairs", "prices"), answers, strict=True):
            if isinstance(answer, KrakenError):
                unknown[answer.reason][what] = None
    trouble = tuple(
        f"Kraken's {' and '.join(whats)} could not be learned: {why}" for why, whats in unknown.items()
    )
    known = [answers for answers in listed if not any(isinstance(answer, KrakenError) for answer in answers)]
    assets = Assets(*(answers[0] for answers in listed if not isinstance(answers[0], KrakenError)))
    asset = assets.find(quote)
    if asset is None and not isinstance(listed[0][0], KrakenError):
        raise _unknown_quote(quote)
    prices = None
    if asset is not None and known:
        pairs = itertools.chain.from_iterable(answers[1] for answers in known)
        mids = {name: mid for answers in known for name, mid in answers[2].items()}
        prices = Prices(assets, pairs, mids, asset)
    return asset, MarketAnswers(status, assets, prices, trouble)


def _unknown_quote(quote: str) -> ConfigurationError:
    return ConfigurationError(
        f"Kraken lists no currency {printable(quote, 20)!r}; try USD, EUR or BTC with --quote"
    )
