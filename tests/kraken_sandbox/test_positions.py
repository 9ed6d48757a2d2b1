"""Margin positions: OpenPositions and TradeBalance, and what opening, holding, closing and settling them costs."""

from decimal import Decimal
from typing import Any

import pytest

from kraken_sandbox import Exchange, Position

from .support import NOW, Client

HOUR = 3600
DAY = 24 * HOUR


@pytest.fixture(autouse=True)
def prices(exchange: Exchange) -> None:
    """Ether at 3,000 to 3,002 dollars."""
    exchange.set_ticker("ETHUSD", bid="3000", ask="3002", last="3001")


def ledger(client: Client, **filters: object) -> list[tuple[str, str, str, str]]:
    """Type, asset, amount and fee of what happened after the first deposits, oldest first."""
    entries = client.private("Ledgers", **filters).result["ledger"].values()
    return [
        (line["type"], line["asset"], line["amount"], line["fee"])
        for line in reversed(entries)
        if line["type"] != "deposit"
    ]


def position_of(client: Client, txid: str) -> dict[str, Any]:
    found: dict[str, Any] = client.private("OpenPositions", docalcs="true").result[txid]
    return found


class TestOpening:
    def test_a_long_one(self, exchange: Exchange, client: Client) -> None:
        opened = exchange.open_position("test", "ETHUSD", "buy", "2", leverage=5)
        position = position_of(client, opened.txid)

        # 2 × 3,002 = 6,004; a taker's 0.4 % are 24.016, and 0.02 % for the loan 1.2008
        assert position == {
            "ordertxid": opened.ordertxid,
            "posstatus": "open",
            "pair": "XETHZUSD",
            "class": "forex",
            "time": NOW,
            "type": "buy",
            "ordertype": "market",
            "cost": "6004.00000",
            "fee": "25.21680",
            "vol": "2.00000000",
            "vol_closed": "0.00000000",
            "margin": "1200.80000",
            "value": "6002.0",
            "net": "-2.0000",
            "terms": "0.0200% per 4 hours",
            "rollovertm": str(int(NOW) + 4 * HOUR),
            "misc": "",
            "oflags": "",
        }
        assert ledger(client) == [("margin", "ZUSD", "0.0000", "25.2168")]
        assert client.private("Balance").result["ZUSD"] == "99974.7832"
        assert "XETH" not in client.private("Balance").result

    def test_its_trade(self, exchange: Exchange, client: Client) -> None:
        opened = exchange.open_position("test", "ETHUSD", "sell", "1", leverage=2)
        trade = client.private("TradesHistory", trades="true").result["trades"][opened.txid]

        assert (trade["postxid"], trade["ordertxid"]) == (opened.txid, opened.ordertxid)
        assert (trade["price"], trade["margin"], trade["leverage"]) == ("3000.00000", "1500.00000", "2")
        assert (trade["posstatus"], trade["cvol"], trade["trades"]) == ("open", 0.0, [])
        (order,) = client.private("ClosedOrders").result["closed"].values()
        assert order["descr"]["leverage"] == "2:1"

    def test_its_worth(self, exchange: Exchange, client: Client) -> None:
        exchange.open_position("test", "ETHUSD", "buy", "2", leverage=5)
        exchange.set_ticker("ETHUSD", bid="3100", ask="3102")
        exchange.set_ticker("XBTUSD", bid="50000", ask="50000")
        result = client.private("TradeBalance").result

        # 99,974.7832 dollars and two bitcoin, which count as collateral in part
        assert result["eb"] == "199974.7832"
        assert (result["m"], result["c"], result["v"], result["n"]) == (
            "1200.8000",
            "6004.0000",
            "6202.0000",
            "198.0000",
        )
        trade_balance, equity = Decimal(result["tb"]), Decimal(result["e"])
        assert equity == trade_balance + 198
        assert Decimal(result["mf"]) == equity - Decimal("1200.8")
        assert result["ml"] == f"{equity / Decimal('1200.8') * 100:.2f}"

    def test_nobody_is_there(self, exchange: Exchange) -> None:
        exchange.set_ticker("ETHUSD", ask="0")

        with pytest.raises(ValueError, match="nobody is there to sell ETHUSD"):
            exchange.open_position("test", "ETHUSD", "buy", "1")
        with pytest.raises(ValueError, match="there is no pair 'NOSUCH'"):
            exchange.open_position("test", "NOSUCH", "buy", "1")


class TestTogether:
    def test_of_one_pair_and_one_side(self, exchange: Exchange, client: Client) -> None:
        exchange.open_position("test", "ETHUSD", "buy", "2", leverage=5)
        exchange.open_position("test", "ETHUSD", "buy", "1", leverage=2)
        exchange.open_position("test", "ETHUSD", "sell", "1", leverage=2)
        long, short = client.private("OpenPositions", consolidation="market", docalcs="true").result

        # 6,004 / 5 + 3,002 / 2 of margin for 9,006
        assert long == {
            "pair": "XETHZUSD",
            "positions": "2",
            "type": "buy",
            "leverage": "3.33333",
            "cost": "9006.00000",
            "fee": "37.82520",
            "vol": "3.00000000",
            "vol_closed": "0.00000000",
            "margin": "2701.80000",
            "value": "9003.0",
            "net": "-3.0000",
        }
        assert (short["type"], short["positions"]) == ("sell", "1")
        assert "net" not in client.private("OpenPositions", consolidation="market").result[0]

    def test_none(self, client: Client) -> None:
        assert client.private("OpenPositions", consolidation="market").result == []
        assert client.private("OpenPositions", consolidation="side").errors == [
            "EGeneral:Invalid arguments:consolidation"
        ]


class TestClosing:
    def test_in_two_parts(self, exchange: Exchange, client: Client) -> None:
        opened = exchange.open_position("test", "ETHUSD", "buy", "2", leverage=5)
        exchange.set_ticker("ETHUSD", bid="3100", ask="3100")
        exchange.close_position("test", opened.txid, "0.5")
        position = position_of(client, opened.txid)

        # A quarter of 6,004 is left in 1,501 of cost; what is left gains 1.5 × 3,100 - 4,503.
        assert (position["vol_closed"], position["value"], position["net"]) == (
            "0.50000000",
            "4650.0",
            "+147.0000",
        )
        assert client.private("TradeBalance").result["m"] == "900.6000"
        exchange.close_position("test", opened.txid)

        assert client.private("OpenPositions").result == {}
        assert "ml" not in client.private("TradeBalance").result
        assert ledger(client, start=NOW - 1)[1:] == [
            ("margin", "ZUSD", "49.0000", "6.2000"),
            ("margin", "ZUSD", "147.0000", "18.6000"),
        ]

    def test_what_the_history_tells_of_it(self, exchange: Exchange, client: Client) -> None:
        opened = exchange.open_position("test", "ETHUSD", "sell", "2", leverage=2)
        closing = exchange.close_position("test", opened.txid)
        client.private("AddOrder", pair="XBTUSD", type="sell", ordertype="market", volume="0.1")
        trades = client.private("TradesHistory", trades="true").result["trades"]

        assert trades[closing.txid]["misc"] == "closing"
        assert (trades[closing.txid]["postxid"], trades[closing.txid]["type"]) == (opened.txid, "buy")
        told = trades[opened.txid]
        # Sold at 3,000, bought back at 3,002
        assert (told["posstatus"], told["cprice"], told["ccost"], told["cvol"], told["net"]) == (
            "closed",
            3002.0,
            6004.0,
            2.0,
            -4.0,
        )
        assert (told["cmargin"], told["trades"]) == (3002.0, [closing.txid])

        def kinds(kind: str) -> int:
            count: int = client.private("TradesHistory", type=kind).result["count"]
            return count

        assert [
            kinds(kind) for kind in ("all", "no position", "any position", "closed position", "closing position")
        ] == [3, 1, 2, 1, 1]
        exchange.clock.advance(60)
        assert client.private("TradesHistory", type="lost position").errors == ["EGeneral:Invalid arguments:type"]

    @pytest.mark.parametrize("volume", ["0", "-1", "2.00000001"])
    def test_no_such_part(self, exchange: Exchange, volume: str) -> None:
        opened = exchange.open_position("test", "ETHUSD", "buy", "2")

        with pytest.raises(ValueError, match=r"2 of the position is open, not"):
            exchange.close_position("test", opened.txid, volume)
        with pytest.raises(KeyError):
            exchange.close_position("test", "TAAAAA-AAAAA-AAAAAA")


class TestSettling:
    def test_what_was_bought_is_taken_over(self, exchange: Exchange, client: Client) -> None:
        opened = exchange.open_position("test", "ETHUSD", "buy", "2", leverage=5)
        exchange.settle_position("test", opened.txid)

        assert ledger(client)[1:] == [
            ("settled", "XETH", "2.0000000000", "0.0000000000"),
            ("settled", "ZUSD", "-6004.0000", "0.0000"),
        ]
        assert client.private("Balance").result["XETH"] == "2.0000000000"
        assert client.private("OpenPositions").result == {}

    def test_what_was_sold_is_handed_over(self, exchange: Exchange, client: Client) -> None:
        opened = exchange.open_position("test", "XBTUSD", "sell", "1", leverage=2)
        exchange.close_position("test", opened.txid, "0.25")
        exchange.settle_position("test", opened.txid)

        assert client.private("Balance").result["XXBT"] == "1.2500000000"
        assert ledger(client)[-1][2] == f"{opened.cost * 3 / 4:.4f}"


class TestHolding:
    def test_it_costs_every_four_hours(self, exchange: Exchange, client: Client) -> None:
        opened = exchange.open_position("test", "ETHUSD", "buy", "2", leverage=5)
        exchange.clock.advance(hours=12, minutes=1)
        rollovers = client.private("Ledgers", type="rollover").result["ledger"].values()

        # 0.02 % of 6,004
        assert [(line["amount"], line["fee"], line["refid"]) for line in rollovers] == [
            ("0.0000", "1.2008", opened.txid)
        ] * 3
        assert [line["time"] for line in rollovers] == [NOW + hours * HOUR for hours in (12, 8, 4)]
        assert position_of(client, opened.txid)["rollovertm"] == str(int(NOW) + 16 * HOUR)

    def test_a_month_of_it(self, exchange: Exchange, client: Client) -> None:
        exchange.open_position("test", "ETHUSD", "buy", "2", leverage=5)
        before = Decimal(client.private("Balance").result["ZUSD"])
        exchange.clock.advance(days=30)

        assert Decimal(client.private("Balance").result["ZUSD"]) == before - 180 * Decimal("1.2008")
        assert client.private("Ledgers", type="rollover").result["count"] == 180

    def test_what_it_cost_before_it_was_added_is_paid(self, exchange: Exchange, client: Client) -> None:
        old = Position(
            txid="TSAMPL-AAAAA-AAAAAA",
            ordertxid="OSAMPL-AAAAA-AAAAAA",
            pair="XETHZUSD",
            type="buy",
            time=NOW - 30 * DAY - HOUR,
            volume=Decimal(2),
            cost=Decimal(5000),
            fee=Decimal(20),
            leverage=5,
        )
        exchange.add_position("test", old)

        assert ledger(client) == []
        assert position_of(client, old.txid)["net"] == "+1002.0000"
        exchange.clock.advance(hours=3, seconds=1)
        assert ledger(client) == [("rollover", "ZUSD", "0.0000", "1.0000")]

    def test_it_may_cost_nothing(self, exchange: Exchange, client: Client) -> None:
        opened = exchange.open_position("test", "ETHUSD", "buy", "2")
        opened.rollover = Decimal(0)
        exchange.clock.advance(days=30)

        assert client.private("Ledgers", type="rollover").result["count"] == 0
        assert position_of(client, opened.txid)["terms"] == "0.0000% per 4 hours"

    def test_of_a_pair_that_is_gone(self, exchange: Exchange, client: Client) -> None:
        opened = exchange.open_position("test", "ETHUSD", "buy", "2")
        exchange.delist_pair("ETHUSD")

        assert position_of(client, opened.txid)["value"] == "6002.0"
        assert client.private("TradeBalance").errors == []
