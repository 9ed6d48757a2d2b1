"""What may come over the wire: bodies of both kinds, nonsense of every kind, and many clients at once."""

import base64
import json
import socket
import ssl
import threading
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from urllib.parse import urlencode, urlsplit

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from kraken_sandbox import Exchange, SandboxServer, SimulatedAccount
from kraken_sandbox.authentication import signature
from kraken_sandbox.endpoints import PRIVATE, PUBLIC
from kraken_sandbox.messages import ReceivedRequest

from .support import KEY, SECRET, Client, ManualClock, api_key, holdings

CHUNKED = b"POST /0/private/Balance HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"


class TestBodies:
    def test_json(self, client: Client) -> None:
        result = client.private_json(
            "AddOrder",
            ordertype="limit",
            type="buy",
            pair="XBTUSD",
            price=50000,
            volume=0.1,
            validate=True,
            userref=None,
        ).result

        assert result == {"descr": {"order": "buy 0.10000000 XBTUSD @ limit 50000.0"}}

    def test_json_amounts_lose_no_digit(self, client: Client) -> None:
        body = b'{"nonce": 7, "ordertype": "market", "type": "sell", "pair": "XBTUSD", "volume": 1.00000001}'
        answer = client.post("/0/private/AddOrder", "7", body, "application/json")

        assert answer.result["descr"]["order"] == "sell 1.00000001 XBTUSD @ market"

    def test_json_lists(self, client: Client) -> None:
        order = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "price": "1", "volume": "1"}
        (txid,) = client.private_json("AddOrder", **order, oflags=["post", "fciq"]).result["txid"]

        assert client.private("OpenOrders").result["open"][txid]["oflags"] == "post,fciq"

    def test_content_type_with_parameters(self, client: Client) -> None:
        answer = client.post(
            "/0/private/Balance", "8000000", b'{"nonce": 8000000}', "application/json; charset=utf-8"
        )

        assert answer.errors == []

    @pytest.mark.parametrize(
        ("body", "content_type"),
        [
            (b"{", "application/json"),
            (b"[]", "application/json"),
            (b"null", "application/json"),
            (b"\xff\xfe", "application/json"),
            (b"[" * 100_000, "application/json"),
            (b"nonce=\xff", "application/x-www-form-urlencoded"),
        ],
    )
    def test_nonsense(self, client: Client, body: bytes, content_type: str) -> None:
        answer = client.post("/0/private/Balance", "1", body, content_type)

        assert answer.status == 200
        assert answer.errors == ["EGeneral:Invalid arguments"]


class TestMethods:
    def test_public_endpoints_take_a_post(self, client: Client) -> None:
        asked = client.public("Ticker", pair="XBTUSD").body
        form = "application/x-www-form-urlencoded"

        assert client.send("POST", "/0/public/Ticker", b"pair=XBTUSD", Content_Type=form).body == asked
        as_json = client.send("POST", "/0/public/Ticker", b'{"pair": ["XBTUSD"]}', Content_Type="application/json")
        assert as_json.body == asked
        assert client.send("POST", "/0/public/Ticker?pair=XBTUSD").body == asked
        assert client.send("POST", "/0/public/Ticker?pair=ETHUSD", b"pair=XBTUSD", Content_Type=form).body == asked
        assert client.send("POST", "/0/public/Time").errors == []

    def test_parameters_of_private_endpoints_are_signed(self, client: Client) -> None:
        body = b"nonce=9000000"
        sign = signature("/0/private/TradeBalance", "9000000", body, base64.b64decode(SECRET))
        answer = client.send("POST", "/0/private/TradeBalance?asset=NOSUCH", body, API_Key=KEY, API_Sign=sign)

        assert answer.errors == []

    def test_head_is_a_get_without_its_body(self, client: Client) -> None:
        answer = client.send("HEAD", "/0/public/Time")

        assert (answer.status, answer.body) == (200, b"")
        assert int(answer.headers["Content-Length"]) > 0
        assert client.public("Time").errors == []

    @pytest.mark.parametrize("aclass", ["", "forex", "currency"])
    def test_the_old_name_of_the_class_of_currencies(self, client: Client, aclass: str) -> None:
        assert client.public("Ticker", pair="XBTUSD", asset_class=aclass).errors == []
        assert client.public("OHLC", pair="XBTUSD", asset_class=aclass).errors == []
        assert client.public("Assets", asset="XBT", aclass=aclass).errors == []
        assert client.public("AssetPairs", pair="XBTUSD", aclass_base=aclass).errors == []
        order = {"pair": "XBTUSD", "type": "sell", "ordertype": "market", "volume": "0.1"}
        assert client.private("AddOrder", **order, asset_class=aclass).errors == []
        assert len(client.private("Ledgers", type="trade", aclass=aclass).result["ledger"]) == 2


class TestChunks:
    @pytest.mark.parametrize(
        "sent",
        [
            b"8\r\npair=XBT\r\n3\r\nUSD\r\n0\r\n\r\n",
            b"00B;name=value\r\npair=XBTUSD\r\n0\r\nTrailer: ignored\r\n\r\n",
        ],
    )
    def test_a_body_in_chunks(self, server: SandboxServer, sent: bytes) -> None:
        host = urlsplit(server.url)
        head = b"POST /0/public/Ticker HTTP/1.1\r\nUser-Agent: tests\r\nTransfer-Encoding: chunked\r\n\r\n"
        with socket.create_connection((host.hostname, host.port or 0), timeout=10) as connection:
            # The second request says that the first was read to its end.
            connection.sendall(head + sent)
            connection.sendall(b"GET /0/public/Time HTTP/1.0\r\nUser-Agent: tests\r\n\r\n")
            with connection.makefile("rb") as answers:
                both = answers.read()

        assert (both.count(b"HTTP/1.1 200"), b"XXBTZUSD" in both, b"rfc1123" in both) == (2, True, True)

    def test_a_signed_body_of_unknown_length(self, client: Client) -> None:
        body = b"nonce=9100000&asset=ZEUR"
        sign = signature("/0/private/TradeBalance", "9100000", body, base64.b64decode(SECRET))
        headers = {
            "User-Agent": "tests",
            "API-Key": KEY,
            "API-Sign": sign,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        client.connection.request("POST", "/0/private/TradeBalance", iter([body[:9], body[9:]]), headers)

        assert json.load(client.connection.getresponse())["error"] == []


class TestUnknownMethods:
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/0/public/Nonsense"),
            ("GET", "/0/public/time"),
            ("GET", "/0/public/"),
            ("GET", "/1/public/Time"),
            ("GET", "/0/public/Time/"),
            ("GET", "/"),
            ("GET", "/0/private/Balance"),
            ("BREW", "/0/public/Time"),
            ("OPTIONS", "/0/public/Time"),
            ("HEADS", "/0/private/Balance"),
            ("POST", "/0/private/Stake"),
            ("PUT", "/0/private/Balance"),
            ("DELETE", "/0/private/AddOrder"),
        ],
    )
    def test_no_such_method(self, client: Client, method: str, path: str) -> None:
        answer = client.send(method, path)

        assert answer.status == 200
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.document == {"error": ["EGeneral:Unknown method"]}


class TestHttp:
    def test_a_user_agent_is_required(self, client: Client) -> None:
        answer = client.send("GET", "/0/public/Time", user_agent="")

        assert answer.status == 403
        assert answer.body.startswith(b"<html>")

    def test_a_body_that_nobody_asked_for(self, client: Client) -> None:
        for _ in range(2):
            assert client.send("GET", "/0/public/Time", b"nobody asked").errors == []

    def test_one_connection_serves_many_requests(self, exchange: Exchange, client: Client) -> None:
        for _ in range(5):
            client.public("Time")

        assert len({request.connection for request in exchange.requests}) == 1

    @pytest.mark.parametrize(
        ("head", "status"),
        [
            (b"nonsense\r\n\r\n", b"400"),
            (b"GET /0/public/Time HTTP/9.9\r\n\r\n", b"505"),
            (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", b"414"),
            (b"POST /0/private/Balance HTTP/1.1\r\nContent-Length: -5\r\n\r\n", b"400"),
            (b"POST /0/private/Balance HTTP/1.1\r\nContent-Length: much\r\n\r\n", b"400"),
            (b"POST /0/private/Balance HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", b"400"),
            (CHUNKED + b"Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n", b"501"),
            (b"POST /0/private/Balance HTTP/1.1\r\nContent-Length: 9999999999\r\n\r\n", b"413"),
            (b"POST /0/private/Balance HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", b"413"),
            (CHUNKED + b"\r\nzz\r\n", b"400"),
            (CHUNKED + b"\r\n-1\r\n", b"400"),
            (CHUNKED + b"\r\n3\r\nabcd\r\n0\r\n\r\n", b"400"),
            (CHUNKED + b"\r\n1;" + b"x" * 9000 + b"\r\n", b"400"),
            (CHUNKED + b"\r\nffffff\r\n", b"413"),
            (CHUNKED + b"\r\n0\r\n" + b"A: b\r\n" * 101, b"400"),
            (CHUNKED + b"Content-Length: 5\r\n\r\n0\r\n\r\n", b"400"),
            (b"POST /0/private/Balance HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", b"501"),
        ],
    )
    def test_malformed_requests(self, server: SandboxServer, client: Client, head: bytes, status: bytes) -> None:
        host = urlsplit(server.url)
        with socket.create_connection((host.hostname, host.port or 0), timeout=10) as connection:
            connection.sendall(head)
            with connection.makefile("rb") as answer:
                assert status in answer.read()

        assert client.public("Time").errors == []

    def test_a_client_that_leaves_harms_nobody(
        self, exchange: Exchange, server: SandboxServer, client: Client, capfd: pytest.CaptureFixture[str]
    ) -> None:
        host = urlsplit(server.url)
        for _ in range(5):
            with socket.create_connection((host.hostname, host.port or 0), timeout=10) as connection:
                connection.sendall(b"POST /0/private/Balance HTTP/1.1\r\nContent-Length: 100\r\n\r\nnonce")

        assert client.public("Time").errors == []
        assert [request.endpoint for request in exchange.requests] == ["Time"]
        assert capfd.readouterr() == ("", "")

    def test_a_defect_is_answered_and_logged(
        self, exchange: Exchange, client: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        del exchange.state.market.tickers["XXBTZUSD"]

        assert client.public("Ticker").errors == ["EGeneral:Internal error"]
        assert "GET /0/public/Ticker failed" in caplog.text
        assert client.public("Time").errors == []

    def test_two_hundred_connections_at_once(self, exchange: Exchange, new_client: Callable[..., Client]) -> None:
        """All of them are open before the first request is sent, and stay open for a second one."""
        count = 200
        for index in range(count):
            exchange.add_key("test", api_key(f"KEY{index}-sample-key"))
        clients = [new_client(key=f"KEY{index}-sample-key") for index in range(count)]
        all_connected = threading.Barrier(count, timeout=20)

        def ask(client: Client) -> list[list[str]]:
            client.connection.connect()
            all_connected.wait()
            return [client.private("BalanceEx").errors for _ in range(2)]

        with ThreadPoolExecutor(count) as pool:
            answers = list(pool.map(ask, clients))

        assert answers == [[[], []]] * count
        assert len({request.connection for request in exchange.requests}) == count

    def test_latency(self, server: SandboxServer, client: Client) -> None:
        server.latency = 30
        client.connection.timeout = 0.2
        with pytest.raises(TimeoutError):
            client.public("Time")
        server.latency = 0

    def test_the_port_is_free_again_afterwards(self) -> None:
        with SandboxServer(Exchange()) as server:
            client = Client(server.url)
            assert client.public("Time").errors == []
            port = urlsplit(server.url).port or 0
        with pytest.raises(OSError):
            client.public("Time")
        client.close()

        with SandboxServer(Exchange(), port=port) as server:
            assert urlsplit(server.url).port == port

    def test_ipv6(self) -> None:
        with SandboxServer(Exchange(), host="::1") as server:
            assert server.url.startswith("http://[::1]:")
            client = Client(server.url)
            assert client.public("Time").errors == []
            client.close()

    def test_tls(self) -> None:
        authority = trustme.CA()
        serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(serving)
        trusting = ssl.create_default_context()
        authority.configure_trust(trusting)
        with SandboxServer(Exchange(), ssl_context=serving) as server:
            assert server.url.startswith("https://127.0.0.1:")
            with urllib.request.urlopen(f"{server.url}/0/public/Time", context=trusting) as answer:
                assert json.load(answer)["error"] == []

            # One that speaks no TLS is turned away, and the next is served.
            host = urlsplit(server.url)
            with socket.create_connection((host.hostname, host.port or 0), timeout=10) as connection:
                connection.sendall(b"GET /0/public/Time HTTP/1.1\r\n\r\n")
                with suppress(ConnectionError):
                    assert not connection.recv(100).startswith(b"HTTP/")
            with urllib.request.urlopen(f"{server.url}/0/public/Time", context=trusting) as answer:
                assert json.load(answer)["error"] == []


class TestLog:
    def test_what_was_asked_and_what_came_of_it(
        self, exchange: Exchange, clock: ManualClock, client: Client
    ) -> None:
        clock.advance(5)
        client.private("TradeBalance", nonce=77, asset="ZEUR", otp="sample password")
        client.public("Time")
        private, public = exchange.requests

        assert private.time == clock.now
        assert (private.endpoint, private.key, private.nonce) == ("TradeBalance", KEY, "77")
        assert private.parameters == {"asset": "ZEUR"}
        assert private.errors == ("EAPI:Invalid signature",)
        assert private.connection == public.connection
        assert (public.endpoint, public.key, public.nonce, public.errors) == ("Time", None, None, ())

    def test_holds_no_secrets(self, exchange: Exchange, client: Client) -> None:
        exchange.replace_key(KEY, otp="sample password")
        client.private("Balance", otp="sample password")

        text = repr(exchange.requests) + repr(exchange.state)
        assert SECRET not in text
        assert "sample password" not in text


AMOUNT_FIELDS = (
    *(
        "volume",
        "price",
        "userref",
        "cl_ord_id",
        "txid",
        "oflags",
        "start",
        "end",
        "ofs",
        "asset",
        "nonce",
        "price2",
    ),
    *("displayvol", "leverage", "starttm", "expiretm", "deadline", "close[price]", "order_qty", "limit_price"),
    *("trigger_price", "timeout", "orders", "cursor", "orders[0][type]", "orders[1][price]"),
)
AMOUNTS = st.one_of(st.decimals().map(str), st.integers().map(str), st.text(max_size=30))
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "pair": st.sampled_from(["XBTUSD", "SHIBUSD", "ZUSDZJPY", "nonsense"]),
        "type": st.sampled_from(["buy", "sell", ""]),
        "ordertype": st.sampled_from(["market", "limit", "stop-loss", "trailing-stop-limit"]),
        "close[ordertype]": st.sampled_from(["limit", "trailing-stop"]),
        **dict.fromkeys(AMOUNT_FIELDS, AMOUNTS),
    },
)


def _encoded(fields: dict[str, str]) -> bytes:
    return urlencode(fields, errors="replace").encode()


def _any_exchange() -> Exchange:
    exchange = Exchange(clock=ManualClock())
    exchange.add_account(
        SimulatedAccount("test", "AA00 SAMP LE00 9999", holdings(ZUSD="100000", XXBT="2", SHIB="1e9"))
    )
    exchange.add_key("test", api_key())
    return exchange


_ANY = _any_exchange()


@given(name=st.sampled_from(sorted(PUBLIC | PRIVATE)), fields=FIELDS, as_json=st.booleans())
def test_whatever_is_sent_the_answer_is_krakens(name: str, fields: dict[str, str], as_json: bool) -> None:
    """Any parameters, rightly signed: a result or a list of errors, never an exception."""
    exchange = _ANY
    nonce = fields.setdefault("nonce", "5")
    exchange.state.keys[KEY].highest_nonce = 0
    exchange.state.keys[KEY].counter.value = 0
    if as_json:
        body = json.dumps(fields).encode()
        content_type = "application/json"
    else:
        body = _encoded(fields)
        content_type = "application/x-www-form-urlencoded"
    private = name in PRIVATE
    path = f"/0/{'private' if private else 'public'}/{name}"
    reply = exchange.handle(
        ReceivedRequest(
            method="POST" if private else "GET",
            path=path,
            query=_encoded(fields).decode(),
            headers={
                "user-agent": "tests",
                "content-type": content_type,
                "api-key": KEY,
                "api-sign": signature(path, nonce, body, exchange.state.keys[KEY].api_key.secret_bytes),
            },
            body=body,
        )
    )
    document = json.loads(reply.body)

    assert reply.status == 200
    assert document["error"] or "result" in document
    assert all(error.startswith("E") for error in document["error"])
