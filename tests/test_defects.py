"""A defect of the program's own costs the account that it strikes, and no other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast

import pytest

from kraken_accounts import money
from kraken_accounts.cli import main
from kraken_accounts.config.secret import ApiKey
from kraken_accounts.defects import kept_apart
from kraken_accounts.fleet.lockouts import Lockouts
from kraken_accounts.fleet.multi_account_broker_manager import MultiAccountBrokerManager
from kraken_accounts.formats import NAMES
from kraken_accounts.report.model import Report
from kraken_accounts.report.verdict import Status, Verdict
from kraken_sandbox import sample_environment

from .formats.reports import WITHDRAW, account, holding, report

ALPHA = "6911.95"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[str, int]:
    """What a command shows, and its exit code."""
    with pytest.raises(SystemExit) as end:
        main([*arguments])
    return capsys.readouterr().out, cast(int, end.value.code)


@pytest.mark.parametrize("command", ["check", "audit"])
def test_in_making_sense_of_an_account(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    rounded = money.rounded

    def fails(amount: Decimal, currency: str) -> Decimal:
        if str(rounded(amount, currency)) == ALPHA:
            raise ZeroDivisionError
        return rounded(amount, currency)

    monkeypatch.setattr(money, "rounded", fails)

    shown, code = run(capsys, command, "--demo", "--account", "alpha", "--account", "bravo", "--format", "json")

    alpha, bravo = json.loads(shown)["accounts"]
    assert code == 1
    assert (alpha["status"], alpha["total"]) == ("error", None)
    assert alpha["reason"] == "this program failed on a defect of its own (ZeroDivisionError)"
    assert (bravo["status"], bravo["total"]) == ("trading", "6771.85")


def test_in_asking_an_account(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    its_key = sample_environment("http://127.0.0.1:9")["KRAKEN_USER_ALPHA_API_KEY"]

    def fails(_: Lockouts, key: ApiKey) -> None:
        if key.reveal() == its_key:
            raise ZeroDivisionError

    monkeypatch.setattr(Lockouts, "of", fails)

    shown, code = run(capsys, "check", "--demo", "--account", "alpha", "--account", "bravo", "--format", "text")

    assert code == 1
    assert "❌ USER (alpha) is NOT trading on Kraken" in shown
    assert "✅ USER (bravo) is trading on Kraken" in shown


@pytest.mark.parametrize("name", NAMES)
def test_in_showing_an_account(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    broken = account(
        "broken",
        "1.00",
        Status.ERROR,
        None,
        WITHDRAW,
        verdict=Verdict(Status.ERROR, cast(str, 7), "x"),
        holdings=(holding("X", "1"), cast(Any, None)),
        fee_credits=cast(Decimal, "none"),
    )

    def found(*_: object, **__: object) -> Report:
        return report(account("fine", ALPHA), broken)

    monkeypatch.setattr(MultiAccountBrokerManager, "check", found)

    shown, code = run(capsys, "check", "--demo", "--format", name)

    assert code == (2 if name == "nagios" else 1)
    assert ALPHA in shown.replace(",", "")
    assert "broken" in shown
    if name != "prometheus":
        assert "this program failed on a defect of its own" in shown.lower()
        assert "withdraw-enabled" in shown


def test_that_concerns_no_account_in_particular_is_told() -> None:
    def fails(parts: Sequence[int]) -> int:
        if len(parts) > 1:
            raise ZeroDivisionError
        return 0

    with pytest.raises(ZeroDivisionError):
        kept_apart(fails, [1, 2], lambda part, _: part + 1)


def test_that_strikes_what_stands_for_an_account_too_is_told() -> None:
    def fails(parts: Sequence[int]) -> float:
        return sum(1 / part for part in parts)

    assert kept_apart(fails, [1, 0], lambda *_: 2) == 1.5
    with pytest.raises(ZeroDivisionError):
        kept_apart(fails, [1, 0], lambda *_: 0)
