"""ccxt in Python: its unified methods."""

import ccxt
from steps import KEY, SECRET, URL, books, is_true, refused, step

exchange = ccxt.kraken({"apiKey": KEY, "secret": SECRET})
exchange.urls["api"] = dict.fromkeys(exchange.urls["api"], URL)
PAIR = "BTC/USD"

step("fetch_time", exchange.fetch_time)
step("fetch_status", lambda: is_true(exchange.fetch_status()["status"] == "ok"))
step("load_markets", lambda: is_true(exchange.load_markets()[PAIR]["id"] == "XXBTZUSD"))
step("fetch_currencies", lambda: is_true(exchange.fetch_currencies()["BTC"]))
step("fetch_ticker", lambda: is_true(exchange.fetch_ticker(PAIR)["last"] > 0))
step("fetch_tickers", lambda: is_true(exchange.fetch_tickers(["ETH/USD", PAIR])[PAIR]))
step("fetch_order_book", lambda: is_true(len(exchange.fetch_order_book(PAIR, 10)["bids"]) == 10))
step("fetch_trades", lambda: is_true(len(exchange.fetch_trades(PAIR)) > 100))
step("fetch_ohlcv", lambda: is_true(len(exchange.fetch_ohlcv(PAIR, "1h")) > 700))
step("fetch_balance", lambda: is_true(exchange.fetch_balance()["total"]["BTC"] == 2))
step("fetch_trading_fee", lambda: is_true(exchange.fetch_trading_fee(PAIR)["taker"] > 0))
step("fetch_open_orders", lambda: is_true(len(exchange.fetch_open_orders()) == 1))
step("fetch_closed_orders", lambda: exchange.fetch_closed_orders(PAIR))
step("fetch_my_trades", lambda: is_true(exchange.fetch_my_trades(PAIR)))
entries = step("fetch_ledger", exchange.fetch_ledger)
step("fetch_ledger_entry", lambda: exchange.fetch_ledger_entry(entries[0]["id"]))
step("fetch_positions", lambda: is_true(len(exchange.fetch_positions()) == 1))
placed = step("create_order, limit", lambda: exchange.create_limit_buy_order(PAIR, 0.01, 40000)["id"])
step("fetch_order", lambda: is_true(exchange.fetch_order(placed, PAIR)["status"] == "open"))
step("edit_order", lambda: exchange.edit_order(placed, PAIR, "limit", "buy", 0.02, 41000))
step("cancel_order", lambda: exchange.cancel_order(placed, PAIR))
stop = {"stopLossPrice": 50000}
waiting = step("create_order, stop", lambda: exchange.create_order(PAIR, "market", "sell", 0.01, None, stop)["id"])
trailing = step(
    "create_trailing_percent_order",
    lambda: exchange.create_trailing_percent_order(PAIR, "market", "sell", 0.01, None, 5)["id"],
)
step("cancel_orders", lambda: exchange.cancel_orders([waiting, trailing]))
batch = [
    {"symbol": PAIR, "type": "limit", "side": "buy", "amount": 0.01, "price": price} for price in (40000, 41000)
]
step("create_orders", lambda: exchange.create_orders(batch))
step("create_order, market", lambda: exchange.create_market_sell_order(PAIR, 0.1))
step("create_market_buy_order_with_cost", lambda: exchange.create_market_buy_order_with_cost(PAIR, 1000))
refused("create_order, too large", lambda: exchange.create_market_buy_order(PAIR, 100), "InsufficientFunds")
step("cancel_all_orders_after", lambda: exchange.cancel_all_orders_after(60000))
step("cancel_all_orders", exchange.cancel_all_orders)
step("fetch_deposit_methods", lambda: exchange.fetch_deposit_methods("BTC"))
step("fetch_deposit_address", lambda: exchange.fetch_deposit_address("BTC"))
step("fetch_deposits", lambda: exchange.fetch_deposits("BTC"))
step("fetch_withdrawals", lambda: exchange.fetch_withdrawals("BTC"))
refused("withdraw", lambda: exchange.withdraw("BTC", 1, "no-such", {"key": "no-such"}), "Unknown withdraw key")
refused("transfer", lambda: exchange.transfer("BTC", 1, "spot", "swap"), "PermissionDenied")
codes = {"BTC": "XXBT", "ETH": "XETH", "USD": "ZUSD", "EUR": "ZEUR"}
held = step("fetch_balance, in the end", lambda: exchange.fetch_balance()["total"])
books({codes.get(name, name): amount for name, amount in held.items()})
