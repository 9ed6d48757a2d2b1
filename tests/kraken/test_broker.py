"""One account and nothing of any other, over real HTTP."""

from __future__ import annotations

import gc
import json
import time
import types
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kraken_accounts import (
    Account,
    AccountType,
    ConfigurationError,
    InvalidOrder,
    KrakenBroker,
    OrderLost,
    OrderRefused,
)
from kraken_accounts.config import Settings, demo_settings
from kraken_accounts.config.secret import Secret
from kraken_accounts.deadline import Deadline
from kraken_accounts.kraken.errors import (
    KeyRejected,
    KrakenError,
    PermissionDenied,
    RateLimited,
    UnexpectedAnswer,
    UnknownMethod,
    Unreachable,
)
from kraken_accounts.kraken.orders import OpenPosition, Order, OrderType, Side
from kraken_accounts.kraken.valuation import Balance
from kraken_accounts.storage import NOTHING_KEPT
from kraken_sandbox import Exchange, Fault, FaultKind, SandboxServer

from ..support import (
    LIMIT,
    ScriptedServer,
    http_response,
    in_pieces,
    never,
    open_account,
    sample_credentials,
    sample_key,
    sample_secret,
    variables,
)

MASTER, USER = AccountType.MASTER, AccountType.USER


@pytest.fixture
def exchange() -> Exchange:
    """The simulated exchange with a master and a user, each with dollars and bitcoin of its own."""
    exchange = Exchange()
    open_account(exchange, "master", {"ZUSD": "100000", "XXBT": "2"})
    open_account(exchange, "daivon", {"ZUSD": "5000", "XXBT": "0.5"})
    return exchange


@pytest.fixture
def settings(exchange: Exchange) -> Iterator[Settings]:
    """Sample settings of both, while the exchange is served."""
    with SandboxServer(exchange) as server:
        yield demo_settings(variables(server.url, "master", "daivon"))


@pytest.fixture
def master(settings: Settings) -> Iterator[KrakenBroker]:
    with KrakenBroker(MASTER, settings=settings) as broker:
        yield broker


@pytest.fixture
def daivon(settings: Settings) -> Iterator[KrakenBroker]:
    with KrakenBroker(USER, "daivon", settings=settings) as broker:
        yield broker


def broker_at(url: str) -> KrakenBroker:
    """The sample master's broker at some server."""
    return KrakenBroker(MASTER, settings=demo_settings(variables(url, "master")))


def answering(result: Any, ask: Callable[[KrakenBroker], Any]) -> Any:
    """What the broker makes of an answer of Kraken."""
    answer = http_response(json.dumps({"error": [], "result": result}))
    with ScriptedServer(answer) as server, broker_at(server.url) as broker:
        return ask(broker)


# --- which account --------------------------------------------------------------------------------------


def test_a_broker_finds_its_own_credentials(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with SandboxServer(exchange) as server:
        for name, value in variables(server.url, "master", "daivon").items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("KRAKEN_USER_DAIVON_USER_ID", "daivon_frazier")
        monkeypatch.chdir(tmp_path)

        with KrakenBroker(account_type=AccountType.USER, user_id="daivon_frazier") as broker:
            assert broker.account.label == "USER (daivon_frazier)"
            assert broker.get_balances()["ZUSD"].amount == Decimal(5000)
        with KrakenBroker(AccountType.MASTER) as broker:
            assert broker.account.label == "MASTER"
            assert broker.get_balances()["ZUSD"].amount == Decimal(100000)

    used = [request.key for request in exchange.requests if request.key]
    assert used == [sample_key("daivon"), sample_key("master")]


def test_a_broker_that_is_given_credentials_reads_no_settings(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # Whoever read these would refuse them.
    monkeypatch.setenv("KRAKEN_API_URL", "http://kraken.example")
    (tmp_path / ".env").write_text("KRAKEN_API_URL=http://kraken.example\n")
    monkeypatch.chdir(tmp_path)
    account = Account(USER, "daivon")

    with (
        SandboxServer(exchange) as server,
        KrakenBroker.of(account, sample_credentials("daivon"), server.url, state=NOTHING_KEPT) as broker,
    ):
        assert broker.get_balances()["ZUSD"].amount == Decimal(5000)
        assert broker.account == account
        with pytest.raises(ConfigurationError):
            KrakenBroker(USER, "daivon")


def test_a_deadline_is_that_of_one_call() -> None:
    with (
        ScriptedServer(never, http_response('{"error":[],"result":{}}')) as server,
        KrakenBroker.of(
            Account(USER, "zoe"), sample_credentials("zoe"), server.url, timeout=LIMIT, state=NOTHING_KEPT
        ) as broker,
    ):
        began = time.monotonic()
        with pytest.raises(Unreachable):
            broker.get_balances(deadline=Deadline(0.2))
        assert time.monotonic() - began < 3
        assert broker.get_balances() == {}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"KRAKEN_USER_DAIVON_API_KEY": "", "KRAKEN_USER_DAIVON_API_SECRET": ""},
            "KRAKEN_USER_DAIVON_API_KEY and KRAKEN_USER_DAIVON_API_SECRET are not filled in",
        ),
        (
            {"KRAKEN_USER_DAIVON_API_SECRET": ""},
            "KRAKEN_USER_DAIVON_API_KEY is set but KRAKEN_USER_DAIVON_API_SECRET is not",
        ),
        (
            {"KRAKEN_USER_DAIVON_API_KEY": sample_key("master")},
            "KRAKEN_MASTER_API_KEY and KRAKEN_USER_DAIVON_API_KEY hold the same API key (SMPL…)",
        ),
    ],
)
def test_an_account_that_must_not_be_asked_has_no_broker(changes: dict[str, str], reason: str) -> None:
    settings = demo_settings({**variables("http://127.0.0.1:1", "master", "daivon"), **changes})

    with pytest.raises(ConfigurationError) as refusal:
        KrakenBroker(USER, "daivon", settings=settings)

    assert str(refusal.value) == f"USER (daivon) cannot be asked: {reason}"


def test_brokers_share_neither_connection_nor_key(
    exchange: Exchange, master: KrakenBroker, daivon: KrakenBroker
) -> None:
    for broker in (master, daivon, master, daivon):
        broker.get_balances()

    by_key = {
        key: {r.connection for r in exchange.requests if r.key == key}
        for key in map(sample_key, ("master", "daivon"))
    }
    first, second = by_key.values()
    assert len(first) == len(second) == 1
    assert first.isdisjoint(second)
    assert master.session is not daivon.session


def secrets_reachable_from(start: object) -> set[str]:
    """All secrets that one can get at, going from object to object."""
    seen: dict[int, object] = {}
    ahead = [start]
    while ahead:
        here = ahead.pop()
        if id(here) not in seen and not isinstance(here, types.ModuleType | type | types.FunctionType):
            seen[id(here)] = here
            ahead += gc.get_referents(here)
    return {here.reveal() for here in seen.values() if isinstance(here, Secret)}


def test_nothing_of_one_account_is_reachable_from_anothers_broker(
    master: KrakenBroker, daivon: KrakenBroker
) -> None:
    master.get_balances()
    daivon.get_balances()

    assert secrets_reachable_from(master) == {sample_key("master"), sample_secret("master")}
    assert secrets_reachable_from(daivon) == {sample_key("daivon"), sample_secret("daivon")}


def test_nor_after_both_have_failed(exchange: Exchange, settings: Settings) -> None:
    """They share what the exchange's clock says, and why it says nothing."""
    exchange.faults.add(Fault(FaultKind.DROP, times=None))
    with (
        KrakenBroker(MASTER, settings=settings, timeout=0.5) as master,
        KrakenBroker(USER, "daivon", settings=settings, timeout=0.5) as daivon,
    ):
        for broker in (master, daivon):
            with pytest.raises(Unreachable):  # on a busy machine for want of time
                broker.get_balances()

        assert secrets_reachable_from(master) == {sample_key("master"), sample_secret("master")}
        assert secrets_reachable_from(daivon) == {sample_key("daivon"), sample_secret("daivon")}


def test_a_broker_shows_its_account_and_nothing_else(master: KrakenBroker) -> None:
    assert repr(master) == "<KrakenBroker of MASTER>"
    assert sample_key("master") not in repr(vars(master))
    assert sample_secret("master") not in repr(vars(master))


def test_a_closed_broker_opens_another_connection(exchange: Exchange, master: KrakenBroker) -> None:
    master.get_balances()
    master.close()
    master.close()
    master.get_balances()

    assert len({request.connection for request in exchange.requests}) == 2
    assert all(request.errors == () for request in exchange.requests)


# --- what Kraken says of the key ------------------------------------------------------------------------


def test_connect_makes_sure_that_kraken_accepts_the_key(exchange: Exchange, master: KrakenBroker) -> None:
    info = master.connect()

    assert {"query-funds", "query-open-trades", "modify-trades", "close-trades"} <= set(info.permissions)
    assert info.iban == "AA00SAMPLEMASTER"
    assert [request.endpoint for request in exchange.requests if request.key] == ["GetApiKeyInfo"]

    exchange.revoke_key(sample_key("master"))
    with pytest.raises(KeyRejected, match="EAPI:Invalid key"):
        master.connect()


# --- what the account has -------------------------------------------------------------------------------


def test_balances(master: KrakenBroker, daivon: KrakenBroker) -> None:
    assert master.get_balances() == {
        "XXBT": Balance(Decimal(2), Decimal(2)),
        "ZUSD": Balance(Decimal(100000), Decimal(100000)),
    }
    assert daivon.get_balances()["XXBT"] == Balance(Decimal("0.5"), Decimal("0.5"))


def test_what_an_order_holds_is_not_available(master: KrakenBroker) -> None:
    master.place_order("XBTUSD", Side.SELL, OrderType.LIMIT, Decimal("0.5"), Decimal("90000"))

    assert master.get_balances()["XXBT"] == Balance(Decimal(2), Decimal("1.5"))


def test_an_account_that_never_had_anything(exchange: Exchange, master: KrakenBroker) -> None:
    exchange.state.accounts["master"].balances.clear()

    assert master.get_balances() == {}


def test_balances_sent_as_numbers(exchange: Exchange, master: KrakenBroker) -> None:
    exchange.state.accounts["master"].amounts_as_numbers = True

    assert master.get_balances()["XXBT"].amount == Decimal(2)


@pytest.fixture
def of_another_kind(exchange: Exchange) -> Exchange:
    """Of the master's kind of account Kraken has no BalanceEx."""
    exchange.state.accounts["master"].without_balance_ex = True
    return exchange


def asked(exchange: Exchange) -> list[str]:
    return [request.endpoint for request in exchange.requests if request.key]


def test_an_account_of_a_kind_that_has_no_extended_balance(
    of_another_kind: Exchange, master: KrakenBroker, daivon: KrakenBroker
) -> None:
    expected = {"XXBT": Balance(Decimal(2), None), "ZUSD": Balance(Decimal(100000), None)}

    assert master.get_balances() == expected
    assert asked(of_another_kind) == ["BalanceEx", "Balance"]
    # Not asked in vain again; and of the others nothing is concluded.
    assert master.get_balances() == expected
    assert daivon.get_balances()["XXBT"] == Balance(Decimal("0.5"), Decimal("0.5"))
    assert asked(of_another_kind) == ["BalanceEx", "Balance", "Balance", "BalanceEx"]


def test_nor_anything_at_all(of_another_kind: Exchange, master: KrakenBroker) -> None:
    of_another_kind.state.accounts["master"].balances.clear()

    assert master.get_balances() == {}


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("EGeneral:Unknown method", UnknownMethod),
        ("EGeneral:Permission denied", PermissionDenied),
        ("EAPI:Rate limit exceeded", RateLimited),
    ],
)
def test_an_account_that_has_no_balance_either(
    of_another_kind: Exchange, master: KrakenBroker, words: str, kind: type[KrakenError]
) -> None:
    of_another_kind.faults.add(Fault(FaultKind.ERROR, endpoint="Balance", text=words, times=None))

    with pytest.raises(kind, match=words):
        master.get_balances()


def test_another_refusal_of_the_extended_balance_is_no_reason_to_ask_for_less(
    exchange: Exchange, master: KrakenBroker
) -> None:
    exchange.faults.add(Fault(FaultKind.ERROR, endpoint="BalanceEx", text="EGeneral:Invalid arguments"))

    with pytest.raises(KrakenError, match="Invalid arguments"):
        master.get_balances()
    assert asked(exchange) == ["BalanceEx"]
    assert master.get_balances()["XXBT"].available == Decimal(2)


# --- what all of it is worth ----------------------------------------------------------------------------


def test_krakens_own_figure(exchange: Exchange, master: KrakenBroker) -> None:
    # 100,000 USD and 2 BTC at 64250.10
    assert master.get_equivalent_balance("USD") == Decimal("228500.2")
    exchange.state.accounts["master"].amounts_as_numbers = True
    assert master.get_equivalent_balance("USD") == Decimal("228500.2")


@pytest.mark.parametrize("result", [{}, {"eb": None}, {"eb": ""}, {"tb": "392.2264", "e": "382.2032"}])
def test_a_figure_that_kraken_does_not_tell(result: Any) -> None:
    with pytest.raises(UnexpectedAnswer, match=r"^Kraken does not say what all that the account has is worth$"):
        answering(result, lambda broker: broker.get_equivalent_balance("USD"))


def test_a_figure_of_zero_is_one() -> None:
    assert answering({"eb": 0}, lambda broker: broker.get_equivalent_balance("USD")) == 0


def test_a_key_that_may_not_query(exchange: Exchange, master: KrakenBroker) -> None:
    exchange.replace_key(sample_key("master"), permissions=frozenset({"modify-trades"}))

    for question in (master.get_balances, master.get_open_orders, master.get_open_positions):
        with pytest.raises(PermissionDenied, match="EGeneral:Permission denied"):
            question()


# --- what is open ---------------------------------------------------------------------------------------


def test_nothing_is_open(master: KrakenBroker) -> None:
    assert master.get_open_orders() == ()
    assert master.get_open_positions() == ()


ORDER = {
    "refid": None,
    "status": "open",
    "opentm": 1795342230.1234,
    "descr": {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "price": "58000.0", "price2": "0"},
    "vol": "0.05000000",
    "vol_exec": "0.01000000",
    "cl_ord_id": "6d1b345e-2821-40e2-ad83-4ecb18a06876",
}


def test_open_orders() -> None:
    assert answering({"open": {"OABCDE-12345-FGHIJK": ORDER}}, KrakenBroker.get_open_orders) == (
        Order(
            order_id="OABCDE-12345-FGHIJK",
            pair="XBTUSD",
            side="buy",
            order_type="limit",
            status="open",
            volume=Decimal("0.05"),
            executed=Decimal("0.01"),
            price=Decimal("58000"),
            opened_at=datetime(2026, 11, 22, 10, 10, 30, tzinfo=UTC),
            client_order_id="6d1b345e-2821-40e2-ad83-4ecb18a06876",
        ),
    )


def test_a_market_order_has_no_price_and_others_no_client_order_id() -> None:
    entry = {**ORDER, "descr": {**ORDER["descr"], "ordertype": "market", "price": "0"}, "cl_ord_id": None}  # type: ignore[dict-item]
    (order,) = answering({"open": {"O1": entry}}, KrakenBroker.get_open_orders)

    assert order.price is None
    assert order.client_order_id is None


def test_open_positions() -> None:
    entry = {"pair": "XETHZUSD", "type": "buy", "vol": "0.5", "vol_closed": "0.1", "cost": "1540.00000"}
    found = answering({"TABCDE-12345-FGHIJK": entry}, KrakenBroker.get_open_positions)

    assert found == (
        OpenPosition("TABCDE-12345-FGHIJK", "XETHZUSD", "buy", Decimal("0.5"), Decimal("0.1"), Decimal(1540)),
    )


@pytest.mark.parametrize("result", [None, {}, []])
def test_no_positions_in_many_words(result: Any) -> None:
    assert answering(result, KrakenBroker.get_open_positions) == ()


# --- orders ---------------------------------------------------------------------------------------------


def orders_sent(exchange: Exchange) -> list[tuple[str | None, dict[str, str]]]:
    """Whose key placed what, of all that was sent to AddOrder."""
    return [(r.key, r.parameters) for r in exchange.requests if r.endpoint == "AddOrder"]


def test_an_order_goes_through_the_broker_it_is_given_to_and_its_result_names_the_account(
    exchange: Exchange, master: KrakenBroker, daivon: KrakenBroker
) -> None:
    result = daivon.place_order("XBTUSD", "buy", "limit", Decimal("0.010"), Decimal("58000.0"))

    assert result.account.label == "USER (daivon)"
    assert result.description == "buy 0.01000000 XBTUSD @ limit 58000.0"
    assert orders_sent(exchange) == [
        (
            sample_key("daivon"),
            {
                "pair": "XXBTZUSD",
                "type": "buy",
                "ordertype": "limit",
                "volume": "0.01",
                "price": "58000",
                "cl_ord_id": result.client_order_id,
            },
        )
    ]
    (order,) = daivon.get_open_orders()
    assert (order.order_id,) == result.order_ids
    assert order.client_order_id == result.client_order_id
    assert master.get_open_orders() == ()


def test_each_order_has_an_id_of_its_own(master: KrakenBroker) -> None:
    first, second = (
        master.place_order("XBTUSD", "buy", "limit", Decimal("0.01"), Decimal(58000)).client_order_id
        for _ in range(2)
    )

    assert first != second


def test_a_market_order(exchange: Exchange, master: KrakenBroker) -> None:
    master.place_order("XBTUSD", Side.BUY, OrderType.MARKET, Decimal("0.01"))

    ((_, sent),) = orders_sent(exchange)
    assert "price" not in sent
    assert master.get_balances()["XXBT"].amount == Decimal("2.01")


def test_an_order_that_is_only_validated(exchange: Exchange, master: KrakenBroker) -> None:
    result = master.place_order("XBTUSD", "sell", "limit", Decimal("0.1"), Decimal(90000), validate_only=True)

    assert result.order_ids == ()
    assert orders_sent(exchange)[0][1]["validate"] == "true"
    assert master.get_open_orders() == ()


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (("XBTUSD", "hold", "market", Decimal(1)), "'hold' is none of buy, sell"),
        (("XBTUSD", "buy", "iceberg", Decimal(1)), "'iceberg' is none of market, limit"),
        (("XBTUSD", "buy", "market", 0.1), "volume must be a Decimal, not float: write Decimal('0.1')"),
        (("XBTUSD", "buy", "market", "0.1"), "volume must be a Decimal, not str: write Decimal('0.1')"),
        (("XBTUSD", "buy", "market", Decimal(0)), "volume must be above zero, not 0"),
        (("XBTUSD", "buy", "market", Decimal(-1)), "volume must be above zero, not -1"),
        (("XBTUSD", "buy", "market", Decimal("NaN")), "volume must be above zero, not NaN"),
        (("XBTUSD", "buy", "market", Decimal("Infinity")), "volume must be above zero, not Infinity"),
        (("XBTUSD", "buy", "limit", Decimal(1)), "a limit order needs a price, and a market order has none"),
        (
            ("XBTUSD", "buy", "market", Decimal(1), Decimal(5)),
            "a limit order needs a price, and a market order has none",
        ),
        (
            ("XBTUSD", "buy", "limit", Decimal(1), 58000.0),
            "price must be a Decimal, not float: write Decimal('0.1')",
        ),
        (("XBTUSD", "buy", "limit", Decimal(1), Decimal(0)), "price must be above zero, not 0"),
        (
            ("XBTUSD", "buy", "limit", Decimal("0.000000001"), Decimal(58000)),
            "volume 0.000000001 has more than the 8 decimals XXBTZUSD allows",
        ),
        (
            ("XBTUSD", "buy", "limit", Decimal("0.01"), Decimal("58000.01")),
            "price 58000.01 has more than the 1 decimals XXBTZUSD allows",
        ),
        (
            ("XBTUSD", "buy", "limit", Decimal("0.00001"), Decimal(58000)),
            "volume 0.00001 is below the minimum of XXBTZUSD, 0.00005",
        ),
        # 0.00005 * 9000 = 0.45 USD
        (
            ("XBTUSD", "buy", "limit", Decimal("0.00005"), Decimal(9000)),
            "cost 0.45 is below the minimum of XXBTZUSD, 0.5",
        ),
        (("NOSUCH", "buy", "market", Decimal(1)), "Kraken trades no pair 'NOSUCH'"),
        (("doge/btcx", "buy", "market", Decimal(1)), "Kraken trades no pair 'doge/btcx'; it may call it XDGBTCX"),
        (("BTC-USD", "buy", "market", Decimal(1)), "Kraken trades no pair 'BTC-USD'; it may call it XBTUSD"),
        (
            ("ETHBTCBTC", "buy", "market", Decimal(1)),
            "Kraken trades no pair 'ETHBTCBTC'; it may call it ETHBTCXBT",
        ),
        (("", "buy", "market", Decimal(1)), "'' is not the name of one pair"),
        (("XBTUSD,ETHUSD", "buy", "market", Decimal(1)), "'XBTUSD,ETHUSD' is not the name of one pair"),
    ],
)
def test_an_order_that_cannot_be_right_is_not_sent(
    exchange: Exchange, master: KrakenBroker, order: tuple[Any, ...], words: str
) -> None:
    with pytest.raises(InvalidOrder) as refusal:
        master.place_order(*order)

    assert str(refusal.value) == words
    assert orders_sent(exchange) == []


def test_an_order_that_kraken_refuses(exchange: Exchange, daivon: KrakenBroker) -> None:
    with pytest.raises(OrderRefused, match="EOrder:Insufficient funds") as refusal:
        daivon.place_order("XBTUSD", "buy", "limit", Decimal(1), Decimal(58000))

    assert refusal.value.account == daivon.account
    assert refusal.value.client_order_id == orders_sent(exchange)[0][1]["cl_ord_id"]
    assert not refusal.value.uncertain


@pytest.mark.parametrize("kind", [FaultKind.LOST, FaultKind.TRUNCATE])
def test_an_order_whose_answer_is_lost_is_not_sent_again_and_can_be_found(
    exchange: Exchange, daivon: KrakenBroker, kind: FaultKind
) -> None:
    exchange.faults.add(Fault(kind, endpoint="AddOrder"))

    with pytest.raises(OrderLost) as lost:
        daivon.place_order("XBTUSD", "buy", "limit", Decimal("0.01"), Decimal(58000))

    ((_, sent),) = orders_sent(exchange)
    assert lost.value.client_order_id == sent["cl_ord_id"]
    assert lost.value.account == daivon.account
    assert lost.value.reason.startswith(
        f"USER (daivon): the answer to order {sent['cl_ord_id']} was lost (127.0.0.1:"
    )
    assert lost.value.reason.endswith("; it may have been placed")
    assert lost.value.remedy == (
        f"Ask find_order('{sent['cl_ord_id']}'), again after a minute, before you place the order anew."
    )
    found = daivon.find_order(sent["cl_ord_id"])
    assert found is not None
    assert found.status == "open"


def test_an_order_that_never_arrived_is_not_found(exchange: Exchange, daivon: KrakenBroker) -> None:
    exchange.faults.add(Fault(FaultKind.DROP, endpoint="AddOrder"))

    with pytest.raises(OrderLost) as lost:
        daivon.place_order("XBTUSD", "buy", "limit", Decimal("0.01"), Decimal(58000))

    assert lost.value.client_order_id is not None
    assert daivon.find_order(lost.value.client_order_id) is None
    assert len(orders_sent(exchange)) == 1


@pytest.mark.parametrize(
    "words",
    [
        "EService:Unavailable",
        "EService:Busy",
        "EService:Deadline elapsed",
        "EGeneral:Internal error",
        "EDatabase:Internal error",
        "ESession:Invalid session",
        "EGeneral:Something Kraken never said before",
    ],
)
def test_an_order_on_which_kraken_failed_may_have_been_placed(
    exchange: Exchange, daivon: KrakenBroker, words: str
) -> None:
    exchange.faults.add(Fault(FaultKind.ERROR, endpoint="AddOrder", text=words))

    with pytest.raises(OrderLost, match=words):
        daivon.place_order("XBTUSD", "buy", "limit", Decimal("0.01"), Decimal(58000))

    assert len(orders_sent(exchange)) == 1


@pytest.mark.parametrize(
    "words", ["EAPI:Bad request", "EAuth:Account unconfirmed", "EGeneral:Invalid arguments:x"]
)
def test_an_order_that_kraken_turned_down_was_not_placed(
    exchange: Exchange, daivon: KrakenBroker, words: str
) -> None:
    exchange.faults.add(Fault(FaultKind.ERROR, endpoint="AddOrder", text=words))

    with pytest.raises(KrakenError, match=words) as refusal:
        daivon.place_order("XBTUSD", "buy", "limit", Decimal("0.01"), Decimal(58000))

    assert not refusal.value.uncertain
    assert len(orders_sent(exchange)) == 1


def test_an_order_on_which_kraken_says_two_things_may_have_been_placed(
    exchange: Exchange, daivon: KrakenBroker
) -> None:
    answer = '{"error":["EOrder:Insufficient funds","EService:Busy"]}'
    exchange.faults.add(Fault(FaultKind.BODY, endpoint="AddOrder", text=answer))

    with pytest.raises(OrderLost, match=r"EOrder:Insufficient funds.*it also says “EService:Busy”"):
        daivon.place_order("XBTUSD", "buy", "limit", Decimal("0.01"), Decimal(58000))


def test_an_order_whose_nonce_is_refused_is_not_sent_again(exchange: Exchange, daivon: KrakenBroker) -> None:
    exchange.faults.add(Fault(FaultKind.ERROR, endpoint="AddOrder", text="EAPI:Invalid nonce"))

    with pytest.raises(KrakenError, match="EAPI:Invalid nonce") as refusal:
        daivon.place_order("XBTUSD", "buy", "limit", Decimal("0.01"), Decimal(58000))

    assert not isinstance(refusal.value, OrderLost)
    assert len(orders_sent(exchange)) == 1


def test_an_order_that_was_filled_at_once_is_found(daivon: KrakenBroker) -> None:
    result = daivon.place_order("XBTUSD", "buy", "market", Decimal("0.01"))
    found = daivon.find_order(result.client_order_id)

    assert found is not None
    assert (found.order_id, found.status, found.executed) == (result.order_ids[0], "closed", Decimal("0.01"))


def test_an_order_of_another_account_is_not_found(master: KrakenBroker, daivon: KrakenBroker) -> None:
    result = daivon.place_order("XBTUSD", "buy", "limit", Decimal("0.01"), Decimal(58000))

    assert master.find_order(result.client_order_id) is None


def test_cancelling(exchange: Exchange, master: KrakenBroker, daivon: KrakenBroker) -> None:
    placed = [daivon.place_order("XBTUSD", "buy", "limit", Decimal("0.01"), Decimal(58000)) for _ in range(2)]

    by_id = daivon.cancel_order(placed[0].order_ids[0])
    by_client_id = daivon.cancel_order(client_order_id=placed[1].client_order_id)

    assert (by_id.account.label, by_id.count) == ("USER (daivon)", 1)
    assert (by_client_id.account.label, by_client_id.count) == ("USER (daivon)", 1)
    assert daivon.get_open_orders() == ()
    with pytest.raises(OrderRefused, match="EOrder:Unknown order") as refusal:
        master.cancel_order(placed[0].order_ids[0])
    assert refusal.value.account == master.account


def test_a_cancellation_names_one_order(exchange: Exchange, master: KrakenBroker) -> None:
    for order_id, client_order_id in ((None, None), ("O1", "C1"), ("", None), (None, "")):
        with pytest.raises(InvalidOrder):
            master.cancel_order(order_id, client_order_id=client_order_id)

    assert exchange.requests == []


def test_a_cancellation_is_sent_once() -> None:
    server = ScriptedServer(in_pieces())
    with server, broker_at(server.url) as broker, pytest.raises(Unreachable) as refusal:
        broker.cancel_order("OABCDE-12345-FGHIJK")

    assert refusal.value.uncertain
    assert refusal.value.account == broker.account
    assert len(server.requests) == 1
