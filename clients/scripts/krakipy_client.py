"""krakipy: pandas around a client of its own; it asks everything by POST."""

import ast
import time

import krakipy
from steps import KEY, SECRET, URL, books, cannot, is_true, refused, step

api = krakipy.KrakenAPI(KEY, SECRET)
api.uri = URL

step("server time", api.get_server_time)
step("system status", api.get_system_status)
step("assets", lambda: is_true("XXBT" in api.get_asset_info().index))
step("pairs", lambda: is_true("XXBTZUSD" in api.get_tradable_asset_pairs().index))
step("ticker", lambda: api.get_ticker_information("XBTUSD"))
step("candles", lambda: api.get_ohlc_data("XXBTZUSD", interval=60))
step("order book", lambda: api.get_order_book("XXBTZUSD", count=10))
SIX = "it has names for six columns, where Kraken sends seven: the last one is the trade's id"
cannot("trades", lambda: api.get_recent_trades("XXBTZUSD"), SIX)
step("spreads", lambda: api.get_recent_spreads("XXBTZUSD"))
step("extended balance", lambda: is_true("hold_trade" in api.get_extended_balance().columns))
step("trade balance", lambda: api.get_trade_balance("ZUSD"))
step("open orders", lambda: is_true(len(api.get_open_orders()) == 1))
step("closed orders", api.get_closed_orders)
step("trades history", api.get_trades_history)
step("open positions", api.get_open_positions)
time.sleep(10)  # it counts its own calls, public ones too, and says no before Kraken would
step("ledgers", api.get_ledgers_info)
step("trade volume", lambda: api.get_trade_volume("XBTUSD"))
step("credit lines", api.get_credit_lines)
step("deposit methods", lambda: api.get_deposit_methods("XBT"))
step("withdrawal methods", lambda: api.get_withdrawal_methods("XBT"))
order = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "volume": 0.01, "price": 40000}
placed = step("an order", lambda: ast.literal_eval(api.add_standard_order(**order, validate=False))["txid"][0])
step("query orders", lambda: api.query_orders_info(placed))
step("amend it", lambda: api.amend_order(txid=placed, limit_price=41000))
time.sleep(10)
ROWS = "it takes the names of its six columns for those of rows, so that only six amends would fit"
cannot("its amends", lambda: api.get_order_amends(placed), ROWS)
step("cancel it", lambda: is_true(api.cancel_order(placed)[0] == 1))
market = {"pair": "XBTUSD", "type": "sell", "ordertype": "market", "volume": 0.1}
step("a market order", lambda: api.add_standard_order(**market, validate=False))
cannot(
    "cancel all after",
    lambda: api.cancel_all_orders_after(60),
    "it reads triggertime, where Kraken writes triggerTime",
)
step("cancel all", lambda: is_true(api.cancel_all_orders() == 1))
step("the websocket token", api.get_websocket_token)
refused("withdrawing", lambda: api.get_withdrawal_info("XBT", "no-such", 1), "EFunding:Unknown withdraw key")
time.sleep(10)
step("pre-trade data", lambda: api.get_pre_trade_data("BTC/USD"))
step("post-trade data", lambda: api.get_post_trade_data("BTC/USD", count=10))
step("books", lambda: books(api.get_account_balance()["vol"].to_dict()))
