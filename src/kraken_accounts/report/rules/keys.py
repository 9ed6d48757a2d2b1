"""What a key may do, how long, and from where."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from ... import money
from ...config import READ_ONLY
from ...kraken import permissions
from ...kraken.key_info import KeyInfo
from ..activity import is_proven
from ..verdict import RENEW, lacking
from .evidence import AccountAuditEvidence, AccountEvidence
from .rule import Found

_EXPIRES_SOON = timedelta(days=14)
_EDIT = f"Edit the key at {permissions.SETTINGS_PAGE}"


def may_withdraw(account: AccountEvidence) -> Iterator[Found]:
    if permissions.WITHDRAW in _permissions(account):
        name = permissions.label(permissions.WITHDRAW)
        yield "the key may withdraw funds", f"{_EDIT} and switch off “{name}”."


def may_change_addresses(account: AccountEvidence) -> Iterator[Found]:
    for permission in permissions.WITHDRAW_ADDRESSES:
        if permission in _permissions(account):
            name = permissions.label(permission)
            yield (
                f"the key may change withdrawal addresses ({name})",
                f"{_EDIT} and switch off “{name}”.",
                (name,),
            )


def expired(account: AccountEvidence) -> Iterator[Found]:
    until = _valid_until(account)
    if until is not None and until <= account.now:
        yield f"the key expired on {until:%Y-%m-%d}", RENEW


def expires_soon(account: AccountEvidence) -> Iterator[Found]:
    until = _valid_until(account)
    if until is not None and account.now < until <= account.now + _EXPIRES_SOON:
        yield f"the key expires on {until:%Y-%m-%d %H:%M} UTC", RENEW


def lacks_permission(account: AccountEvidence) -> Iterator[Found]:
    key, answers = account.answers.key_info, account.answers
    if not isinstance(key, KeyInfo):
        return
    proven = is_proven(answers, account.idle_after)
    is_a_monitors = proven and permissions.CREATE_ORDERS not in key.permissions
    to_look_only = is_a_monitors or answers.settings.expectation.expected == READ_ONLY
    if names := lacking(key, to_look_only=to_look_only, fills=answers.fills is not None):
        missing = permissions.labels(names)
        remedy = f"{_EDIT} and switch on “{missing}”."
        if permissions.CREATE_ORDERS in names and not {*names} & {*permissions.TO_LOOK}:
            remedy = _if_it_is_the_bots(account, key, missing)
        yield f"the key lacks “{missing}”", remedy, tuple(map(permissions.label, names))


def _if_it_is_the_bots(account: AccountEvidence, key: KeyInfo, missing: str) -> str:
    """What to do about a key that may only look: it may be the right one, which nobody has said or seen.

    Not by name, so that what ails many accounts is one piece of advice.
    """
    as_bots = f"If it is the bot's, edit it at {permissions.SETTINGS_PAGE} and switch on “{missing}”."
    by_fills = ""
    if permissions.QUERY_FILLS not in key.permissions:
        name = permissions.label(permissions.QUERY_FILLS)
        by_fills = f" If a bot trades the account with another key, let this one see that: switch on “{name}”."
    elif account.answers.fills is None:
        by_fills = " If a bot trades the account with another key, a check with --activity sees that."
    return f'{as_bots}{by_fills} If nobody trades it, say so in config.toml: expected = "{READ_ONLY}".'


def has_nonce_window(account: AccountEvidence) -> Iterator[Found]:
    key = account.answers.key_info
    if isinstance(key, KeyInfo) and key.nonce_window:
        yield (
            f"the key has a nonce window of {money.plain(key.nonce_window)}: late requests are let in, and orders "
            "can be duplicated",
            f"{_EDIT} and set its nonce window to 0.",
        )


def works_anywhere(account: AccountEvidence) -> Iterator[Found]:
    key = account.answers.key_info
    if isinstance(key, KeyInfo) and not key.ip_allowlist:
        yield (
            "the key may be used from any address",
            f"{_EDIT} and restrict it to the addresses of the machines that use it.",
        )


def may_do_more(account: AccountAuditEvidence) -> Iterator[Found]:
    if account.permissions is not None and account.permissions.superfluous:
        names = permissions.labels(account.permissions.superfluous)
        yield (
            f"the key may do what neither this check nor trading needs: “{names}”",
            f"{_EDIT} and switch off “{names}”.",
        )


def _permissions(account: AccountEvidence) -> tuple[str, ...]:
    """None where Kraken did not say."""
    key = account.answers.key_info
    return key.permissions if isinstance(key, KeyInfo) else ()


def _valid_until(account: AccountEvidence) -> datetime | None:
    """When the key ends; None if never, or unknown."""
    key = account.answers.key_info
    return key.valid_until if isinstance(key, KeyInfo) else None
