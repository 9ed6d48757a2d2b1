"""How Kraken is reached from here, and how long each step of the way takes: asked without a key."""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from ..deadline import Deadline
from ..storage import Storage
from .client import KrakenClient
from .clock import clock_of
from .proxy import proxy_for
from .public import SystemStatus, get_system_status


@dataclass(frozen=True, slots=True)
class Reached:
    """What the way to Kraken is like.

    Attributes:
        looked_up: seconds until the first host on the way was looked up; None where it was not, in time, or has a
            number for a name.
        connected: seconds until there was a connection, through the proxy and with TLS where these are needed.
        answered: seconds until the answer was there.
        status: Kraken's own.
        ahead: by how much this machine's clock is ahead of Kraken's, to about a second; None if unknown.
    """

    looked_up: float | None
    connected: float
    answered: float
    status: SystemStatus
    ahead: timedelta | None


def reach(url: str, *, timeout: float, deadline: Deadline, state: Storage) -> Reached:
    """Ask SystemStatus.

    Args:
        timeout: seconds for one request.
        state: where the pace is kept for other processes.

    Raises:
        ConfigurationError: the proxy or the authorities that the environment names cannot be used.
        KrakenError: there is no answer; see `errors` for the kinds.
    """
    client = KrakenClient(url, timeout=timeout, state=state)
    try:
        proxy = proxy_for(url)
        host = proxy.host if proxy else urlsplit(url).hostname or ""
        looked_up = None if _is_address(host) else _time_to_look_up(host, deadline.within(timeout))
        began = time.monotonic()
        client.session.open(deadline.within(timeout))
        connected = time.monotonic()
        status = get_system_status(client, deadline)
        return Reached(looked_up, connected - began, time.monotonic() - connected, status, clock_of(url).ahead)
    finally:
        client.close()


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _time_to_look_up(host: str, deadline: Deadline) -> float | None:
    """Nobody can interrupt a look-up, so it has a thread of its own, which may be left behind."""
    found: queue.SimpleQueue[bool] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            socket.getaddrinfo(host, None)
            found.put(True)
        except (OSError, UnicodeError):
            found.put(False)

    began = time.monotonic()
    try:
        threading.Thread(target=look_up, daemon=True).start()
        return time.monotonic() - began if found.get(timeout=deadline.remaining()) else None
    except (queue.Empty, RuntimeError):
        return None
