"""Who is asked over which connection, from one check to the next: one broker an account, and what needs no key."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from ..accounts import Account
from ..config import AccountSettings
from ..deadline import Deadline
from ..kraken.broker import KrakenBroker
from ..kraken.client import KrakenClient
from ..kraken.errors import Unreachable
from ..kraken.pace import Pace, pace_of
from ..storage import Storage

Answer = TypeVar("Answer")

_MOST_KEPT = 100
"""Accounts whose connections stay open: some systems let a process have no more than 256 files."""


class Connections:
    """The brokers of all accounts and the clients for public questions. For many threads, and many checks.

    Args:
        url: base URL of the exchange.
        timeout: seconds for one request.
        state: where the last nonces, and the pace, are kept for other processes.

    Attributes:
        pace: how often the exchange may be asked from here.
    """

    def __init__(self, url: str, *, timeout: float, state: Storage) -> None:
        self._url = url
        self._timeout = timeout
        self._state = state
        self.pace: Pace = pace_of(url, state)
        self._brokers: dict[Account, KrakenBroker] = {}
        self._kept: set[Account] = set()
        self._public: list[KrakenClient] = []
        # By process too: what is under way in the parent of a fork is not in the child.
        self._under_way: dict[tuple[int, Hashable], dict[object, Deadline]] = {}

    def broker(self, settings: AccountSettings) -> KrakenBroker:
        """The broker of an account: always the same one.

        Raises:
            ConfigurationError: the account must not be asked; the message says why.
        """
        broker = self._brokers.get(settings.account)
        if broker is None:
            credentials = settings.usable_credentials()
            broker = KrakenBroker.of(
                settings.account, credentials, self._url, timeout=self._timeout, state=self._state
            )
            # Another thread may have been quicker: then that one is the account's.
            broker = self._brokers.setdefault(settings.account, broker)
            if len(self._kept) < _MOST_KEPT:
                self._kept.add(settings.account)
        return broker

    def ask_account(
        self, settings: AccountSettings, question: Callable[[KrakenBroker], Answer], left_behind: Deadline
    ) -> Answer:
        """What the broker of an account is told.

        Args:
            left_behind: when nobody waits for the answer any more.

        Raises:
            Unreachable: an earlier question to the account still hangs.
            ConfigurationError: the account must not be asked.
        """
        with self._unless_hanging(settings.account, left_behind):
            broker = self.broker(settings)
            try:
                return question(broker)
            finally:
                if settings.account not in self._kept:
                    broker.close()

    @contextmanager
    def public_client(self, question: Hashable, left_behind: Deadline) -> Iterator[KrakenClient]:
        """A client for one public question, which nobody else uses meanwhile.

        Args:
            question: what it is for.
            left_behind: when nobody waits for the answer any more.

        Raises:
            Unreachable: the same question of an earlier check still hangs.
            ConfigurationError: the proxy or the authorities that the environment names cannot be used.
        """
        with self._unless_hanging(question, left_behind):
            try:
                client = self._public.pop()
            except IndexError:
                client = KrakenClient(self._url, timeout=self._timeout, state=self._state)
            client.complaints.clear()
            try:
                yield client
            finally:
                self._public.append(client)

    def close(self) -> None:
        """Close all connections; a later question opens others."""
        for broker in tuple(self._brokers.values()):
            broker.close()
        for client in tuple(self._public):
            client.close()

    @contextmanager
    def _unless_hanging(self, question: Hashable, left_behind: Deadline) -> Iterator[None]:
        """Take note of who is asked meanwhile.

        What cannot be interrupted, such as the look-up of a name, may hold a thread for longer than anybody waits.
        Each further check would leave one more thread there.

        Raises:
            Unreachable: the same question was left behind, and is not over.
        """
        under_way = self._under_way.setdefault((os.getpid(), question), {})
        if not all(ends.remaining() for ends in tuple(under_way.values())):
            raise Unreachable("what an earlier check asked still hangs, so it was not asked again", sent=False)
        entry = object()
        under_way[entry] = left_behind
        try:
            yield
        finally:
            del under_way[entry]
