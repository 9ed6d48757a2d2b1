"""Pages of an account's history: newest first, fifty at a time, between two times or two records.

As https://docs.kraken.com/api-reference/account-data/get-trades-history and its neighbours say, `start` and `end`
are unix times or ids, the first exclusive, the second inclusive.
"""

import hashlib
from base64 import b32encode
from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from math import inf
from typing import Any, Generic, TypeVar

from ..messages import invalid_argument
from ..state import Call

PAGE = 50

Item = TypeVar("Item")

Place = tuple[float, float]
"""Where a record stands in its history: by its time, and among those of one time by the order they came in."""


@dataclass(frozen=True, slots=True)
class PagedHistory(Generic[Item]):
    """Records of one kind, as they came in: how to name them, when they were, and how they look in JSON."""

    items: Collection[Item]
    id_of: Callable[[Item], str]
    time_of: Callable[[Item], float]
    entry_of: Callable[[Item], dict[str, Any]]

    def page(self, call: Call, name: str, chosen: Callable[[Item], bool] = lambda _: True) -> dict[str, Any]:
        """The answer with the page that the call asks for under that name, and the count over all pages."""
        places = {self.id_of(item): (self.time_of(item), float(index)) for index, item in enumerate(self.items)}
        start = _bound(call, "start", places, (-inf, inf))
        end = _bound(call, "end", places, (inf, inf))
        key = call.private_key.api_key
        if key.query_from:
            start = max(start, (key.query_from, inf))
        if key.query_to:
            end = min(end, (key.query_to, inf))
        found = [item for item in self.items if start < places[self.id_of(item)] <= end and chosen(item)]
        found.sort(key=lambda item: places[self.id_of(item)], reverse=True)
        offset = call.parameters.integer("ofs") or 0
        if offset < 0:
            raise invalid_argument("ofs")
        page = {self.id_of(item): self.entry_of(item) for item in found[offset : offset + PAGE]}
        count = len(found)
        if call.endless and found:
            page = dict(self._repeated(found, index) for index in range(offset, offset + PAGE))
            count = offset + 2 * PAGE
        return {name: page} | ({} if call.parameters.flag("without_count") else {"count": count})

    def _repeated(self, found: list[Item], index: int) -> tuple[str, dict[str, Any]]:
        """What stands at that place of a history that never ends: the records again, under other ids."""
        item = found[index % len(found)]
        name = self.id_of(item)
        if index >= len(found):
            digest = b32encode(hashlib.sha256(f"{name}{index}".encode()).digest()).decode()
            name = f"{name[0]}{digest[:5]}-{digest[5:10]}-{digest[10:16]}"
        return name, self.entry_of(item)


def _bound(call: Call, name: str, places: dict[str, Place], default: Place) -> Place:
    """The place of the record that is named, or the end of a time: all that happened at it is before that."""
    text = call.parameters.text(name)
    if not text:
        return default
    if text in places:
        return places[text]
    return moment(call, name, text), inf


def moment(call: Call, name: str, text: str) -> float:
    """A time in unix seconds, or that of an order, a trade or a ledger entry."""
    order = call.account.find_order(text)
    if order is not None:
        return order.opentm
    record = call.account.trades.get(text) or call.account.ledger.get(text)
    if record is not None:
        return record.time
    try:
        moment = Decimal(text)
    except InvalidOperation:
        raise invalid_argument(name) from None
    if not moment.is_finite():
        raise invalid_argument(name)
    return float(moment)
