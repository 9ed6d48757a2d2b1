"""`kraken-accounts history` through the front door: what each account has made."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kraken_accounts.config import load_settings
from kraken_accounts.history.store import History, open_history
from kraken_accounts.memory.file import set_of
from kraken_sandbox import EarnAllocation, EarnStrategy, Exchange, SandboxServer

from ..conftest import Sandbox
from ..history.support import check, seen
from ..running import CONSOLE_SCRIPT, NO_KEYS, environment, history_command, history_on_terminal
from ..running import check as run_check
from ..support import open_account, variables

NOW = datetime.now(UTC)
SAMPLES = ("master", "alpha", "bravo", "charlie")
ALPHA = ("--account", "alpha")
LABELS = ["MASTER", "USER (alpha)", "USER (bravo)", "USER (charlie)"]
FIGURES = ("start", "deposits", "withdrawals", "gain", "unexplained", "end")


@pytest.fixture
def env(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The sample accounts, with a state directory of this test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return {**sandbox.env, "XDG_STATE_HOME": str(tmp_path / "state")}


def recorded(env: Mapping[str, str], days: int = 10, quote: str = "USD") -> History:
    """A store with a point a day of each sample account, which has gained a dollar a day."""
    history, whose = open_history(), set_of(load_settings(env, NO_KEYS))
    for number in range(days + 1):
        ones = [seen(label, str(1000 + number), {"USD": "1000"}, fingerprint=None) for label in SAMPLES]
        history.record(whose, check(NOW - timedelta(days=days - number, minutes=5), *ones, quote=quote, USD="1"))
    return history


def as_json(*arguments: str, env: Mapping[str, str]) -> Any:
    run = history_command("--format", "json", *arguments, env=env)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


# --- the demo -------------------------------------------------------------------------------------------


@pytest.fixture
def demo(tmp_path: Path) -> Any:
    """Its report; it leaves nothing behind."""
    env = {f"XDG_{name}_HOME": str(tmp_path / name) for name in ("STATE", "CACHE", "CONFIG")}
    run = history_command("--demo", "--format", "json", env=env)
    assert (run.returncode, run.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []
    return json.loads(run.stdout)


def test_the_demo_tells_of_a_month_with_everything_in_it(demo: Any) -> None:
    assert [one["label"] for one in demo["accounts"]] == [
        "MASTER",
        "USER (alpha)",
        "USER (bravo)",
        "USER (charlie)",
    ]
    for one in (*demo["accounts"], demo["all"]):
        assert one["complete"], one["notes"]
        figures = {
            name: Decimal(one[name]) for name in ("start", "deposits", "withdrawals", "gain", "unexplained", "end")
        }
        assert figures["unexplained"] == 0
        assert figures["start"] + figures["deposits"] - figures["withdrawals"] + figures["gain"] == figures["end"]
        assert Decimal(one["fees"]) > 0
        assert len(one["days"]) == 31
    master, alpha, *_ = demo["accounts"]
    assert Decimal(master["rewards"]) > 0
    assert master["withdrawals"] == alpha["deposits"] == "2000.00"
    # What went from one to the other is in neither where all are told of.
    for name in ("deposits", "withdrawals"):
        assert Decimal(demo["all"][name]) == sum(Decimal(one[name]) for one in demo["accounts"]) - 2000
    assert demo["all"]["notes"] == [
        {
            "code": "own-transfers",
            "message": "$2,000.00 went from one of these accounts to another, and is neither paid in nor out here",
        }
    ]


@pytest.mark.soak
def test_the_page_of_one_account_has_nothing_of_any_other(demo: Any, tmp_path: Path) -> None:
    """Of a month with everything in it, which takes seconds; `test_history_page` has a small one."""
    target = tmp_path / "bravo.html"

    run = history_command("--demo", "--account", "BRAVO", "--format", "html", "-o", target)

    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    text = target.read_text()
    assert "bravo" in text
    for word in (
        "master",
        "alpha",
        "charlie",
        "MSTR",
        "ALPH",
        "BRAV-",
        "CHAR-",
        "sample-key",
        "AA00",
        "127.0.0.1",
    ):
        assert word.casefold() not in re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL).casefold(), word
    bravo = next(one for one in demo["accounts"] if one["user_id"] == "bravo")
    own = amounts_of(bravo)
    for one in (*demo["accounts"], demo["all"]):
        for amount in amounts_of(one) - own:
            assert f"{Decimal(amount):,}" not in text, amount


def amounts_of(one: Any) -> set[str]:
    """All amounts of an account, but for those that any other may have as well."""
    found = {one[name] for name in ("start", "deposits", "withdrawals", "fees", "rewards", "gain", "end")}
    found |= {day["total"] for day in one["days"]} | {period["gain"] for period in one["periods"]}
    found |= {flow["amount"] for flow in one["flows"]}
    found |= {held["value"] for held in one.get("holdings") or ()}
    return {amount.removeprefix("-") for amount in found if amount is not None and abs(Decimal(amount)) > 100}


# --- from a store ---------------------------------------------------------------------------------------


def test_tells_what_the_store_has_and_that_the_ledger_is_not_known(env: dict[str, str]) -> None:
    recorded(env)

    found = as_json("--since", "7d", "--no-ledger", env=env)

    assert (found["quote"], found["by"], len(found["accounts"])) == ("USD", "day", 4)
    assert [one["label"] for one in found["accounts"]] == [
        "MASTER",
        "USER (alpha)",
        "USER (bravo)",
        "USER (charlie)",
    ]
    for one in found["accounts"]:
        assert (one["start"], one["end"], one["gain"], one["complete"]) == ("1003", "1010", None, False)
        assert [note["code"] for note in one["notes"]] == ["ledger-unknown"]
    assert (found["all"]["start"], found["all"]["end"], found["all"]["gain"]) == ("4012", "4040", None)
    assert [note["code"] for note in found["all"]["notes"]] == ["ledger-unknown"]


def test_asks_kraken_what_came_and_went(env: dict[str, str], sandbox: Sandbox) -> None:
    recorded(env)

    found = as_json("--since", "7d", env=env)

    assert "Ledgers" in sandbox.endpoints()
    assert not [note for one in found["accounts"] for note in one["notes"] if note["code"] == "ledger-unknown"]


def test_asks_nothing_of_accounts_that_were_not_chosen(env: dict[str, str], sandbox: Sandbox) -> None:
    recorded(env)

    found = as_json("--account", "alpha", env=env)

    assert [one["label"] for one in found["accounts"]] == ["USER (alpha)"]
    keys = {request.key for request in sandbox.exchange.requests if request.key}
    assert len(keys) == 1


def test_periods_from_before_the_first_check_are_one_line(env: dict[str, str]) -> None:
    recorded(env)
    begin, arguments = NOW - timedelta(days=3650), ("--since", "3650d", "--by", "day", "--no-ledger", *ALPHA)

    table = history_command(*arguments, env=env).stdout.splitlines()
    text = history_command(*arguments, "--format", "text", env=env).stdout.splitlines()

    assert len(table) < 40
    (line,) = [line for line in text if f": {begin:%Y-%m-%d} to " in line]
    assert line.partition(": ")[2].endswith(
        ": gain unknown, return unknown, start unknown, paid in unknown, paid out unknown, fees unknown, rewards "
        "unknown, end unknown"
    )
    assert len([line for line in text if f": {NOW:%Y-%m-%d}: gain " in line]) == 1
    # Programs get each of them.
    assert len(as_json(*arguments, env=env)["accounts"][0]["periods"]) == 3651


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        ("month", NOW.replace(day=1, hour=0, minute=0, second=0)),
        ("year", NOW.replace(month=1, day=1, hour=0, minute=0, second=0)),
        (f"{NOW - timedelta(days=3):%Y-%m-%d}", (NOW - timedelta(days=3)).replace(hour=0, minute=0, second=0)),
    ],
)
def test_since_when(env: dict[str, str], since: str, expected: datetime) -> None:
    recorded(env)

    assert as_json("--since", since, "--no-ledger", env=env)["since"] == f"{expected:%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize(
    ("since", "said"),
    [
        ("soon", "'soon' is no such time: write 7d, a day as in 2026-11-01, month or year"),
        ("2026-02-30", "'2026-02-30' is no day of the calendar"),
        ("2999-01-01", "2999-01-01 is not over yet, and there is nothing to tell of what comes"),
        ("0001-01-01", "0001-01-01 is longer ago than ten years"),
        ("0d", "'0d' is no such time"),
        ("", "'' is no such time"),
    ],
)
def test_a_time_that_is_none_is_refused(env: dict[str, str], since: str, said: str) -> None:
    recorded(env)

    run = history_command("--since", since, env=env)

    assert (run.returncode, run.stdout) == (2, "")
    assert said in run.stderr


def test_without_any_check_there_is_nothing_to_tell(env: dict[str, str]) -> None:
    run = history_command(env=env)

    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.endswith("nothing was recorded yet. Run kraken-accounts check: each check leaves a point.\n")


def test_a_store_of_other_accounts_has_nothing_to_tell(env: dict[str, str]) -> None:
    recorded({**env, "KRAKEN_API_URL": "http://127.0.0.1:1"})

    run = history_command("--no-ledger", env=env)

    assert (run.returncode, run.stdout) == (1, "")
    assert "no check of these accounts was recorded yet" in run.stderr


def test_an_account_without_a_point_is_told_as_that(env: dict[str, str]) -> None:
    history, whose = open_history(), set_of(load_settings(env, NO_KEYS))
    for days in (1, 0):
        history.record(whose, check(NOW - timedelta(days=days), seen("alpha", "5", {}, fingerprint=None)))

    found = as_json("--no-ledger", "--account", "alpha", "--account", "bravo", env=env)

    assert [one["end"] for one in found["accounts"]] == ["5", None]
    assert [note["code"] for note in found["accounts"][1]["notes"]] == ["no-points"]


def test_an_account_that_is_not_configured_any_more_is_told_as_long_as_it_was_checked(env: dict[str, str]) -> None:
    recorded(env)
    without = {name: value for name, value in env.items() if not name.startswith("KRAKEN_USER_BRAVO")}

    found = as_json("--no-ledger", env=without)

    assert "USER (bravo)" in [one["label"] for one in found["accounts"]]


def test_an_account_that_nobody_knows_is_refused(env: dict[str, str]) -> None:
    recorded(env)

    run = history_command("--account", "brava", env=env)

    assert (run.returncode, run.stdout) == (2, "")
    assert "there is no account 'brava'; did you mean 'bravo' (KRAKEN_USER_BRAVO)?" in run.stderr


def test_two_currencies_are_refused_until_one_is_chosen(env: dict[str, str]) -> None:
    recorded(env)
    recorded(env, quote="EUR")

    refused = history_command("--no-ledger", env=env)
    chosen = as_json("--no-ledger", "--quote", "eur", env=env)
    unknown = history_command("--no-ledger", "--quote", "CHF", env=env)

    assert (refused.returncode, refused.stderr) == (
        2,
        "Error: checks have found totals in EUR and USD, which do not add up: choose with --quote\n",
    )
    assert chosen["quote"] == "EUR"
    assert (unknown.returncode, unknown.stderr) == (
        2,
        "Error: no check has found totals in CHF, but in EUR, USD\n",
    )


def test_a_store_of_another_program_is_left_alone(env: dict[str, str], tmp_path: Path) -> None:
    recorded(env)
    (store,) = (tmp_path / "state").rglob("*.sqlite*")
    store.write_bytes(b"not a database at all, but another program's file")

    run = history_command("--no-ledger", env=env)

    assert (run.returncode, run.stdout) == (1, "")
    assert str(store) in run.stderr
    assert "Traceback" not in run.stderr


def test_files_are_written_whole(env: dict[str, str], tmp_path: Path) -> None:
    recorded(env)
    for name in ("table", "text", "csv", "json", "html", "xlsx"):
        target = tmp_path / f"gain.{name}"

        run = history_command("--no-ledger", "--format", name, "--by", "week", "-o", target, env=env)

        assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
        assert target.stat().st_size > 500
    rows = list(csv.DictReader(io.StringIO((tmp_path / "gain.csv").read_text())))
    assert {row["period"] for row in rows} == {"all", "week"}


def test_a_workbook_goes_to_a_pipe_and_to_no_terminal(env: dict[str, str]) -> None:
    recorded(env)
    options = ["--env-file", str(NO_KEYS), "--no-ledger", "--format", "xlsx"]
    command = [sys.executable, str(CONSOLE_SCRIPT), "history", *options]

    piped = subprocess.run(command, env=environment(env), capture_output=True, check=True)
    shown, code = history_on_terminal("--no-ledger", "--format", "xlsx", columns=80, env=env)

    assert piped.stdout.startswith(b"PK")
    assert code == 2
    assert "xlsx is nothing for a terminal: name a file with --output PATH" in shown


@pytest.mark.parametrize(
    ("name", "missing"), [("html", "jinja2"), ("html", "pygal"), ("xlsx", "xlsxwriter")], ids=str
)
def test_a_library_that_is_missing_is_named_before_anything_is_asked(
    env: dict[str, str], sandbox: Sandbox, tmp_path: Path, name: str, missing: str
) -> None:
    """A module that cannot be found, in the place of the installed one."""
    recorded(env)
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as u\n"
        "found = u.find_spec\n"
        f"u.find_spec = lambda name, *rest: None if name == {missing!r} else found(name, *rest)\n"
    )

    run = history_command("--format", name, env={**env, "PYTHONPATH": str(tmp_path)})

    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == (
        f"Error: --format {name} needs {missing}, which is missing here: run `make history`, or install "
        "kraken-accounts[history]\n"
    )
    assert sandbox.endpoints() == []


def test_the_report_is_not_written_over_the_keys(env: dict[str, str], sandbox: Sandbox, tmp_path: Path) -> None:
    keys = sandbox.env_file(tmp_path)
    before = keys.read_text()

    run = history_command("--env-file", keys, "-o", keys, env={"XDG_STATE_HOME": env["XDG_STATE_HOME"]})

    assert run.returncode == 2
    assert "is the file with the keys" in run.stderr
    assert keys.read_text() == before


def test_what_is_asked_of_some_accounts_thins_not_those_of_all(env: dict[str, str]) -> None:
    recorded(env)

    run = history_command("--account", "bravo", "prune", "--keep", "1d", env=env)

    assert (run.returncode, run.stdout) == (2, "")
    assert "Error: prune is of all accounts; its options stand behind it\n" in run.stderr


def test_demo_reads_no_file() -> None:
    run = history_command("--demo", "--env-file", "/nowhere")

    assert run.returncode == 2
    assert "leave --env-file away" in run.stderr


@pytest.mark.parametrize(
    ("columns", "below"),
    [
        (40, ["No room for: Start, Paid in, Paid out,", "   Fees, Rewards, End"]),
        (80, ["No room for: Fees, Rewards"]),
        (200, []),
    ],
)
def test_a_table_on_a_terminal_fits_and_names_what_does_not(
    env: dict[str, str], columns: int, below: list[str]
) -> None:
    recorded(env)

    shown, code = history_on_terminal("--no-ledger", columns=columns, env=env)

    assert code == 0
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()
    assert any("USER (charlie)" in line for line in lines)
    assert all(len(line) <= columns for line in lines)
    assert lines[len(lines) - len(below) :] == below
    assert ("No room" in shown) == bool(below)


def test_checks_of_other_wallets_among_them_leave_the_figures_known(tmp_path: Path) -> None:
    exchange = Exchange()
    open_account(exchange, "master", {"ZUSD": "1000"})
    exchange.add_strategy(EarnStrategy("ESUSDC", "USDC", "instant"))
    exchange.add_allocation("master", EarnAllocation("ESUSDC", Decimal(500)))
    with SandboxServer(exchange) as server:
        env = {**variables(server.url, "master"), "XDG_STATE_HOME": str(tmp_path)}
        whole = [
            run_check(*options, "--format", "json", env=env)
            for options in ((), ("--wallets",), (), (), ("--wallets",))
        ]
        found = as_json("--since", "1d", env=env)

    assert [json.loads(run.stdout)["totals"]["all"] for run in whole] == [
        *("1000.00", "1499.95", "1000.00", "1000.00", "1499.95")
    ]
    (master,) = found["accounts"]
    assert [Decimal(master[name]) for name in ("start", "end", "gain")] == [1000, 1000, 0]
    assert master["covers"] == ["spot"]
    assert [note["code"] for note in master["notes"]] == ["other-wallets", "begins-later"]
