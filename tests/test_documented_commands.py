"""Each command that a page shows or mentions is one, with options and values that it takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from kraken_accounts.cli import cli

from .conftest import Sandbox
from .running import REPOSITORY, check, completion

PAGES = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").glob("*.md")])
CALL = re.compile(
    r"(?:^|[\s/=(])(?:kraken-accounts|check_master_user_balances\.py)(?= |$)((?:(?! :::| 2>)[^|;&<>#)\"])*)"
)


def shown(text: str) -> Iterator[str]:
    """What is written as code: between backticks, indented, or fenced."""
    yield from re.findall(r"`([^`\n]+)`", text)
    yield from re.findall(r"^ {4,}(\S.*)$", text, re.MULTILINE)
    for block in re.findall(r"```\w+\n(.*?)```", text, re.DOTALL):
        yield from block.replace("\\\n", " ").splitlines()


def calls(text: str) -> list[list[str]]:
    """The arguments of each call of the command, once."""
    # A shell puts a file where `<(…)` stands, and a value where a variable does, or `{}` for GNU parallel.
    filled = (re.sub(r"\$\w+|\{\}", "1", re.sub(r"<\(.*?\)", "/dev/stdin", code)) for code in shown(text))
    found = map(CALL.search, filled)
    return [shlex.split(arguments) for arguments in dict.fromkeys(match[1] for match in found if match)]


def understood(arguments: list[str]) -> None:
    """As the command line does before anything is done.

    Raises:
        click.UsageError: it is none of its commands, options or values.
    """
    command: click.Command = cli
    parent: click.Context | None = None
    name = "kraken-accounts"
    while True:
        try:
            parent = command.make_context(name, [*arguments], parent=parent)
        except click.exceptions.Exit:  # --version and --help end it
            return
        rest = [*parent._protected_args, *parent.args]
        if not isinstance(command, click.Group) or not rest:
            return
        _, found, arguments = command.resolve_command(parent, rest)
        assert found
        command, name = found, rest[0]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_is_understood(page: Path) -> None:
    for arguments in calls(page.read_text(encoding="utf-8")):
        try:
            understood(arguments)
        except click.MissingParameter:
            continue  # only mentioned
        except click.UsageError as error:
            pytest.fail(f"{' '.join(arguments)}: {error.format_message()}")


def test_one_that_is_not_would_be_found() -> None:
    found = calls(
        "Run `kraken-accounts check --fromat json`, or\n\n    PATH=/x .venv/bin/kraken-accounts chekc | cat\n"
    )

    assert found == [["check", "--fromat", "json"], ["chekc"]]
    for arguments in (*found, ["check", "--format", "xml"], ["accounts", "renam", "x", "y"]):
        with pytest.raises(click.UsageError):
            understood(arguments)


def lines(page: str) -> list[list[str]]:
    """The arguments of the indented lines of a page that call the command."""
    text = (REPOSITORY / "docs" / page).read_text(encoding="utf-8")
    return [
        shlex.split(line, comments=True) for line in re.findall(r"^    kraken-accounts (.*)$", text, re.MULTILINE)
    ]


def test_what_the_page_on_gain_begins_with_runs(sandbox: Sandbox, tmp_path: Path) -> None:
    env = {**sandbox.env, "XDG_STATE_HOME": str(tmp_path / "state")}
    completion("check", env=env)

    runs = [completion(*arguments, env=env, cwd=tmp_path) for arguments in lines("GAIN.md")]

    assert [(run.returncode, run.stderr) for run in runs] == [(0, "")] * 4
    assert "MASTER" in runs[0].stdout
    assert "<html" in (tmp_path / "bravo.html").read_text(encoding="utf-8")


def test_parts_of_a_fleet_are_checked_and_combined_as_the_page_shows(sandbox: Sandbox, tmp_path: Path) -> None:
    part, combine = lines("FLEETS.md")
    for number in "123":
        arguments = [argument.replace("/shared/part-2", f"{tmp_path}/part-{number}") for argument in part]
        check(*(argument.replace("2/3", f"{number}/3") for argument in arguments[1:]), env=sandbox.env)

    combined = completion(combine[0], *map(str, sorted(tmp_path.glob("part-*.json"))), env=sandbox.env)

    assert part[0] == "check"
    assert combine == ["combine", "/shared/part-*.json"]
    assert (combined.returncode, combined.stderr) == (1, "")
    assert "USER (delta) is NOT trading on Kraken" in combined.stdout
