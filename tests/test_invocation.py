"""What a report tells people to run is what they have typed, by whichever of its names they called the program."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Sandbox
from .running import CONSOLE_SCRIPT, LIMIT, NO_KEYS, SCRIPT, environment

WAYS: dict[str, list[str | Path]] = {
    "python check_master_user_balances.py": [SCRIPT],
    "kraken-accounts": [CONSOLE_SCRIPT],
    "python -m kraken_accounts": ["-m", "kraken_accounts"],
}


def run(way: str, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *WAYS[way], *arguments, "--env-file", NO_KEYS]
    return subprocess.run(
        command, env=environment(env), cwd="/", capture_output=True, text=True, timeout=LIMIT, check=False
    )


@pytest.mark.parametrize(
    ("way", "to_run"),
    [
        ("python check_master_user_balances.py", "python check_master_user_balances.py --account master"),
        ("kraken-accounts", "kraken-accounts check --account master"),
        ("python -m kraken_accounts", "python -m kraken_accounts check --account master"),
    ],
)
def test_the_check(way: str, to_run: str) -> None:
    assert f"5. Run: {to_run} --env-file {NO_KEYS}\n" in run(way, "--format", "text").stdout.replace("  ", "")


@pytest.mark.parametrize("way", WAYS)
def test_another_command_is_there_to_be_run(sandbox: Sandbox, way: str, tmp_path: Path) -> None:
    memory = {"XDG_STATE_HOME": str(tmp_path)}
    run(way, "--format", "json", **sandbox.env, **memory)
    without = {name: value for name, value in sandbox.env.items() if "ALPHA" not in name}

    told = run(way, "--format", "text", **without, **memory).stdout
    forgotten = run(way, "accounts", "forget", "alpha", "--yes", **without, **memory)

    assert f"or end the watch over it: {way} accounts forget alpha\n" in told
    assert (forgotten.returncode, forgotten.stdout) == (0, "")


def test_the_script_alone_is_the_check() -> None:
    shown = run("python check_master_user_balances.py", "foo")

    assert (shown.returncode, shown.stdout) == (2, "")
    assert "No such command 'foo'" in shown.stderr
