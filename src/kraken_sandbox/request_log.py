"""A file with a line of JSON for each request: what a bot sent, and what it got, without secrets."""

import json
import logging
import re
import threading
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .exchange import read_parameters
from .messages import ENDPOINT_PATH, ExchangeError, ReceivedRequest, Reply

log = logging.getLogger(__name__)

SHOWN_OF_A_KEY = 6
LONGEST_VALUE = 200
MOST_PARAMETERS = 100

HIDDEN = re.compile(r"nonce|otp", re.IGNORECASE)
"""Parameters that the log leaves out."""

SECRET = re.compile(r"secret|passw|token|sign|credential|api.?key", re.IGNORECASE)
"""Parameters that no endpoint has, but which somebody may send by mistake: their values stay out."""


LEFT_OUT = "(left out)"


class RequestLog:
    """Appends to a file. Safe to use from many threads; a line that cannot be written is said once, and not kept.

    Raises ValueError for a file that cannot be written to.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._is_broken = False
        try:
            if path.is_fifo():
                # To open it would wait for somebody who reads.
                raise ValueError(f"the log {path} cannot be written: it is a pipe; name a file with --log")
            self._file = path.open("a", encoding="utf-8")
        except OSError as error:
            why = f"{error.strerror}; name another with --log"
            raise ValueError(f"the log {path} cannot be written: {why}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._lock:
            try:
                self._file.close()
            except OSError as error:
                self._complain(error)

    def write(self, request: ReceivedRequest, reply: Reply, time: float, seconds: float) -> None:
        """Note a request, its answer, the exchange's time and how long the answer took to make."""
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(time, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "key": None if request.key is None else _shortened(request.key, SHOWN_OF_A_KEY),
            "method": request.method,
            "endpoint": _shortened(request.endpoint if ENDPOINT_PATH.match(request.path) else request.path),
            "parameters": _parameters(request),
            "answer": _answer(reply),
            "ms": round(seconds * 1000, 3),
        }
        line = json.dumps(entry, ensure_ascii=False).encode(errors="replace").decode() + "\n"
        with self._lock:
            if self._is_broken:
                return
            try:
                self._file.write(line)
                self._file.flush()
            except (OSError, ValueError) as error:
                self._complain(error)

    def _complain(self, error: Exception) -> None:
        if not self._is_broken:
            log.error("the log %s cannot be written any more: %s", self._path, error)
        self._is_broken = True


def _answer(reply: Reply) -> str | list[str]:
    """`ok`, Kraken's errors, or what there was instead of an answer of Kraken's."""
    if reply.cut is not None:
        return "connection ended"
    if reply.status != HTTPStatus.OK:
        return f"HTTP {reply.status}"
    return list(reply.errors) or "ok"


def _parameters(request: ReceivedRequest) -> dict[str, str]:
    try:
        given = read_parameters(request).values
    except ExchangeError:
        return {}
    told = [name for name in given if not HIDDEN.fullmatch(name)][:MOST_PARAMETERS]
    return {_shortened(name): LEFT_OUT if SECRET.search(name) else _shortened(str(given[name])) for name in told}


def _shortened(text: str, length: int = LONGEST_VALUE) -> str:
    return text if len(text) <= length else f"{text[:length]}…"
