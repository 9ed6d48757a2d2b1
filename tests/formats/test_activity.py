"""What accounts do, as each format says it: exact words, and by the front door, with either kind of key."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from kraken_accounts import Activity, Code, Finding, Severity, Status, TradingEvidence, Verdict
from kraken_accounts.formats import NAMES, View, load
from kraken_accounts.formats.json_reader import NotAReport, read_report
from kraken_accounts.kraken.orders import OpenPosition
from kraken_accounts.report.model import AccountReport

from ..running import check_on_terminal, combine
from ..trading import BOT, DAY, HOUR, MINUTE, MONITOR, Bourse, open_bourse
from .reports import NOW, account, activity, holding, report

PROVEN = Verdict(Status.TRADING, evidence=TradingEvidence.FILLS)
MAY = Verdict(Status.TRADING, evidence=TradingEvidence.PERMISSION)
IDLE = Finding(Code.IDLE, Severity.WARNING, "no fill for 9 d, longer than 6 h", "See.")
POSITION = OpenPosition("T1", "XETHZUSD", "buy", Decimal("0.5"), Decimal(0), Decimal(1540), Decimal("-25"))


UNKNOWN = activity(
    None,
    fills=None,
    fills_complete=False,
    volume=None,
    volume_complete=False,
    open_orders=None,
    oldest_order_at=None,
    positions_profit=None,
)


def busy(*findings: Finding, doing: Activity | None = None, **more: Any) -> AccountReport:
    """An account that does this, and has no position unless it is given one."""
    known: dict[str, Any] = {"verdict": PROVEN, "open_orders": (), "open_positions": (), **more}
    found = account("alpha", "1234.50", Status.TRADING, None, *findings, activity=doing or activity(), **known)
    assert isinstance(found, AccountReport)
    return found


def shown(name: str, *accounts: AccountReport, view: View | None = None) -> str:
    return load(name).render(report(*accounts), view or View())


# --- for people -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (busy(), "last fill 14 min ago · 41 fills in 24 h · 3 orders, oldest 9 d"),
        (
            busy(doing=activity(50 * timedelta(seconds=1), fills=1, open_orders=1, oldest_order_at=NOW - HOUR)),
            "last fill 50 s ago · 1 fill in 24 h · 1 order, oldest 60 min",
        ),
        (
            busy(doing=activity(fills=50, fills_complete=False)),
            "last fill 14 min ago · at least 50 fills in 24 h · 3 orders, oldest 9 d",
        ),
        (
            busy(doing=activity(9 * DAY, fills=0, open_orders=0), verdict=MAY),
            "may trade · last fill 9 d ago · no fills in 24 h · no orders",
        ),
        (
            busy(IDLE, doing=activity(9 * DAY, fills=0, open_orders=0), verdict=MAY),
            "idle · last fill 9 d ago · no fills in 24 h · no orders",
        ),
        (busy(doing=activity(None, fills=0, open_orders=0), verdict=MAY), "may trade · never a fill · no orders"),
        (
            busy(doing=UNKNOWN, verdict=MAY, open_positions=None),
            "may trade · fills unknown · orders unknown · positions unknown",
        ),
        (
            busy(doing=activity(oldest_order_at=None)),
            "last fill 14 min ago · 41 fills in 24 h · 3 orders, oldest unknown",
        ),
        (
            busy(doing=activity(positions_profit=Decimal("-25.00")), open_positions=(POSITION,)),
            "last fill 14 min ago · 41 fills in 24 h · 3 orders, oldest 9 d · 1 position, -$25.00 unrealized",
        ),
        (
            busy(doing=activity(positions_profit=None), open_positions=(POSITION, POSITION)),
            "last fill 14 min ago · 41 fills in 24 h · 3 orders, oldest 9 d · 2 positions, profit unknown",
        ),
        # A clock that is set back makes nothing older than it is.
        (
            busy(doing=activity(-5 * MINUTE)),
            "last fill 0 s ago · 41 fills in 24 h · 3 orders, oldest 9 d",
        ),
    ],
)
def test_says_it_in_short_behind_the_phrase(one: AccountReport, words: str) -> None:
    assert re.search(
        rf"✅ USER \(alpha\) is trading on Kraken  +{re.escape(words)} +\$1,234\.50", shown("table", one)
    )
    assert f"2026-11-22T10:00:00Z USER (alpha): Activity: {words}\n" in shown("text", one)
    assert re.search(
        rf"✅ USER \(alpha\) is trading on Kraken .*{re.escape(words)}", shown("table", one, view=View(fleet=True))
    )


def test_says_it_all_below() -> None:
    held = replace(holding("USD", "5000", "1"), available=Decimal(4000))
    one = busy(
        doing=activity(volume_complete=False, positions_profit=Decimal("-25.00")),
        open_positions=(POSITION,),
        holdings=(held,),
    )
    never = busy(doing=activity(None, fills=0, volume=Decimal("0.00"), open_orders=0, oldest_order_at=None))
    unknown = busy(doing=UNKNOWN, open_positions=None)

    text = shown("text", one, view=View(activity=True))

    lines = [line.removeprefix("2026-11-22T10:00:00Z USER (alpha): ") for line in text.splitlines()]
    start = lines.index("ACTIVITY OF USER (alpha)")
    assert lines[start + 1 : start + 5] == [
        "   Last fill: 2026-11-22 09:46:00 UTC, buy 0.01 BTC/USD at 64250.1",
        "   Fills in 24 h: 41, worth at least $12,345.67",
        "   Open orders: 3, which hold $1,000.00; the oldest was placed 2026-11-13 10:00:00 UTC",
        "   Open positions: 1, -$25.00 unrealized",
    ]
    assert "   buy XETHZUSD 0.5, 0 closed, cost 1540, profit -25, T1" in lines
    for account_, said in (
        (
            never,
            ("Last fill: never", "Fills in 24 h: 0, worth $0.00", "Open orders: none", "Open positions: none"),
        ),
        (
            unknown,
            ("Last fill: unknown", "Fills in 24 h: unknown", "Open orders: unknown", "Open positions: unknown"),
        ),
    ):
        text = shown("text", account_, view=View(activity=True))
        for line in said:
            assert f"   {line}\n" in text
    table = shown("table", one, view=View(activity=True))
    assert re.search(r"^Last fill  +2026-11-22 09:46:00 UTC, buy 0\.01 BTC/USD at 64250\.1$", table, re.MULTILINE)
    assert "ACTIVITY OF USER (alpha): unknown\n" in shown("table", account("alpha"), view=View(activity=True))


@pytest.mark.parametrize("width", [80, 100, 110, 140, 200])
def test_gives_way_to_the_phrase_and_the_totals_and_stands_below(width: int) -> None:
    table = shown("table", busy(doing=activity(positions_profit=None)), view=View(width=width))

    lines = table.splitlines()
    (phrase,) = [line for line in lines if "✅ USER (alpha) is trading on Kraken" in line]
    assert "$1,234.50" in phrase
    assert max(map(cell_len, lines)) <= width
    # Words are never broken; where there is room, they stand in the line itself.
    assert "last fill 14 min ago" in table
    assert ("last fill 14 min ago · 41 fills in 24 h · 3 orders, oldest 9 d" in phrase) == (width >= 120)


def test_a_fleet_stays_at_a_line_an_account() -> None:
    accounts = [
        account(f"u{number:03}", "1.00", verdict=PROVEN, activity=activity(), open_positions=())
        for number in range(30)
    ]

    wide = shown("table", *accounts, view=View(width=200))
    narrow = shown("table", *accounts, view=View(width=80))

    assert wide.count("last fill 14 min ago · 41 fills in 24 h · 3 orders, oldest 9 d") == 30
    assert "last fill" not in narrow
    assert narrow.count("is trading on Kraken") == 30


def test_needs_no_character_that_the_place_lacks() -> None:
    for name in NAMES:
        load(name).render(report(busy()), View(activity=True, encoding="ascii")).encode("ascii")
    table = shown("table", busy(), view=View(encoding="ascii"))

    assert "last fill 14 min ago - 41 fills in 24 h - 3 orders, oldest 9 d" in table


def test_the_heading_counts_those_that_are_idle() -> None:
    never = replace(IDLE, code=Code.NEVER_TRADED)
    accounts = (busy(IDLE), replace(busy(never), account=account("b").account), account("c"))

    text = shown("text", *accounts)
    line = shown("nagios", *accounts)

    assert "3 of 3 accounts trading, 2 idle" in text
    assert line.startswith("KRAKEN WARNING - 3 of 3 accounts trading, 2 idle, total ")


# --- for programs ---------------------------------------------------------------------------------------


def test_json_says_what_the_contract_says() -> None:
    (found,) = json.loads(shown("json", busy(open_positions=(POSITION,))))["accounts"]

    assert found["evidence"] == "fills"
    assert found["activity"] == {
        "as_of": "2026-11-22T10:00:00Z",
        "last_fill": {
            "time": "2026-11-22T09:46:00Z",
            "pair": "BTC/USD",
            "side": "buy",
            "volume": "0.01",
            "price": "64250.1",
        },
        "fills_24h": 41,
        "fills_24h_complete": True,
        "volume_24h": "12345.67",
        "volume_24h_complete": True,
        "open_orders": 3,
        "oldest_order_at": "2026-11-13T10:00:00Z",
        "value_in_orders": "0.00",
        "positions_profit": "0.00",
    }
    assert found["open_positions"][0]["profit"] == "-25"


def test_json_is_null_where_nothing_is_known() -> None:
    not_asked, unknown = json.loads(shown("json", account("a"), busy(doing=UNKNOWN, holdings=None)))["accounts"]

    assert not_asked["activity"] is None
    assert {value for name, value in unknown["activity"].items() if name != "as_of"} == {None, False}


@pytest.mark.parametrize(
    "one", [busy(), busy(doing=UNKNOWN, verdict=MAY), busy(IDLE, doing=activity(None, fills=0))]
)
def test_json_is_read_back_as_it_was(one: AccountReport) -> None:
    written = shown("json", one)

    found = read_report(written.encode())

    assert (found.accounts[0].activity, found.accounts[0].verdict) == (one.activity, one.verdict)
    for name in NAMES:
        view = View(activity=True)
        assert load(name).render(found, view) == load(name).render(report(one), view)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fills_24h", "41"),
        ("fills_24h", -1),
        ("fills_24h_complete", None),
        ("volume_24h", 5),
        ("open_orders", 1.5),
        ("oldest_order_at", "yesterday"),
        ("last_fill", {}),
        ("last_fill", "now"),
        ("as_of", None),
        ("value_in_orders", "17.00"),
    ],
)
def test_json_that_is_spoilt_is_refused(name: str, value: Any) -> None:
    document = json.loads(shown("json", busy()))
    document["accounts"][0]["activity"][name] = value

    with pytest.raises(NotAReport, match=name):
        read_report(json.dumps(document).encode())


def test_csv_has_a_column_for_each() -> None:
    rows = list(csv.DictReader(io.StringIO(shown("csv", busy(), account("b"), busy(doing=UNKNOWN)), newline="")))

    names = list(rows[0])
    names = names[names.index("evidence") : names.index("positions_profit") + 1]
    assert [tuple(row[name] for name in names) for row in rows] == [
        (
            *(
                "fills",
                "2026-11-22T09:46:00Z",
                "BTC/USD",
                "buy",
                "0.01",
                "64250.1",
                "41",
                "true",
                "12345.67",
                "true",
            ),
            *("3", "2026-11-13T10:00:00Z", "0.00"),
        ),
        ("",) * 13,
        ("fills", *("",) * 6, "false", "", "false", "", "", ""),
    ]


def test_prometheus_has_a_metric_for_each_that_is_known() -> None:
    partly = busy(doing=activity(fills_complete=False, volume_complete=False))

    known, in_part, unknown = (
        dict(line.rsplit(" ", 1) for line in shown("prometheus", one).splitlines() if "{" in line)
        for one in (busy(), partly, busy(doing=UNKNOWN, verdict=MAY, holdings=None))
    )

    whose = 'account="alpha",account_type="user"'
    dollars = f'{whose},currency="USD"'
    assert {name: float(value) for name, value in known.items() if "fill" in name or "24h" in name} == {
        f'kraken_accounts_account_trading_evidence{{{whose},evidence="fills"}}': 1,
        f"kraken_accounts_account_last_fill_timestamp_seconds{{{whose}}}": (NOW - 14 * MINUTE).timestamp(),
        f'kraken_accounts_account_last_fill_info{{{whose},pair="BTC/USD",side="buy"}}': 1,
        f"kraken_accounts_account_last_fill_volume{{{whose}}}": 0.01,
        f"kraken_accounts_account_last_fill_price{{{whose}}}": 64250.1,
        f"kraken_accounts_account_fills_24h{{{whose}}}": 41,
        f"kraken_accounts_account_volume_24h{{{dollars}}}": 12345.67,
    }
    assert float(known[f"kraken_accounts_account_open_orders{{{whose}}}"]) == 3
    oldest = (NOW - 9 * DAY).timestamp()
    assert float(known[f"kraken_accounts_account_oldest_order_timestamp_seconds{{{whose}}}"]) == oldest
    assert float(known[f"kraken_accounts_account_orders_value{{{dollars}}}"]) == 0
    assert float(known[f"kraken_accounts_account_positions_profit{{{dollars}}}"]) == 0
    # Some of them would be a fall in a series.
    assert not [name for name in in_part if "24h" in name]
    of_activity = ("fill_", "24h", "order", "profit")
    assert not [name for name in unknown if any(part in name for part in of_activity)]
    assert not [name for name in shown("prometheus", account("alpha")).splitlines() if "evidence" in name]


def test_nagios_has_figures_of_each() -> None:
    line, *details = shown("nagios", busy(), busy(doing=UNKNOWN), account("c")).splitlines()

    assert line.endswith(
        " 'USER (alpha) fills'=41;;;0 'USER (alpha) last fill'=840s;;;0"
        " 'USER (alpha) fills'=U;;;0 'USER (alpha) last fill'=U;;;0"
        " 'USER (alpha) volume'=12345.67;;;0 'USER (alpha) orders'=3;;;0 'USER (alpha) oldest order'=777600s;;;0"
        " 'USER (alpha) in orders'=0.00;;;0 'USER (alpha) positions profit'=0.00"
        " 'USER (alpha) volume'=U;;;0 'USER (alpha) orders'=U;;;0 'USER (alpha) oldest order'=U;;;0"
        " 'USER (alpha) in orders'=0.00;;;0 'USER (alpha) positions profit'=U"
        " 'USER (alpha) positions'=0;;;0 'USER (alpha) positions'=0;;;0"
    )
    assert details == [
        "USER (alpha): Last fill: 2026-11-22 09:46:00 UTC, buy 0.01 BTC/USD at 64250.1",
        "USER (alpha): Fills in 24 h: 41, worth $12,345.67",
        "USER (alpha): Open orders: 3, which hold $0.00; the oldest was placed 2026-11-13 10:00:00 UTC",
        "USER (alpha): Open positions: none",
        "USER (alpha): Last fill: unknown",
        "USER (alpha): Fills in 24 h: unknown",
        "USER (alpha): Open orders: unknown",
        "USER (alpha): Open positions: none",
    ]


# --- by the front door ----------------------------------------------------------------------------------


@pytest.fixture
def bourse(tmp_path: Path) -> Iterator[Bourse]:
    with open_bourse(tmp_path / "state") as bourse:
        yield bourse


@pytest.mark.parametrize("key", [BOT, MONITOR])
@pytest.mark.parametrize("name", NAMES)
def test_every_format_tells_of_a_bots_and_of_a_monitors_key(
    bourse: Bourse, name: str, key: frozenset[str]
) -> None:
    bourse.open("master", 14 * MINUTE + MINUTE / 2, 20 * HOUR, permissions=key)

    found, code = bourse.run("--activity", "--format", name)

    assert code == 0
    if name in ("table", "text"):
        assert "✅ MASTER is trading on Kraken" in found
        assert "last fill 14 min ago · 2 fills in 24 h · no orders" in found
        assert "2, worth $1,280.00" in found
    elif name == "json":
        (one,) = json.loads(found)["accounts"]
        assert (one["status"], one["evidence"], one["activity"]["volume_24h"]) == ("trading", "fills", "1280.00")
    elif name == "csv":
        (row,) = csv.DictReader(io.StringIO(found, newline=""))
        assert (row["status"], row["evidence"], row["volume_24h"]) == ("trading", "fills", "1280.00")
    elif name == "prometheus":
        assert 'account_trading_evidence{account="master",account_type="master",evidence="fills"} 1.0\n' in found
        assert 'account_volume_24h{account="master",account_type="master",currency="USD"} 1280.0\n' in found
    else:
        assert found.startswith("KRAKEN OK - ")
        assert " 'MASTER fills'=2;;;0 'MASTER last fill'=8" in found


def test_on_a_terminal_of_80_columns_it_stands_below(bourse: Bourse) -> None:
    bourse.open("master", 14 * MINUTE + MINUTE / 2)

    table, code = check_on_terminal("--activity", "--no-color", columns=80, env=bourse.env)

    assert code == 0
    assert re.search(
        r"│ ✅ MASTER is trading on Kraken +\$100\.00 +│\n│ +last fill 14 min ago · 1 fill in 24 h · no orders +│",
        table,
    )


def test_parts_are_put_together_with_what_their_accounts_do(bourse: Bourse, tmp_path: Path) -> None:
    bourse.open("master", 3 * DAY + HOUR)
    bourse.open("alpha", 14 * MINUTE + MINUTE / 2, permissions=MONITOR)
    parts = []
    for number in (1, 2):
        part = tmp_path / f"part-{number}.json"
        bourse.run("--idle-after", "1d", "--format", "json", "-o", part, "--shard", f"{number}/2")
        parts.append(part)

    table = combine(*parts).stdout
    whole = combine("--format", "json", *parts).stdout

    assert "✅ USER (alpha) is trading on Kraken" in table
    assert "last fill 14 min ago · 1 fill in 24 h · no orders" in table
    assert "idle · last fill 3 d ago · no fills in 24 h · no orders" in table
    master, alpha = json.loads(whole)["accounts"]
    assert (master["evidence"], alpha["evidence"]) == ("permission", "fills")
    assert alpha["activity"]["fills_24h"] == 1
