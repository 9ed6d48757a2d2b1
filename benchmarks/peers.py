"""One Balance call for each account, as other public clients do it: python benchmarks/peers.py NAME ENV

The clients run as their documentation shows, one for each key; only the address differs, and the time that ccxt
waits for an answer: hundreds of its clients at once need about as long as it would.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

Keys = list[tuple[str, str]]


def krakenex_threads(url: str, keys: Keys) -> Iterable[Any]:
    """A thread pool over plain krakenex."""
    import krakenex

    def balance(key: tuple[str, str]) -> Any:
        api = krakenex.API(*key)
        api.uri = url
        return api.query_private("Balance")["result"]

    with ThreadPoolExecutor(64) as pool:
        return list(pool.map(balance, keys))


def ccxt_async(url: str, keys: Keys) -> Iterable[Any]:
    """ccxt's asynchronous client; not even its list of markets is loaded."""
    import os

    from ccxt.async_support import kraken

    async def balance(key: tuple[str, str]) -> Any:
        client = kraken(
            {
                "apiKey": key[0],
                "secret": key[1],
                "enableRateLimit": False,
                "timeout": 60_000,  # ms
                "cafile": os.environ["SSL_CERT_FILE"],
            }
        )
        client.urls["api"] = dict.fromkeys(client.urls["api"], url)
        try:
            return (await client.private_post_balance())["result"]
        finally:
            await client.close()

    return asyncio.run(_all(balance, keys))


def kraken_sdk_async(url: str, keys: Keys) -> Iterable[Any]:
    """The asynchronous client of python-kraken-sdk."""
    from kraken.spot import SpotAsyncClient

    async def balance(key: tuple[str, str]) -> Any:
        async with SpotAsyncClient(key=key[0], secret=key[1], url=url) as client:
            return await client.request("POST", "/0/private/Balance")

    return asyncio.run(_all(balance, keys))


async def _all(balance: Callable[[tuple[str, str]], Awaitable[Any]], keys: Keys) -> list[Any]:
    return await asyncio.gather(*map(balance, keys))


PEERS = {"krakenex": krakenex_threads, "ccxt": ccxt_async, "python-kraken-sdk": kraken_sdk_async}


def main(name: str, env: Path) -> None:
    values = dotenv_values(env, interpolate=False)
    keys = [
        (str(key), str(values[variable.replace("_API_KEY", "_API_SECRET")]))
        for variable, key in values.items()
        if variable.endswith("_API_KEY")
    ]
    balances = PEERS[name](str(values["KRAKEN_API_URL"]), keys)
    if not all("ZUSD" in balance for balance in balances):
        sys.exit(f"{name} did not get every balance")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
