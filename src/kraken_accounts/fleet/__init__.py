"""All accounts at once: who is asked, how many at a time, and what is kept from run to run."""
