"""A history in PostgreSQL, for several hosts or a fleet: in a schema of its own, through psycopg.

The URL is a secret, since it may hold a password. What the library says of it is never repeated as it is: it shows
pieces of a URL that it does not understand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .. import storage
from ..config.secret import Secret
from ..errors import ConfigurationError, sealed
from ..run_variables import STORE
from ..text import printable
from . import schema
from .database import Database, NothingRecorded, StoreTrouble, Transaction, first_check

if TYPE_CHECKING:
    import psycopg

_SCHEMA = "kraken_accounts"
_APPLICATION = "kraken-accounts"
_TURN = 0x4B414373  # the number of the lock that whoever writes holds
_SHORTEST = 3  # characters of a piece of a password that can be told from other words
_SHOWN = 300  # characters of what the server says
_NOT_OURS = f"its schema {_SCHEMA} is another program's"
_DAMAGED = StoreTrouble(
    "the PostgreSQL store holds what no check has written",
    f"Look what else writes to its schema {_SCHEMA}, or name another database.",
)


class _PostgresTransaction(Transaction):
    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        super().__init__(_DAMAGED)
        self._connection = connection

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._connection.execute(_translated(sql), values).fetchall()

    def run(self, sql: str, *values: Any) -> None:
        self._connection.execute(_translated(sql), values)

    def run_many(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(_translated(sql), rows)

    def create(self, statement: str) -> None:
        self.run(statement.replace(" WITHOUT ROWID", ""))

    def version(self) -> int:
        tables = self.rows(
            "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE nspname = ?",
            _SCHEMA,
        )
        if not tables:
            return 0
        if ("version",) not in tables or self._columns_of_version() != {"application", "number"}:
            raise _foreign()
        found = self.rows("SELECT application, number FROM version")
        if len(found) != 1 or found[0][0] != _APPLICATION:
            raise _foreign()
        return int(found[0][1])

    def set_version(self, number: int) -> None:
        self.run("CREATE TABLE IF NOT EXISTS version (application TEXT NOT NULL, number BIGINT NOT NULL)")
        self.run("DELETE FROM version")
        self.run("INSERT INTO version (application, number) VALUES (?, ?)", _APPLICATION, number)

    def _columns_of_version(self) -> set[str]:
        found = self.rows(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = ? AND table_name = 'version'",
            _SCHEMA,
        )
        return {name for (name,) in found}


class PostgresDatabase(Database):
    """A history that several hosts write.

    Args:
        url: of the database.

    Raises:
        ConfigurationError: it is none, or the library for it is missing; it is not repeated.
    """

    def __init__(self, url: Secret) -> None:
        self._url = url
        self._secrets = sealed(_secrets_of, url)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        with self._connected() as (connection, transaction):
            transaction.run("SELECT pg_advisory_xact_lock(?)", _TURN)
            if not transaction.rows("SELECT 1 FROM pg_namespace WHERE nspname = ?", _SCHEMA):
                transaction.run(f"CREATE SCHEMA {_SCHEMA}")
            schema.upgrade(transaction)
            yield transaction
            connection.commit()

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        with self._connected(as_of_now=True) as (_, transaction):
            version = transaction.version()
            schema.require_known(version)
            if version == len(schema.MIGRATIONS):
                yield transaction
                return
        if version == 0:
            raise NothingRecorded(
                "nothing was recorded yet in the PostgreSQL store",
                first_check(),
            )
        with self.writing() as upgraded:
            yield upgraded

    def version(self) -> int:
        with self._connected(as_of_now=True) as (_, transaction):
            return transaction.version()

    def give_back(self) -> None:
        """PostgreSQL does that by itself."""

    @contextmanager
    def _connected(
        self, *, as_of_now: bool = False
    ) -> Iterator[tuple[psycopg.Connection[tuple[Any, ...]], _PostgresTransaction]]:
        import psycopg

        connection = sealed(_connection, self._url, self._secrets, as_of_now)
        try:
            transaction = _PostgresTransaction(connection)
            transaction.run(f"SET LOCAL search_path TO {_SCHEMA}")
            transaction.run(f"SET LOCAL lock_timeout = {int(storage.PATIENCE * 1000)}")
            yield connection, transaction
        except psycopg.Error as error:
            trouble = _trouble(error, self._secrets)
            raise trouble from None
        finally:
            connection.close()


def _translated(sql: str) -> str:
    return sql.replace("?", "%s")


def _secrets_of(url: Secret) -> tuple[Secret, ...]:
    """What of the URL must not be shown.

    Raises:
        ConfigurationError: see the class.
    """
    try:
        import psycopg
        from psycopg.conninfo import conninfo_to_dict
    except ImportError as error:
        raise ConfigurationError(
            f"{STORE} names a PostgreSQL, for which psycopg is missing here ({printable(str(error), 80)}): run "
            "`make postgres`, or install kraken-accounts[postgres]"
        ) from None
    try:
        parts = conninfo_to_dict(url.reveal())
    except psycopg.Error:
        raise ConfigurationError(
            f"{STORE} is no URL that PostgreSQL understands, as postgresql://USER:PASSWORD@HOST/DATABASE is one; "
            "signs such as @ / : % in a password are written as %40 %2F %3A %25"
        ) from None
    hidden = [str(parts[name]) for name in ("password", "sslpassword") if parts.get(name)]
    # What stands where the password should may be taken for a host or a port, if it has signs of a URL in it.
    written = url.reveal().partition("://")[2].rpartition("@")[0].partition(":")[2]
    return tuple(map(Secret, (url.reveal(), *hidden, *re.split(r"[^A-Za-z0-9]+", written))))


def _connection(url: Secret, secrets: tuple[Secret, ...], as_of_now: bool) -> psycopg.Connection[tuple[Any, ...]]:
    import psycopg

    try:
        connection = psycopg.connect(
            url.reveal(),
            connect_timeout=max(2, int(storage.PATIENCE)),
            application_name=_APPLICATION,
            prepare_threshold=None,  # a pooler between here and the server may not know what was prepared
        )
    except psycopg.Error as error:
        raise _trouble(error, secrets) from None
    if as_of_now:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    return connection


def _trouble(error: psycopg.Error, secrets: Iterable[Secret]) -> StoreTrouble:
    if error.sqlstate == "55P03":  # https://www.postgresql.org/docs/current/errcodes-appendix.html
        return StoreTrouble(
            f"another program has held the PostgreSQL store for {storage.PATIENCE:g} s",
            "The next check tries again; end what holds it, if that goes on.",
        )
    words = error.diag.message_primary or str(error)
    said = printable(words, _SHOWN)
    if any(_is_in(secret, words) or _is_in(secret, said) for secret in secrets):
        said = f"{type(error).__name__}; its words are not shown, since they repeat what is secret"
    return StoreTrouble(
        f"the PostgreSQL store cannot be used: {said}",
        f"See whether the server that {STORE} names is up, has room, and lets this user make a schema and use it.",
    )


def _is_in(secret: Secret, text: str) -> bool:
    hidden = secret.reveal()
    return len(hidden) >= _SHORTEST and hidden in text


def _foreign() -> StoreTrouble:
    return StoreTrouble(
        f"the PostgreSQL store cannot be used: {_NOT_OURS}",
        f"Name another database by {STORE}, or rename that schema.",
    )
