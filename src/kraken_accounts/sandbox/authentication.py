"""Who is asking: key, signature, nonce. Rules of https://docs.kraken.com/api/docs/guides/spot-rest-auth."""

from kraken_accounts.sandbox.errors import INVALID_KEY, INVALID_NONCE, INVALID_SIGNATURE, KrakenError
from kraken_accounts.sandbox.signing import is_signed
from kraken_accounts.sandbox.state import KeyState, State

LARGEST_NONCE = 2**64 - 1


def authenticate(state: State, *, key: str, sign: str, path: str, nonce: str, body: bytes) -> KeyState:
    """The key that signed the request, its nonce now used up. Raises KrakenError otherwise."""
    used = state.keys.get(key)
    if used is None:
        raise KrakenError(INVALID_KEY)
    if not is_signed(sign, path, nonce, body, used.api_key.secret_bytes):
        raise KrakenError(INVALID_SIGNATURE)
    accept_nonce(used, nonce)
    used.last_used = state.clock()
    return used


def accept_nonce(key: KeyState, text: str) -> None:
    """Take note of a nonce, or raise KrakenError when the key may not use it.

    A nonce must be larger than every one before it. A nonce window lets those in that come late: still unused
    and less than the window below the largest.
    """
    if not (text.isascii() and text.isdigit()) or not 0 < (nonce := int(text)) <= LARGEST_NONCE:
        raise KrakenError(INVALID_NONCE)
    lowest = key.highest_nonce - key.api_key.nonce_window
    if nonce <= lowest or nonce == key.highest_nonce or nonce in key.nonces:
        raise KrakenError(INVALID_NONCE)
    key.highest_nonce = max(key.highest_nonce, nonce)
    if key.api_key.nonce_window:
        lowest = key.highest_nonce - key.api_key.nonce_window
        key.nonces = {seen for seen in key.nonces if seen > lowest} | {nonce}
