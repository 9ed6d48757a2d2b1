"""The request log: a line of JSON for each request, and no secrets."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kraken_sandbox import AddressThrottle, Exchange, Fault, FaultKind, Refusal, RequestLog, SandboxServer

from .support import KEY, SECRET, Client, ManualClock


@pytest.fixture
def file(server: SandboxServer, tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "requests.jsonl"
    with RequestLog(path) as log:
        server.request_log = log
        yield path
    server.request_log = None


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_what_was_asked_and_what_came_of_it(file: Path, client: Client, clock: ManualClock) -> None:
    client.public("Ticker", pair="BTC/USD")
    clock.advance(0.25)
    client.private("AddOrder", pair="XBTUSD", type="buy", ordertype="limit", price="1", volume="1e9", otp="")
    client.send("DELETE", "/elsewhere?a=b")
    public, private, unknown = lines(file)

    assert (public.pop("ms") > 0, private["ms"] > 0) == (True, True)
    assert public == {
        "time": "2027-01-15T08:00:00.000Z",
        "key": None,
        "method": "GET",
        "endpoint": "Ticker",
        "parameters": {"pair": "BTC/USD"},
        "answer": "ok",
    }
    assert (private["time"], private["key"]) == ("2027-01-15T08:00:00.250Z", f"{KEY[:6]}…")
    assert (private["method"], private["endpoint"]) == ("POST", "AddOrder")
    assert list(private["parameters"]) == ["pair", "type", "ordertype", "price", "volume"]
    assert private["answer"] == ["EOrder:Insufficient funds"]
    assert (unknown["endpoint"], unknown["answer"]) == ("/elsewhere", ["EGeneral:Unknown method"])


def test_no_secrets(exchange: Exchange, file: Path, client: Client) -> None:
    exchange.replace_key(KEY, otp="sample password")
    client.private("Balance", otp="sample password", nonce=987654321987)
    client.private("Balance", otp="sample password", apiSecret=SECRET, api_key=KEY, password="sample password")
    text = file.read_text(encoding="utf-8")

    assert len(lines(file)) == 2
    for secret in (SECRET, "sample password", KEY, "987654321987"):
        assert secret not in text
    assert lines(file)[1]["parameters"] == dict.fromkeys(("apiSecret", "api_key", "password"), "(left out)")


def test_what_never_was_an_answer_of_krakens(exchange: Exchange, file: Path, client: Client) -> None:
    exchange.faults.add(Fault(FaultKind.ERROR, text="EService:Busy"))
    client.public("Time")
    exchange.faults.add(Fault(FaultKind.HTML, status=520))
    client.public("Time")
    exchange.faults.add(Fault(FaultKind.DROP))
    with pytest.raises(ConnectionError):
        client.public("Time")
    exchange.throttle = AddressThrottle(0.001, 1, Refusal.TOO_MANY_REQUESTS)
    client.public("Time")
    client.public("Time")
    del exchange.state.market.tickers["XXBTZUSD"]
    exchange.throttle = None
    client.public("Ticker")
    exchange.leave_out_ticker("ETHUSD")
    client.public("Ticker", pair="ETHUSD,ADAUSD")

    assert [line["answer"] for line in lines(file)] == [
        ["EService:Busy"],
        "HTTP 520",
        "connection ended",
        "ok",
        ["EGeneral:Too many requests"],
        ["EGeneral:Internal error"],
        ["EQuery:Unknown asset pair"],
    ]


def test_whatever_is_sent_a_line_is_a_line(file: Path, client: Client) -> None:
    client.send("POST", "/0/public/Ticker", b"{", Content_Type="application/json")
    client.send("POST", "/0/public/Ticker", b"pair=%0A%ED%A0%80%00&" + b"x" * 5000 + b"=" + b"y" * 5000)
    client.send("POST", "/0/public/Time", b"&".join(b"p%d=" % number for number in range(1000)))
    found = lines(file)

    assert [line["endpoint"] for line in found] == ["Ticker", "Ticker", "Time"]
    assert max(len(name) + len(value) for name, value in found[1]["parameters"].items()) < 500
    assert len(found[2]["parameters"]) == 100


def test_it_is_added_to(file: Path, server: SandboxServer, client: Client) -> None:
    client.public("Time")
    with RequestLog(file) as second:
        server.request_log = second
        client.public("Time")

    assert len(lines(file)) == 2


def test_a_disk_that_is_full(server: SandboxServer, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with RequestLog(Path("/dev/full")) as log:
        server.request_log = log
        for _ in range(3):
            assert client.public("Time").errors == []
        server.request_log = None

    assert caplog.messages == ["the log /dev/full cannot be written any more: [Errno 28] No space left on device"]
