"""The report as Prometheus reads it: text exposition, for node_exporter's textfile collector for instance.

Prometheus has no numbers but 64-bit floats, so amounts become floats here, and nowhere else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from .. import money
from ..kraken.public import ONLINE, RESTRICTED
from ..kraken.valuation import Holding
from ..report.amounts import amounts_of
from ..report.differences import Gains
from ..report.findings import Finding, Severity
from ..report.model import AccountReport, Report
from ..report.verdict import Status, TradingEvidence
from ..text import fit
from .interface import Format, View
from .phrases import headlines

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
    "account_fills_24h": "How many fills the account had in 24 hours; no sample where only some are known.",
    "account_volume_24h": "What these fills were worth; no sample where only some are known.",
    "account_open_orders": "How many orders of the account rest in the book.",
    "account_oldest_order_timestamp_seconds": "When the oldest of these orders was placed.",
    "account_orders_value": "What these orders hold is worth.",
    "account_positions_profit": "The unrealized profit of the account's open margin positions.",
    "account_findings": "How many findings there are about the account.",
    "account_finding": "How many findings of one code there are about the account; none has no sample.",
    "account_finding_accepted": "How many findings of one code are accepted of the account, and not counted.",
    "asset_amount": "How much of an asset the account holds, in units of the asset.",
    "asset_value": "What the account's holding of an asset is worth.",
    "value": "What the values of all accounts come to.",
    "value_complete": "Whether the value of all accounts is known and counts all that Kraken listed.",
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


_ALL: Mapping[str, str] = MappingProxyType({})


class PrometheusFormat(Format[Report]):
    """Gauges, all of them. What is not known has no sample: a zero is always a zero."""

    is_state = True

    def render(self, report: Report, view: View) -> str:  # noqa: ARG002 - all of it, in ASCII, is for every reader
        gauges = _Gauges()
        for account in report.accounts:
            _add_account(gauges, account, report.quote)
        _add_run(gauges, report)
        registry = CollectorRegistry()
        registry.register(gauges)
        heading = "".join(f"# {fit(line, 'ascii')}\n" for line in headlines(report))
        return heading + generate_latest(registry).decode()


class _Gauges(Collector):
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


def _add_account(gauges: _Gauges, account: AccountReport, quote: str) -> None:
    whose = {"account_type": account.account.account_type.value, "account": account.account.selector}
    gauges.add("account_up", None if account.is_disabled else _accepted(account), **whose)
    gauges.add("account_trading", account.trading, **whose)
    if not account.is_disabled:
        gauges.add("account_as_expected", account.is_as_expected, **whose)
    for status in Status:
        gauges.add("account_status", account.status is status, **whose, status=status)
    if account.standing is not None:
        gauges.add("account_status_since_timestamp_seconds", account.standing.since.timestamp(), **whose)
        gauges.add("account_status_checks", account.standing.checks, **whose)
    # A part of it would be a fall in a series, and its return a rise.
    gauges.add("account_value", account.total if account.whole else None, **whose, currency=quote)
    gauges.add("account_value_complete", None if account.is_disabled else account.complete, **whose)
    _add_activity(gauges, account, whose, quote)
    _add_wallets(gauges, account, quote, whose)
    for severity, count in _counts(account.findings):
        gauges.add("account_findings", count, **whose, severity=severity)
    for (code, severity), count in _codes(account.findings):
        gauges.add("account_finding", count, **whose, code=code, severity=severity)
    for name, count in _accepted_codes(account.findings):
        gauges.add("account_finding_accepted", count, **whose, code=name)
    if account.change is not None:
        gauges.add("account_value_change", account.change.amount, **whose, currency=quote)
        if not account.change.first:
            changed = account.change.previous_status != account.status
            gauges.add("account_status_changed", changed, **whose)
    _add_gains(gauges, account.gains, "account_", quote, whose)
    for asset, (amount, value) in _by_asset(account.holdings or ()).items():
        gauges.add("asset_amount", amount, **whose, asset=asset)
        gauges.add("asset_value", value, **whose, asset=asset, currency=quote)


def _add_gains(
    gauges: _Gauges, gains: Gains | None, prefix: str, quote: str, whose: Mapping[str, str] = _ALL
) -> None:
    """Of one account, or of all together."""
    for period, found in () if gains is None else (("day", gains.day), ("month", gains.month)):
        labels = {**whose, "period": period}
        gauges.add(f"{prefix}gain", found.gain, **labels, currency=quote)
        gauges.add(f"{prefix}deposits", found.deposits, **labels, currency=quote)
        gauges.add(f"{prefix}withdrawals", found.withdrawals, **labels, currency=quote)
        gauges.add(f"{prefix}gain_complete", found.complete, **labels)
        if found.since is not None:
            gauges.add(f"{prefix}gain_since_timestamp_seconds", found.since.timestamp(), **labels)


def _add_activity(gauges: _Gauges, account: AccountReport, whose: Mapping[str, str], quote: str) -> None:
    activity, known_by = account.activity, account.verdict.evidence
    if activity is None:
        return
    for evidence in TradingEvidence if known_by is not None else ():
        gauges.add("account_trading_evidence", known_by is evidence, **whose, evidence=evidence)
    if activity.last_fill is not None:
        gauges.add("account_last_fill_timestamp_seconds", activity.last_fill.time.timestamp(), **whose)
    gauges.add("account_fills_24h", activity.fills if activity.fills_complete else None, **whose)
    volume = activity.volume if activity.volume_complete else None
    gauges.add("account_volume_24h", volume, **whose, currency=quote)
    gauges.add("account_open_orders", activity.open_orders, **whose)
    if activity.oldest_order_at is not None:
        gauges.add("account_oldest_order_timestamp_seconds", activity.oldest_order_at.timestamp(), **whose)
    gauges.add("account_orders_value", amounts_of(account, quote).in_orders, **whose, currency=quote)
    gauges.add("account_positions_profit", activity.positions_profit, **whose, currency=quote)


def _add_wallets(gauges: _Gauges, account: AccountReport, quote: str, whose: Mapping[str, str]) -> None:
    """The parts of a value are told as it is: only where it is whole."""
    wallets = account.wallets
    gauges.add("account_spot_value", wallets.spot if account.whole else None, **whose, currency=quote)
    gauges.add("account_earn_value", wallets.earn if account.whole else None, **whose, currency=quote)
    gauges.add("account_margin_profit", wallets.margin_profit, **whose, currency=quote)
    gauges.add("account_margin_equity", account.equity, **whose, currency=quote)
    for wallet in ("spot", "earn", "margin"):
        gauges.add("account_wallet_known", getattr(account.coverage, wallet), **whose, wallet=wallet)


def _add_run(gauges: _Gauges, report: Report) -> None:
    gauges.add("value", report.totals.all if report.totals.whole else None, currency=report.quote)
    gauges.add("value_complete", report.totals.complete)
    gauges.add("margin_profit", report.totals.wallets.margin_profit, currency=report.quote)
    if report.change is not None:
        gauges.add("value_change", report.change.amount, currency=report.quote)
    _add_gains(gauges, report.gains, "", report.quote)
    for severity, count in _counts(report.findings):
        gauges.add("run_findings", count, severity=severity)
    for (code, severity), count in _codes(report.findings):
        gauges.add("run_finding", count, code=code, severity=severity)
    for name, count in _accepted_codes(report.findings):
        gauges.add("run_finding_accepted", count, code=name)
    gauges.add("exchange_info", True, url=report.url)
    if report.system_status is not None:
        current = report.system_status.status
        for status in dict.fromkeys((ONLINE, *RESTRICTED, current)):
            gauges.add("exchange_status", status == current, status=status)
    gauges.add("demo", report.demo)
    gauges.add("exit_code", report.exit_code)
    gauges.add("run_duration_seconds", report.duration.total_seconds())
    gauges.add("last_run_timestamp_seconds", report.generated_at.timestamp())
    if report.changed_since is not None:
        gauges.add("previous_run_timestamp_seconds", report.changed_since.timestamp())


def _accepted(account: AccountReport) -> bool:
    """Whether Kraken took the key: it answered something that only a key gets to know."""
    answered = account.key_info is not None or account.holdings is not None
    return answered and account.status is not Status.REJECTED


def _counts(findings: Iterable[Finding]) -> Iterator[tuple[Severity, int]]:
    counts = Counter(finding.severity for finding in findings if finding.accepted is None)
    return ((severity, counts[severity]) for severity in Severity)


def _codes(findings: Iterable[Finding]) -> Iterable[tuple[tuple[str, Severity], int]]:
    counted = (finding for finding in findings if finding.accepted is None)
    return Counter((finding.code, finding.severity) for finding in counted).items()


def _accepted_codes(findings: Iterable[Finding]) -> Iterable[tuple[str, int]]:
    return Counter(finding.code for finding in findings if finding.accepted is not None).items()


def _by_asset(holdings: Iterable[Holding]) -> dict[str, tuple[Decimal, Decimal | None]]:
    """Amount and value by the name that is shown; two of one name are added up, for a sample may be there once."""
    assets: dict[str, tuple[Decimal, Decimal | None]] = {}
    for held in holdings:
        name = fit(held.asset, "ascii")
        amount, value = assets.get(name, (Decimal(0), None))
        worth = value if held.value is None else money.total((held.value, value or Decimal(0)))
        assets[name] = (money.total((amount, held.amount)), worth)
    return assets


FORMAT = PrometheusFormat()
