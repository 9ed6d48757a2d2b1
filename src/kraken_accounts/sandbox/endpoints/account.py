"""Private endpoints about the account and the key: balances, worth, permissions."""

from decimal import Decimal
from typing import Any

from kraken_accounts.sandbox import funds
from kraken_accounts.sandbox.errors import UNKNOWN_ASSET, KrakenError
from kraken_accounts.sandbox.state import Call


def balance(call: Call) -> Any:
    """Balance: https://docs.kraken.com/api/docs/rest-api/get-account-balance"""
    return {
        code: call.state.market.assets[code].text(holding.amount)
        for code, holding in sorted(call.account.balances.items())
    }


def balance_ex(call: Call) -> Any:
    """BalanceEx: https://docs.kraken.com/api/docs/rest-api/get-extended-balance"""
    held = funds.holds(call.account, call.state.market)
    result: dict[str, dict[str, str]] = {}
    for code, holding in sorted(call.account.balances.items()):
        asset = call.state.market.assets[code]
        entry = {"balance": asset.text(holding.amount)}
        if holding.credit:
            entry["credit"] = asset.text(holding.credit)
            entry["credit_used"] = asset.text(holding.credit_used)
        entry["hold_trade"] = asset.text(held.get(code, Decimal(0)))
        result[code] = entry
    return result


def trade_balance(call: Call) -> Any:
    """TradeBalance: https://docs.kraken.com/api/docs/rest-api/get-trade-balance"""
    quote = call.state.market.find_asset(call.parameters.text("asset", "ZUSD"))
    if quote is None:
        raise KrakenError(UNKNOWN_ASSET)
    worth = funds.equivalent(call.account, call.state.market, quote)
    return {"eb": f"{worth:.4f}"}


def get_api_key_info(call: Call) -> Any:
    """GetApiKeyInfo: https://docs.kraken.com/api-reference/account-data/get-api-key-info"""
    used = call.private_key
    key = used.api_key
    return {
        "apiKeyName": key.name,
        "apiKey": key.key,
        "nonce": str(used.highest_nonce),
        "nonceWindow": key.nonce_window,
        "permissions": sorted(key.permissions),
        "iban": used.account.iban,
        "validUntil": str(key.valid_until),
        "queryFrom": str(key.query_from),
        "queryTo": str(key.query_to),
        "createdTime": str(key.created),
        "modifiedTime": str(key.modified),
        "ipAllowlist": list(key.ip_allowlist),
        "lastUsed": str(int(used.last_used)),
    }
