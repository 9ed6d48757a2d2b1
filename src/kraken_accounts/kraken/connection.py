"""Connections that keys may be trusted to: verified TLS, directly or through a proxy, made in bounded time.

Until a connection is open, nothing of a request has been sent, and whatever goes wrong proves that.
"""

from __future__ import annotations

import http.client
import queue
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection, ProxyConfig
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError
from urllib3.util import parse_url
from urllib3.util.ssltransport import SSLTransport

from ..alarm_clock import Alarm, alarm_clock
from ..config import is_loopback
from ..deadline import Deadline
from ..text import printable
from .errors import CertificateNotTrusted, Unreachable
from .proxy import Proxy, proxy_for
from .tls import tls_context

CONNECT_TIMEOUT = 5.0  # seconds, for each of a host's addresses
_REFUSED_BY_PROXY = "Tunnel connection failed: "  # as http.client says it


class Connector:
    """Makes connections to one exchange.

    Proxies (HTTPS_PROXY, NO_PROXY) and custom authorities (REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE, SSL_CERT_FILE)
    are honoured. A loopback address is never sent through a proxy.

    Args:
        url: base URL of the exchange.

    Attributes:
        host: and port, as the URL has them.

    Raises:
        ConfigurationError: the proxy or the custom authorities that the environment names cannot be used.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host = parts.netloc
        self._name = parts.hostname or ""
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._context = tls_context() if parts.scheme == "https" else None
        self._proxy = None if is_loopback(self._name) else proxy_for(url)

    def connect(self, deadline: Deadline) -> HTTPConnection:
        """A new open connection.

        Raises:
            Unreachable: there is none in time; nothing was sent.
        """
        connection = self._new_connection(min(CONNECT_TIMEOUT, deadline.remaining()))
        try:
            if deadline.supervised:
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

    def _not_connected(self, error: Exception, connection: HTTPConnection) -> Unreachable:
        """Why there is no connection."""
        causes = list(causes_of(error))
        distrust = next((cause for cause in causes if isinstance(cause, ssl.CertificateError)), None)
        if distrust is not None:
            why = getattr(distrust, "verify_message", "") or str(distrust)
            return CertificateNotTrusted(f"the certificate of {self.host} is not trusted ({printable(why, 100)})")
        if self._proxy is not None and not getattr(connection, "tunnelled", False):
            refusals = (str(cause) for cause in causes if str(cause).startswith(_REFUSED_BY_PROXY))
            refusal = next(refusals, "").removeprefix(_REFUSED_BY_PROXY)
            did = f"refuses ({printable(refusal, 60)})" if refusal else "does not answer"
            return Unreachable(
                f"the proxy on the way to {self.host} {did}", "Check HTTPS_PROXY and NO_PROXY.", sent=False
            )
        if any(isinstance(cause, NewConnectionError) for cause in causes):
            return Unreachable(f"{self.host} cannot be reached{system_message_of(error)}", sent=False)
        if any(isinstance(cause, TimeoutError | ConnectTimeoutError) for cause in causes):
            return Unreachable(f"{self.host} did not answer in time", sent=False)
        return Unreachable(f"no TLS connection to {self.host} could be made", sent=False)


class _Connection(HTTPSConnection):
    """Knows whether the tunnel through a proxy is there: from then on the proxy is not to blame."""

    tunnelled = False

    def _tunnel(self) -> None:
        # Whoever waits for it gives up in time, but the thread that connects would stay with a proxy that drips.
        alarm = cut_after(CONNECT_TIMEOUT, self.sock)
        try:
            super()._tunnel()
        finally:
            alarm.cancel()
        if alarm.rang:
            raise TimeoutError
        self.tunnelled = True


def is_open(connection: HTTPConnection) -> bool:
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


def cut_after(seconds: float, sock: socket.socket | SSLTransport | None) -> Alarm:
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


def system_message_of(error: Exception) -> str:
    """What the operating system said, where it said something: " (Connection refused)"."""
    messages = (cause.strerror for cause in causes_of(error) if isinstance(cause, OSError) and cause.strerror)
    return next((f" ({message})" for message in messages), "")


def causes_of(error: BaseException) -> Iterator[BaseException]:
    """An exception and those that led to it; urllib3 hands some on as arguments only."""
    found = [error]
    for here in found:
        yield here
        causes = (here.__cause__, here.__context__, getattr(here, "reason", None), *here.args)
        found += [cause for cause in causes if isinstance(cause, BaseException) and cause not in found]
