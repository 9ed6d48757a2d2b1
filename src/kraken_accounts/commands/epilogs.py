"""What stands at the end of each command's help: examples, and where to read more."""

from __future__ import annotations

from collections.abc import Sequence

_COMMON = "man kraken-accounts"

_EXAMPLES: dict[str, tuple[Sequence[tuple[str, str]], Sequence[str]]] = {
    "accounts": (
        (
            ("kraken-accounts accounts", "what is known of each account"),
            ("kraken-accounts accounts add bravo", "ask for a key, try it, and put it into the .env"),
            ("kraken-accounts accounts rotate bravo", "exchange it for another of the same Kraken account"),
            ("kraken-accounts accounts accept bravo", "the account that its key opens now is the right one"),
        ),
        ("README.md", "docs/MASTER_USER_ACCOUNT_SEPARATION_GUIDE.md"),
    ),
    "audit": (
        (
            ("kraken-accounts audit", "examine every key"),
            (
                "kraken-accounts audit --probe-orders",
                "and let Kraken validate an order of each, placing none",
            ),
        ),
        ("docs/MASTER_USER_ACCOUNT_SEPARATION_GUIDE.md",),
    ),
    "check": (
        (
            ("kraken-accounts check --demo", "on a simulated exchange: needs no keys"),
            ("kraken-accounts check --assets --activity", "with what each holds, and when it traded last"),
            ("kraken-accounts check --news", "for cron: nothing unless something is new"),
            ("kraken-accounts check --account 'investor_*' --format json", "some accounts, for a program"),
        ),
        ("README.md", "docs/CRON.md", "docs/FLEETS.md"),
    ),
    "combine": (
        (("kraken-accounts combine part-1.json part-2.json", "one report of what two hosts have checked"),),
        ("docs/FLEETS.md",),
    ),
    "completion": (
        (('eval "$(kraken-accounts completion bash)"', "in ~/.bashrc"),),
        ("README.md",),
    ),
    "config": (
        (
            ("kraken-accounts config", "each value, and where it comes from"),
            ("kraken-accounts config --check config.toml", "judge a file before it is in force"),
        ),
        ("config.example.toml",),
    ),
    "doctor": (
        (
            ("kraken-accounts doctor", "look at everything"),
            ("kraken-accounts doctor --account bravo", "and ask with one key only"),
        ),
        ("README.md", "docs/RELIABILITY.md"),
    ),
    "help": (
        (
            ("kraken-accounts help accounts accept", "the same as kraken-accounts accounts accept --help"),
            ("kraken-accounts help --man | man -l -", "the manual page"),
        ),
        ("README.md",),
    ),
    "history": (
        (
            ("kraken-accounts history --demo", "on a month of sample accounts: needs no keys"),
            ("kraken-accounts history --since month --by day", "this month, day by day"),
            ("kraken-accounts history --format html -o page.html", "a page with charts"),
        ),
        ("docs/GAIN.md", "docs/LEDGERS.md"),
    ),
    "notify": (
        (("kraken-accounts notify --test", "send a test message by every URL of KRAKEN_ACCOUNTS_NOTIFY"),),
        ("docs/CRON.md",),
    ),
    "sandbox": (
        (
            ("kraken-accounts sandbox", "serve the sample accounts"),
            (
                "kraken-accounts sandbox --live --clock-speed 86400",
                "with moving prices, and a day in each second",
            ),
        ),
        ("docs/SANDBOX.md",),
    ),
}


def epilog_of(command: str) -> str:
    """The examples of a command by its name, and the pages about it, as click lays them out."""
    examples, pages = _EXAMPLES[command]
    lines = [line for typed, meaning in examples for line in (f"  {typed}", f"      {meaning}")]
    return "\n".join(("\b", "Examples:", *lines)) + f"\n\nRead more: {', '.join((*pages, _COMMON))}"
