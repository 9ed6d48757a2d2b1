"""One account at Kraken: its key, its connection, its nonces, and nothing of any other account."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from decimal import Decimal
from types import TracebackType
from typing import Any, Self, TypeVar

from .. import money
from ..accounts import Account, AccountType
from ..config import AccountSettings, ConfigurationError, Settings, load_settings
from ..deadline import Deadline
from ..storage import Storage
from ..text import printable
from . import wire
from .assets import kraken_name
from .client import KrakenClient
from .errors import InvalidOrder, KrakenError, OrderLost, RequestRefused, UnexpectedAnswer, UnknownMethod
from .key_info import KeyInfo, parse_key_info
from .orders import (
    CancelResult,
    OpenPosition,
    Order,
    OrderResult,
    OrderType,
    PairRules,
    Side,
    order_identity,
    parse_orders,
    parse_positions,
    parse_rules,
    positive,
)
from .transport import Session
from .valuation import Balance, parse_balances, parse_plain_balances

_log = logging.getLogger(__name__)


class KrakenBroker:
    """Everything that one account may ask Kraken.

    A connection is opened at the first question. A process that was forked opens connections of its own.

    Args:
        account_type: the kind of account.
        user_id: whose, for a user: the credentials are found by it.
        settings: where to look for the credentials; the environment and `.env` without them.
        timeout: seconds for one call as a whole: its wait for the key, its connection and its answers; with a
            deadline, for one request.
        deadline: when all calls together must be over, which whoever gives it sees to; None for no such moment.
        state: where the key's last nonce is kept for other processes; the user's state directory without it.

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
        deadline: Deadline | None = None,
        state: Storage | None = None,
    ) -> None:
        settings = settings or load_settings(os.environ)
        self._set_up(
            settings.find(account_type, user_id), settings.url, timeout, deadline, state or Storage.state()
        )

    @classmethod
    def of(
        cls,
        found: AccountSettings,
        url: str,
        *,
        timeout: float,
        state: Storage,
        deadline: Deadline | None = None,
    ) -> Self:
        """The broker of an account whose settings are at hand.

        Raises:
            ConfigurationError: the account must not be asked; the message says why.
        """
        broker = cls.__new__(cls)
        broker._set_up(found, url, timeout, deadline, state)
        return broker

    def _set_up(
        self, found: AccountSettings, url: str, timeout: float, deadline: Deadline | None, state: Storage
    ) -> None:
        if found.credentials is None:
            raise ConfigurationError(f"{found.account.label} cannot be asked: {found.reason}")
        self.account: Account = found.account
        self._timeout = timeout
        self._deadline = deadline
        self._client = KrakenClient(
            url,
            found.credentials,
            timeout=timeout,
            name=found.account.label,
            state=state,
            supervised=deadline is not None,
        )
        self._rules: dict[str, PairRules] = {}
        self._has_balance_ex = True  # until Kraken says otherwise

    def __repr__(self) -> str:
        return f"<KrakenBroker of {self.account.label}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def session(self) -> Session:
        """The connections over which this account is asked, and nothing else."""
        return self._client.session

    def connect(self) -> KeyInfo:
        """Make sure that Kraken accepts the key.

        Raises:
            KrakenError: it does not, or cannot be asked.
        """
        return self.get_key_info()

    def close(self) -> None:
        """Close the connections; a later question opens others."""
        self._client.close()

    def get_key_info(self) -> KeyInfo:
        """What the key may do and how it is restricted. Needs no permission.

        Raises:
            KrakenError: see `errors` for the kinds.
        """
        return parse_key_info(self._ask("GetApiKeyInfo"))

    def get_balances(self) -> dict[str, Balance]:
        """What the account has, by Kraken's codes, staked and held amounts included. Needs "Funds: Query".

        Accounts of some kinds have no BalanceEx; then Balance is asked, which does not tell what is held.

        Raises:
            KrakenError: see `errors` for the kinds.
        """
        if self._has_balance_ex:
            try:
                return parse_balances(self._ask("BalanceEx"))
            except UnknownMethod:
                self._has_balance_ex = False
        return parse_plain_balances(self._ask("Balance"))

    def get_open_orders(self) -> tuple[Order, ...]:
        """The orders that rest in the book. Needs "Query open orders & trades".

        Raises:
            KrakenError: see `errors` for the kinds.
        """
        return parse_orders(wire.mapping(self._ask("OpenOrders"), "OpenOrders").get("open"))

    def get_open_positions(self) -> tuple[OpenPosition, ...]:
        """The open margin positions. Needs "Query open orders & trades".

        Raises:
            KrakenError: see `errors` for the kinds.
        """
        return parse_positions(self._ask("OpenPositions"))

    def get_equivalent_balance(self, quote: str) -> Decimal:
        """Kraken's own figure for all that the account has, in a currency by its common ticker.

        Needs "Query open orders & trades". Source:
        https://docs.kraken.com/api-reference/account-data/get-trade-balance

        Raises:
            KrakenError: see `errors` for the kinds.
        """
        fields = wire.mapping(self._ask("TradeBalance", {"asset": kraken_name(quote)}), "TradeBalance")
        if fields.get("eb") in (None, ""):
            raise UnexpectedAnswer("Kraken does not say what all that the account has is worth")
        return wire.amount(fields["eb"], "the equivalent balance")

    # --- orders -----------------------------------------------------------------------------------------

    def place_order(
        self,
        pair: str,
        side: Side | str,
        order_type: OrderType | str,
        volume: Decimal,
        price: Decimal | None = None,
        *,
        client_order_id: str | None = None,
        trading_agreement: bool = False,
        validate_only: bool = False,
    ) -> OrderResult:
        """Place an order on this account, once: whatever happens, it is not sent a second time.

        Args:
            pair: by any of Kraken's names, XBTUSD or XXBTZUSD for instance.
            volume: in units of the pair's base.
            price: of a limit order, in units of the pair's quote for one of its base.
            client_order_id: by which `find_order` and `cancel_order` find it: a UUID, or up to 18 characters;
                without one the broker makes a UUID. It is logged, at INFO, before the order is sent.
            trading_agreement: agree to Kraken's trading agreement, which accounts under some regulators must.
            validate_only: let Kraken check it, but not place it.

        Raises:
            InvalidOrder: it cannot be right, so it was not sent.
            OrderLost: the answer was lost, and the order may have been placed; `find_order` settles it.
            KrakenError: Kraken refused it, or could not be reached; nothing was placed.
                Whatever leaves this call carries the client order id: these errors as an attribute, beside the
                account; any other exception, KeyboardInterrupt included, as a note.
        """
        identity = order_identity(client_order_id)
        # No `with`: Ctrl-C may strike on the way out of one, when the order is placed.
        try:
            side, order_type = _member(Side, side), _member(OrderType, order_type)
            volume = positive(volume, "volume")
            if (price is None) != (order_type is OrderType.MARKET):
                raise InvalidOrder("a limit order needs a price, and a market order has none")
            price = None if price is None else positive(price, "price")
            deadline = self._call()
            rules = self._rules_of(pair, deadline)
            rules.check(volume, price)
            parameters = {
                "pair": rules.name,
                "type": side.value,
                "ordertype": order_type.value,
                "volume": money.plain(volume),
                "cl_ord_id": identity,
            }
            if price is not None:
                parameters["price"] = money.plain(price)
            if trading_agreement:
                parameters["trading_agreement"] = "agree"
            if validate_only:
                parameters["validate"] = "true"
            _log.info("%s: AddOrder %s is sent", self.account.label, identity)
            try:
                answer = self._client.private_once("AddOrder", parameters, deadline=deadline)
                return self._order_result(answer, identity, validate_only)
            except KrakenError as error:
                if validate_only or not error.uncertain:
                    raise
                lost = OrderLost(self.account, identity, error.reason)
            raise lost
        except BaseException as error:
            self._name(error, identity)
            raise

    def probe_order(self) -> OrderResult:
        """Let Kraken check a small limit order far below the market, without placing it.

        Raises:
            KrakenError: it may not be placed through this broker; see `errors` for the kinds.
        """
        rules = self._rules_of(_PROBE_PAIR, self._call())
        least_cost = (rules.least_cost or Decimal(0)) / _PROBE_PRICE
        volume = max(rules.least_volume or Decimal(0), least_cost, _PROBE_VOLUME)
        return self.place_order(_PROBE_PAIR, Side.BUY, OrderType.LIMIT, volume, _PROBE_PRICE, validate_only=True)

    def find_order(self, client_order_id: str) -> Order | None:
        """The order that was placed under this id, open or not any more; None if Kraken knows of none.

        After `OrderLost`, an order that is not there at once may still be on its way: ask again after a minute
        before you place it anew. Needs "Query open orders & trades" and "Query closed orders & trades".

        Raises:
            KrakenError: see `errors` for the kinds.
        """
        deadline = self._call()
        for endpoint, field in (("OpenOrders", "open"), ("ClosedOrders", "closed")):
            answer = self._ask(endpoint, {"cl_ord_id": client_order_id}, deadline)
            for order in parse_orders(wire.mapping(answer, endpoint).get(field)):
                if order.client_order_id == client_order_id:
                    return order
        return None

    def cancel_order(self, order_id: str | None = None, *, client_order_id: str | None = None) -> CancelResult:
        """Cancel one order of this account, by Kraken's id or by the client order id; it is asked once.

        Raises:
            InvalidOrder: neither id is given, or both are.
            KrakenError: Kraken refused; or the answer was lost (`uncertain`), and `find_order` or
                `get_open_orders` tells what came of it. It carries the account and the client order id.
        """
        if bool(order_id) == bool(client_order_id):
            raise InvalidOrder("name the order by Kraken's id or by the client order id, and not by both")
        parameters = {"txid": order_id} if order_id else {"cl_ord_id": str(client_order_id)}
        try:
            answer = self._client.private_once("CancelOrder", parameters, deadline=self._call())
            fields = wire.mapping(answer, "CancelOrder")
            count = int(wire.amount(fields.get("count"), "the count of cancelled orders"))
            return CancelResult(self.account, count, bool(fields.get("pending")))
        except BaseException as error:
            self._name(error, client_order_id)
            if isinstance(error, KrakenError) and error.uncertain:
                error.remedy = "It may be cancelled: get_open_orders() tells. To cancel it again does no harm."
            raise

    def _name(self, error: BaseException, client_order_id: str | None) -> None:
        """Have an error say of which account and order it is."""
        if isinstance(error, KrakenError):
            error.account, error.client_order_id = self.account, client_order_id
        elif client_order_id is not None:
            error.add_note(f"client order id: {client_order_id}, of {self.account.label}")

    def _order_result(self, answer: Any, client_order_id: str, validate_only: bool) -> OrderResult:
        fields = wire.mapping(answer, "AddOrder")
        order_ids = wire.texts(fields.get("txid"), "the order's ids")
        if not order_ids and not validate_only:
            raise UnexpectedAnswer("Kraken took the order but named no id of it")
        described = wire.mapping(fields.get("descr"), "the order's description")
        description = wire.text(described.get("order"), "the order's description")
        return OrderResult(self.account, client_order_id, order_ids, description)

    def _rules_of(self, pair: str, deadline: Deadline) -> PairRules:
        if pair not in self._rules:
            try:
                answer = self._client.public("AssetPairs", {"pair": pair}, deadline=deadline)
                # No name at all means every pair to Kraken: an order must never go to whichever comes first.
                if len(wire.mapping(answer, "AssetPairs")) != 1:
                    raise InvalidOrder(f"{printable(pair, 30)!r} is not the name of one pair")
                self._rules[pair] = parse_rules(answer)
            except RequestRefused as error:
                raise InvalidOrder(f"Kraken trades no pair {printable(pair, 30)!r}") from error
            except KrakenError as error:
                error.uncertain = False  # it was the question that failed: no order has been sent
                raise
        return self._rules[pair]

    # --- the connection ---------------------------------------------------------------------------------

    def _ask(
        self, endpoint: str, parameters: Mapping[str, str] | None = None, deadline: Deadline | None = None
    ) -> Any:
        return self._client.private(endpoint, parameters, deadline=deadline or self._call())

    def _call(self) -> Deadline:
        """When the call that begins now must be over."""
        return self._deadline or Deadline(self._timeout)


_PROBE_PAIR = "XBTUSD"
_PROBE_PRICE = Decimal(1000)  # USD for one BTC: far from being filled, even if it were placed
_PROBE_VOLUME = Decimal("0.0001")

Member = TypeVar("Member", Side, OrderType)


def _member(kind: type[Member], value: str) -> Member:
    try:
        return kind(value)
    except ValueError:
        raise InvalidOrder(f"{value!r} is none of {', '.join(member.value for member in kind)}") from None
