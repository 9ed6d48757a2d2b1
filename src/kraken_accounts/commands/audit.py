"""`kraken-accounts audit`: the full examination of each key, and whether the accounts are separate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..formats import AUDIT_NAMES, Sort, View
from .configuration import ConfiguredCommand
from .options import CONTEXT_SETTINGS, RunOptions, options_of_a_run
from .run import report

if TYPE_CHECKING:
    from ..config import Settings
    from ..fleet.concurrency import Progress
    from ..fleet.multi_account_broker_manager import MultiAccountBrokerManager
    from ..report.audit import AuditReport


@click.command(cls=ConfiguredCommand, context_settings=CONTEXT_SETTINGS)
@click.option(
    "--probe-orders",
    is_flag=True,
    help="Also let Kraken validate one order of each account; nothing is placed.",
)
@options_of_a_run(AUDIT_NAMES, [sort.value for sort in Sort if sort is not Sort.CHANGE])
def audit(probe_orders: bool, **options: Any) -> int:
    """Examine every key, and whether the accounts are truly separate.

    Permissions, expiry, IP allow list and nonce window of each key; two keys of one account; the own
    total against Kraken's figure; this machine's clock; who may read `.env`. Worst finding first, each
    with what to do about it.

    \b
    Exit codes: 0 nothing is worse than information; 1 something is;
    2, 3 and 130 as for check.
    """
    run = RunOptions(**options)

    def question(manager: MultiAccountBrokerManager, _: Settings, progress: Progress) -> AuditReport:
        return manager.audit(quote=run.quote, probe_orders=probe_orders, progress=progress)

    return report(run, question, f"audit_{run.format_name}", View())
