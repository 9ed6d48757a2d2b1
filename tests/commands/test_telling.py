"""Runs that tell of themselves: `--notify`, `--ping` and `notify --test`, through the front door."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..conftest import Sandbox
from ..faults.leaks import Hidden, Leaks, sample
from ..notify.receivers import ACCEPTED, REFUSED, address, asked, mailbox, messages, receiver, titles
from ..running import LIMIT, audit, check, environment, nobodys_keys, notify
from ..support import ScriptedServer

MARK = sample("a way to somebody").key
LEAKS = Leaks([Hidden(MARK, MARK, MARK)])
COMMANDS = {"check": check, "audit": audit}
TITLE = "kraken-accounts: 2 NOT trading, 1 critical finding; 3 of 5 accounts trading"
WELL = ("KRAKEN_API_URL", "KRAKEN_MASTER", "KRAKEN_USER_ALPHA")


def well(sandbox: Sandbox) -> dict[str, str]:
    """The variables of the accounts that are fine."""
    return {name: value for name, value in sandbox.env.items() if name.startswith(WELL)}


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with receiver() as server:
        yield server


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """A state directory that several runs have in common."""
    return {"XDG_STATE_HOME": str(tmp_path / "state")}


class TestNotify:
    def test_says_what_is_wrong(self, sandbox: Sandbox, server: ScriptedServer) -> None:
        run = check("--notify", address(server), "--format", "json", env=sandbox.env)

        assert (run.returncode, run.stderr) == (1, "")
        (message,) = messages(server)
        assert message["title"] == TITLE
        assert message["type"] == "failure"
        assert (
            "\n\n❌ USER (charlie) is NOT trading on Kraken\n"
            "Why: The key may look, but may not create orders. [read-only]\nDo: "
        ) in message["message"]
        assert ("\n\nUSER (bravo)\nCRITICAL: The key may withdraw funds. [withdraw-enabled]\nDo: ") in message[
            "message"
        ]
        assert "\n\nNews begins: 2 of 5 accounts are fine.\n\n" in message["message"]
        assert "$" not in message["message"]

    def test_says_once_that_all_is_well(
        self, sandbox: Sandbox, server: ScriptedServer, home: dict[str, str]
    ) -> None:
        runs = [check("--notify", address(server), env={**well(sandbox), **home}) for _ in range(2)]

        assert [(run.returncode, run.stderr) for run in runs] == [(0, "")] * 2
        (message,) = messages(server)
        assert message["title"] == "kraken-accounts: all 2 accounts are fine; 2 of 2 accounts trading"
        assert message["type"] == "info"

    def test_says_amounts_if_it_may(self, sandbox: Sandbox, server: ScriptedServer) -> None:
        env = {**well(sandbox), "KRAKEN_ACCOUNTS_NOTIFY": address(server)}
        poor = ("--min-total", "alpha=1000000")
        for amounts in ([], ["--notify-amounts"]):
            check(*poor, *amounts, env=env)

        silent, open_ = (message["message"] for message in messages(server))
        assert "USER (alpha)\nCRITICAL: The total is below the minimum. [below-minimum]\n" in silent
        assert not re.search(r"\d\.\d\d", silent)
        assert "CRITICAL: $6,911.95 is below the minimum of $1,000,000.00. [below-minimum]\n" in open_
        assert "\nTotal: $72,092.42 (spot balance, incomplete)\n" in open_

    def test_of_an_audit(self, sandbox: Sandbox, server: ScriptedServer) -> None:
        audit("--notify", address(server), env=sandbox.env)

        assert titles(server) == [TITLE]

    @pytest.mark.parametrize(
        "options", [["--quiet"], ["-o", "/dev/null"], ["--format", "nagios"], ["-o", "/dev/full"]]
    )
    def test_whatever_becomes_of_the_report(
        self, sandbox: Sandbox, server: ScriptedServer, options: list[str]
    ) -> None:
        check(*options, "--notify", address(server), env=sandbox.env)

        assert titles(server) == [TITLE]

    def test_by_every_way_of_the_environment(
        self, sandbox: Sandbox, server: ScriptedServer, home: dict[str, str]
    ) -> None:
        with mailbox() as mails:
            ways = f" {address(server)}\n{mails.url} "
            run = check(env={**sandbox.env, **home, "KRAKEN_ACCOUNTS_NOTIFY": ways})

        assert (run.stderr, len(messages(server)), len(mails.mails)) == ("", 1, 1)
        assert mails.mails[0]["subject"] == titles(server)[0]

    def test_the_command_line_wins(self, sandbox: Sandbox, server: ScriptedServer) -> None:
        with receiver() as other:
            env = {**sandbox.env, "KRAKEN_ACCOUNTS_NOTIFY": address(other), "KRAKEN_ACCOUNTS_PING": other.url}
            check("--notify", address(server), "--ping", f"{server.url}/switch", env=env)

            assert other.requests == []
        assert asked(server) == ["POST /SMPL-somebody", "GET /switch/fail"]

    def test_by_the_variables_that_config_toml_names(
        self, sandbox: Sandbox, server: ScriptedServer, home: dict[str, str], tmp_path: Path
    ) -> None:
        named = tmp_path / "named.toml"
        named.write_text('notify = ["$MY_TELEPHONE"]\nping = ["$MY_SWITCH"]\n')
        env = {**sandbox.env, **home, "MY_TELEPHONE": address(server), "MY_SWITCH": f"{server.url}/SMPL-switch"}

        run = check("--config", named, env=env)
        unset = check("--config", named, env={**env, "MY_TELEPHONE": " "})

        assert run.stderr == ""
        assert [line.partition("?")[0] for line in asked(server)] == [
            "POST /SMPL-somebody",
            "GET /SMPL-switch/fail",
            "GET /SMPL-switch/fail",
        ]
        assert unset.returncode == 2
        assert "config.toml names $MY_TELEPHONE, which is not set in the environment" in unset.stderr

    def test_a_demo_tells_only_those_of_the_command_line(
        self, server: ScriptedServer, home: dict[str, str]
    ) -> None:
        env = {**home, "KRAKEN_ACCOUNTS_NOTIFY": address(server), "KRAKEN_ACCOUNTS_PING": server.url}
        check("--demo", env=env)
        assert server.connections == 0

        check("--demo", "--notify", address(server), env=env)
        assert titles(server) == [TITLE.replace("accounts: ", "accounts: DEMO, ")]

    def test_what_was_refused_is_delivered_next_time(self, sandbox: Sandbox, home: dict[str, str]) -> None:
        with receiver(REFUSED, ACCEPTED) as server, receiver() as other:
            ways = {"KRAKEN_ACCOUNTS_NOTIFY": f"{address(server)} {address(other)}"}
            refused = check(env={**sandbox.env, **home, **ways})
            later, silent = (check("--account", "alpha", env={**sandbox.env, **home, **ways}) for _ in range(2))

        assert refused.returncode == 1
        assert re.fullmatch(
            r"Notification by json \([0-9a-f]{6}\) not delivered: it is kept, and sent with the next run\. "
            r"Try the way with: python check_master_user_balances.py notify --test\n",
            refused.stderr,
        )
        assert (later.returncode, later.stderr, silent.stderr) == (0, "", "")
        assert len(messages(server)) == 2
        assert titles(server)[1] == titles(other)[0]
        assert messages(server)[1]["message"].startswith("Not delivered on 20")
        assert len(messages(other)) == 1

    def test_a_state_directory_that_cannot_be_used(self, sandbox: Sandbox, tmp_path: Path) -> None:
        (tmp_path / "state").write_text("no folder")
        with receiver(REFUSED) as server:
            run = check(
                "--notify", address(server), env={**sandbox.env, "XDG_STATE_HOME": str(tmp_path / "state")}
            )

        assert run.returncode == 1
        assert "not delivered, and lost: nothing can be kept for the next run.\n" in run.stderr

    @pytest.mark.parametrize("command", ["check", "audit"])
    def test_a_url_that_is_not_understood(self, sandbox: Sandbox, command: str) -> None:
        run = COMMANDS[command]("--notify", f"foo://{MARK}", env=sandbox.env)

        assert (run.returncode, run.stdout) == (2, "")
        assert run.stderr.startswith("Error: --notify: Apprise does not understand this URL;")
        assert LEAKS.in_text(run.stderr) == set()
        assert sandbox.endpoints() == []

    def test_without_the_library(self, sandbox: Sandbox, tmp_path: Path) -> None:
        (tmp_path / "apprise.py").write_text("raise ModuleNotFoundError(__name__)")

        run = check("--notify", "json://127.0.0.1/", env={**sandbox.env, "PYTHONPATH": str(tmp_path)})

        assert (run.returncode, run.stderr) == (
            2,
            "Error: notifications need the library Apprise, which is not installed here: make notify (in the "
            "checkout), or pip install 'kraken-accounts[notify]'\n",
        )
        assert sandbox.endpoints() == []

    def test_a_line_of_a_file_counts_for_nothing_and_that_is_said(
        self, sandbox: Sandbox, server: ScriptedServer, tmp_path: Path
    ) -> None:
        path = sandbox.env_file(tmp_path, KRAKEN_ACCOUNTS_NOTIFY=address(server), KRAKEN_ACCOUNTS_PIN=server.url)

        run = check("--env-file", path, "--format", "text")

        assert server.connections == 0
        assert f"KRAKEN_ACCOUNTS_NOTIFY in {path} is ignored: it counts in the environment only" in run.stdout
        assert f"KRAKEN_ACCOUNTS_PIN in {path} is ignored: did you mean KRAKEN_ACCOUNTS_PING?" in run.stdout


ENDS = """
import sys
from kraken_accounts import cli
from kraken_accounts.formats.text import TextFormat

def render(self, report, view):
    raise {}

TextFormat.render = render
cli.main(sys.argv[1:])
"""


class TestPing:
    def test_of_a_run_that_ended_well(self, sandbox: Sandbox, server: ScriptedServer) -> None:
        run = check("--ping", f"{server.url}/SMPL-uuid?create=1", env=well(sandbox))

        assert (run.returncode, run.stderr, asked(server)) == (0, "", ["GET /SMPL-uuid?create=1"])

    @pytest.mark.parametrize("command", ["check", "audit"])
    def test_of_accounts_that_need_attention(self, sandbox: Sandbox, server: ScriptedServer, command: str) -> None:
        run = COMMANDS[command](env={**sandbox.env, "KRAKEN_ACCOUNTS_PING": f" {server.url}/SMPL-uuid "})

        assert (run.returncode, asked(server)) == (1, ["GET /SMPL-uuid/fail"])

    def test_while_kraken_is_down(self, sandbox: Sandbox, server: ScriptedServer) -> None:
        sandbox.exchange.set_system_status("maintenance")

        run = check("--ping", server.url, env=well(sandbox))

        assert (run.returncode, asked(server)) == (3, ["GET /fail"])

    @pytest.mark.parametrize(
        "arguments",
        [
            ["--env-file", "/nowhere"],
            ["--demo", "--env-file", "/nowhere"],
            ["--account", "nobody"],
            ["-o", "/nowhere/at/all"],
            ["--notify", "nonsense"],
        ],
        ids=" ".join,
    )
    def test_of_a_run_that_was_refused(
        self, sandbox: Sandbox, server: ScriptedServer, arguments: list[str]
    ) -> None:
        run = check(*arguments, "--ping", server.url, env=sandbox.env)

        assert (run.returncode, asked(server)) == (2, ["GET /fail"])

    @pytest.mark.parametrize(
        ("how", "code", "pings"), [("ValueError", 1, ["GET /fail"]), ("KeyboardInterrupt", 130, [])]
    )
    def test_of_a_defect_and_of_an_interruption(
        self, sandbox: Sandbox, server: ScriptedServer, how: str, code: int, pings: list[str]
    ) -> None:
        """Who interrupts a run sits before it."""
        with receiver() as told:
            arguments = ["check", "--format", "text", "--ping", server.url, "--notify", address(told)]
            run = subprocess.run(
                [sys.executable, "-c", ENDS.format(how), *nobodys_keys(arguments)],
                env=environment(sandbox.env),
                capture_output=True,
                timeout=LIMIT,
                check=False,
            )

            assert (run.returncode, asked(server)) == (code, pings)
            assert len(told.requests) == len(pings)

    def test_that_fails_changes_no_exit_code(self, sandbox: Sandbox) -> None:
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]

        run = check("--ping", f"http://127.0.0.1:{port}/{MARK}", env=well(sandbox))

        assert run.returncode == 0
        assert run.stderr == (
            "Ping not delivered (NewConnectionError): the other side takes this run for missing.\n"
        )

    def test_a_url_that_may_not_be_asked(self, sandbox: Sandbox) -> None:
        run = check("--ping", f"http://switch.example/{MARK}", env=sandbox.env)

        assert (run.returncode, run.stdout) == (2, "")
        assert run.stderr.startswith("Error: --ping: is not a URL that begins with https://")
        assert LEAKS.in_text(run.stderr) == set()
        assert sandbox.endpoints() == []


class TestProof:
    def test_says_of_each_way_whether_it_leads_there(self, server: ScriptedServer, home: dict[str, str]) -> None:
        with receiver(REFUSED) as ailing:
            run = notify("--test", "--notify", address(server), "--notify", address(ailing), env=home)

        assert run.returncode == 1
        assert re.fullmatch(r"json \([0-9a-f]{6}\): delivered\njson \([0-9a-f]{6}\): NOT delivered\n", run.stdout)
        assert titles(server) == ["kraken-accounts: a test"]
        assert not Path(home["XDG_STATE_HOME"]).exists()

    def test_takes_the_ways_of_the_environment(self, server: ScriptedServer) -> None:
        run = notify("--test", env={"KRAKEN_ACCOUNTS_NOTIFY": address(server)})

        assert (run.returncode, run.stderr, len(messages(server))) == (0, "", 1)

    def test_takes_the_ways_that_config_toml_names(self, server: ScriptedServer, tmp_path: Path) -> None:
        """Those of a check, wherever it finds the file."""
        keys, named = tmp_path / "set" / ".env", tmp_path / "named.toml"
        keys.parent.mkdir(mode=0o700)
        keys.write_text("KRAKEN_MASTER_API_KEY=SMPL-key\n")
        for path in (keys.with_name("config.toml"), named):
            path.write_text('notify = ["$MY_TELEPHONE"]\n')
        env = {"MY_TELEPHONE": address(server)}

        runs = [notify("--test", *map(str, more), env=env) for more in (("--env-file", keys), ("--config", named))]
        unset = notify("--test", "--config", str(named))

        assert [(run.returncode, run.stderr) for run in runs] == [(0, ""), (0, "")]
        assert titles(server) == ["kraken-accounts: a test"] * 2
        assert (unset.returncode, unset.stderr) == (
            2,
            "Error: config.toml names $MY_TELEPHONE, which is not set in the environment\n",
        )

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["--test"], "there is nobody to tell: set KRAKEN_ACCOUNTS_NOTIFY, or give --notify URL"),
            ([], "say what to do: --test sends a test message"),
            (["--test", "--notify", " "], "--notify is empty: give it the URL of Apprise that leads to you"),
            (["--test", f"json://127.0.0.1/{MARK}"], "Got unexpected extra argument"),
        ],
    )
    def test_wrong_usage(self, arguments: list[str], said: str) -> None:
        run = notify(*arguments)

        assert (run.returncode, run.stdout) == (2, "")
        assert said in run.stderr
        assert LEAKS.in_text(run.stderr) == set()


def test_the_urls_are_seen_nowhere(sandbox: Sandbox, home: dict[str, str]) -> None:
    with receiver(REFUSED, ACCEPTED) as server, mailbox() as mails:
        mail = mails.url.replace("mailto://", f"mailto://{MARK}:{MARK}@")
        ways = f"{address(server, MARK)} {mail} json://127.0.0.1:1/{MARK}?+X-Token={MARK}"
        env = {**sandbox.env, **home, "KRAKEN_ACCOUNTS_NOTIFY": ways}
        env["KRAKEN_ACCOUNTS_PING"] = f"http://127.0.0.1:1/{MARK}"
        shown = ""
        for command in COMMANDS.values():
            run = command("-v", "--format", "json", env=env)
            shown += run.stdout + run.stderr
        run = notify("--test", env=env)
        shown += run.stdout + run.stderr

    assert "not delivered" in shown
    assert LEAKS.in_text(shown) == set()
    assert any(path.name.startswith("notify-") for path in Path(home["XDG_STATE_HOME"]).rglob("*"))
    assert LEAKS.in_folder(Path(home["XDG_STATE_HOME"])) == {}
    assert all(sandbox_secret not in str(messages(server)) for sandbox_secret in _secrets(sandbox))


def _secrets(sandbox: Sandbox) -> list[str]:
    return [value for name, value in sandbox.env.items() if value and name.endswith(("_API_KEY", "_API_SECRET"))]


def test_a_misplaced_url_is_not_repeated_by_a_plugin_either() -> None:
    run = check("--format", "nagios", f"json://127.0.0.1/{MARK}")

    assert run.returncode == 3
    assert run.stdout.startswith("KRAKEN UNKNOWN - Got unexpected extra argument")
    assert LEAKS.in_text(run.stdout + run.stderr) == set()
