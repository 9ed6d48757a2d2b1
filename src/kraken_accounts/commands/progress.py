"""A progress bar on standard error, for a person who waits longer than a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..fleet.concurrency import Progress as ProgressFunction
from ..fleet.concurrency import no_progress
from ..text import printable

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_ASKING = "Asking Kraken"
_PATIENCE = 1.0  # seconds
_LONG = 3.0  # seconds with the bar, after which a person asks what it waits for
_NAMED = 3
_LONGEST_NAME = 20  # characters
_BESIDE = 20  # columns for a short bar, the percentage, the time, and the spaces between them
_PERCENTAGE = 5  # columns for that alone


@contextmanager
def progress_bar() -> Iterator[ProgressFunction]:
    """Gives what to tell how many answers are there, of how many; without a terminal it does nothing."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield no_progress
        return
    bar = _Bar()
    try:
        yield bar
    finally:
        bar.hide()


class _Bar:
    """Drawn by whoever tells it how far things are: it needs no thread of its own."""

    def __init__(self) -> None:
        self._due = time.monotonic() + _PATIENCE
        self._shown: tuple[Progress, TaskID] | None = None
        self._waiting = ""

    def __call__(self, done: int, total: int) -> None:
        if self._shown is None:
            if done == total or time.monotonic() < self._due:
                return
            self._due = time.monotonic() + _LONG
            self._shown = self._show()
        progress, task = self._shown
        if time.monotonic() >= self._due:
            progress.update(task, description=self._words(progress))
        progress.update(task, completed=done, total=total, refresh=True)

    def waits_for(self, names: Sequence[str], limit: str | None) -> None:
        self._waiting = limit or (f"waiting for {_listed(names)}" if names else "")

    def hide(self) -> None:
        if self._shown is not None:
            self._shown[0].stop()

    def _words(self, progress: Progress) -> str:
        """What is going on; on a narrow terminal without what goes without saying, and in place of the bar."""
        if not self._waiting:
            return _ASKING
        words, room = f"{_ASKING} … {self._waiting}", progress.console.width
        if len(words) <= room - _BESIDE:
            return words
        progress.columns = (progress.columns[0], self._percentage)
        return printable(self._waiting, max(1, room - _PERCENTAGE))

    def _show(self) -> tuple[Progress, TaskID]:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        words = TextColumn("{task.description}", style="progress.description", markup=False)
        self._percentage = TaskProgressColumn()
        progress = Progress(
            words,
            BarColumn(),
            self._percentage,
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            auto_refresh=False,
        )
        task = progress.add_task(_ASKING, total=None)
        progress.start()
        return progress, task


def _listed(names: Sequence[str]) -> str:
    """The first of the names, and how many more there are: "bravo, kilo and 3 more"."""
    short = [printable(name, _LONGEST_NAME) for name in names]
    if len(short) > _NAMED:
        short[_NAMED - 1 :] = [f"{len(short) - _NAMED + 1} more"]
    *others, last = short
    return f"{', '.join(others)} and {last}" if others else last
