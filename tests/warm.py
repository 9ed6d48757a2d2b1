"""Starts commands without the price of a start: a process that has imported all forks for each command.

Half of the time of the tests would go into importing the same modules some five hundred times. What is forked is a
process like any other: it has streams, a working directory and an environment of its own, runs the script from its
first line, and ends as Python ends. What it cannot show is what a cold start imports: see `test_imports`.
"""

from __future__ import annotations

import os
import select
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from .warm_order import ask

AVAILABLE = hasattr(os, "pidfd_open")
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
        self._connection = ask(_nursery(), command, env, cwd, streams)

    def wait(self, seconds: float) -> int:
        """Its exit code; it is ended where it has not ended within so many seconds.

        Raises:
            TimeoutError: it was ended.
        """
        with self._connection:
            self._connection.settimeout(seconds)
            return int(self._connection.recv(100))


def stand_in(script: Path) -> str:
    """The text of an executable that is the script, started warm."""
    client = [sys.executable, "-SP", str(Path(__file__).with_name("warm_order.py")), _nursery(), str(script)]
    return f'#!/bin/sh\nexec {shlex.join(client)} "$@"\n'


@cache
def _nursery() -> str:
    """Where the process that forks listens; it is there as long as this one."""
    path = f"{tempfile.mkdtemp(prefix='kraken-accounts-warm-')}/socket"
    start = [sys.executable, "-P", str(Path(__file__).with_name("warm_nursery.py")), path]
    process = subprocess.Popen(start, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert select.select([process.stdout], [], [], _STARTING)[0]
    assert process.stdout.readline() == b"ready\n"
    _kept.append(process)
    return path


_kept: list[subprocess.Popen[bytes]] = []  # with its standard input, whose end is its own
