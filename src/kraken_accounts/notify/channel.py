"""The ways to somebody, each a URL of Apprise: Telegram, Slack, e-mail, ntfy and a hundred more.

Source: https://appriseit.com/getting-started/universal-syntax/
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..config.secret import Secret
from ..errors import ConfigurationError, sealed
from ..report.findings import Severity
from ..storage import name_for
from .message import Message

if TYPE_CHECKING:
    import apprise

_SHOWN = 6  # hexadecimal digits: enough to tell one's own URLs apart, too few to try guesses at one
_TYPES = {Severity.CRITICAL: "failure", Severity.WARNING: "warning", Severity.INFO: "info"}  # in Apprise's words


class Channel:
    """One way. The URL is a secret: it says who may write to whom.

    Attributes:
        name: the scheme of the URL, and a fingerprint of it.
        fingerprint: stands for the URL and does not show it.

    Raises:
        ConfigurationError: Apprise does not understand the URL, which is not repeated.
    """

    def __init__(self, url: Secret, origin: str) -> None:
        self.fingerprint = name_for("notify", url.reveal())
        self._service: apprise.Apprise | None = sealed(_service, url)
        if self._service is None:
            raise ConfigurationError(
                f"{origin}: Apprise does not understand this URL; nothing was asked or sent. The URLs it knows: "
                "https://appriseit.com/services/"
            )
        scheme = url.reveal().partition("://")[0].lower()
        self.name = f"{scheme} ({self.fingerprint[:_SHOWN]})"

    def deliver(self, message: Message) -> bool:
        """Whether the message has arrived at the service; it may take its time, or for ever."""
        if self._service is None:
            return False
        return bool(
            self._service.notify(
                body=message.body, title=message.title, notify_type=_TYPES[message.severity], body_format="text"
            )
        )


def open_channels(urls: Iterable[tuple[Secret, str]]) -> list[Channel]:
    """The ways that these URLs lead, each once.

    Args:
        urls: each with where it comes from, as people call that.

    Raises:
        ConfigurationError: Apprise is not installed, or does not understand one of them.
    """
    first = dict(reversed(list(urls)))
    if not first:
        return []
    try:
        import apprise
    except ImportError:
        raise ConfigurationError(
            "notifications need the library Apprise, which is not installed here: make notify (in the checkout), "
            "or pip install 'kraken-accounts[notify]'"
        ) from None
    # Its messages repeat URLs, parts of them at least.
    logging.getLogger(apprise.__name__).disabled = True
    return [Channel(url, origin) for url, origin in reversed(first.items())]


def _service(url: Secret) -> apprise.Apprise | None:
    import apprise

    # Without a time limit of its own it needs no pool of threads, whose end the process would wait for.
    asset = apprise.AppriseAsset(service_timeout=0)
    try:
        plugin = apprise.Apprise.instantiate(url.reveal(), asset=asset)
    except Exception:  # noqa: BLE001 - of characters that are none, for instance
        return None
    if plugin is None:
        return None
    if "overflow=" not in url.reveal():
        # Else a service refuses what is too long for it, now and with every later run.
        plugin.overflow_mode = apprise.OverflowMode.SPLIT
    service = apprise.Apprise(asset=asset)
    return service if service.add(plugin) else None
