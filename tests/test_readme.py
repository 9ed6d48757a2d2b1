"""What the README and the sample file promise, held against the code."""

from __future__ import annotations

import inspect
import re
import runpy
from pathlib import Path

import pytest

from kraken_accounts.cli import check as check_command
from kraken_accounts.config import KRAKEN_URL, SetupProblem, load_settings
from kraken_accounts.config.variables import FIELDS
from kraken_accounts.run_variables import NOTIFY, PING

from .conftest import Sandbox
from .running import REPOSITORY, check, config
from .support import open_account, sample_key, sample_secret

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def test_lists_the_options_as_the_command_has_them() -> None:
    with_options = runpy.run_path(str(REPOSITORY / "scripts" / "readme.py"))["with_options"]

    assert with_options(README) == README, "run: make readme"
    assert all(option in README for parameter in check_command.params for option in parameter.opts)


def test_library_example_runs(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    example = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert example
    for variable, value in sandbox.env.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("KRAKEN_USER_ALPHA_USER_ID", "daivon_frazier")

    exec(compile(example[1], "README.md", "exec"), {})

    shown = capsys.readouterr().out
    assert "MASTER trading 65180.47\n" in shown
    assert "USER (daivon_frazier) trading 6911.95\n" in shown
    assert "\nXXBT 0.0310000000\n" in shown


def test_library_example_runs_on_an_account_without_bitcoin(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    example = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert example
    open_account(sandbox.exchange, "daivon", {"ZEUR": "5.0000"})
    user = "KRAKEN_USER_DAIVON"
    monkeypatch.setenv("KRAKEN_API_URL", sandbox.url)
    monkeypatch.setenv(f"{user}_API_KEY", sample_key("daivon"))
    monkeypatch.setenv(f"{user}_API_SECRET", sample_secret("daivon"))
    monkeypatch.setenv(f"{user}_USER_ID", "daivon_frazier")

    exec(compile(example[1], "README.md", "exec"), {})

    shown = capsys.readouterr().out
    assert "MASTER not-configured None\nUSER (daivon_frazier) trading 5." in shown
    assert shown.endswith("ZEUR 5.0000\n")


def test_example_of_config_toml_is_in_order(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", README, re.DOTALL)
    assert example
    path = tmp_path / "config.toml"
    path.write_text(example[1])

    run = config("--check", path)

    assert (run.returncode, run.stderr) == (0, "")
    assert "is in order (1 default, 3 accounts, 1 acceptance)" in run.stdout


def test_lines_written_by_hand_are_the_two_accounts(sandbox: Sandbox, tmp_path: Path) -> None:
    example = re.search(r"```sh\n(.*?)```", README, re.DOTALL)
    assert example
    filled = iter(
        sandbox.env[f"{owner}_API_{half}"]
        for owner in ("KRAKEN_MASTER", "KRAKEN_USER_ALPHA")
        for half in ("KEY", "SECRET")
    )
    path = tmp_path / ".env"
    path.write_text(re.sub(r"\.\.\.", lambda _: next(filled), inspect.cleandoc(example[1])))
    path.chmod(0o600)

    run = check("--format", "text", "--env-file", path, env={"KRAKEN_API_URL": sandbox.url})

    assert "✅ MASTER is trading on Kraken" in run.stdout
    assert "✅ USER (daivon_frazier) is trading on Kraken" in run.stdout


def test_sample_file_configures_nothing_and_explains_every_variable(tmp_path: Path) -> None:
    sample = REPOSITORY / ".env.example"
    uncommented = tmp_path / ".env"
    uncommented.write_text(re.sub(r"^# (KRAKEN_\w+=)", r"\1", sample.read_text(), flags=re.MULTILINE))

    settings = load_settings({}, sample)

    assert [account.account.label for account in settings.accounts] == ["MASTER", "USER (example)"]
    assert {account.problem for account in settings.accounts} == {SetupProblem.NOT_CONFIGURED}
    assert settings.url == KRAKEN_URL
    assert settings.notes == ()
    assert [account.account.label for account in load_settings({}, uncommented).accounts] == [
        "MASTER",
        "USER (example_user)",
    ]
    for field in FIELDS:
        assert f"KRAKEN_USER_EXAMPLE_{field}" in sample.read_text()
    for elsewhere in (NOTIFY, PING):
        assert elsewhere in sample.read_text()
