"""Completion by the shells themselves: somebody types, presses the tab key, and sees what becomes of the line."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from ..conftest import Sandbox
from ..running import CONSOLE_SCRIPT, LIMIT, completion, unmeasured

# What shows that a shell has read all that was typed before; typed in two pieces, it is not its own echo.
READY = ("echo rea''dy", "ready")
BASH = ("bash", "--norc", "--noprofile", "-i")
ZSH = ("zsh", "-f", "-i")
SET_UP = {
    "bash": 'bind "set enable-bracketed-paste off"; eval "$(kraken-accounts completion bash)"',
    "zsh": "autoload -Uz compinit; compinit -u; unset zle_bracketed_paste; "
    'eval "$(kraken-accounts completion zsh)"',
}
COMMANDS = [
    "accounts",
    "audit",
    "check",
    "combine",
    "completion",
    "config",
    "doctor",
    "help",
    "history",
    "notify",
    "sandbox",
]
TYPED = [
    ("kraken-accounts au", "kraken-accounts audit "),
    ("kraken-accounts accounts acc", "kraken-accounts accounts accept "),
    ("kraken-accounts --wal", "kraken-accounts --wallets "),
    ("kraken-accounts audit --probe", "kraken-accounts audit --probe-orders "),
    ("kraken-accounts check --format prom", "kraken-accounts check --format prometheus "),
    ("kraken-accounts check --account ma", "kraken-accounts check --account master "),
    ("kraken-accounts --account daiv", "kraken-accounts --account daivon_frazier "),
]


def needs(shell: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"{shell} is not installed")


@pytest.fixture
def folder(sandbox: Sandbox, tmp_path: Path) -> Path:
    """Where a `.env` lies, and the command is on the path."""
    sandbox.env_file(tmp_path, KRAKEN_USER_ALPHA_USER_ID="daivon_frazier")
    return tmp_path


def environment(folder: Path) -> dict[str, str]:
    path = f"{CONSOLE_SCRIPT.parent}:{os.environ['PATH']}"
    return unmeasured({"PATH": path, "HOME": str(folder), "TERM": "dumb", "PS1": "$ "})


class Typing:
    """A shell on a terminal, at which somebody types."""

    def __init__(self, command: tuple[str, ...], folder: Path) -> None:
        self._process, self._terminal = pty.fork()
        if self._process == 0:
            os.chdir(folder)
            os.execvpe(command[0], command, environment(folder))
        self.shown = ""
        self.enter(SET_UP[command[0]])
        self.enter(READY[0])
        self.sees(READY[1])

    def press(self, keys: str) -> None:
        os.write(self._terminal, keys.encode())

    def enter(self, line: str) -> None:
        self.press(f"{line}\n")

    def sees(self, text: str) -> None:
        """Wait until it is shown; whatever moves the cursor is left out."""
        ends = time.monotonic() + LIMIT
        while text not in self.shown:
            left = ends - time.monotonic()
            assert left > 0, f"{text!r} does not come, but {self.shown!r}"
            if select.select([self._terminal], [], [], left)[0]:
                piece = os.read(self._terminal, 65536).decode(errors="replace")
                self.shown += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r|\x07", "", piece)
        self.shown = self.shown.partition(text)[2]

    def close(self) -> None:
        os.kill(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        os.close(self._terminal)


@pytest.mark.parametrize("shell", [pytest.param(BASH, marks=needs("bash")), pytest.param(ZSH, marks=needs("zsh"))])
def test_bash_and_zsh_complete_what_is_typed(shell: tuple[str, ...], folder: Path) -> None:
    typing = Typing(shell, folder)
    try:
        for typed, becomes in TYPED:
            typing.press(f"{typed}\t")
            typing.sees(becomes)
            typing.press("\x15")  # Ctrl-U: begin anew
    finally:
        typing.close()


@needs("bash")
def test_bash_lists_all_commands(folder: Path) -> None:
    """By the function that the script has made, as the shell calls it."""
    script = (
        'eval "$(kraken-accounts completion bash)"; complete -p kraken-accounts; '
        "COMP_WORDS=(kraken-accounts ''); COMP_CWORD=1; "
        '_kraken_accounts_completion kraken-accounts; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    run = shell("bash", "--norc", "-c", script, folder=folder)

    first, *found = run.stdout.splitlines()
    assert first == "complete -o nosort -F _kraken_accounts_completion kraken-accounts"
    assert found == COMMANDS
    assert run.stderr == ""


@needs("fish")
def test_fish_completes_what_is_typed(folder: Path) -> None:
    script = ["kraken-accounts completion fish | source"]
    script += [f"complete -C '{typed}'" for typed in ("kraken-accounts ", *(typed for typed, _ in TYPED))]

    run = shell("fish", "--no-config", "-c", "; ".join(script), folder=folder)

    found = [line.partition("\t")[0] for line in run.stdout.splitlines()]
    assert found[: len(COMMANDS)] == COMMANDS
    assert found[len(COMMANDS) :] == [becomes.split()[-1] for _, becomes in TYPED]
    assert run.stderr == ""


def shell(*command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, env=environment(folder), cwd=folder, capture_output=True, text=True, timeout=LIMIT, check=False
    )


class TestLabels:
    """What a shell is told; it asks as the script that bash has does."""

    def told(self, line: str, folder: Path, **env: str) -> list[str]:
        run = completion(
            env={
                "COMP_WORDS": line,
                "COMP_CWORD": str(line.count(" ")),
                "_KRAKEN_ACCOUNTS_COMPLETE": "bash_complete",
                **env,
            },
            cwd=folder,
        )
        assert (run.returncode, run.stderr) == (0, "")
        return [entry.removeprefix("plain,") for entry in run.stdout.split()]

    def test_are_those_of_the_file_that_would_be_read(
        self, folder: Path, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        other = tmp_path / "other"
        other.write_text("KRAKEN_USER_ZULU_API_KEY=x\n")

        assert self.told("kraken-accounts --account ", folder) == [
            "master",
            "bravo",
            "charlie",
            "daivon_frazier",
            "delta",
        ]
        assert self.told(f"kraken-accounts --env-file {other} --account ", folder) == ["master", "zulu"]
        assert sandbox.endpoints() == []

    def test_that_are_given_already_are_not_offered_again(self, folder: Path) -> None:
        assert self.told("kraken-accounts audit --account bravo --account b", folder) == []

    def test_match_in_any_case(self, folder: Path) -> None:
        assert self.told("kraken-accounts doctor --account DAI", folder) == ["daivon_frazier"]

    @pytest.mark.parametrize("broken", ['KRAKEN_MASTER_API_KEY="x\n', "KRAKEN_API_URL=ftp://nowhere\n", "\0"])
    def test_of_a_file_that_cannot_be_read_are_none_and_nothing_is_said(self, broken: str, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text(broken)

        assert self.told("kraken-accounts --account ", tmp_path) == []

    def test_of_a_pipe_are_not_waited_for(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        began = time.monotonic()

        assert self.told(f"kraken-accounts --env-file {tmp_path}/pipe --account ", tmp_path) == []
        assert time.monotonic() - began < 5

    def test_go_by_a_config_toml_that_says_whose_variables_are_whose(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "mine.toml").write_text('[accounts.zoe]\nvariables = "KRAKEN_USER_BRAVO"\n')
        (tmp_path / "broken.toml").write_text("qoute = 1\n")

        assert "zoe" in self.told(f"kraken-accounts --config {tmp_path}/mine.toml --account ", folder)
        assert "bravo" in self.told(f"kraken-accounts --config {tmp_path}/broken.toml --account ", folder)

    def test_of_a_demo_are_in_no_file(self, folder: Path) -> None:
        assert self.told("kraken-accounts --demo --account ", folder) == []

    def test_commands_and_options_of_check_may_both_be_first(self, folder: Path) -> None:
        assert self.told("kraken-accounts ", folder) == COMMANDS
        assert {"--help", "--version", "--demo", "--format"} <= set(self.told("kraken-accounts --", folder))


def test_a_shell_that_is_not_known_is_wrong_usage() -> None:
    run = completion("completion", "tcsh")

    assert (run.returncode, run.stdout) == (2, "")
    assert "'tcsh' is not one of 'bash', 'zsh', 'fish'" in run.stderr
