"""The report as Prometheus reads it: text exposition, for node_exporter's textfile collector for instance."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from prometheus_client import CollectorRegistry, generate_latest

from .. import money
from ..kraken.earn_counting import EarnEntry
from ..kraken.public import ONLINE, RESTRICTED
from ..kraken.valuation import Holding
from ..report.amounts import amounts_in_all, amounts_of
from ..report.differences import Gains
from ..report.findings import Finding, Severity
from ..report.model import AccountReport, Report
from ..report.verdict import Status, TradingEvidence
from ..text import fit
from .interface import Format, View
from .phrases import headlines
from .prometheus_gauges import Gauges
from .wallets import UNKNOWN

_ALL: Mapping[str, str] = MappingProxyType({})


class PrometheusFormat(Format[Report]):
    """Gauges, all of them. What is not known has no sample: a zero is always a zero."""

    is_state = True

    def render(self, report: Report, view: View) -> str:  # noqa: ARG002 - all of it, in ASCII, is for every reader
        gauges = Gauges()
        for account in report.accounts:
            _add_account(gauges, account, report.quote)
        _add_run(gauges, report)
        registry = CollectorRegistry()
        registry.register(gauges)
        heading = "".join(f"# {fit(line, 'ascii')}\n" for line in headlines(report))
        return heading + generate_latest(registry).decode()


def _add_account(gauges: Gauges, account: AccountReport, quote: str) -> None:
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
    gauges: Gauges, gains: Gains | None, prefix: str, quote: str, whose: Mapping[str, str] = _ALL
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


def _add_activity(gauges: Gauges, account: AccountReport, whose: Mapping[str, str], quote: str) -> None:
    activity, known_by = account.activity, account.verdict.evidence
    if activity is None:
        return
    for evidence in TradingEvidence if known_by is not None else ():
        gauges.add("account_trading_evidence", known_by is evidence, **whose, evidence=evidence)
    if (last := activity.last_fill) is not None:
        gauges.add("account_last_fill_timestamp_seconds", last.time.timestamp(), **whose)
        gauges.add("account_last_fill_info", True, **whose, pair=last.pair, side=last.side)
        gauges.add("account_last_fill_volume", last.volume, **whose)
        gauges.add("account_last_fill_price", last.price, **whose)
    gauges.add("account_fills_24h", activity.fills if activity.fills_complete else None, **whose)
    volume = activity.volume if activity.volume_complete else None
    gauges.add("account_volume_24h", volume, **whose, currency=quote)
    gauges.add("account_open_orders", activity.open_orders, **whose)
    if activity.oldest_order_at is not None:
        gauges.add("account_oldest_order_timestamp_seconds", activity.oldest_order_at.timestamp(), **whose)
    positions = account.open_positions
    gauges.add("account_open_positions", None if positions is None else len(positions), **whose)
    gauges.add("account_positions_profit", activity.positions_profit, **whose, currency=quote)


def _add_wallets(gauges: Gauges, account: AccountReport, quote: str, whose: Mapping[str, str]) -> None:
    """The parts of a value are told as it is: only where it is whole."""
    wallets = account.wallets
    gauges.add("account_spot_value", wallets.spot if account.whole else None, **whose, currency=quote)
    gauges.add("account_earn_value", wallets.earn if account.whole else None, **whose, currency=quote)
    gauges.add("account_margin_profit", wallets.margin_profit, **whose, currency=quote)
    gauges.add("account_margin_equity", account.equity, **whose, currency=quote)
    for wallet in ("spot", "earn", "margin"):
        gauges.add("account_wallet_known", getattr(account.coverage, wallet), **whose, wallet=wallet)
    amounts = amounts_of(account, quote)
    gauges.add("account_orders_value", amounts.in_orders, **whose, currency=quote)
    gauges.add("account_available_value", amounts.available if account.whole else None, **whose, currency=quote)
    if account.coverage.earn and account.whole:
        gauges.add("account_in_earn_value", amounts.in_earn, **whose, currency=quote)
    _add_earn(gauges, account.earn or (), whose)


def _add_earn(gauges: Gauges, entries: Iterable[EarnEntry], whose: Mapping[str, str]) -> None:
    """Those that are alike are one sample."""
    amounts: defaultdict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    ends: dict[tuple[str, str], datetime] = {}
    for entry in entries:
        asset, state = fit(entry.asset, "ascii"), entry.state or UNKNOWN
        kind = (asset, state, entry.counted_in or UNKNOWN)
        amounts[kind] = money.total((amounts[kind], entry.amount))
        if entry.until is not None:
            ends[asset, state] = min(entry.until, ends.get((asset, state), entry.until))
    for (asset, state, counted_in), amount in amounts.items():
        labels = {"asset": asset, "state": state, "counted_in": counted_in}
        gauges.add("account_earn_amount", amount, **whose, **labels)
    for (asset, state), until in ends.items():
        labels = {"asset": asset, "state": state}
        gauges.add("account_earn_until_timestamp_seconds", until.timestamp(), **whose, **labels)


def _add_run(gauges: Gauges, report: Report) -> None:
    gauges.add("value", report.totals.all if report.totals.whole else None, currency=report.quote)
    gauges.add("value_complete", report.totals.complete)
    _add_sums(gauges, report)
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


def _add_sums(gauges: Gauges, report: Report) -> None:
    """The parts of the value of all accounts, likewise."""
    totals, amounts = report.totals, amounts_in_all(report.accounts, report.quote)
    parts = {"orders_value": amounts.in_orders, "margin_profit": totals.wallets.margin_profit}
    if totals.whole:
        parts |= {"available_value": amounts.available, "spot_value": totals.wallets.spot}
        parts |= {"earn_value": totals.wallets.earn}
        parts |= {"in_earn_value": amounts.in_earn} if totals.coverage.earn else {}
    for name, amount in parts.items():
        gauges.add(name, amount, currency=report.quote)


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
