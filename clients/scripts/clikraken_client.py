"""clikraken: a command line around krakenex, each command in a process of its own, as somebody types it."""

import os
import re
import subprocess
import sys
from pathlib import Path

from steps import KEY, SECRET, URL, books, is_true, step

Path("kraken.key").write_text(f"{KEY}\n{SECRET}\n")
PROGRAM = """
import krakenex
begin = krakenex.API.__init__
def elsewhere(self, *keys):
    begin(self, *keys)
    self.uri = URL
krakenex.API.__init__ = elsewhere
from clikraken.clikraken import main
main()
"""
ENVIRONMENT = {**os.environ, "CLIKRAKEN_API_KEYFILE": "kraken.key", "COLUMNS": "200"}


def command(*arguments):
    """What the command says; its address is all that is changed."""
    program = [sys.executable, "-c", PROGRAM.replace("URL", repr(URL)), *arguments]
    done = subprocess.run(program, capture_output=True, text=True, env=ENVIRONMENT, timeout=60, check=False)
    is_true(done.returncode == 0 and "rror" not in done.stdout + done.stderr, done.stdout + done.stderr)
    return done.stdout


for words in (
    "ticker -p XXBTZUSD",
    "depth -p XXBTZUSD",
    "last_trades -p XXBTZUSD",
    "ohlc -p XXBTZUSD",
    "asset_pairs",
):
    step(words, lambda words=words: is_true(len(command(*words.split()).splitlines()) > 2))
for words in ("trade_balance", "olist", "clist", "ledgers -a all", "trades", "deposit_methods -a XXBT"):
    step(words, lambda words=words: command(*words.split()))
said = step("place", lambda: command("place", "buy", "0.01", "40000", "-p", "XXBTZUSD"))
txid = step("its txid", lambda: re.search(r"O[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{6}", said)[0])
step("cancel", lambda: command("cancel", txid))
step("place at the market", lambda: command("place", "sell", "0.1", "-t", "market", "-p", "XXBTZUSD"))
CODES = {"XBT": "XXBT", "ETH": "XETH", "USD": "ZUSD", "EUR": "ZEUR"}
LINE = re.compile(r"^(\S+)\s+(\d[\d.]*)", re.MULTILINE)
told = step("balance", lambda: LINE.findall(command("balance")))
books({CODES.get(name, name): amount for name, amount in told})
