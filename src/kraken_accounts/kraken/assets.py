"""Kraken's codes and what they stand for: XXBT, XBT.F and XBT.M are all BTC.

Everything comes from Kraken's Assets; the only knowledge of its own is what that endpoint does not say: which
suffixes mark a form in which an asset is held, that ETH2 is staked ether, and where Kraken's tickers differ from
the world's. Sources: https://docs.kraken.com/api/docs/rest-api/get-asset-info and
https://support.kraken.com/articles/360039879471-what-is-asset-s-and-asset-m-
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import wire
from .errors import UnexpectedAnswer

TOKENIZED = "tokenized_asset"
FEE_CREDITS = "KFEE"

_SUFFIX = re.compile(r"(?P<stem>.+)\.(?:S|M|B|F|P|T|HOLD)")
# Days have two digits wherever Kraken uses them; should that change, all digits at the end are days.
_BONDED = (re.compile(r"(.+)[0-9]{2}"), re.compile(r"(.*[^0-9])[0-9]+"))
_SAME_AS = {"ETH2": "ETH"}
_TICKERS = {"XBT": "BTC", "XDG": "DOGE"}


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


class Assets:
    """All assets Kraken lists, found by any code under which one may be held."""

    def __init__(self, *answers: Mapping[str, Asset]) -> None:
        self._by_code: dict[str, Asset] = {}
        for answer in answers:
            self._by_code.update(answer)
        self._resolved: dict[str, Asset | None] = {}
        self._by_altname = {asset.altname: asset for asset in self._by_code.values()}

    def resolve(self, code: str) -> Asset | None:
        """The asset that a balance under this code is an amount of; None if Kraken does not list it.

        A suffix says how it is held (``.S`` staked, ``.F`` rewards …) and bonded codes add days
        (``DOT28.S``); both are taken off only if an asset of the remaining name is listed, the longer name
        first, so that C98.S is C98 and not 98 days of C, and LUNA228.S 28 days of LUNA2.
        """
        if code not in self._resolved:
            self._resolved[code] = self._resolve(_SAME_AS.get(code, code))
        return self._resolved[code]

    def _resolve(self, code: str) -> Asset | None:
        if suffixed := _SUFFIX.fullmatch(code):
            stem = suffixed["stem"]
            for name in (stem, *(bonded[1] for days in _BONDED if (bonded := days.fullmatch(stem)))):
                if base := self._listed(_SAME_AS.get(name, name)):
                    return base
        return self._listed(code)

    def find(self, name: str) -> Asset | None:
        """The asset that a person means by a ticker or a code: BTC, xbt, XXBT; None if there is none."""
        wanted = name.upper()
        for asset in self._by_code.values():
            if wanted in (asset.name.upper(), asset.altname.upper(), asset.code.upper()):
                return self.resolve(asset.code)
        return None

    def _listed(self, code: str) -> Asset | None:
        return self._by_code.get(code) or self._by_altname.get(code)


def kraken_name(name: str) -> str:
    """What Kraken calls the asset of a common ticker: XBT for BTC."""
    return next((ours for ours, ticker in _TICKERS.items() if ticker == name.upper()), name.upper())


def parse_assets(result: Any) -> dict[str, Asset]:
    """The answer of Assets, by code.

    Raises:
        UnexpectedAnswer: it has not the documented shape.
    """
    assets = {}
    for code, entry in wire.mapping(result, "Assets").items():
        fields = wire.mapping(entry, f"Assets {wire.shown(code)}")
        decimals = fields.get("decimals")
        if not isinstance(decimals, int) or not 0 <= decimals <= 30:
            raise UnexpectedAnswer(f"decimals of {wire.shown(code)} should be a small number")
        assets[code] = Asset(code, wire.text(fields.get("altname"), f"altname of {wire.shown(code)}"), decimals)
    return assets
