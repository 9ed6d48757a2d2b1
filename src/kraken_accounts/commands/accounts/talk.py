"""Whoever gives the command is asked: whether to do it, and for a key and its secret."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..configuration import Refused

_LONGEST_KEY = 64  # characters; Kraken's have 56, and private keys 88

if TYPE_CHECKING:
    from ...config.pasting import Pasted


def somebody_is_there() -> bool:
    """Whether standard input is a terminal."""
    return sys.stdin is not None and sys.stdin.isatty()


def say(sentence: str) -> None:
    """Write it to standard error; on a terminal no word is broken at its edge."""
    if sys.stderr is not None and sys.stderr.isatty():
        width = shutil.get_terminal_size().columns
        sentence = textwrap.fill(
            sentence, width, subsequent_indent="   ", break_long_words=False, break_on_hyphens=False
        )
    click.echo(sentence, err=True)


def require_somebody_to_ask(yes: bool) -> None:
    """Make sure that a question can be answered.

    Raises:
        Refused: nobody is there, and the answer was not given beforehand.
    """
    if not yes and not somebody_is_there():
        raise Refused("nobody can be asked here, so nothing was changed: add --yes")


def agreed(question: str, yes: bool) -> bool:
    """Whether it is to be done."""
    if yes or click.confirm(question, err=True):
        return True
    click.echo("Nothing was changed.", err=True)
    return False


def key_and_secret(*, with_otp: bool) -> Pasted:
    """A key and its secret, typed unseen or from a pipe, as they are meant.

    Args:
        with_otp: whether the key has a two-factor password, which comes last.

    Raises:
        Refused: neither a terminal nor a pipe with both is there.
        click.Abort: whoever was asked has ended it.
    """
    from ...config.pasting import mended
    from ...config.variables import LONGEST
    from ...errors import sealed

    key, secret, otp = sealed(_from_terminal if somebody_is_there() else _from_pipe, with_otp)
    pasted: Pasted = sealed(mended, key, secret, otp)
    del key, secret, otp
    parts = (pasted.key, pasted.secret, *([] if pasted.otp is None else [pasted.otp]))
    if not all(part.reveal() for part in parts):
        third = " and, with --otp, its two-factor password on the last" if with_otp else ""
        raise Refused(
            f"the key comes on the first line and the private key on the second{third}; nothing was written"
        )
    if any(len(part.reveal()) > LONGEST for part in parts):
        raise Refused(f"what was given is longer than {LONGEST} characters, so it is no key; nothing was written")
    for what in pasted.mended:
        click.echo(f"Mended: {what}", err=True)
    return pasted


def _from_terminal(with_otp: bool) -> tuple[str, str, str | None]:
    from ...config.pasting import in_lines
    from .terminal import typed, unseen

    descriptor = sys.stdin.fileno()
    with unseen(descriptor):
        text = typed(descriptor, "API key (is not shown)")
        key, secret = in_lines(text)
        if len("".join(secret.split())) <= _LONGEST_KEY:  # not pasted both at once; it is a key that is broken
            key, secret = text, typed(descriptor, "Private key (is not shown)")
        return key, secret, typed(descriptor, "Two-factor password (is not shown)") if with_otp else None


def _from_pipe(with_otp: bool) -> tuple[str, str, str | None]:
    from ...config.env_file import content_of
    from ...config.pasting import in_lines
    from .basics import refusals

    if sys.stdin is None:
        raise Refused("standard input is closed, so no key can be read; nothing was written")
    descriptor = sys.stdin.fileno()
    with refusals():
        is_pipe = stat.S_ISFIFO(os.fstat(descriptor).st_mode)
        content = content_of(descriptor, Path("/dev/stdin"), is_pipe=is_pipe)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("standard input is no text, so no key can be read; nothing was written") from None
    if not text.strip():
        raise Refused(
            "nobody can be asked here, and standard input is empty: the key comes on its first line and "
            "the private key on its second; nothing was written"
        )
    key, secret = in_lines(text)
    if not with_otp:
        return key, secret, None
    secret, _, otp = secret.rpartition("\n")
    return key, secret, otp
