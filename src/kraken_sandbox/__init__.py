"""A simulated Kraken exchange: for demonstrations, for trying things out, and for tests. It needs only Python."""

from .accounts import SimulatedAccount, SimulatedHolding, SimulatedKey
from .accounts_file import AccountsFileError, load_exchange
from .catalogue import default_market, whole_market
from .exchange import Exchange
from .faults import Fault, FaultKind
from .messages import LoggedRequest
from .samples import sample_environment, sample_exchange
from .server import SandboxServer
from .throttle import AddressThrottle, Refusal, ThrottledRequest

__all__ = [
    "AccountsFileError",
    "AddressThrottle",
    "Exchange",
    "Fault",
    "FaultKind",
    "LoggedRequest",
    "Refusal",
    "SandboxServer",
    "SimulatedAccount",
    "SimulatedHolding",
    "SimulatedKey",
    "ThrottledRequest",
    "default_market",
    "load_exchange",
    "sample_environment",
    "sample_exchange",
    "whole_market",
]
