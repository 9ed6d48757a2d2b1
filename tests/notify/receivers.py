"""Those who are told, on loopback addresses: a mailbox, and how to reach an HTTP receiver by Apprise's json://."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from ..support import ScriptedServer, http_response

ACCEPTED = http_response("OK", content_type="text/plain")
REFUSED = http_response("", "503 Service Unavailable")


def receiver(*answers: bytes) -> ScriptedServer:
    """Takes what it is sent, or answers so; see `ScriptedServer`."""
    return ScriptedServer(*(answers or (ACCEPTED,)))


def address(server: ScriptedServer, path: str = "SMPL-somebody") -> str:
    """How Apprise reaches it."""
    return f"json://{server.host}/{path}"


def messages(server: ScriptedServer) -> list[Mapping[str, Any]]:
    """What it has been sent by Apprise, in order: `title`, `message` and `type`."""
    return [json.loads(request.partition(b"\r\n\r\n")[2]) for request in server.requests]


def titles(server: ScriptedServer) -> list[str]:
    return [message["title"] for message in messages(server)]


def asked(server: ScriptedServer) -> list[str]:
    """The first line of each request, without the version."""
    return [request.partition(b" HTTP/")[0].decode() for request in server.requests]


class Mailbox(socketserver.ThreadingTCPServer):
    """An SMTP server for anybody's mail.

    Attributes:
        mails: what has arrived.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Postman)
        self.mails: list[EmailMessage] = []

    @property
    def url(self) -> str:
        """How Apprise reaches it."""
        return f"mailto://127.0.0.1:{self.server_address[1]}?from=checks@example.com&to=ops@example.com"


class _Postman(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self._say("220 sample")
        while line := self.rfile.readline():
            command = line[:4].upper()
            if command == b"DATA":
                self._say("354 go on")
                self._take()
            elif command == b"QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 sample")

    def _take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        assert isinstance(self.server, Mailbox)
        mail = message_from_bytes(b"".join(lines), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.server.mails.append(mail)
        self._say("250 taken")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()
