"""Keys that come by command: no piece of one stays anywhere but in the `.env`, and that is always whole."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kraken_sandbox import Fault, FaultKind
from kraken_sandbox.accounts import TIERS, Tier

from ..commands.keys import ALPHA, MASTER, Desk, lines_of, piped
from ..conftest import Sandbox
from ..running import CONSOLE_SCRIPT, LIMIT, accounts, check, environment
from ..terminal import Terminal
from .leaks import Hidden, Leaks

KILLS = 60
VERBS = ("add", "rotate")


@pytest.fixture
def desk(sandbox: Sandbox, tmp_path: Path) -> Desk:
    desk = Desk(sandbox, tmp_path)
    desk.path.write_text("\n".join([*lines_of(MASTER, desk.new_key("master")), "# the end", ""]))
    desk.path.chmod(0o600)
    return desk


def left(desk: Desk) -> dict[str, set[str]]:
    """The pieces of new keys in files, but for the `.env` and its copies."""
    found = Leaks(desk.made).in_folder(desk.folder)
    return {path: pieces for path, pieces in found.items() if Path(path) not in (desk.path, *desk.copies())}


def of_process(number: int) -> Iterator[bytes]:
    """What everybody may read of a process, and of those that it has started."""
    for path in (Path(f"/proc/{number}/cmdline"), Path(f"/proc/{number}/environ")):
        yield path.read_bytes()
    for children in Path(f"/proc/{number}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from of_process(int(child))


def test_a_key_that_is_typed_is_seen_nowhere(desk: Desk) -> None:
    """Not on the terminal, in the list of processes, in what it remembers, nor in temporary files."""
    key = desk.new_key("alpha")
    desk.sandbox.exchange.replace_key(key.key, otp=key.otp)
    desk.sandbox.exchange.faults.add(Fault(FaultKind.LATENCY, endpoint="GetApiKeyInfo", key=key.key, seconds=1))
    env = {
        **desk.env,
        **{name: str(desk.folder / name) for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")},
    }
    (desk.folder / "TMPDIR").mkdir()
    arguments = ("accounts", "add", "alpha", "--otp", "--env-file", desk.path)
    with Terminal(CONSOLE_SCRIPT, *arguments, env=env, cwd=desk.folder) as terminal:
        terminal.wait_for("API key (is not shown): ")
        terminal.type(f"{key.key}\n")
        terminal.wait_for("Private key (is not shown): ")
        terminal.type(f"{key.secret}\n")
        terminal.wait_for("Two-factor password (is not shown): ")
        terminal.type(f"{key.otp}\n")
        terminal.wait_for("Asking Kraken")
        listed = list(of_process(terminal.process.pid))
        terminal.wait_for("[y/N]: ")
        listed += of_process(terminal.process.pid)
        terminal.type("y\n")
        assert terminal.ended() == 0

    leaks = Leaks([key])
    assert any(b"add" in one for one in listed)
    assert leaks.in_bytes(b"\n".join(listed)) == set()
    assert leaks.in_text(terminal.shown) == set()
    assert left(desk) == {}
    assert lines_of(ALPHA, key)[0] in desk.lines()


@pytest.mark.parametrize(
    "fault",
    [
        Fault(FaultKind.ERROR, text="EAPI:Invalid key", times=None),
        Fault(FaultKind.DROP, times=None),
        Fault(FaultKind.BODY, text='{"error":[],"result":{}}', times=None),
    ],
)
def test_a_key_that_is_refused_is_nowhere(desk: Desk, fault: Fault) -> None:
    key = desk.new_key("alpha")
    desk.sandbox.exchange.faults.add(fault)
    before = desk.path.read_bytes()

    assert desk.add("alpha", key).returncode in (1, 3)

    assert desk.path.read_bytes() == before
    assert desk.copies() == []
    assert left(desk) == {}


@pytest.mark.parametrize(
    "typed", ["{key}", "{key}\n{secret}{secret}", "{secret}\n{secret}", "\xff{secret}\n{key}="]
)
def test_what_is_refused_before_it_is_sent_is_nowhere(desk: Desk, typed: str) -> None:
    key = desk.new_key("alpha")

    run = desk.run("add", "alpha", stdin=typed.format(key=key.key, secret=key.secret))

    assert run.returncode in (1, 2)
    assert Leaks([key]).in_text(run.stderr) == set()
    assert left(desk) == {}
    assert ALPHA not in desk.path.read_text()


@pytest.mark.soak
@pytest.mark.parametrize("verb", VERBS)
def test_whoever_kills_it_finds_the_old_file_or_the_new_one(
    desk: Desk, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At any moment; the next one takes away what a killed one has left."""
    monkeypatch.setitem(TIERS, "pro", Tier(maximum=1000, decay=10))  # nobody asks so often
    if verb == "rotate":
        assert desk.add("alpha", desk.new_key("alpha")).returncode == 0
        check("--env-file", desk.path, env=desk.env)
    began = time.monotonic()
    assert write(desk, verb, desk.new_key("alpha"), None) == 0
    took = time.monotonic() - began
    chance = random.Random(KILLS)
    ends: set[str] = set()
    for number in range(KILLS):
        if verb == "add":
            accounts("--env-file", desk.path, "remove", "alpha", "--yes", env=desk.env)
        key, old = desk.new_key("alpha"), desk.path.read_bytes()
        # Most of them towards the end, where it writes.
        write(desk, verb, key, took * (chance.random() ** 0.3 if number % 2 else 0.85 + 0.2 * chance.random()))
        now = desk.path.read_bytes()
        ends.add("old" if now == old else "new")
        assert now == old or set(lines_of(ALPHA, key)) <= set(now.decode().splitlines())
        assert now.endswith(b"\n") and b"# the end" in now
        for path in desk.folder.iterdir():
            if path.is_file():
                assert path.stat().st_mode & 0o077 == 0, path
    assert ends == {"old", "new"}
    if verb == "add":
        accounts("--env-file", desk.path, "remove", "alpha", "--yes", env=desk.env)
    assert write(desk, verb, desk.new_key("alpha"), None) == 0
    assert [path.name for path in desk.folder.iterdir() if path.suffix == ".tmp"] == []
    assert left(desk) == {}
    found = check("--env-file", desk.path, env=desk.env)
    assert found.returncode == 0, found.stdout


def write(desk: Desk, verb: str, key: Hidden, seconds: float | None) -> int:
    """One command, which is killed after so many seconds, if it has not ended by then; its exit code."""
    process = subprocess.Popen(
        [sys.executable, str(CONSOLE_SCRIPT), "accounts", verb, "alpha", "--env-file", str(desk.path)],
        env=environment(desk.env),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    process.stdin.write(piped(key).encode())
    process.stdin.close()
    try:
        return process.wait(LIMIT if seconds is None else seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
