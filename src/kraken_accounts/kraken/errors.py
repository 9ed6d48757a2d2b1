"""What can go wrong between this program and Kraken, and what to do about each.

    KrakenError                  Kraken, or the way there, said no
    ├── Unreachable              no usable answer in time, or Kraken's own servers failed
    │   └── CertificateNotTrusted
    ├── KeyBusy                  another request of the same key was under way all the time; nothing was sent
    ├── ClockAhead               this machine's clock is ahead of Kraken's; nothing was sent
    ├── ExchangeRestricted       the market is in cancel_only, post_only or limit_only mode
    ├── KeyRejected              the key, its signature or the address it was used from is refused
    ├── AccountRefused           the account behind the key is disabled or unconfirmed
    ├── PermissionDenied         the key may not do this
    ├── NonceConflict            a newer nonce of the same key came first
    ├── PointsUsedUp             what this run may ask of the account was asked; nothing was sent
    ├── TryLater                 Kraken asks for a pause; `until` says how long, where it is known
    │   ├── RateLimited
    │   │   ├── Throttled        too many requests at a time: of this key, or of all from this address
    │   │   └── AddressLimited   whoever asks from this address, with whatever key
    │   └── LockedOut
    ├── RequestRefused           refused for another cause, in Kraken's own words
    │   ├── UnknownMethod        there is no such endpoint, or none for this account
    │   └── OrderRefused         an order was not taken
    ├── UnexpectedAnswer         an answer that has not the shape it should have
    │   └── NotListedAnyMore     it lacks what was there before
    └── OrderLost                the answer to an order was lost; the order may have been placed

    InvalidOrder                 a ValueError: an order that cannot be right, and was not sent

Which of Kraken's messages is which of them: `error_messages`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from ..accounts import Account
from ..invocation import to_run

LOCKOUT = timedelta(minutes=15)
"""How long Kraken leaves a key locked out, as a rule."""

_ONE_COUNTER = "The bot and this check spend from one counter: run less often, or slow the bot down."


class KrakenError(Exception):
    """Kraken, or the way there, said no.

    Attributes:
        reason: what happened, in words for the operator; Kraken's own words are quoted in it.
        remedy: what to do next.
        retry: whether asking the same again may help at once. Only ever used for reads.
        uncertain: whether Kraken may have carried the request out nevertheless.
        account, client_order_id: of the order concerned; None if it was about no order.
    """

    remedy: str = "Run with -v to see the exchange of requests; if it stays, ask Kraken's support."
    retry: ClassVar[bool] = False
    uncertain: bool = False
    account: Account | None = None
    client_order_id: str | None = None

    def __init__(self, reason: str, remedy: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        if remedy is not None:
            self.remedy = remedy

    def __str__(self) -> str:
        return self.reason


class Unreachable(KrakenError):
    """No usable answer in time: the network, the proxy, or Kraken's own servers."""

    remedy = "Check the network and https://status.kraken.com, then run again."
    retry = True

    def __init__(self, reason: str, remedy: str | None = None, *, sent: bool = True) -> None:
        super().__init__(reason, remedy)
        self.uncertain = sent


class CertificateNotTrusted(Unreachable):
    """Somebody answers in Kraken's place, or this machine does not know who vouches for it; nothing was sent."""

    remedy = (
        "Check the clock of this machine and any proxy that replaces certificates; give its authority with "
        "SSL_CERT_FILE or REQUESTS_CA_BUNDLE."
    )
    retry = False

    def __init__(self, reason: str) -> None:
        super().__init__(reason, sent=False)


class KeyBusy(KrakenError):
    """Another run or program of ours held the key all the time that there was: nothing was sent.

    Attributes:
        process_id: of the holder; None where that is not known.
    """

    remedy = "Wait until it is done, or end it, and run again; give each program a key of its own."

    def __init__(self, process_id: int | None = None) -> None:
        who = "another request of this process" if process_id is None else f"process {process_id}"
        super().__init__(f"{who} held this key all the time, so nothing was sent")
        self.process_id = process_id


class ClockAhead(KrakenError):
    """This machine's clock is so far ahead that its nonces would shut other programs out: nothing was sent.

    Attributes:
        seconds: how far it is ahead of Kraken's.
    """

    def __init__(self, seconds: int) -> None:
        super().__init__(
            f"this machine's clock is {seconds} s ahead of Kraken's, so nothing was sent with a key",
            "Set the clock by NTP and run again: nonces of the future would shut out every other program that "
            "uses these keys.",
        )
        self.seconds = seconds


class ExchangeRestricted(KrakenError):
    """Kraken is up, but its market takes only some orders, or none."""

    remedy = "Nothing to mend on this side: wait until https://status.kraken.com says online."


class KeyRejected(KrakenError):
    """The key is not known, its signature does not match, or it may not be used from here."""


class AccountRefused(KrakenError):
    """Kraken knows the key, but its account may not be used: disabled, or not confirmed."""

    remedy = "Sign in to this account at https://www.kraken.com and see what Kraken asks for, or ask its support."


class PermissionDenied(KrakenError):
    """The key lacks a permission that this request needs."""

    remedy = "Give the key the missing permission at https://www.kraken.com/u/security/api."


class NonceConflict(KrakenError):
    """Another program used the same key with a newer nonce."""

    def __init__(self, reason: str, remedy: str | None = None) -> None:
        super().__init__(
            reason,
            remedy
            or f"Another program shares this key, or this machine's clock is behind: {to_run('doctor')} tells "
            "what is known of it. Give each program a key of its own; if that is not possible and it "
            "counts nonces in micro- or nanoseconds, set the account's _NONCE_UNIT to us or ns.",
        )


class PointsUsedUp(KrakenError):
    """What one run may spend of the key's counter of calls is spent: the question was not asked."""

    remedy = (
        "Nothing to mend where it is rare: questions had to be asked again, and each counts. Where it stays, give "
        "this check a key of its own."
    )

    def __init__(self, most: int) -> None:
        super().__init__(f"it was not asked: a run may spend {most} points of the key's counter on an account")


class TryLater(KrakenError):
    """Kraken asks for a pause.

    Attributes:
        until: the time (UTC) after which to ask again; None where Kraken does not say.
    """

    def __init__(self, reason: str, until: datetime | None = None) -> None:
        super().__init__(
            reason, f"{self.remedy} {f'Ask again after {until:%H:%M:%S} UTC.' if until else ''}".strip()
        )
        self.until = until


class RateLimited(TryLater):
    """The key's call counter is used up: https://docs.kraken.com/exchange/guides/rest/ratelimits.

    Of 15 at most, one is taken off in three seconds at the lowest level, and more are at the others.
    """

    remedy = f"{_ONE_COUNTER} A minute without a call empties it: then ask again."


class Throttled(RateLimited):
    """Kraken has too many requests at a time: of this key, or of everybody who asks from this address."""

    remedy = _ONE_COUNTER


class AddressLimited(RateLimited):
    """The servers in front of Kraken have had too many requests from this address, whatever the keys."""

    remedy = (
        "Every program that asks Kraken from this address counts, whatever its key: run less often, and let no "
        "other program ask without a pause."
    )


class LockedOut(TryLater):
    """Kraken has locked the key out for a while after repeated invalid requests."""

    remedy = "Do not ask with this key meanwhile, that prolongs the lockout; then check the key and the secret."


class RequestRefused(KrakenError):
    """Kraken refused for a cause that has no class of its own; its words are in the reason."""


class UnknownMethod(RequestRefused):
    """Kraken has no such endpoint, or none for accounts of this kind."""


class OrderRefused(RequestRefused):
    """Kraken did not take the order: nothing was placed."""

    remedy = "Nothing was placed. Mend what Kraken names, and place the order anew."


class UnexpectedAnswer(KrakenError):
    """Kraken answered something that this program does not understand, or will not believe."""

    uncertain = True


class NotListedAnyMore(UnexpectedAnswer):
    """What Kraken listed before is not there now: one of the two answers is not true."""


class OrderLost(KrakenError):
    """The answer to an order was lost on the way: it may have been placed, or not."""

    uncertain = True
    account: Account
    client_order_id: str

    def __init__(self, account: Account, client_order_id: str, why: str) -> None:
        super().__init__(
            f"{account.label}: the answer to order {client_order_id} was lost ({why}); it may have been placed",
            f"Ask find_order({client_order_id!r}), again after a minute, before you place the order anew.",
        )
        self.account = account
        self.client_order_id = client_order_id


class InvalidOrder(ValueError):
    """An order that cannot be right: it was not sent. The message says what to mend."""
