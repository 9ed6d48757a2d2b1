"""The exchange over real HTTP/1.1, on loopback addresses only."""

import ipaddress
import logging
import socket
import ssl
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from .bodies import BodyError, read_body
from .exchange import Exchange
from .messages import INTERNAL_ERROR, ReceivedRequest, Reply
from .request_log import RequestLog

log = logging.getLogger(__name__)

HANDSHAKE_SECONDS = 60  # as web servers usually wait; hundreds of clients on one processor take their time
IDLE_SECONDS = 120


class SandboxServer:
    """Serves an exchange from a thread of its own while its `with` block runs.

    `latency` is how many seconds a request and its reply are under way, half of it each; change it at any time.
    With an `ssl_context` it speaks HTTPS. A `request_log` notes every request that reaches the exchange.
    Raises ValueError for an address that is not a loopback one, and OSError when the port is taken.
    """

    def __init__(
        self,
        exchange: Exchange,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        ssl_context: ssl.SSLContext | None = None,
        latency: float = 0,
        request_log: RequestLog | None = None,
    ) -> None:
        self.exchange = exchange
        self.request_log = request_log
        self.latency = latency
        self._http = _Server(_loopback(host), port, self, ssl_context)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        host, port = self._http.server_address[:2]
        scheme = "http" if self._http.ssl_context is None else "https"
        return f"{scheme}://[{host!s}]:{port}" if ":" in str(host) else f"{scheme}://{host!s}:{port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._http.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def _loopback(host: str) -> str:
    """The address itself. Raises ValueError for any that other machines could reach."""
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        address = None
    if address is None or not address.is_loopback:
        raise ValueError(
            f"the sandbox listens on loopback addresses only (127.0.0.1, ::1, localhost), not on {host!r}"
        )
    return str(address)


class _Server(ThreadingHTTPServer):
    """One thread per connection; the connections still open are ended when it closes."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def __init__(self, host: str, port: int, sandbox: SandboxServer, ssl_context: ssl.SSLContext | None) -> None:
        if ":" in host:
            self.address_family = socket.AF_INET6
        self.sandbox = sandbox
        self.ssl_context = ssl_context
        self.stopping = threading.Event()
        self._connections: set[socket.socket] = set()
        self._connections_lock = threading.Lock()
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        # HTTPServer.server_bind would look the host's name up, which can take seconds.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        if self.ssl_context is not None:
            # Here, not on accepting: a client that is slow to shake hands holds up nobody else.
            try:
                request.settimeout(HANDSHAKE_SECONDS)
                request = self.ssl_context.wrap_socket(request, server_side=True)
            except OSError:
                self.shutdown_request(request)
                return
        with self._connections_lock:
            self._connections.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._connections_lock:
                self._connections.discard(request)

    def server_close(self) -> None:
        super().server_close()
        with self._connections_lock:
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """A client that went away is no news; anything else is a fault of the sandbox itself."""
        if not isinstance(sys.exception(), OSError):
            log.error("connection from %s failed", client_address, exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "kraken-accounts-sandbox"
    sys_version = ""
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    # Headers and body leave together, in one packet where they fit.
    wbufsize = -1

    def __getattr__(self, name: str) -> Any:
        """`do_GET` and so on, which http.server asks for: the exchange has an answer to every method."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _serve(self) -> None:
        try:
            body = read_body(self.headers, self.rfile)
        except BodyError as error:
            # What the client sends next cannot be told from the body it announced.
            self.close_connection = True
            if error.status is not None:
                self.send_error(error.status)
        else:
            self._answer(body)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The exchange's time, which need not be this machine's."""
        return super().date_time_string(
            self.server.sandbox.exchange.state.clock() if timestamp is None else timestamp
        )

    def log_message(self, *args: object) -> None:
        """Nothing: the exchange keeps the log."""

    def _answer(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        request = ReceivedRequest(
            method=self.command,
            path=path,
            query=query,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
            client_ip=self.client_address[0],
            client_port=self.client_address[1],
        )
        sandbox = self.server.sandbox
        self._wait(sandbox.latency / 2)
        started = time.perf_counter()
        try:
            reply = sandbox.exchange.handle(request)
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            reply = INTERNAL_ERROR
        if sandbox.request_log is not None:
            sandbox.request_log.write(request, reply, sandbox.exchange.clock(), time.perf_counter() - started)
        self._deliver(reply)

    def _deliver(self, reply: Reply) -> None:
        self._wait(self.server.sandbox.latency / 2 + reply.delay)
        if reply.cut is not None:
            self.close_connection = True
            if reply.cut < 0:
                return
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers:
            self.send_header(name, value)
        self.end_headers()
        body = b"" if self.command == "HEAD" else reply.body[: reply.cut]
        if reply.drip:
            self._drip(body, reply.drip)
        else:
            self.wfile.write(body)
        self.wfile.flush()

    def _wait(self, seconds: float) -> None:
        if seconds:
            self.server.stopping.wait(seconds)

    def _drip(self, body: bytes, seconds: float) -> None:
        for index in range(len(body)):
            self.wfile.write(body[index : index + 1])
            self.wfile.flush()
            if self.server.stopping.wait(seconds):
                return
