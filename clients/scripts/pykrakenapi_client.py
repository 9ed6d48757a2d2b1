"""pykrakenapi: pandas around krakenex."""

import krakenex
import pykrakenapi
from steps import KEY, SECRET, URL, books, is_true, refused, step

plain = krakenex.API(KEY, SECRET)
plain.uri = URL
# It paces its public calls, a second each; what fails is not tried again.
api = pykrakenapi.KrakenAPI(plain, tier="Pro", retry=0, crl_sleep=2)

step("server time", api.get_server_time)
step("system status", lambda: is_true(api.get_system_status()[0] == "online"))
step("assets", lambda: is_true("XXBT" in api.get_asset_info().index))
step("pairs", lambda: is_true("XXBTZUSD" in api.get_tradable_asset_pairs().index))
step("ticker", lambda: is_true("XXBTZUSD" in api.get_ticker_information("XBTUSD").index))
step("candles", lambda: is_true(len(api.get_ohlc_data("XXBTZUSD", interval=60)[0]) > 700))
step("order book", lambda: is_true(len(api.get_order_book("XXBTZUSD", count=10)[0]) == 10))
step("trades", lambda: is_true(len(api.get_recent_trades("XXBTZUSD")[0]) > 100))
step("spread", lambda: is_true(len(api.get_recent_spread_data("XXBTZUSD")[0]) > 10))
step("trade balance", lambda: is_true(float(api.get_trade_balance(asset="ZUSD").loc["eb"].iloc[0]) > 0))
step("open orders", lambda: is_true(len(api.get_open_orders()) == 1))
step("closed orders", api.get_closed_orders)
step("trades history", lambda: is_true(api.get_trades_history()[1] > 1))
step("open positions", lambda: is_true(len(api.get_open_positions()) == 1))
entries = step("ledgers", lambda: api.get_ledgers_info()[0])
step("query ledgers", lambda: is_true(len(api.query_ledgers(entries["ledger_id"].iloc[0])) == 1))
step("trade volume", lambda: is_true(api.get_trade_volume("XBTUSD")[0] == "ZUSD"))
step("deposit methods", lambda: api.get_deposit_methods("XBT"))
order = {"ordertype": "limit", "type": "buy", "pair": "XBTUSD", "price": "40000", "volume": "0.01"}
placed = step("an order", lambda: api.add_standard_order(**order, validate=False)["txid"][0])
step("query orders", lambda: is_true(len(api.query_orders_info(placed)) == 1))
step("cancel it", lambda: is_true(api.cancel_open_order(placed)["count"] == 1))
market = {"ordertype": "market", "type": "sell", "pair": "XBTUSD", "volume": "0.1"}
step("a market order", lambda: api.add_standard_order(**market, validate=False)["txid"][0])
step("query trades", lambda: api.query_trades_info(api.get_trades_history(type="all")[0]["txid"].iloc[0]))
refused(
    "withdrawing", lambda: api.get_withdrawal_information("no-such", "XBT", 1.0), "EFunding:Unknown withdraw key"
)
step("the websocket token", api.get_websockets_token)
step("books", lambda: books(api.get_account_balance()["vol"].to_dict()))
