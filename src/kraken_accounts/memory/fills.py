"""What runs remember of the fills of each Kraken account, so that the next one asks for the newer ones only.

By the account's fingerprint, and not by what it is called here: a key of another account inherits nothing. What is
not there, damaged or of another version is asked anew.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from ..config import Settings
from ..kraken import wire
from ..kraken.errors import NotListedAnyMore, UnexpectedAnswer
from ..kraken.fill_history import MOST_KEPT, FillHistory
from ..kraken.fills import Fill
from ..kraken.key_info import KeyInfo
from ..report.answers import AccountAnswers
from ..storage import NOTHING_KEPT, Storage
from ..text import printable
from .fields import time_of
from .file import Content, MemoryFile

_KEPT = timedelta(days=30)  # since an account was asked last


class FillMemory:
    """The fills of one set of accounts. For many threads. Sample accounts leave nothing behind.

    Args:
        storage: where.
        settings: the accounts.
        enabled: whether to remember anything at all.
    """

    def __init__(self, storage: Storage, settings: Settings, *, enabled: bool) -> None:
        self._file = MemoryFile(storage if enabled and not settings.demo else NOTHING_KEPT, settings, "fills")
        self._lock = threading.Lock()
        self._read: Mapping[str, Any] | None = None

    def known(self, fingerprint: str | None) -> FillHistory | None:
        """What earlier runs have learned of a Kraken account; None if that is nothing, or not to be believed."""
        with self._lock:
            if self._read is None:
                self._read = _entries(self._file.read())
            entry = self._read.get(fingerprint or "")
        return _history(entry)

    def keep(self, answers: Iterable[AccountAnswers]) -> None:
        """Leave what these answers tell for the next run.

        What is known of an account, and Kraken does not list any more, is forgotten.
        """
        learned = {
            fingerprint: None if isinstance(answer.fills, NotListedAnyMore) else _fields(answer.fills)
            for answer in answers
            if isinstance(answer.fills, FillHistory | NotListedAnyMore)
            and isinstance(answer.key_info, KeyInfo)
            and (fingerprint := answer.key_info.account_fingerprint)
        }
        with self._lock:
            self._read = None
        if not learned:
            return
        with self._file.locked():
            content = self._file.read()
            entries = {**_entries(content), **learned}
            if content.may_be_replaced:
                self._file.write({"accounts": {name: one for name, one in entries.items() if _is_of_use(one)}})


def _entries(content: Content) -> Mapping[str, Any]:
    """By fingerprint, as they were written, if they were."""
    entries = None if content.fields is None else content.fields.get("accounts")
    return entries if isinstance(entries, dict) else {}


def _is_of_use(entry: Any) -> bool:
    history = _history(entry)
    return history is not None and datetime.now(UTC) - history.asked_at < _KEPT


def _fields(history: FillHistory) -> dict[str, Any]:
    return {
        "asked_at": history.asked_at.isoformat(),
        "last": None if history.last is None else _fill_fields(history.last),
        "recent": list(map(_fill_fields, history.recent)),
        "whole_since": None if history.whole_since is None else history.whole_since.isoformat(),
    }


def _fill_fields(fill: Fill) -> list[str]:
    amounts = (str(amount) for amount in (fill.volume, fill.price, fill.cost))
    return [fill.fill_id, fill.time.isoformat(), fill.pair, fill.side, *amounts]


def _history(entry: Any) -> FillHistory | None:
    """What was written; None where something in it is what no run writes."""
    try:
        recent = tuple(map(_fill, entry["recent"]))
        if len(recent) > MOST_KEPT:
            return None
        return FillHistory(
            asked_at=time_of(entry["asked_at"]),
            last=None if entry["last"] is None else _fill(entry["last"]),
            recent=tuple(sorted(recent, key=lambda fill: fill.time, reverse=True)),
            whole_since=None if entry["whole_since"] is None else time_of(entry["whole_since"]),
        )
    except (TypeError, ValueError, LookupError, OverflowError, UnexpectedAnswer):
        return None


def _fill(fields: Any) -> Fill:
    *texts, volume, price, cost = fields
    fill_id, time, pair, side = map(_text, texts)
    return Fill(fill_id, time_of(time), pair, side, _amount(volume), _amount(price), _amount(cost))


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value or printable(value) != value:
        raise ValueError(value)
    return value


def _amount(value: Any) -> Decimal:
    return wire.amount(_text(value), "an amount")
