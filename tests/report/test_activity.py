"""Proof of life: what an account does, whatever its key may do, and what that makes of its status."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from kraken_accounts.kraken import permissions
from kraken_sandbox import BookOrder, Fault, FaultKind, PastTrade, Position

from ..running import audit, check
from ..support import sample_key
from ..trading import BOT, DAY, HOUR, MINUTE, MONITOR, Bourse, codes, message, moment, open_bourse

BLIND = BOT - {"query-closed-trades"}
CLOSED_TRADES = permissions.label("query-closed-trades")
OF_ACTIVITY = ("idle", "never-traded", "activity-unknown", "missing-permission", "not-as-expected")


@pytest.fixture
def bourse(tmp_path: Path) -> Iterator[Bourse]:
    with open_bourse(tmp_path / "state") as bourse:
        yield bourse


def configured(folder: Path, content: str) -> Path:
    file = folder / "config.toml"
    file.write_text(content)
    return file


def strike(bourse: Bourse, endpoint: str, text: str, kind: FaultKind = FaultKind.ERROR) -> None:
    bourse.exchange.faults.add(Fault(kind, endpoint=endpoint, text=text, times=None))


# --- what is told ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [BOT, MONITOR])
def test_tells_what_an_account_does(bourse: Bourse, key: frozenset[str]) -> None:
    # In all 41 of today: 40 of 0.01 BTC at 64,000 USD, and one of 0.5 BTC at 64,000 EUR, of 1.085 USD each.
    today = [bourse.fill(number * 30 * MINUTE + 14 * MINUTE, side="sell") for number in range(40)]
    euros = bourse.fill(22 * HOUR, pair="XBTEUR", volume="0.5")
    bourse.open("master", 9 * DAY, euros, *today, permissions=key)

    found = bourse.account("--activity")

    activity = found["activity"]
    assert (found["status"], found["evidence"]) == ("trading", "fills")
    as_of, last = moment(activity["as_of"]), activity["last_fill"]
    assert abs(datetime.now(UTC) - as_of) < MINUTE
    assert abs(as_of - moment(last.pop("time")) - 14 * MINUTE) < MINUTE
    assert last == {"pair": "BTC/USD", "side": "sell", "volume": "0.01", "price": "64000"}
    assert (activity["fills_24h"], activity["fills_24h_complete"]) == (41, True)
    # 40 × 640 + 0.5 × 64,000 × 1.085
    assert (activity["volume_24h"], activity["volume_24h_complete"]) == ("60320.00", True)
    assert (activity["open_orders"], activity["oldest_order_at"], activity["positions_profit"]) == (
        0,
        None,
        "0.00",
    )
    assert codes(found, *OF_ACTIVITY) == []


def test_values_fills_in_the_currency_of_the_report(bourse: Bourse) -> None:
    bourse.open("master", bourse.fill(HOUR, pair="XBTEUR", volume="0.02"), HOUR)

    activity = bourse.account("--activity", "--quote", "EUR")["activity"]

    # 0.02 × 64,000 EUR, and 640 USD at 1 / 1.085.
    assert activity["volume_24h"] == "1869.86"


def test_tells_of_orders_and_what_they_hold(bourse: Bourse) -> None:
    bourse.open("master", HOUR, balances={"ZUSD": "10000", "XXBT": "1"})
    now = bourse.exchange.clock()
    for number, (side, age) in enumerate((("sell", DAY), ("buy", 9 * DAY), ("buy", HOUR))):
        price = Decimal(70000) if side == "sell" else Decimal(50000)
        txid = f"OSAMPL-AAAAA-AAAAA{number}"
        bourse.exchange.state.accounts["master"].open_orders[txid] = BookOrder(
            txid, "XXBTZUSD", side, "limit", price, Decimal("0.05"), now - age.total_seconds()
        )

    found = bourse.account("--activity")

    activity = found["activity"]
    assert activity["open_orders"] == len(found["open_orders"]) == 3
    assert abs(moment(activity["as_of"]) - moment(activity["oldest_order_at"]) - 9 * DAY) < MINUTE
    # 2 × 0.05 × 50,000 with 0.25 % fee, and 0.05 BTC at 64,250.10, which is 8,225.005: half to even.
    assert activity["value_in_orders"] == "8225.00"


def test_tells_of_positions_and_their_profit(bourse: Bourse) -> None:
    bourse.open("master", HOUR)
    for txid, pair, side, volume, cost in (
        ("TSAMPL-AAAAA-AAAAAA", "XETHZUSD", "buy", "0.5", "1540"),
        ("TSAMPL-AAAAA-AAAAAB", "XXBTZEUR", "sell", "0.1", "5000"),
    ):
        position = Position(
            txid, "OSAMPL-AAAAA-AAAAAA", pair, side, 0.0, Decimal(volume), Decimal(cost), Decimal(0), leverage=5
        )
        bourse.exchange.state.accounts["master"].positions[txid] = position

    found = bourse.account("--activity")

    # 0.5 × 3,150.25 − 1,540 USD; 5,000 − 0.1 × 59,217 EUR, of 1.085 USD each.
    profits = {position["pair"]: position["profit"] for position in found["open_positions"]}
    assert profits["XETHZUSD"] == "35.125"
    expected = Decimal("35.125") + Decimal(profits["XXBTZEUR"]) * Decimal("1.085")
    assert found["activity"]["positions_profit"] == str(round(expected, 2))
    assert expected < 0
    assert bourse.asked("OpenPositions") == [{"docalcs": "true"}]


def test_says_nothing_unless_it_was_asked(bourse: Bourse) -> None:
    bourse.open("master", HOUR)

    found = bourse.account()

    assert (found["status"], found["evidence"], found["activity"]) == ("trading", "permission", None)
    assert bourse.asked() == []


def test_costs_six_points_and_as_few_calls_as_that_takes(bourse: Bourse) -> None:
    bourse.open("master", HOUR)

    bourse.account("--activity")

    private = [request.endpoint for request in bourse.exchange.requests if request.key]
    # The trades count double.
    assert private == ["GetApiKeyInfo", "BalanceEx", "TradesHistory", "OpenOrders", "OpenPositions"]


# --- by what it is known that it trades -------------------------------------------------------------------


def test_a_monitors_key_sees_an_account_trade(bourse: Bourse) -> None:
    bourse.open("master", HOUR, permissions=MONITOR)

    without, code_without = bourse.run("--format", "text")
    with_it, code = bourse.run("--format", "text", "--activity")

    assert ("❌ MASTER is NOT trading on Kraken" in without, code_without) == (True, 1)
    assert ("✅ MASTER is trading on Kraken" in with_it, code) == (True, 0)
    # It lacks nothing: it is not the key that trades.
    assert "missing-permission" not in with_it


@pytest.mark.parametrize(
    ("ago", "arguments", "trading"),
    [
        (23 * HOUR, (), True),
        (25 * HOUR, (), False),
        (5 * HOUR, ("--idle-after", "6h"), True),
        (7 * HOUR, ("--idle-after", "6h"), False),
        (9 * DAY, ("--idle-after", "10d"), True),
        (11 * DAY, ("--idle-after", "10d"), False),
    ],
)
def test_fills_are_proof_while_silence_is_normal(
    bourse: Bourse, ago: timedelta, arguments: tuple[str, ...], trading: bool
) -> None:
    bourse.open("master", ago, permissions=MONITOR)
    bourse.open("alpha", ago, permissions=BOT)

    found = bourse.account("--activity", *arguments)
    alpha = bourse.account("--activity", *arguments, name="alpha")

    expected = ("trading", "fills", None) if trading else ("read-only", None)
    assert (found["status"], found["evidence"], found["reason"])[: len(expected)] == expected
    # A key that may create orders says that much in any case.
    assert (alpha["status"], alpha["evidence"]) == ("trading", "fills" if trading else "permission")


@pytest.mark.parametrize(
    ("fills", "words"),
    [
        ((3 * DAY + HOUR,), "the key may look, but may not create orders, and the last fill was 3 d ago"),
        ((), "the key may look, but may not create orders, and the account has never traded"),
    ],
)
def test_without_fresh_fills_a_monitors_key_says_what_it_knows(
    bourse: Bourse, fills: tuple[timedelta, ...], words: str
) -> None:
    bourse.open("master", *fills, permissions=MONITOR)

    found = bourse.account("--activity")

    assert (found["status"], found["reason"]) == ("read-only", words)
    assert found["remedy"] == (
        "If a bot should trade this account, see why it does not; if this key is the bot's, give it “Orders and "
        "trades: Create & modify orders, Cancel & close orders” at https://www.kraken.com/u/security/api."
    )


def test_no_fill_helps_while_kraken_is_closed(bourse: Bourse) -> None:
    bourse.open("master", HOUR, permissions=MONITOR)
    bourse.exchange.set_system_status("maintenance")

    found = bourse.account("--activity")

    assert (found["status"], found["evidence"]) == ("exchange-restricted", None)


def test_where_kraken_does_not_answer_the_last_known_fill_counts(bourse: Bourse) -> None:
    bourse.open("master", 20 * HOUR, permissions=MONITOR)
    bourse.account("--activity")
    strike(bourse, "TradesHistory", "EAPI:Rate limit exceeded")

    found = bourse.account("--activity")
    bourse.exchange.clock.advance(hours=5)
    later = bourse.account("--activity")

    assert (found["status"], found["evidence"]) == ("trading", "fills")
    activity = found["activity"]
    assert (activity["last_fill"], activity["fills_24h"], activity["volume_24h"]) == (None, None, None)
    assert codes(found, *OF_ACTIVITY) == ["activity-unknown"] * 3
    # Until it is too old.
    assert later["status"] == "read-only"
    assert later["reason"].endswith(", and its fills could not be learned")


def test_a_known_fill_that_kraken_does_not_list_any_more_proves_nothing(bourse: Bourse) -> None:
    bourse.open("master", HOUR, permissions=MONITOR)
    bourse.account("--activity")
    bourse.exchange.state.accounts["master"].trades.clear()

    found = bourse.account("--idle-after", "1d")

    assert (found["status"], found["evidence"]) == ("read-only", None)
    assert found["reason"].endswith(", and its fills could not be learned")
    assert codes(found, *OF_ACTIVITY) == ["missing-permission", "activity-unknown"]
    assert "does not list trade" in message(found, "activity-unknown")


def test_answers_that_make_no_sense_leave_the_known_fill_a_proof(bourse: Bourse) -> None:
    bourse.open("master", HOUR, permissions=MONITOR)
    bourse.account("--activity")
    strike(bourse, "TradesHistory", "<html>not today</html>", FaultKind.BODY)

    several = [bourse.account("--activity") for _ in range(2)]

    assert [(found["status"], found["evidence"]) for found in several] == [("trading", "fills")] * 2
    assert [codes(found, *OF_ACTIVITY) for found in several] == [["activity-unknown"]] * 2


def test_a_known_fill_of_the_future_proves_nothing(bourse: Bourse) -> None:
    bourse.open("master", HOUR, permissions=MONITOR)
    bourse.account("--activity")
    (memory,) = bourse.state.rglob("fills-*.json")
    content = json.loads(memory.read_text())
    for entry in content["accounts"].values():
        entry["last"][1] = "2099-01-01T00:00:00+00:00"
    memory.write_text(json.dumps(content))
    strike(bourse, "TradesHistory", "EService:Busy")

    found = bourse.account("--activity")

    assert (found["status"], found["evidence"]) == ("read-only", None)
    assert found["reason"].endswith(", and its fills could not be learned")


# --- idle -------------------------------------------------------------------------------------------------


def test_an_account_without_a_fill_for_too_long_is_idle(bourse: Bourse) -> None:
    bourse.open("master", 9 * DAY + HOUR)
    bourse.open("alpha", HOUR)

    shown, code = bourse.run("--format", "text", "--idle-after", "2d")
    (found, alpha) = bourse.report("--idle-after", "2d")["accounts"]

    assert code == 0  # a warning
    assert (codes(found, *OF_ACTIVITY), codes(alpha, *OF_ACTIVITY)) == (["idle"], [])
    last = found["activity"]["last_fill"]["time"]
    at = f"{last[:10]} {last[11:16]} UTC"
    assert f"MASTER: WARNING: No fill for 9 d, longer than 2 d: the last one was at {at}. [idle]\n" in shown
    assert (
        "MASTER: Do: See whether its bot still runs, and what it waits for; where that is normal, raise "
        "--idle-after.\n"
    ) in shown
    assert "MASTER: Activity: idle · last fill 9 d ago · no fills in 24 h · no orders\n" in shown
    assert "2 of 2 accounts trading, 1 idle" in shown
    bourse.exchange.clock.advance(minutes=1)
    assert bourse.run("--quiet", "--idle-after", "2d")[0]
    assert bourse.run("--quiet", "--idle-after", "10d") == ("", 0)


def test_just_longer_than_is_normal_is_idle_in_words_that_make_sense(bourse: Bourse) -> None:
    bourse.open("master", 6 * HOUR + MINUTE / 4)
    bourse.open("alpha", 6 * HOUR - MINUTE / 4)

    found, alpha = bourse.report("--idle-after", "6h")["accounts"]

    assert message(found, "idle").startswith("no fill for more than 6 h: the last one was at ")
    assert codes(alpha, *OF_ACTIVITY) == []


def test_an_account_that_has_never_traded_says_so(bourse: Bourse) -> None:
    bourse.open("master")

    shown, _ = bourse.run("--format", "text", "--idle-after", "6h")
    found = bourse.account("--activity")

    assert (
        "MASTER: WARNING: The account has never traded: there is no fill of it, and 6 h without one is too long. "
        "[never-traded]\n"
    ) in shown
    assert "MASTER: Activity: idle · never a fill · no orders\n" in shown
    # Unless nobody has said how long is too long.
    assert codes(found, *OF_ACTIVITY) == []
    assert (found["activity"]["last_fill"], found["activity"]["fills_24h"]) == (None, 0)


def test_each_account_may_have_a_limit_of_its_own(bourse: Bourse, tmp_path: Path) -> None:
    for name in ("master", "alpha", "bravo"):
        bourse.open(name, 3 * DAY)
    config = configured(
        tmp_path, 'idle-after = "1d"\n[accounts.alpha]\nidle-after = "7d"\n[accounts.bravo]\nidle-after = "90m"\n'
    )

    by_file = bourse.report("--config", config)["accounts"]
    by_option = bourse.report("--config", config, "--idle-after", "30d")["accounts"]

    assert [codes(one, "idle") for one in by_file] == [["idle"], [], ["idle"]]
    assert [codes(one, "idle") for one in by_option] == [[], [], ["idle"]]
    (remedy,) = [one["remedy"] for one in by_option[2]["findings"] if one["code"] == "idle"]
    assert remedy.endswith(f"raise idle-after: {config}, line 4.")


def test_a_limit_of_one_account_is_looked_at_in_any_case(bourse: Bourse, tmp_path: Path) -> None:
    """Without --activity too: an alarm that is off unless somebody thinks of it is none."""
    bourse.open("master", HOUR)
    bourse.open("alpha", 3 * DAY)
    config = configured(tmp_path, '[accounts.alpha]\nidle-after = "1d"\n')

    master, alpha = bourse.report("--config", config)["accounts"]

    assert (codes(alpha, "idle"), alpha["activity"]["fills_24h"]) == (["idle"], 0)
    assert master["activity"] is None
    assert len(bourse.asked()) == 1


def test_an_alarm_that_cannot_look_says_so(bourse: Bourse) -> None:
    bourse.open("master", 3 * DAY)
    strike(bourse, "TradesHistory", "EGeneral:Internal error")

    found = bourse.account("--idle-after", "1d")

    assert codes(found, *OF_ACTIVITY) == ["activity-unknown"]
    assert message(found, "activity-unknown") == (
        "the fills could not be learned, so nobody knows whether it is idle: Kraken says “EGeneral:Internal error”"
    )


@pytest.mark.parametrize("written", ["never", "0", "0h"])
def test_there_need_be_no_limit(bourse: Bourse, tmp_path: Path, written: str) -> None:
    bourse.open("master", 9 * DAY)
    bourse.open("alpha")
    config = configured(tmp_path, f'idle-after = "1d"\n[accounts.alpha]\nidle-after = "{written}"\n')

    by_file = bourse.report("--config", config)["accounts"]
    by_option = bourse.report("--config", config, "--idle-after", written)["accounts"]

    assert [codes(one, "idle", "never-traded") for one in by_file] == [["idle"], []]
    assert [one["activity"] for one in by_option] == [None, None]


@pytest.mark.parametrize("written", ["", "6", "6 h", "-6h", "h6", "1.5h", "6y", "1234567d", "٦h", "6H", "none"])
def test_a_limit_that_is_none_is_refused(bourse: Bourse, tmp_path: Path, written: str) -> None:
    bourse.open("master")

    option = check("--idle-after", written, env=bourse.env)
    general = check("--config", configured(tmp_path, f'idle-after = "{written}"\n'), env=bourse.env)
    own = check("--config", configured(tmp_path, f'[accounts.master]\nidle-after = "{written}"\n'), env=bourse.env)

    assert (option.returncode, general.returncode, own.returncode) == (2, 2, 2)
    assert "Invalid value for '--idle-after'" in option.stderr
    assert "config.toml, line 1: idle-after is " in general.stderr
    assert "config.toml, line 2: idle-after is " in own.stderr
    for said in (general.stderr, own.stderr):
        assert 'and should be a length of time such as "90s", "30m", "24h" or "2d", or "never"' in said
    assert bourse.exchange.requests == []


# --- what is expected ---------------------------------------------------------------------------------------


def test_an_account_that_should_only_be_looked_at_should_not_trade(bourse: Bourse, tmp_path: Path) -> None:
    bourse.open("master", HOUR, permissions=MONITOR)
    bourse.open("alpha", 3 * DAY, permissions=MONITOR)
    bourse.open("bravo", permissions=MONITOR)
    config = configured(
        tmp_path, "".join(f'[accounts.{name}]\nexpected = "read-only"\n' for name in ("master", "alpha", "bravo"))
    )

    report = bourse.report("--config", config, "--idle-after", "1d")

    master, alpha, bravo = report["accounts"]
    assert (master["status"], master["evidence"]) == ("trading", "fills")
    assert message(master, "not-as-expected") == (
        "the account trades, as its fills prove, and is expected to be read-only"
    )
    # The others are as they should be, and nobody expects them to trade.
    for account in (alpha, bravo):
        assert (account["status"], codes(account, *OF_ACTIVITY)) == ("read-only", [])
    assert report["exit_code"] == 0


def test_to_expect_both_is_refused(bourse: Bourse, tmp_path: Path) -> None:
    bourse.open("master")
    config = configured(tmp_path, '[accounts.master]\nexpected = "read-only"\nidle-after = "6h"\n')

    run = check("--config", config, env=bourse.env)

    assert (run.returncode, bourse.exchange.requests) == (2, [])
    assert 'line 3: idle-after wants the account to trade, and expected = "read-only" wants' in run.stderr


def test_a_finding_of_it_may_be_accepted(bourse: Bourse, tmp_path: Path) -> None:
    bourse.open("master", 3 * DAY)
    config = configured(tmp_path, '[[accept]]\ncode = "idle"\nreason = "on holiday"\n')

    shown, code = bourse.run("--quiet", "--config", config, "--idle-after", "1d")

    assert (shown, code) == ("", 0)


# --- what may not, or does not come -----------------------------------------------------------------------


@pytest.mark.parametrize("endpoint", ["TradesHistory", "OpenOrders", "OpenPositions"])
def test_after_a_rate_limit_the_rest_is_not_asked_and_said_to_be_missing(bourse: Bourse, endpoint: str) -> None:
    bourse.open("master", HOUR)
    strike(bourse, endpoint, "EAPI:Rate limit exceeded")

    found = bourse.account("--activity")

    order = ["TradesHistory", "OpenOrders", "OpenPositions"]
    missing = order[order.index(endpoint) :]
    private = [request.endpoint for request in bourse.exchange.requests if request.key]
    assert private[2:] == order[: order.index(endpoint) + 1]
    assert found["status"] == "trading"
    names = {"TradesHistory": "fills", "OpenOrders": "open orders", "OpenPositions": "open positions"}
    said = [one["message"] for one in found["findings"] if one["code"] == "activity-unknown"]
    assert [one.split(" could")[0] for one in said] == [f"the {names[name]}" for name in missing]
    activity = found["activity"]
    assert (activity["fills_24h"] is None) == ("TradesHistory" in missing)
    assert (activity["open_orders"] is None) == ("OpenOrders" in missing)
    assert (activity["positions_profit"] is None) == ("OpenPositions" in missing)


def test_a_key_that_may_not_see_fills_is_told_and_not_sent(bourse: Bourse) -> None:
    bourse.open("master", HOUR, permissions=BLIND)

    found = bourse.account("--activity")
    without = bourse.account()

    assert (found["status"], found["evidence"]) == ("trading", "permission")
    assert codes(found, *OF_ACTIVITY) == ["missing-permission"]
    assert message(found, "missing-permission") == f"the key lacks “{CLOSED_TRADES}”"
    assert bourse.asked() == []
    assert found["activity"]["fills_24h"] is None
    assert codes(without, *OF_ACTIVITY) == []


def test_a_monitors_key_that_may_not_see_fills_learns_what_it_lacks(bourse: Bourse) -> None:
    bourse.open("master", HOUR, permissions=MONITOR - {"query-closed-trades"})

    found = bourse.account("--activity")

    assert (found["status"], bourse.asked()) == ("read-only", [])
    assert found["reason"].endswith(", and its fills could not be learned")
    assert "Query closed orders & trades" in found["remedy"]


def test_a_key_that_sees_no_past_claims_nothing_of_it(bourse: Bourse) -> None:
    now = int(bourse.exchange.clock())
    bourse.open("master", 3 * DAY, query_from=now - 2 * 86400)
    bourse.open("alpha", HOUR, query_to=now - 86400)
    bourse.open("bravo", HOUR, query_from=now - 7200)
    bourse.open("zoe", HOUR, query_from=now - 2 * 86400)

    master, alpha, bravo, zoe = bourse.report("--idle-after", "1d")["accounts"]

    assert codes(master, *OF_ACTIVITY) == codes(alpha, *OF_ACTIVITY) == ["activity-unknown"]
    assert "the key may see nothing before" in message(master, "activity-unknown")
    assert "the key may see nothing after" in message(alpha, "activity-unknown")
    assert len(bourse.asked()) == 3  # alpha's could tell nothing
    assert [(one["activity"]["fills_24h"], one["activity"]["fills_24h_complete"]) for one in (bravo, zoe)] == [
        (1, False),
        (1, True),
    ]


def test_a_known_fill_that_the_key_may_not_see_any_more_is_none_that_is_gone(bourse: Bourse) -> None:
    bourse.open("master", 2 * HOUR, permissions=MONITOR)
    bourse.account("--activity")
    bourse.exchange.replace_key(sample_key("master"), query_from=int(bourse.exchange.clock()) - 3600)

    unseen = [bourse.account("--activity") for _ in range(2)]
    bourse.exchange.clock.advance(minutes=1)  # the key's counter of calls
    bourse.trade("master")
    found = bourse.account("--activity")

    # An earlier run has seen it, and nobody says that it is not there.
    assert [(one["status"], one["evidence"]) for one in (*unseen, found)] == [("trading", "fills")] * 3
    assert ["the key may see nothing before" in message(one, "activity-unknown") for one in unseen] == [True] * 2
    assert (found["activity"]["fills_24h"], found["activity"]["fills_24h_complete"]) == (1, False)


# --- more than a page ----------------------------------------------------------------------------------------


def test_more_fills_than_a_page_are_at_least_that_many(bourse: Bourse) -> None:
    bourse.open("master", *(MINUTE * number for number in range(1, 121)))

    first = bourse.account("--activity")["activity"]
    shown, _ = bourse.run("--activity", "--format", "text")
    second = bourse.account("--activity")["activity"]

    assert (first["fills_24h"], first["fills_24h_complete"]) == (50, False)
    # 50 × 0.01 × 64,000
    assert (first["volume_24h"], first["volume_24h_complete"]) == ("32000.00", False)
    # Who has asked before has Kraken count those of 24 hours.
    assert (second["fills_24h"], second["fills_24h_complete"]) == (120, True)
    assert (second["volume_24h"], second["volume_24h_complete"]) == ("32000.00", False)
    assert "Fills in 24 h: 120, worth at least $32,000.00" in shown
    assert len(bourse.asked()) == 3


def test_pages_that_never_end_are_one_page(bourse: Bourse) -> None:
    bourse.open("master", HOUR)
    bourse.exchange.faults.add(Fault(FaultKind.ENDLESS, endpoint="TradesHistory", times=None))

    for _ in range(2):
        found = bourse.account("--activity")

    assert (found["status"], found["total"]) == ("trading", "100.00")
    assert len(bourse.asked()) == 2
    assert not found["activity"]["volume_24h_complete"]


# --- what cannot be ------------------------------------------------------------------------------------------


def trades(**changes: object) -> str:
    """The answer of TradesHistory with one fill, some of whose values are others."""
    entry = {
        "pair": "XXBTZUSD",
        "time": 1600000000.5,
        "type": "buy",
        "vol": "0.01",
        "price": "64000",
        "cost": "640",
        **changes,
    }
    return json.dumps({"error": [], "result": {"trades": {"TSAMPL-AAAAA-AAAAAA": entry}, "count": 1}})


@pytest.mark.parametrize(
    "answer",
    [
        trades(time=4102444800),
        trades(time=1),
        trades(vol="-1"),
        trades(vol="1e30"),
        trades(cost="-640"),
        trades(pair=None),
        '{"error":[],"result":{"count":1}}',
        '{"error":[],"result":{"trades":{},"count":"41"}}',
        # More than can be, and nothing that tells how many: it has not "never traded".
        '{"error":[],"result":{"trades":{},"count":600000}}',
        '{"error":[],"result":{"trades":[],"count":"lots"}}',
        '{"error":[]}',
        '{"error":[],"result":{"trades":[1]}}',
    ],
)
def test_an_answer_that_cannot_be_leaves_the_others_standing(bourse: Bourse, answer: str) -> None:
    bourse.open("master", HOUR)
    strike(bourse, "TradesHistory", answer, FaultKind.BODY)

    found = bourse.account("--idle-after", "1h")

    assert (found["status"], found["evidence"], found["total"]) == ("trading", "permission", "100.00")
    assert codes(found, *OF_ACTIVITY) == ["activity-unknown"]
    activity = found["activity"]
    assert (activity["last_fill"], activity["fills_24h"], activity["volume_24h"]) == (None, None, None)
    assert (activity["fills_24h_complete"], activity["volume_24h_complete"]) == (False, False)
    assert activity["open_orders"] == 0


def test_an_answer_that_says_nothing_of_orders_is_none_about_orders(bourse: Bourse) -> None:
    bourse.open("master", HOUR)
    strike(bourse, "OpenOrders", '{"error":[],"result":{}}', FaultKind.BODY)

    found = bourse.account("--activity")
    shown, _ = bourse.run("--activity", "--format", "text")

    assert (found["activity"]["open_orders"], found["open_orders"]) == (None, None)
    assert "1 fill in 24 h · orders unknown" in shown
    assert codes(found, *OF_ACTIVITY) == ["activity-unknown"]


def test_a_count_that_no_page_bears_out_is_not_believed(bourse: Bourse) -> None:
    bourse.open("master", 2 * HOUR)
    bourse.account("--activity")
    strike(
        bourse,
        "TradesHistory",
        trades(time=bourse.exchange.clock() - 60).replace('"count": 1', '"count": 400'),
        FaultKind.BODY,
    )

    found = bourse.account("--activity")

    assert (found["activity"]["fills_24h"], found["activity"]["fills_24h_complete"]) == (2, False)


def test_a_count_that_is_a_string_is_a_count_and_any_other_none(bourse: Bourse) -> None:
    bourse.open("master", HOUR)
    for count in ('"1"', '"lots"', "-1", "null"):
        text = trades(time=bourse.exchange.clock()).replace('"count": 1', f'"count": {count}')
        strike(bourse, "TradesHistory", text, FaultKind.BODY)

        activity = bourse.account("--activity")["activity"]

        assert (activity["fills_24h"], activity["fills_24h_complete"]) == (1, True)


def test_a_pair_that_is_gone_keeps_its_name_and_counts_without_its_worth(bourse: Bourse) -> None:
    bourse.open("master", HOUR, bourse.fill(MINUTE, pair="KSMEUR"))
    bourse.open("alpha", bourse.fill(MINUTE, pair="KSMEUR"))
    bourse.exchange.delist_pair("KSMEUR")

    found, alpha = (account["activity"] for account in bourse.report("--activity")["accounts"])

    assert found["last_fill"]["pair"] == "KSMEUR"
    assert (found["fills_24h"], found["fills_24h_complete"]) == (2, True)
    # 0.01 × 64,000 USD is all that is known of it; of alpha's nothing is.
    assert (found["volume_24h"], found["volume_24h_complete"]) == ("640.00", False)
    assert (alpha["volume_24h"], alpha["volume_24h_complete"]) == (None, False)


def test_pairs_of_equities_are_looked_up(bourse: Bourse) -> None:
    """They are listed apart, and nothing of what was traded need be there any more."""
    share = PastTrade("AAPLxUSD", "sell", Decimal(2), Decimal(220), bourse.exchange.clock() - 60)
    bourse.open("master", share)

    activity = bourse.account("--activity")["activity"]

    assert (activity["last_fill"]["pair"], activity["volume_24h"]) == ("AAPLx/USD", "440.00")
    assert activity["volume_24h_complete"]


def test_without_prices_nobody_knows_what_fills_were_worth(bourse: Bourse) -> None:
    bourse.open("master", HOUR)
    strike(bourse, "Ticker", "EService:Unavailable")

    activity = bourse.account("--activity", "--quote", "EUR")["activity"]

    assert (activity["fills_24h"], activity["volume_24h"]) == (1, None)
    assert activity["last_fill"]["pair"] == "BTC/USD"


@pytest.mark.parametrize("opened", [86400.0, -1.7e9], ids=["future", "before Kraken"])
def test_an_order_of_no_credible_time_has_no_age(bourse: Bourse, opened: float) -> None:
    bourse.open("master", HOUR)
    at = bourse.exchange.clock() + opened
    bourse.exchange.state.accounts["master"].open_orders["OSAMPL-AAAAA-AAAAAA"] = BookOrder(
        "OSAMPL-AAAAA-AAAAAA", "XXBTZUSD", "buy", "limit", Decimal(50000), Decimal("0.001"), at
    )

    found = bourse.account("--activity")
    shown, _ = bourse.run("--activity", "--format", "text")

    assert (found["activity"]["open_orders"], found["activity"]["oldest_order_at"]) == (1, None)
    assert "1 order, oldest unknown" in shown


def test_goes_by_krakens_clock(bourse: Bourse) -> None:
    """Where this machine's is behind, fills are not of the future; where the other way round, not older."""
    bourse.open("master", HOUR, permissions=MONITOR)
    bourse.exchange.clock.advance(days=2)
    bourse.trade("master", 5 * MINUTE + MINUTE / 2)

    found = bourse.account("--idle-after", "1h")
    shown, _ = bourse.run("--idle-after", "1h", "--format", "text")

    assert (found["status"], codes(found, *OF_ACTIVITY)) == ("trading", [])
    assert "last fill 5 min ago · 1 fill in 24 h" in shown


# --- accounts that are not what they seem --------------------------------------------------------------------


def test_nothing_is_told_of_an_account_that_is_another(bourse: Bourse, tmp_path: Path) -> None:
    bourse.open("master", HOUR)
    bourse.open("alpha", MINUTE)
    bourse.report("--activity")
    keys = bourse.exchange.state.keys
    ours, theirs = keys[sample_key("master")], keys[sample_key("alpha")]
    ours.account, theirs.account = theirs.account, ours.account

    master, alpha = bourse.report("--activity")["accounts"]

    for account in (master, alpha):
        assert (account["status"], account["activity"], account["evidence"]) == ("conflict", None, None)


def test_an_audit_asks_for_no_fills(bourse: Bourse) -> None:
    bourse.open("master", HOUR)

    run = audit("--format", "json", env=bourse.env)

    assert (run.stderr, bourse.asked()) == ("", [])


def test_it_is_news_once_that_an_account_is_idle_and_that_it_is_not_any_more(bourse: Bourse) -> None:
    bourse.open("master", HOUR)
    bourse.run("--news", "--idle-after", "2h")  # what it begins with
    told = []
    for what in ("nothing", "silence", "nothing", "not asked", "fill"):
        bourse.exchange.clock.advance(hours=3 if what == "silence" else 0, minutes=1)
        if what == "fill":
            bourse.trade("master")
        limit = () if what == "not asked" else ("--idle-after", "2h")
        told.append(bourse.run("--news", "--format", "text", *limit)[0])

    assert [bool(said) for said in told] == [False, True, False, False, True]
    assert "[idle]" in told[1]
    assert "idle" in told[4]
