"""Which assets and pairs a public call names, and what the answer calls them.

Kraken takes any name of a pair. It answers with its key, but who asks for `BTC/USD` reads `BTC/USD`, and who says
`assetVersion=1` reads display names everywhere, as https://github.com/JKorf/Kraken.Net/issues/126 tells.
"""

from ..listed import ListedAsset, ListedPair, asset_class
from ..messages import UNKNOWN_ASSET, UNKNOWN_PAIR, ExchangeError
from ..state import Call

DISPLAYED = "1"


def has_display_names(call: Call) -> bool:
    """Whether the answer is to have display names."""
    return call.parameters.text("assetVersion") == DISPLAYED


def asset_name(call: Call, asset: ListedAsset) -> str:
    """What the answer calls an asset."""
    return asset.display_name if has_display_names(call) else asset.code


def asked_pair(call: Call) -> tuple[str, ListedPair]:
    """The one pair that is asked for, under the name that the answer has for it. Raises ExchangeError."""
    return _found(call, call.parameters.required("pair"), asset_class(call.parameters.text("asset_class")))


def asked_pairs(call: Call, class_parameter: str) -> dict[str, ListedPair]:
    """The pairs asked for, or all; one unknown name fails the whole request with ExchangeError."""
    aclass = asset_class(call.parameters.text(class_parameter))
    names = call.parameters.names("pair")
    if names:
        return dict(_found(call, name, aclass) for name in names)
    displayed = has_display_names(call)
    return {
        pair.display_name if displayed else pair.key: pair
        for pair in call.state.market.pairs.values()
        if pair.base.aclass == aclass
    }


def named_pairs(call: Call) -> dict[str, ListedPair]:
    """The pairs that a call names, by their names or as objects with a class; none where it names none."""
    objects = call.parameters.entries("pair")
    if objects:
        return dict(
            _found(
                call,
                each.required("asset"),
                asset_class(each.text("aclass").replace("equity_pair", "tokenized_asset")),
            )
            for each in objects
        )
    return asked_pairs(call, "asset_class") if call.parameters.names("pair") else {}


def asked_assets(call: Call) -> list[ListedAsset]:
    """The assets asked for, or all; one unknown name fails the whole request with ExchangeError."""
    aclass = asset_class(call.parameters.text("aclass"))
    market = call.state.market
    names = call.parameters.names("asset")
    chosen = [market.find_asset(name) for name in names] if names else market.assets.values()
    assets = [asset for asset in chosen if asset is not None and asset.is_shown and asset.aclass == aclass]
    if len(assets) < len(names):
        raise ExchangeError(UNKNOWN_ASSET)
    return assets


def _found(call: Call, name: str, aclass: str) -> tuple[str, ListedPair]:
    pair = call.state.market.find_pair(name)
    if pair is None or pair.base.aclass != aclass:
        raise ExchangeError(UNKNOWN_PAIR)
    displayed = has_display_names(call) or name.upper() == pair.display_name.upper()
    return (pair.display_name if displayed else pair.key), pair
