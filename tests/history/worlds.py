"""Accounts that never were, with prices, a ledger and checks, and what became of them worked out the plain way."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from kraken_accounts import Account
from kraken_accounts.history.ledger_model import Entry, LedgerCoverage, ValuedEntry
from kraken_accounts.history.model import Figures, Point, PriceAt
from kraken_accounts.history.track import Track
from kraken_accounts.kraken.ledger_types import MEANINGS, Meaning
from kraken_accounts.spans import Span

FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
SPOT = ("spot",)
CODES = {"USD": "ZUSD", "BTC": "XXBT", "ETH": "XETH"}
Prices = Mapping[str, Decimal]


def day(number: float) -> datetime:
    """So many days after the first."""
    return FIRST_DAY + timedelta(days=number)


def cents(amount: Decimal) -> Decimal:
    return round(amount, 2)


@dataclass
class World:
    """One account, whose amounts change by entries of its ledger alone, unless `slip` is called.

    Prices are those of `prices` at any time; set them before each thing that happens.
    """

    selector: str = "alpha"
    prices: dict[str, Decimal] = field(default_factory=lambda: {"USD": Decimal(1)})
    amounts: dict[str, Decimal] = field(default_factory=dict)
    entries: list[ValuedEntry] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    seen: dict[datetime, tuple[dict[str, Decimal], dict[str, Decimal]]] = field(default_factory=dict)
    known: LedgerCoverage | None = field(default_factory=lambda: LedgerCoverage((Span(day(-1000), day(10_000)),)))
    own: set[str] = field(default_factory=set)

    def book(
        self,
        at: datetime,
        kind: str,
        asset: str,
        amount: str | Decimal,
        fee: str | Decimal = "0",
        *,
        subtype: str = "",
        own: bool = False,
    ) -> Entry:
        """Let an entry of the ledger happen."""
        change, cost = Decimal(amount), Decimal(fee)
        self.amounts[asset] = self.amounts.get(asset, Decimal(0)) + change - cost
        entry = Entry(
            id=f"L{len(self.entries):05}",
            refid=f"R{len(self.entries):05}",
            at=at,
            type=kind,
            subtype=subtype,
            code=CODES.get(asset, asset),
            asset=asset,
            amount=change,
            fee=cost,
            balance=self.amounts[asset],
        )
        price = self.prices.get(asset)
        self.entries.append(ValuedEntry(entry, None if price is None else PriceAt(at, price)))
        if own:
            self.own.add(entry.id)
        return entry

    def slip(self, asset: str, amount: str | Decimal) -> None:
        """Let an amount change that no entry tells of."""
        self.amounts[asset] = self.amounts.get(asset, Decimal(0)) + Decimal(amount)

    def check(self, at: datetime, *, complete: bool = True, covers: tuple[str, ...] = SPOT) -> Decimal:
        """Let a check leave a point; its total."""
        total = self.total()
        self.points.append(Point(at, Figures("trading", total, covers=covers, complete=complete, whole=True)))
        self.seen[at] = ({asset: amount for asset, amount in self.amounts.items() if amount}, dict(self.prices))
        return total

    def total(self) -> Decimal:
        worth = sum(
            (a * self.prices[asset] for asset, a in self.amounts.items() if asset in self.prices), Decimal(0)
        )
        return cents(worth)

    def track(self) -> Track:
        entries = sorted(self.entries, key=lambda valued: (valued.entry.at, valued.entry.id))
        account = Account.called(self.selector)
        return Track(account, self.points, entries, self.known, Seen(self.seen), frozenset(self.own))

    # --- the plain way ----------------------------------------------------------------------------------

    def paid(
        self, start: datetime, end: datetime, kinds: Iterable[str] = ("deposit", "withdrawal")
    ) -> list[Decimal]:
        """What each flow after one time and up to another was worth, in cents."""
        return [
            cents(valued.value)
            for valued in self.entries
            if start < valued.entry.at <= end and valued.entry.type in kinds and valued.value is not None
        ]


@dataclass
class Seen:
    """What the checks found."""

    checks: Mapping[datetime, tuple[Mapping[str, Decimal], Mapping[str, Decimal]]]

    def amounts(self, point: Point) -> Mapping[str, Decimal] | None:
        return self.checks[point.at][0]

    def price(self, asset: str, point: Point) -> Decimal | None:
        return self.checks[point.at][1].get(asset)


def total_of(worlds: Sequence[World]) -> Decimal:
    return sum((world.total() for world in worlds), Decimal(0))


KINDS = [
    (kind, subtype or "", known.meaning)
    for (kind, subtype), known in MEANINGS.items()
    if known.meaning not in (Meaning.UNKNOWN,) and kind != "trade"
]
ASSETS = ("USD", "BTC", "ETH")


def year_of(
    seed: int, selector: str = "alpha", days: int = 365, *, internal: bool = True, missing: float = 0.03
) -> World:
    """A year with every type of entry that is known, several a day; checks at changing hours, some days none."""
    chance = random.Random(seed)
    world = World(selector, prices={"USD": Decimal(1), "BTC": Decimal("60123.4"), "ETH": Decimal("3141.59")})
    world.amounts = {"USD": Decimal(50_000), "BTC": Decimal(2), "ETH": Decimal(20)}
    world.check(day(0))
    kinds = [one for one in KINDS if internal or one[2] is not Meaning.INTERNAL]
    todo = [*kinds]
    for number in range(days):
        moments = sorted(chance.sample(range(60, 80_000), 3))
        for second in moments:
            at = day(number) + timedelta(seconds=second)
            for asset in ("BTC", "ETH"):
                world.prices[asset] *= 1 + Decimal(chance.randint(-150, 155)) / 10_000
                world.prices[asset] = round(world.prices[asset], 5)
            asset = chance.choice(ASSETS)
            if chance.random() < 0.5:
                volume = Decimal(chance.randint(1, 900)) / 10_000
                cost = round(volume * world.prices["BTC"], 4)
                world.book(at, "trade", "USD", -cost, round(cost * Decimal("0.0026"), 4))
                world.book(at, "trade", "BTC", volume)
                continue
            kind, subtype, _ = todo.pop() if todo else chance.choice(kinds)
            amount = Decimal(chance.randint(-100_000, 100_000)) / 100_000 / (world.prices[asset] / 1000)
            world.book(at, kind, asset, round(amount, 8), subtype=subtype)
        if number == days - 1 or chance.random() >= missing:
            world.check(day(number) + timedelta(seconds=chance.randint(80_000, 86_399)))
    return world
