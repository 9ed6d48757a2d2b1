"""The simulated exchange, all of it but HTTP: a request goes in, a reply and how to deliver it comes out."""

import time
from collections import deque
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from . import endpoints
from .administration import Administration
from .authentication import RequestCredentials, authenticate, authorize
from .catalogue import default_market
from .clock import Clock
from .faults import CARRIED_OUT, Fault, FaultKind, Faults, reply_instead, spoil
from .kept_replies import KeptReplies, accepts_gzip
from .market import Level, Market
from .matching import cancel, match_resting
from .messages import (
    UNKNOWN_METHOD,
    ExchangeError,
    InPart,
    LoggedRequest,
    Parameters,
    ReceivedRequest,
    Reply,
    html_reply,
    json_reply,
)
from .passing import catch_up
from .price_walk import PriceWalk
from .state import Call
from .throttle import AddressThrottle

STATUSES = ("online", "maintenance", "cancel_only", "post_only", "limit_only")

LOGGED_REQUESTS = 20_000
"""How many requests the log keeps, so that a sandbox left running does not grow without end."""

NOT_LOGGED = frozenset({"nonce", "otp"})


class Exchange(Administration):
    """Accounts, keys and a market, asked as Kraken's REST API is. Safe to use from many threads.

    A `throttle` stands in front of all this: what it refuses is answered before faults, signatures and everything
    else, and is no request of the exchange's log. Set it at any time; with None every address may ask as it likes.
    """

    def __init__(self, market: Market | None = None, *, clock: Clock = time.time) -> None:
        super().__init__(default_market() if market is None else market, clock)
        self.faults = Faults()
        self.throttle: AddressThrottle | None = None
        self._requests: deque[LoggedRequest] = deque(maxlen=LOGGED_REQUESTS)

    @property
    def requests(self) -> list[LoggedRequest]:
        """The requests so far, oldest first, without those that a throttle refused."""
        with self._lock:
            return list(self._requests)

    def set_system_status(
        self,
        status: str,
        *,
        upcoming_maintenance: list[dict[str, Any]] | None = None,
        emergency: list[dict[str, Any]] | None = None,
    ) -> None:
        """Put the exchange into a mode: online, maintenance, cancel_only, post_only or limit_only.

        The notices are shown by SystemStatus as they are given; without them the lists are empty.
        """
        if status not in STATUSES:
            raise ValueError(f"unknown status {status!r}; there are {', '.join(STATUSES)}")
        with self._lock:
            now = self._let_time_pass()
            self.state.status = status
            self.state.upcoming_maintenance = upcoming_maintenance or []
            self.state.emergency = emergency or []
            match_resting(self.state, now)

    def set_ticker(
        self,
        pair: str,
        *,
        bid: Decimal | str | None = None,
        ask: Decimal | str | None = None,
        last: Decimal | str | None = None,
    ) -> None:
        """Change a pair's prices; what is left out stays, and a bid or ask of 0 empties that side of the book.

        Resting orders that the prices reach are filled.
        """
        with self._lock:
            now = self._let_time_pass()
            self.state.market.set_ticker(pair, bid=bid, ask=ask, last=last, since=now)
            match_resting(self.state, now)

    def set_book(
        self, pair: str, *, bids: Sequence[Level] | None = None, asks: Sequence[Level] | None = None
    ) -> None:
        """Say who buys and who sells a pair, at which prices and how much; what is left out stays.

        Resting orders that the prices reach are filled, as far as the volume goes.
        """
        with self._lock:
            now = self._let_time_pass()
            self.state.market.set_book(pair, bids=bids, asks=asks)
            match_resting(self.state, now)

    def set_pair_status(self, pair: str, status: str) -> None:
        """Let AssetPairs say that a pair is `cancel_only`, `delisted` … Orders are taken all the same."""
        with self._lock:
            self.state.market.set_pair_status(pair, status)

    def delist_pair(self, pair: str) -> None:
        """Take a pair from the market: only trades that were made of it are left. KeyError for an unknown pair."""
        with self._lock:
            now = self._let_time_pass()
            self.state.market.delist(pair)
            for account in self.state.accounts.values():
                for order in list(account.open_orders.values()):
                    if order.pair in self.state.market.delisted:
                        cancel(account, order, "Market delisted", now)

    def leave_out_ticker(self, pair: str) -> None:
        """Let Ticker answer all but this pair, with `EQuery:Unknown asset pair` beside its result."""
        found = self.state.market.find_pair(pair)
        if found is None:
            raise ValueError(f"there is no pair {pair!r}")
        with self._lock:
            self.state.tickers_left_out.add(found.key)

    def move_prices(self, walk: PriceWalk) -> None:
        """Let the market's prices take one step. Resting orders that they reach are filled."""
        with self._lock:
            now = self._let_time_pass()
            walk.step()
            match_resting(self.state, now)

    def _let_time_pass(self) -> float:
        """Do all that has become due in any account, at the prices there were, and say what time it is."""
        now = self.state.clock()
        for account in self.state.accounts.values():
            catch_up(self.state, account, now)
        return now

    def handle(self, request: ReceivedRequest) -> Reply:
        """Answer one request, as Kraken does: with HTTP 200 around results and errors alike."""
        throttle = self.throttle
        if throttle is not None and (refusal := throttle.refusal(request, self.state.clock)) is not None:
            return refusal
        fault = self.faults.strike(request.endpoint, request.key)
        parameters = Parameters({})
        errors: tuple[str, ...] = ()
        try:
            parameters = read_parameters(request)
            reply = self._reply(request, parameters, fault)
        except ExchangeError as error:
            errors = (error.message,)
            reply = json_reply([error.message], None)
        if fault is not None and fault.kind in CARRIED_OUT:
            reply = spoil(reply, fault)
        self._log(request, parameters, errors, fault)
        return reply

    def _reply(self, request: ReceivedRequest, parameters: Parameters, fault: Fault | None) -> Reply:
        if fault is not None and fault.kind not in CARRIED_OUT:
            return reply_instead(fault)
        if not request.headers.get("user-agent"):
            # The servers in front of Kraken refuse requests that do not say what sent them.
            return html_reply(403)
        endless = fault is not None and fault.kind is FaultKind.ENDLESS
        with self._lock:
            result = self._result(request, parameters, endless=endless)
        return result if isinstance(result, Reply) else _with_result(result)

    def _result(self, request: ReceivedRequest, parameters: Parameters, *, endless: bool) -> Any:
        """What the reply tells, or the reply itself."""
        now = self.state.clock()
        match request.method, request.path.split("/", 3):
            case "GET" | "HEAD" | "POST", ["", "0", "public", name] if name in endpoints.PUBLIC:
                return self._public(request, endpoints.PUBLIC[name], Call(self.state, parameters, now))
            case "POST", ["", "0", "private", name] if name in endpoints.PRIVATE:
                endpoint = endpoints.PRIVATE[name]
                credentials = RequestCredentials(
                    key=request.key or "",
                    sign=request.headers.get("api-sign", ""),
                    path=request.path,
                    nonce=parameters.text("nonce"),
                    body=request.body,
                    otp=parameters.text("otp"),
                    client_ip=request.client_ip,
                )
                key = authenticate(self.state.keys, self.state.lockouts, credentials, endpoint.cost, now)
                authorize(key.api_key, endpoint.permissions)
                for permission in endpoint.also:
                    authorize(key.api_key, frozenset({permission}))
                catch_up(self.state, key.account, now)
                return endpoint.answer(Call(self.state, parameters, now, key, endless))
            case _:
                raise ExchangeError(UNKNOWN_METHOD)

    def _public(self, request: ReceivedRequest, endpoint: endpoints.Endpoint, call: Call) -> Any:
        if endpoint.made_from is None:
            return endpoint.answer(call)
        return _REPLIES.reply(
            (request.endpoint, *sorted(call.parameters.values.items())),
            endpoint.made_from(self.state),
            lambda: _with_result(endpoint.answer(call)),
            compressed=accepts_gzip(request.headers.get("accept-encoding", "")),
        )

    def _log(
        self, request: ReceivedRequest, parameters: Parameters, errors: tuple[str, ...], fault: Fault | None
    ) -> None:
        entry = LoggedRequest(
            time=self.state.clock(),
            endpoint=request.endpoint,
            key=request.key,
            parameters={name: value for name, value in parameters.values.items() if name not in NOT_LOGGED},
            nonce=parameters.values.get("nonce"),
            errors=errors,
            connection=(request.client_ip, request.client_port),
            fault=None if fault is None else fault.kind,
        )
        with self._lock:
            self._requests.append(entry)


_REPLIES = KeptReplies()  # most exchanges of a process begin with the same market


def _with_result(result: Any) -> Reply:
    if isinstance(result, InPart):
        return json_reply([result.message], result.result)
    return json_reply([], result)


def read_parameters(request: ReceivedRequest) -> Parameters:
    """What a request asks for: in its address, and where it is a POST in its body too, which counts for more.

    Raises ExchangeError for a body that is neither form nor JSON object.
    """
    in_address = Parameters.parse(request.query.encode())
    if request.method in ("GET", "HEAD"):
        return in_address
    in_body = Parameters.parse(request.body, request.headers.get("content-type", ""))
    if request.path.startswith("/0/private/"):
        # Only the body is signed.
        return in_body
    return Parameters(in_address.values | in_body.values)
