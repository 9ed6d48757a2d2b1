"""Whether an account trades, as it should or should not, and what of that did not come."""

from __future__ import annotations

from collections.abc import Iterator

from ...config import READ_ONLY
from ...durations import roughly
from ...kraken import permissions
from ...kraken.errors import KrakenError, PermissionDenied
from ...kraken.fill_history import FillHistory
from ...kraken.key_info import KeyInfo
from ..activity import is_proven
from .evidence import AccountEvidence
from .rule import Found

# What is asked for beside the balances, and what findings about it are about.
FILLS, ORDERS, POSITIONS = "fills", "orders", "positions"


def idle(account: AccountEvidence) -> Iterator[Found]:
    """Whether it has traded once, but for too long not any more."""
    fills, limit = account.answers.fills, account.idle_after
    if limit is None or not isinstance(fills, FillHistory) or fills.last is None:
        return
    if is_proven(account.answers, limit):
        return
    expectation = account.answers.settings.expectation
    silence, longest = roughly(fills.asked_at - fills.last.time), roughly(limit)
    where = "--idle-after" if expectation.idle_after is None else f"idle-after: {expectation.origin}"
    yield (
        f"no fill for {f'more than {longest}' if silence == longest else f'{silence}, longer than {longest}'}: "
        f"the last one was at {fills.last.time:%Y-%m-%d %H:%M} UTC",
        f"See whether its bot still runs, and what it waits for; where that is normal, raise {where}.",
    )


def never_traded(account: AccountEvidence) -> Iterator[Found]:
    """The same of one that never has."""
    fills, limit = account.answers.fills, account.idle_after
    if limit is not None and isinstance(fills, FillHistory) and fills.last is None:
        yield (
            f"the account has never traded: there is no fill of it, and {roughly(limit)} without one is too long",
            "See whether its bot was ever started, and whether this is the account that it trades.",
        )


def not_as_expected(account: AccountEvidence) -> Iterator[Found]:
    """Whether an account that should only be looked at may be traded with its key, or is, with whatever key.

    That the exchange is closed is no excuse.
    """
    expectation, key = account.answers.settings.expectation, account.answers.key_info
    if expectation.expected != READ_ONLY:
        return
    take_it_away = f"or take `expected` away, if it should trade: {expectation.origin}."
    if isinstance(key, KeyInfo) and permissions.CREATE_ORDERS in key.permissions:
        name = permissions.label(permissions.CREATE_ORDERS)
        yield (
            f"the key may create orders, and the account is expected to be {READ_ONLY}",
            f"Edit the key at {permissions.SETTINGS_PAGE} and switch off “{name}”; {take_it_away}",
        )
    if is_proven(account.answers, account.idle_after):
        yield (
            f"the account trades, as its fills prove, and is expected to be {READ_ONLY}",
            f"Find out who trades it, and with which key; {take_it_away}",
            (FILLS,),
        )


def activity_unknown(account: AccountEvidence) -> Iterator[Found]:
    """What was asked for beside the balances, and did not come."""
    answers, key = account.answers, account.answers.key_info
    granted = key.permissions if isinstance(key, KeyInfo) else None
    nobody_knows = "" if account.idle_after is None else ", so nobody knows whether it is idle"
    for about, what, answer, permission in (
        (FILLS, f"fills could not be learned{nobody_knows}", answers.fills, permissions.QUERY_FILLS),
        (ORDERS, "open orders could not be learned", answers.open_orders, permissions.QUERY_OPEN_ORDERS),
        (POSITIONS, "open positions could not be learned", answers.open_positions, permissions.QUERY_OPEN_ORDERS),
    ):
        # What the key may not ask for, the finding `missing-permission` says.
        may_not = granted is not None and permission not in granted and isinstance(answer, PermissionDenied)
        if isinstance(answer, KrakenError) and not may_not:
            yield f"the {what}: {answer.reason}", answer.remedy, (about,)
