"""The simulated exchange, all of it but HTTP: a request goes in, the reply's bytes come out."""

import json
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from kraken_accounts.sandbox import endpoints
from kraken_accounts.sandbox.accounts import Account, ApiKey
from kraken_accounts.sandbox.authentication import authenticate
from kraken_accounts.sandbox.errors import PERMISSION_DENIED, UNKNOWN_METHOD, KrakenError
from kraken_accounts.sandbox.market import Market, default_market
from kraken_accounts.sandbox.parameters import Parameters
from kraken_accounts.sandbox.state import Call, Clock, KeyState, State

LOGGED_REQUESTS = 100_000
"""How many requests the log keeps, so that a sandbox left running does not grow without end."""

NOT_LOGGED = frozenset({"nonce", "otp"})


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request as it arrived; header names in lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    client_ip: str = "127.0.0.1"
    client_port: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP reply."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One line of the request log: what was asked and what came of it, without secrets.

    `connection` is the client's address and port, so requests over one connection share it.
    """

    time: float
    endpoint: str
    key: str | None
    parameters: dict[str, str]
    nonce: str | None
    errors: tuple[str, ...]
    connection: tuple[str, int]


class Exchange:
    """Accounts, keys and a market, asked as Kraken's REST API is. Safe to use from many threads."""

    def __init__(self, market: Market | None = None, *, clock: Clock = time.time) -> None:
        self.state = State(default_market() if market is None else market, clock)
        self._requests: deque[LoggedRequest] = deque(maxlen=LOGGED_REQUESTS)
        self._lock = threading.RLock()

    @property
    def requests(self) -> list[LoggedRequest]:
        """The requests so far, oldest first."""
        return list(self._requests)

    def add_account(self, account: Account) -> Account:
        """Open an account. Raises ValueError when the label is taken."""
        with self._lock:
            if account.label in self.state.accounts:
                raise ValueError(f"there is an account {account.label!r} already")
            self.state.accounts[account.label] = account
        return account

    def add_key(self, label: str, api_key: ApiKey) -> ApiKey:
        """Give an account a further key. Raises ValueError when the key is taken."""
        with self._lock:
            if api_key.key in self.state.keys:
                raise ValueError(f"there is a key {api_key.key!r} already")
            self.state.keys[api_key.key] = KeyState(api_key, self.state.accounts[label])
        return api_key

    def revoke_key(self, key: str) -> None:
        """Delete a key as its owner would: from now on it is unknown."""
        with self._lock:
            del self.state.keys[key]

    def set_system_status(self, status: str) -> None:
        """Put the exchange into a mode: online, maintenance, cancel_only, post_only or limit_only."""
        with self._lock:
            self.state.status = status

    def set_ticker(
        self,
        pair: str,
        *,
        bid: Decimal | str | None = None,
        ask: Decimal | str | None = None,
        last: Decimal | str | None = None,
    ) -> None:
        """Change a pair's prices; what is left out stays."""
        with self._lock:
            self.state.market.set_ticker(pair, bid=bid, ask=ask, last=last)

    def handle(self, request: Request) -> Reply:
        """Answer one request, as Kraken does: with HTTP 200 around results and errors alike."""
        errors: tuple[str, ...] = ()
        document: dict[str, Any]
        parameters = Parameters({})
        try:
            parameters = _parameters(request)
            with self._lock:
                result = self._result(request, parameters)
            document = {"error": [], "result": result}
        except KrakenError as error:
            errors = (error.message,)
            document = {"error": [error.message]}
        self._log(request, parameters, errors)
        return Reply(json.dumps(document, separators=(",", ":")).encode())

    def _result(self, request: Request, parameters: Parameters) -> Any:
        now = self.state.clock()
        match request.path.split("/"):
            case ["", "0", "public", name] if name in endpoints.PUBLIC:
                return endpoints.PUBLIC[name].answer(Call(self.state, parameters, now))
            case ["", "0", "private", name] if name in endpoints.PRIVATE:
                endpoint = endpoints.PRIVATE[name]
                key = authenticate(
                    self.state,
                    key=request.headers.get("api-key", ""),
                    sign=request.headers.get("api-sign", ""),
                    path=request.path,
                    nonce=parameters.text("nonce"),
                    body=request.body,
                )
                if endpoint.permissions and not endpoint.permissions & key.api_key.permissions:
                    raise KrakenError(PERMISSION_DENIED)
                return endpoint.answer(Call(self.state, parameters, now, key))
            case _:
                raise KrakenError(UNKNOWN_METHOD)

    def _log(self, request: Request, parameters: Parameters, errors: tuple[str, ...]) -> None:
        self._requests.append(
            LoggedRequest(
                time=self.state.clock(),
                endpoint=request.path.rpartition("/")[2],
                key=request.headers.get("api-key"),
                parameters={
                    name: value for name, value in parameters.values.items() if name not in NOT_LOGGED
                },
                nonce=parameters.values.get("nonce"),
                errors=errors,
                connection=(request.client_ip, request.client_port),
            )
        )


def _parameters(request: Request) -> Parameters:
    if request.method == "GET":
        return Parameters.parse(request.query.encode())
    return Parameters.parse(request.body, request.headers.get("content-type", ""))
