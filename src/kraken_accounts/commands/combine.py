"""`kraken-accounts combine`: several reports, of several hosts for instance, put together to one."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..formats import NAMES, Sort, View
from ..text import printable
from .options import CONTEXT_SETTINGS, VERSION, ReportOptions, options_of_a_report
from .run import spare_the_keys, write

if TYPE_CHECKING:
    from ..report.model import Report

_STDIN = Path("-")
_PATIENCE = 60.0  # seconds to wait for whoever reads the report from a pipe
_LARGEST = 256 * 1024 * 1024  # bytes; a report of 2,000 accounts has some 10 million
_LONGEST_NAME = 100  # characters of a path that are shown


@click.command(context_settings=CONTEXT_SETTINGS)
@click.argument("reports", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="REPORT.json...")
@click.option("--assets", is_flag=True, help="Also list what each account holds.")
@click.option(
    "-q", "--quiet", is_flag=True, help="Print nothing unless something is worse than information: warnings count."
)
@options_of_a_report(NAMES, [sort.value for sort in Sort])
@VERSION
def combine(reports: Sequence[Path], assets: bool, quiet: bool, **options: Any) -> int:
    """Put reports together that `check --format json` has written, of the parts of `--shard I/N` for instance.

    One report over all their accounts, with the sums, and with what only a look at all of them shows: two keys of
    one Kraken account. Parts that are missing, old, or have an account twice are findings. `-` is standard input.

    \b
    Exit codes: as for check; 2 also where a file is no whole report of a
    check, or where the reports do not belong together.
    """
    how = ReportOptions(**options)
    answered = partial(_combined, reports, how.output)
    return write(answered, how.format_name, View(assets=assets), how, time.monotonic() + _PATIENCE, quiet=quiet)


def _combined(paths: Sequence[Path], output: Path | None) -> Report:
    """The report that they make.

    Raises:
        ConfigurationError: one of them cannot be read, or they do not belong together.
    """
    from datetime import UTC, datetime

    from ..config import ConfigurationError
    from ..formats.json_reader import NotAReport, read_report
    from ..report.combine import CannotCombine, NamedReport, combine

    spare_the_keys(output, None)
    named: list[NamedReport] = []
    seen: dict[bytes, str] = {}
    for path in paths:
        name = "standard input" if path == _STDIN else printable(str(path), _LONGEST_NAME)
        if path != _STDIN and _is_one_file(path, output):
            raise ConfigurationError(f"{name}: is one of the reports, so --output is not written over it")
        content = _content(path, name)
        if content in seen:
            raise ConfigurationError(f"{seen[content]} and {name} are the same report: give each part once")
        seen[content] = name
        try:
            named.append(NamedReport(name, read_report(content)))
        except NotAReport as error:
            raise ConfigurationError(f"{name}: {error}") from None
    try:
        return combine(named, datetime.now(UTC))
    except CannotCombine as error:
        raise ConfigurationError(str(error)) from None


def _content(path: Path, name: str) -> bytes:
    """All that is in a file, in a pipe, or on standard input.

    Raises:
        ConfigurationError: it cannot be read, or is far too much.
    """
    from ..config import ConfigurationError

    try:
        if path != _STDIN:
            with path.open("rb") as file:
                content = file.read(_LARGEST + 1)
        elif sys.stdin is None:
            raise ConfigurationError(f"{name}: is closed")
        else:
            content = sys.stdin.buffer.read(_LARGEST + 1)
    except OSError as error:
        raise ConfigurationError(f"{name}: cannot be read ({error.strerror})") from error
    if len(content) > _LARGEST:
        raise ConfigurationError(f"{name}: is too large for a report")
    return content


def _is_one_file(path: Path, output: Path | None) -> bool:
    """Whether the report would be written over one of those that it is made of."""
    try:
        return output is not None and output.is_file() and output.samefile(path)
    except OSError:
        return False  # one of them is not there
