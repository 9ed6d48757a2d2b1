"""What an entry of the ledger means: money from outside, a trade, a cost, a reward, or a move within the account.

Kraken's words for it are a type and, with some, a subtype. `MEANINGS` is the one place where they are given a
meaning; what is not in it is `UNKNOWN`, and is never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .assets import FEE_CREDITS

_LEDGERS = "https://docs.kraken.com/api-reference/account-data/get-ledgers-info"
_FIELDS = "https://support.kraken.com/articles/360001169383-how-to-interpret-ledger-history-fields"
_VAULTS = "https://github.com/provinzio/CoinTaxman/issues/185"
_DELISTINGS = "https://github.com/BittyTax/BittyTax/pull/499"
_EARN_AIRDROPS = "https://github.com/BittyTax/BittyTax/issues/494"


class Meaning(StrEnum):
    """What the amount of an entry is. Its fee, which is taken beside the amount, is always a cost.

    A sum of `INTERNAL` amounts of one asset is what came to the spot wallet from Earn, or, below zero, went there:
    nothing for a total that covers both.
    """

    FLOW = "flow"
    """From or to somewhere outside the account's spot wallet and Earn: no gain, and no loss."""
    TRADE = "trade"
    """One leg of an exchange of something for something else, or what such an exchange has brought."""
    ROLLOVER = "rollover"
    """What it costs to keep a margin position open."""
    REWARD = "reward"
    """Given by Kraken, or for what is held: a gain."""
    INTERNAL = "internal"
    """From spot to Earn or back, or from one code of an asset to another."""
    FEE_CREDITS = "fee-credits"
    """Of fee credits, which pay fees and are not money."""
    UNKNOWN = "unknown"
    """Nobody knows: figures that have it in them are not complete."""


@dataclass(frozen=True, slots=True)
class KnownType:
    """One line of the table.

    Attributes:
        why: in Kraken's sense, in words.
        source: where that is known from.
    """

    meaning: Meaning
    why: str
    source: str


_STAKING = KnownType(Meaning.INTERNAL, "between the spot and the staking wallet, one entry for each", _FIELDS)
_EARN = KnownType(Meaning.INTERNAL, "into and out of Earn's strategies, or from one to another", _FIELDS)
_FUTURES = KnownType(Meaning.FLOW, "to or from the futures wallet, which no total counts", _FIELDS)
_EXCHANGE = KnownType(Meaning.TRADE, "an order of Kraken's app or of its widget: one entry for each side", _FIELDS)
_NFT = KnownType(Meaning.FLOW, "what an NFT was bought or sold for; an NFT is in no balance", _LEDGERS)
_DELISTED = KnownType(Meaning.TRADE, "a delisted asset, and at another time what Kraken gave for it", _DELISTINGS)

MEANINGS: dict[tuple[str, str | None], KnownType] = {
    # None stands for every subtype that has no line of its own.
    ("deposit", None): KnownType(Meaning.FLOW, "funds that came to the account", _FIELDS),
    ("withdrawal", None): KnownType(Meaning.FLOW, "funds that left it; above zero, one that came back", _FIELDS),
    # Kraken does not tell these apart: https://github.com/BittyTax/BittyTax/issues/87
    ("transfer", ""): KnownType(
        Meaning.FLOW, "to or from Kraken's OTC desk or another account; also airdrops and forks", _FIELDS
    ),
    ("transfer", "airdrop"): KnownType(Meaning.REWARD, "an airdrop or a fork", _FIELDS),
    ("transfer", "delistingconversion"): _DELISTED,
    ("transfer", "spottofutures"): _FUTURES,
    ("transfer", "spotfromfutures"): _FUTURES,
    ("transfer", "spottostaking"): _STAKING,
    ("transfer", "stakingfromspot"): _STAKING,
    ("transfer", "stakingtospot"): _STAKING,
    ("transfer", "spotfromstaking"): _STAKING,
    ("custodytransfer", None): KnownType(Meaning.FLOW, "to or from Kraken's custody, in no total", _LEDGERS),
    ("trade", None): KnownType(Meaning.TRADE, "an exchange of one currency for another", _FIELDS),
    ("margin", None): KnownType(Meaning.TRADE, "profit or loss of a margin trade", _FIELDS),
    ("margin trade", None): KnownType(Meaning.TRADE, "the same, as exports call it", _FIELDS),
    ("settled", None): KnownType(Meaning.TRADE, "the settling of a margin position", _FIELDS),
    ("spend", None): _EXCHANGE,
    ("receive", None): _EXCHANGE,
    ("sale", None): _EXCHANGE,
    ("conversion", None): KnownType(Meaning.TRADE, "a conversion of one currency to another", _LEDGERS),
    ("adjustment", None): KnownType(
        Meaning.TRADE, "a conversion outside of trading, after a delisting for instance", _FIELDS
    ),
    ("rollover", None): KnownType(Meaning.ROLLOVER, "the charge for a margin position", _FIELDS),
    ("staking", None): KnownType(Meaning.REWARD, "a reward of staking", _FIELDS),
    ("earn", "reward"): KnownType(Meaning.REWARD, "a reward of Earn", _FIELDS),
    ("earn", "airdrop"): KnownType(Meaning.REWARD, "an airdrop to what is in Earn", _EARN_AIRDROPS),
    ("earn", "delistingconversion"): _DELISTED,
    ("earn", "allocation"): _EARN,
    ("earn", "deallocation"): _EARN,
    ("earn", "autoallocation"): _EARN,
    ("earn", "migration"): _EARN,
    ("hybridearnwithdrawal", None): KnownType(Meaning.INTERNAL, "into a vault of Earn", _VAULTS),
    ("hybridearndeposit", None): KnownType(Meaning.INTERNAL, "out of a vault of Earn", _VAULTS),
    ("reward", None): KnownType(Meaning.REWARD, "a reward", _LEDGERS),
    ("dividend", None): KnownType(Meaning.REWARD, "a dividend of an equity", _LEDGERS),
    ("credit", None): KnownType(Meaning.REWARD, "a credit of Kraken's", _LEDGERS),
    ("invite bonus", None): KnownType(Meaning.REWARD, "a reward of the referral program", _FIELDS),
    ("nftrebate", None): KnownType(Meaning.REWARD, "a rebate on an NFT", _LEDGERS),
    ("nftcreatorfee", None): KnownType(Meaning.REWARD, "what its creator gets when an NFT is sold", _LEDGERS),
    ("nfttrade", None): _NFT,
}
"""By type and subtype, in small letters."""


def meaning_of(type_: str, subtype: str, code: str) -> Meaning:
    """What an entry of that type and subtype, as Kraken writes them, is for the balance of that code."""
    if code == FEE_CREDITS:
        return Meaning.FEE_CREDITS
    type_, subtype = type_.casefold(), subtype.casefold()
    known = MEANINGS.get((type_, subtype)) or MEANINGS.get((type_, None))
    return Meaning.UNKNOWN if known is None else known.meaning
