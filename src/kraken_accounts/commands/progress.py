"""A progress bar on standard error, for a person who waits longer than a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..fleet.concurrency import Progress as ProgressFunction
from ..fleet.concurrency import no_progress

if TYPE_CHECKING:
    from rich.progress import Progress

_PATIENCE = 1.0  # seconds


@contextmanager
def progress_bar() -> Iterator[ProgressFunction]:
    """Gives the function to tell how many answers are there, of how many; without a terminal it does nothing."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield no_progress
        return
    bar = _Bar()
    try:
        yield bar.update
    finally:
        bar.hide()


class _Bar:
    """Drawn by whoever tells it how far things are: it needs no thread of its own."""

    def __init__(self) -> None:
        self._due = time.monotonic() + _PATIENCE
        self._progress: Progress | None = None

    def update(self, done: int, total: int) -> None:
        if self._progress is None:
            if done == total or time.monotonic() < self._due:
                return
            self._progress = self._show()
        self._progress.update(self._progress.task_ids[0], completed=done, total=total, refresh=True)

    def hide(self) -> None:
        if self._progress is not None:
            self._progress.stop()

    def _show(self) -> Progress:
        from rich.console import Console
        from rich.progress import Progress

        progress = Progress(console=Console(stderr=True), transient=True, auto_refresh=False)
        progress.add_task("Asking Kraken", total=None)
        progress.start()
        return progress
