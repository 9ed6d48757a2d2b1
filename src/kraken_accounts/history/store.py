"""The history of all checks, wherever it is kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from ..config.secret import Secret
from ..errors import ConfigurationError
from ..run_variables import STORE
from ..storage import Storage
from .database import Database, NothingRecorded
from .model import LedgerFound, Pruned, Snapshot
from .moments import to_stored
from .writing import write

if TYPE_CHECKING:
    from .ledger_model import EntryPrice
    from .reading import Reader


class History:
    """What checks have left, of one set of accounts or several; see `open_history`.

    Args:
        database: where it is kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, whose: str, snapshot: Snapshot) -> tuple[str, ...]:
        """Add a check, all of it or nothing.

        Args:
            whose: the set of accounts, see `set_of`.

        Returns:
            the ids of ledger entries that Kraken tells otherwise than before; they stay as they were told first.

        Raises:
            StoreTrouble: that cannot be done.
        """
        with self._database.writing() as transaction:
            return write(transaction, whose, snapshot)

    def keep_ledgers(self, ledgers: Mapping[int, LedgerFound]) -> tuple[str, ...]:
        """Add what was read of ledgers beside a check, by the `id` of the series; all of it or nothing.

        Returns:
            as `record`.

        Raises:
            StoreTrouble: that cannot be done.
        """
        from .ledger_writing import keep

        with self._database.writing() as transaction:
            return keep(transaction, ledgers)

    def keep_prices(self, quote: str, prices: Sequence[EntryPrice]) -> None:
        """Add what assets cost at the times of entries, all of it or nothing.

        Args:
            quote: the common ticker of the currency of the prices.

        Raises:
            StoreTrouble: that cannot be done.
        """
        from .ledger_writing import keep_prices

        with self._database.writing() as transaction:
            keep_prices(transaction, quote, prices)

    @contextmanager
    def reader(self, whose: str) -> Iterator[Reader]:
        """What is known of a set of accounts, at this moment.

        Raises:
            NothingRecorded: there is no store yet.
            StoreTrouble: it cannot be read.
        """
        from .reading import Reader

        with self._database.reading() as transaction:
            yield Reader(transaction, whose)

    def schema(self) -> tuple[int, int]:
        """The version of its schema, which is left as it is, and the one that this version of the program writes.

        The former is 0 where there is a place for a store, and nothing in it.

        Raises:
            NothingRecorded: there is no such place either.
            StoreTrouble: it cannot be used.
        """
        from .schema import MIGRATIONS, require_known

        found = self._database.version()
        require_known(found)
        return found, len(MIGRATIONS)

    def rename(self, whose: str, selector: str, to: str) -> bool:
        """Have what was recorded of an account under another name; False where nothing was.

        Raises:
            StoreTrouble: that cannot be done; nothing has been.
        """
        from .renaming import rename

        try:
            with self._database.reading():
                pass
        except NothingRecorded:
            return False
        with self._database.writing() as transaction:
            return rename(transaction, whose, selector, to)

    def prune(self, before: datetime) -> Pruned:
        """Thin the points of days that were over before a time to one a day; see `pruning`.

        Raises:
            NothingRecorded: there is no store yet.
            StoreTrouble: the store cannot be used.
        """
        from .pruning import prune

        return prune(self._database, to_stored(before))


def open_history(url: Secret | None = None) -> History:
    """The history of the user who runs this, in the state directory; or the one in a PostgreSQL.

    Args:
        url: of the PostgreSQL, ``postgresql://…``.

    Raises:
        ConfigurationError: that is no such URL, or the library for it is missing; the URL is not repeated.
    """
    if url is None:
        from .sqlite import SqliteDatabase

        return History(SqliteDatabase(Storage.state()))
    if not url.reveal().startswith(("postgresql://", "postgres://")):
        raise ConfigurationError(f"{STORE} is no URL of a PostgreSQL, which begins with postgresql://")
    from .postgresql import PostgresDatabase

    return History(PostgresDatabase(url))
