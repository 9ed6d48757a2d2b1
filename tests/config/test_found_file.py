"""Which files are believed: a `.env` that was only found must be one's own; one that is named may be a pipe."""

from __future__ import annotations

import grp
import os
import pwd
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kraken_accounts.config import ConfigurationError, load_settings
from kraken_accounts.config import env_file as reading

from ..conftest import Sandbox
from ..running import CONSOLE_SCRIPT, LIMIT, check, environment
from ..support import sample_key

STRANGER = 54321  # a user and a group that no system knows
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a `.env` of one's own that says nothing of where keys are sent."""
    folder = tmp_path / "working-directory"
    folder.mkdir(mode=0o700)
    (folder / ".env").write_text(f"KRAKEN_MASTER_API_KEY={sample_key('found')}\n")
    (folder / ".env").chmod(0o600)
    monkeypatch.chdir(folder)
    return folder


def key_found() -> str | None:
    """The master's key, of whatever file is found."""
    master = load_settings({}).accounts[0]
    return None if master.api_key is None else master.api_key.reveal()


def refusal() -> str:
    with pytest.raises(ConfigurationError) as refused:
        load_settings({})
    return str(refused.value)


# --- found: one's own, and nobody else may write it -----------------------------------------------------


def shared_group() -> int:
    """A group with somebody else in it."""
    for group in grp.getgrall():
        users = {user.pw_uid for user in pwd.getpwall() if user.pw_gid == group.gr_gid}
        if users - {0, os.geteuid()}:
            return group.gr_gid
    pytest.skip("there is no group with anybody in it")


def own_group() -> int:
    """A group with nobody else in it."""
    gid = os.getegid()
    others = {user.pw_uid for user in pwd.getpwall() if user.pw_gid == gid} - {0, os.geteuid()}
    if others or grp.getgrgid(gid).gr_mem:
        pytest.skip("the user shares its group with others")
    return gid


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640, 0o644])
def test_a_file_that_only_its_owner_may_write_is_believed(folder: Path, mode: int) -> None:
    (folder / ".env").chmod(mode)

    assert key_found() == sample_key("found")


@pytest.mark.parametrize("mode", [0o606, 0o602, 0o666])
def test_a_file_that_others_may_write_is_not(folder: Path, mode: int) -> None:
    (folder / ".env").chmod(mode)

    assert refusal() == (
        f".env: is not believed, since others may write it (mode {mode:o}) and could say where keys are sent; "
        "nothing was sent. chmod go-w .env, or name the file with --env-file .env"
    )


def test_a_path_with_a_space_is_quoted_where_it_is_to_be_typed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = folder / "my keys"
    there.mkdir()
    (folder / ".env").rename(there / ".env")
    (there / ".env").chmod(0o666)
    monkeypatch.setattr("kraken_accounts.config.loading.find_env_file", lambda: Path("my keys/.env"))

    assert refusal().endswith("chmod go-w 'my keys/.env', or name the file with --env-file 'my keys/.env'")


@pytest.mark.parametrize("mode", [0o707, 0o777, 0o703])
def test_a_folder_that_others_may_write_to(folder: Path, mode: int) -> None:
    folder.chmod(mode)

    assert refusal() == (
        f".env: is not believed, since others may write to its folder (mode {mode:o}) and could say where keys "
        "are sent; nothing was sent. chmod go-w ., or name the file with --env-file .env"
    )


def test_the_sticky_bit_keeps_others_from_replacing_ones_own_file(folder: Path) -> None:
    folder.chmod(0o1777)

    assert key_found() == sample_key("found")


@only_root
@pytest.mark.parametrize("group", [shared_group, lambda: STRANGER])
def test_a_group_with_others_in_it_and_one_of_which_nothing_is_known(
    folder: Path, group: Callable[[], int]
) -> None:
    (folder / ".env").chmod(0o660)
    os.chown(folder / ".env", -1, group())
    assert "others may write it (mode 660)" in refusal()

    (folder / ".env").chmod(0o600)
    folder.chmod(0o770)
    os.chown(folder, -1, group())
    assert "others may write to its folder (mode 770)" in refusal()


def test_a_group_that_has_only_oneself(folder: Path) -> None:
    group = own_group()
    for path, mode in ((folder / ".env", 0o660), (folder, 0o770)):
        os.chown(path, -1, group)
        path.chmod(mode)

    assert key_found() == sample_key("found")


@only_root
def test_a_file_of_somebody_else(folder: Path) -> None:
    os.chown(folder / ".env", STRANGER, -1)

    assert refusal() == (
        f".env: is not believed, since user {STRANGER} owns it and could say where keys are sent; nothing was "
        "sent. Copy it to a file of your own (chown root .env), or name the file with --env-file .env"
    )


@only_root
@pytest.mark.parametrize("mode", [0o700, 0o1777])
def test_a_folder_of_somebody_else(folder: Path, mode: int) -> None:
    os.chown(folder, STRANGER, -1)
    folder.chmod(mode)

    assert f"user {STRANGER} owns its folder" in refusal()


@only_root
def test_a_file_of_root_is_believed_by_others(folder: Path) -> None:
    folder.chmod(0o755)
    (folder / ".env").chmod(0o644)
    before = os.geteuid()
    os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        found = key_found()
    finally:
        os.seteuid(before)

    assert found == sample_key("found")


def test_nothing_is_asked_because_of_a_file_that_anybody_may_write(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.env_file(tmp_path).chmod(0o666)

    run = check(cwd=tmp_path)

    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("Error: .env: is not believed, since others may write it (mode 666)")
    assert sandbox.exchange.requests == []
    # Named, it is the operator's choice, with a finding.
    assert "env-file-permissions" in check("--env-file", ".env", "--format", "json", cwd=tmp_path).stdout


# --- found through a link -------------------------------------------------------------------------------


@pytest.fixture
def linked(folder: Path, tmp_path: Path) -> Path:
    """The folder of the file to which `.env` is a link."""
    target = tmp_path / "managed"
    target.mkdir(mode=0o700)
    (folder / ".env").rename(target / "keys.env")
    (folder / ".env").symlink_to("../managed/link.env")
    (target / "link.env").symlink_to(target / "keys.env")
    return target


def test_a_link_is_followed(linked: Path) -> None:
    assert key_found() == sample_key("found")


def test_a_link_into_a_folder_that_others_may_write_to(linked: Path) -> None:
    linked.chmod(0o777)

    assert "others may write to its folder (mode 777)" in refusal()


def test_a_link_to_a_file_that_others_may_write(linked: Path) -> None:
    (linked / "keys.env").chmod(0o666)

    assert "others may write it (mode 666)" in refusal()


@pytest.mark.usefixtures("linked")
def test_a_link_in_a_folder_that_others_may_write_to(folder: Path) -> None:
    folder.chmod(0o777)

    assert "others may write to its folder (mode 777)" in refusal()


@only_root
@pytest.mark.usefixtures("linked")
def test_the_link_of_somebody_else_in_a_folder_for_all(folder: Path) -> None:
    folder.chmod(0o1777)
    assert key_found() == sample_key("found")

    os.chown(folder / ".env", STRANGER, -1, follow_symlinks=False)
    assert "others may write to its folder (mode 1777)" in refusal()


# --- found, and nothing that can be read ----------------------------------------------------------------


def test_a_link_that_leads_nowhere_is_not_passed_over(folder: Path) -> None:
    (folder / ".env").unlink()
    (folder / ".env").symlink_to("not-mounted/keys.env")

    assert refusal() == ".env: is a link to a file that does not exist; name the file with --env-file PATH"


def test_a_link_to_itself_is_not_passed_over(folder: Path) -> None:
    (folder / ".env").unlink()
    (folder / ".env").symlink_to(".env")

    assert refusal().startswith(".env: cannot be read (Too many levels of symbolic links)")


def test_a_pipe_is_not_passed_over(folder: Path) -> None:
    (folder / ".env").unlink()
    os.mkfifo(folder / ".env", 0o600)

    assert refusal() == ".env: is a pipe, which is read only if named: --env-file .env"


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.symlink_to("/dev/null"), Path.exists])
def test_what_is_no_file_of_anybody_is_none(folder: Path, make: Callable[[Path], object]) -> None:
    (folder / ".env").unlink()
    make(folder / ".env")

    assert load_settings({}).env_file is None


# --- named: anybody's, and a pipe will do ---------------------------------------------------------------


@only_root
def test_a_named_file_may_be_anybodys(folder: Path) -> None:
    os.chown(folder / ".env", STRANGER, -1)
    folder.chmod(0o777)

    master = load_settings({}, folder / ".env").accounts[0]

    assert master.api_key is not None


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    return path


@pytest.fixture
def piped() -> Iterator[Callable[[bytes], Path]]:
    """Pipes with something in them and nobody at the other end any more."""
    opened = []

    def pipe(content: bytes) -> Path:
        reader, writer = os.pipe()
        opened.append(reader)
        os.write(writer, content)
        os.close(writer)
        return Path(f"/dev/fd/{reader}")

    yield pipe
    for reader in opened:
        os.close(reader)


def test_a_pipe_is_read_to_its_end(fifo: Path) -> None:
    lines = [f"KRAKEN_USER_N{number}_API_KEY={sample_key(str(number))}\n" for number in range(5000)]
    writer = threading.Thread(target=fifo.write_text, args=("".join(lines),))
    writer.start()
    settings = load_settings({}, fifo)
    writer.join()

    assert len(settings.users) == 5000
    assert (settings.env_file, settings.env_file_is_private) == (None, True)


def test_a_pipe_without_anybody_who_writes_is_given_up(fifo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "NOBODY_WRITES", 0.05)

    with pytest.raises(ConfigurationError) as refused:
        load_settings({}, fifo)

    assert str(refused.value) == f"{fifo}: nobody has written the file to its end within 0.05 s"


def test_a_program_that_writes_nothing_or_never_ends(
    piped: Callable[[bytes], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PROGRAM_WRITES", 0.05)
    with pytest.raises(ConfigurationError, match=r": nothing came through the pipe; look at the program that"):
        load_settings({}, piped(b""))

    reader, writer = os.pipe()
    os.write(writer, b"KRAKEN_MASTER_API_KEY=SMPL\n")
    with pytest.raises(ConfigurationError, match=r": nobody has written the file to its end within 0\.05 s$"):
        load_settings({}, Path(f"/dev/fd/{reader}"))
    os.close(reader)
    os.close(writer)


def test_a_pipe_stays_open_for_whoever_opened_it(piped: Callable[[bytes], Path]) -> None:
    path = piped(b"KRAKEN_MASTER_API_KEY=SMPL\n")

    assert load_settings({}, path).accounts[0].api_key is not None
    os.fstat(int(path.name))


def test_a_descriptor_that_is_not_open() -> None:
    with pytest.raises(ConfigurationError, match=r"^/dev/fd/987654: cannot be read \(Bad file descriptor\)"):
        load_settings({}, Path("/dev/fd/987654"))


@pytest.mark.parametrize(
    "command",
    ['"$0" check --env-file <(cat "$1") --format csv', 'cat "$1" | "$0" check --env-file /dev/stdin --format csv'],
)
def test_what_a_shell_hands_over(sandbox: Sandbox, tmp_path: Path, command: str) -> None:
    run = subprocess.run(
        ["bash", "-c", command, str(CONSOLE_SCRIPT), str(sandbox.env_file(tmp_path))],
        env=environment(),
        cwd="/",
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )

    assert (run.returncode, run.stderr) == (1, "")
    assert ",alpha," in run.stdout
