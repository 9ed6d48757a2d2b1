"""A simulated exchange from a TOML file: accounts with their keys, orders and positions, prices, mode and faults.

`docs/sandbox-accounts.toml` is an example of every field.
"""

import ipaddress
import re
import time
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Self

from kraken_accounts.sandbox.accounts import PERMISSIONS, TRADE_PERMISSIONS, Account, ApiKey, Holding
from kraken_accounts.sandbox.endpoints import PRIVATE, PUBLIC
from kraken_accounts.sandbox.environment import variable_prefix
from kraken_accounts.sandbox.exchange import STATUSES, Exchange
from kraken_accounts.sandbox.faults import Fault, FaultKind
from kraken_accounts.sandbox.limits import TIERS
from kraken_accounts.sandbox.market import Market, Pair
from kraken_accounts.sandbox.orders import SIDES
from kraken_accounts.sandbox.records import Order, Position
from kraken_accounts.sandbox.signing import is_base64
from kraken_accounts.sandbox.state import Clock

LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]*")
PRINTABLE = re.compile(r"[!-~]+")


class AccountsFileError(ValueError):
    """The accounts file cannot be used; the message names the file, the line where it is known, and the field."""


def load_exchange(path: Path, market: Market | None = None, *, clock: Clock = time.time) -> Exchange:
    """The exchange that an accounts file describes. Raises AccountsFileError."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise AccountsFileError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise AccountsFileError(f"{path}: is not a text file in UTF-8") from error
    try:
        document = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise AccountsFileError(f"{path}: is not TOML: {error}") from error
    exchange = Exchange(market, clock=clock)
    try:
        _Loader(exchange, clock()).load(_Table(document))
    except _FieldError as error:
        line = _line_of(error.field, text)
        where = f"{path}, line {line}" if line else str(path)
        raise AccountsFileError(f"{where}: {error.field}: {error.problem}") from error
    return exchange


class _FieldError(Exception):
    def __init__(self, field: str, problem: str) -> None:
        super().__init__(field, problem)
        self.field = field
        self.problem = problem


class _Table:
    """A table of the file. Its fields are taken one by one, and what is left over in the end is a mistake."""

    def __init__(self, values: dict[str, Any], path: str = "") -> None:
        self.path = path
        self._values = dict(values)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *details: object) -> None:
        if kind is None and self._values:
            name = next(iter(self._values))
            raise self.error(name, "unknown field")

    def error(self, name: str, problem: str) -> _FieldError:
        return _FieldError(f"{self.path}.{name}" if self.path else name, problem)

    def tables(self, name: str) -> Iterator["_Table"]:
        """The tables of an array, `[[name]]`."""
        values = self._take(name, list, [], "a list of tables")
        for index, value in enumerate(values):
            if not isinstance(value, dict):
                raise self.error(f"{name}[{index}]", "must be a table")
            yield _Table(value, self.error(f"{name}[{index}]", "").field)

    def table(self, name: str) -> "_Table":
        return _Table(self._take(name, dict, {}, "a table"), self.error(name, "").field)

    def names(self) -> list[str]:
        return list(self._values)

    def has(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str, default: str | None = None) -> str:
        value: str = self._take(name, str, default, "text in quotes")
        return value

    def optional_text(self, name: str) -> str | None:
        return self.text(name) if self.has(name) else None

    def choice(self, name: str, among: Iterable[str], default: str | None = None) -> str:
        value = self.text(name, default)
        if value not in among:
            raise self.error(name, f"unknown {name} {value!r}; there are {', '.join(among)}")
        return value

    def flag(self, name: str) -> bool:
        value: bool = self._take(name, bool, False, "true or false")
        return value

    def texts(self, name: str) -> list[str]:
        values: list[Any] = self._take(name, list, [], "a list of texts")
        if not all(isinstance(value, str) for value in values):
            raise self.error(name, "must be a list of texts")
        return values

    def integer(self, name: str, default: int | None = None, *, least: int = 0) -> int:
        value: int = self._take(name, int, default, "a whole number")
        if value < least:
            raise self.error(name, f"must be at least {least}")
        return value

    def moment(self, name: str) -> int:
        """A time in unix seconds, written as such or as a date and time with its offset; 0 where it is not set."""
        value = self._values.pop(name, 0)
        if isinstance(value, datetime) and value.tzinfo is not None:
            return int(value.timestamp())
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        raise self.error(name, "must be a time such as 2027-01-31T00:00:00Z, or unix seconds")

    def seconds(self, name: str, default: str) -> float:
        return float(self.amount(name, default))

    def amount(self, name: str, default: str | None = None) -> Decimal:
        """A decimal number that is not negative, in quotes or not."""
        if name not in self._values and default is None:
            raise self.error(name, "is missing")
        value = self._values.pop(name, default)
        try:
            amount = Decimal("nan") if isinstance(value, bool) else Decimal(value)
        except (InvalidOperation, TypeError, ValueError):
            amount = Decimal("nan")
        if not amount.is_finite() or amount < 0:
            raise self.error(name, 'must be an amount such as "1250.42"')
        return amount

    def holding(self, name: str) -> Holding:
        """An amount, or a table of `amount`, `credit` and `credit_used`."""
        if not isinstance(self._values[name], dict):
            return Holding(self.amount(name))
        with self.table(name) as table:
            return Holding(table.amount("amount"), table.amount("credit", "0"), table.amount("credit_used", "0"))

    def _take(self, name: str, kind: type, default: Any, what: str) -> Any:
        if name not in self._values and default is None:
            raise self.error(name, "is missing")
        value = self._values.pop(name, default)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.error(name, f"must be {what}")
        return value


@dataclass(frozen=True)
class _Loader:
    """Reads the tables into an exchange; `now` is when it opens."""

    exchange: Exchange
    now: float

    @property
    def market(self) -> Market:
        return self.exchange.state.market

    def load(self, document: _Table) -> None:
        with document:
            for table in document.tables("accounts"):
                with table:
                    self._account(table)
            self._prices(document.table("prices"))
            for table in document.tables("faults"):
                with table:
                    self._fault(table)
            # Last, so that orders placed above are not kept from resting by it.
            status = document.choice("status", STATUSES, "online")
            self.exchange.set_system_status(status)
        if not self.exchange.state.accounts:
            raise document.error("accounts", "there is none")

    def _account(self, table: _Table) -> None:
        label = table.text("label")
        if not LABEL.fullmatch(label):
            raise table.error("label", "must be letters, digits and . _ @ -")
        prefix = variable_prefix(label)
        for other in self.exchange.state.accounts:
            if variable_prefix(other) == prefix:
                raise table.error("label", f"{label!r} and {other!r} would share the variables {prefix}_…")
        balances = table.table("balances")
        with balances:
            holdings = {self._asset_code(balances, name): balances.holding(name) for name in balances.names()}
        account = Account(
            label=label,
            iban=table.text("iban"),
            balances=holdings,
            tier=table.choice("tier", TIERS, "pro"),
            amounts_as_numbers=table.flag("amounts_as_numbers"),
        )
        self.exchange.add_account(account)
        for key in table.tables("keys"):
            with key:
                self._key(key, label)
        for order in table.tables("orders"):
            with order:
                self._order(order, account)
        for position in table.tables("positions"):
            with position:
                self._position(position, account)

    def _key(self, table: _Table, label: str) -> None:
        key = table.text("key")
        if not PRINTABLE.fullmatch(key):
            raise table.error("key", "must be printable ASCII without spaces")
        if key in self.exchange.state.keys:
            raise table.error("key", "is another account's or another key of this one")
        secret = table.text("secret")
        if not secret or not is_base64(secret):
            raise table.error("secret", "must be base64")
        permissions = set(table.texts("permissions")) if table.has("permissions") else TRADE_PERMISSIONS
        for permission in sorted(permissions):
            if permission not in PERMISSIONS:
                raise table.error("permissions", f"unknown permission {permission!r}")
        allowlist = table.texts("ip_allowlist")
        for network in allowlist:
            try:
                ipaddress.ip_network(network)
            except ValueError:
                raise table.error("ip_allowlist", f"{network!r} is no address or network") from None
        created = table.moment("created") or int(self.now)
        self.exchange.add_key(
            label,
            ApiKey(
                key=key,
                secret=secret,
                name=table.text("name", "api-key"),
                permissions=frozenset(permissions),
                nonce_window=table.integer("nonce_window", 0),
                valid_until=table.moment("valid_until"),
                query_from=table.moment("query_from"),
                query_to=table.moment("query_to"),
                created=created,
                modified=table.moment("modified") or created,
                ip_allowlist=tuple(allowlist),
                otp=table.optional_text("otp"),
            ),
        )

    def _order(self, table: _Table, account: Account) -> None:
        pair = self._pair(table, "pair")
        txid = self.exchange.state.new_id("O")
        account.open_orders[txid] = Order(
            txid=txid,
            pair=pair.key,
            type=table.choice("type", SIDES),
            ordertype="limit",
            price=table.amount("price"),
            volume=table.amount("volume"),
            opentm=self.now - table.seconds("age", "0"),
            userref=table.integer("userref", least=-(2**31)) if table.has("userref") else None,
            cl_ord_id=table.optional_text("cl_ord_id"),
        )

    def _position(self, table: _Table, account: Account) -> None:
        pair = self._pair(table, "pair")
        txid = self.exchange.state.new_id("T")
        account.positions[txid] = Position(
            txid=txid,
            ordertxid=self.exchange.state.new_id("O"),
            pair=pair.key,
            type=table.choice("type", SIDES),
            time=self.now - table.seconds("age", "0"),
            volume=table.amount("volume"),
            cost=table.amount("cost"),
            fee=table.amount("fee", "0"),
            leverage=table.integer("leverage", 2, least=1),
        )

    def _prices(self, table: _Table) -> None:
        with table:
            for name in table.names():
                if self.market.find_pair(name) is None:
                    raise table.error(name, "unknown pair")
                with table.table(name) as prices:
                    given = {which: prices.amount(which) for which in prices.names() if which in PRICES}
                self.exchange.set_ticker(name, **given)

    def _fault(self, table: _Table) -> None:
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
        status = table.integer("status", 502, least=200)
        self.exchange.faults.add(
            Fault(
                kind=kind,
                endpoint=endpoint,
                key=key,
                nth=table.integer("nth", 1, least=1),
                times=times or None,
                seconds=table.seconds("seconds", "1"),
                status=status,
                text=text,
            )
        )

    def _asset_code(self, table: _Table, name: str) -> str:
        if name not in self.market.assets:
            raise table.error(name, "unknown asset code")
        return name

    def _pair(self, table: _Table, name: str) -> Pair:
        pair = self.market.find_pair(table.text(name))
        if pair is None:
            raise table.error(name, "unknown pair")
        return pair


PRICES = ("bid", "ask", "last")

HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]")
FIELD = re.compile(r"\s*([A-Za-z0-9_-]+|\"[^\"]*\")\s*=")


def _line_of(field: str, text: str) -> int | None:
    """The line where a field such as `accounts[1].keys[0].permissions` stands, or the table that it belongs into.

    tomllib tells no positions, so this reads the headers and the names that stand at the start of a line.
    """
    lines = _field_lines(text)
    while field:
        if field in lines:
            return lines[field]
        field = field[: max(field.rfind("."), field.rfind("["), 0)]
    return None


def _field_lines(text: str) -> dict[str, int]:
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := HEADER.match(line):
            table = ""
            parts = [part.strip().strip("\"'") for part in re.findall(r'"[^"]*"|[^.]+', header[2])]
            for index, part in enumerate(parts):
                table = f"{table}.{part}" if table else part
                if index == len(parts) - 1 and header[1] == "[[":
                    counts[table] = counts.get(table, 0) + 1
                if table in counts:
                    table = f"{table}[{counts[table] - 1}]"
            lines[table] = number
        elif name := FIELD.match(line):
            field = name[1].strip('"')
            lines.setdefault(f"{table}.{field}" if table else field, number)
    return lines
