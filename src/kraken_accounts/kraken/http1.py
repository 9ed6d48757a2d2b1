"""One request and its answer over an open connection: as much of HTTP/1.1 as the API of an exchange takes.

A general client builds a request header by header and reads each answer's head as an e-mail. For two small
requests an account, that is more work than TLS. Here a request leaves in one piece, and an answer is read as
strictly as it is framed: what is ambiguous about where it ends is refused, and what is cut off is no answer.
Sources: https://www.rfc-editor.org/rfc/rfc9112 and, of gzip, https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..deadline import Deadline
from .connection import Connection

_LARGEST_HEAD = 1 << 16  # bytes
_LONGEST_LINE = 1 << 10  # bytes, between the pieces of a body
_PIECE = 1 << 16
_MOST_AT_ONCE = 1 << 20  # bytes, decompressed
_CONTINUE = 100
_WITHOUT_BODY = (204, 304)
_STATUS_LINE = re.compile(r"HTTP/1\.([01]) ([1-9][0-9]{2})(?: .*)?")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*")
_LENGTH = re.compile(r"[0-9]{1,15}")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,12})[ \t]*(?:;.*)?")
_GZIP = 16 + zlib.MAX_WBITS


class Malformed(ValueError):
    """This is no answer in HTTP/1.1, or one that is cut off."""


@dataclass(frozen=True, slots=True)
class Head:
    """How an answer begins.

    Attributes:
        headers: by their names in lower case; of several of one name, their values with commas between them.
        is_last: whether nothing can come after this answer.
    """

    status: int
    headers: Mapping[str, str]
    is_last: bool


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
        self._rest = bytearray()  # what has arrived and was not asked for yet

    @property
    def is_over(self) -> bool:
        """Whether nothing has arrived beyond what was asked for."""
        return not self._rest

    def head(self) -> Head:
        """How the answer begins."""
        while (head := _parsed(self._until(b"\r\n\r\n", _LARGEST_HEAD))).status == _CONTINUE:
            pass  # nobody asked for it, but it may be sent, and the answer follows
        return head

    def body(self, head: Head) -> Iterator[bytes]:
        """What follows the head, decompressed, in pieces of at most a megabyte."""
        if head.status in _WITHOUT_BODY:
            return iter(())
        if "transfer-encoding" in head.headers:
            pieces = self._chunks(head)
        elif "content-length" in head.headers:
            if not _LENGTH.fullmatch(head.headers["content-length"]):
                raise Malformed("its length is no number")
            pieces = self._exactly(int(head.headers["content-length"]))
        else:
            pieces = self._all()
        coding = head.headers.get("content-encoding", "").lower()
        return _decompressed(pieces) if coding in ("gzip", "x-gzip") else pieces

    def _chunks(self, head: Head) -> Iterator[bytes]:
        if head.headers["transfer-encoding"].lower() != "chunked" or "content-length" in head.headers:
            raise Malformed("it does not say where it ends")
        while True:
            size = _CHUNK_SIZE.fullmatch(self._until(b"\r\n", _LONGEST_LINE))
            if size is None:
                raise Malformed("a piece of it has no size")
            if not (length := int(size[1], 16)):
                break
            yield from self._exactly(length)
            if self._until(b"\r\n", _LONGEST_LINE):
                raise Malformed("a piece of it is longer than it should be")
        while self._until(b"\r\n", _LONGEST_LINE):
            pass  # headers that come late

    def _exactly(self, size: int) -> Iterator[bytes]:
        while size:
            if not self._rest:
                self._receive()
            piece = bytes(self._rest[:size])
            del self._rest[:size]
            size -= len(piece)
            yield piece

    def _all(self) -> Iterator[bytes]:
        """All until the connection ends."""
        while self._rest or self._receive(may_end=True):
            piece = bytes(self._rest)
            self._rest.clear()
            yield piece

    def _until(self, mark: bytes, limit: int) -> bytes:
        """What arrives before a mark, which is left out."""
        while (end := self._rest.find(mark)) < 0:
            if len(self._rest) > limit:
                raise Malformed("its head has no end")
            self._receive()
        found = bytes(self._rest[:end])
        del self._rest[: end + len(mark)]
        return found

    def _receive(self, *, may_end: bool = False) -> bool:
        """Have more arrive; False at the end of all."""
        seconds = self._deadline.remaining()
        if not seconds:
            raise TimeoutError
        self._connection.settimeout(seconds)
        piece = self._connection.recv(_PIECE)
        if isinstance(piece, bytes) and piece:  # TLS within TLS ends with a 0
            self._rest += piece
            return True
        if not may_end:
            raise Malformed("it is cut off")
        return False


def _parsed(text: bytes) -> Head:
    first, *lines = text.decode("latin-1").split("\r\n")
    status = _STATUS_LINE.fullmatch(first)
    if status is None:
        raise Malformed("it is no HTTP/1.1")
    headers: dict[str, str] = {}
    for line in lines:
        header = _HEADER.fullmatch(line)
        if header is None:
            raise Malformed("its head is no list of headers")
        name, value = header[1].lower(), header[2]
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    options = headers.get("connection", "").lower()
    is_last = "keep-alive" not in options if status[1] == "0" else "close" in options
    framed = "content-length" in headers or "transfer-encoding" in headers or int(status[2]) in _WITHOUT_BODY
    return Head(int(status[2]), headers, is_last or not framed)


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
