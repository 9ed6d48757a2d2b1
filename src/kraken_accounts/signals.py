"""What has to be undone when a signal ends the process, which takes no way out of any `with` block."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

_undo: dict[object, Callable[[], object]] = {}


@contextmanager
def undone_if_ended(undo: Callable[[], object]) -> Iterator[None]:
    """Have something undone if the process is told to end meanwhile, in whatever thread this is."""
    place = object()
    _undo[place] = undo
    try:
        yield
    finally:
        del _undo[place]


def undo_all() -> None:
    """Undo what is not done yet: the process ends now, whatever its threads are doing."""
    for undo in list(_undo.values()):
        with suppress(OSError):
            undo()


def end_tidily() -> None:
    """From now on, undo first when SIGTERM or SIGHUP ends the process; it still dies of the signal, and at once.

    Where a signal is ignored, as under nohup, it stays ignored. Only a program's main thread gets to hear of them.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)


def _end(number: int, _: FrameType | None) -> None:
    undo_all()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
