"""What each command loads: nothing heavy that it does not need, for a start that feels instant."""

from __future__ import annotations

import subprocess
import sys

import pytest

from .conftest import Sandbox
from .running import SCRIPT, environment, nobodys_keys

HEAVY = {"requests", "urllib3", "krakenex", "rich", "prometheus_client", "dotenv", "platformdirs", "filelock"}


def loaded(*arguments: str, env: dict[str, str] | None = None) -> set[str]:
    """The heavy packages that a run of the command imports."""
    run = subprocess.run(
        [sys.executable, "-X", "importtime", SCRIPT, *nobodys_keys(arguments)],
        env=environment(env),
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in run.stderr.splitlines()}
    assert "click" in imported
    return HEAVY & imported


@pytest.mark.parametrize(
    "arguments", [["--version"], ["--help"], ["--bogus"], ["--timeout", "soon"]], ids=" ".join
)
def test_versions_help_and_slips_load_nothing_heavy(arguments: list[str]) -> None:
    assert loaded(*arguments) == set()


@pytest.mark.parametrize(
    ("format_name", "packages"),
    [
        ("json", set[str]()),
        ("text", set[str]()),
        ("csv", set[str]()),
        ("nagios", set[str]()),
        ("table", {"rich"}),
        ("prometheus", {"prometheus_client"}),
    ],
)
def test_a_check_loads_what_its_format_needs(sandbox: Sandbox, format_name: str, packages: set[str]) -> None:
    always = {"requests", "urllib3", "krakenex", "dotenv", "platformdirs"}

    assert loaded("--format", format_name, env=sandbox.env) == always | packages
