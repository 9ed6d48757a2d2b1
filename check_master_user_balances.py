#!/usr/bin/env python3
"""Is each Kraken account trading, and how much is in it? The same as `kraken-accounts check`."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV_PYTHON = HERE / ".venv" / "bin" / "python"

sys.path.insert(0, str(HERE / "src"))
try:
    from kraken_accounts.cli import check, main
except ModuleNotFoundError as error:
    # Another Python than the one `make` set up: carry on with that one.
    if VENV_PYTHON.exists() and Path(sys.prefix).resolve() != VENV_PYTHON.parent.parent.resolve():
        os.execv(VENV_PYTHON, [str(VENV_PYTHON), str(HERE / Path(__file__).name), *sys.argv[1:]])
    sys.exit(f"kraken-accounts is not set up here ({error}); run: make -C {HERE} demo")

if __name__ == "__main__":
    main(command=check)
