"""Reports read back from JSON: exactly what was written, and nothing that is at odds with itself."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_accounts import formats
from kraken_accounts.formats.json_reader import NotAReport, read_report
from kraken_accounts.kraken.public import Notice, SystemStatus
from kraken_accounts.report.findings import Code
from kraken_accounts.report.model import Part, Report
from kraken_accounts.shard import Shard

from ..faults.hostile import few_examples
from ..faults.whole_runs import Question, WholeRuns, all_answers
from .reports import EXPIRES, NOW, WITHDRAW, account, as_audit, holding, report
from .test_anything import findings, hostile_accounts, texts
from .test_json_schema import EVERYTHING, objects


def written(of: Report) -> str:
    return formats.load("json").render(of, formats.View())


def reread(of: Report) -> str:
    return written(read_report(written(of).encode()))


def refusal(text: str | bytes) -> str:
    """Why it is no report: one line that nothing in the file can play with."""
    with pytest.raises(NotAReport) as refused:
        read_report(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
    said = str(refused.value)
    assert said.isprintable()
    assert len(said) < 400
    return said


def with_slip(slip: Callable[[Any], object], of: Report = EVERYTHING) -> str:
    document = json.loads(written(of))
    slip(document)
    return json.dumps(document)


PART = report(account(), shard=Shard(2, 3))
WHOLE = replace(
    EVERYTHING,
    parts=(Part("part 1 of 2", Shard(1, 2), NOW, 3), Part("others.json", None, NOW, 0)),
)


@pytest.mark.parametrize(
    "of", [EVERYTHING, PART, WHOLE, report(), report(shard=Shard(1, 1)), report(account(), system_status=None)]
)
def test_what_is_read_is_what_was_written(of: Report) -> None:
    assert reread(of) == written(of)


@given(
    accounts=st.tuples(hostile_accounts(None), hostile_accounts("alpha"), hostile_accounts("o'neil")),
    status=st.none()
    | st.builds(
        SystemStatus, texts, st.lists(st.builds(Notice, st.dictionaries(texts, texts)), max_size=3).map(tuple)
    ),
    of_the_run=st.lists(findings, max_size=2).map(tuple),
    demo=st.booleans(),
    microseconds=st.integers(0, 10**10),
    shard=st.none() | st.just(Shard(2, 7)),
)
def test_any_report_is_read_to_the_last_digit(
    accounts: Any, status: Any, of_the_run: Any, demo: bool, microseconds: int, shard: Shard | None
) -> None:
    hostile = report(
        *accounts,
        system_status=status,
        findings=of_the_run,
        demo=demo,
        duration=timedelta(microseconds=microseconds),
        shard=shard,
    )

    assert reread(hostile) == written(hostile)


@pytest.fixture(scope="module")
def runs() -> Iterator[WholeRuns]:
    with WholeRuns() as runs:
        yield runs


@pytest.mark.soak
@few_examples
@given(answers=all_answers)
def test_a_report_of_whatever_a_server_sends_is_read_to_the_last_digit(
    runs: WholeRuns, answers: Mapping[Question, bytes]
) -> None:
    found = runs.outcome(answers).report

    assert reread(found) == written(found)


def test_every_format_shows_the_same_of_it() -> None:
    """Whatever a format shows is in the JSON: what is on hold beside a credit line, for instance."""
    lent = replace(holding("USD", "-20", "1"), credit=holding("USD", "100").amount)
    earning = replace(holding("BTC", "5", "33"), staked=Decimal(1), earn=Decimal(2), available=Decimal("2.5"))
    shown = replace(EVERYTHING, accounts=(*EVERYTHING.accounts[:1], account("bob", holdings=(lent, earning))))
    view = formats.View(assets=True, activity=True)

    for name in formats.NAMES:
        form = formats.load(name)
        assert form.render(read_report(written(shown).encode()), view) == form.render(shown, view), name


def test_what_a_later_version_adds_is_passed_over() -> None:
    document = json.loads(written(WHOLE))
    for found in list(objects(document)):
        found["something_new"] = {"of": 1.5}

    assert written(read_report(json.dumps(document).encode())) == written(WHOLE)


def test_each_field_that_is_left_out_is_missed() -> None:
    for number, found in enumerate(objects(json.loads(written(EVERYTHING)))):
        for field in found:
            document = json.loads(written(EVERYTHING))
            del list(objects(document))[number][field]
            assert refusal(json.dumps(document)).startswith(("has no ", "is not the report of a check")), field


@pytest.mark.parametrize(
    ("slip", "said"),
    [
        (lambda d: d.update(schema=2), "is of schema “2”, and this version reads schema 1"),
        (lambda d: d.update(schema=True), "is of schema true, "),
        (lambda d: d.update(schema=None), "is of schema null, "),
        (lambda d: d.update(demo="false"), "demo is “false”, which is no true or false"),
        (lambda d: d.update(generated_at="2026-11-22 10:00:00"), "which is no time in UTC"),
        (lambda d: d.update(generated_at="2026-02-30T10:00:00Z"), "which is no time in UTC"),
        (lambda d: d.update(duration_seconds="9" * 60), "which is no duration of a run"),
        (lambda d: d.update(duration_seconds="0.0000001"), "is at odds with itself: duration_seconds is "),
        (lambda d: d.update(quote=""), "quote is “”, which is no text on one line"),
        (lambda d: d.update(quote="\x1b[2J"), "which is no text on one line"),
        (lambda d: d.update(quote="U\u2028SD"), "which is no text on one line"),
        (lambda d: d.update(ok=True), "is at odds with itself: ok is true, but comes to false"),
        (lambda d: d.update(exit_code=True), "is at odds with itself: exit_code is true, but comes to “1”"),
        (lambda d: d.update(exit_code=1.0), "is at odds with itself: exit_code is “1.0”, but comes to “1”"),
        (lambda d: d.update(accounts={}), "accounts is an object of 0, which is no list"),
        (lambda d: d.update(accounts=[1]), "accounts[0] is “1”, not an object"),
        (lambda d: d.update(exchange=[]), "exchange is a list of 0, not an object"),
        (lambda d: d.update(shard={"index": 3, "of": 2}), "says of its shard: 3/2 is no part: "),
        (lambda d: d.update(shard={"index": -1, "of": 2}), "shard.index is “-1”, which is no count"),
        (lambda d: d["exchange"].update(emergency=["!"]), "which is no list of notices"),
        (lambda d: d["exchange"].update(name="other"), "itself: exchange.name is “other”, but comes to “k"),
        (lambda d: d["totals"].update(all="17.50"), "totals.all is “17.50”, but comes to “16.50”"),
        (lambda d: d["accounts"][0].update(total="1.65E+1"), "which is no decimal number as a string"),
        (lambda d: d["accounts"][0].update(total="NaN"), "which is no decimal number as a string"),
        (lambda d: d["accounts"][0].update(total="1" * 81), "which is no decimal number as a string"),
        (lambda d: d["accounts"][0].update(total=16.5), "which is no decimal number as a string"),
        (lambda d: d["accounts"][0].update(total="１6.50"), "which is no decimal number as a string"),
        (lambda d: d["accounts"][0].update(trading=False), "accounts[0].trading is false, but comes to true"),
        (lambda d: d["accounts"][0].update(unpriced=None), "unpriced is null, but comes to a list of 0"),
        (lambda d: d["accounts"][0].update(account_fingerprint="AA00"), "which is no fingerprint of an account"),
        (lambda d: d["accounts"][0]["assets"][0].update(value="34"), "value is “34”, but comes to “16.5”"),
        (lambda d: d["accounts"][0]["assets"][0].update(price_basis="ask"), "which is no basis of a price"),
        (lambda d: d["accounts"][1].update(label="USER (\u202e)"), "label is "),
        (lambda d: d["accounts"][1].update(user_id="Master"), "user_id is “Master”, which is no id of a user"),
        (lambda d: d["accounts"][1].update(user_id="unset"), "has one account twice"),
        (lambda d: d["accounts"][1].update(status="sleeping"), "no status that this version knows; take one"),
        (lambda d: d["accounts"][1].update(status=[]), "status is a list of 0, which is no status"),
        (lambda d: d["accounts"][1].update(remedy="\ud800"), "which is no text that can be shown"),
        (lambda d: d["accounts"][1]["findings"][0].update(code="moon"), "no code of a finding that this ver"),
        (lambda d: d["accounts"][1]["findings"][0].update(severity="fatal"), "is “fatal”, which is no severity"),
        (lambda d: d["findings"].pop(), "is at odds with itself: exchange.unknown is a list of 1, but comes to"),
    ],
)  # fmt: skip
def test_a_slip_is_found_and_named(slip: Callable[[Any], object], said: str) -> None:
    assert said in refusal(with_slip(slip))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\xff\xfe{", "is not JSON, or only a part of it"),
        (b"{" * 100_000, "is not JSON, or only a part of it"),
        (b"[" * 100_000, "is not JSON, or only a part of it"),
        (b'{"schema": NaN}', "is not JSON, or only a part of it: NaN is not a number"),
        (b'{"schema": 1, "schema": 1}', "is not JSON, or only a part of it: a name is there twice"),
        (b'{"schema": ' + b"1" * 5000 + b"}", "is not JSON, or only a part of it: Exceeds the limit"),
        (b'{"schema": 1e99999999999999999999}', "is not JSON, or only a part of it"),
        (b"[]", "is not the report of a check in JSON; make it with --format json"),
        (b"null", "is not the report of a check in JSON"),
        (b"{}", "is not the report of a check in JSON"),
        (b'{"schema": 1}', "has no exchange; make all reports with this version of kraken-accounts"),
    ],
    ids=range(13),
)
def test_what_is_no_report_is_refused(text: bytes, said: str) -> None:
    assert refusal(text).startswith(said)


@pytest.mark.parametrize("length", [1, 20, 300, -2, -3])
def test_half_a_report_is_refused(length: int) -> None:
    assert refusal(written(EVERYTHING)[:length]).startswith("is not JSON, or only a part of it")


def test_other_reports_are_refused() -> None:
    audit = formats.load("audit_json").render(as_audit(report(account())), formats.View())

    assert refusal(audit) == "is the report of an audit; combine takes those of `check`"
    for name in ("text", "csv", "prometheus", "nagios"):
        assert refusal(formats.load(name).render(EVERYTHING, formats.View())).startswith("is not JSON")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=8), below, max_size=4),
    max_leaves=10,
)


@given(data=st.data())
def test_one_wrong_value_in_a_good_report_is_read_or_refused(data: st.DataObject) -> None:
    document = copy.deepcopy(json.loads(written(WHOLE)))
    node = document
    while True:
        key = data.draw(st.sampled_from(list(node) if isinstance(node, dict) else range(len(node))))
        if not isinstance(node[key], dict | list) or not node[key] or data.draw(st.booleans()):
            break
        node = node[key]
    node[key] = data.draw(anything)
    spoilt = json.dumps(document).encode()
    try:
        found = read_report(spoilt)
    except NotAReport as refused:
        assert str(refused).isprintable()
    else:
        assert written(read_report(written(found).encode())) == written(found)


def test_critical_findings_that_say_that_accounts_are_missing_survive() -> None:
    short = report(account(), findings=(replace(WITHDRAW, code=Code.PART_MISSING), EXPIRES))

    assert not short.totals.complete
    assert re.search(r'"complete": false, "whole": false\}', reread(short))
