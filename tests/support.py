"""What the tests share: sample accounts, and servers that behave as Kraken never should, on loopback addresses."""

from __future__ import annotations

import base64
import contextlib
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from email.utils import formatdate
from types import TracebackType
from typing import Any, Self, TypeVar

import pytest

from kraken_accounts.config import Credentials
from kraken_accounts.config.secret import ApiKey, Secret
from kraken_sandbox import Exchange, SimulatedAccount, SimulatedHolding, SimulatedKey

Value = TypeVar("Value")
LIMIT = 10.0  # seconds after which a test that waits for something gives up


def mostly_soak(values: Iterable[Value], in_each_run: int = 1) -> list[Any]:
    """For parametrize: the first of the values in each run of the tests, all of them in `make test-soak`."""
    return [
        value
        if place < in_each_run
        else pytest.param(*(value if isinstance(value, tuple) else (value,)), marks=pytest.mark.soak)
        for place, value in enumerate(values)
    ]


def sample_key(name: str) -> str:
    """An API key that says what it is: `SMPL-master-key-not-a-real-one`."""
    return f"SMPL-{name}-key-not-a-real-one"


def sample_secret(name: str) -> str:
    """A secret of the right shape, 64 bytes as base64, that says what it is."""
    return base64.b64encode(f"sample secret of {name} ".encode().ljust(64, b".")).decode()


def sample_credentials(name: str, **more: Any) -> Credentials:
    """Sample key and secret, as they are when they were read."""
    return Credentials(ApiKey(sample_key(name)), Secret(sample_secret(name)), **more)


def open_account(
    exchange: Exchange, name: str, balances: Mapping[str, str] | None = None, **key: Any
) -> SimulatedAccount:
    """An account of the simulated exchange with so much of each code, and its key with sample credentials."""
    holdings = {code: SimulatedHolding(Decimal(amount)) for code, amount in (balances or {}).items()}
    account = exchange.add_account(SimulatedAccount(name, f"AA00 SAMPLE {name}", holdings))
    exchange.add_key(name, SimulatedKey(sample_key(name), sample_secret(name), **key))
    return account


def variables(url: str, *names: str) -> dict[str, str]:
    """The environment that configures these accounts; `master` is the master."""
    values = {"KRAKEN_API_URL": url}
    for name in names:
        prefix = "KRAKEN_MASTER" if name == "master" else f"KRAKEN_USER_{name.upper()}"
        values |= {f"{prefix}_API_KEY": sample_key(name), f"{prefix}_API_SECRET": sample_secret(name)}
    return values


class ScriptedServer:
    """Answers each HTTP request with the next of the scripted bytes, and repeats the last of them.

    An answer is the bytes of a whole response, see `http_response`, after which the connection stays open; or a
    function that gives the bytes piece by piece, after which the connection is closed.

    Only the question for the time it answers by itself, as a client asks it before it uses a key.

    Attributes:
        port, host, url: where it listens; `host` with the port.
        requests: the bytes of each scripted request, in order of arrival.
        connections: how many clients have connected.
        closing: set when the test is over, so that no answer keeps waiting.
    """

    def __init__(self, *answers: Answer, ssl_context: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self.closing = threading.Event()
        self._answers = list(answers)
        self._context = ssl_context
        self._arrived = threading.Condition()
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"{'https' if ssl_context else 'http'}://{self.host}"

    def wait_for_requests(self, count: int, seconds: float = LIMIT) -> bool:
        """Whether that many requests have arrived, at the latest after so many seconds."""
        with self._arrived:
            return self._arrived.wait_for(lambda: len(self.requests) >= count, seconds)

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        for open_socket in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                open_socket.shutdown(socket.SHUT_RDWR)
            open_socket.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self._open.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.enter_context(connection)
            if self._context is not None:
                connection = stack.enter_context(self._context.wrap_socket(connection, server_side=True))
            reader = stack.enter_context(connection.makefile("rb"))
            while request := read_request(reader.readline, reader.read):
                if request.startswith(b"GET /0/public/Time "):
                    connection.sendall(http_response('{"error":[],"result":{}}', headers={"Date": formatdate()}))
                    continue
                with self._arrived:
                    self.requests.append(request)
                    answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
                    self._arrived.notify_all()
                if isinstance(answer, bytes):
                    connection.sendall(answer)
                    continue
                for piece in answer(self):
                    connection.sendall(piece)
                return


Answer = bytes | Callable[[ScriptedServer], Iterator[bytes]]


def read_request(read_line: Callable[[], bytes], read: Callable[[int], bytes]) -> bytes:
    """One HTTP request, head and body; nothing when the client has gone."""
    head = b""
    length = 0
    while line := read_line():
        head += line
        if line.lower().startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
        if line == b"\r\n":
            return head + read(length)
    return b""


def http_response(
    body: bytes | str,
    status: str = "200 OK",
    content_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """The bytes of an HTTP response."""
    content = body.encode() if isinstance(body, str) else body
    fields = {"Content-Type": content_type, "Content-Length": str(len(content)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + content


def never(server: ScriptedServer) -> Iterator[bytes]:
    """No answer at all, as long as the test runs."""
    server.closing.wait(LIMIT)
    yield from ()


def trickle(head: bytes, drop: bytes, pause: float) -> Callable[[ScriptedServer], Iterator[bytes]]:
    """An answer that begins well and then goes on as long as the test runs, a drop each `pause` seconds."""

    def answer(server: ScriptedServer) -> Iterator[bytes]:
        yield head
        ends = time.monotonic() + LIMIT
        while time.monotonic() < ends and not server.closing.wait(pause):
            yield drop

    return answer


def in_pieces(*pieces: Answer) -> Callable[[ScriptedServer], Iterator[bytes]]:
    """One after the other, and then the connection is closed."""

    def answer(server: ScriptedServer) -> Iterator[bytes]:
        for piece in pieces:
            if isinstance(piece, bytes):
                yield piece
            else:
                yield from piece(server)

    return answer


class TunnelProxy:
    """An HTTP proxy that opens tunnels (CONNECT), all of them to one and the same local port.

    With an `ssl_context` the way to the proxy is TLS, too; then its URL calls it `localhost`.

    Attributes:
        asked_for: the `host:port` of each tunnel that was asked for.
    """

    def __init__(self, port: int, *, ssl_context: ssl.SSLContext | None = None) -> None:
        self.asked_for: list[str] = []
        self._context = ssl_context
        self._target = port
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        place = "http://127.0.0.1" if ssl_context is None else "https://localhost"
        self.url = f"{place}:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for open_socket in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                open_socket.shutdown(socket.SHUT_RDWR)
            open_socket.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._open.append(client)
                threading.Thread(target=self._tunnel, args=(client,), daemon=True).start()

    def _tunnel(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):  # ValueError: closed, since the test is over
            if self._context is not None:
                client = self._context.wrap_socket(client, server_side=True)
                self._open.append(client)
            with client.makefile("rb", buffering=0) as reader:
                request = read_request(reader.readline, lambda _: b"")
            method, address, _ = request.split(b" ", 2)
            if method != b"CONNECT":
                return
            self.asked_for.append(address.decode())
            target = socket.create_connection(("127.0.0.1", self._target))
            self._open.append(target)
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            _relay(client, target)


def _relay(client: socket.socket, target: socket.socket) -> None:
    """What either says, to the other; in one thread, for a TLS connection is not for two at once."""
    ends = {client: target, target: client}
    try:
        while True:
            pending = [client] if isinstance(client, ssl.SSLSocket) and client.pending() else []
            for source in pending or select.select(list(ends), [], [])[0]:
                piece = source.recv(65536)
                if not piece:
                    return
                ends[source].sendall(piece)
    finally:
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
