"""The text of a `.env` with other values in it: what is meant changes, and nothing else does."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from dotenv.parser import parse_stream
from hypothesis import given
from hypothesis import strategies as st

from kraken_accounts.config import ConfigurationError
from kraken_accounts.config.env_file import parsed
from kraken_accounts.config.env_text import changed
from kraken_accounts.config.secret import Secret

ZOE = "KRAKEN_USER_ZOE"
KEY, SECRET = f"{ZOE}_API_KEY", f"{ZOE}_API_SECRET"
NEW = {KEY: Secret("new-key"), SECRET: Secret("bmV3")}
LINES = f"{KEY}=new-key\n{SECRET}=bmV3\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", LINES),
        ("\n", f"\n{LINES}"),
        ("A=1", f"A=1\n\n{LINES}"),
        ("A=1\n\n\n", f"A=1\n\n\n\n{LINES}"),
        ("A=1\r\n", f"A=1\n\n{LINES}".replace("\n", "\r\n")),
        ("A=1\rB=2", f"A=1\nB=2\n\n{LINES}".replace("\n", "\r")),
        ("\ufeffA=1\n", f"\ufeffA=1\n\n{LINES}"),
        (f"{KEY}=<paste>\n{SECRET}=\nA=1\n", f"{LINES}A=1\n"),
        (f"{SECRET}=old\nA=1\n", f"{SECRET}=bmV3\n{KEY}=new-key\nA=1\n"),
        (f"{ZOE}_USER_ID=zoe\nA=1\n", f"{ZOE}_USER_ID=zoe\n{LINES}A=1\n"),
        (f"{ZOE}_USER_ID=zoe", f"{ZOE}_USER_ID=zoe\n{LINES}"),
        (f"{ZOE}_2_USER_ID=zoe\n", f"{ZOE}_2_USER_ID=zoe\n\n{LINES}"),
        (f"# {KEY}=old\n", f"# {KEY}=old\n\n{LINES}"),
        (f"{KEY}=a\n{SECRET}=b\n{KEY}=a\n", f"{LINES}{KEY}=new-key\n"),
        (f"{KEY} = 'a' # mine\n{SECRET}=b#b # his\n", f"{KEY} = new-key # mine\n{SECRET}=bmV3 # his\n"),
        (f'{KEY}="a\nb"\n{SECRET}=b', f"{KEY}=new-key\n{SECRET}=bmV3"),
        (f"  export {KEY}=a\n\n\t{SECRET}=b  \n", f"  export {KEY}=new-key\n\n\t{SECRET}=bmV3\n"),
        ("export KRAKEN_API_URL=x\n", f"export KRAKEN_API_URL=x\n\nexport {KEY}=new-key\nexport {SECRET}=bmV3\n"),
        (f"'{KEY}'=a\n{SECRET}=b\n", f"'{KEY}'=new-key\n{SECRET}=bmV3\n"),
    ],
)
def test_values_come_into_their_place(before: str, after: str) -> None:
    assert changed(before.encode(), ZOE, NEW).decode() == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"A=1\n\n# hers\n{KEY}=a\n{SECRET}='b\nc'\n\nB=2\n", "A=1\n\n# hers\n\nB=2\n"),
        (f"{KEY}=a", ""),
        (f"A=1\r\n\r\nexport {KEY}=a\r\n", "A=1\r\n"),
        ("A=1\n", "A=1\n"),
    ],
)
def test_lines_go(before: str, after: str) -> None:
    assert changed(before.encode(), ZOE, dict.fromkeys(NEW)).decode() == after


pieces = st.sampled_from(
    [
        KEY,
        SECRET,
        f"{ZOE}_USER_ID",
        "A",
        "export ",
        "=",
        "'",
        '"',
        "#",
        " ",
        "\n",
        "\r\n",
        "\r",
        "\t",
        "x",
        "ä",
        "\\",
    ]
)


@given(text=st.lists(pieces, max_size=40).map("".join))
def test_whatever_the_file_says_only_these_values_change(text: str) -> None:
    try:
        before = parsed(text.encode(), Path(".env"))
    except ConfigurationError:
        return  # nobody changes what cannot be understood

    after = changed(text.encode(), ZOE, NEW).decode()

    assert parsed(after.encode(), Path(".env")) == {**before, **NEW}
    assert others(after) == others(text)


def others(text: str) -> list[tuple[str | None, str | None]]:
    """All that does not concern the account, and each comment."""
    bindings = list(parse_stream(io.StringIO(text)))
    return [(one.key, one.value) for one in bindings if one.key not in NEW and one.key is not None]
