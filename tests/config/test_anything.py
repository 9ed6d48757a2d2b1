"""What holds of any environment and any file: there are accounts or one sentence, and no secret shows."""

from __future__ import annotations

import base64
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_accounts.config import ConfigurationError, load_settings

names = st.sampled_from(["KRAKEN_MASTER", "KRAKEN_USER_A", "KRAKEN_USER_B", "KRAKEN_USER_A_B", "KRAKEN_USER_"])
fields = st.sampled_from(["_API_KEY", "_API_SECRET", "_API_OTP", "_USER_ID", "_NONCE_UNIT", ""])
odd_texts = st.text(st.characters(exclude_characters="\0"))  # the environment has no NUL
values = odd_texts | st.binary(min_size=1, max_size=80).map(lambda secret: base64.b64encode(secret).decode())


@pytest.fixture(scope="module")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / ".env"
    path.touch(0o600)
    return path


@given(
    variables=st.dictionaries(
        st.builds(str.__add__, names, fields) | st.just("KRAKEN_API_URL"), values, max_size=9
    )
)
def test_whatever_the_environment_says_there_are_accounts_or_one_sentence(
    variables: dict[str, str], empty_file: Path
) -> None:
    try:
        found = load_settings(variables, empty_file)
    except ConfigurationError as refusal:
        assert len(str(refusal).splitlines()) == 1
        return
    assert found.accounts[0].account.user_id is None
    keys = [one.credentials.api_key for one in found.accounts if one.credentials]
    assert len(set(keys)) == len(keys)
    assert all(one.reason for one in found.accounts if not one.credentials)


@given(secret=st.text(string.ascii_letters + string.digits, min_size=20), otp=st.text("qxz", min_size=8))
def test_no_secret_shows_in_what_is_loaded(secret: str, otp: str, empty_file: Path) -> None:
    encoded = base64.b64encode(secret.encode()).decode()
    variables = {"KRAKEN_MASTER_API_KEY": "SMPL-key", "KRAKEN_MASTER_API_SECRET": encoded}
    variables["KRAKEN_MASTER_API_OTP"] = otp
    shown_of_it = repr(load_settings(variables, empty_file))
    assert encoded[:6] not in shown_of_it
    assert otp not in shown_of_it
    assert "SMPL…" in shown_of_it


@given(content=st.binary(max_size=200) | st.text().map(lambda text: f"KRAKEN_MASTER_API_KEY={text}".encode()))
def test_whatever_the_file_says_it_is_read_or_refused(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("env") / ".env"
    path.write_bytes(content)
    try:
        load_settings({}, path)
    except ConfigurationError as refusal:
        assert str(refusal)
