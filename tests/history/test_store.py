"""What is recorded is read again as it was, in either kind of store."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_accounts import Account
from kraken_accounts.history.model import Figures, Held, Parts, Point, PriceAt, StatusSince
from kraken_accounts.history.store import History

from ..faults.hostile import few_examples
from .support import ALPHA, FINGERPRINT, NOON, OURS, after, all_points, check, held_at, points_of, seen, totals

TINY = "0.000000000000000000000000000001"
LONG = "123456789012345678901234567890.123456789012345678901234567891"


def test_a_check_is_read_as_it_was_recorded(history: History) -> None:
    parts = Parts(Decimal("70.10"), Decimal("29.90"), None)
    master = seen("master", "12345.67", {"BTC": "1.5", "USD": "0.01"}, fingerprint="ba9876543210", parts=parts)
    history.record(OURS, check(NOON, master, seen(), BTC="64250.15"))

    with history.reader(OURS) as reader:
        first, second = reader.series()
        (point,) = all_points(reader, "master")
        assert reader.holdings(first, "USD", point) == (
            Held("BTC", Decimal("1.5"), Decimal("64250.15")),
            Held("USD", Decimal("0.01"), None),
        )
        assert reader.quotes() == {"USD"}
    assert (first.account, first.fingerprint, first.last_at) == (Account.called("master"), "ba9876543210", NOON)
    assert (second.account.label, second.fingerprint) == ("USER (alpha)", FINGERPRINT)
    assert point == Point(
        NOON, Figures("trading", Decimal("12345.67"), parts, ("spot",), complete=True, whole=True)
    )


@pytest.mark.parametrize("amount", [TINY, LONG, f"-{LONG}", "1E+40", "0", "-0.00"])
def test_amounts_are_exact_to_the_last_digit(history: History, amount: str) -> None:
    history.record(OURS, check(NOON, seen(total=amount, holdings={"BTC": LONG}), BTC=TINY))

    (point,) = points_of(history)
    assert point.figures.total == Decimal(amount)
    with history.reader(OURS) as reader:
        assert reader.holdings(reader.series()[0], "USD", point) == (Held("BTC", Decimal(LONG), Decimal(TINY)),)


def test_what_is_unknown_stays_unknown(history: History) -> None:
    history.record(OURS, check(NOON, seen(holdings={"BTC": "1"})))
    history.record(OURS, check(after(hours=1), seen(total=None, status="unreachable")))

    known, unknown = points_of(history)
    assert (known.figures.total, unknown.figures) == (Decimal(100), Figures("unreachable"))
    assert held_at(history, known.at) == {"BTC": "1"}
    assert held_at(history, unknown.at) is None


def test_one_set_of_accounts_knows_nothing_of_another(history: History) -> None:
    history.record(OURS, check(NOON, seen(total="1")))
    history.record("another", check(NOON, seen(total="2")))

    assert totals(points_of(history)) == ["1"]
    assert totals(points_of(history, whose="another")) == ["2"]
    with history.reader("a third") as reader:
        assert (reader.series(), reader.quotes()) == ((), frozenset())


def test_currencies_are_kept_apart(history: History) -> None:
    history.record(OURS, check(NOON, seen(total="100"), BTC="64000"))
    history.record(OURS, check(after(hours=1), seen(total="90"), quote="EUR", BTC="60000"))

    assert (totals(points_of(history)), totals(points_of(history, quote="EUR"))) == (["100"], ["90"])
    assert totals(points_of(history, quote="GBP")) == []
    with history.reader(OURS) as reader:
        day = timedelta(days=1)
        assert reader.price_near("BTC", "USD", after(hours=1), day) == PriceAt(NOON, Decimal(64000))
        assert reader.price_near("BTC", "EUR", NOON, day) == PriceAt(after(hours=1), Decimal(60000))
        assert reader.quotes() == {"USD", "EUR"}


class TestWhoseItIs:
    """The name is the operator's; the account behind it is Kraken's."""

    def test_another_account_under_the_same_name_has_a_history_of_its_own(self, history: History) -> None:
        history.record(OURS, check(NOON, seen(total="100")))
        history.record(OURS, check(after(hours=1), seen(total="7", fingerprint="another")))
        history.record(OURS, check(after(hours=2), seen(total="101")))

        with history.reader(OURS) as reader:
            last, other = reader.series()
            assert (last.fingerprint, other.fingerprint) == (FINGERPRINT, "another")
            assert totals(reader.points(last, "USD", NOON, after(days=1))) == ["100", "101"]
            assert totals(reader.points(other, "USD", NOON, after(days=1))) == ["7"]

    def test_what_kraken_does_not_tell_is_the_account_that_was_found_last(self, history: History) -> None:
        history.record(OURS, check(NOON, seen(fingerprint="another")))
        history.record(OURS, check(after(hours=1), seen()))
        history.record(OURS, check(after(hours=2), seen(total=None, fingerprint=None, status="unreachable")))

        assert totals(points_of(history)) == ["100", None]

    def test_the_first_that_kraken_tells_is_the_one_that_was_there(self, history: History) -> None:
        history.record(OURS, check(NOON, seen(total=None, fingerprint=None)))
        history.record(OURS, check(after(hours=1), seen()))

        with history.reader(OURS) as reader:
            assert [one.fingerprint for one in reader.series()] == [FINGERPRINT]
        assert totals(points_of(history)) == [None, "100"]


class TestPoints:
    @pytest.fixture(autouse=True)
    def _recorded(self, history: History) -> None:
        """Noon of three days, and at six not whole."""
        for days in range(3):
            history.record(OURS, check(after(days=days), seen(total=str(100 + days))))
            history.record(OURS, check(after(days=days, hours=6), seen(total=str(50 + days), whole=False)))

    def test_are_those_from_one_time_up_to_another(self, history: History) -> None:
        with history.reader(OURS) as reader:
            (series,) = reader.series()
            assert totals(reader.points(series, "USD", NOON, after(days=1))) == ["100", "50"]
            assert totals(reader.points(series, "USD", after(hours=6), after(days=1, hours=1))) == ["50", "101"]
            assert reader.points(series, "USD", after(days=9), after(days=10)) == []
            assert reader.points(series, "USD", after(days=1), NOON) == []

    @pytest.mark.parametrize(
        ("moment", "last", "last_whole", "first", "first_whole"),
        [
            (after(hours=-1), [], [], ["100"], ["100"]),
            (NOON, ["100"], ["100"], ["100"], ["100"]),
            (after(hours=6), ["50"], ["100"], ["50"], ["101"]),
            (after(days=1, hours=7), ["51"], ["101"], ["102"], ["102"]),
            (after(days=2, hours=1), ["102"], ["102"], ["52"], []),
            (after(days=30), ["52"], ["102"], [], []),
        ],
    )
    def test_before_and_after_a_moment(
        self,
        history: History,
        moment: datetime,
        last: list[str],
        last_whole: list[str],
        first: list[str],
        first_whole: list[str],
    ) -> None:
        def shown(point: Point | None) -> list[str | None]:
            return [] if point is None else totals([point])

        with history.reader(OURS) as reader:
            (series,) = reader.series()
            assert shown(reader.last_until(series, "USD", moment, whole=False)) == last
            assert shown(reader.last_until(series, "USD", moment)) == last_whole
            assert shown(reader.first_from(series, "USD", moment, whole=False)) == first
            assert shown(reader.first_from(series, "USD", moment)) == first_whole

    def test_the_last_whole_one_of_each_day(self, history: History) -> None:
        history.record(OURS, check(after(days=1, hours=11), seen(total="111")))
        history.record(OURS, check(after(days=1, hours=3), seen(total="99")))  # which another one has overtaken

        with history.reader(OURS) as reader:
            (series,) = reader.series()
            day = date(2026, 11, 22)
            assert totals(reader.closings(series, "USD", day, day + timedelta(days=9))) == ["100", "111", "102"]
            assert totals(reader.closings(series, "USD", day + timedelta(days=1), day + timedelta(days=1))) == [
                "111"
            ]
            assert reader.closings(series, "EUR", day, day + timedelta(days=9)) == []

    def test_two_of_one_moment_are_two(self, history: History) -> None:
        for total in ("1", "2"):
            history.record(OURS, check(after(days=5), seen(total=total)))

        assert totals(points_of(history)[-2:]) == ["1", "2"]


def test_the_nearest_price_counts_if_it_is_near_enough(history: History) -> None:
    for hours in (0, 4):
        history.record(OURS, check(after(hours=hours), seen(), BTC=str(64000 + hours)))

    def near(hours: float, within: float) -> str | None:
        with history.reader(OURS) as reader:
            found = reader.price_near("BTC", "USD", after(hours=hours), timedelta(hours=within))
        return None if found is None else str(found.price)

    assert [near(1, 1), near(3, 1), near(2, 1), near(5, 1), near(-1, 1)] == [
        "64000",
        "64004",
        None,
        "64004",
        "64000",
    ]
    with history.reader(OURS) as reader:
        assert reader.price_near("ETH", "USD", NOON, timedelta(days=1)) is None


def test_since_when_each_status_was(history: History) -> None:
    for hours, status, since in ((0, "trading", 0), (1, "trading", 0), (2, "rejected", 2), (3, "trading", 3)):
        history.record(OURS, check(after(hours=hours), seen(status=status, since=after(hours=since))))

    with history.reader(OURS) as reader:
        (series,) = reader.series()
        assert reader.standings(series, after(hours=1), after(hours=3)) == [
            StatusSince(NOON, "trading"),
            StatusSince(after(hours=2), "rejected"),
        ]
        assert reader.standings(series, after(days=-2), NOON) == []


def test_what_is_not_held_any_more_is_gone_and_what_does_not_change_stays(history: History) -> None:
    history.record(OURS, check(NOON, seen(holdings={"BTC": "1", "ETH": "2"})))
    history.record(OURS, check(after(hours=1), seen(holdings={"BTC": "1"})))
    history.record(OURS, check(after(hours=2), seen(holdings={"BTC": "1", "ETH": "3"})))

    assert [held_at(history, after(hours=hours)) for hours in range(3)] == [
        {"BTC": "1", "ETH": "2"},
        {"BTC": "1"},
        {"BTC": "1", "ETH": "3"},
    ]


AMOUNTS = st.dictionaries(st.sampled_from(["BTC", "ETH", "USD"]), st.sampled_from(["1", "2", "3"]))


@few_examples
@given(
    checks=st.lists(st.none() | AMOUNTS, min_size=1, max_size=7).flatmap(
        lambda found: st.tuples(st.just(found), st.permutations(range(len(found))))
    )
)
def test_in_whatever_order_checks_arrive_each_keeps_what_it_found(
    store: dict[str, str], history: History, checks: tuple[list[dict[str, str] | None], list[int]]
) -> None:
    """Two hosts need not write in the order in which they have asked."""
    found, order = checks
    whose = f"{OURS} {datetime.now(UTC).timestamp()}"
    for number in order:
        amounts = found[number]
        one = seen(total=None) if amounts is None else seen(holdings=amounts)
        history.record(whose, check(after(minutes=number), one))

    with history.reader(whose) as reader:
        (series,) = reader.series()
        points = all_points(reader)
        held = [reader.holdings(series, "USD", point) for point in points]
    assert [None if some is None else {one.asset: str(one.amount) for one in some} for some in held] == found
    assert series.last_at == points[-1].at == after(minutes=len(found) - 1)


def test_nothing_is_there_before_the_first_check(history: History) -> None:
    from kraken_accounts.history.database import NothingRecorded

    with pytest.raises(NothingRecorded, match="nothing was recorded yet"), history.reader(OURS):
        pass
    with pytest.raises(NothingRecorded):
        history.prune(NOON)


def test_a_check_that_cannot_be_recorded_leaves_nothing(history: History) -> None:
    history.record(OURS, check(NOON, seen()))
    spoilt = check(after(hours=1), seen(), seen("bravo\ud800"))

    with pytest.raises(Exception):  # noqa: B017 - whichever of the libraries refuses it
        history.record(OURS, spoilt)

    assert totals(points_of(history)) == ["100"]
    with history.reader(OURS) as reader:
        assert [one.account.selector for one in reader.series()] == [ALPHA]
