"""Put generated answers through all of the program: python scripts/fuzz.py [--answers 100000] [--seed 0]

Ends with code 1 if there was an exception that is none of the documented ones, or an output that is not fit to be
read, and shows the smallest answers that lead to it.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.faults.floor import assert_fit_to_be_read
from tests.faults.whole_runs import Question, WholeRuns, all_answers, shown

_BATCH = 20  # examples of one seed
_EACH = 50  # answers that an example takes, about
_SETTINGS = settings(
    max_examples=_BATCH,
    database=None,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


def main() -> int:
    options = argparse.ArgumentParser(description="Put generated answers through all of the program.")
    options.add_argument("--answers", type=int, default=100_000, metavar="N", help="how many, about")
    options.add_argument("--seed", type=int, default=0, metavar="N", help="the first seed")
    chosen = options.parse_args()
    batches = -(-chosen.answers // (_BATCH * _EACH))
    began = time.monotonic()
    statuses: Counter[str] = Counter()
    answered = runs = failures = 0
    with ProcessPoolExecutor(os.cpu_count()) as processes:
        for batch in processes.map(_batch, range(chosen.seed, chosen.seed + batches)):
            answered += batch.answered
            runs += batch.runs
            statuses += batch.statuses
            if batch.failure:
                failures += 1
                print(batch.failure, file=sys.stderr)
    print(
        f"{answered:,} answers in {runs:,} checks and audits, each in every format, "
        f"{time.monotonic() - began:.0f} s: {failures} unexpected exceptions"
    )
    print("statuses:", ", ".join(f"{status} {n:,}" for status, n in statuses.most_common()))
    return 1 if failures else 0


class Batch:
    """What came of the examples of one seed."""

    def __init__(self) -> None:
        self.statuses: Counter[str] = Counter()
        self.answered = 0
        self.runs = 0
        self.failure = ""


def _batch(number: int) -> Batch:
    batch = Batch()
    with WholeRuns() as runs:

        @seed(number)
        @_SETTINGS
        @given(answers=all_answers)
        def come_through(answers: Mapping[Question, bytes]) -> None:
            found = runs.outcome(answers)
            for name, text in shown(found):
                assert_fit_to_be_read(name, text)
            batch.runs += 2
            batch.statuses.update(account.status.value for account in found.report.accounts)

        try:
            come_through()
        except Exception:  # noqa: BLE001 - each is what this looks for
            batch.failure = f"seed {number}:\n{traceback.format_exc()}"
        batch.answered = runs.exchange.answered
    return batch


if __name__ == "__main__":
    sys.exit(main())
