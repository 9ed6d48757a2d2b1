from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kraken_accounts.sandbox import Exchange, SandboxServer, sample_environment, sample_exchange


class Sandbox:
    """The sample accounts on a simulated exchange that serves this one test.

    Attributes:
        env: the variables that point to it and hold the sample keys.
    """

    def __init__(self, exchange: Exchange, url: str) -> None:
        self.exchange = exchange
        self.url = url
        self.env = sample_environment(url)

    def env_file(self, folder: Path, **changes: str) -> Path:
        """A `.env` with those variables, some of them changed."""
        path = folder / ".env"
        path.write_text("".join(f"{name}={value}\n" for name, value in {**self.env, **changes}.items()))
        path.chmod(0o600)
        return path

    def endpoints(self) -> list[str]:
        """What has been asked, in order of arrival."""
        return [request.endpoint for request in self.exchange.requests]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    exchange = sample_exchange()
    with SandboxServer(exchange) as server:
        yield Sandbox(exchange, server.url)
