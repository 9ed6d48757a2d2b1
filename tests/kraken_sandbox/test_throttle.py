"""The limit on how fast an address may ask, as a client of plain HTTP sees it."""

import math
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from kraken_sandbox import AddressThrottle, Exchange, Fault, FaultKind, Refusal

from .support import KEY, NOW, Answer, Client, ManualClock


def went_through(answer: Answer) -> bool:
    return answer.status == 200 and b"unixtime" in answer.body


def until_refused(client: Client) -> tuple[int, Answer]:
    """How many requests went through before one did not, and the reply to that one."""
    for number in range(1000):
        answer = client.public("Time")
        if not went_through(answer):
            return number, answer
    raise AssertionError("never refused")


def refused(exchange: Exchange, client: Client, form: Refusal) -> Answer:
    """What is said to the second request, half a second before it would go through."""
    exchange.throttle = AddressThrottle(2, 1, form)
    return until_refused(client)[1]


class TestForms:
    def test_the_page_of_error_1015(self, exchange: Exchange, client: Client) -> None:
        answer = refused(exchange, client, Refusal.HTTP_429)

        assert (answer.status, answer.headers["Content-Type"]) == (429, "text/html; charset=UTF-8")
        assert "Retry-After" not in answer.headers
        words = re.sub(r"<[^>]*>", "", answer.body.decode())
        assert "Error 1015\nYou are being rate limited\n" in words

    def test_the_same_with_the_seconds_to_wait(self, exchange: Exchange, client: Client) -> None:
        answer = refused(exchange, client, Refusal.HTTP_429_RETRY_AFTER)

        assert (answer.status, answer.headers["Retry-After"]) == (429, "1")
        assert b"You are being rate limited" in answer.body

    def test_as_json(self, exchange: Exchange, client: Client) -> None:
        answer = refused(exchange, client, Refusal.HTTP_429_JSON)

        assert (answer.status, answer.headers["Content-Type"]) == (429, "application/json")
        assert answer.headers["Retry-After"] == "1"
        assert answer.document.items() >= {"status": 429, "error_code": 1015, "retry_after": 1}.items()

    def test_too_many_requests(self, exchange: Exchange, client: Client) -> None:
        answer = refused(exchange, client, Refusal.TOO_MANY_REQUESTS)

        assert (answer.status, answer.body) == (200, b'{"error":["EGeneral:Too many requests"]}')

    def test_throttled(self, exchange: Exchange, client: Client) -> None:
        answer = refused(exchange, client, Refusal.THROTTLED)

        assert (answer.status, answer.document) == (200, {"error": [f"EService:Throttled: {int(NOW) + 1}"]})

    @pytest.mark.parametrize("form", [Refusal.HTTP_429_RETRY_AFTER, Refusal.HTTP_429_JSON, Refusal.THROTTLED])
    @pytest.mark.parametrize("rate", ["0.3", "7"])
    def test_after_the_time_that_is_named_a_request_goes_through(
        self, exchange: Exchange, clock: ManualClock, client: Client, form: Refusal, rate: str
    ) -> None:
        exchange.throttle = AddressThrottle(Decimal(rate), 5, form)
        clock.advance(0.4)
        _, answer = until_refused(client)
        named = answer.headers.get("Retry-After") or math.ceil(int(answer.errors[0].split()[-1]) - clock())

        clock.advance(float(named))
        assert went_through(client.public("Time"))


class TestRate:
    def test_so_many_at_once_and_then_so_many_a_second(
        self, exchange: Exchange, clock: ManualClock, client: Client
    ) -> None:
        exchange.throttle = AddressThrottle(20, 30)

        assert until_refused(client)[0] == 30
        clock.advance(0.05)
        assert until_refused(client)[0] == 1
        clock.advance(1)
        assert until_refused(client)[0] == 20
        clock.advance(3600)
        assert until_refused(client)[0] == 30

    @pytest.mark.parametrize(("rate", "burst"), [(20, 20), (Decimal("2.5"), 3), (0.2, 1)])
    def test_without_a_burst_it_is_what_comes_back_in_a_second(
        self, exchange: Exchange, client: Client, rate: float | Decimal, burst: int
    ) -> None:
        exchange.throttle = AddressThrottle(rate)

        assert until_refused(client)[0] == burst

    def test_public_and_private_requests_count_alike(self, exchange: Exchange, client: Client) -> None:
        exchange.throttle = AddressThrottle(1, 2, Refusal.TOO_MANY_REQUESTS)

        assert client.public("Time").errors == []
        assert client.private("BalanceEx").errors == []
        assert client.private("BalanceEx").errors == ["EGeneral:Too many requests"]
        assert client.public("Time").errors == ["EGeneral:Too many requests"]

    def test_keys_and_connections_share_what_their_address_may_do(
        self, exchange: Exchange, new_client: Callable[..., Client]
    ) -> None:
        exchange.throttle = AddressThrottle(1, 2)

        assert [went_through(new_client().public("Time")) for _ in range(3)] == [True, True, False]

    def test_each_address_has_its_own(self, exchange: Exchange, new_client: Callable[..., Client]) -> None:
        exchange.throttle = AddressThrottle(1, 2)
        here, there = new_client(), new_client(source="127.0.0.2")

        assert until_refused(here)[0] == 2
        assert until_refused(there)[0] == 2

    def test_a_clock_that_was_set_back_gives_nothing(
        self, exchange: Exchange, clock: ManualClock, client: Client
    ) -> None:
        exchange.throttle = AddressThrottle(1, 2)
        until_refused(client)
        clock.advance(-3600)

        assert until_refused(client)[0] == 0
        clock.advance(1)
        assert until_refused(client)[0] == 1

    def test_many_at_once(self, exchange: Exchange, new_client: Callable[..., Client]) -> None:
        exchange.throttle = throttle = AddressThrottle(1, 40)
        clients = [new_client() for _ in range(8)]

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda client: [client.public("Time") for _ in range(10)], clients))
        assert (throttle.allowed, throttle.refused) == (40, 40)

    @pytest.mark.parametrize("rate", [0, -1, math.nan, math.inf, Decimal(0)])
    def test_a_rate_that_is_none(self, rate: float | Decimal) -> None:
        with pytest.raises(ValueError, match="a rate is a number of requests a second above 0"):
            AddressThrottle(rate)

    def test_a_burst_that_is_none(self) -> None:
        with pytest.raises(ValueError, match="a burst is a number of requests, at least 1, not 0"):
            AddressThrottle(20, 0)


class TestCallingOn:
    def test_costs_nothing(self, exchange: Exchange, clock: ManualClock, client: Client) -> None:
        exchange.throttle = AddressThrottle(1, 5)
        until_refused(client)
        for _ in range(20):
            client.public("Time")

        clock.advance(1)
        assert until_refused(client)[0] == 1

    def test_makes_it_last_longer_where_refused_requests_count(
        self, exchange: Exchange, clock: ManualClock, client: Client
    ) -> None:
        exchange.throttle = AddressThrottle(1, 5, Refusal.HTTP_429_RETRY_AFTER, counts_refused=True)
        _, answer = until_refused(client)
        assert answer.headers["Retry-After"] == "2"
        for _ in range(20):
            answer = client.public("Time")

        # No more than a bucket's worth of debt, and one token for the request itself.
        assert answer.headers["Retry-After"] == "6"
        clock.advance(5.9)
        assert client.public("Time").status == 429
        clock.advance(6)
        assert went_through(client.public("Time"))


class TestPlace:
    """It stands in front of the exchange: what it refuses never gets there."""

    def test_nothing_of_a_refused_request_arrives(self, exchange: Exchange, client: Client) -> None:
        exchange.throttle = AddressThrottle(1, 1)
        exchange.faults.add(Fault(FaultKind.ERROR, "AddOrder", text="EService:Busy"))
        client.public("Time")

        order = {"pair": "XBTUSD", "type": "buy", "ordertype": "market", "volume": "0.5"}
        assert client.private("AddOrder", nonce=5_000_000_000, **order).status == 429
        assert client.send("GET", "/0/public/Time", user_agent="").status == 429
        assert [request.endpoint for request in exchange.requests] == ["Time"]
        assert exchange.state.accounts["test"].trades == {}

        exchange.throttle = None
        # The fault waits for its call still, and so does the nonce.
        assert client.private("AddOrder", **order).errors == ["EService:Busy"]
        assert client.private("BalanceEx").errors == []

    def test_the_record(self, exchange: Exchange, clock: ManualClock, client: Client) -> None:
        exchange.throttle = throttle = AddressThrottle(1, 1)
        client.public("Time")
        clock.advance(0.5)
        client.private("BalanceEx")

        assert (throttle.allowed, throttle.refused) == (1, 1)
        assert [
            (request.time, request.address, request.endpoint, request.key, request.refused)
            for request in throttle.requests
        ] == [(NOW, "127.0.0.1", "Time", None, False), (NOW + 0.5, "127.0.0.1", "BalanceEx", KEY, True)]
