"""Entries of ledgers: what Kraken sends, in the shapes that others have recorded, and what they mean."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from kraken_accounts.kraken.errors import UnexpectedAnswer
from kraken_accounts.kraken.ledger import BookEntry, parse_ledger
from kraken_accounts.kraken.ledger_types import MEANINGS, Meaning, meaning_of

from ..running import REPOSITORY


def sent(**changes: Any) -> dict[str, Any]:
    return {
        "refid": "TSMPLE-AAAAA-AAAAAA",
        "time": Decimal("1790000000.1234567"),
        "type": "trade",
        "subtype": "",
        "aclass": "currency",
        "asset": "XXBT",
        "amount": "-0.5000000000",
        "fee": "0.0010000000",
        "balance": "1.5000000000",
        **changes,
    }


def parsed(**changes: Any) -> BookEntry:
    (entry,) = parse_ledger({"ledger": {"LSMPLE-AAAAA-AAAAAA": sent(**changes)}, "count": 1}).entries
    return entry


def test_an_entry_is_exact() -> None:
    entry = parsed()

    assert entry.at == datetime(2026, 9, 21, 14, 13, 20, 123000, tzinfo=UTC)
    assert (entry.amount, entry.fee, entry.balance) == (Decimal("-0.5"), Decimal("0.001"), Decimal("1.5"))
    assert (entry.id, entry.refid) == ("LSMPLE-AAAAA-AAAAAA", "TSMPLE-AAAAA-AAAAAA")
    assert (entry.type, entry.subtype, entry.code) == ("trade", "", "XXBT")


@pytest.mark.parametrize("result", [None, {}, {"ledger": {}, "count": 0}, {"ledger": []}, {"count": "0"}])
def test_a_new_account_has_none(result: Any) -> None:
    assert parse_ledger(result).entries == ()


def test_the_newest_come_first_however_they_are_sent() -> None:
    ledger = {
        f"L{number}": sent(time=Decimal(1_790_000_000 + seconds)) for number, seconds in enumerate((5, 9, 1, 9))
    }

    page = parse_ledger({"ledger": ledger, "count": "8"})

    assert [entry.id for entry in page.entries] == ["L1", "L3", "L0", "L2"]
    assert page.count == 8


@pytest.mark.parametrize(
    ("changes", "attribute", "found"),
    [
        ({"refid": None}, "refid", ""),
        ({"refid": "Unknown"}, "refid", "Unknown"),
        ({"subtype": None}, "subtype", ""),
        ({"fee": None}, "fee", Decimal(0)),
        ({"fee": "-0.25"}, "fee", Decimal("-0.25")),
        ({"balance": ""}, "balance", None),
        ({"balance": None}, "balance", None),
        ({"time": "1790000000"}, "at", datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)),
        ({"time": 1790000000}, "at", datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)),
        ({"type": "a kind of tomorrow"}, "type", "a kind of tomorrow"),
    ],
)
def test_what_is_left_out_or_new_is_no_error(changes: dict[str, Any], attribute: str, found: object) -> None:
    assert getattr(parsed(**changes), attribute) == found


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"amount": "1e31"}, "the amount of ledger entry LSMPLE-AAAAA-AAAAAA is no credible amount"),
        ({"amount": None}, "the amount of ledger entry LSMPLE-AAAAA-AAAAAA should be an amount"),
        ({"fee": "some"}, "the fee of ledger entry LSMPLE-AAAAA-AAAAAA should be an amount"),
        ({"balance": "1e31"}, "the balance of ledger entry LSMPLE-AAAAA-AAAAAA is no credible amount"),
        ({"time": None}, "the time of ledger entry LSMPLE-AAAAA-AAAAAA should be an amount"),
        ({"time": Decimal("1e15")}, "the time of ledger entry LSMPLE-AAAAA-AAAAAA is no credible time"),
        ({"type": ""}, "the type of ledger entry LSMPLE-AAAAA-AAAAAA should be a text"),
        ({"type": "x" * 65}, "the type of ledger entry LSMPLE-AAAAA-AAAAAA is longer than any is"),
        ({"asset": 7}, "the asset of ledger entry LSMPLE-AAAAA-AAAAAA should be a text"),
        ({"refid": ["one"]}, "the refid of ledger entry LSMPLE-AAAAA-AAAAAA should be a text"),
    ],
)
def test_what_cannot_be_is_refused_by_name(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(UnexpectedAnswer) as refused:
        parsed(**changes)

    assert str(refused.value).startswith(words)


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ({"ledger": "none"}, "the ledger should be an object"),
        ({"ledger": {"L1": None}}, "ledger entry L1 should be an object"),
        ({"ledger": {"L1": sent(), "L1 ": sent()}}, "Kraken sent two ledger entries of one id"),
        ({"ledger": {"L" * 65: sent()}}, "the id of a ledger entry is longer than any is"),
        ({"ledger": {}, "count": "many"}, "the count of ledger entries should be an amount"),
        ([], "Ledgers should be an object"),
    ],
)
def test_so_is_an_answer_that_is_no_ledger(result: Any, words: str) -> None:
    if result == []:  # nothing, as Kraken sends nothing elsewhere
        assert parse_ledger(result).entries == ()
        return
    with pytest.raises(UnexpectedAnswer) as refused:
        parse_ledger(result)

    assert str(refused.value).startswith(words)


@pytest.mark.parametrize(
    ("kind", "meaning"),
    [
        ("deposit", Meaning.FLOW),
        ("withdrawal", Meaning.FLOW),
        ("transfer", Meaning.FLOW),
        ("transfer/spottofutures", Meaning.FLOW),
        ("transfer/spotfromfutures", Meaning.FLOW),
        ("custodytransfer", Meaning.FLOW),
        ("nfttrade", Meaning.FLOW),
        ("transfer/spottostaking", Meaning.INTERNAL),
        ("transfer/stakingfromspot", Meaning.INTERNAL),
        ("transfer/stakingtospot", Meaning.INTERNAL),
        ("transfer/spotfromstaking", Meaning.INTERNAL),
        ("earn/allocation", Meaning.INTERNAL),
        ("earn/deallocation", Meaning.INTERNAL),
        ("earn/autoallocation", Meaning.INTERNAL),
        ("earn/migration", Meaning.INTERNAL),
        ("hybridearnwithdrawal", Meaning.INTERNAL),
        ("hybridearndeposit", Meaning.INTERNAL),
        ("trade", Meaning.TRADE),
        ("trade/tradespot", Meaning.TRADE),
        ("margin", Meaning.TRADE),
        ("settled", Meaning.TRADE),
        ("spend", Meaning.TRADE),
        ("receive/dustsweeping", Meaning.TRADE),
        ("conversion", Meaning.TRADE),
        ("adjustment", Meaning.TRADE),
        ("transfer/delistingconversion", Meaning.TRADE),
        ("rollover", Meaning.ROLLOVER),
        ("staking", Meaning.REWARD),
        ("earn/reward", Meaning.REWARD),
        ("earn/airdrop", Meaning.REWARD),
        ("dividend", Meaning.REWARD),
        ("credit", Meaning.REWARD),
        ("invite bonus", Meaning.REWARD),
        ("nftcreatorfee", Meaning.REWARD),
        ("Deposit", Meaning.FLOW),
        # What nobody knows is never guessed, not even from a type that is known.
        ("earn", Meaning.UNKNOWN),
        ("earn/bonus of tomorrow", Meaning.UNKNOWN),
        ("transfer/futuresfromspot", Meaning.UNKNOWN),
        ("none", Meaning.UNKNOWN),
        ("reserve", Meaning.UNKNOWN),
        ("", Meaning.UNKNOWN),
    ],
)
def test_what_a_type_means(kind: str, meaning: Meaning) -> None:
    type_, _, subtype = kind.partition("/")

    assert meaning_of(type_, subtype, "XXBT") is meaning


def test_fee_credits_are_not_money_whatever_becomes_of_them() -> None:
    assert {meaning_of(type_, subtype or "", "KFEE") for type_, subtype in MEANINGS} == {Meaning.FEE_CREDITS}
    assert parsed(asset="KFEE", type="deposit").meaning is Meaning.FEE_CREDITS


def test_every_meaning_has_its_reason_and_its_source() -> None:
    for (type_, subtype), known in MEANINGS.items():
        assert known.source.startswith("https://"), type_
        assert known.why, type_
        assert (type_, subtype or "") == (type_.casefold(), (subtype or "").casefold())
        assert known.meaning not in (Meaning.UNKNOWN, Meaning.FEE_CREDITS)


def test_every_type_that_the_documentation_lists_has_one_but_none() -> None:
    documented = (
        "trade deposit withdrawal transfer margin adjustment rollover spend receive settled credit staking reward "
        "dividend sale conversion nfttrade nftcreatorfee nftrebate custodytransfer"
    )

    assert [one for one in documented.split() if meaning_of(one, "", "XXBT") is Meaning.UNKNOWN] == []


def test_the_documentation_has_the_same_table() -> None:
    told = (REPOSITORY / "docs" / "LEDGERS.md").read_text(encoding="utf-8")
    table = told.partition("<!-- begin meanings -->\n")[2].partition("\n<!-- end meanings -->")[0]
    subtypes = {None: "any", "": "none"}

    assert table.splitlines()[2:] == [
        f"| `{type_}` | {subtypes.get(name, f'`{name}`')} | {known.meaning} | {known.why} | <{known.source}> |"
        for (type_, name), known in MEANINGS.items()
    ]
