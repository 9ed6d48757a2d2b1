"""The way to the exchange through a proxy; loaded where there is one."""

from __future__ import annotations

import http.client
import ssl
from typing import cast

from urllib3.connection import HTTPSConnection, ProxyConfig
from urllib3.exceptions import HTTPError
from urllib3.util import parse_url

from .connection import CONNECT_TIMEOUT, Connection, cut_after
from .proxy import Proxy


class Tunnel(HTTPSConnection):
    """The way through a proxy. Once it `is_there`, the proxy is not to blame."""

    is_there = False

    def opened(self) -> Connection:
        """The connection to the exchange, at the other end of it.

        Raises:
            OSError: there is none.
            ValueError: what comes is no answer of a proxy.
        """
        try:
            self.connect()
        except (HTTPError, http.client.HTTPException) as error:
            raise NoTunnel from error
        return cast("Connection", self.sock)

    def _tunnel(self) -> None:
        # Whoever waits for it gives up in time, but the thread that connects would stay with a proxy that drips.
        with cut_after(CONNECT_TIMEOUT, self.sock):
            super()._tunnel()
        self.is_there = True


class NoTunnel(OSError):
    """There is no connection through the proxy; why, its cause says."""


def tunnel_through(proxy: Proxy, host: str, port: int, context: ssl.SSLContext, timeout: float) -> Tunnel:
    """One that is not open yet.

    Args:
        host: and the port, at its other end.
        timeout: seconds, for each of the proxy's addresses, and for each read of its answer.
    """
    tunnel = Tunnel(
        proxy.host,
        proxy.port,
        timeout=timeout,
        ssl_context=context,
        proxy=parse_url(proxy.url),
        proxy_config=ProxyConfig(context, False, None, None),
    )
    tunnel.set_debuglevel(0)  # whatever http.client is set to: it prints passwords
    tunnel.set_tunnel(host, port, dict(proxy.headers), proxy.scheme)
    return tunnel
