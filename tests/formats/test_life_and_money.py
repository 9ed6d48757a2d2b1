"""Proof of life and where the money is, by the front door: in each format, by a bot's key and a monitor's.

What is expected is worked out by hand. Prices of the sandbox, in dollars: BTC 64250.10, ETH 3150.25, DOT 6.45,
USDC 0.9999, EUR 1.085.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kraken_sandbox import BookOrder, EarnAllocation, EarnStrategy, Position

from ..trading import BOT, DAY, HOUR, MINUTE, MONITOR, Bourse, open_bourse

KEYS = pytest.mark.parametrize("key", [BOT, MONITOR], ids=["bot", "monitor"])

BALANCES = {"ZUSD": "12345.6789", "XXBT": "1.23456789", "DOT28.S": "100.5", "USDC": "50", "XETH": "1"}
UNTIL = datetime(2099, 3, 1, tzinfo=UTC)
# (strategy, asset, kind, amount, state, until): flex and what is bonded are in the balances, the others in none.
EARN = (
    ("ESFLEX", "XXBT", "flex", "1", "allocated", None),
    ("ESBOND", "DOT", "bonded", "100.5", "allocated", None),
    ("ESVAULT", "USDC", "instant", "5000.123456", "allocated", None),
    ("ESETH", "XETH", "bonded", "2.5", "unbonding", UNTIL),
)
# 12345.6789 + 1.23456789 × 64250.10 + 100.5 × 6.45 + 50 × 0.9999 + 3150.25 = 95515.259289289, rounded to cents
SPOT = "95515.26"
# 5000.123456 × 0.9999 + 2.5 × 3150.25 = 12875.2484436544
EARNING = "12875.25"
TOTAL = "108390.51"
# 0.1 × 50000 and the fee of who has traded for more than 10,000 in 30 days, 0.20 %, and 0.2 ETH at 3150.25
IN_ORDERS = "5640.05"
# The balances without what is staked (648.225) and held: 95515.259289289 - 648.225 - 5640.05 = 89226.984289289
AVAILABLE = "89226.98"
# What is staked, 648.225, and 12875.2484436544
IN_EARN = "13523.47"
# A short of 0.5 ETH, sold for 1500: 1500 - 0.5 × 3150.25 = -75.125, half to even
PROFIT = "-75.12"
# 0.01 × 64000, and 0.5 × 64000 EUR at 1.085
VOLUME = "35360.00"


@pytest.fixture
def bourse(tmp_path: Path) -> Iterator[Bourse]:
    with open_bourse(tmp_path / "state") as bourse:
        yield bourse


def open_master(bourse: Bourse, key: frozenset[str]) -> None:
    """An account that has some of everything."""
    fills = (
        bourse.fill(14 * MINUTE + MINUTE / 2),
        bourse.fill(11 * HOUR, pair="XBTEUR", side="sell", volume="0.5"),
    )
    bourse.open("master", *fills, balances=BALANCES, permissions=key)
    account, now = bourse.exchange.state.accounts["master"], bourse.exchange.clock()
    for number, (pair, side, price, volume, age) in enumerate(
        (
            ("XXBTZUSD", "buy", "50000", "0.1", 9 * DAY + HOUR),
            ("XETHZUSD", "sell", "5000", "0.2", HOUR),
        )
    ):
        txid = f"OSAMPL-AAAAA-AAAAA{number}"
        account.open_orders[txid] = BookOrder(
            txid, pair, side, "limit", Decimal(price), Decimal(volume), now - age.total_seconds()
        )
    position = "TSAMPL-AAAAA-AAAAAA"
    account.positions[position] = Position(
        position,
        "OSAMPL-AAAAA-AAAAAB",
        "XETHZUSD",
        "sell",
        now,
        Decimal("0.5"),
        Decimal(1500),
        Decimal(6),
        leverage=5,
    )
    for strategy, asset, kind, amount, state, until in EARN:
        bourse.exchange.add_strategy(EarnStrategy(strategy, asset, kind))
        expires = None if until is None else until.timestamp()
        bourse.exchange.add_allocation(
            "master", EarnAllocation(strategy, Decimal(amount), state=state, expires=expires)
        )


def shown(bourse: Bourse, key: frozenset[str], name: str) -> str:
    open_master(bourse, key)
    found, code = bourse.run("--activity", "--wallets", "--format", name)
    assert code == 0
    return found


@KEYS
@pytest.mark.parametrize("name", ["table", "text"])
def test_people_read_all_of_it(bourse: Bourse, key: frozenset[str], name: str) -> None:
    found = " ".join(shown(bourse, key, name).replace("│", " ").split())

    for said in (
        "✅ MASTER is trading on Kraken",
        "last fill 14 min ago · 2 fills in 24 h · 2 orders, oldest 9 d · 1 position, -$75.12 unrealized",
        "buy 0.01 BTC/USD at 64000",
        "2, worth $35,360.00",
        "2, which hold $5,640.05; the oldest was placed",
        "1, -$75.12 unrealized",
        "🔷 MASTER TOTAL: $108,390.51",
        "spot balance and Earn: available $89,226.98, in orders $5,640.05, in Earn $13,523.47, in all $108,390.51",
        "margin, not in the total: unrealized profit -$75.12, equity $",
    ):
        assert said in found
    entries = (
        ("BTC 1 allocated - spot", "DOT 100.5 allocated - spot", "ETH 2.5 unbonding 2099-03-01 00:00:00 earn")
        if name == "table"
        else (
            "BTC 1, allocated, counted in: spot",
            "ETH 2.5, unbonding until 2099-03-01 00:00:00 UTC, counted in: earn",
        )
    )
    assert not [entry for entry in entries if entry not in found]
    assert "incomplete" not in found


@KEYS
def test_json_has_all_of_it(bourse: Bourse, key: frozenset[str]) -> None:
    report = json.loads(shown(bourse, key, "json"))

    (one,) = report["accounts"]
    assert (one["status"], one["evidence"]) == ("trading", "fills")
    assert (one["total"], one["complete"], one["whole"]) == (TOTAL, True, True)
    assert one["coverage"] == report["coverage"] == {"spot": True, "earn": True, "margin": True, "futures": None}
    assert one["wallets"] == report["wallets"] == {"spot": SPOT, "earn": EARNING, "margin_profit": PROFIT}
    assert Decimal(one["equity"]) < Decimal(one["total"])
    assert [entry["wallet"] for entry in report["not_asked"]] == ["futures", "subaccounts"]
    assert [tuple(entry.values()) for entry in one["earn"]] == [
        ("BTC", "1", "allocated", None, "spot"),
        ("DOT", "100.5", "allocated", None, "spot"),
        ("ETH", "2.5", "unbonding", "2099-03-01T00:00:00Z", "earn"),
        ("USDC", "5000.123456", "allocated", None, "earn"),
    ]
    activity: dict[str, Any] = one["activity"]
    last = activity.pop("last_fill")
    assert last.pop("time") < activity.pop("as_of")
    assert last == {"pair": "BTC/USD", "side": "buy", "volume": "0.01", "price": "64000"}
    assert activity.pop("oldest_order_at") is not None
    assert activity == {
        "fills_24h": 2,
        "fills_24h_complete": True,
        "volume_24h": VOLUME,
        "volume_24h_complete": True,
        "open_orders": 2,
        "value_in_orders": IN_ORDERS,
        "positions_profit": PROFIT,
    }


@KEYS
def test_csv_has_a_column_of_each(bourse: Bourse, key: frozenset[str]) -> None:
    (row,) = csv.DictReader(io.StringIO(shown(bourse, key, "csv"), newline=""))

    expected = {
        **{"status": "trading", "evidence": "fills", "total": TOTAL, "complete": "true", "whole": "true"},
        **{
            "last_fill_pair": "BTC/USD",
            "last_fill_side": "buy",
            "last_fill_volume": "0.01",
            "last_fill_price": "64000",
        },
        **{"fills_24h": "2", "fills_24h_complete": "true", "volume_24h": VOLUME, "volume_24h_complete": "true"},
        **{"open_orders": "2", "positions_profit": PROFIT, "coverage": "spot earn margin", "not_learned": ""},
        **{"spot": SPOT, "earn": EARNING, "margin_profit": PROFIT},
        **{"available": AVAILABLE, "in_orders": IN_ORDERS, "in_earn": IN_EARN, "open_positions": "1"},
        "earn_entries": "BTC 1 allocated - spot; DOT 100.5 allocated - spot; "
        "ETH 2.5 unbonding 2099-03-01T00:00:00Z earn; USDC 5000.123456 allocated - earn",
    }
    assert {name: row[name] for name in expected} == expected
    assert all(row[name] for name in ("last_fill_at", "oldest_order_at", "equity"))


@KEYS
def test_prometheus_has_a_sample_of_each(bourse: Bourse, key: frozenset[str]) -> None:
    samples = {}
    for line in shown(bourse, key, "prometheus").splitlines():
        if not line.startswith("#"):
            name, value = line.rsplit(" ", 1)
            samples[name.removeprefix("kraken_accounts_account_")] = float(value)

    whose = 'account="master",account_type="master"'
    dollars = f'{{{whose},currency="USD"}}'
    expected = {
        f'trading_evidence{{{whose},evidence="fills"}}': 1,
        f'last_fill_info{{{whose},pair="BTC/USD",side="buy"}}': 1,
        f"last_fill_volume{{{whose}}}": 0.01,
        f"last_fill_price{{{whose}}}": 64000,
        f"fills_24h{{{whose}}}": 2,
        f"open_orders{{{whose}}}": 2,
        f"volume_24h{dollars}": float(VOLUME),
        f"orders_value{dollars}": float(IN_ORDERS),
        f"open_positions{{{whose}}}": 1,
        f"positions_profit{dollars}": float(PROFIT),
        f"available_value{dollars}": float(AVAILABLE),
        f"in_earn_value{dollars}": float(IN_EARN),
        f'earn_amount{{{whose},asset="BTC",counted_in="spot",state="allocated"}}': 1,
        f'earn_amount{{{whose},asset="DOT",counted_in="spot",state="allocated"}}': 100.5,
        f'earn_amount{{{whose},asset="ETH",counted_in="earn",state="unbonding"}}': 2.5,
        f'earn_amount{{{whose},asset="USDC",counted_in="earn",state="allocated"}}': 5000.123456,
        f'earn_until_timestamp_seconds{{{whose},asset="ETH",state="unbonding"}}': UNTIL.timestamp(),
        f"value{dollars}": float(TOTAL),
        f"spot_value{dollars}": float(SPOT),
        f"earn_value{dollars}": float(EARNING),
        f"margin_profit{dollars}": float(PROFIT),
        **{f'wallet_known{{{whose},wallet="{wallet}"}}': 1 for wallet in ("spot", "earn", "margin")},
    }
    assert {name: samples[name] for name in expected} == expected
    last, oldest = (samples[f"{name}_timestamp_seconds{{{whose}}}"] for name in ("last_fill", "oldest_order"))
    assert last - oldest > 9 * 86400
    assert f"margin_equity{dollars}" in samples


@KEYS
def test_nagios_has_a_figure_of_each(bourse: Bourse, key: frozenset[str]) -> None:
    line, *details = shown(bourse, key, "nagios").splitlines()
    words, data = line.split(" | ")

    assert "1 of 1 account trading, total $108,390.51 (spot balance and Earn)" in words
    for figure in (
        f"total={TOTAL} earn={EARNING} margin_profit={PROFIT} 'MASTER'={TOTAL} ",
        "'MASTER fills'=2;;;0 'MASTER last fill'=8",
        f"'MASTER volume'={VOLUME};;;0 'MASTER orders'=2;;;0 'MASTER oldest order'=7812",
        f"'MASTER in orders'={IN_ORDERS};;;0 'MASTER positions profit'={PROFIT} ",
        f"'MASTER positions'=1;;;0 'MASTER available'={AVAILABLE};;;0 'MASTER in Earn'={IN_EARN};;;0 ",
        f"'MASTER margin profit'={PROFIT} 'MASTER equity'=",
    ):
        assert figure in data
    assert details[0].startswith("MASTER: Last fill: ") and details[0].endswith(" UTC, buy 0.01 BTC/USD at 64000")
    assert details[1] == "MASTER: Fills in 24 h: 2, worth $35,360.00"
    assert details[3:5] == [
        "MASTER: Open positions: 1, -$75.12 unrealized",
        "MASTER: spot balance and Earn: available $89,226.98, in orders $5,640.05, in Earn $13,523.47, "
        "in all $108,390.51",
    ]
    assert details[6:] == [
        "MASTER: Earn: BTC 1, allocated, counted in: spot",
        "MASTER: Earn: DOT 100.5, allocated, counted in: spot",
        "MASTER: Earn: ETH 2.5, unbonding until 2099-03-01 00:00:00 UTC, counted in: earn",
        "MASTER: Earn: USDC 5000.123456, allocated, counted in: earn",
    ]
