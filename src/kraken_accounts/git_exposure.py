"""Whether git has, or would take, the file that holds the keys."""

from __future__ import annotations

import subprocess
from pathlib import Path

from .audit import GitExposure

_PATIENCE = 5  # seconds


def git_exposure(path: Path | None) -> GitExposure:
    """What git has to do with a file; `NONE` too where there is no git, or no file."""
    if path is None:
        return GitExposure.NONE
    if _git(path, "ls-files", "--error-unmatch") == 0:
        return GitExposure.TRACKED
    # 1 is git's word for "not ignored"; in no repository it says 128.
    return GitExposure.UNTRACKED if _git(path, "check-ignore", "--quiet") == 1 else GitExposure.NONE


def _git(path: Path, *command: str) -> int | None:
    """The exit code of a git command about the file; None if it could not be run."""
    file = path.resolve()
    try:
        return subprocess.run(  # noqa: S603 - no shell, and the path stands behind --
            ["git", "-C", str(file.parent), "-c", "core.fsmonitor=false", *command, "--", file.name],  # noqa: S607
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE,
            check=False,
        ).returncode
    except (OSError, subprocess.TimeoutExpired):
        return None
