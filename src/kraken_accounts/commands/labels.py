"""The labels of the accounts that would be read, for a shell that completes them: nobody is asked for them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from ..config import Config


def complete_label(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """The labels that begin so, in any case, but for those that the command line has already.

    Whatever is wrong with the files, nobody who presses a key wants to read of it: then there are none.
    """
    from click.shell_completion import CompletionItem

    given = ctx.params.get(param.name or "") or ()
    try:
        known = _labels(ctx)
    except Exception:  # noqa: BLE001 - a shell that completes shows no errors
        return []
    begin = incomplete.casefold()
    return [CompletionItem(label) for label in known if label.casefold().startswith(begin) and label not in given]


def _labels(ctx: click.Context) -> list[str]:
    from ..config import load_settings

    env_file = ctx.params.get("env_file")
    # What is in a pipe is not there a second time; and nobody may write into it now.
    if ctx.params.get("demo") or (env_file is not None and not Path(env_file).is_file()):
        return []
    settings = load_settings(os.environ, env_file, _config(ctx.params.get("config")))
    return [account.account.selector for account in settings.accounts]


def _config(path: Path | None) -> Config:
    """Whose variables are whose; as if there were no config.toml, where it cannot be used."""
    from ..config import NO_CONFIG
    from .configuration import Refused, configuration_of

    try:
        return configuration_of(path).config
    except Refused:
        return NO_CONFIG
