"""typed-kraken: has every documented endpoint, and holds each answer against Kraken's schema as it reads it."""

import asyncio

import typed_kraken.core.base
from steps import KEY, SECRET, URL, books, cannot, refused, step
from typed_kraken import Kraken

typed_kraken.core.base.SPOT_API_URL = URL
NULL = "its schema has a text where Kraken writes null as the reason of an order that was filled"
ORDER = {"ordertype": "limit", "type": "buy", "pair": "XBTUSD", "price": "40000", "volume": "0.01"}


async def session(client):
    """The whole of it, each step in a loop that runs already."""
    loop = asyncio.get_running_loop()

    async def do(what, call):
        outcome = await asyncio.gather(call(), return_exceptions=True)
        return await loop.run_in_executor(None, step, what, lambda: given(outcome[0]))

    async def cannot_do(what, call, because):
        outcome = await asyncio.gather(call(), return_exceptions=True)
        await loop.run_in_executor(None, cannot, what, lambda: given(outcome[0]), because)

    async def is_refused(what, call, words):
        outcome = await asyncio.gather(call(), return_exceptions=True)
        await loop.run_in_executor(None, refused, what, lambda: given(outcome[0]), words)

    market, account, trading, funding, earn = (
        client.spot.market_data,
        client.spot.account,
        client.spot.trading,
        client.spot.funding,
        client.spot.earn,
    )
    await do("time", market.time)
    await do("system status", market.system_status)
    await do("assets", market.assets)
    await do("asset pairs", market.asset_pairs)
    await do("pairs by info", lambda: market.asset_pairs(info="margin"))
    await do("ticker", lambda: market.ticker(pair="XBTUSD"))
    await do("all tickers", market.ticker)
    await do("ohlc", lambda: market.ohlc("XBTUSD", interval=60))
    await do("depth", lambda: market.depth("XBTUSD"))
    await do("grouped book", lambda: market.grouped_book("XBTUSD"))
    await do("trades", lambda: market.trades("XBTUSD"))
    await do("spread", lambda: market.spread("XBTUSD"))
    await do("pre-trade", lambda: market.pre_trade("BTC/USD"))
    await do("post-trade", lambda: market.post_trade(symbol="BTC/USD", count=5))
    await do("balance", account.balance)
    await do("trade balance", account.trade_balance)
    await do("credit lines", account.credit_lines)
    await do("open orders", lambda: account.open_orders(trades=True))
    await cannot_do("closed orders", account.closed_orders, NULL)
    await do("trades history", lambda: account.trades_history(ledgers=True))
    await do("open positions", lambda: account.open_positions(docalcs=True))
    entries = await do("ledgers", account.ledgers)
    await do("query ledgers", lambda: account.query_ledgers(next(iter(entries["ledger"]))))
    await do("trade volume", lambda: account.trade_volume(pair="XBTUSD"))
    await do("key information", account.api_key_info)
    placed = (await do("add order", lambda: trading.add_order(ORDER)))["txid"][0]
    await do("query orders", lambda: account.query_orders(placed))
    await do("amend order", lambda: trading.amend_order(txid=placed, limit_price="41000"))
    await do("order amends", lambda: account.order_amends(placed))
    edited = (await do("edit order", lambda: trading.edit_order(txid=placed, pair="XBTUSD", price="42000")))[
        "txid"
    ]
    await do("cancel order", lambda: trading.cancel_order(edited))
    batch = [
        {"ordertype": "limit", "type": "buy", "price": "40000", "volume": "0.01"},
        {"ordertype": "limit", "type": "buy", "price": "39000", "volume": "0.01"},
    ]
    both = await do("a batch", lambda: trading.add_order_batch(batch, pair="XBTUSD"))
    await do("cancel it", lambda: trading.cancel_order_batch(orders=[each["txid"] for each in both["orders"]]))
    sold = await do(
        "a market order",
        lambda: trading.add_order({"ordertype": "market", "type": "sell", "pair": "XBTUSD", "volume": "0.1"}),
    )
    orders = await do("its trades", lambda: account.query_orders(sold["txid"][0], trades=True))
    await do("query trades", lambda: account.query_trades(orders[sold["txid"][0]]["trades"][0]))
    await do("cancel all after", lambda: trading.cancel_all_orders_after(60))
    await do("cancel all", trading.cancel_all)
    await do("websocket token", trading.get_websockets_token)
    await do("deposit methods", lambda: funding.deposit_methods(asset="XBT"))
    await do("deposit addresses", lambda: funding.deposit_addresses(asset="XBT", method="Bitcoin"))
    await do("deposit status", funding.deposit_status)
    await do("withdrawal methods", funding.withdraw_methods)
    await do("withdrawal addresses", funding.withdraw_addresses)
    await do("withdrawal status", funding.withdraw_status)
    unknown = "EFunding:Unknown withdraw key"
    await is_refused("withdrawing", lambda: funding.withdraw(asset="XBT", key="no-such", amount="1"), unknown)
    await do("earn strategies", earn.strategies)
    await do("earn allocations", earn.allocations)
    allocate = {"amount": "1.5", "strategy_id": "ESINSTA-SAMPL-E00203"}
    await do("allocate", lambda: earn.allocate(**allocate))
    await do("allocation status", lambda: earn.allocate_status(allocate["strategy_id"]))
    await do("deallocate", lambda: earn.deallocate(**allocate))
    await do("deallocation status", lambda: earn.deallocate_status(allocate["strategy_id"]))
    report = await do("ask for a report", lambda: account.add_export(report="ledgers", description="sandbox"))
    await do("its status", lambda: account.export_status(report="ledgers"))
    await do("fetch it", lambda: account.retrieve_export(report["id"]))
    await do("remove it", lambda: account.remove_export(report["id"], type="delete"))
    held = await do("extended balance", account.balance_ex)
    books({code: entry["balance"] for code, entry in held.items()})


def given(outcome):
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


async def main():
    async with Kraken.new(api_key=KEY, private_key=SECRET) as client:
        await session(client)


asyncio.run(main())
