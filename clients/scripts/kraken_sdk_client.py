"""python-kraken-sdk, whose clients take the address as an option."""

from kraken.spot import Earn, Funding, Market, Trade, User
from steps import KEY, SECRET, URL, books, is_true, refused, step

credentials = {"key": KEY, "secret": SECRET, "url": URL}
market, user, trade, funding, earn = (
    Market(url=URL),
    *(kind(**credentials) for kind in (User, Trade, Funding, Earn)),
)
ORDER = {"ordertype": "limit", "side": "buy", "pair": "XBTUSD", "volume": 0.01}

step("system status", lambda: is_true(market.get_system_status()["status"] == "online"))
step("assets", market.get_assets)
step("pairs", market.get_asset_pairs)
step("ticker", lambda: market.get_ticker(pair="XBTUSD"))
step("candles", lambda: market.get_ohlc(pair="XBTUSD", interval=60))
step("order book", lambda: market.get_order_book(pair="XBTUSD", count=10))
step("trades", lambda: market.get_recent_trades(pair="XBTUSD"))
step("spreads", lambda: market.get_recent_spreads(pair="XBTUSD"))
step("account balance", user.get_account_balance)
step("credit lines", user.get_credit_lines) if hasattr(user, "get_credit_lines") else None
step("trade balance", user.get_trade_balance)
step("open orders", lambda: is_true(len(user.get_open_orders()["open"]) == 1))
step("closed orders", user.get_closed_orders)
step("trades history", user.get_trades_history)
step("open positions", user.get_open_positions)
entries = step("ledgers", lambda: user.get_ledgers_info()["ledger"])
step("query ledgers", lambda: user.get_ledgers(id_=next(iter(entries))))
step("trade volume", lambda: user.get_trade_volume(pair="XBTUSD"))
placed = step("an order", lambda: trade.create_order(**ORDER, price=40000)["txid"][0])
step("query orders", lambda: is_true(user.get_orders_info(txid=placed)[placed]["status"] == "open"))
step("amend it", lambda: trade.amend_order(txid=placed, limit_price=41000))
step("its amends", lambda: user.get_order_amends(order_id=placed))
edited = step("edit it", lambda: trade.edit_order(txid=placed, pair="XBTUSD", price=42000)["txid"])
step("cancel it", lambda: is_true(trade.cancel_order(txid=edited)["count"] == 1))
both = [
    {**{name: ORDER[name] for name in ("ordertype", "volume")}, "type": "buy", "price": 40000 + i} for i in (0, 1)
]
batch = step("a batch", lambda: trade.create_order_batch(orders=both, pair="XBTUSD")["orders"])
step("cancel it all", lambda: trade.cancel_order_batch(orders=[each["txid"] for each in batch]))
bought = step("a market order", lambda: trade.create_order(**{**ORDER, "ordertype": "market"})["txid"][0])
fill = step("its trades", lambda: user.get_orders_info(txid=bought, trades=True)[bought]["trades"][0])
step("query trades", lambda: user.get_trades_info(txid=fill))
step("cancel all after", lambda: trade.cancel_all_orders_after_x(timeout=60))
step("cancel all", lambda: is_true(trade.cancel_all_orders()["count"] == 1))
step("deposit methods", lambda: funding.get_deposit_methods(asset="XBT"))
step("deposit address", lambda: funding.get_deposit_address(asset="XBT", method="Bitcoin"))
step("recent deposits", funding.get_recent_deposits_status)
step("recent withdrawals", funding.get_recent_withdraw_status)
refused(
    "withdrawing",
    lambda: funding.get_withdrawal_info(asset="XBT", key="no-such", amount="1"),
    "KrakenUnknownWithdrawKeyError",
)
step("earn strategies", lambda: earn.list_earn_strategies(asset="DOT"))
step("earn allocations", earn.list_earn_allocations)
step("a report", lambda: user.request_export_report(report="ledgers", description="sandbox", format_="CSV"))
step("reports", lambda: user.get_export_report_status(report="ledgers"))
held = step("extended balance", user.get_balances)
books({code: entry["balance"] for code, entry in held.items()})
