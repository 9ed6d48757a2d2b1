"""What waits for its delivery: nothing is lost or doubled, whoever else is at it, and whatever the file says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kraken_accounts.notify.message import Message
from kraken_accounts.notify.outbox import Outbox, Taken
from kraken_accounts.report.findings import Severity
from kraken_accounts.storage import NOTHING_KEPT, Storage

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
OWNER = "0123456789abcdef"


def message(title: str) -> Message:
    return Message(title, "a body", Severity.WARNING)


def box(folder: Path) -> Outbox:
    return Outbox(Storage(folder / "state"), OWNER)


def titles(taken: Taken) -> list[str]:
    return [one.message.title for one in taken.messages]


def test_what_was_not_delivered_waits_in_order(tmp_path: Path) -> None:
    for title in ("first", "second"):
        taken = box(tmp_path).take(message(title), NOW)
        box(tmp_path).settle(taken, ())

    assert titles(box(tmp_path).take(message("third"), NOW)) == ["first", "second", "third"]


def test_what_was_delivered_is_gone_and_leaves_no_file(tmp_path: Path) -> None:
    taken = box(tmp_path).take(message("first"), NOW)
    box(tmp_path).settle(taken, [taken.messages[0].number])

    assert titles(box(tmp_path).take(None, NOW)) == []
    assert [path.suffix for path in (tmp_path / "state").iterdir()] == [".lock"]


def test_nothing_is_touched_where_there_is_nothing_to_do(tmp_path: Path) -> None:
    assert box(tmp_path).take(None, NOW) == Taken((), 0, is_safe=True)
    assert not (tmp_path / "state").exists()


def test_a_message_is_the_business_of_one_run(tmp_path: Path) -> None:
    ours = box(tmp_path).take(message("ours"), NOW)
    theirs = box(tmp_path).take(message("theirs"), NOW)
    box(tmp_path).settle(theirs, [one.number for one in theirs.messages])
    box(tmp_path).settle(ours, ())

    assert (titles(ours), titles(theirs)) == (["ours"], ["theirs"])
    assert titles(box(tmp_path).take(None, NOW)) == ["ours"]


@pytest.mark.parametrize(
    ("later", "found"),
    [
        (timedelta(seconds=20), []),
        (timedelta(seconds=61), ["lost with its run"]),
        (timedelta(days=-1), ["lost with its run"]),  # the clock was set back meanwhile
    ],
)
def test_a_run_that_died_leaves_its_messages_to_a_later_one(
    tmp_path: Path, later: timedelta, found: list[str]
) -> None:
    box(tmp_path).take(message("lost with its run"), NOW)

    assert titles(box(tmp_path).take(None, NOW + later)) == found


def test_there_is_a_bound_and_what_is_above_it_is_counted(tmp_path: Path) -> None:
    for number in range(53):
        box(tmp_path).settle(box(tmp_path).take(message(str(number)), NOW), ())

    taken = box(tmp_path).take(None, NOW)
    box(tmp_path).settle(taken, [taken.messages[0].number])

    assert titles(taken) == [str(number) for number in range(3, 53)]
    assert taken.lost == 3
    assert box(tmp_path).take(None, NOW).lost == 0


@pytest.mark.parametrize(
    "content",
    [
        7,
        {},
        {"messages": "none", "lost": True},
        {"messages": [7, {}, {"number": 1}], "lost": -1},
        {"messages": [{"number": 1, "title": 2, "body": 3, "severity": "info", "since": "x", "leased_at": None}]},
        {
            "messages": [
                {
                    "number": "1",
                    "title": "t",
                    "body": 3,
                    "severity": "info",
                    "since": "2026-11-22T10:00:00+00:00",
                    "leased_at": None,
                }
            ]
        },
    ],
    ids=str,
)
def test_a_file_that_is_not_understood_holds_nothing(tmp_path: Path, content: object) -> None:
    assert Storage(tmp_path / "state").write(f"notify-{OWNER}.json", content)

    taken = box(tmp_path).take(message("new"), NOW)

    assert (titles(taken), taken.lost, taken.is_safe) == (["new"], 0, True)


def test_where_nothing_can_be_kept_the_run_has_its_own_message() -> None:
    taken = Outbox(NOTHING_KEPT, OWNER).take(message("new"), NOW)

    assert (titles(taken), taken.is_safe) == (["new"], False)
