"""The options that choose accounts, their order, the tables and the colours."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from kraken_accounts.commands.output import FileOutput, Output, has_color
from kraken_accounts.config import ConfigurationError, load_settings
from kraken_sandbox import Exchange, SandboxServer

from ..conftest import Sandbox
from ..running import audit, check, check_on_terminal
from ..support import open_account, sample_key, sample_secret, variables

INVESTORS = [f"investor_{number:03}" for number in range(25)]


@pytest.fixture(scope="module")
def many() -> Iterator[dict[str, str]]:
    """The variables of a master and 25 investors."""
    exchange = Exchange()
    for name in ("master", *INVESTORS):
        open_account(exchange, name, {"ZUSD": "50"}, ip_allowlist=("127.0.0.1",))
    with SandboxServer(exchange) as server:
        yield variables(server.url, "master", *INVESTORS)


Run = Callable[..., subprocess.CompletedProcess[str]]


def trading(text: str) -> list[str]:
    return re.findall(r"✅ (?:USER \((\w+)\)|MASTER) is", text)


class TestAccount:
    ENVIRONMENT: Mapping[str, str] = variables("http://127.0.0.1:1", "master", "bob", *INVESTORS[:3])

    def chosen(self, *selectors: str, **more: str) -> list[str]:
        settings = load_settings({**self.ENVIRONMENT, **more})
        return [account.account.selector for account in settings.select(selectors).accounts]

    @pytest.mark.parametrize(
        ("selector", "names"),
        [
            ("BOB", ["bob"]),
            ("MaStEr", ["master"]),
            ("investor_*", INVESTORS[:3]),
            ("Investor_00[12]", INVESTORS[1:3]),
            ("?ob", ["bob"]),
            ("*", ["master", "bob", *INVESTORS[:3]]),
            ("m*", ["master"]),
        ],
    )
    def test_takes_patterns_and_names_in_any_case(self, selector: str, names: list[str]) -> None:
        assert self.chosen(selector) == names

    def test_takes_each_once_however_often_it_is_meant(self) -> None:
        assert self.chosen("investor_*", "INVESTOR_001", "bob") == ["bob", *INVESTORS[:3]]

    def test_takes_a_name_as_it_stands_before_what_is_like_it(self) -> None:
        more = {
            "KRAKEN_USER_BIG_API_KEY": sample_key("big"),
            "KRAKEN_USER_BIG_API_SECRET": sample_secret("big"),
            "KRAKEN_USER_BIG_USER_ID": "Bob",
        }

        assert self.chosen("Bob", **more) == ["Bob"]
        assert self.chosen("bob", **more) == ["bob"]
        assert self.chosen("BOB", **more) == ["Bob", "bob"]

    @pytest.mark.parametrize(
        ("selector", "sentence"),
        [
            ("INVESTER_001", "there is no account 'INVESTER_001'; did you mean 'investor_001' "),
            ("nobody*", "there is no account 'nobody*'; the accounts are: master, bob, investor_000, "),
            ("", "there is no account ''; the accounts are: "),
        ],
    )
    def test_that_is_nobodys_is_refused_with_those_that_are_near(self, selector: str, sentence: str) -> None:
        with pytest.raises(ConfigurationError, match=f"^{re.escape(sentence)}"):
            self.chosen("bob", selector)

    def test_names_the_nearest_three_of_many(self, many: dict[str, str]) -> None:
        run = check("--account", "investor_99", env=many)

        assert (run.returncode, run.stdout) == (2, "")
        assert run.stderr.startswith("Error: there is no account 'investor_99'; did you mean 'investor_0")
        assert run.stderr.count("(KRAKEN_USER_INVESTOR_") == 3

    def test_patterns_are_for_minimums_too(self, many: dict[str, str]) -> None:
        arguments = ("--account", "investor_00*", "--format", "text")

        below = check(*arguments, "--min-total", "INVESTOR_00[34]=60", env=many)
        nobody = check(*arguments, "--min-total", "investor_01*=60", env=many)

        assert (
            re.findall(r"USER \((\w+)\): CRITICAL: \$50\.00 is below the minimum", below.stdout) == INVESTORS[3:5]
        )
        assert (nobody.returncode, nobody.stdout) == (2, "")
        assert "--min-total investor_01*: there is no such account among those that are asked" in nobody.stderr


class TestTables:
    def test_are_those_of_a_fleet_where_there_are_many(self, many: dict[str, str]) -> None:
        by_itself = check(env=many).stdout
        in_full = check("--view", "full", env=many).stdout

        assert "\nACCOUNTS\n" in by_itself
        assert len(by_itself.splitlines()) < 55
        assert "\nACCOUNTS\n" not in in_full
        assert "│    investor_007: $50.00 " in in_full
        assert trading(by_itself) == trading(in_full) == ["", *INVESTORS]

    def test_of_an_audit_likewise(self, sandbox: Sandbox) -> None:
        table = audit("--view", "fleet", env=sandbox.env).stdout

        assert "│ INFO no-ip-allowlist: 2 accounts: bravo, charlie " in table
        assert table.count("no-ip-allowlist") == 1

    def test_can_be_sorted_and_cut_down_to_problems(self, sandbox: Sandbox) -> None:
        run = check("--sort", "total", "--only-problems", "--format", "text", env=sandbox.env)

        assert re.findall(r": [✅❌] USER \((\w+)\)", run.stdout) == ["bravo", "charlie", "delta"]
        assert " ALL ACCOUNTS: 2 accounts are fine and not listed.\n" in run.stdout

    @pytest.mark.parametrize(
        ("command", "arguments", "sentence"),
        [
            (
                check,
                ["--sort", "change"],
                "--sort change needs --since-last or --since: without it no change is known",
            ),
            (check, ["--sort", "colour"], "Invalid value for '--sort': 'colour' is not one of 'name', 'total', "),
            (audit, ["--sort", "change"], "Invalid value for '--sort': 'change' is not one of 'name', 'total', "),
            (check, ["--view", "half"], "Invalid value for '--view': 'half' is not one of 'fleet', 'full'."),
            (check, ["--color", "red"], "Invalid value for '--color': 'red' is not one of 'auto', 'always', "),
        ],
    )
    def test_that_are_none_are_refused(
        self, sandbox: Sandbox, command: Run, arguments: list[str], sentence: str
    ) -> None:
        run = command(*arguments, env=sandbox.env)

        assert (run.returncode, run.stdout) == (2, "")
        assert sentence in run.stderr
        assert sandbox.endpoints() == []


class Stream(Output):
    """A stream, be it a terminal or not."""

    is_stream = True

    def __init__(self, *, color: bool) -> None:
        self.color = color

    def write(self, content: str | bytes) -> bool:
        """Nowhere."""
        return bool(content)


class TestColor:
    @pytest.mark.parametrize(
        ("choice", "environment", "terminal", "pipe"),
        [
            ("auto", {}, True, False),
            ("auto", {"FORCE_COLOR": "1"}, True, True),
            ("auto", {"CLICOLOR_FORCE": "1"}, True, True),
            ("auto", {"FORCE_COLOR": "true", "CLICOLOR_FORCE": "0"}, True, True),
            ("auto", {"FORCE_COLOR": ""}, True, False),
            ("auto", {"FORCE_COLOR": "0"}, True, False),
            ("auto", {"CLICOLOR_FORCE": "0"}, True, False),
            ("auto", {"NO_COLOR": "1"}, False, False),
            ("auto", {"NO_COLOR": ""}, True, False),
            ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1", "CLICOLOR_FORCE": "1"}, False, False),
            ("always", {}, True, True),
            ("always", {"NO_COLOR": "1"}, True, True),
            ("never", {}, False, False),
            ("never", {"FORCE_COLOR": "1"}, False, False),
        ],
    )
    def test_is_what_command_line_variables_and_terminal_say_in_that_order(
        self, choice: str, environment: dict[str, str], terminal: bool, pipe: bool
    ) -> None:
        assert has_color(Stream(color=True), choice, environment) is terminal
        assert has_color(Stream(color=False), choice, environment) is pipe

    def test_is_put_into_a_file_only_by_the_command_line(self, tmp_path: Path) -> None:
        file = FileOutput(tmp_path / "report", 0)

        assert not has_color(file, "auto", {"FORCE_COLOR": "1"})
        assert has_color(file, "always", {})

    @pytest.mark.parametrize(
        ("arguments", "env"),
        [(["--color", "always"], {"NO_COLOR": "1"}), ([], {"FORCE_COLOR": "1"}), ([], {"CLICOLOR_FORCE": "1"})],
    )
    def test_is_there_for_a_pipe_that_wants_it_with_nothing_else_changed(
        self, arguments: list[str], env: dict[str, str]
    ) -> None:
        colored = check("--demo", *arguments, env=env).stdout

        assert "\x1b[32m✅ MASTER is trading on Kraken" in colored
        plain = re.sub(r"\x1b\[[0-9;]*m", "", colored)
        without_time = re.sub(r"\S+ UTC", "", check("--demo").stdout)
        assert [line.rstrip() for line in re.sub(r"\S+ UTC", "", plain).splitlines()] == [
            line.rstrip() for line in without_time.splitlines()
        ]

    def test_is_never_there_for_the_old_option(self) -> None:
        shown, _ = check_on_terminal("--demo", "--no-color", "--color", "always", columns=80)

        assert "\x1b" not in shown

    @pytest.mark.parametrize("name", ["text", "json", "csv", "nagios"])
    def test_of_formats_without_colours_changes_nothing(self, name: str) -> None:
        assert "\x1b" not in check("--demo", "--format", name, "--color", "always").stdout


def test_a_watch_shows_colours_through_its_pipe() -> None:
    """`watch -c kraken-accounts --color always` hands the command a pipe, whatever its terminal is."""
    watched = check("--demo", "--color", "always", env={"TERM": "dumb"}).stdout

    assert "\x1b[1;31m❌ USER (charlie) is NOT trading on Kraken" in watched
