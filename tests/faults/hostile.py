"""What a hostile server can say: one vocabulary, and one generator of whole answers made of it.

The tables of `catalogue` and the tests of the formats take single words of it and say what is to be expected of
them. The strategies put them anywhere in the answers of all endpoints, and `whole_runs` puts those through all of
the program.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

few_examples = settings(max_examples=settings().max_examples // 5, suppress_health_check=list(HealthCheck))
"""Of what takes its time."""

# --- the vocabulary -------------------------------------------------------------------------------------

# What a server can send to play with a terminal or a log: colours, a window title, an 8-bit control sequence, a
# bell, a NUL, line breaks of four kinds, text that runs backwards, half a character. "stay" is to remain.
HOSTILE = "stay\x1b[31m\x1b]0;title\x07\x9b2J\x00\r\n\x85\u2028\u202e\u200b\ud800stay"

MARKUP = ("[/x]", "[bold]", "[/]", ":smile:", "[link=http://a.b]c[/link]", "[red]r[/red]", "\\[x]", "[@click=f]")
"""What means something to whatever draws tables."""

CONTROL = ("\x1b[31mx", "a\x07b", "\u202eabc", "a\u2066b", "\x9b2J", "x\r\ny", "\x00")
"""What means something to a terminal."""

NO_AMOUNTS = (
    "true",
    "[]",
    '["1"]',
    '{"1":"1"}',
    '"NaN"',
    '"Infinity"',
    '"-inf"',
    '"sNaN"',
    '"twelve"',
    '"1,000.00"',
    '"1_000"',
    '"0x10"',
    '"\\u0661\\u0662"',  # digits, but none of Kraken's
    '"1e400"',
    "1e400",
    '"1e-400"',
    "1" + "0" * 60,
    '"' + "1" * 5000 + '"',
    json.dumps(HOSTILE),
)
AMOUNTS = ("-5", '"-5.50"', "0", '"1E+3"', "1e3", '" 12.5 "', "0e999999", "999999999999999999999999999999")
"""Not what Kraken usually sends, but amounts all the same."""

TEXTS = (
    HOSTILE,
    *MARKUP,
    *CONTROL,
    "",
    " ",
    "\x1b[2J\x1b]0;owned\x07",
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


class Raw(str):
    """A piece of a JSON text that is not quoted: `NaN`, a number of any length, half a list."""

    __slots__ = ()


NUMBERS = (
    *("0", "-0.0", "-1", "1e29", "9" * 30, "1e-39", "-1e-40", "1e-41", "1e30", "0e999999", "1e999999"),
    *("1e99999999999999999999", "1" * 5000, "0." + "3" * 39, "NaN", "Infinity", "-Infinity", "true", "null"),
    *("99999999999", "-99999999999"),
)
SHAPES: tuple[Any, ...] = (
    *([], {}, [[]], {"": ""}, [None], [{}]),
    *(Raw("[" * 200 + "]" * 200), Raw("[1,"), Raw('{"a":1,"a":2}')),
)

# --- good answers ---------------------------------------------------------------------------------------

GOOD: Mapping[str, Any] = {
    "GetApiKeyInfo": {
        "apiKeyName": "bot",
        "nonceWindow": "0",
        "permissions": ["query-funds", "query-open-trades", "query-closed-trades", "modify-trades"],
        "validUntil": "4102444800",  # 2100: these answers meet the clock of whoever runs the tests
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
    "Balance": {"ZUSD": "8250.4200", "XBT.F": "0.15", "KFEE": "1250"},
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
            "net": "+1250.5000",
        }
    },
    "TradesHistory": {
        "trades": {
            f"T{number}AAAA-AAAAA-AAAAAA": {
                "ordertxid": "OAAAAA-AAAAA-AAAAAA",
                "pair": pair,
                "time": 1616666559.8974 + number,
                "type": "buy",
                "ordertype": "limit",
                "price": "30010.00000",
                "cost": "600.20000",
                "fee": "0.00000",
                "vol": "0.02000000",
                "trade_id": 40274859,
                "maker": True,
            }
            for number, pair in enumerate(("XXBTZUSD", "XETHXXBT", "XXLMZKRW"))
        },
        "count": 3,
    },
    "TradeBalance": {"eb": "3224744.0162", "n": "-10.0232", "e": "382.2032"},
    "Earn/Allocations": {
        "converted_asset": "USD",
        "total_allocated": "49.2398",
        "items": [
            {
                "strategy_id": "ESDQCOL-WTZEU-NU55QF",
                "native_asset": "ETH",
                "amount_allocated": {
                    "bonding": {
                        "native": "0.021",
                        "converted": "39.06",
                        "allocation_count": 1,
                        "allocations": [
                            {
                                "created_at": "2023-07-06T10:52:05Z",
                                "expires": "2027-08-19T02:34:05.807Z",
                                "native": "0.021",
                                "converted": "39.06",
                            }
                        ],
                    },
                    "total": {"native": "2.271", "converted": "7154.2"},
                },
                "total_rewarded": {"native": "0", "converted": "0.0000"},
            },
            {
                "strategy_id": "ESRFUO3-Q62XD-WIOIL7",
                "native_asset": "DOT",
                "amount_allocated": {"total": {"native": 400, "converted": "2580"}, "pending": {"native": "-1"}},
            },
        ],
    },
    "Earn/Strategies": {
        "next_cursor": None,
        "items": [
            {"id": "ESDQCOL-WTZEU-NU55QF", "asset": "ETH", "lock_type": {"type": "bonded"}},
            {"id": "ESRFUO3-Q62XD-WIOIL7", "asset": "DOT", "lock_type": {"type": "instant"}},
        ],
    },
    "SystemStatus": {
        "status": "online",
        "timestamp": "2026-11-22T10:00:00Z",
        "upcoming_maintenance": [{"name": "database", "from": 1795600000, "components": ["spot", "futures"]}],
        "emergency": [],
    },
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

# --- the generator --------------------------------------------------------------------------------------

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text(),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=8), below, max_size=4),
    max_leaves=20,
)
"""Any value that JSON can stand for, as it is when it was decoded."""

amounts = st.decimals(-(10**29), 10**29, places=18)
prices = st.decimals(Decimal("1e-12"), 10**12, places=12)
texts = st.sampled_from(TEXTS) | st.text(st.characters(), max_size=20)
values = st.one_of(
    st.sampled_from([*NUMBERS, *NO_AMOUNTS, *AMOUNTS]).map(Raw),
    st.sampled_from(NUMBERS),
    st.decimals(-(10**30), 10**30, places=18).map(str),
    st.sampled_from(SHAPES).map(copy.deepcopy),
    anything,
    texts,
)
errors = st.one_of(
    st.sampled_from(["EGeneral:Internal error", "EGeneral:Unknown method", "EGeneral:Permission denied"]),
    st.sampled_from(["EGeneral:Temporary lockout", "WSomething", 17]),
    texts,
)
rarely = st.sampled_from([False] * 19 + [True])


@st.composite
def bodies(draw: st.DrawFn, endpoint: str) -> bytes:
    """The body of an answer: good, spoilt in one place or in a few, cut off, or with a byte that is another."""
    envelope: Any = {"error": [], "result": copy.deepcopy(GOOD[endpoint])}
    if endpoint == "GetApiKeyInfo":  # now and then two of one account
        envelope["result"]["iban"] = f"AA{draw(st.integers(0, 39))}"
    for _ in range(draw(st.sampled_from((0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 4)))):
        _spoil(draw, envelope if draw(rarely) else envelope.get("result"))
    if draw(rarely):
        envelope["error"] = [draw(errors)]
    body = as_json(envelope).encode()
    if draw(rarely):
        place = draw(st.integers(0, len(body) - 1))
        other = draw(st.binary(max_size=1))
        body = body[:place] + (other + body[place + 1 :] if other else b"")
    return body


def _spoil(draw: st.DrawFn, node: Any) -> None:
    """Change something somewhere below a node."""
    while isinstance(node, dict | list) and node:
        key = draw(st.sampled_from(list(node) if isinstance(node, dict) else range(len(node))))
        if not isinstance(node[key], dict | list) or not node[key] or draw(st.integers(0, 4)) == 4:
            _change(draw, node, key)
            return
        node = node[key]


def _change(draw: st.DrawFn, node: Any, key: Any) -> None:
    change = draw(st.sampled_from(["other", "other", "other", "gone", "renamed", "one more", "many"]))
    if change == "gone":
        del node[key]
    elif change == "renamed" and isinstance(node, dict):
        node[draw(texts)] = node.pop(key)
    elif change == "one more" and isinstance(node, dict):
        node[draw(texts)] = draw(values)
    elif change == "many" and isinstance(node, dict):
        node |= {f"{key}{number}": node[key] for number in range(draw(st.sampled_from((2, 5, 30))))}
    else:
        node[key] = draw(values)


def as_json(value: Any) -> str:
    """JSON, but for the pieces that are to be something else."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(str(key))}:{as_json(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(as_json, value)) + "]"
    return str(value) if isinstance(value, Raw | Decimal) else json.dumps(value)
