"""Key, signature, nonce, two-factor password, permissions, addresses and lockout, over HTTP."""

import base64
from collections.abc import Callable

import pytest

from kraken_sandbox import Exchange, SimulatedAccount
from kraken_sandbox.accounts import PERMISSIONS
from kraken_sandbox.authentication import signature
from kraken_sandbox.endpoints import PRIVATE

from .support import KEY, NOW, SECRET, Client, ManualClock, api_key

MINUTE = 60


class TestKey:
    def test_unknown(self, new_client: Callable[..., Client]) -> None:
        assert new_client(key="no-such-key").private("Balance").errors == ["EAPI:Invalid key"]

    def test_missing(self, client: Client) -> None:
        answer = client.send("POST", "/0/private/Balance", b"nonce=1")

        assert answer.status == 200
        assert answer.document == {"error": ["EAPI:Invalid key"]}

    def test_revoked(self, exchange: Exchange, client: Client) -> None:
        assert client.private("Balance").errors == []
        exchange.revoke_key(KEY)

        assert client.private("Balance").errors == ["EAPI:Invalid key"]

    def test_expires(self, exchange: Exchange, clock: ManualClock, client: Client) -> None:
        exchange.replace_key(KEY, valid_until=int(NOW) + MINUTE)
        assert client.private("Balance").errors == []
        clock.advance(MINUTE)

        assert client.private("Balance").errors == ["EAPI:Invalid key"]


class TestSignature:
    def test_wrong_secret(self, new_client: Callable[..., Client]) -> None:
        client = new_client(secret="c2FtcGxlIHNlY3JldA==")

        assert client.private("Balance").errors == ["EAPI:Invalid signature"]

    @pytest.mark.parametrize("sign", ["", "nonsense", "Signatür"])
    def test_no_signature(self, client: Client, sign: str) -> None:
        answer = client.send("POST", "/0/private/Balance", b"nonce=5", API_Key=KEY, API_Sign=sign)

        assert answer.errors == ["EAPI:Invalid signature"]

    @pytest.mark.parametrize("path", ["/0/private/TradeBalance", "/0/private/balance"])
    def test_covers_the_path(self, client: Client, path: str) -> None:
        sign = signature(path, "5", b"nonce=5", base64.b64decode(SECRET))
        answer = client.send("POST", "/0/private/Balance", b"nonce=5", API_Key=KEY, API_Sign=sign)

        assert answer.errors == ["EAPI:Invalid signature"]

    def test_covers_the_body(self, client: Client) -> None:
        sign = signature("/0/private/TradeBalance", "5", b"nonce=5&asset=ZEUR", base64.b64decode(SECRET))
        answer = client.send("POST", "/0/private/TradeBalance", b"nonce=5&asset=ZUSD", API_Key=KEY, API_Sign=sign)

        assert answer.errors == ["EAPI:Invalid signature"]

    def test_a_refused_request_uses_up_no_nonce(self, client: Client) -> None:
        client.send("POST", "/0/private/Balance", b"nonce=99999999", API_Key=KEY, API_Sign="AAAA")

        assert client.private("Balance", nonce=10).errors == []


class TestNonce:
    @pytest.mark.parametrize("nonce", ["", "0", "-5", "1.5", "abc", "٣", str(2**64)])
    def test_no_unsigned_64_bit_integer(self, client: Client, nonce: str) -> None:
        assert client.private("Balance", nonce=nonce).errors == ["EAPI:Invalid nonce"]

    def test_must_rise(self, client: Client) -> None:
        assert client.private("Balance", nonce=1000).errors == []
        assert client.private("Balance", nonce=1000).errors == ["EAPI:Invalid nonce"]
        assert client.private("Balance", nonce=999).errors == ["EAPI:Invalid nonce"]
        assert client.private("Balance", nonce=1001).errors == []

    def test_one_nonce_in_a_larger_unit_shuts_out_the_smaller_unit(self, client: Client) -> None:
        milliseconds, nanoseconds = int(NOW * 1000), int(NOW * 1_000_000_000)
        assert client.private("Balance", nonce=milliseconds).errors == []
        assert client.private("Balance", nonce=nanoseconds).errors == []

        assert client.private("Balance", nonce=milliseconds + MINUTE * 1000).errors == ["EAPI:Invalid nonce"]

    def test_largest(self, client: Client) -> None:
        assert client.private("Balance", nonce=2**64 - 1).errors == []

    def test_each_key_has_its_own(self, exchange: Exchange, new_client: Callable[..., Client]) -> None:
        exchange.add_key("test", api_key("SECOND-sample-key"))
        assert new_client().private("Balance", nonce=1000).errors == []

        assert new_client(key="SECOND-sample-key").private("Balance", nonce=5).errors == []

    def test_window_lets_late_requests_in(self, exchange: Exchange, client: Client) -> None:
        exchange.replace_key(KEY, nonce_window=10)
        assert client.private("Balance", nonce=1000).errors == []
        assert client.private("Balance", nonce=991).errors == []
        assert client.private("Balance", nonce=990).errors == ["EAPI:Invalid nonce"]

        # Lower nonces do not lower the bar, and the window lets one and the same request in twice.
        assert client.private("Balance", nonce=1000).errors == []
        assert client.private("GetApiKeyInfo", nonce=995).result["nonce"] == "1000"


class TestTwoFactorPassword:
    @pytest.fixture(autouse=True)
    def password(self, exchange: Exchange) -> None:
        exchange.replace_key(KEY, otp="sample password")

    def test_right(self, client: Client) -> None:
        assert client.private("Balance", otp="sample password").errors == []

    def test_missing(self, client: Client) -> None:
        assert client.private("Balance").errors == ["EGeneral:Permission denied"]

    def test_wrong(self, client: Client) -> None:
        assert client.private("Balance", otp="other password").errors == ["EAPI:Invalid signature"]

    def test_not_asked_for(self, exchange: Exchange, client: Client) -> None:
        exchange.replace_key(KEY, otp=None)

        assert client.private("Balance", otp="sample password").errors == ["EAPI:Invalid signature"]


class TestPermissions:
    @pytest.mark.parametrize("name", sorted(name for name, endpoint in PRIVATE.items() if endpoint.permissions))
    def test_every_endpoint_asks_for_its_own(self, exchange: Exchange, client: Client, name: str) -> None:
        needed = PRIVATE[name].permissions
        exchange.replace_key(KEY, permissions=frozenset(PERMISSIONS) - needed)
        assert client.private(name).errors == ["EGeneral:Permission denied"]

        for permission in needed:
            exchange.replace_key(KEY, permissions=frozenset({permission}) | PRIVATE[name].also)
            assert client.private(name).errors != ["EGeneral:Permission denied"]

    @pytest.mark.parametrize(
        ("name", "permission"),
        [
            ("Balance", "query-funds"),
            ("BalanceEx", "query-funds"),
            ("TradeBalance", "query-open-trades"),
            ("OpenOrders", "query-open-trades"),
            ("OpenPositions", "query-open-trades"),
            ("ClosedOrders", "query-closed-trades"),
            ("TradesHistory", "query-closed-trades"),
            ("Ledgers", "query-ledger"),
            ("CancelAll", "close-trades"),
            ("GetWebSocketsToken", "create-ws-token"),
        ],
    )
    def test_which(self, exchange: Exchange, client: Client, name: str, permission: str) -> None:
        exchange.replace_key(KEY, permissions=frozenset({permission}))

        assert client.private(name).errors == []

    def test_the_key_itself_may_always_be_asked(self, exchange: Exchange, client: Client) -> None:
        exchange.replace_key(KEY, permissions=frozenset())

        assert client.private("GetApiKeyInfo").result["permissions"] == []


class TestAddresses:
    @pytest.mark.parametrize("network", ["127.0.0.2", "127.0.0.0/30"])
    def test_allowed(self, exchange: Exchange, new_client: Callable[..., Client], network: str) -> None:
        exchange.replace_key(KEY, ip_allowlist=("203.0.113.7", network))

        assert new_client(source="127.0.0.2").private("Balance").errors == []

    def test_not_allowed(self, exchange: Exchange, new_client: Callable[..., Client]) -> None:
        exchange.replace_key(KEY, ip_allowlist=("127.0.0.2", "203.0.113.0/24"))

        assert new_client().private("Balance").errors == ["EAPI:Invalid key"]


class TestLockout:
    def test_after_repeated_invalid_keys(self, clock: ManualClock, new_client: Callable[..., Client]) -> None:
        stranger = new_client(key="no-such-key")
        for _ in range(10):
            assert stranger.private("Balance").errors == ["EAPI:Invalid key"]
        assert stranger.private("Balance").errors == ["EGeneral:Temporary lockout"]

        # Asking again prolongs it: 15 minutes count from the last attempt.
        clock.advance(14 * MINUTE)
        assert stranger.private("Balance").errors == ["EGeneral:Temporary lockout"]
        clock.advance(14 * MINUTE)
        assert stranger.private("Balance").errors == ["EGeneral:Temporary lockout"]
        clock.advance(15 * MINUTE)
        assert stranger.private("Balance").errors == ["EAPI:Invalid key"]

    def test_others_are_not_locked_out(self, client: Client, new_client: Callable[..., Client]) -> None:
        stranger = new_client(key="no-such-key")
        for _ in range(11):
            stranger.private("Balance")

        assert client.private("Balance").errors == []

    def test_only_failures_in_a_row_count(self, exchange: Exchange, new_client: Callable[..., Client]) -> None:
        exchange.add_account(SimulatedAccount("other", "AA00 SAMP LE00 9998"))
        exchange.add_key("other", api_key("COMES-AND-GOES", ip_allowlist=("127.0.0.2",)))
        here = new_client(key="COMES-AND-GOES")
        there = new_client(key="COMES-AND-GOES", source="127.0.0.2")
        for _ in range(9):
            assert here.private("Balance").errors == ["EAPI:Invalid key"]
        assert there.private("Balance").errors == []

        assert here.private("Balance").errors == ["EAPI:Invalid key"]
        assert there.private("Balance").errors == []


ALLOWED = {
    "AddOrder": [{"modify-trades"}],
    "AddOrderBatch": [{"modify-trades", "close-trades"}],
    "AmendOrder": [{"modify-trades"}, {"close-trades"}],
    "EditOrder": [{"modify-trades", "close-trades"}],
    "CancelOrder": [{"modify-trades"}, {"close-trades"}],
    "CancelOrderBatch": [{"modify-trades"}, {"close-trades"}],
    "CancelAll": [{"modify-trades"}, {"close-trades"}],
    "CancelAllOrdersAfter": [{"modify-trades"}, {"close-trades"}],
    "TradesHistory": [{"query-closed-trades"}],
    "QueryTrades": [{"query-closed-trades"}],
    "QueryLedgers": [{"query-ledger"}],
    "DepositMethods": [{"query-funds", "add-funds"}],
    "DepositAddresses": [{"query-funds"}],
    "DepositStatus": [{"query-funds"}],
    "WithdrawMethods": [{"query-funds", "withdraw-funds"}],
    "WithdrawAddresses": [{"query-funds", "withdraw-funds"}],
    "WithdrawInfo": [{"query-funds", "withdraw-funds"}],
    "Withdraw": [{"withdraw-funds"}],
    "WithdrawStatus": [{"withdraw-funds"}, {"query-ledger"}],
    "WithdrawCancel": [{"withdraw-funds"}],
}
"""For each endpoint which permissions will do."""


@pytest.mark.parametrize("name", ALLOWED)
def test_permissions(exchange: Exchange, client: Client, name: str) -> None:
    needed = set().union(*ALLOWED[name])
    tried = [{permission} for permission in sorted(needed)] + [needed, set()]

    for permissions in tried:
        exchange.replace_key(KEY, permissions=frozenset(permissions) | {"earn-funds"})
        denied = client.private(name).errors == ["EGeneral:Permission denied"]
        assert denied is not any(enough <= permissions for enough in ALLOWED[name])


def test_orders_are_shown_by_their_state(exchange: Exchange, client: Client) -> None:
    order = {"pair": "XBTUSD", "type": "buy", "volume": "0.1"}
    (resting,) = client.private("AddOrder", **order, ordertype="limit", price="1000").result["txid"]
    (filled,) = client.private("AddOrder", **order, ordertype="market").result["txid"]

    for permission, seen in (("query-open-trades", resting), ("query-closed-trades", filled)):
        exchange.replace_key(KEY, permissions=frozenset({permission}))
        assert client.private("QueryOrders", txid=seen).result.keys() == {seen}
        denied = client.private("QueryOrders", txid=f"{resting},{filled}")
        assert denied.errors == ["EGeneral:Permission denied"]


def test_canceling_all_costs_a_point_and_canceling_one_does_not(exchange: Exchange, client: Client) -> None:
    exchange.state.accounts["test"].tier = "starter"

    for _ in range(20):
        assert client.private("CancelOrder", txid="7").errors == ["EOrder:Unknown order"]
    for _ in range(15):
        assert client.private("CancelAll").errors == []
    assert client.private("CancelAll").errors == ["EAPI:Rate limit exceeded"]
