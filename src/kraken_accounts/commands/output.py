"""Where a report goes: a stream, a pipe, or a file that is written whole or not at all."""

from __future__ import annotations

import errno
import math
import os
import re
import select
import stat
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ..files import replace_file
from . import streams

_GRACE = 1.0  # seconds that a reader has in any case
_BETWEEN_LOOKS = 0.05  # seconds
_STREAM_OF_A_PROCESS = re.compile(r"/proc/\d+(/task/\d+)?/fd/\d+")


class OutputError(Exception):
    """A report cannot be put where it was asked for; the message names the place."""


class Output(ABC):
    """A place for one report.

    Attributes:
        width: columns of the terminal; None where there is none.
        color: whether it shows ANSI colours.
        encoding: of what is written there.
        is_stream: whether it is a stream, on which silence says something; a file has to be written in any case.
    """

    width: int | None = None
    color: bool = False
    encoding: str = "utf-8"
    is_stream: bool = False

    @abstractmethod
    def write(self, content: str | bytes) -> bool:
        """Write the whole report; False if its reader had enough before the end.

        Raises:
            OutputError: it cannot be written; a file that was there before still is.
        """

    def _adapt_to(self, descriptor: int) -> None:
        """Take the width and the colours of the terminal that it may be."""
        if os.isatty(descriptor):
            self.color = os.environ.get("TERM", "dumb") != "dumb"
            try:
                self.width = os.get_terminal_size(descriptor).columns or None
            except OSError:
                self.width = None


class StandardOutput(Output):
    """The terminal, or the pipe or file that the shell put in its place."""

    is_stream = True

    def __init__(self) -> None:
        if sys.stdout is None:
            raise OutputError("standard output is closed; name a file with --output PATH")
        self.encoding = sys.stdout.encoding
        if sys.stdout.isatty():
            self._adapt_to(sys.stdout.fileno())

    def write(self, content: str | bytes) -> bool:
        try:
            sys.stdout.flush()
            sys.stdout.buffer.write(_encoded(content, self.encoding))
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            # The reader, `head` for instance, has seen enough. Nothing more is said, not at the exit either.
            streams.silence(sys.stdout.fileno())
            return False
        except OSError as error:
            streams.silence(sys.stdout.fileno())
            raise OutputError(f"standard output cannot be written ({error.strerror})") from error
        return True


class StreamOutput(Output):
    """Another stream that the process was given, by its number.

    Raises:
        OutputError: it was given none by that number, or only one to read.
    """

    is_stream = True

    def __init__(self, path: Path, descriptor: int, ends: float) -> None:
        if not streams.is_writable(descriptor):
            raise OutputError(f"{path}: is not open for writing")
        self._path = path
        self._descriptor = descriptor
        self._ends = ends
        self._adapt_to(descriptor)

    def write(self, content: str | bytes) -> bool:
        try:
            _write_all(self._descriptor, _encoded(content, self.encoding), self._ends)
        except BrokenPipeError:
            return False  # the reader has seen enough
        except OSError as error:
            raise OutputError(f"{self._path}: cannot be written ({error.strerror})") from error
        return True


class FileOutput(Output):
    """A file that readers find whole at any moment: the old one, then the new one.

    What is no file, a pipe or a device for instance, is written to as it is.

    Raises:
        OutputError: nothing can be written there; said before anything is asked.
    """

    def __init__(self, path: Path, ends: float) -> None:
        self._path = path
        self._ends = ends
        try:
            # Another process's stream is no file of ours either: whoever has it open would not see a new one.
            self._special = (path.exists() and not path.is_file()) or _is_stream_of_a_process(path)
            # A link to a file stays a link.
            self._target = path if self._special else path.resolve()
            place = self._target if self._special else self._target.parent
            if not place.exists():
                raise OutputError(f"{path}: there is no folder {place}")
            if self._target.is_dir():
                raise OutputError(f"{path}: is a folder, not a file")
            if self._target.is_socket():
                raise OutputError(f"{path}: is a socket, not a file")
            if not os.access(place, os.W_OK):
                raise OutputError(f"{path}: {place} is not writable")
        except OSError as error:
            raise OutputError(f"{str(path)[:100]}: cannot be written ({error.strerror})") from error

    def write(self, content: str | bytes) -> bool:
        encoded = _encoded(content, self.encoding, "strict")
        try:
            if self._special:
                self._write_in_place(encoded)
            else:
                replace_file(self._target, encoded)
        except OSError as error:
            raise OutputError(f"{self._path}: cannot be written ({error.strerror})") from error
        return True

    def _write_in_place(self, content: bytes) -> None:
        descriptor = _open_for_a_reader(self._target, self._ends)
        try:
            _write_all(descriptor, content, self._ends)
        finally:
            os.close(descriptor)


def open_output(path: Path | None, ends: float = math.inf) -> Output:
    """The place that `--output` names; standard output without one.

    Args:
        ends: when, on the monotonic clock, to stop waiting for somebody who reads what is no file; a second is
            waited in any case.

    Raises:
        OutputError: nothing can be written there.
    """
    if path is None or str(path) == "-":
        return StandardOutput()
    try:
        descriptor = streams.descriptor_of(path)
    except OSError as error:
        raise OutputError(f"{str(path)[:100]}: cannot be written ({error.strerror})") from error
    if descriptor is None:
        return FileOutput(path, ends)
    return StandardOutput() if descriptor == 1 else StreamOutput(path, descriptor, ends)


def has_color(output: Output, choice: str, environment: Mapping[str, str]) -> bool:
    """Whether to write ANSI colours there.

    NO_COLOR outranks FORCE_COLOR and CLICOLOR_FORCE, and the command line all of them. A variable puts none into a
    file that is named.

    Sources: https://no-color.org, https://force-color.org, https://bixense.com/clicolors

    Args:
        choice: of the command line: auto, always or never.
    """
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    forced = any(environment.get(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE"))
    return output.color or (forced and output.is_stream)


def _encoded(content: str | bytes, encoding: str, errors: str = "replace") -> bytes:
    """On a stream, no character that its encoding lacks may cost the report."""
    return content if isinstance(content, bytes) else content.encode(encoding, errors)


def _is_stream_of_a_process(path: Path) -> bool:
    return _STREAM_OF_A_PROCESS.fullmatch(str(Path(os.path.realpath(path.parent), path.name))) is not None


def _open_for_a_reader(path: Path, ends: float) -> int:
    """A descriptor to write to; of a pipe, once somebody reads it."""
    ends = max(ends, time.monotonic() + _GRACE)
    while True:
        try:
            # What another process has written there stays.
            return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError as error:
            if error.errno != errno.ENXIO or not stat.S_ISFIFO(path.stat().st_mode):
                raise
            if time.monotonic() > ends:
                raise OSError(errno.ENXIO, "nobody reads this pipe") from error
        time.sleep(_BETWEEN_LOOKS)


def _write_all(descriptor: int, content: bytes, ends: float) -> None:
    """All of it, at the pace of whoever reads it, as long as there is time."""
    ends = max(ends, time.monotonic() + _GRACE)
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    rest = memoryview(content)
    while rest:
        left = ends - time.monotonic()
        if not poll.poll(None if math.isinf(left) else max(left, 0) * 1000):
            raise OSError(errno.ETIMEDOUT, "whoever reads it has stopped reading")
        # No more than a pipe takes at once: it may be one that waits until it has taken all.
        with suppress(BlockingIOError):
            rest = rest[os.write(descriptor, rest[: select.PIPE_BUF]) :]
