"""Generated answers come through all of the program: nothing fails, and every output is fit to be read."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given

from ..running import LIMIT, REPOSITORY, environment
from .floor import assert_fit_to_be_read
from .hostile import few_examples
from .whole_runs import Question, WholeRuns, all_answers, shown

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def runs() -> Iterator[WholeRuns]:
    with WholeRuns() as runs:
        yield runs


@pytest.mark.soak
@few_examples
@given(answers=all_answers)
def test_generated_answers_come_through_every_check_and_every_format(
    runs: WholeRuns, answers: Mapping[Question, bytes]
) -> None:
    """A little of what `python scripts/fuzz.py` does at length."""
    for name, text in shown(runs.outcome(answers)):
        assert_fit_to_be_read(name, text)


@pytest.mark.soak
def test_the_script_that_does_so_at_length() -> None:
    """Some hundred answers here; docs/RELIABILITY.md has the figures of a hundred thousand."""
    command = [sys.executable, "scripts/fuzz.py", "--answers", "500"]
    ended = subprocess.run(
        command, cwd=REPOSITORY, env=environment(), capture_output=True, text=True, timeout=LIMIT, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "0 unexpected exceptions" in ended.stdout
