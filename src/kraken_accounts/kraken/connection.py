"""Connections that keys may be trusted to: verified TLS, directly or through a proxy, made in bounded time.

Until a connection is open, nothing of a request has been sent, and whatever goes wrong proves that.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import partial
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

from ..alarm_clock import Alarm, alarm_clock
from ..deadline import Deadline
from ..text import printable
from .errors import CertificateNotTrusted, Unreachable
from .proxy import proxy_for
from .tls import tls_context

if TYPE_CHECKING:
    from urllib3.util.ssltransport import SSLTransport

    from .tunnel import Tunnel

Connection: TypeAlias = "socket.socket | SSLTransport"
"""One that is open; the latter to an exchange behind an https:// proxy."""

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
        name = f"[{self._name}]" if ":" in self._name else self._name
        self.host_header = name if parts.port is None else f"{name}:{parts.port}"
        self._context = tls_context() if parts.scheme == "https" else None
        self._proxy = proxy_for(url)

    def connect(self, deadline: Deadline) -> Connection:
        """A new open connection.

        Raises:
            Unreachable: there is none in time; nothing was sent.
        """
        timeout = min(CONNECT_TIMEOUT, deadline.remaining())
        tunnel = self._tunnel(timeout)
        connect = partial(self._directly, timeout) if tunnel is None else tunnel.opened
        try:
            return connect() if deadline.supervised else _within(connect, deadline.remaining())
        except (OSError, ValueError) as error:
            failure = self._not_connected(error, tunnel)
        if tunnel is not None:
            tunnel.close()
        # Here, and not while the other is handled: the frames that it has seen may hold a proxy's password.
        raise failure

    def know_again(self, connection: Connection) -> None:
        """Take note of a connection over which an answer has come: the next one is made more quickly."""
        if self._context is not None and isinstance(connection, ssl.SSLSocket):
            self._context.know_again(connection, self._name, self._port)

    def _directly(self, timeout: float) -> Connection:
        try:
            connection = socket.create_connection((self._name, self._port), timeout)
        except (OSError, UnicodeError) as error:
            raise _NotReached from error
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._context is None:
                return connection
            return self._context.connect(connection, self._name, self._port)
        except BaseException:
            connection.close()
            raise

    def _tunnel(self, timeout: float) -> Tunnel | None:
        if self._proxy is None or self._context is None:
            return None
        from .tunnel import tunnel_through

        return tunnel_through(self._proxy, self._name, self._port, self._context, timeout)

    def _not_connected(self, error: Exception, tunnel: Tunnel | None) -> Unreachable:
        """Why there is no connection."""
        causes = list(causes_of(error))
        distrust = next((cause for cause in causes if isinstance(cause, ssl.CertificateError)), None)
        if distrust is not None:
            why = getattr(distrust, "verify_message", "") or str(distrust)
            return CertificateNotTrusted(f"the certificate of {self.host} is not trusted ({printable(why, 100)})")
        if tunnel is not None and not tunnel.is_there:
            refusals = (str(cause) for cause in causes if str(cause).startswith(_REFUSED_BY_PROXY))
            refusal = next(refusals, "").removeprefix(_REFUSED_BY_PROXY)
            did = f"refuses ({printable(refusal, 60)})" if refusal else "does not answer"
            return Unreachable(
                f"the proxy on the way to {self.host} {did}", "Check HTTPS_PROXY and NO_PROXY.", sent=False
            )
        if any(isinstance(cause, TimeoutError) for cause in causes):
            return Unreachable(f"{self.host} did not answer in time", sent=False)
        if isinstance(error, _NotReached):
            return Unreachable(f"{self.host} cannot be reached{system_message_of(error)}", sent=False)
        return Unreachable(f"no TLS connection to {self.host} could be made", sent=False)


class _NotReached(OSError):
    """There is no connection to the exchange, be it with TLS or without."""


def is_open(connection: Connection) -> bool:
    """Whether the server has not ended the connection, nor sent what nobody asked for."""
    try:
        connection.settimeout(0)
        connection.recv(1)
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except (OSError, ValueError):
        return False
    return False


def in_time(deadline: Deadline, connection: Connection) -> AbstractContextManager[None]:
    """Break off what would take longer, where the time that each read is given does not see to that.

    A read within TLS within TLS is many reads of what is outside, each of which has the time anew.
    """
    if isinstance(connection, socket.socket):
        return nullcontext()
    return cut_after(deadline.remaining(), connection)


@contextmanager
def cut_after(seconds: float, connection: Connection | None) -> Iterator[None]:
    """Break the connection off when the time is over.

    Raises:
        TimeoutError: it was, even if what was cut looks whole.
    """
    try:
        alarm = alarm_clock.after(seconds, partial(_cut, connection))
    except RuntimeError:
        alarm = Alarm(seconds, lambda: None)  # no thread to be had: each byte has the time then
    try:
        yield
    finally:
        alarm.cancel()
    if alarm.rang:
        raise TimeoutError


def _cut(sock: Connection | None) -> None:
    while sock is not None and not isinstance(
        sock, socket.socket
    ):  # TLS within TLS, as to an exchange behind an https:// proxy
        sock = sock.socket
    if sock is not None:
        with suppress(OSError):
            # Not SSLSocket's own, which takes the TLS off first: what is written at that moment would leave in
            # the clear.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _within(connect: Callable[[], Connection], seconds: float) -> Connection:
    """Connect, but wait no longer than that: names may take their time to be looked up, and have many addresses.

    Raises:
        TimeoutError: it was not done in time; a connection that is made later is let go.
        Exception: whatever `connect` raises.
    """
    outcome: queue.SimpleQueue[Connection | BaseException] = queue.SimpleQueue()

    def work() -> None:
        try:
            outcome.put(connect())
        except BaseException as error:  # noqa: BLE001 - raised again where it is awaited
            outcome.put(error)

    try:
        threading.Thread(target=work, daemon=True).start()
    except RuntimeError:
        work()  # no thread to be had
    try:
        found = outcome.get(timeout=min(seconds, threading.TIMEOUT_MAX))
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(found, BaseException):
        raise found
    return found


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
