"""Public clients that were written for Kraken, unchanged but for the address, against the sandbox's books."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import kraken.exceptions
import krakenex
import pytest
from kraken.spot import Earn, Market, SpotClient, Trade, User

from kraken_sandbox import EarnAllocation, EarnStrategy, Exchange, PastTrade, SandboxServer, SimulatedAccount

from .support import KEY, SECRET


@pytest.fixture
def account(exchange: Exchange) -> SimulatedAccount:
    """The account whose books the clients' answers are held against."""
    exchange.set_ticker("XBTUSD", bid="65000", ask="65010", last="65005")
    return exchange.state.accounts["test"]


@pytest.fixture(autouse=True)
def network(server: SandboxServer) -> None:
    """Two clients count their nonces in milliseconds; as over a network, no two calls are in the same one."""
    server.latency = 0.002


class TestKrakenex:
    @pytest.fixture
    def api(self, server: SandboxServer) -> Iterator[krakenex.API]:
        api = krakenex.API(KEY, SECRET)
        api.uri = server.url
        yield api
        api.close()

    def test_balances(self, api: Any, account: SimulatedAccount) -> None:
        balances = api.query_private("BalanceEx")["result"]

        assert {code: Decimal(entry["balance"]) for code, entry in balances.items()} == amounts(account)

    def test_orders(self, api: Any, account: SimulatedAccount) -> None:
        order = {"pair": "XBTUSD", "type": "buy", "ordertype": "market", "volume": "0.5"}
        assert "txid" not in api.query_private("AddOrder", {**order, "validate": True})["result"]
        assert account.trades == {}

        (txid,) = api.query_private("AddOrder", dict(order))["result"]["txid"]
        closed = api.query_private("ClosedOrders", {"trades": True})["result"]["closed"]
        assert closed[txid]["trades"] == list(account.trades)
        (ledger,) = (
            entry
            for entry in api.query_private("Ledgers", {"type": "trade"})["result"]["ledger"].values()
            if entry["asset"] == "ZUSD"
        )
        assert Decimal(ledger["balance"]) == account.balances["ZUSD"].amount

    def test_market_data(self, api: Any, exchange: Exchange) -> None:
        pairs = api.query_public("AssetPairs")["result"]
        ticker = api.query_public("Ticker", {"pair": "XBTUSD,ETHUSD"})["result"]

        assert {key for key, pair in exchange.state.market.pairs.items() if key in pairs} == pairs.keys()
        assert Decimal(ticker["XETHZUSD"]["c"][0]) == exchange.state.market.tickers["XETHZUSD"].last

    def test_errors(self, api: Any) -> None:
        api.secret = "c2FtcGxlIHNlY3JldA=="

        assert api.query_private("Balance") == {"error": ["EAPI:Invalid signature"]}


class TestCcxt:
    @pytest.fixture
    def client(self, server: SandboxServer, ccxt: Any) -> Iterator[Any]:
        client = ccxt.kraken({"apiKey": KEY, "secret": SECRET, "enableRateLimit": False})
        client.urls["api"] = dict.fromkeys(client.urls["api"], server.url)
        yield client
        client.session.close()

    def test_balances(self, client: Any, account: SimulatedAccount) -> None:
        client.create_limit_sell_order("BTC/USD", 0.5, 70000)
        balance = client.fetch_balance()

        assert balance["total"] == {"BTC": 2.0, "USD": 100000.0}
        assert balance["used"] == {"BTC": 0.5, "USD": 0.0}
        assert balance["free"] == {"BTC": 1.5, "USD": 100000.0}
        assert len(account.open_orders) == 1

    def test_orders(self, client: Any, account: SimulatedAccount) -> None:
        bought = client.create_market_buy_order("BTC/USD", 0.5)
        order = client.fetch_order(bought["id"])
        assert (order["status"], order["filled"], order["average"]) == ("closed", 0.5, 65010.0)
        assert (Decimal(order["fee"]["cost"]), order["fee"]["currency"]) == (Decimal("130.02"), "USD")
        (trade,) = client.fetch_my_trades("BTC/USD")
        assert (trade["order"], trade["takerOrMaker"], trade["cost"]) == (bought["id"], "taker", 32505.0)
        assert amounts(account) == {"XXBT": Decimal("2.5"), "ZUSD": Decimal("67364.98")}

        resting = client.create_limit_buy_order("BTC/USD", 0.1, 60000, {"clientOrderId": "mine-1"})
        (found,) = client.fetch_open_orders("BTC/USD")
        assert (found["id"], found["clientOrderId"], found["price"]) == (resting["id"], "mine-1", 60000.0)
        client.cancel_order(resting["id"])
        assert client.fetch_open_orders("BTC/USD") == []
        assert [order["status"] for order in client.fetch_closed_orders("BTC/USD")] == ["canceled", "closed"]

    def test_ledger(self, client: Any, account: SimulatedAccount) -> None:
        client.create_market_sell_order("BTC/USD", 0.5)
        entries = client.fetch_ledger("USD")

        assert [(entry["type"], entry["after"]) for entry in entries] == [
            ("trade", float(account.balances["ZUSD"].amount)),
            ("transaction", 100000.0),
        ]

    def test_market_data(self, client: Any, exchange: Exchange) -> None:
        markets = client.load_markets()
        dogecoin, yen = markets["DOGE/USD"], markets["USD/JPY"]
        ticker = client.fetch_ticker("DOGE/USD")

        assert (dogecoin["id"], dogecoin["limits"]["amount"]["min"]) == ("XDGUSD", 13.0)
        assert (yen["id"], yen["taker"]) == ("ZUSDZJPY", 0.004)
        assert ticker["last"] == float(exchange.state.market.tickers["XDGUSD"].last)
        assert client.fetch_tickers(["ETH/USD"]).keys() == {"ETH/USD"}
        assert client.fetch_status()["status"] == "ok"

    def test_candles(self, client: Any, exchange: Exchange) -> None:
        candles = client.fetch_ohlcv("BTC/USD", "1d")

        assert (len(candles), candles[-1][4]) == (720, 64250.1)
        assert client.fetch_ohlcv("BTC/USD", "1d", since=candles[-3][0])[-1] == candles[-1]
        assert candles[-1][0] // 1000 <= exchange.clock()

    def test_positions(self, client: Any, exchange: Exchange) -> None:
        opened = exchange.open_position("test", "ETHUSD", "buy", "2", leverage=5)
        (position,) = client.fetch_positions()

        assert (position["symbol"], position["side"], position["contracts"]) == ("ETH/USD", "long", 2.0)
        assert (position["leverage"], position["unrealizedPnl"] < 0) == (5.0, True)
        (trade,) = client.fetch_my_trades("ETH/USD")
        assert trade["id"] == opened.txid

    @pytest.mark.parametrize(
        ("attribute", "value", "error"),
        [("apiKey", "no-such-key", "AuthenticationError"), ("secret", "c2FtcGxl", "ExchangeError")],
    )
    def test_errors(self, client: Any, ccxt: Any, attribute: str, value: str, error: str) -> None:
        setattr(client, attribute, value)

        with pytest.raises(getattr(ccxt, error)):
            client.fetch_balance()

    def test_insufficient_funds(self, client: Any, ccxt: Any) -> None:
        with pytest.raises(ccxt.InsufficientFunds):
            client.create_market_buy_order("BTC/USD", 5)


class TestPythonKrakenSdk:
    @pytest.fixture
    def credentials(self, server: SandboxServer) -> dict[str, str]:
        return {"key": KEY, "secret": SECRET, "url": server.url}

    def test_balances(self, credentials: dict[str, str], account: SimulatedAccount) -> None:
        user = User(**credentials)
        balances = user.get_balances()

        assert {code: Decimal(entry["balance"]) for code, entry in balances.items()} == amounts(account)
        assert {code: Decimal(amount) for code, amount in user.get_account_balance().items()} == amounts(account)
        # 100,000 and 2 × 65,005 dollars
        assert user.get_trade_balance()["eb"] == "230010.0000"
        assert user.get_open_positions() == []  # it asks for them by market

    def test_orders(self, credentials: dict[str, str], account: SimulatedAccount) -> None:
        trade, user = Trade(**credentials), User(**credentials)
        order = {"ordertype": "limit", "side": "buy", "pair": "XBTUSD", "volume": 0.5, "price": 60000}
        assert trade.create_order(**order, validate=True).keys() == {"descr"}
        (txid,) = trade.create_order(**order, userref=7, oflags=["post"])["txid"]

        assert list(user.get_open_orders(userref=7)["open"]) == list(account.open_orders) == [txid]
        assert user.get_orders_info(txid=txid)[txid]["oflags"] == "post,fciq"
        assert trade.cancel_order(txid=txid) == {"count": 1}
        assert user.get_closed_orders()["closed"][txid]["status"] == "canceled"

        trade.create_order(ordertype="market", side="sell", pair="XBTUSD", volume="0.5")
        (fill,) = user.get_trades_history()["trades"].values()
        assert Decimal(fill["cost"]) == 32500
        assert Decimal(user.get_account_balance()["ZUSD"]) == account.balances["ZUSD"].amount
        assert user.get_ledgers_info(type_="trade")["count"] == 2
        assert trade.cancel_all_orders() == {"count": 0}

    def test_history(self, credentials: dict[str, str], exchange: Exchange, account: SimulatedAccount) -> None:
        user = User(**credentials)
        exchange.book("test", PastTrade("XBTUSD", "sell", Decimal("0.5"), Decimal(65000), exchange.clock() - 60))
        (txid,) = account.trades
        trade = user.get_trades_info(txid=txid)[txid]
        entries = user.get_ledgers(id_=list(account.trades[txid].ledgers))

        assert (trade["pair"], trade["vol"]) == ("XXBTZUSD", "0.50000000")
        assert {entry["refid"] for entry in entries.values()} == {txid}

        exchange.open_position("test", "ETHUSD", "buy", "2", leverage=5)
        positions: Any = user.get_open_positions(docalcs=True)
        assert [position["net"][0] for position in positions] == ["-"]

    def test_earn(self, credentials: dict[str, str], exchange: Exchange) -> None:
        exchange.add_strategy(EarnStrategy("SAMPLE", "USDC", "instant"))
        exchange.add_allocation("test", EarnAllocation("SAMPLE", Decimal(50)))
        earn = Earn(**credentials)

        assert [item["id"] for item in earn.list_earn_strategies(asset="USDC")["items"]] == ["SAMPLE"]
        (item,) = earn.list_earn_allocations(hide_zero_allocations="true", converted_asset="USD")["items"]
        assert item["amount_allocated"]["total"]["native"] == "50.00000000"

    def test_market_data(self, server: SandboxServer, exchange: Exchange) -> None:
        market = Market(url=server.url)

        assert market.get_system_status()["status"] == "online"
        assert len(market.get_ohlc("XBTUSD", interval=60)["XXBTZUSD"]) == 720
        assert market.get_assets(assets=["DOT28.S"])["DOT28.S"]["decimals"] == 10
        assert market.get_asset_pairs(pair=["DOTUSD"])["DOTUSD"]["quote"] == "ZUSD"
        price = market.get_ticker(pair="AAPLxUSD", extra_params={"asset_class": "tokenized_asset"})
        assert Decimal(price["AAPLxUSD"]["a"][0]) == exchange.state.market.tickers["AAPLxUSD"].ask

    def test_key_information_as_json(self, credentials: dict[str, str]) -> None:
        client = SpotClient(credentials["key"], credentials["secret"], credentials["url"])
        answer = client.request("POST", "/0/private/GetApiKeyInfo", do_json=True)

        assert isinstance(answer, dict)
        assert answer["iban"] == "AA00 SAMP LE00 9999"

    def test_errors(self, credentials: dict[str, str]) -> None:
        with pytest.raises(kraken.exceptions.KrakenInvalidAPIKeyError):
            User(**(credentials | {"key": "no-such-key"})).get_account_balance()
        with pytest.raises(kraken.exceptions.KrakenInvalidSignatureError):
            User(**(credentials | {"secret": "c2FtcGxl"})).get_account_balance()
        with pytest.raises(kraken.exceptions.KrakenInsufficientFundsError):
            Trade(**credentials).create_order(ordertype="market", side="sell", pair="XBTUSD", volume=5)
        with pytest.raises(kraken.exceptions.KrakenUnknownOrderError):
            Trade(**credentials).cancel_order(txid="OAAAAA-AAAAA-AAAAAA")


def amounts(account: SimulatedAccount) -> dict[str, Decimal]:
    return {code: holding.amount for code, holding in account.balances.items()}
