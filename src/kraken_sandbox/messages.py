"""Requests and replies as the exchange sees them, apart from how HTTP carries them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json"
HTML = "text/html; charset=UTF-8"


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """An HTTP request as it arrived; header names in lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    client_ip: str = "127.0.0.1"
    client_port: int = 0

    @property
    def endpoint(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def key(self) -> str | None:
        return self.headers.get("api-key")


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP reply and its way to the client: after `delay` seconds, with `drip` seconds between two bytes.

    `cut` is how many bytes of the body are sent before the connection ends; with -1 not even the headers are.
    """

    body: bytes
    status: int = 200
    content_type: str = JSON
    delay: float = 0.0
    drip: float = 0.0
    cut: int | None = None


NO_REPLY = Reply(b"", cut=-1)

INTERNAL_ERROR = Reply(b'{"error":["EGeneral:Internal error"]}')


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One line of the request log: what was asked and what came of it, without secrets.

    `connection` is the client's address and port, so requests over one connection share it; `fault` is what was
    made to go wrong.
    """

    time: float
    endpoint: str
    key: str | None
    parameters: dict[str, str]
    nonce: str | None
    errors: tuple[str, ...]
    connection: tuple[str, int]
    fault: str | None


def json_reply(errors: list[str], result: Any) -> Reply:
    document: dict[str, Any] = {"error": errors}
    if result is not None:
        document["result"] = result
    return Reply(json.dumps(document, separators=(",", ":")).encode())


def html_reply(status: int, text: str = "") -> Reply:
    page = text or f"<html><head><title>{status}</title></head><body><h1>Error {status}</h1></body></html>"
    return Reply(page.encode(), status, HTML)
