"""The report as a plugin of Nagios or Icinga has it: a line of status and performance data, details, exit codes.

Source: https://www.monitoring-plugins.org/doc/guidelines.html
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import IntEnum

from .. import money
from ..report.activity import Activity
from ..report.amounts import Amounts, amounts_of
from ..report.exit_code import ExitCode
from ..report.findings import Severity, rank
from ..report.model import AccountReport, Report
from ..text import fit, printable
from .activity import activity_in_full
from .interface import Format, View
from .item_lists import ItemLists
from .phrases import ALL_ACCOUNTS, Phrases, headlines
from .serialization import cents, seconds
from .summary import Summary
from .wallets import WalletWords, gaps

_NAMED = 3  # accounts that are named where several have the same trouble
_TROUBLE_LIMIT = 200  # characters
_TEXT_LIMIT = 800  # characters for people, who may get them as a message
_LINE_LIMIT = 4000  # characters of the first line
_LIMIT = 8000  # bytes in all, of which Nagios reads 8192
_LABEL = str.maketrans("'=", "__")


class State(IntEnum):
    """Of a service, as plugins tell it by their exit codes."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


class NagiosFormat(Format[Report]):
    """`KRAKEN OK - 3 of 3 accounts trading, total $13,580.17 | …`; in trouble also whose and why, worst first.

    Where it was asked what accounts do, or have in which wallet, lines about each follow, as many as are read.
    """

    is_state = True

    def render(self, report: Report, view: View) -> str:
        line = f"{_line(_state(report), _text(report, view.encoding), view)} |"
        for figure in _figures(report):
            longer = f"{line} {_safe(figure, view)}"
            if len(longer) > _LINE_LIMIT:
                break
            line = longer
        return _with_details(f"{line}\n", [_safe(detail, view) for detail in _details(report, view.encoding)])

    def exit_code(self, report: Report) -> int:
        return _state(report)

    def refusal(self, message: str, view: View) -> tuple[str, int]:
        return f"{_line(State.UNKNOWN, message, view)}\n", State.UNKNOWN


def _state(report: Report) -> State:
    """The one rule, for the word and for the exit code."""
    if report.exit_code is ExitCode.KRAKEN_DOWN:
        return State.UNKNOWN
    if not report.ok:
        return State.CRITICAL
    return State.WARNING if report.speaks_up else State.OK


def _line(state: State, text: str, view: View) -> str:
    return f"KRAKEN {state.name} - {_safe(text, view)}"


def _safe(text: str, view: View) -> str:
    """On one line, and without the sign that performance data begins with."""
    return fit(printable(text, _LINE_LIMIT), view.encoding).replace("|", "/")


# --- for people -----------------------------------------------------------------------------------------


def _text(report: Report, encoding: str) -> str:
    phrases = Phrases(report, encoding)
    text = phrases.trading()
    if report.accounts:
        text += f", total {Summary(report, encoding).in_all_in_words()}"
    text = "; ".join((*headlines(report), text))
    troubles = _troubles(report)
    for said, (trouble, owners) in enumerate(troubles.items()):
        part = f"; {_names(owners)}: {printable(trouble, _TROUBLE_LIMIT)}"
        if len(text) + len(part) > _TEXT_LIMIT:
            return f"{text}; and {len(troubles) - said} more"
        text += part
    return text


def _troubles(report: Report) -> Mapping[str, Sequence[str]]:
    """What there is to know, worst first, each with the accounts that it concerns."""
    phrases = Phrases(report, "utf-8")
    found = [
        (account.account.label, detail, _status(phrases, account) if detail.severity is None else "")
        for account in report.accounts
        for detail in phrases.details(account)
    ]
    found += [(ALL_ACCOUNTS, detail, "") for detail in phrases.findings_of_the_run()]
    found += [
        (account.label, detail, "") for detail, accounts in phrases.information().items() for account in accounts
    ]
    # What keeps an account from trading has no severity, and is as bad as can be.
    found.sort(key=lambda trouble: rank(trouble[1].severity or Severity.CRITICAL))
    owners: defaultdict[str, list[str]] = defaultdict(list)
    for owner, detail, status in found:
        if detail.label != "Do":
            owners[f"{status}{detail.text.removesuffix('.')}"].append(owner)
    return owners


def _status(phrases: Phrases, account: AccountReport) -> str:
    since = phrases.since(account)
    return f"{account.status} {since}: " if since else f"{account.status}: "


def _names(owners: Sequence[str]) -> str:
    more = f" and {len(owners) - _NAMED} more" if len(owners) > _NAMED else ""
    return f"{', '.join(owners[:_NAMED])}{more}"


def _details(report: Report, encoding: str) -> Iterator[str]:
    """What each account does, and what it has in which wallet, as far as that was asked."""
    wallets, lists = WalletWords(report.quote, encoding), ItemLists(report.quote, encoding)
    for account in report.accounts:
        label = account.account.label
        for what, said in activity_in_full(account, report.quote, encoding) or ():
            yield f"{label}: {what}: {said}"
        if report.with_wallets:
            yield from (f"{label}: {said}" for said in wallets.below(account))
            yield from (f"{label}: Earn: {said}" for said in lists.earn_in_words(account))
            if missing := gaps(account):
                yield f"{label}: incomplete: {missing}"


def _with_details(text: str, details: Sequence[str]) -> str:
    """As many as are read, and how many more there are."""
    for said, detail in enumerate(details):
        longer = f"{text}{detail}\n"
        if len(longer.encode(errors="replace")) > _LIMIT:
            return f"{text}and {len(details) - said} more lines\n"
        text = longer
    return text


# --- for graphs -----------------------------------------------------------------------------------------


def _figures(report: Report) -> Iterator[str]:
    """Performance data, `label=value;warn;crit;min;max`; the totals of the accounts come last, as many as fit."""
    severities = Counter(finding.counts_as for finding in report.all_findings())
    yield f"trading={sum(account.trading for account in report.accounts)};;;0;{len(report.accounts)}"
    yield f"critical={severities[Severity.CRITICAL]};;;0"
    yield f"warning={severities[Severity.WARNING]};;;0"
    yield f"time={seconds(report.duration)}s;;;0"
    yield f"total={_amount(report.totals.all if report.totals.whole else None)}"
    if report.with_wallets:
        wallets = report.totals.wallets
        yield f"earn={_amount(wallets.earn if report.totals.whole else None)}"
        yield f"margin_profit={_amount(wallets.margin_profit)}"
    for account in report.accounts:
        yield f"'{account.account.label.translate(_LABEL)}'={_amount(account.total if account.whole else None)}"
    active = [
        (account.account.label.translate(_LABEL), account, account.activity)
        for account in report.accounts
        if account.activity is not None
    ]
    for label, _, activity in active:
        yield from _fills(label, activity)
    for label, account, activity in active:
        yield from _what_else(label, activity, amounts_of(account, report.quote).in_orders)
    for label, account, _ in active:
        positions = account.open_positions
        yield f"'{label} positions'={'U' if positions is None else len(positions)};;;0"
    for account in report.accounts if report.with_wallets else ():
        yield from _wallets(account, amounts_of(account, report.quote))


def _fills(label: str, activity: Activity) -> Iterator[str]:
    """How many there were in 24 hours, and how long ago the last one was."""
    last = None if activity.last_fill is None else activity.last_fill.time
    yield f"'{label} fills'={activity.fills if activity.fills_complete else 'U'};;;0"
    yield f"'{label} last fill'={_age(activity, last)};;;0"


def _what_else(label: str, activity: Activity, in_orders: Decimal | None) -> Iterator[str]:
    """What the fills were worth; the orders, the age of the oldest and what they hold; the positions' profit."""
    yield f"'{label} volume'={_amount(activity.volume if activity.volume_complete else None)};;;0"
    yield f"'{label} orders'={'U' if activity.open_orders is None else activity.open_orders};;;0"
    yield f"'{label} oldest order'={_age(activity, activity.oldest_order_at)};;;0"
    yield f"'{label} in orders'={_amount(in_orders)};;;0"
    yield f"'{label} positions profit'={_amount(activity.positions_profit)}"


def _wallets(account: AccountReport, amounts: Amounts) -> Iterator[str]:
    """What can be traded with and what is in Earn, of a whole total; and what stands beside it."""
    label = account.account.label.translate(_LABEL)
    yield f"'{label} available'={_amount(amounts.available if account.whole else None)};;;0"
    yield f"'{label} in Earn'={_amount(amounts.in_earn if account.whole and account.coverage.earn else None)};;;0"
    yield f"'{label} margin profit'={_amount(account.wallets.margin_profit)}"
    yield f"'{label} equity'={'U' if account.equity is None else money.plain(account.equity)}"


def _age(activity: Activity, moment: datetime | None) -> str:
    """In seconds; unknown where there is nothing to have one."""
    return "U" if moment is None else f"{max(0, (activity.as_of - moment) // timedelta(seconds=1))}s"


def _amount(total: Decimal | None) -> str:
    """`U` is a plugin's word for unknown."""
    return cents(total) or "U"


FORMAT = NagiosFormat()
