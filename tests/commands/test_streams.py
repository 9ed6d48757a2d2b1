"""Streams that are closed, full or unread, and signals: none costs a report, an exit code or a tidy folder."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ..conftest import Sandbox
from ..running import CONSOLE_SCRIPT, LIMIT, NO_KEYS, environment, programs
from ..support import sample_key, sample_secret

CHARLIE = ("check", "--account", "charlie", "--format", "text")
IN_TROUBLE = "❌ USER (charlie) is NOT trading on Kraken\n"
FULL = Path("/dev/full")

needs_a_full_device = pytest.mark.skipif(not FULL.exists(), reason="only Linux has /dev/full")


def run(
    arguments: Sequence[str | Path],
    env: dict[str, str],
    stdout: Any = subprocess.PIPE,
    stderr: Any = subprocess.PIPE,
    through: str = "",
    **more: Any,
) -> subprocess.CompletedProcess[str]:
    """The command with streams of the test's choice; the shell sees to those in `through`."""
    keys = ("--env-file", NO_KEYS) if env else ()
    # What starts warm takes three streams along, no more and no fewer.
    program = CONSOLE_SCRIPT if through or more else programs() / CONSOLE_SCRIPT.name
    return subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {through}', "sh", program, *arguments, *keys],
        env=environment(env),
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        encoding="utf-8",
        timeout=LIMIT,
        check=False,
        **more,
    )


class TestStandardError:
    @needs_a_full_device
    def test_that_is_full_costs_nothing(self, sandbox: Sandbox) -> None:
        with FULL.open("w") as full:
            ended = run([*CHARLIE, "--verbose"], sandbox.env, stderr=full)

        assert IN_TROUBLE in ended.stdout
        assert ended.returncode == 1

    def test_that_is_closed_costs_nothing(self, sandbox: Sandbox, tmp_path: Path) -> None:
        report = tmp_path / "report"

        ended = run(
            [*CHARLIE, "--verbose", "--since-last", "-o", report],
            {**sandbox.env, "XDG_STATE_HOME": str(tmp_path)},
            through="2>&-",
        )

        assert ended.returncode == 1
        # Nothing that was meant for it has gone into a file that got its number.
        assert IN_TROUBLE in report.read_text()
        for path in (path for path in tmp_path.rglob("*") if path.is_file()):
            assert b"answered in" not in path.read_bytes()

    def test_whose_reader_has_gone_costs_nothing(self, sandbox: Sandbox) -> None:
        reader, writer = os.pipe()
        os.close(reader)

        ended = run([*CHARLIE, "--verbose"], sandbox.env, stderr=writer)

        os.close(writer)
        assert IN_TROUBLE in ended.stdout
        assert ended.returncode == 1

    def test_whose_reader_does_not_read_costs_nothing(self, sandbox: Sandbox) -> None:
        reader, writer = os.pipe()
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        os.write(writer, b"." * 4096)

        ended = run([*CHARLIE, "--verbose"], sandbox.env, stderr=writer)

        os.close(reader)
        os.close(writer)
        assert IN_TROUBLE in ended.stdout
        assert ended.returncode == 1

    @needs_a_full_device
    def test_that_is_full_changes_no_code_of_a_slip(self) -> None:
        with FULL.open("w") as full:
            assert run(["check", "--bogus"], {}, stderr=full).returncode == 2


class TestStandardOutput:
    @needs_a_full_device
    @pytest.mark.parametrize("arguments", [["--version"], ["check", "--help"]], ids=" ".join)
    def test_that_is_full_is_an_error_of_one_line(self, arguments: list[str]) -> None:
        with FULL.open("w") as full:
            ended = run(arguments, {}, stdout=full)

        assert ended.returncode == 2
        assert ended.stderr == "Error: cannot write or read what is needed (No space left on device)\n"

    def test_that_is_closed_is_an_error_even_by_its_name(self) -> None:
        ended = run(["check", "--demo", "-o", "/dev/stdout"], {}, through=">&-")

        assert ended.returncode == 2
        assert ended.stderr == "Error: standard output is closed; name a file with --output PATH\n"


class TestStreamsByName:
    @pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"])
    def test_standard_output_is_that_stream_and_never_replaced(
        self, sandbox: Sandbox, tmp_path: Path, name: str
    ) -> None:
        if name == "link":
            (tmp_path / "link").symlink_to("/dev/stdout")
            name = str(tmp_path / "link")
        log = tmp_path / "log"
        log.write_text("before\n")
        number = log.stat().st_ino

        with log.open("a") as stream:
            ended = run([*CHARLIE, "-o", name], sandbox.env, stdout=stream)
            stream.write("after\n")

        assert (ended.returncode, ended.stderr) == (1, "")
        lines = log.read_text().splitlines()
        assert (lines[0], lines[-1]) == ("before", "after")
        assert any(line.endswith(IN_TROUBLE.strip()) for line in lines)
        assert log.stat().st_ino == number

    def test_standard_error_is_that_stream(self, sandbox: Sandbox) -> None:
        ended = run([*CHARLIE, "-o", "/dev/stderr"], sandbox.env)

        assert (ended.returncode, ended.stdout) == (1, "")
        assert IN_TROUBLE in ended.stderr

    def test_any_other_is_that_stream(self, sandbox: Sandbox, tmp_path: Path) -> None:
        with (tmp_path / "log").open("w") as stream:
            ended = run([*CHARLIE, "-o", f"/dev/fd/{stream.fileno()}"], sandbox.env, pass_fds=[stream.fileno()])

        assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", "")
        assert IN_TROUBLE in (tmp_path / "log").read_text()

    def test_one_that_is_not_open_is_refused_before_anything_is_asked(self, sandbox: Sandbox) -> None:
        ended = run([*CHARLIE, "-o", "/dev/fd/77"], sandbox.env)

        assert (ended.returncode, ended.stderr) == (2, "Error: /dev/fd/77: is not open for writing\n")
        assert sandbox.endpoints() == []

    def test_quiet_is_quiet_on_them(self, sandbox: Sandbox) -> None:
        ended = run(["check", "--account", "alpha", "--quiet", "-o", "/dev/stdout"], sandbox.env)

        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


class TestSignals:
    WAITS = (  # in the middle of writing, when all that is missing is the last step
        "import os, sys, time\n"
        "from kraken_accounts import cli\n"
        "os.fsync = lambda _: (os.write(1, b'writing'), time.sleep(60))\n"
        "cli.main(['check', '--demo', '-o', sys.argv[1]])\n"
    )

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
    def test_leave_no_half_file_behind(self, tmp_path: Path, number: signal.Signals) -> None:
        (tmp_path / "report").write_text("old")
        command = [sys.executable, "-c", self.WAITS, str(tmp_path / "report")]

        with subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.read(7) == b"writing"
            assert len(list(tmp_path.iterdir())) == 2
            process.send_signal(number)
            assert process.wait(LIMIT) == -number

        assert [path.name for path in tmp_path.iterdir()] == ["report"]
        assert (tmp_path / "report").read_text() == "old"

    @pytest.mark.parametrize(
        ("begin", "end"),
        [("", signal.SIGHUP), ("trap '' HUP; ", signal.SIGTERM)],
        ids=["of a terminal that closes", "under nohup"],
    )
    def test_end_a_run_at_once_unless_they_are_ignored(self, begin: str, end: signal.Signals) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            keys = {
                "KRAKEN_API_URL": f"http://127.0.0.1:{silent.getsockname()[1]}",
                "KRAKEN_MASTER_API_KEY": sample_key("master"),
                "KRAKEN_MASTER_API_SECRET": sample_secret("master"),
            }
            process = subprocess.Popen(
                ["/bin/sh", "-c", f'{begin}exec "$@"', "sh", CONSOLE_SCRIPT, "check", "--env-file", NO_KEYS],
                env=environment(keys),
                cwd="/",
                stderr=subprocess.PIPE,
            )
            connection, _ = silent.accept()  # by now it is waiting for an answer that never comes
            with process, connection:
                for number in (signal.SIGHUP, end):
                    process.send_signal(number)
                assert process.wait(5) == -end
                assert process.stderr is not None
                assert process.stderr.read() == b""
