from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal

import pytest

from kraken_accounts.kraken.assets import Assets, parse_assets
from kraken_accounts.kraken.markets import Book, Pair
from kraken_accounts.kraken.prices import Basis, NoPrice, Price, Prices

CODES = {
    **{"ZUSD": "USD", "ZEUR": "EUR", "ZJPY": "JPY", "XXBT": "XBT", "XETH": "ETH", "XXDG": "XDG"},
    **{
        code: code
        for code in ("USDT", "USDC", "AAA", "BBB", "CCC", "ETH2", "ETH2.S", "DAI", "PYUSD", "DOT", "DOT.S")
    },
}
ASSETS = Assets(parse_assets({code: {"altname": altname, "decimals": 10} for code, altname in CODES.items()}))


def prices(markets: Mapping[str, str], quote: str = "USD", unlearned: Collection[str] = ()) -> Prices:
    """Prices of markets that are written `base/quote`, by Kraken's codes. The names of the pairs say nothing.

    A book is written `bid ask`, or as the one price that is bid and asked; `-` is an empty side, and nothing at
    all a book that Kraken did not tell. What stands behind a comma is the status of the pair.
    """
    pairs, books = [], {}
    for number, (market, written) in enumerate(markets.items()):
        base, _, counter = market.partition("/")
        sides, _, status = written.partition(", ")
        pairs.append(Pair(f"P{number:02}", base, counter, status or None))
        if sides:
            bid, ask = (None if side == "-" else Decimal(side) for side in (sides.split() * 2)[:2])
            books[f"P{number:02}"] = Book(bid, ask)
    asset = ASSETS.find(quote)
    assert asset is not None
    return Prices(ASSETS, pairs, books, asset, unlearned)


def unit(name: str, found: Prices) -> Price | NoPrice:
    asset = ASSETS.resolve(name)
    assert asset is not None
    return found.price(asset)


def price(name: str, found: Prices) -> str | None:
    value = unit(name, found)
    return None if isinstance(value, NoPrice) else f"{value.amount:f}"


def said(name: str, found: Prices) -> tuple[str, bool]:
    """Why there is no price, and whether Kraken has answered all that this hangs on."""
    value = unit(name, found)
    assert isinstance(value, NoPrice)
    return value.reason, value.answered


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
    found = Prices(ASSETS, pairs, {"A": Book(Decimal(1), None), "B": Book(Decimal(1), None)}, asset)

    assert price("XXBT", found) is None
    assert price("XETH", found) is None


# --- what a book gives ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("book", "expected"),
    [
        ("64250.0 64250.3", ("64250.15", Basis.MID)),  # the middle
        ("0.00000002 0.00000003", ("0.00000002", Basis.BID)),  # a tick of 40 %
        ("5 5", ("5", Basis.MID)),  # locked: both sides agree
        ("95 105", ("100", Basis.MID)),  # 10 are 10 % of the middle, 100
        ("95 105.01", ("95", Basis.BID)),  # 10.01 are more than 10 % of 100.005
        ("1 1000000", ("1", Basis.BID)),
        ("5 -", ("5", Basis.BID)),  # bids alone
    ],
)
def test_a_price_is_the_middle_of_a_narrow_book_else_the_best_bid(book: str, expected: tuple[str, Basis]) -> None:
    found = unit("AAA", prices({"AAA/ZUSD": book}))

    assert found == Price(Decimal(expected[0]), expected[1])


@pytest.mark.parametrize(
    ("book", "reason"),
    [
        ("- 5", "the book of its market P00 has no bids"),
        ("- -", "the book of its market P00 has no bids"),
        ("5.01 5", "the book of its market P00 is crossed"),
    ],
)
def test_a_book_that_is_crossed_or_without_bids_gives_none(book: str, reason: str) -> None:
    assert said("AAA", prices({"AAA/ZUSD": book})) == (reason, True)
    assert said("AAA", prices({"ZUSD/AAA": book})) == (reason, True)


@pytest.mark.parametrize(
    ("book", "expected"),
    [
        ("3.9 4.1", ("0.25", Basis.MID)),  # 1 / 4, the middle
        # With AAA one can only buy the base, and so pays what is asked: 1 / 8 and not 1 / 2.
        ("2 8", ("0.125", Basis.BID)),
    ],
)
def test_the_quote_of_a_pair_is_worth_what_it_buys(book: str, expected: tuple[str, Basis]) -> None:
    assert unit("AAA", prices({"ZUSD/AAA": book})) == Price(Decimal(expected[0]), expected[1])


def test_where_nobody_sells_the_base_its_quote_buys_nothing() -> None:
    found = prices({"BBB/AAA": "2 -", "AAA/ZUSD": "- 1"})

    assert said("AAA", found)[1]
    assert said("AAA", prices({"ZUSD/AAA": "2 -"})) == ("the book of its market P00 has no asks", True)
    # The other way there is a buyer.
    assert unit("ZUSD", prices({"ZUSD/AAA": "2 -"}, "AAA")) == Price(Decimal(2), Basis.BID)


@pytest.mark.parametrize("status", ["", "online", "limit_only", "post_only"])
def test_pairs_that_are_open_for_trading(status: str) -> None:
    assert price("AAA", prices({"AAA/ZUSD": f"5, {status}"})) == "5"


@pytest.mark.parametrize("status", ["cancel_only", "reduce_only", "delisted", "maintenance", "ONLINE", "dancing"])
def test_a_pair_that_is_not_open_gives_none(status: str) -> None:
    reason = f"its market P00 is not open: Kraken's status is {status}"

    assert said("AAA", prices({"AAA/ZUSD": f"5, {status}"})) == (reason, True)


# --- which route ----------------------------------------------------------------------------------------


def test_narrow_books_all_along_come_before_a_wide_pair_of_its_own() -> None:
    # 2.5 EUR at 1.085 = 2.7125 USD, where its own book bids 1 and asks a million.
    chain = {"AAA/ZEUR": "2.5", "ZEUR/ZUSD": "1.085"}

    assert unit("AAA", prices({"AAA/ZUSD": "1 1000000", **chain})) == Price(Decimal("2.7125"), Basis.MID)
    # However long they are.
    longer = {"AAA/CCC": "2", "CCC/BBB": "2", "BBB/ZEUR": "2", "ZEUR/ZUSD": "1.085"}
    assert unit("AAA", prices({"AAA/ZUSD": "1 1000000", **longer})) == Price(Decimal("8.680"), Basis.MID)


def test_without_them_the_shortest_route_and_the_bid() -> None:
    # Its own pair bids 1; over a wide pair with the euro it would be 2 * 1.085.
    wide = {"AAA/ZUSD": "1 9", "AAA/ZEUR": "2 9", "ZEUR/ZUSD": "1.085"}

    assert unit("AAA", prices(wide)) == Price(Decimal(1), Basis.BID)


def test_one_wide_step_makes_the_whole_price_a_bid() -> None:
    # 2 EUR are bid, at 1.085 USD.
    found = prices({"AAA/ZEUR": "2 9", "ZEUR/ZUSD": "1.085"})

    assert unit("AAA", found) == Price(Decimal("2.170"), Basis.BID)
    assert unit("ZEUR", found) == Price(Decimal("1.085"), Basis.MID)


def test_a_narrow_inverse_comes_before_a_wide_pair() -> None:
    # 1 / 0.4 = 2.5
    found = prices({"AAA/ZUSD": "1 9", "ZUSD/AAA": "0.4"})

    assert unit("AAA", found) == Price(Decimal("2.5"), Basis.MID)


@pytest.mark.parametrize("closed", ["2.5, cancel_only", "2.6 2.5", "- 2.5", ""])
def test_a_pair_that_gives_no_price_is_no_step(closed: str) -> None:
    markets = {"AAA/ZEUR": closed, "ZEUR/ZUSD": "1.085", "AAA/DAI": "3", "DAI/ZUSD": "1"}

    assert price("AAA", prices(markets)) == "3"


def test_a_form_of_an_asset_that_trades_at_a_discount_is_not_its_price() -> None:
    # By name the first, by code not the market of ether.
    assert price("XETH", prices({"ETH2/ZUSD": "2900", "XETH/ZUSD": "3000"})) == "3000"
    assert price("ETH2", prices({"XETH/ZUSD": "- 3000", "ETH2/ZUSD": "2900"})) == "2900"


# --- why not --------------------------------------------------------------------------------------------


def test_an_asset_without_a_market() -> None:
    assert said("AAA", prices({"XXBT/ZUSD": "60000"})) == ("Kraken has no market for it", True)


def test_an_asset_with_several_markets_that_give_none_names_the_one_with_the_quote_currency() -> None:
    found = prices({"AAA/ZEUR": "2, delisted", "AAA/ZUSD": "- 3", "AAA/DAI": "- 3"})

    assert said("AAA", found) == (
        "the book of its market P01 has no bids, and no other of its markets gives a price",
        True,
    )


def test_markets_that_lead_nowhere() -> None:
    assert said("AAA", prices({"AAA/BBB": "2"})) == ("none of its markets leads to USD", True)


def test_what_kraken_did_not_tell_is_no_answer() -> None:
    assert said("AAA", prices({"AAA/ZUSD": ""})) == ("Kraken did not tell the book of its market P00", False)
    # Whatever lies behind it may have a price as well.
    assert said("AAA", prices({"AAA/BBB": "2", "BBB/ZUSD": ""})) == ("none of its markets leads to USD", False)
    assert said("AAA", prices({}, unlearned={"AAA"})) == ("Kraken did not tell its markets or their prices", False)
    assert said("BBB", prices({}, unlearned={"AAA"})) == ("Kraken has no market for it", True)
    assert said("BBB", prices({"BBB/CCC": "2"}, unlearned={"AAA"})) == ("none of its markets leads to USD", False)
