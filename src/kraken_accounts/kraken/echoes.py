"""Answers that repeat a key, a secret or a password: what a server says is shown, and must not hold them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, unquote_plus

from ..config import Credentials
from ..config.secret import Secret

_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?%?")
_ESCAPED = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_MAY_BE_ESCAPED = re.compile(r"[\\%&+]")
_SHORTEST = 4  # characters of a password; less would be found in every other word
_LAYERS = 3  # of escapes upon escapes


def may_repeat(body: bytes, credentials: Credentials) -> bool:
    """Whether an answer can repeat one of the secrets at all: it has one, or something is escaped in it."""
    return any(sign in body for sign in (b"\\", b"%", b"&", b"+")) or any(
        secret.reveal().encode("utf-8", "surrogatepass") in body
        for secret in (credentials.api_key, credentials.api_secret, credentials.otp)
        if secret is not None
    )


def without_secrets(answer: Any, credentials: Credentials) -> Any:
    """A decoded answer in which no text, however it is escaped, has one of the secrets any more."""
    secrets = [credentials.api_key, credentials.api_secret]
    if credentials.otp is not None:
        secrets.append(credentials.otp)
    # Escapes only make a text longer: what is shorter than each of them has none in it.
    shortest = min(len(secret.reveal()) for secret in secrets)
    return _cleaned(answer, secrets, shortest)


def _cleaned(value: Any, secrets: list[Secret], shortest: int) -> Any:
    if isinstance(value, str):
        return _clean_text(value, secrets, shortest)
    if isinstance(value, list):
        return [_cleaned(entry, secrets, shortest) for entry in value]
    if isinstance(value, dict):
        return {
            _clean_text(name, secrets, shortest): _cleaned(entry, secrets, shortest)
            for name, entry in value.items()
        }
    return value


def _clean_text(text: str, secrets: list[Secret], shortest: int) -> str:
    # In an amount, the digits of a password may stand by chance.
    if len(text) < shortest or _NUMBER.fullmatch(text):
        return text
    for secret in secrets:
        value = secret.reveal()
        if len(value) >= _SHORTEST and _repeats(text, value):
            rest = text.replace(value, "")
            escaped = rest == text or _repeats(rest, value)
            text = str(secret) if escaped else text.replace(value, str(secret))
    return text


def _repeats(text: str, value: str) -> bool:
    """Whether a text has a value in it, as it stands or escaped."""
    return value in text or (
        _MAY_BE_ESCAPED.search(text) is not None and any(value in reading for reading in _readings(text))
    )


def _readings(text: str) -> Iterator[str]:
    """The text as it reads without the escapes that JSON, URLs and HTML know."""
    seen = {text}
    layer = [text]
    for _ in range(_LAYERS):
        following = []
        for known in layer:
            for reading in (unquote(known), unquote_plus(known), html.unescape(known), _unescaped(known)):
                if reading not in seen:
                    seen.add(reading)
                    following.append(reading)
                    yield reading
        layer = following


def _unescaped(text: str) -> str:
    def character(match: re.Match[str]) -> str:
        return chr(int(match[1] or match[2], 16)) if match[1] or match[2] else match[3]

    return _ESCAPED.sub(character, text) if "\\" in text else text
