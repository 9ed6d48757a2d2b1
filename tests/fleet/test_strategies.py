"""Of what kind Earn's strategies are: who is asked for it, how often, and what is kept of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kraken_sandbox import EarnAllocation, EarnStrategy, Exchange, Fault, FaultKind, SandboxServer

from ..running import check
from ..support import mostly_soak, open_account, sample_key, variables

NAMES = ("master", "ada", "bob", "cleo", "dora")


class Bourse:
    """Five accounts with a DOT each, and runs that share what is kept."""

    def __init__(self, exchange: Exchange, url: str, home: Path) -> None:
        self.exchange = exchange
        self.cache = home / "cache"
        self._env = {
            **variables(url, *NAMES),
            "XDG_STATE_HOME": str(home / "state"),
            "XDG_CACHE_HOME": str(self.cache),
        }

    def allocate(self, name: str, *strategies: str, kind: str = "bonded", listed: bool = True) -> None:
        for strategy in strategies:
            if strategy not in self.exchange.state.strategies:
                self.exchange.add_strategy(EarnStrategy(strategy, "DOT", kind, listed=listed))
            self.exchange.add_allocation(name, EarnAllocation(strategy, Decimal(1)))

    def totals(self, *options: str) -> dict[str, tuple[str, bool]]:
        """By name, and whether they are whole."""
        report = json.loads(check("--wallets", "--format", "json", *options, env=self._env).stdout)
        return {one["user_id"] or "master": (one["total"], one["whole"]) for one in report["accounts"]}

    def findings(self) -> list[Any]:
        report = json.loads(check("--wallets", "--format", "json", env=self._env).stdout)
        return [
            finding
            for one in report["accounts"]
            for finding in one["findings"]
            if finding["code"] == "wallets-unknown"
        ]

    def asked(self) -> list[str]:
        """Who has been asked for strategies, in order."""
        names = {sample_key(name): name for name in NAMES}
        return [
            names[request.key]
            for request in self.exchange.requests
            if request.endpoint == "Earn/Strategies" and request.key
        ]

    def fail(self, *names: str, error: str = "EService:Unavailable") -> None:
        for name in names:
            key = sample_key(name)
            fault = Fault(FaultKind.ERROR, endpoint="Earn/Strategies", key=key, text=error, times=None)
            self.exchange.faults.add(fault)

    @property
    def file(self) -> Path:
        (found,) = self.cache.rglob("earn-*.json")
        return found

    def age(self, by: timedelta) -> None:
        """Let what is kept be so old."""
        content = json.loads(self.file.read_text())
        then = (datetime.now(UTC) - by).isoformat()
        content["strategies"] = {name: [kind, then] for name, (kind, _) in content["strategies"].items()}
        self.file.write_text(json.dumps(content))


@pytest.fixture
def bourse(tmp_path: Path) -> Iterator[Bourse]:
    exchange = Exchange()
    for name in NAMES:
        open_account(exchange, name, {"DOT": "1"})
    with SandboxServer(exchange) as server:
        yield Bourse(exchange, server.url, tmp_path)


def test_nobody_is_asked_where_nothing_is_in_earn(bourse: Bourse) -> None:
    assert set(bourse.totals().values()) == {("6.45", True)}
    assert bourse.asked() == []
    assert list(bourse.cache.rglob("earn-*")) == []


def test_one_is_asked_for_all_once_a_day(bourse: Bourse) -> None:
    bourse.allocate("ada", "ES1")
    bourse.allocate("bob", "ES1", "ES2", "ES3")
    bourse.allocate("cleo", "ES2")

    first = bourse.totals()
    second = bourse.totals()

    assert first == second
    assert first["bob"] == ("25.80", True)  # 1 DOT, and three in no balance
    assert bourse.asked() == ["bob"]  # who has something in most of them


def test_after_a_day_one_is_asked_again(bourse: Bourse) -> None:
    bourse.allocate("ada", "ES1")
    bourse.totals()

    bourse.age(timedelta(hours=23, minutes=59))
    bourse.totals()
    assert bourse.asked() == ["ada"]

    bourse.age(timedelta(days=1))
    bourse.totals()
    assert bourse.asked() == ["ada", "ada"]


def test_what_comes_from_the_future_is_not_believed(bourse: Bourse) -> None:
    bourse.allocate("ada", "ES1")
    bourse.totals()
    bourse.age(timedelta(days=-3))

    assert bourse.totals()["ada"] == ("12.90", True)
    assert bourse.asked() == ["ada", "ada"]


def test_a_strategy_that_comes_up_is_asked_for_and_the_others_are_kept(bourse: Bourse) -> None:
    bourse.allocate("ada", "ES1")
    bourse.totals()
    bourse.allocate("bob", "ES9", kind="flex")

    assert bourse.totals()["bob"] == ("6.45", True)
    assert bourse.asked() == ["ada", "bob"]
    assert {name: kind for name, (kind, _) in json.loads(bourse.file.read_text())["strategies"].items()} == {
        "ES1": "bonded",
        "ES9": "flex",
    }


def test_who_fails_is_made_up_for_by_another(bourse: Bourse) -> None:
    bourse.allocate("ada", "ES1", "ES2")
    bourse.allocate("bob", "ES1")
    bourse.fail("ada")

    assert bourse.totals()["ada"] == ("19.35", True)
    assert list(dict.fromkeys(bourse.asked())) == ["ada", "bob"]


def test_no_more_than_three_are_asked_in_a_run(bourse: Bourse) -> None:
    for name in NAMES:
        bourse.allocate(name, f"ES-{name}")
    bourse.fail(*NAMES, error="EGeneral:Permission denied")

    totals = bourse.totals()

    # The DOT may be the one that earns; whose kind is known counts one more.
    assert set(totals.values()) == {("6.45", False)}
    assert len(bourse.asked()) == 3
    assert not list(bourse.cache.rglob("earn-*"))


def test_why_it_is_not_known_is_told(bourse: Bourse) -> None:
    bourse.allocate("ada", "ES1")
    bourse.fail("ada", error="EGeneral:Permission denied")

    (finding,) = bourse.findings()

    assert finding["message"] == (
        "up to 1 DOT in Earn may be missing from the total: whether it is in the balances hangs on the kind of "
        "strategy ES1, which could not be learned: Kraken says “EGeneral:Permission denied”: the key may not do "
        "this"
    )


def test_what_kraken_does_not_list_is_asked_for_once_a_day_too(bourse: Bourse) -> None:
    bourse.allocate("ada", "ES1", listed=False)

    assert [bourse.totals()["ada"] for _ in range(3)] == [("6.45", False)] * 3
    assert bourse.asked() == ["ada"]


def test_a_new_kind_is_asked_for_once_a_day_too(bourse: Bourse) -> None:
    bourse.allocate("ada", "ES1", kind="quantum")

    assert [bourse.totals()["ada"] for _ in range(2)] == [("6.45", False)] * 2
    assert bourse.asked() == ["ada"]


def test_who_has_just_been_told_to_pause_is_left_alone(bourse: Bourse) -> None:
    bourse.allocate("ada", "ES1")
    key = sample_key("ada")
    limited = Fault(FaultKind.ERROR, endpoint="TradeBalance", key=key, text="EAPI:Rate limit exceeded", times=None)
    bourse.exchange.faults.add(limited)

    assert bourse.totals()["ada"] == ("6.45", False)
    assert bourse.asked() == []


def test_who_hangs_holds_nobody_up(bourse: Bourse) -> None:
    bourse.allocate("ada", "ES1")
    for endpoint, key in (("Earn/Strategies", None), ("Earn/Allocations", sample_key("bob"))):
        bourse.exchange.faults.add(Fault(FaultKind.LATENCY, endpoint=endpoint, key=key, times=None, seconds=30))

    totals = bourse.totals("--timeout", "1", "--deadline", "3")

    assert totals == {**dict.fromkeys(NAMES, ("6.45", True)), "ada": ("6.45", False), "bob": ("6.45", False)}


def test_endless_pages_cost_five_calls(bourse: Bourse) -> None:
    bourse.allocate("ada", "ES1")
    bourse.exchange.faults.add(Fault(FaultKind.ENDLESS, endpoint="Earn/Strategies", times=None))

    assert bourse.totals()["ada"] == ("6.45", False)
    assert bourse.asked() == ["ada"] * 5


@pytest.mark.parametrize(
    "content",
    mostly_soak(
        (
            "{",
            "[]",
            '{"strategies": 7}',
            '{"strategies": {"ES1": "bonded"}}',
            '{"strategies": {"ES1": ["bonded", "soon"]}}',
            '{"strategies": {"ES1": ["bonded", 5]}}',
            '{"strategies": {"ES1": [["bonded"], "2026-12-01T00:00:00+00:00", 1]}}',
            '{"strategies": {"ES1": null}}',
        ),
        3,
    ),
)
def test_what_is_spoilt_is_asked_for_again(bourse: Bourse, content: str) -> None:
    bourse.allocate("ada", "ES1")
    bourse.totals()
    bourse.file.write_text(content)

    assert bourse.totals()["ada"] == ("12.90", True)
    assert bourse.asked() == ["ada", "ada"]


def test_a_demo_leaves_nothing_behind(bourse: Bourse) -> None:
    home = {"XDG_STATE_HOME": str(bourse.cache), "XDG_CACHE_HOME": str(bourse.cache)}

    check("--demo", "--wallets", env=home)

    assert list(bourse.cache.rglob("*.json")) == []
