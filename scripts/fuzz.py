"""Put generated answers through parsing and every format: python scripts/fuzz.py [--answers 100000] [--seed 0]

Ends with code 1 at the first exception that is none of the documented ones, and names the seed that leads to it.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.faults.floor import assert_fit_to_be_read
from tests.generated import ANSWERS_OF_AN_OUTCOME, outcome, shown

_BATCH = 10  # reports


def main() -> int:
    options = argparse.ArgumentParser(description="Put generated answers through parsing and every format.")
    options.add_argument("--answers", type=int, default=100_000, metavar="N", help="how many, at least")
    options.add_argument("--seed", type=int, default=0, metavar="N", help="the first seed")
    chosen = options.parse_args()
    reports = -(-chosen.answers // ANSWERS_OF_AN_OUTCOME)
    began = time.monotonic()
    statuses: Counter[str] = Counter()
    starts = range(chosen.seed, chosen.seed + reports, _BATCH)
    failures = 0
    with ProcessPoolExecutor(os.cpu_count()) as processes:
        for found, failed in processes.map(_batch, starts):
            statuses += found
            for failure in failed:
                failures += 1
                print(failure, file=sys.stderr)
    count = len(starts) * _BATCH
    print(
        f"{count * ANSWERS_OF_AN_OUTCOME:,} answers in {count:,} reports, each in every format, "
        f"{time.monotonic() - began:.0f} s: {failures} unexpected exceptions"
    )
    print("statuses:", ", ".join(f"{status} {n:,}" for status, n in statuses.most_common()))
    return 1 if failures else 0


def _batch(start: int) -> tuple[Counter[str], list[str]]:
    statuses: Counter[str] = Counter()
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(start, start + _BATCH):
            try:
                found = outcome(seed, Path(folder))
                for name, text in shown(found):
                    assert_fit_to_be_read(name, text)
            except Exception:  # noqa: BLE001 - each is what this looks for
                failed.append(f"seed {seed}:\n{traceback.format_exc()}")
            else:
                statuses.update(account.status.value for account in found.report.accounts)
    return statuses, failed


if __name__ == "__main__":
    sys.exit(main())
