from __future__ import annotations

from decimal import Decimal

import pytest

from kraken_accounts import money
from kraken_accounts.text import encodable


@pytest.mark.parametrize(
    ("currency", "decimals"),
    [("USD", 2), ("EUR", 2), ("CHF", 2), ("USDT", 2), ("JPY", 0), ("BTC", 8), ("ETH", 8), ("DOGE", 8)],
)
def test_cents(currency: str, decimals: int) -> None:
    assert money.decimal_places(currency) == decimals


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("0.125", "USD", "0.12"),  # halves go to the even neighbour
        ("0.135", "USD", "0.14"),
        ("0.1250000000000000000000000000000001", "USD", "0.13"),  # more than a half
        ("-0.125", "USD", "-0.12"),
        ("2.5", "JPY", "2"),
        ("3.5", "JPY", "4"),
        ("0.000000005", "BTC", "0.00000000"),
        ("0.000000015", "BTC", "0.00000002"),
        ("100", "USD", "100.00"),
        ("1E+3", "USD", "1000.00"),
        ("123456789012345678901234567890.125", "USD", "123456789012345678901234567890.12"),
        ("-0.001", "USD", "0.00"),  # and no sign on nothing
    ],
)
def test_rounded_half_to_even(amount: str, currency: str, expected: str) -> None:
    assert f"{money.rounded(Decimal(amount), currency):f}" == expected


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("1.50", "1.5"),
        ("1.2000000000", "1.2"),
        ("100", "100"),
        ("100.00", "100"),
        ("1E+3", "1000"),
        ("1E-10", "0.0000000001"),
        ("0E-10", "0"),
        ("0", "0"),
        ("-0.00", "0"),
        ("-1.10", "-1.1"),
    ],
)
def test_plain_has_all_digits_and_no_others(amount: str, expected: str) -> None:
    assert money.plain(Decimal(amount)) == expected


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("1234.5", "USD", "$1,234.50"),
        ("12345.67", "USD", "$12,345.67"),
        ("0", "USD", "$0.00"),
        ("-1234.5", "USD", "-$1,234.50"),
        ("-0.001", "USD", "$0.00"),
        ("1234567.891", "EUR", "€1,234,567.89"),
        ("1.5", "GBP", "£1.50"),
        ("1234567.5", "JPY", "¥1,234,568"),
        ("1234.5", "CHF", "1,234.50 CHF"),
        ("0.5", "BTC", "0.50000000 BTC"),
        ("-0.5", "BTC", "-0.50000000 BTC"),
    ],
)
def test_formatted_for_people(amount: str, currency: str, expected: str) -> None:
    assert money.formatted(Decimal(amount), currency) == expected


def test_the_code_stands_in_for_a_symbol_that_an_encoding_lacks() -> None:
    assert money.formatted(Decimal("1234.5"), "EUR", "ascii") == "1,234.50 EUR"
    assert money.formatted(Decimal("1234.5"), "EUR", "latin-1") == "1,234.50 EUR"
    assert money.formatted(Decimal("1234.5"), "GBP", "latin-1") == "£1,234.50"
    assert money.formatted(Decimal("1234.5"), "USD", "ascii") == "$1,234.50"
    assert money.formatted_price(Decimal("0.5"), "EUR", "ascii") == "0.5 EUR"


@pytest.mark.parametrize(
    ("price", "currency", "expected"),
    [
        ("64250.10", "USD", "$64,250.10"),
        ("1", "USD", "$1.00"),
        ("0.1234", "USD", "$0.1234"),
        ("0.00001124", "USD", "$0.00001124"),
        ("0.123456789", "USD", "$0.123457"),  # six digits say enough
        ("9733890", "JPY", "¥9,733,890"),
        ("0.00001556", "BTC", "0.00001556 BTC"),
        ("1", "BTC", "1 BTC"),
    ],
)
def test_small_prices_show_more_than_cents(price: str, currency: str, expected: str) -> None:
    assert money.formatted_price(Decimal(price), currency) == expected


def test_encodable() -> None:
    assert encodable("✅", "utf-8")
    assert not encodable("✅", "ascii")
    assert not encodable("a", "no-such-encoding")
