"""Since when an account has its status, and for how many checks: in every format; for people, where it is bad."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta

import pytest

from kraken_accounts.formats import View, load
from kraken_accounts.report.known import Standing
from kraken_accounts.report.verdict import Status

from ..conftest import Sandbox
from ..formats.reports import NOW, account, as_audit, report
from ..running import audit, check
from .support import ALPHA, checked

TODAY = NOW - timedelta(hours=2)
BROKEN = report(
    account(None),
    account("alpha", standing=Standing(TODAY, 40)),
    account("bravo", "5.00", Status.REJECTED, standing=Standing(TODAY, 3)),
    account("charlie", "5.00", Status.REJECTED, standing=Standing(TODAY - timedelta(days=1), 288)),
    account("delta", "5.00", Status.REJECTED, standing=Standing(NOW, 1)),
)


def shown(name: str, view: View) -> list[str]:
    lines = load(name).render(BROKEN, view).splitlines()
    return [re.sub(r"[│ ]+$|^[│ ]+", "", line) for line in lines]


@pytest.mark.parametrize("name", ["text", "table"])
def test_stands_behind_the_phrase_of_what_is_wrong(name: str) -> None:
    words = "\n".join(shown(name, View()))

    assert "❌ USER (bravo) is NOT trading on Kraken — since 08:00 UTC, 3 checks" in words
    assert "❌ USER (charlie) is NOT trading on Kraken — since 2026-11-21 08:00 UTC, 288 checks" in words
    assert "USER (alpha) is trading on Kraken —" not in words
    assert "USER (delta) is NOT trading on Kraken —" not in words
    assert words.count("checks") == 2


@pytest.mark.parametrize("fleet", [True, False])
def test_stands_in_the_tables_of_an_audit_too(fleet: bool) -> None:
    words = load("audit_table").render(as_audit(BROKEN), View(fleet=fleet))
    narrow = load("audit_table").render(as_audit(BROKEN), View(fleet=fleet, width=80))

    assert "❌ USER (bravo) is NOT trading on Kraken — since 08:00 UTC, 3 checks" in words
    assert "❌ USER (delta) is NOT trading on Kraken " in words
    assert "is trading on Kraken" not in words
    assert "since 08:00 UTC, 3 checks" in narrow
    assert max(map(len, narrow.splitlines())) <= 80


@pytest.mark.parametrize("fleet", [True, False])
def test_gives_way_to_the_phrase_on_a_narrow_terminal(fleet: bool) -> None:
    lines = shown("table", View(width=80, fleet=fleet))

    at = next(n for n, line in enumerate(lines) if line.startswith("❌ USER (bravo) is NOT trading on Kraken"))
    assert "since 08:00 UTC, 3 checks" in " ".join(lines[at : at + 2])
    assert max(map(len, lines)) <= 80


def test_does_without_a_dash_that_an_encoding_lacks() -> None:
    assert any(
        "[FAIL] USER (bravo) is NOT trading on Kraken - since 08:00" in line
        for line in shown("text", View(encoding="ascii"))
    )


def test_is_for_monitors_too() -> None:
    assert "USER (bravo): rejected since 08:00 UTC, 3 checks: It is rejected" in load("nagios").render(
        BROKEN, View()
    )
    samples = load("prometheus").render(BROKEN, View())
    whose = '{account="bravo",account_type="user"}'
    assert f"kraken_accounts_account_status_checks{whose} 3.0\n" in samples
    (since,) = re.findall(f"status_since_timestamp_seconds{re.escape(whose)} (.*)", samples)
    assert float(since) == TODAY.timestamp()


def test_is_for_programs_too() -> None:
    bravo = json.loads(load("json").render(BROKEN, View()))["accounts"][2]
    master = json.loads(load("json").render(BROKEN, View()))["accounts"][0]
    row = list(csv.DictReader(io.StringIO(load("csv").render(BROKEN, View()), newline="")))[2]

    assert (bravo["since"], bravo["checks"]) == (row["since"], int(row["checks"])) == ("2026-11-22T08:00:00Z", 3)
    assert (master["since"], master["checks"]) == (None, None)


def test_counts_checks_and_audits_until_the_status_is_another(home: dict[str, str], sandbox: Sandbox) -> None:
    first = json.loads(check("--format", "json", env=home).stdout)
    second = json.loads(audit("--format", "json", env=home).stdout)["accounts"][1]
    sandbox.exchange.revoke_key(sandbox.env[f"{ALPHA}_API_KEY"])
    broken = [checked(home) for _ in range(3)]
    text = check("--format", "text", env=home).stdout

    alpha = first["accounts"][1]
    assert (alpha["since"], alpha["checks"]) == (first["generated_at"], 1)
    assert (second["since"], second["checks"]) == (first["generated_at"], 2)
    standings = [found.accounts[1].standing for found in broken]
    assert standings == [Standing(broken[0].generated_at, number) for number in (1, 2, 3)]
    since = f"{broken[0].generated_at:%H:%M}"
    assert f"❌ USER (alpha) is NOT trading on Kraken — since {since} UTC, 4 checks" in text


def test_is_not_known_in_a_demo() -> None:
    demo = json.loads(check("--demo", "--format", "json").stdout)

    assert {(a["since"], a["checks"]) for a in demo["accounts"]} == {(None, None)}
