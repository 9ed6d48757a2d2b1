from __future__ import annotations

import html
import json
from typing import Any
from urllib.parse import quote

import pytest

from kraken_accounts.config import Credentials
from kraken_accounts.config.secret import ApiKey, Secret
from kraken_accounts.kraken.echoes import without_secrets

KEY = "SMPL/key+with=signs/not-a-real-one"
CREDENTIALS = Credentials(ApiKey(KEY), Secret("SMPLsecret/not+real=="), Secret("pass word & 77"))


@pytest.mark.parametrize(
    "written",
    [
        KEY,
        f"EAPI:Invalid key:{KEY}",
        KEY.replace("/", "\\/"),
        quote(KEY, safe=""),
        quote(quote(KEY, safe=""), safe=""),
        html.escape(KEY).replace("/", "&#x2F;").replace("=", "&#61;"),
        json.dumps(KEY).replace("/", "\\u002f"),
        "".join(f"\\x{ord(character):02x}" for character in KEY),
        f"{KEY} and {quote(KEY, safe='')}",
        "pass+word+%26+77",
        "pass word &amp; 77",
        "SMPLsecret%2Fnot%2Breal%3D%3D",
    ],
)
def test_a_secret_is_hidden_however_it_is_written(written: str) -> None:
    cleaned = without_secrets({"error": [written], written: {"deep": [[written]]}}, CREDENTIALS)

    shown = json.dumps(cleaned)
    for piece in ("key+with", "key%2Bwith", "with=signs", "with%3D", "not-a-real", "pass", "not%2Breal", "006b"):
        assert piece not in shown


@pytest.mark.parametrize(
    "answer",
    [
        {"XXBT": {"balance": "77.50", "hold_trade": "0"}, "n": 5, "none": None, "yes": True},
        ["OAAAAA-BBBBB-CCCCCC", "buy 1.00000000 XBTUSD @ limit 30000.0", "100% sure & 50 %25"],
        "plain",
    ],
)
def test_all_else_stays_as_it_is(answer: Any) -> None:
    assert without_secrets(answer, CREDENTIALS) == answer


@pytest.mark.parametrize("password", ["770077", "hidden", "<hid"])
def test_a_password_of_digits_is_not_looked_for_in_amounts(password: str) -> None:
    credentials = Credentials(ApiKey(KEY), Secret("SMPLsecret"), Secret(password))

    assert without_secrets({"balance": "770077.50", "text": f"otp={password}"}, credentials) == {
        "balance": "770077.50",
        "text": "otp=<hidden>",
    }
