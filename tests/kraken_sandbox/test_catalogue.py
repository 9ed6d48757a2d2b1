"""The files that say what is listed: anyone can add a line to them."""

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import kraken_sandbox
from kraken_sandbox.catalogue import default_market

PACKAGE = Path(kraken_sandbox.__file__).parent

TICKER = """
from kraken_sandbox.catalogue import default_market
market = default_market()
print(market.find_asset("XRT").decimals, market.ticker(market.find_pair("XRT/GBP")).last)
"""


def first_columns(name: str) -> list[str]:
    with (PACKAGE / "data" / name).open(newline="") as file:
        return [row[0] for row in csv.reader(file)][1:]


def with_a_line_more(folder: Path, name: str, line: str) -> subprocess.CompletedProcess[str]:
    """What a copy of the package does, one of whose files has a line more."""
    shutil.copytree(PACKAGE, folder / "kraken_sandbox", ignore=shutil.ignore_patterns("__pycache__"))
    with (folder / "kraken_sandbox" / "data" / name).open("a") as file:
        file.write(line + "\n")
    return subprocess.run(
        [sys.executable, "-c", TICKER],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_line_lists_something_of_its_own() -> None:
    market = default_market()

    assert first_columns("assets.csv") == list(market.assets)
    assert first_columns("pairs.csv") == list(market.pairs)
    assert first_columns("quote_currencies.csv") == list(
        dict.fromkeys([*first_columns("quote_currencies.csv"), *(p.quote.code for p in market.pairs.values())])
    )


def test_a_line_more_is_a_pair_more(tmp_path: Path) -> None:
    run = with_a_line_more(tmp_path, "pairs.csv", "XRTGBP,XRT,ZGBP,3,5,,1.250")

    assert (run.stdout, run.stderr) == ("10 1.250\n", "")


@pytest.mark.parametrize(
    ("name", "line", "problem"),
    [
        ("pairs.csv", "XRTGBP,XRT,GBP,3,5,,1.250", "there is no 'GBP'"),
        ("pairs.csv", "XRTGBP,XRT,ZGBP,three,5,,1.250", "'three'"),
        ("pairs.csv", "XRTGBP,XRT,ZGBP", "NoneType"),
        ("assets.csv", "XRT2,XRT2,currency,10,5,much,", "ConversionSyntax"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, name: str, line: str, problem: str) -> None:
    run = with_a_line_more(tmp_path, name, line)

    error = run.stderr.splitlines()[-1]
    assert error.startswith(f"ValueError: {name}, line {len(first_columns(name)) + 2}: ")
    assert problem in error
