"""What each of Kraken's error messages means: which exception it is, in which words, with which remedy.

Sources: https://docs.kraken.com/exchange/guides/general/errors,
https://docs.kraken.com/exchange/guides/rest/ratelimits and the support pages on API errors.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from ..text import printable
from .errors import (
    LOCKOUT,
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
    UnknownMethod,
    Unreachable,
)

_INVALID_KEY = (
    "Check that the key was pasted whole, still exists, has not expired and allows this machine's address, at "
    "https://www.kraken.com/u/security/api."
)
_INVALID_SIGNATURE = (
    "The secret does not belong to the key, or has lost a part in the paste (whole ones have 88 characters), or "
    "the key's two-factor password (_API_OTP) is not its own: paste them again, or create a new key."
)
_TRADING_AGREEMENT = (
    "Nothing was placed. Place it anew with place_order(…, trading_agreement=True), by which you agree to "
    "Kraken's trading agreement for this order."
)
# A longer number counts something else than seconds, or is beyond any calendar.
_THROTTLED = re.compile(r"eservice:throttled(?::([0-9]{1,11})\b)?")
# How one of Kraken's messages begins, in lower case; the kind of error; what it means; a remedy of its own. The
# first that fits counts.
_MEANINGS: tuple[tuple[re.Pattern[str], type[KrakenError], str | None, str | None], ...] = tuple(
    (re.compile(beginning), kind, meaning, remedy)
    for beginning, kind, meaning, remedy in (
        ("egeneral:too many requests", AddressLimited, "too many requests from this address", None),
        ("eorder:(rate limit exceeded|too many requests)", RateLimited, "too many orders in a short time", None),
        (
            "e[a-z]+:(rate limit exceeded|too many requests)",
            RateLimited,
            "the key's call counter is used up",
            None,
        ),
        ("eservice:market in ", ExchangeRestricted, None, None),
        # Kraken's own failures: it may have carried the request out all the same.
        ("eservice:|esession:|edatabase:|e[a-z]+:internal error", Unreachable, None, None),
        ("eapi:invalid nonce", NonceConflict, "a newer nonce of this key came first", None),
        (
            "eapi:invalid signature",
            KeyRejected,
            "the key is known, but the secret is not its own, or not whole",
            _INVALID_SIGNATURE,
        ),
        ("eapi:invalid key", KeyRejected, "the key is wrong, was deleted or has expired", _INVALID_KEY),
        ("eauth:account", AccountRefused, "the account behind this key may not be used", None),
        ("eauth:", KeyRejected, None, _INVALID_KEY),
        ("egeneral:permission denied", PermissionDenied, "the key may not do this", None),
        ("egeneral:unknown method", UnknownMethod, None, None),
        ("eorder:trading agreement required", OrderRefused, None, _TRADING_AGREEMENT),
        ("eorder:", OrderRefused, None, None),
    )
)
# With these, too, Kraken has turned the request down; what it never said before may mean anything.
_TURNED_DOWN = re.compile("(eapi|equery|etrade|eaccount|efunding):|egeneral:invalid arguments")
# Of several errors, the one that asking again would not mend counts, and what asking again would make worse first.
_GRAVEST_FIRST: tuple[type[KrakenError], ...] = (
    LockedOut,
    RateLimited,
    KeyRejected,
    AccountRefused,
    PermissionDenied,
    ExchangeRestricted,
    RequestRefused,
    NonceConflict,
    Unreachable,
)
_OTHERS_SAID = 3
_OTHERS_LIMIT = 60  # characters of each


def is_warning(message: str) -> bool:
    """Whether one of Kraken's error messages, such as ``WGeneral:Danger``, only warns."""
    return message.lstrip()[:1] in ("W", "w")


def error_from_all(messages: Sequence[str], now: datetime) -> KrakenError:
    """The exception for an answer that holds one of Kraken's error messages, or several.

    The gravest of them counts: it gives the kind, and the others are quoted in the reason. If one of them leaves
    open whether Kraken carried the request out, so does the whole.

    Args:
        messages: as Kraken sent them, at least one; warnings count only if there is nothing else.
        now: the time (UTC) of the answer, from which pauses are counted.
    """
    grave = [message for message in messages if not is_warning(message)] or messages
    found = [(message, error_from(message, now)) for message in grave]
    gravest, error = min(found, key=lambda each: _rank(each[1]))
    if others := [message for message in dict.fromkeys(messages) if message != gravest]:
        quoted = ", ".join(f"“{printable(message, _OTHERS_LIMIT)}”" for message in others[:_OTHERS_SAID])
        more = f" and {len(others) - _OTHERS_SAID} more" if len(others) > _OTHERS_SAID else ""
        error.reason = f"{error.reason} (it also says {quoted}{more})"
    error.uncertain = any(each.uncertain for _, each in found)
    return error


def error_from(message: str, now: datetime) -> KrakenError:
    """The exception for one of Kraken's error messages, such as ``EAPI:Invalid nonce``.

    Args:
        message: as Kraken sent it; it is cleaned and bounded before it is repeated.
        now: the time (UTC) of the answer, from which pauses are counted.
    """
    said = f"Kraken says “{printable(message)}”"
    spelled = re.sub(r" ?: ?", ":", printable(message).lower())
    if throttled := _THROTTLED.match(spelled):
        until = datetime.fromtimestamp(int(throttled[1]), UTC) if throttled[1] else None
        return Throttled(f"{said}: too many requests", until)
    if spelled.startswith("egeneral:temporary lockout"):
        return LockedOut(f"{said}: too many invalid requests of this key", now + LOCKOUT)
    for beginning, error, meaning, remedy in _MEANINGS:
        if beginning.match(spelled):
            reason = said if meaning is None else f"{said}: {meaning}"
            return error(reason) if remedy is None else error(reason, remedy)
    refusal = RequestRefused(said)
    refusal.uncertain = _TURNED_DOWN.match(spelled) is None
    return refusal


def time_to_ask_again(retry_after: str | None, now: datetime) -> datetime | None:
    """The time (UTC) that an HTTP header Retry-After names; None without one, or one that makes no sense.

    Source: https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
    """
    try:
        if retry_after is None:
            return None
        if re.fullmatch("[0-9]{1,9}", retry_after):
            return now + timedelta(seconds=int(retry_after))
        told = parsedate_to_datetime(retry_after)
        return told if told.tzinfo else told.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def _rank(error: KrakenError) -> int:
    """The place among all kinds of errors, the gravest of which is 0."""
    return next(place for place, kind in enumerate(_GRAVEST_FIRST) if isinstance(error, kind))
