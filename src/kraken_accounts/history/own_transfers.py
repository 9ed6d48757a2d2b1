"""Which flows are the two sides of one transfer between the operator's own accounts.

Kraken does not tell. The ledger of the one has a withdrawal and that of the other a deposit, with reference ids of
their own; only transfers between subaccounts may share one. So a withdrawal is taken for the other side of a
deposit of the same asset and of the very same amount, its fee aside, within a day. Should two strangers' payments
look like that, the two cancel out in all, and what is gained is the same.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

from .. import money
from .ledger_model import Entry, OwnTransfer

UNDER_WAY = timedelta(days=1)
"""So long a transfer takes at most."""

_CLOCKS_APART = timedelta(minutes=1)  # by so much it may seem to arrive before it has left
_NO_REFERENCES = ("", "Unknown")
_SENT = ("withdrawal", "transfer")
_RECEIVED = ("deposit", "transfer")

_Side = tuple[str, Entry]  # an account by its selector, and its entry
_Sides = Mapping[str, list[_Side]]  # by asset and amount


def own_transfers(entries: Mapping[str, Sequence[Entry]]) -> tuple[OwnTransfer, ...]:
    """The pairs among the entries of all accounts, by the selector of each; an entry is in one pair at most.

    Those that share a reference come first. Then what arrives is paired with the last that has left before.
    """
    sent, received = _sides(entries)
    found: list[OwnTransfer] = []
    for key, arriving in received.items():
        leaving = sent.get(key, [])
        for by_reference in (True, False):
            found += _paired(leaving, arriving, by_reference)
    return tuple(sorted(found, key=lambda transfer: (transfer.sent.at, transfer.sent.id)))


def _paired(leaving: list[_Side], arriving: list[_Side], by_reference: bool) -> Iterator[OwnTransfer]:
    """The pairs, which are taken out of both: each is in the order of time."""
    gone: list[_Side] = []  # what may have been under way, the last that left at the end
    ahead = deque(leaving)
    for arrival in tuple(arriving):
        receiver, arrived = arrival
        while ahead and ahead[0][1].at <= arrived.at + _CLOCKS_APART:
            gone.append(ahead.popleft())
        for place in reversed(range(len(gone))):
            sender, left = gone[place]
            if arrived.at - left.at > UNDER_WAY:
                break
            if sender != receiver and (_share_reference(left, arrived) or not by_reference):
                leaving.remove(gone.pop(place))
                arriving.remove(arrival)
                yield OwnTransfer(left, arrived)
                break


def _share_reference(left: Entry, arrived: Entry) -> bool:
    return left.refid == arrived.refid and left.refid not in _NO_REFERENCES


def _sides(entries: Mapping[str, Sequence[Entry]]) -> tuple[_Sides, _Sides]:
    """What left and what arrived, by asset and amount, in the order of time."""
    sent: defaultdict[str, list[_Side]] = defaultdict(list)
    received: defaultdict[str, list[_Side]] = defaultdict(list)
    sides = [(account, entry) for account in entries for entry in _that_went_somewhere(entries[account])]
    for account, entry in sorted(sides, key=lambda side: (side[1].at, side[1].id)):
        key = f"{entry.asset} {money.plain(entry.amount.copy_abs())}"
        if entry.amount < 0 and entry.type in _SENT:
            sent[key].append((account, entry))
        elif entry.amount > 0 and entry.type in _RECEIVED:
            received[key].append((account, entry))
    return sent, received


def _that_went_somewhere(entries: Iterable[Entry]) -> Iterator[Entry]:
    """All but what came back; and what has a subtype, for that says whereto."""
    entries = tuple(entries)
    returned = {
        entry.refid
        for entry in entries
        if (entry.type == "withdrawal" and entry.amount > 0) or (entry.type == "deposit" and entry.amount < 0)
    }
    for entry in entries:
        if not entry.subtype and (entry.refid not in returned or entry.refid in _NO_REFERENCES):
            yield entry
