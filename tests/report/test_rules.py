"""The list of rules is whole, and whoever describes findings describes these: the guide, and the schema."""

from __future__ import annotations

import json
import re

from kraken_accounts.report.findings import Code, Severity
from kraken_accounts.report.rules import RULES, judge
from kraken_accounts.report.rules.evidence import AccountAuditEvidence, MemoryEvidence, RunAuditEvidence
from kraken_accounts.report.verdict import Status

from ..running import REPOSITORY

GUIDE = (REPOSITORY / "docs" / "MASTER_USER_ACCOUNT_SEPARATION_GUIDE.md").read_text(encoding="utf-8")
SCHEMA = json.loads((REPOSITORY / "docs" / "report-1.schema.json").read_text(encoding="utf-8"))
ROWS = re.findall(r"^\| `([a-z-]+)` \| ([a-z, ]+) \| (●?) ?\|", GUIDE, re.MULTILINE)

AUDIT_ONLY = (AccountAuditEvidence, RunAuditEvidence)
OF_A_CHECK = {rule.code for rule in RULES if rule.needs not in AUDIT_ONLY}


def severities(code: str) -> set[Severity]:
    return {rule.severity for rule in RULES if rule.code == code}


def test_every_code_has_a_rule() -> None:
    assert {rule.code for rule in RULES if isinstance(rule.code, Code)} == set(Code)


def test_an_audit_names_each_status_that_an_account_should_not_have_and_that_has_no_finding_of_its_own() -> None:
    fine = {Status.TRADING, Status.READ_ONLY, Status.DISABLED, Status.CONFLICT}

    assert {rule.code for rule in RULES if isinstance(rule.code, Status)} == set(Status) - fine


def test_no_rule_stands_there_twice() -> None:
    assert len({(rule.code, rule.severity, rule.needs) for rule in RULES}) == len(RULES)
    assert len({rule.find for rule in RULES}) == len(RULES)


def test_the_guide_has_a_row_for_each_finding_with_its_severity() -> None:
    assert sorted(code for code, _, _ in ROWS) == sorted(Code)
    for code, of_code, _ in ROWS:
        assert set(of_code.split(", ")) == severities(code), code


def test_the_guide_marks_what_a_check_finds() -> None:
    assert {code for code, _, mark in ROWS if mark} == OF_A_CHECK


def test_the_schema_names_what_a_check_finds() -> None:
    assert sorted(SCHEMA["$defs"]["finding"]["properties"]["code"]["examples"]) == sorted(OF_A_CHECK)


def test_a_rule_says_nothing_of_what_was_not_asked() -> None:
    assert [finding.code for finding in judge(MemoryEvidence(remembered=False))] == ["not-remembered"]
    assert list(judge(MemoryEvidence(remembered=True))) == []
