"""Exchanges from a TOML file: the example that ships, and what a mistake gets."""

import base64
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

from kraken_sandbox import AccountsFileError, Exchange, FaultKind, load_exchange, whole_market
from kraken_sandbox.samples import environment

from .support import NOW, Client, ManualClock

EXAMPLE = Path(__file__).parents[2] / "docs" / "sandbox-accounts.toml"

MASTER_KEY = "MSTR-sample-key-of-the-example-not-a-real-key"
ALPHA_KEY = "ALPH-sample-key-of-the-example-not-a-real-key"
SECRET = "c2FtcGxlIHNlY3JldCBvZiB0aGUgZXhhbXBsZSBmaWxlLCB3b3J0aCBub3RoaW5nIC4uLi4uLi4uLi4uLi4uLg=="


class TestExample:
    @pytest.fixture
    def exchange(self, clock: ManualClock) -> Exchange:
        return load_exchange(EXAMPLE, clock=clock)

    @pytest.fixture
    def master(self, client: Client) -> Client:
        client.key, client.secret = MASTER_KEY, SECRET
        return client

    @pytest.fixture
    def alpha(self, client: Client) -> Client:
        client.key, client.secret = ALPHA_KEY, SECRET
        return client

    def test_balances(self, master: Client) -> None:
        result = master.private("BalanceEx").result

        assert result["XBT.F"] == {"balance": "0.2500000000", "hold_trade": "0.0000000000"}
        # 0.1 × 50,000 and a fee of 0.25 %
        assert result["ZUSD"] == {"balance": "10000.0000", "hold_trade": "5012.5000"}
        assert result["ZEUR"] == {
            "balance": "500.0000",
            "credit": "1000.0000",
            "credit_used": "200.0000",
            "hold_trade": "0.0000",
        }

    def test_key(self, master: Client) -> None:
        result = master.private("GetApiKeyInfo").result

        assert (result["apiKeyName"], result["iban"]) == ("balance-check", "AA00 SAMP LE00 0101")
        assert result["validUntil"] == "4102444799"
        assert result["createdTime"] == "1767225600"
        assert "withdraw-funds" not in result["permissions"]
        assert result["ipAllowlist"] == ["127.0.0.1", "::1"]

    def test_order_and_position(self, master: Client) -> None:
        order, trailing = master.private("OpenOrders").result["open"].values()
        (position,) = master.private("OpenPositions").result.values()

        assert (order["opentm"], order["userref"], order["vol"]) == (NOW - 3600, 7, "0.10000000")
        assert (trailing["descr"]["ordertype"], trailing["descr"]["price"]) == ("trailing-stop", "+5.0000%")
        assert trailing["descr"]["order"] == "buy 10.00000000 XRPUSD @ trailing stop +5.0000%"
        assert (position["pair"], position["margin"], position["time"]) == ("XETHZUSD", "300.00000", NOW - 7200)

    def test_two_factor_password(self, alpha: Client) -> None:
        assert alpha.private("Balance").errors == ["EGeneral:Permission denied"]
        assert alpha.private("Balance", otp="sample-password").result == {"ZUSD": "250.0000"}

    def test_prices(self, client: Client) -> None:
        assert client.public("Ticker", pair="XBTUSD").result["XXBTZUSD"]["a"][0] == "60010.00000"

    def test_markets_without_bids_and_closed_ones(self, client: Client) -> None:
        assert client.public("Ticker", pair="BONKUSD").result["BONKUSD"]["b"] == ["0.000000000", "0", "0.000"]
        assert client.public("AssetPairs", pair="PEPEUSD").result["PEPEUSD"]["status"] == "cancel_only"

    def test_tickers_that_are_left_out(self, client: Client) -> None:
        answer = client.public("Ticker").document

        assert answer["error"] == ["EQuery:Unknown asset pair"]
        assert "KSMEUR" not in answer["result"]
        assert "XXBTZUSD" in answer["result"]

    def test_pairs_that_are_gone(self, client: Client) -> None:
        assert client.public("Ticker", pair="MOVREUR").errors == ["EQuery:Unknown asset pair"]

    def test_past(self, exchange: Exchange, master: Client) -> None:
        exchange.faults.clear()
        gone, recent = sorted(
            master.private("TradesHistory").result["trades"].values(), key=lambda trade: trade["time"]
        )
        (staked,) = master.private("Ledgers", type="staking").result["ledger"].values()

        assert (recent["pair"], recent["time"], recent["fee"], recent["maker"]) == (
            "XXBTZUSD",
            NOW - 840,
            "1.60000",
            True,
        )
        assert (gone["pair"], gone["time"], gone["ordertype"]) == ("MOVREUR", 1767614400, "market")
        assert (staked["asset"], staked["amount"], staked["refid"], staked["time"]) == (
            "DOT28.S",
            "0.5000000000",
            "ESAMPL-AAAAA-AAAAAA",
            NOW - 3600,
        )
        assert master.private("BalanceEx").result["DOT28.S"]["balance"] == "100.0000000000"

    def test_earn(self, exchange: Exchange, master: Client) -> None:
        result = master.private("Earn/Allocations").result
        flex, bonded, vault = result["items"]
        strategies = {item["id"]: item for item in master.private("Earn/Strategies").result["items"]}

        assert exchange.state.earn_page == 50
        assert (flex["native_asset"], flex["amount_allocated"]["total"]["native"]) == ("BTC", "0.5000000000")
        assert strategies[flex["strategy_id"]]["lock_type"] == {"type": "flex"}
        assert strategies[bonded["strategy_id"]]["lock_type"]["unbonding_period"] == 2419200
        assert bonded["total_rewarded"]["native"] == "2.5000000000"
        assert vault["amount_allocated"]["unbonding"]["allocations"] == [
            {
                "created_at": "2027-01-15T08:00:00Z",
                "expires": "2099-01-31T00:00:00Z",
                "native": "250.00000000",
                "converted": "249.9750",
            }
        ]
        exchange.clock.advance(days=30)
        # Four weeks of 12 % a year, each earning as well
        assert master.private("BalanceEx").result["DOT28.S"]["balance"] == "100.9237306054"

    def test_depth(self, client: Client) -> None:
        ticker = client.public("Ticker", pair="ETHUSD").result["XETHZUSD"]

        assert (ticker["b"], ticker["a"]) == (["3149.50000", "2", "2.000"], ["3150.50000", "1", "1.500"])

    def test_faults(self, exchange: Exchange, alpha: Client) -> None:
        answers = [alpha.private("BalanceEx", otp="sample-password").errors for _ in range(3)]
        assert answers == [[], ["EService:Busy"], []]
        assert exchange.faults.strike("TradesHistory", None) is not None
        fault = exchange.faults.strike("Ledgers", None)
        assert fault is not None
        assert (fault.kind, fault.seconds) == (FaultKind.LATENCY, 0.5)

    def test_variables(self, exchange: Exchange) -> None:
        assert environment(exchange, "http://127.0.0.1:8111") == {
            "KRAKEN_API_URL": "http://127.0.0.1:8111",
            "KRAKEN_MASTER_API_KEY": MASTER_KEY,
            "KRAKEN_MASTER_API_SECRET": SECRET,
            "KRAKEN_USER_ALPHA_API_KEY": ALPHA_KEY,
            "KRAKEN_USER_ALPHA_API_SECRET": SECRET,
            "KRAKEN_USER_ALPHA_API_OTP": "sample-password",
            "KRAKEN_USER_BRAVO_API_KEY": "<paste_your_key_here>",
            "KRAKEN_USER_BRAVO_API_SECRET": "<paste_your_secret_here>",
        }

    def test_its_secrets_say_that_they_are_samples(self) -> None:
        for account in tomllib.loads(EXAMPLE.read_text())["accounts"]:
            for key in account.get("keys", []):
                assert "not-a-real-key" in key["key"]
                assert base64.b64decode(key["secret"]).startswith(b"sample secret")


ACCOUNT = """\
[[accounts]]
label = "master"
iban = "AA00 SAMP LE00 0101"
"""
KEY = f"""\
[[accounts.keys]]
key = "MSTR-sample-key"
secret = "{SECRET}"
"""
SECOND = """\
[[accounts]]
label = "alpha"
iban = "AA00 SAMP LE00 0102"
"""
ORDER = """\
[[accounts.orders]]
pair = "XBTUSD"
type = "buy"
price = "50000"
volume = "0.1"
"""
TRADE = """\
[[accounts.trades]]
pair = "XBTUSD"
type = "buy"
volume = "0.1"
price = "50000"
"""
ENTRY = """\
[[accounts.ledger]]
type = "deposit"
asset = "ZUSD"
amount = "-5"
"""
ALLOCATION = """\
[[accounts.allocations]]
strategy = "S"
amount = 1
"""
STRATEGY = """\
[[strategies]]
id = "S"
asset = "DOT"
"""
POSITION = """\
[[accounts.positions]]
pair = "XBTUSD"
type = "buy"
volume = "0.1"
cost = "5000"
"""


class TestMistakes:
    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "accounts: there is none"),
            ('accounts = "many"', "line 1: accounts: must be a list of tables"),
            ("accounts = [1]", "line 1: accounts[0]: must be a table"),
            ('status = "offline"\n' + ACCOUNT, "line 1: status: unknown status 'offline'; there are online, "),
            ("[[accounts]]\n", "line 1: accounts[0].label: is missing"),
            ('[[accounts]]\nlabel = "master"', "line 1: accounts[0].iban: is missing"),
            ("[[accounts]]\nlabel = 5", "line 2: accounts[0].label: must be text in quotes"),
            ('[[accounts]]\nlabel = "a b"', "line 2: accounts[0].label: must be letters, digits"),
            (ACCOUNT + 'color = "blue"', "line 4: accounts[0].color: unknown field"),
            (ACCOUNT + 'tier = "whale"', "line 4: accounts[0].tier: unknown tier 'whale'; there are starter, "),
            (ACCOUNT + "amounts_as_numbers = 1", "line 4: accounts[0].amounts_as_numbers: must be true or false"),
            (ACCOUNT + "balances = 5", "line 4: accounts[0].balances: must be a table"),
            (ACCOUNT + "[accounts.balances]\nBTC = 1", "line 5: accounts[0].balances.BTC: unknown asset code"),
            (
                ACCOUNT + '[accounts.balances]\n"XBT.F" = "much"',
                'line 5: accounts[0].balances.XBT.F: must be an amount such as "1250.42"',
            ),
            (ACCOUNT + "[accounts.balances]\nZUSD = -1", "line 5: accounts[0].balances.ZUSD: must be an amount"),
            (ACCOUNT + "[accounts.balances]\nZUSD = nan", "line 5: accounts[0].balances.ZUSD: must be an amount"),
            (ACCOUNT + "[accounts.balances]\nZUSD = true", "line 5: accounts[0].balances.ZUSD: must be an amount"),
            (ACCOUNT + "[accounts.balances]\nZUSD = [1]", "line 5: accounts[0].balances.ZUSD: must be an amount"),
            (
                ACCOUNT + "[accounts.balances]\nZUSD = { credit = 5 }",
                "line 5: accounts[0].balances.ZUSD.amount: is missing",
            ),
            (
                ACCOUNT + SECOND.replace("alpha", "master"),
                "line 5: accounts[1].label: 'master' and 'master' would",
            ),
            (
                SECOND.replace("alpha", "a-b") + SECOND.replace("alpha", "a_b"),
                "line 5: accounts[1].label: 'a_b' and 'a-b' would share the variables KRAKEN_USER_A_B_…",
            ),
            (
                ACCOUNT + SECOND + KEY + 'permissions = ["trade"]',
                "line 10: accounts[1].keys[0].permissions: unknown permission 'trade'",
            ),
            (
                ACCOUNT + KEY + "permissions = [1]",
                "line 7: accounts[0].keys[0].permissions: must be a list of texts",
            ),
            (
                ACCOUNT + KEY + SECOND + KEY,
                "line 11: accounts[1].keys[0].key: is another account's or another key of this one",
            ),
            (
                ACCOUNT + '[[accounts.keys]]\nkey = "clé"',
                "line 5: accounts[0].keys[0].key: must be printable ASCII",
            ),
            (
                ACCOUNT + '[[accounts.keys]]\nkey = "KEY"\nsecret = "not base64!"',
                "line 6: accounts[0].keys[0].secret: must be base64",
            ),
            (ACCOUNT + KEY + KEY + "x = 1", "line 8: accounts[0].keys[1].key: is another account's"),
            (
                ACCOUNT + KEY + 'ip_allowlist = ["home"]',
                "line 7: accounts[0].keys[0].ip_allowlist: 'home' is no address or network",
            ),
            (
                ACCOUNT + KEY + 'valid_until = "tomorrow"',
                "line 7: accounts[0].keys[0].valid_until: must be a time such as 2027-01-31T00:00:00Z",
            ),
            (
                ACCOUNT + KEY + "valid_until = 2027-01-31T00:00:00",
                "line 7: accounts[0].keys[0].valid_until: must be a time such as",
            ),
            (ACCOUNT + KEY + "nonce_window = -1", "line 7: accounts[0].keys[0].nonce_window: must be at least 0"),
            (ACCOUNT + KEY + "nonce_window = true", "line 7: accounts[0].keys[0].nonce_window: must be a whole"),
            (ACCOUNT + ORDER.replace("XBTUSD", "NOSUCH"), "line 5: accounts[0].orders[0].pair: unknown pair"),
            (ACCOUNT + ORDER.replace("buy", "hold"), "line 6: accounts[0].orders[0].type: unknown type 'hold'"),
            (ACCOUNT + ORDER + ORDER + "age = -1", "line 14: accounts[0].orders[1].age: must be an amount"),
            (
                ACCOUNT + ORDER.replace('price = "50000"', 'trailing = "near"'),
                'line 7: accounts[0].orders[0].trailing: must be a distance such as "+5.0%"',
            ),
            (ACCOUNT + ORDER + 'trailing = "+5%"', "line 7: accounts[0].orders[0].price: unknown field"),
            ('tickers_left_out = ["NOSUCH"]\n' + ACCOUNT, "line 1: tickers_left_out: unknown pair 'NOSUCH'"),
            (ACCOUNT + POSITION + "leverage = 0", "line 9: accounts[0].positions[0].leverage: must be at least 1"),
            (ACCOUNT + "[prices.NOSUCH]\nbid = 1", "line 4: prices.NOSUCH: unknown pair"),
            (ACCOUNT + "[prices.XBTUSD]\nmid = 1", "line 5: prices.XBTUSD.mid: unknown field"),
            ('market = "huge"\n' + ACCOUNT, "line 1: market: unknown market 'huge'; there are small, whole"),
            ("market = 1\n" + ACCOUNT, "line 1: market: must be text in quotes"),
            ("throttle = 20\n" + ACCOUNT, "line 1: throttle: must be a table"),
            (ACCOUNT + "[throttle]\n", "line 4: throttle.rate: is missing"),
            (ACCOUNT + "[throttle]\nrate = 0", "line 5: throttle.rate: must be above 0"),
            (ACCOUNT + "[throttle]\nrate = 20\nburst = 0", "line 6: throttle.burst: must be at least 1"),
            (
                ACCOUNT + '[throttle]\nrate = 20\nform = "slow"',
                "line 6: throttle.form: unknown form 'slow'; there are http-429, http-429-retry-after, ",
            ),
            (ACCOUNT + "[throttle]\nrate = 20\nlimit = 3", "line 6: throttle.limit: unknown field"),
            (ACCOUNT + "[[faults]]\n", "line 4: faults[0].kind: is missing"),
            (
                ACCOUNT + '[[faults]]\nkind = "rain"',
                "line 5: faults[0].kind: unknown kind 'rain'; there are latency",
            ),
            (ACCOUNT + '[[faults]]\nkind = "error"', "line 4: faults[0].text: is missing: which error?"),
            (
                ACCOUNT + '[[faults]]\nkind = "drop"\nendpoint = "Stake"',
                "line 6: faults[0].endpoint: unknown endpoint 'Stake'",
            ),
            (ACCOUNT + '[[faults]]\nkind = "drop"\nkey = "K"', "line 6: faults[0].key: is no account's key"),
            (ACCOUNT + '[[faults]]\nkind = "html"\nstatus = 5', "line 6: faults[0].status: must be at least 200"),
            (ACCOUNT + TRADE.replace("XBTUSD", "X"), "line 5: accounts[0].trades[0].pair: unknown pair"),
            (ACCOUNT + TRADE + 'time = "noon"', "line 9: accounts[0].trades[0].time: must be a time such as"),
            (ACCOUNT + TRADE + "time = true", "line 9: accounts[0].trades[0].time: must be a time such as"),
            (ACCOUNT + TRADE + "time = 2e11\nage = 1", "line 10: accounts[0].trades[0].age: unknown field"),
            (ACCOUNT + TRADE + "time = 1e15", "line 9: accounts[0].trades[0].time: must be a time such as"),
            (ACCOUNT + TRADE + 'ordertype = "iceberg"', "line 9: accounts[0].trades[0].ordertype: unknown"),
            (ACCOUNT + TRADE + 'fee = "much"', "line 9: accounts[0].trades[0].fee: must be a number such as"),
            (ACCOUNT + ENTRY.replace("ZUSD", "USD"), "line 6: accounts[0].ledger[0].asset: unknown asset code"),
            (
                ACCOUNT + ENTRY.replace("deposit", "gift"),
                "line 5: accounts[0].ledger[0].type: unknown type 'gift'",
            ),
            (ACCOUNT + ENTRY.replace("-5", "1e41"), "line 7: accounts[0].ledger[0].amount: must be a number"),
            (ACCOUNT + ALLOCATION, "line 5: accounts[0].allocations[0].strategy: is none of [[strategies]]"),
            (
                STRATEGY + ACCOUNT + ALLOCATION + 'state = "lost"',
                "line 10: accounts[0].allocations[0].state: unknown state 'lost'; there are bonding, allocated,",
            ),
            (
                STRATEGY + ACCOUNT + ALLOCATION + 'held_as = "DOT99.S"',
                "line 10: accounts[0].allocations[0].held_as: unknown asset code",
            ),
            (STRATEGY.replace("DOT", "NOSUCH") + ACCOUNT, "line 3: strategies[0].asset: unknown asset code; with"),
            (STRATEGY + STRATEGY + ACCOUNT, "line 5: strategies[1].id: is another strategy's"),
            (STRATEGY + "payout_frequency = 60\n" + ACCOUNT, "line 4: strategies[0].payout_frequency: must be at"),
            ('delisted = ["X"]\n' + ACCOUNT, "line 1: delisted: unknown pair 'X'"),
            ("earn_page = 0\n" + ACCOUNT, "line 1: earn_page: must be at least 1"),
            (ACCOUNT + "[clock]\nspeed = 0", "line 5: clock.speed: must be above 0"),
            (ACCOUNT + "[clock]\ntime = 2027-01-31", "line 5: clock.time: must be a time such as 2027-01-31T00:"),
            (ACCOUNT + "[clock]\nzone = 1", "line 5: clock.zone: unknown field"),
            ("clock = 5\n" + ACCOUNT, "line 1: clock: must be a table"),
            (ACCOUNT + "[prices.XBTUSD]\nbids = [[1]]", 'line 5: prices.XBTUSD.bids: must be a list such as [["6'),
            (ACCOUNT + "[prices.XBTUSD]\nasks = [[1, 0]]", "line 5: prices.XBTUSD.asks: must be a list such as"),
            (ACCOUNT + "[prices.XBTUSD]\nasks = 5", "line 5: prices.XBTUSD.asks: must be a list"),
            (ACCOUNT + "extra = 1\n[unknown]\n", "line 4: accounts[0].extra: unknown field"),
            (ACCOUNT + "[unknown]\n", "line 4: unknown: unknown field"),
        ],
    )
    def test_the_message_names_line_and_field(self, tmp_path: Path, text: str, message: str) -> None:
        file = tmp_path / "accounts.toml"
        file.write_text(text, encoding="utf-8")
        with pytest.raises(AccountsFileError) as caught:
            load_exchange(file)

        separator = ", " if message.startswith("line ") else ": "
        assert str(caught.value).startswith(f"{file}{separator}{message}")

    def test_no_toml(self, tmp_path: Path) -> None:
        file = tmp_path / "accounts.toml"
        file.write_text("[[accounts]\nlabel = ")
        with pytest.raises(AccountsFileError, match=r"accounts\.toml: is not TOML: .*line 1"):
            load_exchange(file)

    def test_no_text(self, tmp_path: Path) -> None:
        file = tmp_path / "accounts.toml"
        file.write_bytes(b"\xff\xfe\x00")
        with pytest.raises(AccountsFileError, match="is not a text file in UTF-8"):
            load_exchange(file)

    @pytest.mark.parametrize("name", ["missing.toml", "."])
    def test_no_file(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(AccountsFileError, match="cannot be read: "):
            load_exchange(tmp_path / name)


def test_amounts_lose_no_digit(tmp_path: Path) -> None:
    file = tmp_path / "accounts.toml"
    file.write_text(ACCOUNT + "[accounts.balances]\nXXBT = 0.1234567891\nZUSD = 12345678901234.5678\n")
    balances = load_exchange(file).state.accounts["master"].balances

    assert balances["XXBT"].amount == Decimal("0.1234567891")
    assert balances["ZUSD"].amount == Decimal("12345678901234.5678")


def test_accounts_that_are_answered_in_other_shapes(tmp_path: Path) -> None:
    file = tmp_path / "accounts.toml"
    file.write_text(
        ACCOUNT + "without_balance_ex = true\nwithout_equivalent_balance = true\n" + KEY + "snake_case = true\n"
    )
    exchange = load_exchange(file)

    account = exchange.state.accounts["master"]
    assert (account.without_balance_ex, account.without_equivalent_balance) == (True, True)
    assert exchange.state.keys["MSTR-sample-key"].api_key.snake_case


@pytest.mark.parametrize(("line", "pairs"), [("", 152), ('market = "small"', 152), ('market = "whole"', 1440)])
def test_a_market(tmp_path: Path, line: str, pairs: int) -> None:
    file = tmp_path / "accounts.toml"
    file.write_text(f"{line}\n{ACCOUNT}")

    assert len(load_exchange(file).state.market.pairs) == pairs
    # One that is given counts more than the file's.
    assert load_exchange(file, whole := whole_market()).state.market is whole


def test_a_throttle(tmp_path: Path) -> None:
    file = tmp_path / "accounts.toml"
    file.write_text(ACCOUNT)
    assert load_exchange(file).throttle is None

    file.write_text(ACCOUNT + "[throttle]\nrate = 2.5\n")
    throttle = load_exchange(file).throttle
    assert throttle is not None
    assert (throttle.rate, throttle.burst, throttle.form, throttle.counts_refused) == (2.5, 3, "http-429", False)

    file.write_text(ACCOUNT + '[throttle]\nrate = "20"\nburst = 40\nform = "throttled"\ncounts_refused = true\n')
    throttle = load_exchange(file).throttle
    assert throttle is not None
    assert (throttle.rate, throttle.burst, throttle.form, throttle.counts_refused) == (20, 40, "throttled", True)


def test_labels_that_are_no_variable_names(tmp_path: Path) -> None:
    file = tmp_path / "accounts.toml"
    file.write_text(SECOND.replace("alpha", "Al.pha-1"))

    assert environment(load_exchange(file), "http://127.0.0.1:8111") == {
        "KRAKEN_API_URL": "http://127.0.0.1:8111",
        "KRAKEN_USER_AL_PHA_1_USER_ID": "Al.pha-1",
        "KRAKEN_USER_AL_PHA_1_API_KEY": "<paste_your_key_here>",
        "KRAKEN_USER_AL_PHA_1_API_SECRET": "<paste_your_secret_here>",
    }


def test_hostile_accounts_load(tmp_path: Path) -> None:
    """A new kind of strategy in an asset that nobody lists, hidden; enormous, negative and future things."""
    file = tmp_path / "accounts.toml"
    file.write_text(
        '[[strategies]]\nid = "S"\nasset = "NOSUCH"\nunlisted = true\nhidden = true\nlock_type = "liquid"\n'
        + ACCOUNT
        + ALLOCATION.replace("1", "-1e39")
        + "time = 2099-01-01T00:00:00Z\n"
        + TRADE
        + "time = 2099-01-01T00:00:00.5Z\nfee = -1\n"
        + ENTRY.replace("-5", "9e39")
        + "time = 0\n"
    )
    exchange = load_exchange(file)
    account = exchange.state.accounts["master"]
    (trade,) = account.trades.values()
    (allocation,) = account.allocations

    assert (trade.time, trade.fee) == (4070908800.5, Decimal(-1))
    assert (allocation.amount, allocation.created) == (Decimal("-1e39"), 4070908800)
    assert not any(holding.amount for holding in account.balances.values())


def test_a_clock_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "accounts.toml"
    file.write_text(ACCOUNT + TRADE + "age = 60\n[clock]\ntime = 2027-01-31T00:00:00Z\nspeed = 0.001\n")
    exchange = load_exchange(file)
    (trade,) = exchange.state.accounts["master"].trades.values()

    assert 0 <= exchange.clock() - 1801353600 < 1
    assert 0 <= trade.time - (1801353600 - 60) < 1
    assert load_exchange(file, clock=ManualClock()).clock() == NOW
