"""Environments for the clients: one of its own for each, made by pip or npm of what its pins name, and kept.

Nothing that a package brings along is run while it is installed by npm, and neither by pip where it has a wheel.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from catalogue import HERE, Client

CACHE = HERE / ".cache"
LIMIT = 1200
"""Seconds that an installation may take."""


class NotInstalled(Exception):
    """A client that could not be had here, and why."""


@dataclass(frozen=True, slots=True)
class Environment:
    """Where a client lies, in which version, and what runs its script."""

    folder: Path
    version: str
    program: Path


def install(client: Client) -> Environment:
    """The environment of a client, made anew where its pins have changed. Raises NotInstalled."""
    if not client.pins.exists():
        raise NotInstalled(f"{client.pins.relative_to(HERE)} is missing")
    folder = CACHE / client.name
    stamp = folder / "pins"
    program, version = (_npm if client.python is None else _pip)(client, folder)
    pinned = _digest(client)
    if not stamp.exists() or stamp.read_text() != pinned:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for command in _commands(client, folder):
            _run(command, folder)
        stamp.write_text(pinned)
    return Environment(folder, version, program)


def pinned_version(package: str, requirements: str) -> str:
    """The version of a package in the text of a requirements file. Raises NotInstalled where it has none."""
    wanted = _normal(package)
    for line in requirements.splitlines():
        name, _, version = line.partition("==")
        if version and _normal(name.strip()) == wanted:
            return version.split()[0]
    raise NotInstalled(f"its pins do not name {package}")


def _normal(name: str) -> str:
    return re.sub("[-_.]+", "-", name).lower()


def _pip(client: Client, folder: Path) -> tuple[Path, str]:
    return folder / "bin" / "python", pinned_version(client.package, client.pins.read_text())


def _npm(client: Client, _folder: Path) -> tuple[Path, str]:
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        raise NotInstalled("needs node and npm, which are not here")
    package = json.loads((client.pins / "package.json").read_text())
    return Path(node), package["dependencies"][client.package]


def _commands(client: Client, folder: Path) -> list[list[str | Path]]:
    if client.python is None:
        for file in client.pins.iterdir():
            shutil.copy(file, folder)
        return [["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]]
    options = ("--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes")
    return [
        [python_of(client.python), "-m", "venv", folder],
        [folder / "bin" / "python", "-m", "pip", "install", *options, "-r", client.pins],
    ]


def python_of(least: tuple[int, int]) -> str:
    """A Python of at least that version: the one that runs this, or another that is here. Raises NotInstalled."""
    if sys.version_info[:2] >= least:
        return sys.executable
    major, oldest = least
    names = [f"python{major}.{minor}" for minor in range(oldest, oldest + 4)]
    kept = sorted(Path.home().glob(".pyenv/versions/3.*/bin/python3"))
    for program in (*filter(None, map(shutil.which, names)), *map(str, kept)):
        answer = subprocess.run(
            [program, "-c", "import sys; print(*sys.version_info[:2])"],
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode == 0 and tuple(map(int, answer.stdout.split())) >= least:
            return program
    raise NotInstalled(f"needs Python {major}.{oldest}, which is not here")


def _digest(client: Client) -> str:
    files = sorted(client.pins.iterdir()) if client.pins.is_dir() else [client.pins]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _run(command: list[str | Path], folder: Path) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=LIMIT, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotInstalled(f"{command[0]}: {error}") from error
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip() or "it says nothing").splitlines()[-1]
        raise NotInstalled(f"could not be installed: {last}")
