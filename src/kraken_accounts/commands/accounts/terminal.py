"""Reads from a terminal what it must not show: no echo, and a paste is taken whole, line breaks and all."""

from __future__ import annotations

import codecs
import os
import select
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import click

from ...signals import undone_if_ended

_PAUSE = 0.3  # seconds; whatever comes after a shorter one belongs to the same paste
_LARGEST = 1 << 16  # characters
_ERASE = "\x7f\x08"
_ERASE_ALL = "\x15"
_END = "\x04"


@contextmanager
def unseen(descriptor: int) -> Iterator[None]:
    """Show nothing of what is typed meanwhile; nor does anything of it stay, to be read by who comes after."""
    before = termios.tcgetattr(descriptor)
    silent: list[Any] = [*before]
    silent[3] &= ~(termios.ECHO | termios.ECHONL | termios.ICANON)
    silent[6] = [*before[6]]
    silent[6][termios.VMIN], silent[6][termios.VTIME] = 1, 0
    restore = partial(_restore, descriptor, before)
    with undone_if_ended(restore):
        try:
            termios.tcsetattr(descriptor, termios.TCSADRAIN, silent)
            yield
        finally:
            restore()


def _restore(descriptor: int, before: list[Any]) -> None:
    with suppress(termios.error):
        termios.tcsetattr(descriptor, termios.TCSAFLUSH, before)


def typed(descriptor: int, prompt: str) -> str:
    """What is typed or pasted up to a line break and a pause; asked again as long as that is nothing.

    Raises:
        click.Abort: the end, where nothing is typed.
    """
    while True:
        click.echo(f"{prompt}: ", nl=False, err=True)
        text, decoder = "", codecs.getincrementaldecoder("utf-8")("replace")
        while not ("\n" in text and not select.select([descriptor], [], [], _PAUSE)[0]):
            piece = os.read(descriptor, 4096)
            if not piece or len(text) > _LARGEST:
                raise click.Abort
            for sign in decoder.decode(piece):
                text = _with(text, sign)
        click.echo(err=True)
        if text.strip():
            return text


def _with(text: str, sign: str) -> str:
    if sign in _ERASE:
        return text[:-1]
    if sign == _ERASE_ALL:
        return ""
    if sign == _END:
        if text:
            return text
        raise click.Abort
    return text + ("\n" if sign == "\r" else sign)
