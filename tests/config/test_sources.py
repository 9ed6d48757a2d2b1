"""The environment and a file beside each other: which of them counts, and what no file may say."""

from __future__ import annotations

import re
import subprocess
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType

import pytest

from kraken_accounts.config import AccountSettings, ConfigurationError, Settings, load_settings
from kraken_accounts.config.secret import ApiKey

from ..conftest import Sandbox
from ..faults.leaks import Hidden, Leaks, sample
from ..running import CONSOLE_SCRIPT, LIMIT, REPOSITORY, audit, check, completion, environment
from ..support import sample_key, sample_secret

ELSEWHERE = "http://127.0.0.1:9"


def pair(name: str, of: str = "") -> dict[str, str]:
    """Key and secret of the user of that NAME; `of` makes them another's."""
    prefix = f"KRAKEN_USER_{name}"
    return {f"{prefix}_API_KEY": sample_key(of or name), f"{prefix}_API_SECRET": sample_secret(of or name)}


def written(path: Path, values: Mapping[str, str]) -> Path:
    """A file of one's own with these variables."""
    path.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    path.chmod(0o600)
    return path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, where a `.env` is found without being named."""
    folder = tmp_path / "working-directory"
    folder.mkdir(mode=0o700)
    monkeypatch.chdir(folder)
    return folder


class Sources:
    """Loads the settings of an environment and a file that is found or named."""

    def __init__(self, folder: Path, named: bool) -> None:
        self.path = folder / ("named.env" if named else ".env")
        self._named = named

    def load(self, environ: Mapping[str, str], file: Mapping[str, str]) -> Settings:
        written(self.path, file)
        return load_settings(environ, self.path if self._named else None)

    def refusal(self, environ: Mapping[str, str], file: Mapping[str, str]) -> str:
        with pytest.raises(ConfigurationError) as refusal:
            self.load(environ, file)
        return str(refusal.value)


@pytest.fixture
def found(folder: Path) -> Sources:
    return Sources(folder, named=False)


@pytest.fixture
def named(folder: Path) -> Sources:
    return Sources(folder, named=True)


@pytest.fixture(params=["found", "named"])
def either(request: pytest.FixtureRequest, folder: Path) -> Sources:
    return Sources(folder, named=request.param == "named")


def zoe(settings: Settings) -> AccountSettings:
    (user,) = settings.users
    return user


def key_of(account: AccountSettings) -> ApiKey:
    assert account.credentials is not None, account.reason
    return account.credentials.api_key


# --- which of them counts -------------------------------------------------------------------------------


def test_the_environment_wins_over_a_file_that_was_found(found: Sources) -> None:
    settings = found.load(pair("ZOE", of="environment"), pair("ZOE", of="file") | pair("BOB"))

    assert [key_of(user) for user in settings.users] == [
        ApiKey(sample_key("BOB")),
        ApiKey(sample_key("environment")),
    ]


def test_a_file_that_was_named_wins_over_the_environment(named: Sources) -> None:
    settings = named.load(pair("ZOE", of="environment") | pair("BOB"), pair("ZOE", of="file"))

    assert [key_of(user) for user in settings.users] == [ApiKey(sample_key("BOB")), ApiKey(sample_key("file"))]


def test_an_audit_of_a_named_file_examines_the_keys_of_that_file(sandbox: Sandbox, tmp_path: Path) -> None:
    bots = written(tmp_path / "bots.env", sandbox.env)
    others = {name: value for user in ("ALPHA", "BRAVO", "CHARLIE") for name, value in pair(user).items()}
    master = {"KRAKEN_MASTER_API_KEY": "SMPL-other", "KRAKEN_MASTER_API_SECRET": sample_secret("other")}

    audit("--env-file", bots, env={**others, **master})

    used = {request.key for request in sandbox.exchange.requests if request.key}
    assert used == {value for name, value in sandbox.env.items() if name.endswith("_API_KEY") and "<" not in value}


@pytest.mark.parametrize("nothing", ["", "  ", "''", "<paste_your_key>"])
def test_what_is_empty_overrides_nothing(found: Sources, named: Sources, nothing: str) -> None:
    full = pair("ZOE") | {"KRAKEN_USER_ZOE_NONCE_UNIT": "us", "KRAKEN_API_URL": ELSEWHERE}
    empty = dict.fromkeys(full, nothing)

    for settings in (found.load(empty, full), named.load(full, empty)):
        credentials = zoe(settings).credentials
        assert credentials is not None
        assert (credentials.api_key, credentials.nonce_unit) == (ApiKey(sample_key("ZOE")), "us")
        assert settings.url == ELSEWHERE


# --- key and secret are one -----------------------------------------------------------------------------


@pytest.mark.parametrize("half", ["API_KEY", "API_SECRET"])
def test_half_a_pair_gives_way_to_a_whole_one(found: Sources, named: Sources, half: str) -> None:
    variable = f"KRAKEN_USER_ZOE_{half}"
    missing = f"KRAKEN_USER_ZOE_{'API_SECRET' if half == 'API_KEY' else 'API_KEY'}"
    one = {variable: pair("ZOE", of="half")[variable]}

    for settings, place, whole in (
        (found.load(one, pair("ZOE")), "in the environment", f"in {found.path}"),
        (found.load(pair("ZOE"), one), f"in {found.path}", "in the environment"),
        (named.load(pair("ZOE"), one), f"in {named.path}", "in the environment"),
        (named.load(one, pair("ZOE")), "in the environment", f"in {named.path}"),
    ):
        assert key_of(zoe(settings)) == ApiKey(sample_key("ZOE"))
        assert settings.notes == (
            f"{variable} {place} is ignored: {missing} is not there too, so both count as they are {whole}",
        )


def test_halves_in_two_places_make_a_whole(either: Sources) -> None:
    key, secret = ({name: value} for name, value in pair("ZOE").items())

    for settings in (either.load(key, secret), either.load(secret, key)):
        assert key_of(zoe(settings)) == ApiKey(sample_key("ZOE"))
        assert settings.notes == ()


def test_halves_in_two_places_count_as_a_key_of_the_environment(either: Sources) -> None:
    key, secret = ({name: value} for name, value in pair("ZOE").items())

    assert "KRAKEN_USER_ZOE_API_SECRET in the environment" in either.refusal(
        secret, {**key, "KRAKEN_API_URL": ELSEWHERE}
    )


def test_the_same_half_in_both_places_is_no_pair(either: Sources) -> None:
    key = {"KRAKEN_USER_ZOE_API_KEY": sample_key("ZOE")}

    assert zoe(either.load(key, key)).credentials is None


# --- what a file says counts for its own keys only ------------------------------------------------------

USES = [
    ("KRAKEN_API_URL", ELSEWHERE, "where KRAKEN_USER_ZOE_API_KEY in the environment is sent"),
    ("KRAKEN_USER_ZOE_NONCE_UNIT", "ns", "how KRAKEN_USER_ZOE_API_KEY in the environment is used"),
    ("KRAKEN_USER_ZOE_API_OTP", "sample-otp", "how KRAKEN_USER_ZOE_API_KEY in the environment is used"),
    ("KRAKEN_USER_ZOE_USER_ID", "anna", "how KRAKEN_USER_ZOE_API_KEY in the environment is used"),
]


@pytest.mark.parametrize(("name", "value", "what"), USES)
def test_no_file_says_how_a_key_of_the_environment_is_used(
    either: Sources, name: str, value: str, what: str
) -> None:
    assert either.refusal(pair("ZOE"), pair("BOB") | {name: value}) == (
        f"{name} in {either.path} would change {what}; nothing was sent. A file says so only of the keys in it: "
        f"set {name} in the environment, or move the key into the file"
    )


@pytest.mark.parametrize(("name", "value", "what"), USES)
def test_a_file_says_it_of_its_own_keys(either: Sources, name: str, value: str, what: str) -> None:
    assert zoe(either.load({}, pair("ZOE") | {name: value})).credentials is not None


@pytest.mark.parametrize(("name", "value", "what"), USES)
def test_the_environment_says_it_of_all_keys(either: Sources, name: str, value: str, what: str) -> None:
    settings = either.load({name: value}, pair("ZOE"))

    credentials = zoe(settings).credentials
    assert credentials is not None
    said = {
        "KRAKEN_API_URL": settings.url,
        "KRAKEN_USER_ZOE_NONCE_UNIT": credentials.nonce_unit,
        "KRAKEN_USER_ZOE_API_OTP": credentials.otp and credentials.otp.reveal(),
        "KRAKEN_USER_ZOE_USER_ID": zoe(settings).account.user_id,
    }
    assert said[name] == value


@pytest.mark.parametrize(("name", "value", "what"), USES)
def test_a_file_that_says_the_same_as_the_environment_changes_nothing(
    either: Sources, name: str, value: str, what: str
) -> None:
    assert zoe(either.load(pair("ZOE") | {name: value}, {name: value})).credentials is not None


@pytest.mark.parametrize(("name", "value", "what"), USES)
def test_where_they_differ_the_environment_wins_over_a_file_that_was_found(
    found: Sources, named: Sources, name: str, value: str, what: str
) -> None:
    other = {"KRAKEN_API_URL": "https://api.kraken.com", "KRAKEN_USER_ZOE_NONCE_UNIT": "us"}.get(name, "other")

    settings = found.load(pair("ZOE") | {name: value}, {name: other})
    assert zoe(settings).credentials is not None
    assert other not in (settings.url, zoe(settings).account.user_id)
    # And a file that was named may not win, because the key is not in it.
    assert f"{name} in {named.path} would change" in named.refusal(pair("ZOE") | {name: value}, {name: other})


def test_a_url_of_a_file_concerns_nobody_whose_key_is_a_placeholder(either: Sources) -> None:
    placeholders = {"KRAKEN_USER_BOB_API_KEY": "<paste>", "KRAKEN_USER_BOB_API_SECRET": ""}

    assert either.load(placeholders, pair("ZOE") | {"KRAKEN_API_URL": ELSEWHERE}).url == ELSEWHERE


def test_a_url_that_is_none_is_refused_with_its_place(either: Sources) -> None:
    assert either.refusal({}, {"KRAKEN_API_URL": "http://exchange.example"}) == (
        f"KRAKEN_API_URL in {either.path} must be https (http to a loopback address only), not "
        "http://exchange.example; nothing was sent"
    )
    assert either.refusal({"KRAKEN_API_URL": "nonsense"}, {}) == (
        "KRAKEN_API_URL in the environment is not a URL; the default is https://api.kraken.com"
    )


def test_nothing_is_sent_to_where_a_found_file_says(sandbox: Sandbox, tmp_path: Path) -> None:
    keys = {name: value for name, value in sandbox.env.items() if name != "KRAKEN_API_URL"}
    written(tmp_path / ".env", {"KRAKEN_API_URL": sandbox.url})

    for command in (check, audit):
        run = command(cwd=tmp_path, env=keys)

        assert (run.returncode, run.stdout) == (2, "")
        assert run.stderr.startswith(f"Error: KRAKEN_API_URL in {tmp_path / '.env'} would change where ")
    assert sandbox.exchange.requests == []


@pytest.mark.parametrize("name", ["KRAKEN_MASTER_API_KEY", "KRAKEN_API_URL"])
def test_a_value_of_the_environment_that_is_far_too_long(either: Sources, name: str) -> None:
    assert either.refusal({name: "x" * (1 << 20)}, {}) == (
        f"{name} in the environment: is longer than 8192 characters, so it is no key"
    )


def test_a_long_value_of_another_program_is_none_of_ours(either: Sources) -> None:
    assert either.load({"OTHER": "x" * (1 << 20)}, {}).notes == ()


# --- no exception has a secret in its frames ------------------------------------------------------------

HIDDEN = sample("victim")


def locals_of(error: BaseException | None) -> Iterator[str]:
    """All that the frames of an exception and of those behind it hold, and their own attributes."""
    seen: set[int] = set()
    behind = [error]
    while behind:
        error = behind.pop()
        if error is None or id(error) in seen:
            continue
        seen.add(id(error))
        behind += [error.__context__, error.__cause__]
        yield repr((error.args, vars(error), getattr(error, "object", None)))
        step: TracebackType | None = error.__traceback__
        while step is not None:
            if (
                "/kraken_accounts/" in step.tb_frame.f_code.co_filename
                or "dotenv" in step.tb_frame.f_globals["__name__"]
            ):
                yield f"{step.tb_frame.f_code.co_name}: {step.tb_frame.f_locals!r}"
            step = step.tb_next


def keys_of(hidden: Hidden) -> str:
    return f"KRAKEN_MASTER_API_KEY={hidden.key}\nKRAKEN_MASTER_API_SECRET={hidden.secret}\n"


@pytest.mark.parametrize(
    "line",
    [
        b"no line at all",
        b"KRAKEN_MASTER_API_OTP='never closed",
        b"KRAKEN_MASTER_API_SECRET=another",
        b"KRAKEN_API_URL=http://exchange.example",
        b"KRAKEN_API_URL=https://somebody:" + HIDDEN.otp.encode() + b"@exchange.example",
        b"A=" + HIDDEN.secret.encode() * 100,
        b"\xff",
        b"\0",
    ],
)
def test_no_frame_of_a_refusal_holds_a_secret(named: Sources, line: bytes) -> None:
    named.path.write_bytes(keys_of(HIDDEN).encode() + line + b"\n")

    with pytest.raises(ConfigurationError) as refusal:
        load_settings({}, named.path)

    held = list(locals_of(refusal.value))
    assert len(held) > 1
    assert Leaks([HIDDEN]).in_text("\n".join(held)) == set()


@pytest.mark.parametrize(
    "variables",
    [
        {"KRAKEN_API_URL": "http://exchange.example"},
        {"KRAKEN_MASTER_API_OTP": HIDDEN.secret * 100},
    ],
)
def test_no_frame_of_a_refusal_holds_the_environment(named: Sources, variables: dict[str, str]) -> None:
    named.path.touch()
    environ = {"KRAKEN_MASTER_API_KEY": HIDDEN.key, "KRAKEN_MASTER_API_SECRET": HIDDEN.secret, **variables}

    with pytest.raises(ConfigurationError) as refusal:
        load_settings(environ, named.path)

    assert Leaks([HIDDEN]).in_text("\n".join(locals_of(refusal.value))) == set()


@pytest.mark.parametrize("defect", [ValueError, KeyboardInterrupt, RecursionError])
def test_no_frame_of_a_failing_parser_holds_the_text(
    named: Sources, monkeypatch: pytest.MonkeyPatch, defect: type[BaseException]
) -> None:
    named.path.write_text(keys_of(HIDDEN))

    def decode(_: object, text: str) -> str:
        raise defect(f"{len(text)} characters")

    monkeypatch.setattr("dotenv.parser.parse_unquoted_value", lambda reader: decode(reader, reader.string))
    with pytest.raises(defect) as failure:
        load_settings({}, named.path)

    assert Leaks([HIDDEN]).in_text("\n".join(locals_of(failure.value))) == set()
    assert "load_settings" in "".join(traceback.format_exception(failure.value))


class TestWhereAKeyBelongs:
    """An account without a key says into which file it is to be put, and how that is read."""

    def steps(self, *arguments: str | Path, **env: str) -> tuple[str, ...]:
        found = re.search(
            r"4\. Put it into (.*): KRAKEN_MASTER_API_KEY and KRAKEN_MASTER_API_SECRET; or have it put there: "
            r"kraken-accounts accounts add master(.*)\n.*5\. Run: kraken-accounts check --account master(.*)\n",
            completion("check", "--format", "text", *map(str, arguments), env=env, cwd=self.folder).stdout,
        )
        assert found is not None
        return found.groups()

    @pytest.fixture(autouse=True)
    def at(self, folder: Path) -> None:
        self.folder = folder

    @pytest.mark.skipif((REPOSITORY / ".env").exists(), reason="there is one beside the script")
    def test_into_the_users_own_where_there_is_none(self, tmp_path: Path) -> None:
        own = f"{tmp_path}/config/kraken-accounts/.env"

        assert self.steps(XDG_CONFIG_HOME=f"{tmp_path}/config") == (own, "", "")

    def test_into_the_one_that_is_found(self) -> None:
        written(self.folder / ".env", {})

        assert self.steps() == (f"{self.folder}/.env", "", "")

    def test_into_the_one_that_is_named_which_has_to_be_named_again(self) -> None:
        written(self.folder / "my keys", {})

        option = f" --env-file '{self.folder}/my keys'"
        assert self.steps("--env-file", "my keys") == (f"{self.folder}/my keys", option, option)

    def test_into_a_folder_of_any_name(self) -> None:
        self.folder = self.folder / "a\n\x1b[31mb"
        self.folder.mkdir(mode=0o700)
        written(self.folder / ".env", {"KRAKEN_USER_ZOE_API_KEY": "SMPL-not-a-real-key"})

        shown = completion("check", "--format", "text", cwd=self.folder).stdout

        assert "Put it into " in shown and "ZOE_API_KEY in " in shown
        assert "\x1b" not in shown

    def test_into_whatever_writes_the_pipe(self) -> None:
        run = subprocess.run(
            [CONSOLE_SCRIPT, "check", "--env-file", "/dev/stdin", "--format", "text"],
            env=environment(),
            input="KRAKEN_MASTER_API_KEY=<paste>\n",
            capture_output=True,
            encoding="utf-8",
            timeout=LIMIT,
            check=False,
        )

        assert "4. Put it into .env: KRAKEN_MASTER_API_KEY" in run.stdout
        assert "accounts add master\n" in run.stdout
