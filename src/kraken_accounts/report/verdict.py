"""The status of one account: whether it is trading, and if not, why not and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ..accounts import Account
from ..config import READ_ONLY, AccountSettings, SetupProblem
from ..durations import roughly
from ..invocation import to_run
from ..kraken import permissions
from ..kraken.errors import (
    AccountRefused,
    AddressLimited,
    ClockAhead,
    ExchangeRestricted,
    KeyBusy,
    KeyRejected,
    KrakenError,
    LockedOut,
    NonceConflict,
    PermissionDenied,
    RateLimited,
    Unreachable,
)
from ..kraken.fill_history import FillHistory
from ..kraken.key_info import KeyInfo
from ..kraken.public import SystemStatus
from ..text import LONGEST_PATH, printable
from .activity import is_proven
from .answers import AccountAnswers, MarketAnswers, Throttling
from .known import Changed


class Status(StrEnum):
    """Of one account. Only `TRADING` needs nothing done, `DISABLED`, and `READ_ONLY` where that is expected."""

    TRADING = "trading"
    READ_ONLY = "read-only"
    EXCHANGE_RESTRICTED = "exchange-restricted"
    NOT_CONFIGURED = "not-configured"
    MISCONFIGURED = "misconfigured"
    DISABLED = "disabled"
    REJECTED = "rejected"
    LOCKED_OUT = "locked-out"
    RATE_LIMITED = "rate-limited"
    THROTTLED = "throttled"
    NONCE_CONFLICT = "nonce-conflict"
    UNREACHABLE = "unreachable"
    BUSY = "busy"
    CLOCK_AHEAD = "clock-ahead"
    CONFLICT = "conflict"
    ERROR = "error"


class TradingEvidence(StrEnum):
    """By what it is known that an account is trading.

    Fills prove it. A permission says no more than that its key may.
    """

    FILLS = "fills"
    PERMISSION = "permission"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The status of an account, with the reason and the remedy in words where it is not trading.

    Attributes:
        evidence: by what it is known that it is trading; None where it is not.
    """

    status: Status
    reason: str | None = None
    remedy: str | None = None
    evidence: TradingEvidence | None = None


def verdict(
    answers: AccountAnswers,
    same_account: Sequence[Account],
    changed: Changed | None,
    market: MarketAnswers,
    now: datetime,
    idle_after: timedelta | None = None,
) -> Verdict:
    """Of an account that answered so.

    Who may create orders may trade, and whoever trades has fills: either is enough. So a key that may only look is
    the right one for a monitor.

    Args:
        same_account: all accounts whose keys open one and the same Kraken account as this one's, this one among
            them; none if it is alone there.
        changed: that its key opens another account than it should; None if not, or if that is unknown.
        idle_after: how long it may be without a fill; None where nobody has said.
    """
    settings, key_info = answers.settings, answers.key_info
    if settings.problem is not None:
        return _setup_verdict(settings)
    if same_account or changed is not None:
        return _conflict(same_account, changed)
    if not isinstance(key_info, KeyInfo):
        return _denied(key_info or Unreachable("it was not asked"), market.throttling)
    if key_info.valid_until is not None and key_info.valid_until <= now:
        return Verdict(Status.REJECTED, f"the key expired on {key_info.valid_until:%Y-%m-%d}", RENEW)
    # What else was asked and did not come changes no status: see the finding `activity-unknown`.
    # Nor does a balance that the key lacks the permission for: see `missing-permission`.
    lacks = isinstance(answers.balances, PermissionDenied) and permissions.QUERY_FUNDS not in key_info.permissions
    if isinstance(answers.balances, KrakenError) and not lacks:
        return _denied(answers.balances, market.throttling)
    proven = is_proven(answers, idle_after)
    if permissions.CREATE_ORDERS not in key_info.permissions and not proven:
        return _read_only(answers, key_info)
    return _exchange_verdict(
        market.system_status or Unreachable("Kraken was not asked"),
        TradingEvidence.FILLS if proven else TradingEvidence.PERMISSION,
    )


def _read_only(answers: AccountAnswers, key: KeyInfo) -> Verdict:
    """Of an account whose key may only look, and that no fill proves to be trading."""
    if answers.settings.expectation.expected == READ_ONLY:
        return Verdict(Status.READ_ONLY, "the key may look only, as is expected of it", "Nothing needs doing.")
    reason, fills = "the key may look, but may not create orders", answers.fills
    missing = permissions.labels(lacking(key, fills=fills is not None))
    give = f"give {{}} “{missing}” at {permissions.SETTINGS_PAGE}."
    if fills is None:
        proof = "If a bot trades this account with another key, run with --activity, which sees its fills"
        return Verdict(Status.READ_ONLY, reason, f"{proof}; if this key is the bot's, {give.format('it')}")
    if not isinstance(fills, FillHistory):
        reason += ", and its fills could not be learned"
    elif fills.last is None:
        reason += ", and the account has never traded"
    else:
        reason += f", and the last fill was {roughly(fills.asked_at - fills.last.time)} ago"
    remedy = "If a bot should trade this account, see why it does not"
    return Verdict(Status.READ_ONLY, reason, f"{remedy}; if this key is the bot's, {give.format('it')}")


def _conflict(same_account: Sequence[Account], changed: Changed | None) -> Verdict:
    reasons = [(changed.message, changed.remedy)] if changed is not None else []
    if same_account:
        reasons.append((same_account_message(same_account), SAME_ACCOUNT_REMEDY))
    return Verdict(
        Status.CONFLICT,
        "; ".join(reason for reason, _ in reasons),
        "\n".join(remedy for _, remedy in reasons),
    )


def _exchange_verdict(status: SystemStatus | KrakenError, evidence: TradingEvidence) -> Verdict:
    """Of an account that would trade, as its key or its fills say."""
    if isinstance(status, KrakenError):
        reason = f"Kraken did not say whether it is open for trading: {status.reason}"
        return Verdict(Status.ERROR, reason, status.remedy)
    if status.restricted:
        return _denied(ExchangeRestricted(f"Kraken's status is “{status.status}”"))
    if not status.online:
        reason = f"Kraken's status is “{status.status}”, which this program does not know"
        return Verdict(Status.ERROR, reason, "Look at https://status.kraken.com.")
    return Verdict(Status.TRADING, evidence=evidence)


_STATUS_OF: tuple[tuple[type[KrakenError], Status], ...] = (
    (Unreachable, Status.UNREACHABLE),
    (ExchangeRestricted, Status.EXCHANGE_RESTRICTED),
    (KeyBusy, Status.BUSY),
    (ClockAhead, Status.CLOCK_AHEAD),
    (KeyRejected, Status.REJECTED),
    (AccountRefused, Status.REJECTED),
    (LockedOut, Status.LOCKED_OUT),
    (AddressLimited, Status.THROTTLED),
    (RateLimited, Status.RATE_LIMITED),
    (NonceConflict, Status.NONCE_CONFLICT),
)


def _denied(error: KrakenError, throttling: Throttling | None = None) -> Verdict:
    status = next((status for kind, status in _STATUS_OF if isinstance(error, kind)), Status.ERROR)
    # Where Kraken says for how long it refuses the address, more time or hosts are of no use before that.
    if isinstance(error, AddressLimited) and error.until is None and throttling is not None:
        return Verdict(status, error.reason, _more_time(throttling))
    return Verdict(status, error.reason, error.remedy)


def _more_time(throttling: Throttling) -> str:
    """What to do about accounts whose turn did not come in time."""
    takes = ""
    if throttling.seconds is not None:
        takes = f"All {throttling.accounts} accounts take about {throttling.seconds} s: "
    what = "raise --deadline, or spread them over hosts with --shard."
    return f"{takes}{what if takes else what.capitalize()}"


def _setup_verdict(settings: AccountSettings) -> Verdict:
    if settings.problem is SetupProblem.SHARED_KEY:
        return Verdict(Status.CONFLICT, f"{settings.reason}; it was not sent", SHARED_KEY_REMEDY)
    if settings.problem is SetupProblem.DISABLED:
        return Verdict(Status.DISABLED, settings.reason, f"Take `disabled` away: {settings.expectation.origin}.")
    if settings.problem is SetupProblem.MISCONFIGURED:
        return Verdict(Status.MISCONFIGURED, f"{settings.reason}; nothing was sent", _MISCONFIGURED_REMEDY)
    return Verdict(Status.NOT_CONFIGURED, settings.reason, settings.hint or _steps_to_a_key(settings))


def _steps_to_a_key(settings: AccountSettings) -> str:
    where, option = printable(str(settings.env_file or ".env"), LONGEST_PATH), settings.option
    return "\n".join(
        (
            *steps_at_kraken(settings.account),
            f"4. Put it into {where}: {settings.prefix}_API_KEY and {settings.prefix}_API_SECRET; "
            f"or have it put there: {to_run('accounts', 'add', settings.account.selector)}{option}",
            f"5. Run: {to_run('check', '--account', settings.account.selector)}{option}",
        )
    )


def steps_at_kraken(account: Account, wanted: Sequence[str] = permissions.REQUIRED) -> tuple[str, str, str]:
    """How to make a key for an account: where, what to allow, and what never.

    Args:
        wanted: the permissions that it should have, by Kraken's names.
    """
    whose = (
        "the master's Kraken account" if account.user_id is None else f"the Kraken account of {account.user_id}"
    )
    return (
        f"1. Sign in to {whose} and create a key: {permissions.SETTINGS_PAGE}",
        f"2. Give it these permissions: {permissions.labels(wanted)}.{_more(wanted)}",
        "3. Withdraw Funds: NEVER enable.",
    )


def _more(wanted: Sequence[str]) -> str:
    """What else some options ask for."""
    more = [one for one in permissions.OF_A_MONITOR if one not in wanted]
    return f" For --activity and history also: {permissions.labels(more)}." if more else ""


RENEW = f"Create a new key at {permissions.SETTINGS_PAGE} and put it into .env."
_MISCONFIGURED_REMEDY = (
    "Mend the variable that is named; keys and private keys are pasted whole, as Kraken shows them."
)
SHARED_KEY_REMEDY = "Give each account a key of its own, made while signed in to that account."
SAME_ACCOUNT_REMEDY = (
    "Orders of these accounts mix. Sign in to each account on its own and create its key there, then replace it."
)


def same_account_message(accounts: Sequence[Account]) -> str:
    return (
        f"the keys of {' and '.join(account.label for account in accounts)} open one and the same Kraken account"
    )


def lacking(key: KeyInfo, *, to_look_only: bool = False, fills: bool = False) -> tuple[str, ...]:
    """The permissions that the key lacks for trading, or to look, by Kraken's names.

    Args:
        fills: whether it has to see fills.
    """
    required = permissions.TO_LOOK if to_look_only else permissions.REQUIRED
    if fills:
        required = (*required, permissions.QUERY_FILLS)
    return tuple(name for name in required if name not in key.permissions)
