"""New keys of the sample accounts, and a folder whose `.env` somebody fills by command."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kraken_sandbox import SimulatedKey

from ..conftest import Sandbox
from ..faults.leaks import Hidden, Leaks, sample
from ..running import accounts

MASTER, ALPHA = "KRAKEN_MASTER", "KRAKEN_USER_ALPHA"


class Desk:
    """An operator's folder, and keys that were just made at the sandbox.

    Attributes:
        env: what all commands have in common: where the exchange is, and where they remember.
        path: the `.env`.
    """

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self.path = folder / ".env"
        self.env = {"KRAKEN_API_URL": sandbox.url, "XDG_STATE_HOME": str(folder / "state")}
        self.made: list[Hidden] = []

    def new_key(self, account: str, name: str = "", **more: Any) -> Hidden:
        """A key that opens an account of the sandbox, `master` or `alpha` for instance."""
        hidden = sample(f"{account} {name or len(self.made)}")
        self.sandbox.exchange.add_key(account, SimulatedKey(hidden.key, hidden.secret, **more))
        self.made.append(hidden)
        return hidden

    def run(
        self, *arguments: str, stdin: str = "", env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """`kraken-accounts accounts … --env-file .env`; whatever it does, it shows nothing of the keys."""
        run = accounts("--env-file", self.path, *arguments, env={**self.env, **(env or {})}, stdin=stdin)
        assert run.stdout == ""
        assert Leaks(self.made).in_text(run.stderr) == set()
        return run

    def add(self, user_id: str, hidden: Hidden, *options: str) -> subprocess.CompletedProcess[str]:
        """With the key in a pipe."""
        return self.run("add", user_id, *options, stdin=piped(hidden))

    def lines(self) -> list[str]:
        return self.path.read_text().splitlines()

    def copies(self) -> list[Path]:
        """The dated copies of the `.env`."""
        return sorted(self.folder.glob(".env.*"))


def piped(hidden: Hidden) -> str:
    return f"{hidden.key}\n{hidden.secret}\n"


def lines_of(prefix: str, hidden: Hidden) -> list[str]:
    return [f"{prefix}_API_KEY={hidden.key}", f"{prefix}_API_SECRET={hidden.secret}"]
