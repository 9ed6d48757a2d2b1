"""Runs the real command in a process of its own, as a user or cron does; most of them start warm, see `warm`."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path

from .warm import AVAILABLE, WarmProcess, stand_in

REPOSITORY = Path(__file__).resolve().parents[1]
SCRIPT = REPOSITORY / "check_master_user_balances.py"
CONSOLE_SCRIPT = Path(sys.executable).with_name("kraken-accounts")
LIMIT = 60  # seconds after which a command that should have ended is ended


_homes = tempfile.TemporaryDirectory(prefix="kraken-accounts-tests-")
NO_KEYS = Path(_homes.name) / "no-keys"
"""An `.env` of nobody: without it a command would find the one of whoever runs the tests, beside the script."""
NO_KEYS.touch(mode=0o600)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The least there can be: no account, no colours, no locale of the person who runs the tests.

    State, cache and configuration directories are new ones, unless `extra` names others.
    """
    home = tempfile.mkdtemp(dir=_homes.name)
    return {
        "PATH": os.environ["PATH"],
        "LC_ALL": "C.UTF-8",
        "XDG_STATE_HOME": f"{home}/state",
        "XDG_CACHE_HOME": f"{home}/cache",
        "XDG_CONFIG_HOME": f"{home}/config",
        # What `make test COVERAGE=1` has set, so that it sees what the commands run.
        **{name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")},
        **(extra or {}),
    }


def unmeasured(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The same where nothing else may happen: what measures writes files, and runs code at any moment."""
    return {name: value for name, value in environment(extra).items() if not name.startswith("COVERAGE_")}


def check(
    *arguments: str | Path, env: Mapping[str, str] | None = None, cwd: Path | str = "/"
) -> subprocess.CompletedProcess[str]:
    """`python check_master_user_balances.py …` with its output in pipes."""
    return _in_pipes([SCRIPT, *nobodys_keys(arguments, cwd)], env, cwd)


def audit(
    *arguments: str | Path, env: Mapping[str, str] | None = None, cwd: Path | str = "/"
) -> subprocess.CompletedProcess[str]:
    """`kraken-accounts audit …` with its output in pipes."""
    return _in_pipes([CONSOLE_SCRIPT, "audit", *nobodys_keys(arguments, cwd)], env, cwd)


def accounts(
    *arguments: str | Path,
    env: Mapping[str, str] | None = None,
    stdin: str = "",
    cwd: Path | str = "/",
) -> subprocess.CompletedProcess[str]:
    """`kraken-accounts accounts …` with its output in pipes, this text in the pipe that it may read, and nobody
    there to be asked.
    """
    is_chosen = "--env-file" in map(str, arguments) or (Path(cwd) / ".env").exists()
    chosen: list[str | Path] = [] if is_chosen else ["--env-file", NO_KEYS]
    return _in_pipes([CONSOLE_SCRIPT, "accounts", *chosen, *arguments], env, cwd, stdin)


def accounts_on_terminal(
    *arguments: str, answer: str = "", columns: int = 100, env: Mapping[str, str] | None = None
) -> tuple[str, int]:
    """The same on a terminal of so many columns, where somebody answers so: what it shows, and the exit code."""
    command: list[str | Path] = [CONSOLE_SCRIPT, "accounts", "--env-file", NO_KEYS, *arguments]
    return _on_terminal(command, columns, env, "/", typed=answer)


def history_command(
    *arguments: str | Path, env: Mapping[str, str] | None = None, cwd: Path | str = "/"
) -> subprocess.CompletedProcess[str]:
    """`kraken-accounts history …` with its output in pipes."""
    return _in_pipes([CONSOLE_SCRIPT, "history", *nobodys_keys(arguments, cwd)], env, cwd)


def prune(*arguments: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """`kraken-accounts history prune …` with its output in pipes; it takes no keys."""
    return _in_pipes([CONSOLE_SCRIPT, "history", "prune", *arguments], env, "/")


def history_on_terminal(*arguments: str, columns: int, env: Mapping[str, str] | None = None) -> tuple[str, int]:
    """The same on a terminal of so many columns: what it shows, and the exit code."""
    return _on_terminal([CONSOLE_SCRIPT, "history", *nobodys_keys(arguments)], columns, env, "/")


def config(
    *arguments: str | Path, env: Mapping[str, str] | None = None, cwd: Path | str = "/"
) -> subprocess.CompletedProcess[str]:
    """`kraken-accounts config …` with its output in pipes."""
    return _in_pipes([CONSOLE_SCRIPT, "config", *arguments], env, cwd)


def completion(
    *arguments: str, env: Mapping[str, str] | None = None, cwd: Path | str = "/"
) -> subprocess.CompletedProcess[str]:
    """`kraken-accounts …` as it stands, with its output in pipes: as a shell runs it that wants to complete."""
    return _in_pipes([CONSOLE_SCRIPT, *arguments], env, cwd)


def doctor(
    *arguments: str | Path, env: Mapping[str, str] | None = None, cwd: Path | str = "/"
) -> subprocess.CompletedProcess[str]:
    """`kraken-accounts doctor …` with its output in pipes."""
    return _in_pipes([CONSOLE_SCRIPT, "doctor", *nobodys_keys(arguments, cwd)], env, cwd)


def doctor_on_terminal(*arguments: str, columns: int, env: Mapping[str, str] | None = None) -> tuple[str, int]:
    """The same on a terminal of so many columns: what it shows, and the exit code."""
    return _on_terminal([CONSOLE_SCRIPT, "doctor", *nobodys_keys(arguments)], columns, env, "/")


def combine(
    *arguments: str | Path,
    env: Mapping[str, str] | None = None,
    stdin: str = "",
    cwd: Path | str = "/",
) -> subprocess.CompletedProcess[str]:
    """`kraken-accounts combine …` with its output in pipes, and this text in the pipe that it may read."""
    return _in_pipes([CONSOLE_SCRIPT, "combine", *arguments], env, cwd, stdin)


def notify(*arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """`kraken-accounts notify …` with its output in pipes."""
    return _in_pipes([CONSOLE_SCRIPT, "notify", *arguments], env, "/")


def check_on_terminal(
    *arguments: str, columns: int, env: Mapping[str, str] | None = None, cwd: Path | str = "/"
) -> tuple[str, int]:
    """The check on a terminal of so many columns: what it shows, and the exit code."""
    return _on_terminal([SCRIPT, *nobodys_keys(arguments, cwd)], columns, env, cwd)


def audit_on_terminal(
    *arguments: str, columns: int, env: Mapping[str, str] | None = None, cwd: Path | str = "/"
) -> tuple[str, int]:
    """The audit on a terminal of so many columns: what it shows, and the exit code."""
    return _on_terminal([CONSOLE_SCRIPT, "audit", *nobodys_keys(arguments, cwd)], columns, env, cwd)


def nobodys_keys(arguments: Sequence[str | Path], cwd: Path | str = "/") -> list[str | Path]:
    """The arguments, and `--env-file NO_KEYS` if they and the folder would leave the choice to the command."""
    chosen = {"--env-file", "--demo"} & {str(argument) for argument in arguments} or (Path(cwd) / ".env").exists()
    return [*arguments] if chosen else [*arguments, "--env-file", NO_KEYS]


@cache
def programs() -> Path:
    """The folder with `kraken-accounts`, as a shell finds it; it starts warm too, where that can be."""
    if not AVAILABLE:
        return CONSOLE_SCRIPT.parent
    stand = Path(tempfile.mkdtemp(dir=_homes.name)) / CONSOLE_SCRIPT.name
    stand.write_text(stand_in(CONSOLE_SCRIPT))
    stand.chmod(0o755)
    return stand.parent


def _is_warm(env: Mapping[str, str] | None) -> bool:
    """Whether a process that has started already will do: what Python goes by as it starts is as always."""
    return AVAILABLE and not any(name.startswith(("LC_", "LANG", "PYTHON")) for name in env or {})


def _in_pipes(
    script: Sequence[str | Path], env: Mapping[str, str] | None, cwd: Path | str, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    command = [str(part) for part in script]
    if _is_warm(env):
        return _in_warm_pipes(command, environment(env), str(cwd), stdin)
    return subprocess.run(
        [sys.executable, *command],
        env=environment(env),
        cwd=cwd,
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT,
        check=False,
    )


def _in_warm_pipes(
    command: list[str], env: Mapping[str, str], cwd: str, stdin: str
) -> subprocess.CompletedProcess[str]:
    its_input, to_it = os.pipe()
    outputs = [os.pipe(), os.pipe()]
    its_ends = (its_input, outputs[0][1], outputs[1][1])
    process = WarmProcess(command, env=env, cwd=cwd, streams=its_ends)
    for end in its_ends:
        os.close(end)
    with ThreadPoolExecutor(3) as others:
        others.submit(_write_and_close, to_it, stdin)
        written = [others.submit(_read_to_the_end, end) for end, _ in outputs]
        code = process.wait(LIMIT)
    return subprocess.CompletedProcess(command, code, *(text.result() for text in written))


def _write_and_close(descriptor: int, text: str) -> None:
    with suppress(BrokenPipeError), open(descriptor, "w", encoding="utf-8") as file:  # it need not read it all
        file.write(text)


def _read_to_the_end(descriptor: int) -> str:
    with open(descriptor, encoding="utf-8") as file:
        return file.read()


def _on_terminal(
    script: Sequence[str | Path], columns: int, env: Mapping[str, str] | None, cwd: Path | str, typed: str = ""
) -> tuple[str, int]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    os.write(ours, typed.encode())
    command = [str(part) for part in script]
    its_environment = environment({"TERM": "xterm-256color", **(env or {})})
    process: WarmProcess | subprocess.Popen[bytes]
    if _is_warm(env):
        process = WarmProcess(command, env=its_environment, cwd=str(cwd), streams=(theirs, theirs, theirs))
    else:
        process = subprocess.Popen(
            [sys.executable, *command],
            env=its_environment,
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
