"""Faults on demand, as a client of plain HTTP sees them."""

import http.client
import json
from decimal import Decimal
from typing import Any

import pytest

from kraken_sandbox import Exchange, Fault, FaultKind, SandboxServer

from .support import KEY, Client, api_key

BUY = {"pair": "XBTUSD", "type": "buy", "ordertype": "market", "volume": "0.5"}


class TestKinds:
    @pytest.mark.parametrize(
        "text",
        [
            "EService:Busy",
            "EService:Unavailable",
            "EService:Deadline elapsed",
            "EService:Throttled: 1800000060",
            "EService: Throttled: 1800000060",
            "EGeneral:Internal error",
            "EGeneral:Too many requests",
            "EAuth:Account temporary disabled",
            "EAccount:Invalid permissions",
        ],
    )
    def test_error(self, exchange: Exchange, client: Client, text: str) -> None:
        exchange.faults.add(Fault(FaultKind.ERROR, "BalanceEx", text=text))

        assert client.private("BalanceEx").document == {"error": [text]}
        assert client.private("BalanceEx").errors == []

    @pytest.mark.parametrize("status", [200, 403, 429, 500, 502, 503, 520])
    def test_html(self, exchange: Exchange, client: Client, status: int) -> None:
        exchange.faults.add(Fault(FaultKind.HTML, status=status))
        answer = client.public("Time")

        assert (answer.status, answer.headers["Content-Type"]) == (status, "text/html; charset=UTF-8")
        assert answer.body.startswith(b"<html>")
        assert client.public("Time").errors == []

    def test_html_of_ones_own(self, exchange: Exchange, client: Client) -> None:
        exchange.faults.add(Fault(FaultKind.HTML, status=520, text="<p>Web server is returning an unknown error"))

        assert client.public("Time").body == b"<p>Web server is returning an unknown error"

    @pytest.mark.parametrize("text", ["", "{", "null", "[]", '{"error":[]}', '{"result":{}}', "\x00"])
    def test_body(self, exchange: Exchange, client: Client, text: str) -> None:
        exchange.faults.add(Fault(FaultKind.BODY, "BalanceEx", text=text))
        answer = client.private("BalanceEx")

        assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
        assert answer.body == text.encode()

    def test_warnings_beside_a_result(self, exchange: Exchange, client: Client) -> None:
        text = '{"error":["WGeneral:Sample warning"],"result":{"XXBT":"1.0000000000"}}'
        exchange.faults.add(Fault(FaultKind.BODY, "Balance", text=text))

        assert client.private("Balance").document == json.loads(text)

    def test_drop(self, exchange: Exchange, client: Client) -> None:
        exchange.faults.add(Fault(FaultKind.DROP, "AddOrder"))
        with pytest.raises(http.client.RemoteDisconnected):
            client.private("AddOrder", **BUY)

        assert exchange.state.accounts["test"].trades == {}

    def test_lost(self, exchange: Exchange, client: Client) -> None:
        exchange.faults.add(Fault(FaultKind.LOST, "AddOrder"))
        with pytest.raises(http.client.RemoteDisconnected):
            client.private("AddOrder", **BUY, cl_ord_id="mine-1")

        (order,) = client.private("QueryOrders", cl_ord_id="mine-1").result.values()
        assert order["status"] == "closed"
        assert exchange.state.accounts["test"].balances["XXBT"].amount == Decimal("2.5")

    def test_truncate(self, exchange: Exchange, client: Client) -> None:
        exchange.faults.add(Fault(FaultKind.TRUNCATE, "AssetPairs"))
        with pytest.raises(http.client.IncompleteRead) as caught:
            client.public("AssetPairs")

        client.close()
        whole = client.public("AssetPairs").body
        assert caught.value.partial == whole[: len(whole) // 2]

    def test_latency(self, exchange: Exchange, client: Client) -> None:
        exchange.faults.add(Fault(FaultKind.LATENCY, "AddOrder", seconds=30))
        client.connection.timeout = 1
        with pytest.raises(TimeoutError):
            client.private("AddOrder", **BUY)

        assert len(exchange.state.accounts["test"].trades) == 1

    def test_latency_ends(self, exchange: Exchange, client: Client) -> None:
        exchange.faults.add(Fault(FaultKind.LATENCY, "Time", seconds=0.01))

        assert client.public("Time").errors == []

    def test_drip(self, exchange: Exchange, client: Client) -> None:
        exchange.faults.add(Fault(FaultKind.DRIP, "Time", seconds=0.0001))

        assert client.public("Time").result.keys() == {"unixtime", "rfc1123"}

    def test_drip_outlasts_a_timeout_of_each_byte(self, exchange: Exchange, client: Client) -> None:
        exchange.faults.add(Fault(FaultKind.DRIP, "Time", seconds=30))
        client.connection.timeout = 0.2
        with pytest.raises(TimeoutError):
            client.public("Time")

    def test_the_server_stops_at_once_all_the_same(self, exchange: Exchange) -> None:
        exchange.faults.add(Fault(FaultKind.LATENCY, "Time", seconds=3600))
        with SandboxServer(exchange) as server:
            client = Client(server.url)
            client.connection.timeout = 0.2
            with pytest.raises(TimeoutError):
                client.public("Time")
            client.close()


class TestWhichCalls:
    def results(self, client: Client, count: int = 6, name: str = "BalanceEx") -> str:
        """One letter a call: whether it went well or struck a fault."""
        return "".join("x" if client.private(name).errors else "." for _ in range(count))

    def test_the_first_one(self, exchange: Exchange, client: Client) -> None:
        exchange.faults.add(Fault(FaultKind.ERROR, text="EService:Busy"))

        assert self.results(client) == "x....."

    def test_the_nth_and_some_more(self, exchange: Exchange, client: Client) -> None:
        exchange.faults.add(Fault(FaultKind.ERROR, nth=3, times=2, text="EService:Busy"))

        assert self.results(client) == "..xx.."

    def test_for_ever_until_cleared(self, exchange: Exchange, client: Client) -> None:
        exchange.faults.add(Fault(FaultKind.ERROR, nth=2, times=None, text="EService:Busy"))
        assert self.results(client) == ".xxxxx"
        exchange.faults.clear()

        assert self.results(client) == "......"

    def test_of_one_endpoint(self, exchange: Exchange, client: Client) -> None:
        exchange.faults.add(Fault(FaultKind.ERROR, "BalanceEx", times=None, text="EService:Busy"))

        assert self.results(client, 2, "Balance") == ".."
        assert self.results(client, 2, "BalanceEx") == "xx"

    def test_of_one_key(self, exchange: Exchange, client: Client) -> None:
        exchange.add_key("test", api_key("SECOND-sample-key"))
        exchange.faults.add(Fault(FaultKind.ERROR, key=KEY, times=None, text="EService:Busy"))
        assert self.results(client, 2) == "xx"

        client.key = "SECOND-sample-key"
        assert self.results(client, 2) == ".."
        assert client.public("Time").errors == []

    def test_of_several_the_one_added_first(self, exchange: Exchange, client: Client) -> None:
        exchange.faults.add(Fault(FaultKind.ERROR, text="EService:Busy"))
        exchange.faults.add(Fault(FaultKind.ERROR, times=2, text="EService:Unavailable"))

        assert [client.private("Balance").errors for _ in range(3)] == [
            ["EService:Busy"],
            ["EService:Unavailable"],
            [],
        ]


@pytest.mark.parametrize(
    "settings",
    [{"nth": 0}, {"times": 0}, {"seconds": -1}, {"kind": FaultKind.ERROR}],
)
def test_nonsense(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Fault(**({"kind": FaultKind.DROP} | settings))


def test_the_log_tells_them(exchange: Exchange, client: Client) -> None:
    exchange.faults.add(Fault(FaultKind.ERROR, "Time", text="EService:Busy"))
    exchange.faults.add(Fault(FaultKind.DRIP, "SystemStatus", seconds=0))
    exchange.faults.add(Fault(FaultKind.DROP, "AddOrder"))
    for name in ("Time", "SystemStatus", "Assets"):
        json.loads(client.public(name).body)
    with pytest.raises(http.client.RemoteDisconnected):
        client.private("AddOrder", **BUY)

    assert [(request.fault, request.errors, request.parameters) for request in exchange.requests] == [
        (FaultKind.ERROR, ("EService:Busy",), {}),
        (FaultKind.DRIP, (), {}),
        (None, (), {}),
        (FaultKind.DROP, (), BUY),
    ]
