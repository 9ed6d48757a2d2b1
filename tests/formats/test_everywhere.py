"""What holds for every format."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from kraken_accounts.formats import NAMES

from ..conftest import Sandbox
from ..running import CONSOLE_SCRIPT, LIMIT
from ..support import mostly_soak


@pytest.mark.parametrize("name", mostly_soak(NAMES, 2))
def test_is_whole_under_the_empty_environment_of_cron(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    def run(*more: str | Path) -> subprocess.CompletedProcess[bytes]:
        command = [CONSOLE_SCRIPT, "check", "--env-file", sandbox.env_file(tmp_path), "--format", name, *more]
        return subprocess.run(
            ["/usr/bin/env", "-i", "LANG=C", *command], cwd="/", capture_output=True, timeout=LIMIT, check=False
        )

    runs = [run()]
    reports = [runs[0].stdout]
    if name in ("table", "csv"):  # what goes into a file is the same bytes, whichever format has made them
        runs.append(run("--output", tmp_path / "report"))
        reports.append((tmp_path / "report").read_bytes())
        assert runs[1].stdout == b""

    assert {run.returncode for run in runs} == {2 if name == "nagios" else 1}
    assert {run.stderr for run in runs} == {b""}
    for report in reports:
        text = report.decode("utf-8")
        assert text.endswith("\n")
        assert "\x1b" not in text
        for account in ("alpha", "bravo", "charlie", "delta"):
            assert account in text
        assert "6911.95" in text.replace(",", "")
