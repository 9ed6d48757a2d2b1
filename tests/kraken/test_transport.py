"""What a session makes of servers, proxies and moments that are just beside what is usual."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from kraken_accounts.deadline import Deadline
from kraken_accounts.kraken.errors import UnexpectedAnswer, Unreachable
from kraken_accounts.kraken.transport import Request, Session

from ..support import LIMIT, ScriptedServer, TunnelProxy, http_response, in_pieces, trickle

POST = Request("POST", "/0/private/AddOrder", "nonce=1")


@pytest.mark.parametrize("status", ["101 Switching Protocols", "102 Processing", "103 Early Hints"])
def test_an_interim_answer_is_none_and_the_late_one_belongs_to_nobody_else(status: str) -> None:
    with ScriptedServer(f"HTTP/1.1 {status}\r\n\r\n".encode(), http_response("second")) as server:
        session = Session(server.url)
        with pytest.raises(UnexpectedAnswer) as failure:
            session.send(POST, Deadline(LIMIT))
        second = session.send(POST, Deadline(LIMIT))

    assert failure.value.uncertain
    assert second.body == b"second"
    assert server.connections == 2  # on the first one, the answer to the first question may still come


def test_without_time_left_nothing_is_sent_over_an_open_connection_either() -> None:
    with ScriptedServer(http_response("{}")) as server:
        session = Session(server.url)
        session.open(Deadline(LIMIT))
        with pytest.raises(Unreachable) as failure:
            session.send(POST, Deadline(0))
        session.send(POST, Deadline(LIMIT))

    assert not failure.value.uncertain
    assert len(server.requests) == 1


def test_a_connection_that_is_cut_never_speaks_in_the_clear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever another thread writes at the very moment at which the time is over."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "api.kraken.test").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    shut_down = socket.socket.shutdown
    cut = []

    def write_first(self: socket.socket, how: int) -> None:
        if isinstance(self, ssl.SSLSocket) and not self.server_side:
            cut.append(self)
            self.sendall(b"SMPL-key in the clear")
        shut_down(self, how)

    # TLS within TLS: there alone the time that each read is given begins anew with every byte.
    drips = threading.Event()
    with (
        ScriptedServer(http_response("x" * 1000), ssl_context=context) as server,
        overheard(server.port, drips) as (slow, _),
        TunnelProxy(slow, ssl_context=context) as proxy,
        overheard(int(proxy.url.rpartition(":")[2])) as (port, heard),
    ):
        monkeypatch.setenv("HTTPS_PROXY", f"https://localhost:{port}")
        session = Session("https://api.kraken.test")
        session.open(Deadline(LIMIT))
        drips.set()
        monkeypatch.setattr(socket.socket, "shutdown", write_first)
        with pytest.raises(Unreachable, match="did not answer in time"):
            session.send(POST, Deadline(0.3))

    assert cut
    assert len(heard) > 100
    assert b"SMPL-key" not in heard


@contextlib.contextmanager
def overheard(target: int, drips: threading.Event | None = None) -> Iterator[tuple[int, bytearray]]:
    """A port that leads to another one, and what clients say on the way; the way back drips when that is set."""
    heard = bytearray()

    def back(client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := server.recv(1 if drips and drips.is_set() else 65536):
                client.sendall(piece)
                if drips and drips.is_set():
                    time.sleep(0.02)

    def relay() -> None:
        client, _ = listener.accept()
        with client, socket.create_connection(("127.0.0.1", target)) as server:
            threading.Thread(target=back, args=(client, server), daemon=True).start()
            with contextlib.suppress(OSError):
                while piece := client.recv(65536):
                    heard.extend(piece)
                    server.sendall(piece)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=relay, daemon=True)
        thread.start()
        yield listener.getsockname()[1], heard
        thread.join(LIMIT)


def test_a_proxy_that_drips_keeps_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kraken_accounts.kraken.connection.CONNECT_TIMEOUT", 0.3)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    drips = trickle(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"z\r\n", 0.02)
    with ScriptedServer(drips, in_pieces()) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        before = set(threading.enumerate())
        with pytest.raises(Unreachable, match="does not answer"):
            Session("https://api.kraken.test").send(POST, Deadline(0.2))
        ends = time.monotonic() + LIMIT / 2
        while any("(work)" in thread.name for thread in set(threading.enumerate()) - before):
            assert time.monotonic() < ends
            time.sleep(0.01)
