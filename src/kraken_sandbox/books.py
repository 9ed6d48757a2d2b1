"""An account's money: what it may spend, and how entries in its ledger change what it has."""

from collections import defaultdict
from decimal import Decimal

from .accounts import SimulatedAccount, SimulatedHolding
from .market import ListedAsset, Market
from .records import BookOrder, LedgerEntry
from .state import ExchangeState


def holds(account: SimulatedAccount, market: Market) -> dict[str, Decimal]:
    """What open orders hold, per asset code (BalanceEx's `hold_trade`)."""
    held: dict[str, Decimal] = defaultdict(Decimal)
    for order in account.open_orders.values():
        asset, amount = hold(order, market)
        held[asset.code] += amount
    return held


def hold(order: BookOrder, market: Market) -> tuple[ListedAsset, Decimal]:
    """What one open order keeps from being spent: the volume to sell, or the cost to buy it with its fee.

    A trailing stop keeps nothing before it is triggered.
    """
    pair = market.pairs[order.pair]
    if order.trailing is not None:
        return pair.base, Decimal(0)
    if order.type == "sell" or order.price is None:
        return pair.base, order.volume_left
    return pair.quote, pair.spending(order.volume_left, order.price, maker=True)


def available(account: SimulatedAccount, asset: ListedAsset, market: Market) -> Decimal:
    """What an order may still spend: balance and credit, less what other orders hold."""
    holding = account.balances.get(asset.code)
    if holding is None:
        return Decimal(0)
    return holding.total - holds(account, market)[asset.code]


def enter(
    state: ExchangeState,
    account: SimulatedAccount,
    asset: ListedAsset,
    amount: Decimal,
    *,
    fee: Decimal = Decimal(0),
    type: str,  # noqa: A002 - Kraken's name for it
    subtype: str = "",
    refid: str,
    time: float,
) -> LedgerEntry:
    """Put an amount on the account's books, less a fee in the same asset."""
    holding = account.balances.setdefault(asset.code, SimulatedHolding(Decimal(0)))
    amount = asset.quantize(amount)
    fee = asset.quantize(fee)
    holding.amount += amount - fee
    entry = LedgerEntry(
        id=state.new_id("L"),
        refid=refid,
        time=time,
        type=type,
        subtype=subtype,
        asset=asset.code,
        amount=amount,
        fee=fee,
        balance=holding.amount,
    )
    account.ledger[entry.id] = entry
    return entry


def open_books(state: ExchangeState, account: SimulatedAccount, now: float) -> None:
    """Enter what a new account starts with as deposits, so that its ledger explains every balance."""
    for code, holding in account.balances.items():
        amount, holding.amount = holding.amount, Decimal(0)
        enter(
            state,
            account,
            state.market.assets[code],
            amount,
            type="deposit",
            refid=state.new_id("Q"),
            time=now,
        )
