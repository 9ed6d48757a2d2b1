"""The month of made-up trading: always the same, and nothing in it that could not be."""

from __future__ import annotations

from decimal import Decimal

from kraken_sandbox import SampleMonth, SettableClock

BEGINS = 1_790_000_000.0


def passed() -> tuple[SampleMonth, int]:
    """The month when it is over, and how often one could look."""
    month = SampleMonth(SettableClock(lambda: 0.0, start=BEGINS))
    return month, sum(1 for _ in month.pass_by())


def test_is_the_same_each_time() -> None:
    (one, looks), (other, _) = passed(), passed()

    assert looks == 62
    assert one.exchange.clock() == BEGINS + SampleMonth.LENGTH
    for label, account in one.exchange.state.accounts.items():
        assert account.ledger == other.exchange.state.accounts[label].ledger


def test_nobody_ever_has_less_than_nothing() -> None:
    month, _ = passed()

    for account in month.exchange.state.accounts.values():
        assert min(entry.balance for entry in account.ledger.values()) >= 0


def test_has_trades_payments_and_rewards() -> None:
    month, _ = passed()

    types = {
        label: {entry.type for entry in account.ledger.values()}
        for label, account in month.exchange.state.accounts.items()
    }
    assert types["master"] == {"trade", "deposit", "withdrawal", "earn"}
    assert all({"trade", "deposit"} <= found for found in types.values())


def test_what_the_master_sends_to_alpha_arrives() -> None:
    month, _ = passed()
    master, alpha = (month.exchange.state.accounts[label] for label in ("master", "alpha"))

    sent = [entry.amount for entry in master.ledger.values() if entry.type == "withdrawal"]
    assert Decimal(-2000) in sent
    assert Decimal(2000) in [entry.amount for entry in alpha.ledger.values() if entry.type == "deposit"]
