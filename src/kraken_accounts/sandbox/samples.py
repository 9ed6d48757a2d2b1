"""The sample accounts that `--demo` and `kraken-accounts sandbox` show. Nobody's keys, nobody's money."""

import base64
import time
from decimal import Decimal

from kraken_accounts.sandbox.accounts import (
    QUERY_PERMISSIONS,
    TRADE_PERMISSIONS,
    Account,
    ApiKey,
    Holding,
    Order,
    Position,
)
from kraken_accounts.sandbox.exchange import Exchange
from kraken_accounts.sandbox.market import Market
from kraken_accounts.sandbox.state import Clock

DAY = 24 * 3600

LOOPBACK_ONLY = ("127.0.0.1", "::1")


def sample_secret(name: str) -> str:
    """A secret of the right shape, 64 bytes as base64, that says what it is."""
    sentence = f"sample secret of {name}, worth nothing, for the simulated exchange "
    return base64.b64encode(sentence.ljust(64, ".").encode()[:64]).decode()


def sample_exchange(market: Market | None = None, *, clock: Clock = time.time) -> Exchange:
    """An exchange with a master and four users; the keys of `sample_environment` open them."""
    exchange = Exchange(market, clock=clock)
    now = clock()
    created = int(now) - 90 * DAY
    _add_master(exchange, now, created)
    _add_alpha(exchange, now, created)
    _add_bravo(exchange, now, created)
    _add_charlie(exchange, created)
    exchange.add_account(Account("delta", "AA00 SAMP LE00 0005", _holdings(ZUSD="100")))
    return exchange


def sample_environment(url: str) -> dict[str, str]:
    """The variables that make kraken-accounts ask the sample exchange at `url`; delta is not configured."""
    environment = {"KRAKEN_API_URL": url}
    for name, variable in (
        ("MASTER", "KRAKEN_MASTER"),
        ("ALPHA", "KRAKEN_USER_ALPHA"),
        ("BRAVO", "KRAKEN_USER_BRAVO"),
        ("CHARLIE", "KRAKEN_USER_CHARLIE"),
    ):
        environment[f"{variable}_API_KEY"] = sample_key(name)
        environment[f"{variable}_API_SECRET"] = sample_secret(name)
    environment["KRAKEN_USER_DELTA_API_KEY"] = "<paste_your_key_here>"
    environment["KRAKEN_USER_DELTA_API_SECRET"] = "<paste_your_secret_here>"  # noqa: S105 - a placeholder
    return environment


def sample_key(name: str) -> str:
    """The sample API key of an account, e.g. `MSTR-sample-key-not-a-real-key-MASTER`."""
    return f"{_KEY_PREFIXES[name]}-sample-key-not-a-real-key-{name}"


_KEY_PREFIXES = {"MASTER": "MSTR", "ALPHA": "ALPH", "BRAVO": "BRAV", "CHARLIE": "CHAR"}


def _holdings(**amounts: str) -> dict[str, Holding]:
    return {code: Holding(Decimal(amount)) for code, amount in amounts.items()}


def _add_master(exchange: Exchange, now: float, created: int) -> None:
    account = exchange.add_account(
        Account(
            "master",
            "AA00 SAMP LE00 0001",
            _holdings(
                ZUSD="8250.4200",
                ZEUR="1200.0000",
                XXBT="0.4200000000",
                SOL="20.0000000000",
                USDT="500.00000000",
                REPV2="30.0000000000",
                POLS="1500.0000000000",
                KFEE="1250.00",
                XRT="75.0000000000",
                ETH2="1.0000000000",
                AAPLx="2.5000000000",
            )
            | {
                "XBT.F": Holding(Decimal("0.1500000000")),
                "DOT28.S": Holding(Decimal("310.5000000000")),
                "ETH2.S": Holding(Decimal("2.2500000000")),
                "SOL03.S": Holding(Decimal("12.0000000000")),
            },
        )
    )
    _rest(exchange, account, now - 3600, "XXBTZUSD", "buy", price="58000.0", volume="0.05")
    exchange.add_key(
        "master",
        ApiKey(
            sample_key("MASTER"),
            sample_secret("MASTER"),
            name="balance-check",
            permissions=TRADE_PERMISSIONS,
            created=created,
            modified=created,
            ip_allowlist=LOOPBACK_ONLY,
        ),
    )


def _add_alpha(exchange: Exchange, now: float, created: int) -> None:
    account = exchange.add_account(
        Account(
            "alpha",
            "AA00 SAMP LE00 0002",
            _holdings(ZUSD="2400.00", XXBT="0.031", XETH="0.8"),
        )
    )
    _rest(exchange, account, now - 1800, "XETHZUSD", "sell", price="3600.00", volume="0.3")
    exchange.add_key(
        "alpha",
        ApiKey(
            sample_key("ALPHA"),
            sample_secret("ALPHA"),
            name="bot",
            permissions=TRADE_PERMISSIONS,
            valid_until=created + 365 * DAY,
            created=created,
            modified=created,
            ip_allowlist=LOOPBACK_ONLY,
        ),
    )


def _add_bravo(exchange: Exchange, now: float, created: int) -> None:
    account = exchange.add_account(
        Account(
            "bravo",
            "AA00 SAMP LE00 0003",
            _holdings(ZUSD="5000", XXRP="1500", XXDG="8000"),
        )
    )
    txid = exchange.state.new_id("T")
    account.positions[txid] = Position(
        txid=txid,
        ordertxid=exchange.state.new_id("O"),
        pair="XETHZUSD",
        type="buy",
        time=now - 7200,
        cost=Decimal("1540.00000"),
        fee=Decimal("6.16000"),
        volume=Decimal("0.5"),
        margin=Decimal("308.00000"),
    )
    exchange.add_key(
        "bravo",
        ApiKey(
            sample_key("BRAVO"),
            sample_secret("BRAVO"),
            name="bot",
            permissions=TRADE_PERMISSIONS | {"withdraw-funds"},
            created=created,
            modified=created,
        ),
    )


def _add_charlie(exchange: Exchange, created: int) -> None:
    exchange.add_account(
        Account("charlie", "AA00 SAMP LE00 0004", _holdings(ZEUR="950.0000", XXBT="0.0125000000"))
    )
    exchange.add_key(
        "charlie",
        ApiKey(
            sample_key("CHARLIE"),
            sample_secret("CHARLIE"),
            name="reports",
            permissions=QUERY_PERMISSIONS,
            valid_until=created + 180 * DAY,
            created=created,
            modified=created,
        ),
    )


def _rest(
    exchange: Exchange, account: Account, opened: float, pair: str, side: str, *, price: str, volume: str
) -> None:
    txid = exchange.state.new_id("O")
    account.orders[txid] = Order(
        txid=txid,
        pair=pair,
        type=side,
        ordertype="limit",
        price=Decimal(price),
        volume=Decimal(volume),
        opentm=round(opened, 4),
    )
