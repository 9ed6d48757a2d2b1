"""Accounts that Kraken answers in other shapes than the documented ones: they are read all the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kraken_sandbox import Exchange, SandboxServer, SimulatedHolding
from kraken_sandbox.records import BookOrder

from ..running import audit, check
from ..support import open_account, variables


@pytest.fixture
def exchange() -> Exchange:
    """A master whose every answer is unusual: 100 USD and 0.5 BTC, and a trailing stop in its books."""
    exchange = Exchange()
    master = open_account(
        exchange, "master", {"ZUSD": "100", "XXBT": "0.3", "XBT.F": "0.2"}, nonce_window=15, snake_case=True
    )
    master.without_balance_ex = True
    master.without_equivalent_balance = True
    master.amounts_as_numbers = True
    master.open_orders["OSAMPL-AAAAA-AAAAAA"] = BookOrder(
        txid="OSAMPL-AAAAA-AAAAAA",
        pair="XXRPZUSD",
        type="buy",
        ordertype="trailing-stop",
        price=None,
        volume=master.balances["ZUSD"].amount / 10,
        opentm=1795342230.1071,
        trailing="+50.0000%",
    )
    return exchange


@pytest.fixture
def env(exchange: Exchange) -> Iterator[dict[str, str]]:
    with SandboxServer(exchange) as server:
        yield variables(server.url, "master")


def asked(exchange: Exchange) -> list[str]:
    """The private endpoints that were asked, in order."""
    return [request.endpoint for request in exchange.requests if request.key]


ACTIVITY = ("TradesHistory", "OpenOrders", "OpenPositions")


def master_of(stdout: str) -> dict[str, Any]:
    (account,) = json.loads(stdout)["accounts"]
    assert isinstance(account, dict)
    return account


def test_a_check_reads_them(exchange: Exchange, env: dict[str, str], tmp_path: Path) -> None:
    env = {**env, "XDG_STATE_HOME": str(tmp_path)}
    # The first run finds out that there is no BalanceEx, which leaves it a point too few for the positions.
    first, run = (check("--format", "json", "--activity", env=env) for _ in range(2))

    assert "activity-unknown" in first.stdout
    master = master_of(run.stdout)
    assert (run.returncode, master["status"]) == (0, "trading")
    # 100 USD and 0.5 BTC at 64250.10
    assert (master["total"], master["complete"]) == ("32225.05", True)
    # Balance does not tell what is held, so what is available is not known.
    assert [(held["asset"], held["amount"], held["available"]) for held in master["assets"]] == [
        ("BTC", "0.5", None),
        ("USD", "100", None),
    ]
    (order,) = master["open_orders"]
    assert (order["type"], order["price"], order["price_relative"]) == ("trailing-stop", None, "+50.0000%")
    assert {finding["code"] for finding in master["findings"]} == {"nonce-window", "no-ip-allowlist"}
    assert asked(exchange)[5:] == ["GetApiKeyInfo", "Balance", *ACTIVITY]


@pytest.mark.parametrize("form", ["table", "text"])
def test_people_read_them_too(env: dict[str, str], form: str) -> None:
    run = check("--format", form, "--activity", "--assets", env=env)

    assert "+50.0000%" in run.stdout
    if form == "text":
        assert "BTC 0.5 (on hold: unknown), price $64,250.10, value $32,125.05, held as XBT.F XXBT" in run.stdout
        assert "buy trailing-stop XRPUSD 10, price +50.0000%, opened 2026-11-22 10:10:30 UTC" in run.stdout
    else:
        (row,) = [line for line in run.stdout.splitlines() if line.strip().startswith("BTC ")]
        assert row.split()[1:3] == ["0.5", "unknown"]


def test_an_audit_says_which_figure_kraken_did_not_tell(exchange: Exchange, env: dict[str, str]) -> None:
    run = audit("--format", "json", env=env)

    master = master_of(run.stdout)
    assert (master["status"], master["total"], master["equivalent_balance"]) == ("trading", "32225.05", None)
    assert master["nonce_window"] == "15"
    assert master["ip_allowlist"] == []
    found = json.loads(run.stdout)["findings"]
    assert [finding["message"] for finding in found if finding["code"] == "not-examined"] == [
        "Kraken's own figure for the total could not be learned: Kraken does not say what all that the account "
        "has is worth"
    ]


def test_two_keys_of_one_account_whose_number_is_written_in_two_ways(exchange: Exchange) -> None:
    master, other = exchange.state.accounts["master"], open_account(exchange, "kim")
    other.iban = master.iban.replace(" ", "").lower()
    with SandboxServer(exchange) as server:
        run = check("--format", "json", env=variables(server.url, "master", "kim"))

    assert [account["status"] for account in json.loads(run.stdout)["accounts"]] == ["conflict", "conflict"]


# --- tickers with an error beside them ------------------------------------------------------------------


def test_a_pair_that_nobody_needs_may_be_missing(exchange: Exchange, env: dict[str, str]) -> None:
    exchange.leave_out_ticker("KSMEUR")

    run = check("--format", "json", "-v", env=env)

    assert (run.returncode, master_of(run.stdout)["total"]) == (0, "32225.05")
    assert "could not be learned" not in run.stdout
    assert "Kraken says “EQuery:Unknown asset pair”, beside a result" in run.stderr


def test_a_pair_that_somebody_needs_is_said_to_be_missing(exchange: Exchange, env: dict[str, str]) -> None:
    exchange.state.accounts["master"].balances["REPV2"] = SimulatedHolding(Decimal(2))
    exchange.leave_out_ticker("REPV2EUR")

    run = check("--format", "json", env=env)

    master = master_of(run.stdout)
    assert (master["status"], master["total"], master["complete"]) == ("trading", "32225.05", False)
    assert [held["asset"] for held in master["unpriced"]] == ["REPV2"]
    assert (
        json.dumps("Kraken's prices of REPV2 could not be learned: Kraken says “EQuery:Unknown asset pair”")[1:-1]
        in run.stdout
    )


def test_what_has_no_pair_is_nothing_that_was_not_told(exchange: Exchange, env: dict[str, str]) -> None:
    exchange.state.accounts["master"].balances["XRT"] = SimulatedHolding(Decimal(2))

    assert "could not be learned" not in check("--format", "json", env=env).stdout
