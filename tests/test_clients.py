"""The runner of other people's clients (`make clients`): what it tells of a run, and what it knows before one."""

import json
import re
import sys
from decimal import Decimal

import pytest

from .running import REPOSITORY

CLIENTS_FOLDER = REPOSITORY / "clients"
sys.path.append(str(CLIENTS_FOLDER))

from catalogue import CLIENTS  # noqa: E402
from installing import NotInstalled, pinned_version, python_of  # noqa: E402
from outcome import Row, differences, steps_of, table  # noqa: E402
from sessions import keys_of  # noqa: E402

from kraken_sandbox.accounts_file import load_exchange  # noqa: E402

BOOKS = {"XXBT": Decimal("1.9000000000"), "ZUSD": Decimal("100.0000")}
PLAIN = CLIENTS["krakenex"]


def said(what: str, outcome: str = "done", why: str = "") -> str:
    return json.dumps({"step": what, "outcome": outcome, "why": why})


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"XXBT": "1.9", "ZUSD": "100"}, []),
        ({"XXBT": "1.9000000001", "ZUSD": "100", "SOL": "0.0"}, []),
        ({"XXBT": "1.9"}, ["ZUSD is not there, and 100.0000 in the books"]),
        ({"XXBT": "1.9", "ZUSD": "nan"}, ["ZUSD is nan, and 100.0000 in the books"]),
        ({"XXBT": "1.9", "ZUSD": "100", "XETH": "1"}, ["XETH is 1, and 0 in the books"]),
    ],
)
def test_books(told: dict[str, str], found: list[str]) -> None:
    assert differences(told, BOOKS) == found


def test_what_a_script_says() -> None:
    output = "\n".join(
        [said("Ticker"), "a client's own words", "[1]", json.dumps({"books": {"XXBT": "1.9", "ZUSD": "99"}})]
    )

    assert steps_of(output, BOOKS) == [
        ("Ticker", "done", ""),
        ("equal to the sandbox's books", "failed", "ZUSD is 99, and 100.0000 in the books"),
    ]


def test_rows() -> None:
    whole = Row(PLAIN, "1.0", [("Time", "done", "")], ["Time"])
    reason = Row(PLAIN, "1.0", [("Time", "done", ""), ("Trades", "cannot", "it has six columns")], ["Time"])
    failed = Row(PLAIN, "1.0", [("Time", "failed", "no answer")])
    missing = Row(PLAIN, not_run="needs node and npm, which are not here")

    assert [row.explained for row in (whole, reason, failed, missing, Row(PLAIN))] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert table([whole, reason, failed, missing]).splitlines() == [
        "CLIENT    VERSION  LANGUAGE  RESULT   WHAT WAS RUN",
        "krakenex  1.0      Python    whole    1 steps, 1 endpoints: Time",
        "krakenex  1.0      Python    1 of 2   2 steps, 1 endpoints: Time",
        "    Trades: it has six columns",
        "krakenex  1.0      Python    0 of 1   1 steps, 0 endpoints: ",
        "    Time FAILED: no answer",
        "krakenex  -        Python    not run  -",
        "    needs node and npm, which are not here",
    ]


def test_every_client_is_pinned_and_in_the_guide() -> None:
    guide = (REPOSITORY / "docs" / "SANDBOX.md").read_text(encoding="utf-8")
    for client in CLIENTS.values():
        assert (CLIENTS_FOLDER / "scripts" / client.script).exists()
        if client.python is None:
            version = json.loads((client.pins / "package.json").read_text())["dependencies"][client.package]
        else:
            version = pinned_version(client.package, client.pins.read_text())
        assert re.search(
            rf"^\| {client.package.replace('-', '[-_]')} \| {re.escape(version)} \|", guide, re.MULTILINE
        )


def test_pins_name_versions_and_no_addresses() -> None:
    for path in (CLIENTS_FOLDER / "pins").rglob("*"):
        if path.suffix == ".txt":
            for entry in re.split(r"\n(?=\w)", path.read_text().strip()):
                assert re.match(r"[\w.-]+==[\w.+!]+ \\\n +--hash=sha256:[0-9a-f]{64}", entry), entry
            assert "://" not in path.read_text()
        elif path.name == "package-lock.json":
            assert "resolved" not in path.read_text()
    with pytest.raises(NotInstalled, match="do not name ccxt"):
        pinned_version("ccxt", "krakenex==2.2.2 \\\n    --hash=sha256:0\n")


def test_a_python_that_is_new_enough() -> None:
    assert python_of((3, 11)) == sys.executable
    with pytest.raises(NotInstalled, match=r"needs Python 3\.99"):
        python_of((3, 99))


def test_accounts() -> None:
    exchange = load_exchange(CLIENTS_FOLDER / "accounts.toml")

    for label in {client.account for client in CLIENTS.values()}:
        assert [exchange.state.keys[key["key"]].account.label for key in keys_of(label)] == [label, label]
