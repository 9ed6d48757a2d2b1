"""How a history is laid out, and how one of an earlier version becomes one of this.

Amounts and prices are texts, exact to the last digit; times are whole milliseconds. What repeats, names of
accounts and assets for instance, stands in a table of its own. What is asked for by account and time lies together
on the disk, by account and time.

What an account holds is written when it changes, an asset at a time: an amount holds until the next one. Prices
are those of a check, whoever holds the asset; those of ledger entries stand apart, and stay when checks are
thinned. `closings` has the last whole point of each day once more, so that a
year of many accounts is read from a hundredth of the points.

Both databases understand these statements; `WITHOUT ROWID` is for SQLite alone.
"""

from __future__ import annotations

from .database import StoreTrouble, Transaction

_FIGURES = """
    circumstances_id BIGINT NOT NULL,
    total TEXT,
    available TEXT,
    in_orders TEXT,
    earn TEXT
"""

_FIRST = (
    "CREATE TABLE sets (id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    "CREATE TABLE assets (id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    # One row for each Kraken account that was found under a name.
    """CREATE TABLE accounts (
        id BIGINT PRIMARY KEY,
        set_id BIGINT NOT NULL,
        selector TEXT NOT NULL,
        fingerprint TEXT,
        last_at BIGINT NOT NULL,
        UNIQUE (set_id, selector, fingerprint)
    )""",
    # What points have in common that are of one kind.
    """CREATE TABLE circumstances (
        id BIGINT PRIMARY KEY,
        status TEXT NOT NULL,
        covers TEXT NOT NULL,
        complete BIGINT NOT NULL,
        whole BIGINT NOT NULL,
        UNIQUE (status, covers, complete, whole)
    )""",
    """CREATE TABLE checks (
        set_id BIGINT NOT NULL,
        at BIGINT NOT NULL,
        quote_id BIGINT NOT NULL,
        PRIMARY KEY (set_id, at)
    ) WITHOUT ROWID""",
    """CREATE TABLE prices (
        set_id BIGINT NOT NULL,
        quote_id BIGINT NOT NULL,
        asset_id BIGINT NOT NULL,
        at BIGINT NOT NULL,
        price TEXT NOT NULL,
        PRIMARY KEY (set_id, quote_id, asset_id, at)
    ) WITHOUT ROWID""",
    f"""CREATE TABLE points (
        account_id BIGINT NOT NULL,
        quote_id BIGINT NOT NULL,
        at BIGINT NOT NULL,
        {_FIGURES},
        PRIMARY KEY (account_id, quote_id, at)
    ) WITHOUT ROWID""",
    f"""CREATE TABLE closings (
        account_id BIGINT NOT NULL,
        quote_id BIGINT NOT NULL,
        day BIGINT NOT NULL,
        at BIGINT NOT NULL,
        {_FIGURES},
        PRIMARY KEY (account_id, quote_id, day)
    ) WITHOUT ROWID""",
    """CREATE TABLE holdings (
        account_id BIGINT NOT NULL,
        asset_id BIGINT NOT NULL,
        at BIGINT NOT NULL,
        amount TEXT NOT NULL,
        PRIMARY KEY (account_id, asset_id, at)
    ) WITHOUT ROWID""",
    # The last amount of each asset that an account has ever held.
    """CREATE TABLE held_last (
        account_id BIGINT NOT NULL,
        asset_id BIGINT NOT NULL,
        amount TEXT NOT NULL,
        PRIMARY KEY (account_id, asset_id)
    ) WITHOUT ROWID""",
    """CREATE TABLE standings (
        account_id BIGINT NOT NULL,
        since BIGINT NOT NULL,
        status TEXT NOT NULL,
        PRIMARY KEY (account_id, since)
    ) WITHOUT ROWID""",
)

_LEDGERS = (
    "CREATE TABLE ledger_kinds "
    "(id BIGINT PRIMARY KEY, type TEXT NOT NULL, subtype TEXT NOT NULL, UNIQUE (type, subtype))",
    # Kraken's codes, and the asset that each is a form of.
    "CREATE TABLE codes (id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE, asset_id BIGINT NOT NULL)",
    # By kind: flows are asked for often, and are few among many trades.
    """CREATE TABLE ledger (
        account_id BIGINT NOT NULL,
        kind_id BIGINT NOT NULL,
        at BIGINT NOT NULL,
        id TEXT NOT NULL,
        refid TEXT NOT NULL,
        code_id BIGINT NOT NULL,
        amount TEXT NOT NULL,
        fee TEXT NOT NULL,
        balance TEXT,
        PRIMARY KEY (account_id, kind_id, at, id)
    ) WITHOUT ROWID""",
    "CREATE UNIQUE INDEX ledger_ids ON ledger (account_id, id)",
    # The times of which all entries of an account are there.
    """CREATE TABLE ledger_spans (
        account_id BIGINT NOT NULL,
        begins BIGINT NOT NULL,
        ends BIGINT NOT NULL,
        PRIMARY KEY (account_id, begins)
    ) WITHOUT ROWID""",
    # What an asset cost at the time of an entry, and when that price was.
    """CREATE TABLE ledger_prices (
        quote_id BIGINT NOT NULL,
        asset_id BIGINT NOT NULL,
        at BIGINT NOT NULL,
        price TEXT NOT NULL,
        priced_at BIGINT NOT NULL,
        PRIMARY KEY (quote_id, asset_id, at)
    ) WITHOUT ROWID""",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_FIRST, _LEDGERS)
"""What makes each version out of the one before, the first out of nothing. One that was released never changes."""


def require_known(version: int) -> None:
    """Make sure that this program knows what it will find.

    Raises:
        StoreTrouble: a later one has written it.
    """
    if version > len(MIGRATIONS):
        raise StoreTrouble(
            f"a later version of this program has written it (schema {version}; this one knows {len(MIGRATIONS)})",
            "Bring kraken-accounts up to date here, as it is where that was written.",
        )


def upgrade(transaction: Transaction) -> None:
    """Make what is there the schema of this version; nothing, if it is already.

    Raises:
        StoreTrouble: it is another program's, or of a later version.
    """
    version = transaction.version()
    require_known(version)
    if version < len(MIGRATIONS):
        for migration in MIGRATIONS[version:]:
            for statement in migration:
                transaction.create(statement)
        transaction.set_version(len(MIGRATIONS))
