"""Everything that knows Kraken: its answers, its errors, its codes, its prices."""
