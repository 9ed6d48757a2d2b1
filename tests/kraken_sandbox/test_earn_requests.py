"""Earn/Allocate and Earn/Deallocate: money that a client moves into Earn and back, and what goes wrong then."""

from decimal import Decimal

import pytest

from kraken_sandbox import EarnAllocation, EarnStrategy, Exchange

from .support import KEY, Client, ManualClock

DENIED = "EEarnings:Permission denied:The user's tier is not high enough"
TOO_LITTLE = "EEarnings:Below min:(De)allocation operation amount less than minimum"
NO_FUNDS = "EEarnings:Insufficient funds:Insufficient funds to complete the (de)allocation request"


@pytest.fixture(autouse=True)
def strategies(exchange: Exchange) -> None:
    exchange.add_strategy(EarnStrategy("VAULT", "XXBT", cap=Decimal("1.5")))
    exchange.add_strategy(EarnStrategy("BONDED", "XXBT", "bonded", unbonding_period=86400))
    exchange.add_strategy(EarnStrategy("FLEX", "XXBT", "flex"))
    exchange.add_strategy(EarnStrategy("CLOSED", "XXBT", can_allocate=False))
    exchange.add_strategy(EarnStrategy("ELSEWHERE", "NOSUCH"))


def bitcoin(client: Client) -> dict[str, str]:
    """What there is of it: in the balance, and in Earn by the strategy."""
    items = client.private("Earn/Allocations").result["items"]
    earning = {item["strategy_id"]: item["amount_allocated"]["total"]["native"].rstrip("0") for item in items}
    return {"spot": client.private("Balance").result["XXBT"].rstrip("0"), **earning}


def test_there_and_back_in_parts(client: Client) -> None:
    assert client.private("Earn/Allocate", strategy_id="VAULT", amount="0.75").result is True
    assert client.private("Earn/AllocateStatus", strategy_id="VAULT").result == {"pending": False}
    assert bitcoin(client) == {"spot": "1.25", "VAULT": "0.75"}

    assert client.private("Earn/Deallocate", strategy_id="VAULT", amount="0.25").result is True
    assert client.private("Earn/DeallocateStatus", strategy_id="VAULT").result == {"pending": False}
    assert bitcoin(client) == {"spot": "1.5", "VAULT": "0.5"}
    client.private("Earn/Allocate", strategy_id="VAULT", amount="0.5")
    client.private("Earn/Deallocate", strategy_id="VAULT", amount="1")
    assert bitcoin(client) == {"spot": "2.", "VAULT": "0."}


def test_where_the_other_allocations_are(exchange: Exchange, client: Client) -> None:
    exchange.add_allocation("test", EarnAllocation("BONDED", Decimal("0.1"), held_as="XBT.M"))
    client.private("Earn/Allocate", strategy_id="BONDED", amount="0.5")

    assert client.private("Balance").result["XBT.M"] == "0.5000000000"


def test_it_takes_its_time(clock: ManualClock, client: Client) -> None:
    client.private("Earn/Allocate", strategy_id="BONDED", amount="0.5")
    client.private("Earn/Deallocate", strategy_id="BONDED", amount="0.2")
    assert bitcoin(client) == {"spot": "1.5", "BONDED": "0.5"}

    clock.advance(86400)
    assert bitcoin(client) == {"spot": "1.7", "BONDED": "0.3"}


def test_what_goes_wrong_later_is_told_with_the_status(client: Client) -> None:
    client.private("AddOrder", pair="XBTUSD", type="sell", ordertype="limit", price="90000", volume="1.5")

    assert client.private("Earn/Allocate", strategy_id="BONDED", amount="1").result is True
    assert client.private("Earn/AllocateStatus", strategy_id="BONDED").errors == [NO_FUNDS]
    assert client.private("Earn/Deallocate", strategy_id="BONDED", amount="1").result is True
    assert client.private("Earn/DeallocateStatus", strategy_id="BONDED").errors == [NO_FUNDS]
    assert client.private("Earn/Allocate", strategy_id="ELSEWHERE", amount="1").result is True
    assert client.private("Earn/AllocateStatus", strategy_id="ELSEWHERE").errors == [NO_FUNDS]
    assert bitcoin(client) == {"spot": "2."}

    client.private("Earn/Allocate", strategy_id="BONDED", amount="0.5")
    assert client.private("Earn/AllocateStatus", strategy_id="BONDED").result == {"pending": False}


def test_more_than_the_strategy_takes(client: Client) -> None:
    client.private("Earn/Allocate", strategy_id="VAULT", amount="1.6")

    assert client.private("Earn/AllocateStatus", strategy_id="VAULT").errors == [
        "EEarnings:Above max:The allocation exceeds user limit for the strategy"
    ]


@pytest.mark.parametrize("endpoint", ["Earn/Allocate", "Earn/Deallocate"])
@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"amount": "1"}, "EGeneral:Invalid arguments:strategy_id"),
        ({"strategy_id": "NOSUCH", "amount": "1"}, "EGeneral:Invalid arguments:Invalid strategy ID"),
        ({"strategy_id": "VAULT"}, "EGeneral:Invalid arguments:amount"),
        ({"strategy_id": "VAULT", "amount": "-1"}, "EGeneral:Invalid arguments:amount"),
        ({"strategy_id": "VAULT", "amount": "0.001"}, TOO_LITTLE),
        ({"strategy_id": "FLEX", "amount": "1"}, DENIED),
    ],
)
def test_refused(client: Client, endpoint: str, asked: dict[str, str], error: str) -> None:
    assert client.private(endpoint, **asked).errors == [error]


def test_closed_to_newcomers(client: Client) -> None:
    assert client.private("Earn/Allocate", strategy_id="CLOSED", amount="1").errors == [DENIED]


@pytest.mark.parametrize("endpoint", ["Earn/AllocateStatus", "Earn/DeallocateStatus"])
def test_the_status_of_what_is_not_there(exchange: Exchange, client: Client, endpoint: str) -> None:
    assert client.private(endpoint, strategy_id="NOSUCH").errors == [
        "EGeneral:Invalid arguments:Invalid strategy ID"
    ]
    exchange.replace_key(KEY, permissions=frozenset({"query-funds"}))
    assert client.private(endpoint, strategy_id="VAULT").result == {"pending": False}
    assert client.private("Earn/Allocate", strategy_id="VAULT", amount="1").errors == [
        "EGeneral:Permission denied"
    ]
