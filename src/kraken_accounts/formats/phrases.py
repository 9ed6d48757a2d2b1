"""The words of a report for people, which all formats for people share."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from .. import money
from ..accounts import Account, named
from ..config import KRAKEN_URL
from ..kraken.orders import OpenPosition, Order
from ..kraken.prices import Basis, NoPrice, Price
from ..kraken.valuation import Holding
from ..report.findings import Code, Finding, Severity
from ..report.model import AccountReport, Change, Report, in_sum
from ..report.verdict import Status
from ..text import encodable

# Findings that say no more than the reason of a status does.
_SAID_BY_TOTALS = (Code.UNPRICED_ASSETS,)
_SAID_BY_THE_HEADING = (Code.OTHER_EXCHANGE,)
_SAID_BY = {Status.CONFLICT: (Code.SHARED_KEY, Code.SAME_ACCOUNT), Status.READ_ONLY: (Code.MISSING_PERMISSION,)}

DEMO = "DEMO: sample accounts on a simulated exchange, no real funds"
STATUS_TITLE = "TRADING STATUS"
SUMMARY_TITLE = "SUMMARY"
ALL_ACCOUNTS = "ALL ACCOUNTS"

_PLAIN = str.maketrans(
    {"“": '"', "”": '"', "’": "'", "…": "...", "–": "-", "—": "-", "·": "-", "×": "x", "→": "->"}
)


@dataclass(frozen=True, slots=True)
class Detail:
    """A line below an account's: `label` says what it is, `severity` how bad (None: no finding)."""

    label: str
    text: str
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Sum:
    """A line of the summary.

    Attributes:
        text: what is worth how much.
        missing: what that leaves out; empty if nothing.
        owner: whose it is, where the text does not say it.
    """

    text: str
    missing: str = ""
    owner: str = ""


class Phrases:
    """Says what a report says, in characters that an encoding has."""

    def __init__(self, report: Report, encoding: str) -> None:
        self._report = report
        self._encoding = encoding
        signs = ("✅", "❌", "❔", "🔷") if rich_characters(encoding) else ("[OK]", "[FAIL]", "[?]", "*")
        self._ok, self._fail, self._unsure, self._sum = signs

    def fit(self, text: str) -> str:
        """The text without any character that the encoding lacks."""
        return fit(text, self._encoding)

    def mark(self, verified: bool | None) -> str:
        """A sign for what is so, what is not, and what is not known."""
        return self._unsure if verified is None else self._ok if verified else self._fail

    def heading(self) -> Iterator[str]:
        """What stands above the report: whether it is a demo or of another exchange, and of when."""
        yield from headlines(self._report)
        status = self._report.system_status
        exchange = f"Kraken's status is {status.status if status else 'unknown'}"
        if status and status.online:
            exchange = "Kraken is online"
        yield self.fit(f"{exchange} · {self.trading()} · {self._report.generated_at:%Y-%m-%d %H:%M:%S} UTC")

    def trading(self) -> str:
        """How many accounts are trading."""
        accounts = self._report.accounts
        trading = sum(account.trading for account in accounts)
        return f"{trading} of {len(accounts)} account{'s' if len(accounts) != 1 else ''} trading"

    def status(self, account: AccountReport) -> str:
        """The line that says whether an account is trading."""
        sign, verb = (self._ok, "is") if account.trading else (self._fail, "is NOT")
        return f"{sign} {account.account.label} {verb} trading on Kraken"

    def details(self, account: AccountReport) -> Iterator[Detail]:
        """What stands below that line: reason, remedy, and the findings that need somebody."""
        if account.verdict.reason is not None:
            yield Detail("Why", self.fit(sentence(account.verdict.reason)))
        if account.verdict.remedy is not None:
            yield Detail("Do", self.fit(account.verdict.remedy))
        for finding in account.findings:
            if finding.severity is not Severity.INFO and finding.code not in _SAID_BY.get(account.status, ()):
                yield from self._finding(finding)

    def findings_of_the_run(self) -> Iterator[Detail]:
        """What concerns no single account."""
        for finding in self._report.findings:
            if finding.severity is not Severity.INFO:
                yield from self._finding(finding)
            elif finding.code not in _SAID_BY_THE_HEADING:
                yield self._information(finding)

    def information(self, left_out: Collection[str] = ()) -> Mapping[Detail, Sequence[Account]]:
        """What there is to know of accounts and needs nobody, each with all the accounts that it is true of.

        Args:
            left_out: codes of findings that go without saying where the account has a total.
        """
        found: dict[Detail, list[Account]] = {}
        for account in self._report.accounts:
            for finding in account.findings:
                left = finding.code in left_out and account.total is not None
                if finding.severity is Severity.INFO and not left:
                    found.setdefault(self._information(finding), []).append(account.account)
        return found

    def information_lines(self) -> Iterator[Detail]:
        """The same, but for what the totals say, as lines that name the accounts."""
        for detail, accounts in self.information(_SAID_BY_TOTALS).items():
            yield replace(detail, text=self.fit(f"{named(accounts)}: {detail.text}"))

    def summary(self) -> Iterator[Sum]:
        """The lines of all totals."""
        master = [account for account in self._report.accounts if account.account.user_id is None]
        users = [account for account in self._report.accounts if account.account.user_id is not None]
        for account in master:
            yield self._sum_of(account, f"{self._sum} MASTER TOTAL")
            yield self._sum_of(account, "   KRAKEN", owner=True)
        if users:
            yield Sum(f"{self._sum} USER TOTALS:")
        for account in users:
            yield self._sum_of(account, f"   {account.account.user_id}")
            yield self._sum_of(account, "      KRAKEN", owner=True)
        totals = self._report.totals
        if len(self._report.accounts) > 1:
            missing = f"(incomplete: {self._missing()})" if totals.missing and totals.all is not None else ""
            yield Sum(f"{self._sum} {ALL_ACCOUNTS}: {self.sum()}", missing)

    def sum(self) -> str:
        """The total of all accounts."""
        return self._money(self._report.totals.all)

    def changes_title(self) -> str:
        """What stands above `changes`."""
        since = self._report.changed_since
        return f"CHANGES SINCE {since:%Y-%m-%d %H:%M:%S} UTC" if since else "CHANGES"

    def changes(self) -> Iterator[str]:
        """What is different from the previous run, an account a line; nothing unless it was asked for."""
        for account in self._report.accounts:
            if account.change is not None:
                yield self.fit(f"{account.account.label}: {self._change_of(account, account.change)}")
        if self._report.change is not None and len(self._report.accounts) > 1:
            yield f"{ALL_ACCOUNTS}: {self._change(self._report.change)}"

    def holding(self, held: Holding) -> tuple[str, ...]:
        """Asset, amount, what of it is on hold, price, value, codes."""
        return (
            self.fit(held.asset),
            money.plain(held.amount),
            "unknown" if held.on_hold is None else money.plain(held.on_hold),
            self._price(held.unit),
            "unknown" if held.value is None else self._money(held.value),
            self.fit(" ".join(held.codes)),
        )

    def holding_in_words(self, held: Holding) -> tuple[str, ...]:
        """The same for a line without columns: the price is named as one, and none with the reason."""
        asset, amount, on_hold, price, *others = self.holding(held)
        unit = held.unit
        said = f"{price} ({unit.reason})" if isinstance(unit, NoPrice) else f"price {price}"
        return (asset, amount, on_hold, self.fit(said), *others)

    def _price(self, unit: Price | NoPrice) -> str:
        if isinstance(unit, NoPrice):
            return "no price"
        price = money.formatted_price(unit.amount, self._report.quote, self._encoding)
        return f"{price} (bid)" if unit.basis is Basis.BID else price

    def order(self, order: Order) -> tuple[str, ...]:
        """Id, what, volume and what of it is done, price, opened."""
        return (
            self.fit(order.order_id),
            self.fit(f"{order.side} {order.order_type} {order.pair}"),
            f"{money.plain(order.volume)}{f' ({money.plain(order.executed)} done)' if order.executed else ''}",
            self._price_of(order),
            f"{order.opened_at:%Y-%m-%d %H:%M:%S}" if order.opened_at else "unknown",
        )

    def _price_of(self, order: Order) -> str:
        if order.price is not None:
            return money.plain(order.price)
        return self.fit(order.price_relative or ("market" if order.order_type == "market" else "none"))

    def position(self, position: OpenPosition) -> tuple[str, ...]:
        """Id, what, volume, closed, cost."""
        return (
            self.fit(position.position_id),
            self.fit(f"{position.side} {position.pair}"),
            money.plain(position.volume),
            money.plain(position.closed),
            money.plain(position.cost),
        )

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
        late = change.since is not None and change.since != self._report.changed_since
        since = f", since {change.since:%Y-%m-%d %H:%M:%S} UTC" if late else ""
        return f"{status}{self._change(change) if change.amount or not moved else 'same total'}{since}"

    def _change(self, change: Change) -> str:
        if change.first:
            return "first run"
        if change.amount is None:
            return "unknown"
        if not change.amount:
            return "no change"
        percent = "" if change.percent is None else f" ({change.percent:+,.2f} %)"
        return f"{'+' if change.amount > 0 else ''}{self._money(change.amount)}{percent}"

    def _sum_of(self, account: AccountReport, name: str, *, owner: bool = False) -> Sum:
        without = ""
        if account.total is not None and not account.complete:
            unpriced = ", ".join(f"{money.plain(held.amount)} {held.asset}" for held in account.unpriced)
            without = self.fit(f"(incomplete: without {unpriced})")
        return Sum(f"{name}: {self._money(account.total)}", without, account.account.label if owner else "")

    def _money(self, amount: Decimal | None) -> str:
        return "unknown" if amount is None else money.formatted(amount, self._report.quote, self._encoding)

    def _missing(self) -> str:
        unknown: list[str] = []
        partial: list[str] = []
        for account in self._report.accounts:
            if account.account in self._report.totals.missing:
                (partial if in_sum(account) else unknown).append(_name(account.account))
        parts = [f"without {', '.join(unknown)}"] if unknown else []
        parts += [f"only part of {', '.join(partial)}"] if partial else []
        return "; ".join(parts)

    def _finding(self, finding: Finding) -> Iterator[Detail]:
        yield self._information(finding)
        yield Detail("Do", self.fit(finding.remedy), finding.severity)

    def _information(self, finding: Finding) -> Detail:
        label = finding.severity.upper()
        return Detail(label, self.fit(f"{sentence(finding.message)} [{finding.code}]"), finding.severity)


def fit(text: str, encoding: str) -> str:
    """The text without any character that an encoding lacks."""
    if not encodable(text, encoding):
        text = text.translate(_PLAIN).encode(encoding, "replace").decode(encoding)
    return text


def headlines(report: Report) -> Iterator[str]:
    """What must be read before all else: that this is not about accounts at Kraken itself."""
    if report.demo:
        yield DEMO
    if report.other_exchange is not None:
        yield f"OTHER EXCHANGE: {report.other_exchange}, not {KRAKEN_URL}"


def rich_characters(encoding: str) -> bool:
    """Whether signs and boxes can be shown."""
    return encodable("✅❌❔🔷╭─│", encoding)


def _name(account: Account) -> str:
    return account.user_id or "MASTER"


def sentence(text: str) -> str:
    """With a capital, unless it begins with a name such as a host's, and with one full stop or question mark."""
    if text.partition(" ")[0].isalpha():
        text = text[:1].upper() + text[1:]
    return text if text.endswith("?") else f"{text.rstrip('.')}."
