"""What Kraken says of itself and of its market, to anybody and without a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from ..deadline import NO_DEADLINE, Deadline
from ..text import printable
from . import wire
from .assets import TOKENIZED, Asset, parse_assets
from .candles import CandlePrice, parse_candles
from .client import KrakenClient
from .errors import RequestRefused
from .markets import BOOK_FIELDS, PAIR_FIELDS, Book, Pair, parse_pairs, parse_tickers

ONLINE = "online"
RESTRICTED = ("maintenance", "cancel_only", "post_only", "limit_only")


@dataclass(frozen=True, slots=True)
class Notice:
    """An announced maintenance or an ongoing emergency: Kraken's own fields, made safe to show."""

    fields: Mapping[str, str]

    @property
    def summary(self) -> str:
        """All it says, on one line."""
        return ", ".join(f"{name} {value}" if name else value for name, value in self.fields.items())


@dataclass(frozen=True, slots=True)
class SystemStatus:
    """Source: https://docs.kraken.com/api-reference/market-data/get-system-status

    Attributes:
        status: Kraken's word: online, maintenance, cancel_only, post_only, limit_only, or a new one.
    """

    status: str
    upcoming_maintenance: tuple[Notice, ...] = ()
    emergency: tuple[Notice, ...] = ()

    @property
    def online(self) -> bool:
        return self.status == ONLINE

    @property
    def restricted(self) -> bool:
        """Whether orders are refused, or only some of them are taken."""
        return self.status in RESTRICTED


def get_system_status(client: KrakenClient, deadline: Deadline = NO_DEADLINE) -> SystemStatus:
    """Whether Kraken is open for trading.

    Raises:
        KrakenError: see `errors` for the kinds.
    """
    fields = wire.mapping(client.public("SystemStatus", deadline=deadline), "SystemStatus")
    return SystemStatus(
        wire.text(fields.get("status"), "Kraken's status"),
        _notices(fields.get("upcoming_maintenance")),
        _notices(fields.get("emergency")),
    )


def get_assets(
    client: KrakenClient, deadline: Deadline = NO_DEADLINE, *, tokenized: bool = False
) -> dict[str, Asset]:
    """The assets Kraken lists, by code; currencies, or tokenized equities.

    Raises:
        KrakenError: see `errors` for the kinds.
    """
    return parse_assets(client.public("Assets", {"aclass": TOKENIZED} if tokenized else None, deadline=deadline))


def get_pairs(
    client: KrakenClient, deadline: Deadline = NO_DEADLINE, *, tokenized: bool = False
) -> tuple[Pair, ...]:
    """The pairs Kraken trades, of currencies or of tokenized equities.

    Raises:
        KrakenError: see `errors` for the kinds.
    """
    question = {"aclass_base": TOKENIZED} if tokenized else None
    return parse_pairs(client.public("AssetPairs", question, deadline=deadline, fields=PAIR_FIELDS))


def get_books(
    client: KrakenClient, deadline: Deadline = NO_DEADLINE, *, tokenized: bool = False
) -> dict[str, Book]:
    """The best bid and ask of every pair by its name, in its own quote.

    Raises:
        KrakenError: see `errors` for the kinds.
    """
    question = {"asset_class": TOKENIZED} if tokenized else None
    return parse_tickers(client.public("Ticker", question, deadline=deadline, fields=BOOK_FIELDS))


def get_candles(
    client: KrakenClient,
    deadline: Deadline = NO_DEADLINE,
    *,
    pair: str,
    interval: timedelta,
    since: datetime,
) -> tuple[CandlePrice, ...]:
    """The candles of a pair after a time (UTC), those of tokenized equities too.

    Raises:
        KrakenError: see `errors` for the kinds.
    """
    question = {
        "pair": pair,
        "interval": str(interval // timedelta(minutes=1)),
        "since": str(int(since.timestamp())),
    }
    try:
        return parse_candles(client.public("OHLC", question, deadline=deadline))
    except RequestRefused:  # no pair of currencies
        return parse_candles(client.public("OHLC", {**question, "asset_class": TOKENIZED}, deadline=deadline))


def _notices(entries: Any) -> tuple[Notice, ...]:
    if not isinstance(entries, list):
        return ()
    return tuple(_notice(entry) for entry in entries[:20])


def _notice(entry: Any) -> Notice:
    fields = entry if isinstance(entry, dict) else {"": entry}
    return Notice({printable(str(name)): _flat(value) for name, value in list(fields.items())[:20]})


def _flat(value: Any) -> str:
    if isinstance(value, list):
        return printable(" ".join(map(_plain, value[:20])))
    return _plain(value)


def _plain(value: Any) -> str:
    return printable(str(value)) if isinstance(value, str | int | Decimal) else wire.shown(value)
