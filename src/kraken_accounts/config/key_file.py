"""A key or a secret in a file of its own, as Docker mounts secrets and systemd hands over credentials."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

from ..errors import sealed
from .variables import IN_FILE, LONGEST, Setting, hidden

_OTHERS_MAY = stat.S_IROTH | stat.S_IWOTH | stat.S_IWGRP  # a group is how a container is let in


def with_content(setting: Setting) -> Setting:
    """The setting with what its file holds, or with the mistake that keeps that from being used.

    Nothing of the value is shown where no such file is there: it may be the key itself, pasted into the wrong
    variable.
    """
    path = Path(setting.value.reveal())
    if not path.is_absolute():
        return replace(setting, mistake=f"{setting} must name a file by its whole path, from / on")
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return replace(setting, mistake=f"{setting} names a file that does not exist")
    except OSError as error:
        return replace(setting, mistake=f"{setting} names a file that cannot be read ({error.strerror})")
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return replace(setting, mistake=f"{setting} names {path}, which is not a regular file")
        read: Setting = sealed(_read, descriptor, setting, path)
    except OSError as error:
        return replace(setting, mistake=f"{setting} names {path}, which cannot be read ({error.strerror})")
    finally:
        os.close(descriptor)
    return replace(read, exposed=path if status.st_mode & _OTHERS_MAY else None)


def _read(descriptor: int, setting: Setting, path: Path) -> Setting:
    with os.fdopen(os.dup(descriptor), "rb") as file:
        raw = file.read(LONGEST + 1)
    if len(raw) > LONGEST:
        return replace(setting, mistake=f"{setting} names {path}, which is too large for a key")
    try:
        value = hidden(setting.name.removesuffix(IN_FILE), raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return replace(setting, mistake=f"{setting} names {path}, which is not UTF-8 text")
    if value is None:
        return replace(setting, mistake=f"{setting} names {path}, which holds no key")
    return replace(setting, value=value)
