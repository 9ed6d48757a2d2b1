"""One verifying TLS context for the whole process: parsing the authorities takes tens of milliseconds."""

from __future__ import annotations

import functools
import os
import ssl
import threading
from pathlib import Path

import certifi

from ..config import ConfigurationError

_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


def authorities() -> tuple[str, str | None]:
    """The file or folder of the certificate authorities that are trusted, and the variable that names it.

    Without such a variable they are those of certifi.
    """
    variable = next((name for name in _CA_VARIABLES if os.environ.get(name)), None)
    return (os.environ[variable] if variable else certifi.where()), variable


def tls_context() -> ssl.SSLContext:
    """The context for the authorities that the environment names, else for those of certifi.

    Raises:
        ConfigurationError: they cannot be read.
    """
    with _building:  # or each of the threads that all begin at once would build one
        return _context_of(*authorities())


@functools.cache
def _context_of(trusted: str, variable: str | None) -> ssl.SSLContext:
    # Not ssl.create_default_context: that writes each connection's keys to the file that SSLKEYLOGFILE names.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        if Path(trusted).is_dir():
            context.load_verify_locations(capath=trusted)
        else:
            context.load_verify_locations(cafile=trusted)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"{variable or 'certifi'}: the certificate authorities in {trusted} cannot be read ({error})"
        ) from error
    return context


def _after_fork() -> None:
    global _building  # noqa: PLW0603 - a thread of the parent may hold it, and is not there to let it go
    _building = threading.Lock()


_building = threading.Lock()
os.register_at_fork(after_in_child=_after_fork)
