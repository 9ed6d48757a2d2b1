"""`kraken-accounts accounts rotate`, `remove`, `rename`: keys are exchanged, accounts leave or are renamed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kraken_sandbox import Fault, FaultKind
from kraken_sandbox.accounts import QUERY_PERMISSIONS, TRADE_PERMISSIONS

from ..conftest import Sandbox
from ..faults.leaks import Hidden, sample
from ..running import CONSOLE_SCRIPT, accounts, accounts_on_terminal, check, history_command
from ..terminal import Terminal
from .keys import ALPHA, MASTER, Desk, lines_of, piped

NOTHING = "nothing was written"


@pytest.fixture
def desk(sandbox: Sandbox, tmp_path: Path) -> Desk:
    """With the keys of the master and of alpha in the file, and checked once."""
    desk = Desk(sandbox, tmp_path)
    keys = [desk.new_key("master"), desk.new_key("alpha")]
    lines = ["# the master", *lines_of(MASTER, keys[0]), "", "# alpha", *lines_of(ALPHA, keys[1]), "", "# the end"]
    desk.path.write_text("\n".join(lines) + "\n")
    desk.path.chmod(0o600)
    assert checked(desk) == {"master": "trading", "alpha": "trading"}
    return desk


def checked(desk: Desk, *options: str) -> dict[str, str]:
    """The status of each account that a check finds; nobody is missed, changed or new."""
    run = check("--env-file", desk.path, "--format", "json", *options, env=desk.env)
    report = json.loads(run.stdout)
    codes = {finding["code"] for finding in report["findings"]}
    codes |= {finding["code"] for account in report["accounts"] for finding in account["findings"]}
    assert not codes & {"account-vanished", "account-changed", "account-new"}
    return {account["user_id"] or "master": account["status"] for account in report["accounts"]}


def known(desk: Desk) -> dict[str, dict[str, object]]:
    run = accounts("--env-file", desk.path, "--format", "json", env=desk.env)
    return {row["label"]: row for row in json.loads(run.stdout)["accounts"]}


def rotated(desk: Desk, label: str, hidden: Hidden, *options: str) -> tuple[int, str]:
    run = desk.run("rotate", label, *options, stdin=piped(hidden))
    return run.returncode, run.stderr


class TestRotate:
    def test_exchanges_the_key_in_its_place(self, desk: Desk) -> None:
        before, new = desk.lines(), desk.new_key("alpha")

        code, said = rotated(desk, "alpha", new)

        assert code == 0, said
        assert desk.lines() == [*before[:5], *lines_of(ALPHA, new), *before[7:]]
        (copy,) = desk.copies()
        assert copy.read_text().splitlines() == before
        assert "and then delete that, SMPL…, at Kraken: https://www.kraken.com/u/security/api\n" in said
        assert checked(desk) == {"master": "trading", "alpha": "trading"}

    def test_exchanges_it_wherever_it_is_written_twice(self, desk: Desk) -> None:
        old, new = desk.made[1], desk.new_key("alpha")
        desk.path.write_text("\n".join([*desk.lines(), *lines_of(ALPHA, old)]))

        assert rotated(desk, "alpha", new)[0] == 0

        text = desk.path.read_text()
        assert (text.count(new.key), text.count(new.secret), text.count(old.key)) == (2, 2, 0)
        assert checked(desk)["alpha"] == "trading"

    def test_names_every_copy_that_there_is(self, desk: Desk) -> None:
        (left := desk.folder / ".env.2026-01-02T030405Z").write_text("# of one that was killed\n")

        _, said = rotated(desk, "alpha", desk.new_key("alpha"))

        assert f"Older copies lie beside it, with keys in them: {left.name}." in said

    def test_keeps_the_newest_copies_and_says_where_the_old_secret_lies(self, desk: Desk) -> None:
        others = [desk.folder / f".env.2026-01-0{day}T030405Z" for day in range(1, 5)]
        for other in others:
            other.write_text("")
        not_ours = [desk.folder / name for name in (".env.2026-01-01", ".env.2026-01-01T030405Z.old", ".env.bak")]
        for other in not_ours:
            other.write_text("")

        _, said = rotated(desk, "alpha", desk.new_key("alpha"))

        kept = [path for path in desk.copies() if path not in not_ours]
        assert kept[:-1] == others[-2:]
        assert f"The file as it was, with the private key of SMPL…, lies in {kept[-1]}: delete that once" in said
        assert f"Older ones than these were deleted: {others[0].name}, {others[1].name}." in said
        assert all(path.exists() for path in not_ours)

    def test_names_no_copy_of_what_was_empty(self, desk: Desk) -> None:
        (desk.folder / ".env.2026-01-02T030405Z").write_text("# of one that was killed\n")
        desk.path.write_text("")

        run = desk.add("alpha", desk.new_key("alpha"))

        assert ("The file as it was" in run.stderr, "Older copies lie beside it" in run.stderr) == (False, True)

    def test_refuses_a_key_of_another_account(self, desk: Desk) -> None:
        before, new = desk.path.read_bytes(), desk.new_key("bravo")

        code, said = rotated(desk, "alpha", new)

        assert (code, NOTHING in said, desk.path.read_bytes(), desk.copies()) == (1, True, before, [])
        assert "AGAINST IT: The key opens another Kraken account" in said
        assert rotated(desk, "alpha", new, "--force")[0] == 0
        assert checked(desk)["alpha"] == "trading"

    def test_refuses_the_key_that_is_there(self, desk: Desk) -> None:
        code, said = rotated(desk, "alpha", desk.made[1], "--force")

        assert (code, "SMPL… is the key that is there already; nothing was written" in said) == (2, True)

    def test_refuses_the_key_of_another_label_always(self, desk: Desk) -> None:
        code, said = rotated(desk, "alpha", desk.made[0], "--force")

        assert (code, "hold the same API key" in said, desk.copies()) == (2, True, [])

    @pytest.mark.parametrize("is_known", [True, False])
    def test_is_not_sure_where_kraken_is_silent(self, desk: Desk, is_known: bool) -> None:
        if not is_known:
            desk.run("forget", "alpha", "--yes")
        desk.sandbox.exchange.state.accounts["alpha"].iban = ""
        before, new = desk.path.read_bytes(), desk.new_key("alpha")

        code, said = rotated(desk, "alpha", new, "--yes")

        assert (code, desk.path.read_bytes()) == (1, before)
        assert "NOT SURE: Kraken does not tell which account the new key opens." in said
        assert rotated(desk, "alpha", new, "--force")[0] == 0

    def test_asks_the_old_key_where_nothing_is_known(self, desk: Desk) -> None:
        desk.run("forget", "alpha", "--yes")

        code, said = rotated(desk, "alpha", desk.new_key("bravo"))

        assert (code, "NOT SURE: the old key opens another Kraken account, ending in" in said) == (1, True)
        assert rotated(desk, "alpha", desk.new_key("alpha"))[0] == 0

    def test_is_not_sure_where_the_old_key_is_gone_and_nothing_is_known(self, desk: Desk) -> None:
        desk.run("forget", "alpha", "--yes")
        desk.sandbox.exchange.faults.add(
            Fault(FaultKind.ERROR, key=desk.made[1].key, text="EAPI:Invalid key", times=None)
        )

        code, said = rotated(desk, "alpha", desk.new_key("alpha"))

        assert (code, "NOT SURE: which account the old key opens is not known." in said) == (1, True)

    @pytest.mark.parametrize("is_known", [True, False])
    def test_refuses_a_key_that_may_do_less(self, desk: Desk, is_known: bool) -> None:
        if not is_known:
            desk.run("forget", "alpha", "--yes")
        before = desk.path.read_bytes()
        new = desk.new_key("alpha", permissions=TRADE_PERMISSIONS - {"modify-trades", "close-trades"})

        code, said = rotated(desk, "alpha", new)

        assert (code, NOTHING in said, desk.path.read_bytes()) == (1, True, before)
        assert (
            "AGAINST IT: The key may do less than the old one: not “Orders and trades: Create & modify orders, "
            "Cancel & close orders”. Switch that on for the new key at https://www.kraken.com/u/security/api, and "
            "give it once more. If it is to look only from now on, add --monitor.\n"
            "With --force: Whoever uses the key is refused that: a bot its orders, or this check an answer.\n"
        ) in said
        assert rotated(desk, "alpha", new, "--force")[0] == 0

    def test_takes_one_that_may_do_less_where_it_is_to_look_only(self, desk: Desk) -> None:
        new = desk.new_key("alpha", permissions=QUERY_PERMISSIONS)

        code, said = rotated(desk, "alpha", new, "--monitor")

        assert (code, "AGAINST IT" in said) == (0, False)

    def test_takes_one_that_lacks_what_nobody_needs(self, desk: Desk) -> None:
        old = desk.sandbox.exchange.state.keys[desk.made[1].key].api_key
        desk.sandbox.exchange.replace_key(old.key, permissions=old.permissions | {"withdraw-funds", "earn-funds"})

        code, said = rotated(desk, "alpha", desk.new_key("alpha"))

        assert (code, "AGAINST IT" in said) == (0, False)

    def test_refuses_one_that_lacks_something_where_the_old_one_tells_nothing(self, desk: Desk) -> None:
        desk.sandbox.exchange.revoke_key(desk.made[1].key)

        code, said = rotated(
            desk, "alpha", desk.new_key("alpha", permissions=TRADE_PERMISSIONS - {"close-trades"})
        )

        assert (code, said.count("he key lacks “Orders and trades: Cancel & close orders”")) == (1, 1)
        assert "AGAINST IT: The key lacks" in said

    def test_needs_no_old_key_that_works(self, desk: Desk) -> None:
        desk.sandbox.exchange.faults.add(
            Fault(FaultKind.ERROR, key=desk.made[1].key, text="EAPI:Invalid key", times=None)
        )

        assert rotated(desk, "alpha", desk.new_key("alpha"))[0] == 0

    def test_mends_what_is_misconfigured(self, desk: Desk) -> None:
        desk.path.write_text("\n".join(line for line in desk.lines() if f"{ALPHA}_API_SECRET" not in line))
        new = desk.new_key("alpha")

        assert rotated(desk, "alpha", new)[0] == 0

        assert desk.lines()[5:7] == lines_of(ALPHA, new)
        assert checked(desk)["alpha"] == "trading"

    def test_leaves_a_file_that_a_variable_names_to_whoever_writes_it(self, desk: Desk) -> None:
        secret = desk.folder / "secret"
        secret.write_text(desk.made[1].secret)
        text = desk.path.read_text().replace(
            f"{ALPHA}_API_SECRET={desk.made[1].secret}", f"{ALPHA}_API_SECRET_FILE={secret}"
        )
        desk.path.write_text(text)

        code, said = rotated(desk, "alpha", desk.new_key("alpha"))

        assert (code, f"{ALPHA}_API_SECRET_FILE names the file with its key" in said) == (2, True)

    @pytest.mark.parametrize(("label", "said"), [("bravo", "there is no account"), ("delta", "has no key")])
    def test_needs_an_account_with_a_key(self, desk: Desk, label: str, said: str) -> None:
        desk.path.write_text(desk.path.read_text() + "KRAKEN_USER_DELTA_API_KEY=<paste>\n")

        run = desk.run("rotate", label, stdin=piped(sample("any")))

        assert (run.returncode, said in run.stderr) == (2, True)

    def test_asks_on_a_terminal(self, desk: Desk) -> None:
        new = desk.new_key("alpha")
        command = (str(CONSOLE_SCRIPT), "accounts", "rotate", "alpha", "--env-file", str(desk.path))
        with Terminal(*command, env=desk.env) as terminal:
            terminal.wait_for("API key (is not shown): ")
            terminal.type(piped(new))  # both at once
            terminal.wait_for(f"Write it into {desk.path}? [y/N]: ")
            terminal.type("y\n")
            assert terminal.ended() == 0
        assert set(lines_of(ALPHA, new)) <= set(desk.lines())


class TestRemove:
    def test_takes_the_lines_and_what_is_remembered(self, desk: Desk) -> None:
        run = desk.run("remove", "ALPHA", "--yes")

        assert run.returncode == 0, run.stderr
        assert desk.lines() == ["# the master", *lines_of(MASTER, desk.made[0]), "", "# alpha", "", "# the end"]
        for said in (
            f"USER (alpha): its lines, {ALPHA}_…, are to leave {desk.path}.\n",
            "Its key SMPL… still works: delete it at Kraken, if nobody else uses it: https://www.kraken.com/",
            f"The file as it was, with the private key of SMPL…, lies in {desk.copies()[0]}: delete that once all",
            "USER (alpha) is forgotten.",
        ):
            assert said in run.stderr
        assert checked(desk) == {"master": "trading"}

    def test_takes_every_variable_of_it_and_of_nobody_else(self, desk: Desk) -> None:
        others = ["KRAKEN_USER_ALPHA_2_API_KEY=<paste>", "ALPHA=1", f"# {ALPHA}_API_OTP="]
        own = [f"{ALPHA}_NONCE_UNIT=ms", f"export {ALPHA}_IIBAN=''"]
        desk.path.write_text("\n".join([*desk.lines(), *own, *others]))

        assert desk.run("remove", "alpha", "--yes").returncode == 0

        assert desk.lines()[-3:] == others
        assert f"{ALPHA}_N" not in desk.path.read_text() and f"{ALPHA}_II" not in desk.path.read_text()

    @pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 1), ("\n", 1)])
    def test_asks(self, desk: Desk, answer: str, code: int) -> None:
        shown, ended = accounts_on_terminal(
            "remove", "alpha", "--env-file", str(desk.path), answer=answer, env=desk.env
        )

        assert (ended, "Remove USER (alpha)? [y/N]" in shown) == (code, True)
        assert (ALPHA in desk.path.read_text()) == bool(code)

    def test_changes_nothing_where_nobody_can_be_asked(self, desk: Desk) -> None:
        before = desk.path.read_bytes()

        run = desk.run("remove", "alpha")

        assert (run.returncode, "add --yes" in run.stderr, desk.path.read_bytes()) == (2, True, before)

    def test_of_one_that_is_gone_already_points_to_forget(self, desk: Desk) -> None:
        desk.path.write_text("\n".join(desk.lines()[:4]))

        run = desk.run("remove", "alpha", "--yes")

        assert (run.returncode, "kraken-accounts accounts forget alpha" in run.stderr) == (2, True)

    def test_says_where_config_toml_speaks_of_it(self, desk: Desk) -> None:
        folder = desk.folder / "config" / "kraken-accounts"
        folder.mkdir(parents=True, mode=0o700)
        (folder / "config.toml").write_text('[accounts.alpha]\nmin-total = "1"\n')

        run = desk.run("remove", "alpha", "--yes", env={"XDG_CONFIG_HOME": str(desk.folder / "config")})

        assert run.returncode == 0, run.stderr
        assert (
            f"WARNING: {folder}/config.toml, line 1 speaks of 'alpha'. After this, until you change it"
            in run.stderr
        )

    def test_of_the_master(self, desk: Desk) -> None:
        assert desk.run("remove", "master", "--yes").returncode == 0
        assert checked(desk) == {"master": "not-configured", "alpha": "trading"}


class TestForget:
    def test_says_that_it_is_still_configured(self, desk: Desk) -> None:
        run = desk.run("forget", "alpha", "--yes")

        assert run.returncode == 0
        assert (
            f"USER (alpha) is still configured (in {desk.path}): its next check begins anew, with what its key "
            f"opens then. kraken-accounts accounts remove alpha --env-file {desk.path} takes it out.\n"
        ) in run.stderr

    def test_says_nothing_of_that_where_it_is_gone(self, desk: Desk) -> None:
        desk.path.write_text("\n".join(desk.lines()[:4]))

        run = desk.run("forget", "alpha", "--yes")

        assert (run.returncode, "configured" in run.stderr) == (0, False)


class TestRename:
    def test_keeps_the_key_and_what_is_known(self, desk: Desk) -> None:
        before = known(desk)["USER (alpha)"]

        run = desk.run("rename", "alpha", "daivon_frazier", "--yes")

        assert run.returncode == 0, run.stderr
        assert desk.lines()[5:8] == [*lines_of(ALPHA, desk.made[1]), f"{ALPHA}_USER_ID=daivon_frazier"]
        assert "What checks remember of it goes on under the new name." in run.stderr
        assert "So does its history." in run.stderr
        assert "What --since-last and --news have to compare with begins anew." in run.stderr
        after = known(desk)
        assert set(after) == {"MASTER", "USER (daivon_frazier)"}
        renamed = after["USER (daivon_frazier)"]
        assert [renamed[name] for name in ("known_since", "first_seen", "iiban_last_four")] == [
            before[name] for name in ("known_since", "first_seen", "iiban_last_four")
        ]
        assert checked(desk) == {"master": "trading", "daivon_frazier": "trading"}

    def test_its_history_follows(self, desk: Desk) -> None:
        desk.run("rename", "alpha", "daivon", "--yes")
        checked(desk)

        run = history_command("--env-file", desk.path, "--format", "csv", env=desk.env)

        assert run.returncode == 0, run.stderr
        assert "daivon" in run.stdout and "alpha" not in run.stdout

    def test_its_history_stays_where_another_one_has_the_name(self, desk: Desk) -> None:
        desk.add("bravo", desk.new_key("bravo"))
        check("--env-file", desk.path, env=desk.env)
        desk.run("remove", "bravo", "--yes")

        run = desk.run("rename", "alpha", "bravo", "--yes")

        assert run.returncode == 0
        assert (
            "Its history stays under 'alpha': the history has points of an account 'bravo' already" in run.stderr
        )

    def test_leaves_what_was_never_checked(self, desk: Desk) -> None:
        desk.add("bravo", desk.new_key("bravo"))

        run = desk.run("rename", "bravo", "charlie", "--yes")

        assert (run.returncode, "goes on" in run.stderr, "history" in run.stderr) == (0, False, False)

    def test_back_needs_no_line(self, desk: Desk) -> None:
        before = desk.lines()
        desk.run("rename", "alpha", "daivon", "--yes")

        assert desk.run("rename", "daivon", "alpha", "--yes").returncode == 0

        assert desk.lines() == before
        assert checked(desk) == {"master": "trading", "alpha": "trading"}

    def test_refuses_where_the_environment_has_the_name(self, desk: Desk) -> None:
        before = desk.path.read_bytes()

        env = {**desk.env, f"{ALPHA}_USER_ID": "daivon"}
        run = accounts("rename", "daivon", "other", "--yes", env=env, cwd=desk.folder)

        assert (run.returncode, desk.path.read_bytes()) == (2, before)
        assert f"{ALPHA}_USER_ID is set in the environment too, and counts" in run.stderr

    def test_may_differ_in_case_only(self, desk: Desk) -> None:
        assert desk.run("rename", "alpha", "Alpha", "--yes").returncode == 0
        assert checked(desk) == {"master": "trading", "Alpha": "trading"}

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ("alpha", "alpha", "there is an account 'alpha' already"),
            ("alpha", "Master", "is not master"),
            ("alpha", "a b", "a user id has"),
            ("master", "alpha", "the master has no other name"),
            ("bravo", "charlie", "there is no account 'bravo'"),
        ],
    )
    def test_refuses(self, desk: Desk, old: str, new: str, said: str) -> None:
        before = desk.path.read_bytes()

        run = desk.run("rename", old, new, "--yes")

        assert (run.returncode, said in run.stderr, desk.path.read_bytes()) == (2, True, before)

    def test_asks_first(self, desk: Desk) -> None:
        before = desk.path.read_bytes()

        nobody = desk.run("rename", "alpha", "daivon")
        no, code = accounts_on_terminal(
            "rename", "alpha", "daivon", "--env-file", str(desk.path), answer="n\n", env=desk.env
        )

        assert (nobody.returncode, "nobody can be asked here, so nothing was changed" in nobody.stderr) == (
            2,
            True,
        )
        assert "Call USER (alpha) USER (daivon) from now on, in " in no
        assert (code, desk.path.read_bytes()) == (1, before)

    def test_refuses_the_name_of_somebody_who_was_there(self, desk: Desk) -> None:
        desk.add("bravo", desk.new_key("bravo"))
        check("--env-file", desk.path, env=desk.env)
        desk.path.write_text("\n".join(line for line in desk.lines() if "BRAVO" not in line))

        run = desk.run("rename", "alpha", "bravo", "--yes")

        assert (run.returncode, "there is an account 'bravo' already" in run.stderr) == (2, True)
