"""Accounts, keys and money of an exchange, as who runs it sets them up and lets things happen to them."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from .accounts import SimulatedAccount, SimulatedKey
from .authentication import KeyState
from .clock import Clock, SettableClock
from .earn import EarnAllocation, EarnStrategy
from .earn_moves import allocate, deallocate
from .market import Market
from .passing import begin, catch_up
from .past import Past, enter_past, open_books
from .positions import close_position, open_position, settle_position
from .records import Position, Trade
from .state import ExchangeState


class Administration:
    """The accounts of an exchange with its `clock`. Safe to use from many threads.

    What is not known, an account, a key, a position, raises KeyError; what makes no sense ValueError.
    """

    def __init__(self, market: Market, clock: Clock) -> None:
        self.clock = clock if isinstance(clock, SettableClock) else SettableClock(clock)
        self.state = ExchangeState(market, self.clock)
        self._lock = threading.RLock()

    def add_account(self, account: SimulatedAccount, past: Sequence[Past] = ()) -> SimulatedAccount:
        """Open an account that has its balances now, after its past: trades and other entries of its ledger."""
        with self._lock:
            if account.label in self.state.accounts:
                raise ValueError(f"there is an account {account.label!r} already")
            for code in account.balances:
                if code not in self.state.market.assets:
                    raise ValueError(f"there is no asset {code!r}")
            for allocation in account.allocations:
                self._check(allocation)
            now = self.state.clock()
            open_books(self.state, account, past, now)
            begin(account, now)
            self.state.accounts[account.label] = account
        return account

    def book(self, label: str, happened: Past) -> None:
        """Let a trade or another entry of the ledger happen in an account, which changes its balances."""
        with self._lock:
            enter_past(self.state, self._account(label), happened)

    def add_position(self, label: str, position: Position) -> Position:
        """Let an account have a margin position; its balances stay as they are."""
        with self._lock:
            account = self._account(label)
            account.positions[position.txid] = position
            begin(account, self.state.clock())
        return position

    def open_position(
        self, label: str, pair: str, side: str, volume: Decimal | str, *, leverage: int = 2
    ) -> Position:
        """Buy or sell on margin at the market's price."""
        with self._lock:
            account = self._account(label)
            found = self.state.market.find_pair(pair)
            if found is None:
                raise ValueError(f"there is no pair {pair!r}")
            return open_position(self.state, account, found, side, Decimal(volume), leverage, self.state.clock())

    def close_position(self, label: str, txid: str, volume: Decimal | str | None = None) -> Trade:
        """Close a position at the market's price, or so much of its volume."""
        with self._lock:
            account = self._account(label)
            position = account.positions[txid]
            part = position.volume_left if volume is None else Decimal(volume)
            return close_position(self.state, account, position, part, self.state.clock())

    def settle_position(self, label: str, txid: str) -> None:
        """Take over what a long position bought and pay for it, or hand over what a short one sold."""
        with self._lock:
            account = self._account(label)
            settle_position(self.state, account, account.positions[txid], self.state.clock())

    def add_strategy(self, strategy: EarnStrategy) -> EarnStrategy:
        """Offer a way to earn."""
        with self._lock:
            if strategy.id in self.state.strategies:
                raise ValueError(f"there is a strategy {strategy.id!r} already")
            self.state.strategies[strategy.id] = strategy
        return strategy

    def add_allocation(self, label: str, allocation: EarnAllocation) -> EarnAllocation:
        """Let an account have this in Earn; its balances stay as they are."""
        with self._lock:
            self._check(allocation)
            account = self._account(label)
            account.allocations.append(allocation)
            begin(account, self.state.clock())
        return allocation

    def allocate(
        self, label: str, strategy: str, amount: Decimal | str, *, held_as: str | None = None
    ) -> EarnAllocation:
        """Put money of the spot wallet into a strategy, where Balance shows it under the code `held_as`."""
        with self._lock:
            account, found = self._account(label), self._strategy(strategy)
            return allocate(self.state, account, found, Decimal(amount), held_as, self.state.clock())

    def deallocate(self, label: str, allocation: EarnAllocation) -> None:
        """Take an allocation back, at once or after the time that its strategy takes for it."""
        with self._lock:
            deallocate(self.state, self._account(label), allocation, self.state.clock())

    def add_key(self, label: str, api_key: SimulatedKey) -> SimulatedKey:
        """Give an account a further key."""
        with self._lock:
            if api_key.key in self.state.keys:
                raise ValueError(f"there is a key {api_key.key!r} already")
            self.state.keys[api_key.key] = KeyState(api_key, self.state.accounts[label])
        return api_key

    def replace_key(self, key: str, **changes: Any) -> SimulatedKey:
        """Change a key's settings, as its owner may at any time: `permissions`, `valid_until`, …"""
        with self._lock:
            known = self.state.keys[key]
            known.api_key = replace(known.api_key, **changes)
            return known.api_key

    def revoke_key(self, key: str) -> None:
        """Delete a key: from now on it is unknown."""
        with self._lock:
            del self.state.keys[key]

    def throttle_key(self, key: str, seconds: float) -> None:
        """Answer a key's calls with `EService:Throttled` for so long."""
        with self._lock:
            self.state.keys[key].throttled_until = self.state.clock() + seconds

    def _account(self, label: str) -> SimulatedAccount:
        """The account, after all that has become due in it."""
        account = self.state.accounts[label]
        catch_up(self.state, account, self.state.clock())
        return account

    def _check(self, allocation: EarnAllocation) -> None:
        self._strategy(allocation.strategy)
        if allocation.held_as is not None and allocation.held_as not in self.state.market.assets:
            raise ValueError(f"there is no asset {allocation.held_as!r}")

    def _strategy(self, name: str) -> EarnStrategy:
        strategy = self.state.strategies.get(name)
        if strategy is None:
            raise ValueError(f"there is no strategy {name!r}")
        return strategy
