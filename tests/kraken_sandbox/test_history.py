"""What accounts have behind them: TradesHistory, Ledgers, ClosedOrders and the queries by id."""

from decimal import Decimal
from typing import Any

import pytest

from kraken_sandbox import Exchange, Fault, FaultKind, PastEntry, PastTrade, SimulatedAccount
from kraken_sandbox.accounts import PERMISSIONS
from kraken_sandbox.past import LEDGER_TYPES

from .support import KEY, NOW, Client, api_key, holdings

HOUR = 3600


def bought(age: float, volume: str = "0.01", pair: str = "XBTUSD", **details: Any) -> PastTrade:
    return PastTrade(pair, "buy", Decimal(volume), Decimal("60000"), NOW - age, **details)


def entry(kind: str, amount: str, age: float = HOUR, asset: str = "ZUSD", **details: Any) -> PastEntry:
    return PastEntry(kind, asset, Decimal(amount), NOW - age, **details)


def ids(client: Client, endpoint: str, name: str, **parameters: object) -> list[str]:
    return list(client.private(endpoint, **parameters).result[name])


@pytest.fixture
def other(exchange: Exchange, client: Client) -> Client:
    """A client of an account whose past the test gives it by `open_with`."""
    client.key = "OTHR-sample-key"
    return client


def open_with(exchange: Exchange, *past: PastTrade | PastEntry, **balances: str) -> SimulatedAccount:
    account = exchange.add_account(SimulatedAccount("other", "AA00", holdings(**balances)), past)
    exchange.add_key("other", api_key("OTHR-sample-key"))
    return account


class TestPast:
    def test_a_trade_has_an_order_and_two_entries(self, exchange: Exchange, other: Client) -> None:
        open_with(exchange, bought(840, maker=True), ZUSD="1000", XXBT="0.5")
        ((txid, trade),) = other.private("TradesHistory", ledgers="true").result["trades"].items()

        assert trade == {
            "ordertxid": trade["ordertxid"],
            "postxid": txid,
            "pair": "XXBTZUSD",
            "aclass": "forex",
            "time": NOW - 840,
            "type": "buy",
            "ordertype": "limit",
            "tradeordertype": "limit",
            "price": "60000.00000",
            "cost": "600.00000",
            "fee": "1.50000",
            "vol": "0.01000000",
            "margin": "0.00000",
            "leverage": "0",
            "misc": "",
            "trade_id": trade["trade_id"],
            "maker": True,
            "ledgers": trade["ledgers"],
        }
        (closed,) = other.private("ClosedOrders").result["closed"].values()
        assert (closed["status"], closed["vol_exec"], closed["closetm"]) == ("closed", "0.01000000", NOW - 840)
        ledger = other.private("Ledgers", type="trade").result["ledger"]
        assert [(line["asset"], line["amount"], line["fee"], line["refid"]) for line in ledger.values()] == [
            ("ZUSD", "-600.0000", "1.5000", txid),
            ("XXBT", "0.0100000000", "0.0000000000", txid),
        ]

    def test_balances_are_what_is_left_of_it(self, exchange: Exchange, other: Client) -> None:
        open_with(exchange, bought(840), entry("withdrawal", "-100", fee=Decimal(5)), ZUSD="1000", XXBT="0.5")

        assert other.private("Balance").result == {"XXBT": "0.5000000000", "ZUSD": "1000.0000"}
        deposits = other.private("Ledgers", type="deposit").result["ledger"].values()
        # 1,000 + 602.4 for the trade + 105 withdrawn; one minute before all that
        assert {(line["asset"], line["amount"], line["time"]) for line in deposits} == {
            ("ZUSD", "1707.4000", NOW - HOUR - 60),
            ("XXBT", "0.4900000000", NOW - HOUR - 60),
        }

    def test_what_came_in_and_is_not_there_was_withdrawn(self, exchange: Exchange, other: Client) -> None:
        open_with(exchange, entry("deposit", "5000"), ZUSD="10")
        (withdrawal,) = other.private("Ledgers", type="withdrawal").result["ledger"].values()

        assert (withdrawal["amount"], withdrawal["balance"], withdrawal["time"]) == ("-4990.0000", "10.0000", NOW)

    def test_an_asset_that_it_no_longer_has(self, exchange: Exchange, other: Client) -> None:
        open_with(exchange, bought(HOUR), ZUSD="10")

        assert other.private("Balance").result == {"XXBT": "0.0000000000", "ZUSD": "10.0000"}

    def test_the_future(self, exchange: Exchange, other: Client) -> None:
        open_with(exchange, bought(-HOUR), ZUSD="10", XXBT="1")
        (trade,) = other.private("TradesHistory").result["trades"].values()

        assert trade["time"] == NOW + HOUR
        assert other.private("TradesHistory", end=int(NOW)).result == {"trades": {}, "count": 0}

    def test_a_pair_that_is_gone(self, exchange: Exchange, other: Client) -> None:
        exchange.delist_pair("KSMEUR")
        open_with(exchange, bought(HOUR, "2", "KSM/EUR", fee=Decimal("0.5")), KSM="3")
        (trade,) = other.private("TradesHistory").result["trades"].values()

        assert (trade["pair"], trade["cost"], trade["fee"]) == ("KSMEUR", "120000.00000", "0.50000")
        assert other.public("Ticker", pair="KSMEUR").errors == ["EQuery:Unknown asset pair"]
        assert "KSMEUR" not in other.public("AssetPairs").result
        order = {"pair": "KSMEUR", "type": "buy", "ordertype": "market", "volume": "1"}
        assert other.private("AddOrder", **order).errors == ["EQuery:Unknown asset pair"]

    def test_orders_of_a_pair_that_goes_are_canceled(self, exchange: Exchange, client: Client) -> None:
        order = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "price": "50000", "volume": "1"}
        (txid,) = client.private("AddOrder", **order).result["txid"]
        exchange.delist_pair("XBTUSD")

        assert client.private("OpenOrders").result == {"open": {}}
        assert client.private("ClosedOrders").result["closed"][txid]["status"] == "canceled"
        assert client.private("BalanceEx").result["ZUSD"]["hold_trade"] == "0.0000"
        with pytest.raises(KeyError):
            exchange.delist_pair("XBTUSD")

    @pytest.mark.parametrize(
        ("past", "message"),
        [
            (bought(HOUR, pair="NOSUCH"), "there is no pair 'NOSUCH'"),
            (entry("deposit", "5", asset="NOSUCH"), "there is no asset 'NOSUCH'"),
        ],
    )
    def test_what_never_was(self, exchange: Exchange, past: PastTrade | PastEntry, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            open_with(exchange, past)
        with pytest.raises(ValueError, match=message):
            exchange.book("test", past)
        assert "other" not in exchange.state.accounts

    def test_unknown_type(self) -> None:
        with pytest.raises(ValueError, match="unknown type 'gift' of a ledger entry"):
            entry("gift", "5")

    def test_things_happen_later_too(self, exchange: Exchange, client: Client) -> None:
        exchange.book("test", bought(0))
        exchange.book("test", entry("reward", "0.5", 0, subtype="welcomebonus", refid="ESAMPL-AAAAA-AAAAAA"))

        assert client.private("Balance").result == {"XXBT": "2.0100000000", "ZUSD": "99398.1000"}
        (reward,) = client.private("Ledgers", type="reward").result["ledger"].values()
        assert reward == {
            "refid": "ESAMPL-AAAAA-AAAAAA",
            "time": NOW,
            "type": "reward",
            "subtype": "welcomebonus",
            "aclass": "currency",
            "asset": "ZUSD",
            "amount": "0.5000",
            "fee": "0.0000",
            "balance": "99398.1000",
        }


class TestLedgers:
    def test_every_type(self, exchange: Exchange, other: Client) -> None:
        open_with(exchange, *(entry(kind, "1") for kind in LEDGER_TYPES), ZUSD="100")

        for kind in LEDGER_TYPES:
            other_than_opening = 2 if kind == "deposit" else 1
            exchange.clock.advance(10)
            assert other.private("Ledgers", type=kind).result["count"] == other_than_opening
        exchange.clock.advance(10)
        assert other.private("Ledgers", type="all").result["count"] == len(LEDGER_TYPES) + 1
        assert other.private("Ledgers", type="gift").errors == ["EGeneral:Invalid arguments:type"]

    def test_of_equities_when_asked_for(self, exchange: Exchange, other: Client) -> None:
        open_with(exchange, ZUSD="100", AAPLx="2")

        def assets(**filters: str) -> set[str]:
            return {line["asset"] for line in other.private("Ledgers", **filters).result["ledger"].values()}

        assert assets() == {"ZUSD"}
        assert assets(aclass="tokenized_asset") == {"AAPLx"}
        assert assets(aclass="currency") == {"ZUSD"}

    def test_some_of_them(self, client: Client) -> None:
        newest, oldest = ids(client, "Ledgers", "ledger")

        assert list(client.private("QueryLedgers", id=f"{oldest},{newest}").result) == [oldest, newest]
        assert client.private("QueryLedgers").errors == ["EGeneral:Invalid arguments:id"]
        assert client.private("QueryLedgers", id="LAAAAA-AAAAA-AAAAAA").errors == ["EGeneral:Invalid arguments:id"]
        assert client.private("QueryLedgers", id=",".join([newest] * 21)).errors == [
            "EGeneral:Invalid arguments:id"
        ]


class TestPages:
    @pytest.fixture(autouse=True)
    def many(self, exchange: Exchange) -> list[str]:
        """120 trades, two of each moment, by their ids, the newest first."""
        account = open_with(exchange, *(bought(HOUR - 10 * (number // 2)) for number in range(120)), XXBT="5")
        return list(account.trades)[::-1]

    def test_fifty_at_a_time_newest_first(self, other: Client, many: list[str]) -> None:
        pages = [ids(other, "TradesHistory", "trades", ofs=ofs) for ofs in (0, 50, 100, 150)]

        assert pages == [many[:50], many[50:100], many[100:], []]
        assert other.private("TradesHistory").result["count"] == 120
        assert other.private("TradesHistory", without_count="true").result.keys() == {"trades"}

    def test_after_one_up_to_another(self, other: Client, many: list[str]) -> None:
        assert ids(other, "TradesHistory", "trades", start=many[9]) == many[:9]
        assert ids(other, "TradesHistory", "trades", start=many[9], end=many[5]) == many[5:9]
        assert ids(other, "TradesHistory", "trades", start=many[0]) == []

    def test_after_a_time_up_to_another(self, other: Client, many: list[str]) -> None:
        newest = NOW - HOUR + 590

        # What happened at the start is left out, all that happened at the end is let in.
        assert ids(other, "TradesHistory", "trades", start=newest - 10) == many[:2]
        assert ids(other, "TradesHistory", "trades", start=newest - 10.5) == many[:4]
        assert ids(other, "TradesHistory", "trades", start=newest - 20, end=newest - 10) == many[2:4]
        assert ids(other, "TradesHistory", "trades", end=newest - 590) == many[-2:]

    def test_orders_and_entries_bound_trades_by_their_time(
        self, exchange: Exchange, other: Client, many: list[str]
    ) -> None:
        order = exchange.state.accounts["other"].trades[many[20]].order.txid

        assert ids(other, "TradesHistory", "trades", start=order) == many[:20]

    @pytest.mark.parametrize("name", ["start", "end"])
    @pytest.mark.parametrize("value", ["yesterday", "NaN", "-inf", "TAAAAA-AAAAA-AAAAAA"])
    def test_no_bound(self, other: Client, name: str, value: str) -> None:
        assert other.private("TradesHistory", **{name: value}).errors == [f"EGeneral:Invalid arguments:{name}"]

    @pytest.mark.parametrize("value", ["-1", "x", "1.5", "9" * 30])
    def test_no_offset(self, other: Client, value: str) -> None:
        assert other.private("TradesHistory", ofs=value).errors == ["EGeneral:Invalid arguments:ofs"]

    def test_pages_that_never_end(self, exchange: Exchange, other: Client, many: list[str]) -> None:
        exchange.faults.add(Fault(FaultKind.ENDLESS, times=None))
        seen: set[str] = set()
        for ofs in range(0, 500, 50):
            exchange.clock.advance(10)
            result = other.private("TradesHistory", ofs=ofs, start=NOW - HOUR).result
            assert (len(result["trades"]), result["count"]) == (50, ofs + 100)
            seen |= result["trades"].keys()

        assert len(seen) == 500
        exchange.clock.advance(10)
        assert ids(other, "TradesHistory", "trades") == many[:50]

    @pytest.mark.parametrize(
        ("endpoint", "name"), [("TradesHistory", "trades"), ("Ledgers", "ledger"), ("ClosedOrders", "closed")]
    )
    def test_nothing_has_no_end_either_way(
        self, exchange: Exchange, client: Client, endpoint: str, name: str
    ) -> None:
        exchange.add_account(SimulatedAccount("empty", "AA00"))
        exchange.add_key("empty", api_key("EMPT-sample-key"))
        client.key = "EMPT-sample-key"
        exchange.faults.add(Fault(FaultKind.ENDLESS, endpoint))

        assert client.private(endpoint).result == {name: {}, "count": 0}


class TestPermissions:
    @pytest.mark.parametrize(
        ("endpoint", "permissions", "cost"),
        [
            ("TradesHistory", {"query-closed-trades"}, 2),
            ("QueryTrades", {"query-closed-trades"}, 1),
            ("ClosedOrders", {"query-closed-trades"}, 1),
            ("Ledgers", {"query-ledger"}, 2),
            ("QueryLedgers", {"query-ledger"}, 2),
            ("OpenPositions", {"query-open-trades"}, 1),
            ("TradeBalance", {"query-open-trades"}, 1),
            ("Earn/Allocations", {"query-funds"}, 1),
            ("Earn/Strategies", set(PERMISSIONS), 1),
            ("CancelAll", {"modify-trades", "close-trades"}, 1),
            ("CancelOrder", {"modify-trades", "close-trades"}, 0),
        ],
    )
    def test_what_each_needs_and_costs(
        self,
        exchange: Exchange,
        client: Client,
        endpoint: str,
        permissions: set[str],
        cost: int,
    ) -> None:
        for permission in PERMISSIONS:
            exchange.replace_key(KEY, permissions=frozenset({permission}))
            exchange.clock.advance(100)
            denied = client.private(endpoint).errors == ["EGeneral:Permission denied"]
            assert denied == (permission not in permissions)
        exchange.replace_key(KEY, permissions=frozenset(PERMISSIONS))
        exchange.clock.advance(100)
        client.private(endpoint)
        calls = 0
        while client.private("Balance").errors == []:
            calls += 1
        assert calls == 20 - cost


def test_some_trades(exchange: Exchange, other: Client) -> None:
    open_with(exchange, bought(HOUR), bought(HOUR / 2), XXBT="5")
    newest, oldest = ids(other, "TradesHistory", "trades")

    found = other.private("QueryTrades", txid=f"{oldest}, {newest}").result
    assert list(found) == [oldest, newest]
    assert found[newest] == other.private("TradesHistory").result["trades"][newest]
    assert other.private("QueryTrades").errors == ["EGeneral:Invalid arguments:txid"]
    assert other.private("QueryTrades", txid="TAAAAA-AAAAA-AAAAAA").errors == ["EGeneral:Invalid arguments:txid"]
