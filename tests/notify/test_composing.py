"""What a message says of news: briefly, worst first, and amounts only where they are asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from kraken_accounts import money
from kraken_accounts.notify.composing import compose
from kraken_accounts.notify.message import LONGEST_BODY, LONGEST_TITLE, Message
from kraken_accounts.report.audit import AccountAudit, AuditReport
from kraken_accounts.report.comparison import Terms, compare
from kraken_accounts.report.findings import Code, Finding, Severity
from kraken_accounts.report.model import Report
from kraken_accounts.report.told import Record
from kraken_accounts.report.verdict import Status

from ..formats.reports import ANYWHERE, EXPIRES, NOW, WITHDRAW, account, report

TOO_LITTLE = Finding(
    Code.BELOW_MINIMUM, Severity.CRITICAL, "$12.00 is below the minimum of $1,000.00", "Fund the account."
)
TERMS = Terms(timedelta(days=1), 1)
ALICE_IS_BROKEN = account(
    "alice", None, Status.REJECTED, "Kraken says “EAPI:Invalid key”", remedy="Create a new key."
)


def composed(*reports: Report | AuditReport, amounts: bool = False) -> Message | None:
    """Of the last of these, to somebody who was told of those before it."""
    record = Record()
    for checked in reports:
        news, record = compare(record, checked, TERMS, is_whole=True)
    return compose(reports[-1], news, amounts=amounts)


def sent(*reports: Report | AuditReport, amounts: bool = False) -> Message:
    message = composed(*reports, amounts=amounts)
    assert message is not None
    return message


def later(checked: Report, **time: float) -> Report:
    return replace(checked, generated_at=NOW + timedelta(**time))


def test_nothing_is_said_where_nothing_is_worse_than_information() -> None:
    assert composed(report(account(), account("alice", "1.00", Status.TRADING, None, ANYWHERE))) is None


def test_nothing_is_said_twice() -> None:
    broken = report(account(), ALICE_IS_BROKEN)

    assert composed(broken, later(broken, minutes=5)) is None


def test_says_what_is_wrong_and_what_to_do() -> None:
    message = sent(
        report(account(), ALICE_IS_BROKEN, account("bob", "5.00", Status.TRADING, None, EXPIRES, ANYWHERE))
    )

    assert message.title == "kraken-accounts: alice NOT trading, 1 warning; 2 of 3 accounts trading"
    assert message.severity is Severity.CRITICAL
    assert message.body == (
        "2026-11-22 10:00 UTC\n\n"
        "❌ USER (alice) is NOT trading on Kraken\n"
        "Why: Kraken says “EAPI:Invalid key”. [rejected]\n"
        "Do: Create a new key.\n\n"
        "USER (bob)\n"
        "WARNING: The key expires on 2026-11-30. [key-expires-soon]\n"
        "Do: Create a new key."
    )


def test_says_what_has_recovered_and_what_is_gone() -> None:
    before = report(account(), ALICE_IS_BROKEN, account("bob", "5.00", Status.TRADING, None, EXPIRES))

    message = sent(before, later(report(account(), account("alice"), account("bob")), hours=2, minutes=10))

    assert message.title == "kraken-accounts: alice recovered, 1 finding gone; 3 of 3 accounts trading"
    assert message.severity is Severity.INFO
    assert message.body == (
        "2026-11-22 12:10 UTC\n\n"
        "✅ USER (alice) is trading on Kraken again, after 2 h 10 min (was rejected)\n\n"
        "USER (bob)\n"
        "GONE: The key expires on 2026-11-30. [key-expires-soon] After 2 h 10 min."
    )


def test_reminds_of_what_is_still_wrong() -> None:
    broken = report(account(), ALICE_IS_BROKEN, account("bob", "5.00", Status.TRADING, None, EXPIRES))

    message = sent(broken, later(broken, days=1))

    assert message.title == (
        "kraken-accounts: alice still NOT trading, 1 finding still there; 2 of 3 accounts trading"
    )
    assert "❌ USER (alice) is NOT trading on Kraken, still\n" in message.body
    assert "[rejected] Still, since 2026-11-22 10:00 UTC.\n" in message.body
    assert "[key-expires-soon] Still, since 2026-11-22 10:00 UTC.\n" in message.body


def test_says_what_is_another_trouble_now() -> None:
    worse = replace(EXPIRES, severity=Severity.CRITICAL)
    before = report(ALICE_IS_BROKEN, account("bob", "5.00", Status.TRADING, None, EXPIRES))
    after = report(
        account("alice", None, Status.READ_ONLY, "it may only look"),
        account("bob", "5.00", Status.TRADING, None, worse),
    )

    message, eased = sent(before, after), sent(after, before)

    assert message.title == "kraken-accounts: alice in other trouble, 1 critical finding; 1 of 2 accounts trading"
    assert "Why: It may only look. [read-only, was rejected]\n" in message.body
    assert "CRITICAL: The key expires on 2026-11-30. [key-expires-soon, was a warning]\n" in message.body
    assert eased.title.startswith("kraken-accounts: alice in other trouble, 1 finding eased; ")
    assert "WARNING: The key expires on 2026-11-30. [key-expires-soon, was critical]\n" in eased.body


@pytest.mark.parametrize(
    ("findings", "title", "severity"),
    [
        ([EXPIRES], "kraken-accounts: 1 warning; 1 of 1 account trading", Severity.WARNING),
        (
            [EXPIRES, WITHDRAW],
            "kraken-accounts: 1 critical finding, 1 warning; 1 of 1 account trading",
            Severity.CRITICAL,
        ),
    ],
)
def test_accounts_that_trade_may_have_findings(findings: list[Finding], title: str, severity: Severity) -> None:
    message = sent(report(account("alice", "5.00", Status.TRADING, None, *findings)))

    assert (message.title, message.severity) == (title, severity)


def test_findings_of_the_run_are_said() -> None:
    message = sent(report(account(), findings=(EXPIRES,)))

    assert "\n\nALL ACCOUNTS\nWARNING: The key expires on 2026-11-30. [key-expires-soon]\n" in message.body


def test_the_same_trouble_of_many_accounts_is_said_once() -> None:
    down = report(*(account(f"user_{n}", None, Status.UNREACHABLE, "no answer") for n in range(40)))
    up = report(*(account(f"user_{n}") for n in range(40)))

    message, over = sent(down), sent(down, later(up, minutes=30))

    assert message.title == "kraken-accounts: 40 NOT trading; 0 of 40 accounts trading"
    assert message.body.count("unreachable") == 1
    assert "❌ 40 accounts are NOT trading on Kraken: user_0, user_1, " in message.body
    assert "user_8, user_9 and 30 more\nWhy: No answer. [unreachable]\n" in message.body
    assert over.title == "kraken-accounts: 40 recovered; 40 of 40 accounts trading"
    assert (
        "✅ 40 accounts are trading on Kraken again, after 30 min (was unreachable): user_0, user_1, " in over.body
    )
    assert over.body.endswith("user_9 and 30 more")


def test_of_more_than_fits_it_says_how_much_there_is() -> None:
    accounts = [
        account(f"user_{n}", None, Status.ERROR, f"reason {'x' * 200} {n}", remedy=f"remedy {'y' * 200} {n}")
        for n in range(30)
    ]

    message = sent(report(*accounts))

    assert len(message.body) <= LONGEST_BODY
    assert message.body.endswith("\n\n… and 27 more.")


def test_no_single_name_or_reason_bursts_it() -> None:
    message = sent(report(account("u" * 5000, None, Status.ERROR, "z" * 5000, remedy="r" * 5000)))

    assert len(message.title) <= LONGEST_TITLE
    assert len(message.body) <= LONGEST_BODY
    assert "uuu…\nWhy: Zzz" in message.body


def test_several_steps_take_one_line() -> None:
    message = sent(
        report(account("alice", None, Status.NOT_CONFIGURED, "no key", remedy="1. Sign in.\n2. Go on.\n3. Stop."))
    )

    assert message.body.endswith("Do: 1. Sign in. 2. Go on. 3. Stop.")


def test_amounts_are_said_only_if_asked_for() -> None:
    poor = report(account(None, "12.00", Status.TRADING, None, TOO_LITTLE), account("alice", None, Status.BUSY))
    rich = later(report(account(None, minimum=Decimal(1)), account("alice")), hours=1)

    silent, open_, over = sent(poor), sent(poor, amounts=True), sent(poor, rich)

    assert "MASTER\nCRITICAL: The total is below the minimum. [below-minimum]\n" in silent.body
    assert "$" not in silent.body
    assert "Total: $12.00 (spot balance, incomplete)\n" in open_.body
    assert "$12.00 is below the minimum of $1,000.00." in open_.body
    assert "GONE: The total is below the minimum. [below-minimum] After 1 h." in over.body
    assert "$" not in over.body


@pytest.mark.parametrize("code", [Code.BELOW_MINIMUM, Code.MINIMUM_NOT_CHECKED, Code.BALANCE_MISMATCH])
def test_no_finding_tells_an_amount_unasked(code: Code) -> None:
    amount = money.formatted(Decimal("4321.09"), "USD")
    found = Finding(code, Severity.CRITICAL, f"{amount} of 75 XRT", "Look.")

    message = sent(report(account(None, "1.00", Status.TRADING, None, found)))

    assert "4,321" not in message.body
    assert "XRT" not in message.body


def test_a_demo_says_so_in_the_title() -> None:
    message = sent(report(account("alice", None, Status.BUSY), demo=True))

    assert message.title == "kraken-accounts: DEMO, alice NOT trading; 0 of 1 account trading"
    assert message.body.startswith("DEMO: sample accounts on a simulated exchange, no real funds\n")


@pytest.mark.parametrize(
    ("checked", "title"),
    [
        (report(account(), account("alice")), "all 2 accounts are fine; 2 of 2 accounts trading"),
        (report(account("alice")), "the account is fine; 1 of 1 account trading"),
        (report(), "no account is asked; 0 of 0 accounts trading"),
    ],
)
def test_begins_with_how_things_are(checked: Report, title: str) -> None:
    news, _ = compare(Record(begins=True), checked, TERMS, is_whole=True)

    message = compose(checked, news, amounts=False)

    assert message is not None
    assert (message.title, message.severity) == (f"kraken-accounts: {title}", Severity.INFO)
    assert message.body.endswith(f"\n\nNews begins: {title.partition(';')[0]}.")


def test_an_audit_says_each_thing_once() -> None:
    checked = report(account("alice", None, Status.REJECTED, "an invalid key"), account("bob"))
    not_trading = Finding(Status.REJECTED, Severity.CRITICAL, "the account is not trading", "Mend it.")
    audits = (
        AccountAudit(checked.accounts[0], (not_trading,), None, (), None),
        AccountAudit(checked.accounts[1], (EXPIRES, ANYWHERE), None, (), None),
    )

    message = sent(AuditReport(checked, audits, (), timedelta()))

    assert message.title == "kraken-accounts: alice NOT trading, 1 warning; 1 of 2 accounts trading"
    assert message.body.count("alice") == 1
    assert "USER (bob)\nWARNING: " in message.body
