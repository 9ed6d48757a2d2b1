"""A simulated Kraken exchange: for `--demo`, for trying things out, and for tests."""

from kraken_accounts.sandbox.accounts import Account, ApiKey, Holding
from kraken_accounts.sandbox.accounts_file import AccountsFileError, load_exchange
from kraken_accounts.sandbox.exchange import Exchange
from kraken_accounts.sandbox.faults import Fault, FaultKind
from kraken_accounts.sandbox.messages import LoggedRequest
from kraken_accounts.sandbox.samples import sample_environment, sample_exchange
from kraken_accounts.sandbox.server import SandboxServer

__all__ = [
    "Account",
    "AccountsFileError",
    "ApiKey",
    "Exchange",
    "Fault",
    "FaultKind",
    "Holding",
    "LoggedRequest",
    "SandboxServer",
    "load_exchange",
    "sample_environment",
    "sample_exchange",
]
