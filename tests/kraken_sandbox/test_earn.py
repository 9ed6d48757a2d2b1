"""Earn/Strategies and Earn/Allocations, and what Earn does to an account as time passes."""

from decimal import Decimal
from typing import Any

import pytest

from kraken_sandbox import EarnAllocation, EarnStrategy, Exchange, Fault, FaultKind, SimulatedAccount
from kraken_sandbox.earn import LOCK_TYPES

from .support import KEY, NOW, Client, api_key, holdings

HOUR = 3600
DAY = 24 * HOUR
WEEK = 7 * DAY

FLEX = EarnStrategy("FLEX", "XXBT", "flex", apr=Decimal("0.1"))
VAULT = EarnStrategy("VAULT", "USDC", apr=Decimal("5.2"), yield_source="off_chain")
BONDED = EarnStrategy(
    "BONDED", "DOT", "bonded", apr=Decimal(12), bonding_period=2 * DAY, unbonding_period=28 * DAY
)


@pytest.fixture(autouse=True)
def strategies(exchange: Exchange) -> None:
    for strategy in (FLEX, VAULT, BONDED):
        exchange.add_strategy(strategy)


def have(exchange: Exchange, strategy: str, amount: str, **details: Any) -> EarnAllocation:
    return exchange.add_allocation(
        "test", EarnAllocation(strategy, Decimal(amount), created=details.pop("created", NOW), **details)
    )


def items(client: Client, **parameters: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.private("Earn/Allocations", **parameters).result["items"]
    return found


def totals(client: Client) -> dict[str, str]:
    return {item["strategy_id"]: item["amount_allocated"]["total"]["native"] for item in items(client)}


class TestStrategies:
    def test_fields(self, client: Client) -> None:
        result = client.private("Earn/Strategies").result

        assert result["next_cursor"] is None
        flex, vault, bonded = result["items"]
        assert bonded == {
            "id": "BONDED",
            "asset": "DOT",
            "lock_type": {
                "type": "bonded",
                "payout_frequency": WEEK,
                "bonding_period": 2 * DAY,
                "bonding_period_variable": False,
                "bonding_rewards": False,
                "exit_queue_period": 0,
                "unbonding_period": 28 * DAY,
                "unbonding_period_variable": False,
                "unbonding_rewards": False,
            },
            "apr_estimate": {"low": "12.0000", "high": "12.0000"},
            "allocation_fee": "0.0000",
            "deallocation_fee": "0.0000",
            "auto_compound": {"type": "enabled"},
            "yield_source": {"type": "staking"},
            "can_allocate": True,
            "can_deallocate": True,
            "allocation_restriction_info": [],
            "user_min_allocation": "0.01",
        }
        assert flex["lock_type"] == {"type": "flex"}
        assert (flex["asset"], flex["can_deallocate"]) == ("XBT", False)
        assert vault["lock_type"] == {"type": "instant", "payout_frequency": WEEK}
        assert vault["yield_source"] == {"type": "off_chain"}

    def test_no_permission_is_needed(self, exchange: Exchange, client: Client) -> None:
        exchange.replace_key(KEY, permissions=frozenset())

        assert client.private("Earn/Strategies").errors == []

    @pytest.mark.parametrize(
        ("filters", "found"),
        [
            ({"asset": "DOT"}, ["BONDED"]),
            ({"asset": "XBT"}, ["FLEX"]),
            ({"asset": "XXBT"}, ["FLEX"]),
            ({"asset": "NOSUCH"}, []),
            ({"lock_type": ["flex", "instant"]}, ["FLEX", "VAULT"]),
            ({"lock_type": ["timed"]}, []),
            ({"limit": 2}, ["FLEX", "VAULT"]),
            ({"limit": 2, "cursor": "2"}, ["BONDED"]),
            ({"limit": 2, "cursor": "3"}, []),
        ],
    )
    def test_filters(self, client: Client, filters: dict[str, object], found: list[str]) -> None:
        result = client.private_json("Earn/Strategies", **filters).result

        assert [item["id"] for item in result["items"]] == found

    @pytest.mark.parametrize("parameters", [{"cursor": "0"}, {"cursor": "x"}, {"limit": "-1"}])
    def test_no_page(self, client: Client, parameters: dict[str, str]) -> None:
        assert client.private("Earn/Strategies", **parameters).errors == ["EGeneral:Invalid arguments:cursor"]

    def test_what_a_customer_may_not_see(self, exchange: Exchange, client: Client) -> None:
        exchange.add_strategy(EarnStrategy("HIDDEN", "ADA", listed=False))
        exchange.add_strategy(EarnStrategy("CLOSED", "ADA", can_allocate=False, cap=Decimal(0), minimum=None))
        (closed,) = client.private("Earn/Strategies", asset="ADA").result["items"]
        have(exchange, "HIDDEN", "5")

        assert (closed["id"], closed["can_allocate"], closed["allocation_restriction_info"]) == (
            "CLOSED",
            False,
            ["tier"],
        )
        assert closed["user_cap"] == "0"
        assert "user_min_allocation" not in closed
        assert totals(client) == {"HIDDEN": "5.00000000"}

    def test_a_new_kind_and_an_asset_that_nobody_lists(self, exchange: Exchange, client: Client) -> None:
        exchange.add_strategy(EarnStrategy("NEW", "NOSUCH", "liquid", apr=Decimal(3)))
        have(exchange, "NEW", "-1234567890123456789012345678901234.5")
        exchange.clock.advance(days=30)
        (strategy,) = client.private("Earn/Strategies", asset="NOSUCH").result["items"]
        (item,) = items(client)

        assert strategy["lock_type"] == {"type": "liquid", "payout_frequency": WEEK}
        assert item["native_asset"] == "NOSUCH"
        assert item["amount_allocated"] == {
            "total": {"native": "-1234567890123456789012345678901234.5000000000", "converted": "0.0000"}
        }

    def test_a_name_of_its_own(self, exchange: Exchange, client: Client) -> None:
        exchange.add_strategy(EarnStrategy("BTC", "XXBT", name="BTC"))
        have(exchange, "BTC", "1")

        assert [item["native_asset"] for item in items(client)] == ["BTC"]

    def test_every_lock_type(self, exchange: Exchange, client: Client) -> None:
        for kind in LOCK_TYPES:
            exchange.add_strategy(EarnStrategy(f"S-{kind}", "SOL", kind))
        found = client.private("Earn/Strategies", asset="SOL").result["items"]

        assert [item["lock_type"]["type"] for item in found] == list(LOCK_TYPES)

    def test_mistakes(self, exchange: Exchange) -> None:
        with pytest.raises(ValueError, match="there is a strategy 'FLEX' already"):
            exchange.add_strategy(FLEX)
        with pytest.raises(ValueError, match="3600 seconds or more"):
            EarnStrategy("S", "SOL", payout_frequency=60)
        with pytest.raises(ValueError, match="there is no strategy 'NOSUCH'"):
            have(exchange, "NOSUCH", "1")
        with pytest.raises(ValueError, match="there is no asset 'NOSUCH'"):
            have(exchange, "FLEX", "1", held_as="NOSUCH")
        with pytest.raises(ValueError, match="unknown state 'lost'"):
            EarnAllocation("FLEX", Decimal(1), state="lost")
        with pytest.raises(ValueError, match="there is no strategy 'NOSUCH'"):
            exchange.add_account(
                SimulatedAccount("other", "AA00", allocations=[EarnAllocation("NOSUCH", Decimal(1))])
            )


class TestAllocations:
    def test_none(self, client: Client) -> None:
        assert client.private("Earn/Allocations").result == {
            "converted_asset": "USD",
            "total_allocated": "0.0000",
            "total_rewarded": "0.0000",
            "items": [],
        }

    def test_states_with_their_dates(self, exchange: Exchange, client: Client) -> None:
        exchange.set_ticker("DOTUSD", bid="6", ask="6")
        exchange.add_strategy(EarnStrategy("PLAIN", "DOT", "bonded"))
        have(exchange, "PLAIN", "10", rewarded=Decimal("0.5"))
        have(exchange, "PLAIN", "2", state="bonding", created=NOW - DAY, expires=NOW + DAY)
        have(exchange, "PLAIN", "1.5", state="bonding", created=NOW - HOUR, expires=NOW + 2 * DAY)
        have(exchange, "PLAIN", "3", state="exit_queue", created=NOW - WEEK, expires=NOW + 10 * DAY)
        have(exchange, "PLAIN", "4", state="unbonding", created=NOW - WEEK)

        result = client.private("Earn/Allocations").result
        assert (result["total_allocated"], result["total_rewarded"]) == ("123.0000", "3.0000")
        assert result["items"] == [
            {
                "strategy_id": "PLAIN",
                "native_asset": "DOT",
                "amount_allocated": {
                    "bonding": {
                        "native": "3.5000000000",
                        "converted": "21.0000",
                        "allocation_count": 2,
                        "allocations": [
                            {
                                "created_at": "2027-01-14T08:00:00Z",
                                "expires": "2027-01-16T08:00:00Z",
                                "native": "2.0000000000",
                                "converted": "12.0000",
                            },
                            {
                                "created_at": "2027-01-15T07:00:00Z",
                                "expires": "2027-01-17T08:00:00Z",
                                "native": "1.5000000000",
                                "converted": "9.0000",
                            },
                        ],
                    },
                    "exit_queue": {
                        "native": "3.0000000000",
                        "converted": "18.0000",
                        "allocation_count": 1,
                        "allocations": [
                            {
                                "created_at": "2027-01-08T08:00:00Z",
                                "expires": "2027-01-25T08:00:00Z",
                                "native": "3.0000000000",
                                "converted": "18.0000",
                            }
                        ],
                    },
                    "unbonding": {
                        "native": "4.0000000000",
                        "converted": "24.0000",
                        "allocation_count": 1,
                        "allocations": [
                            {
                                "created_at": "2027-01-08T08:00:00Z",
                                "native": "4.0000000000",
                                "converted": "24.0000",
                            }
                        ],
                    },
                    "total": {"native": "20.5000000000", "converted": "123.0000"},
                },
                "total_rewarded": {"native": "0.5000000000", "converted": "3.0000"},
            }
        ]

    def test_in_another_currency(self, exchange: Exchange, client: Client) -> None:
        exchange.set_ticker("XBTEUR", bid="50000", ask="50000")
        have(exchange, "FLEX", "0.5")
        result = client.private("Earn/Allocations", converted_asset="EUR").result

        assert (result["converted_asset"], result["total_allocated"]) == ("EUR", "25000.0000")
        assert client.private("Earn/Allocations", converted_asset="NOSUCH").errors == ["EQuery:Unknown asset"]

    def test_what_is_no_more_there_can_be_hidden(self, exchange: Exchange, client: Client) -> None:
        have(exchange, "FLEX", "0", rewarded=Decimal("0.01"))
        have(exchange, "VAULT", "100")

        assert [item["strategy_id"] for item in items(client)] == ["FLEX", "VAULT"]
        assert [item["strategy_id"] for item in items(client, hide_zero_allocations="true")] == ["VAULT"]

    def test_two_pages(self, exchange: Exchange, client: Client) -> None:
        for strategy in ("FLEX", "VAULT", "BONDED"):
            have(exchange, strategy, "1")
        exchange.state.earn_page = 2
        first = client.private("Earn/Allocations").result
        second = client.private("Earn/Allocations", cursor=first["next_cursor"]).result

        assert (len(first["items"]), first["next_cursor"]) == (2, "2")
        assert len(second["items"]) == 1
        assert "next_cursor" not in second
        assert first["total_allocated"] == second["total_allocated"]
        assert client.private("Earn/Strategies", limit=50).result["next_cursor"] == "2"

    def test_pages_that_never_end(self, exchange: Exchange, client: Client) -> None:
        have(exchange, "FLEX", "1")
        exchange.faults.add(Fault(FaultKind.ENDLESS, "Earn/Allocations", times=3))
        cursors = [client.private("Earn/Allocations", cursor=cursor).result for cursor in ("1", "2", "77")]

        assert [page["next_cursor"] for page in cursors] == ["2", "3", "78"]
        assert all(page["items"] == cursors[0]["items"] != [] for page in cursors)
        assert "next_cursor" not in client.private("Earn/Allocations").result

    def test_balances_are_left_alone(self, exchange: Exchange, client: Client) -> None:
        have(exchange, "FLEX", "1.5", held_as="XXBT")
        have(exchange, "VAULT", "5000")

        assert client.private("Balance").result == {"XXBT": "2.0000000000", "ZUSD": "100000.0000"}


class TestAsTimePasses:
    @pytest.fixture(autouse=True)
    def account(self, exchange: Exchange, client: Client) -> SimulatedAccount:
        """An account of DOT and USDC instead of the usual one."""
        exchange.add_account(SimulatedAccount("earner", "AA00", holdings(DOT="1000", USDC="6000")))
        exchange.add_key("earner", api_key("EARN-sample-key"))
        client.key = "EARN-sample-key"
        return exchange.state.accounts["earner"]

    def ledger(self, client: Client) -> list[tuple[str, str, str, str, float]]:
        """All but the first deposits: type, subtype, asset, amount, and how many days after the beginning."""
        entries = client.private("Ledgers", start=NOW).result["ledger"].values()
        return [
            (line["type"], line["subtype"], line["asset"], line["amount"], (line["time"] - NOW) / DAY)
            for line in reversed(entries)
        ]

    def test_from_bonding_to_the_spot_wallet(self, exchange: Exchange, client: Client) -> None:
        allocation = exchange.allocate("earner", "BONDED", "365", held_as="DOT28.S")
        assert client.private("Balance").result["DOT"] == "635.0000000000"
        assert client.private("Balance").result["DOT28.S"] == "365.0000000000"
        (item,) = items(client)
        assert item["amount_allocated"]["bonding"]["allocations"][0]["expires"] == "2027-01-17T08:00:00Z"

        exchange.clock.advance(days=7)
        (item,) = items(client)
        # 12 % a year of 365 are 0.12 a day, for the week that it is paid for.
        assert item["amount_allocated"] == {"total": {"native": "365.8400000000", "converted": "2359.6680"}}
        assert item["total_rewarded"]["native"] == "0.8400000000"

        exchange.deallocate("earner", allocation)
        (item,) = items(client)
        assert item["amount_allocated"]["unbonding"]["allocations"][0]["expires"] == "2027-02-19T08:00:00Z"
        with pytest.raises(ValueError, match="'unbonding' cannot be taken back"):
            exchange.deallocate("earner", allocation)

        exchange.clock.advance(days=28)
        assert client.private("Balance").result["DOT"] == "1000.8400000000"
        assert client.private("Balance").result["DOT28.S"] == "0.0000000000"
        assert totals(client) == {"BONDED": "0.0000000000"}
        assert items(client, hide_zero_allocations="true") == []
        assert self.ledger(client) == [
            ("earn", "reward", "DOT28.S", "0.8400000000", 7),
            ("earn", "deallocation", "DOT", "365.8400000000", 35),
            ("earn", "deallocation", "DOT28.S", "-365.8400000000", 35),
        ]
        both = client.private("Ledgers", type="earn", start=NOW + 30 * DAY).result["ledger"].values()
        assert len({line["refid"] for line in both}) == 1

    def test_into_a_vault_and_back(self, exchange: Exchange, client: Client) -> None:
        allocation = exchange.allocate("earner", "VAULT", "5200")
        assert client.private("Balance").result["USDC"] == "800.00000000"

        exchange.clock.advance(days=365)
        # Each week pays 5.2 % of 7 / 365, and what it paid earns as well.
        worth = Decimal(5200) * (1 + Decimal("0.052") * 7 / 365) ** 52
        assert abs(Decimal(totals(client)["VAULT"]) - worth) < Decimal("0.0001")
        assert client.private("Balance").result["USDC"] == "800.00000000"

        exchange.deallocate("earner", allocation)
        assert Decimal(client.private("Balance").result["USDC"]) == 800 + allocation.rewarded + 5200
        kinds = client.private("Ledgers", asset="USDC").result["ledger"].values()
        assert [(line["type"], line["amount"][:9]) for line in reversed(kinds)] == [
            ("deposit", "6000.0000"),
            ("hybridearnwithdrawal", "-5200.000"),
            ("hybridearndeposit", "5476.6320"),
        ]

    def test_rewards_on_what_is_in_the_spot_wallet(self, exchange: Exchange, client: Client) -> None:
        exchange.add_strategy(EarnStrategy("SPOT", "USDC", "flex", apr=Decimal("3.65")))
        exchange.add_allocation("earner", EarnAllocation("SPOT", Decimal(6000), created=NOW, held_as="USDC"))
        exchange.clock.advance(days=7)

        assert client.private("Balance").result["USDC"] == "6004.20000000"
        assert self.ledger(client) == [("earn", "reward", "USDC", "4.20000000", 7)]
        with pytest.raises(ValueError, match="nothing is allocated to them"):
            exchange.allocate("earner", "SPOT", "1")

    def test_when_it_pays_next(self, exchange: Exchange, client: Client) -> None:
        exchange.add_allocation("earner", EarnAllocation("VAULT", Decimal(36500), created=NOW))
        exchange.clock.advance(days=2)
        (item,) = items(client)

        assert item["payout"] == {
            "period_start": "2027-01-15T08:00:00Z",
            "period_end": "2027-01-22T08:00:00Z",
            "accumulated_reward": {"native": "10.40000000", "converted": "10.3990"},
            "estimated_reward": {"native": "36.40000000", "converted": "36.3964"},
        }

    def test_what_should_have_ended_before_it_was_there(self, exchange: Exchange, client: Client) -> None:
        late = EarnAllocation("BONDED", Decimal(5), "unbonding", created=NOW - DAY, expires=NOW - HOUR)
        exchange.add_allocation("earner", late)
        exchange.clock.advance(days=100)
        (item,) = items(client)

        assert item["amount_allocated"]["unbonding"]["allocations"][0]["expires"] == "2027-01-15T07:00:00Z"

    def test_without_a_rate_nothing_is_paid(self, exchange: Exchange, client: Client) -> None:
        exchange.add_strategy(EarnStrategy("FREE", "DOT", "bonded"))
        exchange.add_allocation("earner", EarnAllocation("FREE", Decimal(50), created=NOW, held_as="DOT"))
        exchange.clock.advance(days=365)

        assert totals(client) == {"FREE": "50.0000000000"}
        assert self.ledger(client) == []
        assert "payout" not in items(client)[0]

    @pytest.mark.parametrize(
        ("strategy", "amount", "held_as", "message"),
        [
            ("BONDED", "0", None, "an amount is above 0, not 0"),
            ("BONDED", "1", "NOSUCH", "there is no asset 'NOSUCH'"),
            ("NOSUCH", "1", None, "there is no strategy 'NOSUCH'"),
        ],
    )
    def test_mistakes(
        self, exchange: Exchange, strategy: str, amount: str, held_as: str | None, message: str
    ) -> None:
        with pytest.raises(ValueError, match=message):
            exchange.allocate("earner", strategy, amount, held_as=held_as)
