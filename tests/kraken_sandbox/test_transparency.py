"""PreTrade and PostTrade: the book and the trades, as European law has them told."""

import pytest

from kraken_sandbox import Exchange

from .support import NOW, Client


def test_before_trading(client: Client) -> None:
    book = client.public("PreTrade", symbol="BTC/USD").result
    depth = client.public("Depth", pair="XBTUSD", count="10").result["XXBTZUSD"]

    assert (book["symbol"], book["base_asset"], book["quote_asset"]) == ("BTC/USD", "BTC", "USD")
    for side, name in (("bids", "BUY"), ("asks", "SELL")):
        assert {level["side"] for level in book[side]} == {name}
        assert [float(level["price"]) for level in book[side]] == [float(level[0]) for level in depth[side]]
    assert book["bids"][0]["submission_ts"] == "2027-01-15T08:00:00.000000Z"


def test_after_trading(client: Client) -> None:
    result = client.public("PostTrade", symbol="BTC/USD", count="20").result
    trades = client.public("Trades", pair="XBTUSD").result["XXBTZUSD"][-20:]

    assert result["count"] == len(result["trades"]) == 20
    assert [float(trade["price"]) for trade in result["trades"]] == [float(trade[0]) for trade in trades]
    assert result["last_ts"] == result["trades"][-1]["trade_ts"] <= "2027-01-15T08:00:00.000000Z"

    middle = result["trades"][9]["trade_ts"]
    later = client.public("PostTrade", symbol="BTC/USD", from_ts=middle, count="5").result["trades"]
    assert [trade["trade_id"] for trade in later] == [trade["trade_id"] for trade in result["trades"][10:15]]
    earlier = client.public("PostTrade", symbol="BTC/USD", to_ts=middle).result
    assert (earlier["last_ts"], earlier["count"]) == (middle, 1000)
    between = client.public("PostTrade", symbol="BTC/USD", from_ts=middle, to_ts=later[-1]["trade_ts"])
    assert between.result["trades"] == later
    long_ago = client.public("PostTrade", symbol="BTC/USD", to_ts="2027-01-10T00:00:00+02:00", count="7").result
    assert (long_ago["count"], long_ago["last_ts"][:13]) == (7, "2027-01-09T21")


def test_of_all_pairs(exchange: Exchange, client: Client) -> None:
    result = client.public("PostTrade").result

    assert result["count"] == 1000
    assert len({trade["symbol"] for trade in result["trades"]}) > len(exchange.state.market.pairs) / 2


def test_nothing_after_now(client: Client) -> None:
    for nothing in ({"from_ts": "2030-01-01T00:00:00Z"}, {"to_ts": "0001-01-01T00:00:00Z"}):
        result = client.public("PostTrade", symbol="BTC/USD", **nothing).result
        assert result == {"last_ts": "", "count": 0, "trades": []}


@pytest.mark.parametrize(
    ("endpoint", "asked", "error"),
    [
        ("PreTrade", {}, "EGeneral:Invalid arguments:symbol"),
        ("PreTrade", {"symbol": "NO/SUCH"}, "EQuery:Unknown asset pair"),
        ("PostTrade", {"symbol": "NO/SUCH"}, "EQuery:Unknown asset pair"),
        ("PostTrade", {"count": "0"}, "EGeneral:Invalid arguments:count"),
        ("PostTrade", {"count": "1001"}, "EGeneral:Invalid arguments:count"),
        ("PostTrade", {"count": "x"}, "EGeneral:Invalid arguments:count"),
        ("PostTrade", {"from_ts": "yesterday"}, "EGeneral:Invalid arguments:from_ts"),
        ("PostTrade", {"from_ts": "2027-01-15T08:00:00"}, "EGeneral:Invalid arguments:from_ts"),
        ("PostTrade", {"to_ts": str(NOW)}, "EGeneral:Invalid arguments:to_ts"),
        ("PostTrade", {"to_ts": "soon"}, "EGeneral:Invalid arguments:to_ts"),
    ],
)
def test_refused(client: Client, endpoint: str, asked: dict[str, str], error: str) -> None:
    assert client.public(endpoint, **asked).errors == [error]
