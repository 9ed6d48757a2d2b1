"""HTTP sessions that keys may be trusted to: verified TLS, no redirects, no other passwords, bounded bodies."""

from __future__ import annotations

import functools
import http.client
import io
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import certifi
import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from .. import __version__
from ..credentials import ConfigurationError, is_loopback
from .errors import CertificateNotTrusted, UnexpectedAnswer, Unreachable, printable

_BODY_LIMIT = 16 << 20  # bytes, decompressed; Kraken's largest answer, AssetPairs, has about 2 MB
_CHUNK = 1 << 16
_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
_HEADERS = {
    "User-Agent": f"kraken-accounts/{__version__}",  # Kraken requires one
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
    "Connection": "keep-alive",
}
_CONNECT_TIMEOUT = 5.0  # seconds
_REFUSED_BY_PROXY = "Tunnel connection failed: "  # as http.client says it


def prepare(session: requests.Session, url: str) -> None:
    """Make a new session safe for one user of one base URL, with connections of its own.

    Proxies (HTTPS_PROXY, NO_PROXY) and custom authorities (REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE, SSL_CERT_FILE)
    are honoured. A loopback address is never sent through a proxy.

    Raises:
        ConfigurationError: the custom authorities cannot be read.
    """
    # What the environment says is read once, and ~/.netrc, which may hold another password for this host, never.
    session.trust_env = False
    if not is_loopback(urlsplit(url).hostname or ""):
        session.proxies.update(get_environ_proxies(url))
    session.mount(url, _Adapter(_tls_context() if url.startswith("https:") else None))


def send(
    session: requests.Session, method: str, url: str, body: str, headers: dict[str, str], timeout: float
) -> tuple[int, bytes]:
    """One request, one answer: the HTTP status and the whole body.

    Args:
        body: form-encoded parameters: the query string of a GET, the body of a POST.
        timeout: seconds for the whole of it, however slowly the answer trickles in.

    Raises:
        Unreachable: no whole answer in time.
        UnexpectedAnswer: a redirect, which is never followed, or more than 16 MiB.
    """
    _, _, host, path = url.split("/", 3)
    adapter: Any = session.get_adapter(url)  # an _Adapter, as prepare has mounted it
    try:
        # Straight to the pool of connections: the cookies, hooks and redirects of a session are not wanted, and
        # cost as much as the rest of the request.
        response = adapter.pool(url, session.proxies).urlopen(
            method,
            f"/{path}?{body}" if method == "GET" and body else f"/{path}",
            body=body if method == "POST" else None,
            headers={**_HEADERS, **headers},
            timeout=Timeout(connect=min(timeout, _CONNECT_TIMEOUT), read=timeout),
            retries=False,
            redirect=False,
            assert_same_host=False,
            preload_content=False,
        )
        with closing(response):
            if response.get_redirect_location():
                raise UnexpectedAnswer(
                    f"{host} redirects elsewhere; a redirect is never followed with a key",
                    "Check KRAKEN_API_URL and any proxy between here and Kraken.",
                )
            return response.status, _read(response, host)
    except SSLError as error:
        distrust = next((cause for cause in _causes(error) if isinstance(cause, ssl.CertificateError)), None)
        if distrust is None:
            raise Unreachable(f"no TLS connection to {host} could be made, or it broke off") from error
        raise CertificateNotTrusted(
            f"the certificate of {host} is not trusted ({distrust.verify_message})"
        ) from error
    except ProxyError as error:
        refusal = next((words for words in map(str, _causes(error)) if words.startswith(_REFUSED_BY_PROXY)), None)
        did = f"refuses ({printable(refusal[len(_REFUSED_BY_PROXY) :], 60)})" if refusal else "does not answer"
        raise Unreachable(
            f"the proxy on the way to {host} {did}", "Check HTTPS_PROXY and NO_PROXY.", sent=False
        ) from error
    except NewConnectionError as error:
        raise Unreachable(f"{host} cannot be reached{_detail(error)}", sent=False) from error
    except ConnectTimeoutError as error:
        raise Unreachable(f"{host} did not answer in time", sent=False) from error
    except ReadTimeoutError as error:
        raise Unreachable(f"{host} did not answer in time") from error
    except (HTTPError, OSError) as error:
        raise Unreachable(f"{host} broke the connection off{_detail(error)}") from error


def _read(response: BaseHTTPResponse, host: str) -> bytes:
    parts: list[bytes] = []
    size = 0
    while chunk := response.read1(_CHUNK, decode_content=True):
        parts.append(chunk)
        size += len(chunk)
        if size > _BODY_LIMIT:
            raise UnexpectedAnswer(f"{host} sent more than {_BODY_LIMIT >> 20} MiB, which no answer of Kraken has")
    return b"".join(parts)


def _detail(error: Exception) -> str:
    """What the operating system said, where it said something: " (Connection refused)"."""
    said = (cause.strerror for cause in _causes(error) if isinstance(cause, OSError) and cause.strerror)
    return next((f" ({words})" for words in said), "")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and those that led to it; urllib3 and requests hand some on as arguments only."""
    found = [error]
    for here in found:
        yield here
        causes = (here.__cause__, here.__context__, getattr(here, "reason", None), *here.args)
        found += [cause for cause in causes if isinstance(cause, BaseException) and cause not in found]


class _Reader(io.RawIOBase):
    """What a socket receives, until the time is over that the socket has when reading begins."""

    def __init__(self, stream: io.RawIOBase, connection: socket.socket) -> None:
        self._stream = stream
        self._connection = connection
        seconds = connection.gettimeout()
        self._ends = None if seconds is None else time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._ends is not None:
            left = self._ends - time.monotonic()
            if left <= 0:
                raise TimeoutError("timed out")
            self._connection.settimeout(left)
        return self._stream.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    """An answer whose head and body together have the time that otherwise each of their bytes would have."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Reader(self.fp.detach(), sock))


class _Connection(HTTPConnection):
    """A connection on which each request leaves in one piece, head and body, and each answer is read in time."""

    response_class = _Answer
    debuglevel = 0  # whatever http.client is set to: it prints keys
    _pieces: list[bytes] | None = None

    def request(self, *args: Any, **kwargs: Any) -> None:
        pieces = self._pieces = list[bytes]()
        try:
            super().request(*args, **kwargs)
        finally:
            self._pieces = None
        self.send(b"".join(pieces))

    def send(self, data: Any) -> None:
        if self._pieces is None:
            super().send(data)
        else:
            self._pieces.append(data)


class _SecureConnection(_Connection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Adapter(HTTPAdapter):
    """Connections on one verifying TLS context, which no setting of requests can weaken or replace."""

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self._context = context
        self._pool: Any = None
        super().__init__(pool_connections=1)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> Any:
        super().init_poolmanager(*args, **kwargs, ssl_context=self._context)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs, ssl_context=self._context)
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def pool(self, url: str, proxies: Any) -> Any:
        """The pool of connections to the one host that this adapter is for, through a proxy if there is one."""
        if self._pool is None:
            request = requests.PreparedRequest()
            request.url = url
            self._pool = self.get_connection_with_tls_context(request, True, proxies)
        return self._pool

    def close(self) -> None:
        self._pool = None
        super().close()

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:  # noqa: ARG002
        return super().build_connection_pool_key_attributes(request, True, cert)

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:  # noqa: ARG002
        conn.cert_reqs = "CERT_REQUIRED"


_POOLS = {"http": _Pool, "https": _SecurePool}


def _tls_context() -> ssl.SSLContext:
    variable = next((name for name in _CA_VARIABLES if os.environ.get(name)), None)
    with _building:  # or each of the threads that all begin at once would build one
        return _context_of(os.environ[variable] if variable else certifi.where(), variable)


_building = threading.Lock()


@functools.cache
def _context_of(authorities: str, variable: str | None) -> ssl.SSLContext:
    """One context for the whole process: parsing the authorities takes tens of milliseconds."""
    try:
        if Path(authorities).is_dir():
            return ssl.create_default_context(capath=authorities)
        return ssl.create_default_context(cafile=authorities)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"{variable or 'certifi'}: the certificate authorities in {authorities} cannot be read ({error})"
        ) from error
