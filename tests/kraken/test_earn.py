"""What Earn tells of one account, over real HTTP: each part is believed, or refused in words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from kraken_accounts import (
    Allocation,
    EarnPart,
    EarnState,
    KrakenBroker,
    LockType,
    Margin,
    PermissionDenied,
    UnexpectedAnswer,
)
from kraken_accounts.accounts import AccountType
from kraken_accounts.config import demo_settings
from kraken_sandbox import EarnAllocation as Allocated
from kraken_sandbox import (
    EarnStrategy,
    Exchange,
    Fault,
    FaultKind,
    Position,
    SandboxServer,
)

from ..support import open_account, variables

UNTIL = 1_800_000_000  # 2027-01-15 08:00 UTC


@pytest.fixture
def exchange() -> Exchange:
    exchange = Exchange()
    open_account(exchange, "master", {"XXBT": "1"})
    return exchange


@pytest.fixture
def broker(exchange: Exchange) -> Iterator[KrakenBroker]:
    with (
        SandboxServer(exchange) as server,
        KrakenBroker(AccountType.MASTER, settings=demo_settings(variables(server.url, "master"))) as broker,
    ):
        yield broker


@pytest.fixture
def answered(exchange: Exchange) -> Callable[..., None]:
    """Lets the pages of an endpoint be these."""

    def answer(endpoint: str, *pages: Any) -> None:
        for number, page in enumerate(pages, 1):
            times = None if number == len(pages) else 1
            text = json.dumps({"error": [], "result": page})
            exchange.faults.add(Fault(FaultKind.BODY, endpoint=endpoint, text=text, nth=number, times=times))

    return answer


def asked(exchange: Exchange, endpoint: str) -> list[str | None]:
    """The cursors by which the pages were asked for, in order."""
    return [request.parameters.get("cursor") for request in exchange.requests if request.endpoint == endpoint]


def item(strategy: str = "ESSAMPL", asset: str = "DOT", **amounts: Any) -> dict[str, Any]:
    return {"strategy_id": strategy, "native_asset": asset, "amount_allocated": amounts}


def native(amount: Any, *allocations: Mapping[str, Any]) -> dict[str, Any]:
    return {"native": amount, "converted": "1", **({"allocations": list(allocations)} if allocations else {})}


# --- allocations ----------------------------------------------------------------------------------------


def test_allocations_are_read_with_their_states(exchange: Exchange, broker: KrakenBroker) -> None:
    exchange.add_strategy(EarnStrategy("ESDOT", "DOT", "bonded"))
    for amount, state, expires in (
        ("10", "allocated", None),
        ("2", "bonding", UNTIL),
        ("3", "unbonding", UNTIL + 60),
    ):
        exchange.add_allocation("master", Allocated("ESDOT", Decimal(amount), state=state, expires=expires))

    (found,) = broker.get_earn_allocations()

    assert found == Allocation(
        "ESDOT",
        "DOT",
        (
            EarnPart(Decimal(10), EarnState.ALLOCATED),
            EarnPart(Decimal(2), EarnState.BONDING, datetime(2027, 1, 15, 8, 0, tzinfo=UTC)),
            EarnPart(Decimal(3), EarnState.UNBONDING, datetime(2027, 1, 15, 8, 1, tzinfo=UTC)),
        ),
        Decimal(15),
    )


def test_the_documented_example_is_read(broker: KrakenBroker, answered: Callable[..., None]) -> None:
    """Two amounts that bond until different days, and a cursor behind which nothing is.

    Source: https://docs.kraken.com/api-reference/earn/list-earn-allocations
    """
    bonding = native(
        "0.0210000000",
        {"created_at": "2023-07-06T10:52:05Z", "expires": "2023-08-19T02:34:05.807Z", "native": "0.0010000000"},
        {"created_at": "2023-08-01T11:25:52Z", "expires": "2023-09-06T07:55:52.648Z", "native": "0.0200000000"},
    )
    first = item("ESDQCOL-WTZEU-NU55QF", "ETH", bonding=bonding, total=native("0.0210000000"))
    answered("Earn/Allocations", {"next_cursor": "2", "items": [first]}, {"items": []})

    (found,) = broker.get_earn_allocations()

    assert (found.code, found.total) == ("ETH", Decimal("0.021"))
    assert [(str(part.amount), part.state, f"{part.until:%Y-%m-%d}") for part in found.parts] == [
        ("0.0010000000", "bonding", "2023-08-19"),
        ("0.0200000000", "bonding", "2023-09-06"),
    ]


def test_all_pages_are_read(exchange: Exchange, broker: KrakenBroker) -> None:
    for asset in ("XXBT", "DOT", "SOL"):
        exchange.add_strategy(EarnStrategy(f"ES{asset}", asset, "instant"))
        exchange.add_allocation("master", Allocated(f"ES{asset}", Decimal(1)))
    exchange.state.earn_page = 1

    found = broker.get_earn_allocations()

    assert [one.strategy_id for one in found] == ["ESXXBT", "ESDOT", "ESSOL"]
    assert asked(exchange, "Earn/Allocations") == [None, "2", "3"]
    assert broker.get_earn_strategies() == {
        "ESXXBT": LockType.INSTANT,
        "ESDOT": LockType.INSTANT,
        "ESSOL": LockType.INSTANT,
    }
    assert asked(exchange, "Earn/Strategies") == [None, "2", "3"]


@pytest.mark.parametrize(
    ("pages", "asked_for"),
    [
        ([{"items": [], "next_cursor": "2"}], [None, "2"]),  # the same cursor again
        ([{"items": [], "next_cursor": str(n)} for n in range(2, 9)], [None, "2", "3", "4", "5"]),
        ([{"items": [item(total=native("1"))], "next_cursor": n} for n in (2, 3)], [None, "2"]),  # the same page
    ],
    ids=["cursor", "cursors", "page"],
)
def test_pages_without_an_end_are_refused_soon(
    exchange: Exchange,
    broker: KrakenBroker,
    answered: Callable[..., None],
    pages: list[Any],
    asked_for: list[str | None],
) -> None:
    answered("Earn/Allocations", *pages)

    with pytest.raises(UnexpectedAnswer):
        broker.get_earn_allocations()

    assert asked(exchange, "Earn/Allocations") == asked_for


def test_endless_strategies_are_refused_soon(exchange: Exchange, broker: KrakenBroker) -> None:
    exchange.add_strategy(EarnStrategy("ESDOT", "DOT", "bonded"))
    exchange.faults.add(Fault(FaultKind.ENDLESS, endpoint="Earn/Strategies", times=None))

    with pytest.raises(UnexpectedAnswer, match="the pages of Earn/Strategies do not end: 5 at most are asked for"):
        broker.get_earn_strategies()


@pytest.mark.parametrize("result", [None, {"items": []}, {"items": [], "next_cursor": None}], ids=str)
def test_nothing_in_earn_is_no_error(
    broker: KrakenBroker, answered: Callable[..., None], result: dict[str, Any] | None
) -> None:
    answered("Earn/Allocations", result)

    assert broker.get_earn_allocations() == ()


@pytest.mark.parametrize(
    ("amounts", "parts"),
    [
        # Numbers instead of texts.
        ({"total": native(2.5)}, [("2.5", "allocated", None)]),
        # What Kraken simply calls allocated is in the total only, or named like the others.
        ({"total": native("2.5"), "allocated": native("2.5")}, [("2.5", "allocated", None)]),
        # No date, one that is none, one before there was any Kraken, and one out of this calendar.
        ({"total": native("1"), "unbonding": native("1")}, [("1", "unbonding", None)]),
        *(
            (
                {"total": native("1"), "unbonding": native("1", {"native": "1", "expires": expires})},
                [("1", "unbonding", None)],
            )
            for expires in ("soon", 17, None, "1970-01-01T00:00:00Z", "99999-01-01T00:00:00Z", ["2027"])
        ),
        # A date in the far future, and one without a zone.
        (
            {"total": native("1"), "exit_queue": native("1", {"native": "1", "expires": "2999-12-31T23:59:59Z"})},
            [("1", "exit_queue", "2999-12-31T23:59:59")],
        ),
        (
            {"total": native("1"), "bonding": native("1", {"native": "1", "expires": "2027-01-15T08:00:00"})},
            [("1", "bonding", "2027-01-15T08:00:00")],
        ),
        # Amounts with dates that come to less, and to more, than the state.
        (
            {"total": native("3"), "bonding": native("3", {"native": "1", "expires": "2027-01-15T08:00:00Z"})},
            [("1", "bonding", "2027-01-15T08:00:00"), ("2", "bonding", None)],
        ),
        (
            {"total": native("3"), "bonding": native("3", {"native": "4", "expires": "2027-01-15T08:00:00Z"})},
            [("3", "bonding", None)],
        ),
        ({"total": native("3"), "bonding": {"native": "3", "allocations": [7]}}, [("3", "bonding", None)]),
        # States that come to more than the total: nobody knows what is in which.
        ({"total": native("3"), "bonding": native("2"), "unbonding": native("2")}, [("3", None, None)]),
        # A state that Kraken does not have yet, with something in it and with nothing; and what is no amount.
        ({"total": native("3"), "slashing": native("2")}, [("1", "allocated", None), ("2", None, None)]),
        ({"total": native("3"), "slashing": native("0"), "apr": "4.0"}, [("3", "allocated", None)]),
        # Null states.
        ({"total": native("3"), "bonding": None, "pending": None}, [("3", "allocated", None)]),
    ],
)
def test_states_are_as_good_as_they_are_told(
    broker: KrakenBroker,
    answered: Callable[..., None],
    amounts: dict[str, Any],
    parts: list[tuple[str, str | None, str | None]],
) -> None:
    answered("Earn/Allocations", {"items": [item(**amounts)]})

    (found,) = broker.get_earn_allocations()

    assert [
        (str(part.amount), part.state, None if part.until is None else f"{part.until:%Y-%m-%dT%H:%M:%S}")
        for part in found.parts
    ] == parts
    assert sum(part.amount for part in found.parts) == found.total


@pytest.mark.parametrize("amount", ["1.5", "-1.5"])
def test_what_is_being_moved_is_told_whatever_its_direction(
    broker: KrakenBroker, answered: Callable[..., None], amount: str
) -> None:
    answered("Earn/Allocations", {"items": [item(total=native("0"), pending=native(amount))]})

    (found,) = broker.get_earn_allocations()

    assert (found.total, found.parts, found.pending) == (Decimal(0), (), Decimal("1.5"))


def test_what_there_was_once_is_left_out(broker: KrakenBroker, answered: Callable[..., None]) -> None:
    answered("Earn/Allocations", {"items": [item(total=native("0.0000000000"))]})

    assert broker.get_earn_allocations() == ()


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ([], "Earn/Allocations should be an object"),
        ({}, "the items of Earn/Allocations should be a list"),
        ({"items": {}}, "the items of Earn/Allocations should be a list"),
        ({"items": ["x"]}, "an Earn allocation should be an object"),
        ({"items": [item(strategy="", total=native("1"))]}, "the strategy of an Earn allocation should be a text"),
        ({"items": [item(asset="", total=native("1"))]}, "the asset of an Earn allocation should be a text"),
        ({"items": [item(asset="X" * 41, total=native("1"))]}, "which is no code"),
        ({"items": [{**item(), "amount_allocated": "1"}]}, "the Earn allocation to “ESSAMPL” should be an object"),
        ({"items": [item()]}, "an amount of DOT in Earn should be an object"),
        ({"items": [item(total={})]}, "an amount of DOT in Earn should be an amount, but Kraken sent nothing"),
        ({"items": [item(total=native("-1"))]}, "an amount of DOT in Earn cannot be negative: Kraken sent “-1”"),
        ({"items": [item(total=native("1e31"))]}, "is no credible amount"),
        ({"items": [item(total=native(10**400))]}, "should be an amount"),
        ({"items": [item(total=native("NaN"))]}, "should be an amount"),
        ({"items": [item(total=native("1"), bonding=native("-1"))]}, "cannot be negative"),
        ({"items": [item(total=native("1"), unbonding="1")]}, "unbonding of DOT in Earn should be an object"),
        ({"items": [item(total=native("1"))] * 2}, "Kraken sent two Earn allocations to ESSAMPL"),
        ({"items": [], "next_cursor": ["2"]}, "the cursor of Earn/Allocations should be a text"),
    ],
)
def test_what_nobody_can_have_is_refused(
    broker: KrakenBroker, answered: Callable[..., None], result: Any, said: str
) -> None:
    answered("Earn/Allocations", result)

    with pytest.raises(UnexpectedAnswer) as refused:
        broker.get_earn_allocations()

    assert said in refused.value.reason


def test_a_key_without_the_permission_is_denied(exchange: Exchange) -> None:
    open_account(exchange, "blind", permissions=frozenset({"query-open-trades"}))
    with SandboxServer(exchange) as server:
        settings = demo_settings(variables(server.url, "blind"))
        with KrakenBroker(AccountType.USER, "blind", settings=settings) as broker:
            with pytest.raises(PermissionDenied):
                broker.get_earn_allocations()
            assert broker.get_earn_strategies() == {}


# --- strategies -----------------------------------------------------------------------------------------


def test_kinds_of_strategies_are_told_where_they_are_known(
    broker: KrakenBroker, answered: Callable[..., None]
) -> None:
    kinds: dict[str, Any] = {
        "ESFLEX": {"type": "flex"},
        "ESINST": {"type": "instant", "payout_frequency": 604800},
        "ESTIME": {"type": "timed"},
        "ESBOND": {"type": "bonded", "unbonding_period": 1},
        "ESWORD": "bonded",
        "ESNEW0": {"type": "quantum"},
        "ESNONE": None,
        "ESODD0": {"type": ["flex"]},
        "ESNUMB": 7,
    }
    items = [{"id": name, "asset": "DOT", "lock_type": kind} for name, kind in kinds.items()]
    answered("Earn/Strategies", {"items": items, "next_cursor": None})

    assert broker.get_earn_strategies() == {
        "ESFLEX": LockType.FLEX,
        "ESINST": LockType.INSTANT,
        "ESTIME": LockType.TIMED,
        "ESBOND": LockType.BONDED,
        "ESWORD": LockType.BONDED,
        "ESNEW0": None,
        "ESNONE": None,
        "ESODD0": None,
        "ESNUMB": None,
    }


# --- margin ---------------------------------------------------------------------------------------------


def test_margin_is_what_a_position_would_gain_if_it_were_closed(exchange: Exchange, broker: KrakenBroker) -> None:
    # A short of 0.5 ETH sold for 1500: to buy them back costs 0.5 * 3150.25 = 1575.125, a loss of 75.125.
    exchange.add_position(
        "master",
        Position(
            txid="TSAMPL-AAAAA-AAAAAA",
            ordertxid="OSAMPL-AAAAA-AAAAAA",
            pair="XETHZUSD",
            type="sell",
            time=1_790_000_000.0,
            volume=Decimal("0.5"),
            cost=Decimal(1500),
            fee=Decimal("6.16"),
            leverage=5,
            rollover=Decimal(0),
        ),
    )

    # Collateral is 1 BTC, 64250.10, in full.
    assert broker.get_margin("USD") == Margin(Decimal("-75.1250"), Decimal("64174.9750"))


@pytest.mark.parametrize(
    ("result", "found"),
    [
        ({"n": "0.0000", "e": "10.5"}, Margin(Decimal(0), Decimal("10.5"))),
        ({"n": -0.25, "e": 3}, Margin(Decimal("-0.25"), Decimal(3))),
        ({"n": "1"}, Margin(Decimal(1), None)),
        ({"n": "1", "e": ""}, Margin(Decimal(1), None)),
    ],
)
def test_margin_is_read_in_other_shapes(
    broker: KrakenBroker, answered: Callable[..., None], result: dict[str, Any], found: Margin
) -> None:
    answered("TradeBalance", result)

    assert broker.get_margin("USD") == found


@pytest.mark.parametrize(
    "result", [None, {}, {"n": "x", "e": "1"}, {"n": "1e31"}, {"n": "1", "e": "much"}], ids=str
)
def test_margin_that_is_none_is_refused(broker: KrakenBroker, answered: Callable[..., None], result: Any) -> None:
    answered("TradeBalance", result)

    with pytest.raises(UnexpectedAnswer):
        broker.get_margin("USD")
