"""How long does a check of so many accounts take, and how long do other clients? python benchmarks/run.py

Everything is measured as whole processes against the simulated exchange, which serves TLS with 50 ms a request, in
a process of its own. Each figure is the median of several runs, and every run has a new exchange, because one of
the clients counts nonces in a unit that shuts the others out. The table is printed and written to
docs/PERFORMANCE.md.

    python benchmarks/run.py           the real thing, some minutes
    python benchmarks/run.py --small   only to see that it works; writes nothing
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
BENCHMARKS = REPOSITORY / "benchmarks"
REPORT = REPOSITORY / "docs" / "PERFORMANCE.md"
BEGIN, END = "<!-- begin figures -->", "<!-- end figures -->"
PEERS = {
    "krakenex": "krakenex in a pool of 64 threads",
    "ccxt": "ccxt, asynchronous",
    "python-kraken-sdk": "python-kraken-sdk, asynchronous",
}
MANY_WORKERS = "64"


@dataclass(frozen=True)
class Plan:
    """What is measured."""

    runs: int
    latency: float
    few: int
    some: int
    many: int
    most: int


FULL = Plan(runs=5, latency=0.05, few=2, some=50, many=501, most=2000)
SMALL = Plan(runs=1, latency=0.005, few=2, some=4, many=8, most=16)


@dataclass(frozen=True)
class Figures:
    """Of one whole process, as the operating system accounts for it: seconds, and megabytes at the peak."""

    wall: float
    cpu: float
    peak: float


@contextmanager
def exchange(accounts: int, latency: float) -> Iterator[tuple[Path, dict[str, str]]]:
    """A new exchange in a process of its own: the file of its accounts, and an environment that trusts it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [sys.executable, str(BENCHMARKS / "exchange.py"), name, str(accounts), str(latency)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdin and process.stdout
            process.stdout.readline()
            authorities = str(folder / "authorities.pem")
            env = {
                "PATH": os.environ["PATH"],
                "SSL_CERT_FILE": authorities,
                "REQUESTS_CA_BUNDLE": authorities,
                "XDG_STATE_HOME": str(folder / "state"),
                "XDG_CACHE_HOME": str(folder / "cache"),
            }
            try:
                yield folder / "env", env
            finally:
                process.stdin.close()
                process.wait()


def measure(command: list[str], env: Mapping[str, str]) -> Figures:
    """Run a command to its end."""
    started = time.monotonic()
    process = subprocess.Popen(command, env=dict(env), stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return Figures(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def median(figures: list[Figures]) -> Figures:
    return Figures(
        *(statistics.median(getattr(run, field) for run in figures) for field in ("wall", "cpu", "peak"))
    )


def check(accounts: int, plan: Plan, *options: str) -> tuple[Figures, Figures]:
    """Of a check with nothing remembered, and of the next one, which remembers assets and pairs."""
    cold, warm = [], []
    for _ in range(plan.runs):
        with exchange(accounts, plan.latency) as (env_file, env):
            command = [
                *(sys.executable, str(REPOSITORY / "check_master_user_balances.py")),
                *("--env-file", str(env_file), "--format", "json", *options),
            ]
            cold.append(measure(command, env))
            warm.append(measure(command, env))
    return median(cold), median(warm)


def peer(name: str, plan: Plan) -> Figures:
    """Of one Balance call an account by another client."""
    runs = []
    for _ in range(plan.runs):
        with exchange(plan.many, plan.latency) as (env_file, env):
            runs.append(measure([sys.executable, str(BENCHMARKS / "peers.py"), name, str(env_file)], env))
    return median(runs)


def plain(*command: str, runs: int) -> Figures:
    env = {"PATH": os.environ["PATH"]}
    measure([sys.executable, *command], env)  # once, so that the byte code is there
    return median([measure([sys.executable, *command], env) for _ in range(runs)])


def table(plan: Plan) -> str:
    few, few_warm = check(plan.few, plan)
    some, _ = check(plan.some, plan)
    many, many_warm = check(plan.many, plan, "--workers", MANY_WORKERS)
    most, _ = check(plan.most, plan, "--workers", MANY_WORKERS)
    peers = {name: peer(name, plan) for name in PEERS}
    version = plain(str(REPOSITORY / "check_master_user_balances.py"), "--version", runs=4 * plan.runs)
    click = plain("-c", "import click", runs=4 * plan.runs)

    def row(what: str, figures: Figures, note: str) -> str:
        return f"| {what} | {figures.wall:.2f} s | {figures.cpu:.2f} s | {figures.peak:.0f} MB | {note} |"

    latency = f"{1000 * plan.latency:.0f} ms"
    return "\n".join(
        (
            f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}, TLS, "
            f"{latency} a request, median of {plan.runs} runs; the exchange runs on the same cores.",
            "",
            "| whole process | time | CPU | peak memory | |",
            "|---|---|---|---|---|",
            row(f"check of {plan.few} accounts", few, "nothing remembered"),
            row(
                f"check of {plan.few} accounts, again", few_warm, f"{few_warm.wall / few.wall:.2f} times the first"
            ),
            row(f"check of {plan.some} accounts", some, ""),
            row(
                f"check of {plan.many} accounts, `--workers {MANY_WORKERS}`",
                many,
                f"{1000 * many.cpu / plan.many:.1f} ms of CPU an account",
            ),
            row(f"check of {plan.many} accounts, again", many_warm, ""),
            row(
                f"check of {plan.most} accounts, `--workers {MANY_WORKERS}`",
                most,
                f"{most.wall / many.wall:.1f} times {plan.many} accounts",
            ),
            *(
                row(
                    f"{description}: Balance of {plan.many} accounts",
                    peers[name],
                    f"the check takes {many.wall / peers[name].wall:.2f} times that"
                    if peers[name].wall < many.wall
                    else f"the check is {peers[name].wall / many.wall:.1f} times faster",
                )
                for name, description in PEERS.items()
            ),
            row("`kraken-accounts --version`", version, f"{version.wall / click.wall:.2f} times the next"),
            row('`python -c "import click"`', click, ""),
        )
    )


def main() -> None:
    plan = SMALL if "--small" in sys.argv[1:] else FULL
    figures = table(plan)
    print(figures)
    if plan is FULL:
        before, _, rest = REPORT.read_text(encoding="utf-8").partition(BEGIN)
        REPORT.write_text(f"{before}{BEGIN}\n{figures}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
