"""How the process begins and ends: its streams, its signals, its exit code. No traceback ever reaches a user."""

from __future__ import annotations

import gc
import io
import logging
import re
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from itertools import pairwise
from typing import Any, NoReturn

import click

from .. import signals
from ..formats import View, load
from ..text import printable
from . import streams

_PLUGIN = "nagios"
_CONFIGURATION = 2
_DEFECT = 1
_INTERRUPTED = 130
_UNKNOWN = 3
_LONGEST = 2000  # characters of a message
_ANY_URL = re.compile(r"\w[\w+.-]*://\S+")

_log = logging.getLogger(__name__)


def run(command: click.Command, arguments: Sequence[str] | None) -> NoReturn:
    """Run a command and end the process with its exit code.

    Args:
        arguments: of the command line; None for those that the process was given.
    """
    streams.protect()
    signals.end_tidily()
    sys.meta_path.insert(0, _LoadedWhenUsed)
    try:
        code = command.main(args=arguments, standalone_mode=False)
    except click.ClickException as error:
        _show(error)
        code = _failure(arguments, _presentable(error.format_message(), error), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        code = _INTERRUPTED
    except OSError as error:
        code = _failed(arguments, f"cannot write or read what is needed ({error.strerror})", _CONFIGURATION)
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not be a traceback
        _log.debug("the defect", exc_info=True)
        message = f"kraken-accounts failed on a defect of its own ({type(error).__name__}); -v shows where."
        code = _failed(arguments, message, _DEFECT)
    signals.undo_all()
    streams.settle()
    # Or Python would look for cycles once more, among all that ends with the process anyway: of the time of two
    # accounts that took a tenth.
    gc.freeze()
    sys.exit(code)


class _LoadedWhenUsed(PathFinder):
    """Has requests loaded by its first use, not by the first import: krakenex imports it for sessions of its own.

    Nobody here has one, and loading it takes a quarter of the time that two accounts need.
    Source: https://docs.python.org/3/library/importlib.html#importlib.util.LazyLoader
    """

    @classmethod
    def find_spec(cls, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        spec = super().find_spec(fullname, path, target) if fullname == "requests" else None
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


def _show(error: click.ClickException) -> None:
    """On standard error, with nothing in it that plays with the terminal: it may repeat the command line."""
    shown = io.StringIO()
    error.show(shown)
    for line in shown.getvalue().splitlines():
        click.echo(printable(_presentable(line, error), _LONGEST), err=True)


def _presentable(text: str, error: click.ClickException) -> str:
    """Without a URL that a slip has put where none belongs: those of --notify and --ping are secrets."""
    return _ANY_URL.sub("<hidden>", text) if isinstance(error, click.UsageError) else text


def _failed(arguments: Sequence[str] | None, message: str, code: int) -> int:
    click.echo(f"Error: {message}", err=True)
    return _failure(arguments, message, code)


def _failure(arguments: Sequence[str] | None, message: str, code: int) -> int:
    """What the process ends with, once whoever reads a plugin's line has got one."""
    if not _is_plugin(sys.argv[1:] if arguments is None else arguments):
        return code
    # A defect may be anywhere, in the words for it as well: then the code alone has to say it.
    try:
        encoding = "ascii" if sys.stdout is None else sys.stdout.encoding
        refusal = load(_PLUGIN).refusal(message, View(encoding=encoding))
        if refusal is not None:
            click.echo(refusal[0], nl=False)
    except Exception:  # noqa: BLE001
        _log.debug("the line for Nagios failed", exc_info=True)
    return _UNKNOWN


def _is_plugin(arguments: Sequence[str]) -> bool:
    """Whether a plugin's line was asked for, as far as that can be told where the command line is wrong."""
    chosen = None
    for option, value in pairwise([*arguments, ""]):
        if option == "--":
            break
        if option == "--format":
            chosen = value
        elif option.startswith("--format="):
            chosen = option.partition("=")[2]
    return chosen == _PLUGIN
