"""The package built by `python -m build`, and installed where nothing else is, from what is here already."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from .running import LIMIT, REPOSITORY

SLOW = 300  # seconds in which something is built and unpacked
_SOURCES = (
    *(".env.example", "CHANGELOG.md", "LICENSE", "README.md", "config.example.toml", "pyproject.toml"),
    *("docs", "src"),
)
_EXTRAS = ("notify", "postgres", "history")


def build(folder: Path) -> dict[str, Path]:
    """The wheel and the archive of the source, from a copy: what a build leaves lies in no clone."""
    copy = folder / "copy"
    for name in _SOURCES:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        if (REPOSITORY / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(REPOSITORY / name, copy / name, ignore=ignored)
        else:
            shutil.copy(REPOSITORY / name, copy / name)
    # What an operator may have in a clone.
    for name in (".env", "docs/docker/keys.env", "config.toml"):
        (copy / name).write_text("nobody's business")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(copy)]
    subprocess.run(command, capture_output=True, timeout=SLOW, check=True)
    ((wheel,), (sdist,)) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return {"wheel": wheel, "sdist": sdist}


def install(archive: Path, venv: Path) -> Path:
    """Installed into an environment that has what it says it needs and nothing else: where its commands are."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], timeout=SLOW, check=True)
    (site,) = venv.glob("lib/python*/site-packages")
    pins = "".join(
        (REPOSITORY / "requirements" / f"{name}.txt").read_text() for name in ("build", "runtime", *_EXTRAS)
    )
    for name in set(re.findall(r"^([\w.-]+)==", pins, re.MULTILINE)):
        for here in _tops(name):
            if not (site / here.name).exists():
                (site / here.name).symlink_to(here)
    # Whatever it needs beside that would be missing, and is asked of nobody.
    pip = [sys.executable, "-m", "pip", "--python", str(venv / "bin" / "python"), "install", "--quiet"]
    subprocess.run([*pip, "--no-index", "--no-build-isolation", archive], timeout=SLOW, check=True)
    return venv / "bin"


def _tops(name: str) -> Iterator[Path]:
    """The folders and files of a package that these tests have; none of one that is not for this Python."""
    try:
        distribution = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return
    for first in {file.parts[0] for file in distribution.files or ()} - {"..", "__pycache__"}:
        yield Path(str(distribution.locate_file(first)))


def run(command: list[str | Path], home: Path, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """As cron would: from another folder, with next to no environment."""
    return subprocess.run(
        command,
        env={"PATH": "/usr/bin:/bin", "HOME": str(home), "LC_ALL": "C", **env},
        cwd="/",
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT,
        check=False,
    )
