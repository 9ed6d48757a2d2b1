"""Values that must never be seen: not in an output, a log, a traceback, a pickle or a copy of one."""

from __future__ import annotations

import hmac
import re
from typing import Any, NoReturn

_PRIVATE_KEY = re.compile(r"[A-Za-z0-9+/]{86}=*")  # 64 bytes as base64, its padding perhaps lost in the paste


def is_private_key(text: str) -> bool:
    """Whether a text can only be a private key, whatever white space a paste has put into it."""
    return bool(_PRIVATE_KEY.fullmatch(re.sub(r"\s", "", text)))


class Secret:
    """A string that every printer shows as nothing; only `reveal` gives it away."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """The value itself, for the one place that signs or sends it."""
        return self.__value

    def __str__(self) -> str:
        return "<hidden>"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self})"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and hmac.compare_digest(_bytes(self.__value), _bytes(other.reveal()))

    def __hash__(self) -> int:
        return hash((type(self), self.__value))

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Secret:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("secrets are never pickled")


def _bytes(value: str) -> bytes:
    # The environment may hold bytes that are no text; Python hands them on as surrogates.
    return value.encode("utf-8", "surrogatepass")


class ApiKey(Secret):
    """An API key: shown by its first four characters, enough to tell two keys apart in a report."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"{self.reveal()[:4]}…"
