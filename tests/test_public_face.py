"""What programs import: everything that a constructor, a result or an error needs, and each by the name it has."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from types import FunctionType
from typing import Any, TypeVar, get_args, get_type_hints

import pytest

import kraken_accounts
from kraken_accounts import History, KrakenBroker, KrakenError, MultiAccountBrokerManager, Session, Storage
from kraken_accounts.kraken.public import get_system_status

HANDED_ON = (History, Session, Storage)
"""Programs get or give one, and call nothing of it."""

_RAISES = re.compile(r"\n\s+Raises:\n(?P<what>.*?)(?:\n\n|$)", re.DOTALL)
_RAISED = re.compile(r"^\s+([A-Z]\w+):", re.MULTILINE)


def public() -> list[Any]:
    return [getattr(kraken_accounts, name) for name in kraken_accounts.__all__]


def classes_in(hint: object) -> Iterator[type]:
    """The classes of this package that a type hint names."""
    if isinstance(hint, TypeVar):
        hint = hint.__bound__
    for part in get_args(hint):
        yield from classes_in(part)
    if isinstance(hint, type) and hint.__module__.startswith("kraken_accounts"):
        yield hint


def functions_of(item: Any) -> Iterator[FunctionType]:
    """A function itself; of a class how it is made and what may be called."""
    if isinstance(item, FunctionType):
        yield item
        return
    for name, member in inspect.getmembers(item):
        function = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
        if isinstance(function, FunctionType) and (name == "__init__" or not name.startswith("_")):
            yield function


def needed_by(item: Any) -> set[str]:
    """The names of all that somebody who uses it takes, gets or catches."""
    functions = list(functions_of(item))
    hints = [hint for function in functions for hint in get_type_hints(function).values()]
    if isinstance(item, type):
        hints += [hint for name, hint in get_type_hints(item).items() if not name.startswith("_")]
    raised = {
        name
        for documented in (item, *functions)
        for match in _RAISES.finditer(inspect.getdoc(documented) or "")
        for name in _RAISED.findall(f"\n{match['what']}")
    }
    builtin = {name for name in raised if name in vars(sys.modules["builtins"])}
    return {found.__name__ for hint in hints for found in classes_in(hint)} | (raised - builtin)


@pytest.mark.parametrize("item", [item for item in public() if item not in HANDED_ON], ids=lambda i: i.__name__)
def test_all_that_a_public_thing_needs_is_public(item: Any) -> None:
    assert needed_by(item) <= set(kraken_accounts.__all__)


def test_it_would_be_found_if_something_were_missing() -> None:
    assert {"KrakenError", "InvalidOrder", "OrderLost", "Deadline", "Side", "OrderResult"} <= needed_by(
        KrakenBroker
    )
    assert {"Settings", "Report", "AuditReport", "ConfigurationError"} <= needed_by(MultiAccountBrokerManager)
    assert needed_by(get_system_status) == {"KrakenClient", "Deadline", "SystemStatus", "KrakenError"}


def test_all_that_kraken_may_say_can_be_caught() -> None:
    def kinds(of: type[BaseException]) -> Iterator[type[BaseException]]:
        yield of
        for kind in of.__subclasses__():
            yield from kinds(kind)

    assert {kind.__name__ for kind in kinds(KrakenError)} <= set(kraken_accounts.__all__)


def test_each_name_stands_there_once() -> None:
    assert sorted(kraken_accounts.__all__) == sorted(set(kraken_accounts.__all__))
    shown = [name for name in dir(kraken_accounts) if not name.startswith("__")]
    assert shown == sorted(kraken_accounts.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Krake'"):
        kraken_accounts.Krake  # noqa: B018


def test_a_prompt_completes_the_public_names_before_they_were_used() -> None:
    """In a Python of its own, where nothing else is loaded."""
    code = """
import rlcompleter, kraken_accounts
complete = rlcompleter.Completer({"kraken_accounts": kraken_accounts}).complete
print(*iter(lambda state=iter(range(99)): complete("kraken_accounts.Order", next(state)), None))
from kraken_accounts import *
print(MultiAccountBrokerManager.__name__, OrderLost.__name__)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    completed, imported = run.stdout.splitlines()
    names = [
        name.removeprefix("kraken_accounts.").removesuffix("(").removesuffix(")") for name in completed.split()
    ]
    assert names == ["Order", "OrderLost", "OrderRefused", "OrderResult", "OrderType"]
    assert imported == "MultiAccountBrokerManager OrderLost"


def test_importing_the_package_loads_nothing_of_it() -> None:
    code = "import sys, kraken_accounts; print([name for name in sys.modules if 'kraken_accounts.' in name])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout == "[]\n"
