"""The help of all commands, and the manual page that is made of it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from kraken_accounts.cli import cli

from ..running import REPOSITORY, completion, environment

PAGE = REPOSITORY / "docs" / "kraken-accounts.1"
MAN, GROFF = shutil.which("man"), shutil.which("groff")


def commands(group: click.Command, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """All commands by their names, those of groups behind them."""
    if isinstance(group, click.Group):
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            yield (*path, name), command
            yield from commands(command, *path, name)


ALL = dict(commands(cli))
EACH = pytest.mark.parametrize("path", ALL, ids=" ".join)


@EACH
def test_every_command_and_every_option_says_what_it_is_for(path: tuple[str, ...]) -> None:
    command = ALL[path]
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]

    assert re.match(r"[A-Z].*[.:]", (command.help or "").replace("\n", " ")), "no help"
    for option in options:
        assert re.fullmatch(r"(?s)[A-Z0-9`].*\.(  \[.*\])?", option.help or ""), option.name


@pytest.mark.parametrize("name", [path[0] for path in ALL if len(path) == 1])
def test_every_command_shows_examples_and_where_to_read_more(name: str) -> None:
    shown = completion(name, "--help").stdout
    examples = re.search(r"\n  Examples:\n((?:    .*\n)+)", shown)
    more = re.search(r"\n  Read more: (.*(?:\n  .*)*)", shown)

    assert examples and more
    assert all(line.startswith("    ") for line in examples[1].splitlines())
    assert re.search(rf"^    .*kraken-accounts {name}", examples[1], re.MULTILINE)
    *pages, last = " ".join(more[1].split()).split(", ")
    assert last == "man kraken-accounts"
    assert [page for page in pages if not (REPOSITORY / page).is_file()] == []


@EACH
def test_examples_are_command_lines_that_are_understood(path: tuple[str, ...]) -> None:
    """As far as their options go: each command and each option is there."""
    for line in re.findall(r"^  (?! )(.*)$", ALL[path].epilog or "", re.MULTILINE):
        match = re.search(r"kraken-accounts (\w+)((?: [^|)]+)?)", line)
        assert match, line
        command = ALL[(match[1],)]
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        assert set(re.findall(r"(?<= )--?[a-z][a-z-]*", match[2])) <= known | {"-"}, line


@EACH
def test_help_says_the_same_as_the_option(path: tuple[str, ...]) -> None:
    asked, option = completion("help", *path), completion(*path, "--help")

    assert (asked.returncode, asked.stdout, asked.stderr) == (0, option.stdout, "")


def test_help_alone_lists_the_commands() -> None:
    assert completion("help").stdout == completion("--help").stdout


@pytest.mark.parametrize("names", [("nope",), ("accounts", "nope"), ("check", "nope")], ids=" ".join)
def test_help_of_no_command_is_wrong_usage(names: tuple[str, ...]) -> None:
    run = completion("help", *names)

    assert (run.returncode, run.stdout) == (2, "")
    assert f"there is no command '{' '.join(names)}': see kraken-accounts help.\n" in run.stderr


@pytest.mark.parametrize(
    ("names", "meant"), [(("chekc",), "check"), (("doctr",), "doctor"), (("accounts", "renam"), "rename")], ids=str
)
def test_a_slip_of_the_fingers_is_told_what_may_be_meant(names: tuple[str, ...], meant: str) -> None:
    asked, typed = completion("help", *names), completion(*names)

    assert (asked.returncode, asked.stdout, typed.returncode, typed.stdout) == (2, "", 2, "")
    assert f"see kraken-accounts help. Did you mean '{meant}'" in asked.stderr
    assert f"No such command '{names[-1]}'. Did you mean '{meant}'" in typed.stderr


def test_help_completes_names() -> None:
    told = [
        completion(
            env={
                "COMP_WORDS": line,
                "COMP_CWORD": str(line.count(" ")),
                "_KRAKEN_ACCOUNTS_COMPLETE": "bash_complete",
            }
        )
        for line in ("kraken-accounts help do", "kraken-accounts help accounts ", "kraken-accounts help nope ")
    ]

    assert [run.stdout for run in told] == [
        "plain,doctor\n",
        "plain,accept\nplain,add\nplain,forget\nplain,list\nplain,remove\nplain,rename\nplain,rotate\n",
        "\n",
    ]


class TestManualPage:
    def test_is_what_the_help_says(self) -> None:
        assert completion("help", "--man").stdout == PAGE.read_text(), "run: make readme"

    def test_of_one_command_alone_there_is_none(self) -> None:
        run = completion("help", "--man", "check")

        assert (run.returncode, run.stdout) == (2, "")

    @pytest.mark.skipif(MAN is None, reason="man is not installed")
    def test_man_shows_it_without_a_warning(self) -> None:
        shown = rendered("man", "--warnings", "-l", str(PAGE), MANWIDTH="100")

        assert "kraken-accounts doctor [OPTIONS]" in shown

    @pytest.mark.skipif(GROFF is None, reason="groff is not installed")
    def test_groff_shows_every_command_and_every_option(self) -> None:
        shown = rendered("groff", "-Tascii", "-man", "-ww", "-P-cbou", str(PAGE))

        for path, command in ALL.items():
            assert f"kraken-accounts {' '.join(path)} [OPTIONS]" in shown
            for parameter in command.params:
                assert all(option in shown for option in parameter.opts if option.startswith("-"))

    def test_is_plain_ascii(self) -> None:
        assert PAGE.read_text().isascii()


def rendered(*command: str, **env: str) -> str:
    run = subprocess.run(command, env=environment(env), cwd=Path("/"), capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout
