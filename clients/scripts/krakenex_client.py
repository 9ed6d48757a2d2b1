"""krakenex: the plain client, which sends what it is given."""

import krakenex
from steps import KEY, SECRET, URL, books, is_true, step

api = krakenex.API(KEY, SECRET)
api.uri = URL


def public(endpoint, **data):
    return result(api.query_public(endpoint, data))


def private(endpoint, **data):
    return result(api.query_private(endpoint, data))


def result(answer):
    is_true(not answer["error"], str(answer["error"]))
    return answer["result"]


ORDER = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "price": "40000", "volume": "0.01"}

for name in ("Time", "SystemStatus", "Assets", "AssetPairs"):
    step(name, lambda name=name: public(name))
for name in ("Ticker", "OHLC", "Depth", "Trades", "Spread", "GroupedBook"):
    step(name, lambda name=name: public(name, pair="XBTUSD"))
for name in [
    "Balance",
    "BalanceEx",
    "TradeBalance",
    "OpenOrders",
    "ClosedOrders",
    "OpenPositions",
    "TradesHistory",
    "Ledgers",
    "GetApiKeyInfo",
    "GetWebSocketsToken",
    "DepositStatus",
    "WithdrawStatus",
    "Earn/Strategies",
    "Earn/Allocations",
]:
    step(name, lambda name=name: private(name))
step("TradeVolume", lambda: private("TradeVolume", pair="XBTUSD"))
step("Level3", lambda: private("Level3", pair="XBTUSD"))
step("DepositMethods", lambda: private("DepositMethods", asset="XBT"))
step("AddOrder, validated", lambda: is_true("txid" not in private("AddOrder", **ORDER, validate="true")))
placed = step("AddOrder", lambda: private("AddOrder", **ORDER)["txid"][0])
step("QueryOrders", lambda: is_true(private("QueryOrders", txid=placed)[placed]["status"] == "open"))
step("AmendOrder", lambda: private("AmendOrder", txid=placed, limit_price="41000"))
step("OrderAmends", lambda: is_true(private("OrderAmends", order_id=placed)["count"] == 2))
edited = step("EditOrder", lambda: private("EditOrder", txid=placed, pair="XBTUSD", price="42000")["txid"])
step("CancelOrder", lambda: is_true(private("CancelOrder", txid=edited)["count"] == 1))
market = {"pair": "XBTUSD", "type": "buy", "ordertype": "market", "volume": "0.1"}
bought = step("AddOrder, market", lambda: private("AddOrder", **market)["txid"][0])
step("its trades", lambda: is_true(private("QueryOrders", txid=bought, trades="true")[bought]["trades"]))
step("CancelAllOrdersAfter", lambda: private("CancelAllOrdersAfter", timeout="60"))
step("CancelAll", lambda: is_true(private("CancelAll")["count"] == 1))
step("books", lambda: books({code: entry["balance"] for code, entry in private("BalanceEx").items()}))
