"""Links to Kraken's documentation lead to the pages that it has now, not to those of an earlier layout."""

from __future__ import annotations

import re

import pytest

from .running import REPOSITORY

LINK = re.compile(r"https://docs\.kraken\.com/[\w./-]*[\w/]")
PRESENT = re.compile(
    r"https://docs\.kraken\.com/(exchange/changelog|"
    r"(api-reference/(account-data|earn|funding|market-data|subaccounts|trading)|exchange/guides/(general|rest))/"
    r"[a-z0-9-]+)"
)
FILES = [
    path
    for folder in ("src", "tests", "docs", ".")
    for path in sorted((REPOSITORY / folder).glob("*" if folder == "." else "**/*"))
    if path.suffix in (".py", ".md", ".csv", ".json", ".toml")
]


@pytest.mark.parametrize(
    ("link", "present"),
    [
        ("https://docs.kraken.com/api-reference/trading/add-order", True),
        ("https://docs.kraken.com/exchange/guides/rest/ratelimits", True),
        ("https://docs.kraken.com/" + "api/docs/rest-api/add-order", False),
        ("https://docs.kraken.com/" + "rest/", False),
    ],
)
def test_an_old_link_would_be_found(link: str, present: bool) -> None:
    assert bool(PRESENT.fullmatch(link)) is present


def test_links_to_krakens_documentation_are_of_its_present_layout() -> None:
    links = {(path.name, link) for path in FILES for link in LINK.findall(path.read_text())}

    assert len(links) > 20
    assert [(name, link) for name, link in sorted(links) if not PRESENT.fullmatch(link)] == []
