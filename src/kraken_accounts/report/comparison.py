"""What of a report is news to somebody who was told of earlier ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from ..accounts import Account
from .audit import AuditReport
from .findings import Code, Severity, rank
from .looked_for import LookedFor
from .model import AccountReport, Report
from .news import News, NewsKind
from .told import Pending, Record, Subject, Told
from .troubles import Trouble, owned, subjects_of, troubles_of
from .verdict import Status

_LONGEST_OVERLAP = timedelta(minutes=10)  # beyond which the clock was set back
_EARLY = timedelta(minutes=1)  # that a job may begin before the minute of the day before


@dataclass(frozen=True, slots=True)
class Terms:
    """When what is wrong is told.

    Attributes:
        remind: after how long once more; None for never.
        after: a trouble that may pass by itself, after so many checks in a row that have found it.
    """

    remind: timedelta | None
    after: int


def compare(
    record: Record, report: Report | AuditReport, terms: Terms, *, is_whole: bool
) -> tuple[tuple[News, ...], Record]:
    """What of a report is news to somebody who was told so much, and what they have been told once they know it.

    Args:
        is_whole: whether the report is of all accounts that are configured; of accounts that it does not have,
            nothing is said otherwise.
    """
    comparison = _Comparison(record, report, terms, is_whole=is_whole)
    news = sorted(comparison.news(), key=lambda item: list(NewsKind).index(item.kind))
    return tuple(news), Record(comparison.told, comparison.waiting, comparison.heard)


class _Comparison:
    """Of one report with one record; `told`, `waiting` and `heard` are what comes of it."""

    def __init__(self, record: Record, report: Report | AuditReport, terms: Terms, *, is_whole: bool) -> None:
        self._record = record
        self._check = report.check if isinstance(report, AuditReport) else report
        self._now = self._check.generated_at
        self._rows = {row.account: row for row in self._check.accounts}
        self._terms = terms
        self._is_whole = is_whole
        self._looked_for = LookedFor(report, is_whole=is_whole)
        # Runs overlap: what a later one has told is not told again, nor taken back, by one that began before it.
        self._late = {whom for whom, at in record.heard.items() if timedelta() < at - self._now < _LONGEST_OVERLAP}
        self._troubles = [one for one in troubles_of(report) if one.subjects[0].account not in self._late]
        self._findings = {s: finding for whose, finding in owned(report) for s in subjects_of(whose, finding)}
        self.told: dict[Subject, Told] = {}
        self.waiting: dict[Subject, Pending] = {}
        kept = {} if is_whole else record.heard
        told_now = dict.fromkeys((None, *self._rows), self._now)
        self.heard = {**kept, **told_now, **{whom: record.heard[whom] for whom in self._late}}

    def news(self) -> Iterator[News]:
        if self._record.begins:
            yield self._beginning()
        known = []
        for trouble in self._troubles:
            item = self._new(trouble)
            if item is not None:
                yield item
            elif any(subject in self.told for subject in trouble.subjects):
                known.append(trouble)
        yield from self._reminders(known)
        yield from self._over()

    def _beginning(self) -> News:
        asked = [row.account for row in self._check.accounts if not row.is_disabled]
        ailing = {subject.account for trouble in self._troubles for subject in trouble.subjects}
        fine = sum(account not in ailing for account in asked)
        said = f"{fine} of {len(asked)} accounts are fine"
        if fine == len(asked):
            said = f"all {fine} accounts are fine" if fine > 1 else "the account is fine"
        if not asked:
            said = "no account is asked"
        if self._record.trouble is not None:
            said += f"; what was told before is not known: {self._record.trouble}"
        return News(NewsKind.BEGIN, None, message=said)

    # --- what is wrong ------------------------------------------------------------------------------------

    def _new(self, trouble: Trouble) -> News | None:
        """The news that it is; None where it is known, or has to wait."""
        found = None
        for subject in trouble.subjects:
            before = self._record.told.get(subject)
            if before is not None and before.word == trouble.word:
                # A clock that was set back makes nothing begin later.
                known = replace(before, since=min(before.since, self._now), at=min(before.at, self._now))
                self.told.setdefault(subject, known)
                continue
            waited = self._waited(subject, trouble, before)
            if trouble.may_pass and waited.checks < self._terms.after:
                self.waiting[subject] = waited
                if before is not None:
                    self.told[subject] = before
                continue
            since = waited.since if before is None else before.since
            about = subject.about if len(trouble.subjects) > 1 else trouble.message
            self.told[subject] = Told(trouble.word, about, since, self._now)
            found = found or trouble.item(_kind(trouble.word, before), since, before)
        return found

    def _waited(self, subject: Subject, trouble: Trouble, before: Told | None) -> Pending:
        """How long it has waited.

        A trouble that takes turns with another one does not begin anew with each turn, unless it is known that
        something is wrong: then only what lasts is told.
        """
        earlier = self._record.waiting.get(subject)
        if earlier is not None and before is not None and earlier.word != trouble.word:
            earlier = None
        since = trouble.since or self._now
        checks = 1
        if earlier is not None:
            since, checks = min(since, earlier.since), earlier.checks + 1
        return Pending(trouble.word, min(since, self._now), max(checks, trouble.checks or 1))

    def _reminders(self, known: list[Trouble]) -> Iterator[News]:
        """All that is still wrong, once the first of it was told long enough ago."""
        remind = self._terms.remind
        old = {s for trouble in known for s in trouble.subjects if s in self._record.told and s in self.told}
        if remind is None or not old:
            return
        least = remind - min(_EARLY, remind / 10)
        if self._now - min(self.told[subject].at for subject in old) < least:
            return
        for trouble in known:
            subjects = [subject for subject in trouble.subjects if subject in old]
            if subjects:
                yield trouble.item(NewsKind.REMINDER, min(self.told[subject].since for subject in subjects))
        for subject in old:
            self.told[subject] = replace(self.told[subject], at=self._now)

    # --- what is over -------------------------------------------------------------------------------------

    def _over(self) -> Iterator[News]:
        """What was told and is over. The rest of the record stays as it is, unless its account is gone."""
        wrong = {subject for trouble in self._troubles for subject in trouble.subjects}
        left: set[Account] = set()
        for subject, before in self._record.told.items():
            if subject in wrong:
                continue
            if subject.account in self._late:
                self.told[subject] = before
                continue
            if self._is_gone(subject):
                continue
            if self._hangs_on_memory(subject, before) and self._is_older_than_memory(before):
                continue  # neither over nor known any more, which the finding about what runs remember says
            row = None if subject.account is None else self._rows.get(subject.account)
            if row is not None and row.is_disabled:
                if row.account not in left:
                    left.add(row.account)
                    yield News(NewsKind.WENT, row.account, row.status, message=row.verdict.reason or "")
                continue
            item = self._end(subject, before, row)
            if item is None:
                self.told[subject] = before
            else:
                yield item
        for subject, waited in self._record.waiting.items():
            if subject in wrong or self._is_gone(subject):
                continue
            if subject.account in self._late or not self._is_over(subject, waited.word):
                self.waiting[subject] = waited

    @staticmethod
    def _hangs_on_memory(subject: Subject, before: Told) -> bool:
        """Whether it may have been found by what earlier runs had found."""
        return subject.code in (Code.ACCOUNT_CHANGED, Code.ACCOUNT_VANISHED) or before.word is Status.CONFLICT

    def _is_older_than_memory(self, before: Told) -> bool:
        """Whether what it was told of was damaged since, so that what is there now is taken for right."""
        return self._check.begun_anew is not None and before.at <= self._check.begun_anew

    def _is_gone(self, subject: Subject) -> bool:
        """Whether it is about an account that is not configured any more, which another finding says."""
        return self._is_whole and subject.account is not None and subject.account not in self._rows

    def _is_over(self, subject: Subject, word: Status | Severity) -> bool:
        """Whether what is not found is not there any more."""
        if subject.account is None:
            return subject.code is not None and self._looked_for.of_the_run(subject.code, subject.about)
        row = self._rows.get(subject.account)
        if row is None:
            return False
        if subject.code is None:
            return row.is_disabled or not isinstance(word, Status) or self._looked_for.status_of(word)
        return self._looked_for.of_account(subject.code, subject.about, row)

    def _end(self, subject: Subject, before: Told, row: AccountReport | None) -> News | None:
        """That it is over; None where nobody knows."""
        harmless = self._findings.get(subject)  # accepted, or information by now
        if harmless is None and not self._is_over(subject, before.word):
            return None
        return News(
            NewsKind.RECOVERED if subject.code is None else NewsKind.WENT,
            subject.account,
            row.status if row is not None and subject.code is None else None,
            subject.code,
            before.word if isinstance(before.word, Severity) else None,
            before.message if subject.code is not None else "",
            since=min(before.since, self._now),
            lasted=max(self._now - before.since, timedelta()),
            before=before.word if isinstance(before.word, Status) else None,
            accepted=None if harmless is None else harmless.accepted,
        )


def _kind(word: Status | Severity, before: Told | None) -> NewsKind:
    if before is None:
        return NewsKind.BROKEN if isinstance(word, Status) else NewsKind.CAME
    if isinstance(word, Status):
        return NewsKind.CHANGED
    return NewsKind.WORSE if rank(word) < rank(Severity(before.word)) else NewsKind.EASED
