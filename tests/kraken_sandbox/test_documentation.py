"""docs/SANDBOX.md says what is there, and its example runs."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kraken_sandbox import FaultKind, Refusal
from kraken_sandbox.accounts import TIERS
from kraken_sandbox.catalogue import MARKETS, default_market, whole_market
from kraken_sandbox.endpoints import PRIVATE, PUBLIC
from kraken_sandbox.exchange import STATUSES
from kraken_sandbox.listed import CURRENCY

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "SANDBOX.md").read_text(encoding="utf-8")
WORDS = set(re.findall(r"`([^`]+)`", TEXT))


TABLES = {
    "accounts",
    "allocations",
    "balances",
    "clock",
    "faults",
    "keys",
    "ledger",
    "orders",
    "positions",
    "prices",
    "strategies",
    "throttle",
    "trades",
}


def field_names(table: dict[str, Any]) -> Iterator[str]:
    """The names of every field in a TOML document, without asset codes and pairs."""
    for name, value in table.items():
        if name not in TABLES:
            yield name
        inner = list(value.values()) if name in ("balances", "prices") else value
        for part in inner if isinstance(inner, list) else [inner]:
            if isinstance(part, dict):
                yield from field_names(part)


def test_every_field_of_the_example_is_explained() -> None:
    example = tomllib.loads((DOCS / "sandbox-accounts.toml").read_text(encoding="utf-8"))

    names = set(field_names(example))
    assert {"label", "credit_used", "otp", "leverage", "bid", "burst", "nth", "held_as", "speed", "asks"} <= names
    assert names <= WORDS


@pytest.mark.parametrize("names", [FaultKind, Refusal, MARKETS, STATUSES, TIERS])
def test_every_choice_is_explained(names: Any) -> None:
    assert set(names) <= WORDS


def test_every_endpoint_is_named() -> None:
    simulated = TEXT.partition("## What is simulated")[2].partition("## What is not")[0]

    assert {name for name in PUBLIC | PRIVATE if not re.search(rf"\b{name}\b", simulated)} == set()


def test_the_size_of_the_market() -> None:
    market = default_market()

    assert f"{len(market.pairs)} pairs of {len(market.assets)} assets" in TEXT


def test_the_size_of_the_whole_market() -> None:
    market = whole_market()
    pairs = [pair for pair in market.pairs.values() if pair.base.aclass == CURRENCY]
    assets = [asset for asset in market.assets.values() if asset.aclass == CURRENCY]

    assert f"{len(pairs):,} pairs and {len(assets) - 17} assets" in TEXT
    assert all(name not in market.pairs for name in ("BSXKSM", "POLSXBT"))


def test_the_example_runs() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)

    exec(code, {})
