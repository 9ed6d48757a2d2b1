"""A history in a file of the state directory, which SQLite keeps. Nothing has to be set up for it.

In WAL mode readers and one that writes do not wait for each other, and whoever is killed leaves what was there
before. See https://www.sqlite.org/wal.html and, for what a file says of itself, https://www.sqlite.org/pragma.html.
"""

from __future__ import annotations

import os
import shlex
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from .. import storage
from ..invocation import to_run
from ..storage import Storage
from . import schema
from .database import Database, NothingRecorded, StoreTrouble, Transaction, first_check
from .network_folder import network_of

APPLICATION_ID = 0x4B414373
"""What a file of ours says of itself: `KACs`."""

NAME = "history.sqlite"

_PAGES_AT_ONCE = 5000  # that are given back; others may write in between
_BETWEEN_TRIES = 0.01  # seconds
_FULL = "the disk is full"


class _SqliteTransaction(Transaction):
    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        super().__init__(_damaged(path))
        self._connection = connection
        self._path = path

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql, values).fetchall()

    def run(self, sql: str, *values: Any) -> None:
        self._connection.execute(sql, values)

    def run_many(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
        self._connection.executemany(sql, rows)

    def create(self, statement: str) -> None:
        self._connection.execute(statement)

    def version(self) -> int:
        ((application,),) = self.rows("PRAGMA application_id")
        ((number,),) = self.rows("PRAGMA user_version")
        ((tables,),) = self.rows("SELECT count(*) FROM sqlite_master")
        if application == APPLICATION_ID:
            return int(number)
        if application or number or tables:
            raise StoreTrouble(
                f"{self._path}: is another program's file", f"Move it away: {_moved_aside(self._path, 'other')}"
            )
        return 0

    def set_version(self, number: int) -> None:
        self._connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        self._connection.execute(f"PRAGMA user_version = {number}")


class SqliteDatabase(Database):
    """The history of one user on one machine.

    Args:
        state: the state directory.
    """

    def __init__(self, state: Storage) -> None:
        self._state = state

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        with self._connected(make=True) as (connection, path):
            transaction = _SqliteTransaction(connection, path)
            # Nothing of another program's file is changed, not its mode either. Another check may just make it.
            connection.execute("BEGIN")
            schema.require_known(transaction.version())
            connection.execute("COMMIT")
            _write_ahead(connection)
            connection.execute("BEGIN IMMEDIATE")
            try:
                schema.upgrade(transaction)
                yield transaction
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        with self._connected(make=False) as (connection, path):
            connection.execute("BEGIN")
            transaction = _SqliteTransaction(connection, path)
            version = transaction.version()
            schema.require_known(version)
            if version == len(schema.MIGRATIONS):
                yield transaction
                return
        if version == 0:
            raise _nothing_recorded(path)
        with self.writing() as upgraded:
            yield upgraded

    def version(self) -> int:
        with self._connected(make=False) as (connection, path):
            return _SqliteTransaction(connection, path).version()

    def give_back(self) -> None:
        with self._connected(make=False) as (connection, _):
            while connection.execute("PRAGMA freelist_count").fetchone()[0]:
                before = connection.execute("PRAGMA page_count").fetchone()
                connection.execute(f"PRAGMA incremental_vacuum({_PAGES_AT_ONCE})").fetchall()
                if connection.execute("PRAGMA page_count").fetchone() == before:
                    break

    @contextmanager
    def _connected(self, *, make: bool) -> Iterator[tuple[sqlite3.Connection, Path]]:
        """A connection to the file, without a transaction yet, and the file."""
        path = self._file(make=make)
        with _words(path):
            # Not by the path alone: SQLite would make a file where there is none.
            connection = sqlite3.connect(
                f"{path.as_uri()}?mode=rw", uri=True, timeout=storage.PATIENCE, isolation_level=None
            )
            try:
                yield connection, path
            finally:
                connection.close()

    def _file(self, *, make: bool) -> Path:
        try:
            path = self._state.private_file(NAME, make=make)
        except FileNotFoundError as error:
            if make:
                raise _unusable(error) from error
            raise _nothing_recorded(error.filename or NAME) from error
        except OSError as error:
            raise _unusable(error) from error
        if (network := network_of(path.parent)) is not None:
            raise StoreTrouble(
                f"{path}: lies on another machine's disk ({network}), where SQLite cannot keep it safe",
                "Name a PostgreSQL by KRAKEN_ACCOUNTS_STORE, or leave recording out: --no-record.",
            )
        return path


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Have the file in WAL mode. SQLite does not wait for others here, so this does."""
    if connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
        return
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # of use in an empty file only
    ends = time.monotonic() + storage.PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > ends:
                raise
            time.sleep(_BETWEEN_TRIES)
        else:
            return


@contextmanager
def _words(path: Path) -> Iterator[None]:
    """What SQLite says, as people say it."""
    try:
        yield
    except sqlite3.Error as error:
        raise _trouble(path, error) from error


def _damaged(path: Path) -> StoreTrouble:
    return StoreTrouble(
        f"{path}: is damaged",
        f"Put it aside, so that a new one begins: {_moved_aside(path, 'damaged')}; what can be saved of it, "
        "SQLite's own shell says with .recover.",
    )


def _trouble(path: Path, error: sqlite3.Error) -> StoreTrouble:
    code = getattr(error, "sqlite_errorcode", 0)
    match code & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreTrouble(
                f"{path}: another program has held it for {storage.PATIENCE:g} s",
                "The next check tries again; end what holds the file, if that goes on.",
            )
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return _damaged(path)
        case sqlite3.SQLITE_FULL | sqlite3.SQLITE_IOERR:
            said = _FULL if code & 0xFF == sqlite3.SQLITE_FULL else f"the disk refuses it ({error})"
            return StoreTrouble(
                f"{path}: {said}",
                f"Make room there; {to_run('history', 'prune')} makes what is kept smaller, once it has some.",
            )
        case _:
            return StoreTrouble(
                f"{path}: cannot be used ({error})",
                "Make the state directory readable and writable for the user who runs this; -v shows where it is.",
            )


def _unusable(error: OSError) -> StoreTrouble:
    known = error.strerror or os.strerror(error.errno or 0)
    return StoreTrouble(
        f"{error.filename}: {known}" if error.filename else known,
        "Make the state directory readable and writable for the user who runs this; -v shows where it is.",
    )


def _nothing_recorded(path: Path | str) -> NothingRecorded:
    return NothingRecorded(f"{path}: nothing was recorded yet", first_check())


def _moved_aside(path: Path, suffix: str) -> str:
    name = shlex.quote(str(path))
    return f'for f in {name} {name}-wal {name}-shm; do [ ! -e "$f" ] || mv "$f" "$f.{suffix}"; done'
