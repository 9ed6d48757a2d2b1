"""Everything there is to know beside a status: one list of rules, each a finding with a code of its own."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from .. import money
from ..accounts import Account, named
from ..config import KRAKEN_URL, Settings, SetupProblem
from ..kraken import permissions
from ..kraken.errors import CertificateNotTrusted, KrakenError, PermissionDenied
from ..kraken.key_info import KeyInfo
from ..kraken.prices import NoPrice
from ..kraken.public import SystemStatus
from ..kraken.valuation import Holding
from .model import AccountAnswers, Code, Finding, MarketAnswers, Severity
from .verdict import RENEW, SAME_ACCOUNT_REMEDY, SHARED_KEY_REMEDY, missing_permissions, same_account_message
from .worth import Worth

_EXPIRES_SOON = timedelta(days=14)

# --- of one account -------------------------------------------------------------------------------------


def of_an_account(
    answers: AccountAnswers,
    mates: Sequence[Account],
    has: Worth,
    minimum: Decimal | None,
    quote: str,
    now: datetime,
) -> Iterator[Finding]:
    """What the answers of one account reveal.

    Args:
        mates: all accounts that open one and the same Kraken account as this one; none if it is alone there.
        has: what it has, in `quote`.
        minimum: the least that its total should be, in `quote`; None where nobody asks for any.
    """
    if minimum is not None:
        yield from _of_the_minimum(has, minimum, quote)
    if answers.settings.problem is SetupProblem.SHARED_KEY:
        yield Finding(Code.SHARED_KEY, Severity.CRITICAL, answers.settings.reason or "", SHARED_KEY_REMEDY)
    if mates:
        yield Finding(Code.SAME_ACCOUNT, Severity.CRITICAL, same_account_message(mates), SAME_ACCOUNT_REMEDY)
    if isinstance(answers.key_info, KeyInfo):
        yield from _of_the_key(answers.key_info, now)
    yield from _of_the_activity(answers)
    if has.unpriced:
        yield Finding(
            Code.UNPRICED_ASSETS,
            Severity.INFO,
            f"not in the total, because there is no price that could be had: {_with_reasons(has.unpriced)}",
            "Nothing to mend; value these by other means.",
        )


def amounts(holdings: Iterable[Holding]) -> str:
    """How much of what: "75 XRT, 2.5 AAPLx"."""
    return ", ".join(f"{money.plain(holding.amount)} {holding.asset}" for holding in holdings)


def _with_reasons(holdings: Iterable[Holding]) -> str:
    """How much of what, and why it has no price: "75 XRT (Kraken has no market for it)"."""
    return ", ".join(
        f"{money.plain(holding.amount)} {holding.asset} ({holding.unit.reason})"
        for holding in holdings
        if isinstance(holding.unit, NoPrice)
    )


def _of_the_minimum(has: Worth, minimum: Decimal, quote: str) -> Iterator[Finding]:
    """Whether there is enough: an alarm that cannot look is an alarm.

    What is known may be enough even if something is missing from it, for that can only add to it; unless what is
    missing is owed, for then nobody knows how much it takes away.
    """
    least = money.formatted(minimum, quote)
    missing = (*has.open, *has.unpriced)
    if has.total is None:
        what = f"the total is unknown, so nobody knows whether it is below the minimum of {least}"
    elif has.total < minimum:
        total = money.formatted(has.total, quote)
        if not missing:
            yield Finding(
                Code.BELOW_MINIMUM,
                Severity.CRITICAL,
                f"{total} is below the minimum of {least}",
                "Find out where the money went, or fund the account.",
            )
            return
        what = f"{total} is below the minimum of {least}, but that is without {amounts(missing)}"
    elif owed := [holding for holding in missing if holding.amount < 0]:
        what = f"nobody knows whether the total is below the minimum of {least}, for it is without {amounts(owed)}"
    else:
        return
    yield Finding(
        Code.MINIMUM_NOT_CHECKED,
        Severity.CRITICAL,
        what,
        "Look at the account at Kraken, and mend what keeps its total from being known.",
    )


def _of_the_activity(answers: AccountAnswers) -> Iterator[Finding]:
    """What was asked for beside the balances, and did not come."""
    key = answers.key_info
    # Then the finding `missing-permission` says so.
    lacks = isinstance(key, KeyInfo) and permissions.QUERY_OPEN_ORDERS not in key.permissions
    for what, answer in (("orders", answers.open_orders), ("positions", answers.open_positions)):
        if isinstance(answer, KrakenError) and not (lacks and isinstance(answer, PermissionDenied)):
            yield Finding(
                Code.ACTIVITY_UNKNOWN,
                Severity.WARNING,
                f"the open {what} could not be learned: {answer.reason}",
                answer.remedy,
            )


def _of_the_key(key: KeyInfo, now: datetime) -> Iterator[Finding]:
    change = f"Edit the key at {permissions.SETTINGS_PAGE}"
    if permissions.WITHDRAW in key.permissions:
        name = permissions.label(permissions.WITHDRAW)
        yield Finding(
            Code.WITHDRAW_ENABLED,
            Severity.CRITICAL,
            "the key may withdraw funds",
            f"{change} and switch off “{name}”.",
        )
    if key.valid_until is not None and key.valid_until <= now:
        yield Finding(Code.KEY_EXPIRED, Severity.CRITICAL, f"the key expired on {key.valid_until:%Y-%m-%d}", RENEW)
    elif key.valid_until is not None and key.valid_until - now <= _EXPIRES_SOON:
        yield Finding(
            Code.KEY_EXPIRES_SOON,
            Severity.WARNING,
            f"the key expires on {key.valid_until:%Y-%m-%d %H:%M} UTC",
            RENEW,
        )
    for permission in permissions.WITHDRAW_ADDRESSES:
        if permission in key.permissions:
            name = permissions.label(permission)
            yield Finding(
                Code.WITHDRAW_ADDRESS_ENABLED,
                Severity.WARNING,
                f"the key may change withdrawal addresses ({name})",
                f"{change} and switch off “{name}”.",
            )
    missing = missing_permissions(key)
    if missing:
        yield Finding(
            Code.MISSING_PERMISSION,
            Severity.WARNING,
            f"the key lacks “{missing}”",
            f"{change} and switch on “{missing}”.",
        )
    if key.nonce_window:
        yield Finding(
            Code.NONCE_WINDOW,
            Severity.WARNING,
            f"the key has a nonce window of {money.plain(key.nonce_window)}: late requests are let in, and orders "
            "can be duplicated",
            f"{change} and set its nonce window to 0.",
        )
    if not key.ip_allowlist:
        yield Finding(
            Code.NO_IP_ALLOWLIST,
            Severity.INFO,
            "the key may be used from any address",
            f"{change} and restrict it to the addresses of the machines that use it.",
        )


# --- of the run -----------------------------------------------------------------------------------------


def of_the_run(
    settings: Settings,
    url: str,
    market: MarketAnswers,
    answers: Iterable[AccountAnswers],
    open_accounts: Sequence[Account],
) -> Iterator[Finding]:
    """What concerns no single account.

    Args:
        url: of the exchange that was asked, Kraken's own in its usual spelling.
        open_accounts: those whose totals hang on what `market` leaves unanswered.
    """
    yield from of_certificates(
        (
            market.system_status,
            *(question.error for question in market.unanswered),
            *(a for answer in answers for a in (answer.key_info, answer.balances)),
            *(a for answer in answers for a in (answer.open_orders, answer.open_positions)),
        )
    )
    if not settings.env_file_is_private:
        yield Finding(
            Code.ENV_FILE_PERMISSIONS,
            Severity.WARNING,
            f"{settings.env_file} holds keys and may be read or changed by other users of this machine",
            f"chmod 600 {shlex.quote(str(settings.env_file))}",
        )
    for note in settings.notes:
        yield Finding(Code.IGNORED_VARIABLE, Severity.WARNING, note, "Mend its name, or take it away.")
    yield from _of_public_data(market, open_accounts)
    if isinstance(market.system_status, SystemStatus):
        yield from _of_notices(market.system_status)
    if url != KRAKEN_URL and not settings.demo:
        yield Finding(
            Code.OTHER_EXCHANGE,
            Severity.INFO,
            f"{url} was asked, not {KRAKEN_URL}",
            "Take KRAKEN_API_URL away where Kraken itself is meant.",
        )


def of_certificates(answers: Iterable[object]) -> Iterator[Finding]:
    """Whether somebody answered in Kraken's place: once for each that did."""
    reasons = {answer.reason: answer.remedy for answer in answers if isinstance(answer, CertificateNotTrusted)}
    for reason, remedy in reasons.items():
        yield Finding(Code.CERTIFICATE_NOT_TRUSTED, Severity.CRITICAL, reason, remedy)


def not_remembered() -> Finding:
    """Of a run that the next one cannot be compared with."""
    return Finding(
        Code.NOT_REMEMBERED,
        Severity.WARNING,
        "the totals could not be remembered for the next --since-last",
        "Make the state directory writable for the user who runs this; -v shows where it is.",
    )


def _of_public_data(market: MarketAnswers, open_accounts: Sequence[Account]) -> Iterator[Finding]:
    """What Kraken's public endpoints did not say, once for each cause, and whose totals hang on it."""
    unknown: dict[str, dict[str, None]] = {}
    if isinstance(market.system_status, KrakenError):
        unknown.setdefault(market.system_status.reason, {})["status"] = None
    for question in market.unanswered:
        unknown.setdefault(question.error.reason, {})[question.what] = None
    for reason, whats in unknown.items():
        remedy = "Look at https://status.kraken.com and run again."
        if open_accounts and set(whats) != {"status"}:
            remedy += (
                f" Totals that hang on it are not compared meanwhile, nor remembered: {named(open_accounts)}."
            )
        yield Finding(
            Code.PUBLIC_DATA_MISSING,
            Severity.WARNING,
            f"Kraken's {_listed(whats)} could not be learned: {reason}",
            remedy,
        )


def _listed(whats: Iterable[str]) -> str:
    """Words as a sentence lists them: "status, assets and prices"."""
    *others, last = whats
    return f"{', '.join(others)} and {last}" if others else last


def _of_notices(status: SystemStatus) -> Iterator[Finding]:
    for notice in status.emergency:
        yield Finding(
            Code.EMERGENCY,
            Severity.WARNING,
            f"Kraken says: {notice.summary}",
            "Look at https://status.kraken.com for what is concerned.",
        )
    for notice in status.upcoming_maintenance:
        yield Finding(
            Code.UPCOMING_MAINTENANCE,
            Severity.WARNING,
            f"Kraken announces maintenance: {notice.summary}",
            "Expect accounts not to trade meanwhile; see https://status.kraken.com.",
        )
