"""Answers that a server could send, generated from good ones by spoiling them, and put through all of the program.

`python scripts/fuzz.py` does so on a large scale, `tests/test_properties.py` on a small one. The same seed gives
the same answers.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from kraken_accounts import formats
from kraken_accounts.accounts import MASTER, Account, AccountType
from kraken_accounts.config import AccountSettings, Credentials, Settings
from kraken_accounts.config.git_exposure import GitExposure
from kraken_accounts.config.secret import ApiKey, Secret
from kraken_accounts.fleet.market import market_of
from kraken_accounts.kraken import public, wire
from kraken_accounts.kraken.broker import KrakenBroker
from kraken_accounts.kraken.error_messages import error_from_all
from kraken_accounts.kraken.errors import KrakenError
from kraken_accounts.kraken.listing import Listing
from kraken_accounts.report.answers import AccountAnswers
from kraken_accounts.report.assessment import build_report
from kraken_accounts.report.audit import AuditReport, build_audit
from kraken_accounts.report.changes import PreviousRun
from kraken_accounts.report.model import Report
from kraken_accounts.storage import NOTHING_KEPT, Storage

Answer = TypeVar("Answer")

NOW = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)
ACCOUNTS = 4  # of a report

GOOD: Mapping[str, Any] = {
    "GetApiKeyInfo": {
        "apiKeyName": "bot",
        "nonceWindow": "0",
        "permissions": ["query-funds", "query-open-trades", "modify-trades"],
        "validUntil": "1795600000",
        "ipAllowlist": ["127.0.0.1"],
    },
    "BalanceEx": {
        "ZUSD": {"balance": "8250.4200", "hold_trade": "0.0000"},
        "XXBT": {"balance": "0.42", "hold_trade": "0.05", "credit": "0.1", "credit_used": "0.02"},
        "XBT.F": {"balance": 0.15, "hold_trade": 0},
        "ETH2.S": {"balance": "2.25"},
        "DOT28.S": {"balance": "310.5"},
        "KFEE": {"balance": "1250"},
        "POLS": {"balance": "1500"},
    },
    "OpenOrders": {
        "open": {
            "OAAAAA-AAAAA-AAAAAA": {
                "status": "open",
                "opentm": 1616666559.8974,
                "vol": "1.25",
                "vol_exec": "0.37",
                "cl_ord_id": "6d1b345e-2821-40e2-ad83-4ecb18a06876",
                "descr": {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "price": "37500"},
            }
        }
    },
    "OpenPositions": {
        "TAAAAA-AAAAA-AAAAAA": {
            "pair": "XXBTZUSD",
            "type": "buy",
            "vol": "0.5",
            "vol_closed": "0.1",
            "cost": "15000",
        }
    },
    "TradeBalance": {"eb": "3224744.0162"},
    "SystemStatus": {
        "status": "online",
        "timestamp": "2026-11-22T10:00:00Z",
        "upcoming_maintenance": [{"name": "database", "from": 1795600000, "components": ["spot", "futures"]}],
        "emergency": [],
    },
    "Time": {"unixtime": 1795342230, "rfc1123": "Sun, 22 Nov 26 10:10:30 +0000"},
    "Assets": {
        code: {"aclass": "currency", "altname": altname, "decimals": 10, "display_decimals": 5}
        for code, altname in (("ZUSD", "USD"), ("XXBT", "XBT"), ("XETH", "ETH"), ("DOT", "DOT"), ("POLS", "POLS"))
    },
    "AssetPairs": {
        f"{base}{quote}": {"altname": f"{base}{quote}", "base": base, "quote": quote}
        for base, quote in (
            ("XXBT", "ZUSD"),
            ("XETH", "XXBT"),
            ("DOT", "XETH"),
            ("POLS", "DOT"),
            ("ZUSD", "POLS"),
        )
    },
    "Ticker": {
        name: {"a": [price, "1", "1.000"], "b": [price, "1", "1.000"], "c": [price, "0.5"]}
        for name, price in (
            ("XXBTZUSD", "64250.1"),
            ("XETHXXBT", "0.04903"),
            ("DOTXETH", "0.002"),
            ("POLSDOT", "0.08"),
            ("ZUSDPOLS", "1.7"),
        )
    },
}


class Raw(str):
    """A piece of a JSON text that is not quoted: `NaN`, a number of any length, half a list."""

    __slots__ = ()


NASTY_TEXTS = (
    "",
    " ",
    "\x1b[2J\x1b]0;owned\x07",
    "\x9b31m\x00\x7f\x85",
    "\u202egnp.exe\u2028\u2029\u200b\ufeff",
    "\ud800",
    "👩‍👩‍👧" * 30,
    "e" + "\u0301" * 300,
    "W" * 5000,
    "[bold red]markup[/] :skull: {0} %s",
    "|;;'=',\"\r\n=cmd()",
    "KFEE",
    "ETH2.S",
    ".S",
    "28.S",
    "__proto__",
    "ＵＳＤ",
)
NASTY_NUMBERS = tuple(
    Raw(text)
    for text in (
        "0",
        "-0.0",
        "-1",
        "1e29",
        "9" * 30,
        "1e-39",
        "-1e-40",
        "1e-41",
        "1e30",
        "0e999999",
        "1e999999",
        "1e99999999999999999999",
        "1" * 5000,
        "0." + "3" * 39,
        "NaN",
        "Infinity",
        "-Infinity",
        "true",
        "null",
        "99999999999",
        "-99999999999",
    )
)
NASTY_SHAPES: tuple[Any, ...] = (
    [],
    {},
    [[]],
    {"": ""},
    [None],
    [{}],
    Raw("[" * 200 + "]" * 200),
    Raw("[1,"),
    Raw('{"a":1,"a":2}'),
)


class Spoiler:
    """Gives answers, most of them spoilt in one place or in a few.

    Args:
        seed: the same gives the same answers.
    """

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def body(self, endpoint: str) -> bytes:
        """The body of an answer."""
        envelope: Any = {"error": [], "result": json.loads(json.dumps(GOOD[endpoint]))}
        if endpoint == "GetApiKeyInfo":  # now and then two of one account
            envelope["result"]["iban"] = f"AA{self._chance.randrange(40)}"
        for _ in range(self._chance.choice((0, 0, 0, 0, 0, 0, 1, 1, 2, 4))):
            self._spoil(envelope if self._chance.random() < 0.05 else envelope.get("result"))
        if self._chance.random() < 0.05:
            envelope["error"] = [self._chance.choice((*NASTY_TEXTS, "EGeneral:Internal error", "WSomething", 17))]
        body = _json(envelope).encode("utf-8", "surrogatepass")
        return self._damaged(body) if self._chance.random() < 0.05 else body

    def _spoil(self, node: Any) -> None:
        """Change something somewhere below a node."""
        while isinstance(node, dict | list) and node:
            keys: list[Any] = list(node) if isinstance(node, dict) else list(range(len(node)))
            key = self._chance.choice(keys)
            if isinstance(node[key], dict | list) and node[key] and self._chance.random() < 0.8:
                node = node[key]
                continue
            self._change(node, key)
            return

    def _change(self, node: Any, key: Any) -> None:
        kind = self._chance.randrange(8)
        if kind == 0:
            del node[key]
        elif kind == 1 and isinstance(node, dict):
            node[self._text()] = node.pop(key)
        elif kind == 2 and isinstance(node, dict):
            node[self._text()] = self._value()
        elif kind == 3 and isinstance(node, dict):
            for number in range(self._chance.choice((2, 5, 30))):
                node[f"{key}{number}"] = node[key]
        else:
            node[key] = self._value()

    def _value(self) -> Any:
        kind = self._chance.randrange(6)
        if kind < 2:
            number = self._chance.choice(NASTY_NUMBERS)
            return str(number) if self._chance.random() < 0.5 else number
        if kind == 2:
            return copy.deepcopy(self._chance.choice(NASTY_SHAPES))
        if kind == 3:
            places = self._chance.randrange(40)
            return str(Decimal(self._chance.randrange(-(10**30), 10**30)).scaleb(-places))
        return self._text()

    def _text(self) -> str:
        if self._chance.random() < 0.7:
            return self._chance.choice(NASTY_TEXTS)
        return "".join(chr(self._chance.randrange(0x2100)) for _ in range(self._chance.randrange(20)))

    def _damaged(self, body: bytes) -> bytes:
        """Cut off, or with a byte that is another."""
        place = self._chance.randrange(len(body))
        if self._chance.random() < 0.5:
            return body[:place]
        return body[:place] + bytes([self._chance.randrange(256)]) + body[place + 1 :]


def _json(value: Any) -> str:
    """JSON, but for the pieces that are to be something else."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(str(key))}:{_json(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_json, value)) + "]"
    return json.dumps(value)


class GeneratedClient:
    """Stands for a client of Kraken's: each question is answered with a generated body."""

    def __init__(self, spoiler: Spoiler) -> None:
        self._spoiler = spoiler

    def private(self, endpoint: str, *_: Any, **__: Any) -> Any:
        result, said = wire.result_and_errors(wire.decode(self._spoiler.body(endpoint)))
        if said:
            raise error_from_all(said, NOW)
        return result

    public = private


@dataclass(frozen=True)
class Outcome:
    """What came of generated answers."""

    report: Report
    audit: AuditReport


ANSWERS_OF_AN_OUTCOME = 6 + 5 * ACCOUNTS


def outcome(seed: int, folder: Path | None = None) -> Outcome:
    """A report and an audit of a few accounts, all of it from generated answers.

    Args:
        folder: where the totals of the previous run are kept; nowhere without it.

    Raises:
        Exception: anything that is no KrakenError, which is a defect.
    """
    client: Any = GeneratedClient(Spoiler(seed))
    listing = Listing(attempt(lambda: public.get_assets(client)), attempt(lambda: public.get_pairs(client)))
    status = attempt(lambda: public.get_system_status(client))
    books = attempt(lambda: public.get_books(client))
    _, market = market_of(status, [(listing.believed("USD"), books)], "USD")
    settings = Settings("http://127.0.0.1:1", tuple(map(_settings, range(ACCOUNTS))))
    answers = [_ask(client, one) for one in settings.accounts]
    report = build_report(
        settings, answers, market, quote="USD", minimums={"master": Decimal(5)}, now=NOW, duration=timedelta(1)
    )
    audit = build_audit(report, answers, None, GitExposure.NONE, settings)
    previous = PreviousRun(NOTHING_KEPT if folder is None else Storage(folder), settings)
    compared = previous.compare(report)
    previous.remember(report)
    return Outcome(compared, audit)


def attempt(question: Callable[[], Answer]) -> Answer | KrakenError:
    """The answer, or the refusal; a defect stays what it is."""
    try:
        return question()
    except KrakenError as error:
        return error


def shown(found: Outcome) -> Iterator[tuple[str, str]]:
    """All formats, with all there is to show, in the richest and in the poorest encoding."""
    for encoding in ("utf-8", "ascii"):
        view = formats.View(assets=True, activity=True, encoding=encoding)
        for name in formats.NAMES:
            yield name, formats.load(name).render(found.report, view)
        for name in formats.AUDIT_NAMES:
            yield f"audit {name}", formats.load(f"audit_{name}").render(found.audit, replace(view, width=100))


def _settings(number: int) -> AccountSettings:
    account = MASTER if not number else Account(AccountType.USER, f"u{number}")
    key = ApiKey(f"SMPL-key-{number}")
    return AccountSettings(account, f"KRAKEN_{number}", Credentials(key, Secret("c2FtcGxl")), api_key=key)


def _ask(client: Any, settings: AccountSettings) -> AccountAnswers:
    credentials = settings.usable_credentials()
    broker = KrakenBroker.of(settings.account, credentials, "http://127.0.0.1:1", timeout=1, state=NOTHING_KEPT)
    broker._client = client
    return AccountAnswers(
        settings,
        attempt(broker.get_key_info),
        attempt(broker.get_balances),
        attempt(broker.get_open_orders),
        attempt(broker.get_open_positions),
        attempt(lambda: broker.get_equivalent_balance("USD")),
        session=broker,
    )
