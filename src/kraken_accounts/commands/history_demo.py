"""`history --demo`: the sample month passes on a simulated exchange, checked on the way as an operator would."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..config import Settings
    from ..history.store import History


@dataclass(frozen=True, slots=True)
class CheckedMonth:
    """What is there in the end.

    Attributes:
        settings: of the sample accounts.
        history: what the checks have left, in a store that goes when all is told.
        now: the time on the exchange.
    """

    settings: Settings
    history: History
    now: datetime


@contextmanager
def sample_month(ends: float | None = None) -> Iterator[CheckedMonth]:
    """A month until now, or until another time (unix seconds): checked twice a day over real HTTP.

    The exchange's clock is set, and so is this program's towards it; nothing else differs from a live run.
    """
    from kraken_sandbox import SampleMonth, SandboxServer, SettableClock

    from ..config import demo_settings
    from ..fleet.multi_account_broker_manager import MultiAccountBrokerManager
    from ..history.sqlite import SqliteDatabase
    from ..history.store import History
    from ..kraken.clock import keep_time_with
    from ..storage import Storage

    end = time.time() if ends is None else ends
    clock = SettableClock(lambda: 0.0, start=end - SampleMonth.LENGTH)
    month = SampleMonth(clock)
    with tempfile.TemporaryDirectory() as folder, SandboxServer(month.exchange) as server:
        keep_time_with(server.url, clock)
        settings = demo_settings(month.environment(server.url))
        history = History(SqliteDatabase(Storage(Path(folder))))
        with MultiAccountBrokerManager(settings, remember=False, history=history) as manager:
            for _ in month.pass_by():
                manager.check(ledger=True)
        yield CheckedMonth(settings, history, datetime.fromtimestamp(clock(), UTC))
