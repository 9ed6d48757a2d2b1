"""A simulated exchange from a TOML file: accounts with their keys, orders and positions, prices, mode and faults.

`docs/sandbox-accounts.toml` is an example of every field.
"""

import time
import tomllib
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from .account_tables import AccountTables
from .catalogue import MARKETS
from .clock import Clock, SettableClock
from .earn import HOUR, WEEK, EarnStrategy
from .endpoints import PRIVATE, PUBLIC
from .exchange import STATUSES, Exchange
from .faults import Fault, FaultKind
from .market import Level, Market
from .tables import FieldError, Table, line_of
from .throttle import AddressThrottle, Refusal

PRICES = ("bid", "ask", "last")
BOOKS = ("bids", "asks")


class AccountsFileError(ValueError):
    """The accounts file cannot be used; the message names the file, the line where it is known, and the field."""


def load_exchange(path: Path, market: Market | None = None, *, clock: Clock | None = None) -> Exchange:
    """The exchange that an accounts file describes, with its own market and clock unless others are given.

    Raises AccountsFileError.
    """
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise AccountsFileError(f"{path}: is not a file")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise AccountsFileError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise AccountsFileError(f"{path}: is not a text file in UTF-8") from error
    try:
        document = tomllib.loads(text, parse_float=_decimal)
    except (ValueError, RecursionError) as error:
        raise AccountsFileError(f"{path}: is not TOML: {error}") from error
    table = Table(document)
    try:
        named = table.choice("market", MARKETS, next(iter(MARKETS)))
        named_clock = _clock(table)
        exchange = Exchange(MARKETS[named]() if market is None else market, clock=clock or named_clock)
        _Loader(exchange, exchange.clock()).load(table)
    except FieldError as error:
        line = line_of(error.field, text)
        where = f"{path}, line {line}" if line else str(path)
        raise AccountsFileError(f"{where}: {error.field}: {error.problem}") from error
    return exchange


@dataclass(frozen=True)
class _Loader:
    """Reads the tables into an exchange; `now` is when it opens."""

    exchange: Exchange
    now: float

    @property
    def market(self) -> Market:
        return self.exchange.state.market

    def load(self, document: Table) -> None:
        with document:
            self.exchange.set_system_status(document.choice("status", STATUSES, "online"))
            if document.has("throttle"):
                with document.table("throttle") as table:
                    self.exchange.throttle = self._throttle(table)
            for name in self._pairs(document, "delisted"):
                self.exchange.delist_pair(name)
            for table in document.tables("strategies"):
                with table:
                    self._strategy(table)
            if document.has("earn_page"):
                self.exchange.state.earn_page = document.integer("earn_page", least=1)
            accounts = AccountTables(self.exchange, self.now)
            for table in document.tables("accounts"):
                with table:
                    accounts.read(table)
            self._prices(document.table("prices"))
            for name in self._pairs(document, "tickers_left_out"):
                self.exchange.leave_out_ticker(name)
            for table in document.tables("faults"):
                with table:
                    self._fault(table)
        if not self.exchange.state.accounts:
            raise document.error("accounts", "there is none")

    def _pairs(self, document: Table, name: str) -> list[str]:
        names = document.texts(name)
        for pair in names:
            if self.market.find_pair(pair) is None:
                raise document.error(name, f"unknown pair {pair!r}")
        return names

    def _strategy(self, table: Table) -> None:
        name = table.text("id")
        if name in self.exchange.state.strategies:
            raise table.error("id", "is another strategy's")
        asset = table.text("asset")
        if not table.flag("unlisted") and asset not in self.market.assets:
            raise table.error("asset", "unknown asset code; with unlisted = true it may be any")
        self.exchange.add_strategy(
            EarnStrategy(
                id=name,
                asset=asset,
                name=table.optional_text("name"),
                lock_type=table.text("lock_type", "instant"),
                apr=table.amount("apr", "0"),
                bonding_period=table.integer("bonding_period", 0),
                unbonding_period=table.integer("unbonding_period", 0),
                exit_queue_period=table.integer("exit_queue_period", 0),
                payout_frequency=table.integer("payout_frequency", WEEK, least=HOUR),
                can_allocate=not table.flag("closed"),
                listed=not table.flag("hidden"),
            )
        )

    def _prices(self, table: Table) -> None:
        with table:
            for name in table.names():
                if self.market.find_pair(name) is None:
                    raise table.error(name, "unknown pair")
                with table.table(name) as prices:
                    given = {which: prices.amount(which) for which in PRICES if prices.has(which)}
                    books = {which: _levels(prices, which) for which in BOOKS if prices.has(which)}
                    status = prices.optional_text("status")
                self.market.set_ticker(name, bid=given.get("bid"), ask=given.get("ask"), last=given.get("last"))
                self.exchange.set_book(name, bids=books.get("bids"), asks=books.get("asks"))
                if status is not None:
                    self.exchange.set_pair_status(name, status)

    def _throttle(self, table: Table) -> AddressThrottle:
        rate = table.amount("rate")
        if not rate:
            raise table.error("rate", "must be above 0")
        return AddressThrottle(
            rate,
            table.integer("burst", least=1) if table.has("burst") else None,
            Refusal(table.choice("form", [str(form) for form in Refusal], Refusal.HTTP_429)),
            counts_refused=table.flag("counts_refused"),
        )

    def _fault(self, table: Table) -> None:
        endpoint = table.optional_text("endpoint")
        if endpoint is not None and endpoint not in PUBLIC | PRIVATE:
            raise table.error("endpoint", f"unknown endpoint {endpoint!r}")
        key = table.optional_text("key")
        if key is not None and key not in self.exchange.state.keys:
            raise table.error("key", "is no account's key")
        kind = FaultKind(table.choice("kind", [str(kind) for kind in FaultKind]))
        times = table.integer("times", 1)
        text = table.text("text", "")
        if kind is FaultKind.ERROR and not text:
            raise table.error("text", "is missing: which error?")
        self.exchange.faults.add(
            Fault(
                kind=kind,
                endpoint=endpoint,
                key=key,
                nth=table.integer("nth", 1, least=1),
                times=times or None,
                seconds=table.seconds("seconds", "1"),
                status=table.integer("status", 502, least=200, most=599),
                text=text,
            )
        )


def _levels(table: Table, name: str) -> list[Level]:
    """Levels of a book, each a list of its price and its volume."""
    return [Level(price, volume) for price, volume in table.pairs(name)]


def _clock(document: Table) -> SettableClock:
    with document.table("clock") as table:
        speed = table.amount("speed", "1")
        if not speed:
            raise table.error("speed", "must be above 0")
        return SettableClock(
            time.time, start=table.instant("time") if table.has("time") else None, speed=float(speed)
        )


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("nan")
