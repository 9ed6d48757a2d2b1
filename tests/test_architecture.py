"""The rooms of the house: each imports only what lies before it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import kraken_accounts

SOURCE = Path(kraken_accounts.__file__).parent
# What stands beside the rooms knows nothing of them; what begins a program may use all of them.
ROOMS = ("config", "kraken", "report", "memory", "history", "fleet", "formats", "notify", "commands")
BEGINNINGS = ("__init__", "__main__", "cli")


def floor_of(module: str) -> int:
    """How far up a module lies; `module` is dotted, below the package."""
    first = module.partition(".")[0]
    if first in BEGINNINGS or not first:
        return len(ROOMS) + 1
    return ROOMS.index(first) + 1 if first in ROOMS else 0


def imports_of(code: str, package: tuple[str, ...]) -> Iterator[str]:
    """What a module imports of this package, at its top or later; names are dotted, below the package."""
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        base = package[: len(package) - (node.level - 1)]
        if node.module:
            yield ".".join((*base, node.module))
        else:
            yield from (".".join((*base, alias.name)) for alias in node.names if not alias.name.startswith("__"))


def upward(module: str, code: str, package: tuple[str, ...]) -> list[str]:
    """The imports of a module that lead upwards."""
    return [name for name in imports_of(code, package) if floor_of(name) > floor_of(module)]


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_nothing_imports_upwards(path: Path) -> None:
    parts = path.relative_to(SOURCE).with_suffix("").parts

    assert upward(".".join(parts), path.read_text(), parts[:-1]) == []


@pytest.mark.parametrize(
    ("module", "code", "found"),
    [
        ("kraken.client", "from ..report.model import Status", ["report.model"]),
        ("kraken.client", "def later():\n    from .. import fleet", ["fleet"]),
        ("money", "from .text import encodable", []),
        ("money", "from .kraken.wire import amount", ["kraken.wire"]),
        ("commands.check", "from ..fleet.inquiry import Inquiry", []),
        ("config.loading", "from ..cli import main", ["cli"]),
    ],
)
def test_an_upward_import_would_be_found(module: str, code: str, found: list[str]) -> None:
    assert upward(module, code, tuple(module.split(".")[:-1])) == found


def test_settings_are_read_at_the_edge() -> None:
    """Everywhere else they are handed on."""
    readers = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv")
    }
    short_ways = {"kraken/broker.py", "fleet/multi_account_broker_manager.py"}
    # What other programs read too when they connect, of the process and of no account.
    as_everybody_does = {"kraken/proxy.py", "kraken/tls.py"}

    assert {path for path in readers if not path.startswith(("config/", "commands/"))} == (
        short_ways | as_everybody_does
    )


def test_every_folder_is_a_room() -> None:
    folders = {path.name for path in SOURCE.iterdir() if path.is_dir() and path.name != "__pycache__"}

    assert folders == set(ROOMS)


def test_the_public_face_is_what_it_says() -> None:
    for name in kraken_accounts.__all__:
        assert getattr(kraken_accounts, name).__name__ == name
