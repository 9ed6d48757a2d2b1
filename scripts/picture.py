"""Export the picture of the README from a real run of the demo: python scripts/picture.py docs/check.svg"""

from __future__ import annotations

import io
import re
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from kraken_accounts.config import demo_settings
from kraken_accounts.fleet.multi_account_broker_manager import MultiAccountBrokerManager
from kraken_accounts.formats import View, load
from kraken_sandbox import SandboxServer, sample_environment, sample_exchange

WIDTH = 80
TAKEN_AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)  # so that the picture changes only with what it shows


def main(target: Path) -> None:
    with SandboxServer(sample_exchange()) as server:
        manager = MultiAccountBrokerManager(demo_settings(sample_environment(server.url)))
        report = replace(manager.check(), generated_at=TAKEN_AT)
    console = Console(record=True, width=WIDTH, file=io.StringIO(), legacy_windows=False)
    console.print(Text.from_ansi(load("table").render(report, View(width=WIDTH, color=True))))
    svg = console.export_svg(title="python check_master_user_balances.py --demo", theme=MONOKAI)
    # The fonts that rich names are to be fetched from elsewhere; any monospace font of the reader's will do.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    target.write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
