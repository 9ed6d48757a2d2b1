"""The totals in words, and what has changed since the previous run, or since a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from .. import money
from ..accounts import Account, named
from ..report.amounts import Amounts, amounts_in_all, amounts_of
from ..report.differences import Change
from ..report.findings import Code, Severity
from ..report.model import AccountReport, Report, in_sum
from ..text import fit, signs
from .phrases import ALL_ACCOUNTS, NO_ACCOUNTS
from .wallets import UNKNOWN, WalletWords, gaps, what_it_is

_OF_OTHER_PARTS = (Code.PART_MISSING, Code.PART_OVERLAP)


@dataclass(frozen=True, slots=True)
class Sum:
    """A line of the summary.

    Attributes:
        text: what is worth how much.
        owner: whose it is.
        missing: what that leaves out; empty if nothing.
        beside: what of it is in orders, what is available, and how it has changed (empty unless that was asked
            for); nothing where another line says so.
        explains: whether it says of what the total above it is.
    """

    text: str
    owner: str
    missing: str = ""
    beside: tuple[str, ...] = ()
    explains: bool = False


class Summary:
    """Says what a report says of amounts, in characters that an encoding has."""

    def __init__(self, report: Report, encoding: str) -> None:
        self._report = report
        self._encoding = encoding
        self._wallets = WalletWords(report.quote, encoding)
        *_, self._sign = signs(encoding)

    def lines(self, accounts: Iterable[AccountReport]) -> Iterator[Sum]:
        """The totals of these accounts, and the sum of all there are."""
        users = []
        for account in accounts:
            if account.account.user_id is None:
                yield from self._of_an_account(account, f"{self._sign} MASTER TOTAL", "   KRAKEN")
            else:
                users.append(account)
        if users:
            yield Sum(f"{self._sign} USER TOTALS:", ALL_ACCOUNTS)
        for account in users:
            yield from self._of_an_account(account, f"   {account.account.user_id}", "      KRAKEN")
        if not self._report.accounts:
            yield Sum(NO_ACCOUNTS, ALL_ACCOUNTS)
        yield from self._of_all()

    def lines_of_a_fleet(self) -> Iterator[Sum]:
        """The totals of the master, of the users together, and of all."""
        users = [account for account in self._report.accounts if account.account.user_id is not None]
        for account in self._report.accounts:
            if account.account.user_id is None:
                yield from self._of_an_account(account, f"{self._sign} MASTER TOTAL", "   KRAKEN")
        if users:
            amounts = amounts_in_all(users, self._report.quote)
            total = self._money(amounts.total)
            beside = self._beside(amounts, self._change_of_several(users))
            missing = "" if amounts.total is None else self._missing_in_short(users)
            yield Sum(f"{self._sign} USER TOTALS: {total}", ALL_ACCOUNTS, missing, beside)
            yield Sum(f"   KRAKEN: {total}", ALL_ACCOUNTS)
            yield from self._below_sum(users)
        yield from self._of_all(in_short=True)

    def in_all(self) -> str:
        """The total of all accounts."""
        return self._money(self._report.totals.all)

    def in_all_in_words(self) -> str:
        """The same, with of what it is, and whether something is missing from it."""
        totals = self._report.totals
        if totals.all is None:
            return self.in_all()
        return f"{self.in_all()} ({what_it_is(totals.coverage)}{'' if totals.complete else ', incomplete'})"

    def total(self, account: AccountReport) -> str:
        return "not checked" if account.is_disabled else self._money(account.total)

    def beside(self, account: AccountReport) -> tuple[str, ...]:
        """What of its total is in orders, what is available, and how it has changed (empty unless asked for)."""
        if account.is_disabled:
            return ("", "", self._short_change(account.change))
        return self._beside(amounts_of(account, self._report.quote), self._short_change(account.change))

    def left_out(self, account: AccountReport) -> str:
        """What its total is without, in a few words; empty if nothing."""
        if account.total is None or account.complete:
            return ""
        return fit(gaps(account, in_short=True), self._encoding)

    def _of_an_account(self, account: AccountReport, name: str, broker: str) -> Iterator[Sum]:
        """Its total, and below it what of that is at which broker."""
        total, missing, owner = self.total(account), "", account.account.label
        if account.total is not None and not account.complete:
            missing = fit(f"(incomplete: {gaps(account)})", self._encoding)
        yield Sum(f"{name}: {total}", owner, missing, self.beside(account))
        yield Sum(f"{broker}: {total}", owner, missing)
        indent = " " * (len(broker) - len(broker.lstrip()))
        for line in self._wallets.below(account):
            yield Sum(f"{indent}{line}", owner, explains=True)

    def _of_all(self, *, in_short: bool = False) -> Iterator[Sum]:
        """The sum, where there is more than one account."""
        accounts = self._report.accounts
        if len(accounts) < 2:
            return
        missing = ""
        if self._report.totals.all is not None:
            missing = self._missing_in_short(accounts) if in_short else self._missing(accounts)
        amounts = amounts_in_all(accounts, self._report.quote)
        beside = self._beside(amounts, self._short_change(self._report.change))
        yield Sum(f"{self._sign} {ALL_ACCOUNTS}: {self.in_all()}", ALL_ACCOUNTS, missing, beside)
        yield from self._below_sum(accounts)

    def _below_sum(self, accounts: Iterable[AccountReport]) -> Iterator[Sum]:
        for line in self._wallets.below_sum(accounts, asked=self._report.with_wallets):
            yield Sum(f"   {line}", ALL_ACCOUNTS, explains=True)

    def _missing(self, accounts: Iterable[AccountReport]) -> str:
        """Which of these accounts a sum does not count, or only a part of; empty if it counts all in full."""
        unknown, partial = self._not_counted_in_full(accounts)
        parts = [f"without {', '.join(unknown)}"] if unknown else []
        parts += [f"only part of {', '.join(partial)}"] if partial else []
        parts += self._missing_parts()
        return f"(incomplete: {'; '.join(parts)})" if parts else ""

    def _missing_in_short(self, accounts: Iterable[AccountReport]) -> str:
        """The same where each account has a line that says so: how many they are, or which one it is."""
        unknown, partial = (
            names[0] if len(names) == 1 else f"{len(names)} accounts" if names else ""
            for names in self._not_counted_in_full(accounts)
        )
        parts = [f"without {unknown}"] if unknown else []
        parts += [f"only part of {partial}"] if partial else []
        parts += self._missing_parts()
        return f"(incomplete: {'; '.join(parts)})" if parts else ""

    def _missing_parts(self) -> list[str]:
        if not self._report.totals.short:
            return []
        codes = {finding.code for finding in self._report.findings if finding.severity is Severity.CRITICAL}
        missing = ["without accounts that have vanished"] if Code.ACCOUNT_VANISHED in codes else []
        return missing + (["without accounts of other parts"] if codes & set(_OF_OTHER_PARTS) else [])

    def _not_counted_in_full(self, accounts: Iterable[AccountReport]) -> tuple[list[str], list[str]]:
        """The names of those that a sum does not count, and of those of which it counts a part."""
        unknown: list[str] = []
        partial: list[str] = []
        for account in accounts:
            if account.account in self._report.totals.missing:
                (partial if in_sum(account) else unknown).append(account.account.user_id or "MASTER")
        return unknown, partial

    def _beside(self, amounts: Amounts, change: str) -> tuple[str, ...]:
        return (self._money(amounts.in_orders), self._money(amounts.available), change)

    def _money(self, amount: Decimal | None) -> str:
        return UNKNOWN if amount is None else money.formatted(amount, self._report.quote, self._encoding)

    # --- since the previous run, or a time --------------------------------------------------------------

    def changes_title(self) -> str:
        """What stands above `changes`."""
        since, change = self._report.changed_since, self._report.change
        title = f"CHANGES SINCE {since:%Y-%m-%d %H:%M:%S} UTC" if since else "CHANGES"
        is_since_a_time = since is not None and change is not None and change.asked is not None
        return f"{title}, DEPOSITS AND WITHDRAWALS INCLUDED" if is_since_a_time else title

    def changes(self, accounts: Iterable[AccountReport]) -> Iterator[tuple[str, str]]:
        """Whose total or status is how different from earlier; nothing unless it was asked for."""
        for account in accounts:
            if account.change is not None:
                yield account.account.label, fit(self._change_of(account, account.change), self._encoding)
        if self._report.change is not None and len(self._report.accounts) > 1:
            bases = self.other_bases()
            change = self._change(self._report.change) + self._unknown_payments(self._report.change)
            yield ALL_ACCOUNTS, change + (f" ({bases})" if bases else "")

    def payments(self) -> Iterator[tuple[str, str]]:
        """Who was paid what, or has paid it, since a time; and all together."""
        changes = [(account.account.label, account.change) for account in self._report.accounts]
        for whose, change in (*changes, (ALL_ACCOUNTS, self._report.change)):
            if change is not None and (paid := self._payments(change)):
                yield whose, paid.strip(" ()")

    def far_base(self) -> str:
        """That changes are counted from long before the time that was asked for; empty if not."""
        change = self._report.change
        if change is None or change.asked is None or not change.far:
            return ""
        return f"No whole total of some accounts is nearer to {change.asked:%Y-%m-%d %H:%M:%S} UTC."

    def other_bases(self) -> str:
        """What the change of the sum is not counted from `changes_title` on, or lacks; empty if nothing.

        Each account is compared with its own last whole total, which may be older or newer than another's.
        """
        change = self._report.change
        if change is None or change.first:
            return ""
        counted = [a for a in self._report.accounts if in_sum(a) and a.change is not None]
        if change.amount is None:
            without = [a.account for a in counted if a.change is not None and a.change.previous_total is None]
            return f"no earlier total of {named(without)}" if without else ""
        bases: dict[datetime, list[Account]] = {}
        for account in counted:
            since = None if account.change is None else account.change.since
            if since is not None and since != self._report.changed_since:
                bases.setdefault(since, []).append(account.account)
        return "; ".join(
            f"{named(accounts) if len(accounts) < len(counted) else 'all'} since {since:%Y-%m-%d %H:%M:%S} UTC"
            for since, accounts in sorted(bases.items())
        )

    def changes_of_status(self) -> Mapping[str, Sequence[Account]]:
        """Which accounts have gone from one status to another."""
        moved: dict[str, list[Account]] = {}
        for account in self._report.accounts:
            change = account.change
            if change is not None and not change.first and change.previous_status != account.status:
                said = fit(f"{change.previous_status} → {account.status}", self._encoding)
                moved.setdefault(said, []).append(account.account)
        return moved

    def _change_of(self, account: AccountReport, change: Change) -> str:
        if change.first:
            return self._change(change)
        moved = change.previous_status != account.status
        status = f"{change.previous_status} → {account.status}; " if moved else ""
        if change.amount is None:
            before, now = self._money(change.previous_total), self._money(account.total)
            if account.total is not None and not account.whole:
                now = "not known in full"
            return f"{status}total {f'still {now}' if before == now else f'{now}, was {before}'}"
        said = f"same total{self._payments(change)}" if moved and not change.amount else self._change(change)
        return f"{status}{said}{self._since(change)}{self._unknown_payments(change)}"

    def _since(self, change: Change) -> str:
        """Where that is not the time in `changes_title`, or none that a reader would expect."""
        if change.since is None or not (change.far or change.since != self._report.changed_since):
            return ""
        return f", since {change.since:%Y-%m-%d %H:%M:%S} UTC{': no whole total is nearer' if change.far else ''}"

    def _short_change(self, change: Change | None) -> str:
        """Without what was paid, for which a column has no room."""
        if change is None:
            return ""
        return self._change(change).removesuffix(self._payments(change))

    def _change(self, change: Change) -> str:
        if change.first:
            return "first run" if change.asked is None else "no earlier total"
        if change.amount is None:
            return UNKNOWN
        payments = self._payments(change)
        if not change.amount:
            return f"no change{payments}"
        # What was paid is no return.
        percent = "" if change.percent is None or payments else f" ({change.percent:+,.2f} %)"
        return f"{'+' if change.amount > 0 else ''}{self._money(change.amount)}{percent}{payments}"

    def _payments(self, change: Change) -> str:
        """What of the change was paid in and out, where it is known and anything was."""
        paid = {"deposits": change.deposits, "withdrawals": change.withdrawals}
        said = ", ".join(f"{what} {self._money(amount)}" for what, amount in paid.items() if amount)
        return f" ({said})" if said else ""

    def _unknown_payments(self, change: Change) -> str:
        is_silent = change.asked is None or change.amount is None or change.deposits is not None
        return "" if is_silent else "; deposits and withdrawals unknown"

    def _change_of_several(self, accounts: Sequence[AccountReport]) -> str:
        """By how much the sum over these accounts has changed, where that is known of each that it counts."""
        changes = [account.change for account in accounts if in_sum(account) and account.change is not None]
        if not changes:
            return ""
        amounts = [change.amount for change in changes if change.amount is not None]
        if len(amounts) == len(changes):
            return self._change(Change(first=False, amount=money.total(amounts)))
        first, asked = all(change.first for change in changes), changes[0].asked
        return self._change(Change(first=first, asked=asked))
