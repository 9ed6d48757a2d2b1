"""What a history needs of a database: transactions, in the SQL that SQLite and PostgreSQL have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from ..invocation import to_run

Item = TypeVar("Item")


class StoreTrouble(Exception):
    """The store cannot be used: what happened to it, in words that show nothing secret.

    Attributes:
        remedy: what to do about it.
    """

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.remedy = remedy


class NothingRecorded(StoreTrouble):
    """There is no store yet."""


class Transaction(ABC):
    """All of what is done in it happens, or nothing. Values stand for each `?`.

    Args:
        damaged: what to say where there is what no check has written.
    """

    def __init__(self, damaged: StoreTrouble) -> None:
        self._damaged = damaged

    @abstractmethod
    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """All that is found."""

    def read(self, make: Callable[..., Item], sql: str, *values: Any) -> list[Item]:
        """What is made of each row that is found.

        Raises:
            StoreTrouble: that makes no sense.
        """
        found = self.rows(sql, *values)
        try:
            return [make(*row) for row in found]
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise self._damaged from error

    @abstractmethod
    def run(self, sql: str, *values: Any) -> None:
        """Do something."""

    @abstractmethod
    def run_many(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Do it with each of the rows."""

    @abstractmethod
    def version(self) -> int:
        """Of the schema that is there; 0 where nothing is.

        Raises:
            StoreTrouble: it is another program's.
        """

    @abstractmethod
    def set_version(self, number: int) -> None:
        """Say which schema is there, and that it is ours."""

    @abstractmethod
    def create(self, statement: str) -> None:
        """A statement of the schema, see `schema`."""


class Database(ABC):
    """One store, wherever it is. Each transaction has a connection of its own."""

    @abstractmethod
    def writing(self) -> AbstractContextManager[Transaction]:
        """A transaction that is alone: others that write wait for its end. What is missing of the store is made.

        Raises:
            StoreTrouble: that cannot be done; nothing has been.
        """

    @abstractmethod
    def reading(self) -> AbstractContextManager[Transaction]:
        """A transaction that sees the store as it is now, whatever others write meanwhile.

        Raises:
            NothingRecorded: there is none.
            StoreTrouble: it cannot be read.
        """

    @abstractmethod
    def version(self) -> int:
        """Of the schema that is there, which is left as it is; 0 where nothing is.

        Raises:
            NothingRecorded: there is no store.
            StoreTrouble: it cannot be read.
        """

    @abstractmethod
    def give_back(self) -> None:
        """Give what is not needed any more back to the system, as far as it can be had.

        Raises:
            StoreTrouble: the store cannot be used.
        """


def first_check() -> str:
    """What to do where nothing is recorded."""
    return f"Run {to_run('check')}: each check leaves a point."
