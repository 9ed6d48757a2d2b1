"""A store that cannot be used stops no check, and the check says why; the store is left as it was."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from kraken_accounts import MultiAccountBrokerManager, Secret, open_history, storage
from kraken_accounts.config import load_settings
from kraken_accounts.history import schema
from kraken_accounts.history.database import StoreTrouble
from kraken_accounts.history.network_folder import network_of
from kraken_accounts.history.store import History

from ..conftest import Sandbox
from ..faults.leaks import Hidden, Leaks
from ..running import LIMIT, NO_KEYS, SCRIPT, check, unmeasured
from ..support import ScriptedServer, never
from . import postgres
from .conftest import opened
from .support import NOON, OURS, after, points_of, seen, totals
from .support import check as snapshot

pytestmark = pytest.mark.long

ACCOUNT = ("--account", "alpha")


@pytest.fixture
def home(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return {**sandbox.env, "XDG_STATE_HOME": str(tmp_path / "state")}


@pytest.fixture
def file(home: dict[str, str]) -> Path:
    """Of SQLite, with one check in it."""
    assert check(*ACCOUNT, env=home).returncode == 0
    return Path(home["XDG_STATE_HOME"], "kraken-accounts", "history.sqlite")


def said(env: dict[str, str], *arguments: str) -> tuple[str, str]:
    """The message and the remedy of a check that is as ever but for them."""
    run = check(*ACCOUNT, "--format", "json", *arguments, env=env)
    report = json.loads(run.stdout)
    (found,) = [one for one in report["findings"] if one["code"] == "not-recorded"]
    assert (run.returncode, run.stderr, found["severity"]) == (0, "", "warning")
    assert (report["accounts"][0]["status"], report["accounts"][0]["total"]) == ("trading", "6911.95")
    assert found["message"].startswith("this check could not be recorded: ")
    return found["message"].partition(": ")[2], found["remedy"]


def recorded(env: dict[str, str]) -> int:
    """How many points of alpha there are once it has been checked again, and nothing is wrong."""
    run = check(*ACCOUNT, "--format", "text", env=env)
    assert (run.returncode, "not-recorded" in run.stdout) == (0, False)
    path = Path(env["XDG_STATE_HOME"], "kraken-accounts", "history.sqlite")
    with closing(sqlite3.connect(path)) as connection:
        ((count,),) = connection.execute("SELECT count(*) FROM points").fetchall()
    return int(count)


class TestAFile:
    @pytest.mark.parametrize(
        "spoil",
        [
            lambda content: b"no database at all" * len(content),
            lambda content: b"\0" * len(content),
            lambda content: content[:16] + b"\xff" * (len(content) - 16),
            lambda content: content[:4096] + b"\xff" * (len(content) - 4096),
            lambda content: content[:-5000],
        ],
        ids=["text", "zeros", "head", "pages", "short"],
    )
    def test_that_is_damaged_is_left_alone(
        self, home: dict[str, str], file: Path, spoil: Callable[[bytes], bytes]
    ) -> None:
        spoilt = spoil(file.read_bytes())
        file.write_bytes(spoilt)

        message, remedy = said(home)

        assert message == f"{file}: is damaged"
        assert file.read_bytes() == spoilt
        # What it says to do helps.
        subprocess.run(["sh", "-ec", remedy.partition("begins: ")[2].partition("; what can")[0]], check=True)
        assert recorded(home) == 1
        assert file.with_name("history.sqlite.damaged").read_bytes() == spoilt

    @pytest.mark.parametrize(
        "made",
        [
            "CREATE TABLE theirs (a)",
            "PRAGMA user_version = 1",
            "PRAGMA application_id = 7",
            "PRAGMA application_id = 7; PRAGMA user_version = 1; CREATE TABLE points (a)",
        ],
    )
    def test_of_another_program_is_left_alone(self, home: dict[str, str], made: str) -> None:
        file = Path(home["XDG_STATE_HOME"], "kraken-accounts", "history.sqlite")
        file.parent.mkdir(parents=True, mode=0o700)
        with closing(sqlite3.connect(file)) as connection:
            connection.executescript(made)
        file.chmod(0o600)
        before = file.read_bytes()

        message, remedy = said(home)

        assert message == f"{file}: is another program's file"
        assert file.read_bytes() == before
        subprocess.run(["sh", "-ec", remedy.partition(": ")[2]], check=True)
        assert recorded(home) == 1

    def test_of_a_later_version_is_left_alone(self, home: dict[str, str], file: Path) -> None:
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA user_version = 99")
        before = file.read_bytes()

        message, remedy = said(home)

        assert message == "a later version of this program has written it (schema 99; this one knows 2)"
        assert remedy.startswith("Bring kraken-accounts up to date here")
        assert file.read_bytes() == before

    def test_that_is_empty_is_a_new_one(self, home: dict[str, str]) -> None:
        file = Path(home["XDG_STATE_HOME"], "kraken-accounts", "history.sqlite")
        file.parent.mkdir(parents=True, mode=0o700)
        file.touch(mode=0o600)

        assert recorded(home) == 1

    def test_that_somebody_holds_is_waited_for(
        self, home: dict[str, str], file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(storage, "PATIENCE", 0.2)
        settings = load_settings(home, NO_KEYS).select(["alpha"])
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            with MultiAccountBrokerManager(settings, history=open_history()) as manager:
                report = manager.check()
        (found,) = [one for one in report.findings if one.code == "not-recorded"]

        assert found.message == f"this check could not be recorded: {file}: another program has held it for 0.2 s"
        assert report.ok
        assert recorded(home) == 2

    @pytest.mark.parametrize("kind", ["folder", "link", "pipe", "open to others"])
    def test_that_is_no_file_of_ours_is_left_alone(self, home: dict[str, str], file: Path, kind: str) -> None:
        elsewhere = file.with_name("elsewhere")
        file.rename(elsewhere)
        if kind == "folder":
            file.mkdir()
        elif kind == "link":
            file.symlink_to(elsewhere)
        elif kind == "pipe":
            os.mkfifo(file)
        else:
            elsewhere.rename(file)
            file.chmod(0o666)

        message, remedy = said(home)

        assert str(file) in message
        assert remedy.startswith("Make the state directory readable and writable")

    @pytest.mark.parametrize("largest", [8192, 33000], ids=["no room to begin", "no room for all"])
    def test_on_a_full_disk_is_whole_and_takes_more_once_there_is_room(
        self, home: dict[str, str], file: Path, largest: int
    ) -> None:
        """The limit is that of the process: no file that it writes may grow beyond so many bytes."""
        limited = (
            "import resource, runpy, sys\n"
            f"resource.setrlimit(resource.RLIMIT_FSIZE, ({largest}, resource.RLIM_INFINITY))\n"
            "sys.argv = sys.argv[1:]\n"
            "runpy.run_path(sys.argv[0], run_name='__main__')\n"
        )
        command: list[str | Path] = [SCRIPT, "--format", "text", "--env-file", NO_KEYS]
        run = subprocess.run(
            [sys.executable, "-c", limited, *command],
            env=unmeasured(home),
            cwd="/",
            capture_output=True,
            encoding="utf-8",
            timeout=LIMIT,
            check=False,
        )

        assert (run.returncode, run.stderr) == (1, "")
        assert "✅ USER (alpha) is trading on Kraken" in run.stdout
        assert f"{file}: the disk refuses it" in run.stdout
        assert recorded(home) == 2

    @pytest.mark.parametrize("name", ["table", "text", "json", "csv", "nagios", "prometheus"])
    def test_is_said_in_every_format(self, home: dict[str, str], file: Path, name: str) -> None:
        file.write_bytes(b"spoilt" * 1000)

        run = check(*ACCOUNT, "--format", name, env=home)

        assert run.returncode == (1 if name == "nagios" else 0)
        words = " ".join(run.stdout.split())
        assert ("not-recorded" in words) if name != "nagios" else ("could not be recorded" in words)

    def test_is_said_where_there_is_no_folder_for_it(self, home: dict[str, str], tmp_path: Path) -> None:
        (tmp_path / "state").write_text("a file where a folder should be")

        message, _ = said(home)

        assert "Not a directory" in message

    def test_values_that_no_check_has_written_are_damage(self, file: Path) -> None:
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("UPDATE points SET total = 'NaN'")
            connection.commit()

        with pytest.raises(StoreTrouble, match="is damaged"):
            points_of(open_history(), whose=_only_set(file))


def _only_set(file: Path) -> str:
    with closing(sqlite3.connect(file)) as connection:
        ((name,),) = connection.execute("SELECT name FROM sets").fetchall()
    return str(name)


class TestAFolder:
    MOUNTS = (
        "22 1 7:77 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
        "40 22 {device} / /srv rw - {kind} host:/srv rw\n"
        "half a line\n"
    )

    @pytest.mark.parametrize(
        ("kind", "found"),
        [("nfs4", "nfs4"), ("cifs", "cifs"), ("fuse.sshfs", "fuse.sshfs"), ("ext4", None), ("tmpfs", None)],
    )
    def test_of_another_machine_is_none_for_a_file_of_sqlite(
        self, tmp_path: Path, kind: str, found: str | None
    ) -> None:
        device = tmp_path.stat().st_dev
        mounts = tmp_path / "mounts"
        mounts.write_text(self.MOUNTS.format(device=f"{os.major(device)}:{os.minor(device)}", kind=kind))

        assert network_of(tmp_path, mounts) == found

    def test_of_which_nothing_can_be_told_will_do(self, tmp_path: Path) -> None:
        assert network_of(tmp_path, tmp_path / "nowhere") is None
        assert network_of(tmp_path / "nowhere") is None
        assert network_of(tmp_path) is None


class TestVersions:
    @pytest.mark.parametrize("version", range(len(schema.MIGRATIONS) + 1))
    def test_each_earlier_one_becomes_this_one(
        self, store: dict[str, str], monkeypatch: pytest.MonkeyPatch, version: int
    ) -> None:
        """The one that comes next, too: what is there stays, and the next check finds what is new."""
        released = schema.MIGRATIONS
        coming = (*released, ("CREATE TABLE coming (a BIGINT PRIMARY KEY) WITHOUT ROWID",))
        monkeypatch.setattr(schema, "MIGRATIONS", released[:version])
        history = opened(store)
        if version:
            history.record(OURS, snapshot(NOON, seen(holdings={"BTC": "1"})))
        monkeypatch.setattr(schema, "MIGRATIONS", coming)

        history.record(OURS, snapshot(after(hours=1), seen(total="101", holdings={"BTC": "1"})))

        assert totals(points_of(history)) == (["100", "101"] if version else ["101"])
        monkeypatch.setattr(schema, "MIGRATIONS", released)
        for use in (lambda: points_of(history), lambda: history.record(OURS, snapshot(NOON, seen()))):
            with pytest.raises(StoreTrouble, match="a later version of this program"):
                use()

    def test_a_reader_makes_it_this_one_as_well(
        self, store: dict[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        history = opened(store)
        history.record(OURS, snapshot(NOON, seen()))
        coming = (*schema.MIGRATIONS, ("CREATE TABLE coming (a BIGINT PRIMARY KEY) WITHOUT ROWID",))
        monkeypatch.setattr(schema, "MIGRATIONS", coming)

        assert totals(points_of(history)) == ["100"]

    def test_one_that_fails_changes_nothing(self, store: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
        history = opened(store)
        history.record(OURS, snapshot(NOON, seen()))
        released = schema.MIGRATIONS
        monkeypatch.setattr(schema, "MIGRATIONS", (*released, ("CREATE TABLE new (a BIGINT)", "no statement")))

        with pytest.raises(StoreTrouble, match="cannot be used"):
            history.record(OURS, snapshot(after(hours=1), seen()))

        monkeypatch.setattr(schema, "MIGRATIONS", released)
        history.record(OURS, snapshot(after(hours=2), seen(total="102")))
        assert totals(points_of(history)) == ["100", "102"]


class TestAServer:
    """Of PostgreSQL, whose password nobody gets to see."""

    LEAKS = Leaks([Hidden("notareal", "notareal", "notareal")])

    @pytest.fixture
    def url(self, server: postgres.Server) -> str:
        return server.new_database()

    @pytest.fixture(autouse=True)
    def _no_piece_is_shown(self, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
        yield
        shown = capfd.readouterr()
        assert postgres.PASSWORD not in shown.out + shown.err

    def test_that_is_down(self, home: dict[str, str], tmp_path: Path) -> None:
        url = postgres.Server(tmp_path).url()

        message, remedy = said({**home, "KRAKEN_ACCOUNTS_STORE": url})

        assert message.startswith("the PostgreSQL store cannot be used: ")
        assert "No such file or directory" in message
        assert "KRAKEN_ACCOUNTS_STORE" in remedy
        assert "SMPL" not in message

    def test_that_refuses_the_password(self, home: dict[str, str], server: postgres.Server) -> None:
        url = server.url(password="SMPL-another-not-a-real-one")

        run = check(*ACCOUNT, "-v", "--format", "text", env={**home, "KRAKEN_ACCOUNTS_STORE": url})

        assert 'password authentication failed for user "owner"' in run.stdout
        assert "SMPL-another" not in run.stdout + run.stderr

    def test_that_never_answers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(storage, "PATIENCE", 0.2)
        with ScriptedServer(never) as silent:
            history = open_history(Secret(f"postgresql://owner:SMPL-x@127.0.0.1:{silent.port}/any"))
            with pytest.raises(StoreTrouble, match=r"cannot be used: .*timeout"):
                history.record(OURS, snapshot(NOON, seen()))

    def test_where_somebody_else_has_such_a_schema(self, home: dict[str, str], url: str) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE SCHEMA kraken_accounts")
            connection.execute("CREATE TABLE kraken_accounts.version (theirs TEXT)")

        message, _ = said({**home, "KRAKEN_ACCOUNTS_STORE": url})

        assert message.endswith("its schema kraken_accounts is another program's")
        with psycopg.connect(url) as connection:
            query = "SELECT count(*) FROM pg_tables WHERE schemaname = 'kraken_accounts'"
            assert connection.execute(query).fetchall() == [(1,)]

    def test_where_an_empty_schema_was_made_beforehand(self, url: str) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE SCHEMA kraken_accounts")
        history = open_history(Secret(url))

        history.record(OURS, snapshot(NOON, seen()))

        assert totals(points_of(history)) == ["100"]

    def test_of_a_later_version(self, home: dict[str, str], url: str) -> None:
        open_history(Secret(url)).record(OURS, snapshot(NOON, seen()))
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("UPDATE kraken_accounts.version SET number = 99")

        message, _ = said({**home, "KRAKEN_ACCOUNTS_STORE": url})

        assert message == "a later version of this program has written it (schema 99; this one knows 2)"

    def test_that_does_not_let_this_user_write(
        self, home: dict[str, str], server: postgres.Server, url: str
    ) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP ROLE IF EXISTS guest")
            connection.execute("CREATE ROLE guest LOGIN PASSWORD 'SMPL-guest-not-a-real-one'")
        name = url.partition("@/")[2].partition("?")[0]

        message, _ = said(
            {**home, "KRAKEN_ACCOUNTS_STORE": server.url(name, "guest", "SMPL-guest-not-a-real-one")}
        )

        assert f"permission denied for database {name}" in message

    def test_that_somebody_holds_is_waited_for(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(storage, "PATIENCE", 0.2)
        history = open_history(Secret(url))
        history.record(OURS, snapshot(NOON, seen()))
        with psycopg.connect(url) as connection:
            connection.execute("LOCK TABLE kraken_accounts.points")
            with pytest.raises(StoreTrouble, match=r"another program has held the PostgreSQL store for 0\.2 s"):
                history.record(OURS, snapshot(after(hours=1), seen()))

        assert totals(points_of(history)) == ["100"]

    def test_that_breaks_off_leaves_nothing_half(self, url: str) -> None:
        history = open_history(Secret(url))
        history.record(OURS, snapshot(NOON, seen()))
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                "PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$"
            )
            connection.execute(
                "CREATE TRIGGER broken BEFORE INSERT ON kraken_accounts.prices EXECUTE FUNCTION broken()"
            )
            with pytest.raises(StoreTrouble, match=r"server closed the connection|terminating connection"):
                history.record(OURS, snapshot(after(hours=1), seen(), BTC="1"))
            connection.execute("DROP TRIGGER broken ON kraken_accounts.prices")

        assert totals(points_of(history)) == ["100"]

    @pytest.mark.parametrize(
        "url",
        [
            "mysql://owner:SMPL-notareal@127.0.0.1/any",
            "SMPL-notareal",
            "postgresql://owner:SMPL-notareal@[::1/any",
            "postgresql://owner:SMPL%zznotareal@127.0.0.1/any",
            "postgresql://owner@127.0.0.1/any?no_such=SMPL-notareal",
        ],
    )
    def test_whose_url_is_none_ends_the_run_before_anything_is_asked(
        self, sandbox: Sandbox, home: dict[str, str], url: str
    ) -> None:
        run = check(*ACCOUNT, "-v", env={**home, "KRAKEN_ACCOUNTS_STORE": url})

        assert (run.returncode, run.stdout) == (2, "")
        assert "KRAKEN_ACCOUNTS_STORE is no URL" in run.stderr
        assert self.LEAKS.in_text(run.stderr) == set()
        assert sandbox.endpoints() == []

    @pytest.mark.parametrize("sign", ["@", "/", "?", "#", ":"])
    def test_whose_password_has_signs_of_a_url_does_not_show_it(self, home: dict[str, str], sign: str) -> None:
        url = f"postgresql://owner:SMPL{sign}notareal@127.0.0.1:1/any"

        run = check(*ACCOUNT, "-v", "--format", "text", env={**home, "KRAKEN_ACCOUNTS_STORE": url})

        assert run.returncode in (0, 2)
        assert self.LEAKS.in_text(run.stdout + run.stderr) == set()

    def test_for_which_the_library_is_missing(self, home: dict[str, str], tmp_path: Path) -> None:
        folder = tmp_path / "without"
        folder.mkdir()
        (folder / "psycopg.py").write_text("raise ImportError('no psycopg here')\n")
        url = "postgresql://owner:SMPL-notareal@127.0.0.1/any"

        run = check(*ACCOUNT, env={**home, "KRAKEN_ACCOUNTS_STORE": url, "PYTHONPATH": str(folder)})

        assert (run.returncode, run.stdout) == (2, "")
        assert "psycopg is missing here" in run.stderr
        assert "make postgres" in run.stderr

    def test_is_named_in_the_environment_only(
        self, home: dict[str, str], sandbox: Sandbox, tmp_path: Path
    ) -> None:
        file = sandbox.env_file(tmp_path, KRAKEN_ACCOUNTS_STORE="postgresql://SMPL-notareal")

        run = check(
            *ACCOUNT, "--env-file", file, "--format", "text", env={"XDG_STATE_HOME": home["XDG_STATE_HOME"]}
        )

        assert "KRAKEN_ACCOUNTS_STORE in" in run.stdout
        assert "it counts in the environment only" in run.stdout
        assert (tmp_path / "state" / "kraken-accounts" / "history.sqlite").exists()


def test_a_defect_of_the_store_is_told_as_one(home: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(History, "record", broken)
    settings = load_settings(home, NO_KEYS).select(["alpha"])

    with MultiAccountBrokerManager(settings, history=open_history()) as manager:
        report = manager.check()

    (found,) = [one for one in report.findings if one.code == "not-recorded"]
    assert "a defect of its own (RuntimeError)" in found.message
    assert report.ok
