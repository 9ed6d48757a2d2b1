"""News in words for people: what has one cause is told once, with all the accounts that it concerns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..accounts import Account
from ..durations import duration_in_words
from ..report.findings import Code, Severity
from ..report.news import News, NewsKind
from ..report.verdict import Status
from ..text import fit, signs
from .groups import Concern, Group, grouped, names_of
from .phrases import ALL_ACCOUNTS, Detail, acceptance, is_said_by_status, sentence, when

NEWS_TITLE = "NEWS"
NO_NEWS = "Nothing is new."

# The findings that tell amounts, in words that tell none.
_WITHOUT_AMOUNTS = {
    Code.BELOW_MINIMUM: "the total is below the minimum",
    Code.MINIMUM_NOT_CHECKED: "nobody knows whether the total is below the minimum",
    Code.BALANCE_MISMATCH: "the total is more than 1 % apart from Kraken's own figure",
}
_OVER = (NewsKind.RECOVERED, NewsKind.WENT)


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing that is told.

    Attributes:
        severity: how bad it is; None for an account that is not trading, which is worse than any.
        owner: whose it is: the label of an account, or of all.
        title: the first line.
        details: what stands below.
    """

    kind: NewsKind
    severity: Severity | None
    owner: str
    title: str
    details: tuple[Detail, ...]


class NewsInWords:
    """Says what is new in characters that an encoding has.

    Args:
        now: the time of the report (UTC).
        amounts: whether it may say how much there is.
    """

    def __init__(self, now: datetime, encoding: str, *, amounts: bool = True) -> None:
        self._now = now
        self._encoding = encoding
        self._amounts = amounts
        self._ok, self._fail, self._unsure, _ = signs(encoding)

    def pieces(self, news: Sequence[News]) -> Iterator[Piece]:
        """What there is to say, in the order of the kinds, and within each worst first."""
        alike: dict[tuple[NewsKind, str], list[News]] = {}
        for item in without_repetition(news):
            if item.kind is NewsKind.BEGIN:
                title = self._fit(f"News begins: {item.message}.")
                yield Piece(item.kind, Severity.INFO, ALL_ACCOUNTS, title, ())
            else:
                alike.setdefault((item.kind, _label(item)), []).append(item)
        # The letters have what is critical before warnings, too.
        for kind, label in sorted(alike, key=lambda told: (list(NewsKind).index(told[0]), told[1])):
            items = alike[kind, label]
            for group in grouped(map(self._concern, items)):
                yield self._of_findings(kind, label, group) if label else self._of_statuses(kind, group)

    def _concern(self, item: News) -> Concern:
        if item.code is not None:
            severity = Severity.INFO if item.kind in _OVER else item.severity
            return Concern(item.account, item.code, severity, self._finding(item, item.code), item.remedy)
        what = f"{sentence(item.message)} [{item.status}{_was(item)}]{self._since(item)}"
        if item.kind is NewsKind.RECOVERED:
            again = "trading on Kraken again"
            heading = again if item.status is Status.TRADING else "read-only on Kraken, as expected"
            return Concern(
                item.account, heading, Severity.INFO, f"after {self._lasted(item)} (was {item.before})", ""
            )
        if item.kind is NewsKind.WENT:
            return Concern(item.account, "not checked any more", Severity.INFO, sentence(item.message), "")
        still = ", still" if item.kind is NewsKind.REMINDER else ""
        return Concern(item.account, f"NOT trading on Kraken{still}", None, what, item.remedy)

    def _finding(self, item: News, code: Code) -> str:
        words = item.message if self._amounts else _WITHOUT_AMOUNTS.get(code, item.message)
        over = "" if item.lasted is None else f" After {self._lasted(item)}."
        over = acceptance(item.accepted) or over
        return f"{sentence(words)} [{code}{_was(item)}]{self._since(item)}{over}"

    def _since(self, item: News) -> str:
        """Since when, of what is not new or was not told at once."""
        if item.since is None or item.lasted is not None or item.since == self._now:
            return ""
        still = "Still, since" if item.kind is NewsKind.REMINDER else "Since"
        return f" {still} {when(item.since, self._now)}."

    def _lasted(self, item: News) -> str:
        return "" if item.lasted is None else duration_in_words(item.lasted)

    def _of_statuses(self, kind: NewsKind, group: Group) -> Piece:
        sign = {NewsKind.RECOVERED: self._ok, NewsKind.WENT: self._unsure}.get(kind, self._fail)
        accounts = _accounts(group)
        heading, details, what = group.heading, [], "\n".join(group.whats())
        if kind is NewsKind.RECOVERED and len(group.causes) == 1:
            heading += f", {what}"
        else:
            details.append(Detail("Again" if kind is NewsKind.RECOVERED else "Why", self._fit(what)))
        title = f"{sign} {len(accounts)} accounts are {heading}: {names_of(accounts)}"
        if len(accounts) == 1:
            title = f"{sign} {_owner(group)} is {heading}"
        return Piece(kind, group.severity, _owner(group), self._fit(title), (*details, *self._to_do(group)))

    def _of_findings(self, kind: NewsKind, label: str, group: Group) -> Piece:
        accounts = _accounts(group)
        title = f"{len(accounts)} accounts: {names_of(accounts)}" if len(accounts) > 1 else _owner(group)
        detail = Detail(label, self._fit("\n".join(group.whats())), group.severity)
        return Piece(kind, group.severity, _owner(group), self._fit(title), (detail, *self._to_do(group)))

    def _to_do(self, group: Group) -> Iterator[Detail]:
        if remedy := group.what_to_do():
            yield Detail("Do", self._fit(remedy), group.severity)

    def _fit(self, text: str) -> str:
        return fit(text, self._encoding)


def without_repetition(news: Sequence[News]) -> list[News]:
    """The news less the findings that only say again what it says of the status of their account."""
    statuses: dict[Account | None, set[Status]] = {}
    for item in news:
        if item.code is None:
            found = {one for one in (item.status, item.before) if isinstance(one, Status)}
            statuses.setdefault(item.account, set()).update(found)
    return [
        item
        for item in news
        if item.code is None
        or not any(is_said_by_status(status, item.code) for status in statuses.get(item.account, ()))
    ]


def _label(item: News) -> str:
    """What stands before a finding; empty for a status."""
    if item.code is None or item.severity is None:
        return ""
    if item.kind is NewsKind.WENT:
        return "GONE" if item.accepted is None else "ACCEPTED"
    return item.severity.upper()


def _was(item: News) -> str:
    if item.before is None:
        return ""
    return f", was {'a ' if item.before is Severity.WARNING else ''}{item.before}"


def _accounts(group: Group) -> list[Account | None]:
    return list(dict.fromkeys(account for cause in group.causes.values() for account in cause.accounts))


def _owner(group: Group) -> str:
    accounts = _accounts(group)
    return accounts[0].label if len(accounts) == 1 and accounts[0] is not None else ALL_ACCOUNTS
