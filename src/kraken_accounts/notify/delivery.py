"""Delivers a message in bounded time by every channel, and with it what earlier runs could not deliver."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from functools import partial

from ..bounded import within
from ..report.findings import Severity, rank
from ..storage import Storage
from .channel import Channel
from .message import LONGEST_BODY, Message
from .outbox import Outbox, Taken, Waiting

PATIENCE = 10.0  # seconds that all channels together have
_LONGEST_WITH_EARLIER = 2 * LONGEST_BODY  # characters, so that what waits becomes less with each run


def send(
    channels: Sequence[Channel], message: Message | None, storage: Storage, patience: float = PATIENCE
) -> list[str]:
    """Deliver a message, and what waits of earlier runs, as one message a channel.

    What cannot be delivered waits for the next run. What was not delivered in time may have been delivered after
    all, and then it comes twice.

    Args:
        message: None where this run has nothing to tell.
        storage: where what waits is kept.

    Returns:
        A sentence for each channel by which something was not delivered.
    """
    now = datetime.now(UTC)
    boxes = [Outbox(storage, channel.fingerprint) for channel in channels]
    posts = [
        (channel, box, taken)
        for channel, box in zip(channels, boxes, strict=True)
        if (taken := box.take(message, now)).messages
    ]
    letters = [_letter(taken, now) for _, _, taken in posts]
    jobs = [partial(channel.deliver, letter) for (channel, _, _), (letter, _) in zip(posts, letters, strict=True)]
    failures = []
    for (channel, box, taken), (_, numbers), arrived in zip(posts, letters, within(patience, jobs), strict=True):
        if taken.is_safe:
            box.settle(taken, numbers if arrived else ())
        if not arrived:
            failures.append(_failure(channel, taken))
    return failures


def send_now(channels: Sequence[Channel], message: Message, patience: float = PATIENCE) -> list[bool]:
    """Whether the message was delivered by each of the channels; nothing is kept of it."""
    jobs = [partial(channel.deliver, message) for channel in channels]
    return [bool(arrived) for arrived in within(patience, jobs)]


def _failure(channel: Channel, taken: Taken) -> str:
    what = f"Notification by {channel.name} not delivered"
    if not taken.is_safe:
        return f"{what}, and lost: nothing can be kept for the next run."
    return f"{what}: it is kept, and sent with the next run. Try the way with: kraken-accounts notify --test"


def _letter(taken: Taken, now: datetime) -> tuple[Message, Collection[str]]:
    """One message of as many as fit, this run's first and then the oldest; and the numbers of those in it."""
    messages = taken.messages
    first = messages[-1] if messages[-1].since == now else messages[0]
    title, body = first.message.title, first.message.body
    if first.since != now:
        body = f"{_when([first])}.\n{body}"
    sent = {first.number}
    severity = first.message.severity
    for alike in _alike(messages):
        if alike[0].message == first.message:
            sent |= {one.number for one in alike}
            earlier = [one for one in alike if one is not first]
            body += f"\n\n{_when(earlier)}: the same." if earlier else ""
            continue
        one = alike[0].message
        longer = f"{body}\n\n{_when(alike)}:\n{one.title}\n{one.body}"
        if len(longer) > _LONGEST_WITH_EARLIER:
            break
        body = longer
        sent |= {kept.number for kept in alike}
        severity = min(severity, one.severity, key=rank)
    if taken.lost:
        body += f"\n\n{taken.lost} earlier messages were too many to be kept."
    return Message(title, body, Severity(severity)), sent


def _alike(messages: Sequence[Waiting]) -> list[list[Waiting]]:
    """The messages in groups that say the same, by the first of each."""
    groups: dict[Message, list[Waiting]] = {}
    for one in messages:
        groups.setdefault(one.message, []).append(one)
    return list(groups.values())


def _when(kept: Sequence[Waiting]) -> str:
    more = f", and {len(kept) - 1} more times until {kept[-1].since:%Y-%m-%d %H:%M}" if len(kept) > 1 else ""
    return f"Not delivered on {kept[0].since:%Y-%m-%d %H:%M}{more} UTC"
