"""Refusals of a configuration, and how an exception leaves what is secret behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Result = TypeVar("Result")


class ConfigurationError(Exception):
    """The configuration as a whole cannot be used; the message names the place and the remedy."""


def sealed(function: Callable[..., Result], *arguments: Any) -> Result:
    """What the function returns; an exception of it arrives without the frames that saw what is secret.

    Whoever logs a traceback with its local variables, or looks at it in a debugger, would find keys there: in the
    frames of the parser for instance, which has the text of the whole file.
    """
    try:
        return function(*arguments)
    except BaseException as error:  # noqa: BLE001 - raised again below
        failure = error
    del arguments
    # The exceptions behind it have frames too, and a UnicodeDecodeError even holds the text itself.
    failure.__traceback__ = failure.__context__ = failure.__cause__ = None
    try:
        raise failure
    finally:
        del failure
