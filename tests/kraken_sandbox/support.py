"""What the tests of the sandbox share: a clock that stands still, and a client of plain HTTP."""

import base64
import hashlib
import hmac
import http.client
import itertools
import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode, urlsplit

from kraken_sandbox import SimulatedHolding, SimulatedKey
from kraken_sandbox.accounts import PERMISSIONS

NOW = 1_800_000_000.0

KEY = "TEST-sample-key-not-a-real-key"
SECRET = base64.b64encode(b"sample secret of the tests, worth nothing ".ljust(64, b".")).decode()


class ManualClock:
    """A clock that moves only when it is told to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class Answer:
    """What came back: the HTTP status and the body as it was sent."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)

    @property
    def errors(self) -> list[str]:
        errors: list[str] = self.document["error"]
        return errors

    @property
    def result(self) -> Any:
        """The result of a call that went well."""
        assert self.errors == []
        return self.document["result"]


_NONCES = itertools.count(1_000_000)


@dataclass
class Client:
    """Signs as Kraken's documentation says, on one kept connection; a test may bend every part of a request."""

    url: str
    key: str = KEY
    secret: str = SECRET
    source: str | None = None
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        host = urlsplit(self.url)
        source = None if self.source is None else (self.source, 0)
        self.connection = http.client.HTTPConnection(
            host.hostname or "", host.port, timeout=10, source_address=source
        )

    def close(self) -> None:
        self.connection.close()

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """Send a request as it is; `user_agent="x"` becomes the header User-Agent."""
        named = {"User-Agent": "tests"} | {
            name.replace("_", "-"): value for name, value in headers.items() if value
        }
        if headers.get("user_agent") == "":
            del named["User-Agent"]
        self.connection.request(method, path, body or None, named)
        response = self.connection.getresponse()
        return Answer(response.status, dict(response.getheaders()), response.read())

    def public(self, name: str, **parameters: str) -> Answer:
        return self.send("GET", f"/0/public/{name}?{urlencode(parameters)}")

    def private(self, name: str, nonce: object = None, **parameters: object) -> Answer:
        """A signed call with form-encoded parameters; its nonce is larger than all before, unless one is given."""
        nonce = next(_NONCES) if nonce is None else nonce
        body = urlencode({"nonce": nonce, **parameters}).encode()
        return self.post(f"/0/private/{name}", str(nonce), body, "application/x-www-form-urlencoded")

    def private_json(self, name: str, **parameters: object) -> Answer:
        nonce = next(_NONCES)
        body = json.dumps({"nonce": nonce, **parameters}).encode()
        return self.post(f"/0/private/{name}", str(nonce), body, "application/json")

    def post(self, path: str, nonce: str, body: bytes, content_type: str) -> Answer:
        message = path.encode() + hashlib.sha256(nonce.encode() + body).digest()
        sign = hmac.new(base64.b64decode(self.secret), message, hashlib.sha512)
        return self.send(
            "POST",
            path,
            body,
            API_Key=self.key,
            API_Sign=base64.b64encode(sign.digest()).decode(),
            Content_Type=content_type,
        )


def holdings(**amounts: str) -> dict[str, SimulatedHolding]:
    return {code.replace("_", "."): SimulatedHolding(Decimal(amount)) for code, amount in amounts.items()}


def api_key(key: str = KEY, **settings: Any) -> SimulatedKey:
    """A key that may do everything, unless the settings say otherwise."""
    return SimulatedKey(**{"key": key, "secret": SECRET, "permissions": frozenset(PERMISSIONS), **settings})
