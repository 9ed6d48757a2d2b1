"""How whoever runs this program called it, so that what it tells them to run is there."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

ENTRY_SCRIPT = "check_master_user_balances.py"
"""It lies at the top of a checkout, and runs the check; with the name of another command, that one."""

_INSTALLED = "kraken-accounts"
_MODULE = ("kraken_accounts", "__main__.py")
_CHECK = "check"


def option_for(env_file: Path) -> str:
    """What has to stand behind a command that is to read this file."""
    return f" --env-file {shlex.quote(str(env_file))}"


def to_run(command: str, *arguments: str) -> str:
    """For the shell: `kraken-accounts accounts forget bravo`, or what does the same where that is not installed.

    A program that uses the library is told of the command, too: it has one installed.
    """
    called = Path(sys.argv[0]) if sys.argv else Path()
    if called.name == ENTRY_SCRIPT:
        words = () if command == _CHECK else (command,)
        return " ".join(("python", ENTRY_SCRIPT, *words, *arguments))
    program = ("python", "-m", _MODULE[0]) if called.parts[-2:] == _MODULE else (_INSTALLED,)
    return " ".join((*program, command, *arguments))
