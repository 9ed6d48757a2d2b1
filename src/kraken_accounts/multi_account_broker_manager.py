"""One broker per account, asked side by side, each answer independent of the others."""

from __future__ import annotations

import itertools
import logging
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

from .accounts import MASTER, Account, AccountType
from .credentials import AccountSettings, ConfigurationError, Settings, load_settings
from .kraken import permissions, public
from .kraken.assets import Asset, Assets
from .kraken.broker import KeyInfo, KrakenBroker
from .kraken.client import Deadline, KrakenClient
from .kraken.errors import KrakenError, PermissionDenied, RequestRefused, UnexpectedAnswer, Unreachable, printable
from .kraken.prices import Prices
from .kraken.valuation import Balance
from .report import AccountAnswers, AccountReport, MarketAnswers, Report, build_report
from .side_by_side import Progress, no_progress, run_side_by_side

_log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

# Sure to be listed at Kraken; any other quote currency is looked up before a key is used.
_COMMON_QUOTES = {"USD", "EUR", "GBP", "CAD", "AUD", "CHF", "JPY", "BTC", "ETH", "USDT", "USDC"}


class MultiAccountBrokerManager:
    """The operator's accounts, a broker for each; no broker can reach another's key, connection or nonces.

    There is no default account: whoever wants to place an order names the broker.

    Args:
        settings: the accounts and their keys.
        timeout: seconds for one request.
        deadline: seconds for a whole `check`.
        workers: how many accounts are asked at once, at most.
    """

    def __init__(
        self, settings: Settings, *, timeout: float = 10.0, deadline: float = 60.0, workers: int = 32
    ) -> None:
        self._settings = settings
        self._timeout = timeout
        self._deadline = deadline
        self._workers = workers
        self._brokers: dict[Account, KrakenBroker] = {}
        self._taken: dict[str, Account] = {}

    @classmethod
    def from_env(cls, env_file: Path | None = None, **limits: Any) -> Self:
        """A manager with a broker for every account that is configured, from the environment and `.env`.

        Args:
            env_file: the file to read instead of the usual `.env`.
            limits: `timeout`, `deadline` and `workers`, as for the class.

        Raises:
            ConfigurationError: the configuration as a whole cannot be used.
        """
        manager = cls(load_settings(os.environ, env_file), **limits)
        for settings in manager._settings.accounts:
            if settings.credentials is not None:
                manager._broker(settings.account)
        return manager

    # --- brokers ----------------------------------------------------------------------------------------

    def add_master_broker(self) -> KrakenBroker:
        """The broker of the master account, made if need be.

        Raises:
            ConfigurationError: the account cannot be asked; the message says why.
        """
        return self._broker(MASTER)

    def add_user_broker(self, user_id: str) -> KrakenBroker:
        """The broker of a user, made if need be.

        Raises:
            ConfigurationError: the account cannot be asked, or another user already has its credentials.
        """
        return self._broker(Account(AccountType.USER, user_id))

    def get_master_broker(self) -> KrakenBroker:
        """The broker of the master account.

        Raises:
            KeyError: it was not added.
        """
        return self._brokers[MASTER]

    def get_user_broker(self, user_id: str) -> KrakenBroker:
        """The broker of a user.

        Raises:
            KeyError: it was not added.
        """
        return self._brokers[Account(AccountType.USER, user_id)]

    def close(self) -> None:
        """Close all connections."""
        for broker in self._brokers.values():
            broker.close()

    def _broker(self, account: Account) -> KrakenBroker:
        if account not in self._brokers:
            found = self._settings.find(account.account_type, account.user_id)
            owner = self._taken.get(found.prefix)
            if owner is not None:
                raise ConfigurationError(
                    f"{owner.label} and {account.label} would both use the key of {found.prefix}; "
                    f"set {found.prefix}_USER_ID to say whose it is"
                )
            self._brokers[account] = KrakenBroker.of(found, self._settings.url, timeout=self._timeout)
            self._taken[found.prefix] = account
        return self._brokers[account]

    # --- balances ---------------------------------------------------------------------------------------

    def get_master_balance(self, quote: str = "USD") -> AccountReport:
        """What the master account has, in all and in detail; its `total` is None where that is not known.

        Raises:
            ConfigurationError: nothing is called `quote` at Kraken.
        """
        return self._report_of(MASTER, quote)

    def get_user_balance(self, user_id: str, quote: str = "USD") -> AccountReport:
        """What a user has, in all and in detail; its `total` is None where that is not known.

        Raises:
            ConfigurationError: there is no such user, or nothing is called `quote` at Kraken.
        """
        return self._report_of(Account(AccountType.USER, user_id), quote)

    def get_all_balances(self, quote: str = "USD") -> Mapping[Account, AccountReport]:
        """What each account has, in all and in detail.

        Raises:
            ConfigurationError: nothing is called `quote` at Kraken.
        """
        return {account.account: account for account in self.check(quote=quote).accounts}

    def _report_of(self, account: Account, quote: str) -> AccountReport:
        found = self._settings.find(account.account_type, account.user_id)
        return self._check([found], quote=quote).accounts[0]

    # --- the whole check --------------------------------------------------------------------------------

    def check(
        self,
        *,
        quote: str = "USD",
        activity: bool = False,
        demo: bool = False,
        progress: Progress = no_progress,
    ) -> Report:
        """Ask every account and Kraken's market, all side by side, and say what the answers mean.

        Two private calls an account (GetApiKeyInfo, BalanceEx), two more with `activity`. No failure of one
        account delays or hides another; the whole is over when the deadline is.

        Args:
            quote: the currency of all totals, by its common ticker or Kraken's code.
            activity: also ask for open orders and positions.
            demo: the report is of sample accounts.
            progress: told as answers arrive how many are there, of how many.

        Raises:
            ConfigurationError: nothing is called `quote` at Kraken; no key has been used then.
        """
        return self._check(self._settings.accounts, quote=quote, activity=activity, demo=demo, progress=progress)

    def _check(
        self,
        accounts: Sequence[AccountSettings],
        *,
        quote: str,
        activity: bool = False,
        demo: bool = False,
        progress: Progress = no_progress,
    ) -> Report:
        if all(settings.credentials is None for settings in accounts):
            # Nobody to ask, so nothing is sent at all.
            return self._report(
                [AccountAnswers(settings) for settings in accounts],
                MarketAnswers(None, Assets()),
                quote.upper(),
                demo,
            )
        deadline = Deadline(self._deadline)
        currencies: Any = None
        if quote.upper() not in _COMMON_QUOTES:
            currencies = self._read(public.get_assets, deadline)
            if isinstance(currencies, dict) and Assets(currencies).find(quote) is None:
                raise _unknown_quote(quote)
        questions: list[Callable[[], Any]] = [
            partial(self._read, public.get_system_status, deadline),
            partial(self._read, public.get_pairs, deadline),
            partial(self._read, public.get_mids, deadline),
            partial(self._read, public.get_assets, deadline) if currencies is None else lambda: currencies,
            *(partial(self._ask, settings, activity, deadline) for settings in accounts),
        ]
        status, pairs, mids, currencies, *answered = (
            _NO_TIME if result is None else result
            for result in run_side_by_side(questions, self._workers, deadline, progress)
        )
        answers = [
            answer if isinstance(answer, AccountAnswers) else AccountAnswers(settings, key_info=answer)
            for settings, answer in zip(accounts, answered, strict=True)
        ]
        listed = [(currencies, pairs, mids)]
        if _has_unlisted_codes(answers, currencies):
            listed.append(self._read_tokenized(deadline))
        asset, market = _market(status, listed, quote)
        return self._report(answers, market, quote.upper() if asset is None else asset.name, demo)

    def _report(self, answers: Sequence[AccountAnswers], market: MarketAnswers, quote: str, demo: bool) -> Report:
        return build_report(self._settings, answers, market, quote=quote, now=datetime.now(UTC), demo=demo)

    def _ask(self, settings: AccountSettings, activity: bool, deadline: Deadline) -> AccountAnswers:
        """All questions to one account, on a connection of their own; after a refusal no more are asked."""
        if settings.credentials is None:
            return AccountAnswers(settings)
        owner = self._taken.get(settings.prefix, settings.account)
        settings = replace(settings, account=owner)
        with KrakenBroker.of(settings, self._settings.url, timeout=self._timeout, deadline=deadline) as broker:
            key_info = _attempt(broker.get_key_info)
            balances: dict[str, Balance] | KrakenError = _MAY_NOT_QUERY
            if isinstance(key_info, KeyInfo):
                if permissions.QUERY_FUNDS in key_info.permissions:
                    balances = _attempt(broker.get_balances)
            elif isinstance(key_info, PermissionDenied | RequestRefused | UnexpectedAnswer):
                # The key is accepted, but what it may do stays unknown: the amounts may still be told.
                balances = _attempt(broker.get_balances)
            else:
                return AccountAnswers(settings, key_info)
            if not activity:
                return AccountAnswers(settings, key_info, balances)
            return AccountAnswers(
                settings,
                key_info,
                balances,
                _attempt(broker.get_open_orders),
                _attempt(broker.get_open_positions),
            )

    def _read(self, question: Callable[..., Answer], deadline: Deadline, **options: Any) -> Answer | KrakenError:
        """One question to a public endpoint, on a connection of its own."""
        with closing(KrakenClient(self._settings.url, timeout=self._timeout)) as client:
            return _attempt(partial(question, client, deadline, **options))

    def _read_tokenized(self, deadline: Deadline) -> tuple[Any, Any, Any]:
        """Assets, pairs and prices of Kraken's tokenized equities, which are a market of their own."""
        questions = (public.get_assets, public.get_pairs, public.get_mids)
        answers = run_side_by_side(
            [partial(self._read, question, deadline, tokenized=True) for question in questions],
            self._workers,
            deadline,
        )
        assets, pairs, mids = (_NO_TIME if answer is None else answer for answer in answers)
        return assets, pairs, mids


_NO_TIME = Unreachable("the time for the whole run was over before Kraken answered")
_MAY_NOT_QUERY = PermissionDenied(f"the key lacks “{permissions.setting(permissions.QUERY_FUNDS)}”")


def _attempt(question: Callable[[], Answer]) -> Answer | KrakenError:
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
