"""Private endpoints about the account and the key: balances, worth, permissions, the websocket token."""

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..accounts import PERMISSIONS, SimulatedAccount
from ..books import USD, holds, traded
from ..fees import FeeSteps, fee_rate
from ..listed import CURRENCY, ListedAsset, ListedPair
from ..market import Market
from ..messages import UNKNOWN_ASSET, UNKNOWN_METHOD, ExchangeError
from ..positions import position_profit, position_value
from ..state import Call
from .lookup import named_pairs

TOKEN_SECONDS = 900
CAPITAL = re.compile("[A-Z]")


def balance(call: Call) -> Any:
    """Balance: https://docs.kraken.com/api-reference/account-data/get-account-balance"""
    assets = call.state.market.assets
    return {
        code: _amount(call, assets[code], holding.amount)
        for code, holding in sorted(call.account.balances.items())
    } or None


def balance_ex(call: Call) -> Any:
    """BalanceEx: https://docs.kraken.com/api-reference/account-data/get-extended-balance"""
    if call.account.without_balance_ex:
        raise ExchangeError(UNKNOWN_METHOD)
    held = holds(call.account, call.state.market, call.now)
    result: dict[str, dict[str, Any]] = {}
    for code, holding in sorted(call.account.balances.items()):
        asset = call.state.market.assets[code]
        entry = {"balance": _amount(call, asset, holding.amount)}
        if holding.credit:
            entry["credit"] = _amount(call, asset, holding.credit)
            entry["credit_used"] = _amount(call, asset, holding.credit_used)
        entry["hold_trade"] = _amount(call, asset, held[code])
        result[code] = entry
    # An account that never held anything gets no result at all, not an empty one.
    return result or None


def trade_balance(call: Call) -> Any:
    """TradeBalance: https://docs.kraken.com/api-reference/account-data/get-trade-balance"""
    quote = call.state.market.find_asset(call.parameters.text("asset", "ZUSD"))
    if quote is None:
        raise ExchangeError(UNKNOWN_ASSET)
    worth = worth_of(call.account, call.state.market, quote, call.now)
    figures = {
        "eb": worth.equivalent_balance,
        "tb": worth.trade_balance,
        "m": worth.margin,
        "uv": worth.unexecuted,
        "n": worth.unrealized,
        "c": worth.cost_basis,
        "v": worth.floating,
        "e": worth.equity,
        "mf": worth.free_margin,
        "mfo": worth.free_margin - worth.held,
    }
    if call.account.without_equivalent_balance:
        del figures["eb"]
    if call.account.spot_only:
        del figures["uv"], figures["mfo"]
    result = {name: f"{figure:.4f}" for name, figure in figures.items()}
    # Accounts without a position are spared the field that means nothing to them.
    if worth.margin_level is not None:
        result["ml"] = f"{worth.margin_level:.2f}"
    if call.account.amounts_as_numbers:
        return {name: float(figure) for name, figure in result.items()}
    return result


def trade_volume(call: Call) -> Any:
    """TradeVolume: https://docs.kraken.com/api-reference/account-data/get-trade-volume"""
    market = call.state.market
    volume = traded(call.account, market, call.now)
    worth = worth_of(call.account, market, market.assets[USD], call.now)
    result: dict[str, Any] = {
        "currency": USD,
        "asset_class": CURRENCY,
        "volume": f"{volume:.4f}",
        "inputs": {
            "domain_spot_volume_30d": f"{volume:.4f}",
            "domain_futures_volume_30d": f"{ZERO:.4f}",
            "domain_assets_on_platform": f"{worth.equivalent_balance:.4f}",
        },
    }
    pairs = named_pairs(call)
    if pairs:
        result["fees"] = {name: _tier(pair.taker_fees, volume) for name, pair in pairs.items()}
        result["fees_maker"] = {name: _tier(pair.maker_fees, volume) for name, pair in pairs.items()}
    if call.parameters.flag("fee_schedule"):
        result["schedules"] = [_schedule(name, pair, volume) for name, pair in pairs.items()]
    return result


def _schedule(name: str, pair: ListedPair, volume: Decimal) -> dict[str, Any]:
    """What a pair costs at which volume of 30 days, in USD; `active` is what holds for that volume."""
    steps = sorted({step for fees in (pair.taker_fees, pair.maker_fees) for step, _ in fees})
    active = max(step for step in steps if step <= volume or step == 0)
    return {
        "pair": name,
        "class": "forex" if pair.base.aclass == CURRENCY else pair.base.aclass,
        "tiers": [
            {
                "maker_fee": f"{fee_rate(pair.maker_fees, Decimal(step)):.4f}",
                "taker_fee": f"{fee_rate(pair.taker_fees, Decimal(step)):.4f}",
                "min_spot_volume": f"{step:.4f}",
                "min_futures_volume": None,
                "min_assets_on_platform": None,
                "active": step == active,
            }
            for step in steps
        ],
    }


def _tier(steps: FeeSteps, volume: Decimal) -> dict[str, str | None]:
    """What a schedule takes for that volume of 30 days, in USD, and from which one on it takes what next."""
    reached = [step for step in steps if step[0] <= volume]
    tier, fee = reached[-1]
    beyond = steps[len(reached) :]
    return {
        "fee": f"{fee:.4f}",
        "minfee": f"{steps[-1][1]:.4f}",
        "maxfee": f"{steps[0][1]:.4f}",
        "nextfee": f"{beyond[0][1]:.4f}" if beyond else None,
        "nextvolume": f"{beyond[0][0]:.4f}" if beyond else None,
        "tiervolume": f"{tier:.4f}",
    }


def get_api_key_info(call: Call) -> Any:
    """GetApiKeyInfo: https://docs.kraken.com/api-reference/account-data/get-api-key-info"""
    used = call.private_key
    key = used.api_key
    fields: dict[str, Any] = {
        "apiKeyName": key.name,
        "apiKey": key.key,
        "nonce": str(used.highest_nonce),
        "nonceWindow": key.nonce_window,
        "permissions": [name for name in PERMISSIONS if name in key.permissions],
        "iban": used.account.iban,
        "validUntil": str(key.valid_until),
        "queryFrom": str(key.query_from),
        "queryTo": str(key.query_to),
        "createdTime": str(key.created),
        "modifiedTime": str(key.modified),
        "ipAllowlist": list(key.ip_allowlist),
        "lastUsed": str(int(used.last_used)),
    }
    if not key.snake_case:
        return fields
    # Answers of this spelling have the window as text, and one empty entry in an address list that is none.
    fields |= {"nonceWindow": str(key.nonce_window), "ipAllowlist": list(key.ip_allowlist) or [""]}
    return {CAPITAL.sub(r"_\g<0>", name).lower(): value for name, value in fields.items()}


def get_websockets_token(call: Call) -> Any:
    """GetWebSocketsToken: https://docs.kraken.com/api-reference/trading/get-websockets-token"""
    digest = hashlib.sha256(f"sandbox token {call.state.new_number()}".encode()).digest()
    return {"token": b64encode(digest).decode(), "expires": TOKEN_SECONDS}


def _amount(call: Call, asset: ListedAsset, amount: Decimal) -> str | float:
    # As a JSON number it is the double that Kraken's clients get to read; the books stay decimal.
    return float(amount) if call.account.amounts_as_numbers else asset.text(amount)


ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class TradeBalanceFigures:
    """An account's worth, field by field as TradeBalance explains them, all in one asset.

    `held` is what open orders keep from being spent: `mfo` is what is left of the free margin without it.
    """

    equivalent_balance: Decimal
    trade_balance: Decimal
    margin: Decimal
    unrealized: Decimal
    cost_basis: Decimal
    floating: Decimal
    unexecuted: Decimal
    held: Decimal

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


def worth_of(account: SimulatedAccount, market: Market, quote: ListedAsset, now: float) -> TradeBalanceFigures:
    """Value an account. What no pair leads from to `quote` counts as nothing."""

    def in_quote(amounts: Iterable[tuple[ListedAsset, Decimal]]) -> Decimal:
        return sum((amount * (market.price(asset, quote) or ZERO) for asset, amount in amounts), ZERO)

    holdings = [(market.assets[code], holding.owned) for code, holding in account.balances.items()]
    positions = [(market.pair(position.pair), position) for position in account.positions.values()]
    orders = [(market.pair(order.pair), order) for order in account.open_orders.values()]
    return TradeBalanceFigures(
        equivalent_balance=in_quote(holdings),
        trade_balance=in_quote(
            (asset, amount * asset.collateral_value) for asset, amount in holdings if asset.collateral_value
        ),
        margin=in_quote((pair.quote, position.cost_left / position.leverage) for pair, position in positions),
        unrealized=in_quote((pair.quote, position_profit(position, market)) for pair, position in positions),
        cost_basis=in_quote((pair.quote, position.cost_left) for pair, position in positions),
        floating=in_quote((pair.quote, position_value(position, market)) for pair, position in positions),
        unexecuted=in_quote(
            (pair.quote, order.volume_left * order.price) for pair, order in orders if order.price is not None
        ),
        held=in_quote((market.assets[code], amount) for code, amount in holds(account, market, now).items()),
    )
