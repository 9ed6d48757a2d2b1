from __future__ import annotations

from typing import Any

import pytest

from kraken_accounts.kraken.assets import DECIDED, Assets, parse_assets
from kraken_accounts.kraken.errors import UnexpectedAnswer


def listed(*codes: str, **altnames: str) -> Assets:
    """What Kraken lists: codes that are their own altname, and codes that have another."""
    answer = {code: {"altname": code, "decimals": 10} for code in codes}
    answer |= {code: {"altname": altname, "decimals": 10} for code, altname in altnames.items()}
    return Assets(parse_assets(answer))


CURRENCIES = listed(
    *(
        "CHF",
        "USDT",
        "DOT",
        "SOL",
        "ADA",
        "ETH2",
        "ETH2.S",
        "DOT.S",
        "DOT28.S",
        "XBT.F",
        "C98",
        "LUNA",
        "LUNA2",
        "KSM",
    ),
    *("POL", "POLS", "AAPLx", "1INCH", "0G", "REPV2", "USD.HOLD"),
    **{"XXBT": "XBT", "XETH": "ETH", "XXDG": "XDG", "ZUSD": "USD", "ZEUR": "EUR", "XREP": "REP", "KFEE": "FEE"},
)


def name_of(code: str) -> str | None:
    asset = CURRENCIES.resolve(code)
    return asset.name if asset else None


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("XXBT", "BTC"),  # Kraken says XBT where the world says BTC
        ("XBT", "BTC"),
        ("XXDG", "DOGE"),
        ("XDG", "DOGE"),
        ("XETH", "ETH"),
        ("ZUSD", "USD"),
        ("USD", "USD"),
        ("CHF", "CHF"),
        ("USDT", "USDT"),
        ("SOL", "SOL"),
        ("XREP", "REP"),
        ("REPV2", "REPV2"),
    ],
)
def test_plain_codes_and_altnames(code: str, name: str) -> None:
    assert name_of(code) == name


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("DOT.S", "DOT"),  # staked
        ("XBT.M", "BTC"),  # opt-in rewards
        ("EUR.M", "EUR"),
        ("XBT.B", "BTC"),  # yield-bearing
        ("XBT.F", "BTC"),  # Kraken Rewards
        ("USD.F", "USD"),
        ("DOT.P", "DOT"),  # parachain
        ("AAPLx.T", "AAPLx"),  # tokenized
        ("USD.HOLD", "USD"),  # held fiat
        ("XXBT.F", "BTC"),
    ],
)
def test_each_suffix_is_the_asset_itself(code: str, name: str) -> None:
    assert name_of(code) == name


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("DOT28.S", "DOT"),
        ("KSM07.S", "KSM"),
        ("SOL03.S", "SOL"),
        ("XBT14.S", "BTC"),
        ("POL04.S", "POL"),
    ],
)
def test_bonded_codes_carry_days(code: str, name: str) -> None:
    assert name_of(code) == name


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("C98", "C98"),
        ("C98.S", "C98"),  # and not 98 days of a C
        ("LUNA2", "LUNA2"),
        ("LUNA2.S", "LUNA2"),
        ("LUNA228.S", "LUNA2"),  # 28 days of LUNA2, and not 228 of LUNA
        ("LUNA28.S", "LUNA"),
        ("C9828.S", "C98"),
        ("1INCH", "1INCH"),
        ("1INCH.S", "1INCH"),
        ("1INCH28.S", "1INCH"),
        ("0G.F", "0G"),
        ("POLS", "POLS"),  # and not staked POL
        ("POLS.F", "POLS"),
        # days are two digits of a staked code and of nothing else, so that none of these is another's
        ("DOT120.S", None),
        ("DOT1.S", None),
        ("DOT28.F", None),
        ("SOL1.F", None),
    ],
)
def test_names_that_look_like_days_or_suffixes(code: str, name: str | None) -> None:
    assert name_of(code) == name


@pytest.mark.parametrize("code", ["ETH2", "ETH2.S", "ETH2.F", "ETH.F", "ETH.B"])
def test_staked_ether_is_ether(code: str) -> None:
    assert CURRENCIES.resolve(code) == CURRENCIES.resolve("XETH")


# As Kraken lists them: chain variants, codes of before a migration, and what looks like money.
REAL = (
    *("ETH.INK", "ETH2", "ETH2.S", "USDT", "USDT0", "USDT0.TEMPO", "USDT.M", "HYPE", "HYPER.CORE"),
    *("FLOW", "FLOW.S", "FLOW14.S", "FLOWH", "FLOWH.S", "USD.HOLD", "USD.M", "USD_CREDIT", "USD1"),
    *("POL", "MATIC", "MATIC.S", "MATIC04.S", "REPV2", "LUNA", "LUNA.S", "LUNA2", "AI", "AI3", "SN8", "SN44"),
)
REAL_ALTNAMES = {"XETH": "ETH", "ZUSD": "USD", "XREP": "REP"}


def test_what_a_real_listing_makes_one_asset() -> None:
    assets = listed(*REAL, **REAL_ALTNAMES)
    merged: dict[str, set[str]] = {}
    for code in (*REAL, *REAL_ALTNAMES):
        asset = assets.resolve(code)
        assert asset is not None
        merged.setdefault(asset.name, set()).add(code)

    assert {name: codes for name, codes in merged.items() if codes != {name}} == {
        "ETH": {"XETH", "ETH2", "ETH2.S"},
        "USD": {"ZUSD", "USD.HOLD", "USD.M"},
        "USDT": {"USDT", "USDT.M"},
        "FLOW": {"FLOW", "FLOW.S", "FLOW14.S"},
        "FLOWH": {"FLOWH", "FLOWH.S"},
        "POL": {"POL", "MATIC", "MATIC.S", "MATIC04.S"},
        "LUNA": {"LUNA", "LUNA.S"},
        "REP": {"XREP"},
    }


@pytest.mark.parametrize("code", ["MATIC", "MATIC.S", "MATIC04.S"])
def test_before_there_was_pol_matic_is_itself(code: str) -> None:
    asset = listed("MATIC", "MATIC.S", "MATIC04.S").resolve(code)

    assert asset is not None
    assert asset.name == "MATIC"


@pytest.mark.parametrize(
    ("code", "not_said"),
    [
        ("ETH.INK", "does not say whether it is ETH one to one"),
        ("USDT0.TEMPO", "does not say whether it is USDT0 one to one"),
        ("HYPER.CORE", "does not say what it is a form of"),
        ("FLOWH.S", "does not say whether it is FLOW one to one"),
        ("USD_CREDIT", "does not say whether it is money or a credit"),
        ("MATIC", None),
        ("ETH2", None),
        ("USDT0", None),
    ],
)
def test_what_only_looks_like_another_asset_says_so(code: str, not_said: str | None) -> None:
    asset = listed(*REAL, **REAL_ALTNAMES).resolve(code)

    assert asset is not None
    assert asset.apart == not_said


def test_every_decision_about_a_code_has_its_reason_and_its_source() -> None:
    assert all(decided.why and decided.source for decided in DECIDED.values())


def test_whether_all_is_known_that_kraken_lists() -> None:
    answer = parse_assets({"ZUSD": {"altname": "USD", "decimals": 4}})

    assert Assets(answer).whole
    assert not Assets(answer, whole=False).whole
    assert not Assets().whole


@pytest.mark.parametrize("code", ["OBSCURE", "OBSCURE.S", "OBSCURE28.S", "DOT.X", ".S", "28.S", "", "dot"])
def test_what_kraken_does_not_list_is_not_guessed(code: str) -> None:
    assert CURRENCIES.resolve(code) is None


def test_a_suffixed_code_that_stands_alone_is_itself() -> None:
    alone = listed("NEW.S", ZUSD="USD").resolve("NEW.S")

    assert alone is not None
    assert alone.name == "NEW.S"


def test_several_lists_make_one() -> None:
    both = Assets(
        parse_assets({"ZUSD": {"altname": "USD", "decimals": 4}}),
        parse_assets({"AAPLx": {"altname": "AAPLx", "decimals": 10}}),
    )

    assert both.resolve("AAPLx.T") is not None
    assert both.resolve("USD.HOLD") is not None


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ("USD", "ZUSD"),
        ("usd", "ZUSD"),
        ("ZUSD", "ZUSD"),
        ("BTC", "XXBT"),
        ("XBT", "XXBT"),
        ("xxbt", "XXBT"),
        ("doge", "XXDG"),
        ("ETH2", "XETH"),
        ("aaplx", "AAPLx"),
    ],
)
def test_a_person_may_say_ticker_or_code(wanted: str, code: str) -> None:
    asset = CURRENCIES.find(wanted)

    assert asset is not None
    assert asset.code == code


def test_a_person_may_ask_for_what_is_not_there() -> None:
    assert CURRENCIES.find("XYZ") is None
    assert CURRENCIES.find("") is None


def test_the_answer_of_assets() -> None:
    asset = parse_assets({"XXBT": {"aclass": "currency", "altname": "XBT", "decimals": 10, "status": "enabled"}})[
        "XXBT"
    ]

    assert (asset.code, asset.altname, asset.decimals, asset.name) == ("XXBT", "XBT", 10, "BTC")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, "Assets should be an object, but Kraken sent nothing"),
        ([], "Assets should be an object, but Kraken sent a list of 0"),
        ({"XXBT": "XBT"}, "Assets “XXBT” should be an object, but Kraken sent “XBT”"),
        ({"XXBT": {"decimals": 10}}, "altname of “XXBT” should be a text, but Kraken sent nothing"),
        ({"XXBT": {"altname": "XBT"}}, "decimals of “XXBT” should be a small number"),
        ({"XXBT": {"altname": "XBT", "decimals": -1}}, "decimals of “XXBT” should be a small number"),
        ({"XXBT": {"altname": "XBT", "decimals": "10"}}, "decimals of “XXBT” should be a small number"),
    ],
)
def test_an_answer_of_another_shape(answer: Any, message: str) -> None:
    with pytest.raises(UnexpectedAnswer) as refusal:
        parse_assets(answer)

    assert refusal.value.reason == message
