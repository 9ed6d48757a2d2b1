from __future__ import annotations

import gc
import os
import signal
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import is_hypothesis_test, settings

from kraken_accounts.config import env_file
from kraken_sandbox import (
    Exchange,
    LoggedRequest,
    SandboxServer,
    sample_exchange,
)
from kraken_sandbox.samples import environment

# The same examples of a property in each run, so that no change is blamed for what another has done.
settings.register_profile("quick", derandomize=True, deadline=None, database=None, max_examples=30)
settings.register_profile("soak", settings.get_profile("quick"), max_examples=200)


# What is not about databases themselves is tried on PostgreSQL, too, in `make test-soak`.
_OF_DATABASES = (
    "test_ledgers_together",
    "test_pruning",
    "test_recording",
    "test_store",
    "test_together",
    "test_troubles",
)


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("soak" if _is_soak(config) else "quick")
    # What the tests start can be interrupted, also where a shell runs them in the background, deaf to Ctrl-C.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)  # before those without the marker are left out
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Many examples of a property are a matter of `make test-soak`, and so is what databases do not differ in.

    Whatever is long goes first.
    """
    for item in items if _is_soak(config) else ():
        if is_hypothesis_test(getattr(item, "function", None)):
            item.add_marker("soak")
    for item in items:
        if "[postgresql" in item.name and item.path.stem not in _OF_DATABASES:
            item.add_marker("soak")
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def _is_soak(config: pytest.Config) -> bool:
    return bool(config.getoption("markexpr") == "soak")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Nobody looks for cycles among thousands of tests, neither now nor later: that is a tenth of their cost."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


class Sandbox:
    """The sample accounts on a simulated exchange that serves this one test.

    Attributes:
        env: the variables that point to it and hold the sample keys.
    """

    def __init__(self, exchange: Exchange, url: str) -> None:
        self.exchange = exchange
        self.url = url
        self.env = environment(exchange, url)

    def env_file(self, folder: Path, **changes: str) -> Path:
        """A `.env` with those variables, some of them changed."""
        path = folder / ".env"
        path.write_text("".join(f"{name}={value}\n" for name, value in {**self.env, **changes}.items()))
        path.chmod(0o600)
        return path

    def endpoints(self) -> list[str]:
        """What has been asked, in order of arrival."""
        return [request.endpoint for request in self.exchange.requests]

    def placed(self) -> list[LoggedRequest]:
        """The orders that were sent to be placed, and not only to be validated."""
        return [
            request
            for request in self.exchange.requests
            if request.endpoint == "AddOrder" and request.parameters.get("validate") != "true"
        ]


@contextmanager
def _served() -> Iterator[Sandbox]:
    exchange = sample_exchange()
    with SandboxServer(exchange) as server:
        yield Sandbox(exchange, server.url)


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where their homes are: among thousands of them pytest would look longer and longer for a new name."""
    return tmp_path_factory.mktemp("homes")


@pytest.fixture(autouse=True)
def _new_home(_homes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the library keeps between runs, it keeps for one test only."""
    home = Path(tempfile.mkdtemp(dir=_homes))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    # Nor does it ever see the keys of whoever runs the tests.
    monkeypatch.setattr(env_file, "CHECKOUT", home)
    for variable in [name for name in os.environ if name.startswith("KRAKEN_")]:
        monkeypatch.delenv(variable)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """For the commands. They only look, which the request log proves after each test."""
    with _served() as sandbox:
        yield sandbox
        assert sandbox.placed() == []


@pytest.fixture
def trading_floor() -> Iterator[Sandbox]:
    """For the library, which may place orders."""
    with _served() as sandbox:
        yield sandbox
