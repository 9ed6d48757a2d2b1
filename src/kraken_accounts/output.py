"""Where a report goes: standard output, or a file that is written whole or not at all."""

from __future__ import annotations

import os
import sys
from abc import ABC, abstractmethod
from pathlib import Path

from .files import replace_file


class OutputError(Exception):
    """A report cannot be put where it was asked for; the message names the place."""


class Output(ABC):
    """A place for one report.

    Attributes:
        width: columns of the terminal; None where there is none.
        color: whether it shows ANSI colours.
        encoding: of what is written there.
    """

    width: int | None = None
    color: bool = False
    encoding: str = "utf-8"

    @abstractmethod
    def write(self, text: str) -> None:
        """Write the whole report.

        Raises:
            OutputError: it cannot be written; what was there before still is.
        """


class StandardOutput(Output):
    """The terminal, or the pipe or file that the shell put in its place."""

    def __init__(self) -> None:
        self.encoding = sys.stdout.encoding
        if sys.stdout.isatty():
            self.color = os.environ.get("TERM", "dumb") != "dumb"
            try:
                self.width = os.get_terminal_size(sys.stdout.fileno()).columns or None
            except OSError:
                self.width = None

    def write(self, text: str) -> None:
        try:
            sys.stdout.flush()
            # No character that the encoding lacks may cost the report.
            sys.stdout.buffer.write(text.encode(self.encoding, "replace"))
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            # The reader, `head` for instance, has seen enough. Nothing more is said, not at the exit either.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise OutputError(f"standard output cannot be written ({error.strerror})") from error


class FileOutput(Output):
    """A file that readers find whole at any moment: the old one, then the new one.

    Raises:
        OutputError: nothing can be written there; said before anything is asked.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._special = path.exists() and not path.is_file()
            # What is no file, a pipe for instance, is written to as it is; a link to a file stays a link.
            self._target = path if self._special else path.resolve()
            place = self._target if self._special else self._target.parent
            if not place.exists():
                raise OutputError(f"{path}: there is no folder {place}")
            if self._target.is_dir():
                raise OutputError(f"{path}: is a folder, not a file")
            if not os.access(place, os.W_OK):
                raise OutputError(f"{path}: {place} is not writable")
        except OSError as error:
            raise OutputError(f"{str(path)[:100]}: cannot be written ({error.strerror})") from error

    def write(self, text: str) -> None:
        try:
            if self._special:
                self._target.write_text(text, encoding=self.encoding)
            else:
                replace_file(self._target, text.encode(self.encoding))
        except OSError as error:
            raise OutputError(f"{self._path}: cannot be written ({error.strerror})") from error


def open_output(path: Path | None) -> Output:
    """The place that `--output` names; standard output without one.

    Raises:
        OutputError: nothing can be written there.
    """
    if path is not None and str(path) != "-":
        return FileOutput(path)
    if sys.stdout is None:
        raise OutputError("standard output is closed; name a file with --output PATH")
    return StandardOutput()
