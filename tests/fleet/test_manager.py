"""All accounts side by side, over real HTTP: totals worked out by hand, and no account in another's way."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kraken_accounts import (
    Account,
    AccountType,
    ConfigurationError,
    KrakenBroker,
    MultiAccountBrokerManager,
    Report,
    Status,
)
from kraken_accounts.accounts import MASTER
from kraken_accounts.config import demo_settings
from kraken_accounts.kraken.prices import Basis, NoPrice, Price
from kraken_accounts.report.exit_code import ExitCode
from kraken_accounts.report.model import AccountReport
from kraken_sandbox import Exchange, Fault, FaultKind, SandboxServer, SimulatedHolding
from kraken_sandbox.accounts import QUERY_PERMISSIONS, TRADE_PERMISSIONS
from kraken_sandbox.endpoints import PRIVATE
from kraken_sandbox.throttle import AddressThrottle

from ..support import LIMIT, ScriptedServer, never, open_account, sample_key, sample_secret, variables


class Bourse:
    """A simulated exchange, served, and the managers of its sample accounts.

    Attributes:
        values: the variables that point to it and hold the keys of all its accounts.
    """

    def __init__(self, exchange: Exchange, server: SandboxServer) -> None:
        self.exchange = exchange
        self.server = server
        self.values = variables(server.url)

    def open(self, name: str, balances: Mapping[str, str] | None = None, **key: Any) -> None:
        """An account with so much of each code."""
        open_account(self.exchange, name, balances, **key)
        self.values |= variables(self.server.url, name)

    def manager(self, **limits: float) -> MultiAccountBrokerManager:
        return MultiAccountBrokerManager(demo_settings(self.values), **limits)  # type: ignore[arg-type]

    def check(self, **questions: Any) -> Report:
        return self.manager().check(**questions)

    def endpoints(self, name: str) -> list[str]:
        """What was asked with the key of an account, in order of arrival."""
        return [request.endpoint for request in self.exchange.requests if request.key == sample_key(name)]


@pytest.fixture
def bourse() -> Iterator[Bourse]:
    exchange = Exchange()
    with SandboxServer(exchange) as server:
        yield Bourse(exchange, server)


def of(report: Report, selector: str) -> AccountReport:
    return next(account for account in report.accounts if account.account.selector == selector)


def statuses(report: Report) -> dict[str, Status]:
    return {account.account.selector: account.status for account in report.accounts}


# --- totals, worked out by hand -------------------------------------------------------------------------

# At the sandbox's fixed prices, the middle of bid and ask:
#   BTC 64250.10 USD, ETH 3150.25 USD, DOT 6.45 USD, SOL 148.25 USD, USDT 0.9998 USD, EUR 1.085 USD,
#   C98 0.257 USD, LUNA2 0.598 USD, REPV2 0.985 EUR, KSM 26.42 EUR, POLS 0.00000952 BTC, AAPLx 228.40 USD,
#   ETH 0.04903 BTC, BTC 59216.70 EUR, ETH 2903.46 EUR, 1 USD 151.5 JPY, 1 EUR 164.378 JPY, BTC 9733890 JPY

EVERYTHING = {
    "ZUSD": "8250.42",
    "ZEUR": "1200",  # 1200 * 1.085 = 1302
    "XXBT": "0.42",  # 0.42 * 64250.10 = 26985.042
    "XBT.F": "0.15",  # 0.15 * 64250.10 = 9637.515
    "DOT28.S": "310.5",  # 310.5 * 6.45 = 2002.725
    "ETH2": "1",  # 3150.25
    "ETH2.S": "2.25",  # 2.25 * 3150.25 = 7088.0625
    "SOL": "20",  # 20 * 148.25 = 2965
    "SOL03.S": "12",  # 12 * 148.25 = 1779
    "KSM07.S": "2",  # 2 * 26.42 * 1.085 = 57.3314
    "C98": "100",  # 25.7
    "LUNA2": "100",  # 59.8
    "USDT": "500",  # 499.9
    "USD.HOLD": "0.01",
    "REPV2": "30",  # 30 * 0.985 * 1.085 = 32.06175
    "POLS": "1500",  # 1500 * 0.00000952 * 64250.10 = 917.491428
    "AAPLx": "2.5",  # 2.5 * 228.40 = 571
    "KFEE": "1250",  # no money
}
# 8250.42 + 1302 + 26985.042 + 9637.515 + 2002.725 + 3150.25 + 7088.0625 + 2965 + 1779 + 57.3314 + 25.7 + 59.8
# + 499.9 + 0.01 + 32.06175 + 917.491428 + 571 = 65323.309078, which is 65323.31 to the cent


def test_an_account_with_something_of_everything(bourse: Bourse) -> None:
    bourse.open("master", EVERYTHING)
    master = of(bourse.check(), "master")

    assert str(master.total) == "65323.31"
    assert master.complete
    assert master.unpriced == ()
    assert master.fee_credits == Decimal(1250)
    assert {held.asset: (held.codes, held.value) for held in master.priced} == {
        "USD": (("USD.HOLD", "ZUSD"), Decimal("8250.43")),
        "EUR": (("ZEUR",), Decimal("1302")),
        "BTC": (("XBT.F", "XXBT"), Decimal("36622.557")),
        "DOT": (("DOT28.S",), Decimal("2002.725")),
        "ETH": (("ETH2", "ETH2.S"), Decimal("10238.3125")),
        "SOL": (("SOL", "SOL03.S"), Decimal("4744")),
        "KSM": (("KSM07.S",), Decimal("57.3314")),
        "C98": (("C98",), Decimal("25.7")),
        "LUNA2": (("LUNA2",), Decimal("59.8")),
        "USDT": (("USDT",), Decimal("499.9")),
        "REPV2": (("REPV2",), Decimal("32.06175")),
        "POLS": (("POLS",), Decimal("917.491428")),
        "AAPLx": (("AAPLx",), Decimal("571")),
    }


@pytest.mark.parametrize(
    ("amounts", "quote", "total"),
    [
        # half a cent goes to the even neighbour
        ({"ZUSD": "0.1250"}, "USD", "0.12"),
        ({"ZUSD": "0.1350"}, "USD", "0.14"),
        ({"ZUSD": "0.1251"}, "USD", "0.13"),
        # 0.42 * 64250.10 = 26985.042
        ({"XXBT": "0.42"}, "USD", "26985.04"),
        # 1085 USD / 1.085 = 1000 EUR, and 0.5 BTC * 59216.70 EUR = 29608.35
        ({"ZUSD": "1085", "XXBT": "0.5"}, "EUR", "30608.35"),
        # 30 REPV2 * 0.985 EUR = 29.55, and 2 KSM * 26.42 EUR = 52.84
        ({"REPV2": "30", "KSM": "2"}, "EUR", "82.39"),
        # 0.5 BTC + 2 ETH * 0.04903 BTC + 1500 POLS * 0.00000952 BTC = 0.5 + 0.09806 + 0.01428
        ({"XXBT": "0.5", "XETH": "2", "POLS": "1500"}, "BTC", "0.61234000"),
        # 100 USD * 151.5 = 15150, and 10 EUR * 164.378 = 1643.78: 16793.78 yen, which have no cents
        ({"ZUSD": "100", "ZEUR": "10"}, "JPY", "16794"),
        # 20 SOL * 148.25 USD * 151.5 JPY = 449197.5, which goes to the even yen
        ({"SOL": "20"}, "JPY", "449198"),
        # 5 SOL * 148.25 USD * 151.5 JPY = 112299.375
        ({"SOL": "5"}, "JPY", "112299"),
        ({"ZUSD": "5", "XXBT": "0"}, "USD", "5.00"),
    ],
)
def test_totals_to_the_cent(bourse: Bourse, amounts: dict[str, str], quote: str, total: str) -> None:
    bourse.open("master", amounts)
    report = bourse.check(quote=quote)

    assert f"{of(report, 'master').total:f}" == total
    assert report.quote == quote
    assert of(report, "master").complete


@pytest.mark.parametrize(
    ("said", "quote"), [("usd", "USD"), ("ZEUR", "EUR"), ("xbt", "BTC"), ("XXDG", "DOGE"), ("SOL", "SOL")]
)
def test_a_quote_currency_goes_by_many_names(bourse: Bourse, said: str, quote: str) -> None:
    bourse.open("master", {"ZUSD": "100"})

    assert bourse.check(quote=said).quote == quote


def test_a_credit_line_is_no_money_and_what_is_used_of_it_is_owed(bourse: Bourse) -> None:
    bourse.open("master", {"XXBT": "0.01"})
    holdings = bourse.exchange.state.accounts["master"].balances
    holdings["ZUSD"] = SimulatedHolding(Decimal(10), credit=Decimal(50), credit_used=Decimal(80))

    # 10 - 80 = -70 USD, and 0.01 * 64250.10 = 642.501
    assert str(of(bourse.check(), "master").total) == "572.50"


def test_an_account_of_nothing_but_an_unused_credit_line_has_nothing(bourse: Bourse) -> None:
    bourse.open("master")
    holdings = bourse.exchange.state.accounts["master"].balances
    holdings["ZUSD"] = SimulatedHolding(Decimal(0), credit=Decimal(50_000))
    master = of(bourse.check(), "master")

    assert (str(master.total), master.complete) == ("0.00", True)
    assert [(held.amount, held.available) for held in master.priced] == [(Decimal(0), Decimal(50_000))]


def test_an_account_that_owes_more_than_it_has(bourse: Bourse) -> None:
    bourse.open("master", {"ZUSD": "-1234.5600"})

    assert str(of(bourse.check(), "master").total) == "-1234.56"


def test_an_account_that_never_had_anything_has_nothing(bourse: Bourse) -> None:
    bourse.open("master")
    master = of(bourse.check(), "master")

    assert master.status is Status.TRADING
    assert (str(master.total), master.complete, master.holdings) == ("0.00", True, ())


def test_balances_sent_as_numbers(bourse: Bourse) -> None:
    bourse.open("master", {"XXBT": "0.42", "ZUSD": "0.1250"})
    bourse.exchange.state.accounts["master"].amounts_as_numbers = True

    # 26985.042 + 0.125 = 26985.167
    assert str(of(bourse.check(), "master").total) == "26985.17"


def test_what_has_no_price_is_named_and_not_counted_as_nothing(bourse: Bourse) -> None:
    bourse.open("master", {"ZUSD": "100", "XRT": "75"})
    bourse.open("zoe", {"XRT": "75"})
    bourse.open("kfee", {"KFEE": "75"})
    report = bourse.check()

    master, zoe, only_credits = of(report, "master"), of(report, "zoe"), of(report, "kfee")
    assert (str(master.total), master.complete) == ("100.00", False)
    assert [(held.asset, held.amount) for held in master.unpriced] == [("XRT", Decimal(75))]
    assert (zoe.total, zoe.complete) == (None, False)
    assert (str(only_credits.total), only_credits.complete) == ("0.00", True)
    assert (str(report.totals.all), report.totals.complete) == ("100.00", False)
    assert report.totals.missing == (MASTER, Account(AccountType.USER, "zoe"))


@pytest.mark.parametrize(
    ("sides", "total"),
    [
        # No bids, so over the euro: 2 * 59216.7 * 1.085 = 128500.239, whatever the last trade was.
        ({"bid": "0", "last": "99999"}, "128500.24"),
        ({"bid": "1", "ask": "1000000"}, "128500.24"),
        ({"bid": "70000", "ask": "60000"}, "128500.24"),
        ({"bid": "60000", "ask": "60000"}, "120000.00"),
        ({"bid": "60000", "ask": "66000"}, "126000.00"),
    ],
)
def test_a_price_is_one_that_somebody_could_have(bourse: Bourse, sides: dict[str, str], total: str) -> None:
    bourse.open("master", {"XXBT": "2"})
    bourse.exchange.set_ticker("XXBTZUSD", **sides)

    assert str(of(bourse.check(), "master").total) == total


def test_coins_that_hardly_anybody_wants_are_worth_what_is_bid(bourse: Bourse) -> None:
    bourse.open("master", {"BONK": "100"})
    bourse.exchange.set_ticker("BONKUSD", bid="1", ask="1000000")
    (bonk,) = of(bourse.check(), "master").priced

    assert (bonk.unit, bonk.value) == (Price(Decimal(1), Basis.BID), Decimal(100))


def test_a_market_without_bids_or_asks_or_closed_leaves_its_coins_without_a_price(bourse: Bourse) -> None:
    bourse.open("master", {"BONK": "100", "PEPE": "100", "TIA": "1", "ZUSD": "5"})
    bourse.exchange.set_ticker("BONKUSD", bid="0")
    bourse.exchange.set_ticker("PEPEUSD", bid="2", ask="1")
    bourse.exchange.set_pair_status("TIAUSD", "reduce_only")
    master = of(bourse.check(), "master")

    assert (str(master.total), master.complete) == ("5.00", False)
    assert {held.asset: held.unit for held in master.unpriced} == {
        "BONK": NoPrice("the book of its market BONKUSD has no bids"),
        "PEPE": NoPrice("the book of its market PEPEUSD is crossed"),
        "TIA": NoPrice("its market TIAUSD is not open: Kraken's status is reduce_only"),
    }


def test_totals_over_accounts_are_the_sums_of_what_is_shown(bourse: Bourse) -> None:
    bourse.open("master", {"ZUSD": "0.1250"})
    bourse.open("zoe", {"ZUSD": "0.1250"})
    bourse.open("bob", {"ZUSD": "10.0049"})
    totals = bourse.check().totals

    # 0.12 + 0.12 + 10.00, and not 10.2549
    assert str(totals.master) == "0.12"
    assert {user: str(total) for user, total in totals.users.items()} == {"bob": "10.00", "zoe": "0.12"}
    assert str(totals.all) == "10.24"
    assert totals.complete


# --- what it costs --------------------------------------------------------------------------------------


def test_a_check_costs_two_private_calls_an_account_and_five_with_activity(bourse: Bourse) -> None:
    bourse.open("master", {"ZUSD": "1"})
    bourse.open("zoe", {"ZUSD": "1"})

    bourse.check()
    assert bourse.endpoints("master") == bourse.endpoints("zoe") == ["GetApiKeyInfo", "BalanceEx"]

    bourse.check(activity=True)
    assert bourse.endpoints("zoe")[2:] == [
        "GetApiKeyInfo",
        "BalanceEx",
        "TradesHistory",
        "OpenOrders",
        "OpenPositions",
    ]
    # The trades count double: six points in all.
    assert sum(PRIVATE[endpoint].cost for endpoint in bourse.endpoints("zoe")[2:]) == 6


def test_each_account_is_asked_on_a_connection_of_its_own(bourse: Bourse) -> None:
    names = ("master", "zoe", "bob")
    for name in names:
        bourse.open(name, {"ZUSD": "1"})
    bourse.check()

    connections = [{r.connection for r in bourse.exchange.requests if r.key == sample_key(name)} for name in names]
    assert [len(used) for used in connections] == [1, 1, 1]
    assert len(set().union(*connections)) == 3


@pytest.mark.parametrize("workers", [1, 2, 32])
def test_many_accounts_with_few_workers(bourse: Bourse, workers: int) -> None:
    names = [f"user{number:02}" for number in range(12)]
    for number, name in enumerate(names):
        bourse.open(name, {"ZUSD": f"{number}"})
    report = bourse.manager(workers=workers).check()

    assert [account.account.selector for account in report.accounts] == ["master", *names]
    assert [str(account.total) for account in report.accounts[1:]] == [f"{number}.00" for number in range(12)]


def test_progress_is_told(bourse: Bourse) -> None:
    bourse.open("master", {"ZUSD": "1"})
    told: list[tuple[int, int]] = []
    bourse.check(progress=lambda done, total: told.append((done, total)))

    done, totals = zip(*told, strict=True)
    assert list(done) == sorted(done)
    assert {done[-1]} == set(totals)


class Watching:
    """A progress that wants to know whom the run waits for.

    Attributes:
        names, limits: all that it was told.
    """

    def __init__(self) -> None:
        self.names: list[tuple[str, ...]] = []
        self.limits: set[str | None] = set()

    def __call__(self, done: int, total: int) -> None:
        assert (done == total) is (not self.names[-1])

    def waits_for(self, names: Sequence[str], limit: str | None) -> None:
        self.names.append((*names,))
        self.limits.add(limit)


def test_progress_is_told_whom_the_run_waits_for(bourse: Bourse) -> None:
    for name in ("master", "bravo", "kilo"):
        bourse.open(name, {"ZUSD": "1"})
    bourse.exchange.faults.add(Fault(FaultKind.LATENCY, key=sample_key("bravo"), seconds=1.2))
    progress = Watching()
    bourse.check(progress=progress)

    assert ("bravo",) in progress.names
    assert progress.names[-1] == ()
    assert progress.limits == {None}


def test_progress_is_told_of_a_market_that_does_not_answer_once(bourse: Bourse) -> None:
    bourse.open("master", {"ZUSD": "1"})
    for endpoint in ("Assets", "AssetPairs", "Ticker"):
        bourse.exchange.faults.add(Fault(FaultKind.LATENCY, endpoint=endpoint, seconds=1.2))
    progress = Watching()
    bourse.check(progress=progress)

    assert ("Kraken's market",) in progress.names


def test_progress_is_told_how_often_this_address_may_ask(bourse: Bourse) -> None:
    for number in range(12):
        bourse.open("master" if not number else f"user{number}", {"ZUSD": "1"})
    bourse.exchange.throttle = AddressThrottle(20, 5)
    progress = Watching()
    report = bourse.check(progress=progress)

    assert {account.status for account in report.accounts} == {Status.TRADING}
    assert any(limit and limit.startswith("Kraken lets this address ask about ") for limit in progress.limits)


def test_with_no_key_at_all_nothing_is_sent() -> None:
    with ScriptedServer(never) as server:
        report = MultiAccountBrokerManager(demo_settings(variables(server.url))).check()

    assert statuses(report) == {"master": Status.NOT_CONFIGURED}
    assert report.exit_code is ExitCode.CONFIGURATION
    assert server.connections == 0


@pytest.mark.parametrize("quote", ["XYZ", "", "a\x1b[31m"])
def test_before_a_key_is_used_the_quote_currency_is_made_sure_of(bourse: Bourse, quote: str) -> None:
    bourse.open("master", {"ZUSD": "1"})

    with pytest.raises(ConfigurationError, match=r"^Kraken lists no currency ") as refusal:
        bourse.check(quote=quote)

    assert "\x1b" not in str(refusal.value)
    assert bourse.endpoints("master") == []


# --- no account is in another's way ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault(FaultKind.ERROR, text="EAPI:Invalid key"), Status.REJECTED),
        (Fault(FaultKind.ERROR, text="EAPI:Invalid signature"), Status.REJECTED),
        (Fault(FaultKind.ERROR, text="EAPI:Rate limit exceeded"), Status.RATE_LIMITED),
        (Fault(FaultKind.ERROR, text="EGeneral:Temporary lockout"), Status.LOCKED_OUT),
        (Fault(FaultKind.ERROR, text="EAPI:Invalid nonce", times=None), Status.NONCE_CONFLICT),
        (Fault(FaultKind.HTML, status=200, times=None), Status.ERROR),
        (Fault(FaultKind.HTML, status=520, times=None), Status.UNREACHABLE),
        (Fault(FaultKind.BODY, text="[]", times=None), Status.ERROR),
        (Fault(FaultKind.BODY, text='{"error":[],"result":{"permissions":5}}', times=None), Status.ERROR),
        (Fault(FaultKind.DROP, times=None), Status.UNREACHABLE),
        (Fault(FaultKind.TRUNCATE, times=None), Status.UNREACHABLE),
    ],
    ids=lambda value: value.text or f"{value.kind} {value.status}" if isinstance(value, Fault) else None,
)
def test_what_goes_wrong_with_one_account_touches_no_other(bourse: Bourse, fault: Fault, status: Status) -> None:
    bourse.open("master", {"ZUSD": "100"})
    bourse.open("zoe", {"ZUSD": "200"})
    bourse.exchange.faults.add(
        Fault(fault.kind, key=sample_key("zoe"), times=fault.times, status=fault.status, text=fault.text)
    )
    report = bourse.check()

    assert statuses(report) == {"master": Status.TRADING, "zoe": status}
    assert str(of(report, "master").total) == "100.00"
    zoe = of(report, "zoe")
    assert zoe.total is None
    assert not zoe.complete
    assert zoe.verdict.reason
    assert zoe.verdict.remedy
    assert report.exit_code is ExitCode.ATTENTION


def test_after_a_refusal_an_account_is_not_asked_again(bourse: Bourse) -> None:
    bourse.open("master", {"ZUSD": "100"})
    bourse.values["KRAKEN_MASTER_API_SECRET"] = sample_secret("somebody else")

    assert statuses(bourse.check(activity=True)) == {"master": Status.REJECTED}
    assert bourse.endpoints("master") == ["GetApiKeyInfo"]


def test_a_slow_account_is_left_behind_at_the_deadline(bourse: Bourse) -> None:
    bourse.open("master", {"ZUSD": "100"})
    bourse.open("zoe", {"ZUSD": "200"})
    bourse.exchange.faults.add(Fault(FaultKind.LATENCY, key=sample_key("zoe"), times=None, seconds=60))
    began = time.monotonic()
    report = bourse.manager(timeout=LIMIT, deadline=0.5).check()
    took = time.monotonic() - began

    assert 0.4 <= took < 3
    assert statuses(report) == {"master": Status.TRADING, "zoe": Status.UNREACHABLE}
    assert str(of(report, "master").total) == "100.00"
    assert (str(report.totals.all), report.totals.complete) == ("100.00", False)


@pytest.mark.parametrize("quote", ["USD", "DOGE"])
def test_a_server_that_never_answers(quote: str) -> None:
    with ScriptedServer(never) as server:
        settings = demo_settings(variables(server.url, "master", "zoe"))
        began = time.monotonic()
        report = MultiAccountBrokerManager(settings, timeout=LIMIT, deadline=0.3).check(quote=quote)
        took = time.monotonic() - began

    assert took < 3
    assert statuses(report) == {"master": Status.UNREACHABLE, "zoe": Status.UNREACHABLE}
    assert report.exit_code is ExitCode.KRAKEN_DOWN
    assert report.totals.all is None
    assert all(account.total is None for account in report.accounts)


@pytest.mark.parametrize(
    ("quote", "lacking", "trouble"),
    [
        # Whether there is such a currency cannot be said then, not even of a misspelt one.
        ("USD", None, "empty"),
        ("DOGE", None, "empty"),
        ("NOPE", None, "empty"),
        # There is one for certain, so that it is the list which is wrong, and not the option.
        ("EUR", "ZEUR", "without EUR"),
    ],
)
def test_a_list_of_assets_that_cannot_be_all_is_no_reason_to_blame_the_quote_currency(
    bourse: Bourse, quote: str, lacking: str | None, trouble: str
) -> None:
    bourse.open("master", {"XXBT": "1"})
    if lacking:
        del bourse.exchange.state.market.assets[lacking]
    else:
        empty = Fault(FaultKind.BODY, endpoint="Assets", text='{"error":[],"result":{}}', times=None)
        bourse.exchange.faults.add(empty)
    report = bourse.check(quote=quote)

    assert statuses(report) == {"master": Status.TRADING}
    assert (of(report, "master").total, report.quote) == (None, quote)
    assert [finding.message for finding in report.findings if finding.code == "public-data-missing"] == [
        f"Kraken's assets could not be learned: its list of assets is {trouble}, which cannot be"
    ]


@pytest.mark.parametrize("endpoint", ["Ticker", "AssetPairs", "Assets"])
def test_without_prices_accounts_are_trading_all_the_same(bourse: Bourse, endpoint: str) -> None:
    bourse.open("master", {"XXBT": "1", "ZUSD": "100"})
    bourse.exchange.faults.add(Fault(FaultKind.HTML, endpoint=endpoint, status=404, times=None))
    report = bourse.check()

    assert statuses(report) == {"master": Status.TRADING}
    master = of(report, "master")
    # 100 USD are worth 100 USD wherever it is known what a dollar is.
    assert (master.total, len(master.unpriced)) == ((None, 2) if endpoint == "Assets" else (Decimal(100), 1))
    assert (master.complete, master.whole, report.totals.whole) == (False, False, False)
    what = {"Ticker": "prices", "AssetPairs": "pairs", "Assets": "assets"}[endpoint]
    missing = next(finding for finding in report.findings if finding.code == "public-data-missing")
    assert (
        missing.message == f"Kraken's {what} could not be learned: Kraken's servers answered with HTTP status 404"
    )
    assert missing.remedy.endswith(": MASTER.")


def test_what_public_data_is_missing_is_listed_as_in_a_sentence(bourse: Bourse) -> None:
    bourse.open("master", {"XXBT": "1"})
    bourse.exchange.faults.add(Fault(FaultKind.HTML, endpoint="Ticker", status=404, times=None))
    bourse.exchange.faults.add(Fault(FaultKind.HTML, endpoint="AssetPairs", status=404, times=None))
    bourse.exchange.faults.add(Fault(FaultKind.HTML, endpoint="SystemStatus", status=404, times=None))
    report = bourse.check()

    missing = next(finding for finding in report.findings if finding.code == "public-data-missing")
    assert missing.message == (
        "Kraken's status, pairs and prices could not be learned: Kraken's servers answered with HTTP status 404"
    )


# --- what the answers mean ------------------------------------------------------------------------------


def test_a_key_that_may_only_look(bourse: Bourse) -> None:
    bourse.open("master", {"ZUSD": "100"}, permissions=QUERY_PERMISSIONS)
    master = of(bourse.check(), "master")

    assert master.status is Status.READ_ONLY
    assert str(master.total) == "100.00"
    assert "missing-permission" in [finding.code for finding in master.findings]


def test_a_key_that_may_trade_but_not_see_the_funds(bourse: Bourse) -> None:
    bourse.open("master", {"ZUSD": "100"}, permissions=TRADE_PERMISSIONS - {"query-funds"})
    master = of(bourse.check(), "master")

    assert master.status is Status.TRADING
    assert (master.total, master.complete, master.holdings) == (None, False, None)
    assert bourse.endpoints("master") == ["GetApiKeyInfo"]


def test_a_key_that_may_see_the_funds_and_is_denied_them_all_the_same(bourse: Bourse) -> None:
    bourse.open("master", {"ZUSD": "100"})
    bourse.exchange.faults.add(Fault(FaultKind.ERROR, endpoint="BalanceEx", text="EGeneral:Permission denied"))
    report = bourse.check()
    master = of(report, "master")

    assert (master.status, master.total, report.exit_code) == (Status.ERROR, None, ExitCode.ATTENTION)
    assert master.verdict.reason == "Kraken says “EGeneral:Permission denied”: the key may not do this"


def test_a_key_that_kraken_says_nothing_about(bourse: Bourse) -> None:
    bourse.open("master", {"ZUSD": "100"})
    bourse.exchange.faults.add(Fault(FaultKind.ERROR, endpoint="GetApiKeyInfo", text="EGeneral:Unknown method"))
    master = of(bourse.check(), "master")

    assert master.status is Status.ERROR
    assert master.verdict.reason == "Kraken says “EGeneral:Unknown method”"
    assert str(master.total) == "100.00"


@pytest.mark.parametrize("mode", ["maintenance", "cancel_only", "post_only", "limit_only"])
def test_a_restricted_exchange(bourse: Bourse, mode: str) -> None:
    bourse.open("master", {"ZUSD": "100"})
    bourse.exchange.set_system_status(mode)
    report = bourse.check()

    assert statuses(report) == {"master": Status.EXCHANGE_RESTRICTED}
    assert of(report, "master").verdict.reason == f"Kraken's status is “{mode}”"
    assert report.exit_code is ExitCode.KRAKEN_DOWN


DAY = 24 * 3600


@pytest.mark.parametrize(
    ("key", "findings"),
    [
        ({"ip_allowlist": ("127.0.0.1",)}, []),
        ({}, [("no-ip-allowlist", "info")]),
        ({"permissions": TRADE_PERMISSIONS | {"withdraw-funds"}}, [("withdraw-enabled", "critical")]),
        ({"permissions": TRADE_PERMISSIONS | {"add-withdraw-address"}}, [("withdraw-address-enabled", "warning")]),
        (
            {"permissions": TRADE_PERMISSIONS | {"update-withdraw-address"}},
            [("withdraw-address-enabled", "warning")],
        ),
        ({"permissions": TRADE_PERMISSIONS - {"close-trades"}}, [("missing-permission", "warning")]),
        ({"permissions": TRADE_PERMISSIONS - {"query-open-trades"}}, [("missing-permission", "warning")]),
        ({"nonce_window": 5000}, [("nonce-window", "warning")]),
        ({"valid_until": int(time.time()) + 13 * DAY}, [("key-expires-soon", "warning")]),
        ({"valid_until": int(time.time()) + 15 * DAY}, []),
        (
            {"nonce_window": 1, "permissions": TRADE_PERMISSIONS | {"withdraw-funds"}, "ip_allowlist": ()},
            [("withdraw-enabled", "critical"), ("nonce-window", "warning"), ("no-ip-allowlist", "info")],
        ),
    ],
)
def test_what_a_key_reveals_worst_first(
    bourse: Bourse, key: dict[str, Any], findings: list[tuple[str, str]]
) -> None:
    bourse.open("master", {"ZUSD": "100"}, **{"ip_allowlist": ("127.0.0.1",)} | key if key else {})
    report = bourse.check()
    master = of(report, "master")

    assert [(finding.code, finding.severity.value) for finding in master.findings] == findings
    assert all(finding.message and finding.remedy for finding in master.findings)
    assert master.status is Status.TRADING
    critical = "critical" in [severity for _, severity in findings]
    assert report.exit_code is (ExitCode.ATTENTION if critical else ExitCode.OK)


def test_announced_maintenance_is_a_finding_of_the_run(bourse: Bourse) -> None:
    bourse.open("master", {"ZUSD": "100"})
    bourse.exchange.set_system_status("online", upcoming_maintenance=[{"start": "2026-11-23T02:00:00Z"}])
    (finding,) = bourse.check().findings  # a demo's exchange is said to be one already

    assert (finding.code, finding.severity.value) == ("upcoming-maintenance", "warning")
    assert finding.message == "Kraken announces maintenance: start 2026-11-23T02:00:00Z"


def test_two_keys_of_one_kraken_account(bourse: Bourse) -> None:
    bourse.open("master", {"ZUSD": "100"})
    bourse.open("zoe", {"ZUSD": "50"})
    bourse.exchange.state.accounts["zoe"].iban = bourse.exchange.state.accounts["master"].iban
    report = bourse.check()

    assert statuses(report) == {"master": Status.CONFLICT, "zoe": Status.CONFLICT}
    assert (
        of(report, "zoe").verdict.reason
        == "the keys of MASTER and USER (zoe) open one and the same Kraken account"
    )
    assert report.totals.all is None  # it would count the account twice


def test_a_shared_key_is_not_sent(bourse: Bourse) -> None:
    bourse.open("master", {"ZUSD": "100"})
    bourse.open("zoe", {"ZUSD": "50"})
    bourse.open("bob", {"ZUSD": "25"})
    bourse.values["KRAKEN_USER_ZOE_API_KEY"] = sample_key("master")
    report = bourse.check()

    assert statuses(report) == {"master": Status.CONFLICT, "bob": Status.TRADING, "zoe": Status.CONFLICT}
    assert of(report, "zoe").verdict.reason == (
        "KRAKEN_MASTER_API_KEY and KRAKEN_USER_ZOE_API_KEY hold the same API key (SMPL…); it was not sent"
    )
    assert bourse.endpoints("master") == bourse.endpoints("zoe") == []
    assert str(of(report, "bob").total) == "25.00"


def test_a_misconfigured_account_sends_nothing_and_hides_no_other(bourse: Bourse) -> None:
    bourse.open("master", {"ZUSD": "100"})
    bourse.open("zoe", {"ZUSD": "50"})
    bourse.values["KRAKEN_USER_ZOE_API_SECRET"] = "sample-not-base64"
    report = bourse.check()

    assert statuses(report) == {"master": Status.TRADING, "zoe": Status.MISCONFIGURED}
    assert of(report, "zoe").verdict.reason == (
        "KRAKEN_USER_ZOE_API_SECRET is not base64, so it is not a whole Kraken private key; nothing was sent"
    )
    assert bourse.endpoints("zoe") == []


def test_a_report_holds_no_secret(bourse: Bourse) -> None:
    bourse.open("master", {"ZUSD": "100"})
    report = bourse.check()

    assert of(report, "master").api_key == "SMPL…"
    assert sample_key("master") not in repr(report)
    assert sample_secret("master") not in repr(report)


# --- brokers --------------------------------------------------------------------------------------------


@pytest.fixture
def environment(bourse: Bourse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Bourse:
    """An exchange whose master and user DAIVON the process environment configures."""
    bourse.open("master", {"ZUSD": "100"})
    bourse.open("daivon", {"ZUSD": "50"})
    for name, value in bourse.values.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return bourse


def test_from_env_there_is_a_broker_for_each_configured_account(
    environment: Bourse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KRAKEN_USER_ZOE_API_KEY", "<paste_your_key>")
    manager = MultiAccountBrokerManager.from_env(timeout=5, deadline=20, workers=2)

    assert manager.get_master_broker().account == MASTER
    assert manager.get_user_broker("daivon").get_balances()["ZUSD"].amount == Decimal(50)
    with pytest.raises(ConfigurationError):
        manager.get_user_broker("zoe")
    assert statuses(manager.check()) == {
        "master": Status.TRADING,
        "daivon": Status.TRADING,
        "zoe": Status.NOT_CONFIGURED,
    }
    manager.close()


def test_from_an_env_file(bourse: Bourse, tmp_path: Path) -> None:
    bourse.open("master", {"ZUSD": "100"})
    path = tmp_path / "other.env"
    path.write_text("".join(f"{name}={value}\n" for name, value in bourse.values.items()))
    path.chmod(0o600)

    assert str(MultiAccountBrokerManager.from_env(path).check().totals.all) == "100.00"


def test_brokers_are_added_once(environment: Bourse) -> None:
    manager = environment.manager()

    with pytest.raises(ConfigurationError):
        manager.get_master_broker()
    broker = manager.add_master_broker()

    assert isinstance(broker, KrakenBroker)
    assert manager.add_master_broker() is manager.get_master_broker() is broker
    assert manager.add_user_broker("daivon") is manager.get_user_broker("daivon")


@pytest.mark.parametrize("user_id", ["daivon_frazier", "daivon.", "Daivon"])
def test_only_the_exact_id_opens_an_account(environment: Bourse, user_id: str) -> None:
    manager = environment.manager()

    with pytest.raises(ConfigurationError, match=rf"^there is no user '{user_id}'; did you mean 'daivon' "):
        manager.add_user_broker(user_id)
    with pytest.raises(ConfigurationError):
        manager.get_user_broker(user_id)
    with pytest.raises(ConfigurationError, match=rf"^there is no user '{user_id}'; did you mean 'daivon' "):
        manager.get_user_balance(user_id)
    assert environment.endpoints("daivon") == []


def test_an_account_that_cannot_be_asked_has_no_broker(bourse: Bourse) -> None:
    manager = bourse.manager()

    with pytest.raises(ConfigurationError) as refusal:
        manager.add_master_broker()
    assert str(refusal.value) == (
        "MASTER cannot be asked: KRAKEN_MASTER_API_KEY and KRAKEN_MASTER_API_SECRET are not filled in"
    )
    with pytest.raises(ConfigurationError, match=r"^there is no user 'zoe'"):
        manager.add_user_broker("zoe")
    with pytest.raises(ConfigurationError):
        manager.get_master_broker()


def test_balances_of_one_account_and_of_all(environment: Bourse) -> None:
    manager = environment.manager()

    assert str(manager.get_master_balance().total) == "100.00"
    assert environment.endpoints("daivon") == []
    # 50 USD / 1.085 = 46.08 EUR
    assert str(manager.get_user_balance("daivon", quote="EUR").total) == "46.08"
    assert {account.label: str(found.total) for account, found in manager.get_all_balances().items()} == {
        "MASTER": "100.00",
        "USER (daivon)": "50.00",
    }
    with pytest.raises(ConfigurationError, match=r"^there is no user 'zoe'"):
        manager.get_user_balance("zoe")


def test_brokers_and_checks_of_one_key_at_the_same_time(environment: Bourse) -> None:
    manager = environment.manager()
    broker = manager.add_master_broker()

    for _ in range(3):
        broker.get_balances()
        assert statuses(manager.check())["master"] is Status.TRADING

    assert all(request.errors == () for request in environment.exchange.requests)


def test_a_slow_account_costs_another_none_of_its_tokenized_equities(bourse: Bourse) -> None:
    bourse.open("master", {"AAPLx": "2.5"})
    bourse.open("zoe", {"ZUSD": "200"})
    bourse.exchange.faults.add(Fault(FaultKind.LATENCY, key=sample_key("zoe"), times=None, seconds=60))

    report = bourse.manager(timeout=LIMIT, deadline=1.0).check()

    assert statuses(report) == {"master": Status.TRADING, "zoe": Status.UNREACHABLE}
    assert (str(of(report, "master").total), of(report, "master").complete) == ("571.00", True)
