"""A progress bar on standard error, for a person who waits longer than a second."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .side_by_side import Progress as ProgressFunction
from .side_by_side import no_progress

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
    timer = threading.Timer(_PATIENCE, bar.show)
    timer.daemon = True
    timer.start()
    try:
        yield bar.update
    finally:
        timer.cancel()
        bar.hide()


class _Bar:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._progress: Progress | None = None
        self._state: tuple[int, int | None] = (0, None)
        self._over = False

    def update(self, done: int, total: int) -> None:
        with self._lock:
            self._state = (done, total)
            if self._progress is not None:
                self._progress.update(self._progress.task_ids[0], completed=done, total=total)

    def show(self) -> None:
        from rich.console import Console
        from rich.progress import Progress

        with self._lock:
            if self._over:
                return
            done, total = self._state
            self._progress = Progress(console=Console(stderr=True), transient=True, refresh_per_second=4)
            self._progress.add_task("Asking Kraken", completed=done, total=total)
            self._progress.start()

    def hide(self) -> None:
        with self._lock:
            self._over = True
            if self._progress is not None:
                self._progress.stop()
