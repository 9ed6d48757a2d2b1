"""News in words: one cause once, in a table and in lines, on any terminal and in any encoding."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from kraken_accounts.formats import View, load
from kraken_accounts.report.comparison import Terms, compare
from kraken_accounts.report.findings import Accepted, Code, Severity
from kraken_accounts.report.model import Report
from kraken_accounts.report.news import News, NewsKind
from kraken_accounts.report.told import Record
from kraken_accounts.report.verdict import Status

from .reports import NOW, WITHDRAW, account, report

BRAVO, CHARLIE = account("bravo").account, account("charlie").account
AGO = NOW - timedelta(hours=2, minutes=10)
LASTED = NOW - AGO


def lines(*news: News, checked: Report | None = None, encoding: str = "utf-8") -> list[str]:
    """The lines of text below the heading, less the time."""
    shown = load("text").render(checked or report(account("bravo")), View(news=news, encoding=encoding))
    return [line.partition("Z ")[2] for line in shown.splitlines()][1:]


def recovered(*accounts: str, lasted: timedelta = LASTED) -> list[News]:
    return [
        News(
            NewsKind.RECOVERED,
            account(name).account,
            Status.TRADING,
            since=NOW - lasted,
            lasted=lasted,
            before=Status.BUSY,
        )
        for name in accounts
    ]


def broken(*accounts: str, reason: str = "no answer") -> Sequence[News]:
    rows = [account(name, None, Status.UNREACHABLE, reason) for name in accounts]
    return compare(Record(), report(*rows), Terms(None, 1), is_whole=True)[0]


def test_of_one_account_keeps_the_phrase() -> None:
    assert lines(*broken("bravo")) == [
        "USER (bravo): ❌ USER (bravo) is NOT trading on Kraken",
        "USER (bravo): Why: No answer. [unreachable]",
        "USER (bravo): Do: Mend it.",
    ]
    assert lines(*recovered("bravo")) == [
        "USER (bravo): ✅ USER (bravo) is trading on Kraken again, after 2 h 10 min (was busy)"
    ]


def test_of_several_is_said_of_all() -> None:
    assert lines(*broken("bravo", "charlie")) == [
        "ALL ACCOUNTS: ❌ 2 accounts are NOT trading on Kraken: bravo, charlie",
        "ALL ACCOUNTS: Why: No answer. [unreachable]",
        "ALL ACCOUNTS: Do: Mend it.",
    ]
    assert lines(*recovered("bravo"), *recovered("charlie", lasted=timedelta(minutes=5))) == [
        "ALL ACCOUNTS: ✅ 2 accounts are trading on Kraken again: bravo, charlie",
        "ALL ACCOUNTS: Again: after 2 h 10 min (was busy) (bravo)",
        "ALL ACCOUNTS: after 5 min (was busy) (charlie)",
    ]


def test_of_500_accounts_is_a_few_lines() -> None:
    names = [f"user_{number}" for number in range(500)]

    assert len(lines(*broken(*names))) == 3
    assert len(lines(*recovered(*names))) == 1
    assert lines(*recovered(*names))[0].endswith("user_9 and 490 more")


def test_of_findings_says_whose_they_are() -> None:
    came = [
        News(NewsKind.CAME, one, None, Code.WITHDRAW_ENABLED, Severity.CRITICAL, WITHDRAW.message, "Off.", NOW)
        for one in (BRAVO, CHARLIE)
    ]
    of_the_run = News(NewsKind.CAME, None, None, Code.EMERGENCY, Severity.WARNING, "it burns", "Run.", NOW)

    assert lines(of_the_run, *came) == [
        "ALL ACCOUNTS: 2 accounts: bravo, charlie",
        "ALL ACCOUNTS: CRITICAL: The key may withdraw funds. [withdraw-enabled]",
        "ALL ACCOUNTS: Do: Off.",
        "ALL ACCOUNTS: WARNING: It burns. [emergency]",
        "ALL ACCOUNTS: Do: Run.",
    ]
    assert lines(came[0])[0] == "USER (bravo): CRITICAL: The key may withdraw funds. [withdraw-enabled]"


def test_of_what_is_over_says_how() -> None:
    gone = News(NewsKind.WENT, BRAVO, None, Code.NONCE_WINDOW, Severity.WARNING, "found", since=AGO, lasted=LASTED)
    accepted = News(
        NewsKind.WENT,
        BRAVO,
        None,
        Code.NO_IP_ALLOWLIST,
        Severity.WARNING,
        "found",
        since=AGO,
        lasted=LASTED,
        accepted=Accepted("no fixed address", date(2027, 1, 31)),
    )
    paused = News(NewsKind.WENT, CHARLIE, Status.DISABLED, message="it is disabled: paused")

    assert lines(gone, accepted, paused) == [
        "USER (charlie): ❔ USER (charlie) is not checked any more",
        "USER (charlie): Why: It is disabled: paused.",
        "USER (bravo): ACCEPTED: Found. [no-ip-allowlist] (accepted until 2027-01-31: no fixed address)",
        "USER (bravo): GONE: Found. [nonce-window] After 2 h 10 min.",
    ]


def test_of_a_status_is_not_said_by_its_finding_again() -> None:
    status = News(NewsKind.BROKEN, BRAVO, Status.CONFLICT, message="two names", remedy="Mend it.", since=NOW)
    finding = News(NewsKind.CAME, BRAVO, None, Code.SHARED_KEY, Severity.CRITICAL, "two names", "Mend it.", NOW)
    other = News(NewsKind.CAME, CHARLIE, None, Code.SHARED_KEY, Severity.CRITICAL, "two names", "Mend it.", NOW)

    assert "shared-key" not in " ".join(lines(status, finding))
    assert "shared-key" in " ".join(lines(status, other))
    assert "shared-key" in " ".join(lines(finding))


def test_that_is_none_is_said_where_something_has_to_be() -> None:
    assert lines() == ["ALL ACCOUNTS: Nothing is new."]
    assert "│ Nothing is new. " in load("table").render(report(account()), View(news=()))


@pytest.mark.parametrize("name", ["text", "table"])
def test_fits_what_an_encoding_has(name: str) -> None:
    news = (*broken("bravo", reason="Kraken says “no”"), *recovered("charlie"))

    shown = load(name).render(report(account("bravo")), View(news=news, encoding="ascii"))

    assert "[FAIL] USER (bravo) is NOT trading on Kraken" in shown
    assert "[OK] USER (charlie) is trading on Kraken again" in shown
    assert shown.isascii()


@pytest.mark.parametrize("width", [40, 80, 120])
def test_fits_a_terminal(width: int) -> None:
    news = (*broken(*(f"user_{n}" for n in range(30)), reason="word " * 60), *recovered("bravo"))

    shown = load("table").render(report(account("bravo")), View(news=news, width=width, color=True))

    plain = load("table").render(report(account("bravo")), View(news=news, width=width))
    assert max(map(len, plain.splitlines())) <= width
    assert "\x1b[32m" in shown  # green: it is over
    assert "\x1b[1;31m" in shown


@pytest.mark.parametrize("name", ["csv", "prometheus", "nagios"])
def test_changes_nothing_in_formats_without_it(name: str) -> None:
    checked, news = report(account("bravo")), tuple(broken("bravo"))

    assert load(name).render(checked, View(news=news)) == load(name).render(checked, View())
