"""Charts as SVG that stands in a page: what an account was worth, with what was paid, and what was gained when.

Pygal draws them. It needs numbers with a fraction for the places on the paper, which are for the eye alone; all
that is written is the exact amount. What it draws has classes, so that the page's own styles colour it, for light
and dark; its styles, its script and its remarks are taken away. A pointer on a mark shows what it stands for.
Source: https://www.pygal.org/en/stable/documentation/configuration/chart.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from ..history.returns import Flow, Valuation

_WIDTH, _HEIGHT, _LOW = 560, 200, 150
_LABELS = 6  # of days below a chart
_FONT = 14  # what a label takes on a phone, where the drawing is small
_MOST_DOTTED = 62  # days; on a longer line a dot each would be a line of their own
_MANY_MARKS = 20
_DROPPED = {"style", "script", "defs", "title", "desc"}
_OVERLAYS = {"text-overlay", "tooltip-overlay", "titles"}
_SAYS = "data-says"
_STEPS = (Decimal(1), Decimal(2), Decimal(5), Decimal(10))


@dataclass(frozen=True, slots=True)
class Bar:
    """One of a chart.

    Attributes:
        label: below it.
        says: what a pointer on it shows.
        amount: how high it is; None where that is unknown.
    """

    label: str
    says: str
    amount: Decimal | None


class Charts:
    """Draws them.

    Args:
        money: how an amount is written.
    """

    def __init__(self, money: Callable[[Decimal], str]) -> None:
        self._money = money

    def worth(self, days: Mapping[date, Valuation | None], flows: Iterable[Flow], title: str) -> str:
        """What was there at the end of each day, with a mark for what was paid in or out, and nothing in a gap."""
        import pygal

        chart = pygal.DateTimeLine(**_common(_HEIGHT), x_value_formatter=lambda at: f"{at.day} {at:%b}")
        known = [worth.amount for worth in days.values() if worth is not None]
        chart.y_labels = self._labels(_ticks(known))
        chart.x_labels = _spread([_noon(day) for day in days])
        for line in _unbroken(days):
            points = [self._point(day, amount, f"{day}: {self._money(amount)}") for day, amount in line]
            chart.add("area", points, fill=True, show_dots=False)
            chart.add("line", points, show_dots=len(days) <= _MOST_DOTTED or len(line) == 1, dots_size=1.5)
        marks = list(self._marks(days, flows))
        chart.add("marks", marks, stroke=False, dots_size=4 if len(marks) <= _MANY_MARKS else 2.5)
        return _drawn(chart, title)

    def bars(self, bars: Sequence[Bar], title: str) -> str:
        """What was gained in each of the periods; nothing where that is unknown."""
        import pygal

        chart = pygal.Bar(**_common(_LOW), spacing=4, truncate_label=-1, show_minor_x_labels=False)
        every = -(-len(bars) // _LABELS)
        chart.x_labels = [f"{number} {bar.label}" for number, bar in enumerate(bars)]
        chart.x_labels_major = chart.x_labels[::every]
        known = [bar.amount for bar in bars if bar.amount is not None]
        chart.y_labels = self._labels(_ticks([*known, Decimal(0)]))
        chart.add("gains", [None if bar.amount is None else self._bar(bar, bar.amount) for bar in bars])
        return _drawn(chart, title, {f"{number} {bar.label}": bar.label for number, bar in enumerate(bars)})

    def _marks(self, days: Mapping[date, Valuation | None], flows: Iterable[Flow]) -> Iterator[dict[str, Any]]:
        """Where something was paid in or out: at the first total that counts it."""
        known = [(day, worth) for day, worth in days.items() if worth is not None]
        for flow in flows:
            after = next(((day, worth) for day, worth in known if worth.at >= flow.at), None)
            if after is not None and flow.amount:
                way, what = ("in", "paid in") if flow.amount > 0 else ("out", "paid out")
                says = f"{flow.at:%Y-%m-%d}: {self._money(flow.amount.copy_abs())} {what}"
                yield self._point(after[0], after[1].amount, says, f"mark {way}")

    def _point(self, day: date, amount: Decimal, says: str, kind: str = "dot") -> dict[str, Any]:
        return {"value": (_noon(day), float(amount)), "node": {_SAYS: says, "class": kind}}

    def _bar(self, bar: Bar, amount: Decimal) -> dict[str, Any]:
        return {"value": float(amount), "node": {_SAYS: bar.says, "class": "lost" if amount < 0 else "gained"}}

    def _labels(self, ticks: Iterable[Decimal]) -> list[dict[str, Any]]:
        return [{"label": self._money(tick), "value": float(tick)} for tick in ticks]


def _common(height: int) -> dict[str, Any]:
    from pygal.style import Style

    return {
        "style": Style(label_font_size=_FONT, major_label_font_size=_FONT),
        "css": [],
        "js": [],
        "no_prefix": True,
        "disable_xml_declaration": True,
        "show_legend": False,
        "width": _WIDTH,
        "height": height,
        "margin": 6,
        "margin_right": 16,
        "no_data_text": "",
    }


def _unbroken(days: Mapping[date, Valuation | None]) -> Iterator[list[tuple[date, Decimal]]]:
    """The days that follow each other without a gap."""
    line: list[tuple[date, Decimal]] = []
    for day, worth in days.items():
        if worth is not None:
            line.append((day, worth.amount))
        elif line:
            yield line
            line = []
    if line:
        yield line


# --- what pygal has drawn -------------------------------------------------------------------------------


def _drawn(chart: Any, title: str, labels: Mapping[str, str] | None = None) -> str:
    chart.add_xml_filter(lambda root: _bare(root, title, labels or {}))
    return str(chart.render(is_unicode=True))


def _bare(root: Any, title: str, labels: Mapping[str, str]) -> Any:
    """The drawing, without what the page has no use for, or its policy forbids.

    Args:
        labels: what to write in place of some words.
    """
    for element in list(root.iter()):
        for child in list(element):
            # A remark has no name.
            if not isinstance(child.tag, str) or child.tag in _DROPPED or _OVERLAYS & _classes(child):
                element.remove(child)
        element.attrib.pop("style", None)
        if not element.get("class", "").strip():
            element.attrib.pop("class", None)
        if element.tag == "path":
            element.set("vector-effect", "non-scaling-stroke")  # as wide on a phone as on paper
        if element.tag == "text" and element.text in labels:
            element.text = labels[element.text]
        if (says := element.attrib.pop(_SAYS, None)) is not None:
            told = element.makeelement("title", {})
            told.text = says
            element.append(told)
    for name in ("id", "xmlns"):
        root.attrib.pop(name, None)
    root.set("role", "img")
    root.set("aria-label", title)
    return root


def _classes(element: Any) -> set[str]:
    return set(element.get("class", "").split())


# --- places on the paper --------------------------------------------------------------------------------


def _noon(day: date) -> datetime:
    return datetime.combine(day, time_of_day(12), UTC)


def _spread(moments: Sequence[datetime]) -> list[datetime]:
    """A few of them, evenly."""
    if len(moments) <= _LABELS:
        return list(moments)
    return [moments[number * (len(moments) - 1) // (_LABELS - 1)] for number in range(_LABELS)]


def _ticks(amounts: Sequence[Decimal], about: int = 4) -> list[Decimal]:
    """Round amounts, from one that is not above the least to one that is not below the greatest."""
    least, greatest = min(amounts, default=Decimal(0)), max(amounts, default=Decimal(0))
    if least == greatest:
        apart = abs(least) / 10 or Decimal(1)
        least, greatest = least - apart, greatest + apart
    rough = (greatest - least) / about
    step = next(s for factor in _STEPS if (s := factor.scaleb(rough.adjusted())) >= rough)
    first = (least / step).to_integral_value(ROUND_FLOOR)
    last = -((-greatest / step).to_integral_value(ROUND_FLOOR))
    return [step * number for number in range(int(first), int(last) + 1)]
