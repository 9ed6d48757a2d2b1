"""The accounts of an accounts file: their keys, orders, positions, history and what they have in Earn."""

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .accounts import PERMISSIONS, TIERS, TRADE_PERMISSIONS, SimulatedAccount, SimulatedHolding, SimulatedKey
from .authentication import is_base64
from .earn import ALLOCATION_STATES, EarnAllocation
from .exchange import Exchange
from .listed import ListedPair
from .market import Market
from .past import LEDGER_TYPES, PastEntry, PastTrade
from .records import BookOrder, Position
from .samples import variable_prefix
from .tables import Table
from .tickets import SIDES
from .triggers import follow

LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]*")
PRINTABLE = re.compile(r"[!-~]+")
TRAILING = re.compile(r"[-+][0-9]{1,12}(\.[0-9]{1,8})?%?")


@dataclass(frozen=True)
class AccountTables:
    """Opens accounts in an exchange; `now` is when it opens."""

    exchange: Exchange
    now: float

    @property
    def market(self) -> Market:
        return self.exchange.state.market

    def read(self, table: Table) -> None:
        """Open the account that a table describes. Raises FieldError."""
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
            spot_only=table.flag("spot_only"),
            fee_volume=table.amount("fee_volume", "0"),
        )
        for allocation in table.tables("allocations"):
            with allocation:
                account.allocations.append(self._allocation(allocation))
        self.exchange.add_account(account, [*self._trades(table), *self._ledger(table)])
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
        if trailing is not None and (not TRAILING.fullmatch(trailing) or not trailing.strip("+-0.%")):
            raise table.error("trailing", 'must be a distance such as "+5.0%"')
        txid = self.exchange.state.new_id("O")
        account.open_orders[txid] = order = BookOrder(
            txid=txid,
            pair=pair.key,
            type=table.choice("type", SIDES),
            ordertype="limit" if trailing is None else "trailing-stop",
            price=table.amount("price") if trailing is None else None,
            trailing=trailing,
            volume=table.amount("volume"),
            opentm=self._when(table),
            userref=table.integer("userref", least=-(2**31), most=2**31 - 1) if table.has("userref") else None,
            cl_ord_id=table.optional_text("cl_ord_id"),
        )
        follow(order, self.market.ticker(pair).last)

    def _position(self, table: Table, account: SimulatedAccount) -> None:
        pair = self._pair(table, "pair")
        txid = self.exchange.state.new_id("T")
        account.positions[txid] = Position(
            txid=txid,
            ordertxid=self.exchange.state.new_id("O"),
            pair=pair.key,
            type=table.choice("type", SIDES),
            time=self._when(table),
            volume=table.amount("volume"),
            cost=table.amount("cost"),
            fee=table.amount("fee", "0"),
            leverage=table.integer("leverage", 2, least=1),
            rollover=table.amount("rollover", "0.02"),
        )

    def _trades(self, account: Table) -> Iterator[PastTrade]:
        for table in account.tables("trades"):
            with table:
                yield PastTrade(
                    pair=self._pair(table, "pair", self.market.find_past_pair).key,
                    side=table.choice("type", SIDES),
                    volume=table.amount("volume"),
                    price=table.amount("price"),
                    time=self._when(table),
                    maker=table.flag("maker"),
                    fee=table.number("fee") if table.has("fee") else None,
                    ordertype=table.choice("ordertype", ("limit", "market"), "limit"),
                )

    def _ledger(self, account: Table) -> Iterator[PastEntry]:
        for table in account.tables("ledger"):
            with table:
                yield PastEntry(
                    type=table.choice("type", LEDGER_TYPES),
                    asset=self._code(table, "asset"),
                    amount=table.number("amount"),
                    time=self._when(table),
                    fee=table.number("fee", "0"),
                    subtype=table.text("subtype", ""),
                    refid=table.optional_text("refid"),
                )

    def _allocation(self, table: Table) -> EarnAllocation:
        strategy = table.text("strategy")
        if strategy not in self.exchange.state.strategies:
            raise table.error("strategy", "is none of [[strategies]]")
        return EarnAllocation(
            strategy=strategy,
            amount=table.number("amount"),
            state=table.choice("state", ALLOCATION_STATES, "allocated"),
            created=self._when(table),
            expires=table.instant("until") if table.has("until") else None,
            rewarded=table.number("rewarded", "0"),
            held_as=self._code(table, "held_as") if table.has("held_as") else None,
        )

    def _when(self, table: Table) -> float:
        """The `time`, or how long ago it was, `age` in seconds; now, where neither is given."""
        if table.has("time"):
            return table.instant("time")
        return self.now - table.seconds("age", "0")

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

    def _code(self, table: Table, name: str) -> str:
        code = table.text(name)
        if code not in self.market.assets:
            raise table.error(name, "unknown asset code")
        return code

    def _pair(self, table: Table, name: str, find: Callable[[str], ListedPair | None] | None = None) -> ListedPair:
        pair = (find or self.market.find_pair)(table.text(name))
        if pair is None:
            raise table.error(name, "unknown pair")
        return pair
