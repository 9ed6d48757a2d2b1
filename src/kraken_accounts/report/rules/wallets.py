"""What was asked about Earn and margin, and did not come: the total is without it, or may be."""

from __future__ import annotations

from collections.abc import Iterator

from ... import money
from ...kraken import permissions
from ...kraken.errors import KrakenError, PermissionDenied
from ...kraken.key_info import KeyInfo
from .evidence import AccountEvidence
from .rule import Found

# What findings are about; of an amount in doubt, that is the asset.
EARN, MARGIN = "earn", "margin"

_WAIT = "Nothing to mend; look at Earn on Kraken's website meanwhile."


def wallets_unknown(account: AccountEvidence) -> Iterator[Found]:
    answers = account.answers
    # Of an account whose balances are not known either, its status says so.
    if isinstance(answers.earn, KrakenError) and not isinstance(answers.balances, KrakenError):
        yield (
            f"what is in Earn could not be learned, and is not in the total: {answers.earn.reason}",
            answers.earn.remedy,
            (EARN,),
        )
    for asset, amount in account.worth.in_doubt.items():
        message, remedy = _doubt(account, f"{money.plain(amount)} {asset}")
        yield message, remedy, (asset,)
    margin, key = answers.margin, answers.key_info
    # Then the finding `missing-permission` says so.
    may_not = isinstance(key, KeyInfo) and permissions.QUERY_OPEN_ORDERS not in key.permissions
    if isinstance(margin, KrakenError) and not (may_not and isinstance(margin, PermissionDenied)):
        yield f"what margin positions have gained could not be learned: {margin.reason}", margin.remedy, (MARGIN,)


def _doubt(account: AccountEvidence, amount: str) -> tuple[str, str]:
    message = f"up to {amount} in Earn may be missing from the total"
    if strategies := ", ".join(account.worth.unknown_strategies):
        message += f": whether it is in the balances hangs on the kind of strategy {strategies}"
        if account.kinds_missing is not None:
            return f"{message}, which could not be learned: {account.kinds_missing.reason}", (
                account.kinds_missing.remedy
            )
        return f"{message}, which is not known here", _WAIT
    return f"{message}: Kraken does not say whether the balances have it", _WAIT
