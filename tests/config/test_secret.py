from __future__ import annotations

import copy
import dataclasses
import json
import logging
import pickle
import pprint
import traceback

import pytest

from kraken_accounts.config import Credentials
from kraken_accounts.config.secret import ApiKey, Secret

VALUE = "sample-secret-of-nobody"
KEY = "SMPL-master-key-not-a-real-one"


def test_only_reveal_gives_the_value_away() -> None:
    assert Secret(VALUE).reveal() == VALUE
    assert ApiKey(KEY).reveal() == KEY


def test_a_secret_is_shown_as_nothing() -> None:
    secret = Secret(VALUE)

    assert str(secret) == "<hidden>"
    assert repr(secret) == "Secret(<hidden>)"
    assert f"{secret}" == "<hidden>"
    assert f"{secret!r:>18}" == "  Secret(<hidden>)"
    assert f"{secret:*^12}" == "**<hidden>**"
    assert "{0} {0!r}".format(secret) == "<hidden> Secret(<hidden>)"  # noqa: UP032
    assert "%s %r" % (secret, secret) == "<hidden> Secret(<hidden>)"  # noqa: UP031
    assert pprint.pformat({"secret": [secret]}) == "{'secret': [Secret(<hidden>)]}"


def test_a_key_is_shown_by_its_first_four_characters() -> None:
    key = ApiKey(KEY)

    assert str(key) == "SMPL…"
    assert repr(key) == "ApiKey(SMPL…)"
    assert f"{key:>7}" == "  SMPL…"


@pytest.mark.parametrize("secret", [Secret(VALUE), ApiKey(KEY)])
def test_json_refuses_it_without_a_word_of_it(secret: Secret) -> None:
    with pytest.raises(TypeError) as refusal:
        json.dumps({"secret": secret})

    assert secret.reveal() not in str(refusal.value)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("secret", [Secret(VALUE), ApiKey(KEY)])
def test_no_pickle_holds_it(secret: Secret, protocol: int) -> None:
    with pytest.raises(TypeError, match=r"^secrets are never pickled$"):
        pickle.dumps({"secret": secret}, protocol)


@pytest.mark.parametrize("secret", [Secret(VALUE), ApiKey(KEY)])
def test_a_copy_is_as_discreet(secret: Secret) -> None:
    for twin in (copy.copy(secret), copy.deepcopy(secret), copy.deepcopy({"a": [secret]})["a"][0]):
        assert twin == secret
        assert twin.reveal() == secret.reveal()
        assert secret.reveal() not in f"{twin} {twin!r}"


@pytest.mark.parametrize("secret", [Secret(VALUE), ApiKey(KEY)])
def test_it_has_no_dictionary_to_look_into(secret: Secret) -> None:
    with pytest.raises(TypeError):
        vars(secret)


def test_a_dataclass_that_holds_it_stays_discreet() -> None:
    credentials = Credentials(ApiKey(KEY), Secret(VALUE), otp=Secret("sample-otp"))

    shown = f"{credentials} {dataclasses.asdict(credentials)} {dataclasses.astuple(credentials)}"

    assert "ApiKey(SMPL…)" in shown
    assert "Secret(<hidden>)" in shown
    for hidden in (KEY, VALUE, "sample-otp"):
        assert hidden not in shown


def test_a_traceback_of_an_exception_that_holds_it_stays_discreet() -> None:
    try:
        raise ValueError("cannot use", Secret(VALUE), ApiKey(KEY))
    except ValueError as error:
        locals_too = traceback.TracebackException.from_exception(error, capture_locals=True)

    shown = "".join(locals_too.format())

    assert "Secret(<hidden>)" in shown
    assert VALUE not in shown.replace(f"VALUE = '{VALUE}'", "")
    assert "SMPL-" not in shown


def test_a_log_of_it_stays_discreet(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("test").warning("%s and %r", Secret(VALUE), {"key": ApiKey(KEY)})

    assert caplog.messages == ["<hidden> and {'key': ApiKey(SMPL…)}"]


def test_secrets_are_equal_only_to_their_own_kind_and_value() -> None:
    assert Secret(VALUE) == Secret(VALUE)
    assert hash(Secret(VALUE)) == hash(Secret(VALUE))
    assert Secret(VALUE) != Secret(VALUE + "x")
    assert Secret(KEY) != ApiKey(KEY)
    assert Secret(VALUE) != VALUE


def test_bytes_that_are_no_text_can_be_compared_too() -> None:
    # How Python hands on an environment variable that is not UTF-8.
    assert Secret("caf\udce9") == Secret("caf\udce9")
    assert Secret("caf\udce9") != Secret("caf\udce8")
