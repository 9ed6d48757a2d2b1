"""The doctor: it tells what is, whatever is broken, and says of a key's nonces no more than is proven."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kraken_accounts import __version__
from kraken_accounts.storage import Storage
from kraken_sandbox import Exchange, Fault, FaultKind, SandboxServer

from ..conftest import Sandbox
from ..running import CONSOLE_SCRIPT, NO_KEYS, check, doctor, doctor_on_terminal, environment
from ..support import ScriptedServer, http_response, mostly_soak, never, open_account, sample_key, variables

ACCEPTED = (
    "is accepted and the last one now: all before it were smaller, so none is ahead of the clock, and none "
    "counts a finer unit"
)
NEW_KEY = "Create a new key at https://www.kraken.com/u/security/api: nothing else brings a key's nonces down."
REFUSED = (
    "the last one of this key is not smaller. How large it is cannot be learned: GetApiKeyInfo, which tells it, "
    "needs an accepted one too"
)
HEADINGS = ["SETTINGS", "FOLDERS", "HISTORY", "VERSIONS", "EXCHANGE", "ANSWER", "KEYS"]


@pytest.fixture
def exchange() -> Iterator[tuple[Exchange, str]]:
    exchange = Exchange()
    with SandboxServer(exchange) as server:
        yield exchange, server.url


def about(run: subprocess.CompletedProcess[str], label: str = "MASTER") -> list[str]:
    """The lines about one account, with the remedies below them."""
    assert run.stderr == ""
    keys = run.stdout.partition("\nKEYS\n")[2].partition("\n\n")[0].splitlines()
    found: list[str] = []
    is_about = False
    for line in keys:
        if not line.startswith(" "):
            is_about = f" {label}" in line
        if is_about:
            found.append(line.strip())
    return found


def headings(run: subprocess.CompletedProcess[str]) -> list[str]:
    return re.findall(r"^([A-Z]+)$", run.stdout, re.MULTILINE)


class TestNothingWrong:
    def test_is_said_with_code_0(self, exchange: tuple[Exchange, str], tmp_path: Path) -> None:
        open_account(exchange[0], "master")
        open_account(exchange[0], "alpha")

        run = doctor(env={**variables(exchange[1], "master", "alpha"), "XDG_STATE_HOME": str(tmp_path / "state")})

        assert (run.returncode, run.stderr) == (0, "")
        assert run.stdout.endswith("\nNothing wrong was found.\n")
        assert headings(run) == HEADINGS
        assert about(run) == [f"✅ MASTER SMPL…: a nonce in milliseconds {ACCEPTED}"]
        assert (
            f"✅ state: {tmp_path}/state/kraken-accounts, which is not there yet, and can be made\n" in run.stdout
        )
        assert f"\n-  kraken-accounts {__version__}, " in run.stdout
        assert "✅ Kraken's status: online\n" in run.stdout
        assert "✅ clock: the same as Kraken's, to about a second\n" in run.stdout
        assert re.search(r"\n✅ reachable without a key: connected in \d+ ms, answered in \d+ ms\n", run.stdout)

    def test_asks_once_a_key_and_nothing_else_about_it(self, exchange: tuple[Exchange, str]) -> None:
        open_account(exchange[0], "master")
        open_account(exchange[0], "alpha")

        doctor(env=variables(exchange[1], "master", "alpha"))

        asked = [request.endpoint for request in exchange[0].requests]
        assert sorted(asked) == ["GetApiKeyInfo", "GetApiKeyInfo", "SystemStatus"]

    def test_asks_with_the_chosen_keys_only(self, exchange: tuple[Exchange, str]) -> None:
        open_account(exchange[0], "master")
        open_account(exchange[0], "alpha")
        env = variables(exchange[1], "master", "alpha")

        run = doctor("--account", "ALPHA", env=env)

        assert run.returncode == 0
        assert about(run) == []
        assert about(run, "USER (alpha)") != []
        assert [r.endpoint for r in exchange[0].requests].count("GetApiKeyInfo") == 1

    def test_of_versions_says_which_extras_there_are(self, sandbox: Sandbox) -> None:
        shown = doctor(env=sandbox.env).stdout

        assert re.search(r"\n-  CPython \d\.\d+\.\d+\S*, /\S+\n-  OpenSSL .*\n-  SQLite [\d.]+\n", shown)
        assert re.search(r"\n-  certifi \S+, click \S+, httptools \S+, krakenex 2\.\S+, platformdirs ", shown)
        for extra, library in (("history", "jinja2"), ("notify", "apprise"), ("postgres", "psycopg")):
            assert re.search(rf"\n-  extra {extra}: (not installed|{library} \S+)", shown)


class TestFiles:
    def test_names_what_counts_and_what_is_passed_over(self, sandbox: Sandbox, tmp_path: Path) -> None:
        file = sandbox.env_file(tmp_path)
        env = {"KRAKEN_API_URL": sandbox.url}
        env |= {n: v for n, v in sandbox.env.items() if n.startswith("KRAKEN_MASTER_API_")}

        found, named = doctor(env=env, cwd=tmp_path), doctor("--env-file", file, env=env)

        assert f"✅ .env: {file}, which was found; the environment wins over it\n" in found.stdout
        assert (
            f"-  set elsewhere too, where they win, and so passed over, in {file}: KRAKEN_API_URL, "
            "KRAKEN_MASTER_API_KEY, KRAKEN_MASTER_API_SECRET\n"
        ) in found.stdout
        assert (
            "-  variables that count, in the environment: KRAKEN_API_URL, KRAKEN_MASTER_API_KEY, "
            "KRAKEN_MASTER_API_SECRET\n"
        ) in found.stdout
        assert f"✅ .env: {file}, by --env-file; it wins over the environment\n" in named.stdout
        assert (
            "-  set elsewhere too, where they win, and so passed over, in the environment: KRAKEN_API_URL, "
            "KRAKEN_MASTER_API_KEY, KRAKEN_MASTER_API_SECRET\n"
        ) in named.stdout

    def test_names_a_file_that_is_passed_over(self, sandbox: Sandbox, tmp_path: Path) -> None:
        folder = tmp_path / "kraken-accounts"
        folder.mkdir(mode=0o700)
        sandbox.env_file(folder)

        run = doctor("--env-file", NO_KEYS, env={**sandbox.env, "XDG_CONFIG_HOME": str(tmp_path)})

        assert f"-  {folder}/.env: is there too, and not read\n" in run.stdout

    def test_that_others_may_read_is_wrong(self, sandbox: Sandbox, tmp_path: Path) -> None:
        file = sandbox.env_file(tmp_path)
        file.chmod(0o644)

        run = doctor("--env-file", file, "--account", "alpha")

        assert run.returncode == 1
        assert f"❌ {file}: group or others may read or write it\n   Do: chmod 600 {file}\n" in run.stdout

    def test_says_what_config_toml_sets(self, sandbox: Sandbox, tmp_path: Path) -> None:
        (tmp_path / "mine.toml").write_text('quote = "EUR"\n[accounts.alpha]\nexpected = "read-only"\n')

        run = doctor("--config", tmp_path / "mine.toml", env=sandbox.env)

        assert f"✅ config.toml: {tmp_path}/mine.toml, named by --config; it sets quote, accounts\n" in run.stdout

    def test_an_account_that_is_disabled_is_not_asked(self, sandbox: Sandbox, tmp_path: Path) -> None:
        (tmp_path / "mine.toml").write_text('[accounts.alpha]\ndisabled = "on holiday"\n')

        run = doctor("--config", tmp_path / "mine.toml", "--account", "alpha", env=sandbox.env)

        assert about(run, "USER (alpha)") == ["-  USER (alpha) ALPH…: not asked: it is disabled: on holiday"]
        assert (run.returncode, sandbox.endpoints().count("GetApiKeyInfo")) == (0, 0)


class TestIllPatients:
    def test_without_any_key(self, sandbox: Sandbox) -> None:
        run = doctor(env={"KRAKEN_API_URL": sandbox.url})

        assert (run.returncode, headings(run)) == (1, HEADINGS)
        assert about(run) == [
            "❌ MASTER: not asked: KRAKEN_MASTER_API_KEY and KRAKEN_MASTER_API_SECRET are not filled in",
            f"Do: kraken-accounts accounts add master --env-file {NO_KEYS} says how a key is made, and puts it "
            "there.",
        ]
        assert sandbox.endpoints() == ["SystemStatus"]

    def test_with_an_env_file_that_cannot_be_read(self, sandbox: Sandbox, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text('KRAKEN_MASTER_API_KEY="abc\n')

        run = doctor(env=sandbox.env, cwd=tmp_path)

        assert (run.returncode, run.stderr, headings(run)) == (1, "", HEADINGS)
        assert "❌ accounts: .env, line 1: cannot be understood; write NAME=value\n" in run.stdout
        assert "KRAKEN_USER_ALPHA_API_KEY" in run.stdout
        assert "❔ no key is known, since the accounts cannot be read\n" in run.stdout
        assert "✅ Kraken's status: online\n" in run.stdout
        assert sandbox.endpoints() == ["SystemStatus"]

    def test_with_a_config_toml_that_cannot_be_read_no_key_is_used(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """It may say which accounts must not be asked."""
        (tmp_path / "mine.toml").write_text("qoute = 1\n")

        run = doctor("--config", tmp_path / "mine.toml", env=sandbox.env)

        assert (run.returncode, run.stderr, headings(run)) == (1, "", HEADINGS)
        assert f'❌ config.toml: {tmp_path}/mine.toml, line 1: there is no key "qoute" here' in run.stdout
        assert about(run) == ["❔ MASTER MSTR…: not asked, since nobody knows which accounts config.toml disables"]
        assert sandbox.endpoints() == ["SystemStatus"]

    def test_without_network(self, sandbox: Sandbox) -> None:
        env = {**sandbox.env, "KRAKEN_API_URL": "http://127.0.0.1:9"}

        run = doctor("--account", "master", env=env)

        assert (run.returncode, run.stderr, headings(run)) == (1, "", HEADINGS)
        assert "❌ 127.0.0.1:9 cannot be reached (Connection refused)\n" in run.stdout
        assert about(run) == ["❔ MASTER MSTR…: not asked, since Kraken does not even answer without a key"]

    @pytest.mark.parametrize(
        "module",
        mostly_soak(
            (
                "krakenex",
                "platformdirs",
                "dotenv",
                "certifi",
                "sqlite3",
                "ssl",
            ),
            2,
        ),
    )
    def test_where_a_module_is_missing(self, sandbox: Sandbox, module: str, tmp_path: Path) -> None:
        (tmp_path / f"{module}.py").write_text(f"raise ImportError('no module {module} here')\n")

        run = doctor(env={**sandbox.env, "PYTHONPATH": str(tmp_path)})

        assert (run.returncode, run.stderr, headings(run)) == (1, "", HEADINGS)
        assert f"no module {module} here\n   Do: Install " in run.stdout
        assert "\n-  kraken-accounts " in run.stdout

    def test_where_nothing_answers_it_ends_in_time(self) -> None:
        with ScriptedServer(never) as server:
            began = time.monotonic()
            run = doctor("--deadline", "1", env=variables(server.url, "master"))

            assert time.monotonic() - began < 8
        assert (run.returncode, headings(run)) == (1, HEADINGS)
        assert f"❌ {server.host} did not answer in time\n" in run.stdout

    def test_with_authorities_and_a_proxy_that_cannot_be_used(self, tmp_path: Path) -> None:
        """The exchange is of the kind that needs both; nothing is sent, since neither is there."""
        env = {
            "KRAKEN_API_URL": "https://192.0.2.1",
            "HTTPS_PROXY": "socks5://name:hidden@192.0.2.2",
            "SSL_CERT_FILE": str(tmp_path / "absent.pem"),
            "REQUESTS_CA_BUNDLE": "",
            "CURL_CA_BUNDLE": "",
        }

        run = doctor(env=env)

        assert (run.returncode, run.stderr, headings(run)) == (1, "", HEADINGS)
        assert "❌ proxy: HTTPS_PROXY names a proxy of the kind socks5://, which is not supported" in run.stdout
        assert "❌ certificate authorities: SSL_CERT_FILE: the certificate authorities in " in run.stdout
        assert "hidden" not in run.stdout

    def test_a_state_directory_that_others_may_write(self, sandbox: Sandbox, tmp_path: Path) -> None:
        folder = tmp_path / "kraken-accounts"
        folder.mkdir()
        folder.chmod(0o777)

        run = doctor("--account", "alpha", env={**sandbox.env, "XDG_STATE_HOME": str(tmp_path)})

        assert run.returncode == 1
        assert re.search(
            rf"\n❌ state: {folder}: is not used, since others may write to it \(mode 777\): chmod go-w {folder}, "
            rf"so "
            r"nothing is kept\n",
            run.stdout,
        )

    def test_a_history_that_is_damaged_or_newer(self, sandbox: Sandbox, tmp_path: Path) -> None:
        folder = tmp_path / "kraken-accounts"
        folder.mkdir(mode=0o700)
        (folder / "history.sqlite").write_bytes(b"no database at all, but long enough to be taken for one" * 20)
        (folder / "history.sqlite").chmod(0o600)

        run = doctor("--account", "alpha", env={**sandbox.env, "XDG_STATE_HOME": str(tmp_path)})

        assert run.returncode == 1
        assert f"❌ history: {folder}/history.sqlite: is damaged\n   Do: Put it aside" in run.stdout

    def test_says_which_schema_the_history_has(self, sandbox: Sandbox, tmp_path: Path) -> None:
        env = {**sandbox.env, "XDG_STATE_HOME": str(tmp_path)}
        check(env=env)

        run = doctor("--account", "alpha", env=env)

        assert f"✅ history: {tmp_path}/kraken-accounts/history.sqlite, schema 2\n" in run.stdout

    def test_a_wrong_clock(self) -> None:
        ahead = http_response(
            '{"error":[],"result":{"status":"online","timestamp":""}}',
            headers={"Date": "Mon, 06 Jan 2020 10:00:00 GMT"},
        )
        with ScriptedServer(ahead) as server:
            run = doctor(env=variables(server.url, "master"))

        assert re.search(
            r"\n❌ clock: this machine's is \d+ s ahead of Kraken's\n   Do: Set the clock by NTP", run.stdout
        )
        assert "clock is" in about(run)[0]
        assert len(server.requests) == 1


class TestSecrets:
    def test_none_is_in_the_output(self, sandbox: Sandbox) -> None:
        env = {
            **sandbox.env,
            "KRAKEN_ACCOUNTS_NOTIFY": "json://sample-token@127.0.0.1:9",
            "KRAKEN_ACCOUNTS_STORE": "postgresql://sample:password-sample@127.0.0.1:9/none",
            "KRAKEN_MASTER_API_OTP": "one-time-sample",
        }

        run = doctor("-v", env=env)

        secrets = [
            value for name, value in env.items() if name.endswith(("_KEY", "_SECRET", "_OTP")) and "<" not in value
        ]
        secrets += ["sample-token", "password-sample"]
        assert [secret for secret in secrets if secret in run.stdout + run.stderr] == []
        assert "KRAKEN_ACCOUNTS_NOTIFY, KRAKEN_ACCOUNTS_STORE" in run.stdout

    def test_a_proxy_is_shown_without_its_password(self) -> None:
        env = {"KRAKEN_API_URL": "https://192.0.2.1", "HTTPS_PROXY": "http://name:hidden-sample@127.0.0.1:9"}

        run = doctor("--deadline", "5", env=env)

        assert "-  proxy: http://127.0.0.1:9, with a login; set in the environment: HTTPS_PROXY\n" in run.stdout
        assert "hidden-sample" not in run.stdout


class TestNonces:
    def test_in_a_finer_unit_are_a_refusal_that_tells_no_more(self, exchange: tuple[Exchange, str]) -> None:
        open_account(exchange[0], "master")
        use(exchange, "master", time.time_ns())

        run = doctor(env=variables(exchange[1], "master"))

        first, second, third = about(run)
        assert run.returncode == 1
        assert re.fullmatch(
            rf"❌ MASTER SMPL…: Kraken refused a nonce in milliseconds of [\d:]+ UTC: {REFUSED}", first
        )
        assert second == (
            "-  MASTER SMPL…: either another program has used the key in the 300 ms before, or meanwhile; or one "
            "has sent a nonce ahead of this machine's clock, which passes; or one counts microseconds or tens of "
            "nanoseconds or nanoseconds, which shuts milliseconds out for good"
        )
        assert third == (
            "Do: Stop the other programs that have this key, and run this again after a minute. If it is still "
            "refused, create a new key at https://www.kraken.com/u/security/api: nothing else brings a key's "
            "nonces down."
        )
        assert asked(exchange[0]) == 1

    def test_that_checks_in_a_row_have_found_refused(self, exchange: tuple[Exchange, str], tmp_path: Path) -> None:
        open_account(exchange[0], "master")
        use(exchange, "master", time.time_ns())
        env = {**variables(exchange[1], "master"), "XDG_STATE_HOME": str(tmp_path)}
        for _ in range(2):
            check(env=env)

        run = doctor(env=env)

        assert re.fullmatch(
            r"-  MASTER SMPL…: the last 2 checks have met the same refusal, since [\d: -]+ UTC: hardly a "
            r"coincidence of "
            r"two requests",
            about(run)[-1],
        )

    def test_in_a_finer_unit_that_runs_here_have_used(
        self, exchange: tuple[Exchange, str], tmp_path: Path
    ) -> None:
        open_account(exchange[0], "master")
        nanoseconds = time.time_ns()
        use(exchange, "master", nanoseconds)
        keep(tmp_path, "master", nanoseconds)

        run = doctor(env={**variables(exchange[1], "master"), "XDG_STATE_HOME": str(tmp_path)})

        assert about(run)[1:] == [
            "❌ MASTER SMPL…: runs on this machine have sent nonces in nanoseconds with this key. If Kraken took "
            "one, milliseconds are shut out for good",
            f"Do: {NEW_KEY} Or, where no other program has this key, set KRAKEN_MASTER_NONCE_UNIT as it was.",
        ]

    def test_ahead_of_the_clock_by_a_run_here(self, exchange: tuple[Exchange, str], tmp_path: Path) -> None:
        open_account(exchange[0], "master")
        ahead = int(time.time() + 23 * 60 + 30) * 1000
        use(exchange, "master", ahead)
        keep(tmp_path, "master", ahead)

        run = doctor(env={**variables(exchange[1], "master"), "XDG_STATE_HOME": str(tmp_path)})

        assert about(run)[1:] == [
            "❌ MASTER SMPL…: a run on this machine has sent a nonce that is 23 min ahead of the clock. If Kraken "
            "took "
            f"it, the key is usable again at {in_words(ahead)}",
            "Do: Wait until then, or create a new key.",
        ]

    def test_ahead_of_the_clock_within_a_nonce_window(self, exchange: tuple[Exchange, str]) -> None:
        open_account(exchange[0], "master", nonce_window=1_800_000)
        ahead = int(time.time() + 23 * 60 + 30) * 1000
        use(exchange, "master", ahead)

        run = doctor(env=variables(exchange[1], "master"))

        assert about(run) == [
            "❌ MASTER SMPL…: its last nonce is 23 min ahead of the clock: usable again at "
            f"{in_words(ahead)}; only its nonce window of 1800000 lets this program in",
            "Do: Set the clock of the machine that sent it by NTP, or create a new key.",
        ]

    def test_in_a_finer_unit_within_a_nonce_window(self, exchange: tuple[Exchange, str]) -> None:
        open_account(exchange[0], "master", nonce_window=10**19)
        use(exchange, "master", time.time_ns())

        run = doctor(env=variables(exchange[1], "master"))

        assert about(run) == [
            "❌ MASTER SMPL…: this key has seen nonces in nanoseconds: programs that count milliseconds are shut "
            "out for good; only its nonce window of 10000000000000000000 lets this program in",
            f"Do: {NEW_KEY}",
        ]

    def test_with_a_nonce_window_nothing_follows_for_those_before(self, exchange: tuple[Exchange, str]) -> None:
        open_account(exchange[0], "master", nonce_window=1000)

        run = doctor(env=variables(exchange[1], "master"))

        assert about(run) == [
            "✅ MASTER SMPL…: a nonce in milliseconds is accepted and the last one now: its nonce window of 1000 "
            "lets smaller ones in, so nothing follows for those before"
        ]

    def test_of_another_program_a_moment_ago(self) -> None:
        run = told(lambda: int(time.time() * 1000) - 2500)

        assert re.fullmatch(
            "-  MASTER SMPL…: a nonce in milliseconds is accepted; used by another program, or by a run of this "
            "one of "
            r"which nothing is kept here, [2-9] s ago, in milliseconds",
            about(run)[0],
        )
        assert about(run)[1] == "Do: Give each program a key of its own where you can."
        assert run.returncode == 0

    def test_of_another_program_where_runs_here_have_left_theirs(self, tmp_path: Path) -> None:
        now = int(time.time() * 1000)
        keep(tmp_path, "master", now - 60_000)

        run = told(lambda: now - 2500, XDG_STATE_HOME=str(tmp_path))

        assert re.fullmatch(
            r"-  MASTER SMPL…: a nonce in milliseconds is accepted; used by another program, or by this one "
            r"elsewhere, [2-9] s ago, in milliseconds",
            about(run)[0],
        )

    def test_of_a_run_here(self, tmp_path: Path) -> None:
        before = int(time.time() * 1000) - 60_000
        keep(tmp_path, "master", before)

        run = told(lambda: before, XDG_STATE_HOME=str(tmp_path))

        assert re.fullmatch(
            r"✅ MASTER SMPL…: a nonce in milliseconds is accepted; the one before was this machine's own, 6\d s "
            r"ago",
            about(run)[0],
        )

    @pytest.mark.parametrize(
        ("said", "line"),
        [
            ("123", "✅ MASTER SMPL…: a nonce in milliseconds is accepted; the one before, 123, counts no clock"),
            (
                None,
                "❔ MASTER SMPL…: a nonce in milliseconds is accepted; Kraken does not tell the last one",
            ),
            (
                "a poem",
                "❔ MASTER SMPL…: a nonce in milliseconds is accepted; Kraken does not tell the last one",
            ),
            (
                str(2**64 - 1),
                f"❌ MASTER SMPL…: its last nonce, {2**64 - 1}, is larger than this one and counts no clock",
            ),
        ],
    )
    def test_that_count_nothing(self, said: str | None, line: str) -> None:
        assert about(told(lambda: said))[0] == line

    def test_are_never_finer_than_this_machine_has_used(
        self, exchange: tuple[Exchange, str], tmp_path: Path
    ) -> None:
        open_account(exchange[0], "master")
        env = {
            **variables(exchange[1], "master"),
            "KRAKEN_MASTER_NONCE_UNIT": "ns",
            "XDG_STATE_HOME": str(tmp_path),
        }

        run = doctor(env=env)

        assert about(run) == [
            "❌ MASTER SMPL…: nonces in milliseconds are accepted, so no program has used a finer unit yet; "
            "KRAKEN_MASTER_NONCE_UNIT is set to nanoseconds, and the first check by it shuts out for good "
            "whoever counts a coarser one",
            "Do: Take KRAKEN_MASTER_NONCE_UNIT out, unless every program with this key counts nanoseconds.",
            f"✅ MASTER SMPL…: a nonce in milliseconds {ACCEPTED}",
        ]
        use(exchange, "master", int(time.time() * 1000) + 5000)  # whoever counts milliseconds is not shut out

    def test_of_the_configured_unit_are_used_once_runs_here_have(
        self, exchange: tuple[Exchange, str], tmp_path: Path
    ) -> None:
        open_account(exchange[0], "master")
        keep(tmp_path, "master", time.time_ns() - 10**9)
        env = {
            **variables(exchange[1], "master"),
            "KRAKEN_MASTER_NONCE_UNIT": "ns",
            "XDG_STATE_HOME": str(tmp_path),
        }

        run = doctor(env=env)

        assert about(run) == [
            f"✅ MASTER SMPL…: a nonce in nanoseconds {ACCEPTED}",
            "-  MASTER SMPL…: this key has seen nonces in nanoseconds: programs that count a coarser unit, such "
            "as milliseconds, are shut out for good, and need a new key",
        ]
        assert run.returncode == 0

    def test_of_a_finer_unit_as_configured_stay_untried(self, exchange: tuple[Exchange, str]) -> None:
        open_account(exchange[0], "master")
        use(exchange, "master", time.time_ns())
        env = {**variables(exchange[1], "master"), "KRAKEN_MASTER_NONCE_UNIT": "ns"}

        run = doctor(env=env)

        first, second, third = about(run)
        assert first.startswith("❔ MASTER SMPL…: Kraken refused a nonce in milliseconds of ")
        assert second == (
            "-  MASTER SMPL…: KRAKEN_MASTER_NONCE_UNIT is set to nanoseconds, which no run on this machine has "
            "used yet, nor does this one. The refusal is as it should be if the key's programs count nanoseconds"
        )
        assert third == "Do: If they do, run kraken-accounts check."


class TestKeys:
    def test_that_are_locked_out_are_left_alone(self, exchange: tuple[Exchange, str], tmp_path: Path) -> None:
        open_account(exchange[0], "master")
        env = {**variables(exchange[1], "master"), "XDG_STATE_HOME": str(tmp_path)}
        exchange[0].faults.add(Fault(FaultKind.ERROR, endpoint="GetApiKeyInfo", text="EGeneral:Temporary lockout"))

        first, second = doctor(env=env), doctor(env=env)

        assert about(first)[0].startswith("❌ MASTER SMPL…: Kraken says “EGeneral:Temporary lockout”")
        assert re.fullmatch(
            r"❌ MASTER SMPL…: locked out by Kraken until \d\d:\d\d UTC, so it was not asked", about(second)[0]
        )
        assert asked(exchange[0]) == 1

    def test_that_are_shared_are_not_asked(self, exchange: tuple[Exchange, str]) -> None:
        open_account(exchange[0], "master")
        env = variables(exchange[1], "master", "alpha")
        env["KRAKEN_USER_ALPHA_API_KEY"] = env["KRAKEN_MASTER_API_KEY"]

        run = doctor(env=env)

        assert "hold the same API key (SMPL…)" in about(run)[0]
        assert asked(exchange[0]) == 0

    def test_nobody_is_called_so(self, sandbox: Sandbox) -> None:
        run = doctor("--account", "nobody", env=sandbox.env)

        assert (run.returncode, run.stdout) == (2, "")
        assert "there is no account 'nobody'" in run.stderr


class TestWidths:
    @pytest.mark.parametrize("columns", [40, 80, 200])
    def test_no_line_is_wider_than_the_terminal_but_for_a_word(self, sandbox: Sandbox, columns: int) -> None:
        shown, code = doctor_on_terminal(columns=columns, env=sandbox.env)

        assert code == 1
        for line in shown.splitlines():
            assert len(line) <= columns - ("✅" in line) or len(line.split()) <= 2, line
        assert "\x1b" not in shown

    def test_in_a_pipe_each_thing_is_a_line(self, sandbox: Sandbox) -> None:
        lines = doctor(env=sandbox.env).stdout.splitlines()

        assert f"✅ MASTER MSTR…: a nonce in milliseconds {ACCEPTED}" in lines

    def test_in_ascii(self, sandbox: Sandbox) -> None:
        run = doctor(env={**sandbox.env, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"})

        assert run.stdout.isascii()
        assert f"[OK]   MASTER MSTR...: a nonce in milliseconds {ACCEPTED}\n" in run.stdout


def told(nonce: object, **env: str) -> subprocess.CompletedProcess[str]:
    """The doctor, of a key of which Kraken tells this last nonce."""
    said = nonce() if callable(nonce) else nonce
    status = http_response('{"error":[],"result":{"status":"online"}}', headers={"Date": http_date()})
    info = json.dumps(
        {
            "error": [],
            "result": {"nonce": said if said is None else str(said), "nonceWindow": 0, "permissions": []},
        }
    )
    with ScriptedServer(status, http_response(info, headers={"Date": http_date()})) as server:
        run = doctor(env={**variables(server.url, "master"), **env})
        assert len(server.requests) == 2
    return run


def http_date() -> str:
    return datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")


def use(exchange: tuple[Exchange, str], name: str, nonce: int) -> None:
    """Another program asks with that nonce, and is accepted."""
    state = exchange[0].state.keys[sample_key(name)]
    assert nonce > state.highest_nonce
    state.highest_nonce = nonce


def keep(state: Path, name: str, nonce: int) -> None:
    """A run on this machine has sent that nonce."""
    number = Storage(state / "kraken-accounts").shared_number("nonce", sample_key(name))
    assert number is not None
    number.acquire(1)
    number.value = nonce
    number.release()


def asked(exchange: Exchange) -> int:
    """How often GetApiKeyInfo was."""
    return [request.endpoint for request in exchange.requests].count("GetApiKeyInfo")


def in_words(nonce: int) -> str:
    moment = datetime.fromtimestamp(nonce / 1000, UTC)
    today = moment.date() == datetime.now(UTC).date()
    return f"{moment:{'%H:%M' if today else '%Y-%m-%d %H:%M'}} UTC"


def test_ctrl_c_ends_it_at_once() -> None:
    with ScriptedServer(never) as server:
        process = subprocess.Popen(
            [CONSOLE_SCRIPT, "doctor", "--env-file", NO_KEYS],
            env=environment(variables(server.url, "master")),
            cwd="/",
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert server.wait_for_requests(1)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        shown, said = process.communicate(timeout=30)

    assert (process.returncode, shown, said.strip()) == (130, "", "Interrupted.")
    assert time.monotonic() - began < 5
