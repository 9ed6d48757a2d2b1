"""CreditLines: with a line of credit, and without one."""

from decimal import Decimal

from kraken_sandbox import Exchange, SimulatedHolding

from .support import Client


def test_without_one(client: Client) -> None:
    result = client.private("CreditLines").result

    assert result["asset_details"] == {
        "XXBT": {"balance": "2.0000000000", "hold_trade": "0.0000000000", "collateral_value": 1.0},
        "ZUSD": {"balance": "100000.0000", "hold_trade": "0.0000", "collateral_value": 1.0},
    }
    assert set(result["limits_monitor"].values()) == {None}


def test_with_one(exchange: Exchange, client: Client) -> None:
    exchange.set_ticker("XBTUSD", bid="50000", ask="50000", last="50000")
    line = SimulatedHolding(Decimal(100_000), credit=Decimal(60_000), credit_used=Decimal(20_000))
    exchange.state.accounts["test"].balances["ZUSD"] = line
    result = client.private("CreditLines").result

    assert result["asset_details"]["ZUSD"] == {
        "balance": "100000.0000",
        "hold_trade": "0.0000",
        "collateral_value": 1.0,
        "credit_limit": "60000.0000",
        "credit_used": "20000.0000",
        "available_credit": "40000.0000",
    }
    assert result["limits_monitor"] == {
        "total_credit_usd": "60000.0000",
        "total_credit_used_usd": "20000.0000",
        "total_collateral_value_usd": "200000.0000",
        "equity_usd": "180000.0000",
        "ongoing_balance": "3.3333",
        "debt_to_equity": "0.1111",
    }


def test_an_account_with_nothing(exchange: Exchange, client: Client) -> None:
    exchange.state.accounts["test"].balances.clear()

    assert client.private("CreditLines").result["asset_details"] == {}
