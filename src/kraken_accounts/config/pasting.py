"""Mends what a paste does to a key and its secret; what was mended is said without showing any of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from .secret import Secret, is_private_key

KEY, PRIVATE_KEY = "API key", "private key"

_ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z~]")  # with which terminals mark a paste, and keys that were hit
_QUOTES = "'\"`‘’“”„‚«»"
# What stands before it on a page, in a message or in a file; base64 has neither : nor, but at its end, =.
_NAMED = re.compile(r"(?:export\s+)?[A-Za-z][A-Za-z0-9 _./-]{0,60}\s*(?::|=(?=\s*[^\s=]))\s*")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Pasted:
    """A key and its secret as they are meant.

    Attributes:
        mended: what was done to them, a sentence each.
        otp: the key's two-factor password; None without one.
    """

    key: Secret
    secret: Secret
    mended: tuple[str, ...]
    otp: Secret | None = None


def mended(key: str, secret: str, otp: str | None) -> Pasted:
    """What is meant by a key and a secret that were pasted so. Called `sealed`: it sees both.

    Args:
        otp: a password somebody has chosen, of which nobody can tell what would be a mistake in it.
    """
    (key, of_key), (secret, of_secret) = _mended(key), _mended(secret)
    said = [f"{what}: {did}." for what, done in ((KEY, of_key), (PRIVATE_KEY, of_secret)) for did in done]
    if is_private_key(key) and not is_private_key(secret):
        key, secret = secret, key
        said.append("They were in each other's place, and were exchanged.")
    return Pasted(Secret(key), Secret(secret), tuple(said), None if otp is None else Secret(otp.strip()))


def in_lines(text: str) -> tuple[str, str]:
    """The key on the first line that is not empty, and the secret on those behind it, in case it is broken."""
    lines = [line for line in re.split(r"\r\n|\n|\r", text) if line.strip()]
    return "".join(lines[:1]), "\n".join(lines[1:])


def _mended(text: str) -> tuple[str, list[str]]:
    done = list(_steps(text))
    return done[-1][0], [what for _, what in done if what]


def _steps(text: str) -> Iterator[tuple[str, str]]:
    """The text after each step that has changed it, with what that was; at last as it is meant."""
    visible = "".join(sign for sign in _ESCAPE.sub("", text) if sign in "\r\n\t" or not _is_invisible(sign))
    if visible != text:
        yield visible, "signs that cannot be seen were taken out"
    text = visible.strip()
    bare = _bare(text)
    if name := _NAMED.match(bare):
        bare = _bare(bare[name.end() :])
        yield bare, "the name before it was taken off"
    if bare != text and any(quote in text for quote in _QUOTES):
        yield bare, "quotes around it were taken off"
    breaks, spaces = len(re.findall(r"\r\n|\n|\r", bare)), re.findall(r"[^\S\r\n]+", bare)
    if breaks:
        yield (
            bare,
            "a line break inside it was taken out" if breaks == 1 else f"{breaks} line breaks were taken out",
        )
    if spaces:
        yield bare, "spaces inside it were taken out"
    yield _SPACE.sub("", bare), ""


def _bare(text: str) -> str:
    return text.strip().strip(_QUOTES).strip()


def _is_invisible(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cf")
