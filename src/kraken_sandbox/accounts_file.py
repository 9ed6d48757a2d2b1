"""A simulated exchange from a TOML file: accounts with their keys, orders and positions, prices, mode and faults.

`docs/sandbox-accounts.toml` is an example of every field.
"""

import ipaddress
import re
import time
import tomllib
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from .accounts import (
    PERMISSIONS,
    TIERS,
    TRADE_PERMISSIONS,
    BookOrder,
    Position,
    SimulatedAccount,
    SimulatedHolding,
    SimulatedKey,
)
from .authentication import is_base64
from .catalogue import MARKETS
from .endpoints import PRIVATE, PUBLIC
from .exchange import STATUSES, Exchange
from .faults import Fault, FaultKind
from .market import ListedPair, Market
from .orders import SIDES
from .samples import variable_prefix
from .state import Clock
from .tables import FieldError, Table, line_of
from .throttle import AddressThrottle, Refusal

LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]*")
PRINTABLE = re.compile(r"[!-~]+")
TRAILING = re.compile(r"[-+][0-9]{1,12}(\.[0-9]{1,8})?%?")
PRICES = ("bid", "ask", "last")


class AccountsFileError(ValueError):
    """The accounts file cannot be used; the message names the file, the line where it is known, and the field."""


def load_exchange(path: Path, market: Market | None = None, *, clock: Clock = time.time) -> Exchange:
    """The exchange that an accounts file describes, with the market that it names unless one is given.

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
        exchange = Exchange(MARKETS[named]() if market is None else market, clock=clock)
        _Loader(exchange, clock()).load(table)
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
            for table in document.tables("accounts"):
                with table:
                    self._account(table)
            self._prices(document.table("prices"))
            for name in document.texts("tickers_left_out"):
                if self.market.find_pair(name) is None:
                    raise document.error("tickers_left_out", f"unknown pair {name!r}")
                self.exchange.leave_out_ticker(name)
            for table in document.tables("faults"):
                with table:
                    self._fault(table)
        if not self.exchange.state.accounts:
            raise document.error("accounts", "there is none")

    def _account(self, table: Table) -> None:
        label = table.text("label")
        if not LABEL.fullmatch(label):
            raise table.error("label", "must be letters, digits and . _ @ -")
        prefix = variable_prefix(label)
        for other in self.exchange.state.accounts:
            if variable_prefix(other) == prefix:
                raise table.error("label", f"{label!r} and {other!r} would share the variables {prefix}_…")
        balances = table.table("balances")
        with balances:
            holdings = {name: self._holding(balances, name) for name in balances.names()}
        account = SimulatedAccount(
            label=label,
            iban=table.text("iban"),
            balances=holdings,
            tier=table.choice("tier", TIERS, "pro"),
            amounts_as_numbers=table.flag("amounts_as_numbers"),
            without_balance_ex=table.flag("without_balance_ex"),
            without_equivalent_balance=table.flag("without_equivalent_balance"),
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

    def _key(self, table: Table, label: str) -> None:
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
            SimulatedKey(
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
                snake_case=table.flag("snake_case"),
            ),
        )

    def _order(self, table: Table, account: SimulatedAccount) -> None:
        pair = self._pair(table, "pair")
        trailing = table.optional_text("trailing")
        if trailing is not None and not TRAILING.fullmatch(trailing):
            raise table.error("trailing", 'must be a distance such as "+5.0%"')
        txid = self.exchange.state.new_id("O")
        account.open_orders[txid] = BookOrder(
            txid=txid,
            pair=pair.key,
            type=table.choice("type", SIDES),
            ordertype="limit" if trailing is None else "trailing-stop",
            price=table.amount("price") if trailing is None else None,
            trailing=trailing,
            volume=table.amount("volume"),
            opentm=self.now - table.seconds("age", "0"),
            userref=table.integer("userref", least=-(2**31), most=2**31 - 1) if table.has("userref") else None,
            cl_ord_id=table.optional_text("cl_ord_id"),
        )

    def _position(self, table: Table, account: SimulatedAccount) -> None:
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

    def _prices(self, table: Table) -> None:
        with table:
            for name in table.names():
                if self.market.find_pair(name) is None:
                    raise table.error(name, "unknown pair")
                with table.table(name) as prices:
                    given = {which: prices.amount(which) for which in prices.names() if which in PRICES}
                    status = prices.optional_text("status")
                self.exchange.set_ticker(name, **given)
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

    def _holding(self, table: Table, code: str) -> SimulatedHolding:
        """An amount, or a table of `amount`, `credit` and `credit_used`."""
        if code not in self.market.assets:
            raise table.error(code, "unknown asset code")
        if not table.has_table(code):
            return SimulatedHolding(table.amount(code))
        with table.table(code) as fields:
            return SimulatedHolding(
                fields.amount("amount"), fields.amount("credit", "0"), fields.amount("credit_used", "0")
            )

    def _pair(self, table: Table, name: str) -> ListedPair:
        pair = self.market.find_pair(table.text(name))
        if pair is None:
            raise table.error(name, "unknown pair")
        return pair


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("nan")
