"""What the scripts of the Python clients share: they do one thing after another, and say of each how it went.

A line of JSON for each step goes to standard output, where the runner reads it. The address and the key of the
sandbox come from the environment.
"""

import json
import os
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any

URL = os.environ["SANDBOX_URL"]
KEY = os.environ["SANDBOX_KEY"]
SECRET = os.environ["SANDBOX_SECRET"]

PAUSE = 0.7
"""Seconds between two steps: a client that asks at the pace that Kraken allows a key."""


def step(what: str, action: Callable[[], Any]) -> Any:
    """Do it; what it gives back, or None where it failed."""
    time.sleep(PAUSE)
    try:
        result = action()
    except BaseException as error:
        traceback.print_exc()
        _say(what, "failed", f"{type(error).__name__}: {error}")
        return None
    _say(what, "done", "")
    return result


def refused(what: str, action: Callable[[], Any], words: str) -> None:
    """Do what the exchange is to refuse with these words, which the client is to hand on."""
    time.sleep(PAUSE)
    try:
        result = action()
    except BaseException as error:
        said = f"{type(error).__name__}: {error}"
    else:
        said = repr(result)
    _say(what, *(("done", "") if words in said else ("failed", f"not refused with {words}: {said}")))


def cannot(what: str, action: Callable[[], Any], because: str) -> None:
    """Do what this client cannot do, whatever the exchange; it is said why."""
    time.sleep(PAUSE)
    try:
        action()
    except BaseException:
        traceback.print_exc()
        _say(what, "cannot", because)
    else:
        _say(what, "failed", f"it can, though it is said that it cannot: {because}")


def books(amounts: Mapping[str, Any]) -> None:
    """What the client says the account has, by Kraken's codes; the runner holds it against the sandbox's books."""
    print(json.dumps({"books": {code: str(amount) for code, amount in amounts.items()}}), flush=True)


def is_true(value: Any, why: str = "") -> None:
    """For steps that look at what they got."""
    if not value:
        raise AssertionError(why or repr(value))


def _say(what: str, outcome: str, why: str) -> None:
    print(json.dumps({"step": what, "outcome": outcome, "why": " ".join(why.split())[:300]}), flush=True)
