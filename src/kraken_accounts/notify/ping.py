"""A dead man's switch: a service that hears from each run, and tells somebody when it does not.

Source: https://healthchecks.io/docs/http_api/
"""

from __future__ import annotations

import re
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from ..bounded import within
from ..config import is_loopback
from ..config.secret import Secret
from ..errors import ConfigurationError, sealed
from ..kraken.proxy import proxy_for
from ..kraken.tls import tls_context

if TYPE_CHECKING:
    from urllib3 import PoolManager

PATIENCE = 10.0  # seconds, for both tries
_TRIES = 2
_LONGEST = 2000  # characters
_LARGEST_ANSWER = 1000  # bytes
# What healthchecks.io says, with status 200, of a switch that it does not know.
_UNKNOWN = re.compile(rb"OK \(not found\)")


class Ping:
    """The address of one switch. It is a secret: whoever knows it can keep the switch quiet.

    Raises:
        ConfigurationError: it is no URL, or not one that may be asked; it is not repeated.
    """

    def __init__(self, url: Secret, origin: str) -> None:
        if not sealed(_is_allowed, url):
            raise ConfigurationError(
                f"{origin}: is not a URL that begins with https:// (http:// to a loopback address only), "
                "without a password and without a #; nothing was asked or sent"
            )
        self._url = url

    def send(self, *, well: bool, patience: float = PATIENCE) -> str | None:
        """Tell how the run ended; a sentence if that cannot be told.

        Raises:
            ConfigurationError: the proxy or the authorities that the environment names cannot be used.
        """
        url = self._url if well else _of_failure(self._url)
        pool = sealed(_pool, url)
        answer = within(patience, [partial(_asked, pool, url, patience / _TRIES)])[0]
        if answer == "":
            return None
        return f"Ping not delivered ({answer or 'no answer in time'}): the other side takes this run for missing."


def _is_allowed(url: Secret) -> bool:
    text = url.reveal()
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or not text.isascii() or not text.isprintable() or " " in text or len(text) > _LONGEST:
        return False
    if parts.fragment or parts.username is not None or parts.password is not None:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))


def _of_failure(url: Secret) -> Secret:
    """The address that is told of failures: /fail behind the path, whatever is asked for behind that."""
    parts = urlsplit(url.reveal())
    return Secret(urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/fail")))


def _pool(url: Secret) -> PoolManager:
    """Makes the connection, through the proxy that the environment names, with the authorities that it names."""
    from urllib3 import PoolManager, ProxyManager

    parts = urlsplit(url.reveal())
    proxy = proxy_for(url.reveal())
    schemes = {parts.scheme, proxy.scheme if proxy else ""}
    context = tls_context() if "https" in schemes else None
    if proxy is None:
        return PoolManager(ssl_context=context)
    return ProxyManager(
        proxy.url, proxy_headers=dict(proxy.headers), ssl_context=context, proxy_ssl_context=context
    )


def _asked(pool: PoolManager, url: Secret, timeout: float) -> str:
    """Ask for it, once more where that may help; empty if it was noted, else why not."""
    why = ""
    for _ in range(_TRIES):
        why, again = _asked_once(pool, url, timeout)
        if not again:
            break
    return why


def _asked_once(pool: PoolManager, url: Secret, timeout: float) -> tuple[str, bool]:
    """Why it was not noted, empty if it was; and whether it may be another time."""
    from urllib3 import Timeout
    from urllib3.exceptions import HTTPError

    try:
        # No redirect is followed, and urllib3 tries nothing again: that writes the address to the log.
        answer = pool.request(
            "GET",
            url.reveal(),
            timeout=Timeout(total=timeout),
            retries=False,
            redirect=False,
            preload_content=False,
        )
        said = answer.read(_LARGEST_ANSWER)
        answer.close()
    except HTTPError as error:
        return type(error).__name__, True
    if answer.status != HTTPStatus.OK:
        return f"HTTP status {answer.status}", answer.status >= 500 or answer.status == 429
    return ("the other side does not know it", False) if _UNKNOWN.match(said) else ("", False)
