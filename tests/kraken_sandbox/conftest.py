"""A simulated exchange with one account, and clients of plain HTTP for it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kraken_sandbox import Exchange, SandboxServer, SimulatedAccount

from .support import Client, ManualClock, api_key, holdings


@pytest.fixture(scope="session")
def shared_server() -> Iterator[SandboxServer]:
    with SandboxServer(Exchange()) as server:
        yield server


@pytest.fixture
def ccxt() -> Any:
    """The library, which takes a second to load: only for those who use it, in the process where they run."""
    import ccxt

    return ccxt


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def exchange(clock: ManualClock) -> Exchange:
    """An exchange with the account `test`: 100,000 dollars, 2 bitcoin, and one key that may do everything."""
    exchange = Exchange(clock=clock)
    exchange.add_account(SimulatedAccount("test", "AA00 SAMP LE00 9999", holdings(ZUSD="100000", XXBT="2")))
    exchange.add_key("test", api_key())
    return exchange


@pytest.fixture
def server(shared_server: SandboxServer, exchange: Exchange) -> SandboxServer:
    """The exchange over HTTP."""
    shared_server.exchange = exchange
    shared_server.latency = 0
    return shared_server


@pytest.fixture
def new_client(server: SandboxServer) -> Iterator[Callable[..., Client]]:
    """Makes clients, each with a connection of its own."""
    clients: list[Client] = []

    def make(**settings: Any) -> Client:
        clients.append(Client(server.url, **settings))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(new_client: Callable[..., Client]) -> Client:
    return new_client()
