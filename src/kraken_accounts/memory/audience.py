"""Who hears of the accounts, and what they were told: whoever reads the output, and whoever gets messages.

Each has a record of their own, so that nobody takes the news from somebody else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any

from ..accounts import Account
from ..config import Settings
from ..report.audit import AuditReport
from ..report.comparison import Terms, compare
from ..report.findings import Code, Severity
from ..report.known import MOST_CHECKS
from ..report.model import Report
from ..report.news import News
from ..report.told import Pending, Record, Subject, Told
from ..report.verdict import Status
from ..storage import Storage
from ..text import printable
from .fields import Damaged, account_of, time_of
from .file import DAMAGED, Content, MemoryFile

OUTPUT, MESSAGES = "output", "messages"

_LONGEST_MESSAGE = 2000  # characters


class Audience:
    """Those who hear of one set of accounts in one way. Of sample accounts nothing is remembered.

    Args:
        storage: where what they were told is kept.
        settings: the accounts of the run.
        way: `OUTPUT` or `MESSAGES`.
        terms: when what is wrong is told.
    """

    def __init__(self, storage: Storage, settings: Settings, way: str, terms: Terms) -> None:
        self._file = None if settings.demo else MemoryFile(storage, settings, f"told-{way}")
        self._is_whole = settings.is_whole
        self._terms = terms

    @contextmanager
    def hears(self, report: Report | AuditReport) -> Iterator[Hearing]:
        """What of a report is news to them; other runs wait until they were told."""
        with self._file.locked() if self._file is not None else nullcontext():
            content = Content() if self._file is None else self._file.read()
            record = _record(content)
            news, after = compare(record, report, self._terms, is_whole=self._is_whole)
            is_kept = self._file is not None and content.may_be_replaced and after != record
            yield Hearing(news, after, self._file if is_kept else None)


class Hearing:
    """What there is to tell.

    Attributes:
        news: nothing where they know it all.
    """

    def __init__(self, news: tuple[News, ...], after: Record, file: MemoryFile | None) -> None:
        self.news = news
        self._after = after
        self._file = file

    def remember(self) -> str | None:
        """That they were told so; why that cannot be remembered, or None. The next run tells it again then."""
        return None if self._file is None else self._file.write(_fields(self._after))


def _record(content: Content) -> Record:
    """As it was kept; a part of it would make up changes, so it is whole or nothing."""
    if content.fields is None:
        return Record(begins=True, trouble=content.trouble)
    try:
        told = {_subject(one): _told(one) for one in _entries(content.fields, "told")}
        waiting = {_subject(one): _waiting(one) for one in _entries(content.fields, "waiting")}
        heard = {_whom(one["account"]): time_of(one["at"]) for one in _entries(content.fields, "heard")}
    except (KeyError, TypeError, ValueError):
        return Record(begins=True, trouble=DAMAGED)
    return Record(told, waiting, heard)


def _fields(record: Record) -> dict[str, Any]:
    return {
        "told": [
            {
                **_subject_fields(subject),
                "word": one.word.value,
                "message": one.message,
                "since": one.since.isoformat(),
                "at": one.at.isoformat(),
            }
            for subject, one in record.told.items()
        ],
        "waiting": [
            {
                **_subject_fields(subject),
                "word": one.word.value,
                "since": one.since.isoformat(),
                "checks": one.checks,
            }
            for subject, one in record.waiting.items()
        ],
        "heard": [{"account": _name(whom), "at": at.isoformat()} for whom, at in record.heard.items()],
    }


def _subject_fields(subject: Subject) -> dict[str, str | None]:
    return {
        "account": _name(subject.account),
        "code": None if subject.code is None else subject.code.value,
        "about": subject.about,
    }


def _entries(fields: Mapping[str, Any], name: str) -> list[Any]:
    entries = fields[name]
    if not isinstance(entries, list):
        raise Damaged(name)
    return entries


def _subject(fields: Any) -> Subject:
    account = _whom(fields["account"])
    code = None if fields["code"] is None else Code(fields["code"])
    if account is None and code is None:
        raise Damaged("account")
    return Subject(account, code, _text(fields["about"]))


def _name(account: Account | None) -> str | None:
    return None if account is None else account.selector


def _whom(name: Any) -> Account | None:
    return None if name is None else account_of(name)


def _told(fields: Any) -> Told:
    message = printable(_text(fields["message"]), _LONGEST_MESSAGE)  # it will be shown, whoever has written it
    return Told(_word(fields), message, time_of(fields["since"]), time_of(fields["at"]))


def _waiting(fields: Any) -> Pending:
    checks = fields["checks"]
    if not isinstance(checks, int) or isinstance(checks, bool) or not 0 < checks <= MOST_CHECKS:
        raise Damaged("checks")
    return Pending(_word(fields), time_of(fields["since"]), checks)


def _word(fields: Any) -> Status | Severity:
    return Status(fields["word"]) if fields["code"] is None else Severity(fields["word"])


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Damaged(str(value))
    return value
