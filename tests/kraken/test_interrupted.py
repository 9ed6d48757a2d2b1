"""Ctrl-C at any moment of an order: its id is told, no key is shown, and the key can be used at once."""

from __future__ import annotations

import gc
import itertools
import sys
import threading
import time
import traceback
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from email.utils import formatdate
from functools import partial
from inspect import isgenerator
from types import FrameType
from typing import Any

import pytest

from kraken_accounts import AccountType, KrakenBroker
from kraken_accounts.alarm_clock import AlarmClock
from kraken_accounts.config import load_settings
from kraken_accounts.deadline import Deadline
from kraken_accounts.kraken.clock import ExchangeClock
from kraken_accounts.kraken.errors import OrderLost, RequestRefused
from kraken_accounts.kraken.nonce import lane_of
from kraken_accounts.kraken.transport import Request, Session
from kraken_sandbox import SimulatedKey
from kraken_sandbox.accounts import TIERS, Tier

from ..conftest import Sandbox
from ..support import LIMIT, ScriptedServer, http_response, sample_key, sample_secret

VOLUME, PRICE = Decimal("0.0001"), Decimal(30000)
OURS = (
    "/kraken_accounts/kraken/",
    "/kraken_accounts/storage.py",
    "/kraken_accounts/alarm_clock.py",
    "contextlib.py",
)
LENT = ("krakenex", "urllib3", "http/client.py")


def interrupted(work: Callable[[], object], *files: str) -> Iterator[tuple[str, BaseException | None]]:
    """Each place of these files where a signal's handler may run, in turn, and what became of the work there.

    Python runs it where a function begins, and behind the call of one that is written in C.
    """
    for count in itertools.count():
        place, outcome = interrupted_once(work, count, files)
        if not place:
            return
        yield place, outcome


@contextmanager
def closed_generators_are_no_place() -> Iterator[None]:
    """A profile function is told of a generator that is closed because nobody wants more of it.

    Python runs no handler there, and ignores what is raised there, and says so; from elsewhere that is said on.
    """
    say = sys.unraisablehook

    def hook(ignored: sys.UnraisableHookArgs) -> None:
        if not (isinstance(ignored.exc_value, KeyboardInterrupt) and isgenerator(ignored.object)):
            say(ignored)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = say


@closed_generators_are_no_place()
def interrupted_once(
    work: Callable[[], object], count: int, files: tuple[str, ...]
) -> tuple[str, BaseException | None]:
    """The same for one place, after so many; no place at all if there are no more."""
    seen, place = 0, ""

    def strike(frame: FrameType, event: str, _: Any) -> None:
        nonlocal seen, place
        code = frame.f_code
        if event in ("call", "c_return") and any(part in code.co_filename for part in files):
            if seen == count:
                place = f"{code.co_qualname}, line {frame.f_lineno}, {event}"
                sys.setprofile(None)
                raise KeyboardInterrupt
            seen += 1

    sys.setprofile(strike)
    try:
        work()
    except KeyboardInterrupt as error:
        return place, error
    finally:
        sys.setprofile(None)
    return place, None


def test_an_order_that_is_interrupted_anywhere(trading_floor: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TIERS, "pro", Tier(maximum=1e9, decay=1e9))
    monkeypatch.setattr("kraken_accounts.kraken.client.ARRIVED_AFTER", 0.05)
    key, password = sample_key("interrupted"), "SMPL-password"
    trading_floor.exchange.add_key("alpha", SimulatedKey(key, sample_secret("interrupted"), otp=password))
    settings = load_settings(
        {
            "KRAKEN_API_URL": trading_floor.url,
            "KRAKEN_USER_ALPHA_API_KEY": key,
            "KRAKEN_USER_ALPHA_API_SECRET": sample_secret("interrupted"),
            "KRAKEN_USER_ALPHA_API_OTP": password,
        }
    )
    unnamed: list[str] = []
    shown: list[str] = []
    places = 0
    with KrakenBroker(AccountType.USER, "alpha", settings=settings, timeout=LIMIT) as broker:
        broker.get_balances()

        def order() -> None:
            # The one that was interrupted before may rest in the book under that id.
            try:  # no `suppress`, which would be interrupted too
                broker.place_order("XBTUSD", "buy", "limit", VOLUME, PRICE, client_order_id="mine-01")
            except RequestRefused as refusal:
                assert "cl_ord_id" in refusal.reason

        for place, outcome in interrupted(order, *OURS):
            places += 1
            if outcome is None:
                continue  # swallowed, where it does no harm
            # What was refused is not in the book, and an OrderLost has the id of itself.
            settled = isinstance(outcome.__context__, OrderLost | RequestRefused)
            if not settled and not any("mine-01" in note for note in getattr(outcome, "__notes__", ())):
                unnamed.append(place)
            shown += [place for said in locals_of(outcome) if key in said or password in said]
            del outcome
            with lane_of(key, "ms").turn(LIMIT):  # the key is free again
                pass

    assert places > 100
    # Before the call knows its id, nothing has been sent under it.
    known = ("KrakenBroker.place_order", "order_identity")
    assert [place for place in unnamed if not place.startswith(known)] == []
    assert shown == []


def test_an_interrupted_answer_is_never_one_that_broke_off() -> None:
    with ScriptedServer(http_response("whole")) as server:

        def ask_while_handling_something_else() -> None:
            try:
                raise LookupError
            except LookupError:
                session.send(Request("GET", "/"), Deadline(LIMIT))

        places = 0
        session = Session(server.url)
        for place, outcome in interrupted(ask_while_handling_something_else, "/kraken_accounts/kraken/http1.py"):
            assert isinstance(outcome, KeyboardInterrupt), place
            places += 1
        session.close()

    assert places > 10


def test_an_interrupted_question_for_the_time_is_nobodys_question_any_more() -> None:
    clock = ExchangeClock()

    def ask() -> None:
        clock.learn(formatdate(usegmt=True), clock.now(), 0)

    def use_a_key() -> None:
        nonlocal clock
        clock = ExchangeClock()
        clock.make_sure(ask, Deadline(LIMIT))

    for _ in interrupted(use_a_key, "/kraken_accounts/kraken/clock.py", "threading.py"):
        began = time.monotonic()
        in_thread(lambda: clock.make_sure(ask, Deadline(LIMIT)))
        assert time.monotonic() - began < LIMIT / 2


def test_an_alarm_clock_that_is_interrupted_anywhere_goes_on() -> None:
    alarms = AlarmClock()
    for _ in interrupted(lambda: alarms.after(LIMIT, int), "/kraken_accounts/alarm_clock.py", "threading.py"):
        rang = threading.Event()
        in_thread(partial(alarms.after, 0, rang.set))
        assert rang.wait(LIMIT / 2)


def test_an_alarm_clock_does_not_keep_what_was_cancelled() -> None:
    alarms = AlarmClock()
    kept = []
    for _ in range(1000):
        alarm = alarms.after(3600, int)
        kept.append(weakref.ref(alarm))
        alarm.cancel()
    del alarm
    gc.collect()

    assert sum(alarm() is not None for alarm in kept) < 200


def in_thread(work: Callable[[], object]) -> None:
    """In a thread of its own: a lock that this one has kept would stop it."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(LIMIT)
    assert not thread.is_alive()


def locals_of(error: BaseException) -> Iterator[str]:
    """What the local variables show, of the frames of the project and of what it builds on."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if any(part in frame.f_code.co_filename for part in (*OURS, *LENT)):
            yield repr(frame.f_locals)
