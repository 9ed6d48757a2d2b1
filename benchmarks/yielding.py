"""How far should nonces trail the clock? A bot and this program share one key: python benchmarks/yielding.py

The bot is plain krakenex, calls about once a second, and its requests are 50 ms under way. Meanwhile this program
asks the account again and again. For several distances it prints how many calls of the bot were refused, how many
of this program's, and how long a check of two calls took.
"""

from __future__ import annotations

import multiprocessing
import random
import statistics
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import krakenex
from requests import Response
from requests.adapters import HTTPAdapter

from kraken_accounts import AccountType, KrakenBroker
from kraken_accounts.config import demo_settings
from kraken_accounts.kraken import nonce
from kraken_accounts.storage import NOTHING_KEPT
from kraken_sandbox import Exchange, SandboxServer, sample_environment, sample_exchange
from kraken_sandbox.accounts import TIERS, Tier

CHECKS = 200
PERIOD = 1.0  # seconds between calls of the bot
UNDER_WAY = 0.05  # seconds from the bot's nonce to its arrival
INVALID_NONCE = "EAPI:Invalid nonce"


class LongWay(HTTPAdapter):
    """The bot's network: what it has signed arrives a while later."""

    def send(self, *arguments: Any, **options: Any) -> Response:
        time.sleep(UNDER_WAY)
        return super().send(*arguments, **options)


def measure(trail: float) -> str:
    nonce.TRAIL = trail
    exchange = _without_call_limits(sample_exchange())
    with SandboxServer(exchange) as server:
        env = sample_environment(server.url)
        bot = krakenex.API(env["KRAKEN_MASTER_API_KEY"], env["KRAKEN_MASTER_API_SECRET"])
        bot.uri = server.url
        bot.session.mount(server.url, LongWay())
        stop = threading.Event()
        answers: list[list[str]] = []

        def run_bot() -> None:
            while not stop.wait(PERIOD * random.uniform(0.8, 1.2)):
                answers.append(bot.query_private("Balance")["error"])

        thread = threading.Thread(target=run_bot)
        thread.start()
        seconds = []
        for _ in range(CHECKS):
            time.sleep(random.uniform(0, 0.2))
            started = time.monotonic()
            settings = demo_settings(env)
            with KrakenBroker(AccountType.MASTER, settings=settings, state=NOTHING_KEPT) as broker:
                broker.get_key_info()
                broker.get_balances()
            seconds.append(time.monotonic() - started)
        stop.set()
        thread.join()
    refused_bot = sum(INVALID_NONCE in errors for errors in answers)
    refused = sum(INVALID_NONCE in request.errors for request in exchange.requests) - refused_bot
    return (
        f"| {1000 * trail:.0f} ms | {refused_bot} of {len(answers)} | {refused} of {2 * CHECKS} "
        f"| {1000 * statistics.median(seconds):.0f} ms | {1000 * max(seconds):.0f} ms |"
    )


def _without_call_limits(exchange: Exchange) -> Exchange:
    TIERS["none"] = Tier(maximum=1e9, decay=1e9)
    for account in exchange.state.accounts.values():
        account.tier = "none"
    return exchange


if __name__ == "__main__":
    print(
        "| nonces trail by | bot's calls refused | this program's calls refused | median check | slowest check |"
    )
    print("|---|---|---|---|---|")
    # Each in a process of its own: what was learned of a key lasts as long as the process.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), max_tasks_per_child=1) as processes:
        for line in processes.map(measure, (0, 0.02, 0.05, 0.1, 0.3, 0.5)):
            print(line, flush=True)
