"""The bodies of requests, as HTTP/1.1 carries them: of a length that is told, or in chunks (RFC 9112, 7.1)."""

import re
from email.message import Message
from http import HTTPStatus
from io import BufferedIOBase

LARGEST_BODY = 1_000_000
MOST_DIGITS = len(str(LARGEST_BODY))

LONGEST_LINE = 8192
MOST_TRAILERS = 100

CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}")


class BodyError(Exception):
    """There is no body to be had: refuse the request with `status`; without one the client has left."""

    def __init__(self, status: HTTPStatus | None = None) -> None:
        super().__init__(status)
        self.status = status


def read_body(headers: Message, stream: BufferedIOBase) -> bytes:
    """What a request with these headers says after them; nothing where they announce nothing. Raises BodyError."""
    codings, lengths = headers.get_all("Transfer-Encoding"), headers.get_all("Content-Length", ["0"])
    if codings is not None:
        if [coding.strip().lower() for coding in codings] != ["chunked"]:
            raise BodyError(HTTPStatus.NOT_IMPLEMENTED)
        if "Content-Length" in headers:
            # Who believes which of the two is how requests are smuggled.
            raise BodyError(HTTPStatus.BAD_REQUEST)
        return _read_chunks(stream)
    length = lengths[0]
    if len(set(lengths)) > 1 or not (length.isascii() and length.isdigit()):
        raise BodyError(HTTPStatus.BAD_REQUEST)
    if len(length) > MOST_DIGITS or int(length) > LARGEST_BODY:
        raise BodyError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return _read(stream, int(length))


def _read_chunks(stream: BufferedIOBase) -> bytes:
    body = bytearray()
    while size := _chunk_size(stream):
        if len(body) + size > LARGEST_BODY:
            raise BodyError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        body += _read(stream, size)
        if _line(stream):
            raise BodyError(HTTPStatus.BAD_REQUEST)
    for _ in range(MOST_TRAILERS):
        if not _line(stream):
            return bytes(body)
    raise BodyError(HTTPStatus.BAD_REQUEST)


def _chunk_size(stream: BufferedIOBase) -> int:
    size = _line(stream).partition(b";")[0].strip()
    if not CHUNK_SIZE.fullmatch(size):
        raise BodyError(HTTPStatus.BAD_REQUEST)
    return int(size, 16)


def _line(stream: BufferedIOBase) -> bytes:
    """A line without its end."""
    line = stream.readline(LONGEST_LINE)
    if not line.endswith(b"\n"):
        raise BodyError(HTTPStatus.BAD_REQUEST if len(line) == LONGEST_LINE else None)
    return line.rstrip(b"\r\n")


def _read(stream: BufferedIOBase, length: int) -> bytes:
    body = stream.read(length)
    if len(body) < length:
        raise BodyError
    return body
