"""Overlapping runs on one state and one cache directory while things go wrong: all outputs are whole and true."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest

from kraken_accounts.report.exit_code import ExitCode
from kraken_sandbox import Fault, FaultKind
from kraken_sandbox.accounts import TIERS, Tier

from .. import running
from .catalogue import GRACE, error
from .floor import BYSTANDER, ITS_TOTAL, Floor, assert_fit_to_be_read, open_floor

ROUNDS = 3
AT_ONCE = 6  # processes
DEADLINE = 8.0  # seconds of each
LIMITS = ("--timeout", "2", "--deadline", str(DEADLINE), "--since-last", "--force")

# Each strikes one account for ever; the others have their true totals in every run.
STRUCK = {
    "dropped": (Fault(FaultKind.DROP), "unreachable"),
    "broken": (Fault(FaultKind.HTML, status=520), "unreachable"),
    "cut": (Fault(FaultKind.TRUNCATE), "unreachable"),
    "locked": (error("EGeneral:Temporary lockout"), "locked-out"),
    "unknown": (error("EAPI:Invalid key"), "rejected"),
}
WELL = (BYSTANDER, "fine", "lucky")


def start(floor: Floor, home: Path, number: int) -> subprocess.Popen[str]:
    """One run of the real command. Half of them write to files of their own, and half to a common one."""
    output = home / ("common.json" if number % 2 else f"own-{number}.json")
    command = [running.CONSOLE_SCRIPT, "check", "--format", "json", "--env-file", floor.env_file, *LIMITS]
    return subprocess.Popen(
        [str(part) for part in (*command, "--output", output)],
        env=running.environment({"XDG_STATE_HOME": str(home / "state"), "XDG_CACHE_HOME": str(home / "cache")}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


@pytest.mark.soak
def test_overlapping_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TIERS, "pro", Tier(maximum=1000, decay=10))  # so many runs at once are not the usual ones
    with open_floor(tmp_path, *STRUCK, "fine", "lucky") as floor:
        for name, (fault, _) in STRUCK.items():
            floor.strike(name, "BalanceEx", fault)
        began = time.monotonic()
        for round_number in range(ROUNDS):
            processes = [start(floor, tmp_path, round_number * AT_ONCE + number) for number in range(AT_ONCE)]
            for process in processes:
                try:
                    stdout, stderr = process.communicate(timeout=running.LIMIT)
                finally:
                    process.kill()
                assert (process.returncode, stdout, stderr) == (ExitCode.ATTENTION, "", "")
        took = time.monotonic() - began

    assert took < ROUNDS * (DEADLINE + GRACE)
    outputs = sorted(tmp_path.glob("*.json"))
    assert len(outputs) == ROUNDS * AT_ONCE // 2 + 1
    for path in outputs:
        text = path.read_text()
        assert_fit_to_be_read("json", text)
        assert json.loads(text)["exchange"]["unknown"] == []
        accounts = {account["user_id"]: account for account in json.loads(text)["accounts"]}
        assert {name: accounts[name]["total"] for name in WELL} == dict.fromkeys(WELL, ITS_TOTAL)
        assert {accounts[name]["status"] for name in WELL} == {"trading"}
        assert {name: accounts[name]["status"] for name in STRUCK} == {
            name: status for name, (_, status) in STRUCK.items()
        }
        assert {accounts[name]["total"] for name in STRUCK} == {None}
    # What they leave is whole too, holds no secret, and has no half-written file among it.
    for folder in ("state", "cache"):
        assert floor.leaks.in_folder(tmp_path / folder) == {}
        files = [path for path in (tmp_path / folder).rglob("*") if path.is_file()]
        assert not [path for path in files if path.suffix == ".tmp"]
        for path in files:
            if path.suffix == ".json":
                assert json.loads(path.read_text())
    (previous,) = (tmp_path / "state").rglob("previous-*.json")
    remembered = json.loads(previous.read_text())["accounts"]
    assert {remembered[name]["total"] for name in WELL} == {ITS_TOTAL}
