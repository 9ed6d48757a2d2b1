"""kraken-accounts."""
