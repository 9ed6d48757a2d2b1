"""HTTP sessions that keys may be trusted to: verified TLS, no redirects, no other passwords, bounded bodies."""

from __future__ import annotations

import functools
import os
import ssl
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import certifi
import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, NewConnectionError

from .. import __version__
from ..credentials import ConfigurationError, is_loopback
from .errors import UnexpectedAnswer, Unreachable

_BODY_LIMIT = 16 << 20  # bytes, decompressed; Kraken's largest answer, AssetPairs, has about 2 MB
_CHUNK = 1 << 16
_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
_CONNECT_TIMEOUT = 5.0  # seconds


def open_session(url: str) -> requests.Session:
    """A session of its own, with connections of its own, for one user of one base URL.

    Proxies (HTTPS_PROXY, NO_PROXY) and custom authorities (REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE, SSL_CERT_FILE)
    are honoured. A loopback address is never sent through a proxy.

    Raises:
        ConfigurationError: the custom authorities cannot be read.
    """
    session = requests.Session()
    session.headers["User-Agent"] = f"kraken-accounts/{__version__}"
    session.auth = _no_auth
    session.trust_env = not is_loopback(urlsplit(url).hostname or "")
    if url.startswith("https:"):
        session.mount("https://", _VerifyingAdapter(_tls_context()))
    return session


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
    ends = time.monotonic() + timeout
    host = urlsplit(url).netloc
    try:
        with session.request(
            method,
            f"{url}?{body}" if method == "GET" and body else url,
            data=body if method == "POST" else None,
            headers=headers,
            timeout=(min(timeout, _CONNECT_TIMEOUT), timeout),
            allow_redirects=False,
            stream=True,
        ) as response:
            if response.is_redirect:
                raise UnexpectedAnswer(
                    f"{host} redirects elsewhere; a redirect is never followed with a key",
                    "Check KRAKEN_API_URL and any proxy between here and Kraken.",
                )
            return response.status_code, _read(response, ends, host)
    except requests.exceptions.SSLError as error:
        raise Unreachable(
            f"the certificate of {host} is not trusted",
            "Check the clock of this machine and any proxy that replaces certificates; give its authority with "
            "SSL_CERT_FILE or REQUESTS_CA_BUNDLE.",
            sent=False,
        ) from error
    except requests.exceptions.ProxyError as error:
        raise Unreachable(
            f"the proxy on the way to {host} does not answer", "Check HTTPS_PROXY and NO_PROXY.", sent=False
        ) from error
    except requests.exceptions.ConnectTimeout as error:
        raise Unreachable(f"{host} did not answer in time", sent=False) from error
    except requests.exceptions.Timeout as error:
        raise Unreachable(f"{host} did not answer in time") from error
    except (requests.exceptions.ConnectionError, HTTPError) as error:
        reason = f"{host} cannot be reached, or broke the connection off{_detail(error)}"
        raise Unreachable(reason, sent=_sent(error)) from error
    except (requests.exceptions.RequestException, OSError) as error:
        raise Unreachable(f"the request to {host} failed ({type(error).__name__})") from error


def _read(response: requests.Response, ends: float, host: str) -> bytes:
    parts: list[bytes] = []
    size = 0
    while chunk := response.raw.read1(_CHUNK, decode_content=True):
        parts.append(chunk)
        size += len(chunk)
        if size > _BODY_LIMIT:
            raise UnexpectedAnswer(f"{host} sent more than {_BODY_LIMIT >> 20} MiB, which no answer of Kraken has")
        if time.monotonic() > ends:
            raise Unreachable(f"{host} did not finish its answer in time")
    return b"".join(parts)


def _sent(error: BaseException | None) -> bool:
    """Whether a connection stood, so that the request may have arrived."""
    while error is not None:
        if isinstance(error, NewConnectionError):
            return False
        error = error.__cause__ or error.__context__
    return True


def _detail(error: BaseException | None) -> str:
    """What the operating system said, where it said something: " (Connection refused)"."""
    while error is not None:
        if isinstance(error, OSError) and error.strerror:
            return f" ({error.strerror})"
        error = error.__cause__ or error.__context__
    return ""


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps requests from adding a password that ~/.netrc may hold for this host."""
    return request


class _VerifyingAdapter(HTTPAdapter):
    """Connections on one verifying TLS context, which no setting of requests can weaken or replace."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(pool_connections=1, pool_maxsize=1)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> Any:
        return super().init_poolmanager(*args, **kwargs, ssl_context=self._context)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        return super().proxy_manager_for(proxy, **kwargs, ssl_context=self._context)

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:  # noqa: ARG002
        return super().build_connection_pool_key_attributes(request, True, cert)

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:  # noqa: ARG002
        conn.cert_reqs = "CERT_REQUIRED"


def _tls_context() -> ssl.SSLContext:
    variable = next((name for name in _CA_VARIABLES if os.environ.get(name)), None)
    return _context_of(os.environ[variable] if variable else certifi.where(), variable)


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
