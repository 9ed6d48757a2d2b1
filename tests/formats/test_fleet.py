"""Hundreds of accounts on one screen: what needs doing by its cause, the totals, and a line an account."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest

from kraken_accounts.formats import View, load
from kraken_accounts.report.audit import AccountAudit, AuditReport
from kraken_accounts.report.differences import Change
from kraken_accounts.report.findings import Severity
from kraken_accounts.report.model import AccountReport, Report
from kraken_accounts.report.separation import Guarantee
from kraken_accounts.report.verdict import Status

from .reports import ANYWHERE, EXPIRES, FIRST, WITHDRAW, YESTERDAY, account, as_audit, changed, holding, report


def shown(of: Report, fleet: bool | None = None, width: int | None = None) -> str:
    return load("table").render(of, View(fleet=fleet, width=width))


def investors(count: int) -> list[AccountReport]:
    return [
        account(f"investor_{n:03}", "1000.25", holdings=(holding("USD", "1000.25", "1"),)) for n in range(count)
    ]


def fleet() -> Report:
    """300 accounts with three troubles."""
    users = investors(299)
    users[17] = replace(users[17], findings=(WITHDRAW, ANYWHERE))
    users[40] = replace(users[40], findings=(WITHDRAW,))
    users[200] = account("investor_200", None, Status.REJECTED, "Kraken says “Invalid key”", remedy="Renew it.")
    return report(account(None, "5000.00", holdings=(holding("USD", "5000", "1"),)), *users)


class TestFleet:
    def test_of_300_accounts_has_what_matters_within_40_lines(self) -> None:
        lines = shown(fleet()).splitlines()

        first = "\n".join(lines[:40])
        for said in (
            "❌ NOT trading, rejected: investor_200",
            "What: Kraken says “Invalid key”.",
            "Do:   Renew it.",
            "CRITICAL withdraw-enabled: 2 accounts: investor_017, investor_040",
            "What: The key may withdraw funds.",
            "Do:   Switch it off.",
            "🔷 MASTER TOTAL: $5,000.00 ",
            "   KRAKEN: $5,000.00 ",
            "🔷 USER TOTALS: $298,074.50 ",
            "   KRAKEN: $298,074.50 ",
            "🔷 ALL ACCOUNTS: $303,074.50 ",
            "(incomplete: without investor_200)",
        ):
            assert said in first, said
        assert first.index("TRADING STATUS") < first.index("SUMMARY") < first.index("ACCOUNTS\n")
        assert len(lines) < 340

    def test_has_an_aligned_line_an_account_with_its_phrase(self) -> None:
        lines = shown(fleet()).partition("ACCOUNTS\nAccount")[2].splitlines()

        assert lines[2:5] == [
            "✅ MASTER is trading on Kraken                   $5,000.00  $5,000.00      $0.00",
            "✅ USER (investor_000) is trading on Kraken      $1,000.25  $1,000.25      $0.00",
            "✅ USER (investor_001) is trading on Kraken      $1,000.25  $1,000.25      $0.00",
        ]
        assert lines[2 + 18] == (
            "✅ USER (investor_017) is trading on Kraken      $1,000.25  $1,000.25      $0.00  withdraw-enabled"
        )
        assert lines[2 + 201] == (
            "❌ USER (investor_200) is NOT trading on Kraken    unknown    unknown    unknown  rejected"
        )
        assert len(lines) == 2 + 300

    @pytest.mark.parametrize(
        ("count", "choice", "is_one"), [(19, None, False), (20, None, True), (2, True, True), (60, False, False)]
    )
    def test_is_what_20_accounts_make_or_somebody_asks_for(
        self, count: int, choice: bool | None, is_one: bool
    ) -> None:
        assert ("\nACCOUNTS\n" in shown(report(*investors(count)), choice)) is is_one

    def test_says_so_where_nothing_needs_doing(self) -> None:
        assert "│ Nothing needs doing. " in shown(report(*investors(20)))

    def test_lets_columns_go_before_what_is_wrong(self) -> None:
        narrow = shown(fleet(), width=80)

        assert re.search(r"Account +Total  What is wrong\n", narrow)
        assert "✅ USER (investor_017) is trading on Kraken      $1,000.25  withdraw-enabled\n" in narrow
        assert max(map(len, narrow.splitlines())) <= 80

    def test_says_what_a_total_is_without(self) -> None:
        part = account("a", "1.00", complete=False, holdings=(holding("USD", "1", "1"), holding("XRT", "75")))
        more = account("b", "1.00", complete=False, holdings=(holding("XRT", "75"), holding("OLD", "2")))

        table = shown(report(part, more), fleet=True)

        assert re.search(r"USER \(a\) is trading on Kraken .* without 75 XRT\n", table)
        assert re.search(r"USER \(b\) is trading on Kraken .* without 2 assets\n", table)
        assert "(incomplete: only part of 2 accounts)" in table


class TestGroups:
    def test_name_a_few_and_count_the_others(self) -> None:
        users = [replace(one, findings=(ANYWHERE,)) for one in investors(51)]

        assert (
            "INFO no-ip-allowlist: 51 accounts: investor_000, investor_001, investor_002, investor_003, "
            "investor_004, investor_005, investor_006, investor_007, investor_008, investor_009 and 41 more"
        ) in " ".join(shown(report(*users)).replace("│", "").split())

    def test_tell_each_cause_that_has_words_of_its_own(self) -> None:
        users = [
            replace(one, findings=(replace(EXPIRES, message=f"the key expires on 2026-12-{day:02}"),))
            for day, one in zip((1, 1, 2, 3, 4, 5, 6, 7), investors(8), strict=True)
        ]

        table = shown(report(*users), fleet=True)

        assert "What: The key expires on 2026-12-01. (investor_000, investor_001) " in table
        assert "      The key expires on 2026-12-05. (investor_005) " in table
        assert "      Likewise, each as --view full says: investor_006, investor_007. " in table
        assert table.count("Create a new key.") == 1

    def test_take_what_differs_in_names_for_the_same(self) -> None:
        def unset(name: str) -> AccountReport:
            variable = f"KRAKEN_USER_{name.upper()}_API_KEY"
            return account(
                name,
                None,
                Status.NOT_CONFIGURED,
                f"{variable} is not filled in",
                remedy=f"Set {variable}.\nRun {name}.",
            )

        table = shown(report(unset("anna"), unset("bob")), fleet=True)

        assert (
            "│ ❌ NOT trading, not-configured: 2 accounts: anna, bob                        │\n"
            "│    What: KRAKEN_USER_ANNA_API_KEY is not filled in.                          │\n"
            "│    Do:   Set KRAKEN_USER_ANNA_API_KEY.                                       │\n"
            "│          Run anna.                                                           │\n"
            "│          Likewise for each of the others.                                    │\n"
        ) in table

    def test_count_an_account_once_that_has_the_same_twice(self) -> None:
        both = (replace(EXPIRES, message="it is one"), replace(EXPIRES, message="it is the other"))

        table = shown(report(account("a", "1.00", Status.TRADING, None, *both)), fleet=True)

        assert "│ WARNING key-expires-soon: a  " in table
        assert "What: It is one. (a) " in table
        assert "      It is the other. (a) " in table

    def test_keep_apart_what_has_another_remedy(self) -> None:
        one = account("a", None, Status.REJECTED, "the key expired", remedy="Renew it.")
        other = account("b", None, Status.REJECTED, "not allowed from here", remedy="Allow it.")

        table = shown(report(one, other), fleet=True)

        assert "❌ NOT trading, rejected: a " in table
        assert "❌ NOT trading, rejected: b " in table

    def test_of_the_run_say_all_there_is(self) -> None:
        slips = tuple(replace(EXPIRES, message=f"KRAKEN_{n} is ignored") for n in range(9))

        table = shown(report(*investors(20), findings=slips))

        assert "WARNING key-expires-soon: all accounts " in table
        assert all(f"KRAKEN_{n} is ignored." in table for n in range(9))

    def test_leave_out_what_the_status_says(self) -> None:
        lacking = replace(EXPIRES, code=type(EXPIRES.code)("missing-permission"))

        assert "missing-permission" not in shown(
            report(account("a", "1.00", Status.READ_ONLY, None, lacking)), True
        )


class TestChanges:
    def test_are_those_of_statuses_and_stand_beside_totals(self) -> None:
        users = [replace(one, change=changed("1000.00", "0.25", "0.03")) for one in investors(20)]
        users[3] = account("investor_003", None, Status.REJECTED, change=Change(False, "trading", Decimal(5)))
        users[4] = account("investor_004", None, Status.REJECTED, change=Change(False, "trading", Decimal(5)))

        table = shown(report(*users, change=changed("1.00", "0.25", None), changed_since=YESTERDAY))

        assert "CHANGES SINCE 2026-11-21 10:00:00 UTC\n" in table
        assert "│ trading → rejected: investor_003, investor_004 " in table
        assert re.search(r"🔷 USER TOTALS: \$18,004\.50 +\$0\.00 +\$18,004\.50 +\+\$4\.50 ", table)
        assert re.search(r"✅ USER \(investor_000\) is trading on Kraken .* \+\$0\.25 \(\+0\.03 %\)\n", table)

    def test_of_the_first_run(self) -> None:
        users = [replace(one, change=FIRST) for one in investors(20)]

        table = shown(report(*users, change=FIRST))

        assert "│ No status has changed. " in table
        assert re.search(r"🔷 USER TOTALS: \$20,005\.00 +\$0\.00 +\$20,005\.00 +first run ", table)

    def test_of_users_are_unknown_as_soon_as_one_is(self) -> None:
        users = [replace(one, change=changed("1000.00", "0.25", None)) for one in investors(19)]
        users.append(account("new", "1.00", change=FIRST))

        assert re.search(r"🔷 USER TOTALS: .* unknown ", shown(report(*users, change=Change(False))))


def audited(*separations: tuple[Guarantee, ...]) -> AuditReport:
    checked = report(*(replace(one, findings=(ANYWHERE,)) for one in investors(len(separations))))
    audit = as_audit(checked)
    accounts = (replace(one, separation=found) for one, found in zip(audit.accounts, separations, strict=True))
    return replace(audit, accounts=tuple(accounts))


HOLDS = tuple(
    Guarantee(f"own {what}", True, "so it is") for what in ("credentials", "connection", "balance", "orders")
)
UNSEEN = (
    *HOLDS[:2],
    Guarantee("own balance", None, "not compared"),
    Guarantee("own orders", None, "not compared"),
)
BROKEN = (*HOLDS[:2], Guarantee("own balance", False, "it is another's too"), HOLDS[3])


class TestAudit:
    def shown(self, of: AuditReport, fleet: bool | None = None) -> str:
        return load("audit_table").render(of, View(fleet=fleet))

    def test_tells_59_times_the_same_once(self) -> None:
        table = self.shown(audited(*[HOLDS] * 59))

        assert table.count("no-ip-allowlist") == 1
        assert "INFO no-ip-allowlist: 59 accounts: investor_000, investor_001, " in table
        assert "and 49 more" in table
        assert table.count("Restrict it.") == 1
        assert table.index("FINDINGS, WORST FIRST") < table.index("SEPARATION") < table.index("KEYS")

    def test_has_one_line_where_all_is_verified(self) -> None:
        part = self.shown(audited(*[HOLDS] * 59)).partition("SEPARATION")[2].partition("KEYS")[0]

        assert part.strip().splitlines()[1:-1] == [
            "│ ✅ 59 of 59 accounts: own credentials, own connection, own balance, own      │",
            "│    orders                                                                    │",
        ]

    def test_groups_what_is_not(self) -> None:
        table = self.shown(audited(*[HOLDS] * 20, UNSEEN, UNSEEN, BROKEN))

        assert (
            "│ ✅ 20 of 23 accounts: own credentials, own connection, own balance, own      │\n"
            "│    orders                                                                    │\n"
            "│ ❌ own balance: investor_022                                                 │\n"
            "│    What: It is another's too.                                                │\n"
            "│ ❔ own balance, own orders: 2 accounts: investor_020, investor_021           │\n"
            "│    What: Not compared.                                                       │\n"
        ) in table

    def test_of_a_few_accounts_is_in_full_unless_asked_otherwise(self) -> None:
        few = audited(HOLDS, HOLDS)

        assert "INFO no-ip-allowlist: USER (investor_000) " in self.shown(few)
        assert "INFO no-ip-allowlist: 2 accounts: investor_000, investor_001 " in self.shown(few, fleet=True)

    def test_of_accounts_that_could_not_be_examined_claims_nothing(self) -> None:
        nothing = AccountAudit(account("a", None, Status.ERROR), (), None, (), None)

        table = self.shown(replace(audited(HOLDS), accounts=(nothing,)), fleet=True)

        assert "0 of" not in table
        assert "own credentials" not in table


def test_what_severity_a_group_has_orders_it() -> None:
    users = [replace(one, findings=(ANYWHERE, EXPIRES, WITHDRAW)) for one in investors(20)]
    users[5] = account("investor_005", None, Status.BUSY)

    said = re.findall(r"│ (❌ NOT|CRITICAL|WARNING|INFO)", shown(report(*users)))

    assert said == ["❌ NOT", *(severity.upper() for severity in Severity)]
