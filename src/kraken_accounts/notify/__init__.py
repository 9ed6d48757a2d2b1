"""Tells somebody who is not looking: messages, and a sign of life to a dead man's switch."""
