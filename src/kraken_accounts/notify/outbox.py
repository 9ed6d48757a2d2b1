"""Messages that wait for their delivery, from run to run."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ..report.findings import Severity
from ..storage import Storage
from .message import Message

DAMAGED = Message(
    "kraken-accounts: earlier messages may be lost",
    "What waited to be delivered to you cannot be read any more: the file was damaged. A check tells how things "
    "are.",
    Severity.WARNING,
)
"""What there is to say where some messages waited, and nobody knows which."""

_MOST = 50  # messages; of more the oldest are lost, which is counted
# For so long a message is the business of one run: longer than any delivery takes.
_LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that is not delivered yet.

    Attributes:
        since: when it was first to be delivered (UTC).
        leased_at: when a run began to deliver it; None if none does.
    """

    number: str
    message: Message
    since: datetime
    leased_at: datetime | None = None

    def entry(self) -> dict[str, str | None]:
        """As it is kept."""
        return {
            "number": self.number,
            "title": self.message.title,
            "body": self.message.body,
            "severity": self.message.severity.value,
            "since": self.since.isoformat(),
            "leased_at": None if self.leased_at is None else self.leased_at.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Taken:
    """What one run has to deliver.

    Attributes:
        messages: oldest first.
        lost: how many older ones were too many to be kept.
        is_safe: whether they are kept, so that a later run has them if this one fails.
        is_damaged: whether others waited that nobody can read any more, which a message says.
        trouble: why nobody knows what waits, and may yet; None if that is known.
    """

    messages: tuple[Waiting, ...]
    lost: int
    is_safe: bool
    is_damaged: bool = False
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """What a file says, as in `Taken`."""

    messages: tuple[Waiting, ...] = ()
    lost: int = 0
    is_damaged: bool = False
    trouble: str | None = None


_NOTHING = _Found()


class Outbox:
    """The messages of one channel. Of runs at the same time, each message is the business of one.

    Args:
        owner: a name that stands for the channel and shows nothing of it.
    """

    def __init__(self, storage: Storage, owner: str) -> None:
        self._storage = storage
        self._name = f"notify-{owner}.json"

    def take(self, message: Message | None, now: datetime) -> Taken:
        """Keep a new message, and take all that no other run is about to deliver.

        Where others cannot be read any more, there is a message in any case, and nobody waits for them.
        """
        own = () if message is None else (Waiting(secrets.token_hex(8), message, now),)
        if not own and self._read() == _NOTHING:
            return Taken((), 0, is_safe=True)
        with self._storage.locked(self._name):
            found = self._read()
            if found.trouble is not None:
                return Taken(own, 0, is_safe=False, trouble=found.trouble)
            if found.is_damaged and not own:
                own = (Waiting(secrets.token_hex(8), DAMAGED, now),)
            kept = (*found.messages, *own)
            lost = found.lost + max(len(kept) - _MOST, 0)
            kept = kept[-_MOST:]
            ours = {one.number for one in kept if not _is_leased(one, now)}
            leased = [replace(one, leased_at=now) if one.number in ours else one for one in kept]
            if not self._write(leased, lost):
                return Taken(own, 0, is_safe=False)
        taken = tuple(one for one in kept if one.number in ours)
        return Taken(taken, lost, is_safe=True, is_damaged=found.is_damaged)

    def settle(self, taken: Taken, delivered: Collection[str]) -> None:
        """Drop what has been delivered, and leave the rest to the next run.

        Args:
            delivered: the numbers of these messages.
        """
        ours = {one.number for one in taken.messages}
        with self._storage.locked(self._name):
            found = self._read()
            rest = [
                replace(one, leased_at=None) if one.number in ours else one
                for one in found.messages
                if one.number not in delivered
            ]
            self._write(rest, found.lost - taken.lost if delivered else found.lost)

    def _read(self) -> _Found:
        try:
            content = self._storage.load(self._name)
        except FileNotFoundError:
            return _NOTHING  # nor is there a place where anything could be
        except OSError as error:
            return _Found(trouble=f"{error.filename or self._name}: {error.strerror}")
        except ValueError:
            return _Found(is_damaged=True)
        if content is None:
            return _NOTHING
        entries = content.get("messages") if isinstance(content, dict) else None
        if not isinstance(entries, list):
            return _Found(is_damaged=True)
        lost = content.get("lost")
        found = [_kept(entry) for entry in entries]
        return _Found(
            tuple(one for one in found if one is not None),
            lost if type(lost) is int and lost > 0 else 0,
            is_damaged=None in found,
        )

    def _write(self, kept: Collection[Waiting], lost: int) -> bool:
        if not kept and lost <= 0:
            self._storage.remove(self._name)
            return True
        return self._storage.write(self._name, {"messages": [one.entry() for one in kept], "lost": max(lost, 0)})


def _is_leased(one: Waiting, now: datetime) -> bool:
    """Whether another run delivers it; a run that has ended before it was done does not."""
    return one.leased_at is not None and abs(now - one.leased_at) < _LEASE


def _kept(entry: Any) -> Waiting | None:
    try:
        number, title, body = entry["number"], entry["title"], entry["body"]
        message = Message(title, body, Severity(entry["severity"]))
        since = datetime.fromisoformat(entry["since"]).astimezone(UTC)
        leased = entry["leased_at"]
        leased_at = None if leased is None else datetime.fromisoformat(leased).astimezone(UTC)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    if not all(isinstance(text, str) for text in (number, title, body)):
        return None
    return Waiting(number, message, since, leased_at)
