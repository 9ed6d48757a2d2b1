"""What holds of anything that a server sends: it is understood or refused, and what is understood is exact."""

from __future__ import annotations

import copy
import itertools
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_accounts import money
from kraken_accounts.kraken.assets import Asset, Assets, parse_assets
from kraken_accounts.kraken.error_messages import error_from
from kraken_accounts.kraken.errors import KrakenError, UnexpectedAnswer
from kraken_accounts.kraken.fills import parse_fills
from kraken_accounts.kraken.markets import Book, Pair, parse_pairs, parse_tickers
from kraken_accounts.kraken.order_terms import parse_rules
from kraken_accounts.kraken.orders import parse_orders, parse_positions
from kraken_accounts.kraken.prices import Prices
from kraken_accounts.kraken.valuation import Balance, holdings, parse_balances

from ..faults.hostile import GOOD, amounts, anything, prices

NOW = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)

# --- parsing --------------------------------------------------------------------------------------------

PARSERS: dict[Callable[[Any], Any], Any] = {
    parse_balances: GOOD["BalanceEx"],
    parse_assets: GOOD["Assets"],
    parse_pairs: GOOD["AssetPairs"],
    parse_tickers: GOOD["Ticker"],
    parse_positions: GOOD["OpenPositions"],
    parse_orders: GOOD["OpenOrders"]["open"],
    parse_fills: GOOD["TradesHistory"],
    parse_rules: {"XXBTZUSD": {"lot_decimals": 8, "pair_decimals": 1, "ordermin": "0.0001", "costmin": "0.5"}},
}


@pytest.mark.parametrize(
    "parse", [parse for parse in PARSERS if parse is not parse_rules], ids=lambda parse: parse.__name__
)
@given(sent=anything)
def test_whatever_is_sent_is_understood_or_refused(parse: Callable[[Any], Any], sent: Any) -> None:
    try:
        parse(sent)
    except UnexpectedAnswer as refusal:
        assert refusal.reason.isprintable()
        assert len(refusal.reason) < 500


@pytest.mark.parametrize("parse", PARSERS, ids=lambda parse: parse.__name__)
@given(data=st.data())
def test_one_wrong_value_in_a_good_answer_is_understood_or_refused(
    parse: Callable[[Any], Any], data: st.DataObject
) -> None:
    answer = copy.deepcopy(PARSERS[parse])
    node = answer
    while True:
        key = data.draw(st.sampled_from(list(node) if isinstance(node, dict) else range(len(node))))
        if not isinstance(node[key], dict | list) or not node[key] or data.draw(st.booleans()):
            break
        node = node[key]
    node[key] = data.draw(anything)
    try:
        parse(answer)
    except UnexpectedAnswer as refusal:
        assert refusal.reason.isprintable()


@given(words=st.text())
def test_krakens_words_are_safe_to_repeat(words: str) -> None:
    error = error_from(words, NOW)
    assert error.reason.isprintable()
    assert len(error.reason) < 500
    assert isinstance(pickle.loads(pickle.dumps(KrakenError(error.reason))), KrakenError)


# --- valuation ------------------------------------------------------------------------------------------

USD, BTC, ETH = Asset("ZUSD", "USD", 4), Asset("XXBT", "XBT", 10), Asset("XETH", "ETH", 10)
LISTED = Assets({asset.code: asset for asset in (USD, BTC, ETH)})
PAIRS = (Pair("XXBTZUSD", "XXBT", "ZUSD"), Pair("XETHXXBT", "XETH", "XXBT"))


@given(
    held=st.dictionaries(st.sampled_from(["ZUSD", "USD.M", "XXBT", "XBT.F", "XETH", "ETH2", "KFEE"]), amounts),
    btc=prices,
    eth=prices,
)
def test_a_value_is_the_sum_of_its_parts_to_the_last_digit(
    held: dict[str, Decimal], btc: Decimal, eth: Decimal
) -> None:
    balances = {code: Balance(amount, amount) for code, amount in held.items()}
    found = holdings(
        balances, LISTED, Prices(LISTED, PAIRS, {"XXBTZUSD": Book(btc, btc), "XETHXXBT": Book(eth, eth)}, USD)
    )

    multiply, total = money.EXACT.multiply, money.total
    one = {"ZUSD": Decimal(1), "USD.M": Decimal(1), "XXBT": btc, "XBT.F": btc, "KFEE": Decimal(0)}
    one |= {"XETH": multiply(eth, btc), "ETH2": multiply(eth, btc)}
    by_hand = total(multiply(amount, one[code]) for code, amount in held.items())
    assert total(holding.value or Decimal(0) for holding in found) == by_hand
    assert all(holding.price is not None for holding in found)


@given(amount=amounts, mids=st.lists(st.decimals(Decimal("1e-40"), 10**29, places=40), min_size=12, max_size=12))
def test_a_long_chain_of_extreme_prices_gives_a_credible_price_or_none(
    amount: Decimal, mids: list[Decimal]
) -> None:
    names = [f"A{number}" for number in range(len(mids) + 1)]
    listed = Assets({name: Asset(name, name, 8) for name in names})
    pairs = [Pair(f"{a}{b}", a, b) for a, b in itertools.pairwise(names)]
    known = {pair.name: Book(mid, mid) for pair, mid in zip(pairs, mids, strict=True) if mid}
    quote = listed.find(names[-1])
    assert quote is not None
    (found,) = holdings(
        {"A0": Balance(amount or Decimal(1), Decimal(0))}, listed, Prices(listed, pairs, known, quote)
    )
    assert found.price is None or 0 < found.price < Decimal("1e30")
    assert money.formatted(found.value or Decimal(0), "USD")


@given(parts=st.lists(amounts, max_size=50))
def test_totals_are_exact_and_rounded_once(parts: list[Decimal]) -> None:
    scaled = sum(int(part.scaleb(18, money.EXACT)) for part in parts)
    assert money.total(parts).scaleb(18, money.EXACT) == scaled
    cents, rest = divmod(abs(scaled), 10**16)
    half = 5 * 10**15
    cents += rest > half or (rest == half and cents % 2)
    assert money.rounded(money.total(parts), "USD").copy_abs().scaleb(2, money.EXACT) == cents
    assert money.formatted(money.total(parts), "USD").lstrip("-") == f"${cents // 100:,}.{cents % 100:02}"
