"""Requests as they leave and answers as they arrive, over real HTTP: the sandbox, and servers that misbehave."""

from __future__ import annotations

import contextlib
import gzip
import logging
import pickle
import socket
import ssl
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import trustme

from kraken_accounts.config import ConfigurationError, Credentials
from kraken_accounts.config.secret import ApiKey, Secret
from kraken_accounts.deadline import Deadline
from kraken_accounts.kraken.client import KrakenClient
from kraken_accounts.kraken.errors import (
    AddressLimited,
    KeyBusy,
    KeyRejected,
    KrakenError,
    NonceConflict,
    PermissionDenied,
    RequestRefused,
    UnexpectedAnswer,
    Unreachable,
)
from kraken_accounts.kraken.nonce import lane_of
from kraken_sandbox import Exchange, LoggedRequest, SandboxServer

from ..support import (
    LIMIT,
    Answer,
    ScriptedServer,
    TunnelProxy,
    http_response,
    in_pieces,
    never,
    open_account,
    sample_credentials,
    sample_key,
    sample_secret,
    trickle,
)

OK = http_response('{"error":[],"result":{"unixtime":1795342230}}')
PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")

Connect = Callable[..., KrakenClient]


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxies and authorities but those that a test names."""
    for name in (*PROXY_VARIABLES, *CA_VARIABLES):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Makes clients with the sample master's credentials, and closes them."""
    clients: list[KrakenClient] = []

    def make(url: str, credentials: Credentials | None = None, *, timeout: float = LIMIT) -> KrakenClient:
        clients.append(
            KrakenClient(url, credentials or sample_credentials("master"), timeout=timeout, name="MASTER")
        )
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def exchange() -> Exchange:
    """The simulated exchange with one account, the sample master."""
    exchange = Exchange()
    open_account(exchange, "master", {"ZUSD": "100"})
    return exchange


@pytest.fixture
def sandbox(exchange: Exchange) -> Iterator[str]:
    """The exchange's URL."""
    with SandboxServer(exchange) as server:
        yield server.url


def signed(exchange: Exchange) -> list[LoggedRequest]:
    """The requests that came with a key."""
    return [request for request in exchange.requests if request.key]


def head_of(request: bytes) -> dict[str, str]:
    """The headers of a request, names in lower case, and its first line under an empty name."""
    first, *lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    return {"": first} | {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


def body_of(request: bytes) -> str:
    return request.partition(b"\r\n\r\n")[2].decode()


# --- what is sent ---------------------------------------------------------------------------------------


class DocumentedMoment(KrakenClient):
    """At the moment of Kraken's documented example: https://docs.kraken.com/exchange/guides/rest/authentication"""

    def _nonce(self) -> int:
        return 1616492376594


def test_the_documented_signature() -> None:
    secret = Secret("kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==")
    credentials = Credentials(ApiKey("SMPL-documented-key-not-a-real-one"), secret)
    # The example begins with the nonce, and the parameters keep the order in which they are given.
    order = {
        "nonce": "",
        "ordertype": "limit",
        "pair": "XBTUSD",
        "price": "37500",
        "type": "buy",
        "volume": "1.25",
    }

    with ScriptedServer(OK) as server:
        client = DocumentedMoment(server.url, credentials)
        client.private_once("AddOrder", order)
        client.close()

    (request,) = server.requests
    assert body_of(request) == "nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25"
    head = head_of(request)
    assert head[""] == "POST /0/private/AddOrder HTTP/1.1"
    assert head["api-key"] == "SMPL-documented-key-not-a-real-one"
    assert head["api-sign"] == (
        "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ=="
    )


def test_a_private_request(connect: Connect) -> None:
    with ScriptedServer(OK) as server:
        connect(server.url).private("OpenOrders", {"trades": "true", "cl_ord_id": "ä & b"})

    (request,) = server.requests
    head = head_of(request)
    assert head[""] == "POST /0/private/OpenOrders HTTP/1.1"
    assert head["content-type"] == "application/x-www-form-urlencoded"
    assert head["user-agent"].startswith("kraken-accounts/")
    assert head["api-key"] == sample_key("master")
    assert [name for name, _ in parse_qsl(body_of(request))] == ["trades", "cl_ord_id", "nonce"]
    assert dict(parse_qsl(body_of(request)))["cl_ord_id"] == "ä & b"
    assert sample_secret("master") not in request.decode()


def test_a_public_request_carries_no_key(connect: Connect) -> None:
    with ScriptedServer(OK) as server:
        connect(server.url).public("Ticker", {"asset_class": "tokenized_asset"})
        connect(server.url).public("SystemStatus")

    first, second = map(head_of, server.requests)
    assert first[""] == "GET /0/public/Ticker?asset_class=tokenized_asset HTTP/1.1"
    assert second[""] == "GET /0/public/SystemStatus HTTP/1.1"
    for head in (first, second):
        assert not head.keys() & {"api-key", "api-sign", "authorization", "cookie"}


def test_without_credentials_there_is_nothing_private() -> None:
    with ScriptedServer(OK) as server:
        client = KrakenClient(server.url)
        assert client.public("SystemStatus") == {"unixtime": 1795342230}
        with pytest.raises(ValueError, match=r"^a client without credentials has no private endpoints$"):
            client.private("Balance")
        client.close()

    assert len(server.requests) == 1


def test_signatures_that_the_exchange_accepts(sandbox: str, connect: Connect) -> None:
    assert connect(sandbox).private("Balance") == {"ZUSD": "100.0000"}


def test_a_wrong_secret(sandbox: str, connect: Connect) -> None:
    mixed_up = Credentials(ApiKey(sample_key("master")), Secret(sample_secret("somebody else")))

    with pytest.raises(KeyRejected, match="EAPI:Invalid signature"):
        connect(sandbox, mixed_up).private("Balance")


def test_a_revoked_key(sandbox: str, exchange: Exchange, connect: Connect) -> None:
    exchange.revoke_key(sample_key("master"))

    with pytest.raises(KeyRejected, match="EAPI:Invalid key"):
        connect(sandbox).private("Balance")


def test_two_factor_password(sandbox: str, exchange: Exchange, connect: Connect) -> None:
    open_account(exchange, "careful", {"ZEUR": "5"}, otp="sample & otp")

    with_password = connect(sandbox, sample_credentials("careful", otp=Secret("sample & otp")))
    assert with_password.private("Balance") == {"ZEUR": "5.0000"}
    assert with_password.private("Balance") == {"ZEUR": "5.0000"}

    with pytest.raises(KeyRejected, match="EAPI:Invalid signature"):
        connect(sandbox, sample_credentials("careful", otp=Secret("another"))).private("Balance")
    with pytest.raises(PermissionDenied):
        connect(sandbox, sample_credentials("careful")).private("Balance")


# --- nonces ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("unit", "tick"), [("ms", 10**6), ("us", 10**3), ("ns", 1)])
def test_nonces_increase_in_the_keys_unit_and_stay_behind_the_clock(
    sandbox: str, exchange: Exchange, connect: Connect, unit: str, tick: int
) -> None:
    open_account(exchange, unit)
    client = connect(sandbox, sample_credentials(unit, nonce_unit=unit))

    before = time.time_ns()
    for _ in range(10):
        client.private("GetApiKeyInfo")
    after = time.time_ns()

    nonces = [int(request.nonce or 0) for request in signed(exchange)]
    assert [request.errors for request in signed(exchange)] == [()] * 10
    assert all(earlier < later for earlier, later in pairwise(nonces))
    assert (before - 10**9) // tick < nonces[0]
    assert nonces[-1] < after // tick


def test_a_bots_newer_nonce_costs_one_more_request(sandbox: str, exchange: Exchange, connect: Connect) -> None:
    # The bot counts the milliseconds of this very moment; the client's nonces trail the clock.
    exchange.state.keys[sample_key("master")].highest_nonce = time.time_ns() // 10**6

    assert connect(sandbox).private("Balance") == {"ZUSD": "100.0000"}

    first, second = signed(exchange)
    assert first.errors == ("EAPI:Invalid nonce",)
    assert second.errors == ()
    assert int(second.nonce or 0) > int(first.nonce or 0)


def test_a_bot_that_counts_nanoseconds_is_not_raced(sandbox: str, exchange: Exchange, connect: Connect) -> None:
    exchange.state.keys[sample_key("master")].highest_nonce = time.time_ns()

    with pytest.raises(NonceConflict, match="EAPI:Invalid nonce") as refusal:
        connect(sandbox).private("Balance")

    assert "set the account's _NONCE_UNIT to us or ns" in refusal.value.remedy
    assert [request.errors for request in signed(exchange)] == [("EAPI:Invalid nonce",)] * 6
    assert all(int(request.nonce or 0) < 10**14 for request in signed(exchange))  # still milliseconds


def test_requests_of_one_key_go_one_at_a_time(connect: Connect) -> None:
    gate = threading.Event()

    def held_back(_: ScriptedServer) -> Iterator[bytes]:
        gate.wait(LIMIT)
        yield OK

    with ScriptedServer(held_back) as server, ThreadPoolExecutor(2) as threads:
        answers = [threads.submit(connect(server.url).private, "Balance") for _ in range(2)]
        assert server.wait_for_requests(1)
        both_at_once = server.wait_for_requests(2, seconds=0.2)
        gate.set()
        for answer in answers:
            answer.result(LIMIT)

    assert not both_at_once
    first, second = (int(dict(parse_qsl(body_of(request)))["nonce"]) for request in server.requests)
    assert first < second


def test_requests_of_two_keys_do_not_wait_for_each_other(connect: Connect) -> None:
    both = threading.Barrier(2)

    def together(_: ScriptedServer) -> Iterator[bytes]:
        both.wait(LIMIT)
        yield OK

    with ScriptedServer(together) as server, ThreadPoolExecutor(2) as threads:
        answers = [
            threads.submit(connect(server.url, sample_credentials(name)).private_once, "Balance", {})
            for name in ("master", "user")
        ]
        assert [answer.result(LIMIT) for answer in answers] == [{"unixtime": 1795342230}] * 2


def test_a_turn_that_does_not_come_in_time(connect: Connect) -> None:
    turn = lane_of(sample_key("master"), "ms").turn(LIMIT)
    with ScriptedServer(OK) as server, turn, pytest.raises(KeyBusy) as refusal:
        connect(server.url).private("Balance", deadline=Deadline(0.05))

    assert (
        refusal.value.reason == "another request of this process held this key all the time, so nothing was sent"
    )
    assert not refusal.value.uncertain
    assert server.requests == []


# --- connections ----------------------------------------------------------------------------------------


def test_two_calls_use_one_connection(sandbox: str, exchange: Exchange, connect: Connect) -> None:
    client = connect(sandbox)

    client.public("SystemStatus")
    client.private("Balance")
    client.private("GetApiKeyInfo")

    assert len(exchange.requests) == 3
    assert len({request.connection for request in exchange.requests}) == 1


def test_two_clients_share_no_connection_and_no_cookie(connect: Connect) -> None:
    with ScriptedServer(http_response('{"error":[]}', headers={"Set-Cookie": "session=1"})) as server:
        connect(server.url).private("Balance")
        connect(server.url, sample_credentials("user")).private("Balance")

    assert server.connections == 2
    assert "cookie" not in head_of(server.requests[1])


def test_a_connection_that_the_server_closed_meanwhile_is_opened_anew(connect: Connect) -> None:
    with ScriptedServer(in_pieces(OK), OK) as server:
        client = connect(server.url)
        assert client.private("Balance") == client.private("Balance") == {"unixtime": 1795342230}

    assert server.connections == 2


@pytest.mark.parametrize(
    "status", ["301 Moved Permanently", "302 Found", "303 See Other", "307 Again", "308 Moved"]
)
def test_redirects_are_not_followed(connect: Connect, status: str) -> None:
    with ScriptedServer(OK) as elsewhere:
        redirect = http_response("", status, headers={"Location": f"{elsewhere.url}/0/private/Balance"})
        with ScriptedServer(redirect) as server, pytest.raises(UnexpectedAnswer) as refusal:
            connect(server.url).private("Balance")

    assert refusal.value.reason == (f"{server.host} redirects elsewhere; a redirect is never followed with a key")
    assert len(server.requests) == 1
    assert elsewhere.connections == 0


# --- answers that are none ------------------------------------------------------------------------------

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


NO_JSON = "Kraken's answer is not the JSON it should be: Expecting value: line 1 column 1 (char 0)"
BROKEN_OFF = "HOST broke the connection off"
TOO_LARGE = "HOST sent more than 1 MiB, which no answer of Kraken has"


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        pytest.param(
            http_response("<html>Checking your browser</html>", content_type="text/html"),
            UnexpectedAnswer,
            NO_JSON,
            id="HTML 200",
        ),
        pytest.param(
            http_response("<html>Bad gateway</html>", "500 Internal Server Error", "text/html"),
            Unreachable,
            "Kraken's servers answered with HTTP status 500",
            id="HTML 500",
        ),
        pytest.param(
            http_response("<html>Web server is returning an unknown error</html>", "520 Unknown", "text/html"),
            Unreachable,
            "Kraken's servers answered with HTTP status 520",
            id="HTML 520",
        ),
        pytest.param(
            http_response("<html>Forbidden</html>", "403 Forbidden", "text/html"),
            UnexpectedAnswer,
            "Kraken's servers answered with HTTP status 403",
            id="HTML 403",
        ),
        pytest.param(
            http_response("slow down", "429 Too Many Requests", "text/plain"),
            AddressLimited,
            "Kraken answered with HTTP status 429: too many requests from this address",
            id="429",
        ),
        pytest.param(
            http_response("", "204 No Content"),
            UnexpectedAnswer,
            "Kraken's servers answered with HTTP status 204",
            id="204",
        ),
        pytest.param(
            http_response('{"hello": "world"}'),
            UnexpectedAnswer,
            "Kraken's answer has no list of errors, so it is not from Kraken's API",
            id="JSON of somebody else",
        ),
        pytest.param(http_response(b"{" + b" " * (1 << 20)), UnexpectedAnswer, TOO_LARGE, id="oversize"),
        pytest.param(
            http_response(gzip.compress(b" " * (100 << 20), 1), headers={"Content-Encoding": "gzip"}),
            UnexpectedAnswer,
            TOO_LARGE,
            id="oversize when unpacked",
        ),
        pytest.param(
            http_response("not gzip", headers={"Content-Encoding": "gzip"}), Unreachable, BROKEN_OFF, id="not gzip"
        ),
        pytest.param(in_pieces(), Unreachable, BROKEN_OFF, id="nothing"),
        pytest.param(in_pieces(OK[:20]), Unreachable, BROKEN_OFF, id="half a head"),
        pytest.param(in_pieces(OK[:-5]), Unreachable, BROKEN_OFF, id="half a body"),
        pytest.param(in_pieces(CHUNKED + b'10\r\n{"error":[],"'), Unreachable, BROKEN_OFF, id="half a chunk"),
        pytest.param(in_pieces(b"SSH-2.0-OpenSSH\r\n"), Unreachable, BROKEN_OFF, id="not HTTP"),
    ],
)
def test_what_is_no_answer(connect: Connect, answer: Answer, kind: type[KrakenError], message: str) -> None:
    with ScriptedServer(answer) as server, pytest.raises(KrakenError) as refusal:
        connect(server.url).private_once("Balance", {})

    assert type(refusal.value) is kind
    assert refusal.value.reason == message.replace("HOST", server.host)


def test_an_interim_answer_is_none_and_its_connection_is_not_used_again(connect: Connect) -> None:
    """What follows it is the answer to the request before, and must not be taken for that to the next."""
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    with ScriptedServer(early + OK, OK) as server:
        client = connect(server.url)
        with pytest.raises(UnexpectedAnswer) as refusal:
            client.private_once("AddOrder", {})
        client.private("Balance")

    assert refusal.value.uncertain
    assert server.connections == 2


def test_a_call_whose_time_is_over_is_not_sent_over_a_connection_that_is_there(connect: Connect) -> None:
    with ScriptedServer(OK) as server:
        client = connect(server.url)
        client.private("Balance")
        with pytest.raises(Unreachable) as refusal:
            client.private_once("AddOrder", {}, deadline=Deadline(0))

    assert not refusal.value.uncertain
    assert len(server.requests) == 1


def test_answers_come_in_many_wrappings(connect: Connect) -> None:
    content = b'{"error":[],"result":{"unixtime":1795342230}}'
    pieces = [b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (content[:10], content[10:])]
    answers = (
        in_pieces(CHUNKED, *pieces, b"0\r\n\r\n"),
        http_response(gzip.compress(content), headers={"Content-Encoding": "gzip"}),
        in_pieces(b"HTTP/1.1 200 OK\r\n\r\n", content),
        in_pieces(b"HTTP/1.0 200 OK\r\nContent-Length: 45\r\n\r\n", content),
    )
    for answer in answers:
        with ScriptedServer(answer) as server:
            assert connect(server.url).private_once("Balance", {}) == {"unixtime": 1795342230}


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        never,
        in_pieces(HEAD, never),
        trickle(HEAD, b" ", 0.02),
        trickle(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"z", 0.02),
    ],
    ids=["nothing", "head only", "slow body", "slow head"],
)
def test_an_answer_has_to_be_whole_in_time(connect: Connect, answer: Answer) -> None:
    with ScriptedServer(answer) as server:
        client = connect(server.url, timeout=0.5)
        began = time.monotonic()
        with pytest.raises(Unreachable) as refusal:
            client.private_once("Balance", {})
        took = time.monotonic() - began

    assert refusal.value.reason == f"{server.host} did not answer in time"
    assert refusal.value.uncertain
    assert 0.5 <= took < 3


def test_nobody_listens(connect: Connect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(Unreachable) as refusal:
        connect(f"http://127.0.0.1:{port}").private_once("Balance", {})

    assert refusal.value.reason == (f"127.0.0.1:{port} cannot be reached (Connection refused)")
    assert not refusal.value.uncertain


def test_krakens_own_words(connect: Connect) -> None:
    refused = http_response('{"error":["EGeneral:Invalid arguments:asset"]}')
    with ScriptedServer(refused) as server, pytest.raises(RequestRefused) as refusal:
        connect(server.url).private("TradeBalance", {"asset": "?"})

    assert refusal.value.reason == "Kraken says “EGeneral:Invalid arguments:asset”"
    assert len(server.requests) == 1


def test_a_warning_beside_a_result_is_logged(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "kraken_accounts")
    warning = http_response('{"error":["WGeneral:Deprecated"],"result":{"a":0.1}}')
    with ScriptedServer(warning) as server:
        client = connect(server.url)

        assert str(client.private("Balance")["a"]) == "0.1"
    assert "Kraken says “WGeneral:Deprecated”, as a warning" in caplog.text


def test_a_warning_in_place_of_a_result_is_no_empty_answer(connect: Connect) -> None:
    with ScriptedServer(http_response('{"error":["WGeneral:Closed"]}')) as server:
        client = connect(server.url)

        with pytest.raises(RequestRefused, match="WGeneral:Closed"):
            client.private("Balance")


def test_a_missing_result(connect: Connect) -> None:
    with ScriptedServer(http_response('{"error":[]}')) as server:
        assert connect(server.url).private("Balance") is None


IN_PART = http_response(
    '{"error":["EQuery:Unknown asset pair"],"result":{"XXBTZUSD":{"a":["69767.60000","2","2.000"]}}}'
)


def test_a_result_beside_an_error_is_used_of_tickers(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "kraken_accounts")
    with ScriptedServer(IN_PART) as server:
        client = connect(server.url)

        assert list(client.public("Ticker")) == ["XXBTZUSD"]
        assert [error.reason for error in client.complaints] == ["Kraken says “EQuery:Unknown asset pair”"]
    assert "Kraken says “EQuery:Unknown asset pair”, beside a result" in caplog.text


@pytest.mark.parametrize("endpoint", ["Assets", "AssetPairs", "SystemStatus"])
def test_but_not_of_what_must_be_whole(connect: Connect, endpoint: str) -> None:
    with ScriptedServer(IN_PART) as server:
        client = connect(server.url)

        with pytest.raises(RequestRefused, match="EQuery:Unknown asset pair"):
            client.public(endpoint)
        assert client.complaints == []


@pytest.mark.parametrize("endpoint", ["BalanceEx", "Ticker"])
def test_nor_of_what_is_asked_with_a_key(connect: Connect, endpoint: str) -> None:
    with ScriptedServer(IN_PART) as server:
        client = connect(server.url)

        with pytest.raises(RequestRefused, match="EQuery:Unknown asset pair"):
            client.private(endpoint)
        with pytest.raises(RequestRefused, match="EQuery:Unknown asset pair"):
            client.private_once(endpoint, {})


@pytest.mark.parametrize("result", ["{}", "null", "[]", '"XXBTZUSD"', "[1]"])
def test_nor_what_is_no_usable_result(connect: Connect, result: str) -> None:
    answer = http_response(f'{{"error":["EQuery:Unknown asset pair"],"result":{result}}}')
    with ScriptedServer(answer) as server, pytest.raises(RequestRefused, match="EQuery:Unknown asset pair"):
        connect(server.url).public("Ticker")


# --- asking again ---------------------------------------------------------------------------------------


def test_a_read_is_asked_again_where_that_may_help(connect: Connect) -> None:
    unavailable = http_response('{"error":["EService:Unavailable"]}')
    with ScriptedServer(http_response("", "502 Bad Gateway"), unavailable, OK) as server:
        assert connect(server.url).private("Balance") == {"unixtime": 1795342230}

    nonces = [int(dict(parse_qsl(body_of(request)))["nonce"]) for request in server.requests]
    assert len(nonces) == 3
    assert all(earlier < later for earlier, later in pairwise(nonces))


def test_but_not_for_ever(connect: Connect) -> None:
    with ScriptedServer(in_pieces()) as server, pytest.raises(Unreachable):
        connect(server.url).public("SystemStatus")

    assert len(server.requests) == 3


@pytest.mark.parametrize(
    "message",
    [
        "EAPI:Invalid key",
        "EAPI:Invalid signature",
        "EGeneral:Permission denied",
        "EAPI:Rate limit exceeded",
        "EGeneral:Temporary lockout",
        "EService:Market in cancel_only mode",
        "EGeneral:Unknown method",
    ],
)
def test_a_refusal_is_not_argued_with(connect: Connect, message: str) -> None:
    refused = http_response(f'{{"error":["{message}"]}}')
    with ScriptedServer(refused) as server, pytest.raises(KrakenError, match=message):
        connect(server.url).private("Balance")

    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        http_response("", "502 Bad Gateway"),
        http_response('{"error":["EService:Busy"]}'),
        http_response('{"error":["EAPI:Invalid nonce"]}'),
        in_pieces(),
    ],
)
def test_what_changes_something_is_asked_once(connect: Connect, answer: Answer) -> None:
    with ScriptedServer(answer) as server, pytest.raises(KrakenError):
        connect(server.url).private_once("AddOrder", {"pair": "XBTUSD"})

    assert len(server.requests) == 1


def test_the_deadline_ends_it(connect: Connect) -> None:
    with ScriptedServer(never) as server:
        client = connect(server.url)
        began = time.monotonic()
        with pytest.raises(Unreachable):
            client.public("SystemStatus", deadline=Deadline(0.2))
        took = time.monotonic() - began

    assert took < 2
    assert len(server.requests) == 1


def test_after_the_deadline_nothing_is_sent(connect: Connect) -> None:
    with ScriptedServer(OK) as server:
        for ask in (connect(server.url).public, connect(server.url).private):
            with pytest.raises(Unreachable) as refusal:
                ask("SystemStatus", deadline=Deadline(0))
            assert not refusal.value.uncertain

    assert server.connections == 0


# --- TLS ------------------------------------------------------------------------------------------------


class Authority:
    """A certificate authority for one run of the tests; `file` holds its certificate."""

    def __init__(self, folder: Path) -> None:
        self._ca = trustme.CA()
        self.file = folder / "authority.pem"
        self._ca.cert_pem.write_to_path(self.file)

    def context(self, *names: str, not_after: datetime | None = None) -> ssl.SSLContext:
        """What a server needs that goes by these names."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert(*names, not_after=not_after).configure_cert(context)
        return context


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def test_an_untrusted_certificate_gets_no_request(authority: Authority, connect: Connect) -> None:
    context = authority.context("127.0.0.1")
    with ScriptedServer(OK, ssl_context=context) as server, pytest.raises(Unreachable) as refusal:
        connect(server.url).private_once("Balance", {})

    assert refusal.value.reason.startswith(f"the certificate of {server.host} is not trusted (")
    assert "SSL_CERT_FILE or REQUESTS_CA_BUNDLE" in refusal.value.remedy
    assert not refusal.value.uncertain
    assert server.requests == []


@pytest.mark.parametrize("variable", CA_VARIABLES)
def test_a_custom_authority_is_trusted(
    authority: Authority, exchange: Exchange, connect: Connect, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, str(authority.file))

    with SandboxServer(exchange, ssl_context=authority.context("127.0.0.1")) as server:
        assert server.url.startswith("https://")
        client = connect(server.url)
        assert client.private("Balance") == {"ZUSD": "100.0000"}
        assert client.public("SystemStatus")["status"] == "online"
        client.close()

    assert len({request.connection for request in exchange.requests}) == 1


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_host_whose_certificate_was_verified_is_known_again(
    authority: Authority,
    exchange: Exchange,
    connect: Connect,
    monkeypatch: pytest.MonkeyPatch,
    version: ssl.TLSVersion,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    context, another = authority.context("127.0.0.1"), authority.context("127.0.0.1")
    context.maximum_version = another.maximum_version = version

    with (
        SandboxServer(exchange, ssl_context=context) as server,
        SandboxServer(exchange, ssl_context=another) as other,
    ):
        for url in (server.url, server.url, other.url, server.url):
            with contextlib.closing(connect(url)) as client:
                assert client.private("Balance") == {"ZUSD": "100.0000"}

    assert (context.session_stats()["accept"], context.session_stats()["hits"]) == (3, 2)
    assert (another.session_stats()["accept"], another.session_stats()["hits"]) == (1, 0)


def test_who_has_changed_his_keys_is_asked_for_his_certificate_again(
    authority: Authority, exchange: Exchange, connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with SandboxServer(exchange, ssl_context=authority.context("127.0.0.1")) as server:
        with contextlib.closing(connect(server.url)) as client:
            client.private("Balance")
        host = urlsplit(server.url)
    heard = len(exchange.requests)

    stranger = Authority(tmp_path).context("127.0.0.1")
    with (
        SandboxServer(exchange, port=host.port or 0, ssl_context=stranger) as server,
        pytest.raises(Unreachable) as refusal,
    ):
        connect(server.url).private_once("Balance", {})

    assert refusal.value.reason.startswith(f"the certificate of {host.netloc} is not trusted (")
    assert len(exchange.requests) == heard


def test_clients_that_begin_at_once_read_the_authorities_once(
    tmp_path: Path, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(Authority(tmp_path).file))
    readings = []
    another = threading.Event()
    read = ssl.SSLContext.load_verify_locations

    def counted(context: ssl.SSLContext, **authorities: str) -> None:
        readings.append(authorities)
        if len(readings) > 1:
            another.set()
        another.wait(0.2)  # time enough for the other threads to come here too, if nothing holds them
        read(context, cafile=authorities["cafile"])

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", counted)
    all_at_once = threading.Barrier(8)

    def begin(number: int) -> None:
        all_at_once.wait(LIMIT)
        connect("https://127.0.0.1:1", sample_credentials(str(number)))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(begin, range(8)))

    assert len(readings) == 1


@pytest.mark.parametrize(
    ("names", "not_after", "message"),
    [
        (("api.kraken.test",), None, "IP address mismatch, certificate is not valid for '127.0.0.1'"),
        (("127.0.0.1",), datetime.now(UTC) - timedelta(days=1), "certificate has expired"),
    ],
)
def test_a_trusted_authority_is_not_enough(
    authority: Authority,
    connect: Connect,
    monkeypatch: pytest.MonkeyPatch,
    names: tuple[str, ...],
    not_after: datetime | None,
    message: str,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))

    context = authority.context(*names, not_after=not_after)
    with ScriptedServer(OK, ssl_context=context) as server, pytest.raises(Unreachable) as refusal:
        connect(server.url).private_once("Balance", {})

    assert refusal.value.reason.rstrip(".)") == f"the certificate of {server.host} is not trusted ({message}"
    assert server.requests == []


def test_a_tls_connection_that_breaks_off(
    authority: Authority, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The server wants a certificate from the client too. In TLS 1.3 it says so when the request has been sent.
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    context = authority.context("127.0.0.1")
    context.verify_mode = ssl.CERT_REQUIRED

    with ScriptedServer(OK, ssl_context=context) as server, pytest.raises(Unreachable) as refusal:
        connect(server.url).private_once("Balance", {})

    assert refusal.value.reason == f"the TLS connection to {server.host} broke off"
    assert not refusal.value.uncertain  # it was the question for the time, which comes before any key is used
    assert server.requests == []


@pytest.mark.parametrize("content", [None, "", "this is no certificate\n"])
def test_authorities_that_cannot_be_read(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "authorities.pem"
    if content is not None:
        file.write_text(content)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(file))

    with pytest.raises(ConfigurationError) as refusal:
        connect("https://127.0.0.1:1")

    assert str(refusal.value).startswith(
        f"REQUESTS_CA_BUNDLE: the certificate authorities in {file} cannot be read ("
    )


def test_no_file_learns_the_keys_of_the_connections(
    authority: Authority, exchange: Exchange, connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))

    with SandboxServer(exchange, ssl_context=authority.context("127.0.0.1")) as server:
        client = connect(server.url)
        client.private("Balance")
        client.close()

    assert list(tmp_path.iterdir()) == []


# --- proxies --------------------------------------------------------------------------------------------


def test_https_goes_through_the_proxy(
    authority: Authority, connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine api.kraken.test login somebody password sample-netrc-password\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))

    with (
        ScriptedServer(OK, ssl_context=authority.context("api.kraken.test")) as server,
        TunnelProxy(server.port) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        client = connect("https://api.kraken.test")
        client.private("Balance")
        client.private("Balance")
        client.close()

    assert proxy.asked_for == ["api.kraken.test:443"]  # one tunnel for both
    for request in server.requests:
        assert head_of(request)["host"] == "api.kraken.test"
        assert "authorization" not in head_of(request)  # no password of ~/.netrc


def test_the_proxy_is_left_out_for_hosts_of_no_proxy(
    authority: Authority, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    # 127.1 is short for 127.0.0.1, but as a name it is none of the loopback addresses that never have a proxy.
    context = authority.context("127.1")

    with ScriptedServer(OK, ssl_context=context) as server, TunnelProxy(server.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        connect(f"https://127.1:{server.port}").private("Balance")
        assert proxy.asked_for == [f"127.1:{server.port}"]

        monkeypatch.setenv("NO_PROXY", "example.com,127.1")
        connect(f"https://127.1:{server.port}").private("Balance")
        assert proxy.asked_for == [f"127.1:{server.port}"]

    assert len(server.requests) == 2


@pytest.mark.parametrize("upper", [True, False])
def test_loopback_never_goes_through_a_proxy(
    authority: Authority,
    sandbox: str,
    exchange: Exchange,
    connect: Connect,
    monkeypatch: pytest.MonkeyPatch,
    upper: bool,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with ScriptedServer(in_pieces()) as proxy:
        for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(variable if upper else variable.lower(), proxy.url)
        connect(sandbox).private("Balance")
        connect(sandbox.replace("127.0.0.1", "localhost")).private("Balance")
        with SandboxServer(exchange, ssl_context=authority.context("127.0.0.1")) as server:
            client = connect(server.url)
            client.private("Balance")
            client.close()

    assert [request.endpoint for request in signed(exchange)] == ["Balance"] * 3
    assert proxy.connections == 0


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("socks5://127.0.0.1:1080", "names a proxy of the kind socks5://, which is not supported"),
        ("http://", "names no host"),
        ("http://user:SMPL-word@:3128", "names no host"),
        ("http://proxy.test:port", "is not the URL of a proxy"),
        ("http://[::1", "is not the URL of a proxy"),
        ("http://%zz:3128", "is not the URL of a proxy"),
    ],
)
def test_a_proxy_that_is_none(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, message: str
) -> None:
    monkeypatch.setenv(variable, value)

    with pytest.raises(ConfigurationError) as refusal:
        connect("https://api.kraken.test")

    assert str(refusal.value).startswith(f"{variable} {message}")
    assert "SMPL" not in str(refusal.value)


def test_a_proxy_that_is_not_there(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{listener.getsockname()[1]}")

    with pytest.raises(Unreachable) as refusal:
        connect("https://api.kraken.test").private_once("Balance", {})

    assert refusal.value.reason == "the proxy on the way to api.kraken.test does not answer"
    assert refusal.value.remedy == "Check HTTPS_PROXY and NO_PROXY."
    assert not refusal.value.uncertain


def test_a_proxy_that_refuses(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(http_response("", "407 Proxy Authentication Required")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(Unreachable) as refusal:
            connect("https://api.kraken.test").private_once("Balance", {})

    message = "the proxy on the way to api.kraken.test refuses (407 Proxy Authentication Required)"
    assert refusal.value.reason == message
    assert refusal.value.remedy == "Check HTTPS_PROXY and NO_PROXY."
    assert not refusal.value.uncertain
    assert sample_key("master").encode() not in b"".join(proxy.requests)


# --- nothing is given away ------------------------------------------------------------------------------


def test_no_log_or_traceback_shows_a_key(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    credentials = sample_credentials("master", otp=Secret("sample-otp"))
    with ScriptedServer(OK, http_response("<html>", "403 Forbidden"), in_pieces(OK[:-5])) as server:
        client = connect(server.url, credentials)
        client.private("Balance")
        with pytest.raises(UnexpectedAnswer) as refused:
            client.private("Balance")
        with pytest.raises(Unreachable) as broken:
            client.private_once("Balance", {})

    shown = "".join(
        [caplog.text, *traceback.format_exception(refused.value), *traceback.format_exception(broken.value)]
    )
    assert "MASTER: Balance: answered in " in shown
    assert "MASTER: Balance: Kraken's servers answered with HTTP status 403" in shown
    for hidden in (
        sample_key("master"),
        sample_secret("master"),
        "sample-otp",
        head_of(server.requests[0])["api-sign"],
    ):
        assert hidden not in shown


def test_a_client_shows_and_pickles_nothing(connect: Connect) -> None:
    client = connect("http://127.0.0.1:1", sample_credentials("master", otp=Secret("sample-otp")))

    shown = f"{client} {client!r} {vars(client)!r} {vars(client.session)!r}"
    for hidden in (sample_key("master"), sample_secret("master"), "sample-otp"):
        assert hidden not in shown
    with pytest.raises(TypeError, match=r"^a client holds a key and is never pickled$"):
        pickle.dumps(client)
