"""Reads the YAML of the manifests here: mappings, lists, texts of several lines, and no more of it."""

from __future__ import annotations

import json
import re
from typing import Any

_ENTRY = re.compile(r"([\w./-]+):(?: (.*))?")


def documents(text: str) -> list[Any]:
    """What stands between the lines of three dashes."""
    return [_Reader(part.splitlines()).node(0) for part in re.split(r"^---$", text, flags=re.MULTILINE)]


class _Reader:
    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._at = 0

    def node(self, indent: int) -> Any:
        """The mapping or the list that begins with the next line, at that many spaces or more."""
        line = self._peek()
        assert line is not None
        depth = _depth(line)
        assert depth >= indent, line
        return self._list(depth) if line.lstrip().startswith("- ") else self._mapping(depth)

    def _mapping(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while (line := self._peek()) is not None and _depth(line) == depth and not line.lstrip().startswith("- "):
            entry = _ENTRY.fullmatch(line.strip())
            assert entry is not None and entry[1] not in found, line
            self._at += 1
            found[entry[1]] = self._value(entry[2], depth)
        return found

    def _list(self, depth: int) -> list[Any]:
        found = []
        while (line := self._peek()) is not None and _depth(line) == depth and line.lstrip().startswith("- "):
            rest = line.strip()[2:]
            if _ENTRY.fullmatch(rest):
                self._lines[self._at] = f"{' ' * (depth + 2)}{rest}"
                found.append(self.node(depth + 2))
            else:
                self._at += 1
                found.append(self._value(rest, depth))
        return found

    def _value(self, written: str | None, depth: int) -> Any:
        if written is None:
            return self.node(depth)
        if written == "|":
            block = []
            while self._at < len(self._lines) and (_depth(self._lines[self._at]) > depth):
                block.append(self._lines[self._at])
                self._at += 1
            return "".join(f"{line[_depth(block[0]) :]}\n" for line in block)
        if written.startswith('"') or re.fullmatch(r"true|false|[0-9]+", written):
            return json.loads(written)
        assert not written.startswith(("'", "[", "{", "&", "*", "!", ">", "%")) and ": " not in written, written
        return written

    def _peek(self) -> str | None:
        """The next line that says something."""
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if line.strip() and not line.lstrip().startswith("#"):
                return line
            self._at += 1
        return None


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())
