"""One broker per account, all of them asked at the same time, each answer independent of the others."""

from __future__ import annotations

import os
import weakref
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..accounts import MASTER, Account, AccountType
from ..config import AccountSettings, ConfigurationError, Settings, load_settings
from ..deadline import Deadline
from ..history.store import History
from ..kraken.broker import KrakenBroker
from ..memory.fills import FillMemory
from ..memory.recall import Memory
from ..report.audit import AuditReport
from ..report.minimums import NO_MINIMUMS
from ..report.model import AccountReport, Report
from ..storage import NOTHING_KEPT, Storage
from .concurrency import Progress, no_progress
from .connections import Connections
from .followed import Followed
from .inquiry import Inquiry
from .lockouts import Lockouts
from .reference_data import ReferenceCache
from .run import Run
from .strategies import StrategyKinds


class MultiAccountBrokerManager:
    """The operator's accounts, a broker for each; no broker can reach another's key, connection or nonces.

    There is no default account: whoever wants to place an order names the broker. Each check asks these brokers,
    over the connections that earlier ones have left open; of many accounts, a hundred keep theirs. `close`, or the
    end of a `with`, closes them; so does letting go of the manager.

    Args:
        settings: the accounts and their keys.
        timeout: seconds for one request.
        deadline: seconds for a whole `check` or `audit`.
        workers: how many are asked at once, at most; None for as many as is fastest.
        force: ask even a key that Kraken has locked out.
        remember: remember from check to check, in the user's state directory, which Kraken account each key opens,
            which accounts there are, since when each has its status, and when it has traded; so do other programs
            and ``kraken-accounts`` over the same accounts. Without it a key that opens another account than before
            does not show, unless its `_IIBAN` is set; nor does an account that is gone.
        history: where each check leaves a point of each account, see `open_history`; None for nowhere.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        timeout: float = 10.0,
        deadline: float = 60.0,
        workers: int | None = None,
        force: bool = False,
        remember: bool = True,
        history: History | None = None,
    ) -> None:
        self._settings = settings
        self._deadline = deadline
        self._workers = workers
        # Sample accounts leave nothing behind.
        self._state = NOTHING_KEPT if settings.demo else Storage.state()
        cache = NOTHING_KEPT if settings.demo else Storage.cache()
        self._cache = ReferenceCache(cache, settings.url)
        self._strategies = StrategyKinds(cache, settings.url)
        self._memory = Memory(self._state, settings, enabled=remember)
        self._fills = FillMemory(self._state, settings, enabled=remember)
        self._history = history
        self._lockouts = Lockouts(self._state, force=force)
        self._connections = Connections(settings.url, timeout=timeout, state=self._state)
        self._added: dict[Account, KrakenBroker] = {}
        # Not where the process ends: that closes them by itself.
        weakref.finalize(self, self._connections.close).atexit = False

    @classmethod
    def from_env(cls, env_file: Path | None = None, **limits: Any) -> Self:
        """A manager with a broker for every account that is configured, from the environment and `.env`.

        Args:
            env_file: the file to read instead of the usual `.env`.
            limits: `timeout`, `deadline`, `workers`, `force`, `remember`, `history`: as for the class.

        Raises:
            ConfigurationError: the configuration as a whole cannot be used.
        """
        manager = cls(load_settings(os.environ, env_file), **limits)
        for settings in manager._settings.accounts:
            if settings.credentials is not None:
                manager._add(settings.account)
        return manager

    # --- brokers ----------------------------------------------------------------------------------------

    def add_master_broker(self) -> KrakenBroker:
        """The broker of the master account, made if need be.

        Raises:
            ConfigurationError: the account cannot be asked; the message says why.
        """
        return self._add(MASTER)

    def add_user_broker(self, user_id: str) -> KrakenBroker:
        """The broker of a user, made if need be.

        Raises:
            ConfigurationError: the account is not there or cannot be asked; the message says why.
        """
        return self._add(Account(AccountType.USER, user_id))

    def get_master_broker(self) -> KrakenBroker:
        """The broker of the master account.

        Raises:
            ConfigurationError: it was not added.
        """
        return self._get(MASTER)

    def get_user_broker(self, user_id: str) -> KrakenBroker:
        """The broker of a user.

        Raises:
            ConfigurationError: it was not added.
        """
        return self._get(Account(AccountType.USER, user_id))

    def close(self) -> None:
        """Close all connections; a later check opens others."""
        self._connections.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _add(self, account: Account) -> KrakenBroker:
        found = self._settings.find(account.account_type, account.user_id)
        return self._added.setdefault(account, self._connections.broker(found))

    def _get(self, account: Account) -> KrakenBroker:
        if account not in self._added:
            self._settings.find(account.account_type, account.user_id)  # an account that is not there is told so
            how = "add_master_broker()" if account.user_id is None else f"add_user_broker({account.user_id!r})"
            raise ConfigurationError(
                f"no broker of {account.label} was added: {how} adds it, or says why it cannot"
            )
        return self._added[account]

    # --- balances ---------------------------------------------------------------------------------------

    def get_master_balance(self, quote: str = "USD") -> AccountReport:
        """What is in the spot wallet of the master, in all and in detail; its `total` is None if unknown.

        Raises:
            ConfigurationError: nothing is called `quote` at Kraken.
        """
        return self._report_of(MASTER, quote)

    def get_user_balance(self, user_id: str, quote: str = "USD") -> AccountReport:
        """What is in the spot wallet of a user, in all and in detail; its `total` is None if unknown.

        Raises:
            ConfigurationError: there is no such user, or nothing is called `quote` at Kraken.
        """
        return self._report_of(Account(AccountType.USER, user_id), quote)

    def get_all_balances(self, quote: str = "USD") -> Mapping[Account, AccountReport]:
        """What is in the spot wallet of each account, in all and in detail.

        Raises:
            ConfigurationError: nothing is called `quote` at Kraken.
        """
        return {account.account: account for account in self.check(quote=quote).accounts}

    def _report_of(self, account: Account, quote: str) -> AccountReport:
        found = self._settings.find(account.account_type, account.user_id)
        return self._run([found], quote).check().accounts[0]

    # --- the whole check --------------------------------------------------------------------------------

    def check(
        self,
        *,
        quote: str = "USD",
        activity: bool = False,
        idle_after: timedelta | None = None,
        wallets: bool = False,
        minimums: Mapping[str, Decimal] = NO_MINIMUMS,
        since_last: bool = False,
        since: datetime | None = None,
        ledger: bool = False,
        gain: bool = False,
        progress: Progress = no_progress,
    ) -> Report:
        """Ask every account and Kraken's market, all at the same time, and say what the answers mean.

        Two private calls an account (GetApiKeyInfo, BalanceEx), a third where Kraken has no BalanceEx for it and
        Balance is asked instead, three more with `activity` (TradesHistory, which counts double, OpenOrders,
        OpenPositions). With `wallets` two more (Earn/Allocations and TradeBalance), further ones where
        Earn/Allocations has several pages, and once a day Earn/Strategies of one account; up to 3 with `ledger`,
        which count twice each. No failure of one account hides another; the whole is over when the deadline is.

        Args:
            quote: the currency of all totals, by its common ticker or Kraken's code.
            activity: also ask for fills, open orders and open positions: fills within 24 hours, or `idle_after`,
                prove that an account is trading, whatever its key may do.
            idle_after: how long an account may be without a fill, unless config.toml says so of the account. Those
                that it concerns are asked for their activity in any case.
            wallets: also ask for what is in Earn, which totals then count, and for what open margin positions have
                gained, which stands beside. Without it a total is that of the spot wallet.
            minimums: in the quote currency, by ``master`` or user id: a total below it is critical.
            since_last: also tell what changed since the previous run with this, and remember this one for the
                next; sample accounts are remembered nowhere.
            since: also tell what changed since this time, by the history; instead of `since_last`.
            ledger: also ask what came and went since the accounts were first checked, as far as the history does
                not know that yet. What is too much for one check, the next ones go on with.
            gain: also tell what the day and the month have brought so far; asks as `ledger` does.
            progress: told as answers arrive how many are there, of how many. If it has a method `waits_for`, that
                is told whom the run waits for, see `WaitingProgress`.

        Raises:
            ConfigurationError: nothing is called `quote` at Kraken, or a minimum is nobody's; no key has been used
                then.
            ValueError: `since` has no time zone, or there is `since_last` as well.
        """
        run = self._run(self._settings.accounts, quote, progress)
        return run.check(
            activity=activity,
            idle_after=idle_after,
            wallets=wallets,
            minimums=minimums,
            since_last=since_last,
            since=since,
            ledger=ledger,
            gain=gain,
        )

    def audit(
        self, *, quote: str = "USD", probe_orders: bool = False, progress: Progress = no_progress
    ) -> AuditReport:
        """Examine every key, and whether the accounts are truly separate.

        Private calls: GetApiKeyInfo, BalanceEx, OpenOrders, TradeBalance; TradesHistory where a key may only look.

        Args:
            probe_orders: also let Kraken validate an order of each account, which places nothing.

        Raises:
            ConfigurationError: nothing is called `quote` at Kraken; no key has been used then.
        """
        return self._run(self._settings.accounts, quote, progress).audit(probe_orders=probe_orders)

    def follow_ledgers(self, *, quote: str = "USD", progress: Progress = no_progress) -> Followed:
        """Learn what came and went since the accounts were first checked, as far as the history does not know it.

        One private call an account (GetApiKeyInfo), and up to three that count twice each (Ledgers). Where that is
        not enough, as many more after each pause, until the deadline; a later run goes on with what is missing.

        Args:
            quote: the currency in which the prices of what came and went are looked up.

        Raises:
            ConfigurationError: nothing is called `quote` at Kraken; no key has been used then.
            ValueError: this manager has no history.
        """
        if self._history is None:
            raise ValueError("without a history, nobody knows what is needed")
        from .following import Following

        deadline = Deadline(self._deadline, supervised=True)
        inquiry, accounts = self._inquiry(deadline, progress), self._settings.accounts
        following = Following(self._history, self._settings, accounts, quote, inquiry=inquiry, deadline=deadline)
        return following.follow()

    def _inquiry(self, deadline: Deadline, progress: Progress) -> Inquiry:
        return Inquiry(
            self._settings.url,
            connections=self._connections,
            deadline=deadline,
            workers=self._workers,
            progress=progress,
            cache=self._cache,
            strategies=self._strategies,
            lockouts=self._lockouts,
        )

    def _run(self, accounts: Sequence[AccountSettings], quote: str, progress: Progress = no_progress) -> Run:
        return Run(
            self._settings,
            accounts,
            quote,
            inquiry=self._inquiry(Deadline(self._deadline, supervised=True), progress),
            memory=self._memory,
            fills=self._fills,
            state=self._state,
            history=self._history,
        )
