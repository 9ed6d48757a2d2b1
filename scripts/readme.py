"""Write the parts of README.md that come from the code: python scripts/readme.py"""

from __future__ import annotations

import re
from pathlib import Path

import click

from kraken_accounts.cli import check

README = Path(__file__).resolve().parents[1] / "README.md"


def options(command: click.Command) -> str:
    """The options of a command as a table in Markdown, from its own help."""
    context = click.Context(command, **command.context_settings)
    records = (parameter.get_help_record(context) for parameter in command.get_params(context))
    rows = [
        f"| `{names.replace('|', ', ')}` | {text.replace('  [', ' [')} |" for names, text in filter(None, records)
    ]
    return "\n".join(("| option | meaning |", "|---|---|", *rows))


def with_options(text: str) -> str:
    """The README with its list of options as the command has them now."""
    begin, end = "<!-- begin options of check -->", "<!-- end options of check -->"
    return re.sub(f"{begin}.*{end}", lambda _: f"{begin}\n{options(check)}\n{end}", text, flags=re.DOTALL)


if __name__ == "__main__":
    README.write_text(with_options(README.read_text(encoding="utf-8")), encoding="utf-8")
