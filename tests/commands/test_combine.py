"""`kraken-accounts combine` through the front door: parts of a fleet that real runs have made."""

from __future__ import annotations

import copy
import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kraken_sandbox import Exchange, SandboxServer, SimulatedAccount, SimulatedHolding, SimulatedKey

from ..conftest import Sandbox
from ..formats.test_json_schema import CLOSED, faults
from ..running import audit, check, combine
from ..support import sample_key, sample_secret, variables
from .test_check import one_sentence

NAMES = ("master", *(f"investor{number:02}" for number in range(59)))
TWINS = ("investor07", "investor30")  # in different parts of two, and one account at Kraken
SAME = "the keys of USER (investor07) and USER (investor30) open one and the same Kraken account"


@dataclass(frozen=True)
class Fleet:
    """Sixty accounts, checked in two parts and in one run."""

    parts: tuple[Path, Path]
    whole: dict[str, Any]


@contextmanager
def sixty_accounts() -> Iterator[dict[str, str]]:
    """The variables of sixty keys, two of which open one account at Kraken."""
    exchange = Exchange()
    for name in NAMES:
        if name != TWINS[1]:
            holdings = {"ZUSD": SimulatedHolding(Decimal(100)), "XXBT": SimulatedHolding(Decimal("0.001"))}
            exchange.add_account(SimulatedAccount(name, f"AA00 SAMPLE {name}", holdings))
        owner = TWINS[0] if name == TWINS[1] else name
        exchange.add_key(owner, SimulatedKey(sample_key(name), sample_secret(name)))
    with SandboxServer(exchange) as server:
        yield variables(server.url, *NAMES)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    folder = tmp_path_factory.mktemp("shared")
    parts = (folder / "part-1.json", folder / "part-2.json")
    with sixty_accounts() as env:
        for number, path in enumerate(parts, start=1):
            run = check("--shard", f"{number}/2", "--format", "json", "-o", path, env=env)
            assert (run.returncode, run.stdout, run.stderr) == (0, "", "")  # neither host can see it
        whole = json.loads(check("--format", "json", env=env).stdout)
    return Fleet(parts, whole)


class TestFleet:
    def test_one_account_behind_keys_of_two_parts_is_found(self, fleet: Fleet) -> None:
        run = combine(*fleet.parts, "--format", "json")

        found = json.loads(run.stdout)
        assert (run.returncode, run.stderr) == (1, "")
        assert faults(found, CLOSED) == []
        conflicts = [one for one in found["accounts"] if one["status"] == "conflict"]
        assert [one["user_id"] for one in conflicts] == [*TWINS]
        assert {one["reason"] for one in conflicts} == {SAME}
        assert [one["code"] for one in conflicts[0]["findings"]] == ["same-account", "no-ip-allowlist"]
        assert found["findings"][1:] == []  # but that it is not Kraken itself

    def test_the_report_is_that_of_one_run_over_all(self, fleet: Fleet) -> None:
        found = json.loads(combine(*fleet.parts, "--format", "json").stdout)

        of_that_run = ("since", "checks")  # it was the first that saw these accounts
        for one in (found, whole := copy.deepcopy(fleet.whole)):
            one["accounts"] = [
                {name: value for name, value in account.items() if name not in of_that_run}
                for account in one["accounts"]
            ]
        differs = {name for name in found if found[name] != whole[name]}
        assert differs <= {"generated_at", "duration_seconds", "parts"}
        assert found["totals"]["all"] == f"{58 * Decimal('164.25'):.2f}"
        sizes = [part["accounts"] for part in found["parts"]]
        assert (sum(sizes), min(sizes) > 20) == (60, True)

    @pytest.mark.parametrize(
        ("format_name", "code", "said"),
        [
            ("table", 1, "❌ USER (investor07) is NOT trading on Kraken"),
            ("text", 1, "Kraken is online · 58 of 60 accounts trading · the oldest of 2 parts: "),
            ("csv", 1, "USER (investor30),conflict,false,USD,"),
            ("prometheus", 1, 'account_finding{account="investor30",account_type="user",code="same-account"'),
            ("nagios", 2, f"USER (investor07), USER (investor30): conflict: T{SAME[1:]}"),
        ],
    )
    def test_every_format_says_so(
        self, fleet: Fleet, tmp_path: Path, format_name: str, code: int, said: str
    ) -> None:
        run = combine(*fleet.parts, "--format", format_name)
        quiet = combine(*fleet.parts, "--format", format_name, "-q", "-o", tmp_path / "report")

        assert (run.returncode, run.stderr) == (code, "")
        assert said in run.stdout
        assert (quiet.returncode, quiet.stdout) == (code, "")
        assert (tmp_path / "report").read_bytes().decode() == run.stdout.replace(
            "\n", "\r\n" if format_name == "csv" else "\n"
        )

    def test_a_part_that_is_missing_is_critical(self, fleet: Fleet) -> None:
        run = combine(fleet.parts[0], "--format", "text", "--quiet")

        assert run.returncode == 1
        said = [line.partition(" ")[2] for line in run.stdout.splitlines()]
        assert (
            "ALL ACCOUNTS: CRITICAL: Part 2 of 2 is missing: nobody knows how the accounts in it are. "
            "[part-missing]"
        ) in said
        assert "ALL ACCOUNTS: Do: Run “check --shard 2/2” on its host, and combine all 2 parts." in said

    def test_a_part_may_come_over_standard_input(self, fleet: Fleet) -> None:
        run = combine(fleet.parts[0], "-", "--format", "csv", stdin=fleet.parts[1].read_text())

        assert len(list(csv.DictReader(run.stdout.splitlines()))) == 60

    def test_assets_are_listed_on_demand(self, fleet: Fleet) -> None:
        assert "ASSETS OF USER (investor58)\n" in combine(*fleet.parts, "--assets", "--format", "text").stdout


class TestDemos:
    def test_are_headed_as_what_they_are(self, tmp_path: Path) -> None:
        for number in (1, 2):
            check("--demo", "--shard", f"{number}/2", "--format", "json", "-o", tmp_path / f"{number}.json")

        run = combine("1.json", "2.json", cwd=tmp_path)

        assert run.stdout.startswith("DEMO: sample accounts on a simulated exchange, no real funds\n")
        assert "ALL ACCOUNTS: $80,698.15" in run.stdout


def changed(path: Path, **fields: object) -> str:
    return json.dumps({**json.loads(path.read_text()), **fields})


class TestBadInput:
    """One clear sentence, exit code 2, nothing written."""

    def refused(self, folder: Path, *arguments: str | Path, stdin: str = "") -> str:
        before = {path: path.read_bytes() for path in folder.iterdir()}
        run = combine(*arguments, stdin=stdin, cwd=folder)
        assert (run.returncode, run.stdout) == (2, "")
        assert {path: path.read_bytes() for path in folder.iterdir()} == before
        return one_sentence(run.stderr)

    @pytest.fixture
    def folder(self, fleet: Fleet, tmp_path: Path) -> Path:
        """With the parts a and b, and with what should not be among them."""
        (first, second) = fleet.parts
        files = {
            "a": first.read_text(),
            "b": second.read_text(),
            "again": changed(first, duration_seconds="1"),
            "half": first.read_text()[:5000],
            "empty": "",
            "text": "TRADING STATUS\n",
            "later": changed(first, schema=2),
            "other": changed(
                second, exchange={**json.loads(second.read_text())["exchange"], "url": "http://127.0.0.1:9"}
            ),
            "third": changed(second, shard={"index": 3, "of": 3}),
            "wrong": changed(second, ok=False),
        }
        for name, content in files.items():
            (tmp_path / name).write_text(content)
        return tmp_path

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            ([], "Missing argument 'REPORT.json...'."),
            (["a", "a"], "a and a are the same report: give each part once"),
            (["a", "b", "again"], "a and again are both part 1 of 2: give each part once"),
            (["a", "half"], "half: is not JSON, or only a part of it: "),
            (["a", "empty"], "empty: is empty"),
            (["a", "text"], "text: is not JSON, or only a part of it: "),
            (["a", "later"], "later: is of schema “2”, and this version reads schema 1"),
            (["a", "missing"], "missing: cannot be read (No such file or directory)"),
            (["a", "."], ".: cannot be read (Is a directory)"),
            (["a", "other"], "http://127.0.0.1:9: not one exchange"),
            (["a", "third"], "a is part 1 of 2, third is part 3 of 3: not parts of one whole; "),
            (["a", "wrong"], "wrong: is at odds with itself: ok is false, but comes to true"),
            (["a", "b", "-o", "b"], "b: is one of the reports, so --output is not written over it"),
            (["a", "-", "-"], "standard input: is empty"),
            (["a", "b", "-o", "no/such/folder"], "there is no folder "),
            (["a", "b", "--format", "yaml"], "Invalid value for '--format': 'yaml' is not one of "),
            (["a", "\x1b[2J"], "Error: [2J: cannot be read"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, list) else "",
    )
    def test_is_refused(self, folder: Path, arguments: list[str], sentence: str) -> None:
        assert sentence.removeprefix("Error: ") in self.refused(folder, *arguments)

    def test_with_an_output_that_stays_as_it_is(self, folder: Path) -> None:
        (folder / "report").write_text("the old one")

        self.refused(folder, "a", "half", "-o", "report")

    def test_of_demos_mixed_with_live_ones(self, folder: Path) -> None:
        check("--demo", "--shard", "2/2", "--format", "json", "-o", folder / "demo")

        assert self.refused(folder, "a", "demo") == "demo is of sample accounts (--demo), a is not"

    def test_of_an_audit(self, folder: Path) -> None:
        audit("--demo", "--format", "json", "-o", folder / "audit")

        assert self.refused(folder, "audit") == "audit: is the report of an audit; combine takes those of `check`"

    def test_of_another_currency(self, sandbox: Sandbox, tmp_path: Path) -> None:
        for number, quote in ((1, "USD"), (2, "EUR")):
            options = ("--shard", f"{number}/2", "--quote", quote, "--format", "json")
            check(*options, "-o", tmp_path / quote, env=sandbox.env)

        assert self.refused(tmp_path, "USD", "EUR") == (
            "USD has totals in USD, EUR in EUR: give all parts the same --quote"
        )

    def test_a_plugin_says_so_in_its_line(self, folder: Path) -> None:
        run = combine("a", "half", "--format", "nagios", cwd=folder)

        assert run.returncode == 3
        assert run.stdout.startswith("KRAKEN UNKNOWN - half: is not JSON, or only a part of it: ")

    def test_the_keys_are_spared(self, folder: Path) -> None:
        (folder / ".env").write_text("KRAKEN_MASTER_API_KEY=<paste_your_master_key>\n")

        sentence = self.refused(folder, "a", "b", "-o", ".env")

        assert sentence == ".env: is the file with the keys, so no report is written over it"
