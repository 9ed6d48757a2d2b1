"""Runs the real command in a process of its own, as a user or cron does."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
SCRIPT = REPOSITORY / "check_master_user_balances.py"
CONSOLE_SCRIPT = Path(sys.executable).with_name("kraken-accounts")
LIMIT = 60  # seconds after which a command that should have ended is ended


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The least there can be: no account, no colours, no locale of the person who runs the tests."""
    return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **(extra or {})}


def check(
    *arguments: str | Path, env: Mapping[str, str] | None = None, cwd: Path | str = "/"
) -> subprocess.CompletedProcess[str]:
    """`python check_master_user_balances.py …` with its output in pipes."""
    return subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, arguments)],
        env=environment(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT,
        check=False,
    )


def check_on_terminal(
    *arguments: str, columns: int, env: Mapping[str, str] | None = None, cwd: Path | str = "/"
) -> tuple[str, int]:
    """The same on a terminal of so many columns: what it shows, and the exit code."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT), *arguments],
        env=environment({"TERM": "xterm-256color", **(env or {})}),
        cwd=cwd,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = bytearray()
    try:
        while chunk := os.read(ours, 65536):
            shown += chunk
    except OSError:
        pass  # how Linux says that nobody has the terminal open any more
    finally:
        os.close(ours)
    return shown.decode().replace("\r\n", "\n"), process.wait(LIMIT)
