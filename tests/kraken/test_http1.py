"""Where an answer ends, and what is none: over real connections, to servers that frame it in every way."""

from __future__ import annotations

import gzip
import zlib

import pytest

from kraken_accounts.deadline import Deadline
from kraken_accounts.kraken.errors import UnexpectedAnswer, Unreachable
from kraken_accounts.kraken.transport import Request, Session

from ..support import LIMIT, ScriptedServer, http_response, in_pieces

POST = Request("POST", "/0/private/Balance", "nonce=1")
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
GZIPPED = gzip.compress(b"whole " * 50_000)


def asked_twice(answer: bytes) -> tuple[bytes, int]:
    """The body of an answer, and over how many connections two questions went."""
    with ScriptedServer(answer, http_response("second")) as server:
        session = Session(server.url)
        first = session.send(POST, Deadline(LIMIT))
        assert session.send(POST, Deadline(LIMIT)).body == b"second"
        session.close()
    return first.body, server.connections


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        pytest.param(OK + b"content-length:5\r\n\r\nwhole", b"whole", id="a length"),
        pytest.param(OK + b"Content-Length: 0\r\n\r\n", b"", id="nothing"),
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", b"", id="a status without a body"),
        pytest.param(OK + b"X-Empty:\r\nContent-Length: 5\r\n\r\nwhole", b"whole", id="a header without a value"),
        pytest.param(CHUNKED + b"2;name=x\r\nwh\r\n03\r\nole\r\n0\r\nX-Late: 1\r\n\r\n", b"whole", id="pieces"),
        pytest.param(
            b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nwhole", b"whole", id="HTTP/1.0"
        ),
        pytest.param(
            CHUNKED + b"5\r\nwhole\r\n0\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n",
            b"whole",
            id="what comes too late to count",
        ),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" + http_response("whole"), b"whole", id="first a go-ahead"),
        pytest.param(
            b"HTTP/1.1 100 Continue\r\nContent-Encoding: gzip\r\n\r\n" + http_response("whole"),
            b"whole",
            id="first a go-ahead with headers",
        ),
        pytest.param(
            http_response(GZIPPED, headers={"Content-Encoding": "GZip"}), b"whole " * 50_000, id="compressed"
        ),
    ],
)
def test_a_whole_answer_leaves_the_connection_to_the_next(answer: bytes, body: bytes) -> None:
    assert asked_twice(answer) == (body, 1)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(OK + b"Connection: Close\r\nContent-Length: 5\r\n\r\nwhole", id="the server says so"),
        pytest.param(b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nwhole", id="HTTP/1.0"),
        pytest.param(http_response("whole") + b"HTTP/1.1 200 OK\r\n", id="more than was asked for"),
        pytest.param(http_response("whole") + http_response("other"), id="another answer"),
        pytest.param(http_response("whole") + b"HTTP/1.1 100 Continue\r\n\r\n", id="a go-ahead behind it"),
        pytest.param(http_response("whole") + b"x", id="what is no answer behind it"),
    ],
)
def test_a_connection_that_is_done_is_not_used_again(answer: bytes) -> None:
    assert asked_twice(answer) == (b"whole", 2)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"HTTP/2 200 OK\r\n\r\n", id="another version"),
        pytest.param(b"HTTP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nwhole", id="another version, with a dot"),
        pytest.param(b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n" + http_response("x"), id="two versions"),
        pytest.param(b"HTTP/1.1 2000 OK\r\n\r\n", id="no status"),
        pytest.param(b"HTTP/1.1 000 OK\r\nContent-Length: 5\r\n\r\nwhole", id="status 0"),
        pytest.param(b"HTTP/1.1 099 OK\r\nContent-Length: 5\r\n\r\nwhole", id="a status below all others"),
        pytest.param(b"HTTP/1.1 200 OK\nContent-Length: 5\r\n\r\nwhole", id="half a line break"),
        pytest.param(OK + b"Content-Length: 5\r\n\nwhole", id="half a line break at the head's end"),
        pytest.param(OK + b"X: a\0b\r\nContent-Length: 5\r\n\r\nwhole", id="a NUL in a header"),
        pytest.param(OK + b"X: a\rContent-Length: 9\r\nContent-Length: 5\r\n\r\nwhole", id="a header within one"),
        pytest.param(OK + b"Content-Length : 5\r\n\r\nwhole", id="a name that ends in a space"),
        pytest.param(OK + b"no header\r\n\r\n", id="no header"),
        pytest.param(OK + b"X-Folded: a\r\n b\r\nContent-Length: 0\r\n\r\n", id="a folded header"),
        pytest.param(OK + b"X: " + b"x" * (1 << 17), id="a head without an end"),
        pytest.param(OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nwhole!", id="two lengths"),
        pytest.param(OK + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nwhole", id="the same length twice"),
        pytest.param(OK + b"Content-Length:\r\n\r\nwhole", id="an empty length"),
        pytest.param(OK + b"Content-Length: 18446744073709551621\r\n\r\nwhole", id="a length beyond 64 bits"),
        pytest.param(OK + b"Content-Length: -5\r\n\r\nwhole", id="a length below zero"),
        pytest.param(OK + b"Content-Length: +5\r\n\r\nwhole", id="a length with a sign"),
        pytest.param(OK + b"Content-Length: 50\r\n\r\nwhole", id="less than its length"),
        pytest.param(
            OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", id="a length, and pieces"
        ),
        pytest.param(OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", id="pieces of something else"),
        pytest.param(OK + b"Transfer-Encoding: gzip\r\n\r\nwhole", id="something else, until the end"),
        pytest.param(OK + b"Transfer-Encoding:\r\nContent-Length: 5\r\n\r\nwhole", id="a coding without a name"),
        pytest.param(OK + 2 * b"Transfer-Encoding: chunked\r\n" + b"\r\n0\r\n\r\n", id="pieces of pieces"),
        pytest.param(CHUNKED + b"2\nwh\r\n0\r\n\r\n", id="half a line break behind a size"),
        pytest.param(CHUNKED + b"2;" + b"x" * (1 << 18) + b"\r\nwh\r\n0\r\n\r\n", id="a size without an end"),
        pytest.param(CHUNKED + b"0\r\n" + b"X: x\r\n" * (1 << 16) + b"\r\n", id="too many headers that come late"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000 + OK, id="go-aheads without an end"),
        pytest.param(CHUNKED + b"0x2\r\nwh\r\n0\r\n\r\n", id="a size that is none"),
        pytest.param(CHUNKED + b"2\r\nwhole\r\n0\r\n\r\n", id="a piece that is too long"),
        pytest.param(CHUNKED + b"2\r\nwh\r\n", id="the last piece missing"),
        pytest.param(
            http_response(GZIPPED[:-9], headers={"Content-Encoding": "gzip"}), id="compressed, and cut off"
        ),
        pytest.param(
            http_response(zlib.compress(b"whole"), headers={"Content-Encoding": "gzip"}), id="compressed otherwise"
        ),
    ],
)
def test_what_is_ambiguous_or_cut_off_is_no_answer(answer: bytes) -> None:
    with ScriptedServer(in_pieces(answer), http_response("second")) as server:
        session = Session(server.url)
        with pytest.raises(Unreachable) as failure:
            session.send(POST, Deadline(LIMIT))
        assert session.send(POST, Deadline(LIMIT)).body == b"second"
        session.close()

    assert failure.value.reason == f"{server.host} broke the connection off"
    assert failure.value.uncertain  # it was sent, and may have been carried out
    assert server.connections == 2


def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    with ScriptedServer(in_pieces(OK + b"\r\nwh", b"ole")) as server:
        assert Session(server.url).send(POST, Deadline(LIMIT)).body == b"whole"


def test_the_headers_are_those_of_the_answer_that_was_asked_for() -> None:
    first = http_response("whole", headers={"Retry-After": "7"})
    with ScriptedServer(first + b"HTTP/1.1 100 Continue\r\nRetry-After: 8\r\n\r\n") as server:
        assert Session(server.url).send(POST, Deadline(LIMIT)).retry_after == "7"


def test_pieces_without_an_end_are_bounded() -> None:
    endless = CHUNKED + b"".join(b"10000\r\n" + b" " * (1 << 16) + b"\r\n" for _ in range(20))
    with ScriptedServer(in_pieces(endless)) as server, pytest.raises(UnexpectedAnswer) as failure:
        Session(server.url).send(Request("POST", "/", limit=1 << 20), Deadline(LIMIT))

    assert failure.value.reason == f"{server.host} sent more than 1 MiB, which no answer of Kraken has"


@pytest.mark.parametrize("value", ["a\r\nX-Other: b", "a\nb", "a\rb", "\u20ac"])
def test_no_header_ends_early(value: str) -> None:
    with ScriptedServer(http_response("{}")) as server, pytest.raises(Unreachable):
        Session(server.url).send(Request("POST", "/", headers={"API-Key": value}), Deadline(LIMIT))

    assert not server.requests
