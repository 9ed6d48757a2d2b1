"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..findings import Code, Finding, Severity
from ..verdict import Status

Evidence = TypeVar("Evidence")
Words = tuple[str, str]  # the message of a finding and its remedy


@dataclass(frozen=True, slots=True)
class Rule(Generic[Evidence]):
    """One thing to look for.

    Attributes:
        code: of its findings. Two rules may have one code: one that is worse in one case than in another, or that
            shows in two ways.
        needs: the kind of evidence it looks at; one of what only an audit asks makes it a rule of audits.
        find: what it finds there; nothing where all is well.
    """

    code: Code | Status
    severity: Severity
    needs: type[Evidence]
    find: Callable[[Evidence], Iterable[Words]]

    def judge(self, evidence: object) -> Iterator[Finding]:
        """What it finds; nothing in evidence of another kind."""
        if isinstance(evidence, self.needs):
            for message, remedy in self.find(evidence):
                yield Finding(self.code, self.severity, message, remedy)
