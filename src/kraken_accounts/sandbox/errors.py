"""Errors in Kraken's own words (https://docs.kraken.com/api/docs/guides/spot-errors)."""


class KrakenError(Exception):
    """What Kraken answers instead of a result, e.g. `EAPI:Invalid nonce`."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


INVALID_KEY = "EAPI:Invalid key"
INVALID_SIGNATURE = "EAPI:Invalid signature"
INVALID_NONCE = "EAPI:Invalid nonce"
PERMISSION_DENIED = "EGeneral:Permission denied"
UNKNOWN_METHOD = "EGeneral:Unknown method"
INVALID_ARGUMENTS = "EGeneral:Invalid arguments"
UNKNOWN_ASSET = "EQuery:Unknown asset"
UNKNOWN_PAIR = "EQuery:Unknown asset pair"
UNKNOWN_ORDER = "EOrder:Unknown order"


def invalid_argument(name: str) -> KrakenError:
    """The error for one parameter that is missing or makes no sense."""
    return KrakenError(f"{INVALID_ARGUMENTS}:{name}")
