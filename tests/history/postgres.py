"""A PostgreSQL server of the tests' own, from Debian's package, on a socket that nobody else can reach."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg

MISSING = "PostgreSQL's server is not installed here; on Debian: apt-get install postgresql"
PASSWORD = "SMPL-p@ss/word:not-a-real-one"

_USER = "nobody"  # to whom it belongs where root runs the tests: the server refuses to be root's
_numbers = itertools.count()


def programs() -> Path | None:
    """Where the newest of the installed servers has its programs; None where there is none."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return folders[-1].parent if folders else None


class Server:
    """A server that is up.

    Attributes:
        folder: where its socket is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._empty: list[str] = []

    def url(self, database: str = "postgres", user: str = "owner", password: str = PASSWORD) -> str:
        """The URL of a database."""
        return (
            f"postgresql://{user}:{quote(password, safe='')}@/{database}?host={quote(str(self.folder), safe='')}"
        )

    def new_database(self) -> str:
        """The URL of one that is empty."""
        if self._empty:
            return self._empty.pop()
        name = f"test_{next(_numbers)}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.url(name)

    def give_back(self, url: str) -> None:
        """Empty a database that a store was in, for the next one: to make a database takes ten times as long."""
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            for (name,) in connection.execute(
                "SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_.*|information_schema|public)$'"
            ).fetchall():
                connection.execute(f"DROP SCHEMA {name} CASCADE".encode())
        self._empty.append(url)


@contextmanager
def running(binaries: Path) -> Iterator[Server]:
    """A server, until it is not needed any more: so it need not be safe on the disk."""
    folder = Path(tempfile.mkdtemp(prefix="kraken-accounts-pg-"))
    before: list[str] = []
    if os.geteuid() == 0:
        user = pwd.getpwnam(_USER)
        os.chown(folder, user.pw_uid, user.pw_gid)
        before = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    try:
        secret = folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        data = folder / "data"
        make = ["--auth=scram-sha-256", "--username=owner", f"--pwfile={secret}", "--no-sync", "--encoding=UTF8"]
        _run([*before, binaries / "initdb", *make, "--locale=C", data], folder)
        options = f"-k {folder} -c listen_addresses='' -c fsync=off -c max_connections=50"
        start: list[str | Path] = ["-D", data, "-w", "-t", "60", "-l", folder / "log", "-o", options, "start"]
        _run([*before, binaries / "pg_ctl", *start], folder)
        try:
            yield Server(folder)
        finally:
            _run([*before, binaries / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop"], folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: list[str | Path], folder: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": str(folder)}
    # Not into pipes: the server would keep them open.
    with (folder / "said").open("ab") as said:
        code = subprocess.run(command, env=environment, cwd="/", stdout=said, stderr=said, check=False).returncode
    assert code == 0, (folder / "said").read_text()
