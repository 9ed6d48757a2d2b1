"""What concerns no single account: the exchange, this machine, and the file with the keys."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from datetime import timedelta

from ...accounts import named
from ...config import KRAKEN_URL
from ...config.git_exposure import GitExposure
from ...kraken.errors import CertificateNotTrusted, KrakenError
from ...kraken.public import SystemStatus
from ..findings import Code
from .evidence import AcceptanceEvidence, MemoryEvidence, RunAuditEvidence, RunEvidence
from .rule import Found

SINCE_LAST = "since-last"
"""What a finding is about that concerns the totals, where others concern what runs remember of the accounts."""

_MOST_SKEW = timedelta(seconds=5)

# --- the exchange ---------------------------------------------------------------------------------------


def distrusted(run: RunEvidence) -> Iterator[Found]:
    """Whether somebody answered in Kraken's place."""
    return _distrusted(
        (
            run.market.system_status,
            *(question.error for question in run.market.unanswered),
            *(answer for account in run.answers for answer in (account.key_info, account.balances)),
            *(answer for account in run.answers for answer in (account.open_orders, account.open_positions)),
            *(account.fills for account in run.answers),
            *(answer for account in run.answers for answer in (account.earn, account.margin)),
        )
    )


def distrusted_in_audit(run: RunAuditEvidence) -> Iterator[Found]:
    """The same of what only an audit asks, unless it has been told."""
    if not any(finding.code == Code.CERTIFICATE_NOT_TRUSTED for finding in run.check.findings):
        yield from _distrusted(a for account in run.answers for a in (account.equivalent_balance, account.probe))


def _distrusted(answers: Iterable[object]) -> Iterator[Found]:
    """Once for each that answered so."""
    reasons = {answer.reason: answer.remedy for answer in answers if isinstance(answer, CertificateNotTrusted)}
    yield from reasons.items()


def public_data_missing(run: RunEvidence) -> Iterator[Found]:
    """What Kraken's public endpoints did not say, once for each cause, and whose totals hang on it."""
    unknown: dict[str, dict[str, None]] = {}
    if isinstance(run.market.system_status, KrakenError):
        unknown.setdefault(run.market.system_status.reason, {})["status"] = None
    for question in run.market.unanswered:
        unknown.setdefault(question.error.reason, {})[question.what] = None
    for reason, questions in unknown.items():
        remedy = "Look at https://status.kraken.com and run again."
        if run.open_accounts and set(questions) != {"status"}:
            remedy += (
                f" Totals that hang on it are not compared meanwhile, nor remembered: {named(run.open_accounts)}."
            )
        yield f"Kraken's {_listed(questions)} could not be learned: {reason}", remedy


def _listed(names: Iterable[str]) -> str:
    """As a sentence lists them: "status, assets and prices"."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def emergency(run: RunEvidence) -> Iterator[Found]:
    if isinstance(run.market.system_status, SystemStatus):
        for notice in run.market.system_status.emergency:
            yield (
                f"Kraken says: {notice.summary}",
                "Look at https://status.kraken.com for what is concerned.",
                (notice.summary,),
            )


def upcoming_maintenance(run: RunEvidence) -> Iterator[Found]:
    if isinstance(run.market.system_status, SystemStatus):
        for notice in run.market.system_status.upcoming_maintenance:
            yield (
                f"Kraken announces maintenance: {notice.summary}",
                "Expect accounts not to trade meanwhile; see https://status.kraken.com.",
                (notice.summary,),
            )


def other_exchange(run: RunEvidence) -> Iterator[Found]:
    if run.url != KRAKEN_URL and not run.settings.demo:
        yield (
            f"{run.url} was asked, not {KRAKEN_URL}",
            "Take KRAKEN_API_URL away where Kraken itself is meant.",
        )


def unused_acceptances(accepted: AcceptanceEvidence) -> Iterator[Found]:
    for one in accepted.unused:
        yield (
            f"{one.origin}: {one.code} is accepted, and there is none any more",
            "Take these lines away, so that it is told again if it comes back.",
        )


# --- the file with the keys -----------------------------------------------------------------------------


def env_file_open_to_others(run: RunEvidence) -> Iterator[Found]:
    if not run.settings.env_file_is_private:
        yield (
            f"{run.settings.env_file} holds keys and may be read or changed by other users of this machine",
            f"chmod 600 {shlex.quote(str(run.settings.env_file))}",
        )
    for path in dict.fromkeys(path for account in run.settings.accounts for path in account.exposed):
        yield (
            f"{path} holds a key or a secret and may be read or changed by other users of this machine",
            f"chmod 400 {shlex.quote(str(path))}, or have what puts it there do so",
            (str(path),),
        )


def ignored_variables(run: RunEvidence) -> Iterator[Found]:
    for note in run.settings.notes:
        yield note, "Mend its name, or take it away.", (note,)


def tracked_by_git(run: RunAuditEvidence) -> Iterator[Found]:
    if run.exposure is GitExposure.TRACKED:
        yield (
            f"git tracks {run.env_file}: everyone who gets the repository gets the keys",
            f"git rm --cached {shlex.quote(run.env_file)}, add it to .gitignore, and replace every key in it.",
        )


def not_ignored_by_git(run: RunAuditEvidence) -> Iterator[Found]:
    if run.exposure is GitExposure.UNTRACKED:
        yield (
            f"git does not ignore {run.env_file}: the next “git add” would take the keys along",
            f"Add {run.env_file} to .gitignore.",
        )


def unknown_to_git(run: RunAuditEvidence) -> Iterator[Found]:
    if run.exposure is GitExposure.UNKNOWN:
        yield (
            f"git did not say whether it has, or would take, {run.env_file}",
            "Mend the repository around it, or give it to the user who runs this, or keep the keys outside of it.",
        )


# --- this machine ---------------------------------------------------------------------------------------


def clock_skew(run: RunAuditEvidence) -> Iterator[Found]:
    """Where no account answered either, the skew is unknown, and their statuses say what is wrong."""
    skew = run.clock_skew
    if skew is not None and abs(skew) > _MOST_SKEW:
        direction = "ahead of" if skew > timedelta() else "behind"
        yield (
            f"this machine's clock is {round(abs(skew).total_seconds())} s {direction} Kraken's",
            "Set the clock by NTP: nonces and expiry dates go by it.",
        )


def not_remembered(memory: MemoryEvidence) -> Iterator[Found]:
    if not memory.remembered:
        yield (
            "the totals could not be remembered for the next --since-last",
            "Make the state directory writable for the user who runs this; -v shows where it is.",
            (SINCE_LAST,),
        )
