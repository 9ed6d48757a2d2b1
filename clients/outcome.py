"""What came of running a client: its steps, its books beside the sandbox's, and a line of the table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from catalogue import Client

ROUNDING = Decimal("0.0000001")
"""Clients that count in binary fractions are off by less."""


@dataclass(frozen=True, slots=True)
class Row:
    """One client's run. `steps` are (what, outcome, why); an outcome is done, cannot or failed."""

    client: Client
    version: str = "-"
    steps: Sequence[tuple[str, str, str]] = ()
    endpoints: Sequence[str] = field(default=())
    not_run: str = ""

    @property
    def explained(self) -> bool:
        """Whether nothing is missing for which the client itself is not the reason."""
        return not self.not_run and bool(self.steps) and all(outcome != "failed" for _, outcome, _ in self.steps)

    @property
    def result(self) -> str:
        if self.not_run:
            return "not run"
        done = sum(outcome == "done" for _, outcome, _ in self.steps)
        return "whole" if done == len(self.steps) > 0 else f"{done} of {len(self.steps)}"

    @property
    def reasons(self) -> list[str]:
        if self.not_run:
            return [self.not_run]
        return [
            f"{what}: {why}" if outcome == "cannot" else f"{what} FAILED: {why}"
            for what, outcome, why in self.steps
            if outcome != "done"
        ]


def steps_of(output: str, books: Mapping[str, Decimal]) -> list[tuple[str, str, str]]:
    """The steps of a script's output; what it says of the books is one more. Other lines are the client's own."""
    steps: list[tuple[str, str, str]] = []
    for line in output.splitlines():
        said = _said(line)
        if "step" in said:
            steps.append((said["step"], said["outcome"], said["why"]))
        elif "books" in said:
            different = differences(said["books"], books)
            steps.append(("equal to the sandbox's books", "failed" if different else "done", "; ".join(different)))
    return steps


def differences(told: Mapping[str, str], books: Mapping[str, Decimal]) -> list[str]:
    """Where what a client says an account has is not what the sandbox's books say."""
    found = []
    for code in sorted(told.keys() | books.keys()):
        amount = books.get(code, Decimal(0))
        try:
            equal = abs(Decimal(told.get(code, "0")) - amount) < ROUNDING
        except InvalidOperation:
            equal = False
        if not equal:
            found.append(f"{code} is {told.get(code, 'not there')}, and {amount} in the books")
    return found


def table(rows: Iterable[Row]) -> str:
    """The rows for a terminal, and below each why it is not whole."""
    head = ("CLIENT", "VERSION", "LANGUAGE", "RESULT", "WHAT WAS RUN")
    lines = []
    for row in rows:
        run = f"{len(row.steps)} steps, {len(row.endpoints)} endpoints: {', '.join(row.endpoints)}"
        cells = (row.client.name, row.version, row.client.language, row.result, run if row.steps else "-")
        lines.append((cells, row.reasons))
    widths = [max(len(cells[column]) for cells in (head, *(cells for cells, _ in lines))) for column in range(4)]

    def laid_out(cells: Sequence[str]) -> str:
        return "  ".join([*(cell.ljust(width) for cell, width in zip(cells, widths, strict=False)), cells[4]])

    text = [laid_out(head)]
    for cells, reasons in lines:
        text += [laid_out(cells), *(f"    {reason}" for reason in reasons)]
    return "\n".join(text)


def _said(line: str) -> dict[str, Any]:
    """What a script tells the runner; nothing where the line is something else."""
    try:
        said = json.loads(line)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
