"""nautilus_trader: the HTTP client of its adapter for Kraken, written in Rust, which its trading nodes use."""

import asyncio

from nautilus_trader.core import nautilus_pyo3 as nautilus
from steps import KEY, SECRET, URL, books, cannot, is_true, refused, step

client = nautilus.KrakenSpotHttpClient(api_key=KEY, api_secret=SECRET, base_url=URL, max_retries=0)
ACCOUNT = nautilus.AccountId("KRAKEN-001")
PAIR = nautilus.InstrumentId.from_str("BTC/USD.KRAKEN")
SOL = nautilus.InstrumentId.from_str("SOL/USD.KRAKEN")
BY_ITS_KEY = (
    "it looks for XXBTZUSD, its name of the pair, in answers that have XBTUSD, and leaves these orders out"
)
MINUTES = nautilus.BarType.from_str("BTC/USD.KRAKEN-1-MINUTE-LAST-EXTERNAL")


async def session():
    loop = asyncio.get_running_loop()

    async def do(what, call, judge=lambda given: given):
        (outcome,) = await asyncio.gather(call(), return_exceptions=True)
        return await loop.run_in_executor(None, step, what, lambda: judge(given(outcome)))

    async def is_refused(what, call, words):
        (outcome,) = await asyncio.gather(call(), return_exceptions=True)
        await loop.run_in_executor(None, refused, what, lambda: given(outcome), words)

    async def cannot_do(what, call, judge, because):
        (outcome,) = await asyncio.gather(call(), return_exceptions=True)
        await loop.run_in_executor(None, cannot, what, lambda: judge(given(outcome)), because)

    def order(number, kind, side="BUY", size="0.01000000", pair=PAIR, **more):
        return client.submit_order(
            account_id=ACCOUNT,
            instrument_id=pair,
            client_order_id=nautilus.ClientOrderId(f"O-20260101-0000-001-{number:03}-1"),
            order_side=getattr(nautilus.OrderSide, side),
            order_type=getattr(nautilus.OrderType, kind),
            quantity=nautilus.Quantity.from_str(size),
            time_in_force=nautilus.TimeInForce.GTC,
            **more,
        )

    await do("server time", client.get_server_time)
    instruments = await do("instruments", client.request_instruments)
    for instrument in instruments:
        client.cache_instrument(instrument)
    await do("instrument statuses", client.request_instrument_statuses)
    await do("order book", lambda: client.request_book_snapshot(PAIR, depth=10))
    await do("trades", lambda: client.request_trades(PAIR, limit=100), lambda trades: is_true(len(trades) >= 100))
    await do("bars", lambda: client.request_bars(MINUTES), lambda bars: is_true(len(bars) > 100))
    await do("margin metrics", client.request_margin_metrics)
    await do("account state with metrics", lambda: client.request_account_state_with_metrics(ACCOUNT))
    price = nautilus.Price.from_str("40000.0")
    placed = await do("a limit order", lambda: order(1, "LIMIT", price=price, post_only=True))
    await do(
        "modify it",
        lambda: client.modify_order(PAIR, venue_order_id=placed, price=nautilus.Price.from_str("41000.0")),
    )
    sol = nautilus.Price.from_str("100.00")
    await do("an order of another pair", lambda: order(5, "LIMIT", size="1.00000000", pair=SOL, price=sol))
    await do(
        "open orders of a pair",
        lambda: client.request_order_status_reports(ACCOUNT, instrument_id=SOL, open_only=True),
        lambda reports: is_true(len(reports) == 1, f"{len(reports)} orders"),
    )
    await cannot_do(
        "open orders",
        lambda: client.request_order_status_reports(ACCOUNT, open_only=True),
        lambda reports: is_true(len(reports) == 3, f"{len(reports)} orders"),
        BY_ITS_KEY,
    )
    await do("cancel it", lambda: client.cancel_order(ACCOUNT, PAIR, venue_order_id=placed))
    stop = nautilus.Price.from_str("50000.0")
    waiting = await do("a stop order", lambda: order(2, "STOP_MARKET", side="SELL", trigger_price=stop))
    await do("cancel a batch", lambda: client.cancel_orders_batch([waiting]))
    await do("a market order", lambda: order(3, "MARKET", side="SELL", size="0.10000000"))
    await is_refused("an order too large", lambda: order(4, "MARKET", size="100.00000000"), "Insufficient funds")
    await do("order reports", lambda: client.request_order_status_reports(ACCOUNT))
    await do("fill reports", lambda: client.request_fill_reports(ACCOUNT), lambda fills: is_true(len(fills) >= 1))
    margin = nautilus.AccountType.MARGIN
    await do("positions", lambda: client.request_position_status_reports(ACCOUNT, account_type=margin))
    await do("cancel all", client.cancel_all_orders, lambda count: is_true(count == 2, f"{count} canceled"))
    state = await do("account state", lambda: client.request_account_state(ACCOUNT))
    codes = {"XBT": "XXBT", "ETH": "XETH", "USD": "ZUSD", "EUR": "ZEUR"}
    balances = [(str(balance.currency.code), balance.total.as_decimal()) for balance in state.balances]
    books({codes.get(code, code): amount for code, amount in balances})


def given(outcome):
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


asyncio.run(session())
