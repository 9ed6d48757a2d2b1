#!/usr/bin/env python3
"""Is each Kraken account trading, and how much is in it? The same as `kraken-accounts check`.

With the name of another command, such as `accounts`, it is the same as `kraken-accounts accounts`.
"""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

SCRIPT = Path(__file__).resolve()
HERE = SCRIPT.parent
PYTHON = HERE / ".venv" / "bin" / "python"
WENT_ON = "_KRAKEN_ACCOUNTS_WENT_ON"
NEEDED = (
    *("certifi", "click", "dotenv", "httptools", "krakenex"),
    *("platformdirs", "prometheus_client", "requests", "rich", "urllib3"),
)


def go_on_in_venv() -> None:
    """Whatever Python this is: carry on with the one that `make` has set up, if it has."""
    has_gone_on = os.environ.pop(WENT_ON, None)
    if not os.path.lexists(PYTHON) or Path(sys.prefix).resolve() == PYTHON.parents[1].resolve():
        return
    problem = "does not run as one of this .venv"
    try:
        if has_gone_on is None:
            os.execve(PYTHON, [str(PYTHON), str(SCRIPT), *sys.argv[1:]], {**os.environ, WENT_ON: "1"})
    except OSError as error:
        problem = f"cannot be run ({error.strerror})"
    refuse(f"{PYTHON} {problem}; remove that .venv and run: make -C {HERE} demo")


def refuse(sentence: str) -> None:
    sys.stderr.write(f"Error: {sentence}\n")
    sys.exit(2)


if __name__ == "__main__":
    try:
        go_on_in_venv()
        for name in NEEDED:
            if find_spec(name) is None:
                refuse(f"kraken-accounts is not set up here ({name} is missing); run: make -C {HERE} demo")
        sys.path.insert(0, str(HERE / "src"))
        from kraken_accounts.cli import check, cli, main

        main(command=cli if sys.argv[1:2] and not sys.argv[1].startswith("-") else check)
    except KeyboardInterrupt:
        sys.exit(130)
