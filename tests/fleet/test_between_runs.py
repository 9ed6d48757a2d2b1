"""What one run leaves for the next: changes, lockouts, reference data; and runs that leave nothing behind."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kraken_sandbox import Fault, FaultKind, SimulatedHolding

from ..conftest import Sandbox
from ..running import NO_KEYS, SCRIPT, check, environment
from ..support import mostly_soak

ROOT_MAY_DO_ANYTHING = os.geteuid() == 0


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """State and cache directories that several runs of one test share."""
    return {"XDG_STATE_HOME": str(tmp_path / "state"), "XDG_CACHE_HOME": str(tmp_path / "cache")}


def report(*arguments: str, env: Mapping[str, str]) -> Any:
    return json.loads(check("--format", "json", *arguments, env=env).stdout)


def kept(tmp_path: Path) -> list[Path]:
    """The files that runs have left, their locks aside."""
    return sorted(path for path in tmp_path.rglob("*.json"))


class TestQuiet:
    def test_prints_nothing_at_all_when_all_is_well(self, sandbox: Sandbox) -> None:
        run = check("--quiet", "--account", "master", "--account", "alpha", env=sandbox.env)

        assert (run.returncode, run.stdout, run.stderr) == (0, "", "")

    def test_prints_the_whole_report_otherwise(self, sandbox: Sandbox) -> None:
        run = check("-q", "--account", "alpha", "--account", "charlie", env=sandbox.env)

        assert run.returncode == 1
        assert "✅ USER (alpha) is trading on Kraken" in run.stdout
        assert "❌ USER (charlie) is NOT trading on Kraken" in run.stdout

    def test_writes_a_file_in_any_case(self, sandbox: Sandbox, tmp_path: Path) -> None:
        run = check("-q", "-o", tmp_path / "report", "--account", "alpha", env=sandbox.env)

        assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
        assert "✅ USER (alpha) is trading on Kraken" in (tmp_path / "report").read_text()


class TestMinTotal:
    # alpha has $6,911.95 and bravo $6,771.85.

    def test_a_total_below_it_is_critical(self, sandbox: Sandbox) -> None:
        run = check("--account", "alpha", "--min-total", "alpha=6911.96", "--format", "text", env=sandbox.env)

        assert run.returncode == 1
        assert "CRITICAL: $6,911.95 is below the minimum of $6,911.96. [below-minimum]" in run.stdout

    def test_a_total_that_is_just_enough_is_fine(self, sandbox: Sandbox) -> None:
        run = check("--account", "alpha", "--min-total", "alpha=6911.95", env=sandbox.env)

        assert run.returncode == 0

    def test_can_be_for_all_users(self, sandbox: Sandbox) -> None:
        users = report("--min-total", "user=*=6800", "--min-total", "master=1", env=sandbox.env)["accounts"]

        below = [a["user_id"] for a in users if any(f["code"] == "below-minimum" for f in a["findings"])]
        assert below == ["bravo", "charlie"]

    @pytest.mark.parametrize(
        "value", ["alpha", "alpha=", "alpha=much", "=5", "alpha=-1", "alpha=NaN", "alpha=1e999999"]
    )
    def test_must_be_an_account_and_an_amount(self, sandbox: Sandbox, value: str) -> None:
        run = check("--min-total", value, env=sandbox.env)

        assert (run.returncode, run.stdout) == (2, "")
        assert f"'{value}' is not LABEL=AMOUNT, as in master=1000 or user=*=250.50" in run.stderr

    def test_must_name_an_account_that_is_there(self, sandbox: Sandbox) -> None:
        run = check("--min-total", "nobody=5", env=sandbox.env)

        assert (run.returncode, run.stdout) == (2, "")
        assert "there is no account 'nobody'" in run.stderr
        assert sandbox.endpoints() == []


class TestSinceLast:
    def test_tells_what_changed(self, sandbox: Sandbox, home: dict[str, str]) -> None:
        env = {**sandbox.env, **home}
        first = report("--since-last", env=env)
        # alpha has 0.8 ETH: at 3160.25 instead of 3150.25, that is 8.00 more.
        sandbox.exchange.set_ticker("XETHZUSD", bid="3160.20", ask="3160.30", last="3160.25")
        sandbox.exchange.revoke_key(sandbox.env["KRAKEN_USER_BRAVO_API_KEY"])

        second = report("--since-last", env=env)

        assert [account["change"]["first"] for account in first["accounts"]] == [True] * 5
        assert first["change"]["since"] is None
        alpha, bravo = second["accounts"][1:3]
        assert alpha["change"]["amount"] == "8.00"
        assert alpha["change"]["percent"].startswith("0.1157")  # 8 / 6911.95
        assert alpha["change"]["previous_status"] == "trading"
        assert bravo["change"]["previous_total"] == "6771.85"
        assert bravo["change"]["amount"] is None
        assert bravo["change"]["previous_status"] == "trading"
        assert second["change"]["since"] == first["generated_at"]

    def test_compares_with_the_last_run_that_had_it(self, sandbox: Sandbox, home: dict[str, str]) -> None:
        env = {**sandbox.env, **home}
        report("--since-last", "--account", "alpha", env=env)
        sandbox.exchange.set_ticker("XETHZUSD", bid="3160.20", ask="3160.30", last="3160.25")
        report("--account", "alpha", env=env)

        (alpha,) = report("--since-last", "--account", "alpha", env=env)["accounts"]

        assert alpha["change"]["amount"] == "8.00"

    def test_keeps_the_currencies_apart(self, sandbox: Sandbox, home: dict[str, str]) -> None:
        env = {**sandbox.env, **home}
        report("--since-last", "--account", "alpha", env=env)

        (alpha,) = report("--since-last", "--account", "alpha", "--quote", "EUR", env=env)["accounts"]

        assert alpha["change"]["first"] is True

    @pytest.mark.parametrize(
        "content",
        mostly_soak(
            (
                b"",
                b"{",
                b"[1, 2]",
                b'{"accounts": {"alpha": 7}}',
                b"\xff",
            ),
            2,
        ),
        ids=repr,
    )
    def test_takes_a_corrupt_file_for_none(
        self, sandbox: Sandbox, home: dict[str, str], tmp_path: Path, content: bytes
    ) -> None:
        env = {**sandbox.env, **home}
        report("--since-last", "--account", "alpha", env=env)
        for path in kept(tmp_path):
            path.write_bytes(content)

        (alpha,) = report("--since-last", "--account", "alpha", env=env)["accounts"]
        (again,) = report("--since-last", "--account", "alpha", env=env)["accounts"]

        assert alpha["change"]["first"] is True
        assert again["change"]["amount"] == "0.00"

    def test_says_so_when_it_cannot_remember(self, sandbox: Sandbox, tmp_path: Path) -> None:
        (tmp_path / "state").write_text("a file where a folder should be")

        run = check(
            "--since-last", "--account", "alpha", env={**sandbox.env, "XDG_STATE_HOME": str(tmp_path / "state")}
        )

        assert run.returncode == 0
        assert "✅ USER (alpha) is trading on Kraken" in run.stdout
        assert run.stderr == ""
        assert (
            "WARNING: The totals could not be remembered for the next --since-last. [not-remembered]"
            in " ".join(re.sub(r"[│╭╮╰╯─]", " ", run.stdout).split())
        )

    def test_runs_over_some_accounts_have_a_base_of_their_own(
        self, sandbox: Sandbox, home: dict[str, str]
    ) -> None:
        env = {**sandbox.env, **home}
        whole = report("--since-last", env=env)
        some = [
            report("--since-last", *arguments, env=env)
            for arguments in (
                ("--account", "alpha"),
                ("--account", "ALPHA", "--account", "bravo"),
                ("--shard", "1/2"),
            )
        ]

        again = report("--since-last", env=env)

        assert {a["change"]["first"] for one in some for a in one["accounts"]} == {True}
        assert {a["change"]["since"] for a in again["accounts"][:4]} == {whole["generated_at"]}
        alpha = report("--since-last", "--account", "alpha", env=env)["accounts"][0]
        assert alpha["change"]["since"] == some[0]["generated_at"]

    def test_overlapping_runs_lose_nothing(self, sandbox: Sandbox, home: dict[str, str]) -> None:
        env = {**sandbox.env, **home}
        with ThreadPoolExecutor() as pool:
            users = ["alpha", "bravo", "charlie"]
            list(pool.map(lambda user: check("--since-last", "--account", user, env=env), [*users, *users]))

        again = [report("--since-last", "--account", user, env=env)["accounts"][0] for user in users]

        assert [account["change"]["amount"] for account in again] == ["0.00", "0.00", "0.00"]


class TestReferenceData:
    def test_is_asked_for_once_an_hour(self, sandbox: Sandbox, home: dict[str, str]) -> None:
        env = {**sandbox.env, **home}
        cold = report(env=env)
        asked = len(sandbox.endpoints())

        warm = report(env=env)

        asked_again = sandbox.endpoints()[asked:]
        assert "Assets" not in asked_again
        assert "AssetPairs" not in asked_again
        assert asked_again.count("Ticker") == 2  # prices are never kept
        assert asked_again.count("BalanceEx") == 4
        assert warm["totals"] == cold["totals"]

    def test_is_asked_for_again_when_it_is_corrupt_or_old(
        self, sandbox: Sandbox, home: dict[str, str], tmp_path: Path
    ) -> None:
        env = {**sandbox.env, **home}
        cold = report("--account", "alpha", env=env)
        (path,) = kept(tmp_path / "cache")
        good = path.read_text()
        old = json.dumps({**json.loads(good), "saved_at": "2026-01-01T00:00:00+00:00"})
        future = json.dumps({**json.loads(good), "saved_at": "2999-01-01T00:00:00+00:00"})

        for content in (good[:-100], "null", "{}", old, future, good.replace('"pairs": [[', '"pairs": [[7], [')):
            path.write_text(content)
            asked = len(sandbox.endpoints())
            assert report("--account", "alpha", env=env)["totals"] == cold["totals"]
            assert {"Assets", "AssetPairs"} <= set(sandbox.endpoints()[asked:])

    def test_is_asked_for_again_when_an_unknown_code_appears(
        self, sandbox: Sandbox, home: dict[str, str], tmp_path: Path
    ) -> None:
        env = {**sandbox.env, **home}
        cold = report("--account", "alpha", env=env)
        (path,) = kept(tmp_path / "cache")
        without = json.loads(path.read_text())
        del without["assets"]["XETH"]
        path.write_text(json.dumps(without))

        warm = report("--account", "alpha", env=env)

        assert warm["totals"] == cold["totals"]
        assert "XETH" in json.loads(path.read_text())["assets"]

    def test_is_not_kept_and_not_believed_when_it_is_useless(
        self, sandbox: Sandbox, home: dict[str, str], tmp_path: Path
    ) -> None:
        env = {**sandbox.env, **home}
        sandbox.exchange.faults.add(Fault(FaultKind.BODY, endpoint="Assets", text='{"error":[],"result":{}}'))

        useless = check("--account", "alpha", "--format", "json", env=env)

        (alpha,) = json.loads(useless.stdout)["accounts"]
        assert (alpha["status"], alpha["total"], len(alpha["unpriced"])) == ("trading", None, 3)
        assert json.loads(useless.stdout)["exchange"]["unknown"] == [
            "Kraken's assets could not be learned: its list of assets is empty, which cannot be"
        ]
        assert useless.returncode != 2
        assert kept(tmp_path / "cache") == []
        assert report("--account", "alpha", env=env)["totals"]["all"] == "6911.95"

    def test_is_not_believed_when_an_earlier_run_or_version_kept_less(
        self, sandbox: Sandbox, home: dict[str, str], tmp_path: Path
    ) -> None:
        env = {**sandbox.env, **home}
        cold = report("--account", "alpha", env=env)
        (path,) = kept(tmp_path / "cache")
        good = json.loads(path.read_text())
        hour_old = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
        without_statuses = {**good, "pairs": [pair[:3] for pair in good["pairs"]]}
        without_dollar = {code: asset for code, asset in good["assets"].items() if code != "ZUSD"}

        for content in (
            {**good, "assets": {}},
            {**good, "pairs": []},
            {**good, "assets": without_dollar},
            {**good, "pairs": good["pairs"][:1]},
            {**good, "saved_at": hour_old},
            without_statuses,
        ):
            path.write_text(json.dumps(content))
            asked = len(sandbox.endpoints())
            assert report("--account", "alpha", env=env)["totals"] == cold["totals"]
            assert {"Assets", "AssetPairs"} <= set(sandbox.endpoints()[asked:])

    def test_that_is_kept_serves_on_where_a_newer_answer_is_useless(
        self, sandbox: Sandbox, home: dict[str, str]
    ) -> None:
        env = {**sandbox.env, **home}
        report("--account", "alpha", env=env)
        sandbox.exchange.state.accounts["alpha"].balances["AAPLx"] = SimulatedHolding(Decimal(1))  # looked up anew
        sandbox.exchange.faults.add(Fault(FaultKind.BODY, endpoint="Assets", text='{"error":[],"result":{}}'))

        found = report("--account", "alpha", env=env)

        # 6911.95 and a share of 228.40
        assert found["totals"]["all"] == "7140.35"
        assert found["exchange"]["unknown"] == [
            "Kraken's assets could not be learned: its list of assets is empty, which cannot be"
        ]

    def test_of_the_demo_is_not_kept(self, home: dict[str, str], tmp_path: Path) -> None:
        check("--demo", "--since-last", env=home)

        assert kept(tmp_path) == []


class TestLockouts:
    def locked_out(self, sandbox: Sandbox) -> None:
        sandbox.exchange.faults.add(
            Fault(
                FaultKind.ERROR,
                endpoint="GetApiKeyInfo",
                key=sandbox.env["KRAKEN_USER_ALPHA_API_KEY"],
                text="EGeneral:Temporary lockout",
            )
        )

    def test_the_key_is_left_alone_until_the_time_has_passed(
        self, sandbox: Sandbox, home: dict[str, str], tmp_path: Path
    ) -> None:
        env = {**sandbox.env, **home}
        self.locked_out(sandbox)
        (first,) = report("--account", "alpha", env=env)["accounts"]
        asked = sandbox.endpoints().count("GetApiKeyInfo")

        (second,) = report("--account", "alpha", env=env)["accounts"]

        assert (first["status"], second["status"]) == ("locked-out", "locked-out")
        assert first["reason"].startswith("Kraken says “EGeneral:Temporary lockout”")
        assert second["reason"].startswith(
            "Kraken has locked this key out (Temporary lockout), so it was not asked"
        )
        assert re.search(r"Ask again after \d\d:\d\d:\d\d UTC\.$", second["remedy"])
        assert second["total"] is None
        assert sandbox.endpoints().count("GetApiKeyInfo") == asked == 1

        (lockout,) = [path for path in kept(tmp_path) if path.name.startswith("lockout-")]
        lockout.write_text(json.dumps({"until": "2026-01-01T00:00:00+00:00"}))
        assert report("--account", "alpha", env=env)["accounts"][0]["status"] == "trading"
        assert not lockout.exists()

    def test_force_asks_anyway(self, sandbox: Sandbox, home: dict[str, str]) -> None:
        env = {**sandbox.env, **home}
        self.locked_out(sandbox)
        report("--account", "alpha", env=env)

        (forced,) = report("--account", "alpha", "--force", env=env)["accounts"]

        assert forced["status"] == "trading"

    @pytest.mark.parametrize(
        "content", ["", "7", '{"until": 7}', '{"until": "soon"}', '{"until": "2999-01-01T00:00"}']
    )
    def test_a_corrupt_memory_of_one_is_none(
        self, sandbox: Sandbox, home: dict[str, str], tmp_path: Path, content: str
    ) -> None:
        env = {**sandbox.env, **home}
        self.locked_out(sandbox)
        report("--account", "alpha", env=env)
        (lockout,) = [path for path in kept(tmp_path) if path.name.startswith("lockout-")]
        lockout.write_text(content)

        assert report("--account", "alpha", env=env)["accounts"][0]["status"] == "trading"


class TestNothingIsEverHalf:
    def test_when_the_home_is_read_only(self, sandbox: Sandbox, tmp_path: Path) -> None:
        if ROOT_MAY_DO_ANYTHING:
            home = Path("/proc/self")  # where not even root can make a folder
        else:
            home = tmp_path / "home"
            home.mkdir(mode=0o500)

        run = check(
            "--account", "alpha", env={**sandbox.env, "XDG_STATE_HOME": str(home), "XDG_CACHE_HOME": str(home)}
        )

        assert (run.returncode, run.stderr) == (0, "")

    def test_when_nobody_is_at_home(self, sandbox: Sandbox, tmp_path: Path) -> None:
        env_file = sandbox.env_file(tmp_path)

        run = subprocess.run(
            [
                "/usr/bin/env",
                "-i",
                sys.executable,
                SCRIPT,
                "--account",
                "alpha",
                "--env-file",
                env_file,
                "--quiet",
                "--no-record",  # the home of whoever runs the tests is no place for points
            ],
            cwd="/",
            capture_output=True,
            check=False,
        )

        assert (run.returncode, run.stdout, run.stderr) == (0, b"", b"")

    @pytest.mark.soak
    def test_when_it_is_killed_at_any_moment(self, sandbox: Sandbox, home: dict[str, str], tmp_path: Path) -> None:
        """kill -9, each time a little later in the run: every file left is one that can be read."""
        env = environment({**sandbox.env, **home})
        output = tmp_path / "report.json"
        command = [
            sys.executable,
            str(SCRIPT),
            "--env-file",
            str(NO_KEYS),
            "--since-last",
            "--format",
            "json",
            "-o",
            str(output),
        ]
        subprocess.run(command, env=env, cwd="/", check=False)
        runs, longest = 200, 0.5

        def killed(number: int) -> None:
            with subprocess.Popen(command, env=env, cwd="/", stderr=subprocess.DEVNULL) as process:
                try:
                    process.wait(longest * number / runs)
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)

        with ThreadPoolExecutor(max_workers=4) as pool:
            for _ in pool.map(killed, range(runs)):
                assert json.loads(output.read_text())["schema"] == 1
                for path in kept(tmp_path):
                    json.loads(path.read_text())

        last = report("--since-last", env=env)
        assert [account["change"]["first"] for account in last["accounts"]] == [False] * 5
