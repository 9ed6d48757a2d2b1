from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_accounts.kraken.errors import (
    ExchangeRestricted,
    KeyRejected,
    KrakenError,
    LockedOut,
    NonceConflict,
    OrderRefused,
    PermissionDenied,
    RateLimited,
    RequestRefused,
    TryLater,
    Unreachable,
    error_from,
    printable,
)

NOW = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)


SAID: dict[str, type[KrakenError]] = {
    "EService:Unavailable": Unreachable,
    "EService:Busy": Unreachable,
    "EService:Deadline elapsed": Unreachable,
    "EGeneral:Internal error": Unreachable,
    "EService:Market in cancel_only mode": ExchangeRestricted,
    "EService:Market in post_only mode": ExchangeRestricted,
    "EService:Market in limit_only mode": ExchangeRestricted,
    "EAPI:Invalid key": KeyRejected,
    "EAPI:Invalid signature": KeyRejected,
    "EAuth:Account temporary disabled": KeyRejected,
    "EGeneral:Permission denied": PermissionDenied,
    "EAPI:Invalid nonce": NonceConflict,
    "EAPI:Rate limit exceeded": RateLimited,
    "EOrder:Rate limit exceeded": RateLimited,
    "EAuth:Rate limit exceeded": RateLimited,
    "EGeneral:Too many requests": RateLimited,
    "EService:Throttled: 1795000000": RateLimited,
    "EService: Throttled: 1795000000": RateLimited,
    "EService:Throttled": RateLimited,
    "EGeneral:Temporary lockout": LockedOut,
    "EGeneral:Invalid arguments": RequestRefused,
    "EGeneral:Invalid arguments:asset": RequestRefused,
    "EGeneral:Unknown method": RequestRefused,
    "EQuery:Unknown asset pair": RequestRefused,
    "EAccount:Invalid permissions": RequestRefused,
    "something new": RequestRefused,
    "": RequestRefused,
    "EOrder:Insufficient funds": OrderRefused,
    "EOrder:Unknown order": OrderRefused,
}
# Kraken's own servers failed: the request may have been carried out, and a read may be asked again.
UNCERTAIN = [words for words, kind in SAID.items() if kind is Unreachable]


@pytest.mark.parametrize(("words", "kind"), SAID.items())
def test_each_of_krakens_errors_has_its_kind(words: str, kind: type[KrakenError]) -> None:
    error = error_from(words, NOW)

    assert type(error) is kind
    assert f"Kraken says “{words}”" in error.reason
    assert error.remedy


@pytest.mark.parametrize(
    "words", ["eapi:invalid nonce", " EAPI:Invalid nonce ", "EAPI: Invalid nonce", "EAPI:Invalid nonce: too low"]
)
def test_the_spelling_may_vary(words: str) -> None:
    assert isinstance(error_from(words, NOW), NonceConflict)


def test_only_the_way_there_is_worth_trying_again_at_once() -> None:
    assert [words for words in SAID if error_from(words, NOW).retry] == UNCERTAIN


def test_only_where_kraken_failed_may_the_request_have_been_carried_out() -> None:
    assert [words for words in SAID if error_from(words, NOW).uncertain] == UNCERTAIN


def test_a_throttled_key_learns_when_to_ask_again() -> None:
    error = error_from("EService:Throttled: 1795342230", NOW)

    # 1795342230 s since 1970 is 2026-11-22 10:10:30 UTC.
    assert isinstance(error, TryLater)
    assert error.until == datetime(2026, 11, 22, 10, 10, 30, tzinfo=UTC)
    assert error.reason == "Kraken says “EService:Throttled: 1795342230”: too many requests"
    assert error.remedy == (
        "The bot and this check spend from one counter: run less often, or slow the bot down. "
        "Ask again after 10:10:30 UTC."
    )


@pytest.mark.parametrize("words", ["EService:Throttled", "EService:Throttled: soon", "EService:Throttled: "])
def test_a_throttled_key_that_does_not(words: str) -> None:
    error = error_from(words, NOW)

    assert isinstance(error, RateLimited)
    assert error.until is None
    assert "Ask again" not in error.remedy


@pytest.mark.parametrize("number", ["999999999999", "1795342230123", "9" * 30])
def test_a_time_that_is_none_is_not_repeated(number: str) -> None:
    error = error_from(f"EService:Throttled: {number}", NOW)

    assert isinstance(error, RateLimited)
    assert error.until is None


def test_a_lockout_lasts_a_quarter_of_an_hour() -> None:
    error = error_from("EGeneral:Temporary lockout", NOW)

    assert isinstance(error, LockedOut)
    assert error.until == datetime(2026, 11, 22, 10, 15, 0, tzinfo=UTC)
    assert error.reason == ("Kraken says “EGeneral:Temporary lockout”: too many invalid requests of this key")
    assert error.remedy == (
        "Do not ask with this key meanwhile, that prolongs the lockout; then check the key and the secret. "
        "Ask again after 10:15:00 UTC."
    )


def test_a_wrong_secret_and_a_wrong_key_have_remedies_of_their_own() -> None:
    assert error_from("EAPI:Invalid signature", NOW).remedy == (
        "The secret does not belong to the key: paste both again, or create a new key."
    )
    assert error_from("EAPI:Invalid key", NOW).remedy == (
        "Check that the key was pasted whole, still exists, has not expired and allows this machine's address, "
        "at https://www.kraken.com/u/security/api."
    )


def test_an_error_says_its_reason() -> None:
    error = Unreachable("127.0.0.1:1 did not answer in time")

    assert str(error) == error.reason == "127.0.0.1:1 did not answer in time"
    assert error.remedy == "Check the network and https://status.kraken.com, then run again."


# --- foreign text ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("two\nlines\tand  spaces ", "two lines and spaces"),
        ("\x1b[31mred\x1b[0m", "[31mred [0m"),
        ("nothing\x00 \x07 \x9b here", "nothing here"),
        ("abc\u202egnitirw", "abc gnitirw"),  # would turn the direction of writing
        ("zero\u200bwidth", "zero width"),
        ("lone \ud800", "lone"),
        ("Ünïcödé ✅", "Ünïcödé ✅"),
    ],
)
def test_foreign_text_is_made_safe_to_show(words: str, expected: str) -> None:
    assert printable(words) == expected


def test_foreign_text_is_bounded() -> None:
    assert printable("a" * 200) == "a" * 200
    assert printable("a" * 201) == "a" * 199 + "…"
    assert printable("abcdef", 4) == "abc…"


@given(st.text(st.characters()))
def test_whatever_kraken_says_becomes_one_short_printable_line(words: str) -> None:
    error = error_from(words, NOW)

    assert len(error.reason) < 320
    assert error.reason.isprintable()
    error.reason.encode()  # and has no lone surrogates
