from __future__ import annotations

import difflib
import json
import os
import random
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from kraken_accounts.accounts import Account, AccountType
from kraken_accounts.config import (
    AccountSettings,
    ConfigurationError,
    Credentials,
    Settings,
    SetupProblem,
    demo_settings,
    load_settings,
)
from kraken_accounts.config.secret import ApiKey, Secret

from ..support import sample_key, sample_secret

MASTER = {"KRAKEN_MASTER_API_KEY": sample_key("master"), "KRAKEN_MASTER_API_SECRET": sample_secret("master")}


def user(name: str, user_id: str | None = None) -> dict[str, str]:
    """The variables of a user whose NAME is this."""
    prefix = f"KRAKEN_USER_{name}"
    values = {f"{prefix}_API_KEY": sample_key(name), f"{prefix}_API_SECRET": sample_secret(name)}
    return values | ({f"{prefix}_USER_ID": user_id} if user_id is not None else {})


def settings_from(values: Mapping[str, str]) -> Settings:
    """What these variables alone make, without any file."""
    return demo_settings(values)


def labels(settings: Settings) -> list[str]:
    return [found.account.label for found in settings.accounts]


def the_user(values: Mapping[str, str]) -> AccountSettings:
    """The settings of the only user that these variables make."""
    _, found = settings_from(values).accounts
    return found


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    """A place for a private `.env`."""
    path = tmp_path / "folder" / ".env"
    path.parent.mkdir()
    path.touch(0o600)
    return path


@pytest.fixture
def empty_file(tmp_path: Path) -> Path:
    """A file that says nothing, so that no other is looked for."""
    path = tmp_path / "empty.env"
    path.touch(0o600)
    return path


# --- accounts are discovered ----------------------------------------------------------------------------


def test_master_and_users_are_discovered_the_master_first_and_users_by_id() -> None:
    settings = settings_from({**user("ZOE"), **user("DAIVON", "daivon_frazier"), **MASTER, **user("BOT_7")})

    assert labels(settings) == ["MASTER", "USER (bot_7)", "USER (daivon_frazier)", "USER (zoe)"]
    assert [found.prefix for found in settings.accounts] == [
        "KRAKEN_MASTER",
        "KRAKEN_USER_BOT_7",
        "KRAKEN_USER_DAIVON",
        "KRAKEN_USER_ZOE",
    ]
    assert all(found.problem is None for found in settings.accounts)


def test_each_account_has_its_own_credentials() -> None:
    master, zoe = settings_from({**MASTER, **user("ZOE")}).accounts

    assert master.credentials == Credentials(
        ApiKey(sample_key("master")), Secret(sample_secret("master")), None, "ms"
    )
    assert zoe.credentials == Credentials(ApiKey(sample_key("ZOE")), Secret(sample_secret("ZOE")), None, "ms")


def test_two_factor_password_and_nonce_unit() -> None:
    more = {"KRAKEN_MASTER_API_OTP": " sample-otp ", "KRAKEN_MASTER_NONCE_UNIT": "NS"}
    (master,) = settings_from({**MASTER, **more}).accounts

    assert master.credentials is not None
    assert master.credentials.otp == Secret("sample-otp")
    assert master.credentials.nonce_unit == "ns"


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_nonce_units(unit: str) -> None:
    found = the_user({**user("ZOE"), "KRAKEN_USER_ZOE_NONCE_UNIT": unit})

    assert found.credentials is not None
    assert found.credentials.nonce_unit == unit


def test_the_master_always_has_its_row() -> None:
    (master,) = settings_from({}).accounts

    assert master.account.label == "MASTER"
    assert master.problem is SetupProblem.NOT_CONFIGURED
    assert master.reason == "KRAKEN_MASTER_API_KEY and KRAKEN_MASTER_API_SECRET are not filled in"
    assert master.credentials is None


@pytest.mark.parametrize(
    "values",
    [
        {"KRAKEN_USER_ZOE_USER_ID": "zoe_maier"},
        {"KRAKEN_USER_ZOE_NONCE_UNIT": "us"},
        {"KRAKEN_USER_ZOE_API_OTP": "sample-otp"},
        {"KRAKEN_USER_ZOE_API_KEY": ""},
        {"KRAKEN_USER_ZOE_API_SECRET": "<paste_your_secret>"},
    ],
)
def test_a_user_has_a_row_as_soon_as_any_of_its_variables_is_there(values: dict[str, str]) -> None:
    found = the_user(values)

    assert found.account.user_id in ("zoe", "zoe_maier")
    assert found.problem is SetupProblem.NOT_CONFIGURED
    assert found.reason == "KRAKEN_USER_ZOE_API_KEY and KRAKEN_USER_ZOE_API_SECRET are not filled in"


@pytest.mark.parametrize(
    "name",
    [
        "KRAKEN_USER_API_KEY",
        "KRAKEN_USER__API_KEY",
        "KRAKEN_API_KEY",
        "USER_ZOE_API_KEY",
    ],
)
def test_other_variables_make_no_account(name: str) -> None:
    assert labels(settings_from({name: "SMPL-key"})) == ["MASTER"]


@pytest.mark.parametrize(("name", "meant"), [("zoe", "ZOE"), ("Zoe", "ZOE"), ("ZOE-B", "ZOE_B")])
def test_a_name_that_is_none_does_not_make_a_user_vanish(name: str, meant: str) -> None:
    settings = settings_from({f"KRAKEN_USER_{name}_API_KEY": "SMPL", f"KRAKEN_USER_{name}_API_SECRET": "c2FtcGxl"})

    assert labels(settings) == ["MASTER", f"USER ({meant.lower()})"]
    user = settings.accounts[1]
    assert (user.problem, user.credentials) == (SetupProblem.MISCONFIGURED, None)
    assert user.reason == f"KRAKEN_USER_{name}_API_KEY: a NAME has A-Z, 0-9 and _ only; write it as {meant}"


def test_variables_that_differ_in_case_only_never_make_two_accounts(empty_file: Path) -> None:
    other = {"KRAKEN_USER_daivon_API_KEY": "SMPL-other", "KRAKEN_USER_Daivon_API_SECRET": "c2FtcGxl"}
    settings = load_settings({**user("DAIVON"), **other}, empty_file)

    assert labels(settings) == ["MASTER", "USER (daivon)"]
    assert settings.accounts[1].credentials is not None
    assert settings.accounts[1].credentials.api_key == ApiKey(sample_key("DAIVON"))
    assert settings.notes == (
        "KRAKEN_USER_daivon_API_KEY in the environment is ignored: did you mean KRAKEN_USER_DAIVON_API_KEY?",
        "KRAKEN_USER_Daivon_API_SECRET in the environment is ignored: did you mean KRAKEN_USER_DAIVON_API_SECRET?",
    )


def test_two_ways_to_misspell_one_name_make_one_account(empty_file: Path) -> None:
    settings = load_settings({"KRAKEN_USER_zoe_API_KEY": "SMPL", "KRAKEN_USER_Zoe_API_KEY": "SMPL"}, empty_file)

    assert [(found.account.label, found.reason) for found in settings.users] == [
        (
            "USER (zoe)",
            "KRAKEN_USER_Zoe_API_KEY and KRAKEN_USER_zoe_API_KEY: a NAME has A-Z, 0-9 and _ only; write it as ZOE",
        )
    ]
    assert settings.notes == ()


@pytest.mark.parametrize("name", ["zoe", "master"])
def test_a_misspelt_name_takes_the_id_of_no_other_account(name: str) -> None:
    settings = settings_from({**MASTER, **user("ANNA", "zoe"), f"KRAKEN_USER_{name}_API_KEY": "SMPL"})

    selectors = [found.account.selector for found in settings.accounts]
    assert len(set(selectors)) == len(selectors)
    assert settings.find(AccountType.USER, "zoe").prefix == "KRAKEN_USER_ANNA"
    assert settings.find(AccountType.MASTER).credentials is not None


# --- not configured -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        "",
        "   ",
        '""',
        "''",
        "<paste_your_master_key>",
        "<your key>",
        "[your key]",
        "{{ kraken_key }}",
        "your_api_key_here",
        "YOUR-API-KEY",
        "your key",
        "paste_it_here",
        "insert_key_here",
        "enter-your-key",
        "changeme",
        "change_me",
        "replace_with_your_key",
        "my_api_key",
        "xxxxxxxx",
        "...",
        "…",
        "none",
        "null",
        "TODO",
        ' "<paste_your_key>" ',
    ],
)
def test_empty_values_and_placeholders_are_not_configured(value: str) -> None:
    (master,) = settings_from({"KRAKEN_MASTER_API_KEY": value, "KRAKEN_MASTER_API_SECRET": value}).accounts

    assert master.problem is SetupProblem.NOT_CONFIGURED
    assert master.api_key is None


@pytest.mark.parametrize(
    "key",
    [
        # Kraken's keys are base64 and may begin or end with anything that is.
        "9rVtCqGs+your/Key+My/Paste+xxx/None0123456789ABCDEFGHIJKL",
        "my+kraken/key000000000000000000000000000000000000000000",
        "NONE000000000000000000000000000000000000000000000000000=",
        "your0000000000000000000000000000000000000000000000000000",
        sample_key("master"),
    ],
)
def test_a_real_key_is_no_placeholder(key: str) -> None:
    (master,) = settings_from({**MASTER, "KRAKEN_MASTER_API_KEY": key}).accounts

    assert master.problem is None
    assert master.api_key == ApiKey(key)


# --- misconfigured: the variable is named, nothing is sent ----------------------------------------------


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"KRAKEN_USER_ZOE_API_SECRET": ""},
            "KRAKEN_USER_ZOE_API_KEY is set but KRAKEN_USER_ZOE_API_SECRET is not",
        ),
        (
            {"KRAKEN_USER_ZOE_API_SECRET": "<paste_your_secret>"},
            "KRAKEN_USER_ZOE_API_KEY is set but KRAKEN_USER_ZOE_API_SECRET is not",
        ),
        (
            {"KRAKEN_USER_ZOE_API_KEY": "your_api_key_here"},
            "KRAKEN_USER_ZOE_API_SECRET is set but KRAKEN_USER_ZOE_API_KEY is not",
        ),
        (
            {"KRAKEN_USER_ZOE_API_SECRET": "sample, not base64!"},
            "KRAKEN_USER_ZOE_API_SECRET has white space inside it, as a line break in the paste leaves it",
        ),
        (
            {"KRAKEN_USER_ZOE_API_SECRET": "sample-not-base64"},
            "KRAKEN_USER_ZOE_API_SECRET is not base64, so it is not a whole Kraken private key",
        ),
        (
            {"KRAKEN_USER_ZOE_API_SECRET": sample_secret("ZOE")[:-3]},
            "KRAKEN_USER_ZOE_API_SECRET is not base64, so it is not a whole Kraken private key",
        ),
        (
            {"KRAKEN_USER_ZOE_API_SECRET": "===="},
            "KRAKEN_USER_ZOE_API_SECRET is not base64, so it is not a whole Kraken private key",
        ),
        (
            {"KRAKEN_USER_ZOE_API_KEY": "SMPL-key in two"},
            "KRAKEN_USER_ZOE_API_KEY has white space inside it, as a line break in the paste leaves it",
        ),
        (
            {"KRAKEN_USER_ZOE_API_KEY": "SMPL-key\nin two"},
            "KRAKEN_USER_ZOE_API_KEY has white space inside it, as a line break in the paste leaves it",
        ),
        (
            {"KRAKEN_USER_ZOE_API_OTP": "sample otp"},
            "KRAKEN_USER_ZOE_API_OTP has white space inside it, as a line break in the paste leaves it",
        ),
        ({"KRAKEN_USER_ZOE_API_KEY": "SMPL-kéy"}, "KRAKEN_USER_ZOE_API_KEY has characters that no Kraken key has"),
        (
            {"KRAKEN_USER_ZOE_API_KEY": "SMPL\x1b[31m"},
            "KRAKEN_USER_ZOE_API_KEY has characters that no Kraken key has",
        ),
        (
            {"KRAKEN_USER_ZOE_API_KEY": "SMPL\udce9"},
            "KRAKEN_USER_ZOE_API_KEY has characters that no Kraken key has",
        ),
        ({"KRAKEN_USER_ZOE_NONCE_UNIT": "s"}, "KRAKEN_USER_ZOE_NONCE_UNIT must be ms, us or ns"),
        (
            {"KRAKEN_USER_ZOE_USER_ID": "zoe maier"},
            "KRAKEN_USER_ZOE_USER_ID must be letters, digits and _ . @ - only, at most 64, and not 'master'",
        ),
        (
            {"KRAKEN_USER_ZOE_USER_ID": "z" * 65},
            "KRAKEN_USER_ZOE_USER_ID must be letters, digits and _ . @ - only, at most 64, and not 'master'",
        ),
        (
            {"KRAKEN_USER_ZOE_USER_ID": "Master"},
            "KRAKEN_USER_ZOE_USER_ID must be letters, digits and _ . @ - only, at most 64, and not 'master'",
        ),
    ],
)
def test_a_slip_is_named_and_the_account_is_not_asked(changes: dict[str, str], reason: str) -> None:
    found = the_user({**user("ZOE"), **changes})

    assert found.problem is SetupProblem.MISCONFIGURED
    assert found.reason == reason
    assert found.credentials is None
    assert found.account.user_id == "zoe"


@pytest.mark.parametrize(
    ("key", "secret", "reason"),
    [
        (
            sample_secret("ZOE"),
            sample_key("ZOE"),
            "KRAKEN_USER_ZOE_API_KEY holds a private key: it and KRAKEN_USER_ZOE_API_SECRET are swapped",
        ),
        (
            sample_secret("ZOE").rstrip("="),
            "U01QTC16b2Uta2V5LW5vdC1hLXJlYWwtb25l",
            "KRAKEN_USER_ZOE_API_KEY holds a private key: it and KRAKEN_USER_ZOE_API_SECRET are swapped",
        ),
        (
            sample_secret("ZOE")[:40] + "\n" + sample_secret("ZOE")[40:],
            sample_key("ZOE"),
            "KRAKEN_USER_ZOE_API_KEY holds a private key: it and KRAKEN_USER_ZOE_API_SECRET are swapped",
        ),
        (
            sample_secret("ZOE"),
            sample_secret("other"),
            "KRAKEN_USER_ZOE_API_KEY holds a private key, and so does KRAKEN_USER_ZOE_API_SECRET",
        ),
        (
            sample_secret("ZOE"),
            sample_secret("ZOE"),
            "KRAKEN_USER_ZOE_API_KEY and KRAKEN_USER_ZOE_API_SECRET hold the same: one is the API key, the other "
            "the private key",
        ),
        (
            sample_key("ZOE"),
            sample_key("ZOE"),
            "KRAKEN_USER_ZOE_API_KEY and KRAKEN_USER_ZOE_API_SECRET hold the same: one is the API key, the other "
            "the private key",
        ),
        (sample_secret("ZOE"), "", "KRAKEN_USER_ZOE_API_KEY is set but KRAKEN_USER_ZOE_API_SECRET is not"),
    ],
)
def test_a_key_and_a_secret_in_each_others_place(key: str, secret: str, reason: str) -> None:
    found = the_user({"KRAKEN_USER_ZOE_API_KEY": key, "KRAKEN_USER_ZOE_API_SECRET": secret})

    assert (found.problem, found.reason, found.credentials) == (SetupProblem.MISCONFIGURED, reason, None)
    # Of a secret not even the four characters are shown that are shown of a key.
    assert found.api_key == (ApiKey(key) if key == sample_key("ZOE") else None)
    assert sample_secret("ZOE")[:4] not in repr(found)


def test_a_user_that_would_be_called_master() -> None:
    found = the_user(user("MASTER"))

    assert found.problem is SetupProblem.MISCONFIGURED
    assert found.account.label == "USER (user_master)"


def test_one_slip_does_not_hide_the_other_accounts() -> None:
    settings = settings_from({**MASTER, **user("ZOE"), **user("BAD"), "KRAKEN_USER_BAD_API_SECRET": "not-base64"})

    assert [(found.account.label, found.problem) for found in settings.accounts] == [
        ("MASTER", None),
        ("USER (bad)", SetupProblem.MISCONFIGURED),
        ("USER (zoe)", None),
    ]


@pytest.mark.parametrize("around", [" {} ", "\t{}\n", '"{}"', "'{}'", ' "{}" ', '" {} "'])
def test_white_space_and_quotes_around_a_value_are_trimmed(around: str) -> None:
    (master,) = settings_from({name: around.format(value) for name, value in MASTER.items()}).accounts

    assert master.credentials == Credentials(ApiKey(sample_key("master")), Secret(sample_secret("master")))


# --- separation -----------------------------------------------------------------------------------------


def test_one_key_under_two_accounts_is_refused_for_both_and_the_third_is_asked() -> None:
    shared = {**user("ZOE"), "KRAKEN_USER_ZOE_API_KEY": sample_key("master")}
    master, bob, zoe = settings_from({**MASTER, **shared, **user("BOB")}).accounts

    for found in (master, zoe):
        assert found.problem is SetupProblem.SHARED_KEY
        assert found.credentials is None
        assert found.reason == "KRAKEN_MASTER_API_KEY and KRAKEN_USER_ZOE_API_KEY hold the same API key (SMPL…)"
    assert bob.problem is None
    assert bob.credentials is not None


def test_a_shared_key_is_seen_through_quotes_and_white_space() -> None:
    shared = {**user("ZOE"), "KRAKEN_USER_ZOE_API_KEY": f" '{sample_key('master')}' "}
    master, zoe = settings_from({**MASTER, **shared}).accounts

    assert (master.problem, zoe.problem) == (SetupProblem.SHARED_KEY, SetupProblem.SHARED_KEY)


def test_a_shared_key_is_seen_where_one_of_the_accounts_is_misconfigured() -> None:
    shared = {**user("ZOE"), "KRAKEN_USER_ZOE_API_KEY": sample_key("master"), "KRAKEN_USER_ZOE_API_SECRET": ""}
    master, zoe = settings_from({**MASTER, **shared}).accounts

    assert (master.problem, zoe.problem) == (SetupProblem.SHARED_KEY, SetupProblem.SHARED_KEY)


def test_a_shared_key_of_bytes_that_are_no_text() -> None:
    shared = {"KRAKEN_MASTER_API_KEY": "caf\udce9", "KRAKEN_USER_ZOE_API_KEY": "".join(("caf", "\udce9"))}
    master, zoe = settings_from({**MASTER, **user("ZOE"), **shared}).accounts

    assert (master.problem, zoe.problem) == (SetupProblem.SHARED_KEY, SetupProblem.SHARED_KEY)


def test_placeholders_are_no_shared_key() -> None:
    placeholders = dict.fromkeys((*MASTER, *user("ZOE")), "<paste_your_key>")
    settings = settings_from(placeholders)

    assert [found.problem for found in settings.accounts] == [SetupProblem.NOT_CONFIGURED] * 2


@pytest.mark.parametrize(
    ("values", "prefixes"),
    [
        ({**user("ALICE", "bob"), **user("BOB")}, "KRAKEN_USER_ALICE and KRAKEN_USER_BOB"),
        ({**user("ALICE", "bob"), **user("CAROL", "bob")}, "KRAKEN_USER_ALICE and KRAKEN_USER_CAROL"),
        ({**user("ALICE", "bob"), "KRAKEN_USER_BOB_USER_ID": "bob"}, "KRAKEN_USER_ALICE and KRAKEN_USER_BOB"),
    ],
)
def test_names_that_claim_one_user_id_are_refused_in_one_row(values: dict[str, str], prefixes: str) -> None:
    _, bob = settings_from(values).accounts

    assert (bob.account, bob.problem) == (Account(AccountType.USER, "bob"), SetupProblem.MISCONFIGURED)
    assert bob.credentials is None
    assert bob.reason == f"{prefixes} both claim the user id 'bob'; give each its own _USER_ID"


@pytest.mark.parametrize("holder", ["ALICE", "BOB"])
def test_a_shared_key_is_seen_behind_a_user_id_that_is_claimed_twice(holder: str) -> None:
    shared = {f"KRAKEN_USER_{holder}_API_KEY": sample_key("master")}
    master, bob = settings_from({**MASTER, **user("ALICE", "bob"), **user("BOB"), **shared}).accounts

    for found in (master, bob):
        assert (found.problem, found.credentials) == (SetupProblem.SHARED_KEY, None)
        assert f"KRAKEN_MASTER_API_KEY and KRAKEN_USER_{holder}_API_KEY hold the same API key" in str(found.reason)
    assert "KRAKEN_USER_ALICE and KRAKEN_USER_BOB both claim the user id 'bob'" in str(bob.reason)


def test_user_ids_that_differ_in_case_only_are_refused() -> None:
    _, first, second = settings_from({**user("ALICE", "Bob"), **user("BOB")}).accounts

    for found in (first, second):
        assert (found.problem, found.credentials) == (SetupProblem.MISCONFIGURED, None)
        assert found.reason == (
            "KRAKEN_USER_ALICE and KRAKEN_USER_BOB both claim one user id, in different letters: 'Bob' and 'bob'; "
            "give each its own _USER_ID"
        )


# --- which credentials are a user's ---------------------------------------------------------------------


def find(values: Mapping[str, str], user_id: str) -> AccountSettings:
    return settings_from(values).find(AccountType.USER, user_id)


def test_a_user_id_is_found_by_its_user_id_variable() -> None:
    found = find({**user("TRADER_1", "daivon_frazier"), **user("DAIVON")}, "daivon_frazier")

    assert found.prefix == "KRAKEN_USER_TRADER_1"


def test_else_by_the_name_that_it_is_in_capitals() -> None:
    found = find({**user("DAIVON_FRAZIER"), **user("DAIVON")}, "daivon_frazier")

    assert found.prefix == "KRAKEN_USER_DAIVON_FRAZIER"
    assert found.account == Account(AccountType.USER, "daivon_frazier")


@pytest.mark.parametrize(
    ("configured", "user_id", "near"),
    [
        # A part of an id, and ids that begin alike.
        (user("BOB"), "bob_smith", "'bob' (KRAKEN_USER_BOB)"),
        (user("BOB"), "bob_a_very_long_family_name", "'bob' (KRAKEN_USER_BOB)"),
        (user("BOB", "bob_smith"), "bob_smtih", "'bob_smith' (KRAKEN_USER_BOB)"),
        (user("BOB", "bob_smith"), "bob", None),
        (user("DAIVONNE"), "daivon", "'daivonne' (KRAKEN_USER_DAIVONNE)"),
        # Ids that spell one NAME: only one of them is the account's.
        (user("BOB_SMITH"), "bob.smith", "'bob_smith' (KRAKEN_USER_BOB_SMITH)"),
        (user("BOB_SMITH"), "bob-smith", "'bob_smith' (KRAKEN_USER_BOB_SMITH)"),
        (user("BOB_SMITH", "bob.smith"), "bob_smith", "'bob.smith' (KRAKEN_USER_BOB_SMITH)"),
        # A NAME that belongs to another.
        (user("ZOE", "anna"), "zoe", None),
    ],
)
def test_nothing_is_guessed_from_a_part_of_an_id(
    configured: dict[str, str], user_id: str, near: str | None
) -> None:
    for choose in (
        lambda: find({**MASTER, **configured}, user_id),
        lambda: settings_from({**MASTER, **configured}).select([user_id]),
    ):
        with pytest.raises(ConfigurationError) as refusal:
            choose()
        assert f"{user_id!r}; {'the accounts are: master, ' if near is None else f'did you mean {near}?'}" in str(
            refusal.value
        )


@pytest.mark.parametrize(("user_id", "near"), [("Bob_Smith", "did you mean 'bob_smith' "), ("BOB_SMITH", "")])
def test_an_id_in_another_case_chooses_an_account_to_look_at_and_none_for_orders(user_id: str, near: str) -> None:
    settings = {**MASTER, **user("BOB_SMITH")}

    assert labels(settings_from(settings).select([user_id])) == ["USER (bob_smith)"]
    with pytest.raises(ConfigurationError, match=rf"^there is no user '{user_id}'; {re.escape(near)}"):
        find(settings, user_id)


def test_an_id_that_its_name_alone_does_not_give_is_added_with_its_user_id() -> None:
    with pytest.raises(ConfigurationError) as refusal:
        find(MASTER, "bob.smith")

    assert str(refusal.value) == (
        "there is no user 'bob.smith'; the accounts are: master. Set KRAKEN_USER_BOB_SMITH_API_KEY, "
        "KRAKEN_USER_BOB_SMITH_API_SECRET and KRAKEN_USER_BOB_SMITH_USER_ID=bob.smith to add it"
    )


def test_a_user_that_is_not_there() -> None:
    with pytest.raises(ConfigurationError) as refusal:
        find({**MASTER, **user("ZOE")}, "example_user")

    assert str(refusal.value) == (
        "there is no user 'example_user'; the accounts are: master, zoe. Set KRAKEN_USER_EXAMPLE_USER_API_KEY and "
        "KRAKEN_USER_EXAMPLE_USER_API_SECRET to add it"
    )


def test_a_refusal_does_not_list_hundreds_of_accounts() -> None:
    many = {name: value for number in range(300) for name, value in user(f"N{number:03}").items()}

    with pytest.raises(ConfigurationError, match=r"the accounts are: master, n000, .*, n018 and 281 more\. Set"):
        find(many, "zzzz")


def test_the_master_is_found_configured_or_not() -> None:
    assert settings_from(MASTER).find(AccountType.MASTER).problem is None
    assert settings_from({}).find(AccountType.MASTER).problem is SetupProblem.NOT_CONFIGURED


def test_a_user_needs_an_id_and_the_master_has_none() -> None:
    settings = settings_from(MASTER)

    for account_type, user_id in ((AccountType.USER, None), (AccountType.USER, ""), (AccountType.MASTER, "zoe")):
        with pytest.raises(ValueError, match=r"^a USER account needs a user_id, and the MASTER account has none$"):
            settings.find(account_type, user_id)


def test_a_kind_of_account_may_be_said_by_its_word() -> None:
    settings = settings_from({**MASTER, **user("ZOE")})

    assert settings.find("user", "zoe") == settings.find(AccountType.USER, "zoe")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'owner' is not a valid AccountType"):
        settings.find("owner", "zoe")  # type: ignore[arg-type]


# --- a choice of accounts -------------------------------------------------------------------------------


def test_accounts_are_chosen_by_label() -> None:
    settings = settings_from({**MASTER, **user("ZOE"), **user("BOB")})

    assert labels(settings.select([])) == ["MASTER", "USER (bob)", "USER (zoe)"]
    assert labels(settings.select(["zoe"])) == ["USER (zoe)"]
    assert labels(settings.select(["zoe", "Master", "zoe"])) == ["MASTER", "USER (zoe)"]


def test_an_account_that_is_not_there_cannot_be_chosen() -> None:
    settings = settings_from({**MASTER, **user("ZOE")})

    with pytest.raises(ConfigurationError, match=r"^there is no account 'anna'; the accounts are: master, zoe$"):
        settings.select(["zoe", "anna"])
    with pytest.raises(
        ConfigurationError, match=r"^there is no account 'zo'; did you mean 'zoe' \(KRAKEN_USER_ZOE\)\?$"
    ):
        settings.select(["zo"])
    with pytest.raises(
        ConfigurationError, match=r"the accounts are: master; no \.env was found, name it with --env-file$"
    ):
        settings_from({}).select(["zoe"])


def test_a_shared_key_is_refused_though_one_account_alone_is_chosen() -> None:
    shared = {**user("ZOE"), "KRAKEN_USER_ZOE_API_KEY": sample_key("master")}
    (zoe,) = settings_from({**MASTER, **shared}).select(["zoe"]).accounts

    assert zoe.problem is SetupProblem.SHARED_KEY


# --- the URL --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["", "  ", "<url>", "your_url_here"])
def test_krakens_own_url_is_the_default(value: str) -> None:
    assert settings_from({}).url == "https://api.kraken.com"
    assert settings_from({"KRAKEN_API_URL": value}).url == "https://api.kraken.com"


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("https://api.kraken.com/", "https://api.kraken.com"),
        ("HTTPS://exchange.example:8443", "https://exchange.example:8443"),
        ("http://127.0.0.1:8111", "http://127.0.0.1:8111"),
        ("http://127.8.9.1:8111", "http://127.8.9.1:8111"),
        ("http://localhost:8111", "http://localhost:8111"),
        ("http://LOCALHOST:8111", "http://LOCALHOST:8111"),
        ("http://[::1]:8111", "http://[::1]:8111"),
        (' "http://127.0.0.1:8111" ', "http://127.0.0.1:8111"),
    ],
)
def test_https_or_http_to_a_loopback_address(value: str, url: str) -> None:
    assert settings_from({"KRAKEN_API_URL": value}).url == url


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("http://api.kraken.com", "http://api.kraken.com"),
        ("http://192.168.1.5:8111", "http://192.168.1.5"),
        ("http://0.0.0.0:8111", "http://0.0.0.0"),
        ("http://localhost.example.com", "http://localhost.example.com"),
        ("http://127.0.0.1.example.com", "http://127.0.0.1.example.com"),
        ("http://127.1", "http://127.1"),
        ("http://[2001:db8::1]", "http://2001:db8::1"),
        ("ftp://127.0.0.1", "ftp://127.0.0.1"),
        ("file://localhost", "file://localhost"),
        ("//127.0.0.1", "://127.0.0.1"),
    ],
)
def test_other_schemes_and_plain_http_to_others_are_refused(value: str, shown: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        settings_from({**MASTER, "KRAKEN_API_URL": value})

    assert str(refusal.value) == (
        f"KRAKEN_API_URL must be https (http to a loopback address only), not {shown}; nothing was sent"
    )


@pytest.mark.parametrize(
    "value",
    [
        "api.kraken.com",
        "127.0.0.1:8111",
        "https://",
        "https://:443",
        "https://api.kraken.com:port",
        "https://api.kraken.com:99999",
        "https://api kraken.com",
        "https://api.kraken.com\nevil.example",
        "https://krаken.com",  # the first а is Cyrillic
        "https://[::1",
        "https://%zz",
        "https://a..b",
        "https://x|y",
        "https://-a.test",
        f"https://{'a' * 64}.test",
    ],
)
def test_what_is_no_url_is_refused(value: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        settings_from({"KRAKEN_API_URL": value})

    assert str(refusal.value) == "KRAKEN_API_URL is not a URL; the default is https://api.kraken.com"


@pytest.mark.parametrize(
    "value",
    [
        "https://api.kraken.com/0/private",
        "https://api.kraken.com?x=1",
        "https://api.kraken.com#x",
        "https://somebody:sample-password@api.kraken.com",
        "https://:sample-password@api.kraken.com",
        "http://127.0.0.1@evil.example",
        "https://api.kraken.com\\@evil.example",
    ],
)
def test_a_url_has_no_more_than_scheme_host_and_port(value: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        settings_from({"KRAKEN_API_URL": value})

    assert str(refusal.value) == (
        "KRAKEN_API_URL must be scheme, host and port only, without a path, a query or a password"
    )


# --- the file -------------------------------------------------------------------------------------------


def write(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def key_in(path: Path, environ: Mapping[str, str] | None = None) -> str | None:
    """The master's API key as it is read."""
    master, *_ = load_settings(environ or {}, path).accounts
    return None if master.api_key is None else master.api_key.reveal()


def test_accounts_in_a_file(env_file: Path) -> None:
    write(env_file, *(f"{name}={value}" for name, value in {**MASTER, **user("ZOE", "zoe_maier")}.items()))
    settings = load_settings({}, env_file)

    assert labels(settings) == ["MASTER", "USER (zoe_maier)"]
    assert all(found.problem is None for found in settings.accounts)
    assert settings.env_file == env_file
    assert settings.notes == ()


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("KRAKEN_MASTER_API_KEY=SMPL", "SMPL"),
        ("export KRAKEN_MASTER_API_KEY=SMPL", "SMPL"),
        ("  KRAKEN_MASTER_API_KEY = SMPL  ", "SMPL"),
        ('KRAKEN_MASTER_API_KEY="SMPL"', "SMPL"),
        ("KRAKEN_MASTER_API_KEY='SMPL'", "SMPL"),
        ("KRAKEN_MASTER_API_KEY=SMPL # the master's", "SMPL"),
        ("KRAKEN_MASTER_API_KEY=SMPL#1", "SMPL#1"),
        ("KRAKEN_MASTER_API_KEY=SMPL+/a=", "SMPL+/a="),
        ("# KRAKEN_MASTER_API_KEY=SMPL", None),
        ("KRAKEN_MASTER_API_KEY=", None),
        # No variable is expanded, whatever the syntax.
        ("KRAKEN_MASTER_API_KEY=$HOME", "$HOME"),
        ("KRAKEN_MASTER_API_KEY=${HOME}", "${HOME}"),
        ("KRAKEN_MASTER_API_KEY=${NOT_SET:-default}", "${NOT_SET:-default}"),
        ('KRAKEN_MASTER_API_KEY="a${HOME}b"', "a${HOME}b"),
        ("KRAKEN_MASTER_API_KEY=$(id)", "$(id)"),
        ("KRAKEN_MASTER_API_KEY=`id`", "`id`"),
    ],
)
def test_lines_of_a_file(env_file: Path, line: str, key: str | None) -> None:
    assert key_in(write(env_file, line)) == key


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_files_of_other_machines(env_file: Path, encoding: str, newline: str) -> None:
    text = newline.join(("# the operator's keys: ä ö ü", "KRAKEN_MASTER_API_KEY=SMPL", "UNRELATED=1", ""))
    env_file.write_bytes(text.encode(encoding))

    assert key_in(env_file) == "SMPL"


def test_an_empty_file_configures_nothing(env_file: Path) -> None:
    assert labels(load_settings({}, env_file)) == ["MASTER"]


def test_the_process_environment_is_not_changed(env_file: Path) -> None:
    before = dict(os.environ)
    load_settings(os.environ, write(env_file, "KRAKEN_MASTER_API_KEY=SMPL", "SOMETHING_ELSE=1"))

    assert dict(os.environ) == before


def refusal_of(path: Path) -> str:
    """Why the file cannot be used, without its path."""
    with pytest.raises(ConfigurationError) as refusal:
        load_settings({}, path)
    return str(refusal.value).removeprefix(str(path))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert refusal_of(tmp_path / "missing.env") == ": does not exist; name the file with --env-file PATH"


def test_a_directory(tmp_path: Path) -> None:
    assert refusal_of(tmp_path) == ": is not a file; name the file with --env-file PATH"


def test_a_path_that_leads_through_a_file(env_file: Path) -> None:
    assert refusal_of(env_file / "deeper") == ": does not exist; name the file with --env-file PATH"


def test_a_path_that_is_too_long(tmp_path: Path) -> None:
    assert refusal_of(tmp_path / ("x" * 300)) == (
        ": cannot be read (File name too long); make it readable for the user who runs this"
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(env_file: Path) -> None:
    env_file.chmod(0)

    assert refusal_of(env_file) == (
        ": cannot be read (Permission denied); make it readable for the user who runs this"
    )


@pytest.mark.skipif(not Path("/proc/self/mem").is_file(), reason="only Linux has /proc/self/mem")
def test_a_file_that_fails_when_it_is_read() -> None:
    assert refusal_of(Path("/proc/self/mem")) == (
        ": cannot be read (Input/output error); make it readable for the user who runs this"
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x7fELF\x02\x01\x01\x00\x00", ": is a binary file, not lines of NAME=value"),
        ("KRAKEN_MASTER_API_KEY=SMPL\n".encode("utf-16-le"), ": is a binary file, not lines of NAME=value"),
        ("KRAKEN_MASTER_API_KEY=SMPL\n".encode("utf-16"), ": is not UTF-8 text (byte 0); save it as UTF-8"),
        ("# größer\n".encode("latin-1"), ": is not UTF-8 text (byte 4); save it as UTF-8"),
        (random.Random(7).randbytes(1000), ": is not UTF-8 text (byte 1); save it as UTF-8"),
        (b"# padding\n" * (1 << 18), ": is larger than 2 MiB, so it is no .env file"),
        (b"just a sentence\n", ", line 1: cannot be understood; write NAME=value"),
        (b"# keys\n\nKRAKEN_MASTER_API_KEY\n", ", line 3: cannot be understood; write NAME=value"),
        (b"A=1\nKRAKEN_MASTER_API_KEY: SMPL\n", ", line 2: cannot be understood; write NAME=value"),
        (b"A=1\n\nKRAKEN_MASTER_API_KEY='SMPL\n", ", line 3: cannot be understood; write NAME=value"),
        (b'A=1\r\nKRAKEN_MASTER_API_KEY="SMPL\r\n', ", line 2: cannot be understood; write NAME=value"),
        (
            b"KRAKEN_MASTER_API_KEY=SMPL-one\n\n# or rather\nKRAKEN_MASTER_API_KEY=SMPL-two\n",
            ": KRAKEN_MASTER_API_KEY is set twice, on lines 1 and 4, to different values; keep one",
        ),
        (
            b"A=1\nKRAKEN_MASTER_API_KEY=" + b"x" * (1 << 20) + b"\n",
            ", line 2: is longer than 8192 characters, so it is no key",
        ),
        (
            b"A=1\r\n# " + b"x" * 8192 + b"\r\n",
            ", line 2: is longer than 8192 characters, so it is no key",
        ),
        (
            b'A=1\n\nKRAKEN_MASTER_API_KEY="' + b"x" * 100 + b"\nx" * 8000 + b'"\n',
            ", line 3: is longer than 8192 characters, so it is no key",
        ),
    ],
    ids=lambda value: value[:20] if isinstance(value, bytes) else "",
)
def test_a_file_that_makes_no_sense(env_file: Path, content: bytes, words: str) -> None:
    env_file.write_bytes(content)

    assert refusal_of(env_file) == words


def test_a_refusal_of_a_file_shows_no_secret(env_file: Path) -> None:
    for lines in (
        ["KRAKEN_MASTER_API_SECRET=sample-secret-1", "KRAKEN_MASTER_API_SECRET=sample-secret-2"],
        ["KRAKEN_MASTER_API_SECRET='sample-secret-1"],
    ):
        assert "sample-secret" not in refusal_of(write(env_file, *lines))


def test_a_variable_set_twice_to_the_same_value_is_fine(env_file: Path) -> None:
    assert key_in(write(env_file, "KRAKEN_MASTER_API_KEY=SMPL", 'KRAKEN_MASTER_API_KEY="SMPL"')) == "SMPL"


def test_what_others_keep_in_the_file_may_be_set_twice(env_file: Path) -> None:
    assert key_in(write(env_file, "PATH_X=1", "PATH_X=2", "FLAG", "KRAKEN_MASTER_API_KEY=SMPL")) == "SMPL"


def test_a_name_that_looks_like_a_slip_of_the_pen_is_noted(env_file: Path, empty_file: Path) -> None:
    write(
        env_file,
        "KRAKEN_MASTER_APIKEY=SMPL",
        "kraken_master_api_secret=SMPL",
        "KRAKEN_USER_ZOE_API_KEY=SMPL",
        "KRAKEN_USER_ZOE_API_SECRT=SMPL",
        "KRAKEN_USER_COLOUR=blue",
        "KRAKEN_MASTER_API_SECRETc2FtcGxlIG9mIGEgc2VjcmV0=",
        "KRAKEN_USER_c2FtcGxlIG9mIGEgc2VjcmV0=",
        "KRAKEN_API_URL=https://api.kraken.com",
        "KRAKEN_OTHER_TOOL=1",
    )

    values = {
        name: value for line in env_file.read_text().splitlines() for name, _, value in [line.partition("=")]
    }
    for place, settings in (
        (f"in {env_file}", load_settings({}, env_file)),
        ("in the environment", load_settings(values, empty_file)),
    ):
        assert settings.notes == (
            f"KRAKEN_MASTER_APIKEY {place} is ignored: did you mean KRAKEN_MASTER_API_KEY?",
            f"kraken_master_api_secret {place} is ignored: did you mean KRAKEN_MASTER_API_SECRET?",
            f"KRAKEN_USER_ZOE_API_SECRT {place} is ignored: did you mean KRAKEN_USER_ZOE_API_SECRET?",
            f"KRAKEN_USER_COLOUR {place} is ignored: no variable is called so",
            # What may be a piece of a secret is not repeated.
            f"a name that begins with KRAKEN_MASTER_API_SECRET {place} is ignored: is the = missing behind it?",
            f"a name that begins with KRAKEN_USER_ {place} is ignored: names have A-Z, 0-9 and _ only",
        )


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("KRAKEN_USER_BOB_API_KYE", "KRAKEN_USER_BOB_API_KEY"),  # though nothing else is there of BOB
        ("KRAKEN_USER_BOB_SMITH_SECRET", None),
        ("KRAKEN_USER_BOB_USERID", "KRAKEN_USER_BOB_USER_ID"),
        ("KRAKEN_USER_BOB_API_OPT", "KRAKEN_USER_BOB_API_OTP"),
        ("KRAKEN_USERS_BOB_API_KEY", "KRAKEN_USER_BOB_API_KEY"),
        ("KRAKEN_USR_BOB_API_KEY", "KRAKEN_USER_BOB_API_KEY"),
        ("KRAKEN_USERBOB_API_KEY", "KRAKEN_USER_BOB_API_KEY"),
        ("KRAKEN_MASTR_API_KEY", "KRAKEN_MASTER_API_KEY"),
        ("KRAKEN_MASTERAPI_KEY", "KRAKEN_MASTER_API_KEY"),
        ("KRAKEN_API_ULR", "KRAKEN_API_URL"),
        ("kraken_api_url", "KRAKEN_API_URL"),
        ("KRAKEN_USER_API_KEY", None),
    ],
)
def test_what_was_meant(name: str, meant: str | None, empty_file: Path) -> None:
    (note,) = load_settings({name: "SMPL"}, empty_file).notes

    words = "no variable is called so" if meant is None else f"did you mean {meant}?"
    assert note == f"{name} in the environment is ignored: {words}"


@pytest.mark.parametrize(
    "name",
    [
        "KRAKEN_API_KEY",
        "KRAKEN_API_SECRET",
        "KRAKEN_FUTURES_API_KEY",
        "KRAKEN_USERNAME",
        "KRAKEN_",
        "KRAKEN__",
        "K",
    ],
)
def test_what_other_programs_have_in_the_environment_is_not_noted(name: str, empty_file: Path) -> None:
    assert load_settings({name: "SMPL"}, empty_file).notes == ()


def test_a_user_id_for_the_master_is_noted(empty_file: Path) -> None:
    assert load_settings({"KRAKEN_MASTER_USER_ID": "me"}, empty_file).notes == (
        "KRAKEN_MASTER_USER_ID in the environment is ignored: the master has no user id",
    )


def test_names_are_compared_with_what_there_can_be_and_not_with_each_other(
    empty_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = []

    class Counting(difflib.SequenceMatcher[str]):
        def real_quick_ratio(self) -> float:
            compared.append(1)
            return super().real_quick_ratio()

    monkeypatch.setattr(difflib, "SequenceMatcher", Counting)
    counts = []
    for users in (20, 40):
        compared.clear()
        values = {
            f"KRAKEN_USER_N{number}_{field}": "SMPL"
            for number in range(users)
            for field in ("API_KEY", "API_SECRE")
        }
        assert len(load_settings(values, empty_file).notes) == users
        counts.append(len(compared))

    assert counts[1] == 2 * counts[0] > 0


@pytest.mark.parametrize(
    ("mode", "private"),
    [(0o600, True), (0o400, True), (0o640, False), (0o604, False), (0o644, False), (0o620, False), (0o602, False)],
)
def test_a_file_that_others_may_read_is_not_private(env_file: Path, mode: int, private: bool) -> None:
    env_file.chmod(mode)

    assert load_settings({}, env_file).env_file_is_private is private


# --- which file -----------------------------------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with check_master_user_balances.py in it; the working directory is another one."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    (folder / "check_master_user_balances.py").touch()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.setattr("kraken_accounts.config.env_file.CHECKOUT", folder)
    return folder


def test_the_file_beside_the_script_is_read_from_anywhere(checkout: Path) -> None:
    write(checkout / ".env", "KRAKEN_MASTER_API_KEY=SMPL-beside-script")

    assert load_settings({}).env_file == checkout / ".env"


def test_the_file_in_the_working_directory_comes_first(checkout: Path) -> None:
    write(checkout / ".env", "KRAKEN_MASTER_API_KEY=SMPL-beside-script")
    write(Path(".env"), "KRAKEN_USER_ZOE_API_KEY=SMPL-here")
    settings = load_settings({})

    assert settings.env_file == Path(".env")
    assert labels(settings) == ["MASTER", "USER (zoe)"]
    assert settings.accounts[0].api_key is None  # the other file is not read as well


def test_a_named_file_comes_before_both(checkout: Path) -> None:
    write(checkout / ".env", "KRAKEN_MASTER_API_KEY=SMPL-beside-script")
    write(Path(".env"), "KRAKEN_MASTER_API_KEY=SMPL-here")

    assert key_in(write(checkout / "other.env", "KRAKEN_MASTER_API_KEY=SMPL-named")) == "SMPL-named"


def test_a_folder_that_happens_to_be_called_env_is_passed_over(checkout: Path) -> None:
    Path(".env").mkdir()
    write(checkout / ".env", "KRAKEN_MASTER_API_KEY=SMPL-beside-script")

    assert load_settings({}).env_file == checkout / ".env"


def test_without_any_file_the_environment_is_enough(checkout: Path) -> None:
    settings = load_settings(MASTER)

    assert settings.env_file is None
    assert settings.env_file_is_private
    assert settings.accounts[0].problem is None


def test_outside_a_checkout_its_folder_is_not_searched(checkout: Path) -> None:
    (checkout / "check_master_user_balances.py").unlink()
    write(checkout / ".env", "KRAKEN_MASTER_API_KEY=SMPL")

    assert load_settings({}).env_file is None


def test_the_file_among_the_users_configuration_comes_last(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_user = tmp_path / "config" / "kraken-accounts" / ".env"
    of_user.parent.mkdir(parents=True)
    write(of_user, "KRAKEN_MASTER_API_KEY=SMPL-of-user")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    assert load_settings({}).env_file == of_user
    write(checkout / ".env", "KRAKEN_MASTER_API_KEY=SMPL-beside-script")
    assert load_settings({}).env_file == checkout / ".env"


def test_a_file_that_cannot_even_be_looked_at_is_no_defect(checkout: Path) -> None:
    Path(".env").symlink_to("x" * 300)  # as good as a folder that may not be entered: the system refuses to look

    with pytest.raises(ConfigurationError) as refusal:
        load_settings({})

    assert str(refusal.value) == (
        ".env: cannot be read (File name too long); make it readable for the user who runs this"
    )


# --- nothing is given away ------------------------------------------------------------------------------


def test_settings_show_no_secret() -> None:
    settings = settings_from({**MASTER, **user("ZOE"), "KRAKEN_USER_ZOE_API_OTP": "sample-otp"})

    shown = f"{settings} {settings!r} {json.dumps(settings, default=str)}"

    assert "SMPL…" in shown
    for hidden in (
        sample_key("ZOE"),
        sample_secret("ZOE"),
        sample_key("master"),
        sample_secret("master"),
        "sample-otp",
    ):
        assert hidden not in shown


def test_no_reason_shows_a_secret() -> None:
    values = {
        **MASTER,
        **user("SHARED"),
        "KRAKEN_USER_SHARED_API_KEY": sample_key("master"),
        **user("BROKEN"),
        "KRAKEN_USER_BROKEN_API_SECRET": "sample-secret-not-base64",
        **user("SPACED"),
        "KRAKEN_USER_SPACED_API_KEY": "SMPL-key-with a space",
        "KRAKEN_USER_HALF_API_SECRET": sample_secret("HALF"),
    }
    reasons = " ".join(found.reason or "" for found in settings_from(values).accounts)

    for hidden in (sample_key("master"), sample_secret("HALF"), "sample-secret-not-base64", "SMPL-key-with"):
        assert hidden not in reasons
