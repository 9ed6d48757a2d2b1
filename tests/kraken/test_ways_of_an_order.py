"""What becomes of an order on its way, direct or through a proxy: nothing is “not sent” without proof."""

from __future__ import annotations

import logging
import signal
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import FrameType

import pytest
import trustme

from kraken_accounts import AccountType, KrakenBroker, KrakenError, OrderLost, OrderRefused
from kraken_accounts.config import load_settings
from kraken_accounts.kraken.errors import InvalidOrder, Unreachable
from kraken_sandbox import Exchange, SandboxServer, sample_environment, sample_exchange
from kraken_sandbox.faults import Fault, FaultKind
from kraken_sandbox.records import BookOrder

from ..support import ScriptedServer, TunnelProxy, http_response, in_pieces

BTC = Decimal("0.0001")
FAR_BELOW = Decimal(30000)
HOST = "api.kraken.test"


@dataclass
class Way:
    """An exchange and the way to it.

    Attributes:
        proxy: through which it leads; None for a direct one.
    """

    exchange: Exchange
    environment: dict[str, str]
    proxy: TunnelProxy | None = None

    def broker(self, timeout: float = 1) -> KrakenBroker:
        return KrakenBroker(AccountType.USER, "alpha", settings=load_settings(self.environment), timeout=timeout)

    def orders(self) -> list[BookOrder]:
        return list(self.exchange.state.accounts["alpha"].orders())

    def times_sent(self, endpoint: str) -> int:
        return [request.endpoint for request in self.exchange.requests].count(endpoint)


@pytest.fixture(autouse=True)
def no_other_authorities(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(params=["direct", "proxy", "proxy by TLS"])
def way(
    request: pytest.FixtureRequest, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Way]:
    exchange = sample_exchange()
    with ExitStack() as stack:
        if request.param == "direct":
            server = stack.enter_context(SandboxServer(exchange))
            yield Way(exchange, sample_environment(server.url))
            return
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(HOST).configure_cert(context)
        authority.cert_pem.write_to_path(tmp_path / "authority.pem")
        server = stack.enter_context(SandboxServer(exchange, ssl_context=context))
        to_proxy = None
        if request.param == "proxy by TLS":
            to_proxy = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert("localhost").configure_cert(to_proxy)
        port = int(server.url.rpartition(":")[2])
        proxy = stack.enter_context(TunnelProxy(port, ssl_context=to_proxy))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        yield Way(exchange, sample_environment(f"https://{HOST}"), proxy)
        assert proxy.asked_for


FAULTS = [FaultKind.LOST, FaultKind.DROP, FaultKind.TRUNCATE]


@pytest.mark.parametrize("kind", FAULTS)
def test_an_order_whose_answer_is_lost_may_have_been_placed(way: Way, kind: FaultKind) -> None:
    known = {order.txid for order in way.orders()}
    way.exchange.faults.add(Fault(kind, endpoint="AddOrder"))
    with way.broker() as broker:
        with pytest.raises(OrderLost) as lost:
            broker.place_order("XBTUSD", "buy", "limit", BTC, FAR_BELOW, client_order_id="my-own-0001")
        found = broker.find_order("my-own-0001")

    placed = [order.cl_ord_id for order in way.orders() if order.txid not in known]
    assert placed == ([] if kind is FaultKind.DROP else ["my-own-0001"])
    assert (found is not None) == bool(placed)
    assert lost.value.uncertain
    assert lost.value.client_order_id == "my-own-0001"
    assert way.times_sent("AddOrder") == 1


@pytest.mark.parametrize("kind", FAULTS)
def test_a_cancellation_whose_answer_is_lost_may_have_been_carried_out(way: Way, kind: FaultKind) -> None:
    with way.broker() as broker:
        placed = broker.place_order("XBTUSD", "buy", "limit", BTC, FAR_BELOW)
        way.exchange.faults.add(Fault(kind, endpoint="CancelOrder"))
        with pytest.raises(KrakenError) as lost:
            broker.cancel_order(client_order_id=placed.client_order_id)

    still_open = placed.order_ids[0] in way.exchange.state.accounts["alpha"].open_orders
    assert still_open == (kind is FaultKind.DROP)
    assert lost.value.uncertain
    assert lost.value.remedy == "It may be cancelled: get_open_orders() tells. To cancel it again does no harm."
    assert lost.value.client_order_id == placed.client_order_id
    assert way.times_sent("CancelOrder") == 1


def test_an_answer_that_drips_does_not_outlast_the_timeout(way: Way) -> None:
    way.exchange.faults.add(Fault(FaultKind.DRIP, endpoint="AddOrder", seconds=0.1))
    with way.broker(timeout=1) as broker:
        broker.get_balances()  # so that the connection is there
        began = time.monotonic()
        with pytest.raises(OrderLost, match="did not answer in time"):
            broker.place_order("XBTUSD", "buy", "limit", BTC, FAR_BELOW)

    assert time.monotonic() - began < 3


def test_an_error_beside_a_result_proves_nothing(way: Way) -> None:
    way.exchange.faults.add(
        Fault(
            FaultKind.BODY,
            endpoint="AddOrder",
            text='{"error": ["EOrder:Odd"], "result": {"descr": {"order": "buy"}, "txid": ["OAAAAA-B-C"]}}',
        )
    )
    with way.broker() as broker, pytest.raises(OrderLost, match="EOrder:Odd"):
        broker.place_order("XBTUSD", "buy", "limit", BTC, FAR_BELOW)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(FaultKind.DROP, endpoint="AssetPairs", times=None),
        Fault(FaultKind.BODY, endpoint="AssetPairs", text="?"),
    ],
    ids=["no answer", "no sense"],
)
def test_without_the_rules_of_its_pair_no_order_was_sent(way: Way, fault: Fault) -> None:
    way.exchange.faults.add(fault)
    with way.broker(timeout=0.5) as broker, pytest.raises(KrakenError) as refusal:
        broker.place_order("XBTUSD", "buy", "limit", BTC, FAR_BELOW)

    assert not refusal.value.uncertain
    assert way.times_sent("AddOrder") == 0


def test_the_proxy_is_not_blamed_for_what_the_exchange_did(way: Way) -> None:
    way.exchange.faults.add(Fault(FaultKind.LOST, endpoint="AddOrder"))
    with way.broker() as broker, pytest.raises(OrderLost) as lost:
        broker.place_order("XBTUSD", "buy", "limit", BTC, FAR_BELOW)

    assert "proxy" not in lost.value.reason
    assert "broke the connection off" in lost.value.reason


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (http_response("", "403 Forbidden"), "refuses (403 Forbidden)"),
        (in_pieces(), "does not answer"),
        (in_pieces(b"HTTP"), "does not answer"),
    ],
    ids=["refused", "closed", "half an answer"],
)
def test_a_tunnel_that_was_never_there_proves_that_nothing_was_sent(
    answer: bytes, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedServer(answer) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        settings = load_settings(sample_environment(f"https://{HOST}"))
        with (
            KrakenBroker(AccountType.USER, "alpha", settings=settings, timeout=1) as broker,
            pytest.raises(Unreachable) as refusal,
        ):
            broker.cancel_order("OAAAAA-BBBBB-CCCCCC")

    assert refusal.value.reason == f"the proxy on the way to {HOST} {words}"
    assert not refusal.value.uncertain


def test_a_host_that_hangs_up_behind_the_tunnel_is_not_the_proxys_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(in_pieces()) as server, TunnelProxy(server.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        settings = load_settings(sample_environment(f"https://{HOST}"))
        with (
            KrakenBroker(AccountType.USER, "alpha", settings=settings, timeout=0.5) as broker,
            pytest.raises(Unreachable) as refusal,
        ):
            broker.cancel_order("OAAAAA-BBBBB-CCCCCC")

    assert "proxy" not in refusal.value.reason
    assert not refusal.value.uncertain


# --- the order's own id ---------------------------------------------------------------------------------


def test_the_id_is_in_the_log_before_the_order_is_sent(way: Way, caplog: pytest.LogCaptureFixture) -> None:
    way.exchange.faults.add(Fault(FaultKind.DROP, endpoint="AddOrder"))
    with way.broker() as broker, caplog.at_level(logging.INFO), pytest.raises(OrderLost) as lost:
        broker.place_order("XBTUSD", "buy", "limit", BTC, FAR_BELOW)

    assert ("INFO", f"USER (alpha): AddOrder {lost.value.client_order_id} is sent") in [
        (record.levelname, record.message) for record in caplog.records
    ]


@pytest.mark.parametrize(
    "identity", ["my-own-0001", "6d1b345e-2821-40e2-ad83-4ecb18a06876", "da8e4ad59b78481c93e589746b0cf91f"]
)
def test_an_id_of_ones_own_finds_and_cancels_the_order(way: Way, identity: str) -> None:
    with way.broker() as broker:
        placed = broker.place_order("XBTUSD", "buy", "limit", BTC, FAR_BELOW, client_order_id=identity)
        found = broker.find_order(identity)
        cancelled = broker.cancel_order(client_order_id=identity)

    assert placed.client_order_id == identity
    assert found is not None
    assert found.order_id == placed.order_ids[0]
    assert cancelled.count == 1


@pytest.mark.parametrize("identity", ["", "two words", "this-is-far-too-long-for-kraken", "ümlaut", "line\nbreak"])
def test_an_id_that_kraken_would_not_take_is_refused_before_anything_is_sent(way: Way, identity: str) -> None:
    with (
        way.broker() as broker,
        pytest.raises(InvalidOrder, match="is no client order id: give a UUID"),
    ):
        broker.place_order("XBTUSD", "buy", "limit", BTC, FAR_BELOW, client_order_id=identity)
    with way.broker() as broker:
        broker.get_balances()

    assert way.times_sent("AddOrder") == way.times_sent("AssetPairs") == 0


def test_an_interrupted_order_says_its_id(way: Way) -> None:
    way.exchange.faults.add(Fault(FaultKind.LATENCY, endpoint="AddOrder", seconds=5))

    def interrupt(_: int, __: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with way.broker(timeout=10) as broker, pytest.raises(KeyboardInterrupt) as interrupted:
            broker.get_balances()  # so that the connection is there
            signal.setitimer(signal.ITIMER_REAL, 0.5)
            broker.place_order("XBTUSD", "buy", "limit", BTC, FAR_BELOW, client_order_id="my-own-0002")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    assert interrupted.value.__notes__ == ["client order id: my-own-0002, of USER (alpha)"]


def test_an_order_that_cannot_be_right_says_its_id_too(way: Way) -> None:
    with way.broker() as broker:
        with pytest.raises(InvalidOrder) as refusal:
            broker.place_order("XBTUSD", "buy", "limit", Decimal(0), FAR_BELOW, client_order_id="my-own-0003")
        broker.get_balances()

    assert refusal.value.__notes__ == ["client order id: my-own-0003, of USER (alpha)"]


def test_an_account_that_must_agree(way: Way) -> None:
    way.exchange.state.accounts["alpha"].trading_agreement = True
    with way.broker() as broker:
        with pytest.raises(OrderRefused) as refusal:
            broker.place_order("XBTUSD", "buy", "limit", BTC, FAR_BELOW)
        agreed = broker.place_order("XBTUSD", "buy", "limit", BTC, FAR_BELOW, trading_agreement=True)

    assert refusal.value.reason == "Kraken says “EOrder:Trading agreement required”"
    assert "place_order(…, trading_agreement=True)" in refusal.value.remedy
    assert agreed.order_ids
