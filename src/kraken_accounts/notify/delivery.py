"""Delivers a message in bounded time by every channel, and with it what earlier runs could not deliver."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from ..bounded import within
from ..invocation import to_run
from ..report.findings import Severity, rank
from ..storage import Storage
from .channel import Channel
from .message import LONGEST_BODY, Message
from .outbox import DAMAGED, Outbox, Taken, Waiting

PATIENCE = 10.0  # seconds that all channels together have
_LONGEST_WITH_EARLIER = 2 * LONGEST_BODY  # characters, so that what waits becomes less with each run


@dataclass(frozen=True, slots=True)
class Post:
    """What one channel has to deliver.

    Attributes:
        now: when this run's own message was posted (UTC).
    """

    channel: Channel
    box: Outbox
    taken: Taken
    now: datetime

    @property
    def is_kept(self) -> bool:
        """Whether a later run has it if it cannot be delivered now."""
        return self.taken.is_safe


def post(channels: Sequence[Channel], message: Message | None, storage: Storage) -> list[Post]:
    """Keep a message for every channel, and take what waits of earlier runs, as one message a channel.

    Args:
        message: None where this run has nothing to tell.
        storage: where what waits is kept.

    Returns:
        What there is to deliver; none for a channel by which nothing is sent, and of which nothing is to be said.
    """
    now = datetime.now(UTC)
    boxes = [Outbox(storage, channel.fingerprint) for channel in channels]
    posts = [Post(channel, box, box.take(message, now), now) for channel, box in zip(channels, boxes, strict=True)]
    return [one for one in posts if one.taken.messages or one.taken.trouble is not None]


def deliver(posts: Sequence[Post], patience: float = PATIENCE) -> list[str]:
    """Deliver all of it.

    What cannot be delivered waits for the next run. What was not delivered in time may have been delivered after
    all, and then it comes twice.

    Returns:
        A sentence for each channel by which something was not delivered.
    """
    unreadable = [_unreadable(one, one.taken.trouble) for one in posts if one.taken.trouble is not None]
    posts = [one for one in posts if one.taken.messages]
    letters = [_letter(one.taken, one.now) for one in posts]
    jobs = [partial(one.channel.deliver, letter) for one, (letter, _) in zip(posts, letters, strict=True)]
    failures = unreadable
    for one, (_, numbers), arrived in zip(posts, letters, within(patience, jobs), strict=True):
        if one.is_kept:
            one.box.settle(one.taken, numbers if arrived else ())
        if not arrived:
            failures.append(_failure(one))
    return failures


def send_now(channels: Sequence[Channel], message: Message, patience: float = PATIENCE) -> list[bool]:
    """Whether the message was delivered by each of the channels; nothing is kept of it."""
    jobs = [partial(channel.deliver, message) for channel in channels]
    return [bool(arrived) for arrived in within(patience, jobs)]


def _failure(undelivered: Post) -> str:
    what = f"Notification by {undelivered.channel.name} not delivered"
    if not undelivered.is_kept:
        return f"{what}, and lost: nothing can be kept for the next run."
    return f"{what}: it is kept, and sent with the next run. Try the way with: {to_run('notify', '--test')}"


def _unreadable(post: Post, why: str) -> str:
    return f"What waits for {post.channel.name} cannot be read, so it waits on, and nothing can be kept: {why}."


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
    if taken.is_damaged and first.message != DAMAGED:
        body += f"\n\n{DAMAGED.body}"
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
