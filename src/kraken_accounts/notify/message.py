"""A message to somebody who reads it on a telephone."""

from __future__ import annotations

from dataclasses import dataclass

from ..report.findings import Severity

LONGEST_TITLE = 100  # characters
LONGEST_BODY = 1500  # characters; several services take no more than 4096 bytes, and nobody scrolls for longer


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent, and never holds a secret.

    Attributes:
        title: one short line, all that a locked telephone shows.
        body: lines of plain text.
    """

    title: str
    body: str
    severity: Severity
