"""What concerns reports that were put together: parts that are missing, old, or in each other's way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from ...durations import duration_in_words
from ..model import Part
from .evidence import CombinedEvidence
from .rule import Found

_MOST_AGE = timedelta(minutes=15)  # a part that is older says nothing of what its accounts are now
_MOST_NAMED = 20
_RUN_AGAIN = "See why its host makes no new one, and let it."


def missing(combined: CombinedEvidence) -> Iterator[Found]:
    """Whether accounts are in no report at all."""
    shards = [part.shard for part in combined.parts if part.shard is not None]
    if not shards:
        return
    of = shards[0].of
    gaps = sorted(set(range(1, of + 1)) - {shard.index for shard in shards})
    if gaps:
        one = len(gaps) == 1
        yield (
            f"part{'' if one else 's'} {listed(map(str, gaps))} of {of} {'is' if one else 'are'} missing: nobody "
            f"knows how the accounts in {'it' if one else 'them'} are",
            f"Run “check --shard {gaps[0]}/{of}” on its host, and combine all {of} parts.",
        )


def outdated(combined: CombinedEvidence) -> Iterator[Found]:
    """Parts that were made long before the newest: their accounts are not looked at any more."""
    newest = max(part.generated_at for part in combined.parts)
    for part in combined.parts:
        age = newest - part.generated_at
        if age > _MOST_AGE:
            yield f"{_dated(part)} is {duration_in_words(age)} older than the newest part", _RUN_AGAIN


def all_outdated(combined: CombinedEvidence) -> Iterator[Found]:
    """Whether even the newest is of long ago, as where all of them come from a disk that has gone away."""
    newest = max(combined.parts, key=lambda part: part.generated_at)
    age = combined.now - newest.generated_at
    if age > _MOST_AGE:
        yield (
            f"the newest part, {_dated(newest)}, is {duration_in_words(age)} old",
            "Check the accounts again, and combine.",
        )


def overlapping(combined: CombinedEvidence) -> Iterator[Found]:
    """Accounts that are in several reports."""
    for overlap in combined.overlaps:
        if not overlap.strangers:
            yield (
                f"{overlap.account.label} is in {_names(overlap.parts)}; what {overlap.counted.name} says counts, "
                "which is the newest",
                "Give all hosts the same accounts and the same number of parts, so that each account is in one.",
            )


def namesakes(combined: CombinedEvidence) -> Iterator[Found]:
    """Two accounts of one name, of which only one can be shown."""
    for overlap in combined.overlaps:
        if overlap.strangers:
            yield (
                f"{overlap.account.label} is in {_names(overlap.parts)}, and these are different Kraken accounts; "
                f"only that of {overlap.counted.name}, which is the newest, is shown and counted",
                "Give each account a _USER_ID of its own, on all hosts the same.",
            )


def _dated(part: Part) -> str:
    return f"{part.name} ({part.generated_at:%Y-%m-%d %H:%M:%S} UTC)"


def _names(parts: Iterable[Part]) -> str:
    return listed(part.name for part in parts)


def listed(names: Iterable[str]) -> str:
    """As a sentence lists them: "1, 2 and 5"; of very many only the first, and how many more there are."""
    all_names = list(names)
    *others, last = all_names[:_MOST_NAMED]
    if len(all_names) > _MOST_NAMED:
        return f"{', '.join((*others, last))} and {len(all_names) - _MOST_NAMED} more"
    return f"{', '.join(others)} and {last}" if others else last
