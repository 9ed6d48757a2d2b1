"""`--shard I/N` through the front door."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ..conftest import Sandbox
from ..formats.test_json_schema import CLOSED, faults
from ..running import audit, check
from .test_check import one_sentence

EMPTY = "8/9"  # none of the sample accounts is in it


def test_takes_its_part_of_the_accounts_and_asks_no_other(sandbox: Sandbox) -> None:
    found = {}
    for index in (1, 2):
        run = check("--shard", f"{index}/2", "--format", "json", env=sandbox.env)
        report = json.loads(run.stdout)
        assert faults(report, CLOSED) == []
        assert report["shard"] == {"index": index, "of": 2}
        found[index] = [account["label"] for account in report["accounts"]]

    assert found == {1: ["USER (alpha)", "USER (charlie)"], 2: ["MASTER", "USER (bravo)", "USER (delta)"]}
    assert sandbox.endpoints().count("BalanceEx") == 4  # delta has no key


def test_a_whole_run_is_of_no_part(sandbox: Sandbox) -> None:
    assert json.loads(check("--format", "json", env=sandbox.env).stdout)["shard"] is None


def test_shares_out_what_was_selected(sandbox: Sandbox) -> None:
    selection = ("--account", "alpha", "--account", "bravo", "--shard")

    run = check(*selection, "1/2", "--format", "text", env=sandbox.env)

    assert run.returncode == 0
    assert "1 of 1 account trading in part 1 of 2 · " in run.stdout
    assert "✅ USER (alpha) is trading on Kraken\n" in run.stdout


@pytest.mark.parametrize(
    ("format_name", "said"),
    [
        ("table", "│ No accounts. "),
        ("text", "Kraken was not asked · no account is in part 8 of 9 · "),
        ("json", '"accounts": [],'),
        ("csv", "generated_at,demo,"),
        ("prometheus", "kraken_accounts_exit_code 0.0"),
        ("nagios", "; no account is in part 8 of 9 | trading=0;;;0;0 "),
    ],
)
def test_a_part_without_accounts_is_well(sandbox: Sandbox, format_name: str, said: str) -> None:
    run = check("--shard", EMPTY, "--format", format_name, env=sandbox.env)

    assert (run.returncode, run.stderr) == (0, "")
    assert said in run.stdout
    assert sandbox.endpoints() == []


def test_an_audit_of_a_part(sandbox: Sandbox) -> None:
    some = json.loads(audit("--shard", "2/2", "--format", "json", env=sandbox.env).stdout)
    none = audit("--shard", EMPTY, env=sandbox.env)

    assert some["shard"] == {"index": 2, "of": 2}
    assert [account["label"] for account in some["accounts"]] == ["MASTER", "USER (bravo)", "USER (delta)"]
    # What was not asked may open the same account.
    assert [g["own_balance"]["verified"] for g in (a["separation"] for a in some["accounts"])] == [None] * 3
    assert (none.returncode, none.stderr) == (0, "")


def test_a_part_of_accounts_without_keys_needs_attention(sandbox: Sandbox) -> None:
    run = check("--shard", "2/9", "--format", "text", env=sandbox.env)

    assert run.returncode == 1
    assert "❌ USER (delta) is NOT trading on Kraken\n" in run.stdout


@pytest.mark.parametrize("part", ["1/2", "2/2"])
def test_nothing_configured_is_not_well_in_any_part(part: str) -> None:
    run = check("--shard", part)

    assert (run.returncode, run.stdout) == (2, "")
    assert "no account has a key, so there is nothing to share out" in one_sentence(run.stderr)


@pytest.mark.parametrize("command", [check, audit])
@pytest.mark.parametrize("part", ["3/2", "x", "-1/2"])
def test_what_is_no_part_is_refused(sandbox: Sandbox, tmp_path: Path, command: object, part: str) -> None:
    assert callable(command)
    run = command("--shard", part, "-o", tmp_path / "report", env=sandbox.env)

    assert (run.returncode, run.stdout) == (2, "")
    assert "Invalid value for '--shard': " in one_sentence(run.stderr)
    assert (sandbox.endpoints(), list(tmp_path.iterdir())) == ([], [])


class TestMinimums:
    def test_of_all_users_is_of_those_in_the_part(self, sandbox: Sandbox) -> None:
        below = check("--shard", "2/2", "--min-total", "user=*=6800", "--format", "json", env=sandbox.env)
        nobody = check("--shard", EMPTY, "--min-total", "user=*=6800", env=sandbox.env)

        codes = {a["user_id"]: [f["code"] for f in a["findings"]] for a in json.loads(below.stdout)["accounts"]}
        assert codes["bravo"][0] == "below-minimum"
        assert nobody.returncode == 0

    def test_of_an_account_of_another_part_is_that_of_nobody(self, sandbox: Sandbox) -> None:
        run = check("--shard", "1/2", "--min-total", "master=1", env=sandbox.env)

        assert (run.returncode, run.stdout, sandbox.endpoints()) == (2, "", [])
        assert one_sentence(run.stderr) == (
            "--min-total master: there is no such account among those that are asked; see --account and --shard"
        )

    def test_of_all_users_where_there_are_none(self, sandbox: Sandbox) -> None:
        run = check("--account", "master", "--shard", "2/2", "--min-total", "user=*=1", env=sandbox.env)

        assert run.returncode == 2
