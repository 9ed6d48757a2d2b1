"""`kraken-sandbox`: what it prints, how it stops, what it notes, and what it refuses."""

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from urllib.parse import urlsplit

import click
import pytest
from dotenv import dotenv_values

from kraken_accounts.commands.sandbox import sandbox
from kraken_sandbox import AccountsFileError, sample_environment
from kraken_sandbox.command import main, serve
from kraken_sandbox.options import HELP, Options

from .support import Client

PROGRAM = """
import sys
from kraken_sandbox.command import main

sys.exit(main())
"""


@contextmanager
def serving(*options: str | Path) -> Iterator[tuple["subprocess.Popen[str]", list[str]]]:
    """A sandbox in a process of its own, and the lines it printed before it began to wait."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            lines = []
            for line in process.stdout:
                lines.append(line.rstrip("\n"))
                if line.startswith("# Ctrl-C"):
                    break
            yield process, lines
        finally:
            process.kill()


def variables(lines: list[str]) -> dict[str, str]:
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serves_the_sample_accounts_until_it_is_stopped(number: signal.Signals) -> None:
    with serving() as (process, lines):
        printed = variables(lines)
        url = printed["KRAKEN_API_URL"]
        assert lines[0] == f"# The simulated Kraken exchange listens at {url}"
        assert printed == sample_environment(url)

        client = Client(url, printed["KRAKEN_MASTER_API_KEY"], printed["KRAKEN_MASTER_API_SECRET"])
        assert client.private("BalanceEx").result["XXBT"]["balance"] == "0.4200000000"

        # The client's connection is still open: it must not hold the sandbox up.
        process.send_signal(number)
        output, errors = process.communicate(timeout=10)
        client.close()

    assert process.returncode == 0
    assert output == "# The sandbox has stopped.\n"
    assert errors == ""


def test_serves_an_accounts_file(tmp_path: Path) -> None:
    file = tmp_path / "accounts.toml"
    file.write_text('[[accounts]]\nlabel = "echo"\niban = "AA00 SAMP LE00 0101"\n')
    with serving("--accounts", file) as (_, lines):
        assert variables(lines)["KRAKEN_USER_ECHO_API_KEY"] == "<paste_your_key_here>"


def test_what_it_prints_makes_the_check_work(tmp_path: Path) -> None:
    with serving() as (_, lines):
        (tmp_path / ".env").write_text("\n".join(lines))
        (tmp_path / ".env").chmod(0o600)
        command = [str(Path(sys.executable).with_name("kraken-accounts")), "check", "--format", "json"]
        check = subprocess.run(
            command, cwd=tmp_path, env={"HOME": str(tmp_path)}, capture_output=True, text=True, check=False
        )

    statuses = {account["user_id"]: account["status"] for account in json.loads(check.stdout)["accounts"]}
    assert statuses == {
        None: "trading",
        "alpha": "trading",
        "bravo": "trading",
        "charlie": "read-only",
        "delta": "not-configured",
    }


@pytest.mark.parametrize(
    "otp", ["plain", "two words", "it's", '"quoted"', "back\\slash", "a #hash", "${HOME}", "'"]
)
def test_values_survive_the_env_file(tmp_path: Path, otp: str) -> None:
    file = tmp_path / "accounts.toml"
    file.write_text(
        '[[accounts]]\nlabel = "echo"\niban = "AA00"\n[[accounts.keys]]\nkey = "K"\nsecret = "c2FtcGxl"\n'
        f"otp = {json.dumps(otp)}\n"
    )
    with serving("--accounts", file) as (_, lines):
        (tmp_path / ".env").write_text("\n".join(lines))

    assert dotenv_values(tmp_path / ".env", interpolate=False)["KRAKEN_USER_ECHO_API_OTP"] == otp


def test_live_prices_move() -> None:
    with serving("--live", "--seed", "7") as (_, lines):
        client = Client(variables(lines)["KRAKEN_API_URL"])
        first = client.public("Ticker", pair="XBTUSD").body
        give_up = time.monotonic() + 20
        while client.public("Ticker", pair="XBTUSD").body == first:
            assert time.monotonic() < give_up
            time.sleep(0.05)
        client.close()


def test_other_addresses_are_refused() -> None:
    with pytest.raises(ValueError, match="loopback addresses only"):
        serve(Options(host="0.0.0.0", port=0), print)


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ValueError, match=f"port {port} on 127.0.0.1 cannot be had: "):
            serve(Options(port=port), print)


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_cannot_be(port: int) -> None:
    with pytest.raises(ValueError, match="cannot be had"):
        serve(Options(port=port), print)


def test_a_bad_accounts_file(tmp_path: Path) -> None:
    with pytest.raises(AccountsFileError):
        serve(Options(port=0, accounts=tmp_path / "missing.toml"), print)


def test_signals_are_as_before_afterwards() -> None:
    before = signal.getsignal(signal.SIGINT)

    def echo(line: str) -> None:
        if line.startswith("# Ctrl-C"):
            os.kill(os.getpid(), signal.SIGINT)

    serve(Options(port=0), echo)

    assert signal.getsignal(signal.SIGINT) is before


def test_it_is_a_command_of_its_own() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert project["scripts"]["kraken-sandbox"] == f"{main.__module__}:{main.__name__}"


def test_both_commands_have_the_same_options(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    printed = " ".join(capsys.readouterr().out.split())

    assert ended.value.code == 0
    ours = {parameter.name: parameter for parameter in sandbox.params if isinstance(parameter, click.Option)}
    assert ours.keys() == {option.name for option in fields(Options)} == HELP.keys()
    for name, parameter in ours.items():
        assert parameter.help == HELP[name]
        assert parameter.opts[0] in printed


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--seed", "1"], "--seed says how prices move, which they only do with --live"),
        (
            ["--throttle-burst", "2"],
            "--throttle-burst and --throttle-form go with --throttle, which says how fast",
        ),
        (["--clock", "noon"], "--clock: 'noon' is no time"),
        (["--host", "192.0.2.1"], "the sandbox listens on loopback addresses only"),
        (["--accounts", "/nowhere/accounts.toml"], "/nowhere/accounts.toml: cannot be read"),
        (
            ["--log", "/nowhere/log"],
            "the log /nowhere/log cannot be written: No such file or directory; name",
        ),
        (["--log", "/"], "the log / cannot be written: Is a directory; name another"),
        (["--port", "65536"], "a port is a number from 0 to 65535, not 65536"),
        (["--port", "many"], "invalid"),
        (["--market", "huge"], "invalid choice: 'huge'"),
    ],
)
def test_a_wrong_option(capsys: pytest.CaptureFixture[str], options: list[str], message: str) -> None:
    try:
        code: object = main(["--port", "0", *options])
    except SystemExit as ended:
        code = ended.code

    output = capsys.readouterr()
    assert (code, output.out) == (2, "")
    assert message in output.err
    assert "Traceback" not in output.err


def test_the_log_is_no_pipe(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert main(["--port", "0", "--log", str(tmp_path / "pipe")]) == 2
    assert "it is a pipe" in capsys.readouterr().err


def test_nobody_reads_what_it_prints() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, "--port", "0"], stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)

    assert (ended.returncode, ended.stderr) == (1, b"")


class TestTls:
    def test_clients_trust_it_by_the_file_that_it_names(self) -> None:
        with serving("--tls") as (process, lines):
            url = variables(lines)["KRAKEN_API_URL"]
            (said,) = (line for line in lines if line.startswith("# Clients trust"))
            file = Path(said.rpartition(": ")[2])
            trusting = ssl.create_default_context(cafile=file)
            trusting.verify_flags |= ssl.VERIFY_X509_STRICT
            for host in ("127.0.0.1", "localhost"):
                address = f"https://{host}:{urlsplit(url).port}/0/public/Time"
                request = urllib.request.Request(address, headers={"User-Agent": "tests"})
                with urllib.request.urlopen(request, context=trusting) as answer:
                    assert json.load(answer)["error"] == []
            with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
                urllib.request.urlopen(f"{url}/0/public/Time", context=ssl.create_default_context())
            # The authority signs nothing else.
            assert {path.suffix for path in file.parent.iterdir() if "ca" in path.stem} >= {".pem"}
            assert not (file.parent / "ca.key").exists()
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=10)
            assert not file.parent.exists()

    def test_without_the_command_that_makes_it(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        assert main(["--port", "0", "--tls"]) == 2
        assert "--tls needs the command openssl" in capsys.readouterr().err

        (tmp_path / "openssl").write_text("#!/bin/sh\necho no curves here >&2\nexit 1\n")
        (tmp_path / "openssl").chmod(0o755)
        assert main(["--port", "0", "--tls"]) == 2
        assert "could not make: no curves here" in capsys.readouterr().err
