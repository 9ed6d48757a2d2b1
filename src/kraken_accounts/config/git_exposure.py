"""Whether git has, or would take, the file that holds the keys."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from enum import Enum
from pathlib import Path

PATIENCE = 5  # seconds; public, so that a test need not wait as long
# The operator's own configuration of git counts, because of what it ignores. The repository's may be anybody's.
_OPERATORS_OWN = ("HOME", "XDG_CONFIG_HOME")
_NOTHING_RUNS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.sshCommand=false",
    "core.alternateRefsCommand=false",
    "safe.bareRepository=explicit",
)
_NOTHING_IS_FETCHED = {
    # No transport, whatever a repository allows itself: what is missing in a partial clone stays missing.
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
}


class GitExposure(Enum):
    """What git has to do with the file that holds the keys."""

    TRACKED = "tracked"
    UNTRACKED = "would be tracked"
    NONE = "ignored, or in no repository"
    UNKNOWN = "not known"


def git_exposure(path: Path | None) -> GitExposure:
    """What git has to do with a file; `NONE` too where there is no git, or no file.

    `UNKNOWN` where a repository is and git does not answer, because the repository is somebody else's, which git
    refuses, or damaged, or keeps git waiting.

    The folder may be hostile: git runs no program that its repository names, fetches nothing for it, and sees of
    the environment only where programs and the operator's own configuration of git lie.
    """
    if path is None:
        return GitExposure.NONE
    program = shutil.which("git", path=_environment(os.environ)["PATH"])
    if program is None:
        return GitExposure.NONE
    tracked = _git(program, path, "--literal-pathspecs", "ls-files", "--error-unmatch")
    if tracked == 0:
        return GitExposure.TRACKED
    # 1 is git's word for "no": not tracked, not ignored. It says 128 in no repository, and of whatever else fails.
    ignored = _git(program, path, "check-ignore", "--quiet") if tracked == 1 else None
    if ignored == 1:
        return GitExposure.UNTRACKED
    return GitExposure.NONE if ignored == 0 or not _in_repository(path) else GitExposure.UNKNOWN


def _in_repository(path: Path) -> bool:
    """Whether any folder above a file is one, or says that it is."""
    try:
        return any(os.path.lexists(folder / ".git") for folder in path.resolve().parents)
    except (OSError, RuntimeError):
        return True


def _git(program: str, path: Path, *command: str) -> int | None:
    """The exit code of a git command about the file; None if it could not be run to its end."""
    try:
        file = path.resolve()
        options = [part for setting in _NOTHING_RUNS for part in ("-c", setting)]
        return subprocess.run(  # noqa: S603 - no shell, and the path stands behind --
            [program, "-C", str(file.parent), *options, *command, "--", f"./{file.name}"],
            env=_environment(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=False,
        ).returncode
    except (OSError, RuntimeError, subprocess.TimeoutExpired):
        return None


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What git needs of the environment; of the path no folder that depends on the working directory."""
    folders = environ.get("PATH", os.defpath).split(os.pathsep)
    return {
        "PATH": os.pathsep.join(folder for folder in folders if Path(folder).is_absolute()),
        **{name: environ[name] for name in _OPERATORS_OWN if name in environ},
        **_NOTHING_IS_FETCHED,
    }
