"""What runs remember of fills: by the Kraken account and not by its name, and never more than what was so."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kraken_accounts import MultiAccountBrokerManager
from kraken_accounts.config import load_settings
from kraken_sandbox import Fault, FaultKind

from ..running import NO_KEYS, check
from ..support import mostly_soak, sample_key, sample_secret
from ..trading import DAY, HOUR, MINUTE, Bourse, codes, open_bourse


@pytest.fixture
def bourse(tmp_path: Path) -> Iterator[Bourse]:
    with open_bourse(tmp_path / "state") as bourse:
        yield bourse


def memory_of(bourse: Bourse) -> Path:
    """The one file in which fills are remembered."""
    (path,) = bourse.state.rglob("fills-*.json")
    return path


def starts(bourse: Bourse) -> list[str | None]:
    """From when on trades were asked for, each time."""
    return [parameters.get("start") for parameters in bourse.asked()]


def test_the_next_run_asks_for_what_is_newer(bourse: Bourse) -> None:
    bourse.open("master", 3 * HOUR, 2 * HOUR)
    first = bourse.account("--activity")
    bourse.trade("master")

    second = bourse.account("--activity")

    last = int(bourse.exchange.clock() - 2 * 3600)
    none, start = starts(bourse)
    assert none is None
    assert start is not None
    assert last - 70 < int(start) < last - 50  # a minute earlier, for fills that are listed late
    assert [one["activity"]["fills_24h"] for one in (first, second)] == [2, 3]
    assert second["activity"]["volume_24h"] == "1920.00"
    assert second["activity"]["last_fill"]["time"] > first["activity"]["last_fill"]["time"]


def test_fills_of_more_than_24_hours_ago_count_no_more(bourse: Bourse) -> None:
    bourse.open("master", 20 * HOUR, HOUR)
    bourse.account("--activity")
    bourse.exchange.clock.advance(hours=10)

    found = bourse.account("--activity")["activity"]
    bourse.exchange.clock.advance(days=3)
    later = bourse.account("--activity")["activity"]

    assert [(one["fills_24h"], one["fills_24h_complete"]) for one in (found, later)] == [(1, True), (0, True)]
    assert later["last_fill"] == found["last_fill"]


def test_a_key_of_another_account_inherits_nothing(bourse: Bourse) -> None:
    """By the account's fingerprint: neither counts, nor the last fill, nor where to go on."""
    bourse.open("master", HOUR, 2 * HOUR)
    bourse.open("alpha", 3 * DAY)
    bourse.account("--activity")
    env = {
        **bourse.env,
        "KRAKEN_MASTER_API_KEY": sample_key("alpha"),
        "KRAKEN_MASTER_API_SECRET": sample_secret("alpha"),
        "KRAKEN_USER_ALPHA_API_KEY": "",
        "KRAKEN_USER_ALPHA_API_SECRET": "",
    }
    accepted = {**env, "KRAKEN_MASTER_IIBAN": "AA00SAMPLEALPHA"}

    shown = json.loads(check("--activity", "--account", "master", "--format", "json", env=accepted).stdout)

    (master,) = shown["accounts"]
    assert (master["status"], master["evidence"]) == ("trading", "permission")
    assert (master["activity"]["fills_24h"], starts(bourse)) == (0, [None, None])
    # The first account's are still known.
    bourse.account("--activity")
    assert starts(bourse)[2] is not None


def test_two_names_of_one_account_are_one(bourse: Bourse, tmp_path: Path) -> None:
    """A user that is renamed keeps what is known."""
    bourse.open("alpha", HOUR)
    bourse.account("--activity", name="alpha")
    env = {**bourse.env, "KRAKEN_USER_ALPHA_USER_ID": "alpha_the_second"}

    check("--activity", "--account", "alpha_the_second", env=env)

    assert starts(bourse)[1] is not None


def test_two_sets_of_accounts_know_nothing_of_each_other(bourse: Bourse, tmp_path: Path) -> None:
    bourse.open("master", HOUR)
    bourse.account("--activity")
    file = tmp_path / "keys.env"
    file.write_text(
        "".join(f"{name}={value}\n" for name, value in bourse.env.items() if name.startswith("KRAKEN_"))
    )
    file.chmod(0o600)

    for _ in range(2):
        check("--activity", "--env-file", file, env={"XDG_STATE_HOME": str(bourse.state)})

    assert [start is None for start in starts(bourse)] == [True, True, False]
    assert len(list(bourse.state.rglob("fills-*.json"))) == 2


def test_nothing_is_left_where_kraken_does_not_say_whose_account_it_is(bourse: Bourse) -> None:
    bourse.open("master", HOUR)
    body = json.dumps({"error": [], "result": {"permissions": ["query-funds", "query-closed-trades"]}})
    bourse.exchange.faults.add(Fault(FaultKind.BODY, endpoint="GetApiKeyInfo", text=body, times=None))

    for _ in range(2):
        assert bourse.account("--activity")["activity"]["fills_24h"] == 1

    assert starts(bourse) == [None, None]
    assert list(bourse.state.rglob("fills-*.json")) == []


def test_a_run_that_does_not_ask_forgets_nothing(bourse: Bourse) -> None:
    bourse.open("master", HOUR)
    bourse.open("alpha", HOUR)
    bourse.report("--activity")
    kept = memory_of(bourse).read_bytes()

    bourse.report()
    assert memory_of(bourse).read_bytes() == kept
    bourse.account("--activity", name="alpha")

    assert len(json.loads(memory_of(bourse).read_text())["accounts"]) == 2


def test_what_was_not_asked_for_a_month_is_forgotten(bourse: Bourse) -> None:
    bourse.open("master", HOUR)
    bourse.open("alpha", HOUR)
    bourse.report("--activity")
    content = json.loads(memory_of(bourse).read_text())
    for entry in content["accounts"].values():
        entry["asked_at"] = "2026-01-01T00:00:00+00:00"
    memory_of(bourse).write_text(json.dumps(content))

    bourse.account("--activity")

    assert len(json.loads(memory_of(bourse).read_text())["accounts"]) == 1


def test_only_its_owner_may_read_it(bourse: Bourse) -> None:
    bourse.open("master", HOUR)

    bourse.account("--activity")

    assert stat.S_IMODE(memory_of(bourse).stat().st_mode) == 0o600
    assert "SAMPLE" not in memory_of(bourse).read_text()  # nor does it tell the account's number


# --- a memory that cannot be believed ---------------------------------------------------------------------


def spoilt(change: Callable[[Any], object]) -> Callable[[str], str]:
    """The content of a file in which something of an account is otherwise."""

    def spoil(text: str) -> str:
        content = json.loads(text)
        for entry in content["accounts"].values():
            change(entry)
        return json.dumps(content)

    return spoil


@pytest.mark.parametrize(
    "spoil",
    mostly_soak(
        (
            lambda _: "",
            lambda _: "{",
            lambda _: "[]",
            lambda _: '{"version":1,"accounts":[]}',
            lambda _: '{"version":1}',
            lambda text: text[: len(text) // 2],
            spoilt(lambda entry: entry.pop("last")),
            spoilt(lambda entry: entry.update(last={})),
            spoilt(lambda entry: entry.update(last=["T1"])),
            spoilt(lambda entry: entry["last"].__setitem__(1, "soon")),
            spoilt(lambda entry: entry["last"].__setitem__(1, "2026-11-22T10:00:00")),
            spoilt(lambda entry: entry["last"].__setitem__(0, "\x1b[31m")),
            spoilt(lambda entry: entry["last"].__setitem__(4, "NaN")),
            spoilt(lambda entry: entry["last"].append("7")),
            spoilt(lambda entry: entry.update(recent=None)),
            spoilt(lambda entry: entry.update(recent=[7])),
            spoilt(lambda entry: entry.update(recent=entry["recent"] * 600)),
            spoilt(lambda entry: entry.update(whole_since=7)),
            spoilt(lambda entry: entry.update(asked_at=None)),
            # A file that a clock of the future has left.
            spoilt(lambda entry: entry.update(asked_at="2099-01-01T00:00:00+00:00")),
            spoilt(lambda entry: entry["last"].__setitem__(1, "2099-01-01T00:00:00+00:00")),
        ),
        7,
    ),
)
def test_what_is_damaged_is_asked_anew(bourse: Bourse, spoil: Callable[[str], str]) -> None:
    bourse.open("master", HOUR, 2 * HOUR)
    bourse.account("--activity")
    memory_of(bourse).write_text(spoil(memory_of(bourse).read_text()))

    found = bourse.account("--activity")
    again = bourse.account("--activity")

    assert starts(bourse)[:2] == [None, None]
    assert (found["activity"]["fills_24h"], found["activity"]["fills_24h_complete"]) == (2, True)
    assert codes(found) == codes(again) == ["no-ip-allowlist"]
    assert starts(bourse)[2] is not None


def test_a_later_version_keeps_its_own(bourse: Bourse) -> None:
    bourse.open("master", HOUR)
    bourse.account("--activity")
    later = memory_of(bourse).read_text().replace('"version": 1', '"version": 2')
    memory_of(bourse).write_text(later)

    found = bourse.account("--activity")

    assert (found["activity"]["fills_24h"], starts(bourse)) == (1, [None, None])
    assert memory_of(bourse).read_text() == later


def test_a_last_fill_that_kraken_does_not_list_any_more_is_forgotten(bourse: Bourse) -> None:
    bourse.open("master", 2 * HOUR)
    bourse.trade("master", HOUR)
    bourse.account("--activity")
    trades = bourse.exchange.state.accounts["master"].trades
    trades.popitem()

    second, third = (bourse.account("--activity") for _ in range(2))

    assert codes(second, "activity-unknown") == ["activity-unknown"]
    assert second["activity"]["fills_24h"] is None
    assert (third["activity"]["fills_24h"], codes(third, "activity-unknown")) == (1, [])
    assert [start is None for start in starts(bourse)] == [True, False, True]


def test_a_state_directory_that_cannot_be_used_stops_nothing(bourse: Bourse, tmp_path: Path) -> None:
    bourse.open("master", HOUR)
    bourse.state.mkdir()
    (bourse.state / "kraken-accounts").write_text("a file where the folder should be")

    found = bourse.account("--activity")

    assert (found["activity"]["fills_24h"], found["status"]) == (1, "trading")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_file_that_cannot_be_written_stops_nothing(bourse: Bourse) -> None:
    bourse.open("master", HOUR)
    bourse.account("--activity")
    folder = memory_of(bourse).parent
    folder.chmod(0o500)
    try:
        assert bourse.account("--activity")["activity"]["fills_24h"] == 1
    finally:
        folder.chmod(0o700)


# --- several at once ----------------------------------------------------------------------------------------


def test_runs_at_once_lose_nothing(bourse: Bourse) -> None:
    names = ("master", *(f"u{number}" for number in range(5)))
    for name in names:
        bourse.open(name, HOUR)

    with ThreadPoolExecutor(len(names)) as runs:
        list(runs.map(lambda name: bourse.account("--activity", name=name), names))

    assert len(json.loads(memory_of(bourse).read_text())["accounts"]) == len(names)


def test_a_manager_that_checks_again_goes_on_where_it_was(bourse: Bourse, monkeypatch: pytest.MonkeyPatch) -> None:
    bourse.open("master", HOUR)
    monkeypatch.setenv("XDG_STATE_HOME", str(bourse.state))
    with MultiAccountBrokerManager(load_settings(bourse.env, NO_KEYS)) as manager:
        manager.check(idle_after=timedelta(minutes=5))
        bourse.trade("master")
        report = manager.check(activity=True)
    with MultiAccountBrokerManager(load_settings(bourse.env, NO_KEYS), remember=False) as forgetful:
        forgetful.check(activity=True)

    activity = report.accounts[0].activity
    assert activity is not None
    assert (activity.fills, activity.fills_complete) == (2, True)
    assert activity.last_fill is not None
    assert activity.as_of - activity.last_fill.time < MINUTE
    assert [start is None for start in starts(bourse)] == [True, False, True]
