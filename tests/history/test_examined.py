"""What the doctor says of a store, which it leaves as it is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kraken_accounts.history import schema

from ..conftest import Sandbox
from ..running import check, doctor
from .conftest import opened


def place(store: dict[str, str]) -> str:
    if "KRAKEN_ACCOUNTS_STORE" in store:
        return "a PostgreSQL, named by KRAKEN_ACCOUNTS_STORE"
    return f"{store['XDG_STATE_HOME']}/kraken-accounts/history.sqlite"


def test_its_schema(store: dict[str, str], sandbox: Sandbox) -> None:
    env = {**sandbox.env, **store}
    ours = len(schema.MIGRATIONS)

    before = doctor("--account", "alpha", env=env)
    check(env=env)
    after = doctor("--account", "alpha", env=env)

    assert f"-  history: {place(store)}: nothing was recorded yet\n" in before.stdout
    assert (after.returncode, after.stderr) == (0, "")
    assert f"✅ history: {place(store)}, schema {ours}\n" in after.stdout
    assert "postgresql://" not in after.stdout


def test_an_older_schema_is_not_brought_up_to_date(
    store: dict[str, str], sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = {**sandbox.env, **store}
    check(env=env)
    history = opened(store)
    newest = len(schema.MIGRATIONS) + 1

    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, ()))

    assert [history.schema() for _ in range(2)] == [(newest - 1, newest)] * 2


def test_a_newer_schema_is_wrong(store: dict[str, str], sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    env = {**sandbox.env, **store}
    check(env=env)
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, ()))
    opened(store).prune(datetime.now(UTC))

    run = doctor("--account", "alpha", env=env)

    assert run.returncode == 1
    assert "❌ history: " in run.stdout
