"""The proxy that the environment asks for, if there is one."""

from __future__ import annotations

import base64
import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from ..config import ConfigurationError, is_loopback

_VARIABLES = ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
_loading = threading.Lock()  # one that loads when it is used is half there to all other threads until it has
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Proxy:
    """Attributes: `url` without a password; `headers` with one, where the environment's URL has it."""

    scheme: str
    host: str
    port: int
    headers: Mapping[str, str] = field(repr=False)

    @property
    def url(self) -> str:
        return f"{self.scheme}://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


def proxy_for(url: str) -> Proxy | None:
    """What HTTPS_PROXY and NO_PROXY say for a URL; None for a direct connection, as to a loopback address always.

    Raises:
        ConfigurationError: it is no proxy that can be used; the variable is named, but not its value, which may
            hold a password.
    """
    if is_loopback(urlsplit(url).hostname or "") or not _may_be_one():
        return None
    with _loading:
        import requests

        wanted = requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url))
    if not wanted:
        return None
    variable = next((name for name in _VARIABLES if os.environ.get(name) == wanted), "HTTPS_PROXY")
    # A host alone is an HTTP proxy, as other programs take it.
    try:
        parts = urlsplit(wanted if "://" in wanted else f"http://{wanted}")
        host, port = parts.hostname, parts.port
        if host and ":" not in host:
            from urllib3.util import parse_url

            parse_url(f"http://{host}")  # whoever connects understands less than urlsplit does
    except ValueError:
        raise ConfigurationError(
            f"{variable} is not the URL of a proxy, such as http://proxy.example:3128"
        ) from None
    if parts.scheme not in _PORTS:
        raise ConfigurationError(
            f"{variable} names a proxy of the kind {parts.scheme}://, which is not supported: "
            "give one that begins with http:// or https://"
        )
    if not host or not host.isascii() or any(c.isspace() for c in host):
        raise ConfigurationError(f"{variable} names no host; write http://HOST:PORT, or unset it")
    headers = {}
    if parts.username is not None:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Proxy-Authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
    return Proxy(parts.scheme, host, port or _PORTS[parts.scheme], headers)


def _may_be_one() -> bool:
    """Whether the environment, or the system's settings, may name a proxy: what reads them is loaded only then."""
    return sys.platform in ("darwin", "win32") or any(name.lower().endswith("_proxy") for name in os.environ)
