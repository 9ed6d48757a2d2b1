"""`kraken-accounts accounts`: which accounts are known; keys come, go and are exchanged."""

from . import naming, newkey, watched
from .group import accounts

__all__ = ["accounts", "naming", "newkey", "watched"]
