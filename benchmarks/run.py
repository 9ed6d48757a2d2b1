"""How long does a check of so many accounts take, and how long do other clients? python benchmarks/run.py

Everything is measured as whole processes against the simulated exchange, which serves TLS with 50 ms a request,
in a process of its own. Each figure is the median of several rounds; in every round each command has its turn, so
that a machine that is slow for a while is slow for all. Every command has a new exchange, because one of the
clients counts nonces in a unit that shuts the others out. Files lie in memory where that can be had (/dev/shm):
what a disk does is not what is measured. The table is printed and written to docs/PERFORMANCE.md.

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
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
BENCHMARKS = REPOSITORY / "benchmarks"
CHECK = REPOSITORY / "check_master_user_balances.py"
MEMORY = Path("/dev/shm")
REPORT = REPOSITORY / "docs" / "PERFORMANCE.md"
BEGIN, END = "<!-- begin figures -->", "<!-- end figures -->"
PEERS = {
    "krakenex": "krakenex in a pool of 64 threads",
    "ccxt": "ccxt, asynchronous",
    "python-kraken-sdk": "python-kraken-sdk, asynchronous",
}
MANY_WORKERS = "100"  # what docs/PERFORMANCE.md advises for hundreds of accounts


@dataclass(frozen=True)
class Plan:
    """What is measured."""

    rounds: int
    latency: float
    few: int
    some: int
    many: int
    most: int


FULL = Plan(rounds=5, latency=0.05, few=2, some=50, many=501, most=2000)
SMALL = Plan(rounds=1, latency=0.005, few=2, some=4, many=8, most=16)


@dataclass(frozen=True)
class Figures:
    """Of one whole process, as the operating system accounts for it: seconds, and megabytes at the peak."""

    wall: float
    cpu: float
    peak: float


@contextmanager
def exchange(accounts: int, latency: float) -> Iterator[tuple[Path, dict[str, str]]]:
    """A new exchange in a process of its own: the file of its accounts, and an environment that trusts it."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name:
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


def one_round(plan: Plan) -> Iterator[tuple[str, Figures]]:
    """Each command once, by a name for it."""
    for name, accounts, options in (
        ("few", plan.few, ()),
        ("some", plan.some, ()),
        ("many", plan.many, ("--workers", MANY_WORKERS)),
        ("most", plan.most, ("--workers", MANY_WORKERS)),
    ):
        with exchange(accounts, plan.latency) as (env_file, env):
            command = [sys.executable, str(CHECK), "--env-file", str(env_file), "--format", "json", *options]
            yield name, measure(command, env)
            if name in ("few", "many"):
                yield f"{name} again", measure(command, env)  # with assets and pairs remembered
    for name in PEERS:
        with exchange(plan.many, plan.latency) as (env_file, env):
            yield name, measure([sys.executable, str(BENCHMARKS / "peers.py"), name, str(env_file)], env)
    env = {"PATH": os.environ["PATH"]}
    for _ in range(4):
        yield "version", measure([sys.executable, str(CHECK), "--version"], env)
        yield "click", measure([sys.executable, "-c", "import click"], env)


def medians(plan: Plan) -> dict[str, Figures]:
    """Of all rounds, by the names of the commands."""
    found: defaultdict[str, list[Figures]] = defaultdict(list)
    measure([sys.executable, str(CHECK), "--version"], {"PATH": os.environ["PATH"]})  # its byte code is there now
    for _ in range(plan.rounds):
        for name, figures in one_round(plan):
            found[name].append(figures)
    return {
        name: Figures(*map(statistics.median, zip(*map(astuple, runs), strict=True)))
        for name, runs in found.items()
    }


def table(plan: Plan) -> str:
    of = medians(plan)
    many = of["many"]

    def row(what: str, figures: Figures, note: str) -> str:
        return f"| {what} | {figures.wall:.2f} s | {figures.cpu:.2f} s | {figures.peak:.0f} MB | {note} |"

    latency = f"{1000 * plan.latency:.0f} ms"
    few, version, click = of["few"], of["version"], of["click"]
    return "\n".join(
        (
            f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}, TLS, "
            f"{latency} a request, median of {plan.rounds} rounds; the exchange runs on the same cores.",
            "",
            "| whole process | time | CPU | peak memory | |",
            "|---|---|---|---|---|",
            row(f"check of {plan.few} accounts", few, "nothing remembered"),
            row(
                f"check of {plan.few} accounts, again",
                of["few again"],
                f"{of['few again'].wall / few.wall:.2f} times the first",
            ),
            row(f"check of {plan.some} accounts", of["some"], ""),
            row(
                f"check of {plan.many} accounts, `--workers {MANY_WORKERS}`",
                many,
                f"{1000 * many.cpu / plan.many:.1f} ms of CPU an account",
            ),
            row(f"check of {plan.many} accounts, again", of["many again"], ""),
            row(
                f"check of {plan.most} accounts, `--workers {MANY_WORKERS}`",
                of["most"],
                f"{of['most'].wall / many.wall:.1f} times {plan.many} accounts",
            ),
            *(
                row(
                    f"{description}: Balance of {plan.many} accounts",
                    of[name],
                    f"the check takes {many.wall / of[name].wall:.2f} times that"
                    if of[name].wall < many.wall
                    else f"the check is {of[name].wall / many.wall:.1f} times faster",
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
