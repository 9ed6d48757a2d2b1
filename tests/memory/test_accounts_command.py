"""`kraken-accounts accounts`: what is known of each account, one that is taken, one that is forgotten."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from rich.cells import cell_len

from kraken_sandbox import Fault, FaultKind

from ..conftest import Sandbox
from ..running import accounts, accounts_on_terminal
from .support import ALPHA, BRAVO, checked, codes, memory_of, statuses, swapped, without


def done(*arguments: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    run = accounts(*arguments, env=env)
    assert (run.returncode, run.stdout) == (0, ""), run.stderr
    return run


class TestList:
    def test_has_what_is_known_and_asks_kraken_nothing(self, home: dict[str, str], sandbox: Sandbox) -> None:
        checked(home)
        asked = len(sandbox.endpoints())

        run = accounts("--format", "json", env=without(home, BRAVO))

        assert (run.returncode, run.stderr, len(sandbox.endpoints())) == (0, "", asked)
        rows = {row["label"]: row for row in json.loads(run.stdout)["accounts"]}
        alpha, bravo = rows["USER (alpha)"], rows["USER (bravo)"]
        number = sandbox.exchange.state.accounts["alpha"].iban
        assert (alpha["variables"], alpha["place"], alpha["api_key"]) == (ALPHA, "in the environment", "ALPH…")
        assert (alpha["iiban_last_four"], alpha["status"]) == (number[-4:], "trading")
        assert alpha["known_since"] == alpha["first_seen"] <= alpha["last_seen"]
        assert (bravo["configured"], bravo["place"], bravo["api_key"]) == (
            False,
            "not configured any more",
            "BRAV…",
        )
        assert number.replace(" ", "") not in run.stdout.replace(" ", "")

    def test_is_a_table_too(self, home: dict[str, str], sandbox: Sandbox) -> None:
        checked(home, "alpha")

        shown = accounts(env=home).stdout

        assert shown.startswith(
            "Keys are in the environment\n\nACCOUNTS\nAccount         Key    IIBAN    Last seen (UTC)"
        )
        (alpha,) = [line for line in shown.splitlines() if line.startswith("USER (alpha)")]
        ending = sandbox.exchange.state.accounts["alpha"].iban[-4:]
        assert re.fullmatch(
            rf"USER \(alpha\)    ALPH…  …{ending}    \S{{10}} \S{{5}}  trading  known since \S{{10}}  {ALPHA}_…",
            alpha,
        )
        (bravo,) = [line for line in shown.splitlines() if line.startswith("USER (bravo)")]
        assert "unknown" in bravo and "never" in bravo

    @pytest.mark.parametrize("columns", [40, 80, 120, 200])
    def test_has_all_of_it_at_any_width(self, home: dict[str, str], sandbox: Sandbox, columns: int) -> None:
        env = {**home, f"{BRAVO}_USER_ID": "daivon_frazier"}
        checked(env)

        shown, code = accounts_on_terminal("--format", "table", columns=columns, env=env)

        lines = shown.splitlines()
        assert (code, max(map(cell_len, lines)) <= columns) == (0, True)
        at = next(number for number, line in enumerate(lines) if line.startswith("USER (daivon_frazier)"))
        own = lines[at : at + {40: 7, 80: 2}.get(columns, 1)]
        ending = sandbox.exchange.state.accounts["bravo"].iban[-4:]
        for said in ("BRAV…", f"…{ending}", "trading", "known since 20", f"{BRAVO}_…"):
            assert said in "\n".join(own)
        assert lines[at + len(own)].startswith("USER (delta)")

    def test_has_a_name_too(self, home: dict[str, str]) -> None:
        checked(home)

        for options in ([], ["--format", "json"]):
            assert accounts("list", *options, env=home).stdout == accounts(*options, env=home).stdout != ""

    def test_says_of_each_where_its_key_is_where_that_differs(self, home: dict[str, str], tmp_path: Path) -> None:
        path = tmp_path / ".env"
        path.write_text("KRAKEN_USER_ZOE_API_KEY=SMPL-not-a-real-key\nKRAKEN_USER_ZOE_API_SECRET=c2FtcGxl\n")
        path.chmod(0o600)

        shown = accounts("--env-file", path, env=home).stdout

        assert "Keys are" not in shown
        assert re.search(rf"USER \(zoe\) .*  in {re.escape(str(path))}\n", shown)
        assert re.search(r"USER \(alpha\) .*  in the environment\n", shown)

    def test_says_where_the_key_was_read(self, sandbox: Sandbox, tmp_path: Path) -> None:
        path = sandbox.env_file(tmp_path)

        run = accounts("--env-file", path, "--format", "json")

        assert json.loads(run.stdout)["accounts"][0]["place"] == f"in {path}"

    def test_names_an_account_that_the_operator_has_named(self, home: dict[str, str]) -> None:
        run = accounts("--format", "json", env={**home, f"{ALPHA}_IIBAN": "AA12 3456 7890"})

        alpha = json.loads(run.stdout)["accounts"][1]
        assert (alpha["iiban_named"], alpha["iiban_last_four"]) == (True, "7890")

    def test_says_what_is_damaged(self, home: dict[str, str], tmp_path: Path) -> None:
        checked(home, "alpha")
        memory_of(tmp_path).write_text("{")

        run = accounts(env=home)

        assert run.returncode == 0
        assert "damaged" in run.stderr
        assert "damaged" in json.loads(accounts("--format", "json", env=home).stdout)["trouble"]


class TestAccept:
    def test_takes_the_account_that_the_key_opens_now(self, home: dict[str, str], sandbox: Sandbox) -> None:
        checked(home)
        now = swapped(home)
        old, new = (sandbox.exchange.state.accounts[name].iban[-4:] for name in ("alpha", "bravo"))

        run = done("accept", "alpha", "--yes", env=now)

        assert f"its key BRAV… opens the Kraken account ending in {new}" in run.stderr
        assert "which is known as that of USER (bravo)" in run.stderr
        assert f"until now it was the one ending in {old}, known since 20" in run.stderr
        report = checked(now)
        assert codes(report) == {"bravo": ["account-changed"]}
        assert statuses(report)["alpha"] == "trading"

    @pytest.mark.parametrize("verb", ["accept", "forget"])
    def test_changes_nothing_where_nobody_can_be_asked(
        self, home: dict[str, str], tmp_path: Path, verb: str
    ) -> None:
        checked(home)
        before = memory_of(tmp_path).read_bytes()

        run = accounts(verb, "alpha", env=swapped(home))

        assert (run.returncode, run.stdout) == (2, "")
        assert "add --yes" in run.stderr
        assert memory_of(tmp_path).read_bytes() == before

    @pytest.mark.parametrize(
        ("verb", "answer"), [("accept", "y"), ("accept", "n"), ("forget", "y"), ("forget", "")]
    )
    def test_asks_on_a_terminal(self, home: dict[str, str], verb: str, answer: str, tmp_path: Path) -> None:
        checked(home)
        before = memory_of(tmp_path).read_bytes()

        shown, code = accounts_on_terminal(verb, "alpha", answer=f"{answer}\n", env=swapped(home))

        assert "[y/N]" in shown
        assert code == (0 if answer == "y" else 1)
        assert (memory_of(tmp_path).read_bytes() == before) == (answer != "y")

    def test_is_not_needed_where_nothing_has_changed(self, home: dict[str, str]) -> None:
        checked(home)

        assert "opens the account that is known" in done("accept", "ALPHA", "--yes", env=home).stderr

    def test_of_all_is_not_needed_where_nothing_was_damaged(self, home: dict[str, str]) -> None:
        checked(home)

        assert "is whole: there is nothing to take" in done("accept", "--all", env=home).stderr

    @pytest.mark.parametrize("answer", ["y", "n", ""])
    def test_of_all_shows_them_and_asks(self, home: dict[str, str], tmp_path: Path, answer: str) -> None:
        checked(home)
        memory_of(tmp_path).write_text("{")
        refusal = accounts("accept", "--all", "--yes", env=home)
        checked(home)

        silent = accounts("accept", "--all", env=home)
        shown, code = accounts_on_terminal("accept", "--all", answer=f"{answer}\n", env=home)

        assert (refusal.returncode, "is not whole: the file was damaged" in refusal.stderr) == (2, True)
        assert (silent.returncode, "add --yes" in silent.stderr) == (2, True)
        assert "USER (bravo): Kraken account ending in " in shown
        assert "Is each of them the right one, and none missing? [y/N]" in shown
        assert code == (0 if answer == "y" else 1)
        assert ("begins anew at" in accounts(env=home).stderr) == (answer != "y")
        assert codes(checked(home)) == ({} if answer == "y" else {"": ["not-remembered"]})

    def test_of_all_outlives_what_else_is_changed(self, home: dict[str, str], tmp_path: Path) -> None:
        checked(home)
        memory_of(tmp_path).write_text("{")
        checked(home)
        done("accept", "alpha", "--yes", env=swapped(home))
        done("forget", "charlie", "--yes", env=home)

        assert "damaged" in json.loads(accounts("--format", "json", env=home).stdout)["trouble"]

    @pytest.mark.parametrize("arguments", [(), ("alpha", "--all")])
    def test_needs_one_or_all(self, home: dict[str, str], arguments: tuple[str, ...]) -> None:
        run = accounts("accept", *arguments, "--yes", env=home)

        assert (run.returncode, "Name one account, or --all." in run.stderr) == (2, True)

    @pytest.mark.parametrize("verb", ["accept", "forget"])
    def test_of_a_wrong_label_names_the_near_ones(self, home: dict[str, str], verb: str) -> None:
        checked(home)

        run = accounts(verb, "alhpa", "--yes", env=home)

        assert (run.returncode, run.stdout) == (2, "")
        assert run.stderr == "Error: there is no account 'alhpa'; did you mean 'alpha'?\n"

    @pytest.mark.parametrize("verb", ["accept", "forget"])
    def test_of_a_label_of_another_source_of_keys_says_how_to_name_that(
        self, home: dict[str, str], verb: str
    ) -> None:
        """An alarm of a run with --env-file tells to do it without."""
        checked(home)

        run = accounts(verb, "bravo", "--yes", env={"XDG_STATE_HOME": home["XDG_STATE_HOME"]})

        assert run.stderr == (
            "Error: there is no account 'bravo'; known are: master. Each source of keys has its own: name it with "
            "--env-file, as for check\n"
        )

    def test_is_refused_where_the_operator_has_named_the_account(self, home: dict[str, str]) -> None:
        checked(home)

        run = accounts("accept", "alpha", "--yes", env={**swapped(home), f"{ALPHA}_IIBAN": "AA12 3456 7890"})

        assert run.returncode == 2
        assert f"{ALPHA}_IIBAN names its Kraken account, and wins" in run.stderr

    @pytest.mark.parametrize("label", ["bravo", "delta"])
    def test_needs_an_account_that_was_checked(self, home: dict[str, str], label: str) -> None:
        checked(home, "alpha")

        run = accounts("accept", label, "--yes", env=home)

        assert run.returncode == 2
        assert "was not checked yet" in run.stderr

    def test_changes_nothing_while_kraken_does_not_answer(
        self, home: dict[str, str], sandbox: Sandbox, tmp_path: Path
    ) -> None:
        checked(home)
        before = memory_of(tmp_path).read_bytes()
        sandbox.exchange.faults.add(Fault(FaultKind.ERROR, endpoint="GetApiKeyInfo", text="EAPI:Invalid key"))

        run = accounts("accept", "alpha", "--yes", env=swapped(home))

        assert (run.returncode, run.stdout) == (1, "")
        assert "nothing was changed" in run.stderr
        assert memory_of(tmp_path).read_bytes() == before

    def test_changes_nothing_in_what_is_damaged(self, home: dict[str, str], tmp_path: Path) -> None:
        checked(home)
        path = memory_of(tmp_path)
        path.write_text(path.read_text().replace('"checks": 1', '"checks": "1"', 1))
        before = path.read_bytes()

        run = accounts("forget", "bravo", "--yes", env=home)

        assert run.returncode == 2
        assert "is not whole" in run.stderr
        assert path.read_bytes() == before


class TestForget:
    def test_ends_the_watch_over_an_account_that_is_gone(self, home: dict[str, str]) -> None:
        checked(home)
        gone = without(home, BRAVO)
        assert codes(checked(gone)) == {"": ["account-vanished"]}

        run = done("forget", "bravo", "--yes", env=gone)

        assert "USER (bravo) is forgotten." in run.stderr
        assert codes(checked(gone)) == {}

    def test_lets_one_that_is_configured_begin_anew(self, home: dict[str, str]) -> None:
        checked(home)

        done("forget", "alpha", "--yes", env=home)

        assert codes(checked(swapped(home))) == {"alpha": ["account-new"], "bravo": ["account-changed"]}

    def test_of_one_that_was_never_checked_is_nothing_to_do(self, home: dict[str, str]) -> None:
        checked(home, "alpha")

        assert "nothing to forget" in done("forget", "bravo", env=home).stderr

    def test_takes_the_source_of_keys_before_or_behind_the_verb(
        self, sandbox: Sandbox, tmp_path: Path, home: dict[str, str]
    ) -> None:
        path = sandbox.env_file(tmp_path)

        for arguments in (("--env-file", path, "forget", "alpha"), ("forget", "alpha", "--env-file", path)):
            run = accounts(*arguments, env={"XDG_STATE_HOME": home["XDG_STATE_HOME"]})
            assert (run.returncode, "nothing to forget" in run.stderr) == (0, True)
