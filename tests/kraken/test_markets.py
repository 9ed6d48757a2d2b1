from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from kraken_accounts.kraken.errors import UnexpectedAnswer
from kraken_accounts.kraken.markets import Book, Pair, parse_pairs, parse_tickers


def ticker(ask: Any = None, bid: Any = None, last: Any = None) -> dict[str, Any]:
    return {side: value for side, value in (("a", ask), ("b", bid), ("c", last)) if value is not None}


@pytest.mark.parametrize(
    ("sides", "bid", "ask"),
    [
        (ticker(["64250.30000", "1", "1.000"], ["64250.00000", "2", "2.000"], ["6", "1"]), "64250.0", "64250.3"),
        (ticker(["0.00000003", "1"], ["0.00000002", "1"]), "0.00000002", "0.00000003"),
        # one side missing, zero or nonsense: that side is empty, and the last trade is no price
        (ticker(bid=["5", "1"], last=["7", "1"]), "5", None),
        (ticker(ask=["5", "1"], last=["7", "1"]), None, "5"),
        (ticker(["0.00000", "0", "0.000"], ["5", "1"], ["7", "1"]), "5", None),
        (ticker(["5", "1"], ["0.00000", "0", "0.000"], ["7", "1"]), None, "5"),
        (ticker(["-5", "1"], ["5", "1"], ["7", "1"]), "5", None),
        (ticker([], ["5", "1"], ["7", "1"]), "5", None),
        (ticker("", ["5", "1"], ["7", "1"]), "5", None),
        (ticker(["nonsense"], ["5", "1"], ["7", "1"]), "5", None),
        (ticker(["1e999999999"], ["5", "1"], ["7", "1"]), "5", None),
        (ticker(5, ["5", "1"], ["7", "1"]), "5", None),
        (ticker(last=["7", "1"]), None, None),
        ({}, None, None),
        # numbers instead of strings
        (ticker([Decimal("5.5"), 1], [5, 1]), "5", "5.5"),
    ],
)
def test_the_answer_of_ticker(sides: dict[str, Any], bid: str | None, ask: str | None) -> None:
    book = Book(*(None if side is None else Decimal(side) for side in (bid, ask)))

    assert parse_tickers({"XXBTZUSD": sides}) == {"XXBTZUSD": book}


def test_the_answer_of_asset_pairs() -> None:
    answer = {"XXBTZUSD": {"altname": "XBTUSD", "base": "XXBT", "quote": "ZUSD"}}

    assert parse_pairs(answer) == (Pair("XXBTZUSD", "XXBT", "ZUSD"),)


@pytest.mark.parametrize(
    ("sent", "status", "is_open"),
    [
        ("online", "online", True),
        ("cancel_only", "cancel_only", False),
        ("", None, True),
        (None, None, True),
        (5, "5", False),
        ("\x1b[2J", "[2J", False),
        ("\x1b", "unknown", False),
    ],
)
def test_the_status_of_a_pair(sent: Any, status: str | None, is_open: bool) -> None:
    (pair,) = parse_pairs({"XXBTZUSD": {"base": "XXBT", "quote": "ZUSD", "status": sent}})

    assert (pair.status, pair.open) == (status, is_open)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, "AssetPairs should be an object, but Kraken sent nothing"),
        ({"XXBTZUSD": []}, "the pair “XXBTZUSD” should be an object, but Kraken sent a list of 0"),
        ({"XXBTZUSD": {"base": "XXBT"}}, "quote of “XXBTZUSD” should be a text, but Kraken sent nothing"),
    ],
)
def test_pairs_of_another_shape(answer: Any, message: str) -> None:
    with pytest.raises(UnexpectedAnswer) as refusal:
        parse_pairs(answer)

    assert refusal.value.reason == message


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ([], "Ticker should be an object, but Kraken sent a list of 0"),
        ({"XXBTZUSD": None}, "the ticker of “XXBTZUSD” should be an object, but Kraken sent nothing"),
    ],
)
def test_tickers_of_another_shape(answer: Any, message: str) -> None:
    with pytest.raises(UnexpectedAnswer) as refusal:
        parse_tickers(answer)

    assert refusal.value.reason == message
