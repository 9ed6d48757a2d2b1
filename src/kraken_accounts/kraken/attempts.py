"""When to ask Kraken again, and when to give up."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from ..deadline import Deadline
from .errors import AddressLimited, ClockAhead, KeyBusy, KrakenError, NonceConflict, Throttled, Unreachable
from .nonce import pause_after
from .pace import Pace
from .points import Points

_log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

_ATTEMPTS = 3
_FIRST_PAUSE = 0.25  # seconds; doubled each time, less up to half of it by chance
_LONGEST_PAUSE = 8.0  # seconds, of which Kraken has not asked for more
_IN_A_ROW = 3  # refusals of one request for the address's sake: more of them have a cause of their own
_TO_ANSWER = 1.0  # seconds; a request that had so many was not kept from its answer by the pace
_NOT_ANSWERED = (Unreachable, KeyBusy, ClockAhead)


def ask_until_answered(
    ask: Callable[[int], Answer],
    pace: Pace,
    deadline: Deadline,
    points: Points,
    *,
    name: str,
    endpoint: str,
    asker: int,
) -> Answer:
    """Ask, and where asking again may help and there is time, ask again. Only for reads.

    That the address has to wait is no failure of anybody: it costs no attempt, and goes on until the deadline.

    Args:
        ask: is told how often its nonce was refused.
        points: of a key's counter, from which each request is taken.
        name: what the log calls the one who asks.
        asker: a number for whoever asks with a key, another one for each; 0 for a question that needs none.

    Raises:
        KrakenError: there is no answer; see `errors` for the kinds.
    """
    points.require(endpoint)
    failures = refusals = limited = 0
    limited_at: float | None = None
    while True:
        left_at = pace.wait(deadline, asker)
        started, room = time.monotonic(), deadline.remaining()
        try:
            answer = ask(refusals)
        except KrakenError as error:
            _log.debug("%s: %s: %s", name, endpoint, error.reason)
            points.spend(endpoint, error)
            if isinstance(error, AddressLimited | Throttled):
                limited += 1
                before, limited_at = limited_at, pace.now()
                concerns_all = not _is_the_keys_own(error) and pace.concerns_all(asker, left_at, before)
                if concerns_all and limited <= _IN_A_ROW:
                    pace.refused(left_at, error.until)
                    continue
            elif not isinstance(error, _NOT_ANSWERED):
                pace.taken()
            elif room < _TO_ANSWER and not deadline.remaining() and (too_slow := pace.too_slow()):
                # It was not its turn soon enough to be answered.
                raise too_slow from None
            if isinstance(error, NonceConflict):
                refusals += 1
                pause = pause_after(refusals)
            elif isinstance(error, AddressLimited | Throttled):
                # This one alone, while others were answered: it waits by itself, and keeps nobody waiting.
                pause = _pause_until(error.until, limited)
            else:
                failures += 1
                pause = _pause_after(failures) if error.retry else None
            if pause is None or deadline.remaining() <= pause or not points.affords(endpoint):
                if isinstance(error, AddressLimited) and (too_slow := pace.too_slow()):
                    raise too_slow from None  # all are limited, and that says more than the refusal of this one
                raise
            time.sleep(pause)
        else:
            pace.taken()
            points.spend(endpoint)
            milliseconds = 1000 * (time.monotonic() - started)
            _log.debug("%s: %s: answered in %.0f ms", name, endpoint, milliseconds)
            return answer


def ask_once(ask: Callable[[], Answer], pace: Pace, *, asker: int) -> Answer:
    """Ask once, without any wait: for what changes something.

    Args:
        asker: as above.

    Raises:
        KrakenError: there is no answer; see `errors` for the kinds.
    """
    left_at = pace.now()
    try:
        answer = ask()
    except AddressLimited as error:
        if pace.concerns_all(asker, left_at):
            pace.refused(left_at, error.until)
        raise
    pace.taken()
    return answer


def _is_the_keys_own(error: KrakenError) -> bool:
    """Whether it is about one key, however many others are refused: the address is throttled for a moment only."""
    return isinstance(error, Throttled) and _seconds_until(error.until) > _LONGEST_PAUSE


def _pause_after(failures: int) -> float | None:
    """Seconds to wait before asking again, at random so that not all ask at once; None to give up."""
    if failures >= _ATTEMPTS:
        return None
    return _FIRST_PAUSE * 2.0 ** (failures - 1) * random.uniform(0.5, 1)  # noqa: S311


def _pause_until(until: datetime | None, refusals: int) -> float:
    """Seconds to wait until then, and the longer the more often it was refused."""
    return max(_seconds_until(until), min(_FIRST_PAUSE * 2.0**refusals, _LONGEST_PAUSE))


def _seconds_until(until: datetime | None) -> float:
    return (until - datetime.now(UTC)).total_seconds() if until else 0.0
