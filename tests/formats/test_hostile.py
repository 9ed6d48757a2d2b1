"""Words that mean something to a terminal or to what draws tables: shown as they are, never obeyed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from kraken_accounts import MultiAccountBrokerManager, formats
from kraken_accounts.formats import View, load
from kraken_accounts.kraken.public import SystemStatus
from kraken_accounts.report.verdict import Status
from kraken_sandbox import Exchange, Fault, FaultKind, SandboxServer

from ..conftest import Sandbox
from ..faults.floor import assert_fit_to_be_read, shown_by_every_format
from ..faults.hostile import CONTROL, MARKUP
from ..running import audit, check, check_on_terminal
from ..support import open_account, sample_key, variables
from .reports import EXPIRES, WITHDRAW, account, holding, report

BOTH = ("--account", "a", "--account", "b")
UNPRICED = [f"CODE{number:03}" for number in range(100)]


@contextmanager
def served(codes: Iterable[str], amount: str = "3") -> Iterator[tuple[Exchange, dict[str, str]]]:
    """An exchange where one account has 100 dollars and assets by such names, beside one that is fine."""
    exchange = Exchange()
    for name in ("a", "b"):
        open_account(exchange, name, {"ZUSD": "50"})
    balances = {code: {"balance": amount, "hold_trade": "0"} for code in codes}
    text = json.dumps({"error": [], "result": {"ZUSD": {"balance": "100", "hold_trade": "0"}, **balances}})
    exchange.faults.add(Fault(FaultKind.BODY, endpoint="BalanceEx", key=sample_key("a"), text=text, times=None))
    with SandboxServer(exchange) as server:
        yield exchange, variables(server.url, "a", "b")


@pytest.fixture
def hostile() -> Iterator[tuple[Exchange, dict[str, str]]]:
    """Assets whose names are markup."""
    with served(MARKUP) as (exchange, env):
        yield exchange, env


class TestMarkup:
    @pytest.mark.parametrize("name", formats.NAMES)
    def test_is_shown_as_it_is_in_a_pipe(self, hostile: tuple[Exchange, dict[str, str]], name: str) -> None:
        _, env = hostile

        run = check(*BOTH, "--format", name, "--assets", "--activity", env=env)

        assert (run.returncode, run.stderr) == (0, "")
        if name in ("table", "text"):
            for code in MARKUP:
                assert run.stdout.count(code) >= 3, code  # in two sums and in the list
            assert "✅ USER (b) is trading on Kraken" in run.stdout

    def test_is_shown_as_it_is_on_a_terminal(self, hostile: tuple[Exchange, dict[str, str]]) -> None:
        _, env = hostile

        shown, code = check_on_terminal(*BOTH, "--assets", "--activity", columns=80, env=env)

        assert code == 0
        assert "\x1b[" in shown  # coloured, but not by what stands in the names,
        assert "\x1b]8" not in shown  # and with no links
        for name in MARKUP:
            assert name in re.sub(r"\x1b\[[0-9;]*m", "", shown)

    @pytest.mark.parametrize("name", formats.NAMES)
    def test_in_any_word_costs_no_report(self, name: str) -> None:
        odd = " ".join(MARKUP)
        found = report(
            account(odd, "1.00", Status.ERROR, odd, replace(WITHDRAW, message=odd, remedy=odd), remedy=odd),
            account("fine", holdings=(holding(odd, "1", "1"),)),
            system_status=SystemStatus(odd),
            findings=(replace(EXPIRES, message=odd, remedy=odd),),
            quote=odd,
        )

        shown = load(name).render(found, View(assets=True, activity=True, width=2000, color=True))

        assert "[/x]" in shown
        if name in ("table", "text"):
            assert odd in re.sub(r"\x1b\[[0-9;]*m", "", shown)

    def test_is_shown_as_it_is_in_an_audit(self, hostile: tuple[Exchange, dict[str, str]]) -> None:
        exchange, env = hostile
        words = "EGeneral:[/x] :smile: [link=http://a.b]"
        exchange.faults.add(Fault(FaultKind.ERROR, endpoint="GetApiKeyInfo", key=sample_key("a"), text=words))

        run = audit(*BOTH, env=env)

        assert run.stderr == ""
        assert words in " ".join(re.sub("[│\\s]+", " ", run.stdout).split())

    def test_in_what_kraken_says_is_shown_as_it_is(self, hostile: tuple[Exchange, dict[str, str]]) -> None:
        exchange, env = hostile
        words = "EGeneral:[/x] :smile: [link=http://a.b]\x1b[31m \u202ered\u2066 \x07\x9b1m"
        exchange.faults.add(
            Fault(FaultKind.ERROR, endpoint="GetApiKeyInfo", key=sample_key("a"), text=words, times=9)
        )

        for shown in (
            check(*BOTH, env=env).stdout,
            check_on_terminal(*BOTH, "--no-color", columns=200, env=env)[0],
        ):
            assert_fit_to_be_read("table", shown)
            assert "EGeneral:[/x] :smile: [link=http://a.b]" in shown
            assert "✅ USER (b) is trading on Kraken" in shown


class TestControlCharacters:
    @pytest.mark.parametrize("text", CONTROL)
    def test_of_an_asset_reach_no_format(self, text: str, tmp_path: Path) -> None:
        with served([text]) as (_, env):
            env_file = tmp_path / ".env"
            env_file.write_text("".join(f"{name}={value}\n" for name, value in env.items()))
            env_file.chmod(0o600)
            found = MultiAccountBrokerManager.from_env(env_file).check()

        assert found.accounts[2].status is Status.TRADING
        for name, shown in shown_by_every_format(found):
            assert_fit_to_be_read(name, shown)

    @pytest.mark.parametrize(
        "option", ["--account", "--format", "--quote", "--timeout", "--min-total", "--env-file"]
    )
    def test_of_the_command_line_reach_no_terminal(self, sandbox: Sandbox, option: str) -> None:
        shown, code = check_on_terminal(option, "\x1b[31mx\u202ey\x07", columns=80, env=sandbox.env)

        assert code == 2
        assert not set("\x1b\u202e\x07") & set(shown)


class TestWidth:
    def test_of_a_hundred_unpriced_assets_is_the_usual_one(self) -> None:
        with served(UNPRICED, "1234567.123456789") as (_, env):
            pipe = check(env=env).stdout
            terminals = {columns: check_on_terminal(columns=columns, env=env)[0] for columns in (80, 200)}

        for width, shown in ((80, pipe), *terminals.items()):
            plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
            lines = [line.strip("│ ") for line in plain.splitlines()]
            assert max(map(len, plain.splitlines())) <= min(width, 110)
            for phrase in ("a: $100.00 ", "KRAKEN: $100.00 ", "b: $50.00 ", "KRAKEN: $50.00 "):
                assert any(f"{line} ".startswith(phrase) for line in lines), phrase
            said = " ".join(lines)
            assert said.count("1234567.123456789 CODE") == 200
            assert "…" not in plain

    def test_of_one_is_a_line(self) -> None:
        table = load("table").render(
            report(account(None, "1.00", complete=False, holdings=(holding("XRT", "75"),))), View()
        )

        assert "│    KRAKEN: $1.00 (incomplete: without 75 XRT) " in table

    def test_of_500_accounts_without_a_total_is_the_usual_one(self) -> None:
        unknown = [account(f"user{number:03}", None, Status.ERROR) for number in range(500)]

        table = load("table").render(report(account(), *unknown), View(fleet=False))

        assert max(map(len, table.splitlines())) <= 80
        assert any(line.startswith("│ 🔷 ALL ACCOUNTS: $100.00 ") for line in table.splitlines())
        assert all(f"user{number:03}" in table for number in range(500))
