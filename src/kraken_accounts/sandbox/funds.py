"""What an account holds, what its open orders keep of it, and what all of it is worth."""

from collections import defaultdict
from decimal import Decimal

from kraken_accounts.sandbox.accounts import Account, Order
from kraken_accounts.sandbox.market import Asset, Market


def holds(account: Account, market: Market) -> dict[str, Decimal]:
    """What open orders hold, per asset code: the base asset when selling, the quote asset when buying."""
    held: dict[str, Decimal] = defaultdict(Decimal)
    for order in account.open_orders:
        asset, amount = hold(order, market)
        held[asset.code] += amount
    return held


def hold(order: Order, market: Market) -> tuple[Asset, Decimal]:
    """The asset and the amount of it that this order keeps from being spent."""
    pair = market.pairs[order.pair]
    if order.type == "sell":
        return pair.base, order.volume_left
    return pair.quote, pair.quote.quantize(order.volume_left * order.price)


def equivalent(account: Account, market: Market, quote: Asset) -> Decimal:
    """The worth of every holding that a chain of pairs leads from to `quote`, at mid prices."""
    total = Decimal(0)
    for code, holding in account.balances.items():
        asset = market.assets[code]
        price = market.price(underlying(asset, market), quote)
        if price is not None:
            total += (holding.amount + holding.credit - holding.credit_used) * price
    return total


def underlying(asset: Asset, market: Market) -> Asset:
    """The asset that a suffixed code stands for: `DOT28.S` is DOT, `XBT.F` is XXBT, `ETH2` is XETH."""
    stem, suffix, _ = asset.altname.partition(".")
    if stem == "ETH2":
        stem = "ETH"
    elif suffix:
        stem = stem if market.find_asset(stem) else stem.rstrip("0123456789")
    return market.find_asset(stem) or asset
