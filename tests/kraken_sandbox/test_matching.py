"""How orders meet a book that says how much is offered, and what an account's tier makes of the fees."""

from decimal import Decimal

import pytest

from kraken_sandbox import Exchange, Level, PastTrade, SandboxServer, SimulatedAccount, whole_market

from .support import NOW, Client, ManualClock, api_key, holdings

MARKET_BUY = {"pair": "XBTUSD", "type": "buy", "ordertype": "market"}
MARKET_SELL = {"pair": "XBTUSD", "type": "sell", "ordertype": "market"}
LIMIT_BUY = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit"}

DAY = 86400


def level(price: str, volume: str) -> Level:
    return Level(Decimal(price), Decimal(volume))


def place(client: Client, order: dict[str, str], **changes: str) -> str:
    (txid,) = client.private("AddOrder", **(order | changes)).result["txid"]
    assert isinstance(txid, str)
    return txid


def order(client: Client, txid: str) -> tuple[str, str, str, str]:
    """Its status, what was executed of it, at what average price, and how often."""
    entry = client.private("QueryOrders", txid=txid, trades="true").result[txid]
    return entry["status"], entry["vol_exec"], entry["price"], str(len(entry.get("trades", [])))


def fills(client: Client) -> list[tuple[str, str, str, bool]]:
    """Side, volume, price and whether as a maker, the latest first."""
    trades = client.private("TradesHistory").result["trades"].values()
    return [(trade["type"], trade["vol"], trade["price"], trade["maker"]) for trade in trades]


@pytest.fixture(autouse=True)
def book(exchange: Exchange) -> None:
    """Three sell and two buy bitcoin."""
    exchange.set_book(
        "XBTUSD",
        bids=[level("60000", "0.5"), level("59990", "1")],
        asks=[level("60030", "2"), level("60010", "0.2"), level("60020", "0.3")],
    )


class TestDepth:
    def test_the_ticker_shows_the_best_of_it(self, client: Client) -> None:
        ticker = client.public("Ticker", pair="XBTUSD").result["XXBTZUSD"]

        assert ticker["a"] == ["60010.00000", "0", "0.200"]
        assert ticker["b"] == ["60000.00000", "0", "0.500"]

    def test_a_market_order_takes_one_level_after_the_other(self, client: Client) -> None:
        txid = place(client, MARKET_BUY, volume="0.6")

        assert fills(client) == [
            ("buy", "0.10000000", "60030.00000", False),
            ("buy", "0.30000000", "60020.00000", False),
            ("buy", "0.20000000", "60010.00000", False),
        ]
        # 0.2 × 60,010 + 0.3 × 60,020 + 0.1 × 60,030 = 36,011, which is 60,018.3 each
        assert order(client, txid) == ("closed", "0.60000000", "60018.33333", "3")
        assert client.public("Ticker", pair="XBTUSD").result["XXBTZUSD"]["a"] == ["60030.00000", "1", "1.900"]

    def test_what_nobody_offers_is_canceled_of_a_market_order(self, client: Client) -> None:
        txid = place(client, MARKET_SELL, volume="1.75")

        assert order(client, txid) == ("canceled", "1.50000000", "59993.33333", "2")
        assert client.private("QueryOrders", txid=txid).result[txid]["reason"] == "Insufficient liquidity"
        assert client.private("OpenOrders").result == {"open": {}}
        assert client.public("Ticker", pair="XBTUSD").result["XXBTZUSD"]["b"] == ["0.00000", "0", "0.000"]
        refused = client.private("AddOrder", **MARKET_SELL, volume="0.1")
        assert refused.errors == ["EService:Unavailable"]

    def test_a_limit_order_takes_what_it_reaches_and_rests(self, client: Client) -> None:
        txid = place(client, LIMIT_BUY, volume="0.8", price="60020")

        assert order(client, txid) == ("open", "0.50000000", "60016.00000", "2")
        open_order = client.private("OpenOrders").result["open"][txid]
        assert (open_order["vol"], open_order["vol_exec"]) == ("0.80000000", "0.50000000")
        # 0.3 × 60,020 and a maker's fee, of which 0.25 % became 0.2 % by what was bought
        assert client.private("BalanceEx").result["ZUSD"]["hold_trade"] == "18042.0120"

    def test_the_rest_is_filled_in_part_when_more_is_offered(self, exchange: Exchange, client: Client) -> None:
        txid = place(client, LIMIT_BUY, volume="0.8", price="60020")
        exchange.set_book("XBTUSD", asks=[level("60015", "0.1"), level("60500", "5")])
        assert order(client, txid) == ("open", "0.60000000", "60016.66667", "3")
        assert fills(client)[0] == ("buy", "0.10000000", "60020.00000", True)

        exchange.set_ticker("XBTUSD", ask="60000")
        assert order(client, txid) == ("closed", "0.80000000", "60017.50000", "4")

    def test_what_was_filled_stays_when_the_rest_is_canceled(self, client: Client) -> None:
        txid = place(client, LIMIT_BUY, volume="0.8", price="60020")
        client.private("CancelOrder", txid=txid)

        closed = client.private("ClosedOrders").result["closed"][txid]
        assert (closed["status"], closed["vol_exec"], closed["reason"]) == (
            "canceled",
            "0.50000000",
            "User requested",
        )
        assert client.private("BalanceEx").result["ZUSD"]["hold_trade"] == "0.0000"

    def test_the_better_price_comes_first_then_who_was_there(
        self, exchange: Exchange, clock: ManualClock, client: Client
    ) -> None:
        placed = []
        for price in ("59000", "59100", "59100"):
            clock.advance(1)
            placed.append(place(client, LIMIT_BUY, volume="0.2", price=price))
        exchange.set_book("XBTUSD", bids=[], asks=[level("58000", "0.3")])

        assert [order(client, txid)[1] for txid in placed] == ["0.00000000", "0.20000000", "0.10000000"]

    def test_post_only_takes_nothing(self, client: Client) -> None:
        txid = place(client, LIMIT_BUY, volume="0.1", price="60010", oflags="post")

        assert order(client, txid) == ("canceled", "0.00000000", "0.00000", "0")
        assert client.public("Ticker", pair="XBTUSD").result["XXBTZUSD"]["a"][2] == "0.200"

    def test_funds_must_do_for_the_levels_that_it_takes(self, exchange: Exchange, client: Client) -> None:
        exchange.set_book("XBTUSD", asks=[level("60000", "1"), level("90000", "1")])

        # 60,000 + 0.4 × 90,000 is 96,000 and 384 in fees; a tenth more is too much.
        refused = client.private("AddOrder", **MARKET_BUY, volume="1.45")
        assert refused.errors == ["EOrder:Insufficient funds"]
        place(client, MARKET_BUY, volume="1.4")


class TestFees:
    def fee_of_one(self, client: Client) -> str:
        place(client, MARKET_BUY, volume="0.1")
        fee: str = next(iter(client.private("TradesHistory").result["trades"].values()))["fee"]
        return fee

    @pytest.fixture(autouse=True)
    def round_prices(self, exchange: Exchange) -> None:
        exchange.set_ticker("XBTUSD", bid="60000", ask="60000", last="60000")

    @pytest.mark.parametrize(
        ("volume", "fee"),
        [
            ("0", "24.00000"),  # 0.4 % of 6,000
            ("9999.99", "24.00000"),
            ("10000", "21.00000"),  # 0.35 %
            ("100000", "13.20000"),  # 0.22 %
            ("500000000", "3.00000"),  # 0.05 %
        ],
    )
    def test_by_what_was_traded_in_thirty_days(
        self, exchange: Exchange, client: Client, volume: str, fee: str
    ) -> None:
        exchange.state.accounts["test"].fee_volume = Decimal(volume)

        assert self.fee_of_one(client) == fee

    def test_large_makers_are_paid(self, server: SandboxServer, client: Client) -> None:
        server.exchange = exchange = Exchange(whole_market())
        account = SimulatedAccount("maker", "AA00", holdings(ZUSD="1000"), fee_volume=Decimal(10**8))
        exchange.add_account(account)
        exchange.add_key("maker", api_key())
        price = exchange.state.market.tickers["0GUSD"].bid
        place(client, LIMIT_BUY, pair="0GUSD", volume="100", price=str(price))
        exchange.set_ticker("0GUSD", ask=price)
        (trade,) = client.private("TradesHistory").result["trades"].values()

        # -0.02 % of the cost
        assert Decimal(trade["fee"]) == -Decimal(trade["cost"]) / 5000
        assert account.balances["ZUSD"].amount == 1000 - Decimal(trade["cost"]) - Decimal(trade["fee"])

    def test_own_trades_count_for_thirty_days(self, clock: ManualClock, client: Client) -> None:
        assert [self.fee_of_one(client) for _ in range(3)] == ["24.00000", "24.00000", "21.00000"]

        clock.advance(30 * DAY)
        assert self.fee_of_one(client) == "24.00000"

    def test_trades_in_other_currencies_count_in_dollars(self, exchange: Exchange, client: Client) -> None:
        exchange.set_ticker("ETHXBT", bid="0.05", ask="0.05", last="0.05")
        place(client, {"pair": "ETHXBT", "type": "buy", "ordertype": "market", "volume": "4"})

        # 4 × 0.05 bitcoin are 12,000 dollars.
        assert self.fee_of_one(client) == "21.00000"

    def test_a_past_counts_and_a_future_does_not(self, exchange: Exchange, client: Client) -> None:
        trades = [
            PastTrade("XBTUSD", "buy", Decimal(1), Decimal(60_000), NOW + days * DAY) for days in (-31, -29, 5)
        ]
        exchange.add_account(SimulatedAccount("other", "AA00", holdings(ZUSD="100000")), trades)
        exchange.add_key("other", api_key("OTHR-sample-key"))
        client.key = "OTHR-sample-key"
        place(client, MARKET_BUY, volume="0.1")
        trades_now = client.private("TradesHistory", end=int(NOW)).result["trades"].values()

        # 60,000 were traded: 0.24 %
        assert next(iter(trades_now))["fee"] == "14.40000"
