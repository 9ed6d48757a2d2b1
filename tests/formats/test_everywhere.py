"""What holds for every format."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from kraken_accounts.formats import NAMES

from ..conftest import Sandbox
from ..running import CONSOLE_SCRIPT, LIMIT


@pytest.mark.parametrize("name", NAMES)
def test_is_whole_under_the_empty_environment_of_cron(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    def run(*more: str | Path) -> subprocess.CompletedProcess[bytes]:
        command = [CONSOLE_SCRIPT, "check", "--env-file", sandbox.env_file(tmp_path), "--format", name, *more]
        return subprocess.run(
            ["/usr/bin/env", "-i", "LANG=C", *command], cwd="/", capture_output=True, timeout=LIMIT, check=False
        )

    shown, kept = run(), run("--output", tmp_path / "report")

    assert shown.returncode == kept.returncode == (2 if name == "nagios" else 1)
    assert (shown.stderr, kept.stderr, kept.stdout) == (b"", b"", b"")
    for report in (shown.stdout, (tmp_path / "report").read_bytes()):
        text = report.decode("utf-8")
        assert text.endswith("\n")
        assert "\x1b" not in text
        for account in ("alpha", "bravo", "charlie", "delta"):
            assert account in text
        assert "6911.95" in text.replace(",", "")
