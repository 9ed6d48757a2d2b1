"""Which exchange is asked, by which way, whether that answers without a key, and what time it is there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta

from ...deadline import Deadline
from .findings import Condition, Line
from .settings import Patient

_MOST_SKEW = timedelta(seconds=5)  # beyond which nothing is sent with a key
_VARIABLES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy")


def look_at_exchange(patient: Patient) -> Iterator[Line]:
    """Which one it is, and the way there."""
    from ...config import KRAKEN_URL, ConfigurationError
    from ...config.variables import URL
    from ...kraken.proxy import proxy_for
    from ...kraken.tls import authorities, tls_context

    url = _url_of(patient)
    if patient.settings is None:
        yield Line(Condition.UNKNOWN, f"the accounts cannot be read; without them {url} is taken")
    elif url == KRAKEN_URL:
        yield Line(Condition.FINE, url)
    else:
        where = next((f" {place}" for name, place in patient.settings.counting if name == URL), "")
        yield Line(Condition.NOTE, f"{url}, named by {URL}{where}: not Kraken's own, {KRAKEN_URL}")
    variables = [name for name in _VARIABLES if os.environ.get(name)]
    said = f"; set in the environment: {', '.join(variables)}" if variables else ""
    try:
        proxy = proxy_for(url)
    except ConfigurationError as refusal:
        yield Line(Condition.WRONG, f"proxy: {refusal}")
    else:
        login = ", with a login" if proxy and proxy.headers else ""
        yield Line(Condition.NOTE, f"proxy: {proxy.url + login if proxy else 'none on the way there'}{said}")
    try:
        path, variable = authorities()
        tls_context()
    except ConfigurationError as refusal:
        yield Line(Condition.WRONG, f"certificate authorities: {refusal}")
    else:
        whose = f"{path}, named by {variable}" if variable else f"certifi's, {path}"
        yield Line(Condition.NOTE, f"certificate authorities: {whose}")


def look_at_reachability(patient: Patient, timeout: float, deadline: Deadline) -> Iterator[Line]:
    """Whether it answers, how fast, and what time it is there; `patient` knows afterwards whether it does."""
    from ...config import ConfigurationError
    from ...kraken.errors import KrakenError
    from ...kraken.reachability import reach
    from ...storage import Storage

    try:
        found = reach(_url_of(patient), timeout=timeout, deadline=deadline, state=Storage.state())
    except ConfigurationError as refusal:
        yield Line(Condition.WRONG, f"could not be asked: {refusal}")
        return
    except KrakenError as error:
        yield Line(Condition.WRONG, error.reason, error.remedy)
        return
    patient.is_reachable = True
    looked_up = "" if found.looked_up is None else f"name looked up in {_milliseconds(found.looked_up)}, "
    yield Line(
        Condition.FINE,
        f"reachable without a key: {looked_up}connected in {_milliseconds(found.connected)}, answered in "
        f"{_milliseconds(found.answered)}",
    )
    status = found.status
    condition = Condition.FINE if status.online else Condition.WRONG
    yield Line(
        condition, f"Kraken's status: {status.status}", "" if status.online else "See https://status.kraken.com."
    )
    for what, notices in (("emergency", status.emergency), ("upcoming maintenance", status.upcoming_maintenance)):
        for notice in notices:
            yield Line(Condition.NOTE, f"{what}: {notice.summary}")
    yield _clock(found.ahead)


def _clock(ahead: timedelta | None) -> Line:
    if ahead is None:
        return Line(Condition.UNKNOWN, "clock: Kraken did not tell its time")
    seconds = round(abs(ahead.total_seconds()))
    direction = "ahead of" if ahead > timedelta() else "behind"
    if abs(ahead) > _MOST_SKEW:
        return Line(
            Condition.WRONG,
            f"clock: this machine's is {seconds} s {direction} Kraken's",
            "Set the clock by NTP: nonces and expiry dates go by it.",
        )
    off = f"{seconds} s {direction} Kraken's" if seconds > 1 else "the same as Kraken's, to about a second"
    return Line(Condition.FINE, f"clock: {off}")


def _url_of(patient: Patient) -> str:
    """Where the accounts are unknown, that of the environment, or else Kraken's own; no key is sent there then."""
    from ...config import KRAKEN_URL, ConfigurationError
    from ...config.url import base_url
    from ...config.variables import URL, read_environment

    if patient.settings is not None:
        return patient.settings.url
    try:
        return base_url(
            read_environment({name: value for name, value in os.environ.items() if name == URL}).get(URL)
        )
    except ConfigurationError:
        return KRAKEN_URL


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
