"""What came and went is worth its price at its time, as it was found; or nobody knows what it was worth."""

from __future__ import annotations

import json
import urllib.request
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from kraken_accounts.history.ledger_model import ValuedEntry
from kraken_sandbox import Fault, FaultKind, PastEntry, PastTrade

from ..support import mostly_soak
from .floor import Floor, ago


def came(asset: str, amount: str = "2", **time: float) -> PastEntry:
    return PastEntry("deposit", asset, Decimal(amount), ago(**time), refid=f"QSMPLE-{asset}")


def of(found: list[ValuedEntry], asset: str) -> ValuedEntry:
    """The deposit of that code that the test has made, and no other."""
    (one,) = [valued for valued in found if valued.entry.refid == f"QSMPLE-{asset}"]
    return one


def price_of(valued: ValuedEntry) -> Decimal:
    assert valued.price is not None
    return valued.price.price


def candle(floor: Floor, pair: str, minutes: int, at: datetime) -> list[Any]:
    """What the exchange says of that time, as anybody may ask it."""
    url = f"{floor.env['KRAKEN_API_URL']}/0/public/OHLC?pair={pair}&interval={minutes}"
    with urllib.request.urlopen(url) as answer:
        result = json.load(answer)["result"]
    (candles,) = [listed for name, listed in result.items() if name != "last"]
    length = 60 * minutes
    (found,) = [one for one in candles if one[0] == int(at.timestamp()) // length * length]
    assert isinstance(found, list)
    return found


def average(floor: Floor, pair: str, minutes: int, at: datetime) -> Decimal:
    return Decimal(candle(floor, pair, minutes, at)[5])


def test_what_is_in_the_quote_currency_needs_no_price(floor: Floor) -> None:
    floor.open(came("ZUSD", hours=1))

    floor.check()

    valued = of(floor.valued(), "ZUSD")
    assert price_of(valued) == 1
    assert (valued.value, valued.fee_value) == (Decimal(2), Decimal(0))
    assert floor.asked("OHLC") == []


def test_the_price_of_a_check_that_was_near_is_taken_and_the_nearest_of_them(floor: Floor) -> None:
    floor.open(came("XXBT", hours=1))
    moment = datetime.now(UTC) - timedelta(hours=1)
    floor.checked(moment - timedelta(minutes=14), BTC="50000")
    floor.checked(moment + timedelta(minutes=12), BTC="60000.5")

    floor.check()

    valued = of(floor.valued(), "XXBT")
    assert (price_of(valued), valued.value) == (Decimal("60000.5"), Decimal("120001"))
    assert valued.price is not None
    assert abs(valued.price.at - moment - timedelta(minutes=12)) < timedelta(seconds=1)
    # Only what the exchange has taken out in the end was near to no check.
    assert len(floor.asked("OHLC")) == 1


def test_otherwise_that_of_the_candle_it_is_in(floor: Floor) -> None:
    floor.open(came("XXBT", hours=1))
    floor.checked(datetime.now(UTC) - timedelta(hours=1, minutes=16), BTC="50000")

    floor.check()

    valued = of(floor.valued(), "XXBT")
    assert price_of(valued) == average(floor, "XXBTZUSD", 1, valued.entry.at)
    assert valued.price is not None
    assert abs(valued.price.at - valued.entry.at) <= timedelta(seconds=30)


@pytest.mark.parametrize(
    ("age", "minutes"),
    mostly_soak(
        (
            ({"hours": 11}, 1),
            ({"hours": 13}, 5),
            ({"days": 3}, 15),
            ({"days": 9}, 30),
            ({"days": 20}, 60),
            ({"days": 29.5}, 240),
        ),
        2,
    ),
)
def test_the_older_it_is_the_longer_is_the_candle(floor: Floor, age: dict[str, float], minutes: int) -> None:
    """Kraken has 720 of each length."""
    floor.open(came("XXBT", "2", **age))

    floor.check()

    valued = of(floor.valued(), "XXBT")
    assert {one["interval"] for one in floor.asked("OHLC")} >= {str(minutes)}
    assert price_of(valued) == average(floor, "XXBTZUSD", minutes, valued.entry.at)


def test_where_nothing_was_traded_the_price_before_stands(floor: Floor) -> None:
    floor.open(came("XXBT", hours=1))
    moment = int(ago(hours=1)) // 60 * 60
    row = [moment, "1", "2", "3", "54321.5", "0.0", "0.00000000", 0]
    body = json.dumps({"error": [], "result": {"XXBTZUSD": [row], "last": moment}})
    floor.exchange.faults.add(Fault(FaultKind.BODY, "OHLC", times=None, text=body))

    floor.check()

    assert price_of(of(floor.valued(), "XXBT")) == Decimal("54321.5")


def test_a_way_through_two_markets_and_one_that_is_the_other_way_round(floor: Floor) -> None:
    floor.open(came("XREP", hours=1), came("ZJPY", hours=1))

    floor.check()

    found = floor.valued()
    repute, yen = of(found, "XREP"), of(found, "ZJPY")
    euros = average(floor, "XREPZEUR", 1, repute.entry.at)
    assert price_of(repute) == euros * average(floor, "ZEURZUSD", 1, repute.entry.at)
    yens = average(floor, "ZUSDZJPY", 1, yen.entry.at)
    assert abs(price_of(yen) * yens - 1) < Decimal("1e-20")


def test_a_staked_code_is_worth_what_its_asset_is(floor: Floor) -> None:
    floor.open(PastEntry("staking", "DOT28.S", Decimal(3), ago(hours=1), refid="QSMPLE-DOT28.S"))

    floor.check()

    valued = of(floor.valued(), "DOT28.S")
    assert price_of(valued) == average(floor, "DOTUSD", 1, valued.entry.at)


def test_what_was_looked_up_is_looked_up_once_and_outlives_the_checks(floor: Floor) -> None:
    floor.open(came("XXBT", hours=1), came("XETH", hours=3))
    near = datetime.now(UTC) - timedelta(hours=1)
    floor.checked(near, BTC="61000")
    floor.check()
    asked = len(floor.asked("OHLC"))
    before = floor.valued()

    floor.history.prune(datetime.now(UTC) + timedelta(days=1))
    floor.check()

    assert floor.valued() == before
    assert price_of(of(before, "XXBT")) == 61000
    assert len(floor.asked("OHLC")) == asked


def test_another_currency_has_prices_of_its_own(floor: Floor) -> None:
    floor.open(came("XXBT", hours=1), came("ZUSD", hours=1))

    floor.check("--quote", "EUR")

    assert of(floor.valued(), "XXBT").price is None
    found = floor.valued(quote="EUR")
    assert price_of(of(found, "XXBT")) == average(floor, "XXBTZEUR", 1, of(found, "XXBT").entry.at)
    assert abs(price_of(of(found, "ZUSD")) - Decimal("0.92")) < Decimal("0.05")


def test_a_market_that_does_not_answer_leaves_it_unknown_until_one_does(floor: Floor) -> None:
    floor.open(came("XXBT", hours=1))
    floor.exchange.faults.add(Fault(FaultKind.ERROR, "OHLC", text="EService:Market in cancel_only mode"))

    floor.check()
    first = of(floor.valued(), "XXBT")
    floor.check()

    assert first.price is None
    assert (first.value, first.fee_value) == (None, Decimal(0))
    assert price_of(of(floor.valued(), "XXBT")) > 0


@pytest.mark.parametrize(
    "body",
    mostly_soak(
        (
            "[]",
            '{"error": [], "result": {"last": 1}}',
            '{"error": [], "result": {"XXBTZUSD": [[1, 2]], "last": 1}}',
            '{"error": [], "result": {"XXBTZUSD": [["now", "1", "1", "1", "1", "1", "1", 1]], "last": 1}}',
            '{"error": [], "result": {"XXBTZUSD": [[0, "1", "1", "1", "NaN", "1", "1", 1]], "last": 1}}',
            '{"error": [], "result": {"XXBTZUSD": {}, "XETHZUSD": [], "last": 1}}',
        ),
        2,
    ),
)
def test_candles_that_cannot_be_are_none(floor: Floor, body: str) -> None:
    floor.open(came("XXBT", hours=1))
    floor.exchange.faults.add(Fault(FaultKind.BODY, "OHLC", times=None, text=body))

    report = floor.check()

    assert report["accounts"][1]["status"] == "trading"
    assert of(floor.valued(), "XXBT").price is None


def test_what_has_no_market_has_no_price_and_nobody_asks_for_it(floor: Floor) -> None:
    floor.open(came("XRT", hours=1))

    floor.check()

    assert of(floor.valued(), "XRT").price is None
    assert floor.asked("OHLC") == []


def test_fee_credits_are_never_priced(floor: Floor) -> None:
    floor.open(came("KFEE", hours=1))

    floor.check()

    assert of(floor.valued(), "KFEE").price is None
    assert floor.asked("OHLC") == []


def test_trades_need_the_price_of_their_fees_alone(floor: Floor) -> None:
    """Fees in dollars need none."""
    floor.open(PastTrade("XBTUSD", "buy", Decimal("0.001"), Decimal(60000), ago(hours=2)))
    floor.check()
    assert {one["pair"] for one in floor.asked("OHLC")} == {"XXBTZUSD"}  # of what was withdrawn in the end
    trades = [valued for valued in floor.valued() if valued.entry.type == "trade"]
    assert {valued.entry.asset for valued in trades if valued.price is None} == {"BTC"}
    assert [valued.fee_value for valued in trades if valued.entry.asset == "BTC"] == [0]

    floor.exchange.book("alpha", PastEntry("trade", "XETH", Decimal("0.5"), ago(seconds=0), fee=Decimal("0.01")))
    floor.checked(datetime.now(UTC), ETH="3000")
    floor.check()

    (ether,) = [valued for valued in floor.valued() if valued.entry.asset == "ETH"]
    assert ether.fee_value == Decimal("30")


def test_questions_are_few_however_much_came(floor: Floor) -> None:
    floor.open(*[PastEntry("deposit", "XXBT", Decimal(1), ago(minutes=20 + 7 * number)) for number in range(90)])

    floor.check()
    floor.check()

    assert len(floor.asked("OHLC")) <= 3
    assert [valued for valued in floor.valued() if valued.price is None] == []
