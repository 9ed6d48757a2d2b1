"""Several accounts as one: their sums, in which what one of them sends to another neither came nor went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, pairwise

from .. import money
from ..accounts import Account, named
from ..spans import Span
from .caveats import Caveat, CaveatCode, gaps, moment
from .performance import AccountBooks, Performance, is_near
from .periods import By, periods
from .returns import Flow, Growth, Valuation, chained, growth
from .statement import AccountStatement, day_of, days_of

_WHAT_CAME = "what came and went"
_NOT_KNOWN_WHAT_CAME = f"{_WHAT_CAME} is not known"
_MOST = 3  # accounts that are told one by one

Leg = tuple[str, str]
"""One side of a transfer: the selector of the account, and the id of its entry."""


class Together:
    """Several accounts as one: what one of them sends to another neither came nor went.

    Args:
        transfers: those between two of the accounts: which entry sent it, and which received it.
    """

    def __init__(self, books: Sequence[AccountBooks], transfers: Iterable[tuple[Leg, Leg]]) -> None:
        self._books = {one.track.account.selector: one for one in books}
        self._intervals_of: dict[Leg, int] = {
            (selector, id_): interval.index
            for selector, one in self._books.items()
            for interval in one.intervals.values()
            for id_ in interval.own
        }
        self._transfers = [pair for pair in transfers if all(leg in self._intervals_of for leg in pair)]

    def performance(self, span: Span) -> Performance:
        """Between two times, of all of them: without any figure where one of them has none."""
        each = [*self._books.values()]
        latest = max((at for one in each if (at := _last_at(one, span))), default=span.end)
        if any(_why_not_counted(books, span, latest) is not None for books in each):
            return Performance(span)
        return self._performance(each, span, self._rates_of_days(each, span), complete=True)

    def statement(self, span: Span, by: By) -> AccountStatement:
        """Of all that have figures up to when the last of them was checked; who has not is named."""
        counted: list[AccountBooks] = []
        missing: defaultdict[str, list[Account]] = defaultdict(list)
        latest = max((at for one in self._books.values() if (at := _last_at(one, span))), default=span.end)
        for books in self._books.values():
            why = _why_not_counted(books, span, latest)
            if why is None:
                counted.append(books)
            else:
                missing[why].append(books.track.account)
        if not counted:
            # What was there can be told all the same.
            there = [self._books[one.selector] for one in missing.pop(_NOT_KNOWN_WHAT_CAME, ())]
            unknown = (
                [Caveat(CaveatCode.LEDGER_UNKNOWN, f"of no account it is known {_WHAT_CAME}")] if there else []
            )
            return AccountStatement(
                None,
                _worth_of(there, span),
                tuple(_worth_of(there, period) for period in periods(span, by)),
                self._days(there, span),
                caveats=(*unknown, *(said for why, whom in missing.items() for said in _not_in_it(whom, why))),
            )
        rates = self._rates_of_days(counted, span)
        overall = self._performance(counted, span, rates, complete=not missing)
        of_periods = [self._performance(counted, period, rates, complete=True) for period in periods(span, by)]
        joined, broken = defaultdict[datetime, list[Account]](list), []
        for one in counted:
            if (ends := one.ends_of(span)) is not None:
                if (began := one.worths[ends[0]].at) > span.start:
                    joined[began].append(one.track.account)
                broken += [one.track.account] if gaps(one, *ends) else []
        return AccountStatement(
            None,
            overall,
            tuple(of_periods),
            self._days(counted, span),
            self._flows(counted, span),
            caveats=tuple(
                chain(
                    *(_not_in_it(whom, why) for why, whom in missing.items()),
                    *(_in_it_from(whom, at) for at, whom in joined.items()),
                    _of_each(CaveatCode.GAP, broken, "has no whole total on some days", "have none on some days"),
                    self._moved(counted, span),
                )
            ),
        )

    def _performance(
        self, counted: Sequence[AccountBooks], span: Span, rates: Mapping[date, Decimal | None], *, complete: bool
    ) -> Performance:
        there = [one for one in counted if one.worths and one.worths[0].at < span.end]
        each = [one.performance(span) for one in there]
        if not each or any(one.gain is None for one in each):
            return Performance(span)
        neutral = self._neutral(_ends_of(there, span))
        received = money.total(flow.amount for flow in neutral if flow.amount > 0)
        sent = money.total(-flow.amount for flow in neutral if flow.amount < 0)
        start, end = _sum(one.start for one in each), _sum(one.end for one in each)
        paid_in, paid_out = _sum(one.deposits for one in each), _sum(one.withdrawals for one in each)
        unexplained = _sum(one.unexplained for one in each)
        if start is None or end is None or paid_in is None or paid_out is None or unexplained is None:
            return Performance(span)
        deposits, withdrawals = paid_in - received, paid_out - sent
        return Performance(
            span,
            min(one.began for one in each if one.began is not None),
            max(one.ended for one in each if one.ended is not None),
            start,
            deposits,
            withdrawals,
            _sum(one.fees for one in each),
            _sum(one.rewards for one in each),
            end - start - deposits + withdrawals - unexplained,
            end,
            unexplained,
            chained(rate for day, rate in rates.items() if day_of(span.start) < day <= day_of(span.end)),
            complete and all(one.complete for one in each),
        )

    def _moved(self, counted: Sequence[AccountBooks], span: Span) -> Iterator[Caveat]:
        """What one has sent to another."""
        neutral = self._neutral(_ends_of(counted, span))
        if received := money.total(flow.amount for flow in neutral if flow.amount > 0):
            amount = money.formatted(received, counted[0].quote)
            yield Caveat(
                CaveatCode.OWN_TRANSFERS,
                f"{amount} went from one of these accounts to another, and is neither paid in nor out here",
            )

    def _neutral(self, ends: Mapping[str, tuple[int, int]]) -> list[Flow]:
        """The flows of which both sides are between the ends of their accounts."""
        found = []
        for pair in self._transfers:
            if all(
                selector in ends and ends[selector][0] < self._intervals_of[selector, id_] <= ends[selector][1]
                for selector, id_ in pair
            ):
                found += [self._flow(leg) for leg in pair]
        return found

    def _flow(self, leg: Leg) -> Flow:
        return self._books[leg[0]].intervals[self._intervals_of[leg]].own[leg[1]]

    def _rates_of_days(self, counted: Sequence[AccountBooks], span: Span) -> dict[date, Decimal | None]:
        """The rate of each day, of all that have a point at its end."""
        days: defaultdict[date, list[Growth]] = defaultdict(list)
        neutral = self._neutral_within_a_day()
        for books in counted:
            ends = books.ends_of(span)
            if ends is None:
                continue
            for since, until in pairwise(_ends_of_days(books, *ends)):
                start, end = books.worths[since], books.worths[until]
                within = books.between(since, until)
                if not within:
                    days[day_of(end.at)].append(Growth(end.amount - start.amount, start.amount))
                    continue
                flows = [flow for interval in within for flow in interval.flows if id(flow) not in neutral]
                unexplained = money.total(interval.unexplained for interval in within)
                days[day_of(end.at)].append(growth(start, end, flows, unexplained))
        return {
            day: Growth(money.total(g.gained for g in found), money.total(g.capital for g in found)).rate
            for day, found in sorted(days.items())
        }

    def _neutral_within_a_day(self) -> set[int]:
        found = set()
        for pair in self._transfers:
            days = {day_of(self._books[leg[0]].worths[self._intervals_of[leg]].at) for leg in pair}
            if len(days) == 1:
                found |= {id(self._flow(leg)) for leg in pair}
        return found

    def _flows(self, counted: Sequence[AccountBooks], span: Span) -> tuple[Flow, ...]:
        ends = _ends_of(counted, span)
        neutral = {id(flow) for flow in self._neutral(ends)}
        flows = [
            flow
            for one in counted
            if (found := ends.get(one.track.account.selector)) is not None
            for interval in one.between(*found)
            for flow in interval.flows
            if id(flow) not in neutral
        ]
        return tuple(sorted(flows, key=lambda flow: flow.at))

    def _days(self, counted: Sequence[AccountBooks], span: Span) -> dict[date, Valuation | None]:
        each = [(days_of(one, span), day_of(one.worths[0].at)) for one in counted]
        found: dict[date, Valuation | None] = {}
        for day in each[0][0] if each else ():
            there = [days[day] for days, first in each if first <= day]
            known = [worth for worth in there if worth is not None]
            whole = known and len(known) == len(there)
            found[day] = (
                Valuation(max(w.at for w in known), money.total(w.amount for w in known)) if whole else None
            )
        return found


def _ends_of(books: Iterable[AccountBooks], span: Span) -> dict[str, tuple[int, int]]:
    """The first and the last point of each that has any there, by the account's selector."""
    return {one.track.account.selector: ends for one in books if (ends := one.ends_of(span)) is not None}


def _ends_of_days(books: AccountBooks, first: int, last: int) -> list[int]:
    """The first of these points, and the last one of each day after it."""
    days = [day_of(books.worths[index].at) for index in range(first, last + 1)]
    ends = [first + number for number in range(1, len(days)) if days[number] != days[number - 1]]
    return sorted({first, *(end - 1 for end in ends), last})


def _worth_of(books: Sequence[AccountBooks], span: Span) -> Performance:
    """What they had in the beginning and in the end, of which nobody knows what came and went."""
    each = [one.performance(span) for one in books]
    if not each:
        return Performance(span)
    return Performance(
        span,
        min((one.began for one in each if one.began is not None), default=None),
        max((one.ended for one in each if one.ended is not None), default=None),
        start=_sum(one.start for one in each),
        end=_sum(one.end for one in each),
    )


def _not_in_it(whom: Sequence[Account], why: str) -> Iterator[Caveat]:
    return _of_each(CaveatCode.MISSING_ACCOUNT, whom, f"is not in it: {why}", f"are not in it, since {why}")


def _in_it_from(whom: Sequence[Account], at: datetime) -> Iterator[Caveat]:
    later = f"in it from {moment(at)} on"
    return _of_each(CaveatCode.BEGINS_LATER, whom, f"is {later}", f"are {later}")


def _of_each(code: CaveatCode, whom: Sequence[Account], one: str, many: str) -> Iterator[Caveat]:
    """One for each of them; one for all where they are many."""
    if len(whom) > _MOST:
        yield Caveat(code, f"{len(whom)} accounts {many}: {named(whom)}")
    else:
        yield from (Caveat(code, f"{account.label} {one}") for account in whom)


def _last_at(books: AccountBooks, span: Span) -> datetime | None:
    """When its figures end; None if it has none."""
    ends = books.ends_of(span)
    return None if ends is None else books.worths[ends[1]].at


def _why_not_counted(books: AccountBooks, span: Span, latest: datetime) -> str | None:
    """Why an account is not in the sum; None if it is."""
    ends = books.ends_of(span)
    if ends is None:
        return "no two whole totals are known in this time"
    if not is_near(books.worths[ends[1]].at, latest):
        return f"the last whole total is of {moment(books.worths[ends[1]].at)}"
    return None if books.is_known(*ends) else _NOT_KNOWN_WHAT_CAME


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """None where one of them is unknown."""
    each = list(amounts)
    known = [amount for amount in each if amount is not None]
    return money.total(known) if len(known) == len(each) else None
