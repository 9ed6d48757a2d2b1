"""Names of the variables that concern a run and no account: they count in the environment, and in no file."""

NOTIFY = "KRAKEN_ACCOUNTS_NOTIFY"
PING = "KRAKEN_ACCOUNTS_PING"
STORE = "KRAKEN_ACCOUNTS_STORE"
