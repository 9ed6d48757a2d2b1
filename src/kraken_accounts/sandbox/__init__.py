"""A simulated Kraken exchange: for `--demo`, for trying things out, and for tests."""

from kraken_accounts.sandbox.exchange import Exchange
from kraken_accounts.sandbox.samples import sample_environment, sample_exchange
from kraken_accounts.sandbox.server import SandboxServer

__all__ = ["Exchange", "SandboxServer", "sample_environment", "sample_exchange"]
