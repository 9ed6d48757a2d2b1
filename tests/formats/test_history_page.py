"""The page: whole, valid, harmless, and about nobody else."""

from __future__ import annotations

import base64
import hashlib
import re
from decimal import Decimal
from typing import Any

import html5lib
import pytest

from kraken_accounts.formats import View, load
from kraken_accounts.history.model import Held
from kraken_accounts.history.periods import By
from kraken_accounts.history.statement import Statement

from ..history.worlds import World, day
from ..support import mostly_soak
from .statements import idle, statement, trader

HOSTILE = "<script>alert(1)</script>"


def page(of: Statement) -> str:
    return load("history_html").render(of, View())


def parsed(text: str) -> Any:
    """The document; a fault in it, as HTML has them, would fail the test."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)


def of_kind(document: Any, name: str) -> list[Any]:
    """The elements of that name, be they of HTML or of SVG."""
    return [one for one in document.iter() if isinstance(one.tag, str) and one.tag.rpartition("}")[2] == name]


PAGES = {
    "one": [trader()],
    "several": [trader(), idle(), World("bravo")],
    "nothing": [World("master")],
    "thirty": [trader("master"), *(trader(f"investor_{number:02}", 500 * number) for number in range(1, 30))],
}


@pytest.mark.parametrize("by", mostly_soak(By))
@pytest.mark.parametrize("worlds", PAGES.values(), ids=PAGES)
def test_is_valid_html(worlds: list[World], by: By) -> None:
    text = page(statement(worlds, by=by))

    document = parsed(text)

    assert text.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert len(of_kind(document, "h1")) == 1
    ids = [one.get("id") for one in document.iter() if one.get("id")]
    assert len(ids) == len(set(ids))


def test_has_no_script_and_loads_nothing() -> None:
    document = parsed(page(statement(PAGES["several"])))

    for name in ("script", "link", "img", "iframe", "object", "embed", "form", "image", "use", "a", "base"):
        assert of_kind(document, name) == [], name
    for element in document.iter():
        for attribute in element.attrib:
            assert not str(attribute).startswith("on"), attribute
            assert attribute not in ("style", "src", "href", "srcset", "action", "data"), attribute
    (styles,) = of_kind(document, "style")
    assert "url(" not in styles.text
    assert "@import" not in styles.text


def test_its_policy_allows_its_own_styles_and_nothing_else() -> None:
    document = parsed(page(statement(PAGES["several"])))

    (styles,) = of_kind(document, "style")
    (policy,) = [one.get("content") for one in of_kind(document, "meta") if one.get("http-equiv")]
    digest = base64.b64encode(hashlib.sha256(styles.text.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_nothing_that_others_have_named_is_more_than_text() -> None:
    held = (Held(HOSTILE, Decimal(1), Decimal(2)),)
    world = trader("<b>&amp;")
    world.book(day(2.9), HOSTILE, "USD", "1")
    world.check(day(3.5))

    document = parsed(page(statement([world], until=day(4), held=held)))

    assert of_kind(document, "script") == []
    assert of_kind(document, "b") == []
    words = " ".join(document.itertext())
    assert "<b>&amp;" in words
    assert words.count(HOSTILE) == 2


def test_shows_what_was_paid_where_a_total_counts_it_first() -> None:
    document = parsed(page(statement([trader()])))

    marks = [one for one in of_kind(document, "circle") if "mark" in one.get("class", "")]
    assert [(one.get("class"), "".join(one.itertext())) for one in marks] == [
        ("mark in", "2026-01-02: $500 paid in"),
        ("mark out", "2026-01-03: $100 paid out"),
    ]
    dots = [one for one in of_kind(document, "circle") if one.get("class") == "dot"]
    assert marks[0].get("cx") == dots[2].get("cx")
    assert "".join(dots[1].itertext()) == "2026-01-01: $31,500"
    bars = [
        ("".join(one.itertext()), one.get("class")) for one in of_kind(document, "rect") if "".join(one.itertext())
    ]
    assert bars == [
        ("2026-01-01: +$500.00", "gained"),
        ("2026-01-02: -$1.59", "lost"),
        ("2026-01-03: -$197.94", "lost"),
    ]


def test_a_gap_is_a_gap_in_the_line() -> None:
    world = trader()
    world.check(day(5))
    world.check(day(6))

    whole, broken = page(statement([trader()])), page(statement([world], until=day(6)))

    lines = [len(re.findall(r'<path [^>]*class="line reactive nofill"', text)) for text in (whole, broken)]
    assert lines == [1, 2]


def test_figures_are_the_same_as_elsewhere() -> None:
    document = parsed(page(statement([trader()])))

    told = ["".join(one.itertext()).strip() for one in of_kind(document, "dd")]
    assert told == [
        "$31,700.47",
        "+$300.47return +0.98 %",
        "$31,000.00",
        "$500.00",
        "$100.00",
        "$1.59of the gain",
        "$6.06of the gain",
    ]


def test_what_is_unknown_is_said_and_drawn_nowhere() -> None:
    document = parsed(page(statement([World("bravo")], held=None)))

    assert of_kind(document, "svg") == []
    assert ["".join(one.itertext()).strip() for one in of_kind(document, "dd")][:2] == [
        "unknown",
        "unknownreturn unknown",
    ]
    assert "No check has found a whole total in this time." in " ".join(document.itertext())


def test_one_account_has_no_word_of_the_others() -> None:
    text = page(statement([trader("bravo", 777)]))

    assert "All accounts" not in text
    assert "Master" not in text
    assert "<title>bravo, 1 January 2026 to 4 January 2026</title>" in text


def test_thirty_accounts_are_a_page_that_can_be_sent() -> None:
    text = page(statement(PAGES["thirty"]))

    assert len(text) < 1_500_000
    assert text.count("<section>") == 30
    assert text.count("<svg") == 62
