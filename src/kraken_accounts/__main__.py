"""`python -m kraken_accounts`: the same as the command `kraken-accounts`."""

from .cli import main

if __name__ == "__main__":
    main()
