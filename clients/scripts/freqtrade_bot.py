"""freqtrade, dry-run off, for ten minutes: it sees candles, buys, sells, and reports its balance.

The strategy buys at once and sells after two minutes, over and over. What it did is asked of freqtrade's own REST
interface. Nothing of it is patched: its configuration names the sandbox.
"""

import base64
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from socket import socket

from steps import KEY, SECRET, URL, books, is_true, step

MINUTES = 10
STRATEGY = """
from datetime import timedelta
from freqtrade.strategy import IStrategy


class BackAndForth(IStrategy):
    INTERFACE_VERSION = 3
    timeframe = "1m"
    minimal_roi = {}
    stoploss = -0.5
    startup_candle_count = 30
    process_only_new_candles = True
    order_types = {"entry": "market", "exit": "market", "stoploss": "market", "stoploss_on_exchange": False}

    def populate_indicators(self, dataframe, metadata):
        dataframe["mean"] = dataframe["close"].rolling(20).mean()
        return dataframe

    def populate_entry_trend(self, dataframe, metadata):
        dataframe.loc[dataframe["mean"] > 0, "enter_long"] = 1
        return dataframe

    def populate_exit_trend(self, dataframe, metadata):
        return dataframe

    def custom_exit(self, pair, trade, current_time, current_rate, current_profit, **kwargs):
        return "two minutes" if current_time - trade.open_date_utc > timedelta(minutes=2) else None
"""

with socket() as free:
    free.bind(("127.0.0.1", 0))
    PORT = free.getsockname()[1]

NAME, PASSWORD = "sample-name", "sample-password-of-a-test-worth-nothing"
CONFIGURATION = {
    "dry_run": False,
    "max_open_trades": 2,
    "stake_currency": "USD",
    "stake_amount": 1000,
    "tradable_balance_ratio": 0.9,
    "cancel_open_orders_on_exit": True,
    "entry_pricing": {"price_side": "other", "use_order_book": True, "order_book_top": 1},
    "exit_pricing": {"price_side": "other", "use_order_book": True, "order_book_top": 1},
    "exchange": {
        "name": "kraken",
        "key": KEY,
        "secret": SECRET,
        "enable_ws": False,
        "ccxt_config": {"urls": {"api": {"public": URL, "private": URL}}},
        "pair_whitelist": ["BTC/USD", "ETH/USD"],
    },
    "pairlists": [{"method": "StaticPairList"}],
    "api_server": {
        "enabled": True,
        "listen_ip_address": "127.0.0.1",
        "listen_port": PORT,
        "username": NAME,
        "password": PASSWORD,
        "jwt_secret_key": "sample-secret-of-a-test-worth-nothing-at-all",
        "ws_token": "sample-token-of-a-test-worth-nothing-at-all",
    },
    "internals": {"process_throttle_secs": 5},
    "initial_state": "running",
    "bot_name": "sandbox",
}
STARTED = 90


def ask(path, *, post=False):
    """What freqtrade's own REST interface answers."""
    token = base64.b64encode(f"{NAME}:{PASSWORD}".encode()).decode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{PORT}/api/v1/{path}",
        data=b"" if post else None,
        headers={"Authorization": f"Basic {token}"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=30) as answer:
        return json.load(answer)


def is_up():
    end = time.monotonic() + STARTED
    while time.monotonic() < end:
        try:
            return ask("ping")
        except (OSError, urllib.error.URLError):
            time.sleep(1)
    raise TimeoutError(f"not up after {STARTED} seconds")


def candles():
    answer = ask("pair_candles?pair=BTC/USD&timeframe=1m&limit=500")
    is_true(answer["length"] > 100, f"{answer['length']} candles")
    return answer


def trades():
    """The buys and the sells that it knows to be done."""
    sides = [
        order["ft_order_side"]
        for trade in [*ask("trades")["trades"], *ask("status")]
        for order in trade["orders"]
        if order["status"] == "closed"
    ]
    print(f"{sides.count('buy')} buys, {sides.count('sell')} sells", file=sys.stderr)
    return sides


def whole_minutes():
    """That it has run to the end of its time, without a word of an error."""
    while time.monotonic() < begun + MINUTES * 60:
        is_true(bot.poll() is None, "it ended")
        time.sleep(1)
    wrong = [line for line in log.read_text().splitlines() if " - ERROR - " in line or "Traceback" in line]
    is_true(not wrong, "; ".join(wrong[:3]))


def balance():
    """freqtrade's balance of each currency, under Kraken's codes."""
    codes = {"USD": "ZUSD", "BTC": "XXBT", "ETH": "XETH"}
    books({codes[entry["currency"]]: entry["balance"] for entry in ask("balance")["currencies"]})


def stopped():
    """It trades no more, whatever it holds, so that nothing moves while its balance is read."""
    ask("stop", post=True)
    time.sleep(15)


here = Path.cwd()
(here / "strategies").mkdir()
(here / "strategies" / "back_and_forth.py").write_text(STRATEGY)
(here / "config.json").write_text(json.dumps(CONFIGURATION))
log = here / "freqtrade.log"
command = [sys.executable, "-m", "freqtrade", "trade", "--config", "config.json", "--userdir", str(here)]
command += [
    "--strategy",
    "BackAndForth",
    "--strategy-path",
    str(here / "strategies"),
    "--db-url",
    "sqlite:///bot.sqlite",
]
begun = time.monotonic()
with log.open("w") as output:
    bot = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
try:
    step("starts", is_up)
    step(f"runs for {MINUTES} minutes without an error", whole_minutes)
    step("sees candles", candles)
    sides = step("trades", trades) or []
    step("has bought", lambda: is_true("buy" in sides))
    step("has sold", lambda: is_true("sell" in sides))
    step("stops trading", stopped)
    step("its balance", balance)
finally:
    bot.terminate()
    try:
        bot.wait(30)
    except subprocess.TimeoutExpired:
        bot.kill()
    sys.stderr.write(log.read_text())
