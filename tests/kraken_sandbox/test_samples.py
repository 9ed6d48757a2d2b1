"""The sample accounts, asked by krakenex over HTTP."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import krakenex
import pytest

from kraken_sandbox import SandboxServer, sample_environment, sample_exchange


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer(sample_exchange()) as server:
        yield server


def ask(server: SandboxServer, account: str, method: str, **parameters: str) -> Any:
    environment = sample_environment(server.url)
    api = krakenex.API(environment[f"KRAKEN_{account}_API_KEY"], environment[f"KRAKEN_{account}_API_SECRET"])
    api.uri = environment["KRAKEN_API_URL"]
    try:
        return api.query_private(method, parameters)
    finally:
        api.close()


def test_master_has_staked_unpriced_and_held_assets(server: SandboxServer) -> None:
    result = ask(server, "MASTER", "BalanceEx")["result"]

    assert result["XBT.F"] == {"balance": "0.1500000000", "hold_trade": "0.0000000000"}
    assert result["DOT28.S"]["balance"] == "310.5000000000"
    assert Decimal(result["ZUSD"]["hold_trade"]) > 0
    assert {"ETH2", "ETH2.S", "SOL03.S", "AAPLx", "XRT", "KFEE"} <= result.keys()


def test_each_account_has_its_own_number(server: SandboxServer) -> None:
    names = ("MASTER", "USER_ALPHA", "USER_BRAVO", "USER_CHARLIE")
    numbers = [ask(server, name, "GetApiKeyInfo")["result"]["iban"] for name in names]

    assert len(set(numbers)) == 4
    assert all("SAMP LE" in number for number in numbers)


def test_charlie_reads_and_bravo_may_withdraw(server: SandboxServer) -> None:
    charlie = ask(server, "USER_CHARLIE", "GetApiKeyInfo")["result"]
    bravo = ask(server, "USER_BRAVO", "GetApiKeyInfo")["result"]

    assert "modify-trades" not in charlie["permissions"]
    assert "withdraw-funds" in bravo["permissions"]


def test_activity(server: SandboxServer) -> None:
    assert len(ask(server, "MASTER", "OpenOrders")["result"]["open"]) == 1
    assert len(ask(server, "USER_ALPHA", "OpenOrders")["result"]["open"]) == 1
    assert len(ask(server, "USER_BRAVO", "OpenPositions")["result"]) == 1


def test_delta_is_not_configured(server: SandboxServer) -> None:
    assert sample_environment(server.url)["KRAKEN_USER_DELTA_API_KEY"] == "<paste_your_key_here>"


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "example.org", ""])
def test_only_loopback(host: str) -> None:
    with pytest.raises(ValueError, match="loopback addresses only"):
        SandboxServer(sample_exchange(), host=host)
