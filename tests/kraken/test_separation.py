"""Orders of several accounts never mix: not side by side, not by a slip of the pen, not when an answer is lost."""

from __future__ import annotations

import gc
import sys
import types
import weakref
from base64 import b64decode
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from kraken_accounts import (
    Account,
    AccountType,
    ConfigurationError,
    KrakenBroker,
    KrakenError,
    MultiAccountBrokerManager,
    OrderLost,
    OrderRefused,
)
from kraken_accounts.accounts import MASTER
from kraken_accounts.config import Settings, load_settings
from kraken_accounts.kraken.errors import PermissionDenied, RateLimited, Unreachable
from kraken_accounts.kraken.nonce import lane_of
from kraken_sandbox import Exchange, Fault, FaultKind, SandboxServer, sample_environment, sample_exchange
from kraken_sandbox.accounts import SimulatedAccount

from ..conftest import Sandbox

ALPHA = Account(AccountType.USER, "alpha")
BRAVO = Account(AccountType.USER, "bravo")
CHARLIE = Account(AccountType.USER, "charlie")

BTC = Decimal("0.0001")
FAR_BELOW = Decimal("30000.0")  # USD for one BTC, when the market asks 64250.20: such an order rests


@pytest.fixture
def settings(trading_floor: Sandbox, tmp_path: Path) -> Settings:
    """The sample accounts as a `.env` holds them."""
    return load_settings({}, trading_floor.env_file(tmp_path))


def broker_of(account: Account, settings: Settings) -> KrakenBroker:
    return KrakenBroker(account.account_type, account.user_id, settings=settings)


@pytest.fixture
def alpha(settings: Settings) -> Iterator[KrakenBroker]:
    """The broker of the user alpha."""
    with broker_of(ALPHA, settings) as broker:
        yield broker


@pytest.fixture
def bravo(settings: Settings) -> Iterator[KrakenBroker]:
    """The broker of the user bravo."""
    with broker_of(BRAVO, settings) as broker:
        yield broker


def books(exchange: Exchange, account: Account) -> SimulatedAccount:
    """What the exchange itself has on an account."""
    return exchange.state.accounts[account.selector]


def key_of(account: Account, floor: Sandbox) -> str:
    prefix = "KRAKEN_MASTER" if account == MASTER else f"KRAKEN_USER_{account.selector.upper()}"
    return floor.env[f"{prefix}_API_KEY"]


def sent(floor: Sandbox, endpoint: str) -> int:
    """How many requests of that name have arrived at the exchange."""
    return floor.endpoints().count(endpoint)


# --- side by side ---------------------------------------------------------------------------------------


@dataclass
class Trader:
    """Trades on one account, from several threads at once, always the same volume.

    Attributes:
        placed: the client order ids of all its orders.
    """

    broker: KrakenBroker
    volume: Decimal
    placed: list[str] = field(default_factory=list)

    def trade(self, rounds: int) -> None:
        """Each round: one order that rests, one that is cancelled again, and one that is filled at once."""
        for number in range(rounds):
            price = FAR_BELOW + number
            rests = self.broker.place_order("XBTUSD", "buy", "limit", self.volume, price)
            passing = self.broker.place_order("XBTUSD", "buy", "limit", self.volume, price)
            if number % 2:
                cancelled = self.broker.cancel_order(passing.order_ids[0])
            else:
                cancelled = self.broker.cancel_order(client_order_id=passing.client_order_id)
            filled = self.broker.place_order("XBTUSD", "buy", "market", self.volume)
            assert {result.account for result in (rests, passing, cancelled, filled)} == {self.broker.account}
            assert cancelled.count == 1
            self.placed += [result.client_order_id for result in (rests, passing, filled)]


@pytest.mark.soak
def test_orders_of_three_accounts_side_by_side(trading_floor: Sandbox, settings: Settings) -> None:
    exchange = trading_floor.exchange
    exchange.set_ticker("XBTUSD", bid="64249.9", ask="64250.0")
    before = deepcopy(exchange.state.accounts)
    threads, rounds = 2, 45
    traders = {
        MASTER: Trader(broker_of(MASTER, settings), BTC),
        ALPHA: Trader(broker_of(ALPHA, settings), 2 * BTC),
        BRAVO: Trader(broker_of(BRAVO, settings), 3 * BTC),
    }

    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(t.trade, rounds) for t in traders.values() for _ in range(threads)]:
            done.result()

    assert sent(trading_floor, "AddOrder") + sent(trading_floor, "CancelOrder") == 1080
    assert not [request for request in exchange.requests if request.errors]
    for account, trader in traders.items():
        known = {order.txid for order in before[account.selector].orders()}
        new = [order for order in books(exchange, account).orders() if order.txid not in known]
        # Each order stands in the books of the account that placed it, once, and nobody else's does.
        assert sorted(order.cl_ord_id or "" for order in new) == sorted(trader.placed)
        assert {order.volume for order in new} == {trader.volume}
        assert sorted(order.status for order in new) == ["canceled"] * 90 + ["closed"] * 90 + ["open"] * 90
        # Its balances moved by what it bought, with 0.4 % for Kraken, and by nothing else.
        bought = 90 * trader.volume
        had, has = before[account.selector].balances, books(exchange, account).balances
        moved = {code: has[code].amount - (had[code].amount if code in had else 0) for code in has}
        assert moved == dict.fromkeys(has, 0) | {
            "XXBT": bought,
            "ZUSD": -bought * Decimal("64250.0") * Decimal("1.004"),
        }
    for bystander in ("charlie", "delta"):
        assert exchange.state.accounts[bystander] == before[bystander]


def test_each_account_has_connections_and_nonces_of_its_own(trading_floor: Sandbox, settings: Settings) -> None:
    traders = [Trader(broker_of(account, settings), BTC) for account in (MASTER, ALPHA, BRAVO)]

    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(trader.trade, 5) for trader in traders for _ in range(2)]:
            done.result()

    keys = defaultdict(set)
    nonces = defaultdict(list)
    for request in trading_floor.exchange.requests:
        if request.key is not None:
            keys[request.connection].add(request.key)
            nonces[request.key].append(int(request.nonce or 0))
    assert all(len(users) == 1 for users in keys.values())
    assert len(nonces) == 3
    assert all(earlier < later for counted in nonces.values() for earlier, later in pairwise(counted))


def test_threads_that_come_at_once_share_one_session(alpha: KrakenBroker) -> None:
    at_once = Barrier(8)

    def session() -> object:
        at_once.wait()
        return alpha.session

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # let threads take turns as often as they can
    try:
        with ThreadPoolExecutor(8) as pool:
            sessions = [asked.result() for asked in [pool.submit(session) for _ in range(8)]]
    finally:
        sys.setswitchinterval(before)

    assert all(one is sessions[0] for one in sessions)


# --- nothing leads from one account to another ----------------------------------------------------------


def reachable(start: object) -> Iterator[tuple[str, object]]:
    """All that attributes, containers, closures, bound methods and weak references lead to, each with the way.

    The garbage collector knows what an object refers to, slots and inner parts of C objects included. Modules, and
    with them what a function's globals hold, lead everywhere in any Python program and are left out.
    """
    seen = {id(start)}
    found: deque[tuple[str, object]] = deque([(type(start).__name__, start)])
    while found:
        way, here = found.popleft()
        yield way, here
        if isinstance(here, types.ModuleType):
            continue
        if isinstance(here, types.FunctionType):
            parts = [here.__closure__, here.__defaults__, here.__kwdefaults__, here.__dict__]
        elif isinstance(here, weakref.ReferenceType):
            parts = [here()]
        else:
            parts = gc.get_referents(here)
        for part in parts:
            if id(part) not in seen:
                seen.add(id(part))
                found.append((f"{way} > {type(part).__name__}", part))


def ways_to(other: KrakenBroker, start: KrakenBroker, floor: Sandbox) -> list[str]:
    """The ways by which one broker leads to another's key, secret, session or nonces."""
    prefix = f"KRAKEN_USER_{other.account.selector.upper()}"
    key, secret = floor.env[f"{prefix}_API_KEY"], floor.env[f"{prefix}_API_SECRET"]
    forbidden = {id(other), id(other.session), id(lane_of(key, "ms"))}
    texts = (key, secret)
    bytestrings = (key.encode(), secret.encode(), b64decode(secret))
    return [
        way
        for way, here in reachable(start)
        if id(here) in forbidden
        or (isinstance(here, str) and any(text in here for text in texts))
        or (isinstance(here, bytes | bytearray) and any(text in here for text in bytestrings))
    ]


@pytest.fixture(params=["made one by one", "made by a manager"])
def pair(request: pytest.FixtureRequest, settings: Settings) -> Iterator[tuple[KrakenBroker, KrakenBroker]]:
    """The brokers of alpha and bravo, both of which have asked Kraken and placed an order."""
    if request.param == "made by a manager":
        manager = MultiAccountBrokerManager(settings)
        brokers = manager.add_user_broker("alpha"), manager.add_user_broker("bravo")
    else:
        brokers = broker_of(ALPHA, settings), broker_of(BRAVO, settings)
    for broker in brokers:
        broker.connect()
        broker.place_order("XBTUSD", "buy", "limit", BTC, FAR_BELOW)
    yield brokers
    for broker in brokers:
        broker.close()


def test_nothing_leads_from_one_broker_to_another(
    pair: tuple[KrakenBroker, KrakenBroker], trading_floor: Sandbox
) -> None:
    alpha, bravo = pair

    assert ways_to(bravo, alpha, trading_floor) == []
    assert ways_to(alpha, bravo, trading_floor) == []


def test_but_each_broker_leads_to_what_is_its_own(
    pair: tuple[KrakenBroker, KrakenBroker], trading_floor: Sandbox
) -> None:
    """The search goes deep enough: it finds key, secret, session and nonces where they are."""
    alpha, _ = pair
    found = {type(here).__name__ for _, here in reachable(alpha)}
    texts = {here for _, here in reachable(alpha) if isinstance(here, str)}

    assert {"KrakenClient", "Credentials", "ApiKey", "Secret", "Session", "NonceLane"} <= found
    assert {trading_floor.env[f"KRAKEN_USER_ALPHA_{part}"] for part in ("API_KEY", "API_SECRET")} <= texts


def _in_a_closure(of: KrakenBroker) -> Callable[[], object]:
    return lambda: of


class _WithSlots:
    __slots__ = ("__hidden",)

    def __init__(self, hidden: object) -> None:
        self.__hidden = hidden


@pytest.mark.parametrize(
    "leak",
    [
        pytest.param(lambda other, _: other, id="the broker"),
        pytest.param(lambda other, _: other.session, id="its session"),
        pytest.param(lambda other, _: [{"orders": (other.session,)}], id="its session, in containers"),
        pytest.param(lambda _, floor: lane_of(key_of(BRAVO, floor), "ms"), id="its nonces"),
        pytest.param(lambda _, floor: key_of(BRAVO, floor), id="its key"),
        pytest.param(lambda _, floor: f"?key={key_of(BRAVO, floor)}&", id="its key, inside a text"),
        pytest.param(lambda _, floor: floor.env["KRAKEN_USER_BRAVO_API_SECRET"], id="its secret"),
        pytest.param(
            lambda _, floor: b64decode(floor.env["KRAKEN_USER_BRAVO_API_SECRET"]), id="its secret, decoded"
        ),
        pytest.param(lambda other, _: other.get_balances, id="a method bound to it"),
        pytest.param(lambda other, _: _in_a_closure(other), id="a closure over it"),
        pytest.param(lambda other, _: _WithSlots(other), id="a hidden slot"),
        pytest.param(lambda other, _: weakref.ref(other), id="a weak reference"),
    ],
)
def test_a_leak_would_be_found(
    leak: Callable[[KrakenBroker, Sandbox], Any], alpha: KrakenBroker, bravo: KrakenBroker, trading_floor: Sandbox
) -> None:
    vars(alpha.session)["leaked"] = leak(bravo, trading_floor)

    assert ways_to(bravo, alpha, trading_floor) != []


# --- no default account ---------------------------------------------------------------------------------


class TestNoDefaultAccount:
    def test_a_manager_takes_no_orders(self, settings: Settings) -> None:
        manager = MultiAccountBrokerManager(settings)

        assert [name for name in dir(manager) if "order" in name or "default" in name] == []

    def test_a_broker_needs_an_account(self, settings: Settings) -> None:
        manager = MultiAccountBrokerManager(settings)

        with pytest.raises(TypeError, match="account_type"):
            KrakenBroker()  # type: ignore[call-arg]
        with pytest.raises(TypeError, match="user_id"):
            manager.get_user_broker()  # type: ignore[call-arg]
        with pytest.raises(ValueError, match="a USER account needs a user_id, and the MASTER account has none"):
            KrakenBroker(AccountType.USER, settings=settings)
        with pytest.raises(ValueError, match="a USER account needs a user_id, and the MASTER account has none"):
            KrakenBroker(AccountType.MASTER, "alpha", settings=settings)

    def test_a_broker_that_was_not_added_is_not_there(self, settings: Settings) -> None:
        manager = MultiAccountBrokerManager(settings)
        manager.add_user_broker("alpha")

        with pytest.raises(
            ConfigurationError, match=r"no broker of USER \(bravo\) was added: add_user_broker\('bravo'\)"
        ):
            manager.get_user_broker("bravo")
        with pytest.raises(ConfigurationError, match=r"no broker of MASTER was added: add_master_broker\(\)"):
            manager.get_master_broker()

    def test_a_broker_stays_the_same_however_often_it_is_added(self, settings: Settings) -> None:
        manager = MultiAccountBrokerManager(settings)

        assert manager.add_user_broker("alpha") is manager.add_user_broker("alpha")
        assert manager.get_user_broker("alpha") is manager.add_user_broker("alpha")

    def test_the_environment_gives_a_broker_to_each_account_with_a_key(
        self, trading_floor: Sandbox, tmp_path: Path
    ) -> None:
        manager = MultiAccountBrokerManager.from_env(trading_floor.env_file(tmp_path))

        assert manager.get_master_broker().account == MASTER
        assert [manager.get_user_broker(user).account.label for user in ("alpha", "bravo", "charlie")] == [
            "USER (alpha)",
            "USER (bravo)",
            "USER (charlie)",
        ]
        with pytest.raises(ConfigurationError):
            manager.get_user_broker("delta")  # has a placeholder for a key
        manager.close()

    @pytest.mark.parametrize("user_id", ["alpha_one", "alpha_two", "alph", "Alpha"])
    def test_only_the_exact_id_opens_an_account(self, settings: Settings, user_id: str) -> None:
        with pytest.raises(ConfigurationError) as refused:
            MultiAccountBrokerManager(settings).add_user_broker(user_id)
        with pytest.raises(ConfigurationError) as refused_too:
            KrakenBroker(AccountType.USER, user_id, settings=settings)

        assert str(refused.value) == str(refused_too.value)
        assert str(refused.value).startswith(
            f"there is no user {user_id!r}; did you mean 'alpha' (KRAKEN_USER_ALPHA)? Set KRAKEN_USER_"
        )


# --- orders ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["Kraken's id", "the client order id"])
def test_no_account_can_cancel_the_order_of_another(
    trading_floor: Sandbox, alpha: KrakenBroker, bravo: KrakenBroker, by: str
) -> None:
    placed = alpha.place_order("XBTUSD", "buy", "limit", BTC, FAR_BELOW)

    with pytest.raises(OrderRefused) as refused:
        if by == "Kraken's id":
            bravo.cancel_order(placed.order_ids[0])
        else:
            bravo.cancel_order(client_order_id=placed.client_order_id)

    assert refused.value.account == BRAVO
    assert refused.value.reason == "Kraken says “EOrder:Unknown order”"
    assert placed.order_ids[0] in books(trading_floor.exchange, ALPHA).open_orders


class TestRefusals:
    """What Kraken does not take is not placed; the error names the account and the order."""

    def test_too_little_money(self, trading_floor: Sandbox, alpha: KrakenBroker) -> None:
        before = deepcopy(books(trading_floor.exchange, ALPHA))

        with pytest.raises(OrderRefused) as refused:
            alpha.place_order("XBTUSD", "buy", "market", Decimal(1))

        assert refused.value.reason == "Kraken says “EOrder:Insufficient funds”"
        assert refused.value.remedy == ("Nothing was placed. Mend what Kraken names, and place the order anew.")
        assert (refused.value.account, refused.value.uncertain) == (ALPHA, False)
        (request,) = [request for request in trading_floor.exchange.requests if request.endpoint == "AddOrder"]
        assert refused.value.client_order_id == request.parameters["cl_ord_id"]
        assert books(trading_floor.exchange, ALPHA) == before

    def test_a_key_that_may_not_trade(self, trading_floor: Sandbox, settings: Settings) -> None:
        with broker_of(CHARLIE, settings) as charlie, pytest.raises(PermissionDenied) as refused:
            charlie.place_order("XBTUSD", "sell", "market", Decimal("0.001"))

        assert refused.value.reason == "Kraken says “EGeneral:Permission denied”: the key may not do this"
        assert refused.value.account == CHARLIE
        assert refused.value.client_order_id is not None
        assert sent(trading_floor, "AddOrder") == 1

    def test_too_many_orders(self, trading_floor: Sandbox, alpha: KrakenBroker) -> None:
        trading_floor.exchange.faults.add(
            Fault(FaultKind.ERROR, endpoint="AddOrder", text="EOrder:Rate limit exceeded")
        )

        with pytest.raises(RateLimited) as refused:
            alpha.place_order("XBTUSD", "buy", "limit", BTC, FAR_BELOW)

        assert (refused.value.account, refused.value.uncertain) == (ALPHA, False)
        assert sent(trading_floor, "AddOrder") == 1

    def test_a_pair_whose_rules_cannot_be_learned(self, trading_floor: Sandbox, alpha: KrakenBroker) -> None:
        trading_floor.exchange.faults.add(
            Fault(FaultKind.ERROR, endpoint="AssetPairs", text="EAPI:Rate limit exceeded")
        )

        with pytest.raises(RateLimited) as refused:
            alpha.place_order("XBTUSD", "buy", "limit", BTC, FAR_BELOW)

        assert refused.value.account == ALPHA
        assert refused.value.client_order_id is not None
        assert sent(trading_floor, "AddOrder") == 0


# --- lost answers ---------------------------------------------------------------------------------------


LOST_AFTERWARDS = [
    pytest.param(Fault(FaultKind.LOST, endpoint="AddOrder"), id="the connection ends without an answer"),
    pytest.param(Fault(FaultKind.TRUNCATE, endpoint="AddOrder"), id="the connection ends within the answer"),
    pytest.param(Fault(FaultKind.LATENCY, endpoint="AddOrder", seconds=5), id="the answer comes too late"),
]
LOST_BEFORE = [
    pytest.param(Fault(FaultKind.DROP, endpoint="AddOrder"), id="the connection ends without an answer"),
    pytest.param(Fault(FaultKind.HTML, endpoint="AddOrder", status=502), id="a page of HTML"),
    pytest.param(Fault(FaultKind.BODY, endpoint="AddOrder", text="{}"), id="no answer of Kraken's"),
    pytest.param(
        Fault(FaultKind.ERROR, endpoint="AddOrder", text="EService:Deadline elapsed"), id="Kraken's doubt"
    ),
]


class TestLostAnswers:
    """The order may be there or not: it is not sent again, and the error says how to find out."""

    @pytest.fixture
    def hasty(self, settings: Settings) -> Iterator[KrakenBroker]:
        """The broker of alpha, which waits only a second for an answer."""
        with KrakenBroker(AccountType.USER, "alpha", settings=settings, timeout=1) as broker:
            yield broker

    @pytest.mark.parametrize("fault", LOST_AFTERWARDS)
    @pytest.mark.parametrize("order_type", ["limit", "market"])
    def test_of_an_order_that_was_placed(
        self, trading_floor: Sandbox, hasty: KrakenBroker, fault: Fault, order_type: str
    ) -> None:
        known = {order.txid for order in books(trading_floor.exchange, ALPHA).orders()}
        trading_floor.exchange.faults.add(fault)
        price = FAR_BELOW if order_type == "limit" else None

        with pytest.raises(OrderLost) as lost:
            hasty.place_order("XBTUSD", "buy", order_type, BTC, price)

        new = [order for order in books(trading_floor.exchange, ALPHA).orders() if order.txid not in known]
        assert [order.cl_ord_id for order in new] == [lost.value.client_order_id]
        assert sent(trading_floor, "AddOrder") == 1
        found = hasty.find_order(lost.value.client_order_id)
        assert found is not None
        assert (found.order_id, found.client_order_id) == (new[0].txid, lost.value.client_order_id)
        assert (found.side, found.volume) == ("buy", BTC)
        assert found.status == ("open" if order_type == "limit" else "closed")

    @pytest.mark.parametrize("fault", LOST_BEFORE)
    def test_of_an_order_that_never_arrived(
        self, trading_floor: Sandbox, hasty: KrakenBroker, fault: Fault
    ) -> None:
        before = deepcopy(books(trading_floor.exchange, ALPHA))
        trading_floor.exchange.faults.add(fault)

        with pytest.raises(OrderLost) as lost:
            hasty.place_order("XBTUSD", "buy", "limit", BTC, FAR_BELOW)

        assert books(trading_floor.exchange, ALPHA) == before
        assert sent(trading_floor, "AddOrder") == 1
        assert hasty.find_order(lost.value.client_order_id) is None

    def test_the_error_says_what_to_do(self, trading_floor: Sandbox, alpha: KrakenBroker) -> None:
        trading_floor.exchange.faults.add(Fault(FaultKind.HTML, endpoint="AddOrder", status=502))

        with pytest.raises(OrderLost) as lost:
            alpha.place_order("XBTUSD", "buy", "limit", BTC, FAR_BELOW)

        order = lost.value.client_order_id
        assert lost.value.account == ALPHA
        assert str(lost.value) == lost.value.reason
        assert lost.value.reason == (
            f"USER (alpha): the answer to order {order} was lost "
            "(Kraken's servers answered with HTTP status 502); it may have been placed"
        )
        assert lost.value.remedy == (
            f"Ask find_order('{order}'), again after a minute, before you place the order anew."
        )

    def test_only_the_account_that_placed_it_finds_it(
        self, trading_floor: Sandbox, alpha: KrakenBroker, bravo: KrakenBroker
    ) -> None:
        trading_floor.exchange.faults.add(Fault(FaultKind.LOST, endpoint="AddOrder"))
        with pytest.raises(OrderLost) as lost:
            alpha.place_order("XBTUSD", "buy", "limit", BTC, FAR_BELOW)

        assert bravo.find_order(lost.value.client_order_id) is None
        assert alpha.find_order(lost.value.client_order_id) is not None

    def test_a_filled_order_is_found_only_by_a_key_that_may_query_closed_orders(
        self, trading_floor: Sandbox, alpha: KrakenBroker
    ) -> None:
        trading_floor.exchange.replace_key(
            key_of(ALPHA, trading_floor),
            permissions=frozenset({"query-funds", "query-open-trades", "modify-trades", "close-trades"}),
        )
        resting = alpha.place_order("XBTUSD", "buy", "limit", BTC, FAR_BELOW)
        filled = alpha.place_order("XBTUSD", "buy", "market", BTC)

        assert alpha.find_order(resting.client_order_id) is not None
        with pytest.raises(PermissionDenied):
            alpha.find_order(filled.client_order_id)

    def test_nothing_is_lost_of_an_order_that_is_only_validated(
        self, trading_floor: Sandbox, alpha: KrakenBroker
    ) -> None:
        trading_floor.exchange.faults.add(Fault(FaultKind.LOST, endpoint="AddOrder"))

        with pytest.raises(Unreachable) as unreachable:
            alpha.place_order("XBTUSD", "buy", "limit", BTC, FAR_BELOW, validate_only=True)

        assert unreachable.value.account == ALPHA
        assert sent(trading_floor, "AddOrder") == 1

    def test_nothing_is_lost_where_there_was_no_connection(self, tmp_path: Path) -> None:
        exchange = sample_exchange()
        env_file = tmp_path / ".env"
        with SandboxServer(exchange) as server:
            env_file.write_text("".join(f"{k}={v}\n" for k, v in sample_environment(server.url).items()))
            alpha = broker_of(ALPHA, load_settings({}, env_file))
            alpha.place_order("XBTUSD", "buy", "limit", BTC, FAR_BELOW, validate_only=True)

        with alpha, pytest.raises(Unreachable) as refused:
            alpha.place_order("XBTUSD", "buy", "limit", BTC, FAR_BELOW)

        assert "(Connection refused)" in refused.value.reason
        assert (refused.value.account, refused.value.uncertain) == (ALPHA, False)
        assert refused.value.client_order_id is not None
        assert [request.endpoint for request in exchange.requests] == ["AssetPairs", "AddOrder"]

    @pytest.mark.parametrize(
        "fault",
        [
            pytest.param(Fault(FaultKind.LOST, endpoint="CancelOrder"), id="no answer"),
            pytest.param(
                Fault(FaultKind.BODY, endpoint="CancelOrder", text='{"error":[],"result":[]}'), id="an odd answer"
            ),
        ],
    )
    def test_of_a_cancellation(self, trading_floor: Sandbox, alpha: KrakenBroker, fault: Fault) -> None:
        placed = alpha.place_order("XBTUSD", "buy", "limit", BTC, FAR_BELOW)
        trading_floor.exchange.faults.add(fault)

        with pytest.raises(KrakenError) as lost:
            alpha.cancel_order(client_order_id=placed.client_order_id)

        assert (lost.value.account, lost.value.client_order_id) == (ALPHA, placed.client_order_id)
        assert lost.value.uncertain
        assert sent(trading_floor, "CancelOrder") == 1


# --- the proof that commands place nothing --------------------------------------------------------------


def test_an_order_that_is_placed_does_not_escape_the_request_log(
    trading_floor: Sandbox, alpha: KrakenBroker
) -> None:
    """The fixture `sandbox` relies on it, which holds every run of a command against the log."""
    alpha.place_order("XBTUSD", "buy", "limit", BTC, FAR_BELOW, validate_only=True)
    assert trading_floor.placed() == []

    alpha.place_order("XBTUSD", "buy", "limit", BTC, FAR_BELOW)
    assert [request.endpoint for request in trading_floor.placed()] == ["AddOrder"]
