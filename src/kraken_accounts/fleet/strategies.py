"""Of what kind Earn's strategies are: asked of an account that has something in one, and kept for a day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ..kraken.earn import LockType, lock_type
from ..kraken.errors import KrakenError, TryLater
from ..report.answers import NO_KINDS, AccountAnswers
from ..storage import Storage, name_for

Kinds = Mapping[str, LockType | None]

_KEPT = timedelta(days=1)
_MOST_ASKED = 3
"""Accounts of one run: Kraken lists for each what is on offer in its region, or what it has something in."""


class StrategyKinds:
    """What is known of the strategies, of all accounts together.

    Args:
        storage: where it is kept.
        url: of the exchange that it was learned from.
    """

    def __init__(self, storage: Storage, url: str) -> None:
        self._storage = storage
        self._file = f"earn-{name_for(url)}.json"

    def of(
        self, answers: Sequence[AccountAnswers], ask: Callable[[AccountAnswers], Kinds | KrakenError]
    ) -> tuple[Kinds, KrakenError | None]:
        """Of what kind the strategies are that these accounts have something in; and why not all were learned.

        Asked is who has something in most of those that are not known: "for which you are eligible or have a
        balance" (https://docs.kraken.com/exchange/guides/rest/earn). What that account is not told either, nobody
        is asked for again before the next day.

        Args:
            ask: asks one account, by what it has answered, for all that it sees.
        """
        if not any(_unknown(answer, ()) for answer in answers):
            return NO_KINDS, None
        kept = self._read(datetime.now(UTC))
        kinds = {strategy: kind for strategy, (kind, _) in kept.items()}
        learned: dict[str, LockType | None] = {}
        missing: KrakenError | None = None
        could_tell = [answer for answer in answers if not any(isinstance(a, TryLater) for a in answer.of_kraken)]
        for _ in range(_MOST_ASKED):
            best = max(could_tell, key=lambda answer: len(_unknown(answer, kinds)), default=None)
            if best is None or not (unknown := _unknown(best, kinds)):
                break
            could_tell.remove(best)
            told = ask(best)
            if isinstance(told, KrakenError):
                missing = told
            else:
                learned |= {**dict.fromkeys(unknown), **told}
                kinds |= learned
        if learned:
            self._write(kept, learned)
        return kinds, missing if any(_unknown(answer, kinds) for answer in answers) else None

    def _read(self, now: datetime) -> dict[str, tuple[LockType | None, datetime]]:
        """What was learned within a day; nothing of what makes no sense."""
        content = self._storage.read(self._file)
        kept = content.get("strategies") if isinstance(content, dict) else None
        found = {}
        for strategy, entry in kept.items() if isinstance(kept, dict) else ():
            known = _entry(entry)
            if known is not None and timedelta() <= now - known[1] < _KEPT:
                found[strategy] = known
        return found

    def _write(self, kept: Mapping[str, tuple[LockType | None, datetime]], learned: Kinds) -> None:
        now = datetime.now(UTC)
        entries = {**kept, **{strategy: (kind, now) for strategy, kind in learned.items()}}
        self._storage.write(
            self._file,
            {"strategies": {strategy: [kind, at.isoformat()] for strategy, (kind, at) in entries.items()}},
        )


def _unknown(answers: AccountAnswers, kinds: Iterable[str]) -> set[str]:
    """The strategies that an account has something in and that are not among these."""
    earn = answers.earn if isinstance(answers.earn, Sequence) else ()
    return {allocation.strategy_id for allocation in earn} - set(kinds)


def _entry(entry: Any) -> tuple[LockType | None, datetime] | None:
    try:
        kind, at = entry
        return lock_type(kind), datetime.fromisoformat(at).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None
