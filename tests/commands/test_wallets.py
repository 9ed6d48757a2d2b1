"""`check --wallets` through the front door: what users read in every format, and how it goes with other options.

Of the master, worked out by hand at the sandbox's fixed prices:
    spot     1000 USD, and 10 DOT28.S at 6.45 = 64.50                      1064.50
    Earn     5000 USDC at 0.9999, in no balance; the 10 DOT are in it      4999.50
    margin   0.5 ETH sold for 1500, which now cost 0.5 * 3150.25 = 1575.125   -75.125, to even -75.12
    equity   collateral of 1000 USD (what is staked is none), less that     924.8750
Of zoe: 50 USD, an order for 10 of them, of which 10.02 are held with its fee; nothing in Earn.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kraken_sandbox import (
    BookOrder,
    EarnAllocation,
    EarnStrategy,
    Exchange,
    Fault,
    FaultKind,
    Position,
    SandboxServer,
    SimulatedHolding,
)

from ..running import audit, check, check_on_terminal, combine
from ..support import open_account, sample_key, variables

UNTIL = 1_800_000_000  # 2027-01-15 08:00 UTC


class Bourse:
    """The exchange, and what a command needs to find it; runs of one test share what is remembered."""

    def __init__(self, exchange: Exchange, url: str, home: Path) -> None:
        self.exchange = exchange
        self.env = {
            **variables(url, "master", "zoe"),
            "XDG_STATE_HOME": str(home / "state"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "XDG_CONFIG_HOME": str(home / "config"),
        }

    def report(self, *options: str | Path) -> Any:
        return json.loads(check("--format", "json", *options, env=self.env).stdout)

    def text(self, *options: str) -> list[str]:
        """The lines of --format text, less the time."""
        lines = check("--format", "text", *options, env=self.env).stdout.splitlines()
        return [line.partition(" ")[2] for line in lines]

    def fail(self, endpoint: str, error: str = "EGeneral:Unknown method", name: str = "master") -> None:
        key = sample_key(name)
        self.exchange.faults.add(Fault(FaultKind.ERROR, endpoint=endpoint, key=key, text=error, times=None))

    def asked(self) -> list[str]:
        return [request.endpoint for request in self.exchange.requests if request.key]


@pytest.fixture
def bourse(tmp_path: Path) -> Iterator[Bourse]:
    exchange = Exchange()
    open_account(exchange, "master", {"ZUSD": "1000", "DOT28.S": "10"}, ip_allowlist=("127.0.0.1",))
    zoe = open_account(exchange, "zoe", {"ZUSD": "50"}, ip_allowlist=("127.0.0.1",))
    exchange.add_strategy(EarnStrategy("ESDOT", "DOT", "bonded"))
    exchange.add_strategy(EarnStrategy("ESUSDC", "USDC", "instant"))
    exchange.add_allocation("master", EarnAllocation("ESDOT", Decimal(10), state="unbonding", expires=UNTIL))
    exchange.add_allocation("master", EarnAllocation("ESUSDC", Decimal(5000)))
    exchange.add_position(
        "master",
        Position(
            txid="TSAMPL-AAAAA-AAAAAA",
            ordertxid="OSAMPL-AAAAA-AAAAAA",
            pair="XETHZUSD",
            type="sell",
            time=1_790_000_000.0,
            volume=Decimal("0.5"),
            cost=Decimal(1500),
            fee=Decimal(6),
            leverage=5,
            rollover=Decimal(0),
        ),
    )
    zoe.open_orders["OSAMPL-BBBBB-BBBBBB"] = BookOrder(
        "OSAMPL-BBBBB-BBBBBB", "DOTUSD", "buy", "limit", Decimal(5), Decimal(2), 1_790_000_000.0
    )
    with SandboxServer(exchange) as server:
        yield Bourse(exchange, server.url, tmp_path)


class TestFormats:
    def test_text(self, bourse: Bourse) -> None:
        lines = bourse.text("--wallets")

        assert lines[lines.index("ALL ACCOUNTS: SUMMARY") :] == [
            "ALL ACCOUNTS: SUMMARY",
            "MASTER: 🔷 MASTER TOTAL: $6,064.00",
            "MASTER:    KRAKEN: $6,064.00",
            "MASTER:    spot balance and Earn: available $1,000.00, in orders $0.00, in Earn $5,064.00, "
            "in all $6,064.00",
            "MASTER:    margin, not in the total: unrealized profit -$75.12, equity $924.88",
            "ALL ACCOUNTS: 🔷 USER TOTALS:",
            "USER (zoe):    zoe: $50.00",
            "USER (zoe):       KRAKEN: $50.00",
            "USER (zoe):       spot balance and Earn: available $39.98, in orders $10.02, in Earn $0.00, "
            "in all $50.00",
            "USER (zoe):       margin, not in the total: unrealized profit $0.00, equity $50.00",
            "ALL ACCOUNTS: 🔷 ALL ACCOUNTS: $6,114.00",
            "ALL ACCOUNTS:    spot balance and Earn: available $1,039.98, in orders $10.02, in Earn $5,064.00, "
            "in all $6,114.00",
            "ALL ACCOUNTS:    margin, not in the total: unrealized profit -$75.12",
            "MASTER: EARN OF MASTER",
            "MASTER:    DOT 10, unbonding until 2027-01-15 08:00:00 UTC, counted in: spot",
            "MASTER:    USDC 5000, allocated, counted in: earn",
        ]

    def test_text_without_it_names_the_spot_balance(self, bourse: Bourse) -> None:
        lines = bourse.text()

        assert lines[lines.index("ALL ACCOUNTS: SUMMARY") :] == [
            "ALL ACCOUNTS: SUMMARY",
            "MASTER: 🔷 MASTER TOTAL: $1,064.50",
            "MASTER:    KRAKEN: $1,064.50",
            "MASTER:    spot balance: available $1,000.00, in orders $0.00, in Earn at least $64.50, "
            "in all $1,064.50",
            "ALL ACCOUNTS: 🔷 USER TOTALS:",
            "USER (zoe):    zoe: $50.00",
            "USER (zoe):       KRAKEN: $50.00",
            "USER (zoe):       spot balance: available $39.98, in orders $10.02, in Earn unknown, in all $50.00",
            "ALL ACCOUNTS: 🔷 ALL ACCOUNTS: $1,114.50",
            "ALL ACCOUNTS:    spot balance: available $1,039.98, in orders $10.02, in Earn at least $64.50, "
            "in all $1,114.50",
        ]

    @pytest.mark.parametrize("view", ["full", "fleet"])
    @pytest.mark.parametrize("columns", [80, 200])
    def test_tables_keep_the_phrases_whole(self, bourse: Bourse, view: str, columns: int) -> None:
        shown, code = check_on_terminal("--wallets", "--view", view, "--no-color", columns=columns, env=bourse.env)

        assert code == 0
        assert max(map(len, shown.splitlines())) <= columns
        words = " ".join(shown.replace("│", " ").split())
        for phrase in ("🔷 MASTER TOTAL: $6,064.00", "   KRAKEN: $6,064.00", "🔷 ALL ACCOUNTS: $6,114.00"):
            assert any(phrase in line for line in shown.splitlines()), phrase
        assert (
            "spot balance and Earn: available $1,000.00, in orders $0.00, in Earn $5,064.00, in all $6,064.00 "
            "margin, not in the total: unrealized profit -$75.12, equity $924.88"
        ) in words
        assert "DOT 10 unbonding 2027-01-15 08:00:00 spot USDC 5000 allocated - earn" in words

    def test_ascii_has_it_too(self, bourse: Bourse) -> None:
        run = check("--wallets", env={**bourse.env, "LC_ALL": "C", "PYTHONIOENCODING": "ascii"})

        assert run.stdout.isascii()
        assert "spot balance and Earn: available $1,000.00" in run.stdout

    def test_json(self, bourse: Bourse) -> None:
        report = bourse.report("--wallets")
        master, zoe = report["accounts"]

        assert (master["total"], master["complete"], master["whole"]) == ("6064.00", True, True)
        assert master["coverage"] == {"spot": True, "earn": True, "margin": True, "futures": None}
        assert master["wallets"] == {"spot": "1064.50", "earn": "4999.50", "margin_profit": "-75.12"}
        assert master["equity"] == "924.875"
        assert master["earn"] == [
            {
                "asset": "DOT",
                "amount": "10",
                "state": "unbonding",
                "until": "2027-01-15T08:00:00Z",
                "counted_in": "spot",
            },
            {"asset": "USDC", "amount": "5000", "state": "allocated", "until": None, "counted_in": "earn"},
        ]
        assert master["assets"][0] == {
            "asset": "USDC",
            "codes": ["USDC"],
            "amount": "5000",
            "available": "0",
            "earn": "5000",
            "price": "0.9999",
            "price_basis": "mid",
            "value": "4999.5",
        }
        assert (master["assets"][2]["codes"], master["assets"][2]["staked"]) == (["DOT28.S"], "10")
        assert (zoe["earn"], zoe["wallets"]["earn"]) == ([], "0.00")
        assert report["totals"]["all"] == "6114.00"
        assert report["coverage"] == {"spot": True, "earn": True, "margin": True, "futures": None}
        assert report["wallets"] == {"spot": "1114.50", "earn": "4999.50", "margin_profit": "-75.12"}
        assert [one["wallet"] for one in report["not_asked"]] == ["futures", "subaccounts"]

    def test_json_without_it(self, bourse: Bourse) -> None:
        report = bourse.report()
        master = report["accounts"][0]

        spot_only = {"spot": True, "earn": None, "margin": None, "futures": None}
        assert (master["total"], master["coverage"], report["coverage"]) == ("1064.50", spot_only, spot_only)
        assert master["wallets"] == {"spot": "1064.50", "earn": None, "margin_profit": None}
        assert (master["earn"], master["equity"]) == (None, None)
        assert report["not_asked"] == [
            {"wallet": "earn", "reason": "--wallets asks for it"},
            {"wallet": "margin", "reason": "--wallets asks for it"},
            {"wallet": "futures", "reason": "the futures wallet has an API and keys of its own"},
            {
                "wallet": "subaccounts",
                "reason": "a subaccount has a balance and keys of its own; with these it can be a user here",
            },
        ]
        assert sorted(bourse.asked()) == ["BalanceEx", "BalanceEx", "GetApiKeyInfo", "GetApiKeyInfo"]

    def test_csv(self, bourse: Bourse) -> None:
        run = check("--wallets", "--format", "csv", env=bourse.env)

        master, zoe = csv.DictReader(io.StringIO(run.stdout, newline=""), strict=True)
        names = ("total", "coverage", "not_learned", "spot", "earn", "margin_profit", "equity")
        assert [master[name] for name in names] == [
            "6064.00",
            "spot earn margin",
            "",
            "1064.50",
            "4999.50",
            "-75.12",
            "924.875",
        ]
        assert [zoe[name] for name in ("available", "in_orders", "in_earn")] == ["39.98", "10.02", "0.00"]
        assert [master[name] for name in ("available", "in_orders", "in_earn")] == ["1000.00", "0.00", "5064.00"]

    def test_prometheus(self, bourse: Bourse) -> None:
        def name_of(sample: Any) -> str:
            labels = (sample.labels.get(name, "") for name in ("wallet", "state"))
            return f"{sample.name.removeprefix('kraken_accounts_')}{''.join(labels)}"

        def figures(*options: str) -> dict[str, float]:
            run = check("--format", "prometheus", *options, env=bourse.env)
            return {
                name_of(sample): sample.value
                for family in text_string_to_metric_families(run.stdout)
                for sample in family.samples
                if sample.labels.get("account", "master") == "master"
            }

        asked, unasked = figures("--wallets"), figures()

        new = {
            "account_earn_value": 4999.5,
            "account_margin_profit": -75.12,
            "account_margin_equity": 924.875,
            "account_in_earn_value": 5064,
            "account_earn_amountunbonding": 10,
            "account_earn_amountallocated": 5000,
            "account_earn_until_timestamp_secondsunbonding": UNTIL,
            "account_wallet_knownearn": 1,
            "account_wallet_knownmargin": 1,
            "margin_profit": -75.12,
            "earn_value": 4999.5,
            "in_earn_value": 5064,
        }
        assert {name: asked[name] for name in asked.keys() - unasked.keys()} == new
        assert (asked["account_value"], asked["account_spot_value"], asked["value"]) == (6064, 1064.5, 6114)
        assert (unasked["account_value"], unasked["account_spot_value"], unasked["value"]) == (
            1064.5,
            1064.5,
            1114.5,
        )
        # Of both accounts: zoe has 50, of which 10.02 are in an order.
        assert [asked[name] for name in ("available_value", "orders_value", "spot_value")] == [
            1039.98,
            10.02,
            1114.5,
        ]
        assert (asked["account_available_value"], asked["account_orders_value"]) == (1000, 0)

    def test_nagios(self, bourse: Bourse) -> None:
        run = check("--wallets", "--format", "nagios", env=bourse.env)

        assert run.returncode == 0
        assert "2 of 2 accounts trading, total $6,114.00 (spot balance and Earn) | " in run.stdout
        assert run.stdout.split(" total=")[1].splitlines() == [
            "6114.00 earn=4999.50 margin_profit=-75.12 'MASTER'=6064.00 'USER (zoe)'=50.00"
            " 'MASTER available'=1000.00;;;0 'MASTER in Earn'=5064.00;;;0 'MASTER margin profit'=-75.12"
            " 'MASTER equity'=924.875 'USER (zoe) available'=39.98;;;0 'USER (zoe) in Earn'=0.00;;;0"
            " 'USER (zoe) margin profit'=0.00 'USER (zoe) equity'=50",
            "MASTER: spot balance and Earn: available $1,000.00, in orders $0.00, in Earn $5,064.00, "
            "in all $6,064.00",
            "MASTER: margin, not in the total: unrealized profit -$75.12, equity $924.88",
            "MASTER: Earn: DOT 10, unbonding until 2027-01-15 08:00:00 UTC, counted in: spot",
            "MASTER: Earn: USDC 5000, allocated, counted in: earn",
            "USER (zoe): spot balance and Earn: available $39.98, in orders $10.02, in Earn $0.00, in all $50.00",
            "USER (zoe): margin, not in the total: unrealized profit $0.00, equity $50.00",
        ]

    def test_a_config_file_asks_for_it(self, bourse: Bourse, tmp_path: Path) -> None:
        file = tmp_path / "config.toml"
        file.write_text("wallets = true\n")

        assert bourse.report("--config", file)["accounts"][0]["total"] == "6064.00"
        assert bourse.report("--config", file, "--no-wallets")["accounts"][0]["total"] == "1064.50"

    def test_the_demo_has_it(self) -> None:
        run = check("--demo", "--wallets", "--format", "json")

        master = json.loads(run.stdout)["accounts"][0]
        # 1500 USDC in a vault; what else is in Earn, the balances have. 65180.47 + 1499.85
        assert (master["total"], master["wallets"]["earn"]) == ("66680.32", "1499.85")


class TestWhatDidNotCome:
    def test_is_named_behind_the_total(self, bourse: Bourse) -> None:
        bourse.fail("Earn/Allocations")
        bourse.fail("TradeBalance")

        lines = bourse.text("--wallets")

        assert "MASTER: 🔷 MASTER TOTAL: $1,064.50 (incomplete: without Earn; margin unknown)" in lines
        assert (
            "MASTER:    spot balance: available $1,000.00, in orders $0.00, in Earn at least $64.50, "
            "in all $1,064.50"
        ) in lines
        assert not [line for line in lines if line.startswith("MASTER:    margin")]
        assert "ALL ACCOUNTS: 🔷 ALL ACCOUNTS: $1,114.50 (incomplete: only part of MASTER)" in lines
        assert (
            "MASTER: WARNING: What is in Earn could not be learned, and is not in the total: Kraken says "
            "“EGeneral:Unknown method”. [wallets-unknown]"
        ) in lines

    def test_says_how_much_more_there_may_be(self, bourse: Bourse) -> None:
        bourse.exchange.add_strategy(EarnStrategy("ESNEW", "XETH", "quantum"))
        bourse.exchange.state.accounts["zoe"].balances["XETH"] = SimulatedHolding(Decimal(1))
        bourse.exchange.add_allocation("zoe", EarnAllocation("ESNEW", Decimal(3)))

        lines = bourse.text("--wallets")

        assert "USER (zoe):    zoe: $9,500.75 (incomplete: up to 1 ETH more in Earn)" in lines
        assert (
            "USER (zoe):       spot balance and Earn: available $3,190.22, in orders $10.02, "
            "in Earn at least $6,300.50, in all $9,500.75"
        ) in lines
        assert (
            "USER (zoe): WARNING: Up to 1 ETH in Earn may be missing from the total: whether it is in the "
            "balances hangs on the kind of strategy ESNEW, which is not known here. [wallets-unknown]"
        ) in lines

    def test_changes_no_status_and_no_exit_code(self, bourse: Bourse) -> None:
        bourse.fail("Earn/Allocations")

        run = check("--wallets", "--format", "nagios", env=bourse.env)

        assert run.returncode == 1  # a warning
        assert " total=U earn=U margin_profit=-75.12 'MASTER'=U 'USER (zoe)'=50.00" in run.stdout
        assert check("--wallets", env=bourse.env).returncode == 0

    def test_shows_in_short_in_a_fleet(self, bourse: Bourse) -> None:
        bourse.fail("Earn/Allocations")

        run = check("--wallets", "--view", "fleet", env=bourse.env)

        assert re.search(r"MASTER is trading on Kraken +\$1,064\.50 .* wallets-unknown, without Earn", run.stdout)

    def test_may_be_accepted(self, bourse: Bourse, tmp_path: Path) -> None:
        file = tmp_path / "config.toml"
        file.write_text('[[accept]]\ncode = "wallets-unknown"\nreason = "no Earn in this country"\n')
        bourse.fail("Earn/Allocations")

        run = check("--wallets", "--quiet", "--config", file, env=bourse.env)

        assert (run.returncode, run.stdout) == (0, "")
        # Nor is it told to be of no use where nobody asked for it.
        assert "acceptance-unused" not in check("--config", file, env=bourse.env).stdout


class TestSinceLast:
    def test_a_total_with_earn_is_compared_with_no_other(self, bourse: Bourse) -> None:
        def change(*options: str) -> tuple[bool, str | None]:
            found = bourse.report("--since-last", *options)["accounts"][0]["change"]
            return found["first"], found["amount"]

        assert change() == (True, None)
        assert change("--wallets") == (True, None)
        bourse.exchange.state.accounts["master"].balances["ZUSD"].amount += 5
        assert change() == (False, "5.00")
        assert change("--wallets") == (False, "5.00")

    def test_earn_that_did_not_come_is_no_loss(self, bourse: Bourse) -> None:
        bourse.report("--since-last", "--wallets")
        bourse.fail("Earn/Allocations")

        without = bourse.report("--since-last", "--wallets")
        bourse.exchange.faults.clear()
        again = bourse.report("--since-last", "--wallets")

        assert without["accounts"][0]["change"]["amount"] is None
        assert without["accounts"][0]["change"]["previous_total"] == "6064.00"
        assert (without["change"]["amount"], again["change"]["amount"]) == (None, "0.00")

    def test_margin_that_did_not_come_changes_nothing(self, bourse: Bourse) -> None:
        bourse.report("--since-last", "--wallets")
        bourse.fail("TradeBalance")

        assert bourse.report("--since-last", "--wallets")["change"]["amount"] == "0.00"


class TestMinimum:
    def codes(self, bourse: Bourse, *options: str) -> list[str]:
        return [finding["code"] for finding in bourse.report(*options)["accounts"][0]["findings"]]

    @pytest.mark.parametrize(
        ("options", "codes"),
        [
            (("--min-total", "master=1064.51"), ["below-minimum"]),
            (("--min-total", "master=1064.50"), []),
            (("--wallets", "--min-total", "master=6064.01"), ["below-minimum"]),
            (("--wallets", "--min-total", "master=6064"), []),
        ],
    )
    def test_is_held_against_the_total_of_the_run(
        self, bourse: Bourse, options: tuple[str, ...], codes: list[str]
    ) -> None:
        assert self.codes(bourse, *options) == codes

    def test_is_not_checked_where_earn_may_make_up_for_it(self, bourse: Bourse) -> None:
        bourse.fail("Earn/Allocations")

        report = bourse.report("--wallets", "--min-total", "master=2000")

        first = report["accounts"][0]["findings"][0]
        assert (first["code"], report["exit_code"]) == ("minimum-not-checked", 1)
        assert first["message"] == (
            "$1,064.50 is below the minimum of $2,000.00, but that is without what is in Earn"
        )
        assert self.codes(bourse, "--wallets", "--min-total", "master=1000") == ["wallets-unknown"]

    def test_is_not_checked_where_there_may_be_more(self, bourse: Bourse) -> None:
        bourse.exchange.add_strategy(EarnStrategy("ESNEW", "ZUSD", "quantum"))
        bourse.exchange.add_allocation("master", EarnAllocation("ESNEW", Decimal(300)))

        report = bourse.report("--wallets", "--min-total", "master=6200")

        assert report["accounts"][0]["findings"][0]["message"] == (
            "$6,064.00 is below the minimum of $6,200.00, but that is without up to 300 USD in Earn"
        )

    def test_does_not_count_what_a_position_has_lost(self, bourse: Bourse) -> None:
        assert self.codes(bourse, "--wallets", "--min-total", "master=6000") == []


class TestCombine:
    def part(self, bourse: Bourse, folder: Path, name: str, *options: str) -> Path:
        path = folder / f"{name}.json"
        check("--format", "json", "-o", path, "--account", name, *options, env=bourse.env)
        return path

    def test_carries_all_of_it(self, bourse: Bourse, tmp_path: Path) -> None:
        parts = [self.part(bourse, tmp_path, name, "--wallets") for name in ("master", "zoe")]

        report = json.loads(combine(*parts, "--format", "json", env=bourse.env).stdout)

        whole = bourse.report("--wallets")
        assert [
            {**account, "findings": None, "since": None, "checks": None} for account in report["accounts"]
        ] == [{**account, "findings": None, "since": None, "checks": None} for account in whole["accounts"]]
        for name in ("totals", "coverage", "wallets", "not_asked"):
            assert report[name] == whole[name]

    def test_carries_what_did_not_come(self, bourse: Bourse, tmp_path: Path) -> None:
        bourse.fail("Earn/Allocations")
        parts = [self.part(bourse, tmp_path, name, "--wallets") for name in ("master", "zoe")]

        report = json.loads(combine(*parts, "--format", "json", env=bourse.env).stdout)

        assert report["coverage"] == {"spot": True, "earn": False, "margin": True, "futures": None}
        assert (report["totals"]["complete"], report["wallets"]["earn"]) == (False, None)

    def test_makes_no_sum_of_totals_that_are_not_alike(self, bourse: Bourse, tmp_path: Path) -> None:
        master = self.part(bourse, tmp_path, "master", "--wallets")
        zoe = self.part(bourse, tmp_path, "zoe")

        run = combine(zoe, master, "--format", "json", env=bourse.env)

        assert (run.returncode, run.stdout) == (2, "")
        assert run.stderr == (
            f"Error: the totals of {master} count what is in Earn, those of {zoe} do not: "
            "give all parts --wallets, or none\n"
        )

    @pytest.mark.parametrize(
        ("change", "refusal"),
        [
            ({"counted_in": "moon"}, "which is no wallet that this version knows"),
            ({"state": "melting"}, "which is no state in Earn that this version knows"),
            ({"amount": 5}, "which is no decimal number as a string"),
            ({"until": "soon"}, "which is no time in UTC"),
        ],
    )
    def test_believes_no_report_that_is_spoilt(
        self, bourse: Bourse, tmp_path: Path, change: dict[str, Any], refusal: str
    ) -> None:
        part = self.part(bourse, tmp_path, "master", "--wallets")
        report = json.loads(part.read_text())
        report["accounts"][0]["earn"][0] |= change
        part.write_text(json.dumps(report))

        run = combine(part, "--format", "json", env=bourse.env)

        assert run.returncode == 2
        assert refusal in run.stderr

    def test_believes_no_sum_that_is_not_one(self, bourse: Bourse, tmp_path: Path) -> None:
        part = self.part(bourse, tmp_path, "master", "--wallets")
        report = json.loads(part.read_text())
        report["wallets"]["earn"] = "1.00"
        part.write_text(json.dumps(report))

        assert "is at odds with itself: wallets.earn is “1.00”, but comes to “4999.50”" in (
            combine(part, "--format", "json", env=bourse.env).stderr
        )


def test_an_audit_holds_the_spot_balance_against_krakens_figure(bourse: Bourse) -> None:
    """Kraken's `eb` is without some of Earn and what positions have gained, as an audit's total is."""
    run = audit("--format", "json", env=bourse.env)

    report = json.loads(run.stdout)
    master = report["accounts"][0]
    assert (master["total"], master["equivalent_balance"]) == ("1064.50", "1064.5")
    assert "balance-mismatch" not in [finding["code"] for finding in report["findings"]]
    assert "Earn/Allocations" not in bourse.asked()
