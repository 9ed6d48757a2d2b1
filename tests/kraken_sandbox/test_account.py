"""Balance, BalanceEx, TradeBalance, OpenPositions, GetApiKeyInfo and GetWebSocketsToken."""

from decimal import Decimal

import pytest

from kraken_sandbox import Exchange, Position, SimulatedAccount, SimulatedHolding

from .support import KEY, NOW, Client, ManualClock, api_key, holdings


def open_account(exchange: Exchange, client: Client, account: SimulatedAccount) -> None:
    """Open a second account and let the client use it from now on."""
    exchange.add_account(account)
    exchange.add_key(account.label, api_key("OTHR-sample-key"))
    client.key = "OTHR-sample-key"


class TestBalances:
    def test_each_asset_with_its_own_decimals(self, exchange: Exchange, client: Client) -> None:
        account = SimulatedAccount(
            "other", "AA00", holdings(ZUSD="1.5", ZJPY="1000", XXBT="1.2435", XBT_F="0.1", SHIB="7")
        )
        open_account(exchange, client, account)

        assert client.private("Balance").result == {
            "SHIB": "7.00000",
            "XBT.F": "0.1000000000",
            "XXBT": "1.2435000000",
            "ZJPY": "1000.00",
            "ZUSD": "1.5000",
        }

    def test_holds_of_open_orders(self, client: Client) -> None:
        client.private("AddOrder", pair="XBTUSD", type="sell", ordertype="limit", price="70000", volume="0.5")
        client.private("AddOrder", pair="XBTUSD", type="buy", ordertype="limit", price="60000", volume="1")

        # The buy holds 60,000 and a maker's fee of 0.25 %.
        assert client.private("BalanceEx").result == {
            "XXBT": {"balance": "2.0000000000", "hold_trade": "0.5000000000"},
            "ZUSD": {"balance": "100000.0000", "hold_trade": "60150.0000"},
        }
        assert client.private("Balance").result == {"XXBT": "2.0000000000", "ZUSD": "100000.0000"}

    def test_credit_line(self, exchange: Exchange, client: Client) -> None:
        held = SimulatedHolding(Decimal(100), credit=Decimal(50), credit_used=Decimal("20.5"))
        open_account(exchange, client, SimulatedAccount("other", "AA00", {"ZUSD": held}))

        assert client.private("BalanceEx").result["ZUSD"] == {
            "balance": "100.0000",
            "credit": "50.0000",
            "credit_used": "20.5000",
            "hold_trade": "0.0000",
        }

    @pytest.mark.parametrize("name", ["Balance", "BalanceEx"])
    def test_a_new_account_has_no_result_at_all(self, exchange: Exchange, client: Client, name: str) -> None:
        open_account(exchange, client, SimulatedAccount("other", "AA00"))

        assert client.private(name).document == {"error": []}

    def test_numbers_instead_of_strings(self, exchange: Exchange, client: Client) -> None:
        account = SimulatedAccount("other", "AA00", holdings(XXBT="1.2435"), amounts_as_numbers=True)
        open_account(exchange, client, account)

        assert client.private("BalanceEx").body == (
            b'{"error":[],"result":{"XXBT":{"balance":1.2435,"hold_trade":0.0}}}'
        )
        assert client.private("Balance").result == {"XXBT": 1.2435}

    def test_an_account_without_the_extended_balance(self, exchange: Exchange, client: Client) -> None:
        open_account(
            exchange, client, SimulatedAccount("other", "AA00", holdings(ZUSD="1"), without_balance_ex=True)
        )

        assert client.private("BalanceEx").errors == ["EGeneral:Unknown method"]
        assert client.private("Balance").result == {"ZUSD": "1.0000"}


class TestTradeBalance:
    def test_worth_at_mid_prices(self, exchange: Exchange, client: Client) -> None:
        account = SimulatedAccount(
            "other", "AA00", holdings(ZUSD="100", XBT_F="0.5", REPV2="20", DOT28_S="2", XRT="9", KFEE="50")
        )
        open_account(exchange, client, account)
        result = client.private("TradeBalance").result

        # 100 + 0.5 × 64250.1 + 20 × 0.985 × 1.085 + 2 × 6.45; XRT and KFEE have no price.
        assert result["eb"] == "32259.3245"
        # Of these only the dollars count as collateral.
        assert result["tb"] == result["e"] == result["mf"] == "100.0000"
        assert result["m"] == result["n"] == result["c"] == result["v"] == "0.0000"
        assert "ml" not in result

    def test_in_another_asset(self, exchange: Exchange, client: Client) -> None:
        open_account(exchange, client, SimulatedAccount("other", "AA00", holdings(ZEUR="100")))

        assert client.private("TradeBalance", asset="XBT").result["eb"] == "0.0017"
        assert client.private("TradeBalance", asset="ZEUR").result["eb"] == "100.0000"
        assert client.private("TradeBalance", asset="NOSUCH").errors == ["EQuery:Unknown asset"]

    def test_with_a_position(self, exchange: Exchange, client: Client) -> None:
        account = SimulatedAccount("other", "AA00", holdings(ZUSD="1000"))
        open_account(exchange, client, account)
        account.positions["T1"] = position("buy")
        client.private("AddOrder", pair="XBTUSD", type="buy", ordertype="limit", price="50000", volume="0.01")

        # Bought for 3000, worth 3150.25 now, with a fifth of the cost as margin.
        assert client.private("TradeBalance").result == {
            "eb": "1000.0000",
            "tb": "1000.0000",
            "m": "600.0000",
            "n": "150.2500",
            "c": "3000.0000",
            "v": "3150.2500",
            "e": "1150.2500",
            "mf": "550.2500",
            # The order holds 500 and the fee of a maker.
            "mfo": "49.0000",
            "uv": "500.0000",
            "ml": "191.71",
        }

    def test_without_a_position(self, exchange: Exchange, client: Client) -> None:
        account = SimulatedAccount("other", "AA00", holdings(ZUSD="1000"))
        open_account(exchange, client, account)

        result = client.private("TradeBalance").result
        assert list(result) == ["eb", "tb", "m", "uv", "n", "c", "v", "e", "mf", "mfo"]
        assert (result["uv"], result["mf"], result["mfo"]) == ("0.0000", "1000.0000", "1000.0000")

    def test_of_an_account_that_may_not_trade_on_margin(self, exchange: Exchange, client: Client) -> None:
        account = SimulatedAccount("other", "AA00", holdings(ZUSD="1000"), spot_only=True)
        open_account(exchange, client, account)

        assert list(client.private("TradeBalance").result) == ["eb", "tb", "m", "n", "c", "v", "e", "mf"]

    def test_numbers_instead_of_strings(self, exchange: Exchange, client: Client) -> None:
        account = SimulatedAccount("other", "AA00", holdings(ZUSD="1.5"), amounts_as_numbers=True)
        open_account(exchange, client, account)

        assert client.private("TradeBalance").result["eb"] == 1.5

    def test_without_the_equivalent_balance(self, exchange: Exchange, client: Client) -> None:
        account = SimulatedAccount("other", "AA00", holdings(ZUSD="1.5"), without_equivalent_balance=True)
        open_account(exchange, client, account)
        result = client.private("TradeBalance").result

        assert "eb" not in result
        assert result["tb"] == "1.5000"

    def test_a_short_position_loses_when_prices_rise(self, exchange: Exchange, client: Client) -> None:
        account = SimulatedAccount("other", "AA00", holdings(ZUSD="1000"))
        open_account(exchange, client, account)
        account.positions["T1"] = position("sell")

        assert client.private("TradeBalance").result["n"] == "-150.2500"


def position(side: str) -> Position:
    return Position(
        txid="T1",
        ordertxid="O1",
        pair="XETHZUSD",
        type=side,
        time=NOW,
        volume=Decimal(1),
        cost=Decimal(3000),
        fee=Decimal(12),
        leverage=5,
    )


class TestOpenPositions:
    @pytest.fixture(autouse=True)
    def positions(self, exchange: Exchange) -> None:
        exchange.state.accounts["test"].positions["T1"] = position("buy")

    def test_fields(self, client: Client) -> None:
        assert client.private("OpenPositions").result == {
            "T1": {
                "ordertxid": "O1",
                "posstatus": "open",
                "pair": "XETHZUSD",
                "class": "forex",
                "time": NOW,
                "type": "buy",
                "ordertype": "market",
                "cost": "3000.00000",
                "fee": "12.00000",
                "vol": "1.00000000",
                "vol_closed": "0.00000000",
                "margin": "600.00000",
                "terms": "0.0200% per 4 hours",
                "rollovertm": str(int(NOW) + 4 * 3600),
                "misc": "",
                "oflags": "",
            }
        }

    def test_value_when_asked_for(self, client: Client) -> None:
        result = client.private("OpenPositions", docalcs="true").result["T1"]

        assert (result["value"], result["net"]) == ("3150.2", "+150.2500")

    def test_one_of_them(self, client: Client) -> None:
        assert client.private("OpenPositions", txid="T1").result.keys() == {"T1"}
        assert client.private("OpenPositions", txid="T2").result == {}


class TestApiKeyInfo:
    def test_fields(self, exchange: Exchange, clock: ManualClock, client: Client) -> None:
        exchange.replace_key(
            KEY,
            name="balance-check",
            permissions=frozenset({"modify-trades", "query-funds", "withdraw-funds"}),
            nonce_window=5,
            valid_until=int(NOW) + 1000,
            query_from=int(NOW) - 2000,
            query_to=int(NOW) + 2000,
            created=int(NOW) - 5000,
            modified=int(NOW) - 4000,
            ip_allowlist=("127.0.0.1",),
        )
        clock.advance(10.5)

        assert client.private("GetApiKeyInfo", nonce=77_000_000).result == {
            "apiKeyName": "balance-check",
            "apiKey": KEY,
            "nonce": "77000000",
            "nonceWindow": 5,
            "permissions": ["query-funds", "withdraw-funds", "modify-trades"],
            "iban": "AA00 SAMP LE00 9999",
            "validUntil": str(int(NOW) + 1000),
            "queryFrom": str(int(NOW) - 2000),
            "queryTo": str(int(NOW) + 2000),
            "createdTime": str(int(NOW) - 5000),
            "modifiedTime": str(int(NOW) - 4000),
            "ipAllowlist": ["127.0.0.1"],
            "lastUsed": str(int(NOW) + 10),
        }

    def test_what_is_not_set_is_zero(self, client: Client) -> None:
        result = client.private("GetApiKeyInfo").result

        assert (result["validUntil"], result["queryFrom"], result["queryTo"]) == ("0", "0", "0")
        assert result["ipAllowlist"] == []

    def test_in_snake_case(self, exchange: Exchange, client: Client) -> None:
        exchange.replace_key(KEY, name="bot", nonce_window=15, permissions=frozenset(), snake_case=True)

        assert client.private("GetApiKeyInfo", nonce=77_000_000).result == {
            "api_key_name": "bot",
            "api_key": KEY,
            "nonce": "77000000",
            "nonce_window": "15",
            "permissions": [],
            "iban": "AA00 SAMP LE00 9999",
            "valid_until": "0",
            "query_from": "0",
            "query_to": "0",
            "created_time": "0",
            "modified_time": "0",
            "ip_allowlist": [""],
            "last_used": str(int(NOW)),
        }

    def test_two_keys_of_one_account_share_its_number(self, exchange: Exchange, client: Client) -> None:
        first = client.private("GetApiKeyInfo").result
        exchange.add_key("test", api_key("SECOND-sample-key"))
        client.key = "SECOND-sample-key"
        second = client.private("GetApiKeyInfo").result

        assert first["iban"] == second["iban"]
        assert first["apiKey"] != second["apiKey"]


def test_websockets_token(client: Client) -> None:
    first, second = (client.private("GetWebSocketsToken").result for _ in range(2))

    assert first["expires"] == 900
    assert len(first["token"]) == 44
    assert first["token"] != second["token"]
