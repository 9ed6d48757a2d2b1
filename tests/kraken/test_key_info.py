"""What Kraken says of a key, in either of the two spellings that its answers have."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from kraken_accounts.kraken.errors import UnexpectedAnswer
from kraken_accounts.kraken.key_info import KeyInfo, parse_key_info

# As documented, and as recorded; the values are made up.
CAMEL_CASE = {
    "apiKeyName": "bot",
    "apiKey": "SMPL-key",
    "nonce": "1795342230123",
    "nonceWindow": 0,
    "permissions": ["query-funds", "modify-trades"],
    "iban": "AA00 SMPL 0000 0001",
    "validUntil": "1795342230",
    "queryFrom": "0",
    "queryTo": "0",
    "createdTime": "1772542900",
    "modifiedTime": "1772543095",
    "ipAllowlist": ["127.0.0.1", "::1"],
    "lastUsed": "1772627061",
}
SNAKE_CASE = {
    "api_key_name": "bot",
    "api_key": "SMPL-key",
    "nonce": "123",
    "nonce_window": "15",
    "permissions": ["query-funds", "create-ws-token"],
    "iban": "123",
    "valid_until": "0",
    "query_from": "0",
    "query_to": "0",
    "created_time": "1522132642",
    "modified_time": "1618230358",
    "ip_allowlist": [""],
    "last_used": "1774350056",
}
SOON, LATER = "1795342230", "1795999999"  # the first is 2026-11-22 10:10:30 UTC


def test_camel_case() -> None:
    assert parse_key_info(CAMEL_CASE) == KeyInfo(
        permissions=("query-funds", "modify-trades"),
        iban="AA00SMPL00000001",
        valid_until=datetime(2026, 11, 22, 10, 10, 30, tzinfo=UTC),
        nonce_window=Decimal(0),
        ip_allowlist=("127.0.0.1", "::1"),
        nonce=1_795_342_230_123,
    )


def test_snake_case() -> None:
    assert parse_key_info(SNAKE_CASE) == KeyInfo(
        permissions=("query-funds", "create-ws-token"),
        iban="123",
        valid_until=None,
        nonce_window=Decimal(15),
        ip_allowlist=(),
        nonce=123,
    )


@pytest.mark.parametrize(
    ("fields", "field", "expected"),
    [
        ({"valid_until": SOON}, "valid_until", datetime(2026, 11, 22, 10, 10, 30, tzinfo=UTC)),
        ({"valid_until": int(SOON)}, "valid_until", datetime(2026, 11, 22, 10, 10, 30, tzinfo=UTC)),
        *(({"validUntil": none}, "valid_until", None) for none in ("0", 0, "", None)),
        *(({"valid_until": none}, "valid_until", None) for none in ("0", 0, "", None)),
        ({"nonce_window": 15}, "nonce_window", Decimal(15)),
        ({"nonceWindow": 5000}, "nonce_window", Decimal(5000)),
        *(({"nonceWindow": none}, "nonce_window", None) for none in ("", None)),
        ({}, "nonce_window", None),
        *(({"iban": none}, "iban", None) for none in ("", None)),
        # one number, however it is written
        *(({"iban": same}, "iban", "AA00SMPL1") for same in ("AA00 SMPL 1", "AA00SMPL1", " aa00 smpl1 ")),
        ({"iban": 123}, "iban", "123"),
        # no restriction, in many words
        *(({"ipAllowlist": none}, "ip_allowlist", ()) for none in ([], [""], None, "", [None])),
        ({"ip_allowlist": ["", "127.0.0.1", ""]}, "ip_allowlist", ("127.0.0.1",)),
        ({"permissions": []}, "permissions", ()),
        ({"permissions": [""]}, "permissions", ()),
        ({"permissions": ["query-funds", "something-new"]}, "permissions", ("query-funds", "something-new")),
    ],
)
def test_what_is_left_out_or_written_otherwise(fields: dict[str, Any], field: str, expected: Any) -> None:
    assert getattr(parse_key_info({"permissions": [], **fields}), field) == expected


@pytest.mark.parametrize(
    ("fields", "field", "expected"),
    [
        ({"nonceWindow": 0, "nonce_window": "15"}, "nonce_window", Decimal(15)),
        ({"nonceWindow": "15", "nonce_window": 0}, "nonce_window", Decimal(15)),
        ({"nonceWindow": None, "nonce_window": 15}, "nonce_window", Decimal(15)),
        (
            {"validUntil": LATER, "valid_until": SOON},
            "valid_until",
            datetime(2026, 11, 22, 10, 10, 30, tzinfo=UTC),
        ),
        ({"validUntil": SOON, "valid_until": "0"}, "valid_until", datetime(2026, 11, 22, 10, 10, 30, tzinfo=UTC)),
        ({"ipAllowlist": ["127.0.0.1"], "ip_allowlist": [""]}, "ip_allowlist", ()),
        ({"ipAllowlist": ["a", "b"], "ip_allowlist": ["b", "c"]}, "ip_allowlist", ("a", "b", "c")),
        ({"ipAllowlist": ["a"], "ip_allowlist": None}, "ip_allowlist", ("a",)),
    ],
)
def test_of_two_spellings_that_contradict_each_other_the_worse_counts(
    fields: dict[str, Any], field: str, expected: Any
) -> None:
    assert getattr(parse_key_info({"permissions": [], **fields}), field) == expected


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (None, "GetApiKeyInfo should be an object, but Kraken sent nothing"),
        ({}, "Kraken does not say what the key may do"),
        ({"permissions": None}, "Kraken does not say what the key may do"),
        ({"permissions": "all"}, "the key's permissions should be a list, but Kraken sent “all”"),
        (
            {"permissions": [], "valid_until": "soon"},
            "the key's expiry should be an amount, but Kraken sent “soon”",
        ),
        (
            {"permissions": [], "validUntil": "0", "valid_until": "soon"},
            "the key's expiry should be an amount, but Kraken sent “soon”",
        ),
        ({"permissions": [], "iban": True}, "the account's iban should be a text, but Kraken sent “True”"),
    ],
)
def test_another_shape(result: Any, message: str) -> None:
    with pytest.raises(UnexpectedAnswer) as refusal:
        parse_key_info(result)

    assert refusal.value.reason == message
