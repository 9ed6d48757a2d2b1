"""One broker an account, whose connection lasts from check to check; who hangs in one check does not pile up."""

from __future__ import annotations

import gc
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from kraken_accounts import ConfigurationError, MultiAccountBrokerManager, Report, Status
from kraken_accounts.config import Settings, demo_settings
from kraken_sandbox import Exchange, SandboxServer

from ..kraken.test_processes import in_child, wait_for
from ..support import LIMIT, ScriptedServer, never, open_account, sample_key, variables

ACCOUNTS = ("master", "zoe")
PUBLIC_QUESTIONS = 4  # the status, the books, the assets and the pairs
THREADS_OF_A_CHECK = PUBLIC_QUESTIONS + len(ACCOUNTS)
HANGS = "what an earlier check asked still hangs, so it was not asked again"


def open_exchange(*names: str) -> Exchange:
    exchange = Exchange()
    for name in names:
        open_account(exchange, name, {"ZUSD": "100"})
    return exchange


@pytest.fixture
def exchange() -> Exchange:
    return open_exchange(*ACCOUNTS)


@pytest.fixture
def server(exchange: Exchange) -> Iterator[SandboxServer]:
    with SandboxServer(exchange) as server:
        yield server


@pytest.fixture
def settings(server: SandboxServer) -> Settings:
    return demo_settings(variables(server.url, *ACCOUNTS))


def connections(exchange: Exchange, *names: str) -> set[tuple[str, int]]:
    """Over which connections was asked; of these accounts, or of all and without a key."""
    keys = {sample_key(name) for name in names}
    return {request.connection for request in exchange.requests if not keys or request.key in keys}


def statuses(report: Report) -> list[Status]:
    return [account.status for account in report.accounts]


# --- from one check to the next -------------------------------------------------------------------------


def test_a_second_check_opens_no_connection(exchange: Exchange, settings: Settings) -> None:
    with MultiAccountBrokerManager(settings) as manager:
        first = manager.check()
        before = connections(exchange, *ACCOUNTS)
        second = manager.check(activity=True)
        manager.audit()
        manager.get_user_balance("zoe")

    assert statuses(first) == statuses(second) == [Status.TRADING] * 2
    assert connections(exchange, *ACCOUNTS) == before
    assert len(before) == 2
    # What needs no key is asked over as many as were needed at once.
    assert len(connections(exchange)) <= THREADS_OF_A_CHECK


def test_checks_and_audits_ask_the_broker_that_the_manager_hands_out(
    exchange: Exchange, settings: Settings
) -> None:
    with MultiAccountBrokerManager(settings) as manager:
        zoe = manager.add_user_broker("zoe")
        zoe.get_balances()
        manager.check()
        manager.audit()
        manager.get_master_balance()

    assert len(connections(exchange, "zoe")) == 1
    assert len(connections(exchange, "master")) == 1


def test_that_an_account_was_checked_hands_out_no_broker(settings: Settings) -> None:
    with MultiAccountBrokerManager(settings) as manager:
        manager.check()

        with pytest.raises(ConfigurationError):
            manager.get_master_broker()


def test_a_connection_that_the_server_has_closed_is_replaced(exchange: Exchange) -> None:
    with SandboxServer(exchange) as server:
        manager = MultiAccountBrokerManager(demo_settings(variables(server.url, *ACCOUNTS)))
        manager.check()
        before = connections(exchange, *ACCOUNTS)
    with SandboxServer(exchange, port=urlsplit(server.url).port or 0), manager:
        report = manager.check()

    assert statuses(report) == [Status.TRADING] * 2
    assert report.findings == ()
    assert len(connections(exchange, *ACCOUNTS)) == 2 * len(before) == 4


def test_of_very_many_accounts_only_some_connections_stay_open() -> None:
    names = ["master", *(f"u{number}" for number in range(104))]
    exchange = open_exchange(*names)
    with (
        SandboxServer(exchange) as server,
        MultiAccountBrokerManager(demo_settings(variables(server.url, *names))) as manager,
    ):
        assert set(statuses(manager.check())) == {Status.TRADING}
        assert set(statuses(manager.check())) == {Status.TRADING}

    # Each account has one connection a check, or one for both.
    assert sum(len(connections(exchange, name)) for name in names) == 100 + 2 * 5


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="the system does not tell what is open")
@pytest.mark.parametrize("how", ["closed", "let go of"])
def test_a_manager_leaves_no_connection_open(settings: Settings, how: str) -> None:
    def files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = files()
    manager = MultiAccountBrokerManager(settings)
    manager.check()
    assert files() > before
    if how == "closed":
        manager.close()
    else:
        del manager
        gc.collect()

    wait_for(lambda: files() <= before)  # the server, which is in this process too, sees it a little later


def test_a_manager_that_was_closed_asks_anew(exchange: Exchange, settings: Settings) -> None:
    manager = MultiAccountBrokerManager(settings)
    manager.check()
    manager.close()
    with manager:
        assert statuses(manager.check()) == [Status.TRADING] * 2

    assert len(connections(exchange, "zoe")) == 2


def test_several_checks_at_once(exchange: Exchange, settings: Settings) -> None:
    with MultiAccountBrokerManager(settings) as manager:
        reports: list[Report] = []
        threads = [threading.Thread(target=lambda: reports.append(manager.check())) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LIMIT)

    assert [statuses(report) for report in reports] == [[Status.TRADING] * 2] * 3
    assert all(request.errors == () for request in exchange.requests)


# --- who hangs ------------------------------------------------------------------------------------------


class SlowNames:
    """The look-up of host names, which nothing can interrupt: it hangs until it may answer."""

    def __init__(self) -> None:
        self.may_answer = threading.Event()
        self._look_up = socket.getaddrinfo

    def __call__(self, host: str, *arguments: Any, **options: Any) -> Any:
        if host == "localhost":
            self.may_answer.wait(LIMIT)
        return self._look_up("127.0.0.1", *arguments, **options)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowNames]:
    names = SlowNames()
    monkeypatch.setattr(socket, "getaddrinfo", names)
    yield names
    names.may_answer.set()


@pytest.fixture
def hasty(server: SandboxServer, names: SlowNames) -> Iterator[MultiAccountBrokerManager]:
    """A manager that has little time, and whose exchange has a name that must be looked up."""
    url = server.url.replace("127.0.0.1", "localhost")
    with MultiAccountBrokerManager(demo_settings(variables(url, *ACCOUNTS)), deadline=0.5) as manager:
        yield manager


def further_threads() -> Callable[[], int]:
    """How many there are beside those of now that stem from a check."""
    before = set(threading.enumerate())

    def count() -> int:
        return sum("(work)" in thread.name for thread in set(threading.enumerate()) - before)

    return count


def test_who_hangs_in_a_check_does_not_pile_up_in_the_next(
    exchange: Exchange, hasty: MultiAccountBrokerManager, names: SlowNames
) -> None:
    hanging = further_threads()
    first = hasty.check()
    began = time.monotonic()
    later = [hasty.check() for _ in range(4)]
    hasty.audit()

    assert time.monotonic() - began < 2
    # What needs no key may have been asked a second time, before the time of the first was over.
    wait_for(lambda: len(ACCOUNTS) <= hanging() <= len(ACCOUNTS) + 2 * PUBLIC_QUESTIONS)
    assert statuses(first) == [Status.UNREACHABLE] * 2
    for account in (account for report in later for account in report.accounts):
        assert (account.status, account.verdict.reason) == (Status.UNREACHABLE, HANGS)

    # What comes too late is not sent with a key, and the account is asked again.
    names.may_answer.set()
    wait_for(lambda: hanging() == 0)
    assert [request for request in exchange.requests if request.key is not None] == []
    assert statuses(hasty.check()) == [Status.TRADING] * 2


def test_what_hangs_in_a_parent_does_not_in_its_child(hasty: MultiAccountBrokerManager, names: SlowNames) -> None:
    hasty.check()

    def work() -> None:
        names.may_answer = threading.Event()
        names.may_answer.set()
        assert statuses(hasty.check()) == [Status.TRADING] * 2

    assert in_child(work) == 0


def test_threads_do_not_grow_where_nobody_answers() -> None:
    with (
        ScriptedServer(never) as server,
        MultiAccountBrokerManager(demo_settings(variables(server.url, *ACCOUNTS)), deadline=0.2) as manager,
    ):
        left = further_threads()
        for _ in range(5):
            assert statuses(manager.check()) == [Status.UNREACHABLE] * 2
            assert left() <= 2 * THREADS_OF_A_CHECK
        wait_for(lambda: left() == 0)


def test_a_fork_between_two_checks(exchange: Exchange, settings: Settings) -> None:
    with MultiAccountBrokerManager(settings) as manager:
        manager.check()
        before = connections(exchange, "zoe")

        def work() -> None:
            assert statuses(manager.check()) == [Status.TRADING] * 2

        assert in_child(work) == 0
        of_child = connections(exchange, "zoe") - before
        manager.check()

    assert len(of_child) == 1
    assert connections(exchange, "zoe") == before | of_child
