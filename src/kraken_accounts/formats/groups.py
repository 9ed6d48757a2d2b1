"""What needs doing, grouped by its cause: each once, with all the accounts that it concerns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ..accounts import Account
from ..report.findings import Severity, rank

_MOST_NAMED = 10  # accounts
_MOST_CAUSES = 5  # of a group whose accounts have different words for theirs
_VARIABLE = re.compile(r"KRAKEN_(MASTER|USER_[A-Z0-9_]+?)(?=_API_|_USER_ID|_NONCE_|_IIBAN)")


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing about one account, or about the run as a whole (None).

    Attributes:
        heading: what kind of thing it is, in a word or two.
        severity: None for an account that is not trading, which is worse than any.
        remedy: what to do; empty where there is nothing to do.
    """

    account: Account | None
    heading: str
    severity: Severity | None
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Cause:
    """What it is in the words of the first account, with all those that it is said of in words that are alike."""

    what: str
    accounts: list[Account | None]


@dataclass(slots=True)
class Group:
    """The same for several accounts.

    Attributes:
        remedy: what the first of them has to do.
        causes: by their words, less what is in them of one account.
        differs: whether the words of the others have other names in them.
    """

    heading: str
    severity: Severity | None
    remedy: str
    causes: dict[str, Cause] = field(default_factory=dict)
    differs: bool = False

    def add(self, one: Concern) -> None:
        cause = self.causes.setdefault(_impersonal(one.what, one.account), Cause(one.what, []))
        cause.accounts.append(one.account)
        self.differs |= (cause.what, self.remedy) != (one.what, one.remedy)

    def title(self) -> str:
        """What it is, how many accounts it concerns, and which."""
        accounts = {account for cause in self.causes.values() for account in cause.accounts}
        whose = names_of(account for cause in self.causes.values() for account in cause.accounts)
        return f"{self.heading}: {f'{len(accounts)} accounts: {whose}' if len(accounts) > 1 else whose}"

    def whats(self) -> Iterator[str]:
        """What it is, once for each way to say it; of very many only the first, unless they are of the run."""
        causes = list(self.causes.values())
        if len(causes) == 1 or None in causes[0].accounts:
            yield from (cause.what for cause in causes)
            return
        yield from (f"{cause.what} ({names_of(cause.accounts)})" for cause in causes[:_MOST_CAUSES])
        if more := [account for cause in causes[_MOST_CAUSES:] for account in cause.accounts]:
            yield f"Likewise, each as --view full says: {names_of(more)}."

    def what_to_do(self) -> str:
        """The remedy, and that it is the others' as well; empty where there is nothing to do."""
        return f"{self.remedy}\nLikewise for each of the others." if self.remedy and self.differs else self.remedy


def grouped(concerns: Iterable[Concern]) -> list[Group]:
    """The concerns by what they are and what to do about them, worst first."""
    groups: dict[tuple[str, Severity | None, str], Group] = {}
    for one in concerns:
        key = (one.heading, one.severity, _impersonal(one.remedy, one.account))
        groups.setdefault(key, Group(one.heading, one.severity, one.remedy)).add(one)
    return sorted(groups.values(), key=lambda group: -1 if group.severity is None else rank(group.severity))


def _impersonal(text: str, account: Account | None) -> str:
    """The text without what names one account: two that differ in no more say the same."""
    text = _VARIABLE.sub("KRAKEN", text)
    if account is None or account.user_id is None:
        return text
    return re.sub(rf"(?<!\w){re.escape(account.user_id)}(?!\w)", "it", text)


def names_of(accounts: Iterable[Account | None]) -> str:
    """Of accounts, or of all of them (None); of very many only the first, and how many more there are."""
    names = [
        "all accounts" if account is None else account.user_id or "MASTER" for account in dict.fromkeys(accounts)
    ]
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
