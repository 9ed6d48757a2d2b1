"""How a report is shown: one module a format, each with a `FORMAT` that `interface.Format` describes."""

from __future__ import annotations

from importlib import import_module

from .interface import Format, View

__all__ = ["NAMES", "Format", "View", "load"]

NAMES = ("table", "text", "json")


def load(name: str) -> Format:
    """The format of that name; only what it needs is imported."""
    formatter: Format = import_module(f".{name}", __name__).FORMAT
    return formatter
