"""What one answer about a key proves of its nonces, and what it does not, in words.

Kraken accepts a nonce only if it is greater than the last one, and GetApiKeyInfo, which tells the last one, is no
exception. So an answer proves that what came before was smaller, or that the key's nonce window has let the
request in; and a refusal proves that the last one is not smaller, but not how large it is. Whether the answer
counts this very request, Kraken does not document: it may tell this request's nonce, or the one before.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from ...durations import duration_in_words, roughly
from ...invocation import to_run
from ...kraken.errors import ClockAhead, KeyBusy, LockedOut, NonceConflict
from ...kraken.key_nonce import KeyNonce
from ...kraken.nonce import TRAIL
from ...kraken.nonce_reading import NonceReading, Unit, read_nonce
from ...report.known import Standing
from .findings import Condition, Line

_NEW_KEY = "Create a new key at https://www.kraken.com/u/security/api: nothing else brings a key's nonces down."
_ONE_EACH = "Give each program a key of its own where you can."
_AT_ONCE = timedelta(seconds=5)  # by which another program's nonce may be newer without being ahead of the clock


def lines_of(found: KeyNonce, prefix: str, conflict: Standing | None) -> Iterator[Line]:
    """What there is to say of a key, the worst first.

    Args:
        prefix: how the account's variables begin.
        conflict: since when checks have met such a refusal, and how many in a row; None if the last one has not.
    """
    if isinstance(found.failure, NonceConflict):
        yield from _refused(found, prefix)
        if conflict is not None and conflict.checks > 1:
            yield Line(
                Condition.NOTE,
                f"the last {conflict.checks} checks have met the same refusal, since "
                f"{_when(conflict.since, found.at)}: hardly a coincidence of two requests",
            )
    elif isinstance(found.failure, LockedOut) and found.sent is None:
        until = "" if found.failure.until is None else f" until {found.failure.until:%H:%M} UTC"
        yield Line(Condition.WRONG, f"locked out by Kraken{until}, so it was not asked", found.failure.remedy)
    elif found.failure is not None:
        not_asked = isinstance(found.failure, KeyBusy | ClockAhead)
        remedy = getattr(found.failure, "remedy", "")
        yield Line(Condition.UNKNOWN if not_asked else Condition.WRONG, str(found.failure), remedy)
    else:
        yield from _accepted(found, prefix)


# --- accepted -------------------------------------------------------------------------------------------


def _accepted(found: KeyNonce, prefix: str) -> Iterator[Line]:
    told, sent = found.told, found.sent or 0
    if found.unit < found.configured:
        yield from _finer_than_needed(found, prefix)
    if told is None:
        yield Line(
            Condition.UNKNOWN, f"a nonce in {found.unit.words} is accepted; Kraken does not tell the last one"
        )
    elif told > sent:
        yield _newer(found, told)
    elif told == sent:
        yield Line(
            Condition.FINE,
            f"a nonce in {found.unit.words} is accepted and the last one now: {_all_before_were_smaller(found)}",
        )
    else:
        yield _the_one_before(found, told)
    if found.unit > Unit.MILLISECONDS:
        yield Line(
            Condition.NOTE,
            f"this key has seen nonces in {found.unit.words}: programs that count a coarser unit, such as "
            "milliseconds, are shut out for good, and need a new key",
        )


def _all_before_were_smaller(found: KeyNonce) -> str:
    if found.window is None:
        return "how late a nonce may come, Kraken does not tell, so nothing follows for those before"
    if found.window:
        return f"its nonce window of {found.window:f} lets smaller ones in, so nothing follows for those before"
    return "all before it were smaller, so none is ahead of the clock, and none counts a finer unit"


def _finer_than_needed(found: KeyNonce, prefix: str) -> Iterator[Line]:
    if found.window == 0:
        yield Line(
            Condition.WRONG,
            f"nonces in {found.unit.words} are accepted, so no program has used a finer unit yet; "
            f"{prefix}_NONCE_UNIT is set to {found.configured.words}, and the first check by it shuts out for "
            "good whoever counts a coarser one",
            f"Take {prefix}_NONCE_UNIT out, unless every program with this key counts {found.configured.words}.",
        )


def _newer(found: KeyNonce, told: int) -> Line:
    """Another program's, since this one has the key to itself: let in by the nonce window, or come in between."""
    reading = read_nonce(told)
    let_in = f"only its nonce window of {found.window:f} lets this program in" if found.window else ""
    if reading is None:
        text = f"its last nonce, {told}, is larger than this one and counts no clock"
        return Line(Condition.WRONG, "; ".join(filter(None, (text, let_in))), _NEW_KEY)
    if reading.unit > found.unit:
        text = (
            f"this key has seen nonces in {reading.unit.words}: programs that count {found.unit.words} are shut "
            "out for good"
        )
        return Line(Condition.WRONG, "; ".join(filter(None, (text, let_in))), _NEW_KEY)
    ahead = reading.moment - found.at
    if ahead <= _AT_ONCE:
        return Line(
            Condition.NOTE,
            f"used by another program, or by this one elsewhere, at this moment, in {reading.unit.words}",
            _ONE_EACH,
        )
    text = f"{_ahead(ahead, reading, found.at)}; {let_in}" if let_in else _ahead(ahead, reading, found.at)
    return Line(Condition.WRONG, text, "Set the clock of the machine that sent it by NTP, or create a new key.")


def _ahead(ahead: timedelta, reading: NonceReading, now: datetime) -> str:
    return (
        f"its last nonce is {duration_in_words(ahead)} ahead of the clock: usable again at "
        f"{_when(reading.moment, now)}"
    )


def _the_one_before(found: KeyNonce, told: int) -> Line:
    accepted = f"a nonce in {found.unit.words} is accepted"
    reading = read_nonce(told)
    if reading is None:
        return Line(Condition.FINE, f"{accepted}; the one before, {told}, counts no clock")
    ago = f"{roughly(found.at - reading.moment)} ago"
    if told == found.before:
        return Line(Condition.FINE, f"{accepted}; the one before was this machine's own, {ago}")
    if found.before is None or told < found.before:
        who = "another program, or by a run of this one of which nothing is kept here,"
    else:
        who = "another program, or by this one elsewhere,"
    if reading.unit < found.unit:
        return Line(
            Condition.WRONG,
            f"{accepted}; the one before, {ago}, counts {reading.unit.words}: whoever counts these is shut out "
            "for good now",
            _NEW_KEY,
        )
    return Line(Condition.NOTE, f"{accepted}; used by {who} {ago}, in {reading.unit.words}", _ONE_EACH)


# --- refused --------------------------------------------------------------------------------------------


def _refused(found: KeyNonce, prefix: str) -> Iterator[Line]:
    yield Line(
        Condition.UNKNOWN if found.unit < found.configured else Condition.WRONG,
        f"Kraken refused a nonce in {found.unit.words} of {found.at:%H:%M:%S} UTC: the last one of this key is "
        "not smaller. How large it is cannot be learned: GetApiKeyInfo, which tells it, needs an accepted one too",
    )
    if found.unit < found.configured:
        yield Line(
            Condition.NOTE,
            f"{prefix}_NONCE_UNIT is set to {found.configured.words}, which no run on this machine has used yet, "
            "nor does this one. The refusal is as it should be if the key's programs count "
            f"{found.configured.words}",
            f"If they do, run {to_run('check')}.",
        )
        return
    if (known := _explained_by_own(found, prefix)) is not None:
        yield known
        return
    finer = " or ".join(unit.words for unit in Unit if unit > found.unit)
    causes = [
        f"another program has used the key in the {TRAIL * 1000:.0f} ms before, or meanwhile",
        "one has sent a nonce ahead of this machine's clock, which passes",
        *([f"one counts {finer}, which shuts {found.unit.words} out for good"] if finer else []),
    ]
    yield Line(
        Condition.NOTE,
        f"either {'; or '.join(causes)}",
        "Stop the other programs that have this key, and run this again after a minute. If it is still refused, "
        "create a new key at https://www.kraken.com/u/security/api: nothing else brings a key's nonces down.",
    )


def _explained_by_own(found: KeyNonce, prefix: str) -> Line | None:
    """Where what runs on this machine have sent explains the refusal."""
    reading = None if found.before is None else read_nonce(found.before)
    if reading is None:
        return None
    if reading.unit > found.unit:
        return Line(
            Condition.WRONG,
            f"runs on this machine have sent nonces in {reading.unit.words} with this key. If Kraken took one, "
            f"{found.unit.words} are shut out for good",
            f"{_NEW_KEY} Or, where no other program has this key, set {prefix}_NONCE_UNIT as it was.",
        )
    ahead = reading.moment - found.at
    if reading.unit is found.unit and ahead > _AT_ONCE:
        return Line(
            Condition.WRONG,
            f"a run on this machine has sent a nonce that is {duration_in_words(ahead)} ahead of the clock. If "
            f"Kraken took it, the key is usable again at {_when(reading.moment, found.at)}",
            "Wait until then, or create a new key.",
        )
    return None


def _when(moment: datetime, now: datetime) -> str:
    return f"{moment:{'%H:%M' if moment.date() == now.date() else '%Y-%m-%d %H:%M'}} UTC"
