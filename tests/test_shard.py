"""Parts of the accounts: each account is in exactly one, and the same one on every host."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kraken_accounts.accounts import MASTER, Account, AccountType
from kraken_accounts.config import AccountSettings, ConfigurationError, Settings, SetupProblem
from kraken_accounts.shard import MOST_SHARDS, Shard

from .support import sample_credentials

USERS = tuple(Account(AccountType.USER, f"investor_{number:03}") for number in range(300))
SETTINGS = Settings(
    "http://127.0.0.1:1",
    tuple(
        AccountSettings(account, "KRAKEN", sample_credentials(account.selector)) for account in (MASTER, *USERS)
    ),
)


def in_part(index: int, of: int) -> list[str]:
    return [one.account.selector for one in SETTINGS.shard(index, of).accounts]


@pytest.mark.parametrize("of", range(1, 8))
def test_every_account_is_in_exactly_one_part(of: int) -> None:
    shared_out = [selector for index in range(1, of + 1) for selector in in_part(index, of)]

    assert sorted(shared_out) == sorted(one.account.selector for one in SETTINGS.accounts)


def test_the_parts_are_of_about_the_same_size() -> None:
    assert [len(in_part(index, 4)) for index in range(1, 5)] == [87, 70, 65, 79]


def test_an_account_is_in_the_same_part_on_every_host() -> None:
    """Written down: neither another process nor another version may move it."""
    names = ("master", "alpha", "bravo", "charlie", "daivon_frazier")
    users = (MASTER, *(Account(AccountType.USER, name) for name in names[1:]))

    found = {user.selector: next(i for i in range(1, 4) if Shard(i, 3).has(user)) for user in users}

    assert found == {"master": 1, "alpha": 3, "bravo": 2, "charlie": 1, "daivon_frazier": 1}


def test_an_account_that_comes_moves_no_other() -> None:
    fewer = replace(SETTINGS, accounts=SETTINGS.accounts[:200])

    for index in range(1, 6):
        before = [one.account.selector for one in fewer.shard(index, 5).accounts]
        assert in_part(index, 5)[: len(before)] == before


def test_the_others_are_left_out_after_those_of_a_selection() -> None:
    selected = SETTINGS.select(["master", *(user.selector for user in USERS[:20])])

    part = selected.shard(1, 2)

    assert part.part == Shard(1, 2)
    assert {one.account for one in part.accounts} <= {MASTER, *USERS[:20]}
    assert {one.account for one in part.accounts} | set(part.left_out) == {MASTER, *USERS}


def test_a_part_may_be_empty() -> None:
    one = SETTINGS.select(["master"])

    assert [len(one.shard(index, 3).accounts) for index in range(1, 4)].count(0) == 2


def test_nothing_is_shared_out_where_no_account_has_a_key() -> None:
    """Else all parts but one would say that all is well."""
    unset = AccountSettings(MASTER, "KRAKEN_MASTER", None, SetupProblem.NOT_CONFIGURED)

    with pytest.raises(ConfigurationError, match=r"no account has a key.* name it with --env-file"):
        replace(SETTINGS, accounts=(unset,)).shard(1, 3)


@pytest.mark.parametrize(("text", "index", "of"), [("1/1", 1, 1), ("2/3", 2, 3), ("007/010", 7, 10)])
def test_is_read(text: str, index: int, of: int) -> None:
    assert Shard.parse(text) == Shard(index, of)


@pytest.mark.parametrize(
    "text",
    [
        *("3/2", "0/2", "1/0", "0/0", f"1/{MOST_SHARDS + 1}", "1/99999999999999999999"),
        *("x", "", "1", "/2", "1/", "-1/2", "+1/2", "1/2/3", "1.5/2", "1 /2", "１/２"),
    ],
)
def test_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no part: I/N needs|is not I/N, as in 2/3"):
        Shard.parse(text)
