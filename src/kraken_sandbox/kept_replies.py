"""Replies about the market, made once and kept while nothing that they tell has changed.

The whole market's AssetPairs has over a megabyte; hundreds of clients that ask for it must not hold up everybody.
"""

import gzip
import re
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace

from .messages import Reply

MOST = 32
"""How many replies are kept; parameters differ, and each set of them gets a reply of its own."""

SMALLEST = 48
"""Bytes of a body from which on Cloudflare compresses
(https://developers.cloudflare.com/speed/optimization/content/compression/)."""

COMPRESSED = (("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding"))

_REFUSED = re.compile(r"q=0(\.0*)?")


@dataclass(frozen=True, slots=True)
class _Kept:
    """A reply, as it is and compressed, and what it was made from."""

    source: object
    plain: Reply
    compressed: Reply


class KeptReplies:
    """The latest replies, of all exchanges that share them. Safe to use from many threads."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, _Kept] = {}
        self._lock = threading.Lock()

    def reply(self, question: Hashable, source: object, make: Callable[[], Reply], *, compressed: bool) -> Reply:
        """The reply to a question, made anew where `source` is not equal to what it was made from."""
        with self._lock:
            kept = self._kept.get(question)
            if kept is None or kept.source != source:
                plain = make()
                kept = self._kept[question] = _Kept(source, plain, _compressed(plain))
                if len(self._kept) > MOST:
                    del self._kept[next(iter(self._kept))]
        return kept.compressed if compressed else kept.plain


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether a client that sends this header takes a body that gzip has compressed."""
    for coding in accept_encoding.lower().split(","):
        name, _, weight = coding.partition(";")
        if name.strip() == "gzip":
            return not _REFUSED.fullmatch(weight.strip())
    return False


def _compressed(reply: Reply) -> Reply:
    if len(reply.body) < SMALLEST:
        return reply
    return replace(reply, body=gzip.compress(reply.body, 6, mtime=0), headers=(*reply.headers, *COMPRESSED))
