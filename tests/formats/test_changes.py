"""What changed since the previous run, for people: the same words in table and text."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from kraken_accounts.formats import View, load
from kraken_accounts.report.differences import Change
from kraken_accounts.report.model import AccountReport, Report
from kraken_accounts.report.verdict import Status

from ..conftest import Sandbox
from ..running import check
from .reports import FIRST, YESTERDAY, account, changed, report


def changes(of: Report, name: str = "text", encoding: str = "utf-8") -> list[str]:
    """The lines of that part of the report, without the box around it."""
    lines = load(name).render(of, View(encoding=encoding)).splitlines()
    if name == "text":
        lines = [line.replace("2026-11-22T10:00:00Z ", "").replace(": Change: ", ": ") for line in lines]
        lines = [line.removeprefix("ALL ACCOUNTS: ") if "CHANGES" in line else line for line in lines]
    titles = [number for number, line in enumerate(lines) if line.strip().startswith("CHANGES")]
    return [line.strip(" │╭╮╰╯─|+-") if name == "table" else line for line in lines[titles[0] :]] if titles else []


SEVERAL = report(
    account(None, "12012.00", change=changed("12000.00", "12.00", "0.1")),
    account("alpha", "0.00", change=changed("1234.50", "-1234.50", "-100")),
    account("bravo", change=FIRST),
    account("charlie", "5.00", Status.READ_ONLY, change=changed("5.00", "0.00", "0")),
    change=changed("13239.50", "-1222.50", "-9.23373239171"),
    changed_since=YESTERDAY,
)


@pytest.mark.parametrize("name", ["text", "table"])
def test_stand_below_the_summary(name: str) -> None:
    assert [line for line in changes(SEVERAL, name) if line] == [
        "CHANGES SINCE 2026-11-21 10:00:00 UTC",
        "MASTER: +$12.00 (+0.10 %)",
        "USER (alpha): -$1,234.50 (-100.00 %)",
        "USER (bravo): first run",
        "USER (charlie): trading → read-only; same total",
        "ALL ACCOUNTS: -$1,222.50 (-9.23 %)",
    ]


@pytest.mark.parametrize("name", ["text", "table"])
def test_are_not_there_unless_asked_for(name: str) -> None:
    assert changes(report(account(None), account("alpha")), name) == []


@pytest.mark.parametrize(
    ("of", "line"),
    [
        (account("a", "5.00", change=changed("5.00", "0.00", "0")), "no change"),
        (account("a", "5.00", change=changed("5.00", "0.00", None)), "no change"),
        (account("a", "5.00", change=changed("0.00", "5.00", None)), "+$5.00"),
        (account("a", "1.00", change=changed("100000.00", "-0.01", "-0.00001")), "-$0.01 (-0.00 %)"),
        (account("a", "9.00", change=changed("0.01", "1234.00", "12340000")), "+$1,234.00 (+12,340,000.00 %)"),
        (
            account("a", "6.00", Status.ERROR, change=changed("5.00", "1.00", "20")),
            "trading → error; +$1.00 (+20.00 %)",
        ),
        (account("a", None, Status.ERROR, change=Change(False, "error", None)), "total still unknown"),
        (
            account("a", None, Status.REJECTED, change=Change(False, "trading", account("a").total)),
            "trading → rejected; total unknown, was $100.00",
        ),
        (
            account("a", "7.00", change=Change(False, "rejected", None)),
            "rejected → trading; total $7.00, was unknown",
        ),
        (account("a", None, Status.NOT_CONFIGURED, change=FIRST), "first run"),
    ],
)
def test_of_one_account(of: AccountReport, line: str) -> None:
    assert changes(report(of, change=FIRST, changed_since=YESTERDAY)) == [
        "CHANGES SINCE 2026-11-21 10:00:00 UTC",
        f"USER (a): {line}",
    ]


def test_of_the_sum_may_be_unknown() -> None:
    unknown = replace(SEVERAL, change=Change(False))

    assert changes(unknown)[-1] == "ALL ACCOUNTS: unknown (no earlier total of USER (bravo))"


EARLIER = YESTERDAY - timedelta(days=1)


def test_of_the_sum_name_what_has_another_base() -> None:
    """A sum never compares different things without saying so."""
    late = replace(changed("90.00", "10.00", "11.1"), since=EARLIER)
    same = changed("90.00", "10.00", "11.1")
    in_all = replace(same, previous_total=Decimal("180.00"), amount=Decimal("20.00"))
    mixed = report(account(None, change=same), account("a", change=late), change=in_all, changed_since=EARLIER)

    said = "(MASTER since 2026-11-21 10:00:00 UTC)"
    assert changes(mixed)[-1].endswith(f"ALL ACCOUNTS: +$20.00 (+11.10 %) {said}")
    fleet = load("table").render(mixed, View(fleet=True))
    assert f"ALL ACCOUNTS: {said[1:-1]}" in fleet
    assert "since" not in changes(SEVERAL)[-1]


def test_of_the_sum_say_why_they_are_unknown() -> None:
    new = report(
        account(None, change=changed("90.00", "10.00", "11.1")),
        account("new", change=FIRST),
        change=Change(False),
        changed_since=YESTERDAY,
    )

    assert changes(new)[-1] == "ALL ACCOUNTS: unknown (no earlier total of USER (new))"


def test_of_the_first_run_have_no_date() -> None:
    first = report(account(None, change=FIRST), account("a", change=FIRST), change=FIRST)

    assert changes(first) == ["CHANGES", "MASTER: first run", "USER (a): first run", "ALL ACCOUNTS: first run"]


@pytest.mark.parametrize("name", ["text", "table"])
def test_do_without_an_arrow_that_an_encoding_lacks(name: str) -> None:
    lines = changes(SEVERAL, name, "ascii")

    assert any("USER (charlie): trading -> read-only; same total" in line for line in lines)


def test_through_the_front_door(sandbox: Sandbox, tmp_path: Path) -> None:
    home = {"XDG_STATE_HOME": str(tmp_path)}
    command = ("--since-last", "--format", "text", "--account", "alpha", "--account", "charlie")
    first = check(*command, env={**sandbox.env, **home})
    sandbox.exchange.set_ticker("XETHZUSD", bid="3160.20", ask="3160.30", last="3160.25")

    second = check(*command, env={**sandbox.env, **home})

    assert re.search(r"Z ALL ACCOUNTS: CHANGES\n\S+ USER \(alpha\): Change: first run\n", first.stdout)
    # 0.8 ETH at 10 dollars more: 6911.95 + 8.00, by 0.1157 %.
    assert [line.partition("Z ")[2] for line in second.stdout.splitlines()[-3:]] == [
        "USER (alpha): Change: +$8.00 (+0.12 %)",
        "USER (charlie): Change: no change",
        "ALL ACCOUNTS: Change: +$8.00 (+0.09 %)",
    ]


def test_of_an_account_that_was_long_unknown_fit_on_a_terminal() -> None:
    late = changed("100.00", "-50.00", "-50", Status.THROTTLED)
    of = report(account("charlie", "50.00", change=late))

    shown = load("table").render(of, View(width=80))

    assert max(map(len, shown.splitlines())) <= 80
    assert "╭" in shown  # one line that is too long would take all boxes away
