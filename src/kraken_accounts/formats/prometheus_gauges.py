"""The gauges there are for Prometheus, and what collects their samples.

Prometheus has no numbers but 64-bit floats, so amounts become floats here, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ..text import fit

# After https://prometheus.io/docs/practices/naming/: base units, and no `_total`, which is for counters.
GAUGES = {
    "account_up": "Whether Kraken accepted the account's key.",
    "account_trading": "Whether the account is trading: its key may, or fills prove it; and Kraken is online.",
    "account_trading_evidence": "By what it is known that the account is trading: 1 for that, 0 for the other.",
    "account_as_expected": "Whether the account trades, or is read-only where that is expected.",
    "account_status": "The account's status: 1 for the one it has, 0 for the others.",
    "account_status_since_timestamp_seconds": "The first check in a row that found the account in its status.",
    "account_status_checks": "How many checks in a row have found the account in its status.",
    "account_value": "What the account's balances are worth, and what is in Earn where --wallets asked for it.",
    "account_value_complete": "Whether the account's value is known and counts all that Kraken listed.",
    "account_spot_value": "What of the account's value is in its balances.",
    "account_earn_value": "What of the account's value is in Earn and in no balance.",
    "account_available_value": "What of the account's value can be traded with, credit lines included.",
    "account_in_earn_value": "What of the account's value is in Earn, whether in balances or not.",
    "account_earn_amount": "How much of an asset the account has in Earn, by state and by where it is counted.",
    "account_earn_until_timestamp_seconds": "When the first of what is in that state ends to be.",
    "account_margin_profit": "What open margin positions have gained, which is not in the account's value.",
    "account_margin_equity": "What Kraken counts as the account's equity.",
    "account_wallet_known": "Whether what is in a wallet is known; one that was not asked has no sample.",
    "account_value_change": "How much the account's value has changed since the previous run, or a time.",
    "account_status_changed": "Whether the account's status has changed since the previous run, or a time.",
    "account_gain": "What the account has gained in the running day or month (UTC); no deposit is a gain.",
    "account_deposits": "What was paid into the account in the running day or month.",
    "account_withdrawals": "What was paid out of the account in the running day or month.",
    "account_gain_complete": "Whether these are known, of the whole period until now and of all that was there.",
    "account_gain_since_timestamp_seconds": "When the total was that they are counted from.",
    "account_last_fill_timestamp_seconds": "When the account had its last fill.",
    "account_last_fill_info": "Of which pair and side the account's last fill was: always 1.",
    "account_last_fill_volume": "How much that fill was of, in units of the pair's base.",
    "account_last_fill_price": "The price of that fill, in units of the pair's quote.",
    "account_fills_24h": "How many fills the account had in 24 hours; no sample where only some are known.",
    "account_volume_24h": "What these fills were worth; no sample where only some are known.",
    "account_open_orders": "How many orders of the account rest in the book.",
    "account_oldest_order_timestamp_seconds": "When the oldest of these orders was placed.",
    "account_orders_value": "What these orders hold is worth.",
    "account_open_positions": "How many margin positions of the account are open.",
    "account_positions_profit": "The unrealized profit of the account's open margin positions.",
    "account_findings": "How many findings there are about the account.",
    "account_finding": "How many findings of one code there are about the account; none has no sample.",
    "account_finding_accepted": "How many findings of one code are accepted of the account, and not counted.",
    "asset_amount": "How much of an asset the account holds, in units of the asset.",
    "asset_value": "What the account's holding of an asset is worth.",
    "value": "What the values of all accounts come to.",
    "value_complete": "Whether the value of all accounts is known and counts all that Kraken listed.",
    "available_value": "What of the value of all accounts can be traded with, credit lines included.",
    "orders_value": "What the open orders of all accounts hold is worth.",
    "in_earn_value": "What of the value of all accounts is in Earn, whether in balances or not.",
    "spot_value": "What of the value of all accounts is in their balances.",
    "earn_value": "What of the value of all accounts is in Earn and in no balance.",
    "margin_profit": "What the open margin positions of all accounts have gained, which is not in their value.",
    "value_change": "How much the value of all accounts has changed since the previous run, or a time.",
    "gain": "What all accounts together have gained in the running day or month (UTC).",
    "deposits": "What was paid into all accounts in it, but for what one of them has sent to another.",
    "withdrawals": "What was paid out of all accounts in it, likewise.",
    "gain_complete": "Whether these are known, of the whole period until now and of all that was there.",
    "gain_since_timestamp_seconds": "When the earliest total was that they are counted from.",
    "run_findings": "How many findings there are about the run as a whole.",
    "run_finding": "How many findings of one code there are about the run as a whole; none has no sample.",
    "run_finding_accepted": "How many findings of one code are accepted of the run, and not counted.",
    "exchange_info": "Which exchange was asked: always 1.",
    "exchange_status": "Kraken's own status: 1 for the one it has, 0 for the others.",
    "demo": "Whether these are sample accounts, with no real funds.",
    "exit_code": "What the run ends with: 0 is well, 1 needs attention, 2 is misconfigured, 3 is Kraken down.",
    "run_duration_seconds": "How long the run took.",
    "last_run_timestamp_seconds": "When the run was; of several runs put together, the oldest.",
    "previous_run_timestamp_seconds": "When the run was that changes are counted from, the earliest of several.",
}


class Gauges(Collector):
    """Samples by gauge; one that has no sample is not there at all."""

    def __init__(self) -> None:
        self._families: dict[str, GaugeMetricFamily] = {}

    def add(self, name: str, value: Decimal | float | None, **labels: str) -> None:
        """One sample, unless its value is unknown."""
        if value is not None:
            new = GaugeMetricFamily(f"kraken_accounts_{name}", GAUGES[name], labels=list(labels))
            family = self._families.setdefault(name, new)
            family.add_metric([fit(label, "ascii") for label in labels.values()], float(value))

    def collect(self) -> Iterator[GaugeMetricFamily]:
        return (self._families[name] for name in GAUGES if name in self._families)
