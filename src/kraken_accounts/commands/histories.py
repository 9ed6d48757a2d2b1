"""Which history a command takes: that of the environment, else the user's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..run_variables import STORE

if TYPE_CHECKING:
    from ..history.store import History


def history_of_user(environ: Mapping[str, str]) -> History:
    """The history in the PostgreSQL that the environment names; without one, that in the state directory.

    Raises:
        ConfigurationError: that is no such URL, or the library for it is missing.
    """
    from ..config.secret import Secret
    from ..history.store import open_history

    url = Secret(environ.get(STORE, "").strip())
    return open_history(url if url.reveal() else None)
