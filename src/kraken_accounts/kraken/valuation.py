"""Balances to holdings: the codes of one asset merged, each holding priced where it can be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from ..money import EXACT
from . import wire
from .assets import FEE_CREDITS, Asset, Assets, Form, form_of
from .errors import UnexpectedAnswer
from .prices import NoPrice, Price, Prices

_LONGEST_CODE = 40  # characters; Kraken's longest have about 10

NOTHING_IN_EARN: Mapping[str, Decimal] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Balance:
    """What one account has under one of Kraken's codes, in units of that code.

    Attributes:
        amount: what is owned: the balance less what is used of a credit line.
        available: what can be traded with: `amount` and all of the credit line, less what open orders hold; None
            if that is unknown.
        credit: the credit line, which is nobody's money until it is used, and a debt then.
        credit_used: how much of it is.
    """

    amount: Decimal
    available: Decimal | None
    credit: Decimal = Decimal(0)
    credit_used: Decimal = Decimal(0)

    @property
    def there(self) -> Decimal:
        """What is there, whoever owns it: `amount`, and what is owed."""
        return EXACT.add(self.amount, self.credit_used)


@dataclass(frozen=True, slots=True)
class Holding:
    """What one account has of one asset, all its codes together.

    Attributes:
        asset: the common ticker, or Kraken's code where Kraken lists no such asset.
        codes: Kraken's codes under which it is held; its plain code where it is in no balance.
        amount: what is owned, in units of the asset: that of `Balance`, and what is in Earn beside.
        available, credit: in units of the asset, as in `Balance`.
        unit: what one unit costs in the quote currency, or why that cannot be said.
        price: of one unit, at full precision; None if there is none to be had.
        value: `amount` at `price`; None without a price.
        staked: what of `amount` the balances have under codes of Earn's own, with which nobody trades.
        earn: what of `amount` is in Earn and in no balance.
    """

    asset: str
    codes: tuple[str, ...]
    amount: Decimal
    available: Decimal | None
    unit: Price | NoPrice
    credit: Decimal = Decimal(0)
    staked: Decimal = Decimal(0)
    earn: Decimal = Decimal(0)

    @property
    def in_spot(self) -> Decimal:
        """What of `amount` is in the balances."""
        return EXACT.subtract(self.amount, self.earn)

    @property
    def price(self) -> Decimal | None:
        return None if isinstance(self.unit, NoPrice) else self.unit.amount

    @property
    def on_hold(self) -> Decimal | None:
        """What open orders hold, in units of the asset; None if that is unknown."""
        if self.available is None:
            return None
        return EXACT.subtract(EXACT.add(self.in_spot, self.credit), self.available)

    @property
    def value(self) -> Decimal | None:
        return None if isinstance(self.unit, NoPrice) else self.unit.value_of(self.amount)


def parse_balances(result: Any) -> dict[str, Balance]:
    """The answer of BalanceEx, by code. A new account may get no result at all: that is nothing, not an error.

    Source: https://docs.kraken.com/api-reference/account-data/get-extended-balance (available = balance + credit -
    credit_used - hold_trade, so what is used of a credit line is a debt beside the balance).

    Raises:
        UnexpectedAnswer: it has not the documented shape.
    """
    balances = {}
    for name, entry in _by_code(result, "BalanceEx"):
        fields = wire.mapping(entry, f"the balance of {name}")
        balance = wire.amount(fields.get("balance"), f"the balance of {name}")
        credit, used, held = (
            wire.optional_amount(fields.get(field), f"{field} of {name}")
            for field in ("credit", "credit_used", "hold_trade")
        )
        amount = EXACT.subtract(balance, used)
        balances[name] = Balance(amount, EXACT.subtract(EXACT.add(amount, credit), held), credit, used)
    return balances


def parse_plain_balances(result: Any) -> dict[str, Balance]:
    """The answer of Balance, by code; what is held of it, Kraken does not tell there.

    Source: https://docs.kraken.com/api-reference/account-data/get-account-balance

    Raises:
        UnexpectedAnswer: it has not the documented shape.
    """
    return {
        name: Balance(wire.amount(amount, f"the balance of {name}"), None)
        for name, amount in _by_code(result, "Balance")
    }


def _by_code(result: Any, what: str) -> Iterator[tuple[str, Any]]:
    """The entries by their codes, each of which stands there once."""
    seen: set[str] = set()
    for code, entry in wire.entries(result, what).items():
        name = wire.text(code, "a code")
        if name in seen:
            raise UnexpectedAnswer(f"Kraken sent two balances of {name}")
        if len(name) > _LONGEST_CODE:
            raise UnexpectedAnswer(f"Kraken sent a balance of {wire.shown(name)}, which is no code")
        seen.add(name)
        yield name, entry


def holdings(
    balances: Mapping[str, Balance],
    assets: Assets,
    prices: Prices | None,
    in_earn: Mapping[str, Decimal] = NOTHING_IN_EARN,
) -> tuple[Holding, ...]:
    """What the balances amount to, the most valuable first, unpriced ones last.

    Fee credits are not money and left out (see `fee_credits`), as is whatever is zero.

    Args:
        prices: None where Kraken's prices are not known: then nothing has one.
        in_earn: what is in Earn and in none of the balances, by a code of the asset.
    """
    merged: dict[str, Holding] = {}
    for code in sorted(balances):
        balance = balances[code]
        if code == FEE_CREDITS or not (balance.amount or balance.available):
            continue
        key, known = _of_one_asset(code, merged, assets, prices)
        staked = balance.amount if form_of(code) is Form.EARN else Decimal(0)
        merged[key] = replace(
            known,
            codes=(*known.codes, code),
            amount=EXACT.add(known.amount, balance.amount),
            available=_sum(known.available, balance.available),
            credit=EXACT.add(known.credit, balance.credit),
            staked=EXACT.add(known.staked, staked),
        )
    for code, amount in in_earn.items():
        key, known = _of_one_asset(code, merged, assets, prices)
        merged[key] = replace(
            known,
            codes=known.codes or (code,),
            amount=EXACT.add(known.amount, amount),
            earn=EXACT.add(known.earn, amount),
        )
    return tuple(sorted(merged.values(), key=lambda held: (held.price is None, -(held.value or 0), held.asset)))


def _of_one_asset(
    code: str, merged: Mapping[str, Holding], assets: Assets, prices: Prices | None
) -> tuple[str, Holding]:
    """What is merged already of the asset that a code stands for, and its key."""
    asset = assets.resolve(code)
    key = asset.code if asset else code
    return key, merged.get(key) or Holding(
        asset.name if asset else code, (), Decimal(0), Decimal(0), _unit_price(asset, assets, prices)
    )


def _unit_price(asset: Asset | None, assets: Assets, prices: Prices | None) -> Price | NoPrice:
    if prices is None:
        return NoPrice("Kraken's prices could not be learned", answered=False)
    if asset is not None:
        return prices.price(asset)
    if not assets.whole:
        return NoPrice("Kraken did not tell all that it lists", answered=False)
    return NoPrice("Kraken lists no such asset")


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else EXACT.add(one, other)


def fee_credits(balances: Mapping[str, Balance]) -> Decimal:
    """Kraken's fee credits: they pay fees, but are not money and part of no total."""
    return balances[FEE_CREDITS].amount if FEE_CREDITS in balances else Decimal(0)
