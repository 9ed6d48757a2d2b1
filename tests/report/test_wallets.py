"""Where the money is: each rule of counting by hand, over real HTTP, to the last digit.

Prices of the sandbox, in dollars: BTC 64250.10, ETH 3150.25, DOT 6.45, SOL 148.25, USDC 0.9999.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

from kraken_accounts import AccountReport, Coverage, MultiAccountBrokerManager, Report, Wallets
from kraken_accounts.config import demo_settings
from kraken_sandbox import (
    BookOrder,
    EarnStrategy,
    Exchange,
    Fault,
    FaultKind,
    Position,
    SandboxServer,
    SimulatedKey,
)
from kraken_sandbox import EarnAllocation as Allocated

from ..support import open_account, sample_key, variables

KINDS = ("flex", "instant", "timed", "bonded", "quantum")


class Bourse:
    """A simulated exchange with a strategy of each kind for each asset, and checks of its accounts."""

    def __init__(self, exchange: Exchange, url: str) -> None:
        self.exchange = exchange
        self.url = url
        self._values = variables(url)
        self._numbers = 0

    def open(self, name: str, balances: Mapping[str, str], **key: Any) -> None:
        open_account(self.exchange, name, balances, **key)
        self._values |= variables(self.url, name)

    def allocate(self, name: str, asset: str, kind: str, amount: str, **more: Any) -> str:
        """Put so much in a new strategy, whose id is returned."""
        self._numbers += 1
        strategy = f"ES{asset}-{kind.upper()}-{self._numbers}"
        listed = more.pop("listed", True)
        called = more.pop("called", None)
        self.exchange.add_strategy(EarnStrategy(strategy, asset, kind, name=called, listed=listed))
        self.exchange.add_allocation(name, Allocated(strategy, Decimal(amount), **more))
        return strategy

    def answer(self, endpoint: str, result: Any, name: str = "master") -> None:
        text = json.dumps({"error": [], "result": result})
        key = sample_key(name)
        self.exchange.faults.add(Fault(FaultKind.BODY, endpoint=endpoint, key=key, text=text, times=None))

    def fail(self, endpoint: str, error: str = "EGeneral:Unknown method", name: str = "master") -> None:
        key = sample_key(name)
        self.exchange.faults.add(Fault(FaultKind.ERROR, endpoint=endpoint, key=key, text=error, times=None))

    def asked(self, name: str = "master") -> list[str]:
        """What has been asked with the key of an account, in order."""
        return [request.endpoint for request in self.exchange.requests if request.key == sample_key(name)]

    def report(self, **questions: Any) -> Report:
        with MultiAccountBrokerManager(demo_settings(self._values)) as manager:
            return manager.check(**{"wallets": True, **questions})

    def check(self, **questions: Any) -> AccountReport:
        return self.report(**questions).accounts[0]


@pytest.fixture
def bourse() -> Iterator[Bourse]:
    exchange = Exchange()
    with SandboxServer(exchange) as server:
        yield Bourse(exchange, server.url)


def entries(account: AccountReport) -> list[tuple[str, str, str | None, str | None]]:
    assert account.earn is not None
    return [(one.asset, str(one.amount.normalize() + 0), one.state, one.counted_in) for one in account.earn]


def wallets(spot: str | None, earn: str | None = None, profit: str | None = "0.00") -> Wallets:
    return Wallets(*(None if amount is None else Decimal(amount) for amount in (spot, earn, profit)))


# --- what is counted ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("balances", "allocations", "total", "earn", "counted"),
    [
        # Staked and in both: 100 DOT28.S are the 100 of the bonded allocation. 100 * 6.45.
        ({"DOT28.S": "100"}, [("DOT", "bonded", "100")], "645.00", "0.00", [("DOT", "100", "spot")]),
        # In several codes of Earn's own: 40 + 30 + 20 + 10 = 100.
        (
            {"DOT.S": "40", "DOT28.S": "30", "DOT.B": "20", "DOT.P": "10"},
            [("DOT", "bonded", "60"), ("DOT", "instant", "40")],
            "645.00",
            "0.00",
            [("DOT", "60", "spot"), ("DOT", "40", "spot")],
        ),
        # Staked ether goes by codes of its own: 2.25 ETH2.S. 2.25 * 3150.25 = 7088.0625.
        ({"ETH2.S": "2.25"}, [("XETH", "bonded", "2.25")], "7088.06", "0.00", [("ETH", "2.25", "spot")]),
        # ETH2 is staked, whatever has no suffix. 1 * 3150.25.
        ({"ETH2": "1"}, [("XETH", "bonded", "1")], "3150.25", "0.00", [("ETH", "1", "spot")]),
        # A vault that no balance has. 5000 * 0.9999.
        ({}, [("USDC", "instant", "5000")], "4999.50", "4999.50", [("USDC", "5000", "earn")]),
        # A vault of which dust is left in the balance: 0.009999, and 4999.50.
        (
            {"USDC": "0.01"},
            [("USDC", "instant", "5000")],
            "4999.51",
            "4999.50",
            [("USDC", "5000", "earn")],
        ),
        # A vault beside spot of the same asset: other money. 50 * 0.9999 = 49.995, to even 50.00; 5000 * 0.9999.
        ({"USDC": "50"}, [("USDC", "instant", "5000")], "5049.50", "4999.50", [("USDC", "5000", "earn")]),
        # More allocated than staked: the rest is in no balance. 60 * 6.45 = 387; 40 * 6.45 = 258.
        (
            {"DOT.S": "60"},
            [("DOT", "bonded", "100")],
            "645.00",
            "258.00",
            [("DOT", "60", "spot"), ("DOT", "40", "earn")],
        ),
        # More staked than allocated (rewards that are still to be allocated): all of it counts once.
        ({"DOT.S": "101"}, [("DOT", "bonded", "100")], "651.45", "0.00", [("DOT", "100", "spot")]),
        # Flex earns on the spot balance, in the plain code, or under .F.
        ({"XXBT": "0.5"}, [("XXBT", "flex", "0.4")], "32125.05", "0.00", [("BTC", "0.4", "spot")]),
        ({"XBT.F": "0.5"}, [("XXBT", "flex", "0.5")], "32125.05", "0.00", [("BTC", "0.5", "spot")]),
        # Flex that is told later than it was sold: never added.
        ({"XXBT": "0.1"}, [("XXBT", "flex", "0.5")], "6425.01", "0.00", [("BTC", "0.5", "spot")]),
        # Flex in the plain code beside a vault of the same asset. 0.5 * 64250.10 = 32125.05, and 0.1 of it.
        (
            {"XXBT": "0.5"},
            [("XXBT", "flex", "0.5"), ("XXBT", "timed", "0.1")],
            "38550.06",
            "6425.01",
            [("BTC", "0.5", "spot"), ("BTC", "0.1", "earn")],
        ),
        # .F that is flex, .B that is not, each in its place: nothing is in doubt.
        (
            {"SOL.F": "10", "SOL.B": "4"},
            [("SOL", "flex", "10"), ("SOL", "instant", "4")],
            "2075.50",
            "0.00",
            [("SOL", "10", "spot"), ("SOL", "4", "spot")],
        ),
        # .F without any flex may be what an instant one is under.
        ({"SOL.F": "4"}, [("SOL", "instant", "4")], "593.00", "0.00", [("SOL", "4", "spot")]),
        # Nothing in Earn.
        ({"ZUSD": "12.34"}, [], "12.34", "0.00", []),
        # Nothing anywhere.
        ({}, [], "0.00", "0.00", []),
    ],
)
def test_nothing_is_counted_twice_and_nothing_is_lost(
    bourse: Bourse,
    balances: dict[str, str],
    allocations: Sequence[tuple[str, str, str]],
    total: str,
    earn: str,
    counted: list[tuple[str, str, str]],
) -> None:
    bourse.open("master", balances)
    for allocation in allocations:
        bourse.allocate("master", *allocation)

    found = bourse.check()

    assert (str(found.total), str(found.wallets.earn)) == (total, earn)
    assert found.wallets.spot == Decimal(total) - Decimal(earn)
    assert [(asset, amount, place) for asset, amount, _, place in entries(found)] == counted
    assert found.complete and found.whole
    assert found.coverage == Coverage(spot=True, earn=True, margin=True)
    assert [finding.code for finding in found.findings] == ["no-ip-allowlist"]


@pytest.mark.parametrize(
    ("balances", "allocations", "total", "more", "counted"),
    [
        # 1 ETH in the plain code may be the one that earns: 3 ETH are there for sure, and perhaps a fourth.
        (
            {"XETH": "1"},
            [("XETH", "quantum", "3")],
            "9450.75",
            "1 ETH",
            [("ETH", "1", None), ("ETH", "2", "earn")],
        ),
        # All of it may be in the balance.
        ({"XETH": "5"}, [("XETH", "quantum", "3")], "15751.25", "3 ETH", [("ETH", "3", None)]),
        # A known vault of 10 and an unknown 5 beside 5 of spot: 15 for sure.
        (
            {"DOT": "5"},
            [("DOT", "instant", "10"), ("DOT", "quantum", "5")],
            "96.75",
            "5 DOT",
            [("DOT", "10", "earn"), ("DOT", "5", None)],
        ),
        # What is staked beyond the known allocations takes a part of the unknown one.
        (
            {"DOT.S": "12", "DOT": "1"},
            [("DOT", "bonded", "10"), ("DOT", "quantum", "5")],
            "96.75",  # 15 * 6.45: 13 of the balances, and 2 that are in none
            "1 DOT",
            [("DOT", "10", "spot"), ("DOT", "2", "spot"), ("DOT", "1", None), ("DOT", "2", "earn")],
        ),
        # .F may be the flex allocation or the instant one: then the other is in no balance.
        (
            {"SOL.F": "10"},
            [("SOL", "flex", "10"), ("SOL", "instant", "10")],
            "1482.50",
            "10 SOL",
            [("SOL", "10", "spot"), ("SOL", "10", None)],
        ),
    ],
)
def test_what_may_be_in_the_balances_is_in_doubt(
    bourse: Bourse,
    balances: dict[str, str],
    allocations: Sequence[tuple[str, str, str]],
    total: str,
    more: str,
    counted: list[tuple[str, str, str | None]],
) -> None:
    bourse.open("master", balances)
    for allocation in allocations:
        bourse.allocate("master", *allocation)

    found = bourse.check()

    assert str(found.total) == total
    assert [(asset, amount, place) for asset, amount, _, place in entries(found)] == counted
    assert (found.complete, found.whole) == (False, False)
    assert found.coverage.earn is True
    (doubt,) = [finding for finding in found.findings if finding.code == "wallets-unknown"]
    assert doubt.message.startswith(f"up to {more} in Earn may be missing from the total: ")


def test_where_nobody_knows_the_kind_all_codes_are_held_against_it(bourse: Bourse) -> None:
    bourse.open("master", {"DOT": "1", "DOT.F": "2", "DOT.S": "3", "DOT28.S": "4"})
    bourse.allocate("master", "DOT", "bonded", "15", listed=False)

    found = bourse.check()

    # 10 in the balances, 5 more for sure; of the 15, 9 are under suffixes, 1 may be under DOT.
    assert str(found.total) == "96.75"
    assert entries(found) == [
        ("DOT", "9", "allocated", "spot"),
        ("DOT", "1", "allocated", None),
        ("DOT", "5", "allocated", "earn"),
    ]


def test_what_is_just_being_moved_is_in_doubt(bourse: Bourse) -> None:
    """It may be on either side, or on none: then it is missing from both answers."""
    bourse.open("master", {"DOT": "10"})
    strategy = bourse.allocate("master", "DOT", "bonded", "1")
    moving = {"total": {"native": "1"}, "pending": {"native": "-0.25"}}
    bourse.answer(
        "Earn/Allocations",
        {"items": [{"strategy_id": strategy, "native_asset": "DOT", "amount_allocated": moving}]},
    )

    found = bourse.check()

    assert str(found.total) == "70.95"  # 11 * 6.45
    assert entries(found) == [("DOT", "1", "allocated", "earn"), ("DOT", "0.25", "pending", None)]
    (doubt,) = [finding for finding in found.findings if finding.code == "wallets-unknown"]
    assert doubt.message == (
        "up to 0.25 DOT in Earn may be missing from the total: Kraken does not say whether the balances have it"
    )


@pytest.mark.parametrize("name", ["XXBT", "XBT", "BTC", "btc", "XBT.F"])
def test_an_asset_is_the_same_in_any_spelling(bourse: Bourse, name: str) -> None:
    bourse.open("master", {"XXBT": "1"})
    bourse.allocate("master", "XXBT", "flex", "1", called=name)

    found = bourse.check()

    assert (str(found.total), entries(found)) == ("64250.10", [("BTC", "1", "allocated", "spot")])
    assert bourse.exchange.requests[-1].endpoint == "Earn/Strategies"  # nothing was looked up once more


@pytest.mark.parametrize("name", ["ETH", "XETH", "ETH2", "ETH2.S"])
def test_staked_ether_is_ether_in_any_spelling(bourse: Bourse, name: str) -> None:
    bourse.open("master", {"ETH2.S": "1", "XETH": "1"})
    bourse.allocate("master", "XETH", "bonded", "1", called=name)

    assert str(bourse.check().total) == "6300.50"


def test_an_asset_that_nobody_lists_is_named(bourse: Bourse) -> None:
    bourse.open("master", {"ZUSD": "10"})
    bourse.allocate("master", "WONDER", "instant", "7")

    found = bourse.check()

    assert (str(found.total), found.complete, found.whole) == ("10.00", False, True)
    assert found.wallets == wallets("10.00", None)
    assert [(held.asset, int(held.amount), int(held.earn)) for held in found.unpriced] == [("WONDER", 7, 7)]
    (unpriced,) = [finding for finding in found.findings if finding.code == "unpriced-assets"]
    assert "7 WONDER (Kraken lists no such asset)" in unpriced.message


def test_nothing_but_what_nobody_lists_has_no_total(bourse: Bourse) -> None:
    bourse.open("master", {})
    bourse.allocate("master", "WONDER", "instant", "7")

    found = bourse.check()

    assert (found.total, found.complete, found.whole) == (None, False, False)


def test_what_is_owed_is_no_money_in_earn(bourse: Bourse) -> None:
    """A credit line that is used: the balance is there, whoever owns it, and the allocation may be in it."""
    bourse.open("master", {"XETH": "3"})
    holding = bourse.exchange.state.accounts["master"].balances["XETH"]
    holding.credit, holding.credit_used = Decimal(2), Decimal(2)
    bourse.allocate("master", "XETH", "quantum", "3")

    found = bourse.check()

    assert (str(found.total), entries(found)) == ("3150.25", [("ETH", "3", "allocated", None)])


def test_accounts_that_have_no_balance_ex_are_counted_alike(bourse: Bourse) -> None:
    bourse.open("master", {"USDC": "50"})
    bourse.exchange.state.accounts["master"].without_balance_ex = True
    bourse.exchange.state.accounts["master"].amounts_as_numbers = True
    bourse.allocate("master", "USDC", "instant", "5000")

    found = bourse.check()

    assert found.wallets == wallets("50.00", "4999.50")
    (held,) = found.holdings or ()
    assert (held.amount, held.earn) == (Decimal(5050), Decimal(5000))
    assert (held.available, held.on_hold) == (None, None)


def test_enormous_amounts_are_counted_to_the_last_digit(bourse: Bourse) -> None:
    bourse.open("master", {"ZUSD": "1"})
    bourse.allocate("master", "USDC", "instant", "12345678901234567890.12345678")

    # Less a ten-thousandth: 12344444333344444433.334444434322.
    assert str(bourse.check().wallets.earn) == "12344444333344444433.33"


def test_many_pages_and_strategies_add_up(bourse: Bourse) -> None:
    bourse.exchange.state.earn_page = 2
    bourse.open("master", {"DOT": "1"})
    for amount in ("1", "2", "3", "4", "5"):
        bourse.allocate("master", "DOT", "bonded", amount)

    found = bourse.check()

    assert (str(found.total), found.complete) == ("103.20", True)  # 16 * 6.45
    assert bourse.asked() == [
        "GetApiKeyInfo",
        "BalanceEx",
        *["Earn/Allocations"] * 3,
        "TradeBalance",
        *["Earn/Strategies"] * 3,
    ]


def test_what_is_in_orders_and_in_earn_is_not_available(bourse: Bourse) -> None:
    bourse.open("master", {"DOT": "10", "DOT.S": "20"})
    account = bourse.exchange.state.accounts["master"]
    account.open_orders["OSAMPL-AAAAA-AAAAAA"] = BookOrder(
        "OSAMPL-AAAAA-AAAAAA", "DOTUSD", "sell", "limit", Decimal(7), Decimal(4), 1_790_000_000.0
    )
    bourse.allocate("master", "DOT", "bonded", "50")

    (held,) = bourse.check().holdings or ()

    assert (held.amount, held.on_hold, held.available) == (Decimal(60), Decimal(4), Decimal(26))
    assert (held.staked, held.earn, held.codes) == (Decimal(20), Decimal(30), ("DOT", "DOT.S"))


# --- margin ---------------------------------------------------------------------------------------------


def short(bourse: Bourse, cost: str) -> None:
    """Half an ether sold for so much; now it costs 1575.125."""
    bourse.exchange.add_position(
        "master",
        Position(
            txid="TSAMPL-AAAAA-AAAAAA",
            ordertxid="OSAMPL-AAAAA-AAAAAA",
            pair="XETHZUSD",
            type="sell",
            time=1_790_000_000.0,
            volume=Decimal("0.5"),
            cost=Decimal(cost),
            fee=Decimal(6),
            leverage=5,
            rollover=Decimal(0),
        ),
    )


def test_a_short_position_is_no_money_lost_twice(bourse: Bourse) -> None:
    bourse.open("master", {"ZUSD": "10000"})
    short(bourse, "1500")

    found = bourse.check()

    # To close it now would cost 75.125; no balance has changed, and the total has no part of that.
    assert str(found.total) == "10000.00"
    assert found.wallets == wallets("10000.00", "0.00", "-75.12")  # half to even
    assert found.equity == Decimal("9924.8750")
    assert (found.complete, found.whole) == (True, True)


def test_margin_is_in_the_quote_currency(bourse: Bourse) -> None:
    bourse.open("master", {"ZUSD": "10000"})
    short(bourse, "1600")

    found = bourse.check(quote="EUR")

    # 24.875 dollars at 1.085, and 10000 of them.
    assert found.wallets.margin_profit == Decimal("22.93")
    assert str(found.total) == "9216.59"


def test_margin_of_an_account_without_a_position_is_zero(bourse: Bourse) -> None:
    bourse.open("master", {"ZUSD": "10"})

    found = bourse.check()

    assert (found.wallets.margin_profit, found.equity) == (Decimal("0.00"), Decimal(10))


# --- what did not come ----------------------------------------------------------------------------------


def told(account: AccountReport) -> list[str]:
    return [finding.message for finding in account.findings if finding.code == "wallets-unknown"]


def test_earn_that_is_refused_makes_the_total_incomplete(bourse: Bourse) -> None:
    bourse.open("master", {"ZUSD": "10"})
    bourse.fail("Earn/Allocations")

    found = bourse.check()

    assert (str(found.total), found.complete, found.whole) == ("10.00", False, False)
    assert found.coverage == Coverage(spot=True, earn=False, margin=True)
    assert (found.wallets, found.earn) == (wallets("10.00", None), None)
    assert told(found) == [
        "what is in Earn could not be learned, and is not in the total: Kraken says “EGeneral:Unknown method”"
    ]
    assert found.trading


@pytest.mark.parametrize(
    "result",
    [
        {"items": "none"},
        {"items": [{"strategy_id": "ES", "native_asset": "DOT", "amount_allocated": {"total": {"native": "-5"}}}]},
        {"items": [], "next_cursor": "again"},
    ],
    ids=["shape", "negative", "endless"],
)
def test_earn_that_makes_no_sense_is_unknown_and_the_rest_stands(bourse: Bourse, result: Any) -> None:
    bourse.open("master", {"ZUSD": "10"})
    bourse.answer("Earn/Allocations", result)

    found = bourse.check()

    assert found.coverage == Coverage(spot=True, earn=False, margin=True)
    assert (str(found.total), found.equity, found.trading) == ("10.00", Decimal(10), True)
    assert len(told(found)) == 1


def test_margin_that_is_refused_leaves_the_total_whole(bourse: Bourse) -> None:
    """Nothing of it is in the total, so the total may be compared; but nobody knows all there is."""
    bourse.open("master", {"ZUSD": "10"})
    bourse.fail("TradeBalance", "EService:Unavailable")

    found = bourse.check()

    assert (str(found.total), found.complete, found.whole) == ("10.00", False, True)
    assert found.coverage == Coverage(spot=True, earn=True, margin=False)
    assert (found.wallets, found.equity) == (wallets("10.00", "0.00", None), None)
    (message,) = told(found)
    assert message.startswith("what margin positions have gained could not be learned: ")


@pytest.mark.parametrize(
    ("permissions", "asked", "coverage"),
    [
        # A monitor's key.
        (
            {"query-funds", "query-open-trades"},
            ["BalanceEx", "Earn/Allocations", "TradeBalance"],
            Coverage(True, True, True),
        ),
        # What the key may not ask is not asked.
        ({"query-funds"}, ["BalanceEx", "Earn/Allocations"], Coverage(True, True, False)),
        ({"query-open-trades"}, ["TradeBalance"], Coverage(False, False, True)),
        (set(), [], Coverage(False, False, False)),
    ],
    ids=["monitor", "funds", "orders", "nothing"],
)
def test_a_key_is_asked_what_it_may(
    bourse: Bourse, permissions: set[str], asked: list[str], coverage: Coverage
) -> None:
    bourse.open("master", {"ZUSD": "10"}, permissions=frozenset(permissions))

    found = bourse.check()

    assert bourse.asked() == ["GetApiKeyInfo", *asked]
    assert found.coverage == coverage
    assert told(found) == []  # which `missing-permission` says
    assert "missing-permission" in [finding.code for finding in found.findings]


def test_after_a_rate_limit_nothing_more_is_asked(bourse: Bourse) -> None:
    bourse.open("master", {"ZUSD": "10"})
    bourse.fail("Earn/Allocations", "EAPI:Rate limit exceeded")

    found = bourse.check()

    assert bourse.asked() == ["GetApiKeyInfo", "BalanceEx", "Earn/Allocations"]
    assert found.coverage == Coverage(spot=True, earn=False, margin=False)
    assert len(told(found)) == 2
    assert found.trading


def test_without_balances_nothing_can_be_made_of_earn(bourse: Bourse) -> None:
    bourse.open("master", {"ZUSD": "10"})
    bourse.answer("BalanceEx", "what")

    found = bourse.check()

    assert bourse.asked() == ["GetApiKeyInfo", "BalanceEx", "TradeBalance"]
    assert (found.total, found.coverage) == (None, Coverage(spot=False, earn=False, margin=True))
    assert told(found) == []  # which the status says


def test_a_key_that_is_refused_is_asked_no_more(bourse: Bourse) -> None:
    bourse.open("master", {"ZUSD": "10"})
    bourse.fail("GetApiKeyInfo", "EAPI:Invalid key")

    found = bourse.check()

    assert bourse.asked() == ["GetApiKeyInfo"]
    assert (found.coverage, found.wallets) == (Coverage(), Wallets())


def test_what_one_account_is_refused_touches_no_other(bourse: Bourse) -> None:
    bourse.open("master", {"ZUSD": "10"})
    bourse.open("zoe", {"ZUSD": "20"})
    bourse.allocate("zoe", "USDC", "instant", "100")
    bourse.fail("Earn/Allocations")

    report = bourse.report()

    master, zoe = report.accounts
    assert (master.coverage.earn, zoe.coverage.earn) == (False, True)
    assert zoe.wallets == wallets("20.00", "99.99")
    assert (str(report.totals.all), report.totals.complete, report.totals.whole) == ("129.99", False, False)
    assert report.totals.coverage == Coverage(spot=True, earn=False, margin=True)
    assert report.totals.wallets == wallets("30.00", None)
    assert [account.label for account in report.totals.missing] == ["MASTER"]


def test_sums_are_those_of_what_is_shown(bourse: Bourse) -> None:
    bourse.open("master", {"USDC": "50"})  # 49.995 is 50.00
    bourse.open("zoe", {"ZUSD": "20"})
    bourse.allocate("master", "USDC", "instant", "50")  # again
    bourse.allocate("zoe", "USDC", "instant", "100")

    report = bourse.report()

    assert [str(account.total) for account in report.accounts] == ["100.00", "119.99"]
    assert str(report.totals.all) == "219.99"
    assert report.totals.wallets == wallets("70.00", "149.99")


def test_of_an_account_that_is_another_nothing_is_shown(bourse: Bourse) -> None:
    """Two keys of one account are in conflict: neither counts in the sum, nor in what is where."""
    bourse.open("master", {"ZUSD": "10"})
    bourse.open("zoe", {"ZUSD": "20"})
    bourse.allocate("zoe", "USDC", "instant", "100")
    bourse.exchange.add_key("zoe", SimulatedKey(sample_key("twin"), "c2FtcGxl" * 11))
    accounts = bourse.exchange.state.accounts
    accounts["zoe"].iban = accounts["master"].iban

    report = bourse.report()

    assert {account.status for account in report.accounts} == {"conflict"}
    assert (report.totals.all, report.totals.wallets) == (None, Wallets())
    assert report.totals.coverage == Coverage(spot=None, earn=False, margin=False)


# --- without it -----------------------------------------------------------------------------------------


def test_a_check_costs_two_calls_as_ever(bourse: Bourse) -> None:
    bourse.open("master", {"USDC": "50"})
    bourse.allocate("master", "USDC", "instant", "5000")

    found = bourse.check(wallets=False)

    assert bourse.asked() == ["GetApiKeyInfo", "BalanceEx"]
    assert found.coverage == Coverage(spot=True)
    assert found.wallets == Wallets(Decimal("50.00"))
    assert (str(found.total), found.complete, found.whole) == ("50.00", True, True)
    assert (found.earn, found.equity) == (None, None)


def test_the_balance_of_the_library_is_the_spot_balance(bourse: Bourse) -> None:
    bourse.open("master", {"USDC": "50"})
    bourse.allocate("master", "USDC", "instant", "5000")

    with MultiAccountBrokerManager(demo_settings(variables(bourse.url, "master"))) as manager:
        found = manager.get_master_balance()

    assert (str(found.total), found.coverage) == ("50.00", Coverage(spot=True))


def test_where_kraken_does_not_tell_its_assets_everything_is_in_doubt(bourse: Bourse) -> None:
    """DOT28.S may be DOT or not: to add the allocation might be to count it twice."""
    bourse.open("master", {"ZUSD": "10", "DOT28.S": "100"})
    bourse.allocate("master", "DOT", "bonded", "100")
    bourse.exchange.faults.add(Fault(FaultKind.HTML, endpoint="Assets", status=404, times=None))

    found = bourse.check()

    assert entries(found) == [("DOT", "100", "allocated", None)]
    assert (found.total, found.complete, found.whole) == (None, False, False)
    assert [str(held.amount) for held in found.holdings or () if held.earn] == []
