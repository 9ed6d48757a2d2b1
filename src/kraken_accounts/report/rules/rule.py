"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..findings import Code, Finding, Severity
from ..verdict import Status
from .evidence import Evidence

Kind = TypeVar("Kind")
# The message of a finding and its remedy; where there may be several of its code, also what it is about.
Found = tuple[str, str] | tuple[str, str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Rule(Generic[Kind]):
    """One thing to look for.

    Attributes:
        code: of its findings. Two rules may have one code: one that is worse in one case than in another, or that
            shows in two ways.
        needs: the kind of evidence it looks at. A rule that needs what only an audit asks is one of audits.
        find: what it finds there; nothing where all is well.
    """

    code: Code | Status
    severity: Severity
    needs: type[Kind]
    find: Callable[[Kind], Iterable[Found]]

    def judge(self, evidence: Evidence) -> Iterator[Finding]:
        """What it finds; nothing in evidence of another kind."""
        if isinstance(evidence, self.needs):
            for found in self.find(evidence):
                about = found[2] if len(found) == 3 else ()
                yield Finding(self.code, self.severity, found[0], found[1], about=about)
