"""`kraken-accounts accounts add`: a key comes into the `.env` once Kraken has said what it is, or not at all."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from kraken_sandbox import Fault, FaultKind, SimulatedKey
from kraken_sandbox.accounts import QUERY_PERMISSIONS, TRADE_PERMISSIONS

from ..conftest import Sandbox
from ..faults.leaks import Leaks, sample
from ..running import CONSOLE_SCRIPT, LIMIT, REPOSITORY, accounts, check, environment
from ..support import mostly_soak, sample_secret
from ..terminal import Terminal
from .keys import ALPHA, MASTER, Desk, lines_of, piped

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture
def desk(sandbox: Sandbox, tmp_path: Path) -> Desk:
    return Desk(sandbox, tmp_path)


class TestFromAPipe:
    def test_begins_a_file(self, desk: Desk) -> None:
        key = desk.new_key("master")

        run = desk.add("master", key)

        assert run.returncode == 0, run.stderr
        assert desk.lines() == lines_of(MASTER, key)
        assert stat.S_IMODE(desk.path.stat().st_mode) == 0o600
        assert desk.copies() == []
        ending = desk.sandbox.exchange.state.accounts["master"].iban[-4:]
        for said in (
            f"OTHER EXCHANGE: {desk.sandbox.url} is asked about it, not https://api.kraken.com\n",
            f"The key SMPL… opens the Kraken account ending in {ending}. Total: $65,180.47",
            "It may: Funds: Query; Orders and trades: Query open orders & trades, ",
            f"MASTER: its key SMPL… is in {desk.path}.\n",
            f"Next: kraken-accounts check --account master --env-file {desk.path}\n",
        ):
            assert said in run.stderr
        assert "Sign in" not in run.stderr  # whoever sends a key through a pipe has it

    def test_what_is_written_is_what_a_check_reads(self, desk: Desk) -> None:
        desk.add("master", desk.new_key("master"))
        desk.add("alpha", desk.new_key("alpha"))

        assert check("--env-file", desk.path, env=desk.env).returncode == 0

    def test_asks_each_key_once(self, desk: Desk) -> None:
        desk.add("alpha", desk.new_key("alpha"))

        assert desk.sandbox.endpoints().count("GetApiKeyInfo") == 1

    def test_leaves_everything_else_as_it_is_and_a_copy_beside_it(self, desk: Desk) -> None:
        before = "# ours\r\nOTHER=1\r\n\r\nexport KRAKEN_MASTER_API_KEY='<paste_your_master_key>' # theirs"
        desk.path.write_bytes(before.encode())
        desk.path.chmod(0o644)
        key = desk.new_key("master")

        run = desk.add("master", key)

        assert run.returncode == 0, run.stderr
        assert desk.path.read_bytes().decode() == (
            f"# ours\r\nOTHER=1\r\n\r\nexport KRAKEN_MASTER_API_KEY={key.key} # theirs\r\n"
            f"export KRAKEN_MASTER_API_SECRET={key.secret}\r\n"
        )
        (copy,) = desk.copies()
        assert copy.read_bytes() == before.encode()
        assert {stat.S_IMODE(path.stat().st_mode) for path in (copy, desk.path)} == {0o600}
        assert f"The file as it was, keys and all, lies in {copy}: delete that once all is well.\n" in run.stderr

    @pytest.mark.parametrize(
        ("user_id", "lines"),
        [
            ("alpha", []),
            ("alpha_one", []),
            ("Alpha.One", ["KRAKEN_USER_ALPHA_ONE_USER_ID=Alpha.One"]),
            ("alpha@example.com", ["KRAKEN_USER_ALPHA_EXAMPLE_COM_USER_ID=alpha@example.com"]),
        ],
    )
    def test_gives_a_user_id_that_no_name_spells_a_line(self, desk: Desk, user_id: str, lines: list[str]) -> None:
        run = desk.add(user_id, desk.new_key("alpha"))

        assert run.returncode == 0, run.stderr
        assert desk.lines()[2:] == lines
        assert check("--env-file", desk.path, "--account", user_id, env=desk.env).returncode == 0

    def test_two_ids_that_spell_one_name_get_two(self, desk: Desk) -> None:
        desk.add("a.b", desk.new_key("alpha"))
        desk.add("a_b", desk.new_key("bravo"))

        assert [
            line.partition("=")[0] for line in desk.lines() if "_USER_ID" in line or "A_B_2_API_KEY" in line
        ] == [
            "KRAKEN_USER_A_B_USER_ID",
            "KRAKEN_USER_A_B_2_API_KEY",
            "KRAKEN_USER_A_B_2_USER_ID",
        ]
        assert check("--env-file", desk.path, "--account", "a_b", env=desk.env).returncode == 0

    def test_takes_a_key_that_only_looks(self, desk: Desk) -> None:
        run = desk.add("alpha", desk.new_key("alpha", permissions=QUERY_PERMISSIONS), "--monitor")

        assert run.returncode == 0, run.stderr
        assert "Create & modify" not in run.stderr
        assert "[missing-permission]" not in run.stderr
        assert "--account alpha --activity" in run.stderr
        assert (
            f'say so in {desk.folder}/config.toml: expected = "read-only" under [accounts.alpha]\n' in run.stderr
        )

    def test_says_how_its_table_is_headed_where_a_name_needs_quotes(self, desk: Desk) -> None:
        run = desk.add("a.b", desk.new_key("alpha", permissions=QUERY_PERMISSIONS), "--monitor")

        assert run.stderr.endswith(' under [accounts."a.b"]\n')

    def test_says_of_a_monitors_key_that_it_may_trade(self, desk: Desk) -> None:
        assert "[not-as-expected]" in desk.add("alpha", desk.new_key("alpha"), "--monitor").stderr

    def test_says_what_a_key_lacks(self, desk: Desk) -> None:
        run = desk.add("alpha", desk.new_key("alpha", permissions=QUERY_PERMISSIONS))

        assert run.returncode == 0
        assert (
            "WARNING: The key lacks “Orders and trades: Create & modify orders, Cancel & close orders”."
            in run.stderr
        )

    def test_needs_to_know_whose_key_it_is(self, desk: Desk) -> None:
        run = desk.run("add", stdin="x\ny\n")

        assert (run.returncode, "say whose key it is: a user id, or master" in run.stderr) == (2, True)

    @pytest.mark.parametrize("user_id", ["", "a b", "-", "ä", "x" * 65])
    def test_refuses_what_is_no_user_id(self, desk: Desk, user_id: str) -> None:
        run = desk.run("add", "--", user_id)

        assert (run.returncode, "a user id has" in run.stderr) == (2, True)

    def test_refuses_an_account_that_has_a_key(self, desk: Desk) -> None:
        desk.add("alpha", desk.new_key("alpha"))

        run = desk.add("ALPHA", desk.new_key("alpha"))

        assert run.returncode == 2
        assert (
            "USER (alpha) has a key already (SMPL…); kraken-accounts accounts rotate alpha --env-file "
            f"{desk.path} exchanges it" in run.stderr
        )

    @pytest.mark.parametrize("verb", ["add", "rotate"])
    def test_takes_no_key_on_the_command_line_and_does_not_repeat_it(self, desk: Desk, verb: str) -> None:
        key = desk.new_key("alpha")

        run = desk.run(verb, "alpha", key.key, key.secret)

        assert (run.returncode, "a key never goes on the command line" in run.stderr) == (2, True)
        assert "alpha" in desk.sandbox.exchange.state.accounts and not desk.path.exists()

    @pytest.mark.parametrize("typed", ["", "\n\n", " \n"])
    def test_refuses_an_empty_pipe(self, desk: Desk, typed: str) -> None:
        run = desk.run("add", "alpha", stdin=typed)

        assert run.returncode == 2
        assert "through the pipe" in run.stderr or "standard input is empty" in run.stderr
        assert not desk.path.exists()

    def test_refuses_half_of_a_pair(self, desk: Desk) -> None:
        run = desk.run("add", "alpha", stdin=f"{desk.new_key('alpha').key}\n")

        assert (run.returncode, "the private key on the second" in run.stderr) == (2, True)


class TestMends:
    @pytest.mark.parametrize(
        ("form", "said"),
        [
            ("\n{key}\r\n\r\n{secret}\r\n", []),
            ("API-Key: {key}\nPrivate Key: {secret}\n", ["API key: the name before it", "private key: the name"]),
            (
                "KRAKEN_MASTER_API_KEY={key}\nexport X_SECRET = '{secret}'\n",
                ["API key: the name", "private key: quotes"],
            ),
            ("“{key}”\n`{secret}`", ["API key: quotes around it were taken off", "private key: quotes around it"]),
            ("{key}\n{first}\n{second}\n", ["private key: a line break inside it was taken out"]),
            ("{key}\n{first}\r\n \n{second}", ["private key: a line break inside it was taken out"]),
            ("{key}\n{first}   {second}", ["private key: spaces inside it were taken out"]),
            ("\x1b[200~{key}\u200b\x1b[201~\n{secret}", ["API key: signs that cannot be seen were taken out"]),
            ("{private}\n{key}\n", ["They were in each other's place, and were exchanged"]),
        ],
    )
    def test_what_a_paste_breaks(self, desk: Desk, form: str, said: list[str]) -> None:
        hidden = replace(sample("pasted"), secret=sample_secret("pasted"))
        secret = hidden.secret
        desk.made.append(hidden)
        desk.sandbox.exchange.add_key("alpha", SimulatedKey(hidden.key, secret))
        text = form.format(key=hidden.key, secret=secret, private=secret, first=secret[:40], second=secret[40:])

        run = desk.run("add", "alpha", stdin=text)

        assert run.returncode == 0, run.stderr
        assert desk.lines() == [f"{ALPHA}_API_KEY={hidden.key}", f"{ALPHA}_API_SECRET={secret}"]
        mended = [line for line in run.stderr.splitlines() if line.startswith("Mended: ")]
        assert bool(mended) == bool(said)
        for words in said:
            assert any(words in line for line in mended), mended

    def test_not_what_is_cut(self, desk: Desk) -> None:
        key = desk.new_key("alpha")

        run = desk.run("add", "alpha", stdin=f"{key.key}\n{key.secret[:-3]}\n")

        assert run.returncode == 2
        assert "is not base64, so it is not a whole Kraken private key" in run.stderr
        assert not desk.path.exists()

    def test_nor_what_is_cut_where_it_is_base64_still(self, desk: Desk) -> None:
        hidden = replace(sample("cut"), secret=sample_secret("cut"))
        desk.made.append(hidden)
        desk.sandbox.exchange.add_key("alpha", SimulatedKey(hidden.key, hidden.secret))

        run = desk.run("add", "alpha", stdin=f"{hidden.key}\n{hidden.secret[:84]}\n")

        assert run.returncode == 1
        assert "the secret is not its own, or not whole" in run.stderr
        assert "The private key that was given has 84 characters; Kraken's have 88.\n" in run.stderr
        assert not desk.path.exists()

    def test_nor_half_a_key(self, desk: Desk) -> None:
        key = desk.new_key("alpha")

        run = desk.run("add", "alpha", stdin=f"{key.key[:8]}\n{key.secret}\n")

        assert run.returncode == 1
        assert "The API key that was given has 8 characters; Kraken's have 56.\n" in run.stderr

    def test_nor_what_is_no_key_at_all(self, desk: Desk) -> None:
        run = desk.run("add", "alpha", stdin="y\n" * 5000)

        assert (run.returncode, "is longer than 8192 characters, so it is no key" in run.stderr) == (2, False)
        run = desk.run("add", "alpha", stdin="y\n" * 9000)

        assert (run.returncode, "is longer than 8192 characters, so it is no key" in run.stderr) == (2, True)
        assert desk.sandbox.endpoints() == []

    def test_not_the_same_typed_twice(self, desk: Desk) -> None:
        key = desk.new_key("alpha")

        run = desk.run("add", "alpha", stdin=f"{key.key}\n{key.key}\n")

        assert run.returncode == 2
        assert "hold the same: one is the API key, the other the private key" in run.stderr
        assert not desk.path.exists()


class TestTwoFactorPassword:
    PASSWORD = "SAMPLE:'pass\"#word"

    def test_is_given_on_the_last_line(self, desk: Desk) -> None:
        key = desk.new_key("alpha", otp=self.PASSWORD)
        halves = f"{key.secret[:9]}\n{key.secret[9:]}"  # a private key that is broken stays one

        run = desk.run("add", "alpha", "--otp", stdin=f"{key.key}\n{halves}\n{self.PASSWORD} \r\n")

        assert run.returncode == 0, run.stderr
        assert desk.lines() == [*lines_of(ALPHA, key), f"{ALPHA}_API_OTP={self.PASSWORD}"]
        assert self.PASSWORD not in run.stderr
        assert check("--env-file", desk.path, "--account", "alpha", env=desk.env).returncode == 0

    def test_is_asked_for_without_showing(self, desk: Desk) -> None:
        key = desk.new_key("alpha", otp=self.PASSWORD)
        command = (str(CONSOLE_SCRIPT), "accounts", "add", "alpha", "--otp", "--yes", "--env-file", str(desk.path))
        with Terminal(*command, env=desk.env) as terminal:
            terminal.wait_for("API key (is not shown): ")
            terminal.type(piped(key))
            terminal.wait_for("Two-factor password (is not shown): ")
            assert not terminal.echoes()
            terminal.type(f"{self.PASSWORD}\n")
            assert terminal.ended() == 0
        assert self.PASSWORD not in terminal.shown
        assert desk.lines()[-1] == f"{ALPHA}_API_OTP={self.PASSWORD}"

    def test_says_that_one_is_missing(self, desk: Desk) -> None:
        run = desk.add("alpha", desk.new_key("alpha", otp=self.PASSWORD))

        assert run.returncode == 1
        assert "a key with a two-factor password is refused so without it: give it with accounts add" in run.stderr

    def test_says_that_a_line_is_missing(self, desk: Desk) -> None:
        run = desk.add("alpha", desk.new_key("alpha"), "--otp")

        assert (run.returncode, "with --otp, its two-factor password on the last" in run.stderr) == (2, True)

    def test_that_is_wrong(self, desk: Desk) -> None:
        key = desk.new_key("alpha", otp=self.PASSWORD)

        run = desk.run("add", "alpha", "--otp", stdin=f"{piped(key)}other\n")

        assert (run.returncode, "two-factor password (_API_OTP) is not its own" in run.stderr) == (1, True)
        assert not desk.path.exists()

    @pytest.mark.parametrize("password", ["'quoted'", "<it>", "a #b"])
    def test_that_no_line_can_hold(self, desk: Desk, password: str) -> None:
        key = desk.new_key("alpha", otp=password)

        run = desk.run("add", "alpha", "--otp", stdin=f"{piped(key)}{password}\n")

        assert run.returncode == 2, run.stderr
        assert f"{ALPHA}_API_OTP would not be the two-factor password of this key" in run.stderr
        assert password not in run.stderr
        assert not desk.path.exists()

    def test_of_the_old_key_goes_with_it(self, desk: Desk) -> None:
        old = desk.new_key("alpha", otp=self.PASSWORD)
        desk.run("add", "alpha", "--otp", stdin=f"{piped(old)}{self.PASSWORD}\n")
        new = desk.new_key("alpha")

        run = desk.run("rotate", "alpha", stdin=piped(new))

        assert run.returncode == 0, run.stderr
        assert desk.lines() == lines_of(ALPHA, new)


class TestRefuses:
    """A key that should not be used; with --force it is, unless two accounts have it."""

    def unchanged(self, desk: Desk, run: subprocess.CompletedProcess[str], code: int = 1) -> str:
        assert run.returncode == code, run.stderr
        assert "nothing was written" in run.stderr
        assert desk.copies() == []
        return run.stderr

    def test_a_key_that_may_withdraw(self, desk: Desk) -> None:
        key = desk.new_key("alpha", permissions=TRADE_PERMISSIONS | {"withdraw-funds"})

        said = self.unchanged(desk, desk.add("alpha", key))

        assert "AGAINST IT: The key may withdraw funds." in said
        assert "With --force: Whoever gets hold of it can take the money away, and each check" in said
        assert "--force takes it all the same" in said
        assert not desk.path.exists()
        assert desk.add("alpha", key, "--force").returncode == 0
        assert desk.lines() == lines_of(ALPHA, key)

    def test_a_key_of_another_label_always(self, desk: Desk) -> None:
        key = desk.new_key("alpha")
        desk.add("alpha", key)
        before = desk.lines()

        for options in ((), ("--force",), ("--force", "--yes")):
            said = self.unchanged(desk, desk.add("bravo", key, *options), 2)
            assert "hold the same API key (SMPL…); it was not sent" in said
            never = "one key is never taken for two accounts"
            assert said.endswith(f"{never}, with --force neither\n" if options else f"{never}\n")
        assert desk.lines() == before

    def test_a_key_of_another_labels_account(self, desk: Desk) -> None:
        desk.add("alpha", desk.new_key("alpha"))
        key = desk.new_key("alpha")

        said = self.unchanged(desk, desk.add("bravo", key))

        assert (
            "AGAINST IT: The keys of USER (alpha) and USER (bravo) open one and the same Kraken account." in said
        )
        comes_of_it = (
            "With --force: Both are in conflict: neither counts as trading, the sum over all accounts leaves them "
            "out, and each check ends with code 1.\n"
        )
        assert comes_of_it in said
        insisted = desk.add("bravo", key, "--force")
        assert (insisted.returncode, comes_of_it in insisted.stderr) == (0, True)
        report = json.loads(check("--env-file", desk.path, "--format", "json", env=desk.env).stdout)
        assert [account["status"] for account in report["accounts"][1:]] == ["conflict", "conflict"]
        assert (report["totals"]["all"], report["exit_code"]) == (None, 1)

    def test_a_key_of_an_account_that_is_known_as_somebody_elses(self, desk: Desk) -> None:
        desk.add("alpha", desk.new_key("alpha"))
        check("--env-file", desk.path, env=desk.env)
        desk.path.write_text("")

        said = self.unchanged(desk, desk.add("bravo", desk.new_key("alpha")))

        assert "AGAINST IT: The key opens the Kraken account that is known as that of USER (alpha)." in said

    def test_a_key_of_another_account_than_is_known(self, desk: Desk) -> None:
        desk.add("alpha", desk.new_key("alpha"))
        check("--env-file", desk.path, env=desk.env)
        desk.path.write_text("")
        key = desk.new_key("bravo")

        said = self.unchanged(desk, desk.add("alpha", key))

        assert "AGAINST IT: The key opens another Kraken account, IIBAN ending in" in said
        assert "Total: unknown" in said
        assert desk.add("alpha", key, "--force").returncode == 0
        report = check("--env-file", desk.path, "--account", "alpha", env=desk.env)
        assert report.returncode == 0, report.stdout

    def test_a_key_of_another_account_than_is_named(self, desk: Desk) -> None:
        desk.path.write_text(f"{ALPHA}_IIBAN=AA12 3456 7890\n")
        desk.path.chmod(0o600)

        said = self.unchanged(desk, desk.add("alpha", desk.new_key("alpha"), "--force"))

        assert f"the one that {ALPHA}_IIBAN names" in said

    def test_a_key_that_has_expired(self, desk: Desk) -> None:
        key = desk.new_key("alpha", valid_until=1)

        said = self.unchanged(desk, desk.add("alpha", key, "--force"))
        assert "AGAINST IT" in said
        assert said.endswith("nothing was written; --force does not help against that\n")

    def test_a_key_that_kraken_does_not_know(self, desk: Desk) -> None:
        said = self.unchanged(desk, desk.add("alpha", sample("nobody's"), "--force"))

        assert "AGAINST IT: Kraken says “EAPI:Invalid key”" in said
        assert not desk.path.exists()

    @pytest.mark.parametrize(
        ("fault", "code"),
        mostly_soak(
            (
                (Fault(FaultKind.DROP, times=None), 3),
                (Fault(FaultKind.HTML, status=520, times=None), 3),
                (Fault(FaultKind.ERROR, text="EGeneral:Temporary lockout", times=None), 1),
            )
        ),
    )
    def test_while_kraken_does_not_answer(self, desk: Desk, fault: Fault, code: int) -> None:
        desk.sandbox.exchange.faults.add(fault)

        self.unchanged(desk, desk.add("alpha", desk.new_key("alpha"), "--force"), code)
        assert not desk.path.exists()

    def test_where_nobody_listens(self, desk: Desk) -> None:
        run = desk.run(
            "add", "alpha", stdin=piped(desk.new_key("alpha")), env={"KRAKEN_API_URL": "http://127.0.0.1:1"}
        )

        self.unchanged(desk, run, 3)

    def test_says_with_whom_it_could_not_be_compared(self, desk: Desk) -> None:
        bravo = desk.new_key("bravo")
        desk.add("bravo", bravo)
        desk.sandbox.exchange.faults.add(
            Fault(FaultKind.ERROR, endpoint="GetApiKeyInfo", key=bravo.key, text="EAPI:Invalid key", times=None)
        )

        run = desk.add("alpha", desk.new_key("alpha"))

        assert run.returncode == 0
        assert "It could not be compared with USER (bravo): what those keys open is not known." in run.stderr

    def test_says_that_kraken_is_silent(self, desk: Desk) -> None:
        desk.sandbox.exchange.state.accounts["alpha"].iban = ""

        run = desk.add("alpha", desk.new_key("alpha"))

        assert run.returncode == 0
        assert "opens a Kraken account, and Kraken does not tell which. Total: $6,911.95." in run.stderr


class TestWhere:
    def test_it_is_the_file_that_a_check_reads(self, desk: Desk) -> None:
        desk.path.write_text("# mine\n")
        desk.path.chmod(0o600)
        key = desk.new_key("alpha")

        run = accounts("add", "alpha", env=desk.env, cwd=desk.folder, stdin=piped(key))

        assert run.returncode == 0, run.stderr
        assert desk.lines() == ["# mine", "", *lines_of(ALPHA, key)]
        assert run.stderr.endswith("Next: kraken-accounts check --account alpha\n")

    @pytest.mark.skipif((REPOSITORY / ".env").exists(), reason="there is one beside the script")
    def test_it_is_the_users_own_where_there_is_none(self, desk: Desk) -> None:
        key, config = desk.new_key("alpha"), desk.folder / "config"

        run = subprocess.run(
            [sys.executable, CONSOLE_SCRIPT, "accounts", "add", "alpha"],
            env=environment({**desk.env, "XDG_CONFIG_HOME": str(config)}),
            cwd=desk.folder,
            input=piped(key),
            capture_output=True,
            encoding="utf-8",
            timeout=LIMIT,
            check=False,
        )

        assert run.returncode == 0, run.stderr
        path = config / "kraken-accounts" / ".env"
        assert path.read_text().splitlines() == lines_of(ALPHA, key)
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700

    def test_keys_of_the_environment_are_changed_there(self, desk: Desk) -> None:
        env = {**desk.env, **{name: value for name, value in desk.sandbox.env.items() if ALPHA in name}}
        desk.path.write_text("")

        for user_id in ("bravo", "alpha"):
            run = accounts("add", user_id, env=env, cwd=desk.folder, stdin=piped(desk.new_key("bravo")))
            assert run.returncode == 2
        assert "has a key already" in run.stderr or f"{ALPHA}_API_KEY_FILE" in run.stderr
        rotated = accounts("rotate", "alpha", env=env, cwd=desk.folder, stdin=piped(desk.new_key("alpha")))
        assert rotated.returncode == 2
        assert "its key is in the environment, which this command does not change" in rotated.stderr
        assert f"LoadCredential=, and Docker mounts them: {ALPHA}_API_KEY_FILE and" in rotated.stderr
        assert desk.path.read_text() == ""

    def test_a_folder_that_is_missing_is_not_made_where_one_is_named(self, desk: Desk) -> None:
        desk.path = desk.folder / "none" / ".env"

        run = desk.add("alpha", desk.new_key("alpha"))

        assert (run.returncode, "its folder does not exist" in run.stderr) == (2, True)

    def test_a_link_of_ones_own_is_followed_and_stays(self, desk: Desk) -> None:
        real = desk.folder / "keys"
        real.mkdir()
        (real / "mine").write_text("# mine\n")
        desk.path.symlink_to(real / "mine")
        key = desk.new_key("alpha")

        assert desk.add("alpha", key).returncode == 0

        assert desk.path.is_symlink()
        assert (real / "mine").read_text().splitlines()[-2:] == lines_of(ALPHA, key)
        assert len(list(real.glob("mine.*"))) == 1

    def test_a_link_to_nowhere_is_not_followed(self, desk: Desk) -> None:
        desk.path.symlink_to(desk.folder / "nowhere")

        run = desk.add("alpha", desk.new_key("alpha"))

        assert (run.returncode, "is a link to a file that does not exist" in run.stderr) == (2, True)
        assert not (desk.folder / "nowhere").exists()

    @only_root
    @pytest.mark.parametrize("what", ["the file", "its folder", "a link"])
    def test_what_somebody_else_owns_is_not_changed(self, desk: Desk, what: str) -> None:
        folder = desk.folder / "theirs"
        folder.mkdir()
        desk.path = folder / ".env"
        desk.path.write_text("# theirs\n")
        if what == "a link":
            (desk.folder / "target").write_text("# theirs\n")
            desk.path.unlink()
            desk.path.symlink_to(desk.folder / "target")
            os.lchown(desk.path, 54321, -1)
            folder.chmod(0o1777)
        else:
            os.chown(desk.path if what == "the file" else folder, 54321, -1)

        run = desk.add("alpha", desk.new_key("alpha"))

        assert run.returncode == 2
        assert "is not changed, since" in run.stderr
        assert desk.path.read_text() == "# theirs\n"

    @pytest.mark.parametrize("mode", [0o666, 0o602])
    def test_what_others_may_write_is_not_changed(self, desk: Desk, mode: int) -> None:
        desk.path.write_text("")
        desk.path.chmod(mode)

        run = desk.add("alpha", desk.new_key("alpha"))

        assert run.returncode == 2
        assert f"others may write it (mode {mode:o}); nothing was written. chmod go-w" in run.stderr

    def test_a_file_without_a_name_is_none(self, desk: Desk) -> None:
        run = accounts("--env-file", "", "add", "alpha", env=desk.env, stdin=piped(desk.new_key("alpha")))

        assert (run.returncode, "no file is named" in run.stderr) == (2, True)

    def test_a_pipe_is_no_file(self, desk: Desk) -> None:
        os.mkfifo(desk.path, 0o600)

        run = desk.add("alpha", desk.new_key("alpha"))

        assert (run.returncode, "is not a file, so keys cannot be written into it" in run.stderr) == (2, True)

    @pytest.mark.parametrize(
        ("content", "what"),
        [
            (f"{ALPHA}_API_KEY=x\n{ALPHA}_API_KEY=y\n", "is set twice"),
            ("KRAKEN_MASTER_API_KEY\n", "cannot be understood"),
        ],
    )
    def test_a_file_that_cannot_be_understood_stays_as_it_is(self, desk: Desk, content: str, what: str) -> None:
        desk.path.write_text(content)
        desk.path.chmod(0o600)

        run = desk.add("alpha", desk.new_key("alpha"))

        assert (run.returncode, what in run.stderr) == (2, True)
        assert desk.path.read_text() == content

    def test_a_full_disk_leaves_the_file_as_it_was(self, desk: Desk) -> None:
        desk.path.write_text("# mine\n")
        desk.path.chmod(0o600)
        key = desk.new_key("alpha")
        command = [sys.executable, str(CONSOLE_SCRIPT), "accounts", "add", "alpha"]

        run = subprocess.run(
            ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh", *command, "--env-file", str(desk.path)],
            env=environment(desk.env),
            input=piped(key),
            capture_output=True,
            encoding="utf-8",
            timeout=LIMIT,
            check=False,
        )

        assert run.returncode == 2, run.stderr
        assert "cannot be written" in run.stderr and "it is as it was" in run.stderr
        assert desk.path.read_text() == "# mine\n"
        assert [path.name for path in desk.folder.iterdir() if path.is_file()] == [".env"]

    def test_a_folder_in_which_nobody_writes(self, desk: Desk) -> None:
        desk.path = Path("/sys/kraken-accounts.env")

        run = desk.add("alpha", desk.new_key("alpha"))

        assert run.returncode == 2
        assert "cannot be written" in run.stderr and "it is as it was" in run.stderr
        assert not desk.path.exists()

    def test_says_that_git_would_take_it_along(self, desk: Desk) -> None:
        subprocess.run(["git", "init", "-q", str(desk.folder)], check=True)

        assert f"git does not ignore {desk.path}" in desk.add("alpha", desk.new_key("alpha")).stderr


class TestConfigToml:
    @pytest.fixture
    def config(self, desk: Desk) -> Path:
        path = desk.folder / "config" / "kraken-accounts" / "config.toml"
        path.parent.mkdir(parents=True, mode=0o700)
        desk.env["XDG_CONFIG_HOME"] = str(desk.folder / "config")
        return path

    def test_says_how_the_variables_begin(self, desk: Desk, config: Path) -> None:
        config.write_text('[accounts.master]\nvariables = "KRAKEN_PLATFORM"\n')
        key = desk.new_key("master")

        assert desk.add("master", key).returncode == 0

        assert desk.lines() == lines_of("KRAKEN_PLATFORM", key)
        assert check("--env-file", desk.path, env=desk.env).returncode == 0

    def test_keeps_a_disabled_account_from_being_asked(self, desk: Desk, config: Path) -> None:
        config.write_text('[accounts.alpha]\ndisabled = "moved away"\n')

        run = desk.add("alpha", desk.new_key("alpha"))

        assert run.returncode == 2
        assert f"it is disabled: moved away; take `disabled` away first: {config}, line 1" in run.stderr
        assert desk.sandbox.endpoints() == []

    def test_says_which_currency(self, desk: Desk, config: Path) -> None:
        config.write_text('quote = "EUR"\n')

        assert "Total: €" in desk.add("alpha", desk.new_key("alpha")).stderr


class TestAtOnce:
    def test_two_lose_nothing(self, desk: Desk) -> None:
        names = ("master", "alpha", "bravo", "charlie")
        keys = {name: desk.new_key(name) for name in names}
        command = [sys.executable, str(CONSOLE_SCRIPT), "accounts", "add", "--env-file", str(desk.path)]
        processes = [
            subprocess.Popen(
                [*command, name],
                env=environment(desk.env),
                stdin=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
            )
            for name in names
        ]
        for name, process in zip(names, processes, strict=True):
            assert process.stdin is not None
            process.stdin.write(piped(keys[name]))
            process.stdin.close()
        codes = [process.wait(LIMIT) for process in processes]
        for process in processes:
            assert process.stderr is not None
            process.stderr.close()

        assert codes == [0] * len(names)
        written = set(desk.lines())
        for name, key in keys.items():
            assert set(lines_of(MASTER if name == "master" else f"KRAKEN_USER_{name.upper()}", key)) <= written

    def test_one_key_for_two_labels_is_written_once(self, desk: Desk) -> None:
        key = desk.new_key("alpha")
        command = [sys.executable, str(CONSOLE_SCRIPT), "accounts", "add", "--env-file", str(desk.path)]
        processes = [
            subprocess.Popen(
                [*command, name], env=environment(desk.env), stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
            for name in ("alpha", "bravo")
        ]
        for process in processes:
            assert process.stdin is not None
            process.stdin.write(piped(key).encode())
            process.stdin.close()
        for process in processes:
            process.wait(LIMIT)

        assert sorted(process.returncode for process in processes) in ([0, 1], [0, 2])
        assert desk.path.read_text().count(key.key) == 1


class TestOnATerminal:
    def started(self, desk: Desk, *arguments: str) -> Terminal:
        return Terminal(CONSOLE_SCRIPT, "accounts", "add", *arguments, "--env-file", desk.path, env=desk.env)

    def test_asks_without_showing_and_then_whether_to_write(self, desk: Desk) -> None:
        key = desk.new_key("alpha")
        with self.started(desk) as terminal:
            terminal.wait_for("Whose key is it? A user id, or master: ")
            terminal.type("alpha\n")
            terminal.wait_for("API key (is not shown): ")
            assert not terminal.echoes()
            terminal.type(f"{key.key}\n")
            terminal.wait_for("Private key (is not shown): ")
            assert not terminal.echoes()
            terminal.type(f"{key.secret}\n")
            terminal.wait_for("[y/N]: ")
            assert terminal.echoes()
            assert not desk.path.exists()
            terminal.type("y\n")
            assert terminal.ended() == 0
        assert Leaks([key]).in_text(terminal.shown) == set()
        assert desk.lines() == lines_of(ALPHA, key)

    @pytest.mark.parametrize(("options", "looks"), [((), False), (("--monitor",), True)])
    def test_says_how_a_key_is_made(self, desk: Desk, options: tuple[str, ...], looks: bool) -> None:
        with self.started(desk, "alpha", *options) as terminal:
            terminal.wait_for("API key (is not shown): ")
            assert terminal.interrupt("\x03") == 130
        for said in (
            f"A key for USER (alpha), to be kept in {desk.path}:",
            "1. Sign in to the Kraken account of alpha and create a key: https://www.kraken.com/u/security/api\n",
            "2. Give it these permissions: Funds: Query; Orders and trades: Query open orders & trades, ",
            "3. Withdraw Funds: NEVER enable.",
        ):
            assert said in terminal.shown
        assert ("Create & modify orders" in terminal.shown) is not looks

    def test_breaks_no_word_at_the_edge(self, desk: Desk) -> None:
        command = (CONSOLE_SCRIPT, "accounts", "add", "alpha", "--env-file", desk.path)
        with Terminal(*command, env=desk.env, columns=40) as terminal:
            terminal.wait_for("API key (is not shown): ")
            assert terminal.interrupt("\x04") == 130
        steps = [line.strip() for line in terminal.shown[: terminal.shown.index("OTHER EXCHANGE")].splitlines()]
        assert len(steps) > 8
        assert {line for line in steps if len(line) > 40} <= {f"{desk.path}:"}
        assert "https://www.kraken.com/u/security/api" in steps

    def test_takes_a_paste_whole(self, desk: Desk) -> None:
        key = desk.new_key("alpha")
        with self.started(desk, "alpha", "--yes") as terminal:
            terminal.wait_for("API key (is not shown): ")
            terminal.type(f"{key.key}\n")
            terminal.wait_for("Private key (is not shown): ")
            terminal.type(f"x\x15{key.secret[:30]}\n{key.secret[30:]}q\x7f")
            assert terminal.ended() == 0
        assert Leaks([key]).in_text(terminal.shown) == set()
        assert "Mended: private key: a line break inside it was taken out." in terminal.shown
        assert desk.lines() == lines_of(ALPHA, key)

    def test_writes_nothing_without_consent(self, desk: Desk) -> None:
        key = desk.new_key("alpha")
        with self.started(desk, "alpha") as terminal:
            terminal.wait_for("API key (is not shown): ")
            terminal.type(f"{key.key}\n")
            terminal.wait_for("Private key (is not shown): ")
            terminal.type(f"{key.secret}\n")
            terminal.wait_for("[y/N]: ")
            terminal.type("\n")
            assert terminal.ended() == 1
        assert not desk.path.exists()

    @pytest.mark.parametrize("at", mostly_soak(range(4), 2))
    @pytest.mark.parametrize("sign", ["\x03", "\x04"])
    def test_ends_at_each_question(self, desk: Desk, at: int, sign: str) -> None:
        key = desk.new_key("alpha")
        questions = (
            ("A user id, or master: ", "alpha\n"),
            ("API key (is not shown): ", f"{key.key}\n"),
            ("Private key (is not shown): ", f"{key.secret}\n"),
            ("[y/N]: ", ""),
        )
        with self.started(desk) as terminal:
            for question, answer in questions[:at]:
                terminal.wait_for(question)
                terminal.type(answer)
            terminal.wait_for(questions[at][0])
            assert terminal.interrupt(sign) == 130
            assert "Interrupted." in terminal.shown
        assert "Traceback" not in terminal.shown
        assert Leaks([key]).in_text(terminal.shown) == set()
        assert not desk.path.exists()

    def test_ends_while_kraken_is_asked(self, desk: Desk) -> None:
        desk.sandbox.exchange.faults.add(Fault(FaultKind.LATENCY, endpoint="GetApiKeyInfo", seconds=30))
        key = desk.new_key("alpha")
        with self.started(desk, "alpha") as terminal:
            terminal.wait_for("API key (is not shown): ")
            terminal.type(f"{key.key}\n{key.secret}\n")
            terminal.wait_for("Asking Kraken")
            assert terminal.interrupt("\x03") == 130
        assert "Traceback" not in terminal.shown
        assert not desk.path.exists()

    def test_leaves_the_terminal_as_it_was_when_it_is_told_to_end(self, desk: Desk) -> None:
        with self.started(desk, "alpha") as terminal:
            terminal.wait_for("API key (is not shown): ")
            time.sleep(0.05)
            assert not terminal.echoes()
            terminal.process.send_signal(signal.SIGTERM)
            terminal.process.wait(LIMIT)
            assert terminal.echoes()
