"""What one account at Kraken tells: what its key may do, what it has, what rests in the book."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from types import TracebackType
from typing import Any, Self

from ..accounts import Account
from ..config import Credentials
from ..deadline import Deadline
from ..storage import Storage
from . import wire
from .assets import TOKENIZED, kraken_name
from .balance_endpoint import BalanceEndpoint
from .client import KrakenClient
from .earn import MOST_PAGES, Allocation, LockType, parse_allocations, parse_strategies
from .errors import PermissionDenied, UnexpectedAnswer, UnknownMethod
from .fills import FillsPage, parse_fills
from .key_info import KeyInfo, parse_key_info
from .ledger import LedgerPage, parse_ledger
from .margin import Margin, parse_margin
from .orders import OpenPosition, Order, listed_orders, parse_positions
from .points import UNLIMITED, Points
from .transport import Session
from .valuation import Balance, parse_balances, parse_plain_balances

# As reported at https://github.com/dominiktraxl/pykrakenapi/issues/24: without its password a key may do nothing.
_WITHOUT_OTP = (
    "This takes no permission, but a key with a two-factor password is refused so without it: give it with "
    "accounts add --otp or accounts rotate --otp, or set the account's _API_OTP; or create a key without one."
)


class AccountReader:
    """The questions about one account that change nothing, on a connection of its own.

    Every question takes a `deadline`: when it must be over, all of its requests together, each of which has the
    timeout. Without one, the timeout is for the whole.

    Args:
        account: whose key it is.
        url: base URL of the exchange.
        timeout: seconds for one call as a whole; with a deadline, for one request.
        state: where the key's last nonce is kept for other processes.

    Raises:
        ConfigurationError: the proxy or the authorities that the environment names cannot be used.
    """

    def __init__(
        self, account: Account, credentials: Credentials, url: str, *, timeout: float, state: Storage
    ) -> None:
        self.account = account
        self._timeout = timeout
        self._client = KrakenClient(url, credentials, timeout=timeout, name=account.label, state=state)
        self._balances = BalanceEndpoint(state, url, credentials.api_key.reveal())
        self._points = UNLIMITED

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.account.label}>"

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

    def spending(self, points: Points) -> Self:
        """The same, whose questions cost no more than these points of the key's counter.

        What they do not suffice for raises `PointsUsedUp`, but for key and balances, which are always asked.
        """
        sparing = copy.copy(self)
        sparing._points = points
        return sparing

    def connect(self, *, deadline: Deadline | None = None) -> KeyInfo:
        """Make sure that Kraken accepts the key.

        Raises:
            KrakenError: it does not, or cannot be asked.
        """
        return self.get_key_info(deadline=deadline)

    def close(self) -> None:
        """Close the connections; a later question opens others."""
        self._client.close()

    def get_key_info(self, *, deadline: Deadline | None = None) -> KeyInfo:
        """What the key may do and how it is restricted. Needs no permission.

        Raises:
            KrakenError: see `errors` for the kinds.
        """
        try:
            return parse_key_info(self._ask("GetApiKeyInfo", deadline=deadline))
        except PermissionDenied as error:
            error.remedy = _WITHOUT_OTP
            raise

    def get_balances(self, *, deadline: Deadline | None = None) -> dict[str, Balance]:
        """What the account has, by Kraken's codes, staked and held amounts included. Needs "Funds: Query".

        Accounts of some kinds have no BalanceEx; then Balance is asked, which does not tell what is held.

        Raises:
            KrakenError: see `errors` for the kinds.
        """
        deadline = self._within(deadline)
        if self._balances.has_extended:
            try:
                return parse_balances(self._ask("BalanceEx", deadline=deadline))
            except UnknownMethod:
                self._balances.lacks_extended()
        return parse_plain_balances(self._ask("Balance", deadline=deadline))

    def get_open_orders(self, *, deadline: Deadline | None = None) -> tuple[Order, ...]:
        """The orders that rest in the book. Needs "Query open orders & trades".

        Raises:
            KrakenError: see `errors` for the kinds.
        """
        answer = self._ask("OpenOrders", deadline=deadline)
        return listed_orders(answer, "OpenOrders", "open")

    def get_open_positions(self, *, deadline: Deadline | None = None) -> tuple[OpenPosition, ...]:
        """The open margin positions, with their unrealized profit. Needs "Query open orders & trades".

        Raises:
            KrakenError: see `errors` for the kinds.
        """
        return parse_positions(self._ask("OpenPositions", {"docalcs": "true"}, deadline=deadline))

    def get_fills(self, *, since: datetime | None = None, deadline: Deadline | None = None) -> FillsPage:
        """The newest fills, fifty at most. Needs "Query closed orders & trades".

        Args:
            since: only later ones; counted in whole seconds.

        Raises:
            KrakenError: see `errors` for the kinds.
        """
        start = None if since is None else {"start": str(int(since.timestamp()))}
        return parse_fills(self._ask("TradesHistory", start, deadline=deadline))

    def now(self) -> datetime:
        """The time at Kraken (UTC), to about a second; this machine's, as long as Kraken has told none."""
        return self._client.now()

    def get_earn_allocations(self, *, deadline: Deadline | None = None) -> tuple[Allocation, ...]:
        """What is in Earn. Needs "Funds: Query"; a call for each page, and no more than `MOST_PAGES`.

        Raises:
            KrakenError: see `errors` for the kinds.
        """
        return parse_allocations(self._pages("Earn/Allocations", deadline))

    def get_earn_strategies(self, *, deadline: Deadline | None = None) -> dict[str, LockType | None]:
        """Of what kind the strategies are that this account may use, or has used, by their ids.

        Needs a valid key and no permission; a call for each page.

        Raises:
            KrakenError: see `errors` for the kinds.
        """
        return parse_strategies(self._pages("Earn/Strategies", deadline))

    def _pages(self, endpoint: str, deadline: Deadline | None) -> Iterator[Any]:
        """The pages of a list, each asked for by the cursor that the one before it has left.

        Raises:
            UnexpectedAnswer: they do not end.
        """
        deadline, seen = self._within(deadline), list[str]()
        while len(seen) < MOST_PAGES:
            page = self._ask(endpoint, {"cursor": seen[-1]} if seen else None, deadline=deadline)
            yield page
            cursor = None if page is None else wire.mapping(page, endpoint).get("next_cursor")
            if cursor in (None, ""):
                return
            seen.append(wire.label(cursor, f"the cursor of {endpoint}"))
            if len(set(seen)) < len(seen):
                break
        raise UnexpectedAnswer(f"the pages of {endpoint} do not end: {MOST_PAGES} at most are asked for")

    def get_margin(self, quote: str, *, deadline: Deadline | None = None) -> Margin:
        """What open margin positions have gained, in a currency by its common ticker.

        Needs "Query open orders & trades".

        Raises:
            KrakenError: see `errors` for the kinds.
        """
        return parse_margin(self._ask("TradeBalance", {"asset": kraken_name(quote)}, deadline=deadline))

    def get_equivalent_balance(self, quote: str, *, deadline: Deadline | None = None) -> Decimal:
        """Kraken's own figure for all that the account has, in a currency by its common ticker.

        Needs "Query open orders & trades". Source:
        https://docs.kraken.com/api-reference/account-data/get-trade-balance

        Raises:
            KrakenError: see `errors` for the kinds.
        """
        answer = self._ask("TradeBalance", {"asset": kraken_name(quote)}, deadline=deadline)
        fields = wire.mapping(answer, "TradeBalance")
        if fields.get("eb") in (None, ""):
            raise UnexpectedAnswer("Kraken does not say what all that the account has is worth")
        return wire.amount(fields["eb"], "the equivalent balance")

    def get_ledger_page(
        self, start: int, end: int, offset: int = 0, *, equities: bool = False, deadline: Deadline | None = None
    ) -> LedgerPage:
        """Some of what came and went, the newest first. Needs "Data: Query ledger entries"; counts as two calls.

        Args:
            start: unix seconds; what was at that time is left out.
            end: unix seconds; what was at that time is there.
            offset: how many of the newest to leave out.
            equities: those of tokenized equities, which Kraken does not tell with those of currencies.

        Raises:
            KrakenError: see `errors` for the kinds.
        """
        window = {"start": str(start), "end": str(end), "ofs": str(offset)}
        if equities:
            window["aclass"] = TOKENIZED
        return parse_ledger(self._ask("Ledgers", window, deadline=deadline))

    def _ask(
        self, endpoint: str, parameters: Mapping[str, str] | None = None, *, deadline: Deadline | None
    ) -> Any:
        return self._client.private(endpoint, parameters, deadline=self._within(deadline), points=self._points)

    def _within(self, deadline: Deadline | None) -> Deadline:
        """When the call that begins now must be over."""
        return deadline or Deadline(self._timeout)
