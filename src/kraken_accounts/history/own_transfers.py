"""Which flows are the two sides of one transfer between the operator's own accounts.

Kraken does not tell. The ledger of the one has a withdrawal and that of the other a deposit, with reference ids of
their own; only transfers between subaccounts may share one. So a withdrawal is taken for the other side of a
deposit of the same asset and of the very same amount, its fee aside, within a day. Should two strangers' payments
look like that, the two cancel out in all, and what is gained is the same.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice

from .. import money
from .ledger_model import Entry, OwnTransfer

UNDER_WAY = timedelta(days=1)
"""So long a transfer takes at most."""

_CLOCKS_APART = timedelta(minutes=1)  # by so much it may seem to arrive before it has left
_NO_REFERENCES = ("", "Unknown")
_SENT = ("withdrawal", "transfer")
_RECEIVED = ("deposit", "transfer")

_MOST_TRIED = 20  # deposits for one withdrawal

_Side = tuple[str, Entry]  # an account by its selector, and its entry
_Sides = Mapping[str, Sequence[_Side]]  # by asset and amount


def own_transfers(entries: Mapping[str, Sequence[Entry]]) -> tuple[OwnTransfer, ...]:
    """The pairs among the entries of all accounts, by the selector of each; an entry is in one pair at most.

    Those that share a reference come first, then those that are nearest in time.
    """
    sent, received = _sides(entries)
    taken: set[tuple[str, str]] = set()
    found = []
    for (sender, left), (receiver, arrived) in sorted(_possible(sent, received), key=_likeliest_first):
        ends = {(sender, left.id), (receiver, arrived.id)}
        if taken.isdisjoint(ends):
            taken |= ends
            found.append(OwnTransfer(left, arrived))
    return tuple(sorted(found, key=lambda transfer: (transfer.sent.at, transfer.sent.id)))


def _possible(sent: _Sides, received: _Sides) -> Iterator[tuple[_Side, _Side]]:
    """Every pair that may be one, but for those of very many that look alike and are further apart."""
    for key, leaving in sent.items():
        arriving = sorted(received.get(key, ()), key=_time_of)
        for sender, left in leaving:
            first = bisect_left(arriving, left.at - _CLOCKS_APART, key=_time_of)
            others = (side for side in islice(arriving, first, None) if side[0] != sender)
            for receiver, arrived in islice(others, _MOST_TRIED):
                if arrived.at - left.at > UNDER_WAY:
                    break
                yield (sender, left), (receiver, arrived)


def _time_of(side: _Side) -> datetime:
    return side[1].at


def _likeliest_first(pair: tuple[_Side, _Side]) -> tuple[bool, timedelta, datetime, str, str]:
    (_, left), (_, arrived) = pair
    apart = left.refid != arrived.refid or left.refid in _NO_REFERENCES
    return apart, abs(arrived.at - left.at), left.at, left.id, arrived.id


def _sides(entries: Mapping[str, Sequence[Entry]]) -> tuple[_Sides, _Sides]:
    """What left and what arrived, by asset and amount."""
    sent: defaultdict[str, list[_Side]] = defaultdict(list)
    received: defaultdict[str, list[_Side]] = defaultdict(list)
    for account, of_account in entries.items():
        returned = set(_returned(of_account))
        for entry in of_account:
            key = f"{entry.asset} {money.plain(entry.amount.copy_abs())}"
            if entry.subtype or entry.refid in returned:
                continue
            if entry.amount < 0 and entry.type in _SENT:
                sent[key].append((account, entry))
            elif entry.amount > 0 and entry.type in _RECEIVED:
                received[key].append((account, entry))
    return sent, received


def _returned(entries: Sequence[Entry]) -> Iterator[str]:
    """The references of withdrawals that came back, and of deposits that were taken back."""
    for entry in entries:
        backwards = entry.amount > 0 if entry.type == "withdrawal" else entry.amount < 0
        if entry.type in ("withdrawal", "deposit") and backwards and entry.refid not in _NO_REFERENCES:
            yield entry.refid
