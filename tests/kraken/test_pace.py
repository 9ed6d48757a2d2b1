"""How often an address may ask: found out, kept to, shared, and not waited for longer than there is time."""

from __future__ import annotations

import heapq
import itertools

import pytest

from kraken_accounts.kraken.pace import Limit

NOW = 1_795_000_000.0
ROUND_TRIP = 0.05  # seconds
WORKERS = 64


class Clock:
    """Time that passes by being slept through."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Bucket:
    """A server that lets an address ask so many times a second, and some more at once after a pause."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._tokens, self._at = burst, 0.0
        self.refused = 0

    def takes(self, now: float) -> bool:
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1:
            self.refused += 1
            return False
        self._tokens -= 1
        return True


def seconds_for(requests: int, server: Bucket, limit: Limit, begin: float) -> float:
    """How long it takes until that many requests were taken, with many on their way at a time."""
    numbers = itertools.count()
    events: list[tuple[float, int, str, float]] = []

    def at(moment: float, what: str, sent: float = 0.0) -> None:
        heapq.heappush(events, (moment, next(numbers), what, sent))

    waiting, taken, moment = min(WORKERS, requests), 0, begin
    todo = requests - waiting
    at(begin, "door")
    is_somebody_at_the_door = True
    while taken < requests:
        moment, _, what, sent = heapq.heappop(events)
        if what == "door":
            is_somebody_at_the_door = False
            while waiting:
                seconds = limit.wait(moment) if limit.rate else 0.0
                if seconds > 0:
                    at(moment + seconds, "door")
                    is_somebody_at_the_door = True
                    break
                waiting -= 1
                at(moment + ROUND_TRIP / 2, "arrives", moment)
            continue
        if what == "arrives":
            at(moment + ROUND_TRIP / 2, "taken" if server.takes(moment) else "refused", sent)
            continue
        if what == "taken":
            limit.taken_at(moment)
            taken += 1
            if todo:
                todo, waiting = todo - 1, waiting + 1
        else:
            limit.refused(moment, sent, 0.0)
            waiting += 1
        if waiting and not is_somebody_at_the_door:
            at(moment, "door")
            is_somebody_at_the_door = True
    return moment - begin


@pytest.mark.parametrize(
    ("rate", "burst", "requests"),
    [(20, 20, 206), (20, 100, 206), (100, 20, 1006), (100, 100, 1006), (5, 5, 206), (1, 20, 60)],
)
def test_as_fast_as_the_server_lets_it(rate: float, burst: float, requests: int) -> None:
    """First without knowing anything, then with what was learned."""
    limit, server = Limit(), Bucket(rate, burst)
    least = (requests - burst) / rate

    first = seconds_for(requests, server, limit, NOW)
    refused_at_first = server.refused
    again = seconds_for(requests, server, limit, NOW + first + 60)

    assert first <= 1.2 * least
    assert refused_at_first <= WORKERS + 8
    assert again <= 1.2 * least + (burst / rate)  # at an even pace, no burst is used
    assert server.refused - refused_at_first <= max(0.01 * requests, 10)
