"""Which file is read, and its lines; a pipe will do where one is named."""

from __future__ import annotations

import io
import os
import re
import select
import stat
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv.parser import parse_stream

from ..errors import ConfigurationError, sealed
from ..invocation import ENTRY_SCRIPT
from .found_file import open_found
from .secret import Secret
from .variables import LONGEST, hidden, is_ours

NOBODY_WRITES = 10.0  # seconds to wait at a named pipe for somebody who writes
PROGRAM_WRITES = 120.0  # seconds to wait for a program, which may have to ask for a passphrase first

CHECKOUT = Path(__file__).resolve().parents[3]
"""Public, so that tests can have another one than that of whoever runs them."""
_LARGEST = 2 << 20  # bytes; a `.env` of 2,000 users is a third of that
_DESCRIPTOR = re.compile(r"/dev/stdin|/dev/fd/(\d{1,9})|/proc/self/fd/(\d{1,9})")
_END_OF_LINE = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class EnvFile:
    """What a file says.

    Attributes:
        path: None for a pipe, of which nothing is left.
        is_private: False where group or others may read or write it.
        values: None for what is there but empty, or only a placeholder.
    """

    path: Path | None
    is_private: bool
    values: Mapping[str, Secret | None]


def find_env_file() -> Path | None:
    """The `.env` of the working directory, else of the checkout (cron starts elsewhere), else of the user."""
    here = Path(".env")
    if may_be_file(here):
        return here
    if (CHECKOUT / ENTRY_SCRIPT).is_file() and may_be_file(CHECKOUT / ".env"):
        return CHECKOUT / ".env"
    of_user = user_config_folder()
    return of_user / ".env" if of_user is not None and may_be_file(of_user / ".env") else None


def user_config_folder() -> Path | None:
    """Where the user's own configuration lies; None if nobody knows."""
    import platformdirs

    try:
        folder = platformdirs.user_config_path("kraken-accounts")
    except (OSError, RuntimeError, KeyError):
        return None  # nobody's home is known: not even the system knows this user
    return folder if folder.is_absolute() else None


def may_be_file(path: Path) -> bool:
    """Whether somebody has put one there: to pass it over in silence would leave its accounts unwatched.

    A folder is none, as a virtual environment may be called so, nor is a device, with which a file is masked.
    """
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return path.is_symlink()
    except OSError:
        return True  # who reads it says why that cannot be told
    return stat.S_ISREG(mode) or stat.S_ISFIFO(mode)


def read_env_file(path: Path, *, named: bool) -> EnvFile:
    """The variables of a file.

    Args:
        named: whether the operator has named it; then it may be a pipe, and anybody's.

    Raises:
        ConfigurationError: it cannot be read or understood, or it must not be believed.
    """
    try:
        descriptor = _open_named(path) if named else open_found(path)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        what = "does not exist" if named else "is a link to a file that does not exist"
        raise ConfigurationError(f"{path}: {what}; name the file with --env-file PATH") from None
    except OSError as error:
        raise _unreadable(path, error) from None
    try:
        status = os.fstat(descriptor)
        is_pipe = stat.S_ISFIFO(status.st_mode)
        if is_pipe and not named:
            raise ConfigurationError(f"{path}: is a pipe, which is read only if named: --env-file {path}")
        if not is_pipe and not stat.S_ISREG(status.st_mode):
            raise ConfigurationError(f"{path}: is not a file; name the file with --env-file PATH")
        values: dict[str, Secret | None] = sealed(_read, descriptor, path, is_pipe)
    except OSError as error:
        raise _unreadable(path, error) from None
    finally:
        os.close(descriptor)
    is_private = is_pipe or not stat.S_IMODE(status.st_mode) & 0o066
    return EnvFile(None if is_pipe else path, is_private, values)


def holds_keys(path: Path, *, named: bool) -> bool:
    """Whether a file has the key of any account; of a pipe nobody knows, since it can be read only once.

    Raises:
        ConfigurationError: see `read_env_file`.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return False
    except OSError:
        pass  # reading it says why not
    values = read_env_file(path, named=named).values
    return any(name.endswith("_API_KEY") and value is not None for name, value in values.items())


def _open_named(path: Path) -> int:
    if match := _DESCRIPTOR.fullmatch(str(path)):
        # The shell has opened it; to open it again could be forbidden, as behind sudo.
        return os.dup(int(match[1] or match[2] or 0))
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)


def _unreadable(path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"{path}: cannot be read ({error.strerror}); make it readable for the user who runs this"
    )


# --- what sees the text: runs sealed --------------------------------------------------------------------


def _read(descriptor: int, path: Path, is_pipe: bool) -> dict[str, Secret | None]:
    return parsed(content_of(descriptor, path, is_pipe=is_pipe), path)


def content_of(descriptor: int, path: Path, *, is_pipe: bool) -> bytes:
    """All that there is to be read, or a little more than any `.env` has.

    Raises:
        ConfigurationError: nobody writes into the pipe.
        OSError: it cannot be read.
    """
    patience = PROGRAM_WRITES if _DESCRIPTOR.fullmatch(str(path)) else NOBODY_WRITES
    ends = time.monotonic() + patience
    ready = select.poll()
    ready.register(descriptor, select.POLLIN)
    content = bytearray()
    while len(content) <= _LARGEST:
        if is_pipe and not ready.poll(max(0.0, ends - time.monotonic()) * 1000):
            raise ConfigurationError(f"{path}: nobody has written the file to its end within {patience:g} s")
        piece = os.read(descriptor, 1 << 16)
        if not piece:
            break
        content += piece
    if is_pipe and not content:
        raise ConfigurationError(
            f"{path}: nothing came through the pipe; look at the program that should write it"
        )
    return bytes(content)


def parsed(raw: bytes, path: Path) -> dict[str, Secret | None]:
    """The variables of a file with this content; called `sealed`, since exceptions of it have seen secrets.

    Raises:
        ConfigurationError: it cannot be understood.
    """
    if len(raw) > _LARGEST:
        raise ConfigurationError(f"{path}: is larger than {_LARGEST >> 20} MiB, so it is no .env file")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    if "\0" in text:
        raise ConfigurationError(f"{path}: is a binary file, not lines of NAME=value")
    for number, content in enumerate(_END_OF_LINE.split(text), 1):
        if len(content) > LONGEST:
            raise ConfigurationError(
                f"{path}, line {number}: is longer than {LONGEST} characters, so it is no key"
            )

    values: dict[str, str] = {}
    lines: dict[str, int] = {}
    for binding in parse_stream(io.StringIO(text)):
        # A binding's text may begin with the blank lines before it.
        text_before = binding.original.string[: -len(binding.original.string.lstrip()) or None]
        line = binding.original.line + text_before.count("\n")
        name, value = binding.key, binding.value
        if binding.error or (value is None and name is not None and is_ours(name)):
            raise ConfigurationError(f"{path}, line {line}: cannot be understood; write NAME=value")
        if name is None or value is None or not is_ours(name):
            continue
        if len(value) > LONGEST:
            raise ConfigurationError(f"{path}, line {line}: is longer than {LONGEST} characters, so it is no key")
        if values.get(name, value) != value:
            raise ConfigurationError(
                f"{path}: {name} is set twice, on lines {lines[name]} and {line}, to different values; keep one"
            )
        values[name] = value
        lines[name] = line
    return {name: hidden(name, value) for name, value in values.items()}
