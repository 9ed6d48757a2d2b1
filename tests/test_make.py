"""`make` finds a Python that will do, whatever comes before it on the path, and says how long the tests take."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from .running import REPOSITORY

MAKE = shutil.which("make") or "make"
GOOD = f'exec {sys.executable} "$@"'
OLD = "exit 1"
LEADS_NOWHERE = "echo 'pyenv: command not found' >&2; exit 127"
LASTS = "two and a half minutes on two idle cores"


def folder_with(place: Path, **pythons: str) -> Path:
    """A folder of the path with these programs: `python3_12` is python3.12."""
    place.mkdir()
    for name, does in pythons.items():
        program = place / name.replace("_", ".")
        program.write_text(f"#!/bin/sh\n{does}\n")
        program.chmod(0o755)
    return place


def made_by(*folders: Path) -> str:
    """The Python that would make the environment, if the path has these folders."""
    run = subprocess.run(
        [MAKE, "--dry-run", "demo", "VENV=nowhere"],
        env={"PATH": ":".join(map(str, folders))},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = (line for line in run.stdout.splitlines() if line.endswith(" -m venv nowhere"))
    assert run.stderr == ""
    return line.removesuffix(" -m venv nowhere")


def test_an_older_python3_may_come_first(tmp_path: Path) -> None:
    older = folder_with(tmp_path / "older", python3=OLD, python=OLD)
    newer = folder_with(tmp_path / "newer", python3=GOOD)
    newest = folder_with(tmp_path / "newest", python3_13=GOOD)

    assert made_by(older, newer, newest) == str(newer / "python3")
    assert made_by(older, newest) == str(newest / "python3.13")
    assert made_by(older, folder_with(tmp_path / "bare", python=GOOD)) == str(tmp_path / "bare" / "python")


def test_a_name_that_leads_nowhere_is_passed_over(tmp_path: Path) -> None:
    shims = folder_with(tmp_path / "shims", python3_11=LEADS_NOWHERE, python3=LEADS_NOWHERE, python3_12=GOOD)

    assert made_by(shims) == str(shims / "python3.12")


def test_the_version_that_is_tested_most_comes_first(tmp_path: Path) -> None:
    both = folder_with(tmp_path / "both", python3_11=GOOD, python3=GOOD, python3_12=GOOD)

    assert made_by(both) == str(both / "python3.11")


def test_where_none_will_do_it_says_what_is_needed(tmp_path: Path) -> None:
    older = folder_with(tmp_path / "older", python3=OLD)
    run = subprocess.run(
        [MAKE, "demo", f"VENV={tmp_path}/nowhere"],
        env={"PATH": str(older)},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 2
    assert "kraken-accounts needs Python 3.11 or newer; name one: make PYTHON=/path/to/python3.11\n" in run.stderr
    assert not (tmp_path / "nowhere").exists()


def test_it_says_how_long_the_tests_take() -> None:
    for name in ("Makefile", "README.md", "CONTRIBUTING.md"):
        assert LASTS in (REPOSITORY / name).read_text(encoding="utf-8")
