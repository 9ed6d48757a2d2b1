"""krakenex made safe: one key, one session, bounded time, increasing nonces, typed errors."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn
from urllib.parse import urlencode

import krakenex
import requests

from ..credentials import Credentials
from ..storage import NOTHING_KEPT, Storage
from . import transport, wire
from .errors import (
    AddressLimited,
    KrakenError,
    NonceConflict,
    UnexpectedAnswer,
    Unreachable,
    error_from_all,
    is_warning,
)
from .nonce import YIELDING_REFUSALS, lane_of, pause_after

_log = logging.getLogger(__name__)

_ATTEMPTS = 3
# One pair that Kraken does not know keeps none of the others from being priced. What is kept for a day (Assets,
# AssetPairs) and what orders go by must be whole.
_USABLE_IN_PART = ("Ticker",)
_FIRST_PAUSE = 0.25  # seconds; doubled each time, less up to half of it by chance


class Deadline:
    """The moment by which a whole run must be over, on the monotonic clock."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def earlier(self, share: float) -> Deadline:
        """A moment that leaves this share of the time from now on unused."""
        return Deadline(self.remaining() * (1 - share))

    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self._ends - time.monotonic())


NO_DEADLINE = Deadline(float("inf"))


class KrakenClient(krakenex.API):
    """krakenex's API with a session, a key and nonces that nothing else shares.

    Args:
        url: base URL of the exchange.
        credentials: what signs private requests; None for a client of public endpoints only.
        timeout: seconds for one request.
        name: what the log calls the user of this client.
        state: where the key's last nonce is kept for other processes.

    Attributes:
        complaints: Kraken's errors that stood beside a result which was used all the same, oldest first.
    """

    def __init__(
        self,
        url: str,
        credentials: Credentials | None = None,
        *,
        timeout: float = 10.0,
        name: str = "public",
        state: Storage = NOTHING_KEPT,
    ) -> None:
        self._credentials = credentials
        self._timeout = timeout
        self._name = name
        self.complaints: list[KrakenError] = []
        if credentials is not None:
            self._lane = lane_of(credentials.api_key.reveal(), credentials.nonce_unit, state)
        super().__init__()
        self.uri = url
        self.session: requests.Session
        transport.prepare(self.session, url)

    def public(
        self, endpoint: str, parameters: Mapping[str, str] | None = None, *, deadline: Deadline = NO_DEADLINE
    ) -> Any:
        """The result of a public endpoint.

        Raises:
            KrakenError: see `errors` for the kinds.
        """
        return self._retried(
            endpoint,
            lambda _: self._checked(
                self.query_public(endpoint, dict(parameters or {}), self._seconds(deadline)),
                in_part=endpoint in _USABLE_IN_PART,
            ),
            deadline,
        )

    def private(
        self, endpoint: str, parameters: Mapping[str, str] | None = None, *, deadline: Deadline = NO_DEADLINE
    ) -> Any:
        """The result of a private endpoint that only reads; None where Kraken sends no result.

        Raises:
            KrakenError: see `errors` for the kinds.
        """

        def ask(refusals: int) -> Any:
            answer = self._in_turn(endpoint, dict(parameters or {}), deadline, refusals)
            self._lane.accepted(refusals)
            return answer

        return self._retried(endpoint, ask, deadline)

    def private_once(
        self, endpoint: str, parameters: Mapping[str, str], *, deadline: Deadline = NO_DEADLINE
    ) -> Any:
        """The result of a private endpoint that changes something: whatever happens, it is asked once.

        Raises:
            KrakenError: see `errors` for the kinds; its `uncertain` says whether it may have been carried out.
        """
        return self._in_turn(endpoint, dict(parameters), deadline, YIELDING_REFUSALS)

    def _in_turn(self, endpoint: str, parameters: dict[str, str], deadline: Deadline, refusals: int) -> Any:
        if self._credentials is None:
            raise ValueError("a client without credentials has no private endpoints")
        if self._credentials.otp is not None:
            parameters["otp"] = self._credentials.otp.reveal()
        try:
            with self._lane.turn(deadline.remaining()):
                self._trailing = refusals < YIELDING_REFUSALS and self._lane.gives_way
                return self._checked(self.query_private(endpoint, parameters, self._seconds(deadline)))
        except TimeoutError:
            reason = "another request of this key was still under way when the time was over"
            raise Unreachable(reason, sent=False) from None

    def _retried(self, endpoint: str, ask: Callable[[int], Any], deadline: Deadline) -> Any:
        """Ask, and where asking again may help and there is time, ask again. Only for reads.

        Args:
            ask: is told how often its nonce was refused.
        """
        failures = refusals = 0
        while True:
            started = time.monotonic()
            try:
                answer = ask(refusals)
            except KrakenError as error:
                _log.debug("%s: %s: %s", self._name, endpoint, error.reason)
                if isinstance(error, NonceConflict):
                    refusals += 1
                    pause = pause_after(refusals)
                else:
                    failures += 1
                    pause = _pause_after(failures) if error.retry else None
                if pause is None or deadline.remaining() <= pause:
                    raise
                time.sleep(pause)
            else:
                milliseconds = 1000 * (time.monotonic() - started)
                _log.debug("%s: %s: answered in %.0f ms", self._name, endpoint, milliseconds)
                return answer

    def _seconds(self, deadline: Deadline) -> float:
        """What one request may take now."""
        return min(self._timeout, deadline.remaining())

    # What krakenex leaves to be overridden.

    def _query(
        self,
        urlpath: str,
        data: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        timeout: Any = None,
    ) -> Any:
        if timeout == 0:
            raise Unreachable("the time for the whole run was over before Kraken could be asked", sent=False)
        status, body = transport.send(
            self.session,
            "GET" if "/public/" in urlpath else "POST",
            self.uri + urlpath,
            urlencode(data),  # the very text that _sign has signed
            {"Content-Type": "application/x-www-form-urlencoded", **headers} if headers else {},
            timeout or self._timeout,
        )
        if status >= 500:
            raise Unreachable(f"Kraken's servers answered with HTTP status {status}")
        if status == 429:
            raise AddressLimited("Kraken answered with HTTP status 429: too many requests from this address")
        try:
            return wire.decode(self._without_key(body))
        except UnexpectedAnswer as error:
            if status == 200:
                raise
            raise UnexpectedAnswer(f"Kraken's servers answered with HTTP status {status}") from error

    def _without_key(self, body: bytes) -> bytes:
        """An answer without the key, should a server repeat it: what it says is shown, and logged."""
        if self._credentials is None:
            return body
        key = self._credentials.api_key
        for written in (key.reveal(), key.reveal().replace("/", r"\/")):
            body = body.replace(written.encode(), str(key).encode())
        return body

    def _checked(self, answer: Any, *, in_part: bool = False) -> Any:
        """The result of an answer, if it is one.

        Args:
            in_part: use a result that stands beside an error, too; `complaints` tells the error.
        """
        result, said = wire.result(answer)
        if self._credentials is not None and self._credentials.otp is not None:
            # Only here: in an amount, the same digits may stand by chance.
            otp = self._credentials.otp
            said = [words.replace(otp.reveal(), str(otp)) for words in said]
        if not said:
            return result
        error = error_from_all(said, datetime.now(UTC))
        if result is not None and all(map(is_warning, said)):
            _log.debug("%s: %s, as a warning", self._name, error.reason)
            return result
        if in_part and result and isinstance(result, dict):
            _log.debug("%s: %s, beside a result", self._name, error.reason)
            self.complaints.append(error)
            return result
        raise error

    def _nonce(self) -> int:
        return self._lane.next(trailing=self._trailing)

    @property
    def key(self) -> str:
        return self._credentials.api_key.reveal() if self._credentials else ""

    @key.setter
    def key(self, value: str) -> None:
        """krakenex sets an empty key of its own; the credentials are what counts."""

    @property
    def secret(self) -> str:
        return self._credentials.api_secret.reveal() if self._credentials else ""

    @secret.setter
    def secret(self, value: str) -> None:
        """As for the key."""

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a client holds a key and is never pickled")


def _pause_after(failures: int) -> float | None:
    """Seconds to wait before asking again, at random so that not all ask at once; None to give up."""
    if failures >= _ATTEMPTS:
        return None
    return _FIRST_PAUSE * 2.0 ** (failures - 1) * random.uniform(0.5, 1)  # noqa: S311
