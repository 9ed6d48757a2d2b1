"""What git says of the file with the keys, in repositories that are not to be trusted."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from kraken_accounts.config.git_exposure import GitExposure, git_exposure

from ..conftest import Sandbox
from ..running import audit


def git(folder: Path, *arguments: str) -> None:
    """Run git in a folder, as its owner would."""
    identity = ("-c", "user.name=sample", "-c", "user.email=sample@example.com")
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """An honest repository with a `.env` that it does not ignore."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet")
    (folder / ".env").write_text("KRAKEN_MASTER_API_KEY=\n")
    (folder / ".env").chmod(0o600)
    return folder


class Trap:
    """A program that leaves a mark when it runs."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._mark = folder / "mark"
        self.program = folder / "trap"
        self.program.write_text(f'#!/bin/sh\necho "$0 $*" >> {self._mark}\nexit 1\n')
        self.program.chmod(0o755)

    @property
    def has_run(self) -> bool:
        return self._mark.exists()


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    return Trap(tmp_path / "trap")


def partial_clone(repository: Path, url: str) -> None:
    """Let git miss what says which files are ignored, and have it fetched from there."""
    (repository / "folder").mkdir()
    (repository / "folder" / ".gitignore").write_text("nothing\n")
    (repository / ".gitignore").write_text("nothing\n")
    git(repository, "add", ".gitignore", "folder")
    git(repository, "commit", "--quiet", "--message", "sample")
    git(repository, "update-index", "--skip-worktree", ".gitignore", "folder/.gitignore")
    for path in (".gitignore", "folder/.gitignore"):
        (repository / path).unlink()
    for stored in (repository / ".git" / "objects").rglob("*"):
        if stored.is_file():
            stored.unlink()
    for name, value in {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "remote.origin.partialCloneFilter": "blob:none",
        "remote.origin.url": url,
        "protocol.allow": "always",
        "protocol.ext.allow": "always",
        "protocol.file.allow": "always",
    }.items():
        git(repository, "config", name, value)


def fsmonitor(repository: Path, trap: Trap) -> None:
    git(repository, "config", "core.fsmonitor", str(trap.program))


def included(repository: Path, trap: Trap) -> None:
    (repository / "more").write_text(f"[core]\n\tfsmonitor = {trap.program}\n")
    git(repository, "config", "include.path", str(repository / "more"))


def hooks(repository: Path, trap: Trap) -> None:
    git(repository, "config", "core.hooksPath", str(trap.program.parent))
    for hook in ("post-index-change", "fsmonitor-watchman", "reference-transaction", "pre-auto-gc"):
        (repository / ".git" / "hooks" / hook).unlink(missing_ok=True)
        (repository / ".git" / "hooks" / hook).symlink_to(trap.program)
        (trap.program.parent / hook).symlink_to(trap.program)


def filters(repository: Path, trap: Trap) -> None:
    (repository / ".gitattributes").write_text(".env filter=trap diff=trap\n")
    git(repository, "add", ".env")  # while there is no such filter yet
    for name in ("filter.trap.clean", "filter.trap.smudge", "filter.trap.process", "diff.trap.textconv"):
        git(repository, "config", name, str(trap.program))


def aliases(repository: Path, trap: Trap) -> None:
    for name in ("alias.ls-files", "alias.check-ignore"):
        git(repository, "config", name, f"!{trap.program}")
    git(repository, "config", "core.pager", str(trap.program))


def fetched_by_a_program(repository: Path, trap: Trap) -> None:
    partial_clone(repository, f"ext::{trap.program} %S")


def fetched_over_ssh(repository: Path, trap: Trap) -> None:
    partial_clone(repository, "ssh://kraken.example/repository")
    git(repository, "config", "core.sshCommand", str(trap.program))


def fetched_from_a_folder(repository: Path, trap: Trap) -> None:
    partial_clone(repository, str(repository.parent))
    git(repository, "config", "remote.origin.uploadpack", str(trap.program))


@pytest.mark.parametrize(
    "plant",
    [
        fsmonitor,
        included,
        hooks,
        filters,
        aliases,
        fetched_by_a_program,
        fetched_over_ssh,
        fetched_from_a_folder,
    ],
)
def test_no_program_of_a_repository_runs(repository: Path, trap: Trap, plant: object) -> None:
    assert callable(plant)
    plant(repository, trap)

    git_exposure(repository / ".env")

    assert not trap.has_run


@pytest.mark.parametrize("plant", [fsmonitor, fetched_by_a_program, fetched_over_ssh, fetched_from_a_folder])
def test_the_traps_work(repository: Path, trap: Trap, plant: object) -> None:
    assert callable(plant)
    plant(repository, trap)

    for command in ("ls-files", "check-ignore"):
        subprocess.run(["git", "-C", str(repository), command, "--", ".env"], check=False, capture_output=True)

    assert trap.has_run


def test_git_sees_none_of_the_variables(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.env_file(tmp_path)
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "git").write_text(f"#!/bin/sh\n/usr/bin/env >> {tmp_path}/seen\nexit 128\n")
    (programs / "git").chmod(0o755)
    outside = {
        **sandbox.env,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "GIT_DIR": "/nowhere",
        "GIT_TRACE": "1",
        "HOME": str(tmp_path),
        "HTTPS_PROXY": "",
    }

    audit("--account", "alpha", cwd=tmp_path, env=outside)

    seen = {line.partition("=")[0] for line in (tmp_path / "seen").read_text().splitlines()}
    assert {"PATH", "HOME", "GIT_ALLOW_PROTOCOL"} <= seen
    assert not {name for name in seen if name.startswith("KRAKEN_")}
    assert not {"GIT_DIR", "GIT_TRACE", "HTTPS_PROXY"} & seen


def test_a_program_called_git_in_the_working_directory_is_not_taken(
    repository: Path, trap: Trap, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository / "git").symlink_to(trap.program)
    monkeypatch.chdir(repository)
    monkeypatch.setenv("PATH", f".::{os.environ['PATH']}")

    assert git_exposure(Path(".env")) is GitExposure.UNTRACKED
    assert not trap.has_run


def test_what_the_operator_has_git_ignore_everywhere_is_ignored(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ignored = tmp_path / "configuration" / "git" / "ignore"
    ignored.parent.mkdir(parents=True)
    ignored.write_text(".env\n")

    assert git_exposure(repository / ".env") is GitExposure.UNTRACKED
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "configuration"))
    assert git_exposure(repository / ".env") is GitExposure.NONE


@pytest.mark.parametrize("name", [":(top)keys", "[k]eys", "-keys"])
def test_a_name_with_a_meaning_for_git(repository: Path, name: str) -> None:
    (repository / name).touch()
    (repository / "keys").touch()
    git(repository, "add", "keys")

    assert git_exposure(repository / name) is GitExposure.UNTRACKED
    git(repository, "--literal-pathspecs", "add", "--", f"./{name}")
    assert git_exposure(repository / name) is GitExposure.TRACKED


def damaged(repository: Path) -> None:
    (repository / ".git" / "HEAD").unlink()


def led_astray(repository: Path) -> None:
    (repository / ".git").rename(repository / "git")
    (repository / ".git").write_text("gitdir: nowhere\n")


def kept_waiting(repository: Path) -> None:
    os.mkfifo(repository / "pipe")
    git(repository, "config", "core.excludesFile", str(repository / "pipe"))


def given_away(repository: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    for path in (repository, repository / ".git"):
        os.chown(path, 54321, -1)


@pytest.mark.parametrize("spoil", [damaged, led_astray, kept_waiting, given_away])
def test_a_repository_that_git_says_nothing_about_is_not_passed_over(
    repository: Path, spoil: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kraken_accounts.config.git_exposure.PATIENCE", 0.5)
    spoil(repository)

    assert git_exposure(repository / ".env") is GitExposure.UNKNOWN


def test_an_audit_says_that_git_did_not_answer(sandbox: Sandbox, repository: Path) -> None:
    sandbox.env_file(repository)
    damaged(repository)
    run = audit("--account", "alpha", "--format", "json", cwd=repository)

    assert ("not-examined", "git did not say whether it has, or would take, .env") in [
        (finding["code"], finding["message"]) for finding in json.loads(run.stdout)["findings"]
    ]
    assert run.returncode == 1


def test_no_file_and_no_git(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert git_exposure(None) is GitExposure.NONE
    assert git_exposure(tmp_path / ".env") is GitExposure.NONE
    monkeypatch.setenv("PATH", "")
    assert git_exposure(repository / ".env") is GitExposure.NONE
