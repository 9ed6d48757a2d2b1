"""What runs remember of each account: which Kraken account its key opens, and how the last check left it."""
