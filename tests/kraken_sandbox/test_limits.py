"""The call counter with its tiers, and throttling."""

import pytest

from kraken_sandbox import Exchange, SimulatedAccount

from .support import KEY, NOW, Client, ManualClock, api_key

LIMIT = ["EAPI:Rate limit exceeded"]


def calls_until_refused(client: Client, name: str) -> int:
    """How many calls went well before one did not."""
    for calls in range(100):
        answer = client.private(name)
        if answer.errors:
            assert answer.errors == LIMIT
            return calls
    raise AssertionError("never refused")


@pytest.fixture
def tiered(exchange: Exchange, client: Client, request: pytest.FixtureRequest) -> Client:
    """A client whose account is of the tier that the test names."""
    exchange.add_account(SimulatedAccount("tiered", "AA00 SAMP LE00 9998", tier=request.param))
    exchange.add_key("tiered", api_key("TIER-sample-key"))
    client.key = "TIER-sample-key"
    return client


@pytest.mark.parametrize(
    ("tiered", "maximum", "decay"),
    [("starter", 15, 0.33), ("intermediate", 20, 0.5), ("pro", 20, 1.0)],
    indirect=["tiered"],
)
def test_each_tier_has_its_maximum_and_decay(
    clock: ManualClock, tiered: Client, maximum: int, decay: float
) -> None:
    assert calls_until_refused(tiered, "BalanceEx") == maximum

    # The refused call counts too: two calls must have decayed before the next one is let in.
    clock.advance(1.9 / decay)
    assert tiered.private("BalanceEx").errors == LIMIT
    clock.advance(1.2 / decay)
    assert tiered.private("BalanceEx").errors == []


@pytest.mark.parametrize("name", ["Ledgers", "TradesHistory"])
def test_history_counts_double(client: Client, name: str) -> None:
    assert calls_until_refused(client, name) == 10


def test_calling_on_makes_it_last_longer(clock: ManualClock, client: Client) -> None:
    calls_until_refused(client, "BalanceEx")
    for _ in range(10):
        assert client.private("BalanceEx").errors == LIMIT

    clock.advance(11)
    assert client.private("BalanceEx").errors == LIMIT
    clock.advance(2)
    assert client.private("BalanceEx").errors == []


def test_orders_are_counted_elsewhere(client: Client) -> None:
    for _ in range(50):
        assert client.private("CancelOrder", txid="OAAAAA-AAAAA-AAAAAA").errors == ["EOrder:Unknown order"]

    assert calls_until_refused(client, "BalanceEx") == 20


def test_public_calls_cost_no_key_anything(client: Client) -> None:
    for _ in range(30):
        assert client.public("Time").errors == []

    assert client.private("BalanceEx").errors == []


def test_each_key_has_its_own_counter(exchange: Exchange, client: Client) -> None:
    calls_until_refused(client, "BalanceEx")
    exchange.add_key("test", api_key("SECOND-sample-key"))
    client.key = "SECOND-sample-key"

    assert client.private("BalanceEx").errors == []


def test_throttled(exchange: Exchange, clock: ManualClock, client: Client) -> None:
    exchange.throttle_key(KEY, seconds=30)
    assert client.private("BalanceEx").errors == [f"EService:Throttled: {int(NOW) + 30}"]
    clock.advance(30)

    assert client.private("BalanceEx").errors == []
