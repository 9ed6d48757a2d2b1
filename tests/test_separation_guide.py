"""The guide to separation says what is so: its commands and examples run."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from textwrap import dedent

import pytest

from kraken_accounts.config import load_settings
from kraken_accounts.report.verdict import Status
from kraken_sandbox import Fault, FaultKind, SimulatedAccount, SimulatedHolding, SimulatedKey

from .conftest import Sandbox
from .running import CONSOLE_SCRIPT, LIMIT, REPOSITORY, check, environment, programs

GUIDE = REPOSITORY / "docs" / "MASTER_USER_ACCOUNT_SEPARATION_GUIDE.md"
TEXT = GUIDE.read_text(encoding="utf-8")
DAIVON = "KRAKEN_USER_DAIVON"


@dataclass(frozen=True)
class Block:
    """A fenced block: `sh` and `python` to run, `dotenv` to put into `.env`, `text` that the last run printed."""

    section: str
    language: str
    text: str


def _blocks() -> Iterator[Block]:
    for section in re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]:
        for indent, language, text in re.findall(
            r"^( *)```(\w+)\n(.*?)\n\1```$", section, re.DOTALL | re.MULTILINE
        ):
            yield Block(section.partition("\n")[0], language, dedent(f"{indent}{text.removeprefix(indent)}"))


BLOCKS = tuple(_blocks())


def blocks_of(section: str, *languages: str) -> list[Block]:
    return [block for block in BLOCKS if block.section == section and block.language in (languages or LANGUAGES)]


LANGUAGES = ("sh", "python", "dotenv", "text")


def variables_in(block: Block) -> dict[str, str]:
    return dict(line.split("=", 1) for line in block.text.splitlines())


class Operator:
    """Somebody who does what the guide says, in a folder with a `.env` of the master's key."""

    def __init__(self, folder: Path, variables: dict[str, str]) -> None:
        self.folder = folder
        self.variables = variables
        self.printed = ""
        self._save()

    def follow(self, blocks: Sequence[Block]) -> None:
        for block in blocks:
            if block.language == "dotenv":
                self.variables |= variables_in(block)
                self._save()
            elif block.language == "text":
                self._compare(block)
            else:
                self._run(["sh", "-eu", "-c"] if block.language == "sh" else [sys.executable, "-c"], block)

    def _save(self) -> None:
        path = self.folder / ".env"
        path.write_text("".join(f"{name}={value}\n" for name, value in self.variables.items()))
        path.chmod(0o600)

    def _run(self, command: list[str], block: Block) -> None:
        variables = environment()
        variables["PATH"] = f"{programs()}:{CONSOLE_SCRIPT.parent}:{variables['PATH']}"
        run = subprocess.run(
            [*command, block.text],
            env=variables,
            cwd=self.folder,
            capture_output=True,
            encoding="utf-8",
            timeout=LIMIT,
            check=False,
        )
        assert (run.returncode, run.stderr) == (0, ""), block.text
        self.printed = run.stdout

    def _compare(self, block: Block) -> None:
        """Each line that the guide shows was printed, in this order."""
        printed = iter([line.strip() for line in self.printed.splitlines()])
        for line in block.text.splitlines():
            assert line.strip() in printed, f"{line!r} is not (in its place) in\n{self.printed}"


@pytest.fixture
def floor(trading_floor: Sandbox) -> Sandbox:
    """The sample exchange with an account for the user of the guide, and the guide's keys to it."""
    exchange = trading_floor.exchange
    exchange.add_account(
        SimulatedAccount("daivon_frazier", "AA00 SAMP LE00 0077", {"ZUSD": SimulatedHolding(Decimal(5000))})
    )
    for block in BLOCKS:
        if block.language == "dotenv" and f"{DAIVON}_API_KEY" in block.text:
            found = variables_in(block)
            exchange.add_key(
                "daivon_frazier", SimulatedKey(found[f"{DAIVON}_API_KEY"], found[f"{DAIVON}_API_SECRET"])
            )
    return trading_floor


@pytest.fixture
def newcomer(floor: Sandbox, tmp_path: Path) -> Operator:
    """Has the master's account only."""
    master = {name: value for name, value in floor.env.items() if name == "KRAKEN_API_URL" or "_MASTER_" in name}
    return Operator(tmp_path, master)


@pytest.fixture
def operator(newcomer: Operator) -> Operator:
    """Has the master's account and that of the user."""
    newcomer.follow(blocks_of("Add a user", "dotenv"))
    return newcomer


def test_every_block_is_tried() -> None:
    assert {block.language for block in BLOCKS} == set(LANGUAGES)
    assert {block.section for block in BLOCKS} == {
        "See it for yourself",
        "Add a user",
        "Rotate a key without downtime",
        "One key for each program",
        "Orders from Python",
    }
    assert len(BLOCKS) == TEXT.count("```") // 2


def test_see_it_for_yourself(operator: Operator, floor: Sandbox) -> None:
    shutil.copy(operator.folder / ".env", operator.folder / "bots.env")

    operator.follow(blocks_of("See it for yourself"))

    assert floor.placed() == []


def test_add_a_user(newcomer: Operator, floor: Sandbox) -> None:
    newcomer.follow(blocks_of("Add a user"))

    assert floor.placed() == []


@pytest.mark.parametrize(
    ("label", "code"), [("daivon_frazier", 0), ("Daivon_Frazier", 0), ("daivon", 2), ("daivon.frazier", 2)]
)
def test_who_is_meant_on_the_command_line(operator: Operator, label: str, code: int) -> None:
    run = check("--account", label, cwd=operator.folder)

    assert (run.returncode, "did you mean 'daivon_frazier'" in run.stderr) == (code, code == 2)


def test_rotate_a_key(operator: Operator, floor: Sandbox) -> None:
    old = operator.variables[f"{DAIVON}_API_KEY"]
    *change_over, last_look, what_it_shows = blocks_of("Rotate a key without downtime")

    operator.follow(change_over)
    floor.exchange.revoke_key(old)
    operator.follow([last_look, what_it_shows])

    assert operator.variables[f"{DAIVON}_API_KEY"] != old
    assert floor.placed() == []


def test_count_in_the_unit_of_the_bot(operator: Operator) -> None:
    operator.follow(blocks_of("One key for each program"))

    daivon = load_settings({}, operator.folder / ".env").accounts[1]
    assert daivon.credentials is not None
    assert daivon.credentials.nonce_unit == "us"


class TestOrdersFromPython:
    EXAMPLES = blocks_of("Orders from Python")

    def test_place_and_cancel(self, operator: Operator, floor: Sandbox) -> None:
        operator.follow(self.EXAMPLES[:2])

        (order,) = floor.exchange.state.accounts["daivon_frazier"].orders()
        assert order.status == "canceled"

    @pytest.mark.parametrize(
        ("fault", "words", "orders"),
        [
            (None, "placed: buy 0.00100000 XBTUSD @ limit 40000.0", 1),
            (FaultKind.LOST, "the answer was lost; the order is open", 1),
            (FaultKind.DROP, "the answer was lost; Kraken knows of no such order", 0),
        ],
        ids=str,
    )
    def test_settle_a_lost_order(
        self, operator: Operator, floor: Sandbox, fault: FaultKind | None, words: str, orders: int
    ) -> None:
        if fault is not None:
            floor.exchange.faults.add(Fault(fault, endpoint="AddOrder"))

        operator.follow(self.EXAMPLES[2:3])

        assert operator.printed == f"{words}\n"
        assert len(list(floor.exchange.state.accounts["daivon_frazier"].orders())) == orders
        assert floor.endpoints().count("AddOrder") == 1

    def test_an_audit(self, operator: Operator, floor: Sandbox) -> None:
        operator.follow(self.EXAMPLES[3:])

        assert operator.printed.count("True\n") == 8  # four guarantees of two accounts
        assert floor.placed() == []


def test_links_and_statuses_are_real() -> None:
    assert {"rejected", "not-configured", "nonce-conflict", "conflict"} <= set(Status)
    assert "(docs/MASTER_USER_ACCOUNT_SEPARATION_GUIDE.md)" in (REPOSITORY / "README.md").read_text(
        encoding="utf-8"
    )
    for link in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert link.startswith("https://") or (GUIDE.parent / link).exists(), link
