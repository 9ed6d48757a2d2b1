"""Messages on their way, through Apprise and over real connections: refused, late, several at once."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from apprise.plugins.custom_json import NotifyJSON

from kraken_accounts.config import ConfigurationError
from kraken_accounts.config.secret import Secret
from kraken_accounts.notify.channel import Channel, open_channels
from kraken_accounts.notify.delivery import PATIENCE, deliver, post
from kraken_accounts.notify.message import LONGEST_BODY, Message
from kraken_accounts.report.findings import Severity
from kraken_accounts.storage import NOTHING_KEPT, Storage

from ..support import ScriptedServer, never
from .receivers import ACCEPTED, REFUSED, address, mailbox, messages, receiver, titles


def message(title: str, body: str = "alice: rejected.") -> Message:
    return Message(title, body, Severity.CRITICAL)


def channels(*urls: str) -> list[Channel]:
    return open_channels((Secret(url), "--notify") for url in urls)


def send(ways: list[Channel], message: Message | None, storage: Storage, patience: float = PATIENCE) -> list[str]:
    return deliver(post(ways, message, storage), patience)


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(tmp_path / "state")


def test_a_message_arrives_as_it_is(storage: Storage) -> None:
    with receiver() as server:
        assert send(channels(address(server)), message("a title", "one <b>line\n\nand “another”"), storage) == []

    (sent,) = messages(server)
    assert (sent["title"], sent["message"], sent["type"]) == ("a title", "one <b>line\n\nand “another”", "failure")


def test_a_mail_arrives_too(storage: Storage) -> None:
    with mailbox() as server:
        assert send(channels(server.url), message("a title", "one line\nand “another”"), storage) == []

    (mail,) = server.mails
    assert (mail["subject"], mail["to"]) == ("a title", "ops@example.com")
    body = mail.get_body()
    assert body is not None
    assert "one line" in body.get_content()


def test_what_was_refused_comes_with_the_next_message(storage: Storage) -> None:
    with receiver(REFUSED, ACCEPTED) as server:
        way = channels(address(server))
        (failure,) = send(way, message("broken"), storage)
        assert send(way, message("recovered", "alice: trading."), storage) == []
        assert send(way, None, storage) == []

    assert failure == (
        f"Notification by {way[0].name} not delivered: it is kept, and sent with the next run. "
        "Try the way with: kraken-accounts notify --test"
    )
    assert titles(server) == ["broken", "recovered"]
    assert messages(server)[1]["message"].startswith("alice: trading.\n\nNot delivered on 20")
    assert messages(server)[1]["message"].endswith(" UTC:\nbroken\nalice: rejected.")


def test_what_was_refused_comes_with_a_run_that_has_nothing_to_tell(storage: Storage) -> None:
    with receiver(REFUSED, ACCEPTED) as server:
        send(channels(address(server)), message("broken"), storage)
        assert send(channels(address(server)), None, storage) == []

    assert titles(server) == ["broken", "broken"]
    assert messages(server)[1]["message"].startswith("Not delivered on ")


def test_what_is_the_same_each_time_is_said_once(storage: Storage) -> None:
    with receiver(REFUSED, REFUSED, ACCEPTED) as server:
        for _ in range(3):
            send(channels(address(server)), message("broken"), storage)
        assert send(channels(address(server)), None, storage) == []

    assert len(messages(server)) == 3
    said = messages(server)[2]["message"]
    assert said.count("alice: rejected.") == 1
    assert ", and 1 more times until " in said


def test_what_is_too_long_for_one_message_takes_several_runs(storage: Storage) -> None:
    with receiver(*[REFUSED] * 5, ACCEPTED) as server:
        for number in range(5):
            send(channels(address(server)), message(f"title {number}", str(number) * LONGEST_BODY), storage)
        for _ in range(6):
            assert send(channels(address(server)), None, storage) == []

    arrived = messages(server)[5:]
    assert [sent["title"] for sent in arrived] == [f"title {number}" for number in range(5)]
    assert [str(number) * LONGEST_BODY in sent["message"] for number, sent in enumerate(arrived)] == [True] * 5


def test_a_dead_way_keeps_no_other_from_its_messages(storage: Storage) -> None:
    with receiver() as server, receiver(REFUSED, ACCEPTED) as ailing:
        ways = channels(address(ailing), address(server))
        assert len(send(ways, message("first"), storage)) == 1
        assert send(ways, message("second"), storage) == []

    assert titles(server) == ["first", "second"]
    assert "Not delivered" not in messages(server)[1]["message"]
    assert titles(ailing) == ["first", "second"]
    assert "first" in messages(ailing)[1]["message"]


def test_a_way_that_hangs_holds_nobody_up(storage: Storage) -> None:
    with ScriptedServer(never) as silent, receiver() as server:
        (failure,) = send(channels(address(silent), address(server)), message("late"), storage, patience=0.5)

    assert "not delivered: it is kept" in failure
    assert titles(server) == ["late"]


def test_where_nothing_can_be_kept_that_is_said() -> None:
    with receiver(REFUSED) as server:
        (failure,) = send(channels(address(server)), message("broken"), NOTHING_KEPT)

    assert failure.endswith(" not delivered, and lost: nothing can be kept for the next run.")


def test_runs_at_the_same_time_neither_lose_nor_double(storage: Storage, tmp_path: Path) -> None:
    with receiver(REFUSED, ACCEPTED) as server:
        send(channels(address(server)), message("waits", "waits since then"), storage)
        runs = [
            threading.Thread(
                target=send,
                args=(
                    channels(address(server)),
                    message(f"run {n}", f"body {n}."),
                    Storage(tmp_path / "state"),
                ),
            )
            for n in range(8)
        ]
        for run in runs:
            run.start()
        for run in runs:
            run.join()
        assert send(channels(address(server)), None, storage) == []

    arrived = "\n".join(sent["message"] for sent in messages(server)[1:])
    assert arrived.count("waits since then") == 1
    assert [arrived.count(f"body {n}.") for n in range(8)] == [1] * 8


def test_a_url_that_is_there_twice_is_told_once(storage: Storage) -> None:
    with receiver() as server:
        assert send(channels(address(server), address(server)), message("once"), storage) == []

    assert titles(server) == ["once"]


@pytest.mark.parametrize(("query", "count"), [("", 3), ("?overflow=truncate", 1)])
def test_what_is_too_long_for_a_service_comes_in_parts(
    storage: Storage, monkeypatch: pytest.MonkeyPatch, query: str, count: int
) -> None:
    """Unless the URL says how it should come."""
    monkeypatch.setattr(NotifyJSON, "body_maxlen", 100)
    with receiver() as server:
        assert send(channels(address(server) + query), message("a title", "word " * 50), storage) == []

    assert len(messages(server)) == count


@pytest.mark.parametrize("url", ["nonsense", "foo://SMPL", "json://", "tgram://SMPL", "json://\udcffSMPL/\ud800"])
def test_a_url_that_is_not_understood_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        channels(url)

    assert str(refused.value).startswith("--notify: Apprise does not understand this URL;")
    assert "SMPL" not in str(refused.value)
    assert refused.value.__context__ is None


def test_a_channel_shows_no_more_than_its_scheme() -> None:
    (way,) = channels("json://somebody:SMPL-password@127.0.0.1:1/SMPL-path")

    assert way.name == f"json ({way.fingerprint[:6]})"
    assert "SMPL" not in repr(vars(way))
