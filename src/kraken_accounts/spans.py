"""Stretches of time, what several of them cover together, and what they leave open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Span:
    """All after one time, up to another and with it, both in UTC."""

    start: datetime
    end: datetime


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same times in as few spans as can be, the earliest first; those that last no time are left out."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if span.end <= span.start:
            continue
        if found and span.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return tuple(found)


def in_both(some: Iterable[Span], others: Iterable[Span]) -> tuple[Span, ...]:
    """The times that are in one of the first spans and in one of the others, the earliest first."""
    others = joined(others)
    return joined(
        Span(max(one.start, other.start), min(one.end, other.end)) for one in joined(some) for other in others
    )


def left_open(wanted: Span, spans: Iterable[Span]) -> tuple[Span, ...]:
    """What of the wanted time none of the spans covers, the earliest first."""
    begins, found = wanted.start, []
    for span in joined(spans):
        found.append(Span(begins, min(span.start, wanted.end)))
        begins = max(begins, span.end)
    found.append(Span(begins, wanted.end))
    return joined(found)
