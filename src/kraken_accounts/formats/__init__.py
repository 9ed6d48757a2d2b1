"""How a report is shown: one module a format, each with a `FORMAT` that `interface.Format` describes."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from .interface import FLEET, Format, Sort, View

__all__ = ["AUDIT_NAMES", "FLEET", "HISTORY_NAMES", "NAMES", "Format", "Sort", "View", "load"]

NAMES = ("table", "text", "json", "csv", "prometheus", "nagios")
AUDIT_NAMES = ("table", "json")
HISTORY_NAMES = ("table", "text", "csv", "json", "html", "xlsx")


def load(name: str) -> Format[Any]:
    """The format whose module has that name; only what it needs is imported."""
    formatter: Format[Any] = import_module(f".{name}", __name__).FORMAT
    return formatter
