"""What an account has several of: its assets, its open orders, its open positions; as cells and as sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from .. import money
from ..kraken.earn import EarnState
from ..kraken.earn_counting import EarnEntry
from ..kraken.orders import OpenPosition, Order
from ..kraken.prices import Basis, NoPrice, Price
from ..kraken.valuation import Holding
from ..report.model import AccountReport
from ..text import fit
from .activity import activity_in_full
from .interface import View
from .wallets import UNKNOWN

Justify = Literal["left", "right"]

_ASSET_COLUMNS: Mapping[str, Justify] = {
    "Asset": "left",
    "Amount": "right",
    "On hold": "right",
    "Price": "right",
    "Value": "right",
    "Held as": "left",
}
_ORDER_COLUMNS: Mapping[str, Justify] = {
    "Order": "left",
    "What": "left",
    "Volume": "right",
    "Price": "right",
    "Opened (UTC)": "left",
}
_POSITION_COLUMNS: Mapping[str, Justify] = {
    "Position": "left",
    "What": "left",
    "Volume": "right",
    "Closed": "right",
    "Cost": "right",
    "Profit": "right",
}
_ACTIVITY_COLUMNS: Mapping[str, Justify] = {"What": "left", "How much": "left"}
_EARN_COLUMNS: Mapping[str, Justify] = {
    "In Earn": "left",
    "Amount": "right",
    "State": "left",
    "Until (UTC)": "left",
    "Counted in": "left",
}
_UNTIL = {"-": "", UNKNOWN: " until nobody knows when"}
_STATES = {None: UNKNOWN, EarnState.EXIT_QUEUE: "exit queue", EarnState.PENDING: "being moved"}


@dataclass(frozen=True, slots=True)
class ItemList:
    """Several things of one kind.

    Attributes:
        columns: their titles, and on which side their cells stand.
        rows: a cell for each column; None if unknown.
        sentences: the same, one for each row.
    """

    title: str
    columns: Mapping[str, Justify]
    rows: Sequence[tuple[str, ...]] | None
    sentences: Sequence[str]

    @property
    def none(self) -> str:
        """What to say where there is nothing to list."""
        return "unknown" if self.rows is None else "none"


class ItemLists:
    """Says what an account has in characters that an encoding has, with amounts in the quote currency."""

    def __init__(self, quote: str, encoding: str) -> None:
        self._quote = quote
        self._encoding = encoding

    def of(self, account: AccountReport, view: View) -> Iterator[ItemList]:
        """Those that the view asks for."""
        label = account.account.label
        if view.assets:
            held = account.holdings
            yield ItemList(
                f"ASSETS OF {label}",
                _ASSET_COLUMNS,
                None if held is None else list(map(self._holding, held)),
                list(map(self._holding_in_words, held or ())),
            )
        if account.earn:
            entries = list(map(self._earn, account.earn))
            yield ItemList(f"EARN OF {label}", _EARN_COLUMNS, entries, self.earn_in_words(account))
        if view.activity:
            done = activity_in_full(account, self._quote, self._encoding)
            said = [f"{what}: {how_much}" for what, how_much in done or ()]
            yield ItemList(f"ACTIVITY OF {label}", _ACTIVITY_COLUMNS, done, said)
            orders = None if account.open_orders is None else list(map(self._order, account.open_orders))
            said = [
                f"{what} {volume}, price {price}, opened {opened} UTC, {order}"
                for order, what, volume, price, opened in orders or ()
            ]
            yield ItemList(f"OPEN ORDERS OF {label}", _ORDER_COLUMNS, orders, said)
            positions = (
                None if account.open_positions is None else list(map(self._position, account.open_positions))
            )
            said = [
                f"{what} {volume}, {closed} closed, cost {cost}, profit {profit}, {position}"
                for position, what, volume, closed, cost, profit in positions or ()
            ]
            yield ItemList(f"OPEN POSITIONS OF {label}", _POSITION_COLUMNS, positions, said)

    def earn_in_words(self, account: AccountReport) -> list[str]:
        """What an account has in Earn, a sentence for each amount."""
        return [
            f"{asset} {amount}, {state}{_UNTIL.get(until, f' until {until} UTC')}, counted in: {place}"
            for asset, amount, state, until, place in map(self._earn, account.earn or ())
        ]

    def _fit(self, text: str) -> str:
        return fit(text, self._encoding)

    def _holding(self, held: Holding) -> tuple[str, ...]:
        """Asset, amount, what of it is on hold, price, value, codes."""
        return (
            self._fit(held.asset),
            money.plain(held.amount),
            "unknown" if held.on_hold is None else money.plain(held.on_hold),
            self._price(held.unit),
            "unknown" if held.value is None else money.formatted(held.value, self._quote, self._encoding),
            self._fit(" ".join(held.codes)),
        )

    def _holding_in_words(self, held: Holding) -> str:
        """The price is named as one, and none with the reason."""
        asset, amount, on_hold, price, value, codes = self._holding(held)
        unit = held.unit
        said = f"{price} ({unit.reason})" if isinstance(unit, NoPrice) else f"price {price}"
        return f"{asset} {amount} (on hold: {on_hold}), {self._fit(said)}, value {value}, held as {codes}"

    def _earn(self, entry: EarnEntry) -> tuple[str, ...]:
        """Asset, amount, state, until when, where it is counted."""
        return (
            self._fit(entry.asset),
            money.plain(entry.amount),
            _STATES.get(entry.state, entry.state or ""),
            self._until(entry),
            "unknown" if entry.counted_in is None else entry.counted_in.value,
        )

    def _until(self, entry: EarnEntry) -> str:
        if entry.until is not None:
            return f"{entry.until:%Y-%m-%d %H:%M:%S}"
        return UNKNOWN if entry.has_end else "-"

    def _price(self, unit: Price | NoPrice) -> str:
        if isinstance(unit, NoPrice):
            return "no price"
        price = money.formatted_price(unit.amount, self._quote, self._encoding)
        return f"{price} (bid)" if unit.basis is Basis.BID else price

    def _order(self, order: Order) -> tuple[str, ...]:
        """Id, what, volume and what of it is done, price, opened."""
        return (
            self._fit(order.order_id),
            self._fit(f"{order.side} {order.order_type} {order.pair}"),
            f"{money.plain(order.volume)}{f' ({money.plain(order.executed)} done)' if order.executed else ''}",
            self._price_of(order),
            f"{order.opened_at:%Y-%m-%d %H:%M:%S}" if order.opened_at else "unknown",
        )

    def _price_of(self, order: Order) -> str:
        if order.price is not None:
            return money.plain(order.price)
        return self._fit(order.price_relative or ("market" if order.order_type == "market" else "none"))

    def _position(self, position: OpenPosition) -> tuple[str, ...]:
        """Id, what, volume, closed, cost, unrealized profit."""
        return (
            self._fit(position.position_id),
            self._fit(f"{position.side} {position.pair}"),
            money.plain(position.volume),
            money.plain(position.closed),
            money.plain(position.cost),
            "unknown" if position.profit is None else money.plain(position.profit),
        )
