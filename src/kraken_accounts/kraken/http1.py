"""One request and its answer over an open connection: as much of HTTP/1.1 as the API of an exchange takes.

A general client builds a request header by header and reads each answer's head as an e-mail. For two small
requests an account, that is more work than TLS. Here a request leaves in one piece, and llhttp, the parser of
Node.js, reads the answer: what is ambiguous about where it ends is refused, and what is cut off is no answer.
Sources: https://www.rfc-editor.org/rfc/rfc9112 and, of gzip, https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping

from httptools import HttpParserCallbackError, HttpParserError, HttpParserUpgrade, HttpResponseParser

from ..deadline import Deadline
from .connection import Connection

_MOST_IN_VAIN = 1 << 16  # bytes, of a head or between two pieces of a body
_PIECE = 1 << 16
_MOST_AT_ONCE = 1 << 20  # bytes, decompressed
_CONTINUE = 100
_GZIP = 16 + zlib.MAX_WBITS


class Malformed(ValueError):
    """This is no answer in HTTP/1.1, or one that is cut off."""


def as_bytes(method: str, target: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
    """A whole request.

    Args:
        headers: all of them, but for the body's length.
        body: None for a request that has none.

    Raises:
        ValueError: a line break or a character that no header can have; the message does not show it.
    """
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a line break in a header")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")


class Head:
    """How an answer begins, and what else of it has arrived. llhttp calls what begins with `on_`.

    It knows no connection: the parser and this hold each other until Python looks for such pairs.

    Attributes:
        status: 0 as long as it has not arrived.
        headers: by their names in lower case; of several of one name, their values with commas between them.
        is_last: whether nothing can come after this answer.
        pieces: of the body, as they were sent.
        is_whole: whether all of it has arrived.
        wrong: what is, with that which came after all of this; empty if nothing is.
    """

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.is_last = self.is_whole = False
        self.pieces: list[bytes] = []
        self.wrong = ""
        self._in_vain = 0  # bytes that brought neither the head nor a piece
        self._parser = HttpResponseParser(self)

    def add(self, data: bytes) -> None:
        """Take what has arrived; nothing, at the end of the connection."""
        if not data:
            # This ends an answer only where nothing says how long it is.
            self.is_whole = bool(self.status) and not {"content-length", "transfer-encoding"} & self.headers.keys()
            self.wrong = "" if self.is_whole else "it is cut off"
            return
        self._in_vain += len(data)
        handled = sys.exception()
        try:
            self._parser.feed_data(data)
        except HttpParserCallbackError as error:
            # Nothing below raises: it was Ctrl-C or the like. What the caller handles already may hide which.
            cause = error.__context__
            raise (KeyboardInterrupt if cause is None or cause is handled else cause) from None
        except (HttpParserError, HttpParserUpgrade):
            self.wrong = "it is no HTTP/1.1"
        if self._in_vain > _MOST_IN_VAIN and not self.is_whole:
            self.wrong = "its head has no end"

    def on_message_begin(self) -> None:
        if self.is_whole:
            self.wrong = "more has come than was asked for"

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.status:  # of those that come late, none is looked at
            key, text = name.decode("latin-1").lower(), value.decode("latin-1").strip(" \t")
            self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text

    def on_headers_complete(self) -> None:
        if self.status or self.wrong:
            return
        status, version = self._parser.get_status_code(), self._parser.get_http_version()
        # llhttp takes other versions and lower numbers, and codings beside the pieces or in place of them.
        coding = self.headers.get("transfer-encoding", "chunked").lower()
        if version not in ("1.0", "1.1") or status < _CONTINUE or coding != "chunked":
            self.wrong = "it is no HTTP/1.1, or does not say where it ends"
        elif status == _CONTINUE:
            self.headers.clear()  # nobody asked for it, but it may be sent, and the answer follows
        else:
            self.status, self.is_last = status, not self._parser.should_keep_alive()
            self._in_vain = 0

    def on_body(self, piece: bytes) -> None:
        if not self.is_whole:
            self.pieces.append(piece)
            self._in_vain = 0

    def on_message_complete(self) -> None:
        self.is_whole = bool(self.status)


class Incoming:
    """An answer as it arrives, by a deadline however slowly it does.

    Every method raises:
        TimeoutError: it did not arrive in time.
        Malformed: it is none.
        OSError: the connection broke off.
    """

    def __init__(self, connection: Connection, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline
        self._head = Head()

    @property
    def is_over(self) -> bool:
        """Whether all of it has arrived, and nothing else."""
        return self._head.is_whole and not self._head.wrong

    def head(self) -> Head:
        """How the answer begins."""
        while not self._head.status:
            self._receive()
        return self._head

    def body(self, head: Head) -> Iterator[bytes]:
        """What follows the head, decompressed, in pieces of at most a megabyte."""
        coding = head.headers.get("content-encoding", "").lower()
        return _decompressed(self._pieces()) if coding in ("gzip", "x-gzip") else self._pieces()

    def _pieces(self) -> Iterator[bytes]:
        while True:
            yield from self._head.pieces
            self._head.pieces.clear()
            if self._head.is_whole:
                return
            self._receive()

    def _receive(self) -> None:
        if self._head.wrong:
            raise Malformed(self._head.wrong)
        seconds = self._deadline.remaining()
        if not seconds:
            raise TimeoutError
        self._connection.settimeout(seconds)
        data = self._connection.recv(_PIECE)
        self._head.add(data if isinstance(data, bytes) else b"")  # TLS within TLS ends with a 0


def _decompressed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    decompressor = zlib.decompressobj(_GZIP)
    begun = False
    try:
        for piece in pieces:
            begun = True
            while piece and not decompressor.eof:
                yield decompressor.decompress(piece, _MOST_AT_ONCE)
                piece = decompressor.unconsumed_tail  # noqa: PLW2901
    except zlib.error as error:
        raise Malformed("it is not compressed as it says") from error
    if begun and not decompressor.eof:
        raise Malformed("it is cut off")
