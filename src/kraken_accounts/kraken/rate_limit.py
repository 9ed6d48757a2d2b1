"""The rule by which the rate of requests follows what the servers in front of Kraken let through.

Nobody is held up until a request is refused because of the address it comes from.
From then on requests leave one by one: at the rate at which Kraken took them when it refused one, less a tenth.
The rate grows until the next refusal: at first by a multiple each second, because the refusal may have come of
a burst and not of the rate; after each refusal much more slowly, and the faster the longer none comes. That is
the rule of the adaptive retries in Amazon's clients, and of TCP's slow start and CUBIC.
Sources: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html,
https://www.rfc-editor.org/rfc/rfc5681#section-3.1, https://www.rfc-editor.org/rfc/rfc9438
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_KEPT = 3600.0  # seconds after the last refusal
_PAUSE = 0.3  # seconds without a request, after which a run begins anew rather than goes on
_LATE = 0.05  # seconds by which a busy machine may wake somebody late
_ENOUGH = 5  # requests, taken from one refusal to the next, to tell the rate by
_CUT = 0.9  # of the rate at which requests were taken
_AGAIN = 0.98  # of that, where a later run begins
_FIRST = 10.0  # requests a second, at least, after the first refusal
_LEAST = 0.1  # requests a second
_GROWTH = 2.0  # doublings of the rate in a second, after the first refusal
_SLOWER = 0.01  # of that, after each further refusal
_FASTER = 0.005  # doublings in a second, for each second without a refusal


@dataclass(slots=True)
class Limit:
    """What is known of it. Times are this machine's seconds since 1970, rates are in requests a second.

    Attributes:
        rate: at which requests leave; 0 while nothing limits them.
        cut_to: the same right after the last refusal.
        growth: doublings of the rate in a second, at least.
        refused_at: when the last refusal came.
        eased_at: when the rate began to grow.
        grown_at: until when it has grown.
        next_at: when it is the next request's turn.
        until: before when Kraken has asked not to be asked.
        used_at: when a request last left or was answered.
        second: when the second began in which `taken` requests were taken.
        taken_before: how many were in the second before that.
        began_at: when this run began, or learned of the limit.
        taken_in_all: how many requests were taken since.
        taken_since: how many were since then, and since the last refusal.
        paused: seconds since then in which Kraken asked not to be asked.
    """

    rate: float = 0.0
    cut_to: float = 0.0
    growth: float = 0.0
    refused_at: float = 0.0
    eased_at: float = 0.0
    grown_at: float = 0.0
    next_at: float = 0.0
    until: float = 0.0
    used_at: float = 0.0
    second: float = 0.0
    taken: int = 0
    taken_before: int = 0
    began_at: float = 0.0
    taken_in_all: int = 0
    taken_since: int = 0
    paused: float = 0.0

    def is_believable(self, now: float) -> bool:
        """Whether it is of the last hour, by a clock that nobody has set back since."""
        return now - self.refused_at < _KEPT and self.used_at <= now + 1

    def wait(self, now: float) -> float:
        """Seconds until the next request may leave; 0 where it leaves now."""
        if now - max(self.used_at, self.until) > max(_PAUSE, 3 / self.rate):
            self._begin(now)
        self.used_at = now
        if (seconds := max(self.next_at, self.until) - now) > 0:
            return seconds
        # Whoever was woken a little late has not lost its turn.
        self.next_at = max(self.next_at, now - max(_LATE, 1 / self.rate)) + 1 / self.rate
        return 0.0

    def _begin(self, now: float) -> None:
        """Begin a run, a little below what the last one found."""
        lasted = self.used_at - self.began_at - self.paused
        if lasted >= 1:
            # It went as fast as it could, so this is how fast that was; if nothing was refused, the least of it.
            bound = min if self.refused_at >= self.began_at else max
            self.cut_to = bound(self.cut_to, max(self.taken_in_all / lasted, _LEAST))
        self.rate = self.cut_to * _AGAIN
        self.began_at = self.eased_at = self.grown_at = self.next_at = now
        self.taken_in_all = self.taken_since = 0
        self.paused = 0.0

    def taken_at(self, now: float) -> None:
        """Kraken has taken a request."""
        self._count(now)
        self.taken += 1
        self.taken_in_all += 1
        self.taken_since += 1
        self.used_at = now
        if self.rate and (passed := now - self.grown_at) > 0:
            growth = min(max(self.growth, _FASTER * (now - self.eased_at)), _GROWTH)
            self.rate *= 2.0 ** (growth * min(passed, 1.0))
            self.grown_at = now

    def refused(self, now: float, sent: float, until: float) -> None:
        """Kraken has refused a request that left at `sent`, and asks not to be asked before `until`."""
        paused_until = self.until
        self.until = max(self.until, until)
        self.paused += self.until - max(paused_until, now) if self.until > now else 0.0
        self.used_at = now
        if sent <= self.refused_at:
            return  # it left before the rate was cut
        self._count(now)
        took = self.taken + self.taken_before * max(0.0, 1 - (now - self.second))
        if not self.rate:
            took = max(took, _FIRST)
            self.began_at, self.taken_in_all, self.paused = now, 0, max(0.0, self.until - now)
        else:
            if now - max(self.refused_at, paused_until, self.began_at) < 1:
                took = 0.0 if self.taken_since >= _ENOUGH else self.rate  # a whole second was not measured
            # From one refusal to the next, it has let through as many as it lets through in that time.
            since = self.taken_since / max(sent - max(self.refused_at, self.began_at), _LATE)
            took = min(max(took, since, self.rate / 2), self.rate)
        self.growth = self.growth * _SLOWER if self.rate else _GROWTH
        self.rate = self.cut_to = max(took * _CUT, _LEAST)
        self.refused_at = now
        self.taken_since = 0
        self.eased_at = self.grown_at = max(now, self.until)
        self.next_at = self.eased_at + 1 / self.rate

    def _count(self, now: float) -> None:
        """Begin a new second, if that is over in which requests were counted."""
        if (passed := now - self.second) >= 1:
            self.taken_before = self.taken if passed < 2 else 0
            self.second, self.taken = now - passed % 1, 0


def limit_of(values: dict[str, Any]) -> Limit | None:
    """The limit as it was kept; None if there is none, or none that makes sense."""
    try:
        limit = Limit(**values)
        numbers = [float(value) for value in values.values()]
    except (TypeError, ValueError, OverflowError):
        return None
    is_sensible = (
        all(0 <= number < 1e12 for number in numbers)
        and min(limit.rate, limit.cut_to) >= _LEAST * _AGAIN
        and limit.next_at <= max(limit.used_at, limit.eased_at) + 2 / _LEAST
        and limit.eased_at <= max(limit.used_at, limit.until)
    )
    return limit if is_sensible else None
