"""What balances amount to, worked out by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_accounts.kraken import wire
from kraken_accounts.kraken.assets import Asset, Assets, parse_assets
from kraken_accounts.kraken.errors import UnexpectedAnswer
from kraken_accounts.kraken.markets import Book, Pair, parse_pairs, parse_tickers
from kraken_accounts.kraken.prices import Basis, NoPrice, Price, Prices
from kraken_accounts.kraken.valuation import (
    Balance,
    Holding,
    fee_credits,
    holdings,
    parse_balances,
    parse_plain_balances,
)

ALTNAMES = {
    "ZUSD": "USD",
    "ZEUR": "EUR",
    "ZJPY": "JPY",
    "XXBT": "XBT",
    "XETH": "ETH",
    "XXDG": "XDG",
    "KFEE": "FEE",
}
NEWER = (
    "SOL",
    "DOT",
    "KSM",
    "C98",
    "LUNA",
    "LUNA2",
    "REPV2",
    "POLS",
    "XRT",
    "USDT",
    "ETH2",
    "ETH2.S",
    "DOT28.S",
    "AAPLx",
)
ASSETS = Assets(
    parse_assets(
        {
            code: {"altname": altname, "decimals": 10}
            for code, altname in (ALTNAMES | {c: c for c in NEWER}).items()
        }
    )
)
# pair: base, quote, bid, ask
MARKET = {
    "XXBTZUSD": ("XXBT", "ZUSD", "64250.0", "64250.2"),  # middle 64250.10
    "XETHZUSD": ("XETH", "ZUSD", "3150.00", "3150.50"),  # middle 3150.25
    "XETHXXBT": ("XETH", "XXBT", "0.04900", "0.04906"),  # middle 0.04903
    "SOLUSD": ("SOL", "ZUSD", "148.20", "148.30"),  # middle 148.25
    "DOTUSD": ("DOT", "ZUSD", "6.4400", "6.4600"),  # middle 6.45
    "KSMEUR": ("KSM", "ZEUR", "26.40", "26.44"),  # middle 26.42, in euro only
    "C98USD": ("C98", "ZUSD", "0.2560", "0.2580"),  # middle 0.257
    "LUNAUSD": ("LUNA", "ZUSD", "0.00010200", "0.00010260"),  # middle 0.0001023
    "LUNA2USD": ("LUNA2", "ZUSD", "0.5970", "0.5990"),  # middle 0.598
    "REPV2EUR": ("REPV2", "ZEUR", "0.980", "0.990"),  # middle 0.985, in euro only
    "POLSXBT": ("POLS", "XXBT", "0.00000951", "0.00000953"),  # middle 0.00000952, in bitcoin only
    "XDGUSD": ("XXDG", "ZUSD", "0.1233", "0.1235"),  # middle 0.1234
    "USDTZUSD": ("USDT", "ZUSD", "0.99970", "0.99990"),  # middle 0.9998
    "ZEURZUSD": ("ZEUR", "ZUSD", "1.08490", "1.08510"),  # middle 1.085
    "ZUSDZJPY": ("ZUSD", "ZJPY", "159.990", "160.010"),  # middle 160
    "AAPLxUSD": ("AAPLx", "ZUSD", "228.30", "228.50"),  # middle 228.4
}


def market(quote: str = "USD") -> Prices:
    pairs = parse_pairs({name: {"base": base, "quote": counter} for name, (base, counter, _, _) in MARKET.items()})
    tickers = parse_tickers(
        {name: {"b": [bid, "1"], "a": [ask, "1"]} for name, (_, _, bid, ask) in MARKET.items()}
    )
    asset = ASSETS.find(quote)
    assert asset is not None
    return Prices(ASSETS, pairs, tickers, asset)


def balances(amounts: Mapping[str, Any]) -> dict[str, Balance]:
    """As BalanceEx answers: so much of each code."""
    return parse_balances({code: {"balance": amount, "hold_trade": "0.0000"} for code, amount in amounts.items()})


def only(amounts: Mapping[str, Any], quote: str = "USD") -> Holding:
    """The one holding that these amounts are."""
    (holding,) = holdings(balances(amounts), ASSETS, market(quote))
    return holding


# --- one code -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "amount", "asset", "value"),
    [
        ("ZUSD", "8250.4200", "USD", "8250.42"),
        ("XXBT", "0.4200000000", "BTC", "26985.042"),  # 0.42 * 64250.10
        ("XXDG", "8000.00000000", "DOGE", "987.2"),  # 8000 * 0.1234
        ("USDT", "500", "USDT", "499.9"),  # 500 * 0.9998
        # over another currency
        ("REPV2", "30", "REPV2", "32.06175"),  # 30 * 0.985 EUR * 1.085 = 29.55 * 1.085
        ("KSM", "2", "KSM", "57.3314"),  # 2 * 26.42 EUR * 1.085 = 52.84 * 1.085
        ("POLS", "1500", "POLS", "917.491428"),  # 1500 * 0.00000952 BTC * 64250.10 = 0.01428 * 64250.10
        # against the pair: 1 USD = 160 JPY
        ("ZJPY", "100000", "JPY", "625"),  # 100000 / 160
        # each suffix
        ("DOT.S", "10", "DOT", "64.5"),  # 10 * 6.45
        ("XBT.M", "0.1", "BTC", "6425.01"),
        ("XBT.B", "0.1", "BTC", "6425.01"),
        ("XBT.F", "0.15", "BTC", "9637.515"),  # 0.15 * 64250.10
        ("DOT.P", "10", "DOT", "64.5"),
        ("AAPLx.T", "2.5", "AAPLx", "571"),  # 2.5 * 228.40
        ("USD.HOLD", "12.34", "USD", "12.34"),
        # bonded
        ("DOT28.S", "310.5", "DOT", "2002.725"),  # 310.5 * 6.45
        ("KSM07.S", "2", "KSM", "57.3314"),
        # digits of their own
        ("C98", "100", "C98", "25.7"),
        ("C98.S", "100", "C98", "25.7"),
        ("LUNA", "100000", "LUNA", "10.23"),
        ("LUNA2", "100", "LUNA2", "59.8"),
        ("LUNA2.S", "100", "LUNA2", "59.8"),
        ("ETH2", "1", "ETH", "3150.25"),
        ("ETH2.S", "2.25", "ETH", "7088.0625"),  # 2.25 * 3150.25
        ("AAPLx", "2.5", "AAPLx", "571"),
    ],
)
def test_what_one_code_is_worth(code: str, amount: str, asset: str, value: str) -> None:
    holding = only({code: amount})

    assert holding.asset == asset
    assert holding.codes == (code,)
    assert holding.amount == Decimal(amount)
    assert holding.value == Decimal(value)


@pytest.mark.parametrize(
    ("quote", "code", "amount", "value"),
    [
        ("EUR", "ZEUR", "950", "950"),
        ("EUR", "KSM", "2", "52.84"),  # its own pair
        ("BTC", "XETH", "2", "0.09806"),  # 2 * 0.04903, its own pair
        ("BTC", "POLS", "1500", "0.01428"),  # 1500 * 0.00000952
        ("JPY", "ZUSD", "12.5", "2000"),  # 12.5 * 160
        ("JPY", "XXBT", "0.1", "1028001.6"),  # 0.1 * 64250.10 USD * 160
        ("USDT", "USDT", "5", "5"),
    ],
)
def test_other_quote_currencies(quote: str, code: str, amount: str, value: str) -> None:
    assert only({code: amount}, quote).value == Decimal(value)


def test_an_inverse_has_28_digits() -> None:
    # 1 / 1.085 = 0.92165898617511520737327188940…, and 100 USD are a hundred times that.
    assert only({"ZUSD": "100"}, "EUR").value == Decimal("92.16589861751152073732718894")


# --- an account -----------------------------------------------------------------------------------------


def test_codes_of_one_asset_are_merged() -> None:
    found = holdings(
        balances({"XXBT": "0.42", "XBT.F": "0.15", "XBT.M": "0.01", "XBT.B": "0.02"}), ASSETS, market()
    )

    # 0.42 + 0.15 + 0.01 + 0.02 = 0.6 BTC; 0.6 * 64250.10 = 38550.06
    assert found == (
        Holding(
            "BTC",
            ("XBT.B", "XBT.F", "XBT.M", "XXBT"),
            Decimal("0.60"),
            Decimal("0.60"),
            Price(Decimal("64250.10"), Basis.MID),
            staked=Decimal("0.03"),  # .B and .M; what is under .F can be traded with
        ),
    )
    assert found[0].value == Decimal("38550.06")


def test_staked_ether_is_merged_one_to_one() -> None:
    found = holdings(balances({"XETH": "0.5", "ETH2": "1", "ETH2.S": "2.25", "ETH.F": "0.25"}), ASSETS, market())

    # 0.5 + 1 + 2.25 + 0.25 = 4 ETH; 4 * 3150.25 = 12601
    assert [(held.asset, held.amount, held.value) for held in found] == [("ETH", Decimal(4), Decimal(12601))]


def test_bonded_and_staked_are_merged() -> None:
    found = holdings(balances({"DOT": "1.5", "DOT.S": "2.5", "DOT28.S": "6"}), ASSETS, market())

    # 1.5 + 2.5 + 6 = 10 DOT; 10 * 6.45 = 64.5
    assert [(held.asset, held.amount, held.value) for held in found] == [("DOT", Decimal(10), Decimal("64.5"))]


def test_look_alikes_are_not_merged() -> None:
    found = holdings(balances({"LUNA": "100000", "LUNA2": "100", "LUNA2.S": "1"}), ASSETS, market())

    assert [(held.asset, held.value) for held in found] == [
        ("LUNA2", Decimal("60.398")),  # 101 * 0.598
        ("LUNA", Decimal("10.23")),  # 100000 * 0.0001023
    ]


def test_a_whole_account_the_most_valuable_first_and_unpriced_last() -> None:
    found = holdings(
        balances(
            {
                "ZUSD": "8250.42",
                "ZEUR": "1200",
                "XXBT": "0.42",
                "XBT.F": "0.15",
                "DOT28.S": "310.5",
                "KFEE": "1250",
                "XRT": "75",
                "OBSCURE": "3",
                "SOL": "0.0000000000",
            }
        ),
        ASSETS,
        market(),
    )

    assert [(held.asset, held.value) for held in found] == [
        ("BTC", Decimal("36622.557")),  # 0.57 * 64250.10
        ("USD", Decimal("8250.42")),
        ("DOT", Decimal("2002.725")),
        ("EUR", Decimal("1302")),  # 1200 * 1.085
        ("OBSCURE", None),
        ("XRT", None),
    ]


def test_fee_credits_are_no_money() -> None:
    found = balances({"KFEE": "1250.00", "ZUSD": "1"})

    assert [held.asset for held in holdings(found, ASSETS, market())] == ["USD"]
    assert fee_credits(found) == Decimal(1250)
    assert fee_credits(balances({"ZUSD": "1"})) == 0


@pytest.mark.parametrize("result", [None, {}])
def test_a_new_account_has_nothing(result: Any) -> None:
    assert parse_balances(result) == {}
    assert holdings({}, ASSETS, market()) == ()


@pytest.mark.parametrize(
    ("code", "reason", "answered"),
    [
        ("XRT", "Kraken has no market for it", True),
        ("OBSCURE", "Kraken lists no such asset", True),
    ],
)
def test_what_has_no_price_says_why(code: str, reason: str, answered: bool) -> None:
    (found,) = holdings(balances({code: "3"}), ASSETS, market())

    assert found.unit == NoPrice(reason, answered)


def test_a_code_is_not_called_unlisted_where_kraken_did_not_tell_all_it_lists() -> None:
    usd = {"ZUSD": Asset("ZUSD", "USD", 4)}
    assets = Assets(usd, whole=False)
    (found,) = holdings(balances({"AAPLx": "3"}), assets, Prices(assets, (), {}, usd["ZUSD"]))

    assert found.unit == NoPrice("Kraken did not tell all that it lists", answered=False)


def test_a_chain_variant_is_no_part_of_the_total_and_says_why() -> None:
    assets = Assets(parse_assets({code: {"altname": code, "decimals": 4} for code in ("USD", "ETH", "ETH.INK")}))
    usd = assets.find("USD")
    assert usd is not None
    prices = Prices(assets, [Pair("ETHUSD", "ETH", "USD")], {"ETHUSD": Book(Decimal(3000), None)}, usd)
    (ether, ink) = holdings(balances({"ETH": "1", "ETH.INK": "2"}), assets, prices)

    assert (ether.amount, ether.value) == (Decimal(1), Decimal(3000))
    assert (ink.asset, ink.value) == ("ETH.INK", None)
    assert ink.unit == NoPrice("Kraken has no market for it and does not say whether it is ETH one to one")


def test_without_prices_there_are_amounts_still() -> None:
    found = holdings(balances({"XXBT": "0.42", "XBT.F": "0.15", "ZUSD": "5"}), ASSETS, None)

    assert [(held.asset, held.amount, held.price, held.value) for held in found] == [
        ("BTC", Decimal("0.57"), None, None),
        ("USD", Decimal("5"), None, None),
    ]
    assert {held.unit for held in found} == {NoPrice("Kraken's prices could not be learned", answered=False)}


def test_without_a_list_of_assets_codes_stand_for_themselves() -> None:
    found = holdings(balances({"XXBT": "0.42", "XBT.F": "0.15"}), Assets(), None)

    assert [(held.asset, held.codes) for held in found] == [("XBT.F", ("XBT.F",)), ("XXBT", ("XXBT",))]


# --- balance, credit, holds -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "amount", "available"),
    [
        ({"balance": "100.0000", "hold_trade": "30.0000"}, "100", "70"),
        ({"balance": "100.0000"}, "100", "100"),
        # 100 - 20 = 80 are owned; 80 + 50 can be traded with, of which 30 are on hold
        ({"balance": "100", "credit": "50", "credit_used": "20", "hold_trade": "30"}, "80", "100"),
        # a credit line that nobody has used is nobody's money
        ({"balance": "0", "credit": "5000", "credit_used": "0", "hold_trade": "0"}, "0", "5000"),
        # more owed than there is: 10 - 80 = -70, and 50 - 70 = -20 to trade with
        ({"balance": "10", "credit": "50", "credit_used": "80", "hold_trade": "0"}, "-70", "-20"),
        ({"balance": "-12.5000", "hold_trade": "0.0000"}, "-12.5", "-12.5"),
        ({"balance": "0", "hold_trade": "1"}, "0", "-1"),
        # numbers instead of strings, as they come from JSON
        ({"balance": 100, "hold_trade": 30}, "100", "70"),
        ({"balance": Decimal("0.1"), "credit": 0, "credit_used": 0, "hold_trade": Decimal("0.03")}, "0.1", "0.07"),
        ({"balance": "5", "credit": None, "credit_used": "", "hold_trade": None}, "5", "5"),
    ],
)
def test_amount_and_what_is_available_of_it(entry: dict[str, Any], amount: str, available: str) -> None:
    found = parse_balances({"ZUSD": entry})["ZUSD"]

    assert (found.amount, found.available) == (Decimal(amount), Decimal(available))


def test_what_is_on_hold_has_nothing_to_do_with_credit() -> None:
    entry = {"balance": "100", "credit": "50", "credit_used": "20", "hold_trade": "30"}
    (found,) = holdings(parse_balances({"ZUSD": entry, "USD.F": {"balance": "1"}}), ASSETS, market())

    assert (found.amount, found.available, found.on_hold) == (Decimal(81), Decimal(101), Decimal(30))


def test_numbers_in_json_are_exact() -> None:
    answer = wire.decode(b'{"XXBT": {"balance": 0.1234567890, "hold_trade": 0.0}, "ZUSD": {"balance": 1e2}}')

    assert parse_balances(answer) == {
        "XXBT": Balance(Decimal("0.123456789"), Decimal("0.123456789")),
        "ZUSD": Balance(Decimal(100), Decimal(100)),
    }


def test_a_negative_balance_counts_against_the_rest() -> None:
    found = holdings(balances({"ZUSD": "-100", "XXBT": "0.01"}), ASSETS, market())

    # 0.01 * 64250.10 = 642.501
    assert [(held.asset, held.value) for held in found] == [("BTC", Decimal("642.501")), ("USD", Decimal(-100))]


def test_what_is_on_hold_of_several_codes() -> None:
    answer = {"DOT": {"balance": "10", "hold_trade": "4"}, "DOT.S": {"balance": "5", "hold_trade": "0"}}
    (found,) = holdings(parse_balances(answer), ASSETS, market())

    assert (found.amount, found.available) == (Decimal(15), Decimal(11))


def test_credit_lines_of_several_codes_add_up() -> None:
    answer = {
        "USD.M": {"balance": "5", "credit": "7"},
        "ZUSD": {"balance": "100", "credit": "50", "credit_used": "10", "hold_trade": "20"},
    }
    (found,) = holdings(parse_balances(answer), ASSETS, market())

    assert (found.amount, found.credit, found.available) == (Decimal(95), Decimal(57), Decimal(132))
    assert found.on_hold == Decimal(20)


def test_an_amount_that_is_nothing_but_on_hold_stays_visible() -> None:
    (found,) = holdings(parse_balances({"ZUSD": {"balance": "0", "hold_trade": "1"}}), ASSETS, market())

    assert (found.amount, found.available, found.value) == (Decimal(0), Decimal(-1), Decimal(0))


@pytest.mark.parametrize(
    ("result", "message"),
    [
        ([1], "BalanceEx should be an object, but Kraken sent a list of 1"),
        ("", "BalanceEx should be an object, but Kraken sent “”"),
        (0, "BalanceEx should be an object, but Kraken sent “0”"),
        ({"ZUSD": "5"}, "the balance of ZUSD should be an object, but Kraken sent “5”"),
        ({"ZUSD": {}}, "the balance of ZUSD should be an amount, but Kraken sent nothing"),
        ({"ZUSD": {"balance": "a lot"}}, "the balance of ZUSD should be an amount, but Kraken sent “a lot”"),
        (
            {"ZUSD": {"balance": "1", "hold_trade": "some"}},
            "hold_trade of ZUSD should be an amount, but Kraken sent “some”",
        ),
        ({"": {"balance": "1"}}, "a code should be a text, but Kraken sent “”"),
    ],
)
def test_balances_of_another_shape(result: Any, message: str) -> None:
    with pytest.raises(UnexpectedAnswer) as refusal:
        parse_balances(result)

    assert refusal.value.reason == message


def test_the_longest_code_is_one_all_the_same() -> None:
    assert parse_balances({"W" * 40: {"balance": "1"}}).keys() == {"W" * 40}


# --- an account whose holds Kraken does not tell --------------------------------------------------------


def test_plain_balances() -> None:
    assert parse_plain_balances({"ZUSD": "171288.6158", "XXBT": Decimal("0.5"), "XBT.F": 0}) == {
        "ZUSD": Balance(Decimal("171288.6158"), None),
        "XXBT": Balance(Decimal("0.5"), None),
        "XBT.F": Balance(Decimal(0), None),
    }


@pytest.mark.parametrize("parse", [parse_balances, parse_plain_balances])
@pytest.mark.parametrize("nothing", [None, {}, []])
def test_nothing_at_all(parse: Callable[[Any], Any], nothing: Any) -> None:
    assert parse(nothing) == {}


def test_what_is_available_of_an_asset_is_unknown_if_it_is_of_one_of_its_codes() -> None:
    mixed = {"XXBT": Balance(Decimal(1), Decimal("0.5")), "XBT.F": Balance(Decimal(2), None)}
    (found,) = holdings(mixed, ASSETS, market())

    # 3 * 64250.10
    assert (found.amount, found.available, found.value) == (Decimal(3), None, Decimal("192750.3"))


def test_nothing_of_which_nobody_knows_what_is_held_is_left_out() -> None:
    assert holdings(parse_plain_balances({"ZUSD": "0.0000"}), ASSETS, market()) == ()


@pytest.mark.parametrize(
    ("result", "message"),
    [
        ([1], "Balance should be an object, but Kraken sent a list of 1"),
        ({"ZUSD": {"balance": "5"}}, "the balance of ZUSD should be an amount, but Kraken sent an object of 1"),
        ({"ZUSD": None}, "the balance of ZUSD should be an amount, but Kraken sent nothing"),
        ({"ZUSD": "1", "ZUSD\u0000": "2"}, "Kraken sent two balances of ZUSD"),
        ({"W" * 41: "1"}, f"Kraken sent a balance of “{'W' * 39}…”, which is no code"),
    ],
)
def test_plain_balances_of_another_shape(result: Any, message: str) -> None:
    with pytest.raises(UnexpectedAnswer) as refusal:
        parse_plain_balances(result)

    assert refusal.value.reason == message


AMOUNTS = st.decimals(min_value=-(10**8), max_value=10**8, places=10)


@given(
    st.dictionaries(st.sampled_from(["ZUSD", "XXBT", "XBT.F", "DOT", "DOT28.S", "XETH", "ETH2", "XRT"]), AMOUNTS)
)
def test_whatever_an_account_has_is_counted_once_and_exactly(amounts: dict[str, Decimal]) -> None:
    found = holdings(balances({code: f"{amount:f}" for code, amount in amounts.items()}), ASSETS, market())

    expected = (
        amounts.get("ZUSD", Decimal(0))
        + (amounts.get("XXBT", Decimal(0)) + amounts.get("XBT.F", Decimal(0))) * Decimal("64250.10")
        + (amounts.get("DOT", Decimal(0)) + amounts.get("DOT28.S", Decimal(0))) * Decimal("6.45")
        + (amounts.get("XETH", Decimal(0)) + amounts.get("ETH2", Decimal(0))) * Decimal("3150.25")
    )
    assert sum((held.value or Decimal(0) for held in found), Decimal(0)) == expected
