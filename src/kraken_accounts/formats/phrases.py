"""The words of a report for people, which all formats for people share."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ..accounts import Account, named
from ..config import KRAKEN_URL
from ..report.findings import Accepted, Code, Finding, Severity
from ..report.model import AccountReport, Report
from ..report.verdict import Status
from ..text import fit as fit  # noqa: PLC0414 - for `accounts`, until that asks `text` itself
from ..text import signs

# Findings that say no more than the reason of a status does.
SAID_BY_TOTALS = (Code.UNPRICED_ASSETS,)
_IDLE = (Code.IDLE, Code.NEVER_TRADED)
_SAID_BY_THE_HEADING = (Code.OTHER_EXCHANGE,)
_SAID_BY = {
    Status.CONFLICT: (Code.SHARED_KEY, Code.SAME_ACCOUNT, Code.ACCOUNT_CHANGED),
    Status.READ_ONLY: (Code.MISSING_PERMISSION,),
}

DEMO = "DEMO: sample accounts on a simulated exchange, no real funds"
STATUS_TITLE = "TRADING STATUS"
SUMMARY_TITLE = "SUMMARY"
ALL_ACCOUNTS = "ALL ACCOUNTS"
NO_ACCOUNTS = "No accounts."


@dataclass(frozen=True, slots=True)
class Detail:
    """A line below an account's: `label` says what it is, `severity` how bad (None: no finding)."""

    label: str
    text: str
    severity: Severity | None = None


class Phrases:
    """Says what a report says, in characters that an encoding has.

    Attributes:
        encoding: that encoding.
    """

    def __init__(self, report: Report, encoding: str) -> None:
        self._report = report
        self.encoding = encoding
        self._ok, self._fail, self._unsure, _ = signs(encoding)

    def fit(self, text: str) -> str:
        """The text without any character that the encoding lacks."""
        return fit(text, self.encoding)

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
        elif self._report.shard and not self._report.accounts:
            exchange = "Kraken was not asked"
        count = len(self._report.parts or ())
        parts = f"the oldest of {count} parts: " if count > 1 else "its only part: " if count else ""
        at = f"{parts}{self._report.generated_at:%Y-%m-%d %H:%M:%S} UTC"
        yield self.fit(f"{exchange} · {self.trading()} · {at}")

    def trading(self) -> str:
        """How many accounts are trading, and of which part of them that is said."""
        accounts, shard = self._report.accounts, self._report.shard
        if shard and not accounts:
            return f"no account is in {shard}"
        trading = sum(account.trading for account in accounts)
        asked = [account for account in accounts if not account.is_disabled]
        count = f"{trading} of {len(asked)} account{'s' if len(asked) != 1 else ''} trading"
        if idle := sum(account.trading and is_idle(account) for account in accounts):
            count += f", {idle} idle"
        if looking := sum(account.is_as_expected and not account.trading for account in accounts):
            count += f", {looking} read-only as expected"
        if disabled := len(accounts) - len(asked):
            count += f", {disabled} disabled"
        return f"{count} in {shard}" if shard else count

    def status(self, account: AccountReport) -> str:
        """The line that says whether an account is trading, or does what else is expected of it."""
        if account.is_disabled:
            return f"{self._unsure} {account.account.label} is not checked"
        if account.is_as_expected and not account.trading:
            return f"{self._ok} {account.account.label} is read-only on Kraken, as expected"
        sign, verb = (self._ok, "is") if account.trading else (self._fail, "is NOT")
        return f"{sign} {account.account.label} {verb} trading on Kraken"

    def since(self, account: AccountReport) -> str:
        """Since when an account is not trading as it is not; empty where it is, or was found so only once."""
        standing = account.standing
        if account.trading or standing is None or standing.checks < 2:
            return ""
        return f"since {when(standing.since, self._report.generated_at)}, {standing.checks} checks"

    def status_since(self, account: AccountReport) -> str:
        """The line of `status`, and behind it since when."""
        since = self.since(account)
        return self.fit(f"{self.status(account)} — {since}") if since else self.status(account)

    def details(self, account: AccountReport) -> Iterator[Detail]:
        """What stands below that line: reason, remedy, and the findings that need somebody."""
        weight = Severity.INFO if account.is_disabled else None
        if account.verdict.reason is not None and not account.is_as_expected:
            yield Detail("Why", self.fit(sentence(account.verdict.reason)), weight)
        if account.verdict.remedy is not None and not account.is_as_expected:
            yield Detail("Do", self.fit(account.verdict.remedy), weight)
        for finding in account.findings:
            if is_to_do(account, finding):
                yield from self._finding(finding)

    def findings_of_the_run(self) -> Iterator[Detail]:
        """What concerns no single account."""
        for finding in self._report.findings:
            if finding.counts_as is not Severity.INFO:
                yield from self._finding(finding)
            elif not is_said_by_the_heading(finding):
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
                if finding.counts_as is Severity.INFO and not left:
                    found.setdefault(self._information(finding), []).append(account.account)
        return found

    def information_lines(self) -> Iterator[Detail]:
        """The same, but for what the totals say, as lines that name the accounts."""
        for detail, accounts in self.information(SAID_BY_TOTALS).items():
            yield replace(detail, text=self.fit(f"{named(accounts)}: {detail.text}"))

    def what_is_wrong(self, account: AccountReport) -> str:
        """In a word or two, with how much more there is: the status, or the code of the worst finding."""
        found: list[str] = [] if account.is_as_expected else [account.status]
        found += [finding.code for finding in account.findings if is_to_do(account, finding)]
        return self.fit(f"{found[0]}{f' +{len(found) - 1}' if len(found) > 1 else ''}") if found else ""

    def _finding(self, finding: Finding) -> Iterator[Detail]:
        yield self._information(finding)
        yield Detail("Do", self.fit(finding.remedy), finding.severity)

    def _information(self, finding: Finding) -> Detail:
        said = f"{sentence(finding.message)} [{finding.code}]{acceptance(finding.accepted)}"
        return Detail(kind_of(finding), self.fit(said), finding.counts_as)


def kind_of(finding: Finding) -> str:
    """In capitals: its severity, or that it is accepted."""
    return finding.severity.upper() if finding.accepted is None else "ACCEPTED"


def acceptance(accepted: Accepted | None) -> str:
    """Until when a finding is accepted and why, to stand behind its words; empty where it is not."""
    if accepted is None:
        return ""
    until = "" if accepted.until is None else f" until {accepted.until}"
    return f" (accepted{until}: {accepted.reason})"


def headlines(report: Report) -> Iterator[str]:
    """What must be read before all else: that this is not about accounts at Kraken itself."""
    if report.demo:
        yield DEMO
    if report.other_exchange is not None:
        yield f"OTHER EXCHANGE: {report.other_exchange}, not {KRAKEN_URL}"


def is_to_do(account: AccountReport, finding: Finding) -> bool:
    """Whether a finding about an account needs somebody, and the account's status does not say the same."""
    return finding.counts_as is not Severity.INFO and not is_said_by_status(account.status, finding.code)


def is_said_by_status(status: Status, code: Code | Status) -> bool:
    """Whether the reason for a status says the same as a finding of that code."""
    return code in _SAID_BY.get(status, ())


def is_idle(account: AccountReport) -> bool:
    """Whether it has not traded for longer than it should."""
    return any(found.code in _IDLE and found.accepted is None for found in account.findings)


def is_said_by_the_heading(finding: Finding) -> bool:
    """Whether `Phrases.heading` says the same."""
    return finding.code in _SAID_BY_THE_HEADING


def when(moment: datetime, now: datetime) -> str:
    """The time of day, in UTC; with the date where that is another than today's."""
    return f"{moment:{'%H:%M' if moment.date() == now.date() else '%Y-%m-%d %H:%M'}} UTC"


def sentence(text: str) -> str:
    """With a capital, unless it begins with a name such as a host's, and with one full stop or question mark."""
    if text.partition(" ")[0].isalpha():
        text = text[:1].upper() + text[1:]
    return text if text.endswith("?") else f"{text.rstrip('.')}."
