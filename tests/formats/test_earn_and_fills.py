"""What formats for programs make of amounts in Earn and of last fills that are out of the ordinary."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kraken_accounts.formats import View, load
from kraken_accounts.kraken.earn import EarnState
from kraken_accounts.kraken.earn_counting import CountedIn, EarnEntry
from kraken_accounts.report.model import Report
from kraken_accounts.report.wallets import Coverage

from .reports import account, activity, report

SOON, LATER = datetime(2027, 1, 2, tzinfo=UTC), datetime(2027, 2, 3, tzinfo=UTC)
ASKED = Coverage(spot=True, earn=True, margin=True)
PROMTOOL = shutil.which("promtool")


def earning(*entries: EarnEntry) -> Report:
    return report(account("a", coverage=ASKED, earn=entries), with_wallets=True)


def entry(
    amount: str,
    state: EarnState | None = EarnState.UNBONDING,
    until: datetime | None = None,
    counted_in: CountedIn | None = CountedIn.EARN,
    asset: str = "DOT",
) -> EarnEntry:
    return EarnEntry(asset, Decimal(amount), state, until, counted_in)


def rendered(name: str, of: Report) -> str:
    return load(name).render(of, View())


def samples(of: Report, name: str) -> Mapping[tuple[str, ...], float]:
    """Those of one metric, by their labels but for the account's."""
    found: dict[tuple[str, ...], float] = {}
    for family in text_string_to_metric_families(rendered("prometheus", of)):
        for sample in family.samples if family.name == f"kraken_accounts_account_{name}" else ():
            labels = {key: value for key, value in sample.labels.items() if not key.startswith("account")}
            key = tuple(labels[label] for label in sorted(labels))
            assert key not in found, "Prometheus would refuse the whole file"
            found[key] = sample.value
    return found


def test_what_is_alike_in_earn_is_one_sample_until_the_first_of_it_ends() -> None:
    of = earning(
        entry("0.1", until=LATER),
        entry("0.2", until=SOON),
        entry("5"),
        entry("7", counted_in=CountedIn.SPOT),
    )

    assert samples(of, "earn_amount") == {("DOT", "earn", "unbonding"): 5.3, ("DOT", "spot", "unbonding"): 7}
    assert samples(of, "earn_until_timestamp_seconds") == {("DOT", "unbonding"): SOON.timestamp()}


def test_what_is_not_known_of_an_amount_in_earn_is_called_so() -> None:
    of = earning(
        entry("1", None, None, None),
        entry("2", EarnState.PENDING, None, None),
        entry("3", EarnState.EXIT_QUEUE, None, CountedIn.SPOT),
    )

    assert samples(of, "earn_amount") == {
        ("DOT", "unknown", "unknown"): 1,
        ("DOT", "unknown", "pending"): 2,
        ("DOT", "spot", "exit_queue"): 3,
    }
    (row,) = csv.DictReader(io.StringIO(rendered("csv", of), newline=""))
    assert row["earn_entries"] == (
        "DOT 1 unknown unknown unknown; DOT 2 pending - unknown; DOT 3 exit_queue unknown spot"
    )


@pytest.mark.parametrize(("earn", "cell"), [((), ""), (None, "")])
def test_nothing_in_earn_and_nothing_known_of_it_are_told_apart_by_the_coverage(
    earn: tuple[EarnEntry, ...] | None, cell: str
) -> None:
    coverage = replace(ASKED, earn=earn is not None)
    of = report(account("a", coverage=coverage, earn=earn), with_wallets=True)

    (row,) = csv.DictReader(io.StringIO(rendered("csv", of), newline=""))
    assert (row["earn_entries"], row["not_learned"]) == (cell, "" if earn is not None else "earn")
    assert samples(of, "earn_amount") == {}
    assert samples(of, "wallet_known")[("earn",)] == (earn is not None)


@pytest.mark.parametrize("name", ['"} 1\nup 1', "=cmd|' /C calc'!A0", "a;b c", "\\", "☃", "\x1b[31m", "|"])
def test_hostile_names_stay_names(name: str) -> None:
    doing = activity()
    assert doing.last_fill is not None
    doing = replace(doing, last_fill=replace(doing.last_fill, pair=name, side=name))
    of = report(account("a", coverage=ASKED, earn=(entry("1", asset=name),), activity=doing), with_wallets=True)

    assert list(samples(of, "earn_amount").values()) == [1]
    assert list(samples(of, "last_fill_info").values()) == [1]
    assert samples(of, "last_fill_price") == {(): 64250.1}
    (row,) = csv.DictReader(io.StringIO(rendered("csv", of), newline=""))
    assert not row["earn_entries"].startswith("=")
    lines = rendered("nagios", of).splitlines()
    # No second sign that figures begin with, and a line for each thing.
    assert "".join(lines).count("|") == 1
    assert len([line for line in lines if line.startswith("USER (a): Earn: ")]) == 1
    if PROMTOOL:
        subprocess.run([PROMTOOL, "check", "metrics"], input=rendered("prometheus", of), text=True, check=True)


def test_a_plugin_says_no_more_than_a_monitor_reads_and_how_much_it_leaves_out() -> None:
    many = report(
        *(account(f"user{n:03}", coverage=ASKED, activity=activity()) for n in range(500)), with_wallets=True
    )

    text = rendered("nagios", many)

    assert 7900 < len(text.encode()) < 8192
    first, *details, last = text.splitlines()
    assert len(first) <= 4000
    assert details[0] == "USER (user000): Last fill: 2026-11-22 09:46:00 UTC, buy 0.01 BTC/USD at 64250.1"
    told = int(last.removeprefix("and ").removesuffix(" more lines"))
    # Of each four lines of what it does, one of its wallets, and one of its margin.
    assert len(details) + told == 500 * 6
