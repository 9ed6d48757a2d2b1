"""What has happened in an account before it is opened here: trades and other ledger entries.

They explain what the account's balances are, and do not change them. Times are unix seconds and may lie in the
future, as a wrong clock's would.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import accumulate

from .accounts import SimulatedAccount
from .books import Movement, enter, fill, movements
from .listed import EXACT, ListedAsset, ListedPair
from .records import BookOrder
from .state import ExchangeState

LEDGER_TYPES = (
    "none",
    "trade",
    "deposit",
    "withdrawal",
    "transfer",
    "margin",
    "adjustment",
    "rollover",
    "spend",
    "receive",
    "settled",
    "credit",
    "staking",
    "earn",
    "reward",
    "dividend",
    "sale",
    "conversion",
    "nfttrade",
    "nftcreatorfee",
    "nftrebate",
    "custodytransfer",
    "hybridearnwithdrawal",
    "hybridearndeposit",
)
"""Those of https://docs.kraken.com/api-reference/account-data/get-ledgers-info, and what is sent as well: `earn`
(https://github.com/we-promise/sure/issues/2450), and `hybridearnwithdrawal` and its counterpart for what goes into
and comes from the vaults of Earn (https://github.com/provinzio/CoinTaxman/issues/185)."""

BEFORE = 60
"""How many seconds before the first thing that happened an account got what it needed for it."""


@dataclass(frozen=True, slots=True)
class PastTrade:
    """One fill of an order that it filled whole. Without a `fee` (in the quote asset) it is the lowest tier's."""

    pair: str
    side: str
    volume: Decimal
    price: Decimal
    time: float
    maker: bool = False
    fee: Decimal | None = None
    ordertype: str = "limit"


@dataclass(frozen=True, slots=True)
class PastEntry:
    """One entry of the ledger; the fee is taken on top of the amount, in the same asset."""

    type: str
    asset: str
    amount: Decimal
    time: float
    fee: Decimal = Decimal(0)
    subtype: str = ""
    refid: str | None = None

    def __post_init__(self) -> None:
        if self.type not in LEDGER_TYPES:
            raise ValueError(f"unknown type {self.type!r} of a ledger entry; there are {', '.join(LEDGER_TYPES)}")


Past = PastTrade | PastEntry


def open_books(state: ExchangeState, account: SimulatedAccount, past: Sequence[Past], now: float) -> None:
    """Enter all that led to what the account has: what it began with as deposits, and then its past.

    Where more came in than it has, the rest was withdrawn in the end; so no balance was ever below zero.
    Raises ValueError for an unknown pair or asset.
    """
    with localcontext(EXACT):
        _open_books(state, account, sorted(past, key=lambda happened: happened.time), now)


def _open_books(state: ExchangeState, account: SimulatedAccount, past: Sequence[Past], now: float) -> None:
    flows = _flows(state, past)
    begin = min([now, *(happened.time - BEFORE for happened in past)])
    end = max([now, *(happened.time for happened in past)])
    has = {code: _taken(state.market.assets[code], account) for code in {**account.balances, **flows}}
    for code, amount in has.items():
        needed = max(amount - sum(flows[code]), _lacking(flows[code]))
        _move(state, account, state.market.assets[code], "deposit", needed, begin)
    for happened in past:
        enter_past(state, account, happened)
    for code, amount in has.items():
        left_over = account.balances[code].amount - amount if code in account.balances else Decimal(0)
        _move(state, account, state.market.assets[code], "withdrawal", -left_over, end)


def enter_past(state: ExchangeState, account: SimulatedAccount, happened: Past) -> None:
    """Put a trade, with the order that it filled, or another entry on the books.

    Raises ValueError for an unknown pair or asset.
    """
    time = round(happened.time, 4)
    if isinstance(happened, PastEntry):
        enter(
            state,
            account,
            _asset(state, happened.asset),
            happened.amount,
            fee=happened.fee,
            type=happened.type,
            subtype=happened.subtype,
            refid=happened.refid or state.new_id("Q"),
            time=time,
        )
        return
    pair = _pair(state, happened.pair)
    order = BookOrder(
        txid=state.new_id("O"),
        pair=pair.key,
        type=happened.side,
        ordertype=happened.ordertype,
        price=None if happened.ordertype == "market" else happened.price,
        volume=happened.volume,
        opentm=time,
    )
    fee = _fee(pair, happened)
    fill(state, account, order, happened.price, maker=happened.maker, now=time, fee=fee)


def _taken(asset: ListedAsset, account: SimulatedAccount) -> Decimal:
    """What the account has of an asset, which is taken away, to be entered again."""
    holding = account.balances.get(asset.code)
    if holding is None:
        return Decimal(0)
    amount, holding.amount = asset.quantize(holding.amount), Decimal(0)
    return amount


def _flows(state: ExchangeState, past: Iterable[Past]) -> dict[str, list[Decimal]]:
    """By asset, what came in and, below zero, what went out, in the order in which it happened."""
    flows: dict[str, list[Decimal]] = defaultdict(list)
    for happened in past:
        for asset, amount, fee in _movements(state, happened):
            flows[asset.code].append(asset.quantize(amount) - asset.quantize(fee))
    return flows


def _movements(state: ExchangeState, happened: Past) -> tuple[Movement, ...]:
    if isinstance(happened, PastEntry):
        return ((_asset(state, happened.asset), happened.amount, happened.fee),)
    pair = _pair(state, happened.pair)
    cost = pair.cost(happened.volume, happened.price)
    return movements(pair, happened.side, happened.volume, cost, _fee(pair, happened))


def _fee(pair: ListedPair, done: PastTrade) -> Decimal:
    if done.fee is not None:
        return done.fee
    return pair.fee(pair.cost(done.volume, done.price), maker=done.maker)


def _lacking(flows: Iterable[Decimal]) -> Decimal:
    """What must have been there before, so that no balance in between is below zero."""
    return -min((Decimal(0), *accumulate(flows)))


def _move(
    state: ExchangeState, account: SimulatedAccount, asset: ListedAsset, kind: str, amount: Decimal, time: float
) -> None:
    if amount:
        enter(state, account, asset, amount, type=kind, refid=state.new_id("Q"), time=round(time, 4))


def _asset(state: ExchangeState, code: str) -> ListedAsset:
    asset = state.market.assets.get(code)
    if asset is None:
        raise ValueError(f"there is no asset {code!r}")
    return asset


def _pair(state: ExchangeState, name: str) -> ListedPair:
    pair = state.market.find_past_pair(name)
    if pair is None:
        raise ValueError(f"there is no pair {name!r}")
    return pair
