"""Every answer of every endpoint, field by field as in the example on Kraken's page of it.

The examples are data, in `documented/`: the `page`, what to `ask`, the `result` with names such as `<pair>` for
those that differ, which fields are `not_always` there, and which ones were `also` seen on the wire.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kraken_sandbox import EarnAllocation, EarnStrategy, Exchange, Level, PastEntry, PastTrade, Position
from kraken_sandbox.endpoints import PRIVATE, PUBLIC

from .shapes import Shape
from .support import NOW, Client

DOCUMENTED = {
    path.stem.replace(".", "/"): json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parent / "documented").glob("*.json"))
}
SIMULATED = [name for name in DOCUMENTED if name in PUBLIC | PRIVATE]


@pytest.fixture
def eventful(exchange: Exchange, client: Client) -> dict[str, str]:
    """The account `test` with something of everything; the ids that a question may name."""
    exchange.add_strategy(EarnStrategy("ESRFUO3", "DOT", lock_type="bonded", bonding_period=86400))
    bonding = EarnAllocation("ESRFUO3", Decimal(5), "bonding", created=NOW - 60, expires=NOW + 3600)
    exchange.add_allocation("test", bonding)
    exchange.add_position(
        "test",
        Position("TPOSIT", "OPOSIT", "XETHZUSD", "buy", NOW - 60, Decimal(1), Decimal(3000), Decimal(12), 5),
    )
    exchange.book("test", PastTrade("XBTUSD", "buy", Decimal("0.1"), Decimal("60000"), NOW - 60))
    exchange.book("test", PastEntry("deposit", "XXBT", Decimal(1), NOW - 50))
    exchange.book("test", PastEntry("withdrawal", "XXBT", Decimal("-0.5"), NOW - 40))
    order = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit"}
    exchange.set_book("XBTUSD", asks=[Level(Decimal("64251"), Decimal("0.005")), Level(Decimal("64260"))])
    # Filled in part, so that it has trades.
    (opened,) = client.private("AddOrder", **order, price="64251", volume="0.01").result["txid"]
    (closed,) = client.private("AddOrder", **order, price="64270", volume="0.01").result["txid"]
    (amended,) = client.private("AddOrder", **order, price="40000", volume="0.01").result["txid"]
    client.private("AmendOrder", txid=amended, limit_price="41000")
    # Not in the spot wallet: without `held_as` it is a vault's.
    exchange.add_strategy(EarnStrategy("ESINSTA", "XXBT"))
    exchange.add_allocation("test", EarnAllocation("ESINSTA", Decimal(1)))
    return {
        "amended_order": amended,
        "report": client.private("AddExport", report="trades", description="of the test").result["id"],
        "open_order": opened,
        "closed_order": closed,
        "trade": next(iter(client.private("TradesHistory").result["trades"])),
        "entry": next(iter(client.private("Ledgers").result["ledger"])),
    }


def filled_in(value: Any, names: dict[str, str]) -> Any:
    """A question with the ids in place of their names."""
    if isinstance(value, list):
        return [filled_in(each, names) for each in value]
    if isinstance(value, dict):
        return {name: filled_in(each, names) for name, each in value.items()}
    return value.format_map(names) if isinstance(value, str) else value


@pytest.mark.parametrize("name", SIMULATED)
def test_the_answer_is_as_documented(client: Client, eventful: dict[str, str], name: str) -> None:
    documented = DOCUMENTED[name]
    ask = filled_in(documented["ask"], eventful)
    answer = client.public(name, **ask) if name in PUBLIC else client.private_json(name, **ask)
    shape = Shape(documented["result"], frozenset(documented.get("not_always", ())), documented.get("also", {}))

    assert shape.differences(answer.result) == []


def test_every_endpoint_with_a_result_is_documented(client: Client) -> None:
    others = [name for name in PUBLIC | PRIVATE if name not in DOCUMENTED]

    answers = {name: client.private(name).document for name in others}
    assert [name for name, answer in answers.items() if not answer["error"] and answer["result"]] == []


@pytest.mark.parametrize(
    ("example", "answer", "differences"),
    [
        ({"a": "1.0"}, {"a": 1.0}, ["result.a: 1.0 and not such as '1.0'"]),
        ({"a": 1}, {"a": "1"}, ["result.a: '1' and not such as 1"]),
        ({"a": "1.0"}, {"a": "one"}, ["result.a: 'one' and not such as '1.0'"]),
        ({"a": True}, {"a": 1}, ["result.a: 1 and not such as True"]),
        ({"a": 1, "b": 1}, {"a": 1, "c": 1}, ["result.b is missing", "result.c is not documented"]),
        ({"<pair>": {"a": 1}, "last": 1}, {"X": {"a": ""}, "last": 2}, ["result.X.a: '' and not such as 1"]),
        ({"<pair>": 1, "last": 1}, {"last": 1}, ["result has no <pair>"]),
        ([["1", 2]], [["1", 2], ["1", 2, 3]], ["result[1]: ['1', 2, 3] and not such as ['1', 2]"]),
        ([1], [], ["result: [] and not such as [1]"]),
        ([], [1], []),
        ({"a": None}, {"a": "text"}, []),
        ({"a": None}, {"a": {}}, ["result.a: {} and not such as None"]),
        ({"sometimes": 1}, {"seen": 1}, []),
    ],
)
def test_a_difference_would_be_found(example: Any, answer: Any, differences: list[str]) -> None:
    assert Shape(example, frozenset({"sometimes"}), {"seen": 1}).differences(answer) == differences
