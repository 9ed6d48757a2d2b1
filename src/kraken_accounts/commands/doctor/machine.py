"""What lies on this machine: folders and the history in them, and which versions of what run here."""

from __future__ import annotations

import os
import platform
import re
import stat
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from ... import __version__
from ...run_variables import STORE
from .findings import Condition, Line

_DISTRIBUTION = "kraken-accounts"
# As the metadata of a distribution name what it needs: `apprise>=2.3; extra == "notify"`.
_NEEDED = re.compile(r"([A-Za-z0-9._-]+)[^;]*(?:;.*extra\s*==\s*['\"]([a-z]+)['\"])?.*")
_MEND_FOLDER = "Give it to the user who runs this, and write access to nobody else (chmod 700)."


def look_at_folders() -> Iterator[Line]:
    """The state and the cache directory. Nothing is made there."""
    from ...storage import Storage

    yield from _folder("state", Storage.state().folder)
    yield from _folder("cache", Storage.cache().folder)


def _folder(what: str, folder: Path | None) -> Iterator[Line]:
    from ...files import require_private_folder
    from ...history.network_folder import network_of
    from ...ownership import name_of

    if folder is None:
        yield Line(Condition.WRONG, f"{what}: no folder of this user is known, so nothing is kept", "Set HOME.")
        return
    try:
        require_private_folder(folder)
        there = _nearest(folder)
        status = there.stat()
    except OSError as error:
        where = error.filename or folder
        yield Line(Condition.WRONG, f"{what}: {where}: {error.strerror}, so nothing is kept", _MEND_FOLDER)
        return
    network = network_of(there)
    place = f"{what}: {folder}"
    if there != folder:
        place += ", which is not there yet"
    elif not stat.S_ISDIR(status.st_mode):
        yield Line(Condition.WRONG, f"{place}: is no folder, so nothing is kept", "Move it away.")
        return
    on = f", on another machine's disk ({network})" if network else ""
    of = f"{name_of(status.st_uid)}'s, mode {stat.S_IMODE(status.st_mode):o}"
    if not os.access(there, os.W_OK | os.X_OK):
        yield Line(
            Condition.WRONG, f"{place} ({there}: {of}{on}): cannot be written, so nothing is kept", _MEND_FOLDER
        )
    elif there != folder:
        yield Line(Condition.FINE, f"{place}, and can be made{on}")
    else:
        yield Line(Condition.FINE, f"{place} ({of}{on}), writable")


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    return next(place for place in (folder, *folder.parents) if place.exists())


def look_at_history() -> Iterator[Line]:
    """The store and its schema, which stay as they are."""
    from ...config import ConfigurationError
    from ...history.database import NothingRecorded, StoreTrouble
    from ...history.sqlite import NAME
    from ...storage import Storage
    from ..histories import history_of_user

    folder = Storage.state().folder
    place = f"a PostgreSQL, named by {STORE}" if os.environ.get(STORE, "").strip() else f"{folder}/{NAME}"
    found = ours = 0
    try:
        found, ours = history_of_user(os.environ).schema()
    except NothingRecorded:
        pass
    except StoreTrouble as trouble:
        yield Line(Condition.WRONG, f"history: {trouble}", trouble.remedy)
        return
    except ConfigurationError as refusal:
        yield Line(Condition.WRONG, f"history: {refusal}")
        return
    if found == 0:
        yield Line(Condition.NOTE, f"history: {place}: nothing was recorded yet")
    else:
        behind = "" if found == ours else f"; the next check that records makes {ours} of it"
        yield Line(Condition.FINE, f"history: {place}, schema {found}{behind}")


def look_at_versions() -> Iterator[Line]:
    """Of the interpreter, of the libraries, and which extras are there."""
    yield Line(Condition.NOTE, f"{platform.python_implementation()} {platform.python_version()}, {sys.executable}")
    yield from _libraries_of_python()
    yield Line(Condition.NOTE, platform.platform())
    try:
        needed = metadata.requires(_DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        yield Line(Condition.UNKNOWN, f"{_DISTRIBUTION} is not installed, so nobody knows what it needs here")
        return
    extras: dict[str | None, dict[str, str | None]] = {}
    for match in filter(None, map(_NEEDED.fullmatch, needed)):
        extras.setdefault(match[2], {})[match[1]] = _version(match[1])
    core = extras.pop(None, {})
    yield Line(Condition.NOTE, f"{_DISTRIBUTION} {__version__}, {Path(__file__).parents[2]}")
    yield Line(Condition.NOTE, _listed(core))
    if missing := [name for name, version in core.items() if version is None]:
        yield Line(Condition.WRONG, f"not installed: {', '.join(missing)}", f"Install {_DISTRIBUTION} anew.")
    for extra, libraries in sorted(extras.items(), key=lambda item: str(item[0])):
        state = _listed(libraries) if any(libraries.values()) else "not installed"
        is_half = None in libraries.values() and any(libraries.values())
        remedy = f"Install {_DISTRIBUTION}[{extra}]." if is_half else ""
        yield Line(Condition.WRONG if is_half else Condition.NOTE, f"extra {extra}: {state}", remedy)


def _libraries_of_python() -> Iterator[Line]:
    """Some builds of Python have one or the other not."""
    try:
        import ssl

        yield Line(Condition.NOTE, ssl.OPENSSL_VERSION)
    except ImportError as error:
        yield Line(Condition.WRONG, f"this Python has no TLS: {error}", "Install another one.")
    try:
        import sqlite3

        yield Line(Condition.NOTE, f"SQLite {sqlite3.sqlite_version}")
    except ImportError as error:
        yield Line(Condition.WRONG, f"this Python has no SQLite, so no history: {error}", "Install another one.")


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _listed(libraries: dict[str, str | None]) -> str:
    return ", ".join(f"{name} {version or 'is missing'}" for name, version in sorted(libraries.items()))
