from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given

from kraken_accounts.kraken.error_messages import error_from, error_from_all
from kraken_accounts.kraken.errors import (
    AccountRefused,
    AddressLimited,
    ExchangeRestricted,
    KeyRejected,
    KrakenError,
    LockedOut,
    NonceConflict,
    OrderRefused,
    PermissionDenied,
    RateLimited,
    RequestRefused,
    Throttled,
    TryLater,
    UnknownMethod,
    Unreachable,
)
from kraken_accounts.text import printable

from ..faults.hostile import texts

NOW = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)


SAID: dict[str, type[KrakenError]] = {
    "EService:Unavailable": Unreachable,
    "EService:Busy": Unreachable,
    "EService:Deadline elapsed": Unreachable,
    "EService:Something new": Unreachable,
    "EGeneral:Internal error": Unreachable,
    "EDatabase:Internal error": Unreachable,
    "EOrder:Internal error": Unreachable,
    "ESession:Invalid session": Unreachable,
    "EService:Market in cancel_only mode": ExchangeRestricted,
    "EService:Market in post_only mode": ExchangeRestricted,
    "EService:Market in limit_only mode": ExchangeRestricted,
    "EService:Market in reduce_only mode": ExchangeRestricted,
    "EAPI:Invalid key": KeyRejected,
    "EAPI:Invalid signature": KeyRejected,
    "EAuth:Account temporary disabled": AccountRefused,
    "EAuth:Account unconfirmed": AccountRefused,
    "EAuth:Something new": KeyRejected,
    "EAPI:Bad request": RequestRefused,
    "EAPI:Invalid arguments": RequestRefused,
    "EAPI:Invalid arguments:nonce": RequestRefused,
    "EAPI:Feature disabled": RequestRefused,
    "EGeneral:Permission denied": PermissionDenied,
    "EAPI:Invalid nonce": NonceConflict,
    "EAPI:Rate limit exceeded": RateLimited,
    "EOrder:Rate limit exceeded": RateLimited,
    "EAuth:Rate limit exceeded": RateLimited,
    "EGeneral:Too many requests": AddressLimited,
    "EService:Throttled: 1795000000": Throttled,
    "EService: Throttled: 1795000000": Throttled,
    "EService:Throttled": Throttled,
    "EGeneral:Temporary lockout": LockedOut,
    "EGeneral:Invalid arguments": RequestRefused,
    "EGeneral:Invalid arguments:asset": RequestRefused,
    "EGeneral:Unknown method": UnknownMethod,
    "EQuery:Unknown asset pair": RequestRefused,
    "EAccount:Invalid permissions": RequestRefused,
    "EGeneral:Something new": RequestRefused,
    "something new": RequestRefused,
    "": RequestRefused,
    "EOrder:Insufficient funds": OrderRefused,
    "EOrder:Unknown order": OrderRefused,
}
# Kraken's own servers failed: the request may have been carried out, and a read may be asked again.
FAILED = [message for message, kind in SAID.items() if kind is Unreachable]
# What Kraken never said before need not mean that it turned the request down.
NEVER_SAID = ["EGeneral:Something new", "something new", ""]


@pytest.mark.parametrize(("message", "kind"), SAID.items())
def test_each_of_krakens_errors_has_its_kind(message: str, kind: type[KrakenError]) -> None:
    error = error_from(message, NOW)

    assert type(error) is kind
    assert f"Kraken says “{message}”" in error.reason
    assert error.remedy


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("eapi:invalid nonce", NonceConflict),
        (" EAPI:Invalid nonce ", NonceConflict),
        ("EAPI: Invalid  nonce", NonceConflict),
        ("EAPI : Invalid nonce: too low", NonceConflict),
        ("EAPI:Invalid\u200bnonce", NonceConflict),
        ("EAUTH: account Temporary disabled: see your mail", AccountRefused),
        ("EAPI: Bad Request", RequestRefused),
        ("esession: invalid session", Unreachable),
        ("EService : Throttled : 1795342230", Throttled),
        ("EGENERAL: TOO MANY REQUESTS", AddressLimited),
        ("EGeneral: Unknown method: BalanceEx", UnknownMethod),
    ],
)
def test_the_spelling_may_vary(message: str, kind: type[KrakenError]) -> None:
    assert type(error_from(message, NOW)) is kind


def test_only_the_way_there_is_worth_trying_again_at_once() -> None:
    assert [message for message in SAID if error_from(message, NOW).retry] == FAILED


def test_a_request_that_kraken_did_not_turn_down_may_have_been_carried_out() -> None:
    assert [message for message in SAID if error_from(message, NOW).uncertain] == [*FAILED, *NEVER_SAID]


@pytest.mark.parametrize("message", ["EAPI:Bad request", "EAPI:Invalid arguments:nonce"])
def test_a_request_that_kraken_does_not_understand_is_not_the_keys_fault(message: str) -> None:
    error = error_from(message, NOW)

    assert error.reason == f"Kraken says “{message}”"
    assert "key" not in error.remedy


@pytest.mark.parametrize("message", ["EAuth:Account temporary disabled", "EAuth:Account unconfirmed"])
def test_an_account_that_may_not_be_used(message: str) -> None:
    error = error_from(message, NOW)

    assert error.reason == f"Kraken says “{message}”: the account behind this key may not be used"
    assert error.remedy == (
        "Sign in to this account at https://www.kraken.com and see what Kraken asks for, or ask its support."
    )


def test_the_two_limits_have_remedies_of_their_own() -> None:
    assert error_from("EAPI:Rate limit exceeded", NOW).remedy == (
        "The bot and this check spend from one counter: run less often, or slow the bot down. "
        "A minute without a call empties it: then ask again."
    )
    address = error_from("EGeneral:Too many requests", NOW)
    assert address.reason == "Kraken says “EGeneral:Too many requests”: too many requests from this address"
    assert address.remedy == (
        "Every program that asks Kraken from this address counts, whatever its key: run less often, and let no "
        "other program ask without a pause."
    )


# --- several errors in one answer -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "kind", "reason"),
    [
        (
            ["EAPI:Invalid nonce", "EGeneral:Permission denied"],
            PermissionDenied,
            "Kraken says “EGeneral:Permission denied”: the key may not do this (it also says "
            "“EAPI:Invalid nonce”)",
        ),
        (
            ["EService:Busy", "EAPI:Invalid key"],
            KeyRejected,
            "Kraken says “EAPI:Invalid key”: the key is wrong, was deleted or has expired (it also says "
            "“EService:Busy”)",
        ),
        (
            ["EAPI:Invalid key", "EGeneral:Temporary lockout"],
            LockedOut,
            "Kraken says “EGeneral:Temporary lockout”: too many invalid requests of this key (it also says "
            "“EAPI:Invalid key”)",
        ),
        (
            ["WGeneral:Danger", "EQuery:Unknown asset"],
            RequestRefused,
            "Kraken says “EQuery:Unknown asset” (it also says “WGeneral:Danger”)",
        ),
        # the first of two of one weight, and what is said twice is told once
        (
            ["EOrder:Margin", "EOrder:Funds", "EOrder:Margin"],
            OrderRefused,
            "Kraken says “EOrder:Margin” (it also says “EOrder:Funds”)",
        ),
        (
            ["EQuery:1", "EQuery:2", "EQuery:3", "EQuery:4", "EQuery:5", "EQuery:6"],
            RequestRefused,
            "Kraken says “EQuery:1” (it also says “EQuery:2”, “EQuery:3”, “EQuery:4” and 2 more)",
        ),
        # warnings alone, where there should have been a result
        (["WGeneral:Danger"], RequestRefused, "Kraken says “WGeneral:Danger”"),
    ],
)
def test_the_gravest_of_several_counts_and_the_others_are_said(
    said: list[str], kind: type[KrakenError], reason: str
) -> None:
    error = error_from_all(said, NOW)

    assert type(error) is kind
    assert str(error) == error.reason == reason


@pytest.mark.parametrize(
    ("said", "uncertain"),
    [
        (["EOrder:Insufficient funds", "EGeneral:Invalid arguments"], False),
        (["EOrder:Insufficient funds", "EService:Busy"], True),
        (["EAPI:Invalid nonce", "EDatabase:Internal error"], True),
        (["WOrder:Large", "EOrder:Insufficient funds"], False),
    ],
)
def test_one_of_several_may_leave_open_whether_it_was_carried_out(said: list[str], uncertain: bool) -> None:
    for order in (said, said[::-1]):
        assert error_from_all(order, NOW).uncertain is uncertain


def test_a_flood_of_errors_is_bounded() -> None:
    assert len(error_from_all([f"EQuery:{n}{'x' * 5000}" for n in range(500)], NOW).reason) < 520


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


@pytest.mark.parametrize("message", ["EService:Throttled", "EService:Throttled: soon", "EService:Throttled: "])
def test_a_throttled_key_that_does_not(message: str) -> None:
    error = error_from(message, NOW)

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
        "The secret does not belong to the key, or has lost a part in the paste (whole ones have 88 characters), "
        "or the key's two-factor password (_API_OTP) is not its own: paste them again, or create a new key."
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
    ("message", "expected"),
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
def test_foreign_text_is_made_safe_to_show(message: str, expected: str) -> None:
    assert printable(message) == expected


def test_foreign_text_is_bounded() -> None:
    assert printable("a" * 200) == "a" * 200
    assert printable("a" * 201) == "a" * 199 + "…"
    assert printable("abcdef", 4) == "abc…"


@given(texts)
def test_whatever_kraken_says_becomes_one_short_printable_line(message: str) -> None:
    error = error_from(message, NOW)

    assert len(error.reason) < 320
    assert error.reason.isprintable()
    error.reason.encode()  # and has no lone surrogates
