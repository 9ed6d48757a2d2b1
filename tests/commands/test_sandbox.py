"""`kraken-accounts sandbox`: its options, and what a wrong one gets."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from kraken_accounts.cli import main
from kraken_accounts.commands.sandbox import MARKETS, REFUSALS
from kraken_sandbox import Refusal, catalogue
from tests.kraken_sandbox.support import Client
from tests.running import CONSOLE_SCRIPT, environment


@contextmanager
def serving(*options: str) -> Iterator[tuple[Client, list[str]]]:
    """The real command on a port of its own: a client of it, and the lines it printed before it began to wait."""
    with subprocess.Popen(
        [CONSOLE_SCRIPT, "sandbox", "--port", "0", *options],
        env={**environment(), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            lines: list[str] = []
            while not lines or not lines[-1].startswith("# Ctrl-C"):
                lines.append(process.stdout.readline().rstrip("\n"))
            url = next(line for line in lines if line.startswith("KRAKEN_API_URL=")).partition("=")[2]
            assert urlsplit(url).port
            client = Client(url)
            yield client, lines
            client.close()
        finally:
            process.kill()


def test_throttles_an_address_and_serves_the_whole_market() -> None:
    options = (
        "--market",
        "whole",
        "--throttle",
        "0.01",
        "--throttle-burst",
        "2",
        "--throttle-form",
        "too-many-requests",
    )
    with serving(*options) as (client, lines):
        assert (
            "# An address may make 0.01 requests a second, 2 of them at once; "
            "what comes faster is refused (too-many-requests)."
        ) in lines
        assert len(client.public("AssetPairs").result) == 1434
        assert client.public("Time").errors == []
        assert client.public("Time").errors == ["EGeneral:Too many requests"]


@pytest.mark.parametrize("start", ["2027-01-31T00:00:00Z", "2027-01-31T01:00:00+01:00", "1801353600"])
def test_a_clock_that_is_set(start: str) -> None:
    with serving("--clock", start, "--clock-speed", "60") as (client, lines):
        (said,) = (line for line in lines if line.startswith("# Its clock"))
        assert said.startswith("# Its clock says 2027-01-31 00:0")
        assert said.endswith(" UTC and goes 60 times as fast as yours.")
        assert 0 <= client.public("Time").result["unixtime"] - 1801353600 < 3600


def test_every_market_and_every_form_of_refusal_can_be_chosen() -> None:
    assert tuple(catalogue.MARKETS) == MARKETS
    assert tuple(Refusal) == REFUSALS


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--throttle", "0"], "a rate is a number of requests a second above 0, not 0.0"),
        (["--throttle", "nan"], "a rate is a number of requests a second above 0, not nan"),
        (["--throttle", "fast"], "'fast' is not a valid float"),
        (["--throttle", "20", "--throttle-burst", "0"], "a burst is a number of requests, at least 1, not 0"),
        (["--throttle", "20", "--throttle-form", "slow"], "'slow' is not one of 'http-429'"),
        (["--throttle-burst", "20"], "--throttle-burst and --throttle-form go with --throttle"),
        (["--throttle-form", "throttled"], "--throttle-burst and --throttle-form go with --throttle"),
        (["--market", "huge"], "'huge' is not one of 'small', 'whole'"),
        (["--seed", "1"], "--seed says how prices move"),
        (
            ["--clock", "noon"],
            "--clock: 'noon' is no time; write one such as 2027-01-31T00:00:00Z, or unix seconds",
        ),
        (["--clock", "2027-01-31T00:00:00"], "--clock: '2027-01-31T00:00:00' is no time"),
        (["--clock", "9" * 30], "a time is one from 1970 to 9999 in unix seconds, not 1e+30"),
        (["--clock", "9" * 400], "a time is one from 1970 to 9999"),
        (["--clock-speed", "0"], "a clock's speed is a number above 0, not 0.0"),
        (["--clock-speed", "nan"], "a clock's speed is a number above 0, not nan"),
    ],
)
def test_a_wrong_option(capsys: pytest.CaptureFixture[str], options: list[str], message: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["sandbox", "--port", "0", *options])

    output = capsys.readouterr()
    assert ended.value.code == 2
    assert message in output.err
    assert output.out == ""
