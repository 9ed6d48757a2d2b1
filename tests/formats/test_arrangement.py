"""Which accounts tables and text list, and in which order; programs get all of them, in one order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from kraken_accounts.formats import NAMES, Sort, View, load
from kraken_accounts.report.differences import Change
from kraken_accounts.report.model import AccountReport, Report
from kraken_accounts.report.verdict import Status

from .reports import ANYWHERE, EXPIRES, FIRST, WITHDRAW, YESTERDAY, account, as_audit, changed, report

MIXED = report(
    account(None, "50.00", change=changed("40.00", "10.00", "25")),
    account("a", "10.00", Status.TRADING, None, WITHDRAW, change=changed("15.00", "-5.00", "-33")),
    account("b", None, Status.UNREACHABLE, change=Change(False)),
    account("c", "70.00", Status.TRADING, None, EXPIRES, change=FIRST),
    account("d", "50.00", Status.TRADING, None, ANYWHERE, change=changed("51.00", "-1.00", "-2")),
    account("e", "-3.00", Status.READ_ONLY, change=changed("0.00", "-3.00", None)),
    change=Change(False),
    changed_since=YESTERDAY,
)
AS_THEY_ARE = ["MASTER", "a", "b", "c", "d", "e"]


def order(of: Report, view: View, name: str) -> list[str]:
    """The accounts of the trading status, as they come."""
    shown = load(name).render(of, view)
    return [user or "MASTER" for user in re.findall(r"[✅❌] (?:USER \((\w+)\)|MASTER) is", shown)]


@pytest.mark.parametrize("name", ["table", "text"])
@pytest.mark.parametrize("fleet", [False, True])
@pytest.mark.parametrize(
    ("sort", "names"),
    [
        (Sort.NAME, AS_THEY_ARE),
        (Sort.TOTAL, ["c", "MASTER", "d", "a", "e", "b"]),  # what is unknown comes last
        (Sort.STATUS, ["e", "b", "a", "c", "MASTER", "d"]),
        (Sort.CHANGE, ["a", "e", "d", "MASTER", "b", "c"]),  # the greatest loss first
    ],
)
def test_accounts_are_listed_by(sort: Sort, names: Sequence[str], fleet: bool, name: str) -> None:
    assert order(MIXED, View(sort=sort, fleet=fleet), name) == names


def test_totals_and_changes_are_listed_in_the_same_order() -> None:
    text = load("text").render(MIXED, View(sort=Sort.TOTAL))

    assert re.findall(r"\):    (\w): ", text) == ["c", "d", "a", "e", "b"]
    assert re.findall(r"(\w+)\)?: Change: ", text) == ["c", "MASTER", "d", "a", "e", "b", "ACCOUNTS"]


@pytest.mark.parametrize("name", ["table", "text"])
@pytest.mark.parametrize("fleet", [False, True])
def test_accounts_that_are_fine_can_be_left_out(name: str, fleet: bool) -> None:
    shown = load(name).render(MIXED, View(only_problems=True, fleet=fleet))

    assert order(MIXED, View(only_problems=True, fleet=fleet), name) == ["a", "b", "c", "e"]
    assert shown.count("2 accounts are fine and not listed.") == 1
    assert "🔷 ALL ACCOUNTS: $177.00" in shown  # of all, as ever


def test_an_account_whose_total_is_unknown_is_not_fine() -> None:
    shown = load("text").render(report(account("a", None), account("b")), View(only_problems=True))

    assert "✅ USER (a) is trading on Kraken" in shown
    assert "1 account is fine and not listed." in shown


@pytest.mark.parametrize("name", ["table", "text"])
def test_where_all_are_fine_none_is_listed(name: str) -> None:
    shown = load(name).render(report(account(None), account("a")), View(only_problems=True))

    assert "is trading on Kraken" not in shown
    assert "2 accounts are fine and not listed." in shown
    assert "🔷 ALL ACCOUNTS: $200.00" in shown


def test_of_an_audit_too() -> None:
    audit = as_audit(replace(MIXED, change=None))

    shown = load("audit_table").render(audit, View(only_problems=True, sort=Sort.STATUS))

    keys = re.findall(r"^(MASTER|USER \(\w\)) ", shown.partition("KEYS\n")[2], re.MULTILINE)
    assert keys == [f"USER ({name})" for name in "ebac"]
    assert "2 accounts are fine and not listed.\n" in shown


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("table", "text")])
def test_what_programs_read_is_all_of_it_as_it_is(name: str) -> None:
    view = View(only_problems=True, sort=Sort.TOTAL, fleet=True)

    assert load(name).render(MIXED, view) == load(name).render(MIXED, View())


def test_one_account_may_be_sorted_by_anything() -> None:
    only: AccountReport = account("a", None, Status.ERROR)

    for sort in Sort:
        assert order(report(only), View(sort=sort), "table") == ["a"]
