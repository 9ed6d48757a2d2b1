"""config.toml: what is in it is understood or refused with file, line and what may be meant."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from kraken_accounts.commands.configuration import OPTIONS, Configuration, judged
from kraken_accounts.config import ConfigurationError, SetupProblem, load_settings
from kraken_accounts.config.expectations import OF_AN_ACCEPTANCE, OF_AN_ACCOUNT
from kraken_accounts.config.toml_file import find_config_file, read_toml_file

from ..running import REPOSITORY
from ..support import sample_key, sample_secret, variables

EXAMPLE = REPOSITORY / "config.example.toml"
ACCEPT = '[[accept]]\ncode = "no-ip-allowlist"\nreason = "known"\n'


def read(tmp_path: Path, content: str | bytes) -> Configuration:
    path = tmp_path / "config.toml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return judged(read_toml_file(path, named=True))


def refusal(tmp_path: Path, content: str | bytes) -> str:
    """Why it is refused, less the folder."""
    with pytest.raises(ConfigurationError) as refused:
        read(tmp_path, content)
    said = str(refused.value)
    assert said.isprintable()
    return said.replace(f"{tmp_path}/", "")


def test_the_example_has_every_key_and_each_line_is_explained() -> None:
    values = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))

    assert set(values) == {*OPTIONS, "accounts", "accept"}
    assert {key for account in values["accounts"].values() for key in account} == set(OF_AN_ACCOUNT)
    assert set(values["accept"][0]) == set(OF_AN_ACCEPTANCE)
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    assert all("  # " in line for line in lines if "=" in line and not line.startswith("#"))
    assert judged(read_toml_file(EXAMPLE, named=True)).config.accounts["charlie"].min_total == Decimal("250.50")


def test_what_it_says(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        'quote = "EUR"\nworkers = 8\nnotify = ["$A_URL"]\n'
        '[accounts.charlie]\nexpected = "read-only"\nmin-total = 0.1\n'
        f"{ACCEPT}accounts = ['c*']\nuntil = 2027-01-31\n",
    )

    charlie, (accepted,) = found.config.accounts["charlie"], found.config.acceptances
    assert found.options == {"quote": "EUR", "workers": 8, "notify": ["$A_URL"]}
    assert (charlie.expected, str(charlie.min_total), charlie.quote) == ("read-only", "0.1", "EUR")
    assert (accepted.accounts, accepted.until) == (("c*",), date(2027, 1, 31))
    assert accepted.origin == f"{tmp_path}/config.toml, line 7"


@pytest.mark.parametrize("content", ["", "\n# nothing\n", "\ufeff", "[accounts]\n", "accept = []\n"])
def test_nothing_is_nothing(tmp_path: Path, content: str) -> None:
    assert (read(tmp_path, content).options, len(read(tmp_path, content).config.accounts)) == ({}, 0)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('qoute = "EUR"\n', 'config.toml, line 1: there is no key "qoute" here; did you mean quote?'),
        ("\n\nformat = 'tabel'\n", "config.toml, line 3: format is \"tabel\", and should be one of"),
        ("format = 'tabel'\n", "did you mean table?"),
        ("timeout = 0\n", "config.toml, line 1: timeout is 0, and should be a number of seconds"),
        ("timeout = '10'\n", 'timeout is "10", and should be a number'),
        ("timeout = true\n", "timeout is true, and should be a number"),
        ("timeout = nan\n", "timeout is NaN, and should be a number"),
        ("workers = 2.5\n", "workers is 2.5, and should be a whole number from 1 to 256"),
        ("quiet = 'yes'\n", 'quiet is "yes", and should be true or false'),
        ("news = 'yes'\n", 'news is "yes", and should be true or false'),
        ("after = 0\n", "after is 0, and should be a whole number from 1 to 1000"),
        ("remind = 24\n", "remind is 24, and should be a length of time such as"),
        ("remind = '1y'\n", 'config.toml, line 1: remind is "1y", and should be a length of time such as "90s"'),
        ("notify = '$A'\n", "notify is \"$A\", and should be a list of names"),
        ("notify = ['A_URL']\n", "notify is a list, and should be a list of names"),
        ("sort = 'change'\n", 'sort = "change" needs since-last = true'),
        ("accounts = 3\n", "config.toml, line 1: accounts is 3, and should be a table"),
        ("[accounts]\ncharlie = 3\n", "config.toml, line 2: charlie is 3, and should be a table"),
        ("[accounts.a]\nexpect = 1\n", 'line 2: there is no key "expect" here; did you mean expected?'),
        ("[accounts.charlie]\nexpected = 'trade'\n", 'config.toml, line 2: expected is "trade"'),
        ("[accounts.charlie]\ndisabled = true\n", "line 2: disabled is the reason in words"),
        ("[accounts.charlie]\ndisabled = ' '\n", "line 2: disabled is the reason in words"),
        ("[accounts.charlie]\nmin-total = -1\n", "line 2: min-total is -1, which is no amount"),
        ("[accounts.charlie]\nmin-total = true\n", "line 2: min-total is true, which is no amount"),
        ("[accounts.charlie]\nmin-total = inf\n", "line 2: min-total is Infinity, which is no amount"),
        ("[accounts.charlie]\nmin-total = '1,5'\n", 'line 2: min-total is "1,5", which is no amount'),
        ("[accounts.a]\nvariables = 'PLATFORM'\n", "line 2: variables is how the names of its variables begin"),
        ("[accounts.'a b']\n", "config.toml, line 1: is no account"),
        (
            "[accounts.a]\nvariables = 'KRAKEN_X'\n[accounts.b]\nvariables = 'KRAKEN_X'\n",
            "config.toml, line 4: a and b cannot both have the variables that begin with KRAKEN_X",
        ),
        (
            "[accounts.a]\nvariables = 'KRAKEN_MASTER'\n",
            "config.toml, line 2: master and a cannot both have the variables that begin with KRAKEN_MASTER",
        ),
        (
            "[accounts.a]\nvariables = 'KRAKEN_USER_B'\n[accounts.b]\ndisabled = 'x'\n",
            "config.toml, line 2: a and b cannot both have the variables that begin with KRAKEN_USER_B",
        ),
        ("[accept]\n", "config.toml, line 1: is written with two brackets: [[accept]]"),
        (
            ACCEPT.replace("allowlist", "alowlist"),
            'config.toml, line 2: "no-ip-alowlist" is no code of a finding; did you mean no-ip-allowlist?',
        ),
        ("[[accept]]\nreason = 'x'\n", "config.toml, line 1: the code of a finding is missing"),
        (f"{ACCEPT}[[accept]]\ncode = 'nonce-window'\n", "config.toml, line 4: a reason is missing"),
        (f"{ACCEPT}util = 1\n", "config.toml, line 4: there is no key \"util\" here; did you mean until?"),
        (f"{ACCEPT}until = '2027-01-31'\n", 'line 4: until is "2027-01-31", and should be a date without quotes'),
        (f"{ACCEPT}until = 2027-01-31T00:00:00Z\n", "line 4: until is 2027-01-31 00:00:00+00:"),
        (f"{ACCEPT}accounts = 'a'\n", "line 4: accounts is a list of names or patterns"),
        (f"{ACCEPT}accounts = []\n", "line 4: accounts is a list of names or patterns"),
        (f"{ACCEPT}accounts = ['a b']\n", 'line 4: "a b" is no name of an account'),
        (
            ACCEPT.replace("no-ip-allowlist", "withdraw-enabled"),
            "config.toml, line 2: withdraw-enabled may be critical, which is accepted for a time only",
        ),
        ("quote = EUR\n", "config.toml, line 1: is not TOML"),
        ("quote = 'A'\nquote = 'B'\n", "config.toml, line 2: the file has this already, further up; keep one"),
        (f"{ACCEPT}reason = 'other'\n", "config.toml, line 4: the file has this already, further up"),
        ("[accounts.a]\n[accounts.b]\n[accounts.a]\n", "config.toml, line 3: the file has this already"),
        (b"quote = '\xff'\n", "config.toml: is not UTF-8 text (byte 9)"),
        ("KRAKEN_MASTER_API_KEY = 'x'\n", "line 1: variables belong into .env or the environment"),
    ],
)  # fmt: skip
def test_what_is_refused(tmp_path: Path, content: str | bytes, said: str) -> None:
    assert said in refusal(tmp_path, content)


@pytest.mark.parametrize("place", ["quote = '{}'\n", "[accounts.a]\nvariables = '{}'\n", "notify = ['{}']\n"])
@pytest.mark.parametrize(
    "value", [sample_secret("charlie"), "https://bot:word@example.com/hook", "0123456789abcdef" * 2]
)
def test_secrets_and_urls_are_refused_and_not_shown(tmp_path: Path, place: str, value: str) -> None:
    said = refusal(tmp_path, place.format(value))

    assert "which this file never has" in said
    assert "line" in said
    assert value[:8] not in said


def test_a_reason_may_name_a_page(tmp_path: Path) -> None:
    content = ACCEPT.replace("known", "see https://wiki.example.com/separation")

    assert read(tmp_path, content).config.acceptances[0].reason.startswith("see https://")


class TestFile:
    def test_is_the_users_own(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        assert find_config_file() is None
        folder = Path(os.environ["XDG_CONFIG_HOME"], "kraken-accounts")
        folder.mkdir(parents=True, mode=0o700)
        (folder / "config.toml").write_text("")
        assert find_config_file() == folder / "config.toml"

        monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
        monkeypatch.chdir(tmp_path)
        (tmp_path / "relative" / "kraken-accounts").mkdir(parents=True)
        (tmp_path / "relative" / "kraken-accounts" / "config.toml").write_text("")
        (tmp_path / "config.toml").write_text("")
        assert str(find_config_file()) != "relative/kraken-accounts/config.toml"

    def test_that_others_may_write_is_not_believed_unless_it_is_named(self, tmp_path: Path) -> None:
        path = tmp_path / "config.toml"
        path.write_text('quote = "EUR"\n')
        path.chmod(0o666)

        with pytest.raises(ConfigurationError, match=r"is not believed, .* switch alarms off.*--config"):
            read_toml_file(path, named=False)
        assert read_toml_file(path, named=True).values == {"quote": "EUR"}

    @pytest.mark.parametrize(
        ("make", "said"),
        [
            (lambda path: path.symlink_to("nowhere"), "does not exist"),
            (lambda path: path.mkdir(), "is not a file"),
            (os.mkfifo, "is not a file"),
            (lambda path: path.write_bytes(b"#" * (1 << 20) + b"\n"), "is larger than 1 MiB"),
        ],
    )
    def test_that_is_none(self, tmp_path: Path, make: Callable[[Path], object], said: str) -> None:
        path = tmp_path / "config.toml"
        make(path)

        with pytest.raises(ConfigurationError, match=said):
            read_toml_file(path, named=True)


class TestVariables:
    def of(self, tmp_path: Path, content: str, environ: dict[str, str]) -> dict[str, tuple[str, str | None]]:
        settings = load_settings(environ, None, read(tmp_path, content).config)
        return {
            one.account.selector: (one.prefix, one.reason if one.credentials is None else str(one.api_key))
            for one in settings.accounts
        }

    def test_begin_as_it_says(self, tmp_path: Path) -> None:
        usual = variables("http://127.0.0.1:1", "master", "charlie")
        environ = {
            name.replace("KRAKEN_MASTER", "KRAKEN_PLATFORM").replace("KRAKEN_USER_", "KRAKEN_USERS_"): value
            for name, value in usual.items()
        }
        content = (
            '[accounts.master]\nvariables = "KRAKEN_PLATFORM"\n'
            '[accounts.charlie]\nvariables = "KRAKEN_USERS_CHARLIE"\n'
        )

        found = self.of(tmp_path, content, environ)

        assert found == {"master": ("KRAKEN_PLATFORM", "SMPL…"), "charlie": ("KRAKEN_USERS_CHARLIE", "SMPL…")}
        assert load_settings(environ, None, read(tmp_path, content).config).notes == ()

    def test_of_one_account_in_two_spellings_are_refused(self, tmp_path: Path) -> None:
        environ = {
            **variables("http://127.0.0.1:1", "charlie"),
            "KRAKEN_USERS_C_API_KEY": sample_key("other"),
            "KRAKEN_USERS_C_API_SECRET": sample_secret("other"),
        }

        _, (_, reason) = self.of(tmp_path, '[accounts.charlie]\nvariables = "KRAKEN_USERS_C"\n', environ).values()

        assert reason is not None
        assert "both claim the user id 'charlie'" in reason

    def test_that_say_whose_they_are_themselves_are_believed_only_if_they_say_the_same(
        self, tmp_path: Path
    ) -> None:
        environ = {**variables("http://127.0.0.1:1", "c"), "KRAKEN_USER_C_USER_ID": "bravo"}

        _, (_, reason) = self.of(tmp_path, '[accounts.charlie]\nvariables = "KRAKEN_USER_C"\n', environ).values()

        assert reason is not None
        assert "config.toml that it is that of charlie; keep one of them" in reason

    def test_of_the_master_as_usual_are_then_ignored_aloud(self, tmp_path: Path) -> None:
        config = read(tmp_path, '[accounts.master]\nvariables = "KRAKEN_PLATFORM"\n').config

        settings = load_settings(variables("http://127.0.0.1:1", "master"), None, config)

        assert settings.accounts[0].credentials is None
        assert settings.notes == (
            "variables that begin with KRAKEN_MASTER are ignored: the master's begin with KRAKEN_PLATFORM",
        )


class TestOtherNames:
    """A key that is there by another common name: the line to write, and never another user's variable."""

    @pytest.mark.parametrize("prefix", ["KRAKEN", "KRAKEN_PLATFORM", "KRAKEN_BOT"])
    def test_of_the_master(self, prefix: str) -> None:
        environ = {f"{prefix}_API_KEY": sample_key("x"), f"{prefix}_API_SECRET": sample_secret("x")}

        settings = load_settings(environ)

        assert settings.accounts[0].hint == (
            f"If {prefix}_API_KEY in the environment is the master's, write into config.toml:\n[accounts.master]\n"
            f'variables = "{prefix}"\nOr rename {prefix}_API_KEY and {prefix}_API_SECRET to KRAKEN_MASTER_API_KEY '
            "and KRAKEN_MASTER_API_SECRET."
        )
        assert settings.notes == ()
        assert load_settings({**environ, **variables("http://127.0.0.1:1", "master")}).accounts[0].hint is None

    def test_of_a_user_that_has_another_key_as_well(self) -> None:
        environ = {**variables("http://127.0.0.1:1", "charlie"), "KRAKEN_USERS_CHARLIE_API_KEY": sample_key("x")}

        assert load_settings(environ).notes == (
            "KRAKEN_USERS_CHARLIE_API_KEY in the environment is ignored: KRAKEN_USER_CHARLIE_API_KEY is there as "
            'well; if it is of another account, write variables = "KRAKEN_USERS_CHARLIE" under [accounts.LABEL] '
            "in config.toml",
        )
        assert load_settings(environ).accounts[0].hint is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[accounts.charly]\nmin-total = 1\n", "line 1: there is no account 'charly'; did you mean charlie?"),
        ("[accounts.Charlie]\ndisabled = 'x'\n", "there is no account 'Charlie'; did you mean charlie?"),
        ("[accounts.MASTER]\ndisabled = 'x'\n", "there is no account 'MASTER'; did you mean master?"),
    ],
)  # fmt: skip
def test_an_account_that_is_not_there(tmp_path: Path, content: str, said: str) -> None:
    config = read(tmp_path, content).config

    with pytest.raises(ConfigurationError) as refused:
        load_settings(variables("http://127.0.0.1:1", "charlie"), None, config)

    assert said in str(refused.value)


def test_one_that_is_disabled_has_a_row_without_any_variable(tmp_path: Path) -> None:
    config = read(tmp_path, "[accounts.zoe]\ndisabled = 'left'\n").config

    last = load_settings(variables("http://127.0.0.1:1", "master"), None, config).accounts[-1]

    assert (last.account.selector, last.problem) == ("zoe", SetupProblem.DISABLED)
    assert last.reason == "it is disabled: left"
