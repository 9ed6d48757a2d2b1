"""What a message says of a report: briefly, worst first, and amounts only where they are asked for."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from kraken_accounts import money
from kraken_accounts.notify.composing import compose
from kraken_accounts.notify.message import LONGEST_BODY, LONGEST_TITLE
from kraken_accounts.report.audit import AccountAudit, AuditReport
from kraken_accounts.report.findings import Code, Finding, Severity
from kraken_accounts.report.verdict import Status

from ..formats.reports import ANYWHERE, EXPIRES, WITHDRAW, account, report

TOO_LITTLE = Finding(
    Code.BELOW_MINIMUM, Severity.CRITICAL, "$12.00 is below the minimum of $1,000.00", "Fund the account."
)


def test_nothing_is_said_where_nothing_is_worse_than_information() -> None:
    assert (
        compose(report(account(), account("alice", "1.00", Status.TRADING, None, ANYWHERE)), amounts=True) is None
    )


def test_says_what_is_wrong_and_what_to_do() -> None:
    message = compose(
        report(
            account(),
            account("alice", None, Status.REJECTED, "Kraken says “EAPI:Invalid key”", remedy="Create a new key."),
            account("bob", "5.00", Status.TRADING, None, EXPIRES, ANYWHERE),
        ),
        amounts=False,
    )

    assert message is not None
    assert message.title == "kraken-accounts: 1 of 3 accounts not trading"
    assert message.severity is Severity.CRITICAL
    assert message.body == (
        "2026-11-22 10:00 UTC\n\n"
        "alice: rejected. Kraken says “EAPI:Invalid key”.\n"
        "Do: Create a new key.\n\n"
        "bob: WARNING key-expires-soon. The key expires on 2026-11-30.\n"
        "Do: Create a new key."
    )


@pytest.mark.parametrize(
    ("findings", "title", "severity"),
    [
        ([EXPIRES], "kraken-accounts: 1 warning", Severity.WARNING),
        ([EXPIRES, WITHDRAW], "kraken-accounts: 1 critical finding", Severity.CRITICAL),
    ],
)
def test_accounts_that_trade_may_have_findings(findings: list[Finding], title: str, severity: Severity) -> None:
    message = compose(report(account("alice", "5.00", Status.TRADING, None, *findings)), amounts=False)

    assert message is not None
    assert (message.title, message.severity) == (title, severity)


def test_findings_of_the_run_are_said() -> None:
    message = compose(report(account(), findings=(EXPIRES,)), amounts=False)

    assert message is not None
    assert "all accounts: WARNING key-expires-soon." in message.body


def test_the_same_trouble_of_many_accounts_is_said_once() -> None:
    message = compose(
        report(*(account(f"user_{n}", None, Status.UNREACHABLE, "no answer") for n in range(40))), amounts=False
    )

    assert message is not None
    assert message.title == "kraken-accounts: 40 of 40 accounts not trading"
    assert message.body.count("unreachable") == 1
    assert "user_8, user_9 and 30 more: unreachable. No answer." in message.body


def test_of_more_than_fits_it_says_how_much_there_is() -> None:
    accounts = [
        account(f"user_{n}", None, Status.ERROR, f"reason {'x' * 200} {n}", remedy=f"remedy {'y' * 200} {n}")
        for n in range(30)
    ]

    message = compose(report(*accounts), amounts=False)

    assert message is not None
    assert len(message.body) <= LONGEST_BODY
    assert message.body.endswith("\n\n… and 27 more.")


def test_no_single_name_or_reason_bursts_it() -> None:
    message = compose(
        report(account("u" * 5000, None, Status.ERROR, "z" * 5000, remedy="r" * 5000)), amounts=False
    )

    assert message is not None
    assert len(message.title) <= LONGEST_TITLE
    assert len(message.body) <= LONGEST_BODY
    assert "uuu…: error. Zzz" in message.body


def test_of_several_steps_it_says_the_first() -> None:
    message = compose(
        report(account("alice", None, Status.NOT_CONFIGURED, "no key", remedy="1. Sign in.\n2. Go on.\n3. Stop.")),
        amounts=False,
    )

    assert message is not None
    assert message.body.endswith("Do: 1. Sign in. And 2 more steps, which the report has.")


def test_amounts_are_said_only_if_asked_for() -> None:
    poor = report(account(None, "12.00", Status.TRADING, None, TOO_LITTLE), account("alice", None, Status.BUSY))

    silent, open_ = compose(poor, amounts=False), compose(poor, amounts=True)

    assert silent is not None
    assert open_ is not None
    assert "MASTER: CRITICAL below-minimum. The total is below the minimum.\n" in silent.body
    assert "$" not in silent.body
    assert "Total: $12.00 (spot balance, incomplete)\n" in open_.body
    assert "$12.00 is below the minimum of $1,000.00." in open_.body


@pytest.mark.parametrize("code", [Code.BELOW_MINIMUM, Code.MINIMUM_NOT_CHECKED, Code.BALANCE_MISMATCH])
def test_no_finding_tells_an_amount_unasked(code: Code) -> None:
    amount = money.formatted(Decimal("4321.09"), "USD")
    found = Finding(code, Severity.CRITICAL, f"{amount} of 75 XRT", "Look.")

    message = compose(report(account(None, "1.00", Status.TRADING, None, found)), amounts=False)

    assert message is not None
    assert "4,321" not in message.body
    assert "XRT" not in message.body


def test_a_demo_says_so_in_the_title() -> None:
    message = compose(report(account("alice", None, Status.BUSY), demo=True), amounts=False)

    assert message is not None
    assert message.title == "kraken-accounts: DEMO, 1 of 1 account not trading"
    assert message.body.startswith("DEMO: sample accounts on a simulated exchange, no real funds\n")


def test_no_account_at_all() -> None:
    message = compose(report(), amounts=False)

    assert message is not None
    assert message.title == "kraken-accounts: no account is configured"


def test_an_audit_says_each_thing_once() -> None:
    checked = report(account("alice", None, Status.REJECTED, "an invalid key"), account("bob"))
    not_trading = Finding(Status.REJECTED, Severity.CRITICAL, "the account is not trading", "Mend it.")
    audits = (
        AccountAudit(checked.accounts[0], (not_trading,), None, (), None),
        AccountAudit(checked.accounts[1], (EXPIRES, ANYWHERE), None, (), None),
    )

    message = compose(AuditReport(checked, audits, (), timedelta()), amounts=False)

    assert message is not None
    assert message.title == "kraken-accounts: 1 of 2 accounts not trading"
    assert message.body.count("alice") == 1
    assert "bob: WARNING key-expires-soon." in message.body
