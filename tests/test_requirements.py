"""What is installed, and what builds it: pinned by hash, all of it, and true to the bounds that are declared."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from .running import REPOSITORY

PINS = sorted((REPOSITORY / "requirements").glob("*.txt"))


def pinned(path: Path) -> dict[str, str]:
    """The version of each package."""
    return dict(re.findall(r"^([\w.-]+)==([\w.]+)", path.read_text(), re.MULTILINE))


@pytest.mark.parametrize("path", PINS, ids=lambda path: path.name)
def test_every_version_has_its_hashes_and_no_address(path: Path) -> None:
    entries = re.split(r"\n(?=\w)", re.sub(r"^\s*#.*\n", "", path.read_text(), flags=re.MULTILINE).strip())

    for entry in entries:
        assert re.match(r"[\w.-]+==[\w.]+ \\\n +--hash=sha256:[0-9a-f]{64}", entry), entry
    assert "://" not in path.read_text()


@pytest.mark.parametrize(
    "target", ["demo", "notify", "postgres", "history", "hadolint", "dist", "test", "lint", "lock"]
)
def test_make_installs_nothing_else_and_builds_with_nothing_else(target: str) -> None:
    run = subprocess.run(
        ["make", "--dry-run", "--always-make", target, "VENV=nowhere"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )

    installs = [line for line in run.stdout.splitlines() if "pip install" in line]
    assert installs
    for line in installs:
        assert "--require-hashes" in line or "--no-deps --editable ." in line
        assert "--no-build-isolation" in line or "nowhere/lock/" in line


def test_the_tools_that_build_are_the_same_everywhere() -> None:
    build = pinned(REPOSITORY / "requirements" / "build.txt")

    assert {"setuptools"} == build.keys()
    for path in PINS:
        if path.name == "lowest.txt":
            continue  # what is declared as the oldest has to do there
        assert pinned(path).get("setuptools", build["setuptools"]) == build["setuptools"]


def test_the_lowest_versions_are_those_that_are_allowed() -> None:
    run = subprocess.run(
        [sys.executable, REPOSITORY / "scripts" / "lowest.py"], capture_output=True, text=True, check=True
    )
    lowest = pinned(REPOSITORY / "requirements" / "lowest.txt")

    for line in run.stdout.splitlines():
        name, _, version = line.partition("==")
        assert re.fullmatch(rf"{re.escape(version)}(\.0)*", lowest[name.replace("_", "-")]), line
