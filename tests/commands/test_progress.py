"""The progress bar: on a terminal, for a person who waits longer than a second, and for nobody else."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from kraken_sandbox import Fault, FaultKind

from ..conftest import Sandbox
from ..running import check, check_on_terminal

pytestmark = pytest.mark.long


def slow(sandbox: Sandbox) -> None:
    sandbox.exchange.faults.add(Fault(FaultKind.LATENCY, endpoint="BalanceEx", seconds=1.8))


def test_appears_after_a_second_and_leaves_nothing_behind(sandbox: Sandbox) -> None:
    slow(sandbox)

    shown, code = check_on_terminal("--account", "alpha", "--no-color", columns=80, env=sandbox.env)

    assert "Asking Kraken" in shown
    report = shown[shown.index("Kraken is online") :]
    assert "Asking Kraken" not in report
    assert "✅ USER (alpha) is trading on Kraken" in report
    assert code == 0


def test_says_whom_it_waits_for_when_it_waits_long(sandbox: Sandbox) -> None:
    """After a second it appears, and three seconds later it says so: on a narrow terminal in place of the bar."""
    sandbox.exchange.faults.add(Fault(FaultKind.LATENCY, endpoint="BalanceEx", seconds=5, times=None))
    users = ("--account", "alpha", "--account", "bravo", "--account", "charlie")
    with ThreadPoolExecutor() as terminals:
        on_80, on_30 = terminals.map(
            lambda arguments, columns: check_on_terminal(*arguments, columns=columns, env=sandbox.env)[0],
            (users, ("--account", "master")),
            (80, 30),
        )

    first_line, *lines = re.findall("Asking Kraken[^\r\n]*", on_80[: on_80.index("Kraken is online")])
    assert "waiting" not in first_line
    names = [found[1] for line in lines if (found := re.match("Asking Kraken … waiting for ([a-z, ]+) .*━", line))]
    # Whoever is answered a little before the others is no longer named.
    assert ["alpha", "bravo", "charlie"] in [sorted(re.split(", | and ", one)) for one in names]
    assert re.search("Asking Kraken .*━.*waiting for master [^━]*%", on_30, re.DOTALL)


def test_does_not_appear_when_it_is_quick(sandbox: Sandbox) -> None:
    shown, _ = check_on_terminal("--account", "alpha", columns=80, env=sandbox.env)

    assert "Asking Kraken" not in shown


def test_does_not_appear_without_a_terminal(sandbox: Sandbox) -> None:
    slow(sandbox)

    run = check("--account", "alpha", env=sandbox.env)

    assert (run.returncode, run.stderr) == (0, "")
    assert "Asking Kraken" not in run.stdout
