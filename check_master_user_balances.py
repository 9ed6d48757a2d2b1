#!/usr/bin/env python3
"""Is each Kraken account trading, and how much is in it? The same as `kraken-accounts check`."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV_PYTHON = HERE / ".venv" / "bin" / "python"
NEEDED = ("click", "dotenv", "filelock", "krakenex", "platformdirs", "prometheus_client", "requests", "rich")

if missing := [name for name in NEEDED if find_spec(name) is None]:
    # Another Python than the one `make` set up: carry on with that one.
    if VENV_PYTHON.exists() and Path(sys.prefix).resolve() != VENV_PYTHON.parent.parent.resolve():
        os.execv(VENV_PYTHON, [str(VENV_PYTHON), str(HERE / Path(__file__).name), *sys.argv[1:]])
    sys.exit(f"kraken-accounts is not set up here ({missing[0]} is missing); run: make -C {HERE} demo")

try:
    sys.path.insert(0, str(HERE / "src"))
    from kraken_accounts.cli import check, main

    if __name__ == "__main__":
        main(command=check)
except KeyboardInterrupt:
    sys.exit(130)
