"""A month of made-up trading, step by step, with what comes and goes: for demonstrations and for tests.

Sample accounts on an exchange whose clock is set: prices move, bots trade, money comes and goes, Kraken gives
rewards. The same seed makes the same month. Nobody's keys, nobody's money.
"""

import random
from collections.abc import Iterator
from decimal import Decimal

from .accounts import QUERY_PERMISSIONS, TRADE_PERMISSIONS, SimulatedAccount, SimulatedHolding, SimulatedKey
from .clock import SettableClock
from .exchange import Exchange
from .past import PastEntry, PastTrade
from .samples import environment, sample_key, sample_secret

DAY = 86_400
STEPS_A_DAY = 2
DAYS = 31
SPREAD = Decimal("0.0002")

PRICES = {
    "XXBTZUSD": ("64250", 190, 11),
    "XETHZUSD": ("3162", 240, 13),
    "SOLUSD": ("152", 330, 20),
    "XXRPZUSD": ("0.602", 260, -12),
    "DOTUSD": ("5.9", 280, -16),
    "ZEURZUSD": ("1.085", 26, 2),
}
"""Of a pair: its price in the beginning, and by how much it moves in a step, in hundredths of a percent: at most,
up or down, and on average."""

ACCOUNTS = {
    "master": ("MSTR", {"ZUSD": "26500", "XXBT": "0.62", "XETH": "4.5", "SOL": "60", "DOT28.S": "310.5"}),
    "alpha": ("ALPH", {"ZUSD": "5200", "XETH": "1.4"}),
    "bravo": ("BRAV", {"ZUSD": "3400", "XXRP": "6500", "XXBT": "0.03"}),
    "charlie": ("CHAR", {"ZEUR": "2400", "XXBT": "0.0125"}),
}

TRADES = {
    "master": (("XXBTZUSD", "0.02"), ("SOLUSD", "8")),
    "alpha": (("XETHZUSD", "0.35"),),
    "bravo": (("XXRPZUSD", "900"),),
    "charlie": (("XXBTZEUR", "0.002"),),
}
"""What an account's bot trades."""

PAYMENTS = (
    (3, "bravo", PastEntry("deposit", "ZUSD", Decimal(1500), 0)),
    (8, "alpha", PastEntry("withdrawal", "ZUSD", Decimal(-800), 0, fee=Decimal(4))),
    (13, "master", PastEntry("deposit", "XXBT", Decimal("0.15"), 0)),
    (17, "master", PastEntry("withdrawal", "ZUSD", Decimal(-2000), 0, fee=Decimal(4))),
    (17, "alpha", PastEntry("deposit", "ZUSD", Decimal(2000), 0)),
    (22, "charlie", PastEntry("deposit", "ZEUR", Decimal(600), 0)),
    (26, "bravo", PastEntry("withdrawal", "ZUSD", Decimal(-450), 0, fee=Decimal(4))),
)
"""On which day of the month, whose, and what."""

REWARDS = (("master", "DOT28.S", "0.84"), ("master", "XETH", "0.0019"), ("charlie", "XXBT", "0.000004"))
"""Each week: whose, and what."""


class SampleMonth:
    """An exchange with a master and three users, and what happens there in a month.

    `clock` is the exchange's, set to the time when the month begins; `LENGTH` is how many seconds it has.
    """

    LENGTH = (DAYS * STEPS_A_DAY - 1) * DAY / STEPS_A_DAY

    def __init__(self, clock: SettableClock, *, seed: int = 11) -> None:
        self.exchange = Exchange(clock=clock)
        self._clock = clock
        self._random = random.Random(seed)  # noqa: S311 - a story, not secrets
        self._prices = {pair: Decimal(price) for pair, (price, _, _) in PRICES.items()}
        for number, (label, (prefix, balances)) in enumerate(ACCOUNTS.items(), 1):
            holdings = {code: SimulatedHolding(Decimal(amount)) for code, amount in balances.items()}
            self.exchange.add_account(SimulatedAccount(label, f"AA00 SAMP LE00 {number:04}", holdings))
            name = label.upper()
            permissions = QUERY_PERMISSIONS if label == "charlie" else TRADE_PERMISSIONS
            self.exchange.add_key(
                label,
                SimulatedKey(sample_key(prefix, name), sample_secret(name), name="bot", permissions=permissions),
            )
        self._show()

    def environment(self, url: str) -> dict[str, str]:
        """The variables that make kraken-accounts ask these accounts, whose exchange is served at `url`."""
        return environment(self.exchange, url)

    def pass_by(self) -> Iterator[None]:
        """Let the month pass: comes back every twelve hours, when a check may look."""
        yield
        for step in range(1, DAYS * STEPS_A_DAY):
            self._clock.advance(DAY / STEPS_A_DAY / 2)
            self._move()
            day, hour = divmod(step, STEPS_A_DAY)
            if hour == 1:
                self._pay(day)
            self._trade()
            self._clock.advance(DAY / STEPS_A_DAY / 2)
            yield

    def _move(self) -> None:
        for pair, (_, most, drift) in PRICES.items():
            move = self._random.randint(-most, most) + drift
            self._prices[pair] *= 1 + Decimal(move) / 10_000
        self._show()

    def _show(self) -> None:
        for name, price in {**self._prices, "XXBTZEUR": self._in_euros()}.items():
            pair = self.exchange.state.market.pair(name)
            middle = round(price, pair.pair_decimals)
            ask = max(round(price * (1 + SPREAD), pair.pair_decimals), middle + pair.tick_size)
            bid = min(round(price * (1 - SPREAD), pair.pair_decimals), middle - pair.tick_size)
            self.exchange.set_ticker(name, bid=bid, ask=ask, last=middle)

    def _in_euros(self) -> Decimal:
        return self._prices["XXBTZUSD"] / self._prices["ZEURZUSD"]

    def _trade(self) -> None:
        """A bot buys and sells by turns, now and then, as long as there is something to do it with."""
        now = self._clock()
        for label, pairs in TRADES.items():
            for name, volume in pairs:
                if self._random.random() < 0.4:
                    continue
                side = self._random.choice(("buy", "sell"))
                price = self._in_euros() if name == "XXBTZEUR" else self._prices[name]
                pair = self.exchange.state.market.pair(name)
                trade = PastTrade(name, side, Decimal(volume), round(price, pair.pair_decimals), now, maker=True)
                if self._can(label, trade):
                    self.exchange.book(label, trade)

    def _can(self, label: str, trade: PastTrade) -> bool:
        pair = self.exchange.state.market.pair(trade.pair)
        balances = self.exchange.state.accounts[label].balances
        spent = pair.quote if trade.side == "buy" else pair.base
        needed = trade.volume * trade.price * Decimal("1.01") if trade.side == "buy" else trade.volume
        return spent.code in balances and balances[spent.code].amount >= needed

    def _pay(self, day: int) -> None:
        now = self._clock()
        for when, label, entry in PAYMENTS:
            if when == day:
                self._book(label, entry, now)
        if day % 7 == 6:
            for label, code, amount in REWARDS:
                self._book(label, PastEntry("earn", code, Decimal(amount), 0, subtype="reward"), now)

    def _book(self, label: str, entry: PastEntry, now: float) -> None:
        happened = PastEntry(entry.type, entry.asset, entry.amount, now, entry.fee, entry.subtype)
        self.exchange.book(label, happened)
