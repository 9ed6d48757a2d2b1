"""What stands in a field of CSV."""

from __future__ import annotations

import re

from ..text import fit

# Some spreadsheets drop the spaces in front, and some read the wide signs of East Asian keyboards alike.
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def cell(value: str, encoding: str) -> str:
    """The value as the text or the number that it is, in characters that the encoding has.

    What a spreadsheet would calculate begins with an apostrophe, which says "this is text"; numbers do not.
    Source: https://owasp.org/www-community/attacks/CSV_Injection
    """
    shown = fit(value, encoding)
    return f"'{shown}" if _FORMULA.match(shown) and not _NUMBER.fullmatch(shown) else shown


def flag(true: bool) -> str:
    return "true" if true else "false"
