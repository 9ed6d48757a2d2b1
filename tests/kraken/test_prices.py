from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from kraken_accounts.kraken.assets import Assets, parse_assets
from kraken_accounts.kraken.errors import UnexpectedAnswer
from kraken_accounts.kraken.prices import Pair, Prices, parse_pairs, parse_tickers

CODES = {
    **{"ZUSD": "USD", "ZEUR": "EUR", "ZJPY": "JPY", "XXBT": "XBT", "XETH": "ETH", "XXDG": "XDG"},
    **{
        code: code
        for code in ("USDT", "USDC", "AAA", "BBB", "CCC", "ETH2", "ETH2.S", "DAI", "PYUSD", "DOT", "DOT.S")
    },
}
ASSETS = Assets(parse_assets({code: {"altname": altname, "decimals": 10} for code, altname in CODES.items()}))


def prices(markets: Mapping[str, str], quote: str = "USD") -> Prices:
    """Prices of markets that are written `base/quote`, by Kraken's codes. The names of the pairs say nothing."""
    pairs, mids = [], {}
    for number, (market, mid) in enumerate(markets.items()):
        base, _, counter = market.partition("/")
        pairs.append(Pair(f"P{number:02}", base, counter))
        mids[f"P{number:02}"] = Decimal(mid)
    asset = ASSETS.find(quote)
    assert asset is not None
    return Prices(ASSETS, pairs, mids, asset)


def price(name: str, found: Prices) -> str | None:
    asset = ASSETS.resolve(name)
    assert asset is not None
    value = found.price(asset)
    return None if value is None else f"{value:f}"


# --- routes ---------------------------------------------------------------------------------------------


def test_the_quote_currency_itself_costs_one() -> None:
    assert price("ZUSD", prices({})) == "1"


def test_direct() -> None:
    assert price("XXBT", prices({"XXBT/ZUSD": "64250.1"})) == "64250.1"


def test_inverse() -> None:
    # 1 USD = 160 JPY, so 1 JPY = 1 / 160 = 0.00625 USD.
    assert price("ZJPY", prices({"ZUSD/ZJPY": "160"})) == "0.00625"


def test_an_inverse_has_28_digits() -> None:
    assert price("ZJPY", prices({"ZUSD/ZJPY": "150"})) == "0.006666666666666666666666666667"


def test_the_pair_itself_comes_before_its_inverse() -> None:
    assert price("AAA", prices({"ZUSD/AAA": "4", "AAA/ZUSD": "0.3"})) == "0.3"
    assert price("AAA", prices({"AAA/ZUSD": "0.3", "ZUSD/AAA": "4"})) == "0.3"


def test_the_pair_itself_comes_before_any_chain() -> None:
    assert price("AAA", prices({"AAA/ZEUR": "3", "ZEUR/ZUSD": "1.1", "AAA/ZUSD": "2"})) == "2"


def test_the_inverse_comes_before_any_chain() -> None:
    # 1 / 0.4 = 2.5
    assert price("AAA", prices({"AAA/ZEUR": "3", "ZEUR/ZUSD": "1.1", "ZUSD/AAA": "0.4"})) == "2.5"


def test_a_chain() -> None:
    # 2.5 EUR at 1.085 USD = 2.7125 USD
    assert price("AAA", prices({"AAA/ZEUR": "2.5", "ZEUR/ZUSD": "1.085"})) == "2.7125"


def test_a_chain_of_inverses() -> None:
    # 1 USD = 0.8 EUR and 1 EUR = 5 AAA, so 1 AAA = 1/5 EUR = 0.2 EUR = 0.2 / 0.8 USD = 0.25 USD.
    assert price("AAA", prices({"ZEUR/AAA": "5", "ZUSD/ZEUR": "0.8"})) == "0.250"


def test_a_long_chain() -> None:
    # 3 CCC a BBB, 0.5 BTC a CCC, 60000 USD a BTC: 3 * 0.5 * 60000 = 90000.
    assert price("BBB", prices({"BBB/CCC": "3", "CCC/XXBT": "0.5", "XXBT/ZUSD": "60000"})) == "90000.0"


def test_no_product_is_rounded() -> None:
    # 1.00000000000000000001 squared
    chain = prices({"AAA/BBB": "1.00000000000000000001", "BBB/ZUSD": "1.00000000000000000001"})

    assert price("AAA", chain) == "1.0000000000000000000200000000000000000001"


def test_no_route() -> None:
    found = prices({"AAA/BBB": "2", "XXBT/ZUSD": "60000"})

    assert price("AAA", found) is None
    assert price("CCC", found) is None


def test_the_shortest_chain_wins_whatever_its_steps() -> None:
    # Two pairs over DAI, 7 * 2 = 14, before three over EUR and BTC.
    markets = {"AAA/ZEUR": "9", "ZEUR/XXBT": "0.1", "XXBT/ZUSD": "50", "AAA/DAI": "7", "DAI/ZUSD": "2"}

    assert price("AAA", prices(markets)) == "14"


ORDER = ("ZUSD", "ZEUR", "USDT", "USDC", "XXBT", "XETH", "DAI")


@pytest.mark.parametrize("first", range(len(ORDER)))
def test_among_chains_of_one_length_the_step_decides(first: int) -> None:
    """USD before EUR, USDT, USDC, BTC, ETH, and these before any other; in yen, to have dollars for a step."""
    markets: dict[str, str] = {}
    for number in reversed(range(first, len(ORDER))):
        markets |= {f"AAA/{ORDER[number]}": str(number + 2), f"{ORDER[number]}/ZJPY": "100"}

    assert price("AAA", prices(markets, "JPY")) == f"{(first + 2) * 100}"


def test_the_first_differing_step_decides_and_not_the_last() -> None:
    # Over EUR and DAI: 2 * 3 * 5 = 30. USDT is a better last step than DAI, but BBB a worse first one than EUR.
    over_eur = {"AAA/ZEUR": "2", "ZEUR/DAI": "3", "DAI/ZJPY": "5"}
    over_bbb = {"AAA/BBB": "1", "BBB/USDT": "1", "USDT/ZJPY": "1"}

    assert price("AAA", prices(over_bbb | over_eur, "JPY")) == "30"


def test_other_steps_go_by_their_name() -> None:
    markets = {"AAA/PYUSD": "3", "PYUSD/ZUSD": "1", "AAA/DAI": "2", "DAI/ZUSD": "1"}

    assert price("AAA", prices(markets)) == "2"


def test_a_step_by_an_inverse_is_as_good() -> None:
    # EUR is preferred: 4 EUR, 1 USD = 0.8 EUR, so 4 / 0.8 = 5. Over USDT it would be 6.
    markets = {"AAA/USDT": "6", "USDT/ZUSD": "1", "AAA/ZEUR": "4", "ZUSD/ZEUR": "0.8"}

    assert price("AAA", prices(markets)) == "5.00"


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        ("USD", "2000"),
        ("EUR", "1600.0"),  # 2000 USD * 0.8 EUR
        ("JPY", "300000"),  # 2000 USD * 150 JPY
        ("BTC", "0.04"),  # 2000 USD / 50000
    ],
)
def test_other_quote_currencies(quote: str, expected: str) -> None:
    markets = {"XETH/ZUSD": "2000", "ZUSD/ZEUR": "0.8", "ZUSD/ZJPY": "150", "XXBT/ZUSD": "50000"}
    found = price("XETH", prices(markets, quote))

    assert found is not None
    assert Decimal(found) == Decimal(expected)


def test_a_suffixed_code_costs_what_its_asset_does() -> None:
    found = prices({"DOT/ZUSD": "6.45", "XETH/ZUSD": "3000"})

    assert price("DOT.S", found) == "6.45"
    assert price("ETH2", found) == price("ETH2.S", found) == "3000"


def test_a_pair_of_two_forms_of_one_asset_is_no_market() -> None:
    # Kraken trades ETH2.S against ETH at a discount; staked ether still counts one to one.
    found = prices({"ETH2.S/XETH": "0.9", "XETH/ZUSD": "3000"})

    assert price("ETH2.S", found) == "3000"


def test_pairs_of_what_is_not_listed_or_not_priced_are_left_out() -> None:
    asset = ASSETS.find("USD")
    assert asset is not None
    pairs = [Pair("A", "GONE", "ZUSD"), Pair("B", "XXBT", "GONE"), Pair("C", "XETH", "ZUSD")]
    found = Prices(ASSETS, pairs, {"A": Decimal(1), "B": Decimal(1)}, asset)

    assert price("XXBT", found) is None
    assert price("XETH", found) is None


# --- Kraken's answers -----------------------------------------------------------------------------------


def ticker(ask: Any = None, bid: Any = None, last: Any = None) -> dict[str, Any]:
    return {side: value for side, value in (("a", ask), ("b", bid), ("c", last)) if value is not None}


@pytest.mark.parametrize(
    ("sides", "expected"),
    [
        # (64250.0 + 64250.3) / 2 = 64250.15
        (ticker(["64250.30000", "1", "1.000"], ["64250.00000", "2", "2.000"], ["64000.0", "0.1"]), "64250.15"),
        (ticker(["0.00000003", "1"], ["0.00000002", "1"]), "0.000000025"),
        # one side missing or zero: the last trade
        (ticker(bid=["5", "1"], last=["7", "1"]), "7"),
        (ticker(ask=["5", "1"], last=["7", "1"]), "7"),
        (ticker(["0.00000", "0"], ["5", "1"], ["7", "1"]), "7"),
        (ticker(["5", "1"], ["0.00000", "0"], ["7", "1"]), "7"),
        (ticker(["-5", "1"], ["5", "1"], ["7", "1"]), "7"),
        (ticker([], ["5", "1"], ["7", "1"]), "7"),
        (ticker("", ["5", "1"], ["7", "1"]), "7"),
        (ticker(["nonsense"], ["5", "1"], ["7", "1"]), "7"),
        (ticker(["1e999999999"], ["5", "1"], ["7", "1"]), "7"),
        (ticker(5, ["5", "1"], ["7", "1"]), "7"),
        (ticker(last=["7", "1"]), "7"),
        # numbers instead of strings
        (ticker([Decimal("5.5"), 1], [5, 1]), "5.25"),
    ],
)
def test_a_price_is_the_middle_of_bid_and_ask_else_the_last_trade(sides: dict[str, Any], expected: str) -> None:
    assert parse_tickers({"XXBTZUSD": sides}) == {"XXBTZUSD": Decimal(expected)}


@pytest.mark.parametrize(
    "sides", [{}, ticker(["5"]), ticker(bid=["5"]), ticker(["0"], ["0"], ["0"]), ticker(["5"], ["0"], ["0"])]
)
def test_a_pair_without_a_price_is_left_out_and_the_others_stay(sides: dict[str, Any]) -> None:
    assert parse_tickers({"XYZUSD": sides, "SOLUSD": ticker(last=["148.25"])}) == {"SOLUSD": Decimal("148.25")}


def test_the_answer_of_asset_pairs() -> None:
    answer = {"XXBTZUSD": {"altname": "XBTUSD", "base": "XXBT", "quote": "ZUSD"}}

    assert parse_pairs(answer) == (Pair("XXBTZUSD", "XXBT", "ZUSD"),)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "AssetPairs should be an object, but Kraken sent nothing"),
        ({"XXBTZUSD": []}, "the pair “XXBTZUSD” should be an object, but Kraken sent a list of 0"),
        ({"XXBTZUSD": {"base": "XXBT"}}, "quote of “XXBTZUSD” should be a text, but Kraken sent nothing"),
    ],
)
def test_pairs_of_another_shape(answer: Any, words: str) -> None:
    with pytest.raises(UnexpectedAnswer) as refusal:
        parse_pairs(answer)

    assert refusal.value.reason == words


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ([], "Ticker should be an object, but Kraken sent a list of 0"),
        ({"XXBTZUSD": None}, "the ticker of “XXBTZUSD” should be an object, but Kraken sent nothing"),
    ],
)
def test_tickers_of_another_shape(answer: Any, words: str) -> None:
    with pytest.raises(UnexpectedAnswer) as refusal:
        parse_tickers(answer)

    assert refusal.value.reason == words
