"""Several reports put together: what only a look at all of them shows, and what must not be put together."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from kraken_accounts import formats
from kraken_accounts.kraken.public import SystemStatus
from kraken_accounts.report.combine import CannotCombine, NamedReport, combine
from kraken_accounts.report.exit_code import ExitCode
from kraken_accounts.report.findings import Code, Finding, Severity
from kraken_accounts.report.model import AccountReport, Part, Report
from kraken_accounts.report.verdict import Status
from kraken_accounts.shard import Shard

from ..formats.reports import ANYWHERE, EXPIRES, FIRST, NOW, WITHDRAW, YESTERDAY, account, changed, report
from ..formats.test_json_schema import CLOSED, faults

ONE, OTHER = "0123456789ab", "ba9876543210"
QUARTER = timedelta(minutes=15)


def part(index: int, of: int, *accounts: AccountReport, **more: Any) -> NamedReport:
    return NamedReport(f"part-{index}.json", report(*accounts, shard=Shard(index, of), **more))


def others(name: str, *accounts: AccountReport, **more: Any) -> NamedReport:
    return NamedReport(name, report(*accounts, **more))


def combined(*named: NamedReport, now: Any = NOW) -> Report:
    found = combine(named, now)
    assert faults(json.loads(formats.load("json").render(found, formats.View())), CLOSED) == []
    return found


def said(found: Report) -> list[tuple[str, str, str]]:
    return [(finding.code, finding.severity.value, finding.message) for finding in found.findings]


def refusal(*named: NamedReport) -> str:
    with pytest.raises(CannotCombine) as refused:
        combine(named, NOW)
    return str(refused.value)


class TestParts:
    def test_make_one_report(self) -> None:
        found = combined(
            part(2, 2, account("bob", "1.50"), duration=timedelta(seconds=9), generated_at=NOW - QUARTER),
            part(1, 2, account("carol", "2.25"), account(None, "100.00")),
        )

        assert [one.account.selector for one in found.accounts] == ["master", "bob", "carol"]
        assert found.totals.all == Decimal("103.75")
        assert found.totals.complete and found.totals.whole
        assert found.exit_code is ExitCode.OK
        assert found.shard is None
        # Nothing in it is older than it says, so that whoever watches its age watches that of all its parts.
        assert found.generated_at == NOW - QUARTER
        assert found.duration == timedelta(seconds=9)
        assert found.parts == (
            Part("part 1 of 2", Shard(1, 2), NOW, 2),
            Part("part 2 of 2", Shard(2, 2), NOW - QUARTER, 1),
        )
        assert found.findings == ()

    def test_of_accounts_of_their_own_make_one_report_too(self) -> None:
        found = combined(others("fund-b.json", account("bob")), others("fund-a.json", account("al")))

        assert found.parts is not None
        assert [(one.name, one.shard) for one in found.parts] == [("fund-a.json", None), ("fund-b.json", None)]
        assert found.totals.all == Decimal(200)
        assert found.findings == ()

    def test_that_were_put_together_themselves_make_one_report_too(self) -> None:
        europe = combined(part(1, 2, account("al")))

        found = combined(NamedReport("europe.json", europe), others("asia.json", account("bob")))

        assert said(found) == [
            (
                "part-missing",
                "critical",
                "europe.json: part 2 of 2 is missing: nobody knows how the accounts in it are",
            )
        ]
        assert not found.totals.complete

    def test_one_alone(self) -> None:
        assert combined(others("all.json", account())).exit_code is ExitCode.OK
        assert combined(part(1, 1, account())).exit_code is ExitCode.OK

    def test_without_accounts(self) -> None:
        found = combined(part(1, 2, account()), part(2, 2, quote="XBT", system_status=None))

        assert (found.quote, found.system_status) == ("USD", SystemStatus("online"))
        assert found.exit_code is ExitCode.OK

    def test_what_kraken_said_last_counts(self) -> None:
        found = combined(
            part(1, 2, account(), system_status=SystemStatus("maintenance")),
            part(2, 2, account("bob"), generated_at=NOW + timedelta(seconds=1)),
        )

        assert found.system_status == SystemStatus("online")

    def test_that_are_all_down_are_down(self) -> None:
        down = [
            part(index, 2, account(f"u{index}", None, Status.UNREACHABLE), system_status=None) for index in (1, 2)
        ]

        assert combined(*down).exit_code is ExitCode.KRAKEN_DOWN
        assert combined(down[0], part(2, 2, account())).exit_code is ExitCode.ATTENTION


class TestConflict:
    """One Kraken account behind two keys."""

    MESSAGE = "the keys of MASTER and USER (bob) open one and the same Kraken account"

    def test_between_parts_is_found(self) -> None:
        found = combined(
            part(1, 2, account(None, "5.00", account_fingerprint=ONE), account("al", account_fingerprint=OTHER)),
            part(2, 2, account("bob", "5.00", Status.TRADING, None, ANYWHERE, EXPIRES, account_fingerprint=ONE)),
        )

        master, al, bob = found.accounts
        assert (master.status, al.status, bob.status) == (Status.CONFLICT, Status.TRADING, Status.CONFLICT)
        assert master.verdict.reason == bob.verdict.reason == self.MESSAGE
        assert [finding.code for finding in bob.findings] == [
            "same-account",
            "key-expires-soon",
            "no-ip-allowlist",
        ]
        assert bob.findings[0].severity is Severity.CRITICAL
        assert found.totals.all == Decimal(100)
        assert not found.totals.complete
        assert found.exit_code is ExitCode.ATTENTION

    def test_of_three_names_all_of_them_where_a_part_has_seen_two(self) -> None:
        two = Finding(Code.SAME_ACCOUNT, Severity.CRITICAL, "the keys of USER (al) and USER (bob)…", "Mend it.")
        seen = [
            account(name, "5.00", Status.CONFLICT, "…", WITHDRAW, two, account_fingerprint=ONE)
            for name in ("al", "bob")
        ]

        found = combined(part(1, 2, *seen), part(2, 2, account("eve", "5.00", account_fingerprint=ONE)))

        reason = "the keys of USER (al) and USER (bob) and USER (eve) open one and the same Kraken account"
        assert {one.verdict.reason for one in found.accounts} == {reason}
        # In the order of a single run.
        assert [finding.code for finding in found.accounts[0].findings] == ["same-account", "withdraw-enabled"]
        assert {finding.message for one in found.accounts for finding in one.findings[:1]} == {reason}

    def test_is_none_where_kraken_told_no_number(self) -> None:
        found = combined(part(1, 2, account("al")), part(2, 2, account("bob")))

        assert {one.status for one in found.accounts} == {Status.TRADING}


class TestMissing:
    @pytest.mark.parametrize(
        ("there", "of", "message"),
        [
            ([1, 3], 3, "part 2 of 3 is missing: nobody knows how the accounts in it are"),
            ([2], 3, "parts 1 and 3 of 3 are missing: nobody knows how the accounts in them are"),
            ([4], 5, "parts 1, 2, 3 and 5 of 5 are missing: nobody knows how the accounts in them are"),
        ],
    )
    def test_parts_are_named(self, there: Sequence[int], of: int, message: str) -> None:
        found = combined(*(part(index, of, account(f"u{index}")) for index in there))

        assert said(found) == [("part-missing", "critical", message)]
        assert found.exit_code is ExitCode.ATTENTION
        assert f"check --shard {min({*range(1, of + 1)} - {*there})}/{of}”" in found.findings[0].remedy

    def test_parts_of_very_many_are_counted(self) -> None:
        (finding,) = combined(part(1, 1000, account())).findings

        assert "20, 21 and 979 more of 1000 are missing" in finding.message

    def test_accounts_are_no_loss(self) -> None:
        """A sum without them is neither compared nor a figure for a monitor."""
        found = combined(
            part(1, 2, account(None, change=changed("90.00", "10.00", "11")), account("bob", change=FIRST))
        )

        assert not found.totals.complete and not found.totals.whole
        text = formats.load("text").render(found, formats.View())
        assert "ALL ACCOUNTS: $200.00 (incomplete: without accounts of other parts)" in text
        assert "total=U " in formats.load("nagios").render(found, formats.View())
        assert "kraken_accounts_value{" not in formats.load("prometheus").render(found, formats.View())
        assert found.change is not None
        assert found.change.amount is None


class TestAge:
    def test_of_a_part_that_is_a_quarter_of_an_hour_older_than_the_newest(self) -> None:
        late = part(2, 2, account("bob"), generated_at=NOW - QUARTER - timedelta(seconds=1))
        in_time = part(2, 2, account("bob"), generated_at=NOW - QUARTER)

        assert said(combined(part(1, 2, account()), late)) == [
            (
                "part-outdated",
                "critical",
                "part 2 of 2 (2026-11-22 09:44:59 UTC) is 15 min older than the newest part",
            )
        ]
        assert said(combined(part(1, 2, account()), in_time)) == []

    @pytest.mark.parametrize(
        ("age", "words"),
        [
            (timedelta(minutes=119), "119 min"),
            (timedelta(hours=2), "2 h"),
            (timedelta(hours=47), "47 h"),
            (timedelta(days=400), "400 d"),
        ],
    )
    def test_is_told(self, age: timedelta, words: str) -> None:
        found = combined(others("a.json", account()), others("b.json", account("bob"), generated_at=NOW - age))

        assert f" is {words} older than the newest part" in found.findings[0].message

    def test_of_all_parts_is_a_warning(self) -> None:
        """No host has died, but neither is anybody looking: the shared disk may be gone."""
        found = combined(part(1, 1, account()), now=NOW + timedelta(hours=3))

        assert said(found) == [
            ("part-outdated", "warning", "the newest part, part 1 of 1 (2026-11-22 10:00:00 UTC), is 3 h old")
        ]
        assert found.exit_code is ExitCode.OK
        assert found.speaks_up

    def test_of_parts_whose_clocks_are_ahead(self) -> None:
        assert combined(part(1, 1, account()), now=NOW - timedelta(days=1)).findings == ()

    def test_of_the_oldest_is_what_prometheus_gets(self) -> None:
        found = combined(part(1, 2, account()), part(2, 2, account("bob"), generated_at=YESTERDAY))

        metrics = formats.load("prometheus").render(found, formats.View())
        (last,) = re.findall(r"^kraken_accounts_last_run_timestamp_seconds (.*)$", metrics, re.MULTILINE)
        assert float(last) == YESTERDAY.timestamp()


class TestOverlap:
    def test_the_newer_counts(self) -> None:
        found = combined(
            others("new.json", account("bob", "7.00", account_fingerprint=ONE)),
            others("old.json", account("bob", "5.00", account_fingerprint=ONE), generated_at=NOW - QUARTER),
        )

        assert [one.total for one in found.accounts] == [Decimal("7.00")]
        assert said(found) == [
            (
                "part-overlap",
                "warning",
                "USER (bob) is in new.json and old.json; what new.json says counts, which is the newest",
            )
        ]
        assert found.totals.whole
        assert found.exit_code is ExitCode.OK

    def test_two_accounts_of_one_name_are_critical(self) -> None:
        found = combined(
            others("a.json", account("bob", "7.00", account_fingerprint=ONE)),
            others("b.json", account("bob", "5.00", account_fingerprint=OTHER)),
        )

        assert said(found) == [
            (
                "part-overlap",
                "critical",
                "USER (bob) is in a.json and b.json, and these are different Kraken accounts; only that of "
                "b.json, which is the newest, is shown and counted",
            )
        ]
        assert not found.totals.whole

    def test_a_row_without_a_key_is_nobodys(self) -> None:
        """Every report has a row of the master, set up there or not."""
        unset = account(None, None, Status.NOT_CONFIGURED, api_key=None)

        found = combined(
            others("a.json", account(None, "7.00"), generated_at=NOW - QUARTER),
            others("b.json", unset, account("bob", "1.00")),
            others("c.json", unset, account("eve", "1.00")),
        )

        assert [(one.account.selector, one.status) for one in found.accounts] == [
            ("master", Status.TRADING),
            ("bob", Status.TRADING),
            ("eve", Status.TRADING),
        ]
        assert found.findings == ()


class TestFindingsOfRuns:
    IGNORED = Finding(Code.IGNORED_VARIABLE, Severity.WARNING, "KRAKEN_X is ignored", "Mend its name.")
    OTHER = Finding(Code.OTHER_EXCHANGE, Severity.INFO, "http://127.0.0.1 was asked", "Take it away.")

    def test_that_all_have_are_told_once(self) -> None:
        found = combined(part(1, 2, account(), findings=(self.OTHER,)), part(2, 2, findings=(self.OTHER,)))

        assert found.findings == (self.OTHER,)

    def test_that_some_have_say_whose_they_are(self) -> None:
        found = combined(
            part(1, 3, account(), findings=(self.IGNORED,)),
            part(2, 3),
            part(3, 3, findings=(self.OTHER, self.IGNORED)),
        )

        assert [finding.message for finding in found.findings] == [
            "part 1 of 3 and part 3 of 3: KRAKEN_X is ignored",
            "part 3 of 3: http://127.0.0.1 was asked",
        ]


class TestChange:
    def test_is_that_of_the_sum(self) -> None:
        found = combined(
            part(1, 3, account(None, "12.00", change=changed("10.00", "2.00", "20")), changed_since=YESTERDAY),
            part(2, 3, account("bob", "9.00", change=changed("10.00", "-1.00", "-10")), changed_since=NOW),
            part(3, 3, change=FIRST),
        )

        assert found.change is not None
        assert (found.change.previous_total, found.change.amount) == (Decimal("20.00"), Decimal("1.00"))
        assert found.changed_since == YESTERDAY

    def test_is_the_first_where_all_are(self) -> None:
        assert combined(part(1, 1, account(change=FIRST))).change == FIRST

    def test_is_unknown_where_one_part_did_not_ask_for_it(self) -> None:
        found = combined(part(1, 2, account(change=FIRST)), part(2, 2, account("bob")))

        assert found.change is None
        assert found.accounts[0].change == FIRST


class TestRefusals:
    def test_of_demos_mixed_with_live_ones(self) -> None:
        assert refusal(part(1, 2), part(2, 2, demo=True)) == (
            "part-2.json is of sample accounts (--demo), part-1.json is not"
        )

    def test_of_other_exchanges(self) -> None:
        assert refusal(part(1, 2), part(2, 2, url="http://127.0.0.1:1")) == (
            "part-1.json is of https://api.kraken.com, part-2.json of http://127.0.0.1:1: not one exchange"
        )

    def test_but_each_demo_has_an_exchange_of_its_own(self) -> None:
        demos = [part(i, 2, account(f"u{i}"), demo=True, url=f"http://127.0.0.1:{i}") for i in (1, 2)]

        assert combined(*demos).exit_code is ExitCode.OK

    def test_of_other_currencies(self) -> None:
        assert refusal(part(1, 2, account()), part(2, 2, account("bob"), quote="EUR")) == (
            "part-1.json has totals in USD, part-2.json in EUR: give all parts the same --quote"
        )

    def test_of_parts_of_other_divisions(self) -> None:
        assert refusal(part(1, 3), others("x.json"), part(4, 4)) == (
            "part-1.json is part 1 of 3, part-4.json is part 4 of 4: not parts of one whole; take away the files "
            "that are left of an earlier division"
        )

    def test_of_one_part_twice(self) -> None:
        again = replace(part(1, 2, account(), generated_at=NOW - QUARTER), name="again.json")

        assert refusal(part(1, 2, account()), part(2, 2), again) == (
            "part-1.json and again.json are both part 1 of 2: give each part once"
        )


@pytest.mark.parametrize("name", formats.NAMES)
def test_every_format_shows_it(name: str) -> None:
    found = combined(part(1, 3, account()), part(2, 3, account("bob", "1.00"), generated_at=YESTERDAY))

    shown = formats.load(name).render(found, formats.View(assets=True))

    assert {"text": "Part 3 of 3 is missing", "table": "the oldest of 2 parts: 2026-11-21 10:00:00 UTC"}.get(
        name, ""
    ) in shown
    assert "part-missing" in shown
