"""Kraken's codes and what they stand for: XXBT, XBT.F and XBT.M are all BTC.

Everything comes from Kraken's Assets; the only knowledge of its own is what that endpoint does not say: which
suffixes mark a form in which an asset is held, which codes are another asset one to one or only look so
(`DECIDED`), and where Kraken's tickers differ from the world's. Sources:
https://docs.kraken.com/api-reference/market-data/get-asset-info and
https://support.kraken.com/articles/360039879471-what-is-asset-s-and-asset-m-
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from . import wire
from .errors import UnexpectedAnswer

TOKENIZED = "tokenized_asset"
FEE_CREDITS = "KFEE"
_STAKED_ETHER = "ETH2"

_SUFFIX = re.compile(r"(?P<stem>.+)\.(?P<form>S|M|B|F|P|T|HOLD)")
# Only staked codes carry days, and always two digits: DOT28.S, SOL03.S. Whatever else ends in digits is a name.
_BONDED = re.compile(r"(.+)[0-9]{2}")
_TICKERS = {"XBT": "BTC", "XDG": "DOGE"}


@dataclass(frozen=True, slots=True)
class Decision:
    """What a code is that no suffix explains.

    Attributes:
        is_: the altname of the asset that it is one to one, where Kraken lists that; None where nothing shows it
            to be the same, so that it stays an asset of its own.
        why: in words; of one that stays apart, what Kraken does not say.
        source: where that is known from.
    """

    is_: str | None
    why: str
    source: str


# The one place where codes are declared to be the same, or not to be. Without evidence that one unit is always one
# unit of the other, a code stays apart: then it has no price unless it has a market, and the report says so.
DECIDED = {
    _STAKED_ETHER: Decision(
        "ETH",
        "staked ether, which Kraken gives back one to one",
        "https://support.kraken.com/articles/360039879471-what-is-asset-s-and-asset-m-",
    ),
    "MATIC": Decision(
        "POL",
        "Polygon's migration contract swaps them one to one; Kraken trades only POL, but still lists MATIC",
        "https://github.com/0xPolygon/pol-token (README, Migration Contract); Kraken's AssetPairs of 2026-01 and "
        "Assets of 2026-08",
    ),
    "ETH.INK": Decision(
        None,
        "does not say whether it is ETH one to one",
        "in Kraken's Assets of 2026-08, on no page of Kraken's; public clients disagree",
    ),
    "USDT0.TEMPO": Decision(
        None,
        "does not say whether it is USDT0 one to one",
        "in Kraken's Assets of 2026-08, on no page of Kraken's; public clients disagree",
    ),
    "HYPER.CORE": Decision(
        None,
        "does not say what it is a form of",
        "in Kraken's Assets of 2026-08, where there is no HYPER, and HYPE is another asset",
    ),
    "FLOWH": Decision(
        None,
        "does not say whether it is FLOW one to one",
        "in Kraken's Assets since 2021, never in AssetPairs; clients count it as FLOW, but none says from where",
    ),
    "USD_CREDIT": Decision(
        None,
        "does not say whether it is money or a credit",
        "in Kraken's Assets of 2026-08, on no page of Kraken's; credit is not money",
    ),
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One thing that can be owned.

    Attributes:
        code: Kraken's code of its plain form, ``XXBT`` for instance.
        altname: Kraken's own short name, ``XBT``.
        decimals: how many Kraken keeps in its books.
    """

    code: str
    altname: str
    decimals: int

    @property
    def name(self) -> str:
        """The common ticker: BTC, where Kraken says XBT."""
        return _TICKERS.get(self.altname, self.altname)

    @property
    def apart(self) -> str | None:
        """What Kraken does not say of it, where it looks like a form of another asset; None of any other."""
        decided = DECIDED.get(self.code)
        return None if decided is None or decided.is_ is not None else decided.why


class Assets:
    """All assets Kraken lists, found by any code under which one may be held.

    Args:
        answers: what Kraken lists, by code.
        whole: whether Kraken has said all of what it lists.

    Attributes:
        whole: whether a code that is not found is certain to be none that Kraken lists.
    """

    def __init__(self, *answers: Mapping[str, Asset], whole: bool = True) -> None:
        self.whole = whole and bool(answers)
        self._by_code: dict[str, Asset] = {}
        for answer in answers:
            self._by_code.update(answer)
        self._resolved: dict[str, Asset | None] = {}
        self._by_altname = {asset.altname: asset for asset in self._by_code.values()}

    def resolve(self, code: str) -> Asset | None:
        """The asset that a balance under this code is an amount of; None if Kraken does not list it.

        A suffix says how it is held (``.S`` staked, ``.F`` rewards …) and bonded codes add two digits of days
        (``DOT28.S``); both are taken off only if an asset of the remaining name is listed, the longer name
        first, so that C98.S is C98 and not 98 days of C, and LUNA228.S 28 days of LUNA2.
        """
        if code not in self._resolved:
            found = (self._asset_of(name) for name in _plain_forms(code))
            self._resolved[code] = next((asset for asset in found if asset), None)
        return self._resolved[code]

    def _asset_of(self, name: str) -> Asset | None:
        decided = DECIDED.get(name)
        same = self._listed(decided.is_) if decided and decided.is_ else None
        return same or self._listed(name)

    def find(self, name: str) -> Asset | None:
        """The asset that a person means by a ticker or a code: BTC, xbt, XXBT; None if there is none."""
        wanted = name.upper()
        for asset in self._by_code.values():
            if wanted in (asset.name.upper(), asset.altname.upper(), asset.code.upper()):
                return self.resolve(asset.code)
        return None

    def meant_by(self, name: str) -> Asset | None:
        """The asset that Kraken calls so where it keeps to no code: XXBT, XBT or BTC; None if there is none."""
        return self.resolve(name) or self.find(name)

    def _listed(self, code: str) -> Asset | None:
        return self._by_code.get(code) or self._by_altname.get(code)


def _plain_forms(code: str) -> Iterator[str]:
    """What a code may be a form of, and in the end the code itself."""
    suffixed = None if code in DECIDED else _SUFFIX.fullmatch(code)
    if suffixed:
        yield suffixed["stem"]
        bonded = _BONDED.fullmatch(suffixed["stem"])
        if bonded and suffixed["form"] == "S":
            yield bonded[1]
    yield code


class Form(Enum):
    """In which form an asset is held under a code, as far as Earn is concerned."""

    PLAIN = "plain"
    """Traded with; what Kraken Rewards (flex) earns on is under it too, since `.F` was deprecated."""
    REWARDS = "rewards"
    """`.F`: earns in Kraken Rewards, and is traded with by the plain code."""
    EARN = "earn"
    """`.B` yield-bearing, `.S` staked, `.M` opt-in rewards, `.P` parachain, and ETH2: read-only, in Earn."""


_FORMS = {"F": Form.REWARDS, **dict.fromkeys("BSMP", Form.EARN)}


def form_of(code: str) -> Form:
    """What a balance under this code is to Earn.

    Sources: https://docs.kraken.com/api-reference/account-data/get-extended-balance (symbols, "read-only"),
    https://docs.kraken.com/exchange/changelog (13 November 2025: `.F` is deprecated in Balance and BalanceEx) and
    https://support.kraken.com/articles/360039879471-what-is-asset-s-and-asset-m-
    """
    suffixed = _SUFFIX.fullmatch(code)
    if (suffixed["stem"] if suffixed else code) == _STAKED_ETHER:
        return Form.EARN
    return _FORMS.get(suffixed["form"], Form.PLAIN) if suffixed else Form.PLAIN


def may_be_equity(name: str) -> bool:
    """Whether a code or a ticker is one of a tokenized equity, as far as its letters tell.

    Those have small letters, ``AAPLx``; none of the 843 currencies in Kraken's Assets of 2026-08 has any.
    """
    return name != name.upper()


def kraken_name(name: str) -> str:
    """What Kraken calls the asset of a common ticker: XBT for BTC."""
    return next((ours for ours, ticker in _TICKERS.items() if ticker == name.upper()), name.upper())


def kraken_pair_name(name: str) -> str:
    """What Kraken calls a pair in an order, of two common tickers: XBTUSD for BTC/USD, BTC-USD and BTCUSD."""
    base, slash, quote = re.sub("[-_]", "/", name.upper()).partition("/")
    if slash:
        return kraken_name(base) + kraken_name(quote)
    for ours, ticker in _TICKERS.items():
        base = ours + base.removeprefix(ticker) if base.startswith(ticker) else base
        base = base.removesuffix(ticker) + ours if base.endswith(ticker) else base
    return base


def parse_assets(result: Any) -> dict[str, Asset]:
    """The answer of Assets, by code.

    Raises:
        UnexpectedAnswer: it has not the documented shape.
    """
    assets = {}
    for code, entry in wire.mapping(result, "Assets").items():
        fields = wire.mapping(entry, wire.Named("Assets", code))
        decimals = fields.get("decimals")
        if not isinstance(decimals, int) or not 0 <= decimals <= 30:
            raise UnexpectedAnswer(f"decimals of {wire.shown(code)} should be a small number")
        assets[code] = Asset(code, wire.text(fields.get("altname"), wire.Named("altname of", code)), decimals)
    return assets
