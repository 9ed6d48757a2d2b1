"""The exchange's clock: it can be set, and all that the exchange says of a time goes by it."""

import time
from email.utils import parsedate_to_datetime

import pytest

from kraken_sandbox import (
    AddressThrottle,
    Exchange,
    Fault,
    FaultKind,
    Refusal,
    SandboxServer,
    SettableClock,
    SimulatedAccount,
)

from .support import KEY, NOW, Client, ManualClock, api_key, holdings

DAY = 86400
MONTH = 30 * DAY


class TestClock:
    def test_runs_with_another_one(self) -> None:
        base = ManualClock()
        clock = SettableClock(base)
        assert (clock(), clock.is_set) == (NOW, False)

        base.advance(0.1)
        assert clock() == base()

    def test_goes_on_from_where_it_was_set(self) -> None:
        base = ManualClock()
        clock = SettableClock(base)
        clock.set(1000)
        assert (clock(), clock.is_set) == (1000, True)

        base.advance(5)
        clock.advance(1, minutes=2, hours=3, days=4)
        assert clock() == 1000 + 5 + 1 + 120 + 3 * 3600 + 4 * DAY

    def test_back_as_well(self) -> None:
        clock = SettableClock(ManualClock())
        clock.advance(-60)
        assert clock() == NOW - 60

    def test_faster_than_another_one(self) -> None:
        base = ManualClock()
        clock = SettableClock(base, start=1000, speed=3600)
        base.advance(2)
        assert clock() == 1000 + 7200

        clock.advance(days=1)
        base.advance(1)
        assert clock() == 1000 + 3 * 3600 + DAY

    def test_stops_at_the_end_of_time(self) -> None:
        base = ManualClock()
        clock = SettableClock(base, speed=1e300)
        base.advance(1)

        assert clock() == 253_402_300_799

    @pytest.mark.parametrize("moment", [-1, 253_402_300_800, float("nan"), float("inf")])
    def test_no_time(self, moment: float) -> None:
        clock = SettableClock(ManualClock())
        for action in (clock.set, clock.advance, lambda at: SettableClock(time.time, start=at)):
            with pytest.raises(ValueError, match="a time is one from 1970 to 9999 in unix seconds"):
                action(moment - NOW if action == clock.advance else moment)
        assert clock() == NOW

    @pytest.mark.parametrize("speed", [0, -1, float("nan"), float("inf")])
    def test_no_speed(self, speed: float) -> None:
        with pytest.raises(ValueError, match="a clock's speed is a number above 0"):
            SettableClock(time.time, speed=speed)


class TestOneClockForAll:
    def test_time_status_and_the_header_agree(self, exchange: Exchange, client: Client) -> None:
        exchange.clock.advance(days=30)
        answer = client.public("Time")

        assert answer.result["unixtime"] == NOW + MONTH
        assert parsedate_to_datetime(answer.headers["Date"]).timestamp() == NOW + MONTH
        assert client.public("SystemStatus").result["timestamp"] == "2027-02-14T08:00:00Z"
        assert exchange.requests[-1].time == NOW + MONTH

    def test_orders_trades_and_entries(self, exchange: Exchange, client: Client) -> None:
        exchange.clock.advance(days=30)
        client.private("AddOrder", pair="XBTUSD", type="sell", ordertype="market", volume="0.1")
        (trade,) = client.private("TradesHistory").result["trades"].values()
        (order,) = client.private("ClosedOrders").result["closed"].values()
        newest = next(iter(client.private("Ledgers").result["ledger"].values()))

        assert trade["time"] == order["opentm"] == order["closetm"] == newest["time"] == NOW + MONTH

    def test_keys_expire(self, exchange: Exchange, client: Client) -> None:
        exchange.replace_key(KEY, valid_until=int(NOW) + 20 * DAY)
        exchange.clock.advance(days=19)
        assert client.private("Balance").errors == []

        exchange.clock.advance(days=1)
        assert client.private("Balance").errors == ["EAPI:Invalid key"]

    def test_counters_and_throttles_pass(self, exchange: Exchange, client: Client) -> None:
        while client.private("Balance").errors == []:
            pass
        exchange.clock.advance(60)
        assert client.private("Balance").errors == []

        exchange.throttle_key(KEY, 3600)
        assert client.private("Balance").errors == [f"EService:Throttled: {int(NOW) + 60 + 3600}"]
        exchange.clock.advance(hours=1)
        assert client.private("Balance").errors == []

        exchange.throttle = AddressThrottle(1, burst=1, form=Refusal.TOO_MANY_REQUESTS)
        assert [client.public("Time").errors for _ in range(2)] == [[], ["EGeneral:Too many requests"]]
        exchange.clock.advance(1)
        assert client.public("Time").errors == []

    def test_nonces_are_only_compared_with_each_other(self, exchange: Exchange, client: Client) -> None:
        assert client.private("Balance", nonce=10**18).errors == []
        exchange.clock.advance(days=-365)
        assert client.private("Balance", nonce=10**18 + 1).errors == []
        exchange.clock.advance(days=3650)
        assert client.private("Balance", nonce=10**18 + 1).errors == ["EAPI:Invalid nonce"]

    def test_what_delays_a_reply_takes_real_time(self, exchange: Exchange, client: Client) -> None:
        exchange.faults.add(Fault(FaultKind.LATENCY, "Time", seconds=0.2))
        before = time.monotonic()
        client.public("Time")

        assert time.monotonic() - before >= 0.2

    def test_a_clock_that_runs_fast(self, server: SandboxServer, client: Client) -> None:
        base = ManualClock()
        server.exchange = exchange = Exchange(clock=SettableClock(base, start=1_000_000, speed=3600))
        exchange.add_account(SimulatedAccount("test", "AA00", holdings(ZUSD="1")))
        exchange.add_key("test", api_key())
        exchange.open_position("test", "ETHUSD", "buy", "1")
        base.advance(12)

        assert client.public("Time").result["unixtime"] == 1_000_000 + 12 * 3600
        assert client.private("Ledgers", type="rollover").result["count"] == 3

    def test_back_in_time_nothing_happens_twice(self, exchange: Exchange, client: Client) -> None:
        exchange.open_position("test", "ETHUSD", "buy", "1")
        exchange.clock.advance(hours=8)
        assert client.private("Ledgers", type="rollover").result["count"] == 2
        exchange.clock.advance(hours=-6)
        client.private("Balance")
        exchange.clock.advance(hours=6)
        assert client.private("Ledgers", type="rollover").result["count"] == 2
