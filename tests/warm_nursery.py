"""The process that has imported all and forks for each command; `warm` starts it, `warm_order` asks it."""

from __future__ import annotations

import atexit
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
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

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
        running: dict[int, _Running] = {}  # by a descriptor that can be read from when it has ended
        while 0 not in (ready := _ready(listener, running)):
            for ended in running.keys() & ready:
                running.pop(ended).tell()
                os.close(ended)
            for child in running.values():
                if child.connection.fileno() in ready:
                    os.kill(child.number, signal.SIGKILL)
            if listener.fileno() in ready:
                connection, _ = listener.accept()
                streams, order = _order(connection)
                if (number := os.fork()) == 0:
                    for end in (listener, connection, *(child.connection for child in running.values())):
                        end.close()
                    for ended in running:
                        os.close(ended)
                    _become(streams=streams, **json.loads(order))
                    return
                for stream in streams:
                    os.close(stream)
                running[os.pidfd_open(number)] = _Running(number, connection)
    Path(path).unlink()
    Path(path).parent.rmdir()


class _Running(NamedTuple):
    """A command, and who waits for its end: it is ended when nobody wants to know any more."""

    number: int
    connection: socket.socket

    def tell(self) -> None:
        """Pass on with which code it has ended."""
        code = os.waitstatus_to_exitcode(os.waitpid(self.number, 0)[1])
        with self.connection, suppress(OSError):
            self.connection.sendall(str(code).encode())


def _ready(listener: socket.socket, running: Mapping[int, _Running]) -> set[int]:
    """What has something to say: standard input, the listener, those that have ended, those who wait."""
    waiting = [child.connection.fileno() for child in running.values()]
    return {*select.select([0, listener.fileno(), *running, *waiting], [], [])[0]}


def _order(connection: socket.socket) -> tuple[Sequence[int], bytes]:
    size, streams, _, _ = socket.recv_fds(connection, 8, 3)
    order = b""
    while len(order) < int.from_bytes(size) and (piece := connection.recv(65536)):
        order += piece
    return streams, order


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
    try:
        runpy.run_path(command[0], run_name="__main__")
    except SystemExit as ended:
        _end(ended.code)
        raise


def _end(code: object) -> None:
    """End as Python does, but for taking all that was imported apart, which is half of the cost of a command.

    It returns where Python would have something to say at the end.
    """
    if not isinstance(code, int):
        return
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None and not stream.closed:
                stream.flush()
    except OSError:
        return
    os._exit(code & 0xFF)


def _writer(descriptor: int, errors: str) -> io.TextIOWrapper:
    raw = io.FileIO(descriptor, "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw), "utf-8", errors, line_buffering=descriptor == 2 or raw.isatty()
    )


if __name__ == "__main__":
    main(sys.argv[1])
