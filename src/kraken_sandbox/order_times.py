"""The times of an order, as AddOrder takes them: unix seconds, or `+` and seconds from now, and its deadline.

From https://docs.kraken.com/api-reference/trading/add-order.
"""

import re
from datetime import UTC, datetime

from .clock import LATEST_MOMENT
from .messages import DEADLINE_ELAPSED, ExchangeError, Parameters, invalid_argument

SOONEST_EXPIRY = 5
"""In seconds from now, or from when the order begins."""

LATEST_DEADLINE = 60
"""In seconds from now."""

TIME = re.compile(r"(\+?)([0-9]{1,12})(?:\.[0-9]{1,9})?", re.ASCII)


def read_time(parameters: Parameters, name: str, now: float, *, after: float | None = None) -> float:
    """When an order begins or, `after` it began, ends, in unix seconds; 0 where that is not said.

    Raises ExchangeError for a time that has passed.
    """
    # A form turns the + of an offset that was not escaped into a space.
    text = parameters.text(name).replace(" ", "+", 1)
    if text in ("", "0", "+0"):
        return 0
    form = TIME.fullmatch(text)
    if form is None:
        raise invalid_argument(name)
    time = int(form[2]) + (now if form[1] else 0)
    soonest = int(now) if after is None else max(after, now) + SOONEST_EXPIRY
    if not soonest <= time <= LATEST_MOMENT:
        raise invalid_argument(name)
    return time


def check_deadline(parameters: Parameters, now: float) -> None:
    """Raise ExchangeError when the request's `deadline`, an RFC 3339 time, has passed or makes no sense."""
    text = parameters.text("deadline")
    if not text:
        return
    try:
        # A + that was not escaped, as above.
        moment = datetime.fromisoformat(text.replace(" ", "+") if text.count(":") > 2 else text)
        deadline = moment.timestamp() if moment.tzinfo is not None else None
    except (ValueError, OverflowError, OSError):
        deadline = None
    if deadline is None or deadline > now + LATEST_DEADLINE:
        raise invalid_argument("deadline")
    if deadline < now:
        raise ExchangeError(DEADLINE_ELAPSED)


def rfc3339(moment: float) -> str:
    """A time as Kraken writes it in words: `2027-01-15T08:00:00Z`."""
    return datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
