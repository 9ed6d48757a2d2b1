"""What was learned of the accounts, and what it means. Plain data, no I/O."""
