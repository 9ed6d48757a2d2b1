"""`KRAKEN_…_API_KEY_FILE`: a key that lies in a file of its own, as Docker and systemd hand secrets over."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from kraken_accounts.config import AccountSettings, SetupProblem, load_settings

from ..conftest import Sandbox
from ..running import NO_KEYS, check
from ..support import sample_key, sample_secret

KEY, SECRET = "KRAKEN_USER_ZOE_API_KEY", "KRAKEN_USER_ZOE_API_SECRET"
KEY_FILE, SECRET_FILE = f"{KEY}_FILE", f"{SECRET}_FILE"


class Secrets:
    """A folder such as /run/secrets, with a key and its secret."""

    def __init__(self, folder: Path) -> None:
        self.key, self.secret = folder / "zoe_key", folder / "zoe_secret"
        self.write(self.key, f"{sample_key('zoe')}\n")
        self.write(self.secret, f"{sample_secret('zoe')}\n")
        self.env = {KEY_FILE: str(self.key), SECRET_FILE: str(self.secret)}

    def write(self, path: Path, text: str | bytes) -> None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(0o400)


@pytest.fixture
def secrets(tmp_path: Path) -> Secrets:
    folder = tmp_path / "secrets"
    folder.mkdir()
    return Secrets(folder)


def zoe(environ: dict[str, str], env_file: Path = NO_KEYS) -> AccountSettings:
    return load_settings(environ, env_file).users[0]


def keys_of(account: AccountSettings) -> tuple[str, str]:
    credentials = account.usable_credentials()
    return credentials.api_key.reveal(), credentials.api_secret.reveal()


def mistake(environ: dict[str, str], env_file: Path = NO_KEYS) -> str:
    account = zoe(environ, env_file)
    assert (account.problem, account.credentials) == (SetupProblem.MISCONFIGURED, None)
    return account.reason or ""


def test_a_key_in_a_file_is_as_good_as_one_in_the_variable(secrets: Secrets) -> None:
    account = zoe(secrets.env)

    assert keys_of(account) == (sample_key("zoe"), sample_secret("zoe"))
    assert account.place == "in the environment"
    assert account.exposed == ()


@pytest.mark.parametrize("around", ["{}", "{}\n", "{}\r\n", "\ufeff{}", ' "{}" \n'])
def test_what_surrounds_it_is_trimmed_as_that_of_a_value(secrets: Secrets, around: str) -> None:
    secrets.key.chmod(0o600)
    secrets.write(secrets.key, around.format(sample_key("zoe")))

    assert keys_of(zoe(secrets.env)) == (sample_key("zoe"), sample_secret("zoe"))


def test_one_half_may_be_in_a_file_and_the_other_not(secrets: Secrets) -> None:
    assert zoe({KEY: sample_key("zoe"), SECRET_FILE: str(secrets.secret)}).credentials is not None


def test_a_line_of_the_env_file_may_name_it(secrets: Secrets, tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("".join(f"{name}={value}\n" for name, value in secrets.env.items()))

    account = zoe({}, path)

    assert account.credentials is not None
    assert account.place == f"in {path}"


def test_it_gives_way_as_the_key_itself_does(
    secrets: Secrets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(f"{KEY}={sample_key('other')}\n{SECRET}={sample_secret('other')}\n")

    assert keys_of(load_settings(secrets.env).users[0])[0] == sample_key("zoe")
    assert keys_of(zoe(secrets.env, tmp_path / ".env"))[0] == sample_key("other")


@pytest.mark.parametrize("nothing", ["", "<path>"])
def test_a_path_that_is_empty_or_a_placeholder_is_none(secrets: Secrets, nothing: str) -> None:
    plain = {KEY: sample_key("zoe"), SECRET: sample_secret("zoe")}

    assert zoe({**plain, KEY_FILE: nothing, SECRET_FILE: nothing}).credentials is not None
    assert zoe({KEY_FILE: nothing}).problem is SetupProblem.NOT_CONFIGURED


def test_half_of_it_is_a_mistake(secrets: Secrets) -> None:
    assert mistake({KEY_FILE: str(secrets.key)}) == f"{KEY_FILE} in the environment is set but {SECRET} is not"


def test_both_are_a_mistake(secrets: Secrets) -> None:
    assert mistake({**secrets.env, KEY: sample_key("zoe")}) == (
        f"{KEY} in the environment and {KEY_FILE} are both set; keep one of them"
    )


def test_a_relative_path_is_refused_without_showing_it(secrets: Secrets) -> None:
    assert mistake({**secrets.env, KEY_FILE: sample_key("zoe")}) == (
        f"{KEY_FILE} in the environment must name a file by its whole path, from / on"
    )


def test_a_path_that_leads_nowhere_is_not_shown_for_it_may_be_the_key(secrets: Secrets) -> None:
    said = f"{KEY_FILE} in the environment names a file that does not exist"

    assert mistake({**secrets.env, KEY_FILE: "/" + sample_secret("zoe")}) == said
    assert mistake({**secrets.env, KEY_FILE: f"{secrets.key}/within"}) == said


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("", "which holds no key"),
        ("\n", "which holds no key"),
        ("<paste_your_key>\n", "which holds no key"),
        ("S" * 8193, "which is too large for a key"),
        (b"\xff\xfe", "which is not UTF-8 text"),
    ],
)
def test_content_that_is_no_key(secrets: Secrets, content: str | bytes, what: str) -> None:
    secrets.key.chmod(0o600)
    secrets.write(secrets.key, content)

    assert mistake(secrets.env) == f"{KEY_FILE} in the environment names {secrets.key}, {what}"


def test_two_lines_are_no_key(secrets: Secrets) -> None:
    secrets.key.chmod(0o600)
    secrets.write(secrets.key, f"{sample_key('zoe')}\n{sample_key('zoe')}\n")

    assert mistake(secrets.env).startswith(f"{KEY_FILE} in the environment has white space inside it")


def test_swapped_files_are_noticed(secrets: Secrets) -> None:
    swapped = {KEY_FILE: secrets.env[SECRET_FILE], SECRET_FILE: secrets.env[KEY_FILE]}

    assert mistake(swapped) == (
        f"{KEY_FILE} in the environment holds a private key: it and {SECRET_FILE} in the environment are swapped"
    )


def test_a_folder_and_a_pipe_are_no_files_and_nobody_waits(secrets: Secrets, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    for path in (tmp_path, tmp_path / "pipe", Path("/dev/null")):
        assert mistake({**secrets.env, KEY_FILE: str(path)}) == (
            f"{KEY_FILE} in the environment names {path}, which is not a regular file"
        )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(secrets: Secrets) -> None:
    secrets.key.chmod(0)

    assert "cannot be read (Permission denied)" in mistake(secrets.env)


def test_a_key_under_two_accounts_is_found_there_too(secrets: Secrets) -> None:
    settings = load_settings({**secrets.env, "KRAKEN_MASTER_API_KEY": sample_key("zoe")}, NO_KEYS)

    assert {account.problem for account in settings.accounts} == {SetupProblem.SHARED_KEY}


@pytest.mark.parametrize(("mode", "found"), [(0o400, False), (0o440, False), (0o444, True), (0o620, True)])
def test_a_file_that_others_may_read_is_a_finding(
    secrets: Secrets, sandbox: Sandbox, mode: int, found: bool
) -> None:
    alpha = "KRAKEN_USER_ALPHA_API_KEY"
    secrets.key.chmod(0o600)
    secrets.write(secrets.key, sandbox.env[alpha])
    secrets.key.chmod(mode)
    env = {name: value for name, value in sandbox.env.items() if name != alpha}

    run = check("--account", "alpha", "--format", "json", env={**env, f"{alpha}_FILE": str(secrets.key)})

    report = json.loads(run.stdout)
    assert report["accounts"][0]["status"] == "trading"
    about = [one["message"] for one in report["findings"] if one["code"] == "env-file-permissions"]
    assert about == (
        [f"{secrets.key} holds a key or a secret and may be read or changed by other users of this machine"]
        if found
        else []
    )


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("KRAKEN_USERS_ZOE_API_KEY_FILE", KEY_FILE),
        ("KRAKEN_USER_ZOE_APIKEY_FILE", KEY_FILE),
        ("KRAKEN_MASTR_API_SECRET_FILE", "KRAKEN_MASTER_API_SECRET_FILE"),
        ("kraken_master_api_key_file", "KRAKEN_MASTER_API_KEY_FILE"),
    ],
)
def test_a_misspelt_name_is_noticed(name: str, meant: str) -> None:
    assert load_settings({name: "/run/secrets/zoe"}, NO_KEYS).notes == (
        f"{name} in the environment is ignored: did you mean {meant}?",
    )


def test_a_user_whose_name_is_none_has_a_row(secrets: Secrets) -> None:
    account = zoe({"KRAKEN_USER_zoe.x_API_KEY_FILE": str(secrets.key)})

    assert account.reason == "KRAKEN_USER_zoe.x_API_KEY: a NAME has A-Z, 0-9 and _ only; write it as ZOE_X"
