"""Checks leave points, through the front door: whose, of what, and when none."""

from __future__ import annotations

import json
import stat
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from kraken_accounts import MultiAccountBrokerManager, open_history
from kraken_accounts.config import load_settings
from kraken_accounts.history.model import Point, Series
from kraken_accounts.history.reading import Reader
from kraken_accounts.history.store import History
from kraken_accounts.memory.file import set_of

from ..conftest import Sandbox
from ..memory.support import swapped
from ..running import NO_KEYS, audit, check
from .conftest import opened
from .support import all_points, totals


@pytest.fixture
def home(sandbox: Sandbox, store: dict[str, str]) -> dict[str, str]:
    """The variables of the sample accounts, and of a store."""
    return {**sandbox.env, **store}


def recorded(history: History, env: Mapping[str, str]) -> dict[str, list[Point]]:
    """The points in dollars of each account that there is."""
    with history.reader(set_of(load_settings(env, NO_KEYS))) as reader:
        return {one.account.selector: all_points(reader, one.account.selector) for one in reader.series()}


def series_of(reader: Reader, selector: str) -> list[Series]:
    return [one for one in reader.series() if one.account.selector == selector]


def is_empty(state: Path) -> bool:
    return not [path for path in state.rglob("*") if path.name.startswith("history")]


def test_each_check_leaves_what_its_report_says(home: dict[str, str], history: History) -> None:
    reports = [json.loads(check("--format", "json", env=home).stdout) for _ in range(2)]

    found = recorded(history, home)
    # delta has no key, so nobody has asked it.
    assert sorted(found) == ["alpha", "bravo", "charlie", "master"]
    for row in reports[0]["accounts"][:4]:
        points = found[row["user_id"] or "master"]
        assert [f"{point.at:%Y-%m-%dT%H:%M:%SZ}" for point in points] == [one["generated_at"] for one in reports]
        figures = points[0].figures
        assert (figures.status, figures.total) == (row["status"], Decimal(row["total"]))
        assert (figures.complete, figures.whole) == (row["complete"], row["whole"])
        assert (figures.covers, figures.parts.earn) == (("spot",), None)
    with history.reader(set_of(load_settings(home, NO_KEYS))) as reader:
        (alpha,) = series_of(reader, "alpha")
        held = reader.holdings(alpha, "USD", found["alpha"][0]) or ()
        assert reader.standings(alpha, alpha.last_at, alpha.last_at + timedelta(days=1))[0].status == "trading"
    assets = reports[0]["accounts"][1]["assets"]
    assert [(one.asset, one.amount, one.price) for one in held] == [
        (one["asset"], Decimal(one["amount"]), Decimal(one["price"])) for one in assets
    ]
    parts = found["alpha"][0].figures.parts
    assert parts.available is not None
    assert parts.in_orders is not None
    total = found["alpha"][0].figures.total
    assert total is not None
    assert abs(parts.available + parts.in_orders - total) <= Decimal("0.01")


def test_the_file_is_nobody_elses(sandbox: Sandbox, tmp_path: Path) -> None:
    check(env={**sandbox.env, "XDG_STATE_HOME": str(tmp_path / "state")})

    file = tmp_path / "state" / "kraken-accounts" / "history.sqlite"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_no_figure_of_it_is_kept_as_a_float(sandbox: Sandbox, tmp_path: Path) -> None:
    import sqlite3

    for _ in range(2):
        check(env={**sandbox.env, "XDG_STATE_HOME": str(tmp_path / "state")})

    with sqlite3.connect(tmp_path / "state" / "kraken-accounts" / "history.sqlite") as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            for row in connection.execute(f"SELECT * FROM {table}"):
                assert not any(isinstance(value, float) for value in row), table
    connection.close()
    assert len(tables) > 5


class TestNothingIsRecorded:
    def test_where_that_is_left_out(self, sandbox: Sandbox, tmp_path: Path) -> None:
        env = {**sandbox.env, "XDG_STATE_HOME": str(tmp_path)}
        file = tmp_path / "config.toml"
        file.write_text("record = false\n")
        file.chmod(0o600)

        runs = [check("--no-record", env=env), check("--config", file, env=env)]

        assert [run.stderr for run in runs] == ["", ""]
        assert "not-recorded" not in runs[0].stdout + runs[1].stdout
        assert is_empty(tmp_path)
        check("--config", file, "--record", env=env)
        assert not is_empty(tmp_path)

    def test_of_sample_accounts(self, store: dict[str, str], history: History, tmp_path: Path) -> None:
        run = check("--demo", env=store)

        assert run.returncode == 1
        assert is_empty(tmp_path)
        with pytest.raises(Exception, match="nothing was recorded yet"), history.reader(""):
            pass

    def test_by_an_audit(self, sandbox: Sandbox, tmp_path: Path) -> None:
        audit(env={**sandbox.env, "XDG_STATE_HOME": str(tmp_path)})

        assert is_empty(tmp_path)

    def test_by_the_library_unless_it_is_told_where(self, home: dict[str, str], tmp_path: Path) -> None:
        settings = load_settings(home, NO_KEYS)
        with MultiAccountBrokerManager(settings) as manager:
            manager.check()
        assert is_empty(tmp_path)

        history = open_history()
        with MultiAccountBrokerManager(settings, history=history) as manager:
            report = manager.check()

        assert totals(recorded(history, home)["alpha"]) == ["6911.95"]
        assert [finding for finding in report.findings if finding.code == "not-recorded"] == []

    def test_where_no_account_was_asked(self, store: dict[str, str], tmp_path: Path) -> None:
        assert check(env=store).returncode == 2
        assert is_empty(tmp_path)


def test_a_selection_leaves_points_of_its_own_accounts_only(home: dict[str, str], history: History) -> None:
    check("--account", "alpha", env=home)
    for number in (1, 2, 3):
        check("--shard", f"{number}/3", env=home)

    counts = {selector: len(points) for selector, points in recorded(history, home).items()}
    assert counts == {"alpha": 2, "bravo": 1, "charlie": 1, "master": 1}


def test_accounts_of_another_exchange_or_file_are_others(
    home: dict[str, str], history: History, sandbox: Sandbox, tmp_path: Path
) -> None:
    check(env=home)
    file = sandbox.env_file(tmp_path)

    check("--env-file", file, env={name: home[name] for name in home if not name.startswith("KRAKEN_USER")})

    assert len(recorded(history, home)["alpha"]) == 1
    with history.reader(set_of(load_settings({}, file))) as reader:
        assert len(all_points(reader)) == 1


def test_the_totals_of_swapped_keys_are_nobodys_history(home: dict[str, str], history: History) -> None:
    check(env=home)
    check(env=swapped(home))
    check(env=home)

    found = recorded(history, home)
    assert totals(found["alpha"]) == ["6911.95", None, "6911.95"]
    assert totals(found["bravo"]) == ["6771.85", None, "6771.85"]
    assert [point.figures.status for point in found["alpha"]] == ["trading", "conflict", "trading"]
    with history.reader(set_of(load_settings(home, NO_KEYS))) as reader:
        assert len(reader.series()) == 4


def test_totals_in_another_currency_are_others(home: dict[str, str], history: History) -> None:
    check(env=home)
    check("--quote", "EUR", env=home)

    assert totals(recorded(history, home)["alpha"]) == ["6911.95"]
    with history.reader(set_of(load_settings(home, NO_KEYS))) as reader:
        assert len(all_points(reader, "alpha", "EUR")) == 1


def test_an_account_that_cannot_be_asked_has_a_point_that_says_so(
    home: dict[str, str], history: History, sandbox: Sandbox
) -> None:
    check(env=home)
    sandbox.exchange.replace_key(sandbox.env["KRAKEN_USER_ALPHA_API_KEY"], permissions=())

    check(env=home)

    known, unknown = recorded(history, home)["alpha"]
    assert known.figures.total == Decimal("6911.95")
    assert (unknown.figures.total, unknown.figures.whole, unknown.figures.covers) == (None, False, ())
    assert unknown.figures.status != "trading"


@pytest.mark.parametrize("name", ["table", "text", "json", "csv", "nagios", "prometheus"])
def test_recording_changes_nothing_of_a_report(sandbox: Sandbox, name: str) -> None:
    run, other = (check("--format", name, option, env=sandbox.env) for option in ("--record", "--no-record"))

    assert (run.returncode, run.stderr) == (other.returncode, "")
    assert run.stdout.count("\n") == other.stdout.count("\n")


def test_both_kinds_of_store_are_found_by_the_same_variables(store: dict[str, str]) -> None:
    """Which the other tests take for granted."""
    assert isinstance(opened(store), History)
