"""Take the README's picture of a page in Chromium: python scripts/page_picture.py docs/history.png

It shows a month that is always the same, so that the picture changes only with what it shows.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kraken_accounts.accounts import Account
from kraken_accounts.commands.history_demo import sample_month
from kraken_accounts.formats import View, load
from kraken_accounts.history.answering import make_statement
from kraken_accounts.history.periods import By
from kraken_accounts.memory.file import set_of
from kraken_accounts.spans import Span

TAKEN_AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
OF = "alpha"
SIZE = "980,1010"
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--blink-settings=preferredColorScheme=1",
)


def page() -> str:
    with sample_month(TAKEN_AT.timestamp()) as month, month.history.reader(set_of(month.settings)) as reader:
        span = Span(month.now - timedelta(days=30), month.now)
        accounts = [Account.called(OF)]
        found = make_statement(reader, accounts, "USD", span, By.DAY, demo=True, now=month.now)
    return str(load("history_html").render(found, View()))


def main(target: Path) -> int:
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        print("Chromium is missing here; it takes the picture", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "page.html"
        written.write_text(page(), encoding="utf-8")
        place = (f"--user-data-dir={folder}/profile", f"--window-size={SIZE}", f"--screenshot={target.resolve()}")
        subprocess.run([browser, *QUIET, *place, written.as_uri()], check=True, capture_output=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
