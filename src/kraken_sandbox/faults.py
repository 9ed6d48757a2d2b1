"""Faults on demand: which calls go wrong, and how."""

import threading
from dataclasses import dataclass, replace
from enum import StrEnum

from .messages import NO_REPLY, ExchangeError, Reply, html_reply


class FaultKind(StrEnum):
    """What goes wrong. The call is carried out only in the kinds of `CARRIED_OUT`."""

    LATENCY = "latency"
    """The answer comes `seconds` later."""
    DRIP = "drip"
    """The answer comes byte by byte, with `seconds` between two of them."""
    TRUNCATE = "truncate"
    """The connection ends in the middle of the answer."""
    LOST = "lost"
    """The connection ends without an answer, though the call was carried out."""
    DROP = "drop"
    """The connection ends without an answer, and nothing was carried out."""
    ERROR = "error"
    """Kraken's JSON with the error `text`, e.g. `EService:Busy`."""
    BODY = "body"
    """HTTP 200 and `text` as the JSON body, whether it is JSON or not."""
    ENDLESS = "endless"
    """Where there are pages, each tells of another one: histories begin again, Earn's pages repeat."""
    HTML = "html"
    """A page of HTML with the HTTP `status`, as the servers in front of Kraken send it: `text`, or a short one."""


CARRIED_OUT = frozenset({FaultKind.LATENCY, FaultKind.DRIP, FaultKind.TRUNCATE, FaultKind.LOST, FaultKind.ENDLESS})


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault and the calls that it strikes: those of one endpoint, one API key, or all where None is given.

    It strikes the `nth` of these calls and the ones after it, `times` in all; None is for ever.
    """

    kind: FaultKind
    endpoint: str | None = None
    key: str | None = None
    nth: int = 1
    times: int | None = 1
    seconds: float = 1.0
    status: int = 502
    text: str = ""

    def __post_init__(self) -> None:
        if self.kind is FaultKind.ERROR and not self.text:
            raise ValueError("a fault of the kind 'error' needs the error as its text")
        if self.nth < 1 or (self.times is not None and self.times < 1) or self.seconds < 0:
            raise ValueError("nth and times count from 1, and seconds from 0")


class Faults:
    """The faults in force. Safe to use from many threads."""

    def __init__(self) -> None:
        self._calls: dict[Fault, int] = {}
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Put a fault in force; it counts the calls from now on."""
        with self._lock:
            self._calls[fault] = 0

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()

    def strike(self, endpoint: str, key: str | None) -> Fault | None:
        """Count a call, and say which fault strikes it: the one added first, where there are several."""
        striking = None
        with self._lock:
            for fault in self._calls:
                if fault.endpoint not in (None, endpoint) or fault.key not in (None, key):
                    continue
                self._calls[fault] += 1
                since = self._calls[fault] - fault.nth
                if since >= 0 and (fault.times is None or since < fault.times):
                    striking = striking or fault
        return striking


def reply_instead(fault: Fault) -> Reply:
    """The reply to a call that is not carried out. Raises ExchangeError where it is an error of Kraken's."""
    match fault.kind:
        case FaultKind.ERROR:
            raise ExchangeError(fault.text)
        case FaultKind.BODY:
            return Reply(fault.text.encode())
        case FaultKind.HTML:
            return html_reply(fault.status, fault.text)
        case _:
            return NO_REPLY


def spoil(reply: Reply, fault: Fault) -> Reply:
    """The reply to a call that was carried out, and what becomes of it on the way."""
    match fault.kind:
        case FaultKind.LATENCY:
            return replace(reply, delay=fault.seconds)
        case FaultKind.DRIP:
            return replace(reply, drip=fault.seconds)
        case FaultKind.TRUNCATE:
            return replace(reply, cut=len(reply.body) // 2)
        case FaultKind.ENDLESS:
            return reply
        case _:
            return NO_REPLY
