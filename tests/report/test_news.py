"""What is news, to somebody who was told of earlier reports: each thing once, and nothing that nobody knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_accounts.report.audit import AccountAudit, AuditReport
from kraken_accounts.report.comparison import Terms, compare
from kraken_accounts.report.findings import Accepted, Code, Finding, Severity
from kraken_accounts.report.known import Standing
from kraken_accounts.report.model import AccountReport, Report
from kraken_accounts.report.news import News
from kraken_accounts.report.told import Record
from kraken_accounts.report.verdict import Status

from ..formats.reports import ANYWHERE, EXPIRES, KEY, NOW, WITHDRAW, account, as_audit, report

DAY = timedelta(days=1)
BROKEN = account("bravo", None, Status.REJECTED, "an invalid key")
AWAY = account("bravo", None, Status.UNREACHABLE, "no answer")
FINE = account("bravo", "5.00")


class Listener:
    """Hears of one report after the other, five minutes apart, and remembers what it was told."""

    def __init__(self, *, begins: bool = False, remind: timedelta | None = None, after: int = 1) -> None:
        self.record = Record(begins=begins)
        self.now = NOW
        self.terms = Terms(remind, after)

    def hears(self, *accounts: AccountReport, whole: bool = True, **of_the_run: Any) -> list[str]:
        """Each piece in a few words."""
        return list(map(in_short, self.news(report(*accounts, **of_the_run), whole=whole)))

    def news(self, checked: Report | AuditReport, *, whole: bool = True) -> tuple[News, ...]:
        if isinstance(checked, AuditReport):
            checked = replace(checked, check=replace(checked.check, generated_at=self.now))
        else:
            checked = replace(checked, generated_at=self.now)
        news, self.record = compare(self.record, checked, self.terms, is_whole=whole)
        self.now += timedelta(minutes=5)
        return news


def in_short(item: News) -> str:
    """`broken bravo rejected`, `recovered bravo trading, was rejected, 300 s`, `came run emergency warning`."""
    whose = "run" if item.account is None else item.account.selector
    what = " ".join(filter(None, (item.status, item.code, item.severity)))
    was = f", was {item.before}" if item.before else ""
    lasted = "" if item.lasted is None else f", {item.lasted.total_seconds():.0f} s"
    return f"{item.kind} {whose} {what}{was}{lasted}"


def vanished(*labels: str) -> Finding:
    return Finding(Code.ACCOUNT_VANISHED, Severity.CRITICAL, f"{', '.join(labels)} gone", "Look.", about=labels)


def with_findings(*findings: Finding) -> AccountReport:
    return account("bravo", "5.00", Status.TRADING, None, *findings)


class TestStatuses:
    def test_are_told_once_and_so_is_their_end(self) -> None:
        ops = Listener()

        told = [ops.hears(row) for row in (FINE, BROKEN, BROKEN, BROKEN, FINE, FINE)]

        assert told == [
            [],
            ["broken bravo rejected"],
            [],
            [],
            ["recovered bravo trading, was rejected, 900 s"],
            [],
        ]

    def test_that_are_back_are_told_again(self) -> None:
        ops = Listener()

        told = [ops.hears(row) for row in (BROKEN, FINE, BROKEN, FINE)]

        assert [[item.split()[0] for item in items] for items in told] == [
            ["broken"],
            ["recovered"],
            ["broken"],
            ["recovered"],
        ]

    def test_that_turn_into_others_are_told(self) -> None:
        ops = Listener()
        looking = account("bravo", "5.00", Status.READ_ONLY, "it may look")

        assert [ops.hears(row) for row in (BROKEN, looking, FINE)] == [
            ["broken bravo rejected"],
            ["changed bravo read-only, was rejected"],
            ["recovered bravo trading, was read-only, 600 s"],
        ]

    def test_say_since_when_they_are(self) -> None:
        ops = Listener()
        row = replace(BROKEN, standing=Standing(NOW - timedelta(hours=2), 24))

        (broken,) = ops.news(report(row))
        (recovered,) = ops.news(report(FINE))

        assert (broken.since, recovered.since) == (NOW - timedelta(hours=2), NOW - timedelta(hours=2))
        assert recovered.lasted == timedelta(hours=2, minutes=5)

    def test_as_expected_are_none(self) -> None:
        ops = Listener()
        looking = account("bravo", "5.00", Status.READ_ONLY, "it may look")

        told = [ops.hears(row) for row in (looking, replace(looking, expected=Status.READ_ONLY))]

        assert told == [["broken bravo read-only"], ["recovered bravo read-only, was read-only, 300 s"]]

    def test_of_a_clock_that_was_set_back(self) -> None:
        ops = Listener(remind=DAY)
        ops.hears(BROKEN)
        ops.now -= timedelta(days=30)

        assert ops.hears(BROKEN) == []
        assert ops.hears(FINE) == ["recovered bravo trading, was rejected, 300 s"]

    def test_that_are_disabled_are_not_over(self) -> None:
        ops = Listener()
        disabled = account("bravo", None, Status.DISABLED, "it is disabled: paused")

        told = [ops.hears(replace(BROKEN, findings=(EXPIRES,))), ops.hears(disabled), ops.hears(disabled)]

        assert told == [
            ["broken bravo rejected", "came bravo key-expires-soon warning"],
            ["went bravo disabled"],
            [],
        ]
        assert ops.hears(BROKEN) == ["broken bravo rejected"]


class TestFindings:
    def test_come_and_go(self) -> None:
        ops = Listener()

        told = [ops.hears(with_findings(*found)) for found in ((), (WITHDRAW,), (WITHDRAW, EXPIRES), ())]

        assert told == [
            [],
            ["came bravo withdraw-enabled critical"],
            ["came bravo key-expires-soon warning"],
            ["went bravo withdraw-enabled critical, 600 s", "went bravo key-expires-soon warning, 300 s"],
        ]

    def test_that_are_information_are_no_news(self) -> None:
        assert Listener().hears(with_findings(ANYWHERE)) == []

    def test_get_worse_and_better(self) -> None:
        ops = Listener()
        worse = replace(EXPIRES, severity=Severity.CRITICAL)

        assert [ops.hears(with_findings(found)) for found in (EXPIRES, worse, worse, EXPIRES, ANYWHERE)] == [
            ["came bravo key-expires-soon warning"],
            ["worse bravo key-expires-soon critical, was warning"],
            [],
            ["eased bravo key-expires-soon warning, was critical"],
            ["went bravo key-expires-soon warning, 1200 s"],
        ]

    def test_that_are_accepted_go_and_come_back_with_the_day(self) -> None:
        ops = Listener()
        accepted = replace(WITHDRAW, accepted=Accepted("known", date(2026, 12, 1)))
        ops.hears(with_findings(WITHDRAW))

        (went,) = ops.news(report(with_findings(accepted)))

        assert (went.kind, went.accepted) == ("went", accepted.accepted)
        assert ops.hears(with_findings(accepted)) == []
        assert ops.hears(with_findings(WITHDRAW)) == ["came bravo withdraw-enabled critical"]

    def test_that_go_by_other_words_are_the_same(self) -> None:
        ops = Listener()
        ops.hears(with_findings(replace(EXPIRES, message="in 13 days")))

        assert ops.hears(with_findings(replace(EXPIRES, message="in 12 days"))) == []

    def test_of_one_code_are_told_apart(self) -> None:
        ops = Listener()
        one, two = (
            Finding(Code.IGNORED_VARIABLE, Severity.WARNING, f"{name} is ignored", "Mend it.", about=(name,))
            for name in ("A", "B")
        )

        assert [ops.hears(FINE, findings=found) for found in ((one,), (one, two), (two,))] == [
            ["came run ignored-variable warning"],
            ["came run ignored-variable warning"],
            ["went run ignored-variable warning, 600 s"],
        ]

    def test_of_one_code_that_are_one_by_one_or_all_together(self) -> None:
        """Of six accounts one finding tells, of five each its own."""
        ops = Listener()
        names = [f"USER (u{number})" for number in range(6)]

        told = [
            ops.hears(FINE, findings=tuple(map(vanished, names[:5]))),
            ops.hears(FINE, findings=(vanished(*names),)),
            ops.hears(FINE, findings=tuple(map(vanished, names[1:]))),
        ]

        came = "came run account-vanished critical"
        assert told == [[came] * 5, [came], ["went run account-vanished critical, 600 s"]]
        (last,) = ops.news(report(FINE, findings=tuple(map(vanished, names[1:5]))))
        assert last.message == "USER (u5)"


class TestWhatNobodyKnows:
    """What a report has not looked for is not over."""

    @pytest.mark.parametrize("code", [Code.WITHDRAW_ENABLED, Code.KEY_EXPIRES_SOON, Code.NONCE_WINDOW])
    def test_of_a_key_that_was_not_heard_of(self, code: Code) -> None:
        ops = Listener()
        found = Finding(code, Severity.WARNING, "found", "Mend it.")
        ops.hears(with_findings(found))

        assert ops.hears(AWAY) == ["broken bravo unreachable"]
        assert ops.hears(with_findings(found)) == ["recovered bravo trading, was unreachable, 300 s"]
        assert ops.hears(FINE) == [f"went bravo {code} warning, 900 s"]

    @pytest.mark.parametrize(
        ("code", "unknown", "known"),
        [
            (Code.BELOW_MINIMUM, {}, {"minimum": Decimal(1)}),
            (Code.MINIMUM_NOT_CHECKED, {}, {"minimum": Decimal(1)}),
            (Code.ACTIVITY_UNKNOWN, {}, {"open_orders": ()}),
            (Code.ACCOUNT_CHANGED, {}, {"account_fingerprint": "0123456789ab"}),
            (Code.SAME_ACCOUNT, {}, {"account_fingerprint": "0123456789ab"}),
            (Code.MISSING_PERMISSION, {"key_info": None}, {"key_info": KEY}),
            (Code.NOT_AS_EXPECTED, {"key_info": None}, {"key_info": KEY}),
        ],
    )
    def test_of_what_was_not_asked(self, code: Code, unknown: dict[str, Any], known: dict[str, Any]) -> None:
        ops = Listener()
        ops.hears(with_findings(Finding(code, Severity.CRITICAL, "found", "Mend it.")))

        assert ops.hears(replace(FINE, **unknown)) == []
        assert ops.hears(replace(FINE, **known)) == [f"went bravo {code} critical, 600 s"]

    def test_of_a_minimum_that_cannot_be_checked(self) -> None:
        ops = Listener()
        below, unchecked = (
            Finding(code, Severity.CRITICAL, "found", "Look.")
            for code in (Code.BELOW_MINIMUM, Code.MINIMUM_NOT_CHECKED)
        )
        rows = [
            account("bravo", "5.00", Status.TRADING, None, *found, minimum=10)
            for found in ((below,), (unchecked,))
        ]

        assert [ops.hears(row) for row in rows] == [
            ["came bravo below-minimum critical"],
            ["came bravo minimum-not-checked critical"],
        ]

    def test_of_a_key_that_has_expired(self) -> None:
        ops = Listener()
        expired = Finding(Code.KEY_EXPIRED, Severity.CRITICAL, "it has expired", "Renew it.")

        assert [ops.hears(with_findings(found)) for found in (EXPIRES, expired)] == [
            ["came bravo key-expires-soon warning"],
            ["came bravo key-expired critical"],
        ]
        assert len(ops.hears(FINE)) == 2

    @pytest.mark.parametrize(
        ("code", "of_the_run"),
        [
            (Code.EMERGENCY, {"system_status": None}),
            (Code.UPCOMING_MAINTENANCE, {"system_status": None}),
            (Code.CERTIFICATE_NOT_TRUSTED, {"system_status": None}),
            (Code.ACCOUNT_VANISHED, {"whole": False}),
            (
                Code.ACCOUNT_VANISHED,
                {"findings": (Finding(Code.NOT_REMEMBERED, Severity.INFO, "nothing is known", "Mend it."),)},
            ),
        ],
    )
    def test_of_the_run(self, code: Code, of_the_run: dict[str, Any]) -> None:
        ops = Listener()
        ops.hears(FINE, findings=(Finding(code, Severity.WARNING, "found", "Look."),))

        assert ops.hears(FINE, **of_the_run) == []
        assert ops.hears(FINE) == [f"went run {code} warning, 600 s"]

    @pytest.mark.parametrize(
        ("unknown", "whole"),
        [
            ([FINE], False),
            ([FINE, account("alpha", None, Status.UNREACHABLE)], True),
        ],
        ids=["a selection", "another account is silent"],
    )
    def test_of_two_keys_of_one_account(self, unknown: list[AccountReport], whole: bool) -> None:
        ops = Listener()
        ops.hears(account("bravo", None, Status.CONFLICT, "two keys of one account"))

        assert not any("bravo" in item for item in ops.hears(*unknown, whole=whole))
        assert ops.hears(FINE)[-1] == "recovered bravo trading, was conflict, 600 s"

    def test_of_a_key_that_opens_another_account_while_nothing_is_remembered(self) -> None:
        ops = Listener()
        forgot = Finding(Code.NOT_REMEMBERED, Severity.WARNING, "the file was damaged", "Mend it.")
        ops.hears(account("bravo", None, Status.CONFLICT, "another account"))

        assert ops.hears(FINE, findings=(forgot,)) == ["came run not-remembered warning"]
        assert "recovered bravo trading, was conflict, 600 s" in ops.hears(FINE)

    def test_of_what_only_an_audit_asks(self) -> None:
        ops = Listener()
        mismatch = Finding(Code.BALANCE_MISMATCH, Severity.WARNING, "apart", "Look.")
        skew = Finding(Code.CLOCK_SKEW, Severity.WARNING, "6 s", "Set it.")
        in_git = Finding(Code.ENV_FILE_IN_GIT, Severity.CRITICAL, "tracked", "Take it out.")
        found = AuditReport(report(FINE), (AccountAudit(FINE, (mismatch,), None, (), None),), (skew, in_git), None)
        nothing = as_audit(report(FINE))
        heard = replace(nothing, accounts=(replace(nothing.accounts[0], equivalent_balance=Decimal(5)),))

        assert len(ops.news(found)) == 3
        assert ops.news(report(FINE)) == ()
        assert [item.code for item in ops.news(nothing)] == [Code.ENV_FILE_IN_GIT]
        assert {item.code for item in ops.news(replace(heard, clock_skew=timedelta()))} == {
            Code.BALANCE_MISMATCH,
            Code.CLOCK_SKEW,
        }


class TestSelections:
    def test_tell_only_of_those_who_were_asked(self) -> None:
        ops = Listener()
        ops.hears(account("alpha"), BROKEN)

        assert ops.hears(account("alpha"), whole=False) == []
        assert ops.hears(account("alpha", None, Status.BUSY), whole=False) == ["broken alpha busy"]
        assert ops.hears(account("alpha", None, Status.BUSY), BROKEN) == []
        assert ops.hears(FINE, whole=False) == ["recovered bravo trading, was rejected, 1200 s"]

    def test_let_the_others_wait(self) -> None:
        ops = Listener(after=2)
        ops.hears(AWAY)

        assert ops.hears(account("alpha"), whole=False) == []
        assert ops.hears(AWAY) == ["broken bravo unreachable"]


class TestAccountsThatVanish:
    def test_while_they_are_broken(self) -> None:
        ops = Listener()
        ops.hears(account("alpha"), BROKEN)
        gone = vanished("USER (bravo)")

        assert ops.hears(account("alpha"), findings=(gone,)) == ["came run account-vanished critical"]
        assert ops.hears(account("alpha"), findings=(gone,)) == []
        assert ops.hears(account("alpha"), BROKEN) == [
            "broken bravo rejected",
            "went run account-vanished critical, 600 s",
        ]

    def test_and_come_back_by_another_name(self) -> None:
        ops = Listener()
        ops.hears(BROKEN)
        renamed = account("bravo_brown", None, Status.REJECTED)

        assert ops.hears(renamed, findings=(vanished("USER (bravo)"),)) == [
            "broken bravo_brown rejected",
            "came run account-vanished critical",
        ]
        assert ops.hears(renamed) == ["went run account-vanished critical, 300 s"]

    def test_and_are_forgotten_leave_nothing_behind(self) -> None:
        ops = Listener(after=3)
        ops.hears(with_findings(WITHDRAW))
        ops.hears(AWAY)
        ops.hears(account("alpha"))

        assert (ops.record.told, ops.record.waiting) == ({}, {})
        assert set(ops.record.heard) == {None, account("alpha").account}


class TestWhatMayPass:
    @pytest.mark.parametrize(
        "status",
        [
            Status.UNREACHABLE,
            Status.THROTTLED,
            Status.BUSY,
            Status.NONCE_CONFLICT,
            Status.RATE_LIMITED,
            Status.EXCHANGE_RESTRICTED,
            Status.ERROR,
        ],
    )
    def test_is_told_after_so_many_checks_in_a_row(self, status: Status) -> None:
        ops = Listener(after=3)
        row = account("bravo", None, status)

        assert [ops.hears(row) for _ in range(4)] == [[], [], [f"broken bravo {status}"], []]
        assert ops.hears(FINE) == [f"recovered bravo trading, was {status}, 1200 s"]

    def test_and_passes_is_not_told_nor_is_its_end(self) -> None:
        ops = Listener(after=3)

        assert [ops.hears(row) for row in (AWAY, AWAY, FINE, AWAY, AWAY, FINE)] == [[]] * 6
        assert (ops.record.told, ops.record.waiting) == ({}, {})

    @pytest.mark.parametrize("status", [Status.REJECTED, Status.LOCKED_OUT, Status.CONFLICT, Status.MISCONFIGURED])
    def test_is_nothing_else(self, status: Status) -> None:
        assert Listener(after=3).hears(account("bravo", None, status)) == [f"broken bravo {status}"]

    def test_takes_turns_and_is_told_all_the_same(self) -> None:
        ops = Listener(after=3)
        throttled = account("bravo", None, Status.THROTTLED)

        assert [ops.hears(row) for row in (AWAY, throttled, AWAY)] == [[], [], ["broken bravo unreachable"]]

    def test_and_becomes_what_does_not_is_told_at_once(self) -> None:
        ops = Listener(after=3)
        ops.hears(AWAY)

        (broken,) = ops.news(report(BROKEN))

        assert (in_short(broken), broken.since) == ("broken bravo rejected", NOW)

    def test_in_the_middle_of_what_does_not_changes_nothing(self) -> None:
        ops = Listener(after=3)

        assert [ops.hears(row) for row in (BROKEN, AWAY, BROKEN, AWAY, AWAY, BROKEN)] == [
            ["broken bravo rejected"],
            *[[]] * 5,
        ]
        assert ops.hears(FINE) == ["recovered bravo trading, was rejected, 1800 s"]

    def test_and_has_lasted_before_anybody_listened_is_told(self) -> None:
        standing = Standing(NOW - timedelta(minutes=20), 5)

        assert Listener(after=3).hears(replace(AWAY, standing=standing)) == ["broken bravo unreachable"]

    def test_of_findings_too(self) -> None:
        ops = Listener(after=2)
        unknown = Finding(Code.PUBLIC_DATA_MISSING, Severity.WARNING, "prices could not be learned", "Again.")

        assert ops.hears(FINE, findings=(unknown,)) == []
        assert ops.hears(FINE) == []
        assert ops.hears(FINE, findings=(unknown,)) == []
        assert ops.hears(FINE, findings=(unknown,)) == ["came run public-data-missing warning"]


class TestReminders:
    def test_come_with_the_time(self) -> None:
        ops = Listener(remind=DAY)
        ops.hears(BROKEN, findings=(EXPIRES,))
        ops.now = NOW + timedelta(hours=23)
        assert ops.hears(BROKEN, findings=(EXPIRES,)) == []
        ops.now = NOW + DAY

        (status, finding) = ops.news(report(BROKEN, findings=(EXPIRES,)))

        assert (in_short(status), status.since) == ("reminder bravo rejected", NOW)
        assert (in_short(finding), finding.since) == ("reminder run key-expires-soon warning", NOW)
        assert ops.hears(BROKEN, findings=(EXPIRES,)) == []
        ops.now = NOW + 2 * DAY
        assert len(ops.hears(BROKEN, findings=(EXPIRES,))) == 2

    def test_come_together(self) -> None:
        ops = Listener(remind=DAY)
        ops.hears(BROKEN)
        ops.now = NOW + timedelta(hours=12)
        ops.hears(BROKEN, account("charlie", None, Status.REJECTED))
        ops.now = NOW + DAY

        news = ops.hears(
            BROKEN, account("charlie", None, Status.REJECTED), account("delta", None, Status.REJECTED)
        )

        assert news == ["broken delta rejected", "reminder bravo rejected", "reminder charlie rejected"]

    def test_are_not_late_because_a_job_is_early(self) -> None:
        ops = Listener(remind=DAY)
        ops.hears(BROKEN)
        ops.now = NOW + DAY - timedelta(seconds=2)

        assert ops.hears(BROKEN) == ["reminder bravo rejected"]

    def test_come_of_what_is_in_the_selection_only(self) -> None:
        ops = Listener(remind=DAY)
        ops.hears(account("alpha", None, Status.REJECTED), BROKEN)
        ops.now = NOW + DAY

        assert ops.hears(BROKEN, whole=False) == ["reminder bravo rejected"]

    def test_may_be_none(self) -> None:
        ops = Listener()
        ops.hears(BROKEN)
        ops.now = NOW + 365 * DAY

        assert ops.hears(BROKEN) == []


class TestBeginning:
    def test_says_what_is_wrong_and_how_many_are_fine(self) -> None:
        ops = Listener(begins=True)

        begin, broken = ops.news(report(account(), BROKEN))

        assert (begin.kind, begin.message) == ("begin", "1 of 2 accounts are fine")
        assert in_short(broken) == "broken bravo rejected"
        assert ops.hears(account(), BROKEN) == []

    def test_does_not_call_fine_what_waits(self) -> None:
        (begin,) = Listener(begins=True, after=3).news(report(account(), AWAY))

        assert begin.message == "1 of 2 accounts are fine"

    def test_leaves_the_disabled_out(self) -> None:
        (begin,) = Listener(begins=True).news(
            report(FINE, account("charlie", None, Status.DISABLED, "it is paused"))
        )

        assert begin.message == "the account is fine"

    def test_anew_says_why(self) -> None:
        ops = Listener()
        ops.record = Record(begins=True, trouble="the file was damaged, and begins anew")

        (begin,) = ops.news(report(account(), FINE))

        assert begin.message == (
            "all 2 accounts are fine; what was told before is not known: the file was damaged, and begins anew"
        )


class TestReportsThatComeLate:
    """Of a run that began before another one, and was heard of after it."""

    def test_take_nothing_back(self) -> None:
        ops = Listener()
        ops.hears(BROKEN, findings=(vanished("USER (x)"),))
        ops.now = NOW - timedelta(seconds=40)

        assert ops.hears(FINE) == []
        ops.now = NOW + timedelta(minutes=5)
        assert ops.hears(BROKEN, findings=(vanished("USER (x)"),)) == []

    def test_tell_nothing_that_is_over(self) -> None:
        ops = Listener()
        ops.hears(FINE)
        ops.now = NOW - timedelta(seconds=40)

        assert ops.hears(BROKEN) == []
        ops.now = NOW + timedelta(minutes=5)
        assert ops.hears(FINE) == []

    def test_of_other_accounts_are_heard(self) -> None:
        ops = Listener()
        ops.hears(FINE, whole=False)
        ops.now = NOW - timedelta(seconds=40)

        assert ops.hears(account("alpha", None, Status.REJECTED), whole=False) == ["broken alpha rejected"]


STATES = [Status.TRADING, Status.REJECTED, Status.UNREACHABLE, Status.THROTTLED, Status.DISABLED]
HISTORIES = st.lists(st.tuples(*[st.sampled_from(STATES)] * 2, st.booleans()), max_size=12)


@given(HISTORIES, st.integers(1, 3))
def test_whoever_hears_it_all_knows_how_things_are(history: list[tuple[Status, Status, bool]], after: int) -> None:
    """News, put together, is what the last report says: nothing is lost, told twice, or taken back untold."""
    ops = Listener(after=after)
    known: dict[str, Status] = {}
    rows: list[AccountReport] = []
    for alpha, bravo, whole in history:
        rows = [account("alpha", None, alpha)] + ([account("bravo", None, bravo)] if whole else [])
        for item in ops.news(report(*rows), whole=whole):
            assert item.account is not None
            name = item.account.selector
            assert (name in known) is (item.kind != "broken")
            if item.kind in ("broken", "changed"):
                assert item.status is not None
                assert known.get(name) is not item.status
                known[name] = item.status
            else:
                assert item.kind in ("recovered", "went")
                assert item.before in (known.pop(name), None)
        for row in rows:
            told = known.get(row.account.selector)
            if row.status in (Status.TRADING, Status.DISABLED):
                assert told is None
            elif after == 1 or row.status is Status.REJECTED:
                assert told is row.status


def test_many_accounts_are_compared_in_no_time() -> None:
    ops = Listener()
    down = [account(f"user_{n}", None, Status.UNREACHABLE, "no answer") for n in range(500)]

    assert len(ops.hears(*down)) == 500
    assert ops.hears(*down) == []
    assert len(ops.hears(*(account(f"user_{n}") for n in range(500)))) == 500
