"""Print the lowest versions that pyproject.toml allows, as constraints for pip: python scripts/lowest.py"""

from __future__ import annotations

import re
import sys
import tomllib
from itertools import chain
from pathlib import Path

_LOWEST = re.compile(r"(?P<name>[\w.-]+)(\[[\w,-]+\])?\s*>=\s*(?P<version>[\d.]+)(\s*,.*)?")


def main() -> int:
    project = tomllib.loads(Path(__file__).resolve().parents[1].joinpath("pyproject.toml").read_text())
    extras = chain.from_iterable(project["project"]["optional-dependencies"].values())
    for requirement in (*project["project"]["dependencies"], *extras, *project["build-system"]["requires"]):
        bounds = _LOWEST.fullmatch(requirement)
        if bounds is None:
            print(f"{requirement}: says no lowest version", file=sys.stderr)
            return 1
        print(f"{bounds['name']}=={bounds['version']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
