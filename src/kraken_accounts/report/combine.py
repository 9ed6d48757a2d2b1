"""Several reports put together: one over all their accounts, with the checks that need all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from ..accounts import Account
from ..kraken.public import SystemStatus
from .changes import change_in_all
from .differences import Change
from .findings import Code, Finding, Severity, rank, worst_first
from .model import AccountReport, Part, Report, Totals
from .rules import RULES, judge
from .rules.evidence import CombinedEvidence, Overlap
from .rules.parts import listed
from .verdict import SAME_ACCOUNT_REMEDY, Status, Verdict, same_account_message


class CannotCombine(ValueError):
    """Reports that do not belong together; the message names them and says why."""


@dataclass(frozen=True, slots=True)
class NamedReport:
    """A report to put together with others.

    Attributes:
        name: of the file it was read from.
    """

    name: str
    report: Report

    @property
    def part(self) -> Part:
        """As what it is shown."""
        report = self.report
        name = str(report.shard) if report.shard else self.name
        return Part(name, report.shard, report.generated_at, len(report.accounts))


def combine(named: Sequence[NamedReport], now: datetime) -> Report:
    """One report of all accounts.

    Of an account in several reports the newest counts. Two accounts with one fingerprint are one Kraken account
    behind two keys, which no run of a part can see.

    Args:
        named: at least one.
        now: the time at which they are put together (UTC).

    Raises:
        CannotCombine: they are not of one exchange, currency or number of parts, or one is there twice.
    """
    _refuse_strangers(named)
    rows, overlaps = _by_account(named)
    accounts = _with_conflicts(sorted(rows, key=lambda row: row.account.sort_key))
    parts = tuple(sorted((one.part for one in named), key=_position))
    reports = [one.report for one in named]
    counted = [report for report in reports if _has_total(report)] or reports
    combined = Report(
        demo=reports[0].demo,
        url=reports[0].url,
        generated_at=min(report.generated_at for report in reports),
        duration=max(report.duration for report in reports),
        quote=counted[0].quote,
        system_status=_system_status(reports),
        accounts=accounts,
        findings=worst_first((*judge(CombinedEvidence(parts, overlaps, now)), *_findings(named))),
        changed_since=min((r.changed_since for r in reports if r.changed_since is not None), default=None),
        parts=parts,
        with_wallets=counted[0].with_wallets,
    )
    return replace(combined, change=_change(combined.accounts, combined.totals))


# --- whether they belong together -----------------------------------------------------------------------


def _refuse_strangers(named: Sequence[NamedReport]) -> None:
    for one, other in pairwise(named):
        if one.report.demo != other.report.demo:
            demo, live = (one, other) if one.report.demo else (other, one)
            raise CannotCombine(f"{demo.name} is of sample accounts (--demo), {live.name} is not")
        # Each demo has an exchange of its own.
        if one.report.url != other.report.url and not one.report.demo:
            raise CannotCombine(
                f"{one.name} is of {one.report.url}, {other.name} of {other.report.url}: not one exchange"
            )
    # Without a total nothing is in any currency, and where nobody was asked the code is as it was typed.
    for one, other in pairwise([one for one in named if _has_total(one.report)]):
        if one.report.quote != other.report.quote:
            raise CannotCombine(
                f"{one.name} has totals in {one.report.quote}, {other.name} in {other.report.quote}: "
                "give all parts the same --quote"
            )
        if one.report.with_wallets != other.report.with_wallets:
            more, less = (one, other) if one.report.with_wallets else (other, one)
            raise CannotCombine(
                f"the totals of {more.name} count what is in Earn, those of {less.name} do not: "
                "give all parts --wallets, or none"
            )
    _refuse_twins([one for one in named if one.report.shard is not None])


def _refuse_twins(parts: Sequence[NamedReport]) -> None:
    for one, other in pairwise(parts):
        if one.report.shard and other.report.shard and one.report.shard.of != other.report.shard.of:
            raise CannotCombine(
                f"{one.name} is {one.report.shard}, {other.name} is {other.report.shard}: not parts of one whole; "
                "take away the files that are left of an earlier division"
            )
    seen: dict[object, NamedReport] = {}
    for one in parts:
        first = seen.setdefault(one.report.shard, one)
        if first is not one:
            raise CannotCombine(f"{first.name} and {one.name} are both {one.report.shard}: give each part once")


def _has_total(report: Report) -> bool:
    return any(account.total is not None for account in report.accounts)


# --- one row an account ---------------------------------------------------------------------------------


def _by_account(named: Sequence[NamedReport]) -> tuple[list[AccountReport], list[Overlap]]:
    """Each account as the newest report has it, and those that are in several."""
    rows: defaultdict[Account, list[tuple[NamedReport, AccountReport]]] = defaultdict(list)
    for one in sorted(named, key=lambda one: one.report.generated_at):
        for row in one.report.accounts:
            rows[row.account].append((one, row))
    found, overlaps = [], []
    for account, candidates in rows.items():
        # A row without a key says no more than that it has none here, as that of a master in a file of users.
        set_up = [row for row in candidates if row[1].status is not Status.NOT_CONFIGURED]
        newest, counted = (set_up or candidates)[-1]
        found.append(counted)
        if len(set_up) > 1:
            fingerprints = {said.account_fingerprint for _, said in set_up} - {None}
            parts = sorted((one.part for one, _ in set_up), key=_position)
            overlaps.append(Overlap(account, parts, newest.part, strangers=len(fingerprints) > 1))
    return found, sorted(overlaps, key=lambda overlap: overlap.account.sort_key)


def _with_conflicts(rows: Sequence[AccountReport]) -> tuple[AccountReport, ...]:
    """The rows, in conflict where several keys open one Kraken account, in the words of a run of all of them."""
    sharing: defaultdict[str, list[Account]] = defaultdict(list)
    for row in rows:
        if row.account_fingerprint is not None:
            sharing[row.account_fingerprint].append(row.account)

    def judged(row: AccountReport) -> AccountReport:
        twins = sharing.get(row.account_fingerprint or "", [])
        return row if len(twins) < 2 else _in_conflict(row, twins)

    return tuple(map(judged, rows))


def _in_conflict(row: AccountReport, twins: Sequence[Account]) -> AccountReport:
    message = same_account_message(twins)
    others = [finding for finding in row.findings if finding.code != Code.SAME_ACCOUNT]
    changed = [finding for finding in others if finding.code == Code.ACCOUNT_CHANGED]
    same = Finding(Code.SAME_ACCOUNT, Severity.CRITICAL, message, SAME_ACCOUNT_REMEDY)
    return replace(
        row,
        verdict=Verdict(
            Status.CONFLICT,
            "; ".join((*(finding.message for finding in changed), message)),
            "\n".join((*(finding.remedy for finding in changed), SAME_ACCOUNT_REMEDY)),
        ),
        standing=row.standing if row.status is Status.CONFLICT else None,
        findings=tuple(sorted((*others, same), key=lambda found: (rank(found.counts_as), _ORDER[found.code]))),
    )


_ORDER: Mapping[Code | Status, int] = {rule.code: number for number, rule in reversed(list(enumerate(RULES)))}

# --- what concerns no single account --------------------------------------------------------------------


def _findings(named: Sequence[NamedReport]) -> Iterator[Finding]:
    """Those of the runs, each once; what not all of them have found says whose it is."""
    found: dict[Finding, list[Part]] = {}
    for one in sorted(named, key=lambda one: _position(one.part)):
        for finding in dict.fromkeys(one.report.findings):
            found.setdefault(finding, []).append(one.part)
    for finding, parts in found.items():
        if len(parts) == len(named):
            yield finding
        else:
            whose = listed(part.name for part in parts)
            yield replace(finding, message=f"{whose}: {finding.message}")


def _system_status(reports: Sequence[Report]) -> SystemStatus | None:
    """What Kraken said of itself last."""
    known = [report for report in reports if report.system_status is not None]
    return max(known, key=lambda report: report.generated_at).system_status if known else None


def _change(accounts: Sequence[AccountReport], totals: Totals) -> Change | None:
    """Of the sum; None unless all parts were asked for it."""
    changes = [account.change for account in accounts if account.change is not None]
    if not changes or len(changes) < len(accounts):
        return None
    return change_in_all(accounts, totals)


def _position(part: Part) -> tuple[bool, int, str]:
    """Parts by their number, then the others by name."""
    return (part.shard is None, part.shard.index if part.shard else 0, part.name)
