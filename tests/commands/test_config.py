"""config.toml through the front door: what is expected, what is accepted, and whose variables are whose."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kraken_accounts import MultiAccountBrokerManager
from kraken_accounts.commands.configuration import configuration_of
from kraken_accounts.config import load_settings
from kraken_accounts.formats import NAMES
from kraken_sandbox import Exchange, SandboxServer

from ..running import NO_KEYS, REPOSITORY, accounts, audit, check, config, history_command
from ..support import open_account, variables

ALLOWED = {"ip_allowlist": ("127.0.0.1",)}
LOOK = {"permissions": frozenset({"query-funds", "query-open-trades"})}
TODAY = datetime.now(UTC).date()
ACCEPT = '[[accept]]\ncode = "{}"\nreason = "no fixed address"\nuntil = {}\n'
READ_ONLY = '[accounts.charlie]\nexpected = "read-only"\n'


class House:
    """A master and two users, of whom charlie may only look; and the user's config.toml."""

    def __init__(self, exchange: Exchange, url: str, folder: Path) -> None:
        self.exchange = exchange
        self.url = url
        self.file = folder / "kraken-accounts" / "config.toml"
        self.file.parent.mkdir(mode=0o700)
        self.env = {**variables(url, "master", "alpha", "charlie"), "XDG_CONFIG_HOME": str(folder)}

    @property
    def home(self) -> dict[str, str]:
        """The environment without any key."""
        return {name: value for name, value in self.env.items() if not name.startswith("KRAKEN")}

    def beside(self, folder: Path, content: str) -> Path:
        """A file with the keys, in a folder with such a config.toml."""
        keys = folder / "set" / ".env"
        keys.parent.mkdir(mode=0o700)
        keys.write_text("".join(f"{name}={value}\n" for name, value in self.env.items() if "KRAKEN" in name))
        keys.chmod(0o600)
        (keys.parent / "config.toml").write_text(content)
        return keys

    def check(self, content: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        self.file.write_text(content)
        return check(*arguments, env=self.env)

    def listed_by_history(self) -> list[str]:
        run = history_command("--format", "json", "--no-ledger", env=self.env)
        return [one["label"] for one in json.loads(run.stdout)["accounts"]]

    def json(self, content: str, *arguments: str) -> dict[str, Any]:
        run = self.check(content, "--format", "json", *arguments)
        assert run.stderr == ""
        found: dict[str, Any] = json.loads(run.stdout)
        assert found["exit_code"] == run.returncode
        return found


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    exchange = Exchange()
    open_account(exchange, "master", {"ZUSD": "1000"}, **ALLOWED)
    open_account(exchange, "alpha", {"ZUSD": "100"}, **ALLOWED)
    open_account(exchange, "charlie", {"ZUSD": "10"}, **ALLOWED, **LOOK)
    with SandboxServer(exchange) as server:
        yield House(exchange, server.url, tmp_path)


def codes(account: dict[str, Any]) -> list[tuple[str, str]]:
    return [(finding["code"], finding["severity"]) for finding in account["findings"]]


class TestReadOnly:
    def test_that_is_expected_is_fine(self, house: House) -> None:
        assert (house.check("", "--quiet").returncode, house.check("").returncode) == (1, 1)

        run = house.check(READ_ONLY, "--quiet")

        assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
        assert house.exchange.requests != []

    @pytest.mark.parametrize(
        ("name", "code", "said"),
        [
            ("table", 0, "✅ USER (charlie) is read-only on Kraken, as expected"),
            ("text", 0, "2 of 3 accounts trading, 1 read-only as expected · "),
            ("nagios", 0, "KRAKEN OK - "),
            ("json", 0, '"status": "read-only", "trading": false, "expected": "read-only"'),
            ("csv", 0, "charlie,USER (charlie),read-only,false,"),
            ("prometheus", 0, 'account_as_expected{account="charlie",account_type="user"} 1.0'),
        ],
    )
    def test_in_every_format(self, house: House, name: str, code: int, said: str) -> None:
        run = house.check(READ_ONLY, "--format", name)

        assert (run.returncode, run.stderr) == (code, "")
        assert said in run.stdout
        assert "NOT trading" not in run.stdout

    def test_counts_in_the_sum_and_an_audit_has_nothing_against_it(self, house: House) -> None:
        found = house.json(READ_ONLY)

        assert (found["totals"]["all"], found["totals"]["complete"]) == ("1110.00", True)
        assert codes(found["accounts"][2]) == []
        assert audit(env=house.env).returncode == 0

    def test_and_is_not_is_a_finding(self, house: House) -> None:
        found = house.json('[accounts.alpha]\nexpected = "read-only"\n' + READ_ONLY)

        assert codes(found["accounts"][1]) == [("not-as-expected", "warning")]
        assert (found["accounts"][1]["status"], found["exit_code"]) == ("trading", 0)
        assert "Create & modify orders" in found["accounts"][1]["findings"][0]["remedy"]
        assert f"{house.file}, line 1" in found["accounts"][1]["findings"][0]["remedy"]
        assert house.check(house.file.read_text(), "--format", "nagios").returncode == 1
        assert house.check(house.file.read_text(), "--quiet").stdout != ""

    def test_shows_while_the_exchange_is_closed_too(self, house: House) -> None:
        house.exchange.set_system_status("maintenance")

        found = house.json('[accounts.alpha]\nexpected = "read-only"\n')

        assert codes(found["accounts"][1]) == [("not-as-expected", "warning")]

    def test_that_is_expected_excuses_nothing_else(self, house: House) -> None:
        house.exchange.revoke_key(house.env["KRAKEN_USER_CHARLIE_API_KEY"])

        found = house.json(READ_ONLY)

        assert (found["accounts"][2]["status"], found["exit_code"]) == ("rejected", 1)


class TestDisabled:
    CONTENT = '[accounts.charlie]\ndisabled = "paused by the investor"\nmin-total = 5000\n'

    @pytest.mark.parametrize("name", NAMES)
    def test_in_every_format(self, house: House, name: str) -> None:
        run = house.check(self.CONTENT, "--format", name)

        assert (run.returncode, run.stderr) == (0, "")
        assert "disabled" in run.stdout
        if name != "prometheus":
            assert "paused by the investor" in run.stdout
        assert "NOT trading" not in run.stdout

    def test_is_not_asked_and_in_no_sum(self, house: House) -> None:
        found = house.json(self.CONTENT)

        assert all(house.env["KRAKEN_USER_CHARLIE_API_KEY"] != one.key for one in house.exchange.requests)
        charlie = found["accounts"][2]
        assert (charlie["status"], charlie["total"], codes(charlie)) == ("disabled", None, [])
        assert charlie["reason"] == "it is disabled: paused by the investor"
        assert found["totals"]["all"] == "1100.00"
        assert found["totals"]["complete"] is found["totals"]["whole"] is True
        assert house.check(self.CONTENT, "--quiet", "--min-total", "user=*=50").stdout == ""
        assert audit(env=house.env).returncode == 0

    def test_says_so_in_words(self, house: House) -> None:
        run = house.check(self.CONTENT, "--format", "text")

        assert "2 of 2 accounts trading, 1 disabled · " in run.stdout
        assert "USER (charlie): ❔ USER (charlie) is not checked\n" in run.stdout
        assert "USER (charlie):    charlie: not checked\n" in run.stdout

    def test_all_of_them_is_no_check_at_all(self, house: House) -> None:
        content = "".join(f'[accounts.{name}]\ndisabled = "x"\n' for name in ("master", "alpha", "charlie"))

        assert house.check(content).returncode == 2
        assert house.exchange.requests == []


class TestMinimum:
    def test_is_critical_and_the_command_line_wins(self, house: House) -> None:
        content = '[accounts.alpha]\nmin-total = "100.01"\n' + READ_ONLY

        found = house.json(content)

        assert codes(found["accounts"][1]) == [("below-minimum", "critical")]
        assert found["exit_code"] == 1
        assert house.json(content, "--min-total", "alpha=100")["exit_code"] == 0
        assert house.json(content.replace(".01", ""))["exit_code"] == 0

    def test_in_another_currency_is_not_compared_and_says_so(self, house: House) -> None:
        content = 'quote = "USD"\n[accounts.alpha]\nmin-total = 1\n' + READ_ONLY

        found = house.json(content, "--quote", "EUR")

        assert codes(found["accounts"][1]) == [("minimum-not-checked", "critical")]
        assert found["accounts"][1]["findings"][0]["message"] == (
            f"the minimum of 1 is in USD ({house.file}, line 2), and this run has its totals in EUR"
        )
        assert house.json(content, "--quote", "ZUSD")["exit_code"] == 0


class TestAccepted:
    """charlie's key works from anywhere, and alpha's has a window for late requests, which is a warning."""

    @pytest.fixture(autouse=True)
    def _faulty(self, house: House) -> None:
        house.exchange.replace_key(house.env["KRAKEN_USER_ALPHA_API_KEY"], nonce_window=5000)

    def test_does_not_count_and_is_back_when_the_day_has_passed(self, house: House) -> None:
        until = READ_ONLY + ACCEPT.format("nonce-window", TODAY)
        over = READ_ONLY + ACCEPT.format("nonce-window", TODAY - timedelta(days=1))

        assert house.check(READ_ONLY, "--quiet").stdout != ""
        run = house.check(until, "--quiet")
        assert (run.returncode, run.stdout) == (0, "")
        assert audit(env=house.env).returncode == 0
        assert house.check(over, "--quiet").stdout != ""
        assert audit(env=house.env).returncode == 1

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("table", "ACCEPTED: USER (alpha): The key has a nonce window of 5000"),
            ("text", f"[nonce-window] (accepted until {TODAY}: no fixed address)"),
            ("nagios", f"[nonce-window] (accepted until {TODAY}: no fixed address)"),
            ("json", f'"accepted": {{"reason": "no fixed address", "until": "{TODAY}"}}'),
            (
                "prometheus",
                'account_finding_accepted{account="alpha",account_type="user",code="nonce-window"} 1.0',
            ),
        ],
    )
    def test_in_every_format(self, house: House, name: str, said: str) -> None:
        run = house.check(READ_ONLY + ACCEPT.format("nonce-window", TODAY), "--format", name)

        assert (run.returncode, run.stderr) == (0, "")
        assert said in run.stdout

    def test_in_csv(self, house: House) -> None:
        run = house.check(READ_ONLY + ACCEPT.format("nonce-window", TODAY), "--format", "csv")

        alpha = list(csv.DictReader(io.StringIO(run.stdout)))[1]
        assert (alpha["warning"], alpha["findings"], alpha["accepted"]) == ("0", "", "nonce-window")

    def test_of_some_accounts_only(self, house: House) -> None:
        content = READ_ONLY + ACCEPT.format("nonce-window", TODAY)

        assert house.check(content + 'accounts = ["AL*"]\n', "--quiet").stdout == ""
        others = house.json(content + 'accounts = ["charlie", "investor_*"]\n')
        assert [finding["accepted"] for finding in others["accounts"][1]["findings"]] == [None]
        assert [finding["code"] for finding in others["findings"]] == ["other-exchange", "acceptance-unused"]

    def test_of_the_run(self, house: House) -> None:
        found = house.json(READ_ONLY + ACCEPT.format("other-exchange", TODAY))

        assert [(one["code"], one["accepted"] is not None) for one in found["findings"]] == [
            ("other-exchange", True)
        ]

    def test_critical_is_accepted_for_a_time(self, house: House) -> None:
        may = {"query-funds", "query-open-trades", "modify-trades", "close-trades", "withdraw-funds"}
        house.exchange.replace_key(
            house.env["KRAKEN_USER_ALPHA_API_KEY"], nonce_window=0, permissions=frozenset(may)
        )

        assert house.check(READ_ONLY).returncode == 1
        assert house.check(READ_ONLY + ACCEPT.format("withdraw-enabled", TODAY), "--quiet").stdout == ""
        refused = house.check(READ_ONLY + '[[accept]]\ncode = "withdraw-enabled"\nreason = "x"\n')
        assert refused.returncode == 2
        assert "withdraw-enabled may be critical, which is accepted for a time only" in refused.stderr

    def test_that_matches_nothing_any_more_is_information(self, house: House) -> None:
        content = (
            READ_ONLY + ACCEPT.format("no-ip-allowlist", TODAY) + ACCEPT.format("superfluous-permission", TODAY)
        )

        found = house.json(content)

        (unused,) = [one for one in found["findings"] if one["code"] == "acceptance-unused"]
        assert unused["severity"] == "info"
        assert unused["message"] == (
            f"{house.file}, line 3: no-ip-allowlist is accepted, and there is none any more"
        )
        # What was not looked for, or not of all accounts, is not called unused.
        selected = house.json(content, "--account", "alpha")
        assert "acceptance-unused" not in [one["code"] for one in selected["findings"]]
        audited = json.loads(audit("--format", "json", env=house.env).stdout)
        assert [one["code"] for one in audited["findings"]].count("acceptance-unused") == 2

    def test_is_not_called_unused_where_nobody_could_look(self, house: House) -> None:
        house.exchange.revoke_key(house.env["KRAKEN_USER_CHARLIE_API_KEY"])

        found = house.json(READ_ONLY + ACCEPT.format("no-ip-allowlist", TODAY))

        assert [one["code"] for one in found["findings"]] == ["other-exchange"]


class TestAcceptedLast:
    """What shows when a run is over, that it cannot be remembered, is accepted like all that shows before."""

    @pytest.fixture(autouse=True)
    def _nowhere_to_remember(self, house: House, tmp_path: Path) -> None:
        (tmp_path / "state").symlink_to(tmp_path / "is" / "gone")
        house.env["XDG_STATE_HOME"] = str(tmp_path / "state")

    @pytest.mark.parametrize(
        ("command", "arguments", "count"), [(check, (), 1), (check, ("--since-last",), 2), (audit, (), 1)]
    )
    def test_in_a_check_and_in_an_audit(
        self,
        house: House,
        command: Callable[..., subprocess.CompletedProcess[str]],
        arguments: tuple[str, ...],
        count: int,
    ) -> None:
        def found(content: str) -> tuple[list[bool], list[str], int]:
            house.file.write_text(content)
            run = command(*arguments, "--format", "json", env=house.env)
            findings = json.loads(run.stdout)["findings"]
            lost = [one["accepted"] is not None for one in findings if one["code"] == "not-remembered"]
            return lost, [one["code"] for one in findings if one["code"] == "acceptance-unused"], run.returncode

        code = 1 if command is audit else 0
        assert found(READ_ONLY) == ([False] * count, [], code)
        assert found(READ_ONLY + ACCEPT.format("not-remembered", TODAY)) == ([True] * count, [], 0)

    def test_of_one_account_as_of_all(self, house: House) -> None:
        house.exchange.replace_key(house.env["KRAKEN_USER_ALPHA_API_KEY"], nonce_window=5000)
        house.file.write_text(READ_ONLY + ACCEPT.format("nonce-window", TODAY))
        config_in_force = configuration_of(house.file).config

        with MultiAccountBrokerManager(load_settings(house.env, NO_KEYS, config_in_force)) as manager:
            each = [manager.get_user_balance("alpha"), *manager.get_all_balances().values()]

        of_alpha = [one for one in each if one.account.user_id == "alpha"]
        assert [[finding.accepted is not None for finding in one.findings] for one in of_alpha] == [[True]] * 2


class TestDefaults:
    def test_give_way_to_the_command_line(self, house: House) -> None:
        content = 'quote = "EUR"\nformat = "csv"\nquiet = true\nassets = true\n' + READ_ONLY

        assert house.check(content).stdout == ""
        loud = house.check(content, "--no-quiet")
        assert [row["quote"] for row in csv.DictReader(io.StringIO(loud.stdout))] == ["EUR"] * 3
        text = house.check(content, "--no-quiet", "--quote", "USD", "--format", "text").stdout
        assert "🔷 MASTER TOTAL: $1,000.00" in text
        assert "ASSETS OF MASTER" in text
        assert "ASSETS OF" not in house.check(content, "--no-quiet", "--format", "text", "--no-assets").stdout

    def test_that_only_a_check_knows_do_not_keep_an_audit_from_its_own(self, house: House) -> None:
        house.file.write_text('format = "csv"\nsort = "change"\nsince-last = true\n' + READ_ONLY)

        assert "FINDINGS, WORST FIRST" in audit(env=house.env).stdout

    def test_of_a_file_that_is_named(self, house: House, tmp_path: Path) -> None:
        named = tmp_path / "named.toml"
        named.write_text('format = "csv"\n' + READ_ONLY)

        run = house.check("this is no TOML", "--config", named)

        assert (run.returncode, run.stdout[:13], run.stderr) == (0, "generated_at,", "")

    def test_of_the_working_directory_are_not_believed(self, house: House, tmp_path: Path) -> None:
        (tmp_path / "config.toml").write_text("quiet = true\n" + READ_ONLY)

        run = check(env=house.env, cwd=tmp_path)

        assert run.returncode == 1
        assert "NOT trading" in run.stdout

    def test_of_a_file_beside_the_keys_come_before_the_users_own(self, house: House, tmp_path: Path) -> None:
        keys = house.beside(tmp_path, 'format = "csv"\n' + READ_ONLY)
        house.file.write_text("this is no TOML")

        named = check("--env-file", keys, env=house.home)
        found = check(env=house.home, cwd=keys.parent)
        judged = config("--check", env=house.home, cwd=keys.parent)

        for run in (named, found):
            assert (run.returncode, run.stdout[:13], run.stderr) == (0, "generated_at,", "")
        assert judged.stdout.startswith(f"{keys.parent / 'config.toml'}: is in order (1 default, 1 account, ")
        assert (
            f"# config.toml: {keys.parent / 'config.toml'}\n" in config("--env-file", keys, env=house.home).stdout
        )
        assert check("--env-file", keys, "--config", house.file, env=house.home).returncode == 2

    @pytest.mark.parametrize("keys", ["", "KRAKEN_MASTER_API_KEY=<paste_your_master_key>\n", "MODE=live\n"])
    def test_of_a_file_beside_no_keys_are_not_believed(self, house: House, tmp_path: Path, keys: str) -> None:
        house.beside(tmp_path, "this is no TOML").write_text(keys)
        house.file.write_text('format = "csv"\n' + READ_ONLY)

        run = check(env=house.env, cwd=tmp_path / "set")

        assert (run.returncode, run.stdout[:13], run.stderr) == (0, "generated_at,", "")

    def test_of_a_file_beside_the_keys_that_others_may_write_are_refused(
        self, house: House, tmp_path: Path
    ) -> None:
        keys = house.beside(tmp_path, READ_ONLY)
        (keys.parent / "config.toml").chmod(0o666)

        run = check("--env-file", keys, env=house.home)

        assert (run.returncode, house.exchange.requests) == (2, [])
        assert "is not believed, since others may write it (mode 666) and could switch alarms off" in run.stderr

    def test_of_a_file_beside_a_pipe_are_not_looked_for(self, house: House, tmp_path: Path) -> None:
        pipe = house.beside(tmp_path, "this is no TOML").with_name("pipe")
        os.mkfifo(pipe)
        lines = "".join(f"{name}={value}\n" for name, value in house.env.items() if name.startswith("KRAKEN"))
        house.file.write_text(READ_ONLY)
        with ThreadPoolExecutor(1) as writer:
            writer.submit(pipe.write_text, lines)
            run = check("--env-file", pipe, env=house.home)

        assert (run.returncode, run.stderr) == (0, "")

    def test_are_not_those_of_a_demo(self, house: House) -> None:
        run = house.check("this is no TOML", "--demo")

        assert (run.returncode, run.stderr) == (1, "")
        refused = house.check("", "--demo", "--config", house.file)
        assert "--demo takes sample accounts and reads no file: leave --config away" in refused.stderr


class TestRefused:
    @pytest.mark.parametrize("command", [check, audit])
    def test_before_anything_is_asked(self, house: House, command: Any) -> None:
        house.file.write_text('quote = "EUR"\n[accounts.charlie]\nexpcted = "read-only"\n')

        run = command(env=house.env)

        assert (run.returncode, run.stdout) == (2, "")
        assert run.stderr == (
            f'Error: {house.file}, line 3: there is no key "expcted" here; did you mean expected?\n'
        )
        assert house.exchange.requests == []

    def test_an_account_that_is_not_there(self, house: House) -> None:
        run = house.check('[accounts.charly]\nexpected = "read-only"\n')

        assert run.returncode == 2
        assert f"{house.file}, line 1: there is no account 'charly'; did you mean charlie?" in run.stderr

    def test_for_a_monitor_in_its_own_words(self, house: House) -> None:
        run = house.check("nonsense = 1\n", "--format", "nagios")

        assert (run.returncode, run.stdout.startswith("KRAKEN UNKNOWN - ")) == (3, True)

    def test_that_others_may_write(self, house: House) -> None:
        house.file.write_text("")
        house.file.chmod(0o666)

        run = check(env=house.env)

        assert run.returncode == 2
        assert "is not believed, since others may write it (mode 666) and could switch alarms off" in run.stderr
        assert "--config" in run.stderr

    def test_help_is_given_all_the_same(self, house: House) -> None:
        assert house.check("nonsense = 1\n", "--help").returncode == 0


class TestVariables:
    def test_of_the_master_by_another_name(self, house: House) -> None:
        house.env = {name.replace("KRAKEN_MASTER", "KRAKEN_PLATFORM"): value for name, value in house.env.items()}
        hint = house.check(READ_ONLY, "--format", "text").stdout
        assert 'MASTER: variables = "KRAKEN_PLATFORM"\n' in hint
        assert "create a key" not in hint

        found = house.json(READ_ONLY + '[accounts.master]\nvariables = "KRAKEN_PLATFORM"\n')

        assert (found["exit_code"], found["totals"]["master"]) == (0, "1000.00")
        assert [one["code"] for one in found["findings"]] == ["other-exchange"]

    def test_of_an_account_are_those_of_every_command(self, house: House) -> None:
        """What an alarm says to do has to work: accept a Kraken account, or forget one."""
        told = '[accounts.{}]\nvariables = "{}"\n'
        told = told.format("master", "KRAKEN_PLATFORM") + told.format("charles", "KRAKEN_USER_CHARLIE")
        house.env = {name.replace("KRAKEN_MASTER", "KRAKEN_PLATFORM"): value for name, value in house.env.items()}
        house.env["XDG_STATE_HOME"] = f"{house.file.parent}/state"
        house.check(told)
        rows = json.loads(accounts("--format", "json", env=house.env).stdout)["accounts"]
        for half in ("KEY", "SECRET"):
            one, other = f"KRAKEN_PLATFORM_API_{half}", f"KRAKEN_USER_CHARLIE_API_{half}"
            house.env[one], house.env[other] = house.env[other], house.env[one]
        swapped = house.json(told)

        taken = [accounts("accept", name, "--yes", env=house.env) for name in ("master", "charles")]

        assert [(row["label"], row["variables"], row["configured"], row["status"]) for row in rows] == [
            ("MASTER", "KRAKEN_PLATFORM", True, "trading"),
            ("USER (alpha)", "KRAKEN_USER_ALPHA", True, "trading"),
            ("USER (charles)", "KRAKEN_USER_CHARLIE", True, "read-only"),
        ]
        assert [one["status"] for one in swapped["accounts"]] == ["conflict", "trading", "conflict"]
        assert [run.returncode for run in taken] == [0, 0], taken
        assert [one["status"] for one in house.json(told)["accounts"]] == ["read-only", "trading", "trading"]
        assert house.listed_by_history() == ["MASTER", "USER (alpha)", "USER (charles)"]

    def test_of_a_file_that_is_named_are_taken_by_accounts_too(self, house: House, tmp_path: Path) -> None:
        named = tmp_path / "named.toml"
        named.write_text('[accounts.charles]\nvariables = "KRAKEN_USER_CHARLIE"\n')

        for arguments in (
            ("--config", named),
            ("--config", named, "forget", "charles"),
            ("forget", "charles", "--config", named),
        ):
            run = accounts(*arguments, env=house.env)
            assert run.returncode == 0
            assert "USER (charles)" in run.stdout + run.stderr


class TestCommand:
    def test_prints_what_is_in_force_and_where_it_comes_from(self, house: House) -> None:
        house.file.write_text('quote = "EUR"\n' + READ_ONLY + ACCEPT.format("nonce-window", TODAY))

        run = config(env={**house.env, "NO_COLOR": "1"})

        assert (run.returncode, run.stderr) == (0, "")
        for line in (
            f"# config.toml: {house.file}",
            "# keys: the environment",
            f"# exchange: {house.url} (KRAKEN_API_URL)",
            f'quote = "EUR"  # {house.file}:1',
            "timeout = 10  # default",
            'color = "never"  # NO_COLOR in the environment',
            "# workers is not set",
            f'expected = "read-only"  # {house.file}:3',
            f"until = {TODAY}  # {house.file}:7",
        ):
            assert f"{line}\n" in run.stdout
        assert tomllib.loads(run.stdout)["accounts"] == {"charlie": {"expected": "read-only"}}

    def test_of_what_it_prints_can_be_judged(self, house: House, tmp_path: Path) -> None:
        house.file.write_text('[accounts."a.b@c"]\ndisabled = "x \\"y\\""\nmin-total = 0.10\n')
        printed = tmp_path / "printed.toml"
        printed.write_text(config(env=house.env).stdout)

        run = config("--check", printed, env=house.env)

        assert (run.returncode, run.stderr) == (0, "")
        assert tomllib.loads(printed.read_text())["accounts"] == tomllib.loads(house.file.read_text())["accounts"]

    def test_judges_a_file(self, tmp_path: Path) -> None:
        example = config("--check", REPOSITORY / "config.example.toml")
        assert (example.returncode, example.stderr) == (0, "")
        assert "config.example.toml: is in order (23 defaults, 4 accounts, 1 acceptance)." in example.stdout
        wrong = tmp_path / "wrong.toml"
        wrong.write_text("workers = 0\n")

        run = config("--check", wrong)

        assert (run.returncode, run.stdout) == (2, "")
        assert run.stderr == (
            f"Error: {wrong}, line 1: workers is 0, and should be a whole number from 1 to 256\n"
        )
        assert config("--check", tmp_path / "none.toml").returncode == 2
        assert config("--check").stdout == "There is no config.toml: all values are defaults.\n"
        assert config(wrong).returncode == 2

    def test_judges_it_with_the_accounts_if_it_is_told_where_they_are(self, house: House, tmp_path: Path) -> None:
        keys = house.beside(tmp_path, '[accounts.charly]\nexpected = "read-only"\n')
        path = keys.parent / "config.toml"

        alone = config("--check", path, env=house.home)
        run = config("--check", path, "--env-file", keys, env=house.home)
        path.write_text(READ_ONLY)

        assert alone.stdout.endswith(" Whether these accounts are there, --env-file PATH looks up.\n")
        assert (run.returncode, run.stdout) == (2, "")
        assert run.stderr == f"Error: {path}, line 1: there is no account 'charly'; did you mean charlie?\n"
        assert config("--check", "--env-file", keys, env=house.home).stdout == (
            f"{path}: is in order (0 defaults, 1 account, 0 acceptances).\n"
        )
