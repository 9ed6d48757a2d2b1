"""What the simulated exchange lists: some of Kraken's assets and pairs under their real names, or all of them.

It stands in the files of the folder `data`; a line more in them lists an asset or a pair more. Codes, altnames,
decimals and the oddities among them follow Kraken's public Assets and AssetPairs
(https://docs.kraken.com/api-reference/market-data/get-asset-info and its neighbours). Prices are made up,
plausible and consistent with each other.

The selection leaves some pairs out, so that there are assets priced in euro only (REPV2, MOVR), in bitcoin only
(POLS), in ether only (ETHW) or two pairs away from both (BSX); some assets have no pair at all (XRT, USD.HOLD).

- `assets.csv`: `stands_for` names the asset that a suffixed code is a holding of, one to one; without a
  `collateral_value` an asset is no collateral.
- `pairs.csv`: `price` is that of the last trade, in the quote asset; `minimum_volume` counts in the base asset. A
  pair without a `highest_leverage` is not traded on margin; one whose `status` is `absent` has none, as some of
  Kraken's have not.
- `quote_currencies.csv`: each asset that something is priced in, with the decimals of an order's cost and the
  smallest cost of an order, in itself.

The whole market is all that Kraken lists, and the same tokenized equities as in the selection:

- `whole_market_pairs.csv`: the 1,434 pairs of AssetPairs in January 2026 with their decimals, minimums, leverage,
  limits (in the base asset), statuses and fees (schedules of `fees.py`, where not the standard one).
- `whole_market_assets.csv`: the 843 codes of Assets in August 2026 with their decimals and statuses. Two more are
  in pairs only (CGN, ICX), and 15 suffixed ones are the selection's: accounts hold them, but Assets shows them no
  more (`XBT.F`). `display_decimals` and `collateral_value` are those of 2023, made up for assets that are newer.

An asset's price in it is the selection's, or else such that its smallest order costs some four dollars.
"""

import csv
from collections.abc import Callable
from decimal import ROUND_DOWN, Decimal
from functools import cache, partial
from importlib.resources import files
from typing import TypeVar

from .fees import MAKER_FEES, TAKER_FEES
from .listed import ListedAsset, ListedPair
from .market import Market, Ticker

Item = TypeVar("Item")
Row = dict[str, str]


def default_market() -> Market:
    """A fresh market with everything the catalogue lists, at its fixed prices.

    Raises:
        ValueError: a line of the catalogue makes no sense; the message names it.
    """
    return _market(*_selection())


def whole_market() -> Market:
    """A fresh market of the size of Kraken's, in Kraken's own naming, at fixed prices.

    Raises:
        ValueError: as for `default_market`.
    """
    return _market(*_everything())


MARKETS = {"small": default_market, "whole": whole_market}
"""The markets by the names that options and files have for them; the first is the one without any."""


# Read once in a process: what is listed never changes, only what a market makes of it.
@cache
def _selection() -> tuple[dict[str, ListedAsset], list[tuple[ListedPair, Ticker]]]:
    assets = {asset.code: asset for asset in _read("assets.csv", _asset)}
    quotes = {row["code"]: row for row in _read("quote_currencies.csv", Row)}
    return assets, _read("pairs.csv", partial(_pair, assets=assets, quotes=quotes))


@cache
def _everything() -> tuple[dict[str, ListedAsset], list[tuple[ListedPair, Ticker]]]:
    assets = {asset.code: asset for asset in _read("whole_market_assets.csv", _asset)}
    return assets, _read("whole_market_pairs.csv", partial(_whole_market_pair, assets=assets))


def _market(assets: dict[str, ListedAsset], listed: list[tuple[ListedPair, Ticker]]) -> Market:
    return Market(
        dict(assets),
        {pair.key: pair for pair, _ in listed},
        {pair.key: ticker for pair, ticker in listed},
    )


def _read(name: str, make: Callable[[Row], Item]) -> list[Item]:
    """What the lines of a file stand for, in their order."""
    text = (files(__package__) / "data" / name).read_text(encoding="utf-8")
    items = []
    for line, row in enumerate(csv.DictReader(text.splitlines()), start=2):
        try:
            items.append(make(row))
        except KeyError as error:
            raise ValueError(f"{name}, line {line}: there is no {error}") from error
        except (TypeError, ValueError, ArithmeticError) as error:
            raise ValueError(f"{name}, line {line}: a number is missing or is none: {error!r}") from error
    return items


def _asset(row: Row) -> ListedAsset:
    return ListedAsset(
        code=row["code"],
        altname=row["altname"],
        decimals=int(row["decimals"]),
        display_decimals=int(row["display_decimals"]),
        aclass=row["class"],
        collateral_value=Decimal(row["collateral_value"]) if row["collateral_value"] else None,
        stands_for=row["stands_for"] or None,
        status=row.get("status") or "enabled",
    )


def _pair(row: Row, assets: dict[str, ListedAsset], quotes: dict[str, Row]) -> tuple[ListedPair, Ticker]:
    base = assets[row["base"]]
    quote = quotes[row["quote"]]
    ordermin = Decimal(row["minimum_volume"])
    leverage = _leverage(row["highest_leverage"])
    # Larger for assets that cost less.
    limit = int(ordermin * 5_000_000)
    pair = ListedPair(
        key=row["pair"],
        base=base,
        quote=assets[row["quote"]],
        pair_decimals=int(row["price_decimals"]),
        # Kraken counts volumes in eight decimals, or in as many as the asset has.
        lot_decimals=min(8, base.decimals),
        cost_decimals=int(quote["cost_decimals"]),
        ordermin=ordermin,
        costmin=Decimal(quote["minimum_cost"]),
        leverage_buying=leverage,
        leverage_selling=leverage,
        position_limits=(limit, limit) if leverage else None,
        status=None if row["status"] == "absent" else row["status"] or "online",
    )
    return pair, _ticker(pair, Decimal(row["price"]))


def _whole_market_pair(row: Row, assets: dict[str, ListedAsset]) -> tuple[ListedPair, Ticker]:
    limits = row["long_limit"], row["short_limit"]
    pair = ListedPair(
        key=row["pair"],
        base=assets[row["base"]],
        quote=assets[row["quote"]],
        pair_decimals=int(row["price_decimals"]),
        lot_decimals=int(row["volume_decimals"]),
        cost_decimals=int(row["cost_decimals"]),
        ordermin=Decimal(row["minimum_volume"]),
        costmin=Decimal(row["minimum_cost"]),
        leverage_buying=_leverage(row["highest_leverage_buying"]),
        leverage_selling=_leverage(row["highest_leverage_selling"]),
        position_limits=(int(limits[0]), int(limits[1])) if any(limits) else None,
        taker_fees=TAKER_FEES[row["taker_fees"] or "standard"],
        maker_fees=MAKER_FEES[row["maker_fees"] or "standard"],
        status=row["status"] or "online",
    )
    return pair, _ticker(pair, Decimal(row["price"]))


def _leverage(highest: str) -> tuple[int, ...]:
    return tuple(range(2, int(highest or 1) + 1))


def _ticker(pair: ListedPair, last: Decimal) -> Ticker:
    """Prices around the last trade: a spread of about 0.02 %, with the last price as its middle."""
    tick = pair.tick_size
    half_spread = max(tick, (last / 10_000).quantize(tick, rounding=ROUND_DOWN))
    return Ticker(
        bid=last - half_spread,
        ask=last + half_spread,
        last=last,
        open=(last * Decimal("0.99")).quantize(tick),
        high=(last * Decimal("1.02")).quantize(tick),
        low=(last * Decimal("0.98")).quantize(tick),
        vwap=last,
        volume=(Decimal(2_000_000) / last).quantize(Decimal("1e-8")),
        trades=1000,
    )
