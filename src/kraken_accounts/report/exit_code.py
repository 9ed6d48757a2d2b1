"""What a run ends with, for a script or cron: the one rule, for a check and for an audit."""

from __future__ import annotations

from collections.abc import Collection
from enum import IntEnum

from .findings import Severity
from .verdict import Status


class ExitCode(IntEnum):
    """What a script or cron learns."""

    OK = 0
    ATTENTION = 1
    CONFIGURATION = 2
    KRAKEN_DOWN = 3
    INTERRUPTED = 130


def exit_code(
    statuses: Collection[Status],
    severities: Collection[Severity],
    *,
    warnings_matter: bool = False,
    is_part: bool = False,
) -> ExitCode:
    """What a run ends with.

    That Kraken is down is no failure of the accounts, but it must not hide what is critical.

    Args:
        statuses: of the accounts.
        severities: of all findings, those of the accounts and those of the run.
        warnings_matter: whether a warning needs attention too.
        is_part: whether there are other accounts in other parts: one without any is well.
    """
    configured = [status for status in statuses if status not in (Status.NOT_CONFIGURED, Status.MISCONFIGURED)]
    if not configured and not is_part:
        return ExitCode.CONFIGURATION
    if Severity.CRITICAL in severities:
        return ExitCode.ATTENTION
    if configured and all(status in (Status.UNREACHABLE, Status.EXCHANGE_RESTRICTED) for status in configured):
        return ExitCode.KRAKEN_DOWN
    fine = set(statuses) <= {Status.TRADING} and not (warnings_matter and Severity.WARNING in severities)
    return ExitCode.OK if fine else ExitCode.ATTENTION
