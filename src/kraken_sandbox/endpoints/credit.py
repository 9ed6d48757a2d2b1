"""Private endpoint about lines of credit: what an account may owe, what it owes, and what stands behind that."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from ..books import USD, holds
from ..listed import ListedAsset
from ..state import Call

ZERO = Decimal(0)


def credit_lines(call: Call) -> Any:
    """CreditLines: https://docs.kraken.com/api-reference/account-data/get-credit-lines

    Of an account without one only balances are told, and nothing of the whole.
    """
    market, held = call.state.market, holds(call.account, call.state.market, call.now)
    holdings = [(market.assets[code], holding) for code, holding in sorted(call.account.balances.items())]
    details: dict[str, dict[str, Any]] = {}
    for asset, holding in holdings:
        entry: dict[str, Any] = {"balance": asset.text(holding.amount), "hold_trade": asset.text(held[asset.code])}
        if asset.collateral_value is not None:
            entry["collateral_value"] = float(asset.collateral_value)
        if holding.credit:
            entry["credit_limit"] = asset.text(holding.credit)
            entry["credit_used"] = asset.text(holding.credit_used)
            entry["available_credit"] = asset.text(holding.credit - holding.credit_used)
        details[asset.code] = entry
    total = _in_usd(call, ((asset, holding.credit) for asset, holding in holdings))
    used = _in_usd(call, ((asset, holding.credit_used) for asset, holding in holdings))
    collateral = _in_usd(
        call, ((asset, holding.amount * (asset.collateral_value or ZERO)) for asset, holding in holdings)
    )
    equity = collateral - used
    figures = {
        "total_credit_usd": total,
        "total_credit_used_usd": used,
        "total_collateral_value_usd": collateral,
        "equity_usd": equity,
        "ongoing_balance": collateral / total if total else None,
        "debt_to_equity": used / equity if equity else None,
    }
    return {
        "asset_details": details,
        "limits_monitor": {
            name: f"{figure:.4f}" if total and figure is not None else None for name, figure in figures.items()
        },
    }


def _in_usd(call: Call, amounts: Iterable[tuple[ListedAsset, Decimal]]) -> Decimal:
    """The worth of amounts; what no pair leads from counts as nothing."""
    market = call.state.market
    return sum((amount * (market.price(asset, market.assets[USD]) or ZERO) for asset, amount in amounts), ZERO)
