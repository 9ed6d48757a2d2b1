from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_accounts.kraken import wire
from kraken_accounts.kraken.errors import UnexpectedAnswer

from ..faults.hostile import anything

# --- JSON -----------------------------------------------------------------------------------------------


def test_numbers_never_pass_through_a_float() -> None:
    answer = wire.decode(b'{"a": 0.1, "b": 1e-10, "c": 12345678901234567890.12345678901234567890, "d": 7}')

    assert answer == {
        "a": Decimal("0.1"),
        "b": Decimal("1E-10"),
        "c": Decimal("12345678901234567890.12345678901234567890"),
        "d": 7,
    }
    assert not any(isinstance(number, float) for number in answer.values())


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "Kraken's answer is not the JSON it should be: Expecting value: line 1 column 1 (char 0)"),
        (
            b"<html>down for maintenance</html>",
            "Kraken's answer is not the JSON it should be: Expecting value: line 1 column 1 (char 0)",
        ),
        (b'{"error": [], "result": NaN}', "Kraken's answer is not the JSON it should be: NaN is not a number"),
        (b"[Infinity]", "Kraken's answer is not the JSON it should be: Infinity is not a number"),
        (b"[-Infinity]", "Kraken's answer is not the JSON it should be: -Infinity is not a number"),
        (
            b'{"result": {"ZUSD": "1", "ZUSD": "2"}}',
            "Kraken's answer is not the JSON it should be: a key given twice",
        ),
        (b"[" * 100_000, "Kraken's answer is not the JSON it should be"),
        (b"[1e99999999999999999999]", "Kraken's answer is not the JSON it should be"),
    ],
)
def test_what_is_not_json_or_is_ambiguous_is_refused(body: bytes, message: str) -> None:
    with pytest.raises(UnexpectedAnswer) as refusal:
        wire.decode(body)

    assert refusal.value.reason == message


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b'{"error": ["\xe9"]}', b"[" + b"9" * 5000 + b"]"])
def test_bytes_that_are_no_text_or_no_credible_number_are_refused(body: bytes) -> None:
    with pytest.raises(UnexpectedAnswer, match=r"^Kraken's answer is not the JSON it should be: "):
        wire.decode(body)


def test_of_long_lists_that_alone_is_kept_which_is_wanted() -> None:
    body = (
        b'{"error": [], "result": {"XXBTZUSD": {"base": "XXBT", "fees": [[0, 0.4]]}, "odd": {"fees": []}, "x": 1}}'
    )

    assert wire.decode(body, fields=("base", "quote")) == {
        "error": [],
        "result": {"XXBTZUSD": {"base": "XXBT"}, "odd": {"fees": []}, "x": 1},
    }


@pytest.mark.parametrize("body", [b'{"base": "XXBT", "base": "ETH"}', b'{"base": "XXBT", "fees": 1, "fees": 2}'])
def test_what_is_ambiguous_is_refused_where_little_is_wanted_too(body: bytes) -> None:
    with pytest.raises(UnexpectedAnswer, match=r"a key given twice$"):
        wire.decode(body, fields=("base",))


# --- Kraken's envelope ----------------------------------------------------------------------------------


def test_the_envelope_taken_apart() -> None:
    assert wire.result_and_errors({"error": [], "result": {"a": 1}}) == ({"a": 1}, [])
    assert wire.result_and_errors({"error": []}) == (None, [])
    assert wire.result_and_errors({"error": ["EAPI:Invalid key"]}) == (None, ["EAPI:Invalid key"])
    assert wire.result_and_errors({"error": ["WGeneral:Danger"], "result": 1}) == (1, ["WGeneral:Danger"])


@pytest.mark.parametrize(
    "answer", [{}, {"result": {}}, {"error": "EAPI:Invalid key"}, {"error": [1]}, {"error": None}]
)
def test_json_of_somebody_else(answer: Any) -> None:
    with pytest.raises(UnexpectedAnswer) as refusal:
        wire.result_and_errors(answer)

    assert refusal.value.reason == "Kraken's answer has no list of errors, so it is not from Kraken's API"


@pytest.mark.parametrize(("answer", "shown"), [([], "a list of 0"), ("hi", "“hi”"), (None, "nothing"), (1, "“1”")])
def test_json_that_is_no_envelope(answer: Any, shown: str) -> None:
    with pytest.raises(UnexpectedAnswer) as refusal:
        wire.result_and_errors(answer)

    assert refusal.value.reason == f"the answer should be an object, but Kraken sent {shown}"


# --- amounts --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("1.2435000000", "1.2435"),
        ("0.0000000000", "0"),
        ("-12.5", "-12.5"),
        (" 7 ", "7"),
        ("1e-8", "0.00000001"),
        (7, "7"),
        (0, "0"),
        (-3, "-3"),
        (Decimal("1.5"), "1.5"),
        ("123456789012345678901234567.890123456789", "123456789012345678901234567.890123456789"),
        ("9" * 30, "9" * 30),
        ("0" * 31 + "7", "7"),
        ("0." + "0" * 39 + "1", "1e-40"),
        ("-0.00", "0"),
        ("7.", "7"),
        (".5", "0.5"),
    ],
)
def test_an_amount_is_a_string_or_a_number(sent: Any, expected: str) -> None:
    assert wire.amount(sent, "it") == Decimal(expected)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (None, "nothing"),
        ("", "“”"),
        ("a lot", "“a lot”"),
        ("NaN", "“NaN”"),
        ("sNaN", "“sNaN”"),
        ("Infinity", "“Infinity”"),
        ("1,5", "“1,5”"),
        ("1_000", "“1_000”"),
        ("١٢", "“١٢”"),
        ("0x10", "“0x10”"),
        (True, "“True”"),
        ([], "a list of 0"),
        ({"a": 1}, "an object of 1"),
        ("1" * 81, "“" + "1" * 39 + "…”"),
    ],
)
def test_what_is_no_amount(sent: Any, shown: str) -> None:
    with pytest.raises(UnexpectedAnswer) as refusal:
        wire.amount(sent, "the balance of ZUSD")

    assert refusal.value.reason == f"the balance of ZUSD should be an amount, but Kraken sent {shown}"


@pytest.mark.parametrize(
    "sent",
    [
        "1e30",
        "-1e30",
        "1" + "0" * 30,
        "0." + "0" * 40 + "1",
        "1e999999999",
        "1e-41",
        "-1e-999999999",
        Decimal("1e999999999"),
        Decimal("1e-999999999"),
    ],
)
def test_what_is_no_credible_amount(sent: Any) -> None:
    with pytest.raises(UnexpectedAnswer, match=r"^the balance of ZUSD is no credible amount: Kraken sent "):
        wire.amount(sent, "the balance of ZUSD")


def test_a_whole_number_too_large_to_be_money() -> None:
    with pytest.raises(UnexpectedAnswer, match=r"^the balance of ZUSD should be an amount, but Kraken sent "):
        wire.amount(10**30, "the balance of ZUSD")


@given(st.decimals(min_value=-(10**20), max_value=10**20, places=10))
def test_every_amount_survives_the_wire_exactly(amount: Decimal) -> None:
    assert wire.amount(f"{amount:f}", "it") == amount
    assert wire.amount(wire.decode(f"{amount:f}".encode()), "it") == amount


@given(anything)
def test_whatever_is_sent_is_an_amount_or_refused(sent: Any) -> None:
    try:
        amount = wire.amount(sent, "it")
    except UnexpectedAnswer:
        return
    assert amount.is_finite()
    assert amount.copy_abs() < Decimal("1e30")


# --- texts, times and the rest --------------------------------------------------------------------------


def test_texts_are_made_safe_to_show() -> None:
    assert wire.text("query\nfunds\x1b[31m", "it") == "query funds [31m"
    assert wire.texts(["a", "b"], "it") == ("a", "b")
    assert wire.texts(None, "it") == ()
    assert wire.texts(["", "a", None], "it") == ("a",)


def test_a_name_may_be_a_number() -> None:
    assert wire.label("AA00", "it") == "AA00"
    assert wire.label(17, "it") == "17"
    with pytest.raises(UnexpectedAnswer, match=r"^it should be a text, but Kraken sent “True”$"):
        wire.label(True, "it")


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"validUntil": 1}, [1]),
        ({"valid_until": 0}, [0]),
        ({"validUntil": 1, "valid_until": 2}, [1, 2]),
        ({"validUntil": "", "valid_until": None}, []),
        ({"valid-until": 1, "ValidUntil": 2}, []),
    ],
)
def test_a_field_has_two_spellings(fields: dict[str, Any], found: list[Any]) -> None:
    assert wire.spellings(fields, "validUntil") == found


@pytest.mark.parametrize(("sent", "shown"), [("", "“”"), (1, "“1”"), (None, "nothing"), ([], "a list of 0")])
def test_what_is_no_text(sent: Any, shown: str) -> None:
    with pytest.raises(UnexpectedAnswer) as refusal:
        wire.text(sent, "the iban")

    assert refusal.value.reason == f"the iban should be a text, but Kraken sent {shown}"


def test_what_is_no_list_of_texts() -> None:
    with pytest.raises(UnexpectedAnswer, match=r"^the permissions should be a list, but Kraken sent “all”$"):
        wire.texts("all", "the permissions")
    with pytest.raises(UnexpectedAnswer, match=r"^the permissions should be a text, but Kraken sent “1”$"):
        wire.texts(["query-funds", 1], "the permissions")


@pytest.mark.parametrize("sent", ["1763805600", 1763805600, "1763805600.9", Decimal("1763805600.9")])
def test_a_moment_is_unix_seconds(sent: Any) -> None:
    assert wire.moment(sent, "it") == datetime(2025, 11, 22, 10, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize("sent", [None, "", "0", 0, "0.0"])
def test_no_moment(sent: Any) -> None:
    assert wire.moment(sent, "it") is None


def test_what_is_no_moment() -> None:
    with pytest.raises(UnexpectedAnswer, match=r"^the expiry should be an amount, but Kraken sent “tomorrow”$"):
        wire.moment("tomorrow", "the expiry")
    with pytest.raises(UnexpectedAnswer, match=r"^the expiry is no credible time: Kraken sent “9999999999999”$"):
        wire.moment("9999999999999", "the expiry")
