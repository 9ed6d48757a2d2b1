"""`kraken-accounts doctor`: what is read from where, how Kraken is reached, what the nonces of each key prove."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ... import __version__
from ...deadline import Deadline
from ..configuration import Refused
from ..labels import complete_label
from ..options import CONTEXT_SETTINGS, VERSION, Seconds
from .exchange import look_at_exchange, look_at_reachability
from .findings import Section, examined, needing_attention, written
from .keys import look_at_keys
from .machine import look_at_folders, look_at_history, look_at_versions
from .settings import Patient, look_at_settings

__all__ = ["doctor"]

if TYPE_CHECKING:
    from ...config import Settings

_NOTHING_WRONG = "Nothing wrong was found."


@click.command(context_settings=CONTEXT_SETTINGS)
@click.option(
    "--env-file",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Examine with the keys of this file or pipe instead of a `.env`; it wins over the environment.",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Examine with this file instead of the user's config.toml.",
)
@click.option(
    "--account",
    "selectors",
    multiple=True,
    metavar="LABEL",
    shell_complete=complete_label,
    help="Ask with the key of this account only: `master` or a user id, in any case, or all that a pattern such "
    "as `investor_*` matches. May be given more than once.",
)
@click.option(
    "--timeout", type=Seconds(), default=10, show_default=True, metavar="S", help="Seconds for one request."
)
@click.option(
    "--deadline", type=Seconds(), default=60, show_default=True, metavar="S", help="Seconds for all requests."
)
@click.option("-v", "--verbose", is_flag=True, help="Tell on standard error what is asked and answered.")
@VERSION
def doctor(
    env_file: Path | None,
    config: Path | None,
    selectors: Sequence[str],
    timeout: float,
    deadline: float,
    verbose: bool,
) -> int:
    """Find out why something does not work.

    Which files and variables are read, from where, and what overrides what; which exchange, by which proxy and
    which authorities, and whether it answers without a key; this machine's clock, folders, history and versions.
    And what the nonces of each key prove, by one request a key: has another program used it, are its nonces ahead
    of the clock, or in a unit that shuts others out for good? Each part stands by itself, whatever is wrong with
    another.

    Nothing secret is in the output, so that it can be pasted into a bug report: names of variables, never their
    values; of a key the first four characters.

    \b
    Exit codes: 0 nothing wrong was found; 1 something needs attention; 2 wrong
    usage; 130 interrupted.
    """
    from ..output import OutputError, open_output

    if verbose:
        logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
        logging.getLogger("kraken_accounts").setLevel(logging.DEBUG)
    try:
        target = open_output(None)
        sections = _sections(Patient(env_file, config), selectors, timeout, Deadline(deadline))
        count = needing_attention(sections)
        verdict = (
            "Nothing wrong was found."
            if not count
            else f"{count} line{'s need' if count > 1 else ' needs'} attention."
        )
        head = f"kraken-accounts {__version__} doctor, {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
        target.write(written(head, sections, verdict, width=target.width, encoding=target.encoding))
    except OutputError as error:
        raise Refused(str(error)) from error
    return 1 if count else 0


def _sections(patient: Patient, selectors: Sequence[str], timeout: float, deadline: Deadline) -> list[Section]:
    settings = examined("SETTINGS", lambda: look_at_settings(patient))
    if selectors and patient.settings is not None:
        patient.settings = _selected(patient.settings, selectors)
    return [
        settings,
        examined("FOLDERS", look_at_folders),
        examined("HISTORY", look_at_history),
        examined("VERSIONS", look_at_versions),
        examined("EXCHANGE", lambda: look_at_exchange(patient)),
        examined("ANSWER", lambda: look_at_reachability(patient, timeout, deadline)),
        examined("KEYS", lambda: look_at_keys(patient, timeout, deadline)),
    ]


def _selected(settings: Settings, selectors: Sequence[str]) -> Settings:
    from ...config import ConfigurationError

    try:
        return settings.select(selectors)
    except ConfigurationError as error:
        raise Refused(str(error)) from error
