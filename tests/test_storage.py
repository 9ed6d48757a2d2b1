"""State and cache: folders in which somebody else has a hand are not used, and files are not opened blindly."""

from __future__ import annotations

import logging
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kraken_accounts import file_lock
from kraken_accounts.files import open_private
from kraken_accounts.storage import Storage

from .conftest import Sandbox
from .running import check, environment
from .support import LIMIT

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
SOMEBODY = 4242


def kept_in(folder: Path) -> Storage:
    """A storage with something in it."""
    storage = Storage(folder)
    assert storage.write("a.json", {"a": 1})
    return storage


def is_used(storage: Storage) -> bool:
    """Whether the storage gives what is in it, and takes what is new."""
    there, taken = storage.read("a.json") is not None, storage.write("b.json", 2)
    assert there is taken
    return there


class TestFolders:
    def test_are_made_for_this_user_alone(self, tmp_path: Path) -> None:
        mask = os.umask(0)
        try:
            kept_in(tmp_path / "state" / "kraken-accounts")
        finally:
            os.umask(mask)

        for path, mode in (
            ("state", 0o700),
            ("state/kraken-accounts", 0o700),
            ("state/kraken-accounts/a.json", 0o600),
        ):
            assert stat.S_IMODE((tmp_path / path).stat().st_mode) == mode

    @pytest.mark.parametrize("mode", [0o700, 0o750, 0o755])
    def test_that_others_may_only_read_are_used(self, tmp_path: Path, mode: int) -> None:
        storage = kept_in(tmp_path / "mine")
        (tmp_path / "mine").chmod(mode)

        assert is_used(storage)

    @pytest.mark.parametrize("mode", [0o777, 0o702, 0o1777])
    @pytest.mark.parametrize("place", ["state/kraken-accounts", "state"])
    def test_that_others_may_write_are_not(self, tmp_path: Path, mode: int, place: str) -> None:
        storage = kept_in(tmp_path / "state" / "kraken-accounts")
        (tmp_path / place).chmod(mode)

        # Nobody can put another folder in the place of one's own where the sticky bit is set.
        assert is_used(storage) is (mode == 0o1777 and place == "state")

    def test_that_are_not_what_they_were_are_looked_at_again(self, tmp_path: Path) -> None:
        folder = tmp_path / "mine"
        storage = kept_in(folder)
        assert is_used(storage)

        folder.rename(tmp_path / "before")
        folder.mkdir(mode=0o700)
        assert storage.write("a.json", 1)
        assert is_used(storage)
        folder.chmod(0o777)
        assert not is_used(storage)

    @needs_root
    def test_that_a_group_of_others_may_write_are_not(self, tmp_path: Path) -> None:
        storage = kept_in(tmp_path / "mine")
        (tmp_path / "mine").chmod(0o770)
        assert is_used(storage)  # root's group has nobody else

        os.chown(tmp_path / "mine", -1, SOMEBODY)

        assert not is_used(storage)

    @needs_root
    @pytest.mark.parametrize("place", ["state", "state/kraken-accounts", "state/kraken-accounts/a.json"])
    def test_that_somebody_else_owns_are_not(self, tmp_path: Path, place: str) -> None:
        storage = kept_in(tmp_path / "state" / "kraken-accounts")

        os.chown(tmp_path / place, SOMEBODY, -1)

        assert storage.read("a.json") is None
        assert storage.write("b.json", 2) is place.endswith(".json")

    def test_behind_a_link_of_ones_own_are_used(self, tmp_path: Path) -> None:
        storage = kept_in(tmp_path / "far" / "away")
        (tmp_path / "link").symlink_to("far")

        assert is_used(Storage(tmp_path / "link" / "away"))
        (tmp_path / "far").chmod(0o777)
        assert not is_used(Storage(tmp_path / "link" / "away"))
        assert not is_used(storage)

    @needs_root
    def test_behind_a_link_of_somebody_else_are_not(self, tmp_path: Path) -> None:
        kept_in(tmp_path / "far")
        (tmp_path / "link").symlink_to(tmp_path / "far")
        os.chown(tmp_path / "link", SOMEBODY, -1, follow_symlinks=False)

        assert not is_used(Storage(tmp_path / "link"))

    def test_behind_links_that_lead_nowhere_are_not(self, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to("link")
        (tmp_path / "dangling").symlink_to("nowhere/at/all")

        assert not Storage(tmp_path / "link" / "a").write("a.json", 1)
        assert not Storage(tmp_path / "dangling" / "a").write("a.json", 1)

    def test_in_the_place_of_which_is_a_file_are_not(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()

        assert not is_used(Storage(tmp_path / "file"))
        assert not is_used(Storage(tmp_path / "file" / "below"))

    def test_are_refused_in_every_way_and_the_reason_is_told_once(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        folder = tmp_path / "mine"
        storage = kept_in(folder)
        folder.chmod(0o777)

        with caplog.at_level(logging.DEBUG, "kraken_accounts"):
            assert storage.read("a.json") is None
            assert not storage.write("a.json", 2)
            storage.remove("a.json")
            assert storage.shared_number("nonce", "key") is None
            with storage.locked("a.json"):
                pass

        assert [path.name for path in folder.iterdir()] == ["a.json"]
        assert caplog.messages == [
            f"nothing is kept between runs: {folder}: is not used, since others may write to it (mode 777): "
            f"chmod go-w {folder}"
        ]


class TestFiles:
    @pytest.mark.parametrize(
        "put",
        [
            lambda path: path.symlink_to("/etc/passwd"),
            lambda path: path.symlink_to("other.json"),
            os.mkfifo,
            lambda path: path.mkdir(),
            lambda path: (path.touch(), path.chmod(0o666)),
        ],
        ids=["a link out", "a link beside", "a pipe", "a folder", "others may write it"],
    )
    def test_that_are_none_of_ours_are_not_opened(self, tmp_path: Path, put: Callable[[Path], object]) -> None:
        storage = kept_in(tmp_path / "mine")
        (tmp_path / "mine" / "other.json").write_text("{}")
        for name in ("c.json", "c.json.lock"):
            put(tmp_path / "mine" / name)

        assert storage.read("c.json") is None
        with storage.locked("c.json"):
            pass  # without a lock, but without waiting, too
        for flags in (os.O_RDONLY, os.O_RDWR | os.O_CREAT, os.O_WRONLY | os.O_CREAT):
            with pytest.raises(OSError, match=r"c\.json"):
                open_private(tmp_path / "mine" / "c.json", flags)
        assert (tmp_path / "mine" / "other.json").read_text() == "{}"

    def test_that_are_links_or_pipes_are_replaced_and_not_written_through(self, tmp_path: Path) -> None:
        storage = kept_in(tmp_path / "mine")
        (tmp_path / "target").write_text("untouched")
        (tmp_path / "mine" / "link.json").symlink_to(tmp_path / "target")
        os.mkfifo(tmp_path / "mine" / "pipe.json")

        assert storage.write("link.json", 1)
        assert storage.write("pipe.json", 2)

        assert (storage.read("link.json"), storage.read("pipe.json")) == (1, 2)
        assert (tmp_path / "target").read_text() == "untouched"


@contextmanager
def holder(folder: Path, meanwhile: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that has a file of the folder locked while it does something."""
    program = (
        "import os, sys, time; from pathlib import Path; from kraken_accounts.storage import Storage\n"
        f"with Storage(Path(sys.argv[1])).locked('a.json'): {meanwhile}\n"
        "print('released', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE, env=environment(), text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def is_locked(folder: Path) -> bool:
    descriptor = os.open(folder / "a.json.lock", os.O_RDWR)
    try:
        file_lock.acquire(descriptor, 0)
    except TimeoutError:
        return True
    finally:
        os.close(descriptor)
    return False


class TestLocks:
    def test_keep_another_thread_waiting_until_they_are_released(self, tmp_path: Path) -> None:
        order = []
        begun = threading.Event()

        def write() -> None:
            begun.set()
            with Storage(tmp_path).locked("a.json"):
                order.append("second")

        thread = threading.Thread(target=write)
        with Storage(tmp_path).locked("a.json"):
            thread.start()
            begun.wait(LIMIT)
            with Storage(tmp_path).locked("b.json"):  # another file is nobody's
                order.append("first")
        thread.join(LIMIT)

        assert order == ["first", "second"]
        assert not is_locked(tmp_path)

    def test_end_with_their_process(self, tmp_path: Path) -> None:
        with holder(tmp_path, "print('held', flush=True); time.sleep(60)") as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            assert is_locked(tmp_path)
            process.kill()
            process.wait(LIMIT)

            assert not is_locked(tmp_path)

    def test_are_not_kept_by_a_child_that_was_forked_meanwhile(self, tmp_path: Path) -> None:
        fork = "child = os.fork(); child or time.sleep(60); print(child, flush=True)"
        with holder(tmp_path, fork) as process:
            assert process.stdout is not None
            child = int(process.stdout.readline())
            try:
                assert process.stdout.readline() == "released\n"
                assert not is_locked(tmp_path)
            finally:
                os.kill(child, signal.SIGKILL)

    def test_are_done_without_where_somebody_holds_them_too_long(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr("kraken_accounts.storage.PATIENCE", 0.02)
        with (
            caplog.at_level(logging.DEBUG, "kraken_accounts"),
            Storage(tmp_path).locked("a.json"),
            Storage(tmp_path).locked("a.json"),
        ):
            assert is_locked(tmp_path)

        assert caplog.messages == [
            f"{tmp_path}/a.json.lock: cannot be locked: somebody else held the lock for 0.02 s"
        ]

    def test_are_released_where_something_goes_wrong(self, tmp_path: Path) -> None:
        with pytest.raises(KeyboardInterrupt), Storage(tmp_path).locked("a.json"):
            raise KeyboardInterrupt

        assert not is_locked(tmp_path)

    def test_are_done_without_on_a_file_system_that_has_none(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def no_locks(descriptor: int, operation: int) -> None:
            raise OSError(38, "Function not implemented")

        monkeypatch.setattr("fcntl.flock", no_locks)
        done = False
        with Storage(tmp_path).locked("a.json"):
            done = True

        assert done


def test_a_run_goes_on_without_what_others_may_write(sandbox: Sandbox, tmp_path: Path) -> None:
    state = tmp_path / "state" / "kraken-accounts"
    state.mkdir(parents=True)
    state.chmod(0o777)
    env = {**sandbox.env, "XDG_STATE_HOME": str(tmp_path / "state")}

    run = check("--account", "alpha", "--since-last", "--verbose", env=env)

    assert run.returncode == 0
    assert "✅ USER (alpha) is trading on Kraken" in run.stdout
    assert f"nothing is kept between runs: {state}: is not used, since others may write to it" in run.stderr
    assert "[not-remembered]" in run.stdout
    assert list(state.iterdir()) == []
