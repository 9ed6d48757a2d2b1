"""A simulated Kraken exchange: for demonstrations, for trying things out, and for tests. It needs only Python."""

from .accounts import SimulatedAccount, SimulatedHolding, SimulatedKey
from .accounts_file import AccountsFileError, load_exchange
from .catalogue import default_market, whole_market
from .clock import Clock, SettableClock
from .earn import EarnAllocation, EarnStrategy
from .exchange import Exchange
from .faults import Fault, FaultKind
from .market import Level
from .messages import LoggedRequest
from .past import PastEntry, PastTrade
from .records import BookOrder, CloseTerms, LedgerEntry, Position, Trade
from .request_log import RequestLog
from .sample_month import SampleMonth
from .samples import sample_environment, sample_exchange
from .server import SandboxServer
from .throttle import AddressThrottle, Refusal, ThrottledRequest

__all__ = [
    "AccountsFileError",
    "AddressThrottle",
    "BookOrder",
    "Clock",
    "CloseTerms",
    "EarnAllocation",
    "EarnStrategy",
    "Exchange",
    "Fault",
    "FaultKind",
    "LedgerEntry",
    "Level",
    "LoggedRequest",
    "PastEntry",
    "PastTrade",
    "Position",
    "Refusal",
    "RequestLog",
    "SampleMonth",
    "SandboxServer",
    "SettableClock",
    "SimulatedAccount",
    "SimulatedHolding",
    "SimulatedKey",
    "ThrottledRequest",
    "Trade",
    "default_market",
    "load_exchange",
    "sample_environment",
    "sample_exchange",
    "whole_market",
]
