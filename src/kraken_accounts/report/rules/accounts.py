"""What the answers of one account say: how much it has, whether it is alone, and what did not come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from ... import money
from ...config import SetupProblem
from ...kraken.errors import KrakenError, OrderRefused, PermissionDenied
from ...kraken.key_info import KeyInfo
from ...kraken.prices import NoPrice
from ...kraken.valuation import Holding
from ..findings import Code
from ..verdict import SAME_ACCOUNT_REMEDY, SHARED_KEY_REMEDY, Status, same_account_message
from ..worth import Worth
from .evidence import AccountAuditEvidence, AccountEvidence
from .rule import Found

_MOST_MISMATCH = Decimal("0.01")  # of the larger figure
# Of the quote currency: less is dust, whatever its share, or comes of the four decimals of Kraken's figure.
_LEAST_MISMATCH = Decimal(1)
_LEAST_MISMATCH_OF_COINS = Decimal("0.001")
_ANSWERED = (Status.TRADING, Status.READ_ONLY)

# --- how much it has ------------------------------------------------------------------------------------


def below_minimum(account: AccountEvidence) -> Iterator[Found]:
    """Whether there is too little for sure."""
    worth, minimum = account.worth, account.minimum
    if minimum is None or worth.total is None or worth.total >= minimum or _left_out(worth):
        return
    yield (
        f"{money.formatted(worth.total, account.quote)} is below the minimum of "
        f"{money.formatted(minimum, account.quote)}",
        "Find out where the money went, or fund the account.",
    )


def minimum_not_checked(account: AccountEvidence) -> Iterator[Found]:
    """Whether nobody knows that there is enough: an alarm that cannot look is an alarm.

    What is known may be enough even if something is missing from it, for that can only add to it; unless what is
    missing is owed, for then nobody knows how much it takes away.
    """
    worth, minimum = account.worth, account.minimum
    expectation = account.answers.settings.expectation
    if minimum is None:
        if expectation.min_total is not None and expectation.disabled is None:
            yield (
                f"the minimum of {money.plain(expectation.min_total)} is in {expectation.quote} "
                f"({expectation.origin}), and this run has its totals in {account.quote}",
                f"Leave --quote away, or say --quote {expectation.quote}.",
            )
        return
    least = money.formatted(minimum, account.quote)
    missing = _left_out(worth)
    owed = [holding for holding in (*worth.open, *worth.unpriced) if holding.amount < 0]
    if worth.total is None:
        message = f"the total is unknown, so nobody knows whether it is below the minimum of {least}"
    elif worth.total < minimum and missing:
        total = money.formatted(worth.total, account.quote)
        message = f"{total} is below the minimum of {least}, but that is without {', '.join(missing)}"
    elif worth.total >= minimum and owed:
        message = (
            f"nobody knows whether the total is below the minimum of {least}, for it is without "
            f"{', '.join(map(_amount, owed))}"
        )
    else:
        return
    yield message, "Look at the account at Kraken, and mend what keeps its total from being known."


def unpriced_assets(account: AccountEvidence) -> Iterator[Found]:
    if account.worth.unpriced:
        yield (
            "not in the total, because there is no price that could be had: "
            f"{_with_reasons(account.worth.unpriced)}",
            "Nothing to mend; value these by other means.",
        )


def balance_mismatch(account: AccountAuditEvidence) -> Iterator[Found]:
    total, figure, quote = account.report.total, account.answers.equivalent_balance, account.quote
    # A total that is not whole is compared with nothing; the finding `public-data-missing` says why.
    if total is None or not account.report.whole or not isinstance(figure, Decimal):
        return
    difference = abs(total - figure)
    least = _LEAST_MISMATCH if money.decimal_places(quote) <= 2 else _LEAST_MISMATCH_OF_COINS
    if difference >= least and difference > _MOST_MISMATCH * max(abs(total), abs(figure)):
        yield (
            f"the spot balance of {money.formatted(total, quote)} is more than 1 % apart from Kraken's own "
            f"figure, {money.formatted(figure, quote)}",
            "Compare --assets with the balances that Kraken's website shows; unpriced assets, and what "
            "Kraken's figure leaves out of Earn, are the usual causes.",
        )


def _left_out(worth: Worth) -> list[str]:
    """What the total may be too low by: "75 XRT", "what is in Earn"."""
    missing = [*map(_amount, (*worth.open, *worth.unpriced))]
    missing += ["what is in Earn"] if worth.coverage.earn is False else []
    return missing + [f"up to {money.plain(amount)} {asset} in Earn" for asset, amount in worth.in_doubt.items()]


def _amount(holding: Holding) -> str:
    return f"{money.plain(holding.amount)} {holding.asset}"


def _with_reasons(holdings: Iterable[Holding]) -> str:
    """How much of what, and why it has no price: "75 XRT (Kraken has no market for it)"."""
    return ", ".join(
        f"{money.plain(holding.amount)} {holding.asset} ({holding.unit.reason})"
        for holding in holdings
        if isinstance(holding.unit, NoPrice)
    )


# --- whether it is alone --------------------------------------------------------------------------------


def shared_key(account: AccountEvidence) -> Iterator[Found]:
    if account.answers.settings.problem is SetupProblem.SHARED_KEY:
        yield account.answers.settings.reason or "", SHARED_KEY_REMEDY


def same_account(account: AccountEvidence) -> Iterator[Found]:
    if account.same_account:
        yield same_account_message(account.same_account), SAME_ACCOUNT_REMEDY


def same_orders(account: AccountAuditEvidence) -> Iterator[Found]:
    """That two keys open one account shows in its orders too, where Kraken does not tell the IIBAN."""
    known = any(finding.code in (Code.SAME_ACCOUNT, Code.ACCOUNT_CHANGED) for finding in account.report.findings)
    if account.own_orders.verified is False and not known:
        yield f"{account.own_orders.how}: both keys open one and the same Kraken account", SAME_ACCOUNT_REMEDY


# --- what did not come ----------------------------------------------------------------------------------


def figure_unknown(account: AccountAuditEvidence) -> Iterator[Found]:
    """Whether the total could not be held against Kraken's own."""
    figure = account.answers.equivalent_balance
    # What the key may not ask for is among its missing permissions.
    if not isinstance(figure, KrakenError) or isinstance(figure, PermissionDenied):
        return
    if account.report.status in _ANSWERED:
        yield (
            f"Kraken's own figure for the total could not be learned: {figure.reason}",
            "Run the audit again: what was not examined is not proven.",
        )


def order_probe_failed(account: AccountAuditEvidence) -> Iterator[Found]:
    probe = account.answers.probe
    if isinstance(probe, KrakenError) and isinstance(account.answers.key_info, KeyInfo):
        yield (
            f"Kraken did not validate an order of this account: {probe.reason}",
            "Mend what Kraken names: it would refuse an order of the bot for the same cause."
            if isinstance(probe, OrderRefused)
            else probe.remedy,
        )


def not_trading(status: Status, account: AccountAuditEvidence) -> Iterator[Found]:
    verdict = account.report.verdict
    if verdict.status is status:
        yield f"the account is not trading: {verdict.reason}", verdict.remedy or ""
