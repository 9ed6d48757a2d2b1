"""kraken-py-sdk: models of every request and answer, JSON bodies, pairs by their display names."""

import asyncio
from decimal import Decimal

from kraken_py import ApiCredentials, RestClient, SpotPair
from kraken_py.rest.spot.endpoints import account as accounts
from kraken_py.rest.spot.endpoints import earn as earning
from kraken_py.rest.spot.endpoints import funding as fundings
from kraken_py.rest.spot.endpoints import market as markets
from kraken_py.rest.spot.endpoints import trading as trades
from kraken_py.rest.spot.endpoints import transparency as told
from steps import KEY, SECRET, URL, books, refused, step

PAIR = SpotPair(base="BTC", quote="USD")
SAMPLE = "ESINSTA-SAMPL-E00203"


def limit(price, **more):
    sort = {"order_type": "limit", "side": "buy", "volume": Decimal("0.01"), "price": price}
    return {**sort, "pair": PAIR, **more}


async def session(client):
    loop = asyncio.get_running_loop()

    async def do(what, call):
        outcome = (await asyncio.gather(call(), return_exceptions=True))[0]
        return await loop.run_in_executor(None, step, what, lambda: given(outcome))

    async def is_refused(what, call, words):
        outcome = (await asyncio.gather(call(), return_exceptions=True))[0]
        await loop.run_in_executor(None, refused, what, lambda: given(outcome), words)

    market, account, trading, funding = client.market, client.account, client.trading, client.funding
    await do("server time", market.server_time)
    await do("system status", market.system_status)
    await do("assets", market.assets)
    await do("asset pairs", market.asset_pairs)
    await do("ticker", lambda: market.ticker(markets.TickerRequest(pairs=(PAIR,))))
    await do("ohlc", lambda: market.ohlc(markets.OhlcRequest(pair=PAIR)))
    await do("order book", lambda: market.order_book(markets.OrderBookRequest(pair=PAIR)))
    await do("grouped book", lambda: market.grouped_order_book(markets.GroupedOrderBookRequest(pair=PAIR)))
    await do("level 3", lambda: market.level3_order_book(markets.Level3OrderBookRequest(pair=PAIR)))
    await do("trades", lambda: market.trades(markets.TradesRequest(pair=PAIR)))
    await do("spreads", lambda: market.spreads(markets.SpreadsRequest(pair=PAIR)))
    await do("pre-trade", lambda: client.transparency.pre_trade(told.PreTradeRequest(symbol=PAIR)))
    await do("post-trade", lambda: client.transparency.post_trade(told.PostTradeRequest(symbol=PAIR, count=5)))
    for name in ("balance", "credit_lines", "trade_balance", "open_orders", "closed_orders", "open_positions"):
        await do(name.replace("_", " "), getattr(account, name))
    entries = await do("ledgers", account.ledgers)
    one = (next(iter(entries.ledger)),)
    await do("query ledgers", lambda: account.query_ledgers(accounts.QueryLedgersRequest(ledger_ids=one)))
    await do("trade volume", lambda: account.trade_volume(accounts.TradeVolumeRequest(pairs=(PAIR,))))
    await do("key information", account.api_key_info)
    placed = await do("an order", lambda: trading.add_order(trades.AddOrderRequest(**limit("40000"))))
    txid = placed.transaction_ids[0]
    query = accounts.QueryOrdersRequest(transaction_ids=(txid,))
    await do("query orders", lambda: account.query_orders(query))
    amend = {"order_id": txid, "limit_price": "41000"}
    await do("amend it", lambda: trading.amend_order(trades.AmendOrderRequest(**amend)))
    await do("its amends", lambda: account.order_amends(accounts.OrderAmendsRequest(order_id=txid)))
    await do("cancel it", lambda: trading.cancel_order(trades.CancelOrderRequest(order_id=txid)))
    selling = {"order_type": "market", "side": "sell", "volume": Decimal("0.1"), "pair": PAIR}
    await do("a market order", lambda: trading.add_order(trades.AddOrderRequest(**selling)))
    after = trades.CancelAllOrdersAfterRequest(timeout=60)
    await do("cancel all after", lambda: trading.cancel_all_orders_after(after))
    await do("cancel all", trading.cancel_all_orders)
    await do("deposit methods", lambda: funding.deposit_methods(fundings.DepositMethodsRequest(asset="XBT")))
    await do("withdrawal methods", funding.withdraw_methods)
    await do("deposit status", funding.deposit_status)
    nowhere = fundings.WithdrawRequest(asset="XBT", key="no-such", amount=Decimal(1))
    await is_refused("withdrawing", lambda: funding.withdraw(nowhere), "Unknown withdraw key")
    await do("earn strategies", client.earn.strategies)
    await do("earn allocations", client.earn.allocations)
    funds = earning.EarnFundsRequest(amount=Decimal("1.5"), strategy_id=SAMPLE)
    await do("allocate", lambda: client.earn.allocate(funds))
    await do("its status", lambda: client.earn.allocation_status(earning.EarnStatusRequest(strategy_id=SAMPLE)))
    await do("deallocate", lambda: client.earn.deallocate(funds))
    report = accounts.AddExportRequest(report="trades", description="sandbox")
    asked = await do("ask for a report", lambda: account.request_export(report))
    await do("reports", lambda: account.export_status(accounts.ExportStatusRequest(report="trades")))
    fetch = accounts.RetrieveExportRequest(report_id=asked.report_id)
    await do("fetch it", lambda: account.retrieve_export(fetch))
    held = await do("extended balance", account.extended_balance)
    books({code: entry.balance for code, entry in held.root.items()})


def given(outcome):
    if isinstance(outcome, BaseException):
        raise outcome
    return getattr(outcome, "result", outcome)


async def main():
    client = RestClient(ApiCredentials(api_key=KEY, api_secret=SECRET), base_url=URL)
    await session(client)
    await client.close()


asyncio.run(main())
