from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kraken_accounts.commands.output import FileOutput, OutputError, StandardOutput, open_output


def test_a_file_gets_the_report(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"

    open_output(path).write("✅ MASTER is trading on Kraken\n")

    assert path.read_bytes() == "✅ MASTER is trading on Kraken\n".encode()


def test_a_file_is_no_terminal(tmp_path: Path) -> None:
    output = open_output(tmp_path / "report.txt")

    assert (output.width, output.color, output.encoding) == (None, False, "utf-8")


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    mask = os.umask(0o027)
    try:
        open_output(path).write("new\n")
    finally:
        os.umask(mask)

    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_an_old_file_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text("old\n")
    path.chmod(0o604)

    open_output(path).write("new\n")

    assert path.read_text() == "new\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o604


def test_a_reader_of_the_old_file_keeps_it_whole(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text("old, and long enough to be cut off\n")

    with path.open() as reader:
        open_output(path).write("new\n")

        assert reader.read() == "old, and long enough to be cut off\n"
    assert path.read_text() == "new\n"


def test_opening_alone_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text("old\n")

    open_output(path)
    open_output(tmp_path / "other.txt")

    assert [entry.name for entry in tmp_path.iterdir()] == ["report.txt"]
    assert path.read_text() == "old\n"


def test_what_cannot_be_written_whole_is_not_written_at_all(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text("old\n")

    with pytest.raises(UnicodeEncodeError):
        open_output(path).write("a lone surrogate cannot be encoded: \ud800")

    assert path.read_text() == "old\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.txt"]


def test_when_the_disk_is_full_the_old_file_stays_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text("old\n")
    # No file of this process may grow beyond 1000 bytes, nor does anything else in it write one.
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from kraken_accounts.commands.output import OutputError, open_output\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n"
        "    open_output(Path(sys.argv[1])).write('new\\n' * 1000)\n"
        "except OutputError as error:\n"
        "    raise SystemExit(str(error))\n"
    )

    process = subprocess.run(
        [sys.executable, "-c", script, path], env={}, capture_output=True, text=True, timeout=10, check=False
    )

    assert process.stderr == f"{path}: cannot be written (File too large)\n"
    assert path.read_text() == "old\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.txt"]


def test_when_the_folder_goes_away_nothing_is_left_behind(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    output = open_output(folder / "report.txt")
    folder.rmdir()

    with pytest.raises(OutputError) as refusal:
        output.write("new\n")

    assert str(refusal.value) == f"{folder}/report.txt: cannot be written (No such file or directory)"


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target = tmp_path / "target.txt"
    target.write_text("old\n")
    link = tmp_path / "link.txt"
    link.symlink_to(target)

    open_output(link).write("new\n")

    assert link.is_symlink()
    assert target.read_text() == "new\n"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "report.txt"

    with pytest.raises(OutputError) as refusal:
        open_output(path)

    assert str(refusal.value) == f"{path}: there is no folder {path.parent}"


def test_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as refusal:
        open_output(tmp_path)

    assert str(refusal.value) == f"{tmp_path}: is a folder, not a file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_read_only(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    with pytest.raises(OutputError) as refusal:
        open_output(tmp_path / "report.txt")

    assert str(refusal.value) == f"{tmp_path}/report.txt: {tmp_path} is not writable"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_an_old_file_keeps_its_owner_and_its_group(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text("old\n")
    path.chmod(0o640)
    os.chown(path, 4242, 4243)

    open_output(path).write("new\n")

    status = path.stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (4242, 4243, 0o640)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has these")
def test_an_old_file_keeps_its_extended_attributes(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text("old\n")
    try:
        os.setxattr(path, "user.note", b"mine")
    except OSError:
        pytest.skip("this file system has none")

    open_output(path).write("new\n")

    assert os.getxattr(path, "user.note") == b"mine"


def test_a_pipe_without_a_reader_is_given_up_in_time(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    began = time.monotonic()

    with pytest.raises(OutputError) as refusal:
        open_output(tmp_path / "pipe", ends=began).write("new\n")

    assert str(refusal.value) == f"{tmp_path}/pipe: cannot be written (nobody reads this pipe)"
    assert time.monotonic() - began < 2


def test_a_pipe_whose_reader_stops_is_given_up_in_time(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    began = time.monotonic()

    with pytest.raises(OutputError) as refusal:
        open_output(tmp_path / "pipe", ends=began).write("a line\n" * 100_000)

    os.close(reader)
    assert str(refusal.value) == f"{tmp_path}/pipe: cannot be written (whoever reads it has stopped reading)"
    assert time.monotonic() - began < 2


def test_a_pipe_gets_the_whole_report_once_it_has_a_reader(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    report = "a line\n" * 100_000

    with ThreadPoolExecutor() as pool:
        read = pool.submit((tmp_path / "pipe").read_text)
        open_output(tmp_path / "pipe", ends=time.monotonic() + 10).write(report)

    assert read.result() == report


def test_a_socket_is_refused(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))

        with pytest.raises(OutputError, match=r"is a socket, not a file$"):
            open_output(tmp_path / "socket")


def test_a_stream_that_is_only_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "input").touch()
    with (tmp_path / "input").open() as stream, pytest.raises(OutputError, match=r"is not open for writing$"):
        open_output(Path(f"/dev/fd/{stream.fileno()}"))


def test_a_stream_of_another_process_is_added_to(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("before\n")
    with log.open("a") as stream, subprocess.Popen(["sleep", "60"], stdout=stream) as process:
        try:
            open_output(Path(f"/proc/{process.pid}/fd/1")).write("new\n")
        finally:
            process.kill()

    assert log.read_text() == "before\nnew\n"


def test_a_device_is_written_to_and_not_replaced() -> None:
    open_output(Path("/dev/null")).write("gone\n")

    assert Path("/dev/null").is_char_device()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
def test_a_device_that_is_full() -> None:
    with pytest.raises(OutputError) as refusal:
        open_output(Path("/dev/full")).write("too much\n")

    assert str(refusal.value) == "/dev/full: cannot be written (No space left on device)"


def test_a_dash_is_standard_output() -> None:
    assert isinstance(open_output(None), StandardOutput)
    assert isinstance(open_output(Path("-")), StandardOutput)
    assert isinstance(open_output(Path("./-x")), FileOutput)


WRITE = (
    "from kraken_accounts.commands.output import OutputError, open_output\n"
    "output = open_output(None)\n"
    "try:\n"
    "    output.write('one line\\n' * 100_000)\n"
    "except OutputError as error:\n"
    "    raise SystemExit(str(error))\n"
)


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    process = subprocess.Popen([sys.executable, "-c", WRITE], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    first = process.stdout.readline()
    process.stdout.close()

    assert first == b"one line\n"
    assert (process.stderr.read(), process.wait(10)) == (b"", 0)
    process.stderr.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
def test_standard_output_on_a_full_disk() -> None:
    with Path("/dev/full").open("wb") as full:
        process = subprocess.run(
            [sys.executable, "-c", WRITE], stdout=full, stderr=subprocess.PIPE, timeout=10, check=False
        )

    assert process.stderr == b"standard output cannot be written (No space left on device)\n"
    assert process.returncode == 1


def test_standard_output_that_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)  # what Python makes of `>&-`

    with pytest.raises(OutputError, match=r"^standard output is closed; name a file with --output PATH$"):
        open_output(None)
