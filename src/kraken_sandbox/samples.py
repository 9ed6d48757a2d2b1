"""The sample accounts that `--demo` and `kraken-accounts sandbox` show. Nobody's keys, nobody's money.

And the variables under which kraken-accounts looks for the accounts of this or any other simulated exchange.
"""

import base64
import re
import time
from decimal import Decimal

from .accounts import (
    QUERY_PERMISSIONS,
    TRADE_PERMISSIONS,
    SimulatedAccount,
    SimulatedHolding,
    SimulatedKey,
)
from .clock import Clock
from .earn import EarnAllocation, EarnStrategy
from .exchange import Exchange
from .market import Market
from .past import PastTrade
from .records import BookOrder, Position

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR

STRATEGIES = (
    EarnStrategy("ESFLEXB-SAMPL-E00001", "XXBT", "flex"),
    EarnStrategy("ESBONDD-SAMPL-E00002", "DOT", "bonded", unbonding_period=28 * DAY),
    EarnStrategy(
        "ESBONDE-SAMPL-E00003",
        "XETH",
        "bonded",
        bonding_period=20 * DAY,
        exit_queue_period=3 * DAY,
        unbonding_period=9 * DAY,
    ),
    EarnStrategy("ESVAULT-SAMPL-E00004", "USDC", yield_source="off_chain"),
)

LOOPBACK_ONLY = ("127.0.0.1", "::1")

MASTER = "master"
USER_PREFIX = "KRAKEN_USER_"
PLACEHOLDER_KEY = "<paste_your_key_here>"
PLACEHOLDER_SECRET = "<paste_your_secret_here>"  # noqa: S105 - what it says


def sample_exchange(market: Market | None = None, *, clock: Clock = time.time) -> Exchange:
    """An exchange with a master and four users; the keys of `sample_environment` open them."""
    exchange = Exchange(market, clock=clock)
    now = clock()
    created = int(now) - 90 * DAY
    for strategy in STRATEGIES:
        exchange.add_strategy(strategy)
    _open_master(exchange, now, created)
    _open_alpha(exchange, now, created)
    _open_bravo(exchange, now, created)
    _open_charlie(exchange, now, created)
    exchange.add_account(SimulatedAccount("delta", "AA00 SAMP LE00 0005", _holdings({"ZUSD": "100"})))
    return exchange


def sample_environment(url: str) -> dict[str, str]:
    """The variables that make kraken-accounts ask the sample exchange at `url`; delta is not configured."""
    return environment(sample_exchange(), url)


def sample_key(prefix: str, name: str) -> str:
    """A key that says what it is, e.g. `MSTR-sample-key-of-MASTER-not-a-real-key`."""
    return f"{prefix}-sample-key-of-{name}-not-a-real-key"


def sample_secret(name: str) -> str:
    """A secret of the right shape, 64 bytes as base64, that says what it is."""
    sentence = f"sample secret of {name}, worth nothing, for the simulated exchange "
    return base64.b64encode(sentence.ljust(64, ".").encode()[:64]).decode()


def _holdings(amounts: dict[str, str]) -> dict[str, SimulatedHolding]:
    return {code: SimulatedHolding(Decimal(amount)) for code, amount in amounts.items()}


def _open_master(exchange: Exchange, now: float, created: int) -> None:
    """Something of everything: staked, rewarded, tokenized, priced over a chain, without a price, held."""
    account = SimulatedAccount(
        "master",
        "AA00 SAMP LE00 0001",
        _holdings(
            {
                "ZUSD": "8250.42",
                "ZEUR": "1200",
                "XXBT": "0.42",
                "XBT.F": "0.15",
                "DOT28.S": "310.5",
                "ETH2": "1",
                "ETH2.S": "2.25",
                "SOL": "20",
                "SOL03.S": "12",
                "USDT": "500",
                "REPV2": "30",
                "POLS": "1500",
                "AAPLx": "2.5",
                "XRT": "75",
                "KFEE": "1250",
            }
        ),
        allocations=[
            EarnAllocation("ESFLEXB-SAMPL-E00001", Decimal("0.42"), created=created, held_as="XXBT"),
            EarnAllocation("ESBONDD-SAMPL-E00002", Decimal("310.5"), created=created, held_as="DOT28.S"),
            EarnAllocation("ESBONDE-SAMPL-E00003", Decimal("2.25"), created=created, held_as="ETH2.S"),
            EarnAllocation("ESVAULT-SAMPL-E00004", Decimal("1500"), created=created, rewarded=Decimal("21.75")),
        ],
    )
    exchange.add_account(
        account,
        [
            _done("XXBTZUSD", "buy", "0.05", "61250.0", now - 4 * DAY),
            _done("SOLUSD", "sell", "4", "151.20", now - 20 * HOUR),
            _done("XXBTZUSD", "buy", "0.01", "64180.0", now - 14 * MINUTE),
        ],
    )
    _rest(exchange, account, now - 3600, "XXBTZUSD", "buy", price="58000.0", volume="0.05")
    exchange.add_key(
        "master",
        SimulatedKey(
            sample_key("MSTR", "MASTER"),
            sample_secret("MASTER"),
            name="balance-check",
            permissions=TRADE_PERMISSIONS,
            created=created,
            modified=created,
            ip_allowlist=LOOPBACK_ONLY,
        ),
    )


def _open_alpha(exchange: Exchange, now: float, created: int) -> None:
    """A user as it should be."""
    account = SimulatedAccount(
        "alpha", "AA00 SAMP LE00 0002", _holdings({"ZUSD": "2400", "XXBT": "0.031", "XETH": "0.8"})
    )
    # A bot that buys and sells a little every two hours.
    exchange.add_account(
        account,
        [
            _done("XETHZUSD", side, "0.05", price, now - 6 * MINUTE - 2 * HOUR * hours)
            for hours, (side, price) in enumerate([("sell", "3162.50"), ("buy", "3138.00")] * 8)
        ],
    )
    _rest(exchange, account, now - 1800, "XETHZUSD", "sell", price="3600.00", volume="0.3")
    exchange.add_key(
        "alpha",
        SimulatedKey(
            sample_key("ALPH", "ALPHA"),
            sample_secret("ALPHA"),
            name="bot",
            permissions=TRADE_PERMISSIONS,
            valid_until=created + 365 * DAY,
            created=created,
            modified=created,
            ip_allowlist=LOOPBACK_ONLY,
        ),
    )


def _open_bravo(exchange: Exchange, now: float, created: int) -> None:
    """A user with a margin position, whose key may withdraw."""
    account = SimulatedAccount(
        "bravo", "AA00 SAMP LE00 0003", _holdings({"ZUSD": "5000", "XXRP": "1500", "XXDG": "8000"})
    )
    exchange.add_account(account, [_done("XXRPZUSD", "buy", "500", "0.60200", now - 9 * DAY)])
    position = Position(
        txid=exchange.state.new_id("T"),
        ordertxid=exchange.state.new_id("O"),
        pair="XETHZUSD",
        type="buy",
        time=round(now - 7200, 4),
        volume=Decimal("0.5"),
        cost=Decimal("1540"),
        fee=Decimal("6.16"),
        leverage=5,
    )
    exchange.add_position("bravo", position)
    exchange.add_key(
        "bravo",
        SimulatedKey(
            sample_key("BRAV", "BRAVO"),
            sample_secret("BRAVO"),
            name="bot",
            permissions=TRADE_PERMISSIONS | {"withdraw-funds"},
            created=created,
            modified=created,
        ),
    )


def _open_charlie(exchange: Exchange, now: float, created: int) -> None:
    """A user whose key can only look, while a bot with another one trades."""
    exchange.add_account(
        SimulatedAccount("charlie", "AA00 SAMP LE00 0004", _holdings({"ZEUR": "950", "XXBT": "0.0125"})),
        [_done("XXBTZEUR", "buy", "0.0025", "59020.0", now - 35 * MINUTE)],
    )
    exchange.add_key(
        "charlie",
        SimulatedKey(
            sample_key("CHAR", "CHARLIE"),
            sample_secret("CHARLIE"),
            name="reports",
            permissions=QUERY_PERMISSIONS,
            valid_until=created + 180 * DAY,
            created=created,
            modified=created,
        ),
    )


def _done(pair: str, side: str, volume: str, price: str, time: float) -> PastTrade:
    return PastTrade(pair, side, Decimal(volume), Decimal(price), time, maker=True)


def _rest(
    exchange: Exchange, account: SimulatedAccount, opened: float, pair: str, side: str, *, price: str, volume: str
) -> None:
    """Put an order on the book that was placed some time ago."""
    txid = exchange.state.new_id("O")
    account.open_orders[txid] = BookOrder(
        txid=txid,
        pair=pair,
        type=side,
        ordertype="limit",
        price=Decimal(price),
        volume=Decimal(volume),
        opentm=round(opened, 4),
    )


def environment(exchange: Exchange, url: str) -> dict[str, str]:
    """The variables for every account with its first key, and placeholders for an account that has none."""
    keys: dict[str, SimulatedKey] = {}
    for known in exchange.state.keys.values():
        keys.setdefault(known.account.label, known.api_key)
    variables = {"KRAKEN_API_URL": url}
    for label in exchange.state.accounts:
        prefix = variable_prefix(label)
        if label not in (MASTER, prefix.removeprefix(USER_PREFIX).lower()):
            variables[f"{prefix}_USER_ID"] = label
        key = keys.get(label)
        variables[f"{prefix}_API_KEY"] = PLACEHOLDER_KEY if key is None else key.key
        variables[f"{prefix}_API_SECRET"] = PLACEHOLDER_SECRET if key is None else key.secret
        if key is not None and key.otp is not None:
            variables[f"{prefix}_API_OTP"] = key.otp
    return variables


def variable_prefix(label: str) -> str:
    """What the names of an account's variables start with: `KRAKEN_USER_ALPHA` for the account `alpha`."""
    if label == MASTER:
        return "KRAKEN_MASTER"
    return USER_PREFIX + re.sub(r"[^A-Z0-9]+", "_", label.upper())
