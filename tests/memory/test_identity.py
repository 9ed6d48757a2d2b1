"""Whose account is whose: a key that opens another account than before, or than the one that is named."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from kraken_accounts import MultiAccountBrokerManager, Status
from kraken_accounts.config import load_settings
from kraken_sandbox import SimulatedAccount, SimulatedKey

from ..conftest import Sandbox
from ..running import audit, check
from ..support import sample_key, sample_secret
from .support import ALPHA, BRAVO, checked, codes, memory_of, statuses, swapped


def give_second_key(sandbox: Sandbox, name: str, owner: str) -> dict[str, str]:
    """The variables of a new key of a sample account."""
    sandbox.exchange.add_key(owner, SimulatedKey(sample_key(name), sample_secret(name)))
    return {"API_KEY": sample_key(name), "API_SECRET": sample_secret(name)}


def named(prefix: str, values: Mapping[str, str]) -> dict[str, str]:
    return {f"{prefix}_{field}": value for field, value in values.items()}


class TestSwappedKeys:
    def test_are_critical_and_nothing_is_counted_to_anybody(self, home: dict[str, str]) -> None:
        first = json.loads(check("--format", "json", env=home).stdout)

        run = check("--format", "json", env=swapped(home))

        found = json.loads(run.stdout)
        alpha, bravo = found["accounts"][1:3]
        assert run.returncode == 1
        for account in (alpha, bravo):
            assert (account["status"], account["trading"], account["total"]) == ("conflict", False, None)
            assert account["assets"] is None
            assert [f["severity"] for f in account["findings"] if f["code"] == "account-changed"] == ["critical"]
        assert found["totals"]["users"]["alpha"] is None
        others = Decimal(first["totals"]["all"]) - sum(Decimal(a["total"]) for a in first["accounts"][1:3])
        assert Decimal(found["totals"]["all"]) == others

    def test_say_whose_they_are_and_since_when_the_other_was_known(self, home: dict[str, str]) -> None:
        check(env=home)

        shown = check("--format", "text", env=swapped(home)).stdout

        why = next(line for line in shown.splitlines() if "USER (alpha): Why: " in line)
        assert re.search(
            r"The key opens another Kraken account, IIBAN ending in \w{4}, which is that of USER \(bravo\), than "
            r"the one known since \d{4}-\d\d-\d\d \d\d:\d\d UTC, ending in \w{4}\.$",
            why,
        )
        assert "python check_master_user_balances.py accounts accept alpha" in shown
        assert "❌ USER (alpha) is NOT trading on Kraken" in shown

    @pytest.mark.parametrize("name", ["table", "text", "csv", "nagios", "prometheus"])
    def test_show_in_every_format(self, home: dict[str, str], name: str) -> None:
        checked(home)

        run = check("--format", name, env=swapped(home))

        assert run.returncode == (2 if name == "nagios" else 1)
        words = " ".join(re.sub(r"[│╭╮╰╯─]", " ", run.stdout).split())
        assert ("account-changed" in words) if name in ("csv", "prometheus") else ("opens another" in words)

    def test_fail_an_audit(self, home: dict[str, str]) -> None:
        audit("--format", "json", env=home)

        run = audit("--format", "json", env=swapped(home))

        found = json.loads(run.stdout)
        assert run.returncode == 1
        assert [f["account"] for f in found["findings"] if f["code"] == "account-changed"] == [
            "USER (alpha)",
            "USER (bravo)",
        ]
        assert not [f for f in found["findings"] if f["code"] == "same-account"]
        assert found["accounts"][1]["separation"]["own_balance"]["verified"] is False

    def test_stay_an_alarm_until_they_are_put_back(self, home: dict[str, str]) -> None:
        checked(home)

        for _ in range(2):
            assert codes(checked(swapped(home))) == {"alpha": ["account-changed"], "bravo": ["account-changed"]}
        assert codes(checked(home)) == {}

    def test_are_noticed_in_a_selection_and_a_shard_too(self, home: dict[str, str]) -> None:
        checked(home)

        selected = check("--account", "alpha", "--format", "json", env=swapped(home))
        parts = [check("--shard", f"{part}/2", "--format", "json", env=swapped(home)) for part in (1, 2)]

        assert json.loads(selected.stdout)["accounts"][0]["status"] == "conflict"
        rows = {a["label"]: a["status"] for part in parts for a in json.loads(part.stdout)["accounts"]}
        assert (rows["USER (alpha)"], rows["USER (bravo)"]) == ("conflict", "conflict")

    def test_are_no_minimum_that_is_met(self, home: dict[str, str]) -> None:
        checked(home)

        run = check("--account", "alpha", "--min-total", "alpha=1", "--format", "text", env=swapped(home))

        assert "[minimum-not-checked]" in run.stdout


class TestWhatIsRemembered:
    def test_is_known_from_a_selection(self, home: dict[str, str]) -> None:
        checked(home, "alpha")

        assert codes(checked(swapped(home), "alpha")) == {"alpha": ["account-changed"]}
        assert codes(checked(swapped(home), "bravo")) == {}

    def test_is_another_key_of_the_same_account(self, home: dict[str, str], sandbox: Sandbox) -> None:
        checked(home, "alpha")
        second = named(ALPHA, give_second_key(sandbox, "second", "alpha"))

        report = checked({**home, **second}, "alpha")

        assert codes(report) == {}
        assert statuses(report) == {"alpha": Status.TRADING}

    def test_is_not_what_two_keys_of_one_account_show(self, home: dict[str, str], sandbox: Sandbox) -> None:
        """A mistake of the first run must not become the rule: whoever mends it gets no alarm."""
        mistaken = {**home, **named(BRAVO, give_second_key(sandbox, "second", "alpha"))}
        assert codes(checked(mistaken)) == {"alpha": ["same-account"], "bravo": ["same-account"]}

        assert codes(checked(home)) == {}

    def test_shows_beside_two_keys_of_one_account(self, home: dict[str, str], sandbox: Sandbox) -> None:
        checked(home)
        mistaken = {**home, **named(BRAVO, give_second_key(sandbox, "second", "alpha"))}

        report = checked(mistaken)

        assert codes(report) == {"alpha": ["same-account"], "bravo": ["same-account", "account-changed"]}
        bravo = report.accounts[2]
        assert "which is that of USER (alpha)" in (bravo.verdict.reason or "")
        assert "open one and the same Kraken account" in (bravo.verdict.reason or "")

    def test_is_nothing_where_kraken_is_silent(self, home: dict[str, str], sandbox: Sandbox) -> None:
        checked(home, "alpha")
        silent = SimulatedAccount("silent", "")
        sandbox.exchange.add_account(silent)
        values = named(ALPHA, give_second_key(sandbox, "silent", "silent"))

        assert codes(checked({**home, **values}, "alpha")) == {}
        assert codes(checked(home, "alpha")) == {}

    def test_holds_while_a_key_is_refused(self, home: dict[str, str]) -> None:
        checked(home, "alpha")
        refused = {**home, f"{ALPHA}_API_SECRET": sample_secret("another")}
        assert statuses(checked(refused, "alpha")) == {"alpha": Status.REJECTED}

        assert codes(checked(swapped(home), "alpha")) == {"alpha": ["account-changed"]}

    def test_belongs_to_one_source_of_keys(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """Two configurations of one user raise no alarm about each other."""
        folders = tmp_path / "one", tmp_path / "two"
        for folder in folders:
            folder.mkdir()
        one, two = sandbox.env_file(folders[0]), sandbox.env_file(folders[1], **swapped(sandbox.env))
        runs = [load_settings({}, path) for path in (one, two, one, two)]

        for settings in runs:
            with MultiAccountBrokerManager(settings) as manager:
                assert codes(manager.check()) == {}

    @pytest.mark.parametrize("link", ["current", "set/.env"])
    def test_belongs_to_the_path_by_which_a_file_is_named(
        self, home: dict[str, str], sandbox: Sandbox, tmp_path: Path, link: str
    ) -> None:
        """Each deployment, and each rotation of a mounted secret, leads a link to another file."""
        keys = tmp_path / link
        keys.parent.mkdir(exist_ok=True)
        keys = keys / ".env" if link == "current" else keys
        runs = []
        for release, env in (("one", sandbox.env), ("two", swapped(sandbox.env))):
            (tmp_path / release).mkdir(mode=0o700)
            written = sandbox.env_file(tmp_path / release, **env)
            (tmp_path / link).unlink(missing_ok=True)
            (tmp_path / link).symlink_to(written.parent if link == "current" else written)
            runs.append(
                check("--env-file", keys, "--format", "json", env={"XDG_STATE_HOME": home["XDG_STATE_HOME"]})
            )

        entered = check(
            "--format",
            "json",
            env={"XDG_STATE_HOME": home["XDG_STATE_HOME"], "PWD": str(keys.parent)},
            cwd=keys.parent,
        )
        for run in (runs[1], entered):
            statuses = {row["label"]: row["status"] for row in json.loads(run.stdout)["accounts"]}
            assert (statuses["USER (alpha)"], statuses["USER (bravo)"]) == ("conflict", "conflict")
        assert "conflict" not in runs[0].stdout

    def test_belongs_to_one_exchange(self, home: dict[str, str], sandbox: Sandbox) -> None:
        checked(home)
        elsewhere = {**swapped(home), "KRAKEN_API_URL": sandbox.url.replace("127.0.0.1", "localhost")}

        assert codes(checked(elsewhere)) == {}

    def test_is_neither_kept_nor_asked_if_nothing_is_to_be_remembered(self, home: dict[str, str]) -> None:
        checked(home, "alpha")

        assert codes(checked(swapped(home), "alpha", remember=False)) == {}
        assert codes(checked(home, "alpha")) == {}

    def test_shows_of_the_account_four_characters_at_most(
        self, home: dict[str, str], sandbox: Sandbox, tmp_path: Path
    ) -> None:
        shown = check("--format", "json", env=home).stdout + check("--format", "json", env=swapped(home)).stdout
        kept = memory_of(tmp_path)

        for account in sandbox.exchange.state.accounts.values():
            number = account.iban.replace(" ", "")
            assert number not in kept.read_text() + shown.replace(" ", "")
            assert number[:-4] not in kept.read_text() + shown.replace(" ", "")
        assert kept.stat().st_mode & 0o777 == 0o600


class TestNamedByTheOperator:
    def iiban(self, sandbox: Sandbox, name: str) -> str:
        return sandbox.exchange.state.accounts[name].iban

    def test_wins_at_the_first_check(self, home: dict[str, str], sandbox: Sandbox) -> None:
        pinned = {**home, f"{ALPHA}_IIBAN": self.iiban(sandbox, "bravo")}

        run = check("--account", "alpha", "--format", "text", env=pinned)

        assert run.returncode == 1
        assert "than the one that KRAKEN_USER_ALPHA_IIBAN names, ending in " in run.stdout
        assert "correct KRAKEN_USER_ALPHA_IIBAN" in run.stdout

    def test_may_be_written_with_spaces_and_in_small_letters(self, home: dict[str, str], sandbox: Sandbox) -> None:
        number = self.iiban(sandbox, "alpha").replace(" ", "").lower()
        pinned = {**home, f"{ALPHA}_IIBAN": f" {number[:4]} {number[4:]} "}

        report = checked(pinned, "alpha")

        assert (codes(report), statuses(report)) == ({}, {"alpha": Status.TRADING})

    def test_wins_over_what_is_remembered_and_is_remembered(self, home: dict[str, str], sandbox: Sandbox) -> None:
        checked(home, "alpha")
        pinned = {**swapped(home), f"{ALPHA}_IIBAN": self.iiban(sandbox, "bravo")}

        assert codes(checked(pinned, "alpha")) == {}
        assert codes(checked(swapped(home), "alpha")) == {}

    def test_works_without_any_memory(self, home: dict[str, str], sandbox: Sandbox) -> None:
        pinned = {**home, f"{ALPHA}_IIBAN": self.iiban(sandbox, "bravo")}

        assert codes(checked(pinned, "alpha", remember=False)) == {"alpha": ["account-changed"]}

    @pytest.mark.parametrize("value", ["AA12", "AA12-3456-7890", "1" * 35, "N84G…"])
    def test_is_refused_if_it_is_none(self, home: dict[str, str], sandbox: Sandbox, value: str) -> None:
        run = check("--account", "alpha", "--format", "text", env={**home, f"{ALPHA}_IIBAN": value})

        assert "KRAKEN_USER_ALPHA_IIBAN in the environment is no internal number of a Kraken account" in run.stdout
        assert value not in run.stdout
        assert sandbox.endpoints() == []

    @pytest.mark.parametrize("value", ["", "<paste_the_iiban>", "your_iiban_here"])
    def test_is_none_if_it_is_not_filled_in(self, home: dict[str, str], value: str) -> None:
        assert statuses(checked({**home, f"{ALPHA}_IIBAN": value}, "alpha")) == {"alpha": Status.TRADING}

    def test_in_a_found_file_is_not_for_a_key_of_the_environment(self, sandbox: Sandbox, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text(f"{ALPHA}_IIBAN={self.iiban(sandbox, 'bravo')}\n")

        run = check("--account", "alpha", env=sandbox.env, cwd=tmp_path)

        assert run.returncode == 2
        assert f"{ALPHA}_IIBAN in {tmp_path / '.env'}" in run.stderr
        assert sandbox.endpoints() == []


def test_a_clock_set_back_changes_nothing(home: dict[str, str], tmp_path: Path) -> None:
    checked(home)
    path = memory_of(tmp_path)
    path.write_text(path.read_text().replace(f'"{datetime.now(UTC):%Y}-', '"2999-'))

    report = checked(home)

    assert codes(report) == {}
    assert all(a.standing is not None and a.standing.since <= report.generated_at for a in report.accounts)
