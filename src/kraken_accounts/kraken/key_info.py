"""What Kraken says of an API key: what it may do, and how it is guarded.

Source: https://docs.kraken.com/api-reference/account-data/get-api-key-info, where the fields are in
camelCase; answers with the same fields in snake_case have been recorded.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import chain
from typing import Any

from . import wire
from .errors import UnexpectedAnswer

_NONCE = re.compile(r"[0-9]{1,20}", re.ASCII)  # an unsigned 64-bit number


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What Kraken says of an API key.

    Attributes:
        permissions: Kraken's names, ``query-funds`` for instance.
        iban: the account's internal number, which all keys of one account share, in capitals and without spaces;
            None if Kraken is silent.
        valid_until: when the key expires (UTC); None if it does not.
        nonce_window: how far a nonce may come late, in the key's unit; None if Kraken is silent.
        ip_allowlist: the addresses it may be used from; empty for any.
        query_from, query_to: of which time (UTC) it may see the past; None for no bound.
        nonce: the last one that Kraken has seen of the key, in whatever unit; None if Kraken is silent.
    """

    permissions: tuple[str, ...]
    iban: str | None
    valid_until: datetime | None
    nonce_window: Decimal | None
    ip_allowlist: tuple[str, ...]
    query_from: datetime | None = None
    query_to: datetime | None = None
    nonce: int | None = None

    @property
    def account_fingerprint(self) -> str | None:
        """What stands for the account's internal number and does not tell it; None if Kraken is silent.

        48 bits: too few to find the number by, since thousands of numbers have each, and enough to keep the
        accounts of one operator apart.
        """
        return None if self.iban is None else fingerprint_of(self.iban)


def fingerprint_of(iban: str) -> str:
    """What stands for an account's internal number, in capitals and without spaces, and does not tell it."""
    return hashlib.sha256(f"IIBAN:{iban}".encode()).hexdigest()[:12]


def parse_key_info(result: Any) -> KeyInfo:
    """The answer of GetApiKeyInfo, in either spelling.

    Should a field stand there in both, and say two things, the worse counts: the larger nonce window, the earlier
        expiry, the longer list of addresses, the shorter past.

    Raises:
        UnexpectedAnswer: it has not the documented shape, or does not say what the key may do.
    """
    fields = wire.mapping(result, "GetApiKeyInfo")
    if fields.get("permissions") is None:
        raise UnexpectedAnswer("Kraken does not say what the key may do")
    iban = fields.get("iban")
    begins = [wire.moment(seconds, "the key's query start") for seconds in wire.spellings(fields, "queryFrom")]
    ends = [wire.moment(seconds, "the key's query end") for seconds in wire.spellings(fields, "queryTo")]
    expiries = [wire.moment(seconds, "the key's expiry") for seconds in wire.spellings(fields, "validUntil")]
    windows = [wire.amount(window, "the key's nonce window") for window in wire.spellings(fields, "nonceWindow")]
    allowlists = [
        wire.texts(listed, "the key's IP allow list") for listed in wire.spellings(fields, "ipAllowlist")
    ]
    return KeyInfo(
        permissions=wire.texts(fields["permissions"], "the key's permissions"),
        # Compared with those of other keys: one number must not look like two because it is written otherwise.
        iban=None if iban in (None, "") else "".join(wire.label(iban, "the account's iban").split()).upper(),
        valid_until=min((expiry for expiry in expiries if expiry is not None), default=None),
        nonce_window=max(windows, default=None),
        ip_allowlist=tuple(dict.fromkeys(chain(*allowlists))) if all(allowlists) else (),
        query_from=max(filter(None, begins), default=None),
        query_to=min(filter(None, ends), default=None),
        nonce=_credible_nonce(fields.get("nonce")),
    )


def _credible_nonce(said: Any) -> int | None:
    """A nonce as Kraken tells it; nonsense in its place is no reason to fail."""
    return int(said) if _NONCE.fullmatch(str(said)) else None


def _credible_moments(fields: Mapping[str, Any], name: str) -> Iterator[datetime]:
    """The times under that name; of what bounds only what else can be learned, nonsense is no reason to fail."""
    for said in wire.spellings(fields, name):
        with suppress(UnexpectedAnswer):
            if (moment := wire.moment(said, name)) is not None:
                yield moment
