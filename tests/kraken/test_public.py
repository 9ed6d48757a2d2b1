from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from kraken_accounts.kraken import public
from kraken_accounts.kraken.client import KrakenClient
from kraken_accounts.kraken.errors import UnexpectedAnswer
from kraken_accounts.kraken.markets import Pair
from kraken_accounts.kraken.public import SystemStatus
from kraken_sandbox import Exchange, SandboxServer

from ..support import ScriptedServer, http_response


def answering(result: Any, ask: Callable[[KrakenClient], Any]) -> Any:
    """What a question makes of an answer of Kraken."""
    with ScriptedServer(http_response(json.dumps({"error": [], "result": result}))) as server:
        client = KrakenClient(server.url)
        try:
            return ask(client)
        finally:
            client.close()


def test_online() -> None:
    status = answering({"status": "online", "timestamp": "2026-11-22T10:00:00Z"}, public.get_system_status)

    assert status == SystemStatus("online")
    assert (status.online, status.restricted) == (True, False)


@pytest.mark.parametrize("mode", ["maintenance", "cancel_only", "post_only", "limit_only"])
def test_restricted(mode: str) -> None:
    status = answering({"status": mode}, public.get_system_status)

    assert (status.online, status.restricted) == (False, True)


def test_a_status_that_is_new_is_neither() -> None:
    status = answering({"status": "half_open"}, public.get_system_status)

    assert (status.status, status.online, status.restricted) == ("half_open", False, False)


def test_notices_are_shown_in_krakens_own_fields() -> None:
    status = answering(
        {
            "status": "online",
            "upcoming_maintenance": [
                {"start": "2026-11-23T02:00:00Z", "hours": 1.5, "parts": ["spot", "futures"]}
            ],
            "emergency": ["deposits of \x1b[31mXRP\nare late"],
        },
        public.get_system_status,
    )

    assert [notice.summary for notice in status.upcoming_maintenance] == [
        "start 2026-11-23T02:00:00Z, hours 1.5, parts spot futures"
    ]
    assert [notice.summary for notice in status.emergency] == ["deposits of [31mXRP are late"]


@pytest.mark.parametrize("notices", [None, "soon", {"start": "soon"}, 5])
def test_notices_of_another_shape_keep_no_status_from_being_told(notices: Any) -> None:
    status = answering({"status": "online", "upcoming_maintenance": notices}, public.get_system_status)

    assert status == SystemStatus("online")


def test_notices_are_bounded() -> None:
    many = [{"text": "x" * 1000}] * 1000
    status = answering({"status": "online", "emergency": many}, public.get_system_status)

    assert len(status.emergency) == 20
    assert len(status.emergency[0].summary) < 250


def test_no_status_at_all() -> None:
    with pytest.raises(UnexpectedAnswer, match=r"^Kraken's status should be a text, but Kraken sent nothing$"):
        answering({}, public.get_system_status)


def test_what_the_exchange_lists() -> None:
    exchange = Exchange()
    with SandboxServer(exchange) as server:
        client = KrakenClient(server.url)
        assets, equities = public.get_assets(client), public.get_assets(client, tokenized=True)
        pairs, equity_pairs = public.get_pairs(client), public.get_pairs(client, tokenized=True)
        books, equity_books = public.get_books(client), public.get_books(client, tokenized=True)
        client.close()

    assert assets["XXBT"].name == "BTC"
    assert "AAPLx" not in assets
    assert equities["AAPLx"].name == "AAPLx"
    assert Pair("XXBTZUSD", "XXBT", "ZUSD", "online") in pairs
    assert Pair("AAPLxUSD", "AAPLx", "ZUSD", "online") in equity_pairs
    assert books["XXBTZUSD"].mid == Decimal("64250.1")
    assert equity_books["AAPLxUSD"].mid == Decimal("228.4")
    assert [request.parameters for request in exchange.requests] == [
        {},
        {"aclass": "tokenized_asset"},
        {},
        {"aclass_base": "tokenized_asset"},
        {},
        {"asset_class": "tokenized_asset"},
    ]
