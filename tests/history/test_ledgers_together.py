"""Ledgers that several write at once, or that one is killed over: nothing is lost, doubled, or believed known."""

from __future__ import annotations

import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from kraken_accounts.history.database import StoreTrouble
from kraken_accounts.history.ledger_model import LedgerCoverage
from kraken_accounts.history.model import LedgerFound
from kraken_accounts.history.store import History
from kraken_accounts.kraken.ledger import BookEntry
from kraken_accounts.spans import Span

from .conftest import opened
from .floor import EVER, Floor, deposits
from .support import ALPHA, NOON, OURS, check, seen
from .test_together import require_sound


def entry(number: int) -> BookEntry:
    """One a second."""
    at = NOON + timedelta(seconds=number)
    return BookEntry(f"L{number}", "", at, "deposit", "", "XXBT", Decimal(number), Decimal(0), None)


def batch(first: int, last: int) -> LedgerFound:
    """All after one second, up to another and with it."""
    numbers = range(first + 1, last + 1)
    return LedgerFound(
        tuple(entry(number) for number in numbers),
        (Span(NOON + timedelta(seconds=first), NOON + timedelta(seconds=last)),),
        {"XXBT": "BTC"},
    )


def begun(store: dict[str, str]) -> History:
    history = opened(store)
    history.record(OURS, check(NOON, seen()))
    return history


def there(history: History) -> tuple[list[int], LedgerCoverage]:
    """The numbers of the entries, and the times that are known; each entry is whole."""
    with history.reader(OURS) as reader:
        (series,) = reader.series()
        entries = reader.ledger.entries(series, *EVER)
        coverage = reader.ledger.coverage(series)
    for one in entries:
        assert (one.id, one.amount, one.asset) == (f"L{one.amount}", one.amount, "BTC")
    return [int(one.amount) for one in entries], coverage


def require_no_hole(numbers: list[int], coverage: LedgerCoverage) -> None:
    known = set(numbers)
    assert len(known) == len(numbers)
    for span in coverage.spans:
        first, last = ((moment - NOON) // timedelta(seconds=1) for moment in (span.start, span.end))
        assert set(range(first + 1, last + 1)) <= known


def number_of(history: History) -> int:
    with history.reader(OURS) as reader:
        return reader.series()[0].id


def test_spans_join_and_entries_are_not_doubled(store: dict[str, str]) -> None:
    history = begun(store)
    alpha = number_of(history)

    for first, last in ((10, 20), (30, 40), (15, 25), (0, 5), (24, 31)):
        assert history.keep_ledgers({alpha: batch(first, last)}) == ()

    numbers, coverage = there(history)
    assert numbers == [*range(1, 6), *range(11, 41)]
    assert coverage.spans == (
        Span(NOON, NOON + timedelta(seconds=5)),
        Span(NOON + timedelta(seconds=10), NOON + timedelta(seconds=40)),
    )
    assert (coverage.known_until, coverage.complete_since) == (coverage.spans[1].end, coverage.spans[1].start)
    assert coverage.covers(NOON + timedelta(seconds=10), NOON + timedelta(seconds=40))
    assert not coverage.covers(NOON + timedelta(seconds=9.9), NOON + timedelta(seconds=40))


def test_what_contradicts_is_named_and_changes_nothing(store: dict[str, str]) -> None:
    history = begun(store)
    alpha = number_of(history)
    history.keep_ledgers({alpha: batch(0, 3)})
    otherwise = LedgerFound((entry(2), replace(entry(9), id="L3")), (), {})

    assert history.keep_ledgers({alpha: otherwise}) == ("L3",)

    assert there(history)[0] == [1, 2, 3]


def test_one_id_of_two_accounts_is_two_entries(store: dict[str, str]) -> None:
    history = opened(store)
    history.record(OURS, check(NOON, seen(), seen("bravo", fingerprint="of bravo")))
    with history.reader(OURS) as reader:
        alpha, bravo = (one.id for one in reader.series())

    assert history.keep_ledgers({alpha: batch(0, 2), bravo: batch(1, 4)}) == ()

    with history.reader(OURS) as reader:
        found = {one.account.selector: reader.ledger.entries(one, *EVER) for one in reader.series()}
    assert {selector: [int(one.amount) for one in entries] for selector, entries in found.items()} == {
        ALPHA: [1, 2],
        "bravo": [2, 3, 4],
    }


def test_a_code_that_kraken_lists_later_is_known_from_then_on(store: dict[str, str]) -> None:
    history = begun(store)
    alpha = number_of(history)
    history.keep_ledgers({alpha: LedgerFound((entry(1),), (), {})})
    with history.reader(OURS) as reader:
        assert [one.asset for one in reader.ledger.entries(reader.series()[0], *EVER)] == ["XXBT"]

    history.keep_ledgers({alpha: LedgerFound((entry(2),), (), {"XXBT": "BTC"})})
    history.keep_ledgers({alpha: LedgerFound((entry(3),), (), {})})

    assert there(history)[0] == [1, 2, 3]


def test_several_that_write_at_once(store: dict[str, str]) -> None:
    alpha = number_of(begun(store))

    def keep(seed: int) -> None:
        chance, history = random.Random(seed), opened(store)
        for _ in range(10):
            first = chance.randrange(200)
            history.keep_ledgers({alpha: batch(first, first + chance.randrange(1, 60))})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(keep, range(4)))

    require_no_hole(*there(opened(store)))


def test_checks_at_once_keep_each_entry_once(floor: Floor) -> None:
    floor.open(*deposits(130, hours=3))

    with ThreadPoolExecutor(3) as pool:
        reports = list(pool.map(lambda _: floor.check(), range(6)))

    assert [one["accounts"][1]["status"] for one in reports] == ["trading"] * 6
    assert len(floor.entries()) == len(floor.exchange.state.accounts["alpha"].ledger)
    assert floor.is_complete()


def test_pruning_keeps_what_came_and_went(store: dict[str, str]) -> None:
    history = begun(store)
    history.record(OURS, check(NOON + timedelta(hours=1), seen()))
    history.keep_ledgers({number_of(history): batch(0, 5)})

    history.prune(datetime(2030, 1, 1, tzinfo=UTC))

    assert there(history)[0] == [1, 2, 3, 4, 5]


def killed_while_it_keeps(store: dict[str, str], series: int, seed: int, seconds: float) -> None:
    """A process that reads a ledger from its end on, and keeps it in steps, until it is killed."""
    child = os.fork()
    if child == 0:
        try:
            chance, history = random.Random(seed), opened(store)
            while True:
                last = chance.randrange(60, 3000)
                history.keep_ledgers({series: batch(last - chance.randrange(1, 60), last)})
        finally:
            os._exit(1)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def kill(store: dict[str, str], rounds: int, most: float) -> None:
    chance = random.Random(16)
    history = begun(store)
    alpha = number_of(history)
    for seed in range(rounds):
        killed_while_it_keeps(store, alpha, seed, chance.uniform(0, most))
        require_no_hole(*there(history))
    require_sound(store)
    history.keep_ledgers({alpha: batch(0, 3000)})
    numbers, coverage = there(history)
    assert numbers == list(range(1, 3001))
    assert coverage.spans == (Span(NOON, NOON + timedelta(seconds=3000)),)


def test_whoever_is_killed_leaves_no_hole_that_counts_as_known(store: dict[str, str]) -> None:
    kill(store, rounds=5, most=0.1)


@pytest.mark.soak
def test_whoever_is_killed_two_hundred_times_does_not_either(store: dict[str, str]) -> None:
    kill(store, rounds=200, most=0.15)


def test_entries_and_what_is_known_of_them_come_together_or_not_at_all(store: dict[str, str]) -> None:
    history = begun(store)
    alpha = number_of(history)
    history.keep_ledgers({alpha: batch(0, 2)})
    nameless: Any = None  # which no entry is: the database refuses it
    broken = LedgerFound((entry(3), replace(entry(4), id=nameless)), batch(2, 9).spans, {})

    with pytest.raises(StoreTrouble):
        history.keep_ledgers({alpha: broken})

    numbers, coverage = there(history)
    assert numbers == [1, 2]
    assert coverage.spans == (Span(NOON, NOON + timedelta(seconds=2)),)
