"""krakenex made safe: one key, one session, bounded time, increasing nonces, typed errors."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn
from urllib.parse import urlencode

import krakenex

from ..config import Credentials
from ..deadline import NO_DEADLINE, Deadline
from ..storage import NOTHING_KEPT, Storage
from . import wire
from .attempts import ask_once, ask_until_answered
from .clock import clock_of
from .contents import content_of
from .echoes import may_repeat, without_secrets
from .error_messages import error_from_all, is_warning
from .errors import KrakenError, UnexpectedAnswer
from .nonce import YIELDING_REFUSALS, Turn, lane_of
from .pace import pace_of
from .points import UNLIMITED, Points
from .transport import PRIVATE_LIMIT, Answer, Request, Session

_log = logging.getLogger(__name__)

ARRIVED_AFTER = 1.0
"""Seconds after which a request that was sent has reached Kraken, if it ever does; tests have less of them."""
_numbers = itertools.count(1)
# One pair that Kraken does not know keeps none of the others from being priced. What is kept (Assets,
# AssetPairs) and what orders go by must be whole.
_USABLE_IN_PART = ("Ticker",)


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
        lane: on which the requests of the key leave; there with credentials only.
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
        self._clock = clock_of(url)
        self._pace = pace_of(url, state)
        self.complaints: list[KrakenError] = []
        self._number = 0 if credentials is None else next(_numbers)
        if credentials is not None:
            self.lane = lane_of(credentials.api_key.reveal(), credentials.nonce_unit, state)
        # Not krakenex's own: it would make a session of requests, which nobody would use.
        self.apiversion = "0"
        self.uri = url
        self.session: Session = Session(url)

    def now(self) -> datetime:
        """The time at Kraken (UTC), to about a second; this machine's, as long as Kraken has told none."""
        return datetime.fromtimestamp(self._clock.now(), UTC) - (self._clock.ahead or timedelta())

    def public(
        self,
        endpoint: str,
        parameters: Mapping[str, str] | None = None,
        *,
        deadline: Deadline = NO_DEADLINE,
        fields: Collection[str] = (),
    ) -> Any:
        """The result of a public endpoint.

        Args:
            fields: of each thing that it lists, what is wanted; all by default.

        Raises:
            KrakenError: see `errors` for the kinds.
        """

        def ask(_: int) -> Any:
            outcome = self.query_public(endpoint, dict(parameters or {}), deadline.within(self._timeout))
            answer = self._decoded(_answer_or_raise(outcome), fields)
            return self._result_of(answer, in_part=endpoint in _USABLE_IN_PART)

        return self._until_answered(endpoint, ask, deadline)

    def private(
        self,
        endpoint: str,
        parameters: Mapping[str, str] | None = None,
        *,
        deadline: Deadline = NO_DEADLINE,
        points: Points = UNLIMITED,
    ) -> Any:
        """The result of a private endpoint that only reads; None where Kraken sends no result.

        Args:
            points: of the key's counter, from which it is taken.

        Raises:
            KrakenError: see `errors` for the kinds.
        """

        def ask(refusals: int) -> Any:
            answer = self._ask_in_turn(endpoint, dict(parameters or {}), deadline, refusals)
            self.lane.accepted(refusals)
            return answer

        return self._until_answered(endpoint, ask, deadline, points)

    def private_once(
        self,
        endpoint: str,
        parameters: Mapping[str, str],
        *,
        deadline: Deadline = NO_DEADLINE,
        gives_way: bool = False,
    ) -> Any:
        """The result of a private endpoint that changes something: whatever happens, it is asked once.

        Args:
            gives_way: let another program's request that is under way be the one that is accepted.

        Raises:
            KrakenError: see `errors` for the kinds; its `uncertain` says whether it may have been carried out.
        """
        return ask_once(
            lambda: self._ask_in_turn(endpoint, dict(parameters), deadline, 0 if gives_way else YIELDING_REFUSALS),
            self._pace,
            asker=self._number,
        )

    def _until_answered(
        self, endpoint: str, ask: Callable[[int], Any], deadline: Deadline, points: Points = UNLIMITED
    ) -> Any:
        if deadline is NO_DEADLINE:
            deadline = Deadline(self._timeout)  # whoever has all the time does not want to wait for ever
        return ask_until_answered(
            ask, self._pace, deadline, points, name=self._name, endpoint=endpoint, asker=self._number
        )

    def _ask_in_turn(self, endpoint: str, parameters: dict[str, str], deadline: Deadline, refusals: int) -> Any:
        """One request of the key, while no other one is under way.

        Raises:
            KeyBusy: another one was, until the time was over; nothing was sent.
            ClockAhead: a nonce of this machine's clock would be one of the future; nothing was sent.
        """
        if self._credentials is None:
            raise ValueError("a client without credentials has no private endpoints")
        budget = deadline.within(self._timeout)
        # What takes its time is done before others have to wait for this request.
        self.session.open(budget)
        while True:
            self._clock.make_sure(lambda: self.public("Time", deadline=budget), budget)
            with self.lane.turn(deadline.remaining()) as turn:
                if not self._clock.known:
                    continue  # this machine's clock was set while others had their turn
                self._moment = self._clock.nanoseconds()
                self._trailing = refusals < YIELDING_REFUSALS and self.lane.gives_way
                outcome = self._outcome_of(endpoint, parameters, deadline.within(self._timeout), turn)
            return self._result_of(_answer_or_raise(outcome))

    def _outcome_of(self, endpoint: str, parameters: Mapping[str, str], deadline: Deadline, turn: Turn) -> Any:
        """What came of it. Nothing is raised from here: the frames below hold the key and the password."""
        form = dict(parameters)
        if self._credentials is not None and self._credentials.otp is not None:
            form["otp"] = self._credentials.otp.reveal()
        self._turn = turn
        try:
            return self.query_private(endpoint, form, deadline)
        except BaseException as error:  # noqa: BLE001 - a defect or Ctrl-C, raised again without those frames
            error.__context__ = None
            return error.with_traceback(None)

    # What krakenex leaves to be overridden.

    def _query(
        self,
        urlpath: str,
        data: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        timeout: Any = None,
    ) -> Any:
        """The answer, decoded where a key was used, or the error that there is instead of it.

        Args:
            timeout: a `Deadline`.
        """
        text = urlencode(data)  # the very text that _sign has signed
        if headers is None:
            request = Request("GET", f"{urlpath}?{text}" if text else urlpath)
        else:
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            request = Request("POST", urlpath, text, {**headers, **form}, PRIVATE_LIMIT)
        try:
            if headers is None:
                return self.session.send(request, timeout)
            return self._decoded(self.session.send(request, timeout, self._on_sent))
        except BaseException as error:  # noqa: BLE001 - Ctrl-C too is raised again, where the answer is awaited
            # What led to it may hold the answer, and that anything.
            error.__context__ = None
            return error.with_traceback(None)

    def _decoded(self, answer: Answer, fields: Collection[str] = ()) -> Any:
        """What an answer says, without what it repeats of a secret."""
        decoded = content_of(answer, fields)
        if self._credentials is None or not may_repeat(answer.body, self._credentials):
            return decoded
        try:
            return without_secrets(decoded, self._credentials)
        except RecursionError:
            raise UnexpectedAnswer("Kraken's answer is nested deeper than any of its answers is") from None

    def _on_sent(self) -> None:
        """Let the next request of the key go once this one must have arrived, however late its answer comes."""
        self._turn.end_after(ARRIVED_AFTER)

    def _result_of(self, answer: Any, *, in_part: bool = False) -> Any:
        """The result of an answer, if it is one.

        Args:
            in_part: use a result that stands beside an error, too; `complaints` tells the error.
        """
        result, messages = wire.result_and_errors(answer)
        if not messages:
            return result
        error = error_from_all(messages, datetime.now(UTC))
        # A result beside an error: what it tells may have happened, whatever the error says.
        error.uncertain = error.uncertain or bool(result)
        if result is not None and all(map(is_warning, messages)):
            _log.debug("%s: %s, as a warning", self._name, error.reason)
            return result
        if in_part and result and isinstance(result, dict):
            _log.debug("%s: %s, beside a result", self._name, error.reason)
            self.complaints.append(error)
            return result
        raise error

    def _nonce(self) -> int:
        return self.lane.next(self._moment, trailing=self._trailing)

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


def _answer_or_raise(outcome: Any) -> Any:
    """The outcome of a request, if it is an answer.

    Raises:
        BaseException: it is none.
    """
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome
