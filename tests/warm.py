"""Starts commands without the price of a start: a process that has imported all forks for each command.

Half of the time of the tests would go into importing the same modules some five hundred times. What is forked is a
process like any other: it has streams, a working directory and an environment of its own, runs the script from its
first line, and ends as Python ends. What it cannot show is what a cold start imports: see `test_imports`.
"""

from __future__ import annotations

import gc
import importlib
import io
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

AVAILABLE = hasattr(os, "pidfd_open")
_PACKAGES = ("kraken_accounts", "kraken_sandbox")
_LATE = (
    "apprise",
    "jinja2",
    "platformdirs",
    "pygal",
    "xlsxwriter",
    "prometheus_client",
    "psycopg",
    "rich.console",
    "rich.live",
    "rich.progress",
    "rich.table",
    "rich.text",
)
_STARTING = 30  # seconds after which it should have started, whatever else the machine does


class WarmProcess:
    """A command that runs in a process of its own.

    Args:
        command: the script, a Python one, and its arguments.
        streams: the descriptors that become its standard input, output and error.
    """

    def __init__(
        self, command: Sequence[str], *, env: Mapping[str, str], cwd: str, streams: tuple[int, int, int]
    ) -> None:
        self._connection = socket.socket(socket.AF_UNIX)
        self._connection.connect(_nursery())
        order = json.dumps({"command": command, "env": env, "cwd": cwd}).encode()
        socket.send_fds(self._connection, [len(order).to_bytes(8)], streams)
        self._connection.sendall(order)

    def wait(self, seconds: float) -> int:
        """Its exit code; it is ended where it has not ended within so many seconds.

        Raises:
            TimeoutError: it was ended.
        """
        with self._connection:
            self._connection.settimeout(seconds)
            return int(self._connection.recv(100))


@cache
def _nursery() -> str:
    """Where the process that forks listens; it is there as long as this one."""
    path = f"{tempfile.mkdtemp(prefix='kraken-accounts-warm-')}/socket"
    start = [sys.executable, "-P", __file__, path]
    process = subprocess.Popen(start, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert select.select([process.stdout], [], [], _STARTING)[0]
    assert process.stdout.readline() == b"ready\n"
    _kept.append(process)
    return path


_kept: list[subprocess.Popen[bytes]] = []  # with its standard input, whose end is its own


def main(path: str) -> None:
    """Fork whoever is asked for, until standard input ends."""
    for package in map(importlib.import_module, _PACKAGES):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    for name in _LATE:
        importlib.import_module(name)
    # Or each command would look for cycles among all of this too, and get a copy of it: a fifth of its cost.
    gc.collect()
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(64)
        os.write(1, b"ready\n")
        while 0 not in select.select([0, listener.fileno()], [], [])[0]:
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                _attend(connection)
                return
            connection.close()
            _reap()
    Path(path).unlink()
    Path(path).parent.rmdir()


def _reap() -> None:
    """Take note of those that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _attend(connection: socket.socket) -> None:
    """Have one command run in a child, and tell its exit code, or end it if nobody wants to know any more."""
    size, streams, _, _ = socket.recv_fds(connection, 8, 3)
    order = b""
    while len(order) < int.from_bytes(size):
        order += connection.recv(65536)
    child = os.fork()
    if child == 0:
        connection.close()
        _become(streams=streams, **json.loads(order))
        return
    for stream in (*streams, *range(3)):
        os.close(stream)
    ended = os.pidfd_open(child)
    if ended not in select.select([ended, connection.fileno()], [], [])[0]:
        os.kill(child, signal.SIGKILL)
    connection.sendall(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())
    os._exit(0)


def _become(command: Sequence[str], env: Mapping[str, str], cwd: str, streams: Sequence[int]) -> None:
    """Be a process that was started with this."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    # As Python opens them where the locale is C.UTF-8.
    opened = {
        "stdin": io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)), "utf-8", "surrogateescape"),
        "stdout": _writer(1, "surrogateescape"),
        "stderr": _writer(2, "backslashreplace"),
    }
    for name, opened_stream in opened.items():
        setattr(sys, name, opened_stream)
        setattr(sys, f"__{name}__", opened_stream)
    sys.argv = [*command]
    runpy.run_path(command[0], run_name="__main__")


def _writer(descriptor: int, errors: str) -> io.TextIOWrapper:
    raw = io.FileIO(descriptor, "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw), "utf-8", errors, line_buffering=descriptor == 2 or raw.isatty()
    )


if __name__ == "__main__":
    main(sys.argv[1])
