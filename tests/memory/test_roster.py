"""Who is there: accounts that are gone, or new, and what is remembered of them where not all of it can be."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kraken_accounts import ExitCode

from ..conftest import Sandbox
from ..running import accounts, check
from ..support import mostly_soak
from .support import ALPHA, BRAVO, checked, codes, memory_of, statuses, without

ROOT_MAY_DO_ANYTHING = os.geteuid() == 0


class TestVanished:
    def test_is_critical_and_never_quiet(self, home: dict[str, str]) -> None:
        both = ("KRAKEN_USER_CHARLIE", "KRAKEN_USER_EXAMPLE", "KRAKEN_USER_DELTA")
        well = without(home, *both)
        check("--quiet", env=well)

        run = check("--quiet", "--format", "text", env=without(well, BRAVO))

        assert run.returncode == 1
        assert "CRITICAL: USER (bravo) is not configured any more; it was checked before, at 20" in run.stdout
        assert "UTC last (trading). [account-vanished]" in run.stdout
        assert "python check_master_user_balances.py accounts forget bravo" in run.stdout

    def test_stays_until_it_is_back(self, home: dict[str, str]) -> None:
        checked(home)

        for _ in range(2):
            report = checked(without(home, BRAVO))
            assert codes(report) == {"": ["account-vanished"]}
            assert report.exit_code is ExitCode.ATTENTION
        assert codes(checked(home)) == {}

    @pytest.mark.parametrize("name", ["table", "json", "csv", "nagios", "prometheus"])
    def test_shows_in_every_format(self, home: dict[str, str], name: str) -> None:
        checked(home)

        run = check("--format", name, env=without(home, BRAVO))

        assert run.returncode == (2 if name == "nagios" else 1)
        assert (
            "USER (bravo) is not configured any more" if name in ("table", "nagios") else "account-vanished"
        ) in (run.stdout)

    def test_leaves_the_sum_incomplete(self, home: dict[str, str]) -> None:
        """It must not look like a loss, nor be compared with a sum over more accounts."""
        kept = without(home, "KRAKEN_USER_CHARLIE", "KRAKEN_USER_EXAMPLE", "KRAKEN_USER_DELTA")
        check("--since-last", env=kept)

        run = check("--since-last", "--format", "json", env=without(kept, BRAVO))
        shown = check("--format", "text", env=without(kept, BRAVO)).stdout

        found = json.loads(run.stdout)
        assert (found["totals"]["complete"], found["totals"]["whole"]) == (False, False)
        assert found["change"]["amount"] is None
        assert "without accounts that have vanished" in shown

    def test_is_not_one_whose_lines_are_not_filled_in(self, home: dict[str, str]) -> None:
        checked(home)
        emptied = {**home, f"{BRAVO}_API_KEY": "<paste>", f"{BRAVO}_API_SECRET": ""}

        report = checked(emptied)

        assert codes(report) == {}
        assert statuses(report)["bravo"] == "not-configured"
        assert codes(checked(without(home, BRAVO))) == {"": ["account-vanished"]}

    def test_is_not_one_that_never_had_a_key(self, home: dict[str, str]) -> None:
        checked({**home, "KRAKEN_USER_LATER_API_KEY": "", "KRAKEN_USER_LATER_API_SECRET": ""})

        assert codes(checked(home)) == {}

    def test_may_go_by_another_name(self, home: dict[str, str]) -> None:
        checked(home)

        report = checked({**home, f"{BRAVO}_USER_ID": "bravo_brown"})

        assert codes(report) == {"": ["account-vanished"], "bravo_brown": ["account-new"]}
        assert any(
            "the key of USER (bravo_brown) opens the same Kraken account" in f.message for f in report.findings
        )

    def test_are_told_in_one_line_where_they_are_many(self, home: dict[str, str]) -> None:
        more = {
            f"KRAKEN_USER_U{number}_API_{half}": home[f"{ALPHA}_API_{half}"].replace("ALPH", f"US{number:02}")
            for number in range(6)
            for half in ("KEY", "SECRET")
        }
        checked({**home, **more})

        report = checked(home)

        (gone,) = [f for f in report.findings if f.code == "account-vanished"]
        assert gone.message.startswith(
            "6 accounts were checked before and are not configured any more: USER (u0), "
        )


class TestSelections:
    def test_miss_nobody(self, home: dict[str, str]) -> None:
        checked(home)
        gone = without(home, BRAVO)

        selected = check("--account", "alpha", "--format", "json", env=gone)
        part = check("--shard", "1/2", "--format", "json", env=gone)

        assert json.loads(selected.stdout)["findings"] == json.loads(part.stdout)["findings"]
        assert "account-vanished" not in selected.stdout + part.stdout

    def test_make_nobody_missed(self, home: dict[str, str]) -> None:
        checked(home, "alpha", "bravo")

        assert codes(checked(without(home, BRAVO))) == {}

    def test_let_nobody_be_forgotten(self, home: dict[str, str]) -> None:
        checked(home)
        checked(without(home, BRAVO), "alpha")

        assert codes(checked(without(home, BRAVO))) == {"": ["account-vanished"]}

    def test_make_nobody_old(self, home: dict[str, str]) -> None:
        checked(without(home, BRAVO))
        checked(home, "bravo")

        assert codes(checked(home)) == {"bravo": ["account-new"]}

    def test_nor_does_the_demo(self, home: dict[str, str]) -> None:
        check(env=home)
        check("--demo", env=home)

        assert codes(checked(home)) == {}


def test_a_new_account_is_information_once(home: dict[str, str]) -> None:
    checked(without(home, BRAVO))

    run = check("--format", "json", env=home)

    bravo = json.loads(run.stdout)["accounts"][2]
    assert [f["severity"] for f in bravo["findings"] if f["code"] == "account-new"] == ["info"]
    assert codes(checked(home)) == {}


class TestWhatCannotBeRemembered:
    @pytest.mark.parametrize(
        "content",
        mostly_soak(
            (
                b"",
                b"{",
                b"[1]",
                b"\xff",
                b'{"version": 1}',
                b'{"accounts": {}}',
                b"[" * 100_000,
                b'{"version": 1, "acc',
            ),
            3,
        ),
        ids=range(8),
    )
    def test_is_said_until_somebody_has_seen_to_it_and_nothing_is_made_of_it(
        self, home: dict[str, str], tmp_path: Path, content: bytes
    ) -> None:
        checked(home)
        memory_of(tmp_path).write_bytes(content)
        home = without(home, BRAVO)

        first, second = (checked(home) for _ in range(2))

        for report in (first, second):
            (found,) = [f for f in report.findings if f.code == "not-remembered"]
            assert codes(report) == {"": ["not-remembered"]}
            assert found.severity == "warning"
            assert f"was damaged, and begins anew at {first.generated_at:%Y-%m-%d %H:%M} UTC: " in found.message
            assert found.remedy.endswith("; then say so: kraken-accounts accounts accept --all")
        assert accounts("accept", "--all", "--yes", env=home).returncode == 0
        assert codes(checked(home)) == {}

    def test_of_some_accounts_leaves_the_others_watched(self, home: dict[str, str], tmp_path: Path) -> None:
        checked(home)
        path = memory_of(tmp_path)
        content = json.loads(path.read_text())
        content["accounts"]["alpha"] = {"status": 7}
        path.write_text(json.dumps(content))

        report = checked(without(home, BRAVO))

        assert sorted(codes(report)[""]) == ["account-vanished", "not-remembered"]
        assert codes(report).keys() == {""}

    def test_of_a_later_version_is_left_alone(self, home: dict[str, str], tmp_path: Path) -> None:
        checked(home)
        path = memory_of(tmp_path)
        path.write_text('{"version": 2, "accounts": {"alpha": {"new": true}}}')

        for _ in range(2):
            report = checked(home)
            assert codes(report) == {"": ["not-remembered"]}
            assert report.accounts[1].standing is None
        assert json.loads(path.read_text())["version"] == 2

    def test_of_a_file_in_which_others_have_a_hand_is_said(self, home: dict[str, str], tmp_path: Path) -> None:
        checked(home)
        memory_of(tmp_path).chmod(0o666)

        run = check("--account", "alpha", "--format", "text", env=home)

        assert run.returncode == 0
        assert "[not-remembered]" in run.stdout
        assert "it cannot be read (" in run.stdout
        assert "chmod go-w" in run.stdout

    def test_because_of_the_folder_is_said(self, home: dict[str, str], tmp_path: Path) -> None:
        (tmp_path / "state").write_text("a file where a folder should be")

        run = check("--account", "alpha", "--format", "text", env=home)

        assert (run.returncode, run.stderr) == (0, "")
        assert run.stdout.count("[not-remembered]") == 1
        assert "Not a directory" in run.stdout

    @pytest.mark.skipif(ROOT_MAY_DO_ANYTHING, reason="root may write everywhere")
    def test_because_it_cannot_be_written_is_said(self, home: dict[str, str], tmp_path: Path) -> None:
        checked(home)
        memory_of(tmp_path).parent.chmod(0o500)

        assert codes(checked(home)) == {"": ["not-remembered"]}


def test_two_runs_at_once_lose_nothing(home: dict[str, str], sandbox: Sandbox) -> None:
    names = ["master", "alpha", "bravo", "charlie"]
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda name: check("--account", name, env=home), names + names))

    report = checked(home)

    checks = {a.account.selector: a.standing.checks for a in report.accounts if a.standing is not None}
    assert [checks[name] for name in names] == [3, 3, 3, 3]
    assert sandbox.placed() == []
