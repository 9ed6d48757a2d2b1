"""What checks have found over time: a store that keeps a point of each account and each check."""
