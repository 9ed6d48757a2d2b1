"""What an HTTP answer says, if it is one of Kraken's API."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from . import wire
from .error_messages import time_to_ask_again
from .errors import AddressLimited, UnexpectedAnswer, Unreachable
from .transport import Answer


def content_of(answer: Answer, fields: Collection[str]) -> Any:
    """What an answer says.

    Raises:
        KrakenError: it is none of Kraken's API.
    """
    if answer.status >= 500:
        raise Unreachable(f"Kraken's servers answered with HTTP status {answer.status}")
    if answer.status == 429:
        until = time_to_ask_again(answer.retry_after, datetime.now(UTC))
        raise AddressLimited("Kraken answered with HTTP status 429: too many requests from this address", until)
    try:
        return wire.decode(answer.body, fields=fields)
    except UnexpectedAnswer:
        if answer.status == 200:
            raise
        raise UnexpectedAnswer(f"Kraken's servers answered with HTTP status {answer.status}") from None
