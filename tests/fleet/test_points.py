"""What a run spends of a key's counter of calls, which is the bot's too, and what does not fit into that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kraken_sandbox import EarnAllocation, EarnStrategy, Fault, FaultKind

from ..support import sample_key
from ..trading import HOUR, Bourse, codes, message, open_bourse

COSTS = Counter(TradesHistory=2)  # https://docs.kraken.com/exchange/guides/rest/ratelimits
UNKNOWN_METHOD, BUSY, NONCE = "EGeneral:Unknown method", "EService:Busy", "EAPI:Invalid nonce"
WAS_NOT_ASKED = "it was not asked: a run may spend 6 points of the key's counter on an account"
BASICS = ["GetApiKeyInfo", "BalanceEx"]


@pytest.fixture
def bourse(tmp_path: Path) -> Iterator[Bourse]:
    with open_bourse(tmp_path / "state") as bourse:
        bourse.open("master", HOUR)
        yield bourse


def strike(bourse: Bourse, endpoint: str, text: str, times: int | None = 1, **more: Any) -> None:
    fault = Fault(FaultKind.ERROR, endpoint=endpoint, key=sample_key("master"), text=text, times=times, **more)
    bourse.exchange.faults.add(fault)


def asked(bourse: Bourse) -> list[str]:
    """With the key, in the last run, each of which begins with the key."""
    found = [request.endpoint for request in bourse.exchange.requests if request.key]
    first = len(found) - found[::-1].index("GetApiKeyInfo") - 1
    while first and found[first - 1] == "GetApiKeyInfo":
        first -= 1
    return found[first:]


def points(endpoints: list[str]) -> int:
    return sum(COSTS[endpoint] or 1 for endpoint in endpoints)


def unknown(account: dict[str, Any]) -> list[str]:
    """What of its activity is not known."""
    activity = account["activity"]
    known = {
        "fills": activity["fills_24h"],
        "orders": activity["open_orders"],
        "positions": account["open_positions"],
    }
    return [name for name, value in known.items() if value is None]


class TestAnAccountWithoutBalanceEx:
    def test_has_no_point_left_for_its_positions_the_first_time(self, bourse: Bourse) -> None:
        strike(bourse, "BalanceEx", UNKNOWN_METHOD, times=None)

        first = bourse.account("--activity")
        calls = asked(bourse)

        assert calls == [*BASICS, "Balance", "TradesHistory", "OpenOrders"]
        assert points(calls) == 6
        assert (first["total"], unknown(first)) == ("100.00", ["positions"])
        assert message(first, "activity-unknown") == f"the open positions could not be learned: {WAS_NOT_ASKED}"

    def test_is_known_to_later_runs(self, bourse: Bourse) -> None:
        strike(bourse, "BalanceEx", UNKNOWN_METHOD, times=None)
        bourse.account("--activity")

        second = bourse.account("--activity")
        calls = asked(bourse)

        assert calls == ["GetApiKeyInfo", "Balance", "TradesHistory", "OpenOrders", "OpenPositions"]
        assert points(calls) == 6
        assert (second["total"], unknown(second), codes(second, "activity-unknown")) == ("100.00", [], [])

    @pytest.mark.parametrize(
        "kept",
        [
            "{}",
            "[]",
            "not JSON",
            '{"found_at": 5}',
            '{"found_at": "2099-01-01T00:00:00+00:00"}',
            '{"found_at": "2026-01-01T00:00:00"}',
            f'{{"found_at": "{(datetime.now(UTC) - timedelta(days=8)).isoformat()}"}}',
        ],
        ids=range(7),
    )
    def test_is_found_out_anew_where_what_is_kept_is_old_or_makes_no_sense(
        self, bourse: Bourse, kept: str
    ) -> None:
        strike(bourse, "BalanceEx", UNKNOWN_METHOD, times=1)
        bourse.account()
        (file,) = bourse.state.rglob("plain-balance-*.json")
        file.write_text(kept)

        found = bourse.account("--activity")

        assert asked(bourse) == [*BASICS, "TradesHistory", "OpenOrders", "OpenPositions"]
        assert unknown(found) == []

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("table", "positions unknown"),
            ("text", "positions unknown"),
            ("json", '"open_positions": null'),
            ("csv", "activity-unknown"),
            ("prometheus", 'code="activity-unknown",severity="warning"} 1.0'),
            ("nagios", "The open positions could not be learned: it was not asked"),
        ],
    )
    def test_says_so_in_every_format(self, bourse: Bourse, name: str, said: str) -> None:
        strike(bourse, "BalanceEx", UNKNOWN_METHOD, times=None)

        shown, _ = bourse.run("--activity", "--format", name)

        assert said in shown
        assert "positions_profit{" not in shown


class TestWhatIsAskedAgain:
    @pytest.mark.parametrize("trouble", [BUSY, NONCE])
    @pytest.mark.parametrize(
        ("endpoint", "missing"),
        [
            ("GetApiKeyInfo", "positions"),
            ("BalanceEx", "positions"),
            ("TradesHistory", "fills"),
            ("OpenOrders", "orders"),
            ("OpenPositions", "positions"),
        ],
    )
    def test_fits_or_is_not_asked_again(self, bourse: Bourse, endpoint: str, trouble: str, missing: str) -> None:
        strike(bourse, endpoint, trouble)

        found = bourse.account("--activity")

        calls = asked(bourse)
        assert points(calls) == 6
        assert (found["total"], found["trading"], unknown(found)) == ("100.00", True, [missing])
        assert codes(found, "activity-unknown") == ["activity-unknown"]
        assert calls.count(endpoint) == (2 if endpoint in BASICS else 1)

    def test_leaves_the_most_telling_its_points(self, bourse: Bourse) -> None:
        strike(bourse, "GetApiKeyInfo", NONCE, times=2)

        assert unknown(bourse.account("--activity")) == ["orders", "positions"]
        assert asked(bourse) == ["GetApiKeyInfo"] * 3 + ["BalanceEx", "TradesHistory"]

    def test_leaves_key_and_balances_to_be_asked_as_often_as_without_it(self, bourse: Bourse) -> None:
        strike(bourse, "GetApiKeyInfo", NONCE, times=4)
        strike(bourse, "BalanceEx", BUSY, times=2)

        found = bourse.account("--activity")

        assert asked(bourse) == ["GetApiKeyInfo"] * 5 + ["BalanceEx"] * 3
        assert (found["total"], found["trading"], found["evidence"]) == ("100.00", True, "permission")
        assert unknown(found) == ["fills", "orders", "positions"]

    def test_costs_nothing_where_it_was_one_too_many_at_a_time(self, bourse: Bourse) -> None:
        strike(bourse, "TradesHistory", "EService:Throttled: 1")
        strike(bourse, "OpenOrders", "EGeneral:Too many requests")

        found = bourse.account("--activity")

        assert (unknown(found), codes(found, "activity-unknown")) == ([], [])
        assert Counter(asked(bourse)).most_common(2) == [("TradesHistory", 2), ("OpenOrders", 2)]


class TestAfterARateLimit:
    """The question that it strikes and all after it are said to be missing; what came before stands."""

    @pytest.mark.parametrize(
        ("endpoint", "missing", "wallets"),
        [
            ("Earn/Allocations", ["fills", "orders", "positions"], (True, False, False)),
            ("TradesHistory", ["fills", "orders", "positions"], (True, True, False)),
            ("OpenPositions", ["positions"], (True, True, False)),
            ("TradeBalance", [], (True, True, False)),
        ],
    )
    def test_what_is_missing_is_named(
        self, bourse: Bourse, endpoint: str, missing: list[str], wallets: tuple[bool, ...]
    ) -> None:
        strike(bourse, endpoint, "EAPI:Rate limit exceeded", times=None)

        found = bourse.account("--activity", "--wallets")

        assert asked(bourse)[-1] == endpoint
        assert (found["total"], found["trading"], unknown(found)) == ("100.00", True, missing)
        assert tuple(found["coverage"][wallet] for wallet in ("spot", "earn", "margin")) == wallets
        assert len(codes(found, "activity-unknown")) == len(missing)
        assert len(codes(found, "wallets-unknown")) == wallets.count(False)

    def test_a_plugin_says_of_what_a_total_is_not(self, bourse: Bourse) -> None:
        strike(bourse, "Earn/Allocations", "EAPI:Rate limit exceeded")

        lines = bourse.run("--activity", "--wallets", "--format", "nagios")[0].splitlines()

        assert lines[1:] == [
            "MASTER: Last fill: unknown",
            "MASTER: Fills in 24 h: unknown",
            "MASTER: Open orders: unknown",
            "MASTER: Open positions: unknown",
            "MASTER: spot balance: available $100.00, in orders $0.00, in Earn unknown, in all $100.00",
            "MASTER: incomplete: without Earn; margin unknown",
        ]


class TestWithWallets:
    def put_into_earn(self, bourse: Bourse, strategies: int = 1) -> None:
        for number in range(strategies):
            bourse.exchange.add_strategy(EarnStrategy(f"ES{number}", "DOT", "bonded"))
            bourse.exchange.add_allocation("master", EarnAllocation(f"ES{number}", Decimal(1)))

    def test_asks_eight_points_and_one_a_day(self, bourse: Bourse) -> None:
        self.put_into_earn(bourse)

        found = bourse.account("--activity", "--wallets")
        calls = asked(bourse)

        assert calls == [
            *BASICS,
            "Earn/Allocations",  # at once, since both tell of the same money
            "TradesHistory",
            "OpenOrders",
            "OpenPositions",
            "TradeBalance",
            "Earn/Strategies",
        ]
        assert (points(calls), unknown(found), found["complete"]) == (9, [], True)

    def test_has_points_to_ask_again(self, bourse: Bourse) -> None:
        self.put_into_earn(bourse)
        for endpoint in ("TradesHistory", "OpenPositions", "Earn/Allocations", "TradeBalance"):
            strike(bourse, endpoint, BUSY)

        found = bourse.account("--activity", "--wallets")

        assert points(asked(bourse)) == 13
        assert (unknown(found), found["coverage"]["margin"], found["coverage"]["earn"]) == ([], True, True)

    def test_spends_no_more_than_thirteen_whatever_comes(self, bourse: Bourse) -> None:
        self.put_into_earn(bourse)
        bourse.exchange.faults.add(Fault(FaultKind.ENDLESS, endpoint="Earn/Strategies", times=None))
        for endpoint in ("BalanceEx", "TradesHistory", "OpenPositions", "Earn/Allocations"):
            strike(bourse, endpoint, BUSY)

        found = bourse.account("--activity", "--wallets")

        calls = asked(bourse)
        assert points(calls) == 13
        assert (unknown(found), found["coverage"]["earn"], found["coverage"]["margin"]) == ([], True, True)
