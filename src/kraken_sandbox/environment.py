"""The variables under which kraken-accounts looks for the accounts of a simulated exchange."""

import re

from .accounts import SimulatedKey
from .exchange import Exchange

MASTER = "master"
USER_PREFIX = "KRAKEN_USER_"

PLACEHOLDER_KEY = "<paste_your_key_here>"
PLACEHOLDER_SECRET = "<paste_your_secret_here>"  # noqa: S105 - what it says


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
