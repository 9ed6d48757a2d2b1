"""What trading costs: the schedules that Kraken's AssetPairs gives, by what it charges for which pairs.

Steps of (30-day volume in USD from which it holds, fee in percent of the cost). They are those of the answer of
January 2026 (https://docs.kraken.com/api-reference/market-data/get-tradable-asset-pairs); a fee below zero is paid
out.
"""

from decimal import Decimal

FeeSteps = tuple[tuple[int, Decimal], ...]


def _steps(text: str) -> FeeSteps:
    return tuple((int(volume), Decimal(percent)) for volume, percent in (step.split(":") for step in text.split()))


TAKER_FEES: dict[str, FeeSteps] = {
    "standard": _steps(
        "0:0.4 10000:0.35 50000:0.24 100000:0.22 250000:0.2 500000:0.18 1000000:0.16 2500000:0.14 5000000:0.12 "
        "10000000:0.1 100000000:0.08 500000000:0.05"
    ),
    "reduced": _steps(
        "0:0.25 10000:0.2 50000:0.14 100000:0.12 250000:0.1 500000:0.08 1000000:0.06 2500000:0.04 5000000:0.02 "
        "10000000:0.0 100000000:0.0 500000000:0.0"
    ),
    # Between currencies, and coins that stand for one.
    "stable": _steps(
        "0:0.2 50000:0.16 100000:0.12 250000:0.08 500000:0.04 1000000:0.02 10000000:0.01 100000000:0.001"
    ),
    "pegged": _steps("0:0.01 100000000:0.001"),
}

MAKER_FEES: dict[str, FeeSteps] = {
    "standard": TAKER_FEES["reduced"],
    # Of assets with small markets: large makers are paid.
    "rebate": _steps(
        "0:0.23 10000:0.18 50000:0.12 100000:0.1 250000:0.08 500000:0.06 1000000:0.04 2500000:0.02 5000000:0.0 "
        "10000000:-0.02 100000000:-0.02 500000000:-0.02"
    ),
    "stable": _steps(
        "0:0.2 50000:0.16 100000:0.12 250000:0.08 500000:0.04 1000000:0.02 10000000:0.0 100000000:0.0"
    ),
    "free": _steps("0:0.0"),
}


def fee_rate(steps: FeeSteps, traded: Decimal) -> Decimal:
    """The fee in percent for who has traded so much, in USD, in the last 30 days."""
    return next(percent for volume, percent in reversed(steps) if volume == 0 or traded >= volume)
