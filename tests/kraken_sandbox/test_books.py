"""Whatever happens in an account: its ledger explains every balance, and every trade is in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal, localcontext
from functools import partial

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kraken_sandbox import (
    EarnAllocation,
    EarnStrategy,
    Exchange,
    Level,
    PastEntry,
    PastTrade,
    SandboxServer,
    SimulatedAccount,
    SimulatedHolding,
)
from kraken_sandbox.past import LEDGER_TYPES

from .support import NOW, Client, ManualClock, api_key, holdings

DAY = 86400
CODES = ("ZUSD", "XXBT", "XETH", "DOT", "DOT28.S")
STRATEGIES = (
    EarnStrategy("BOND", "DOT", "bonded", apr=Decimal(12), bonding_period=2 * DAY, unbonding_period=5 * DAY),
    EarnStrategy("VAULT", "ZUSD", "instant", apr=Decimal(4)),
)

amounts = st.decimals(Decimal("0.0001"), Decimal(3), places=4)
signed = st.decimals(-(10**6), 10**6, places=6)
prices = st.decimals(Decimal(50_000), Decimal(70_000), places=1)
sides = st.sampled_from(["buy", "sell"])
moments = st.floats(NOW - 100 * DAY, NOW + 100 * DAY)


class Floor:
    """An exchange with one account, in which a test lets things happen; what is refused does not happen."""

    def __init__(self, client: Client, server: SandboxServer, past: list[PastTrade | PastEntry]) -> None:
        self.exchange = Exchange(clock=ManualClock())
        server.exchange = self.exchange
        self.client = client
        for strategy in STRATEGIES:
            self.exchange.add_strategy(strategy)
        account = SimulatedAccount("test", "AA00", holdings(ZUSD="200000", XXBT="2", XETH="10", DOT="500"))
        self.account = self.exchange.add_account(account, past)
        self.exchange.add_key("test", api_key())
        self.allocations: list[EarnAllocation] = []

    def market(self, side: str, volume: Decimal) -> None:
        self.client.private("AddOrder", pair="XBTUSD", type=side, ordertype="market", volume=volume)

    def limit(self, side: str, volume: Decimal, price: Decimal) -> None:
        self.client.private("AddOrder", pair="XBTUSD", type=side, ordertype="limit", volume=volume, price=price)

    def cancel(self) -> None:
        self.client.private("CancelAll")

    def price(self, price: Decimal) -> None:
        self.exchange.set_ticker("XBTUSD", bid=price, ask=price + 10, last=price)

    def book(self, price: Decimal, volume: Decimal) -> None:
        self.exchange.set_book(
            "XBTUSD",
            bids=[Level(price, volume), Level(price - 100, volume)],
            asks=[Level(price + 10, volume), Level(price + 110, volume)],
        )

    def enter(self, kind: str, code: str, amount: Decimal, fee: Decimal) -> None:
        self.exchange.book("test", PastEntry(kind, code, amount, self.exchange.clock(), fee=fee))

    def open(self, side: str, volume: Decimal, leverage: int) -> None:
        self.refused(partial(self.exchange.open_position, "test", "ETHUSD", side, volume, leverage=leverage))

    def close(self, part: Decimal) -> None:
        for position in list(self.account.positions.values())[:1]:
            volume = (position.volume_left * part / 3).quantize(Decimal("1e-8"))
            self.refused(partial(self.exchange.close_position, "test", position.txid, volume))

    def settle(self) -> None:
        for txid in list(self.account.positions)[:1]:
            self.exchange.settle_position("test", txid)

    def allocate(self, strategy: str, amount: Decimal) -> None:
        held_as = "DOT28.S" if strategy == "BOND" else None
        self.allocations.append(self.exchange.allocate("test", strategy, amount, held_as=held_as))

    def deallocate(self) -> None:
        for allocation in self.allocations[:1]:
            self.refused(partial(self.exchange.deallocate, "test", allocation))

    def wait(self, hours: int) -> None:
        self.exchange.clock.advance(hours=hours)
        self.client.private("Balance")

    def refused(self, action: Callable[[], object]) -> None:
        try:
            action()
        except ValueError as error:
            assert str(error)


actions = st.one_of(
    st.tuples(st.just("market"), sides, amounts),
    st.tuples(st.just("limit"), sides, amounts, prices),
    st.tuples(st.just("cancel")),
    st.tuples(st.just("price"), prices),
    st.tuples(st.just("book"), prices, amounts),
    st.tuples(st.just("enter"), st.sampled_from(LEDGER_TYPES), st.sampled_from(CODES), signed, amounts),
    st.tuples(st.just("open"), sides, amounts, st.integers(2, 5)),
    st.tuples(st.just("close"), amounts),
    st.tuples(st.just("settle")),
    st.tuples(st.just("allocate"), st.sampled_from(["BOND", "VAULT"]), amounts),
    st.tuples(st.just("deallocate")),
    st.tuples(st.just("wait"), st.integers(1, 400)),
)
past = st.lists(
    st.one_of(
        st.builds(
            PastTrade,
            pair=st.sampled_from(["XBTUSD", "XXBTZUSD", "ETH/USD", "DOTUSD"]),
            side=sides,
            volume=amounts,
            price=prices,
            time=moments,
            maker=st.booleans(),
        ),
        st.builds(
            PastEntry,
            type=st.sampled_from(LEDGER_TYPES),
            asset=st.sampled_from(CODES),
            amount=signed,
            time=moments,
            fee=amounts,
        ),
    ),
    max_size=5,
)


def check_books(account: SimulatedAccount) -> None:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    latest: dict[str, Decimal] = {}
    by_refid = defaultdict(list)
    for entry in account.ledger.values():
        sums[entry.asset] += entry.amount - entry.fee
        latest[entry.asset] = entry.balance
        by_refid[entry.refid].append(entry)
        assert entry.balance == sums[entry.asset]
    assert {code: sums[code] for code in account.balances} == {
        code: holding.amount for code, holding in account.balances.items()
    }
    for trade in account.trades.values():
        entries = [account.ledger[name] for name in trade.ledgers]
        if trade.position is None:
            assert [entry.type for entry in entries] == ["trade", "trade"]
            assert by_refid[trade.txid] == entries
        else:
            assert [(entry.type, entry.refid) for entry in entries] == [("margin", trade.position)]
    for order in account.orders():
        trades = [account.trades[name] for name in order.trades]
        assert order.volume_executed == sum((trade.volume for trade in trades), Decimal(0))
        assert order.cost == sum((trade.cost for trade in trades), Decimal(0))
        assert (order.status == "closed") == (not order.volume_left)


class TestLedger:
    @given(past=past, happening=st.lists(actions, min_size=10, max_size=40))
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_explains_every_balance(
        self,
        client: Client,
        shared_server: SandboxServer,
        past: list[PastTrade | PastEntry],
        happening: list[tuple[object, ...]],
    ) -> None:
        floor = Floor(client, shared_server, past)
        check_books(floor.account)
        for name, *details in happening:
            getattr(floor, str(name))(*details)
            check_books(floor.account)

    @given(past=past)
    def test_a_past_changes_no_balance_and_never_lets_one_fall_below_zero(
        self, past: list[PastTrade | PastEntry]
    ) -> None:
        exchange = Exchange(clock=ManualClock())
        account = exchange.add_account(SimulatedAccount("test", "AA00", holdings(ZUSD="123.4567", XXBT="2")), past)

        assert account.balances["ZUSD"].amount == Decimal("123.4567")
        assert account.balances["XXBT"].amount == 2
        assert all(not holding.amount for code, holding in account.balances.items() if code in CODES[2:])
        assert min((entry.balance for entry in account.ledger.values()), default=Decimal(0)) >= 0
        check_books(account)

    def test_enormous_amounts_lose_no_digit(self) -> None:
        exchange = Exchange(clock=ManualClock())
        enormous = Decimal(f"1{'0' * 38}.0000000001")
        account = exchange.add_account(
            SimulatedAccount("test", "AA00", {"XXBT": SimulatedHolding(Decimal("0.0000000001"))}),
            [
                PastEntry("deposit", "XXBT", enormous, NOW - 60),
                PastEntry("withdrawal", "XXBT", enormous.copy_negate(), NOW - 30),
            ],
        )

        with localcontext(prec=80):
            check_books(account)
        assert account.balances["XXBT"].amount == Decimal("0.0000000001")

    def test_its_pages_add_up_to_the_balances(self, exchange: Exchange, client: Client) -> None:
        for number in range(60):
            side = "buy" if number % 3 else "sell"
            client.private("AddOrder", pair="XBTUSD", type=side, ordertype="market", volume="0.0123")
        sums: dict[str, Decimal] = defaultdict(Decimal)
        names: list[str] = []
        while page := client.private("Ledgers", ofs=len(names)).result["ledger"]:
            names += page
            for line in page.values():
                sums[line["asset"]] += Decimal(line["amount"]) - Decimal(line["fee"])
            exchange.clock.advance(10)

        assert len(names) == len(set(names)) == 122
        assert sums == {code: Decimal(amount) for code, amount in client.private("Balance").result.items()}
