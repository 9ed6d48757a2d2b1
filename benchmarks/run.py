"""How long does a check of so many accounts take, and how long do other clients? python benchmarks/run.py

Everything is measured as whole processes against the simulated exchange, which serves TLS with 50 ms a request,
in a process of its own, with all that Kraken lists unless it is said otherwise; the check has its default
options. Each figure is the median of several rounds; in every round each command has its turn, so that a machine
that is slow for a while is slow for all, and multiples are taken within a round. Every command has a new
exchange, because one of the clients counts nonces in a unit that shuts the others out. Files lie in memory where
that can be had (/dev/shm): what a disk does is not what is measured. The table is printed and written to
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
PEERS = {
    "python-kraken-sdk": "python-kraken-sdk, asynchronous",
    "ccxt": "ccxt, asynchronous",
    "krakenex": "krakenex in a pool of 64 threads",
}


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
def exchange(accounts: int, latency: float, market: str = "whole") -> Iterator[tuple[Path, dict[str, str]]]:
    """A new exchange in a process of its own: the file of its accounts, and an environment that trusts it."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name:
        folder = Path(name)
        command = [sys.executable, str(BENCHMARKS / "exchange.py"), name, str(accounts), str(latency), market]
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
    for name, accounts, market in (
        ("few small", plan.few, "small"),
        ("few", plan.few, "whole"),
        ("some", plan.some, "whole"),
        ("most", plan.most, "whole"),
        ("many", plan.many, "whole"),
    ):
        with exchange(accounts, plan.latency, market) as (env_file, env):
            command = [sys.executable, str(CHECK), "--env-file", str(env_file), "--format", "json"]
            yield name, measure(command, env)
            if name not in ("some", "most"):
                yield f"{name} again", measure(command, env)  # with assets and pairs remembered
            if name == "many":
                # Seven calls an account, beside the two of the other; the second time with fills remembered.
                yield "many asked all", measure([*command, "--activity", "--wallets"], env)
                yield "many asked all again", measure([*command, "--activity", "--wallets"], env)
    for name in PEERS:
        with exchange(plan.many, plan.latency) as (env_file, env):
            yield name, measure([sys.executable, str(BENCHMARKS / "peers.py"), name, str(env_file)], env)
    env = {"PATH": os.environ["PATH"]}
    for _ in range(4):
        yield "version", measure([sys.executable, str(CHECK), "--version"], env)
        yield "click", measure([sys.executable, "-c", "import click"], env)


def measured(plan: Plan) -> Mapping[str, list[Figures]]:
    """In all rounds, one after the other, by the names of the commands."""
    found: defaultdict[str, list[Figures]] = defaultdict(list)
    measure([sys.executable, str(CHECK), "--version"], {"PATH": os.environ["PATH"]})  # its byte code is there now
    for _ in range(plan.rounds):
        for name, figures in one_round(plan):
            found[name].append(figures)
    return found


def table(plan: Plan) -> str:
    of = measured(plan)

    def ratio(what: str, name: str, beside: str) -> str:
        pairs = [*zip(of[name], of[beside], strict=True)]
        wall = statistics.median(one.wall / other.wall for one, other in pairs)
        cpu = statistics.median(one.cpu / other.cpu for one, other in pairs)
        return f"| {what} | {wall:.2f} | {cpu:.2f} |"

    def row(what: str, name: str, accounts: int = 0) -> str:
        figures = Figures(*map(statistics.median, zip(*map(astuple, of[name]), strict=True)))
        each = f"{1000 * figures.cpu / accounts:.1f} ms" if accounts else ""
        return f"| {what} | {figures.wall:.2f} s | {figures.cpu:.2f} s | {each} | {figures.peak:.0f} MB |"

    latency = f"{1000 * plan.latency:.0f} ms"
    check = f"check of {plan.many} accounts"
    few = f"check of {plan.few} accounts"
    beside = ("many asked all", "many again")
    return "\n".join(
        (
            "| as multiples | time | CPU |",
            "|---|---|---|",
            *(
                ratio(f"{check}, beside one Balance call for each with {client}", "many", name)
                for name, client in PEERS.items()
            ),
            ratio(f"check of {plan.most} accounts, beside {plan.many}", "most", "many"),
            ratio(f"{check}, `--activity --wallets`, seven calls an account, beside two", *beside),
            ratio(f"{few} with all that Kraken lists, beside a small market", "few", "few small"),
            ratio("the same again, lists remembered", "few again", "few small again"),
            ratio('`kraken-accounts --version`, beside `python -c "import click"`', "version", "click"),
            "",
            f"On {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}, "
            f"TLS, {latency} a request, median of {plan.rounds} rounds; the exchange runs on the same cores.",
            "",
            "| whole process | time | CPU | an account | peak memory |",
            "|---|---|---|---|---|",
            row(few, "few"),
            row(f"{few}, again", "few again"),
            row(f"{few}, a small market", "few small"),
            row(f"{few}, a small market, again", "few small again"),
            row(f"check of {plan.some} accounts", "some"),
            row(check, "many", plan.many),
            row(f"{check}, again", "many again", plan.many),
            row(f"{check}, `--activity --wallets`", "many asked all", plan.many),
            row(f"{check}, `--activity --wallets`, again", "many asked all again", plan.many),
            row(f"check of {plan.most} accounts", "most", plan.most),
            *(
                row(f"{client}: Balance of {plan.many} accounts", name, plan.many)
                for name, client in PEERS.items()
            ),
            row("`kraken-accounts --version`", "version"),
            row('`python -c "import click"`', "click"),
        )
    )


def write_figures(name: str, figures: str) -> None:
    """Put figures in the place that docs/PERFORMANCE.md has for them."""
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    before, _, rest = REPORT.read_text(encoding="utf-8").partition(begin)
    REPORT.write_text(f"{before}{begin}\n{figures}\n{end}{rest.partition(end)[2]}", encoding="utf-8")


def main() -> None:
    plan = SMALL if "--small" in sys.argv[1:] else FULL
    figures = table(plan)
    print(figures)
    if plan is FULL:
        write_figures("figures", figures)


if __name__ == "__main__":
    main()
