"""One run against what earlier ones have found: what it should know of them, and what it leaves for the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from ..accounts import Account
from ..config import AccountSettings, Settings
from ..report.known import NOTHING_KNOWN, Earlier, Identity, Known, Standing, Vanished
from ..report.model import AccountReport, Report
from ..report.verdict import Status
from ..storage import Storage
from .entry import MemoryEntry
from .store import Kept, MemoryStore


class Memory:
    """What runs over these accounts remember. Sample accounts leave nothing behind.

    Args:
        storage: where.
        settings: the accounts.
        enabled: whether to remember anything at all.
    """

    def __init__(self, storage: Storage, settings: Settings, *, enabled: bool) -> None:
        self._store = MemoryStore(storage, settings) if enabled and not settings.demo else None
        self._settings = settings

    @contextmanager
    def recalled(self, asked: Sequence[AccountSettings]) -> Iterator[Recall]:
        """What is known as a run makes its report; other runs wait for its end.

        Args:
            asked: the accounts of the run.
        """
        if self._store is None:
            yield Recall(None, Kept({}), self._settings, asked)
            return
        with self._store.locked():
            yield Recall(self._store, self._store.read(), self._settings, asked)


class Recall:
    """What earlier runs have left for this one.

    Only a run over all accounts judges or changes who is there: a selection, or a part, does not see the others.
    """

    def __init__(
        self, store: MemoryStore | None, kept: Kept, settings: Settings, asked: Sequence[AccountSettings]
    ) -> None:
        self._store = store
        self._kept = kept
        self._asked = {one.account.selector: one for one in asked}
        self._is_whole = settings.is_whole and len(asked) == len(settings.accounts)

    def known(self) -> Known:
        """What the report has to know."""
        if self._store is None:
            return NOTHING_KNOWN
        entries = self._kept.entries
        return Known(
            expected=self._kept.expected,
            earlier=(
                {entry.account: entry.earlier for entry in entries.values()}
                if self._kept.trouble is None
                else None
            ),
            new=frozenset(self._new()),
            vanished=tuple(self._vanished()),
            trouble=self._kept.trouble,
            damage=self._kept.damage,
            begun_anew=self._kept.begun_anew,
        )

    def _new(self) -> Iterator[Account]:
        entries = self._kept.entries
        # Where not all is remembered, nobody knows who is new.
        if self._is_whole and self._kept.problem is None and any(entry.watched for entry in entries.values()):
            for selector, settings in self._asked.items():
                if settings.credentials is not None and not (selector in entries and entries[selector].watched):
                    yield settings.account

    def _vanished(self) -> Iterator[Vanished]:
        if self._is_whole:
            for selector, entry in sorted(self._kept.entries.items()):
                if entry.watched and selector not in self._asked:
                    yield Vanished(entry.account, entry.earlier.status, entry.last_seen, entry.identity)

    def remember(self, report: Report) -> str | None:
        """Leave the report for the next run; why that could not be done, or None."""
        if self._store is None or self._kept.trouble is not None:
            return None  # which the report says
        entries = {
            selector: entry
            for selector, entry in self._kept.entries.items()
            if entry.watched or selector in self._asked or not self._is_whole
        }
        for account in report.accounts:
            selector = account.account.selector
            entries[selector] = self._entry(account, report.generated_at, entries.get(selector))
        return self._store.write(entries, report.begun_anew)

    def _entry(self, report: AccountReport, now: datetime, before: MemoryEntry | None) -> MemoryEntry:
        settings = self._asked[report.account.selector]
        standing = report.standing or Standing(now, 1)
        entry = MemoryEntry(
            account=report.account,
            prefix=settings.prefix,
            api_key=report.api_key,
            identity=None if before is None else before.identity,
            identified=None if before is None else before.identified,
            first_seen=now if before is None else min(before.first_seen, now),
            last_seen=now,
            earlier=Earlier(report.status.value, standing),
            watched=(before is not None and before.watched)
            or (self._is_whole and settings.credentials is not None),
        )
        return _identified(entry, report, now)


def _identified(entry: MemoryEntry, report: AccountReport, now: datetime) -> MemoryEntry:
    """With the account that Kraken told of, unless something is wrong with it: a mistake must not become the rule.

    What a run finds is another account only where the operator has named it.
    """
    found = Identity.of(report.key_info.iban) if report.key_info is not None else None
    if found is None or report.status is Status.CONFLICT or found == entry.identity:
        return entry
    return replace(entry, identity=found, identified=now)
