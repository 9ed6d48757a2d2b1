"""What came and went, through the front door: what is asked and kept, what is said of the rest, bad answers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kraken_accounts import MultiAccountBrokerManager
from kraken_accounts.config import load_settings
from kraken_accounts.history.ledger_model import LedgerCoverage
from kraken_accounts.kraken.ledger_types import Meaning
from kraken_sandbox import (
    Fault,
    FaultKind,
    PastEntry,
    PastTrade,
)

from ..running import NO_KEYS, check
from ..support import mostly_soak
from .floor import NAMES, Floor, ago, deposits


def findings(report: Mapping[str, Any], name: str = "alpha") -> list[tuple[str, str, str]]:
    """Severity, message and remedy of what is said of the ledger of an account."""
    (account,) = [one for one in report["accounts"] if (one["user_id"] or "master") == name]
    return [
        (one["severity"], one["message"], one["remedy"])
        for one in account["findings"]
        if one["code"] == "ledger-incomplete"
    ]


def of_the_run(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(one["code"], one["message"]) for one in report["findings"] if one["code"].startswith("ledger")]


# --- what is asked, and kept ----------------------------------------------------------------------------


def test_what_came_and_went_is_kept_once(floor: Floor) -> None:
    reward = PastEntry("staking", "DOT28.S", Decimal("0.5"), ago(days=2))
    came = PastEntry("deposit", "XXBT", Decimal("0.25"), ago(days=3), fee=Decimal("0.0001"), refid="QSAMPL-1")
    went = PastEntry("withdrawal", "XXBT", Decimal("-0.1"), ago(hours=4), fee=Decimal("0.00002"))
    floor.open(came, went, reward)

    first, second = floor.check(), floor.check()

    assert findings(first) == findings(second) == []
    found = floor.entries()
    told = {one.id: one for one in floor.exchange.state.accounts["alpha"].ledger.values()}
    assert {one.id for one in found} == set(told)
    (deposit,) = [one for one in found if one.refid == "QSAMPL-1"]
    assert (deposit.type, deposit.subtype, deposit.code, deposit.asset) == ("deposit", "", "XXBT", "BTC")
    assert (deposit.amount, deposit.fee, deposit.balance) == (
        Decimal("0.25"),
        Decimal("0.0001"),
        told[deposit.id].balance,
    )
    assert abs(deposit.at.timestamp() - came.time) < 0.002
    assert [(one.code, one.asset) for one in found if one.type == "staking"] == [("DOT28.S", "DOT")]
    assert floor.is_complete()
    # The second asks again for the last minutes, and for nothing else.
    first_start, second_start = (int(one["start"]) for one in floor.asked())
    assert abs(first_start - floor.began.timestamp()) < 3
    assert 60 < datetime.now(UTC).timestamp() - second_start < 300


def test_what_comes_between_two_checks_is_found_by_the_second(floor: Floor) -> None:
    floor.open()
    floor.check()

    floor.exchange.book("alpha", PastEntry("deposit", "ZUSD", Decimal(7), ago(seconds=0)))
    floor.check()

    assert [one.amount for one in floor.entries() if one.amount == 7] == [Decimal(7)]
    assert floor.is_complete()


def test_a_check_that_is_not_asked_to_asks_for_no_ledger(floor: Floor) -> None:
    floor.open()

    run = check("--format", "json", "--account", "alpha", env=floor.env)

    assert json.loads(run.stdout)["accounts"][0]["status"] == "trading"
    assert floor.asked() == []
    assert floor.coverage() == LedgerCoverage()
    private = [one.endpoint for one in floor.exchange.requests if one.key]
    assert sorted(private) == ["BalanceEx", "GetApiKeyInfo"]


def test_the_first_check_of_all_needs_nothing_that_was_before(floor: Floor) -> None:
    floor.open(*deposits(3, days=1))
    floor.history.prune(datetime.now(UTC))
    other = {**floor.env, "KRAKEN_USER_ALPHA_USER_ID": "alpha_of_late"}

    run = check("--ledger", "--format", "json", env=other)

    assert json.loads(run.stdout)["accounts"][1]["user_id"] == "alpha_of_late"
    assert floor.asked() == []


def test_the_balances_are_the_sums_of_the_entries(floor: Floor) -> None:
    """On a year of all that may happen."""
    import random

    chance = random.Random(16)
    codes = ("ZUSD", "ZEUR", "XXBT", "DOT", "DOT28.S", "USDT")
    kinds = ("deposit", "withdrawal", "trade", "staking", "transfer", "margin", "rollover", "earn", "adjustment")
    past = [
        PastEntry(
            chance.choice(kinds),
            chance.choice(codes),
            Decimal(chance.randrange(-10_000, 10_000)) / 100,
            ago(days=chance.uniform(0.1, 29)),
            fee=Decimal(chance.randrange(100)) / 100,
        )
        for _ in range(120)
    ]
    floor.open(*past)

    floor.check()

    sums: dict[str, Decimal] = {}
    for one in floor.entries():
        sums[one.code] = sums.get(one.code, Decimal(0)) + one.amount - one.fee
    held = floor.exchange.state.accounts["alpha"].balances
    assert {code: amount for code, amount in sums.items() if amount} == {
        code: holding.amount for code, holding in held.items() if holding.amount
    }
    for code in codes:
        last = max((one for one in floor.entries() if one.code == code), key=lambda one: one.at)
        assert last.balance == held[code].amount


# --- more than a check reads ----------------------------------------------------------------------------


def test_more_than_a_check_reads_is_read_by_the_next_ones_and_said_until_then(floor: Floor) -> None:
    floor.open(*deposits(400, hours=3))

    said: list[list[tuple[str, str, str]]] = []
    while not floor.is_complete() and len(said) < 9:
        said.append(findings(floor.check()))

    first = said[0]
    assert [severity for severity, *_ in first] == ["info"]
    begins, _, ends = first[0][1].removeprefix("what came and went from ").partition(" to ")
    assert begins == f"{floor.began:%Y-%m-%d %H:%M}"
    assert ends.endswith(" UTC is not known yet: it is more than one check reads")
    assert first[0][2] == "Nothing to mend: the next checks with --ledger go on with it."
    assert said[-1] == []
    assert len({one.id for one in floor.entries()}) == len(floor.exchange.state.accounts["alpha"].ledger)
    # Three a check, however much there is.
    assert len(said) == 4
    assert len(floor.asked()) <= 3 * len(said)


@pytest.mark.parametrize("holds", [{}, {"AAPLx": "1"}])
def test_a_check_leaves_the_bot_its_share_of_the_slowest_counter(floor: Floor, holds: dict[str, str]) -> None:
    """Of 15 points."""
    floor.open(*deposits(400, hours=3), tier="starter", holds=holds)

    report = floor.check()

    assert findings(report)[0][0] == "info"
    costs = {"GetApiKeyInfo": 1, "BalanceEx": 1, "Ledgers": 2}
    key = floor.env["KRAKEN_USER_ALPHA_API_KEY"][:4]
    asked = [one.endpoint for one in floor.exchange.requests if one.key is not None and one.key.startswith(key)]
    assert sum(costs[endpoint] for endpoint in asked) <= 10


def test_an_account_with_much_keeps_no_other_one_waiting(floor: Floor) -> None:
    floor.open(*deposits(300, hours=3))
    floor.open(*deposits(3, hours=3), name="master")

    report = floor.check()

    assert findings(report, "master") == []
    assert findings(report)[0][0] == "info"
    assert floor.is_complete("master")


def test_a_pause_that_kraken_asks_for_amid_the_pages_is_kept_and_the_rest_is_read_later(floor: Floor) -> None:
    floor.open(*deposits(120, hours=3))
    floor.exchange.faults.add(Fault(FaultKind.ERROR, "Ledgers", nth=2, text="EAPI:Rate limit exceeded"))

    report = floor.check()

    ((severity, message, remedy),) = findings(report)
    assert severity == "warning"
    assert message.startswith(f"what came and went from {floor.began:%Y-%m-%d %H:%M} to ")
    assert message.endswith(
        " UTC is not known: Kraken says “EAPI:Rate limit exceeded”: the key's call counter is used up"
    )
    assert remedy == (
        "The bot and this check spend from one counter: run less often, or slow the bot down. A minute without "
        "a call empties it: then ask again."
    )
    assert len(floor.asked()) == 2
    assert len(floor.entries()) == 50
    assert not floor.is_complete()

    assert findings(floor.check()) == []
    assert floor.is_complete()
    assert len(floor.entries()) == len(floor.exchange.state.accounts["alpha"].ledger)


def test_nothing_is_asked_where_kraken_has_just_asked_for_a_pause(floor: Floor) -> None:
    floor.open()
    floor.exchange.faults.add(Fault(FaultKind.ERROR, "BalanceEx", times=None, text="EAPI:Rate limit exceeded"))

    report = floor.check()

    assert floor.asked() == []
    assert findings(report)[0][0] == "warning"


# --- what keeps it from being known ---------------------------------------------------------------------


def test_a_key_that_may_not_ask_says_what_to_switch_on(floor: Floor) -> None:
    floor.open(permissions=frozenset({"query-funds", "query-open-trades", "modify-trades", "close-trades"}))

    report = floor.check()

    ((severity, message, remedy),) = findings(report)
    assert severity == "warning"
    assert message.endswith(" UTC is not known: the key lacks “Data: Query ledger entries”")
    assert remedy == (
        "Edit the key at https://www.kraken.com/u/security/api and switch on “Data: Query ledger entries”."
    )
    assert (report["accounts"][1]["status"], report["accounts"][1]["total"]) == ("trading", "100.00")
    assert floor.asked() == []


def test_that_is_said_from_the_first_check_on(floor: Floor) -> None:
    floor.open(permissions=frozenset({"query-funds"}))
    env = {**floor.env, "KRAKEN_USER_ALPHA_USER_ID": "alpha_of_late"}

    report = json.loads(check("--ledger", "--format", "json", env=env).stdout)

    (found,) = findings(report, "alpha_of_late")
    assert found[1] == "what came and went is not known: the key lacks “Data: Query ledger entries”"


def test_a_key_that_may_not_ask_for_all_times_says_so(floor: Floor) -> None:
    floor.open(*deposits(5, hours=30), *deposits(5, days=20), query_from=int(ago(days=10)))

    report = floor.check()

    ((severity, message, remedy),) = findings(report)
    assert severity == "warning"
    assert message.endswith(" UTC is not known: the key may not ask for what was then")
    assert remedy == (
        "Edit the key at https://www.kraken.com/u/security/api, and take away the start and the end of what it "
        "may query."
    )
    assert len(floor.entries()) == 5
    (span,) = floor.coverage().spans
    assert abs(span.start.timestamp() - ago(days=10)) < 60


def test_the_ledger_of_swapped_keys_is_nobodys_history(floor: Floor) -> None:
    floor.open(*deposits(3, hours=3))
    floor.open(*deposits(7, hours=3), name="master")
    check(env=floor.env)  # after which it is known whose keys these are

    check("--ledger", env=swapped(floor.env))

    assert floor.asked() == []
    assert floor.entries() == floor.entries("master") == []
    assert floor.coverage() == LedgerCoverage()


def test_a_ledger_that_fails_touches_nothing_else(floor: Floor) -> None:
    floor.open()
    floor.exchange.faults.add(Fault(FaultKind.HTML, "Ledgers", times=None, status=502))

    report = floor.check("--timeout", "2", "--deadline", "4")

    assert findings(report)[0][0] == "warning"
    assert (report["accounts"][1]["status"], report["accounts"][1]["total"]) == ("trading", "100.00")
    assert floor.coverage() == LedgerCoverage()


# --- hostile and strange entries ------------------------------------------------------------------------


def answer(*entries: Mapping[str, Any], **more: Any) -> str:
    """What Kraken would say were these its entries."""
    ledger = {
        f"LSMPLE-AAAAA-{number:06}": {
            "refid": "QSMPLE",
            "time": ago(hours=2),
            "type": "deposit",
            "subtype": "",
            "aclass": "currency",
            "asset": "ZUSD",
            "amount": "1.0000",
            "fee": "0.0000",
            "balance": "100.0000",
            **entry,
        }
        for number, entry in enumerate(entries)
    }
    return json.dumps({"error": [], "result": {"ledger": ledger, "count": len(ledger), **more}})


def lie(floor: Floor, body: str, **fault: Any) -> None:
    floor.exchange.faults.add(Fault(FaultKind.BODY, "Ledgers", text=body, **fault))


def test_an_unknown_type_is_kept_and_never_guessed(floor: Floor) -> None:
    floor.open()
    lie(floor, answer({"type": "gift of tomorrow", "subtype": "\u202eboxed"}, {"fee": "-0.5"}))

    assert findings(floor.check()) == []

    unknown, rebate = floor.entries()
    assert (unknown.type, unknown.subtype, unknown.meaning) == ("gift of tomorrow", "boxed", Meaning.UNKNOWN)
    assert (rebate.fee, rebate.meaning) == (Decimal("-0.5"), Meaning.FLOW)


@pytest.mark.parametrize(
    "wrong",
    mostly_soak(
        (
            {"amount": "9" * 60},
            {"amount": "NaN"},
            {"fee": "1e40"},
            {"type": 7},
            {"time": 1e15},
            {"asset": None},
            {"type": "t" * 999},
        ),
        4,
    ),
)
def test_an_entry_that_cannot_be_is_not_kept_and_nor_is_its_page(floor: Floor, wrong: dict[str, Any]) -> None:
    floor.open()
    lie(floor, answer({}, wrong))

    ((severity, message, _),) = findings(floor.check())

    assert (severity, floor.entries(), floor.coverage()) == ("warning", [], LedgerCoverage())
    assert "LSMPLE-AAAAA-000001" in message

    assert findings(floor.check()) == []
    assert floor.is_complete()


def test_an_entry_of_the_future_is_kept_when_its_time_has_come(floor: Floor) -> None:
    floor.open(PastEntry("deposit", "ZUSD", Decimal(5), ago(hours=-2)))

    assert findings(floor.check()) == []

    assert [one for one in floor.entries() if one.amount == 5] == []


def test_an_entry_that_is_told_otherwise_stays_as_it_was(floor: Floor) -> None:
    floor.open()
    lie(floor, answer({"time": ago(seconds=30)}))
    floor.check()
    assert of_the_run(floor.check()) == []
    lie(floor, answer({"time": ago(seconds=30), "amount": "1000000.0000"}))

    report = floor.check()

    (found,) = [one for one in report["findings"] if one["code"] == "ledger-changed"]
    assert found["severity"] == "warning"
    assert found["message"] == "Kraken tells ledger entries otherwise than before: LSMPLE-AAAAA-000000"
    assert found["remedy"] == (
        "Compare them with the ledger on Kraken's website; the history keeps what was told first."
    )
    assert [one.amount for one in floor.entries() if one.id.startswith("LSMPLE")] == [Decimal(1)]


def test_a_ledger_that_never_ends_ends_the_questions(floor: Floor) -> None:
    floor.open(*deposits(60, hours=3))
    floor.exchange.faults.add(Fault(FaultKind.ENDLESS, "Ledgers", times=None))

    ((severity, message, _),) = findings(floor.check())

    assert (severity, len(floor.asked())) == ("warning", 2)
    assert message.endswith(" is not known: the pages of Kraken's ledger are not in the order of time")
    assert not floor.is_complete()
    true = {one.id for one in floor.exchange.state.accounts["alpha"].ledger.values()}
    assert {one.id for one in floor.entries()} <= true


def test_pages_that_repeat_end_the_questions(floor: Floor) -> None:
    floor.open()
    lie(floor, answer(*[{}] * 50, count=500), times=None)

    ((_, message, _),) = findings(floor.check())

    assert message.endswith(" is not known: the pages of Kraken's ledger repeat, and more are said to come")
    assert len(floor.asked()) == 2


# --- the option -----------------------------------------------------------------------------------------


class TestTheOption:
    def test_needs_a_history(self, floor: Floor) -> None:
        floor.open()

        run = check("--ledger", "--no-record", env=floor.env)

        assert (run.returncode, run.stdout) == (2, "")
        assert run.stderr.endswith("Error: --ledger needs a history: leave --no-record away\n")
        assert floor.asked() == []

    def test_is_not_for_samples(self) -> None:
        run = check("--demo", "--ledger")

        assert (run.returncode, run.stdout) == (2, "")
        assert run.stderr.endswith("Error: --ledger needs a history: sample accounts leave none\n")

    def test_may_stand_in_a_file(self, floor: Floor, tmp_path: Path) -> None:
        floor.open()
        file = config(tmp_path, "ledger = true\n")

        check("--config", file, env=floor.env)
        assert len(floor.asked()) == 1
        check("--config", file, "--no-ledger", env=floor.env)
        assert check("--config", file, "--no-record", env=floor.env).stderr == ""
        assert len(floor.asked()) == 1

    def test_contradicts_a_file_that_records_nothing(self, floor: Floor, tmp_path: Path) -> None:
        file = config(tmp_path, "record = false\nledger = true\n")

        run = check("--config", file, env=floor.env)

        assert run.returncode == 2
        assert "ledger = true needs record = true: what came and went is kept in the history" in run.stderr


def swapped(env: Mapping[str, str]) -> dict[str, str]:
    """The same variables, with the keys of the two accounts in each other's place."""
    found = dict(env)
    for half in ("KEY", "SECRET"):
        master, alpha = f"KRAKEN_MASTER_API_{half}", f"KRAKEN_USER_ALPHA_API_{half}"
        found[master], found[alpha] = env[alpha], env[master]
    return found


def config(folder: Path, text: str) -> Path:
    file = folder / "config.toml"
    file.write_text(text)
    file.chmod(0o600)
    return file


def test_a_store_that_cannot_be_used_stops_no_check(floor: Floor, store: dict[str, str]) -> None:
    if "KRAKEN_ACCOUNTS_STORE" in store:
        pytest.skip("a damaged file is of SQLite")
    floor.open()
    file = Path(store["XDG_STATE_HOME"], "kraken-accounts", "history.sqlite")
    file.write_bytes(b"nothing of a database " * 1000)

    report = floor.check()

    assert (report["accounts"][1]["status"], floor.asked()) == ("trading", [])
    codes = [one["code"] for one in report["findings"]]
    assert "not-recorded" in codes
    ((_, message),) = of_the_run(report)
    assert message == f"what came and went was not asked for: {file}: is damaged"


# --- the library, for as long as it takes ---------------------------------------------------------------


def follow(floor: Floor, **limits: Any) -> Any:
    settings = load_settings(floor.env, NO_KEYS)
    with MultiAccountBrokerManager(settings, history=floor.history, **limits) as manager:
        return manager.follow_ledgers()


def test_whoever_has_time_reads_on_after_each_pause(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kraken_accounts.fleet.following.PAUSE", 0.01)
    floor.open(*deposits(700, hours=3))
    floor.open(*deposits(3, hours=3), name="master")
    before = datetime.now(UTC)

    followed = follow(floor)

    assert (followed.failures, followed.trouble, followed.contradicted) == ({}, None, ())
    for name in NAMES:
        assert floor.coverage(name).covers(floor.began, before)
        assert len(floor.entries(name)) == len(floor.exchange.state.accounts[name].ledger)
    endpoints: Sequence[str] = [one.endpoint for one in floor.exchange.requests if one.key]
    assert set(endpoints) == {"GetApiKeyInfo", "Ledgers"}
    assert endpoints.count("GetApiKeyInfo") == 2


def test_time_that_is_over_leaves_the_rest_to_the_next(floor: Floor) -> None:
    floor.open(*deposits(200, hours=3))

    followed = follow(floor, deadline=5.0)

    assert followed.failures == {}
    assert len(floor.asked()) == 3
    (span,) = floor.coverage().spans
    assert span.start > floor.began
    follow(floor)
    assert floor.coverage().covers(floor.began, span.end)


def test_each_account_has_its_own_failure(floor: Floor) -> None:
    floor.open(permissions=frozenset({"query-funds"}))
    floor.open(name="master")
    floor.exchange.faults.add(Fault(FaultKind.ERROR, "Ledgers", text="EAPI:Rate limit exceeded"))

    failures = {account.selector: str(error) for account, error in follow(floor).failures.items()}

    assert failures == {
        "master": "Kraken says “EAPI:Rate limit exceeded”: the key's call counter is used up",
        "alpha": "the key lacks “Data: Query ledger entries”",
    }


def test_a_manager_without_a_history_has_nothing_to_follow(floor: Floor) -> None:
    floor.open()
    with MultiAccountBrokerManager(load_settings(floor.env, NO_KEYS)) as manager, pytest.raises(ValueError):
        manager.follow_ledgers()


def test_accounts_that_were_never_checked_are_asked_nothing(floor: Floor) -> None:
    assert follow(floor).failures == {}
    assert [one.endpoint for one in floor.exchange.requests if one.key] == []


def test_equities_are_asked_for_where_there_are_any(floor: Floor) -> None:
    """As they are by Kraken's documentation: without their class it tells of currencies alone."""
    floor.open(
        PastTrade("AAPLxUSD", "buy", Decimal("0.5"), Decimal("200"), ago(hours=2)),
        *deposits(130, hours=5),
        holds={"AAPLx": "0.5"},
    )

    for _ in range(3):
        floor.check()

    classes = [one.get("aclass") for one in floor.asked()]
    assert classes[:3] == ["tokenized_asset", None, None]
    assert {one.code for one in floor.entries()} == {"ZUSD", "AAPLx"}
    assert floor.is_complete()
    assert len(floor.entries()) == len(floor.exchange.state.accounts["alpha"].ledger)


def test_an_account_without_any_is_not_asked_for_them(floor: Floor) -> None:
    floor.open(*deposits(130, hours=5))

    floor.check()

    assert [one.get("aclass") for one in floor.asked()] == [None] * 3
