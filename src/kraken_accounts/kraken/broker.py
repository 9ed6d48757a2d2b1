"""One account at Kraken: its key, its connection, its nonces, and nothing of any other account."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import TracebackType
from typing import Any, Self

from ..accounts import Account, AccountType
from ..credentials import AccountSettings, ConfigurationError, Settings, load_settings
from . import wire
from .client import NO_DEADLINE, Deadline, KrakenClient
from .errors import UnexpectedAnswer
from .valuation import Balance, parse_balances


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What Kraken says of an API key. Source: https://docs.kraken.com/api/docs/rest-api/get-api-key-info

    Attributes:
        permissions: Kraken's names, ``query-funds`` for instance.
        iban: the account's internal number, which all keys of one account share; None if Kraken is silent.
        valid_until: when the key expires (UTC); None if it does not.
        nonce_window: how far a nonce may come late, in the key's unit; None if Kraken is silent.
        ip_allowlist: the addresses it may be used from; empty for any.
    """

    permissions: tuple[str, ...]
    iban: str | None
    valid_until: datetime | None
    nonce_window: Decimal | None
    ip_allowlist: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """An order that rests in the book. Amounts are in units of the pair's base, the price in its quote.

    Attributes:
        pair: as Kraken abbreviates it in an order, XBTUSD.
        price: None where the order has none, as a market order.
        opened_at: in UTC.
    """

    order_id: str
    pair: str
    side: str
    order_type: str
    volume: Decimal
    executed: Decimal
    price: Decimal | None
    opened_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenPosition:
    """A margin position. `volume` and `closed` are in units of the pair's base, `cost` in its quote."""

    position_id: str
    pair: str
    side: str
    volume: Decimal
    closed: Decimal
    cost: Decimal


class KrakenBroker:
    """Everything that one account may ask Kraken.

    The session is opened at the first question and can be closed at any time; a later question opens another.

    Args:
        account_type: the kind of account.
        user_id: whose, for a user: the credentials are found by it.
        settings: where to look for the credentials; the environment and `.env` without them.
        timeout: seconds for one request.
        deadline: when all requests together must be over.

    Raises:
        ConfigurationError: the account is not there, or must not be asked; the message says why.
    """

    def __init__(
        self,
        account_type: AccountType,
        user_id: str | None = None,
        *,
        settings: Settings | None = None,
        timeout: float = 10.0,
        deadline: Deadline = NO_DEADLINE,
    ) -> None:
        settings = settings or load_settings(os.environ)
        self._set_up(settings.find(account_type, user_id), settings.url, timeout, deadline)

    @classmethod
    def of(cls, found: AccountSettings, url: str, *, timeout: float, deadline: Deadline = NO_DEADLINE) -> Self:
        """The broker of an account whose settings are at hand.

        Raises:
            ConfigurationError: the account must not be asked; the message says why.
        """
        broker = cls.__new__(cls)
        broker._set_up(found, url, timeout, deadline)
        return broker

    def _set_up(self, found: AccountSettings, url: str, timeout: float, deadline: Deadline) -> None:
        if found.credentials is None:
            raise ConfigurationError(f"{found.account.label} cannot be asked: {found.reason}")
        self.account: Account = found.account
        self._credentials = found.credentials
        self._url = url
        self._timeout = timeout
        self._deadline = deadline
        self._client: KrakenClient | None = None

    def __repr__(self) -> str:
        return f"<KrakenBroker of {self.account.label}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def connect(self) -> KeyInfo:
        """Make sure that Kraken accepts the key.

        Raises:
            KrakenError: it does not, or cannot be asked.
        """
        return self.get_key_info()

    def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def get_key_info(self) -> KeyInfo:
        """What the key may do and how it is restricted. Needs no permission.

        Raises:
            KrakenError: see `errors` for the kinds.
        """
        fields = wire.mapping(self._ask("GetApiKeyInfo"), "GetApiKeyInfo")
        if fields.get("permissions") is None:
            raise UnexpectedAnswer("Kraken does not say what the key may do")
        window = fields.get("nonceWindow")
        return KeyInfo(
            permissions=wire.texts(fields.get("permissions"), "the key's permissions"),
            iban=wire.text(fields["iban"], "the account's iban") if fields.get("iban") else None,
            valid_until=wire.moment(fields.get("validUntil"), "the key's expiry"),
            nonce_window=None if window in (None, "") else wire.amount(window, "the key's nonce window"),
            ip_allowlist=wire.texts(fields.get("ipAllowlist"), "the key's IP allow list"),
        )

    def get_balances(self) -> dict[str, Balance]:
        """What the account has, by Kraken's codes, staked and held amounts included. Needs "Funds: Query".

        Raises:
            KrakenError: see `errors` for the kinds.
        """
        return parse_balances(self._ask("BalanceEx"))

    def get_open_orders(self) -> tuple[OpenOrder, ...]:
        """The orders that rest in the book. Needs "Query open orders & trades".

        Raises:
            KrakenError: see `errors` for the kinds.
        """
        result = wire.mapping(self._ask("OpenOrders"), "OpenOrders")
        return tuple(
            _open_order(wire.text(order_id, "an order's id"), entry)
            for order_id, entry in wire.mapping(result.get("open") or {}, "the open orders").items()
        )

    def get_open_positions(self) -> tuple[OpenPosition, ...]:
        """The open margin positions. Needs "Query open orders & trades".

        Raises:
            KrakenError: see `errors` for the kinds.
        """
        return tuple(
            _open_position(wire.text(position_id, "a position's id"), entry)
            for position_id, entry in wire.mapping(self._ask("OpenPositions") or {}, "OpenPositions").items()
        )

    def _ask(self, endpoint: str, parameters: Mapping[str, str] | None = None) -> Any:
        if self._client is None:
            self._client = KrakenClient(
                self._url, self._credentials, timeout=self._timeout, name=self.account.label
            )
        return self._client.private(endpoint, parameters, deadline=self._deadline)


def _open_order(order_id: str, entry: Any) -> OpenOrder:
    fields = wire.mapping(entry, f"order {order_id}")
    description = wire.mapping(fields.get("descr"), f"the description of order {order_id}")
    price = wire.amount(description.get("price") or 0, f"the price of order {order_id}")
    return OpenOrder(
        order_id=order_id,
        pair=wire.text(description.get("pair"), f"the pair of order {order_id}"),
        side=wire.text(description.get("type"), f"the side of order {order_id}"),
        order_type=wire.text(description.get("ordertype"), f"the type of order {order_id}"),
        volume=wire.amount(fields.get("vol"), f"the volume of order {order_id}"),
        executed=wire.amount(fields.get("vol_exec") or 0, f"the executed volume of order {order_id}"),
        price=price or None,
        opened_at=wire.moment(fields.get("opentm"), f"the opening time of order {order_id}"),
    )


def _open_position(position_id: str, entry: Any) -> OpenPosition:
    fields = wire.mapping(entry, f"position {position_id}")
    return OpenPosition(
        position_id=position_id,
        pair=wire.text(fields.get("pair"), f"the pair of position {position_id}"),
        side=wire.text(fields.get("type"), f"the side of position {position_id}"),
        volume=wire.amount(fields.get("vol"), f"the volume of position {position_id}"),
        closed=wire.amount(fields.get("vol_closed") or 0, f"the closed volume of position {position_id}"),
        cost=wire.amount(fields.get("cost"), f"the cost of position {position_id}"),
    )
