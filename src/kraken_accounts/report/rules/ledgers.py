"""What of the ledgers is not known yet, so that nobody takes a part of what came and went for all of it."""

from __future__ import annotations

from collections.abc import Iterator

from ..answers import LedgerAnswer
from .evidence import AccountEvidence, LedgerEvidence
from .rule import Found

_MOST_NAMED = 3  # entries


def failed(account: AccountEvidence) -> Iterator[Found]:
    """That something keeps the ledger from being read."""
    answer = account.answers.ledger
    if answer is None:
        return
    failure = answer.read.failure if isinstance(answer, LedgerAnswer) else answer
    if failure is not None:
        yield f"what came and went{_when(answer)} is not known: {failure.reason}", failure.remedy


def behind(account: AccountEvidence) -> Iterator[Found]:
    """That there is more than was read."""
    answer = account.answers.ledger
    if isinstance(answer, LedgerAnswer) and answer.read.failure is None and answer.missing:
        yield (
            f"what came and went{_when(answer)} is not known yet: it is more than one check reads",
            "Nothing to mend: the next checks with --ledger go on with it.",
        )


def changed(run: LedgerEvidence) -> Iterator[Found]:
    """That Kraken contradicts what it told before."""
    if run.contradicted:
        names = ", ".join(run.contradicted[:_MOST_NAMED])
        more = f" and {len(run.contradicted) - _MOST_NAMED} more" if len(run.contradicted) > _MOST_NAMED else ""
        yield (
            f"Kraken tells ledger entries otherwise than before: {names}{more}",
            "Compare them with the ledger on Kraken's website; the history keeps what was told first.",
        )


def unplanned(run: LedgerEvidence) -> Iterator[Found]:
    """That no ledger was read, since nobody knows what is there already."""
    if run.trouble is not None:
        yield f"what came and went was not asked for: {run.trouble}", run.remedy


def _when(answer: object) -> str:
    """Of which time it is not known."""
    if not isinstance(answer, LedgerAnswer) or not answer.missing:
        return ""
    begins, ends = answer.missing[0].start, answer.missing[-1].end
    return f" from {begins:%Y-%m-%d %H:%M} to {ends:%Y-%m-%d %H:%M} UTC"
