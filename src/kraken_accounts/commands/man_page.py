"""The manual page, from the help of all commands, in the language of roff.

Source: https://man7.org/linux/man-pages/man7/man.7.html
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from .. import __version__
from ..text import fit

_NAME = "kraken-accounts"


def man_page(root: click.Context) -> str:
    """The page of a group and of all its commands, in ASCII."""
    group = root.command
    context = click.Context(group, info_name=_NAME, **group.context_settings)
    first, *others = _paragraphs(group.help or "")
    lines = [
        f'.TH {_NAME.upper()} 1 "" "{_NAME} {__version__}" "User Commands"',
        ".nh",  # no word is divided, so that what is copied is right
        ".ad l",
        ".SH NAME",
        f"{_text(_NAME)} \\- {_text(' '.join(first.split()))}",
        ".SH SYNOPSIS",
        f".B {_text(_usage(context))}",
        ".SH DESCRIPTION",
        *_prose(others),
        ".SH OPTIONS",
        *_options(context),
        ".SH COMMANDS",
        *_commands(context),
    ]
    return "\n".join(lines) + "\n"


def _commands(context: click.Context) -> Iterator[str]:
    group = context.command
    if not isinstance(group, click.Group):
        return
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        inner = click.Context(command, info_name=name, parent=context, **command.context_settings)
        yield f'.SS "{_text(_usage(inner))}"'
        yield from _prose(_paragraphs(command.help or ""))
        yield from _options(inner)
        yield from _prose(_paragraphs(command.epilog or ""))
        yield from _commands(inner)


def _usage(context: click.Context) -> str:
    return f"{context.command_path} {' '.join(context.command.collect_usage_pieces(context))}"


def _options(context: click.Context) -> Iterator[str]:
    for parameter in context.command.get_params(context):
        names, meaning = parameter.get_help_record(context) or ("", "")
        if meaning:
            # A line may end behind each of several choices.
            shown = _text(names).replace("|", "|\\:")
            yield from (".TP", f"\\fB{shown}\\fR", _text(meaning))


def _paragraphs(text: str) -> list[str]:
    return inspect.cleandoc(text).split("\n\n")


def _prose(paragraphs: list[str]) -> Iterator[str]:
    """Each filled, but for those that click is told to leave as they are."""
    for paragraph in filter(None, paragraphs):
        yield ".PP"
        if paragraph.startswith("\b\n"):
            yield from (".nf", *map(_text, paragraph.splitlines()[1:]), ".fi")
        else:
            yield _text(" ".join(paragraph.split()))


def _text(text: str) -> str:
    """As roff takes it for text and nothing else."""
    escaped = fit(text, "ascii").replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    return f"\\&{escaped}" if escaped[:1] in (".", "'") else escaped
