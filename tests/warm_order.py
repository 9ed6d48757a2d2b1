"""Asks the process that forks commands, see `warm`, for one; run as a script, it stands in for that command."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Mapping, Sequence


def ask(
    nursery: str, command: Sequence[str], env: Mapping[str, str], cwd: str, streams: Sequence[int]
) -> socket.socket:
    """A connection that gives the exit code; when it is closed before, the command is ended."""
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(nursery)
    order = json.dumps({"command": command, "env": env, "cwd": cwd}).encode()
    socket.send_fds(connection, [len(order).to_bytes(8)], streams)
    connection.sendall(order)
    return connection


if __name__ == "__main__":
    here = os.getcwd()  # noqa: PTH109 - pathlib would be half of what it costs to stand in
    with ask(sys.argv[1], sys.argv[2:], {**os.environ}, here, range(3)) as answer:
        sys.exit(int(answer.recv(100)))
