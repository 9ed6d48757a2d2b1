"""Points of a key's counter of calls: what a question costs, and how many of them a run may spend on one account.

The counter is the bot's too, and has 15 points at least; a question that is asked again costs again.
Source: https://docs.kraken.com/exchange/guides/rest/ratelimits
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from .earn import MOST_PAGES
from .errors import AddressLimited, ClockAhead, KeyBusy, KrakenError, PointsUsedUp, Throttled, Unreachable

_COSTS = {"TradesHistory": 2, "ClosedOrders": 2, "Ledgers": 2}
# What a check is for is asked whatever it costs; the rest has what that leaves.
_ALWAYS_ASKED = ("GetApiKeyInfo", "BalanceEx", "Balance")
_CHECK = ("GetApiKeyInfo", "BalanceEx")
_ACTIVITY = ("TradesHistory", "OpenOrders", "OpenPositions")
_WALLETS = ("Earn/Allocations", "TradeBalance")
_MORE_OF_EARN = MOST_PAGES  # further pages, and the kinds of its strategies


class Points:
    """What the questions of one run to one account may still cost.

    A question that is asked again, or has more pages, leaves the planned ones what they cost.

    Args:
        most: how many points there are.
        planned: the endpoints that will be asked.

    Attributes:
        left: below zero where what is always asked had to be asked again and again.
    """

    def __init__(self, most: float, planned: Iterable[str] = ()) -> None:
        self._most = most
        self._planned = set(planned)
        self.left = most

    def affords(self, endpoint: str) -> bool:
        """Whether an endpoint may be asked, for the first time or once more."""
        reserved = 0 if endpoint in self._planned else sum(map(_cost, self._planned))
        return endpoint in _ALWAYS_ASKED or _cost(endpoint) + reserved <= self.left

    def require(self, endpoint: str) -> None:
        """Make sure of that before a question is asked.

        Raises:
            PointsUsedUp: it may not; nothing is sent.
        """
        if not self.affords(endpoint):
            raise PointsUsedUp(int(self._most))
        self._planned.discard(endpoint)

    def spend(self, endpoint: str, error: KrakenError | None = None) -> None:
        """Count a request that was answered, or what came of it instead."""
        if error is None or _is_counted(error):
            self.left -= _cost(endpoint)


UNLIMITED = Points(math.inf)
"""For whoever asks something else than a check does."""


def points_for(*, activity: bool, wallets: bool) -> Points:
    """How many points a check may spend on one account, ledgers apart, which have calls of their own."""
    planned = (*(_ACTIVITY if activity else ()), *(_WALLETS if wallets else ()))
    more = _MORE_OF_EARN if wallets else 0
    return Points(sum(map(_cost, (*_CHECK, *planned))) + more, planned)


def _cost(endpoint: str) -> int:
    return _COSTS.get(endpoint, 1)


def _is_counted(error: KrakenError) -> bool:
    """Whether Kraken may have counted what came to this: not what was not sent, or was one too many at a time."""
    if isinstance(error, Unreachable):
        return error.uncertain
    return not isinstance(error, AddressLimited | Throttled | KeyBusy | ClockAhead)
