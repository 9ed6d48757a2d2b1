"""What can go wrong, and what is to be expected of it: the tables of the matrix.

A row is a fault and the status that an account has when the fault strikes one of its private endpoints. Whatever
strikes, the other accounts are as they were.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from kraken_accounts import Status
from kraken_sandbox import Fault, FaultKind

from .hostile import AMOUNTS, HOSTILE, NO_AMOUNTS

TIMEOUT = 0.4  # seconds for one request
DEADLINE = 4.0  # seconds for a whole run
GRACE = 1.0  # seconds after the deadline by which a run is over, whatever happens

# --- the network and the servers in front of Kraken -------------------------------------------------------

ON_THE_WAY: Mapping[str, tuple[Fault, Status]] = {
    "no answer within the timeout": (Fault(FaultKind.LATENCY, seconds=60), Status.UNREACHABLE),
    "an answer of a byte a second": (Fault(FaultKind.DRIP, seconds=1), Status.UNREACHABLE),
    "the connection dropped": (Fault(FaultKind.DROP), Status.UNREACHABLE),
    "the answer lost": (Fault(FaultKind.LOST), Status.UNREACHABLE),
    "half an answer": (Fault(FaultKind.TRUNCATE), Status.UNREACHABLE),
    "a page with HTTP 200": (Fault(FaultKind.HTML, status=200), Status.ERROR),
    "a page with HTTP 403": (Fault(FaultKind.HTML, status=403), Status.ERROR),
    "a page with HTTP 500": (Fault(FaultKind.HTML, status=500), Status.UNREACHABLE),
    "a page with HTTP 502": (Fault(FaultKind.HTML, status=502), Status.UNREACHABLE),
    "a page with HTTP 520": (Fault(FaultKind.HTML, status=520), Status.UNREACHABLE),
    "a hostile page with HTTP 200": (Fault(FaultKind.HTML, status=200, text=HOSTILE[:-5]), Status.ERROR),
}

# --- Kraken's own words -----------------------------------------------------------------------------------

UNKNOWN_METHOD = "EGeneral:Unknown method"
"""For BalanceEx no trouble either: then Balance is asked."""

KRAKEN_SAYS: Mapping[str, Status] = {
    "EService:Unavailable": Status.UNREACHABLE,
    "EService:Busy": Status.UNREACHABLE,
    "EService:Deadline elapsed": Status.UNREACHABLE,
    "EGeneral:Internal error": Status.UNREACHABLE,
    "EDatabase:Internal error": Status.UNREACHABLE,
    "ESession:Invalid session": Status.UNREACHABLE,
    "EAPI:Invalid nonce": Status.NONCE_CONFLICT,
    "EAPI:Rate limit exceeded": Status.RATE_LIMITED,
    "EGeneral:Temporary lockout": Status.LOCKED_OUT,
    "EAPI:Invalid key": Status.REJECTED,
    "EAPI:Invalid signature": Status.REJECTED,
    "EAuth:Account temporary disabled": Status.REJECTED,
    "EAuth:Account unconfirmed": Status.REJECTED,
    "EAPI:Bad request": Status.ERROR,
    "EAPI:Invalid arguments:nonce": Status.ERROR,
    "EGeneral:Invalid arguments": Status.ERROR,
    "EGeneral:Invalid arguments:asset": Status.ERROR,
    "EQuery:Unknown asset pair": Status.ERROR,
    "EOrder:Insufficient funds": Status.ERROR,
    UNKNOWN_METHOD: Status.ERROR,
    "EAccount:Invalid permissions": Status.ERROR,
    "EService:Market in cancel_only mode": Status.EXCHANGE_RESTRICTED,
    "EService:Market in post_only mode": Status.EXCHANGE_RESTRICTED,
    "ENew:Something Kraken never said before": Status.ERROR,
    f"EGeneral:{HOSTILE}": Status.ERROR,
    f"EGeneral:{'a very long story ' * 5000}": Status.ERROR,
}

PERMISSION_DENIED = "EGeneral:Permission denied"
"""Of orders and positions no trouble of the account: the key is good, but may not ask this."""

# --- answers that are none, at any endpoint ---------------------------------------------------------------

NO_ANSWERS: Mapping[str, str] = {
    "nothing": "",
    "no JSON": "All is well.",
    "half of JSON": '{"error":[],"result":{"ZUSD":',
    "JSON of somebody else": '{"status":"ok"}',
    "a list": "[]",
    "null": "null",
    "a number": "17",
    "errors that are no list": '{"error":"none","result":{}}',
    "errors that are no texts": '{"error":[17],"result":{}}',
    "a result that is a text": '{"error":[],"result":"fine"}',
    "a result that is a list": '{"error":[],"result":[1,2]}',
    "a key given twice": '{"error":[],"error":[],"result":{}}',
    "NaN": '{"error":[],"result":{"x":NaN}}',
    "Infinity": '{"error":[],"result":{"x":-Infinity}}',
    "a number of 5000 digits": '{"error":[],"result":{"x":' + "9" * 5000 + "}}",
    "an exponent beyond all": '{"error":[],"result":{"x":1e99999999999999999999}}',
    "100,000 lists in each other": '{"error":[],"result":' + "[" * 100_000,
    "50 MB": '{"error":[],"result":"' + " " * 50_000_000 + '"}',
}

# --- values in the place of an amount: `NO_AMOUNTS` are none, `AMOUNTS` are -------------------------------

# Where they stand: an answer of each endpoint that is good but for one value.
PLACES: Mapping[str, str] = {
    "GetApiKeyInfo": '{"permissions":["query-funds","modify-trades"],"nonceWindow":VALUE}',
    "BalanceEx": '{"ZUSD":{"balance":VALUE,"hold_trade":"0"}}',
    "OpenOrders": (
        '{"open":{"O1":{"status":"open","opentm":1616666559.8974,"vol":VALUE,"vol_exec":"0","descr":'
        '{"pair":"XBTUSD","type":"buy","ordertype":"limit","price":"100"}}}}'
    ),
    "OpenPositions": '{"T1":{"pair":"XXBTZUSD","type":"buy","vol":"1","vol_closed":"0","cost":VALUE}}',
    "TradesHistory": (
        '{"trades":{"T1":{"pair":"XXBTZUSD","type":"buy","time":1616666559.8974,"vol":VALUE,"price":"30010",'
        '"cost":"600.2"}},"count":1}'
    ),
    "TradeBalance": '{"eb":VALUE,"n":VALUE,"e":VALUE}',
    "Earn/Allocations": (
        '{"items":[{"strategy_id":"ES1","native_asset":"DOT","amount_allocated":{"total":{"native":VALUE}}}]}'
    ),
}

# --- whole answers that are wrong, or only unusual --------------------------------------------------------

_KEY = '"permissions":["query-funds","modify-trades"]'
_NATIVE = '{"native":"1"}'
_ORDER = '"descr":{"pair":"XBTUSD","type":"buy","ordertype":"limit"}'
_TEXT = json.dumps(HOSTILE)


def trade(**fields: str) -> str:
    """An answer with one trade, some of whose values in JSON are others."""
    values = {
        "pair": '"XXBTZUSD"',
        "type": '"buy"',
        "time": "1616666559.8974",
        "vol": '"0.02"',
        "price": '"30010.0"',
        "cost": '"600.2"',
        **fields,
    }
    count = values.pop("count", "1")
    entry = ",".join(f'"{name}":{value}' for name, value in values.items())
    return f'{{"trades":{{"T1":{{{entry}}}}},"count":{count}}}'


ANSWERS: Mapping[str, Mapping[str, Status]] = {
    "GetApiKeyInfo": {
        "{}": Status.ERROR,
        '{"permissions":null}': Status.ERROR,
        '{"permissions":"query-funds"}': Status.ERROR,
        '{"permissions":{"query-funds":true}}': Status.ERROR,
        '{"permissions":[1,2]}': Status.ERROR,
        '{"permissions":[""]}': Status.READ_ONLY,
        json.dumps({"permissions": ["query-funds"] * 10_001}): Status.ERROR,
        f'{{{_KEY},"iban":17}}': Status.TRADING,
        f'{{{_KEY},"iban":true}}': Status.ERROR,
        f'{{{_KEY},"valid_until":"soon"}}': Status.ERROR,
        f'{{{_KEY},"valid_until":"1"}}': Status.REJECTED,
        f'{{{_KEY},"nonce_window":"15","valid_until":"0","ip_allowlist":[""]}}': Status.TRADING,
        f'{{{_KEY},"validUntil":"soon"}}': Status.ERROR,
        f'{{{_KEY},"validUntil":"99999999999999"}}': Status.ERROR,
        f'{{{_KEY},"validUntil":"-99999999999999"}}': Status.ERROR,
        f'{{{_KEY},"ipAllowlist":"127.0.0.1"}}': Status.ERROR,
        f'{{{_KEY},"ipAllowlist":[null]}}': Status.TRADING,
        '{"permissions":[]}': Status.READ_ONLY,
        '{"permissions":["teleport-funds"]}': Status.READ_ONLY,
        f'{{"permissions":["query-funds","modify-trades",{_TEXT}],"ipAllowlist":[{_TEXT}]}}': Status.TRADING,
        f"{{{_KEY}}}": Status.TRADING,
        f'{{{_KEY},"nonceWindow":null,"validUntil":"","iban":"","ipAllowlist":null}}': Status.TRADING,
        f'{{{_KEY},"validUntil":"1"}}': Status.REJECTED,
        f'{{{_KEY},"a new field":{{"of":"Kraken"}}}}': Status.TRADING,
    },
    "BalanceEx": {
        '{"ZUSD":"5"}': Status.ERROR,
        '{"ZUSD":null}': Status.ERROR,
        '{"ZUSD":{}}': Status.ERROR,
        '{"ZUSD":{"balance":null}}': Status.ERROR,
        '{"":{"balance":"1"}}': Status.ERROR,
        json.dumps({"W" * 41: {"balance": "1"}}): Status.ERROR,
        json.dumps({f"C{number}": {"balance": "1"} for number in range(10_001)}): Status.ERROR,
        '{"\\u001b":{"balance":"1"}}': Status.ERROR,
        '{"ZUSD":{"balance":"1"},"ZUSD\\u0000":{"balance":"2"}}': Status.ERROR,
        '{"ZUSD":{"balance":"1","credit":[]}}': Status.ERROR,
        '{"ZUSD":{"balance":"1","credit_used":false}}': Status.ERROR,
        '{"ZUSD":{"balance":"1","hold_trade":{}}}': Status.ERROR,
        f'{{{_TEXT}:{{"balance":"1"}}}}': Status.TRADING,
        '{"NEVERHEARDOF":{"balance":"3"}}': Status.TRADING,
        '{"ZUSD":{"balance":"1","credit":"","credit_used":null}}': Status.TRADING,
        '{"ZUSD":{"balance":"999999999999999999999999999999"},"XXBT":{"balance":"1e-30"}}': Status.TRADING,
        "{}": Status.TRADING,
        "[]": Status.TRADING,
        "0": Status.ERROR,
    },
    "OpenOrders": {
        '{"open":[1]}': Status.ERROR,
        '{"open":{"O1":null}}': Status.ERROR,
        '{"open":{"O1":{}}}': Status.ERROR,
        f'{{"open":{{"O1":{{"status":"open","opentm":"soon","vol":"1",{_ORDER}}}}}}}': Status.ERROR,
        f'{{"open":{{"O1":{{"status":7,"vol":"1",{_ORDER}}}}}}}': Status.ERROR,
        '{"open":{"O1":{"status":"open","vol":"1","descr":"buy 1 XBTUSD"}}}': Status.ERROR,
        f'{{"open":{{{_TEXT}:{{"status":{_TEXT},"vol":"1","cl_ord_id":{_TEXT},"descr":{{"pair":{_TEXT},'
        f'"type":{_TEXT},"ordertype":{_TEXT}}}}}}}}}': Status.TRADING,
        f'{{"open":{{"O1":{{"status":"quantum","vol":"1",{_ORDER}}}}}}}': Status.TRADING,
        f'{{"open":{{"O1":{{"status":"open","vol":"1","descr":{{"pair":"XRPUSD","type":"buy","ordertype":{_TEXT},'
        '"price":"+50.0000%"}}}}': Status.TRADING,
        '{"open":{}}': Status.TRADING,
        '{"open":[]}': Status.TRADING,
        '{"open":null}': Status.TRADING,
        '{"open":0}': Status.ERROR,
        "{}": Status.ERROR,
    },
    "OpenPositions": {
        '{"T1":null}': Status.ERROR,
        '{"T1":{}}': Status.ERROR,
        '{"T1":{"pair":"XXBTZUSD","type":1,"vol":"1","cost":"1"}}': Status.ERROR,
        f'{{{_TEXT}:{{"pair":{_TEXT},"type":{_TEXT},"vol":"1","cost":"1"}}}}': Status.TRADING,
        "{}": Status.TRADING,
    },
    "TradesHistory": {
        "{}": Status.ERROR,
        '{"count":0}': Status.ERROR,
        '{"trades":null,"count":0}': Status.ERROR,
        '{"trades":{},"count":3}': Status.ERROR,
        '{"trades":[1],"count":1}': Status.ERROR,
        '{"trades":{"T1":null},"count":1}': Status.ERROR,
        '{"trades":{"T1":{}},"count":1}': Status.ERROR,
        trade(time='"soon"'): Status.ERROR,
        trade(time="0"): Status.ERROR,
        trade(time="-1616666559"): Status.ERROR,
        trade(time="4102444800"): Status.ERROR,
        trade(time="99999999999999999"): Status.ERROR,
        trade(type="7"): Status.ERROR,
        trade(pair="null"): Status.ERROR,
        trade(price='"0"'): Status.ERROR,
        trade(cost='"-1"'): Status.ERROR,
        trade(cost='"1e30"'): Status.ERROR,
        '{"trades":{},"count":0}': Status.TRADING,
        '{"trades":{}}': Status.TRADING,
        '{"trades":[],"count":0}': Status.TRADING,
        trade(): Status.TRADING,
        trade(count='"1"'): Status.TRADING,
        trade(count='"many"'): Status.TRADING,
        trade(count="-7"): Status.TRADING,
        trade(count="1e29"): Status.TRADING,
        trade(count="0e999999"): Status.TRADING,
        trade(cost="0"): Status.TRADING,
        trade(pair='"XXLMZKRW"'): Status.TRADING,
        trade(pair=_TEXT, type=_TEXT): Status.TRADING,
    },
    "TradeBalance": {"{}": Status.TRADING, '{"eb":null}': Status.TRADING, '{"eb":"1"}': Status.TRADING},
    "Earn/Allocations": {
        '{"items":[]}': Status.TRADING,
        '{"items":[],"next_cursor":null}': Status.TRADING,
        "null": Status.TRADING,
        f'{{"items":[{{"strategy_id":{_TEXT},"native_asset":"DOT","amount_allocated":{{"total":{_NATIVE},'
        f'"unbonding":{{"native":"1","allocations":[{{"native":"1","expires":{_TEXT}}}]}}}}}}]}}': Status.TRADING,
        f'{{"items":[{{"strategy_id":"E","native_asset":{_TEXT},"amount_allocated":{{"total":{_NATIVE}}}}}]}}': (
            Status.TRADING
        ),
        "{}": Status.ERROR,
        '{"items":[],"next_cursor":"1"}': Status.ERROR,  # page after page
        '{"items":[],"next_cursor":{}}': Status.ERROR,
        '{"items":{"a":1}}': Status.ERROR,
        '{"items":[1]}': Status.ERROR,
        '{"items":[{}]}': Status.ERROR,
        f'{{"items":[{{"native_asset":"DOT","amount_allocated":{{"total":{_NATIVE}}}}}]}}': Status.ERROR,
        f'{{"items":[{{"strategy_id":"E","amount_allocated":{{"total":{_NATIVE}}}}}]}}': Status.ERROR,
        '{"items":[{"strategy_id":"E","native_asset":"DOT","amount_allocated":{"total":{"native":"-1"}}}]}': (
            Status.ERROR
        ),
        json.dumps({"items": [{}] * 10_001}): Status.ERROR,
    },
}


@dataclass(frozen=True)
class Row:
    """A fault at one endpoint, and the status that its account has then."""

    what: str
    fault: Fault
    status: Status


def rows(endpoint: str) -> Iterator[Row]:
    """The matrix of one private endpoint.

    What strikes TradeBalance or Earn is a finding: the account trades all the same.
    """
    only_a_figure = endpoint in ("TradeBalance", "Earn/Allocations")
    for what, (fault, status) in ON_THE_WAY.items():
        yield Row(what, fault, Status.TRADING if only_a_figure else status)
    for words, status in KRAKEN_SAYS.items():
        harmless = only_a_figure or (endpoint, words) == ("BalanceEx", UNKNOWN_METHOD)
        yield Row(words[:60], error(words), Status.TRADING if harmless else status)
    # These keys may see their funds, so that it is not for want of a permission.
    denied = Status.ERROR if endpoint in ("GetApiKeyInfo", "BalanceEx") else Status.TRADING
    yield Row(PERMISSION_DENIED, error(PERMISSION_DENIED), denied)
    for what, text in NO_ANSWERS.items():
        yield Row(what, body(text), Status.TRADING if only_a_figure else Status.ERROR)
    for value in NO_AMOUNTS:
        text = PLACES[endpoint].replace("VALUE", value)
        yield Row(f"amount {value[:40]}", result(text), Status.TRADING if only_a_figure else Status.ERROR)
    for value in AMOUNTS:
        text = PLACES[endpoint].replace("VALUE", value)
        # Nobody trades less than something.
        wrong = endpoint == "TradesHistory" and not Decimal(value.strip('" ')) > 0
        yield Row(f"amount {value[:40]}", result(text), Status.ERROR if wrong else Status.TRADING)
    for text, status in ANSWERS[endpoint].items():
        yield Row(text[:120], result(text), Status.TRADING if only_a_figure else status)


def public_faults() -> Iterator[tuple[str, Fault]]:
    """What strikes a public endpoint."""
    yield from ((what, fault) for what, (fault, _) in ON_THE_WAY.items())
    yield from ((words[:60], error(words)) for words in (*KRAKEN_SAYS, PERMISSION_DENIED))
    yield from ((what, body(text)) for what, text in NO_ANSWERS.items())


def error(words: str) -> Fault:
    """Kraken's error string."""
    return Fault(FaultKind.ERROR, text=words)


def body(text: str) -> Fault:
    """The whole body of an answer."""
    return Fault(FaultKind.BODY, text=text)


def result(text: str) -> Fault:
    """The result of an answer that is good but for it."""
    return body(f'{{"error":[],"result":{text}}}')
