"""Which base URLs keys may be sent to."""

from __future__ import annotations

import functools
import ipaddress
import re
from urllib.parse import urlsplit

from ..errors import ConfigurationError
from .variables import Setting

KRAKEN_URL = "https://api.kraken.com"

_LONGEST_HOST = 253  # characters
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?", re.IGNORECASE)


def base_url(setting: Setting | None) -> str:
    """Scheme, host and port of the exchange; Kraken's own where nothing is set.

    Raises:
        ConfigurationError: keys must not be sent there.
    """
    if setting is None:
        return KRAKEN_URL
    url = setting.value.reveal()
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or not url.isascii() or re.search(r"[\s\x00-\x1f]", url) or not _may_be_a_host(host):
        raise ConfigurationError(f"{setting} is not a URL; the default is {KRAKEN_URL}")
    if parts.username or parts.password or parts.query or parts.fragment or parts.path not in ("", "/"):
        raise ConfigurationError(
            f"{setting} must be scheme, host and port only, without a path, a query or a password"
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise ConfigurationError(
            f"{setting} must be https (http to a loopback address only), not {parts.scheme}://{host}; "
            "nothing was sent"
        )
    return f"{parts.scheme}://{parts.netloc}"


def _may_be_a_host(host: str) -> bool:
    """Whether a host can be called so: an address, or a name that the domain name system could know.

    Source: https://www.rfc-editor.org/rfc/rfc1123#section-2.1
    """
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return len(host) <= _LONGEST_HOST and _HOST.fullmatch(host) is not None
    return True


@functools.lru_cache(maxsize=16)
def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine and no other."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
