"""`serve`: what it prints, how it stops, and what it refuses."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from dotenv import dotenv_values

from kraken_sandbox import AccountsFileError, sample_environment
from kraken_sandbox.command import serve

from .support import Client

PROGRAM = """
import sys
from pathlib import Path
from kraken_sandbox.command import serve

file = Path(sys.argv[1]) if sys.argv[1] else None
serve("127.0.0.1", 0, file, 7, sys.argv[2] == "live", lambda line: print(line, flush=True))
"""


@contextmanager
def serving(accounts_file: str = "", live: str = "") -> Iterator[tuple["subprocess.Popen[str]", list[str]]]:
    """A sandbox in a process of its own, and the lines it printed before it began to wait."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, accounts_file, live],
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
    with serving(str(file)) as (_, lines):
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
    with serving(str(file)) as (_, lines):
        (tmp_path / ".env").write_text("\n".join(lines))

    assert dotenv_values(tmp_path / ".env", interpolate=False)["KRAKEN_USER_ECHO_API_OTP"] == otp


def test_live_prices_move() -> None:
    with serving(live="live") as (_, lines):
        client = Client(variables(lines)["KRAKEN_API_URL"])
        first = client.public("Ticker", pair="XBTUSD").body
        give_up = time.monotonic() + 20
        while client.public("Ticker", pair="XBTUSD").body == first:
            assert time.monotonic() < give_up
            time.sleep(0.05)
        client.close()


def test_other_addresses_are_refused() -> None:
    with pytest.raises(ValueError, match="loopback addresses only"):
        serve("0.0.0.0", 0, None, None, False, print)


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ValueError, match=f"port {port} on 127.0.0.1 cannot be had: "):
            serve("127.0.0.1", port, None, None, False, print)


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_cannot_be(port: int) -> None:
    with pytest.raises(ValueError, match="cannot be had"):
        serve("127.0.0.1", port, None, None, False, print)


def test_a_bad_accounts_file(tmp_path: Path) -> None:
    with pytest.raises(AccountsFileError):
        serve("127.0.0.1", 0, tmp_path / "missing.toml", None, False, print)


def test_signals_are_as_before_afterwards() -> None:
    before = signal.getsignal(signal.SIGINT)

    def echo(line: str) -> None:
        if line.startswith("# Ctrl-C"):
            os.kill(os.getpid(), signal.SIGINT)

    serve("127.0.0.1", 0, None, None, False, echo)

    assert signal.getsignal(signal.SIGINT) is before
