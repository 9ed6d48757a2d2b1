"""What an account is worth: TradeBalance's figures, in one asset and at mid prices."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from .accounts import SimulatedAccount
from .market import ListedAsset, Market
from .records import Position

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class TradeBalanceFigures:
    """An account's worth, field by field as TradeBalance explains them, all in one asset."""

    equivalent_balance: Decimal
    trade_balance: Decimal
    margin: Decimal
    unrealized: Decimal
    cost_basis: Decimal
    floating: Decimal
    unexecuted: Decimal

    @property
    def equity(self) -> Decimal:
        return self.trade_balance + self.unrealized

    @property
    def free_margin(self) -> Decimal:
        return self.equity - self.margin

    @property
    def margin_level(self) -> Decimal | None:
        """Equity in percent of the margin in use; None without an open position."""
        return self.equity / self.margin * 100 if self.margin else None


def worth(account: SimulatedAccount, market: Market, quote: ListedAsset) -> TradeBalanceFigures:
    """Value an account. What no pair leads from to `quote` counts as nothing."""

    def in_quote(amounts: Iterable[tuple[ListedAsset, Decimal]]) -> Decimal:
        return sum((amount * (market.price(asset, quote) or ZERO) for asset, amount in amounts), ZERO)

    holdings = [(market.assets[code], holding.owned) for code, holding in account.balances.items()]
    positions = [(market.pairs[position.pair], position) for position in account.positions.values()]
    orders = [(market.pairs[order.pair], order) for order in account.open_orders.values()]
    return TradeBalanceFigures(
        equivalent_balance=in_quote(holdings),
        trade_balance=in_quote(
            (asset, amount * asset.collateral_value) for asset, amount in holdings if asset.collateral_value
        ),
        margin=in_quote((pair.quote, position.margin) for pair, position in positions),
        unrealized=in_quote((pair.quote, profit(position, market)) for pair, position in positions),
        cost_basis=in_quote((pair.quote, position.cost) for pair, position in positions),
        floating=in_quote((pair.quote, value(position, market)) for pair, position in positions),
        unexecuted=in_quote(
            (pair.quote, order.volume_left * order.price) for pair, order in orders if order.price is not None
        ),
    )


def value(position: Position, market: Market) -> Decimal:
    """What the position's volume costs now, in the pair's quote asset."""
    return position.volume * market.tickers[position.pair].mid


def profit(position: Position, market: Market) -> Decimal:
    """What closing the position now would gain, in the pair's quote asset; negative for a loss."""
    gain = value(position, market) - position.cost
    return gain if position.type == "buy" else -gain
