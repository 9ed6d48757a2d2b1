"""Private endpoints about the account and the key: balances, worth, permissions, the websocket token."""

import hashlib
import re
from base64 import b64encode
from decimal import Decimal
from typing import Any

from .. import books, valuation
from ..accounts import PERMISSIONS
from ..errors import UNKNOWN_ASSET, UNKNOWN_METHOD, ExchangeError
from ..market import ListedAsset
from ..state import Call

TOKEN_SECONDS = 900
CAPITAL = re.compile("[A-Z]")


def balance(call: Call) -> Any:
    """Balance: https://docs.kraken.com/api/docs/rest-api/get-account-balance"""
    assets = call.state.market.assets
    return {
        code: _amount(call, assets[code], holding.amount)
        for code, holding in sorted(call.account.balances.items())
    } or None


def balance_ex(call: Call) -> Any:
    """BalanceEx: https://docs.kraken.com/api/docs/rest-api/get-extended-balance"""
    if call.account.without_balance_ex:
        raise ExchangeError(UNKNOWN_METHOD)
    held = books.holds(call.account, call.state.market)
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
    """TradeBalance: https://docs.kraken.com/api/docs/rest-api/get-trade-balance"""
    quote = call.state.market.find_asset(call.parameters.text("asset", "ZUSD"))
    if quote is None:
        raise ExchangeError(UNKNOWN_ASSET)
    worth = valuation.worth(call.account, call.state.market, quote)
    figures = {
        "eb": worth.equivalent_balance,
        "tb": worth.trade_balance,
        "m": worth.margin,
        "n": worth.unrealized,
        "c": worth.cost_basis,
        "v": worth.floating,
        "e": worth.equity,
        "mf": worth.free_margin,
    }
    if call.account.without_equivalent_balance:
        del figures["eb"]
    result = {name: f"{figure:.4f}" for name, figure in figures.items()}
    # Accounts without a position are spared the fields that mean nothing to them.
    if worth.margin_level is not None:
        result["uv"] = f"{worth.unexecuted:.4f}"
        result["ml"] = f"{worth.margin_level:.2f}"
    if call.account.amounts_as_numbers:
        return {name: float(figure) for name, figure in result.items()}
    return result


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
    """GetWebSocketsToken: https://docs.kraken.com/api/docs/rest-api/get-websockets-token"""
    digest = hashlib.sha256(f"sandbox token {call.state.new_number()}".encode()).digest()
    return {"token": b64encode(digest).decode(), "expires": TOKEN_SECONDS}


def _amount(call: Call, asset: ListedAsset, amount: Decimal) -> str | float:
    # As a JSON number it is the double that Kraken's clients get to read; the books stay decimal.
    return float(amount) if call.account.amounts_as_numbers else asset.text(amount)
