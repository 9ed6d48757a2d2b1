"""Which flows are two sides of one transfer between the operator's own accounts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_accounts.history.ledger_model import Entry
from kraken_accounts.history.own_transfers import UNDER_WAY, own_transfers

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def entry(
    name: str,
    amount: str,
    minutes: float = 0,
    *,
    type_: str | None = None,
    subtype: str = "",
    refid: str | None = None,
    asset: str = "BTC",
    fee: str = "0",
) -> Entry:
    """A deposit if the amount is above zero, else a withdrawal."""
    return Entry(
        id=name,
        refid=f"of {name}" if refid is None else refid,
        at=NOON + timedelta(minutes=minutes),
        type=type_ or ("deposit" if Decimal(amount) > 0 else "withdrawal"),
        subtype=subtype,
        code="XXBT",
        amount=Decimal(amount),
        fee=Decimal(fee),
        balance=None,
        asset=asset,
    )


def pairs(**entries: list[Entry]) -> list[tuple[str, str]]:
    return [(one.sent.id, one.received.id) for one in own_transfers(entries)]


def test_what_left_one_account_and_came_to_another_is_one_transfer() -> None:
    assert pairs(master=[entry("out", "-0.5", fee="0.0001")], alpha=[entry("in", "0.50", 25)]) == [("out", "in")]


@pytest.mark.parametrize(
    ("arrived", "why"),
    [
        (entry("in", "0.4999", 25), "another amount"),
        (entry("in", "0.5", 25, asset="ETH"), "another asset"),
        (entry("in", "0.5", 24 * 60 + 1), "too late"),
        (entry("in", "0.5", -2), "before it has left"),
        (entry("in", "0.5", 25, type_="staking"), "a reward"),
        (entry("in", "0.5", 25, type_="withdrawal"), "a withdrawal that came back"),
        (entry("in", "0.5", 25, type_="transfer", subtype="spotfromfutures"), "from the account's own futures"),
        (entry("in", "-0.5", 25), "another withdrawal"),
    ],
)
def test_anything_else_is_two_flows(arrived: Entry, why: str) -> None:
    assert pairs(master=[entry("out", "-0.5")], alpha=[arrived]) == [], why


def test_an_account_sends_nothing_to_itself() -> None:
    assert pairs(master=[entry("out", "-0.5"), entry("in", "0.5", 5)]) == []


def test_transfers_of_a_shared_reference_come_first() -> None:
    found = pairs(
        master=[entry("out", "-0.5", type_="transfer", refid="TSMPLE")],
        alpha=[entry("near", "0.5", 1)],
        bravo=[entry("shared", "0.5", 30, type_="transfer", refid="TSMPLE")],
    )

    assert found == [("out", "shared")]


@pytest.mark.parametrize("refid", ["", "Unknown"])
def test_a_reference_that_says_nothing_is_none(refid: str) -> None:
    found = pairs(
        master=[entry("out", "-0.5", refid=refid)],
        alpha=[entry("far", "0.5", 30, refid=refid)],
        bravo=[entry("near", "0.5", 1)],
    )

    assert found == [("out", "near")]


def test_each_is_in_one_pair_and_the_nearest_in_time_are_paired() -> None:
    found = pairs(
        master=[entry("first", "-1", 0), entry("second", "-1", 60)],
        alpha=[entry("to alpha", "1", 65)],
        bravo=[entry("to bravo", "1", 10)],
    )

    assert found == [("first", "to bravo"), ("second", "to alpha")]


def test_a_withdrawal_that_came_back_went_nowhere() -> None:
    back = entry("back", "1", 30, type_="withdrawal", refid="of out")

    assert pairs(master=[entry("out", "-1"), back], alpha=[entry("in", "1", 40)]) == []


def test_there_may_be_very_many_that_look_alike() -> None:
    accounts = {
        f"user_{number:03}": [
            entry(f"{number}-{day}", "100" if number % 2 else "-100", day * 24 * 60 + number / 100)
            for day in range(30)
        ]
        for number in range(200)
    }

    found = own_transfers(accounts)

    assert len(found) == 100 * 30
    assert len({one.sent.id for one in found} | {one.received.id for one in found}) == 2 * len(found)


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["-1", "1", "2", "-2"]), st.integers(0, 5000)),
        max_size=40,
    )
)
def test_whatever_there_is_pairs_are_true_and_cancel_out(flows: list[tuple[str, str, int]]) -> None:
    accounts: dict[str, list[Entry]] = {"a": [], "b": [], "c": []}
    for number, (account, amount, minutes) in enumerate(flows):
        accounts[account].append(entry(str(number), amount, minutes))
    whose = {one.id: account for account, found in accounts.items() for one in found}

    found = own_transfers(accounts)

    ends = [one.id for transfer in found for one in (transfer.sent, transfer.received)]
    assert len(ends) == len(set(ends))
    for transfer in found:
        assert whose[transfer.sent.id] != whose[transfer.received.id]
        assert transfer.sent.amount + transfer.received.amount == 0
        assert timedelta(minutes=-1) <= transfer.received.at - transfer.sent.at <= UNDER_WAY
    assert own_transfers(dict(reversed(accounts.items()))) == found
