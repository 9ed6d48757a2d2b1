"""The progress bar: on a terminal, for a person who waits longer than a second, and for nobody else."""

from __future__ import annotations

from kraken_sandbox import Fault, FaultKind

from ..conftest import Sandbox
from ..running import check, check_on_terminal


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


def test_does_not_appear_when_it_is_quick(sandbox: Sandbox) -> None:
    shown, _ = check_on_terminal("--account", "alpha", columns=80, env=sandbox.env)

    assert "Asking Kraken" not in shown


def test_does_not_appear_without_a_terminal(sandbox: Sandbox) -> None:
    slow(sandbox)

    run = check("--account", "alpha", env=sandbox.env)

    assert (run.returncode, run.stderr) == (0, "")
    assert "Asking Kraken" not in run.stdout
