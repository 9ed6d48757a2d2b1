"""The ledger of an account: each change of each balance, as Kraken has it in its books.

Source: https://docs.kraken.com/api-reference/account-data/get-ledgers-info
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from . import wire
from .errors import UnexpectedAnswer
from .ledger_types import Meaning, meaning_of

PAGE = 50
"""Entries of a page that is not the last one."""

_LONGEST = 64  # characters of an id or a word of Kraken's


@dataclass(frozen=True, slots=True)
class BookEntry:
    """One change of one balance, which is then what it was before, plus the amount, less the fee.

    Attributes:
        id: Kraken's, unique within the account.
        refid: of what it belongs to; the legs of a trade share it. Empty, or `Unknown`, where Kraken gives none.
        at: in UTC, to the millisecond.
        type: Kraken's word, `deposit` for instance.
        subtype: Kraken's word, or empty.
        code: Kraken's code of the balance, ``XXBT`` or ``DOT28.S``.
        amount: in units of that code; below zero, it went away.
        fee: in the same units, taken beside the amount; below zero, one that was given back.
        balance: under that code afterwards; None where Kraken does not tell it.
    """

    id: str
    refid: str
    at: datetime
    type: str
    subtype: str
    code: str
    amount: Decimal
    fee: Decimal
    balance: Decimal | None

    @property
    def meaning(self) -> Meaning:
        return meaning_of(self.type, self.subtype, self.code)


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """Up to `PAGE` entries.

    Attributes:
        entries: the newest first.
        count: how many there are in all between the times that were asked for; None where Kraken does not tell.
    """

    entries: tuple[BookEntry, ...]
    count: int | None


def parse_ledger(result: Any) -> LedgerPage:
    """The answer of Ledgers. One that has nothing to tell may be no result at all.

    Raises:
        UnexpectedAnswer: it has not the documented shape.
    """
    fields = wire.entries(result, "Ledgers")
    entries = [_entry(name, entry) for name, entry in wire.entries(fields.get("ledger"), "the ledger").items()]
    if len({entry.id for entry in entries}) < len(entries):
        raise UnexpectedAnswer("Kraken sent two ledger entries of one id")
    count = fields.get("count")
    return LedgerPage(
        tuple(sorted(entries, key=lambda entry: entry.at, reverse=True)),
        None if count in (None, "") else int(wire.amount(count, "the count of ledger entries")),
    )


def _entry(name: str, entry: Any) -> BookEntry:
    entry_id = _short(name, "the id of a ledger entry")
    what = f"ledger entry {entry_id}"
    fields = wire.mapping(entry, what)
    balance = fields.get("balance")
    return BookEntry(
        id=entry_id,
        refid=_optional(fields, "refid", what),
        at=wire.precise_moment(fields.get("time"), f"the time of {what}"),
        type=_short(fields.get("type"), f"the type of {what}"),
        subtype=_optional(fields, "subtype", what),
        code=_short(fields.get("asset"), f"the asset of {what}"),
        amount=wire.amount(fields.get("amount"), f"the amount of {what}"),
        fee=wire.optional_amount(fields.get("fee"), f"the fee of {what}"),
        balance=None if balance in (None, "") else wire.amount(balance, f"the balance of {what}"),
    )


def _optional(fields: Mapping[str, Any], name: str, what: str) -> str:
    return "" if fields.get(name) in (None, "") else _short(fields[name], f"the {name} of {what}")


def _short(value: Any, what: str) -> str:
    text = wire.text(value, what)
    if len(text) > _LONGEST:
        raise UnexpectedAnswer(f"{what} is longer than any is: Kraken sent {wire.shown(text)}")
    return text
