"""What each command loads: nothing heavy that it does not need, for a start that feels instant."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable
from functools import cache
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import pytest

from .commands.test_history import recorded
from .conftest import Sandbox
from .running import CONSOLE_SCRIPT, SCRIPT, nobodys_keys, unmeasured

HEAVY = {
    "apprise",
    "urllib3",  # and requests, which is loaded only when it is used
    "httptools",
    "krakenex",
    "rich",
    "prometheus_client",
    "psycopg",
    "jinja2",
    "pygal",
    "xlsxwriter",
    "sqlite3",
    "dotenv",
    "platformdirs",
}


def loaded(*arguments: str, env: dict[str, str] | None = None) -> set[str]:
    """The heavy packages that a check imports."""
    return loaded_by(SCRIPT, *nobodys_keys(arguments), env=env)


def loaded_by(*command: str | Path, env: dict[str, str] | None = None) -> set[str]:
    """The heavy packages that a run of the command imports."""
    return heavy(modules_of(*command, env=env))


def heavy(modules: set[str]) -> set[str]:
    """The heavy packages that these are of."""
    return HEAVY & {module.partition(".")[0] for module in modules}


def imported_modules(*arguments: str, env: dict[str, str] | None = None) -> set[str]:
    """The modules that a check imports."""
    return modules_of(SCRIPT, *nobodys_keys(arguments), env=env)


def modules_of(*command: str | Path, env: dict[str, str] | None = None) -> set[str]:
    """The modules that a run of the command imports."""
    run = subprocess.run(
        [sys.executable, "-X", "importtime", *command],
        env=unmeasured(env),
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    modules = {line.rpartition("|")[2].strip() for line in run.stderr.splitlines()}
    assert "click" in modules
    return modules


@pytest.mark.parametrize(
    "arguments", [["--version"], ["--help"], ["--bogus"], ["--timeout", "soon"]], ids=" ".join
)
def test_versions_help_and_slips_load_nothing_heavy(arguments: list[str]) -> None:
    assert loaded(*arguments) == set()


@pytest.mark.parametrize(
    ("format_name", "packages"),
    [
        ("json", set[str]()),
        ("text", set[str]()),
        ("csv", set[str]()),
        ("nagios", set[str]()),
        ("table", {"rich"}),
        ("prometheus", {"prometheus_client"}),
    ],
)
def test_a_check_loads_what_its_format_needs(sandbox: Sandbox, format_name: str, packages: set[str]) -> None:
    always = {"httptools", "krakenex", "dotenv", "platformdirs", "sqlite3"}

    modules = imported_modules("--format", format_name, env=sandbox.env)

    assert heavy(modules) == always | packages
    assert modules & NEWS == set()


NEWS = {f"kraken_accounts.{module}" for module in ("memory.audience", "report.comparison", "formats.news")}


@pytest.mark.parametrize("format_name", ["table", "text", "json"])
def test_news_is_loaded_where_it_is_asked_for(sandbox: Sandbox, format_name: str) -> None:
    needed = NEWS - ({"kraken_accounts.formats.news"} if format_name == "json" else set())

    assert imported_modules("--format", format_name, "--news", env=sandbox.env) & NEWS == needed


def test_what_keeps_the_history_is_loaded_only_where_something_is_recorded(sandbox: Sandbox) -> None:
    server = {**sandbox.env, "KRAKEN_ACCOUNTS_STORE": "postgresql://127.0.0.1:1/any"}

    assert not {"sqlite3", "psycopg"} & loaded("--format", "json", "--no-record", env=server)
    assert {"sqlite3", "psycopg"} & loaded("--format", "json", env=server) == {"psycopg"}


def test_what_tells_somebody_is_loaded_only_where_somebody_is_to_be_told(sandbox: Sandbox) -> None:
    ping = ("--format", "json", "--ping", "http://127.0.0.1:1/")

    assert "apprise" not in loaded(*ping, env=sandbox.env)
    assert "apprise" in loaded(*ping, "--notify", "json://127.0.0.1:1/", env=sandbox.env)


@pytest.mark.parametrize(
    ("format_name", "libraries"),
    [("json", set[str]()), ("html", {"jinja2", "pygal"}), ("xlsx", {"xlsxwriter"})],
)
def test_what_pages_and_workbooks_need_is_loaded_only_for_them(
    sandbox: Sandbox, tmp_path: Path, format_name: str, libraries: set[str]
) -> None:
    env = {**sandbox.env, "XDG_STATE_HOME": os.environ["XDG_STATE_HOME"]}
    recorded(env)

    options = nobodys_keys(["--no-ledger", "--format", format_name, "-o", tmp_path / "gain"])
    found = loaded_by(CONSOLE_SCRIPT, "history", *options, env=env)

    assert (tmp_path / "gain").exists()

    assert found & {"jinja2", "pygal", "xlsxwriter"} == libraries


REPOSITORY = SCRIPT.parent


@cache
def nodes_of(path: Path) -> list[ast.AST]:
    """Whatever is in the file, which is parsed once."""
    return list(ast.walk(ast.parse(path.read_text())))


def tops(*folders: str) -> set[str]:
    """The names at the top of what the files there import: `krakenex` for `krakenex.api`."""
    files = [path for folder in folders for path in (REPOSITORY / folder).rglob("*.py")]
    nodes = [node for path in files for node in nodes_of(path)]
    modules = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    return {module.partition(".")[0] for module in modules} - sys.stdlib_module_names


def imported(*folders: str) -> set[str]:
    """The packages that the files there import, by the names under which they are installed."""
    return {normal(name) for top in tops(*folders) for name in _installed().get(top, ())} - {"kraken-accounts"}


_installed = cache(packages_distributions)


def normal(requirement: str) -> str:
    """The name of a package as it is compared, without any bounds."""
    return re.split(r"[ <>=;\[]", requirement.strip(), maxsplit=1)[0].lower().replace("_", "-")


def test_what_is_imported_is_declared_and_nothing_else() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    extras = chain.from_iterable(project["optional-dependencies"].values())
    declared = {normal(dependency) for dependency in (*project["dependencies"], *extras)}
    lines = (REPOSITORY / "requirements" / "dev.in").read_text().splitlines()
    for_tests = {normal(line) for line in lines if not line.startswith(("#", "-"))}

    assert imported("src") == declared
    # Some tools are not imported, and some types are those of a package that is declared.
    tools = {
        "build",
        "coverage",
        "mypy",
        "ruff",
        "pytest-xdist",
        "types-html5lib",
        "types-openpyxl",
        "types-requests",
    }
    assert imported("tests", "scripts", "benchmarks") - declared == for_tests - tools


def test_the_simulated_exchange_needs_nothing_else() -> None:
    assert tops("src/kraken_sandbox") == set()


def private(nodes: Iterable[ast.AST]) -> list[str]:
    """The names with an underscore before them where a file reaches for those of others: by a dot, or to patch."""
    found = []
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.Attribute):
            whose = node.value.id if isinstance(node.value, ast.Name) else ""
            found += [] if whose in ("self", "cls", "os") else [node.attr]  # os._exit is nobody's secret
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "setattr":
            texts = [argument.value for argument in node.args[:2] if isinstance(argument, ast.Constant)]
            found += [str(text).rpartition(".")[2] for text in texts]
    return [name for name in found if re.match("_[^_]", name)]


def test_no_test_reaches_for_a_private_name() -> None:
    ours = {
        node.name if isinstance(node, ast.FunctionDef | ast.ClassDef) else node.id
        for path in (REPOSITORY / "src").rglob("*.py")
        for node in nodes_of(path)
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    }
    files = [path for folder in ("tests", "scripts", "benchmarks") for path in (REPOSITORY / folder).rglob("*.py")]
    reached = {path.name: {*private(nodes_of(path))} & ours for path in files}

    assert {name: names for name, names in reached.items() if names} == {}


@pytest.mark.parametrize(
    "code",
    [
        "from kraken_accounts.fleet.inquiry import _market",
        "broker._client = client",
        'monkeypatch.setattr("kraken_accounts.kraken.client._ATTEMPTS", 1)',
        'monkeypatch.setattr(storage, "_PATIENCE", 1)',
    ],
)
def test_a_private_name_would_be_found(code: str) -> None:
    assert private(ast.walk(ast.parse(code)))


def test_no_name_stands_for_two_classes() -> None:
    files = (REPOSITORY / "src").rglob("*.py")
    names = Counter(
        node.name for path in files for node in ast.parse(path.read_text()).body if isinstance(node, ast.ClassDef)
    )

    assert {name for name, count in names.items() if count > 1 and not name.startswith("_")} == set()
