"""Verified TLS, set up once for the whole process: parsing the authorities takes tens of milliseconds.

So does proving to each of hundreds of connections what the first of them has seen proven: whoever has shown a
certificate hands out tickets, by which a later connection to the same host knows it again. Its keys are new ones.
Source: https://www.rfc-editor.org/rfc/rfc8446#section-2.2
"""

from __future__ import annotations

import functools
import os
import socket
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


class Context(ssl.SSLContext):
    """One that knows hosts again to which it has had a connection."""

    def __init__(self, *_: object) -> None:
        self._known: dict[tuple[str, int], ssl.SSLSession] = {}

    def connect(self, connection: socket.socket, host: str, port: int) -> ssl.SSLSocket:
        """TLS over a connection to a host.

        Raises:
            OSError: there is none; ssl.SSLError is a kind of it.
        """
        return self.wrap_socket(connection, server_hostname=host, session=self._known.get((host, port)))

    def know_again(self, connection: ssl.SSLSocket, host: str, port: int) -> None:
        """Take note of a connection over which something has arrived: its ticket has, too, if there is one."""
        if not connection.session_reused and connection.session is not None:
            self._known[host, port] = connection.session


def tls_context() -> Context:
    """The context for the authorities that the environment names, else for those of certifi.

    Raises:
        ConfigurationError: they cannot be read.
    """
    with _building:  # or each of the threads that all begin at once would build one
        return _context_of(*authorities())


@functools.cache
def _context_of(trusted: str, variable: str | None) -> Context:
    # Not ssl.create_default_context: that writes each connection's keys to the file that SSLKEYLOGFILE names.
    context = Context(ssl.PROTOCOL_TLS_CLIENT)
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
