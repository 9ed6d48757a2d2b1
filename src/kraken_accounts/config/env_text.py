"""The text of a `.env` with other values of one account in it; every line that is not concerned stays as it is."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Mapping

from dotenv.parser import parse_stream

from .secret import Secret
from .variables import FIELDS, is_ours

_END_OF_LINE = re.compile(r"\r\n|\n|\r")
_EXPORT = re.compile(r"\s*export[^\S\r\n]")
# The name up to its value, the value with what stands behind it, and the end of the line, if it has one.
_LINE = re.compile(r"(?P<name>\s*[^=]*=[^\S\r\n]*)(?P<rest>.*?)(?P<end>\r\n|\n|\r|)", re.DOTALL)
_QUOTED = re.compile(r"""'(?:\\'|[^'])*'|"(?:\\"|[^"])*\"""")
_COMMENT = re.compile(r"\s+#.*")


def changed(raw: bytes, prefix: str, values: Mapping[str, Secret | None]) -> bytes:
    """The content with these values.

    A variable that is there gets its value in its place, as often as it is there; what stands behind it as a
    comment stays, and so does an `export`. One that is not there gets a line behind the others of its account,
    else at the end.

    Args:
        raw: UTF-8 that can be understood as a `.env`.
        prefix: how the variables of the account begin.
        values: by name; without spaces, quotes or signs that mean anything in such a file. None for a variable of
            which no line is to be left.
    """
    text = raw.decode("utf-8-sig")
    ends = _END_OF_LINE.search(text)
    end = ends[0] if ends is not None else "\n"
    own = {f"{prefix}_{field}" for field in FIELDS}
    missing = {name: value for name, value in values.items() if value is not None}
    pieces: list[str] = []
    behind, export = None, ""
    for binding in parse_stream(io.StringIO(text)):
        piece, name = binding.original.string, binding.key or ""
        if name in values:
            missing.pop(name, None)
            value = values[name]
            if value is None:
                continue
            piece = _with_value(piece, value)
        pieces.append(piece)
        if is_ours(name):
            export = "export " if _EXPORT.match(piece) else ""
        if name in own:
            behind = len(pieces)
    lines = "".join(f"{export}{name}={value.reveal()}{end}" for name, value in missing.items())
    if lines:
        before = "".join(pieces[:behind])
        after = "" if behind is None else "".join(pieces[behind:])
        if before and not before.endswith(("\n", "\r")):
            before += end
        # A block of its own stands apart.
        apart = end if behind is None and before.strip() else ""
        pieces = [before, apart, lines, after]
    mark = codecs.BOM_UTF8 if raw.startswith(codecs.BOM_UTF8) else b""
    return mark + "".join(pieces).encode()


def _with_value(piece: str, value: Secret) -> str:
    line = _LINE.fullmatch(piece)
    if line is None:
        raise ValueError("no line with a value")  # which nothing that has been understood is
    rest = line["rest"]
    quoted = _QUOTED.match(rest)
    comment = rest[quoted.end() :] if quoted is not None else "".join(_COMMENT.findall(rest)[:1])
    return f"{line['name']}{value.reveal()}{comment.rstrip()}{line['end']}"
