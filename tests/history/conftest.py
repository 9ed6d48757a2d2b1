from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kraken_accounts.config.secret import Secret
from kraken_accounts.history.store import History, open_history
from kraken_sandbox import Exchange, SandboxServer
from kraken_sandbox.accounts import TIERS, Tier

from . import postgres
from .floor import Floor


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Server]:
    binaries = postgres.programs()
    if binaries is None:
        pytest.skip(postgres.MISSING)
    with postgres.running(binaries) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, str]]:
    """The variables by which commands, and `history`, find a store that is not there yet, of each kind."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    variables = {"XDG_STATE_HOME": str(tmp_path / "state")}
    if request.param == "sqlite":
        yield variables
        return
    server: postgres.Server = request.getfixturevalue("server")
    url = server.new_database()
    yield {**variables, "KRAKEN_ACCOUNTS_STORE": url}
    server.give_back(url)


@pytest.fixture
def history(store: dict[str, str]) -> History:
    """The same, for the library."""
    return opened(store)


def opened(store: dict[str, str]) -> History:
    url = store.get("KRAKEN_ACCOUNTS_STORE")
    return open_history(None if url is None else Secret(url))


@pytest.fixture
def floor(store: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Floor]:
    """Whose counters have fallen again before each check, as they do in the time between two."""
    monkeypatch.setitem(TIERS, "pro", Tier(1000, 1))
    exchange = Exchange()
    with SandboxServer(exchange) as server:
        yield Floor(exchange, server.url, store, opened(store))
