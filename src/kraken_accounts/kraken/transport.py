"""HTTP that keys may be trusted to: no redirects, no other passwords, bounded time and bodies.

Once its connection is open, a request may have arrived, whatever goes wrong: only an answer tells.
"""

from __future__ import annotations

import http
import os
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from .. import __version__
from ..deadline import Deadline
from . import http1
from .clock import clock_of
from .connection import Connection, Connector, causes_of, in_time, is_open, system_message_of
from .errors import KrakenError, UnexpectedAnswer, Unreachable

PUBLIC_LIMIT = 16 << 20
"""Bytes, decompressed, of an answer that needs no key; Kraken's largest, AssetPairs, has about 2 MB."""
PRIVATE_LIMIT = 1 << 20
"""Bytes, decompressed, of an answer about one account."""

_REDIRECTS = (301, 302, 303, 307, 308)
_HEADERS = {
    "User-Agent": f"kraken-accounts/{__version__}",  # Kraken requires one
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
}


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
    """What came back: the HTTP status and the whole body.

    Attributes:
        retry_after: the header of that name; None without one.
    """

    status: int
    body: bytes = field(repr=False)
    retry_after: str | None = None


class Session:
    """Connections to one exchange, for one account or for none; used by one request each at a time.

    ~/.netrc, which may hold another password for this host, is never read.

    Args:
        url: as for `Connector`.

    Raises:
        ConfigurationError: the proxy or the custom authorities that the environment names cannot be used.
    """

    def __init__(self, url: str) -> None:
        self._connector = Connector(url)
        self.host = self._connector.host
        self._clock = clock_of(url)
        self._headers = {"Host": self._connector.host_header, **_HEADERS}
        self._idle: list[Connection] = []
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
        try:
            with in_time(deadline, connection):
                asked = time.monotonic()
                self._write(connection, request, deadline)
                on_sent()
                incoming = http1.Incoming(connection, deadline)
                head = incoming.head()
                self._clock.learn(head.headers.get("date"), self._clock.now(), time.monotonic() - asked)
                body = self._body(incoming, head, request.limit)
            self._connector.know_again(connection)
            if incoming.is_over and not head.is_last:
                self._idle.append(connection)
            else:
                connection.close()
            return Answer(head.status, body, head.headers.get("retry-after"))
        except KrakenError as error:
            failure = error
        except (OSError, ValueError) as error:
            # ValueError: what is no HTTP.
            failure = self._broken_off(error, too_late=not deadline.remaining())
        connection.close()
        # Here, and not while the other is handled: the frames that it has seen hold the key.
        raise failure

    def close(self) -> None:
        """Close all connections that are not in use; a later request opens others."""
        while self._idle:
            with suppress(IndexError):
                self._idle.pop().close()

    def _connection(self, deadline: Deadline) -> Connection:
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
                if is_open(idle):
                    return idle
                idle.close()
        return self._connector.connect(deadline)

    def _broken_off(self, error: Exception, *, too_late: bool) -> Unreachable:
        """Why there is no answer. The request may have arrived."""
        if too_late or any(isinstance(cause, TimeoutError) for cause in causes_of(error)):
            return Unreachable(f"{self.host} did not answer in time")
        if isinstance(error, ssl.SSLError):
            return Unreachable(f"the TLS connection to {self.host} broke off")
        return Unreachable(f"{self.host} broke the connection off{system_message_of(error)}")

    def _write(self, connection: Connection, request: Request, deadline: Deadline) -> None:
        body = request.body.encode() if request.method == "POST" else None
        content = http1.as_bytes(request.method, request.target, {**self._headers, **request.headers}, body)
        connection.settimeout(max(deadline.remaining(), 0.001))
        connection.sendall(content)

    def _body(self, incoming: http1.Incoming, head: http1.Head, limit: int) -> bytes:
        if head.status < http.HTTPStatus.OK:
            # The answer itself is still to come, on a connection that must not be used for anything else.
            raise UnexpectedAnswer(f"{self.host} sent HTTP status {head.status} in place of an answer")
        if head.status in _REDIRECTS and "location" in head.headers:
            raise UnexpectedAnswer(
                f"{self.host} redirects elsewhere; a redirect is never followed with a key",
                "Check KRAKEN_API_URL and any proxy between here and Kraken.",
            )
        parts: list[bytes] = []
        size = 0
        for part in incoming.body(head):
            parts.append(part)
            size += len(part)
            if size > limit:
                raise UnexpectedAnswer(
                    f"{self.host} sent more than {limit >> 20} MiB, which no answer of Kraken has"
                )
        return b"".join(parts)
