"""HTTP that keys may be trusted to: verified TLS, no redirects, no other passwords, bounded time and bodies.

A request has two parts. Until its connection is open, nothing of it has been sent, and whatever goes wrong proves
that. From then on it may have arrived, whatever goes wrong: only an answer tells.
"""

from __future__ import annotations

import http.client
import os
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlsplit

from urllib3 import BaseHTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection, ProxyConfig
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError
from urllib3.util import parse_url
from urllib3.util.ssltransport import SSLTransport

from .. import __version__
from ..alarm_clock import Alarm, alarm_clock
from ..config import is_loopback
from ..deadline import Deadline
from ..text import printable
from .clock import clock_of
from .errors import CertificateNotTrusted, KrakenError, UnexpectedAnswer, Unreachable
from .proxy import Proxy, proxy_for
from .tls import tls_context

PUBLIC_LIMIT = 16 << 20
"""Bytes, decompressed, of an answer that needs no key; Kraken's largest, AssetPairs, has about 2 MB."""
PRIVATE_LIMIT = 1 << 20
"""Bytes, decompressed, of an answer about one account."""

_CHUNK = 1 << 16
_HEADERS = {
    "User-Agent": f"kraken-accounts/{__version__}",  # Kraken requires one
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
}
CONNECT_TIMEOUT = 5.0  # seconds, for each of a host's addresses; tests have less of them
_REFUSED_BY_PROXY = "Tunnel connection failed: "  # as http.client says it


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent. It shows nothing of itself, for its headers have the key and its body the password.

    Attributes:
        target: path and query.
        limit: of the answer, in bytes.
    """

    method: str
    target: str = field(repr=False)
    body: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    limit: int = PUBLIC_LIMIT


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the HTTP status and the whole body."""

    status: int
    body: bytes = field(repr=False)


class Session:
    """Connections to one exchange, for one account or for none; used by one request each at a time.

    Proxies (HTTPS_PROXY, NO_PROXY) and custom authorities (REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE, SSL_CERT_FILE)
    are honoured. A loopback address is never sent through a proxy. ~/.netrc, which may hold another password for
    this host, is never read.

    Args:
        url: base URL of the exchange.
        supervised: whether somebody else leaves behind who takes too long to connect, as a whole check does;
            without that, each connection is made in a thread of its own.

    Raises:
        ConfigurationError: the proxy or the custom authorities that the environment names cannot be used.
    """

    def __init__(self, url: str, *, supervised: bool = False) -> None:
        self._supervised = supervised
        parts = urlsplit(url)
        self.host = parts.netloc
        self._name = parts.hostname or ""
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._context = tls_context() if parts.scheme == "https" else None
        self._proxy = None if is_loopback(self._name) else proxy_for(url)
        self._clock = clock_of(url)
        self._idle: list[HTTPConnection] = []
        self._process = os.getpid()

    def open(self, deadline: Deadline) -> None:
        """Have a connection ready, so that the next request leaves at once.

        Raises:
            Unreachable: there is none in time; nothing was sent.
        """
        if self._process != os.getpid() or not self._idle:
            self._idle.append(self._connection(deadline))

    def send(self, request: Request, deadline: Deadline, on_sent: Callable[[], None] = lambda: None) -> Answer:
        """One request, one answer. The date of the answer is taken note of, whatever the answer is.

        Args:
            deadline: for the whole of it, however slowly the answer trickles in.
            on_sent: called when the request is on its way.

        Raises:
            Unreachable: no whole answer in time; its `uncertain` is False only where nothing was sent.
            UnexpectedAnswer: a redirect, which is never followed, an interim answer, or more than the request's
                limit.
        """
        connection = self._connection(deadline)
        failure: KrakenError
        alarm = _cut_after(deadline.remaining(), connection.sock)
        try:
            asked = time.monotonic()
            _write(connection, request, deadline)
            on_sent()
            response = connection.getresponse()
            self._clock.learn(response.headers.get("Date"), self._clock.now(), time.monotonic() - asked)
            answer = Answer(response.status, self._body(response, request.limit))
            alarm.cancel()
            if alarm.rang:  # what is cut may look whole
                raise TimeoutError
            if connection.sock is not None:
                self._idle.append(connection)
            return answer
        except KrakenError as error:
            failure = error
        except (HTTPError, http.client.HTTPException, OSError, ValueError) as error:
            # ValueError: what http.client cannot make sense of.
            failure = self._broken_off(error, too_late=alarm.rang or not deadline.remaining())
        finally:
            alarm.cancel()
        connection.close()
        # Here, and not while the other is handled: the frames that it has seen hold the key.
        raise failure

    def close(self) -> None:
        """Close all connections that are not in use; a later request opens others."""
        while self._idle:
            with suppress(IndexError):
                self._idle.pop().close()

    # --- the connection ---------------------------------------------------------------------------------

    def _connection(self, deadline: Deadline) -> HTTPConnection:
        """An open connection: one that the server has not closed meanwhile, else a new one."""
        if self._process != os.getpid():
            # A fork: the connections are the parent's. They are let go and not ended, which it would notice.
            self._process, self._idle = os.getpid(), []
        if not deadline.remaining():
            # Not even over a connection that is there: nobody would wait for what comes of the request.
            raise Unreachable("the time was over before Kraken could be asked", sent=False)
        with suppress(IndexError):
            while True:
                idle = self._idle.pop()
                if _is_open(idle):
                    return idle
                idle.close()
        connection = self._new_connection(min(CONNECT_TIMEOUT, deadline.remaining()))
        try:
            if self._supervised:
                connection.connect()
            else:
                _within(connection.connect, deadline.remaining())
        except (HTTPError, http.client.HTTPException, OSError, ValueError) as error:
            failure = self._not_connected(error, connection)
        else:
            return connection
        connection.close()
        # Here, and not while the other is handled: the frames that it has seen may hold a proxy's password.
        raise failure

    def _new_connection(self, timeout: float) -> _Connection | HTTPConnection:
        if self._context is None:
            connection: _Connection | HTTPConnection = HTTPConnection(self._name, self._port, timeout=timeout)
        elif self._proxy is None:
            connection = _Connection(self._name, self._port, timeout=timeout, ssl_context=self._context)
        else:
            connection = self._proxied_connection(self._proxy, self._context, timeout)
        connection.set_debuglevel(0)  # whatever http.client is set to: it prints keys
        return connection

    def _proxied_connection(self, proxy: Proxy, context: ssl.SSLContext, timeout: float) -> _Connection:
        connection = _Connection(
            proxy.host,
            proxy.port,
            timeout=timeout,
            ssl_context=context,
            proxy=parse_url(proxy.url),
            proxy_config=ProxyConfig(context, False, None, None),
        )
        connection.set_tunnel(self._name, self._port, dict(proxy.headers), proxy.scheme)
        return connection

    # --- what went wrong --------------------------------------------------------------------------------

    def _not_connected(self, error: Exception, connection: HTTPConnection) -> Unreachable:
        """Why there is no connection. Nothing was sent then."""
        causes = list(_causes(error))
        distrust = next((cause for cause in causes if isinstance(cause, ssl.CertificateError)), None)
        if distrust is not None:
            words = getattr(distrust, "verify_message", "") or str(distrust)
            return CertificateNotTrusted(
                f"the certificate of {self.host} is not trusted ({printable(words, 100)})"
            )
        if self._proxy is not None and not getattr(connection, "tunnelled", False):
            refusals = (str(cause) for cause in causes if str(cause).startswith(_REFUSED_BY_PROXY))
            refusal = next(refusals, "").removeprefix(_REFUSED_BY_PROXY)
            did = f"refuses ({printable(refusal, 60)})" if refusal else "does not answer"
            return Unreachable(
                f"the proxy on the way to {self.host} {did}", "Check HTTPS_PROXY and NO_PROXY.", sent=False
            )
        if any(isinstance(cause, NewConnectionError) for cause in causes):
            return Unreachable(f"{self.host} cannot be reached{_detail(error)}", sent=False)
        if any(isinstance(cause, TimeoutError | ConnectTimeoutError) for cause in causes):
            return Unreachable(f"{self.host} did not answer in time", sent=False)
        return Unreachable(f"no TLS connection to {self.host} could be made", sent=False)

    def _broken_off(self, error: Exception, *, too_late: bool) -> Unreachable:
        """Why there is no answer. The request may have arrived."""
        if too_late or any(isinstance(cause, TimeoutError) for cause in _causes(error)):
            return Unreachable(f"{self.host} did not answer in time")
        if isinstance(error, ssl.SSLError):
            return Unreachable(f"the TLS connection to {self.host} broke off")
        return Unreachable(f"{self.host} broke the connection off{_detail(error)}")

    def _body(self, response: BaseHTTPResponse, limit: int) -> bytes:
        if response.status < http.client.OK:
            # The answer itself is still to come, on a connection that must not be used for anything else.
            raise UnexpectedAnswer(f"{self.host} sent HTTP status {response.status} in place of an answer")
        if response.get_redirect_location():
            raise UnexpectedAnswer(
                f"{self.host} redirects elsewhere; a redirect is never followed with a key",
                "Check KRAKEN_API_URL and any proxy between here and Kraken.",
            )
        parts: list[bytes] = []
        size = 0
        while chunk := response.read1(_CHUNK, decode_content=True):
            parts.append(chunk)
            size += len(chunk)
            if size > limit:
                raise UnexpectedAnswer(
                    f"{self.host} sent more than {limit >> 20} MiB, which no answer of Kraken has"
                )
        return b"".join(parts)


class _Connection(HTTPSConnection):
    """Knows whether the tunnel through a proxy is there: from then on the proxy is not to blame."""

    tunnelled = False

    def _tunnel(self) -> None:
        # Whoever waits for it gives up in time, but the thread that connects would stay with a proxy that drips.
        alarm = _cut_after(CONNECT_TIMEOUT, self.sock)
        try:
            super()._tunnel()
        finally:
            alarm.cancel()
        if alarm.rang:
            raise TimeoutError
        self.tunnelled = True


def _is_open(connection: HTTPConnection) -> bool:
    """Whether the server has not ended the connection, nor sent what nobody asked for."""
    sock = connection.sock
    if sock is None:
        return False
    try:
        sock.settimeout(0)
        sock.recv(1)
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except (OSError, ValueError):
        return False
    return False


def _write(connection: HTTPConnection, request: Request, deadline: Deadline) -> None:
    connection.timeout = deadline.remaining()
    if connection.sock is not None:
        connection.sock.settimeout(max(deadline.remaining(), 0.001))
    connection.request(
        request.method,
        request.target,
        body=request.body.encode() if request.method == "POST" else None,
        headers={**_HEADERS, **request.headers},
        preload_content=False,
    )


def _cut_after(seconds: float, sock: socket.socket | SSLTransport | None) -> Alarm:
    """Break a connection off when the time is over: a socket's own timeout begins anew with every byte."""
    try:
        return alarm_clock.after(seconds, partial(_cut, sock))
    except RuntimeError:
        return Alarm(seconds, lambda: None)  # no thread to be had: each byte has the time then


def _cut(sock: socket.socket | SSLTransport | None) -> None:
    while isinstance(sock, SSLTransport):  # TLS within TLS, as to an exchange behind an https:// proxy
        sock = sock.socket
    if sock is not None:
        with suppress(OSError):
            # Not SSLSocket's own, which takes the TLS off first: what is written at that moment would leave in
            # the clear.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _within(connect: Callable[[], None], seconds: float) -> None:
    """Connect, but wait no longer than that: names may take their time to be looked up, and have many addresses.

    Raises:
        TimeoutError: it was not done in time; a connection that is made later is let go.
        Exception: whatever `connect` raises.
    """
    outcome: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()

    def work() -> None:
        try:
            connect()
        except BaseException as error:  # noqa: BLE001 - raised again where it is awaited
            outcome.put(error)
        else:
            outcome.put(None)

    try:
        threading.Thread(target=work, daemon=True).start()
    except RuntimeError:
        work()  # no thread to be had
    try:
        failure = outcome.get(timeout=min(seconds, threading.TIMEOUT_MAX))
    except queue.Empty:
        raise TimeoutError from None
    if failure is not None:
        raise failure


def _detail(error: Exception) -> str:
    """What the operating system said, where it said something: " (Connection refused)"."""
    said = (cause.strerror for cause in _causes(error) if isinstance(cause, OSError) and cause.strerror)
    return next((f" ({words})" for words in said), "")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and those that led to it; urllib3 hands some on as arguments only."""
    found = [error]
    for here in found:
        yield here
        causes = (here.__cause__, here.__context__, getattr(here, "reason", None), *here.args)
        found += [cause for cause in causes if isinstance(cause, BaseException) and cause not in found]
