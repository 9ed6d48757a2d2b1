"""Pages of a ledger, against one that grows meanwhile, that is cut short, and that lies."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_accounts.kraken.errors import RateLimited, UnexpectedAnswer
from kraken_accounts.kraken.ledger import PAGE, BookEntry, LedgerPage
from kraken_accounts.kraken.ledger_pages import LedgerRead, read_ledger
from kraken_accounts.spans import Span, joined, left_open

BEGIN = datetime(2026, 11, 22, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def entry(number: int, seconds: float) -> BookEntry:
    return BookEntry(f"L{number:05}", "", at(seconds), "deposit", "", "ZUSD", Decimal(1), Decimal(0), None)


def many(*seconds: float) -> list[BookEntry]:
    return [entry(number, second) for number, second in enumerate(seconds)]


@dataclass
class Kraken:
    """A ledger that answers as Kraken does.

    Attributes:
        booked: what is in it.
        asked: start, end and offset of each question.
        meanwhile: what is booked after each answer.
        counts: whether it says how many there are.
    """

    booked: list[BookEntry]
    asked: list[tuple[int, int, int]] = field(default_factory=list)
    meanwhile: Callable[[Kraken], None] = lambda _: None
    counts: bool = True

    def page(self, start: int, end: int, offset: int) -> LedgerPage:
        self.asked.append((start, end, offset))
        found = [one for one in self.booked if start < one.at.timestamp() <= end]
        found.sort(key=lambda one: (one.at, one.id), reverse=True)
        page = LedgerPage(tuple(found[offset : offset + PAGE]), len(found) if self.counts else None)
        self.meanwhile(self)
        return page


def so_often(times: int) -> Callable[[], bool]:
    calls = iter(range(times))
    return lambda: next(calls, None) is not None


def read(kraken: Kraken, *wanted: Span, pages: int = 100) -> LedgerRead:
    return read_ledger(kraken.page, wanted, so_often(pages))


def require_true(found: LedgerRead, booked: Iterable[BookEntry]) -> None:
    """Whatever lies in a span that counts as read is there, once."""
    ids = [one.id for one in found.entries]
    assert len(ids) == len(set(ids))
    missing = [
        one for one in booked if one.id not in ids and any(span.start < one.at <= span.end for span in found.spans)
    ]
    assert missing == []


def test_what_fits_on_a_page_takes_one_question() -> None:
    kraken = Kraken(many(*range(10, 59)))

    found = read(kraken, Span(at(0), at(100)))

    assert len(found.entries) == 49
    assert (found.spans, found.failure) == ((Span(at(0), at(100)),), None)
    assert kraken.asked == [(BEGIN.timestamp() - 1, BEGIN.timestamp() + 101, 0)]


def test_nothing_at_all_is_known_then() -> None:
    assert read(Kraken([]), Span(at(0), at(9))) == LedgerRead((), (Span(at(0), at(9)),))


@pytest.mark.parametrize("number", [50, 51, 99, 100, 148, 500])
@pytest.mark.parametrize("counts", [True, False])
def test_more_than_a_page_is_read_page_by_page(number: int, counts: bool) -> None:
    kraken = Kraken(many(*range(number)), counts=counts)

    found = read(kraken, Span(at(-1), at(number)))

    assert {one.id for one in found.entries} == {one.id for one in kraken.booked}
    assert found.spans == (Span(at(-1), at(number)),)
    assert [offset for *_, offset in kraken.asked] == [49 * page for page in range(len(kraken.asked))]


def test_what_is_left_is_said_and_another_time_goes_on_with_it() -> None:
    kraken = Kraken(many(*range(300)))
    wanted = Span(at(-1), at(300))

    first = read(kraken, wanted, pages=3)
    rest = left_open(wanted, first.spans)
    second = read(kraken, *rest)

    # 148 were read, of which the oldest may have others beside it that were not.
    assert first.spans == (Span(at(152), at(300)),)
    assert rest == (Span(at(-1), at(152)),)
    assert joined((*first.spans, *second.spans)) == (wanted,)
    require_true(first, kraken.booked)
    assert {one.id for one in (*first.entries, *second.entries)} == {one.id for one in kraken.booked}


def test_very_many_of_one_time_are_read_all_the_same() -> None:
    kraken = Kraken(many(*[5.0] * 130, 6))

    found = read(kraken, Span(at(0), at(9)))

    assert len(found.entries) == 131
    assert found.spans == (Span(at(0), at(9)),)


def test_those_of_one_time_count_as_read_together_or_not_at_all() -> None:
    kraken = Kraken(many(*[5.0] * 60, *range(6, 40)))

    found = read(kraken, Span(at(0), at(99)), pages=1)

    assert found.spans == (Span(at(5), at(99)),)
    require_true(found, kraken.booked)


@pytest.mark.parametrize("newer", [1, 30, 49, 200])
def test_what_comes_meanwhile_moves_nothing(newer: int) -> None:
    numbers = iter(range(10_000, 20_000))

    def book(kraken: Kraken) -> None:
        kraken.booked += [entry(number, 900) for number in islice(numbers, newer)]

    kraken = Kraken(many(*range(200)), meanwhile=book)

    found = read(kraken, Span(at(-1), at(200)))

    assert found.failure is None
    assert [one.id for one in sorted(found.entries, key=lambda one: one.id)] == [f"L{n:05}" for n in range(200)]


def test_what_is_booked_late_within_the_window_loses_nothing() -> None:
    """A few at its end move the pages by as many, which still join."""
    numbers = iter(range(10_000, 20_000))

    def book(kraken: Kraken) -> None:
        kraken.booked += [entry(number, 199.5) for number in islice(numbers, 7)]

    kraken = Kraken(many(*range(200)), meanwhile=book)

    found = read(kraken, Span(at(-1), at(200)))

    assert found.failure is None
    assert {f"L{n:05}" for n in range(200)} <= {one.id for one in found.entries}


def test_the_latest_of_several_times_is_read_first() -> None:
    kraken = Kraken(many(*range(500)))

    found = read(kraken, Span(at(-1), at(100)), Span(at(400), at(500)), pages=3)

    assert found.spans == (Span(at(400), at(500)),)


def test_a_failure_keeps_what_was_read_before() -> None:
    kraken = Kraken(many(*range(200)))

    def refuse(start: int, end: int, offset: int) -> LedgerPage:
        if offset > 49:
            raise RateLimited("Kraken says “EAPI:Rate limit exceeded”")
        return kraken.page(start, end, offset)

    found = read_ledger(refuse, [Span(at(-1), at(200))], so_often(100))

    assert isinstance(found.failure, RateLimited)
    assert len(found.entries) == 99
    assert found.spans == (Span(at(101), at(200)),)


class TestWhatNoLedgerSays:
    def test_pages_that_repeat(self) -> None:
        kraken = Kraken(many(*range(200)))

        found = read_ledger(
            lambda start, end, _: kraken.page(start, end, 0), [Span(at(-1), at(200))], so_often(100)
        )

        assert str(found.failure) == "the pages of Kraken's ledger repeat, and more are said to come"
        assert (len(kraken.asked), len(found.entries)) == (2, 50)
        require_true(found, kraken.booked)

    def test_pages_that_leave_something_out_between_them(self) -> None:
        kraken = Kraken(many(*range(200)))

        found = read_ledger(
            lambda start, end, offset: kraken.page(start, end, offset + 5 * (offset > 0)),
            [Span(at(-1), at(200))],
            so_often(100),
        )

        assert str(found.failure) == "the pages of Kraken's ledger do not join"
        assert found.spans == (Span(at(150), at(200)),)
        require_true(found, kraken.booked)

    def test_pages_that_begin_again_under_other_ids(self) -> None:
        """As the sandbox's endless histories do."""
        kraken = Kraken(many(*range(60)))

        def page(start: int, end: int, offset: int) -> LedgerPage:
            entries = sorted(kraken.booked, key=lambda one: one.at, reverse=True)
            again = [
                replace(entries[place % 60], id=f"{entries[place % 60].id}-{place // 60}")
                for place in range(offset, offset + PAGE)
            ]
            return LedgerPage(tuple(again), offset + 2 * PAGE)

        found = read_ledger(page, [Span(at(-1), at(60))], so_often(100))

        assert str(found.failure) == "the pages of Kraken's ledger are not in the order of time"
        assert found.spans == (Span(at(10), at(60)),)

    def test_pages_that_never_end(self) -> None:
        """All of one time and each of them new: nobody can tell that from many that are true."""
        numbers = iter(range(100_000))

        def page(start: int, end: int, offset: int) -> LedgerPage:
            new = [entry(next(numbers), 5) for _ in range(PAGE - 1)]
            seen = [entry(offset, 5)] if offset else [entry(next(numbers), 5)]
            return LedgerPage((*seen, *new), offset + 2 * PAGE)

        found = read_ledger(page, [Span(at(0), at(60))], so_often(5))

        assert (found.spans, found.failure) == ((Span(at(5), at(60)),), None)

    @pytest.mark.parametrize("seconds", [-5.0, 63.0, 1e9])
    def test_entries_of_a_time_that_was_not_asked_for(self, seconds: float) -> None:
        found = read_ledger(lambda *_: LedgerPage((entry(1, seconds),), 1), [Span(at(0), at(60))], so_often(5))

        said = f"{at(seconds):%Y-%m-%d %H:%M:%S} UTC, a time that it was not asked for"
        assert str(found.failure) == f"Kraken's ledger has an entry of {said}"
        assert (found.entries, found.spans) == ((), ())

    def test_one_entry_in_two_ways(self) -> None:
        kraken = Kraken(many(*range(60)))

        def page(start: int, end: int, offset: int) -> LedgerPage:
            found = kraken.page(start, end, offset)
            return LedgerPage(tuple(replace(one, amount=Decimal(offset)) for one in found.entries), found.count)

        found = read_ledger(page, [Span(at(-1), at(60))], so_often(5))

        assert str(found.failure) == "Kraken tells its ledger entry L00010 in two ways"
        assert {one.amount for one in found.entries} == {0}

    def test_more_that_are_not_there(self) -> None:
        found = read_ledger(lambda *_: LedgerPage((entry(1, 5),), 99), [Span(at(0), at(60))], so_often(5))

        assert isinstance(found.failure, UnexpectedAnswer)
        assert found.spans == (Span(at(5), at(60)),)


@given(
    times=st.lists(st.integers(0, 40).map(lambda tenths: tenths * 7.5), max_size=400),
    late=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 40)), max_size=30),
    pages=st.lists(st.integers(1, 4), min_size=1, max_size=60),
    seed=st.integers(0, 2**16),
)
def test_runs_that_are_cut_short_lose_nothing(
    times: Sequence[float], late: Sequence[tuple[int, int]], pages: Sequence[int], seed: int
) -> None:
    """Each goes on where the others have ended; what is booked at the end of time moves their pages."""
    chance = random.Random(seed)
    arriving = iter([entry(10_000 + number, 300.0 + second) for number, (_, second) in enumerate(late)])

    def book(kraken: Kraken) -> None:
        kraken.booked += islice(arriving, chance.randrange(3))

    kraken = Kraken(many(*times), meanwhile=book)
    wanted = Span(at(-1), at(300))
    spans: tuple[Span, ...] = ()
    known: dict[str, BookEntry] = {}
    for budget in (*pages, 100):
        found = read(kraken, *left_open(wanted, spans), pages=budget)
        assert found.failure is None
        known |= {one.id: one for one in found.entries}
        spans = joined((*spans, *found.spans))
        for one in kraken.booked:
            if any(span.start < one.at <= span.end for span in spans) and one.id < "L10000":
                assert one.id in known
    assert spans == (wanted,)
    assert {one.id for one in kraken.booked if one.id < "L10000"} == {name for name in known if name < "L10000"}
