"""One account at Kraken: its key, its connection, its nonces, and nothing of any other account."""

from __future__ import annotations

import logging
import os
from decimal import Decimal
from typing import Self

from ..accounts import Account, AccountType
from ..config import Credentials, Settings, load_settings
from ..deadline import Deadline
from ..storage import Storage
from ..text import printable
from . import wire
from .assets import kraken_pair_name
from .errors import InvalidOrder, KrakenError, OrderLost, RequestRefused
from .order_terms import OrderTerms, PairRules, order_identity, parse_rules
from .orders import (
    CancelResult,
    Order,
    OrderResult,
    OrderType,
    Side,
    listed_orders,
    parse_cancellation,
    parse_placed,
)
from .reader import AccountReader

_log = logging.getLogger(__name__)


class KrakenBroker(AccountReader):
    """Everything that one account may ask Kraken.

    A connection is opened at the first question. A process that was forked opens connections of its own.

    Every question takes a `deadline`: when it must be over, all of its requests together, each of which has the
    timeout. Without one, the timeout is for the whole.

    The class itself is the short way to a broker: it looks the account up in `settings`, and without those in the
    environment and `.env`. `of` is for whoever has the credentials at hand; it reads nothing.

    Args:
        account_type: the kind of account.
        user_id: whose, for a user: the credentials are found by it.
        settings: where to look for the credentials; the environment and `.env` without them.
        timeout: seconds for one call as a whole: its wait for the key, its connection and its answers.
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
        state: Storage | None = None,
    ) -> None:
        settings = settings or load_settings(os.environ)
        found = settings.find(account_type, user_id)
        self._set_up(found.account, found.usable_credentials(), settings.url, timeout, state or Storage.state())

    @classmethod
    def of(
        cls, account: Account, credentials: Credentials, url: str, *, timeout: float = 10.0, state: Storage
    ) -> Self:
        """The broker of an account whose credentials are at hand.

        Args:
            url: base URL of the exchange.
            timeout, state: as for the class.

        Raises:
            ConfigurationError: the proxy or the authorities that the environment names cannot be used.
        """
        broker = cls.__new__(cls)
        broker._set_up(account, credentials, url, timeout, state)
        return broker

    def _set_up(
        self, account: Account, credentials: Credentials, url: str, timeout: float, state: Storage
    ) -> None:
        super().__init__(account, credentials, url, timeout=timeout, state=state)
        self._rules: dict[str, PairRules] = {}

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
        deadline: Deadline | None = None,
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
            terms = OrderTerms.checked(side, order_type, volume, price)
            deadline = self._within(deadline)
            rules = self._rules_of(pair, deadline)
            parameters = {**terms.parameters(rules), "cl_ord_id": identity}
            if trading_agreement:
                parameters["trading_agreement"] = "agree"
            if validate_only:
                parameters["validate"] = "true"
            _log.info("%s: AddOrder %s is sent", self.account.label, identity)
            try:
                answer = self._client.private_once("AddOrder", parameters, deadline=deadline)
                return parse_placed(answer, self.account, identity, only_validated=validate_only)
            except KrakenError as error:
                if validate_only or not error.uncertain:
                    raise
                lost = OrderLost(self.account, identity, error.reason)
            raise lost
        except BaseException as error:
            self._name(error, identity)
            raise

    def probe_order(self, *, deadline: Deadline | None = None) -> OrderResult:
        """Let Kraken check a small limit order far below the market, without placing it.

        Raises:
            KrakenError: it may not be placed through this broker; see `errors` for the kinds.
        """
        deadline = self._within(deadline)
        rules = self._rules_of(_PROBE_PAIR, deadline)
        least_cost = (rules.least_cost or Decimal(0)) / _PROBE_PRICE
        volume = max(rules.least_volume or Decimal(0), least_cost, _PROBE_VOLUME)
        return self.place_order(
            _PROBE_PAIR,
            Side.BUY,
            OrderType.LIMIT,
            volume,
            _PROBE_PRICE,
            validate_only=True,
            deadline=deadline,
        )

    def find_order(self, client_order_id: str, *, deadline: Deadline | None = None) -> Order | None:
        """The order that was placed under this id, open or not any more; None if Kraken knows of none.

        After `OrderLost`, an order that is not there at once may still be on its way: ask again after a minute
        before you place it anew. Needs "Query open orders & trades" and "Query closed orders & trades".

        Raises:
            KrakenError: see `errors` for the kinds.
        """
        deadline = self._within(deadline)
        for endpoint, field in (("OpenOrders", "open"), ("ClosedOrders", "closed")):
            answer = self._ask(endpoint, {"cl_ord_id": client_order_id}, deadline=deadline)
            for order in listed_orders(answer, endpoint, field):
                if order.client_order_id == client_order_id:
                    return order
        return None

    def cancel_order(
        self,
        order_id: str | None = None,
        *,
        client_order_id: str | None = None,
        deadline: Deadline | None = None,
    ) -> CancelResult:
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
            answer = self._client.private_once("CancelOrder", parameters, deadline=self._within(deadline))
            return parse_cancellation(answer, self.account)
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

    def _rules_of(self, pair: str, deadline: Deadline) -> PairRules:
        if pair not in self._rules:
            try:
                answer = self._client.public("AssetPairs", {"pair": pair}, deadline=deadline)
                # No name at all means every pair to Kraken: an order must never go to whichever comes first.
                if len(wire.mapping(answer, "AssetPairs")) != 1:
                    raise InvalidOrder(f"{printable(pair, 30)!r} is not the name of one pair")
                self._rules[pair] = parse_rules(answer)
            except RequestRefused as error:
                name = kraken_pair_name(pair)
                hint = "" if name == pair else f"; it may call it {printable(name, 30)}"
                raise InvalidOrder(f"Kraken trades no pair {printable(pair, 30)!r}{hint}") from error
            except KrakenError as error:
                error.uncertain = False  # it was the question that failed: no order has been sent
                raise
        return self._rules[pair]


_PROBE_PAIR = "XBTUSD"
_PROBE_PRICE = Decimal(1000)  # USD for one BTC: far from being filled, even if it were placed
_PROBE_VOLUME = Decimal("0.0001")
