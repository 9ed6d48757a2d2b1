"""Private endpoints of deposits, withdrawals and subaccounts. They tell what the books know, and move nothing.

No account has a withdrawal address saved, so that every withdrawal is refused as Kraken refuses one to an address
that it does not know; subaccounts are for institutions only
(https://docs.kraken.com/api-reference/subaccounts/create-subaccount), which no account here is.
"""

import math
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from ..listed import CURRENCY, ListedAsset
from ..messages import (
    PERMISSION_DENIED,
    UNKNOWN_ASSET,
    UNKNOWN_REFERENCE,
    UNKNOWN_WITHDRAW_KEY,
    ExchangeError,
    invalid_argument,
)
from ..records import LedgerEntry
from ..state import Call
from .paging import moment

LATEST_DEPOSITS, LATEST_WITHDRAWALS = 25, 500
"""How many are told where no `limit` is given."""

METHODS = {
    "XBT": "Bitcoin",
    "ETH": "Ether (Hex)",
    "ETC": "Ether Classic (Hex)",
    "LTC": "Litecoin",
    "XDG": "Dogecoin",
    "BCH": "Bitcoin Cash",
    "XRP": "Ripple XRP",
    "XLM": "Stellar XLM",
    "DOT": "Polkadot",
    "DASH": "Dash",
}
"""Kraken's own words for some ways, which clients know by heart (https://github.com/ccxt/ccxt, kraken.ts)."""

NETWORK = "Sandbox"
NOTHING = Decimal(0)
SPOT, FUTURES = "Spot Wallet", "Futures Wallet"


def deposit_methods(call: Call) -> Any:
    """DepositMethods: https://docs.kraken.com/api-reference/funding/get-deposit-methods"""
    asset = _required_asset(call)
    return [
        {
            "method": _method(asset),
            "limit": False,
            "fee": asset.text(NOTHING),
            "gen-address": True,
            "minimum": asset.text(_smallest(asset)),
        }
    ]


def deposit_addresses(call: Call) -> Any:
    """DepositAddresses: https://docs.kraken.com/api-reference/funding/get-deposit-addresses"""
    asset = _required_asset(call)
    if call.parameters.required("method") != _method(asset):
        raise invalid_argument("method")
    return [{"address": _address(asset), "expiretm": "0", "new": False}]


def deposit_status(call: Call) -> Any:
    """DepositStatus: https://docs.kraken.com/api-reference/funding/get-status-of-recent-deposits"""
    return _status(call, "deposit", "deposit", LATEST_DEPOSITS)


def withdraw_methods(call: Call) -> Any:
    """WithdrawMethods: https://docs.kraken.com/api-reference/funding/get-withdrawal-methods"""
    asked = _asset(call)
    held = [call.state.market.assets[code] for code in sorted(call.account.balances)]
    return [
        {
            "asset": asset.code,
            "method": _method(asset),
            "method_id": _identifier(asset, "method"),
            "network": NETWORK,
            "network_id": _identifier(asset, "network"),
            "minimum": asset.text(_smallest(asset)),
            "fee": {"aclass": asset.aclass, "asset": asset.code, "fee": asset.text(NOTHING)},
            "limits": [],
        }
        for asset in (held if asked is None else [asked])
        if call.parameters.text("network", NETWORK) == NETWORK
    ]


def withdraw_addresses(call: Call) -> Any:
    """WithdrawAddresses: https://docs.kraken.com/api-reference/funding/get-withdrawal-addresses"""
    _asset(call)
    return []


def withdraw_info(call: Call) -> Any:
    """WithdrawInfo: https://docs.kraken.com/api-reference/funding/get-withdrawal-information"""
    return _refuse_withdrawal(call)


def withdraw(call: Call) -> Any:
    """Withdraw: https://docs.kraken.com/api-reference/funding/withdraw-funds"""
    return _refuse_withdrawal(call)


def withdraw_status(call: Call) -> Any:
    """WithdrawStatus: https://docs.kraken.com/api-reference/funding/get-status-of-recent-withdrawals"""
    return _status(call, "withdrawal", "withdrawals", LATEST_WITHDRAWALS)


def withdraw_cancel(call: Call) -> Any:
    """WithdrawCancel: https://docs.kraken.com/api-reference/funding/request-withdrawal-cancellation

    Every withdrawal of the books has been processed.
    """
    _required_asset(call)
    call.parameters.required("refid")
    raise ExchangeError(UNKNOWN_REFERENCE)


def wallet_transfer(call: Call) -> Any:
    """WalletTransfer: https://docs.kraken.com/api-reference/funding/request-wallet-transfer

    No account has a futures wallet.
    """
    _required_asset(call)
    for name, wallet in (("from", SPOT), ("to", FUTURES)):
        if call.parameters.required(name) != wallet:
            raise invalid_argument(name)
    call.parameters.decimal("amount")
    raise ExchangeError(PERMISSION_DENIED)


def for_institutions(_call: Call) -> Any:
    """CreateSubaccount and AccountTransfer, whatever the key may do."""
    raise ExchangeError(PERMISSION_DENIED)


def _refuse_withdrawal(call: Call) -> None:
    _required_asset(call)
    call.parameters.required("key")
    call.parameters.decimal("amount")
    raise ExchangeError(UNKNOWN_WITHDRAW_KEY)


def _asset(call: Call) -> ListedAsset | None:
    """The asset that is asked for; None where none is."""
    name = call.parameters.text("asset")
    if not name:
        return None
    asset = call.state.market.find_asset(name)
    if asset is None or asset.aclass != call.parameters.text("aclass", CURRENCY):
        raise ExchangeError(UNKNOWN_ASSET)
    return asset


def _required_asset(call: Call) -> ListedAsset:
    call.parameters.required("asset")
    asset = _asset(call)
    if asset is None:
        raise ExchangeError(UNKNOWN_ASSET)
    return asset


def _method(asset: ListedAsset) -> str:
    return METHODS.get(asset.altname, f"{asset.altname} (Sandbox)")


def _identifier(asset: ListedAsset, what: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"sandbox {what} {asset.code}"))


def _address(asset: ListedAsset) -> str:
    return f"sandbox-address-of-{asset.altname}-send-nothing"


def _smallest(asset: ListedAsset) -> Decimal:
    return Decimal(1).scaleb(-asset.decimals)


def _status(call: Call, kind: str, name: str, latest: int) -> Any:
    """What the books have of that kind, the latest first, by pages where a `cursor` asks for them."""
    asset = _asset(call)
    start, end = (
        moment(call, bound, call.parameters.text(bound)) if call.parameters.text(bound) else default
        for bound, default in (("start", -math.inf), ("end", math.inf))
    )
    method = call.parameters.text("method")
    found = [
        _transfer(call, entry)
        for entry in reversed(call.account.ledger.values())
        if entry.type == kind
        and (asset is None or entry.asset == asset.code)
        and start <= entry.time <= end
        and (not method or method == _method(call.state.market.assets[entry.asset]))
    ]
    limit = call.parameters.integer("limit") or latest
    if limit < 0:
        raise invalid_argument("limit")
    cursor = call.parameters.text("cursor").lower()
    if cursor in ("", "false"):
        return found[:limit]
    if cursor != "true" and not (cursor.isascii() and cursor.isdigit() and len(cursor) < len(str(10**9))):
        raise invalid_argument("cursor")
    begin = 0 if cursor == "true" else int(cursor)
    after = begin + limit
    return {name: found[begin:after]} | ({"next_cursor": str(after)} if after < len(found) else {})


def _transfer(call: Call, entry: LedgerEntry) -> dict[str, Any]:
    asset = call.state.market.assets[entry.asset]
    return {
        "method": _method(asset),
        "aclass": asset.aclass,
        "asset": entry.asset,
        "refid": entry.refid,
        "txid": f"sandbox-transaction-{entry.id}",
        "info": _address(asset),
        "amount": asset.text(abs(entry.amount)),
        "fee": asset.text(entry.fee),
        "time": int(entry.time),
        "status": "Success",
    }
