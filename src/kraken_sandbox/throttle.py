"""How fast one address may ask: the limit of the servers in front of the exchange, whatever the keys.

What a refusal looks like follows what Kraken's users are sent:

- `EGeneral:Too many requests` in an HTTP 200, at public and private endpoints alike
  (https://github.com/knowm/XChange/issues/4369, https://github.com/ccxt/ccxt/issues/27468);
- HTTP 429 with Cloudflare's page of error 1015
  (https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-1xxx-errors/error-1015/),
  since March 2026 with a Retry-After, and as JSON to clients that ask for JSON
  (https://blog.cloudflare.com/rfc-9457-agent-error-pages/);
- `EService:Throttled` with the time from which on one may ask again
  (https://docs.kraken.com/exchange/guides/general/errors).

Kraken does not publish the rate, nor how it counts. Here it is a bucket of tokens for each address: it holds
`burst` of them, `rate` a second come back, and every request that goes through takes one.
"""

import json
import math
import threading
from collections import deque
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from .clock import Clock
from .messages import HTML, TOO_MANY_REQUESTS, ReceivedRequest, Reply, json_reply, throttled

LOGGED_REQUESTS = 100_000
"""How many requests are remembered, so that a sandbox left running does not grow without end."""

TOLERANCE = 0.001
"""Of a token. A clock's reading is a float: after the time for one token, slightly less may have come back."""

ERROR_1015 = """<!DOCTYPE html>
<html lang="en-US">
<head>
<title>Access denied | api.kraken.com used Cloudflare to restrict access</title>
<meta charset="UTF-8">
<meta name="robots" content="noindex, nofollow">
</head>
<body>
<h1><span>Error</span> <span>1015</span></h1>
<h2>You are being rate limited</h2>
<p>The owner of this website (api.kraken.com) has banned you temporarily from accessing this website.</p>
</body>
</html>
"""


class Refusal(StrEnum):
    """What a request that comes too fast is answered with."""

    HTTP_429 = "http-429"
    """HTTP 429 and Cloudflare's page of error 1015; it does not say for how long."""
    HTTP_429_RETRY_AFTER = "http-429-retry-after"
    """The same page, with the whole seconds until a request goes through in the header Retry-After."""
    HTTP_429_JSON = "http-429-json"
    """The same error and header, as Cloudflare sends it to clients that ask for JSON."""
    TOO_MANY_REQUESTS = "too-many-requests"
    """HTTP 200 and `EGeneral:Too many requests`."""
    THROTTLED = "throttled"
    """HTTP 200 and `EService:Throttled: ` with the unix time, in whole seconds, when a request goes through."""


@dataclass(frozen=True, slots=True)
class ThrottledRequest:
    """A request that came to the limit: when, in unix seconds, from where, and whether it was refused."""

    time: float
    address: str
    endpoint: str
    key: str | None
    refused: bool


class AddressThrottle:
    """Lets each address make `rate` requests a second, `burst` of them at once. Safe to use from many threads.

    Public and private requests count alike. A refused one costs nothing; with `counts_refused` it takes a token
    all the same, down to a bucket's worth of debt: who calls on waits longer. Without a `burst` it is what comes
    back in a second, one at least.

    Raises ValueError for a rate that is not above zero, and for a burst below one.
    """

    def __init__(
        self,
        rate: float | Decimal,
        burst: int | None = None,
        form: Refusal = Refusal.HTTP_429,
        *,
        counts_refused: bool = False,
    ) -> None:
        self.rate = float(rate)
        if not (math.isfinite(self.rate) and self.rate > 0):
            raise ValueError(f"a rate is a number of requests a second above 0, not {rate}")
        self.burst = max(1, math.ceil(self.rate)) if burst is None else burst
        if self.burst < 1:
            raise ValueError(f"a burst is a number of requests, at least 1, not {burst}")
        self.form = form
        self.counts_refused = counts_refused
        self._buckets: dict[str, _Bucket] = {}
        self._requests: deque[ThrottledRequest] = deque(maxlen=LOGGED_REQUESTS)
        self._counts = {False: 0, True: 0}
        self._lock = threading.Lock()

    @property
    def requests(self) -> list[ThrottledRequest]:
        """The latest requests, oldest first."""
        with self._lock:
            return list(self._requests)

    @property
    def allowed(self) -> int:
        """How many requests went through."""
        return self._counts[False]

    @property
    def refused(self) -> int:
        """How many requests were refused."""
        return self._counts[True]

    def refusal(self, request: ReceivedRequest, clock: Clock) -> Reply | None:
        """Count a request, and give the reply to one that comes too fast; None: it goes through."""
        with self._lock:
            now = clock()  # in here, so that requests are counted in the order of their times
            bucket = self._buckets.setdefault(request.client_ip, _Bucket(self.burst, now))
            bucket.fill(now, self.rate, self.burst)
            refused = bucket.tokens < 1 - TOLERANCE
            if not refused or self.counts_refused:
                bucket.tokens = max(bucket.tokens - 1, -self.burst)
            self._counts[refused] += 1
            self._requests.append(ThrottledRequest(now, request.client_ip, request.endpoint, request.key, refused))
            wait = (1 - bucket.tokens) / self.rate
        return self._reply(now, wait) if refused else None

    def _reply(self, now: float, wait: float) -> Reply:
        seconds = max(1, math.ceil(wait))
        retry_after = (("Retry-After", str(seconds)),)
        match self.form:
            case Refusal.HTTP_429:
                return Reply(ERROR_1015.encode(), 429, HTML)
            case Refusal.HTTP_429_RETRY_AFTER:
                return Reply(ERROR_1015.encode(), 429, HTML, headers=retry_after)
            case Refusal.HTTP_429_JSON:
                return Reply(_error_1015(seconds), 429, headers=retry_after)
            case Refusal.TOO_MANY_REQUESTS:
                return json_reply([TOO_MANY_REQUESTS], None)
            case Refusal.THROTTLED:
                return json_reply([throttled(math.ceil(now + wait)).message], None)


@dataclass(slots=True)
class _Bucket:
    """The tokens that an address had at a time."""

    tokens: float
    time: float

    def fill(self, now: float, rate: float, burst: int) -> None:
        # A clock that was set back gives nothing, and takes nothing.
        self.tokens = min(burst, self.tokens + max(0.0, now - self.time) * rate)
        self.time = now


def _error_1015(seconds: int) -> bytes:
    return json.dumps(
        {
            "type": "https://developers.cloudflare.com/support/troubleshooting/http-status-codes/"
            "cloudflare-1xxx-errors/error-1015/",
            "title": "Error 1015: You are being rate limited",
            "status": 429,
            "detail": "You have been rate limited by the website owner's configuration.",
            "error_code": 1015,
            "error_name": "rate_limited",
            "error_category": "rate_limit",
            "retryable": True,
            "retry_after": seconds,
            "owner_action_required": False,
        }
    ).encode()
