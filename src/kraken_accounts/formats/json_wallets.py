"""What JSON says of wallets, written and read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .. import money
from ..kraken.earn import EarnState
from ..kraken.earn_counting import CountedIn, EarnEntry
from ..kraken.valuation import Holding
from ..report.model import AccountReport, Totals
from ..report.wallets import Coverage, Wallets, not_asked
from .json_fields import Fields, amount, flag, known, text, time
from .serialization import cents
from .serialization import time as written_time

# --- written --------------------------------------------------------------------------------------------


def of_account(account: AccountReport) -> dict[str, Any]:
    """Beside the total of an account."""
    return {
        "coverage": coverage_fields(account.coverage),
        "wallets": _wallets(account.wallets),
        "equity": None if account.equity is None else money.plain(account.equity),
        "earn": None if account.earn is None else list(map(_entry, account.earn)),
    }


def of_totals(totals: Totals) -> dict[str, Any]:
    """Beside the sums over all accounts."""
    return {
        "coverage": coverage_fields(totals.coverage),
        "wallets": _wallets(totals.wallets),
        "not_asked": [{"wallet": wallet, "reason": why} for wallet, why in not_asked(totals.coverage).items()],
    }


def of_holding(held: Holding) -> dict[str, str]:
    """Of one asset; only what there is."""
    parts = {"staked": held.staked, "earn": held.earn}
    return {name: money.plain(part) for name, part in parts.items() if part}


def coverage_fields(coverage: Coverage) -> dict[str, bool | None]:
    """Of what a total is, as every report in JSON has it."""
    return {
        "spot": coverage.spot,
        "earn": coverage.earn,
        "margin": coverage.margin,
        "futures": coverage.futures,
    }


def _wallets(wallets: Wallets) -> dict[str, str | None]:
    return {
        "spot": cents(wallets.spot),
        "earn": cents(wallets.earn),
        "margin_profit": cents(wallets.margin_profit),
    }


def _entry(entry: EarnEntry) -> dict[str, str | None]:
    return {
        "asset": entry.asset,
        "amount": money.plain(entry.amount),
        "state": None if entry.state is None else entry.state.value,
        "until": None if entry.until is None else written_time(entry.until),
        "counted_in": None if entry.counted_in is None else entry.counted_in.value,
    }


# --- read -----------------------------------------------------------------------------------------------


def read_coverage(fields: Fields) -> Coverage:
    """Of an account, or of the sums."""
    coverage = fields.object("coverage")
    spot, earn, margin = (coverage.optional(name, flag) for name in ("spot", "earn", "margin"))
    return Coverage(spot, earn, margin)


def read_wallets(fields: Fields) -> Wallets:
    """Of an account."""
    wallets = fields.object("wallets")
    return Wallets(*(wallets.optional(name, amount) for name in ("spot", "earn", "margin_profit")))


def read_earn(fields: Fields) -> tuple[EarnEntry, ...] | None:
    """What an account has in Earn."""
    return fields.several_or_none("earn", _read_entry)


def read_part(fields: Fields, name: str) -> Decimal:
    """A part of a holding that is only there if there is any."""
    return fields.get(name, amount, Decimal(0))


def _read_entry(fields: Fields) -> EarnEntry:
    return EarnEntry(
        asset=fields.get("asset", text),
        amount=fields.get("amount", amount),
        state=fields.optional("state", lambda value: known(EarnState, value, "state in Earn")),
        until=fields.optional("until", time),
        counted_in=fields.optional("counted_in", lambda value: known(CountedIn, value, "wallet")),
    )
