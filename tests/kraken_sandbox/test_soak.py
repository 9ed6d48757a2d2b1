"""Many clients and much traffic: the sandbox answers, and does not grow."""

import gc
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from kraken_sandbox import Exchange
from kraken_sandbox.exchange import LOGGED_REQUESTS
from kraken_sandbox.messages import ReceivedRequest

from .support import Client, ManualClock, api_key

pytestmark = pytest.mark.soak

CLIENTS = 200
ROUNDS = 6
GROWTH = 1_000_000
"""Bytes; each of the thousands of requests meanwhile would leave a fraction of a kilobyte, if it left anything."""


@contextmanager
def without_growth(exchange: Exchange) -> Iterator[None]:
    """What happens inside leaves no more memory behind than there was; the log of requests is full before."""
    request = ReceivedRequest("GET", "/0/public/Time", headers={"user-agent": "tests"}, client_port=50_000)
    tracemalloc.start()
    try:
        for _ in range(LOGGED_REQUESTS):
            exchange.handle(request)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        yield
        gc.collect()
        # Some of what is logged now is longer than what it replaced.
        assert tracemalloc.get_traced_memory()[0] - before < GROWTH + LOGGED_REQUESTS * 400
    finally:
        tracemalloc.stop()


def test_two_hundred_connections_again_and_again(exchange: Exchange, new_client: Callable[..., Client]) -> None:
    for index in range(CLIENTS):
        exchange.add_key("test", api_key(f"KEY{index}-sample-key"))
    together = threading.Barrier(CLIENTS, timeout=60)

    def ask(index: int) -> list[list[str]]:
        client = new_client(key=f"KEY{index}-sample-key")
        client.connection.timeout = 60
        client.connection.connect()
        together.wait()
        answers = [client.private("BalanceEx"), client.public("Depth", pair="XBTUSD"), client.public("Ticker")]
        client.close()
        return [answer.errors for answer in answers]

    def everybody_asks(pool: ThreadPoolExecutor) -> None:
        assert list(pool.map(ask, range(CLIENTS))) == [[[], [], []]] * CLIENTS

    with ThreadPoolExecutor(CLIENTS) as pool:
        everybody_asks(pool)
        threads = threading.active_count()
        with without_growth(exchange):
            for _ in range(ROUNDS):
                everybody_asks(pool)
                exchange.clock.advance(3600)
        give_up = time.monotonic() + 30
        while threading.active_count() > threads + 5:
            assert time.monotonic() < give_up
            time.sleep(0.05)


def test_an_hour_of_a_bot(exchange: Exchange, clock: ManualClock, client: Client) -> None:
    since = "0"

    def move() -> None:
        clock.advance(1)
        exchange.set_ticker("XBTUSD", last=str(64250 + int(clock.now) % 7))

    def second() -> None:
        nonlocal since
        move()
        client.public("Ticker", pair="BTC/USD")
        since = client.public("Trades", pair="XBTUSD", since=since, count="5").result["last"]
        if int(clock.now) % 10 == 0:
            client.public("Depth", pair="XBTUSD", count="10")
            order = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "price": "60000", "volume": "0.01"}
            assert client.private("AddOrder", **order, validate="true").errors == []
            assert client.private("BalanceEx").errors == []
        if int(clock.now) % 300 == 0:
            client.public("OHLC", pair="XBTUSD", interval="5")

    for _ in range(1000):  # as many prices as are remembered
        move()
    for _ in range(300):
        second()
    with without_growth(exchange):
        for _ in range(3600):
            second()


def test_keys_that_are_made_up(exchange: Exchange) -> None:
    def ask(number: int) -> None:
        headers = {"user-agent": "tests", "api-key": f"NOBODY-{number}"}
        exchange.handle(ReceivedRequest("POST", "/0/private/Balance", headers=headers))

    for number in range(11_000):
        ask(number)
    with without_growth(exchange):
        for number in range(11_000, 40_000):
            ask(number)
