"""The JSON Schema for programs: what the command writes satisfies it, and it lets no slip through."""

from __future__ import annotations

import copy
import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from kraken_accounts import CountedIn, Coverage, EarnEntry, EarnState, Wallets
from kraken_accounts.formats import View, load
from kraken_accounts.kraken.orders import OpenPosition
from kraken_accounts.kraken.public import Notice, SystemStatus
from kraken_accounts.report.differences import Change, Gains, RunningGain
from kraken_accounts.report.findings import Accepted, Code, Finding, Severity
from kraken_accounts.report.known import Standing
from kraken_accounts.report.model import Report
from kraken_accounts.report.news import News, NewsKind
from kraken_accounts.report.verdict import Status

from ..conftest import Sandbox
from ..running import REPOSITORY, check
from .reports import (
    ANYWHERE,
    EXPIRES,
    FIRST,
    NOW,
    WITHDRAW,
    YESTERDAY,
    account,
    activity,
    changed,
    holding,
    report,
)

SCHEMA: dict[str, Any] = json.loads((REPOSITORY / "docs" / "report-1.schema.json").read_text(encoding="utf-8"))


def closed(schema: Any) -> Any:
    """The same schema, not open to additions: what satisfies it has no field that is not described."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {name: closed(part) for name, part in schema.items()}
    return {"additionalProperties": False, **parts} if "required" in parts and "properties" in parts else parts


OPEN = Draft202012Validator(SCHEMA)
CLOSED = Draft202012Validator(closed(SCHEMA))


def faults(document: Any, validator: Draft202012Validator = OPEN) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]


def written(of: Report) -> Any:
    """What the format writes; a float in it would fail the test."""
    return json.loads(load("json").render(of, View()), parse_float=lambda text: pytest.fail(f"a float: {text}"))


EVERYTHING = report(
    account(
        None,
        "16.50",
        Status.TRADING,
        None,
        EXPIRES,
        holdings=(holding("BTC", "0.5", "33"), holding("XRT", "1E+3")),
        complete=False,
        coverage=Coverage(spot=True, earn=True, margin=False),
        wallets=Wallets(Decimal("9.90"), Decimal("6.60"), None),
        earn=(
            EarnEntry("BTC", Decimal("0.2"), EarnState.UNBONDING, YESTERDAY, CountedIn.EARN),
            EarnEntry("BTC", Decimal("0.1"), EarnState.EXIT_QUEUE, None, CountedIn.SPOT),
            EarnEntry("BTC", Decimal("1E+1"), None, None, None),
        ),
        equity=Decimal("382.2032"),
        open_orders=(),
        open_positions=(OpenPosition("T1", "XETHZUSD", "buy", Decimal(1), Decimal(0), Decimal(9), Decimal(-1)),),
        activity=activity(),
        change=changed("12.50", "4.00", "32"),
        expected=Status.READ_ONLY,
    ),
    account(
        "o'neil",
        None,
        Status.REJECTED,
        "no",
        WITHDRAW,
        ANYWHERE,
        change=Change(False, "trading", Decimal(1)),
        activity=activity(None, volume=None, volume_complete=False, oldest_order_at=None),
        standing=Standing(YESTERDAY, 3),
    ),
    account("unset", None, Status.NOT_CONFIGURED, api_key=None, change=FIRST),
    findings=(
        replace(EXPIRES, accepted=Accepted("no fixed address", date(2026, 12, 31))),
        replace(ANYWHERE, accepted=Accepted("for ever", None)),
        Finding(Code.PUBLIC_DATA_MISSING, Severity.WARNING, "Kraken did not tell prices", "Again."),
    ),
    system_status=SystemStatus("online", (Notice({"": "soon"}),), (Notice({"title": "now"}),)),
    change=changed("12.50", "4.00", "32"),
    changed_since=YESTERDAY,
    with_wallets=True,
    gains=Gains(RunningGain(YESTERDAY, Decimal(1), Decimal(0), Decimal("-2.50"), True), RunningGain(YESTERDAY)),
)

NO_TIME_WAS_ASKED_FOR = {"asked": None, "far": False, "deposits": None, "withdrawals": None}


class TestCommand:
    """Real outputs, each field of which is described."""

    def test_of_the_samples_in_all_their_detail(self, sandbox: Sandbox, tmp_path: Path) -> None:
        sandbox.exchange.set_system_status(
            "online",
            upcoming_maintenance=[{"name": "DOT", "begin": 1}],
            emergency=[{"title": "XRP", "codes": [1]}],
        )
        env = {**sandbox.env, "XDG_STATE_HOME": str(tmp_path)}
        arguments = ("--format", "json", "--activity", "--wallets", "--since-last", "--min-total", "user=*=6800")
        first = json.loads(check(*arguments, env=env).stdout)
        sandbox.exchange.revoke_key(sandbox.env["KRAKEN_USER_ALPHA_API_KEY"])

        second = json.loads(check(*arguments, env=env).stdout)

        assert faults(first, CLOSED) == faults(second, CLOSED) == []
        assert first["accounts"][1]["open_orders"] != [] != first["accounts"][2]["open_positions"]
        assert first["accounts"][0]["earn"] != []
        assert first["change"] == {
            "since": None,
            "first": True,
            "previous_total": None,
            "amount": None,
            "percent": None,
            **NO_TIME_WAS_ASKED_FOR,
        }
        assert second["change"]["since"] == first["generated_at"]
        # A sum without alpha is no fall.
        assert (second["change"]["amount"], second["change"]["percent"]) == (None, None)
        assert second["accounts"][1]["change"] == {
            "previous_status": "trading",
            "since": first["generated_at"],
            "first": False,
            "previous_total": "6911.95",
            "amount": None,
            "percent": None,
            **NO_TIME_WAS_ASKED_FOR,
        }

    def test_of_a_demo(self) -> None:
        demo = json.loads(check("--demo", "--quote", "BTC", "--format", "json").stdout)

        assert faults(demo, CLOSED) == []
        assert 0 < Decimal(demo["duration_seconds"]) < 60
        assert demo["change"] is demo["accounts"][0]["change"] is None

    def test_with_news(self, sandbox: Sandbox, tmp_path: Path) -> None:
        env = {**sandbox.env, "XDG_STATE_HOME": str(tmp_path)}
        arguments = ("--format", "json", "--news")
        begin = json.loads(check(*arguments, env=env).stdout)
        sandbox.exchange.revoke_key(sandbox.env["KRAKEN_USER_ALPHA_API_KEY"])
        sandbox.exchange.set_system_status("online", emergency=[{"title": "XRP"}])
        broken = json.loads(check(*arguments, env=env).stdout)
        sandbox.exchange.set_system_status("online")
        gone = json.loads(check(*arguments, env=env).stdout)

        assert faults(begin, CLOSED) == faults(broken, CLOSED) == faults(gone, CLOSED) == []
        assert [item["kind"] for item in broken["news"]] == ["broken", "came"]
        assert [(item["kind"], item["code"]) for item in gone["news"]] == [("went", "emergency")]

    def test_of_nothing_configured(self) -> None:
        nothing = json.loads(check("--format", "json").stdout)

        assert faults(nothing, CLOSED) == []
        assert (nothing["exit_code"], nothing["ok"]) == (2, False)

    def test_of_a_kraken_that_is_down(self, sandbox: Sandbox) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            url = f"http://127.0.0.1:{server.getsockname()[1]}"

        down = json.loads(check("--format", "json", env={**sandbox.env, "KRAKEN_API_URL": url}).stdout)

        assert faults(down, CLOSED) == []
        assert down["exchange"]["status"] is down["totals"]["all"] is down["accounts"][0]["assets"] is None
        assert (down["exit_code"], down["exchange"]["unknown"] != []) == (3, True)

    @pytest.mark.parametrize("mode", ["maintenance", "post_only"])
    def test_of_a_restricted_market(self, sandbox: Sandbox, mode: str) -> None:
        sandbox.exchange.set_system_status(mode)

        assert faults(json.loads(check("--format", "json", env=sandbox.env).stdout), CLOSED) == []


class TestFormat:
    @pytest.mark.parametrize("status", Status)
    def test_of_every_status(self, status: Status) -> None:
        assert faults(written(report(account("a", None, status), account("b"))), CLOSED) == []

    @pytest.mark.parametrize("kind", NewsKind)
    def test_of_every_kind_of_news(self, kind: NewsKind) -> None:
        item = News(kind, account("a").account, Status.TRADING, None, None, "", "", NOW, timedelta(1), Status.BUSY)
        finding = News(
            kind, None, None, Code.EMERGENCY, Severity.WARNING, "said", "Look.", NOW, None, Severity.CRITICAL,
            Accepted("known", None),
        )  # fmt: skip
        view = View(news=(item, finding, News(kind, None)))

        document = json.loads(load("json").render(report(account("a")), view))

        assert faults(document, CLOSED) == []
        assert document["news"][0]["after_seconds"] == 86400

    def test_of_everything_there_can_be(self) -> None:
        document = written(EVERYTHING)

        assert faults(document, CLOSED) == []
        assert document["duration_seconds"] == "1.25"
        assert document["accounts"][0]["unpriced"][0]["amount"] == "1000"
        assert document["accounts"][0]["change"] == {
            "previous_status": "trading",
            "since": "2026-11-21T10:00:00Z",
            "first": False,
            "previous_total": "12.50",
            "amount": "4.00",
            "percent": "32",
            **NO_TIME_WAS_ASKED_FOR,
        }

    @pytest.mark.parametrize(
        ("duration", "expected"),
        [
            (timedelta(0), "0"),
            (timedelta(microseconds=1), "0.000001"),
            (timedelta(seconds=10), "10"),
            (timedelta(days=1, milliseconds=20), "86400.02"),
        ],
    )
    def test_of_durations(self, duration: timedelta, expected: str) -> None:
        document = written(report(account("a"), duration=duration))

        assert document["duration_seconds"] == expected
        assert faults(document) == []

    def test_of_what_only_some_assets_have(self) -> None:
        held = replace(holding("BTC", "0.5", "33"), staked=Decimal("0.1"), earn=Decimal("0.2"), credit=Decimal(3))
        document = written(report(account("a", holdings=(held,))))

        (asset,) = document["accounts"][0]["assets"]
        assert (asset["staked"], asset["earn"], asset["credit"]) == ("0.1", "0.2", "3")
        assert faults(document, CLOSED) == []

    def test_of_500_accounts(self) -> None:
        assert faults(written(report(*(account(f"user{n}") for n in range(500)))), CLOSED) == []


def objects(document: Any) -> Iterator[dict[str, Any]]:
    """Every object in it, but those whose fields are names of users or Kraken's own."""
    if isinstance(document, dict):
        yield document
    for name, part in document.items() if isinstance(document, dict) else enumerate(document):
        if isinstance(part, dict | list) and name not in ("users", "upcoming_maintenance", "emergency"):
            yield from objects(part)


def with_slip(slip: Callable[[Any], object]) -> Any:
    document = copy.deepcopy(written(EVERYTHING))
    slip(document)
    return document


class TestSchema:
    def test_is_one(self) -> None:
        Draft202012Validator.check_schema(SCHEMA)

    def test_describes_each_field(self) -> None:
        def fields(schema: Any) -> Iterator[tuple[str, Any]]:
            for name, part in schema.items() if isinstance(schema, dict) else enumerate(schema):
                if name == "properties" and "required" in schema:
                    yield from part.items()
                if isinstance(part, dict | list):
                    yield from fields(part)

        described = list(fields(SCHEMA))
        assert len(described) > 60
        assert [name for name, field in described if not field.get("description", "").endswith((".", ":"))] == []

    def test_is_open_to_additions(self) -> None:
        document = written(EVERYTHING)
        for found in list(objects(document)):
            found["something_new"] = {"of": 1}

        assert faults(document) == []
        assert faults(document, CLOSED) != []

    @pytest.mark.soak
    def test_misses_each_field_that_is_left_out(self) -> None:
        """All fields are there always, but an unpriced asset's price and value, and a priced one's reason."""
        for number, found in enumerate(objects(written(EVERYTHING))):
            for field in found:
                document = written(EVERYTHING)
                del list(objects(document))[number][field]
                assert faults(document) != [], field

    @pytest.mark.parametrize(
        "slip",
        [
            lambda d: d.update(schema=2),
            lambda d: d.update(demo="false"),
            lambda d: d.update(generated_at="2026-11-22 10:00:00"),
            lambda d: d.update(duration_seconds=1.25),
            lambda d: d.update(exit_code=130),
            lambda d: d.update(ok=True),
            lambda d: d["totals"].update(all=16.5),
            lambda d: d["totals"].update(all="16.5 USD"),
            lambda d: d["totals"]["users"].update(unset=0),
            lambda d: d["accounts"][0].update(total=16.5),
            lambda d: d["accounts"][0].update(total="1,650.00"),
            lambda d: d["accounts"][0].update(total="1.65E+1"),
            lambda d: d["accounts"][0].update(total="$16.50"),
            lambda d: d["accounts"][0].update(total=""),
            lambda d: d["accounts"][0].update(trading=False),
            lambda d: d["accounts"][0].update(reason="no"),
            lambda d: d["accounts"][0].update(user_id="master"),
            lambda d: d["accounts"][0].update(api_key="SMPL-whole-key"),
            lambda d: d["accounts"][0]["assets"][0].update(value=None),
            lambda d: d["accounts"][0]["assets"][0].update(amount=0.5),
            lambda d: d["accounts"][0]["change"].update(percent=32),
            lambda d: d["accounts"][1].update(user_id=None),
            lambda d: d["accounts"][1].update(status="sleeping"),
            lambda d: d["accounts"][1].update(reason=None),
            lambda d: d["accounts"][1].update(complete=True),
            lambda d: d["accounts"][1].update(whole=True),
            lambda d: d["exchange"].update(url=None),
            lambda d: d["accounts"][1]["findings"][0].update(severity="fatal"),
            lambda d: d["findings"][0].update(remedy=None),
            lambda d: d["exchange"]["unknown"].append(None),
            lambda d: d["change"].update(since="yesterday"),
            lambda d: d.update(news=None),
            lambda d: d.update(news=[{"kind": "broken"}]),
        ],
    )
    def test_finds_the_slip(self, slip: Callable[[Any], object]) -> None:
        assert len(faults(with_slip(slip))) >= 1
