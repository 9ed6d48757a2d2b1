"""A statement as one page that can be sent to whom it is about: charts, figures, holdings, and what they cover.

The file is whole: it has no script and loads nothing, which its own policy forbids as well. Jinja2 escapes all
that is written into it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from decimal import Decimal
from importlib import resources
from typing import Any

from .. import __version__, money
from ..history.caveats import moment
from ..history.model import Held
from ..history.performance import Performance
from ..history.periods import By
from ..history.statement import AccountStatement, Statement
from .charts import Bar, Charts
from .history_phrases import UNKNOWN, HistoryPhrases
from .history_table import shown_accounts
from .interface import Format, View
from .phrases import DEMO

_PLACE = "page"
_MOST_HELD = 30  # assets that are listed of one account


class HistoryHtmlFormat(Format[Statement]):
    """HTML, as https://html.spec.whatwg.org has it; the policy is https://www.w3.org/TR/CSP3/."""

    def render(self, report: Statement, view: View) -> str:  # noqa: ARG002 - a page has the encoding that it says
        import jinja2

        styles = _read("history.css")
        environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
        template = environment.from_string(_read("history.html.jinja"))
        return template.render(**_Page(report).fields(), styles=styles, policy=_policy(styles)) + "\n"


def _read(name: str) -> str:
    return resources.files(__package__).joinpath(_PLACE, name).read_text(encoding="utf-8")


def _policy(styles: str) -> str:
    """Nothing may be loaded or run, and only these styles count."""
    digest = base64.b64encode(hashlib.sha256(styles.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


class _Page:
    """What the template is given: words and drawings, all amounts as they are written."""

    def __init__(self, statement: Statement) -> None:
        self._statement = statement
        self._phrases = HistoryPhrases(statement)
        self._charts = Charts(lambda amount: _short(amount, statement.quote))
        self._several = len(statement.accounts) != 1

    def fields(self) -> dict[str, Any]:
        statement = self._statement
        shown = shown_accounts(statement)
        return {
            "demo": DEMO if statement.demo else "",
            "title": "All accounts" if self._several else _name(statement.accounts[0]),
            "dates": self._dates(),
            "quote": statement.quote,
            "by": statement.by.value,
            "together": self._account(statement.all) if self._several else None,
            "lines": [self._line(one.overall, _name(one)) for one in shown],
            "accounts": [self._account(one) for one in statement.accounts],
            "unexplained": any(one.overall.unexplained for one in shown),
            "made": moment(statement.generated_at),
            "version": __version__,
        }

    def _dates(self) -> str:
        span = self._statement.span
        return f"{span.start.day} {span.start:%B %Y} to {span.end.day} {span.end:%B %Y}"

    def _account(self, one: AccountStatement) -> dict[str, Any]:
        name = _name(one)
        known = [worth for worth in one.days.values() if worth is not None]
        bars = list(self._bars(one))
        by = self._statement.by.value
        return {
            "name": name,
            "overall": self._line(one.overall, name),
            "worth": (
                self._charts.worth(one.days, one.flows, f"What {name} was worth at the end of each day")
                if len(known) > 1
                else None
            ),
            "gains": (
                self._charts.bars(bars, f"What {name} has gained by {by}")
                if any(bar.amount is not None for bar in bars)
                else None
            ),
            "paid_in": any(flow.amount > 0 for flow in one.flows),
            "paid_out": any(flow.amount < 0 for flow in one.flows),
            "holdings": list(self._holdings(one)),
            "periods": [self._line(period, self._phrases.period(period)) for period in one.periods],
            "notes": list(self._notes(one)),
            "caveats": list(self._phrases.caveats(one)),
        }

    def _line(self, found: Performance, name: str) -> dict[str, str]:
        phrases, gain = self._phrases, found.gain
        return {
            "name": name,
            "start": phrases.amount(found.start),
            "deposits": phrases.amount(found.deposits),
            "withdrawals": phrases.amount(found.withdrawals),
            "fees": phrases.amount(found.fees),
            "rewards": phrases.amount(found.rewards),
            "gain": phrases.difference(gain),
            "way": "" if not gain else "gain" if gain > 0 else "loss",
            "unexplained": phrases.difference(found.unexplained) if found.unexplained else "",
            "end": phrases.amount(found.end),
            "rate": phrases.rate(found.rate),
        }

    def _bars(self, one: AccountStatement) -> Iterator[Bar]:
        for period in one.periods:
            says = f"{self._phrases.period(period)}: {self._phrases.difference(period.gain)}"
            yield Bar(self._label(period), says, period.gain)

    def _label(self, period: Performance) -> str:
        start = period.span.start
        if self._statement.by is By.MONTH:
            return f"{start:%b %Y}"
        return f"{start.day} {start:%b}"

    def _holdings(self, one: AccountStatement) -> Iterator[dict[str, str]]:
        held = one.holdings or ()
        whole = money.total(value for each in held if (value := each.value) is not None)
        for each in held[:_MOST_HELD]:
            yield self._held(each, whole)
        if others := held[_MOST_HELD:]:
            rest = money.total(value for each in others if (value := each.value) is not None)
            yield {
                "asset": f"{len(others)} more",
                "amount": "",
                "price": "",
                "value": self._phrases.amount(rest),
                "share": _share(rest, whole),
            }

    def _held(self, each: Held, whole: Decimal) -> dict[str, str]:
        quote = self._statement.quote
        return {
            "asset": each.asset,
            "amount": f"{each.amount:,f}",
            "price": UNKNOWN if each.price is None else money.formatted_price(each.price, quote),
            "value": self._phrases.amount(each.value),
            "share": "" if each.value is None else _share(each.value, whole),
        }

    def _notes(self, one: AccountStatement) -> Iterator[str]:
        found = one.overall
        if found.began is not None and found.ended is not None:
            yield f"From the check of {moment(found.began)} to that of {moment(found.ended)}."
        if one.covers:
            yield f"Counted is {self._phrases.covers(one)}, at Kraken’s prices of each check."


def _name(one: AccountStatement) -> str:
    if one.account is None:
        return "All accounts"
    return one.account.user_id or "Master"


def _share(value: Decimal, whole: Decimal) -> str:
    return f"{round(100 * value / whole, 1)} %" if whole > 0 and value >= 0 else ""


def _short(amount: Decimal, quote: str) -> str:
    """Without cents where there are none."""
    written = money.formatted(amount, quote)
    return written.replace(".00", "") if amount == amount.to_integral_value() and "." in written else written


FORMAT = HistoryHtmlFormat()
