"""`check --news` through the front door: each thing once, in every format, and what cannot be told or kept."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kraken_accounts.formats import NAMES
from kraken_sandbox import Exchange, SandboxServer, SimulatedKey

from ..memory.support import ALPHA, BRAVO, memory_of, swapped, without
from ..notify.receivers import ACCEPTED, REFUSED, address, messages, receiver, titles
from ..running import (
    CONSOLE_SCRIPT,
    LIMIT,
    NO_KEYS,
    accounts,
    audit,
    check,
    check_on_terminal,
    combine,
    environment,
    unmeasured,
)
from ..support import mostly_soak, open_account, sample_key, sample_secret, variables

HERE = ("127.0.0.1",)
BEGINNING = "News begins: all 3 accounts are fine.\n"
BROKEN = "❌ USER (bravo) is NOT trading on Kraken\n"
HEADING = re.compile(r"OTHER EXCHANGE: |Kraken is online · |Kraken's status is ")
FULL = Path("/dev/full")
STATES = ("prometheus", "nagios")
LEGIBLE = ("table", "text", "json", "csv")

needs_a_full_device = pytest.mark.skipif(not FULL.exists(), reason="only Linux has /dev/full")


class House:
    """A master and two users, all of them fine, and what their checks remember.

    Attributes:
        state: the state directory.
        file: the user's config.toml.
    """

    def __init__(self, exchange: Exchange, url: str, folder: Path) -> None:
        self.exchange = exchange
        self.state = folder / "state"
        self.file = folder / "config" / "kraken-accounts" / "config.toml"
        self.file.parent.mkdir(mode=0o700, parents=True)
        self.env = {
            **variables(url, "master", "alpha", "bravo"),
            "XDG_STATE_HOME": str(self.state),
            "XDG_CONFIG_HOME": str(folder / "config"),
        }

    def run(
        self, *arguments: str | Path, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return check("--news", "--format", "text", *arguments, env=env or self.env)

    def said(self, *arguments: str | Path, env: Mapping[str, str] | None = None) -> str:
        """What is new, less the heading and what each line begins with; nothing where nothing was printed."""
        run = self.run(*arguments, env=env)
        assert run.stderr == ""
        lines = [line.partition(": ")[2] for line in run.stdout.splitlines()]
        return "".join(f"{line}\n" for line in lines if not HEADING.match(line))

    def kinds(self, *arguments: str, env: Mapping[str, str] | None = None) -> list[tuple[str, str | None]]:
        """The news in JSON: kind, and whose; nothing where nothing was printed."""
        run = check("--news", "--format", "json", *arguments, env=env or self.env)
        assert run.stderr == ""
        news: list[dict[str, Any]] = json.loads(run.stdout)["news"] if run.stdout else []
        return [(item["kind"], item["account"]) for item in news]

    def break_bravo(self) -> None:
        self.exchange.revoke_key(sample_key("bravo"))

    def mend_bravo(self) -> None:
        key = SimulatedKey(sample_key("bravo"), sample_secret("bravo"), ip_allowlist=HERE)
        self.exchange.add_key("bravo", key)

    def throttle_bravo(self, seconds: int = 100) -> None:
        self.exchange.throttle_key(sample_key("bravo"), seconds)

    def told(self, way: str = "output") -> Path:
        """Where is kept what was told in that way."""
        (path,) = self.state.rglob(f"told-{way}-*.json")
        return path

    def waiting(self) -> Path:
        """Where is kept what waits for its delivery."""
        (path,) = self.state.rglob("notify-*.json")
        return path

    def let_pass(self, **time: float) -> None:
        """As if all that is kept of news were so much older."""
        for path in self.state.rglob("told-*.json"):
            content = json.loads(path.read_text())
            for entry in (*content["told"], *content["waiting"], *content["heard"]):
                for name in {"since", "at"} & entry.keys():
                    moved = datetime.fromisoformat(entry[name]) - timedelta(**time)
                    entry[name] = moved.isoformat()
            path.write_text(json.dumps(content))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    exchange = Exchange()
    for name in ("master", "alpha", "bravo"):
        open_account(exchange, name, {"ZUSD": "100"}, ip_allowlist=HERE)
    with SandboxServer(exchange) as server:
        yield House(exchange, server.url, tmp_path)


class TestOneAlarmAndOneRecovery:
    def test_in_words(self, house: House) -> None:
        first, second = house.run(), house.run()
        house.break_bravo()
        broken = [house.run() for _ in range(3)]
        house.mend_bravo()
        house.let_pass(hours=2, minutes=10)
        healthy = [house.run() for _ in range(2)]

        assert (first.returncode, second.returncode, second.stdout) == (0, 0, "")
        assert first.stdout.endswith(f"ALL ACCOUNTS: {BEGINNING}")
        assert [run.returncode for run in (*broken, *healthy)] == [1, 1, 1, 0, 0]
        assert [run.stderr for run in (*broken, *healthy)] == [""] * 5
        assert [bool(run.stdout) for run in (*broken, *healthy)] == [True, False, False, True, False]
        when = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
        assert re.fullmatch(
            rf"{when} ALL ACCOUNTS: OTHER EXCHANGE: .*\n"
            rf"{when} ALL ACCOUNTS: Kraken is online · 2 of 3 accounts trading · .* UTC\n"
            rf"{when} USER \(bravo\): {re.escape(BROKEN)}"
            rf"{when} USER \(bravo\): Why: Kraken says “EAPI:Invalid key”: .*\. \[rejected\]\n"
            rf"{when} USER \(bravo\): Do: Check that the key was pasted whole.*\n",
            broken[0].stdout,
        )
        assert healthy[0].stdout.endswith(
            "USER (bravo): ✅ USER (bravo) is trading on Kraken again, after 2 h 10 min (was rejected)\n"
        )

    @pytest.mark.parametrize("name", LEGIBLE)
    def test_in_every_format_for_people_and_programs(self, house: House, name: str) -> None:
        check("--news", env=house.env)
        house.break_bravo()
        broken = [check("--news", "--format", name, env=house.env) for _ in range(3)]
        house.mend_bravo()
        healthy = [check("--news", "--format", name, env=house.env) for _ in range(3)]

        assert [run.returncode for run in (*broken, *healthy)] == [1, 1, 1, 0, 0, 0]
        assert [bool(run.stdout) for run in (*broken, *healthy)] == [True, False, False] * 2
        assert "bravo" in broken[0].stdout
        assert "bravo" in healthy[0].stdout

    @pytest.mark.parametrize("name", STATES)
    def test_is_nothing_to_formats_that_tell_states(self, house: House, name: str) -> None:
        runs = [check("--news", "--format", name, *quiet, env=house.env) for quiet in ((), ("--quiet",))]
        house.break_bravo()
        runs += [check("--news", "--format", name, env=house.env) for _ in range(2)]

        assert [run.returncode for run in runs] == ([0, 0, 1, 1] if name == "prometheus" else [0, 0, 2, 2])
        assert [bool(run.stdout) for run in runs] == [True] * 4
        assert not list(house.state.rglob("told-*.json"))
        assert house.said().startswith("News begins: 2 of 3 accounts are fine.\n")

    def test_in_json(self, house: House) -> None:
        check("--news", env=house.env)
        house.break_bravo()
        broken = json.loads(check("--news", "--format", "json", env=house.env).stdout)
        house.mend_bravo()
        house.let_pass(minutes=30)
        healthy = json.loads(check("--news", "--format", "json", env=house.env).stdout)

        (item,) = broken["news"]
        assert (item["kind"], item["account"], item["status"]) == ("broken", "USER (bravo)", "rejected")
        assert item["message"] == broken["accounts"][2]["reason"]
        assert item["remedy"] == broken["accounts"][2]["remedy"]
        assert (item["since"], item["after_seconds"], item["before"]) == (broken["generated_at"], None, None)
        (item,) = healthy["news"]
        assert (item["kind"], item["status"], item["before"]) == ("recovered", "trading", "rejected")
        assert 1800 <= item["after_seconds"] < 1800 + LIMIT
        assert len(healthy["accounts"]) == 3

    def test_in_json_is_combined_like_any_other(self, house: House, tmp_path: Path) -> None:
        path = tmp_path / "part.json"
        house.break_bravo()
        check("--news", "--format", "json", "-o", path, env=house.env)

        run = combine(path, "--format", "json")

        assert (run.returncode, run.stderr) == (1, "")
        assert "news" not in json.loads(run.stdout)

    def test_in_a_table(self, house: House) -> None:
        check("--news", env=house.env)
        house.break_bravo()

        shown, code = check_on_terminal("--news", "--no-color", columns=80, env=house.env)

        assert code == 1
        assert "│ ❌ USER (bravo) is NOT trading on Kraken" in shown
        assert "NEWS" in shown
        assert "SUMMARY" not in shown
        assert max(map(len, shown.splitlines())) <= 80
        assert check_on_terminal("--news", columns=80, env=house.env) == ("", 1)

    def test_in_csv_with_all_accounts(self, house: House) -> None:
        check("--news", env=house.env)
        house.break_bravo()

        rows = list(csv.DictReader(io.StringIO(check("--news", "--format", "csv", env=house.env).stdout)))

        assert [row["status"] for row in rows] == ["trading", "trading", "rejected"]


class TestFlapping:
    def test_is_told_each_time(self, house: House) -> None:
        house.kinds()
        told = []
        for change in (house.break_bravo, house.mend_bravo, house.break_bravo):
            change()
            told.append(house.kinds())

        assert told == [[(kind, "USER (bravo)")] for kind in ("broken", "recovered", "broken")]

    def test_from_one_trouble_to_another(self, house: House) -> None:
        house.kinds()
        house.throttle_bravo()
        house.said()
        house.break_bravo()

        assert re.match(
            r"❌ USER \(bravo\) is NOT trading on Kraken\nWhy: .*\. \[rejected, was rate-limited\]", house.said()
        )


class TestAfter:
    def test_so_many_checks_in_a_row(self, house: House) -> None:
        house.said("--after", "3")
        house.throttle_bravo()
        told = [house.said("--after", "3") for _ in range(4)]
        house.throttle_bravo(0)

        assert [bool(said) for said in told] == [False, False, True, False]
        assert told[2].startswith(BROKEN)
        assert re.search(r"\[rate-limited\] Since \d\d:\d\d UTC\.\n", told[2])
        assert "is trading on Kraken again" in house.said("--after", "3")

    def test_a_blip_is_nothing_at_all(self, house: House) -> None:
        house.said()
        for seconds in (100, 0, 100, 0):
            house.throttle_bravo(seconds)
            run = house.run("--after", "2")
            assert (run.stdout, run.stderr) == ("", "")
            assert run.returncode == (1 if seconds else 0)

    def test_what_does_not_pass_is_told_at_once(self, house: House) -> None:
        house.said()
        house.break_bravo()

        assert house.said("--after", "10").startswith(BROKEN)


class TestReminders:
    def test_come_every_24_hours(self, house: House) -> None:
        house.said()
        house.break_bravo()
        house.said()
        house.let_pass(hours=23, minutes=50)
        assert house.said() == ""
        house.let_pass(minutes=10)

        reminder, again = house.said(), house.said()

        assert reminder.startswith("❌ USER (bravo) is NOT trading on Kraken, still\nWhy: ")
        assert re.search(r"\[rejected\] Still, since \d{4}-\d\d-\d\d \d\d:\d\d UTC\.\nDo: ", reminder)
        assert again == ""
        house.let_pass(days=1)
        assert house.kinds() == [("reminder", "USER (bravo)")]

    @pytest.mark.parametrize(
        ("remind", "days", "comes"), [("2d", 1, False), ("2d", 2, True), ("never", 99, False), ("0", 99, False)]
    )
    def test_come_as_asked_for(self, house: House, remind: str, days: int, comes: bool) -> None:
        house.break_bravo()
        house.said()
        house.let_pass(days=days)

        assert bool(house.said("--remind", remind)) is comes

    @pytest.mark.parametrize("value", ["24", "1.5h", "h", "", "1y", "-3h", "soon"])
    def test_after_no_length_of_time_are_refused(self, house: House, value: str) -> None:
        run = house.run("--remind", value)

        assert (run.returncode, run.stdout) == (2, "")
        assert run.stderr.endswith(
            f"Error: Invalid value for '--remind': '{value}' is not a whole number with s, m, h, d or w behind "
            "it, as in 90s, 30m, 24h or 2d; nor is it 0 or never\n"
        )
        assert house.exchange.requests == []


class TestEveryFormat:
    """What is said once, after so many checks, or again, is so whatever it is written as."""

    @pytest.mark.parametrize("name", mostly_soak(LEGIBLE))
    def test_waits_reminds_and_recovers(self, house: House, name: str) -> None:
        def run(**time: float) -> subprocess.CompletedProcess[str]:
            house.let_pass(**time)
            return check("--news", "--after", "3", "--format", name, env=house.env)

        run()
        house.throttle_bravo()
        ailing = [run(), run(), run(), run(), run(hours=23, minutes=58), run(minutes=2), run()]
        house.throttle_bravo(0)
        healthy = [run(), run()]

        assert [bool(one.stdout) for one in ailing] == [False, False, True, False, False, True, False]
        assert [bool(one.stdout) for one in healthy] == [True, False]
        assert [one.returncode for one in (*ailing, *healthy)] == [1] * 7 + [0] * 2
        assert [one.stderr for one in (*ailing, *healthy)] == [""] * 9

    @pytest.mark.parametrize("name", mostly_soak(LEGIBLE))
    def test_ends_with_what_the_operator_takes_or_forgets(self, house: House, name: str) -> None:
        def told(env: Mapping[str, str]) -> list[bool]:
            return [bool(check("--news", "--format", name, env=env).stdout) for _ in range(2)]

        check("--news", env=house.env)
        wrong = swapped(house.env)
        assert told(wrong) == [True, False]
        for label in ("alpha", "bravo"):
            accounts("accept", label, "--yes", env=wrong)
        assert told(wrong) == [True, False]
        rest = without(wrong, BRAVO)
        assert told(rest) == [True, False]
        accounts("forget", "bravo", "--yes", env=rest)
        assert told(rest) == [True, False]

    @pytest.mark.parametrize("name", mostly_soak(NAMES))
    def test_is_beside_a_message_that_was_refused_and_comes_later(self, house: House, name: str) -> None:
        with receiver(REFUSED, ACCEPTED) as telephone:
            notify = ("--format", name, "--notify", address(telephone))
            refused, later, silent = (check(*notify, env=house.env) for _ in range(3))

            assert len(set(titles(telephone))) == 1
            assert len(telephone.requests) == 2
        assert all(run.stdout and run.returncode == 0 for run in (refused, later, silent))
        assert ["kept" in run.stderr for run in (refused, later, silent)] == [True, False, False]


class TestTheExchangeAsAWhole:
    def test_is_one_piece_of_news_and_back(self, house: House) -> None:
        house.said()
        house.exchange.set_system_status("maintenance")
        down = house.run()
        still = house.run()
        house.exchange.set_system_status("online")

        assert (down.returncode, still.returncode, still.stdout) == (3, 3, "")
        assert down.stdout.count("NOT trading") == 1
        assert "ALL ACCOUNTS: ❌ 3 accounts are NOT trading on Kraken: MASTER, alpha, bravo\n" in down.stdout
        assert re.fullmatch(
            r"✅ 3 accounts are trading on Kraken again, after \d s \(was exchange-restricted\): "
            r"MASTER, alpha, bravo\n",
            house.said(),
        )

    def test_says_what_it_announces(self, house: House) -> None:
        house.said()
        house.exchange.set_system_status("online", upcoming_maintenance=[{"title": "an hour of it"}])
        announced = house.said()
        house.exchange.set_system_status("online")

        assert announced.startswith("WARNING: Kraken announces maintenance: title an hour of it. ")
        assert house.said().startswith("GONE: Kraken announces maintenance: title an hour of it. ")


class TestWhoIsThere:
    def test_swapped_keys(self, house: House) -> None:
        house.said()
        wrong = swapped(house.env)

        swap, silence = house.said(env=wrong), house.said(env=wrong)
        back = house.said()

        assert swap.startswith(
            "❌ 2 accounts are NOT trading on Kraken: alpha, bravo\n"
            "Why: The key opens another Kraken account, IIBAN ending in "
        )
        assert swap.count("[conflict]") == 2
        assert "[account-changed]" not in swap  # which would say it twice
        assert silence == ""
        assert back.count("are trading on Kraken again, after ") == 1
        assert "GONE" not in back

    @pytest.mark.parametrize("news", ["text", "json"])
    def test_swapped_keys_are_not_over_since_nobody_remembers(self, house: House, news: str) -> None:
        house.said()
        wrong = swapped(house.env)
        house.said(env=wrong)
        memory_of(house.state).write_text("{")

        lost, then = (check("--news", "--format", news, env=wrong) for _ in range(2))
        back = house.said()

        assert "[not-remembered]" in lost.stdout or '"not-remembered"' in lost.stdout
        assert "accounts that each is the right one, and none is missing" in lost.stdout.lower()
        assert "recovered" not in lost.stdout + then.stdout
        assert "again" not in lost.stdout + then.stdout
        # They count as right from then on, so to put them back is another change, and is told.
        assert back.startswith("❌ 2 accounts are NOT trading on Kraken: alpha, bravo\n")

    def test_swapped_keys_in_json(self, house: House) -> None:
        house.kinds()

        assert house.kinds(env=swapped(house.env)) == [
            *(("broken", f"USER ({name})") for name in ("alpha", "bravo")),
            *(("came", f"USER ({name})") for name in ("alpha", "bravo")),
        ]
        assert house.kinds() == [
            *(("recovered", f"USER ({name})") for name in ("alpha", "bravo")),
            *(("went", f"USER ({name})") for name in ("alpha", "bravo")),
        ]

    def test_that_are_accepted(self, house: House) -> None:
        house.said()
        wrong = swapped(house.env)
        house.said(env=wrong)
        for name in ("alpha", "bravo"):
            assert accounts("accept", name, "--yes", env=wrong).returncode == 0

        assert "✅ 2 accounts are trading on Kraken again, after " in house.said(env=wrong)

    @pytest.mark.parametrize("seen_by", [(), ("--account", "alpha")])
    def test_vanished_is_not_over_since_nobody_remembers(self, house: House, seen_by: tuple[str, ...]) -> None:
        house.kinds()
        rest = without(house.env, BRAVO)
        house.kinds(env=rest)
        memory_of(house.state).write_text("{")

        lost = house.said(*seen_by, env=rest)

        assert lost.startswith("WARNING: What runs remember of the accounts was damaged, and begins anew at ")
        assert "bravo" not in lost + house.said(env=rest)

    @pytest.mark.parametrize("trouble", ["swapped", "vanished"])
    def test_are_not_over_since_a_run_without_news_has_begun_anew(self, house: House, trouble: str) -> None:
        house.said()
        wrong = swapped(house.env) if trouble == "swapped" else without(house.env, BRAVO)
        house.said(env=wrong)
        memory_of(house.state).write_text("{")
        assert check(env=wrong).returncode == 0

        news = house.said(env=wrong)

        assert news.startswith("WARNING: What runs remember of the accounts was damaged, and begins anew at ")
        assert news.splitlines()[1:] == [news.splitlines()[-1]]  # and what to do
        assert "GONE" not in news
        assert house.said(env=wrong) == ""
        accounts("accept", "--all", "--yes", env=wrong)
        assert house.said(env=wrong).startswith(
            "GONE: What runs remember of the accounts was damaged, and begins "
        )

    def test_are_over_when_they_were_told_since_a_run_has_begun_anew(self, house: House) -> None:
        house.said()
        memory_of(house.state).write_text("{")
        check(env=house.env)
        house.said()

        assert house.kinds(env=swapped(house.env))[:2] == [("broken", f"USER ({n})") for n in ("alpha", "bravo")]
        assert house.kinds()[:2] == [("recovered", f"USER ({n})") for n in ("alpha", "bravo")]

    @pytest.mark.parametrize("name", mostly_soak(LEGIBLE, 2))
    def test_vanished_and_back(self, house: House, name: str) -> None:
        check("--news", env=house.env)
        rest = without(house.env, BRAVO)

        gone, silence = (check("--news", "--format", name, env=rest) for _ in range(2))
        back = check("--news", "--format", name, env=house.env)

        assert (gone.returncode, silence.returncode, silence.stdout, back.returncode) == (1, 1, "", 0)
        assert "account-vanished" in gone.stdout
        assert "GONE: " in back.stdout if name in ("table", "text") else back.stdout != ""

    def test_vanished_while_it_was_broken(self, house: House) -> None:
        house.kinds()
        house.break_bravo()
        house.kinds()
        rest = without(house.env, BRAVO)

        assert house.kinds(env=rest) == [("came", None)]
        assert house.kinds() == [("broken", "USER (bravo)"), ("went", None)]

    def test_vanished_and_forgotten(self, house: House) -> None:
        house.said()
        rest = without(house.env, BRAVO)
        house.said(env=rest)
        accounts("forget", "bravo", "--yes", env=rest)

        assert house.said(env=rest).startswith("GONE: USER (bravo) is not configured any more; ")
        assert house.said(env=rest) == ""

    def test_new_ones_are_no_news_unless_something_is_wrong(self, house: House) -> None:
        house.kinds(env=without(house.env, BRAVO, ALPHA))
        assert house.kinds(env=without(house.env, BRAVO)) == []
        house.break_bravo()

        assert house.kinds() == [("broken", "USER (bravo)")]

    def test_renamed(self, house: House) -> None:
        house.kinds()
        renamed = {**house.env, f"{BRAVO}_USER_ID": "bravo_brown"}

        assert house.kinds(env=renamed) == [("came", None)]
        assert house.kinds(env=renamed) == []


class TestWhatIsExpectedAndAccepted:
    def test_read_only_as_expected_is_silent(self, house: House) -> None:
        look = frozenset({"query-funds", "query-open-trades"})
        house.exchange.replace_key(sample_key("bravo"), permissions=look)
        house.file.write_text('[accounts.bravo]\nexpected = "read-only"\n')

        begin, silence = house.run(), house.run()

        assert (begin.returncode, silence.returncode, silence.stdout) == (0, 0, "")
        assert begin.stdout.endswith(BEGINNING)

    def test_an_acceptance_ends_the_news_until_it_expires(self, house: House) -> None:
        house.said()
        soon = datetime.now(UTC) + timedelta(days=10)
        house.exchange.replace_key(sample_key("bravo"), valid_until=soon.timestamp())
        accept = '[[accept]]\ncode = "key-expires-soon"\nreason = "a new one is ordered"\nuntil = {}\n'

        came = house.said()
        house.file.write_text(accept.format(soon.date()))
        accepted, silence = house.said(), house.said()
        house.file.write_text(accept.format(soon.date() - timedelta(days=11)))
        back = house.said()

        assert came.startswith("WARNING: The key expires on ")
        assert accepted.startswith("ACCEPTED: The key expires on ")
        assert accepted.endswith(f"(accepted until {soon.date()}: a new one is ordered)\n")
        assert silence == ""
        assert back.startswith("WARNING: The key expires on ")

    def test_a_disabled_account_is_not_over(self, house: House) -> None:
        house.break_bravo()
        house.said()
        house.file.write_text('[accounts.bravo]\ndisabled = "paused by the investor"\n')

        assert house.said() == (
            "❔ USER (bravo) is not checked any more\nWhy: It is disabled: paused by the investor.\n"
        )
        assert house.said() == ""


class TestSelections:
    def test_neither_miss_nor_mark_the_others(self, house: House) -> None:
        house.kinds()
        house.break_bravo()

        assert house.kinds("--account", "alpha") == []
        assert house.kinds("--shard", "1/1", "--account", "master") == []
        assert house.kinds() == [("broken", "USER (bravo)")]
        assert house.kinds("--account", "alpha") == []
        house.mend_bravo()
        assert house.kinds("--account", "bravo") == [("recovered", "USER (bravo)")]
        assert house.kinds() == []

    def test_do_not_see_two_keys_of_one_account_and_do_not_say_that_is_over(self, house: House) -> None:
        twin = SimulatedKey("TWIN-sample-key-not-a-real-one", sample_secret("alpha"), ip_allowlist=HERE)
        house.exchange.add_key("alpha", twin)
        env = {**house.env, f"{BRAVO}_API_KEY": twin.key, f"{BRAVO}_API_SECRET": twin.secret}
        house.kinds(env=env)

        assert house.kinds("--account", "alpha", env=env) == []
        assert house.kinds(env=env) == []


class TestAudiences:
    def test_do_not_take_each_others_news(self, house: House) -> None:
        with receiver() as telephone:
            notify = ("--notify", address(telephone))
            check(*notify, env=house.env)
            house.said()
            house.break_bravo()
            assert house.said().startswith(BROKEN)
            check("--format", "text", *notify, env=house.env)
            check("--format", "text", *notify, env=house.env)
            house.mend_bravo()
            house.said()
            both = house.run(*notify)

            assert titles(telephone) == [
                "kraken-accounts: all 3 accounts are fine; 3 of 3 accounts trading",
                "kraken-accounts: bravo NOT trading; 2 of 3 accounts trading",
                "kraken-accounts: bravo recovered; 3 of 3 accounts trading",
            ]
        assert (both.returncode, both.stdout, both.stderr) == (0, "", "")

    def test_the_report_is_whole_beside_a_message(self, house: House) -> None:
        with receiver() as telephone:
            runs = [check("--format", "text", "--notify", address(telephone), env=house.env) for _ in range(2)]

        assert all("SUMMARY" in run.stdout for run in runs)
        assert len(messages(telephone)) == 1

    def test_of_messages_goes_by_the_same_terms(self, house: House) -> None:
        with receiver() as telephone:
            options = ("--notify", address(telephone), "--after", "2", "--remind", "12h")
            check(*options, env=house.env)
            house.throttle_bravo()
            for _ in range(3):
                check(*options, env=house.env)
            house.let_pass(hours=12)
            check(*options, env=house.env)
            house.throttle_bravo(0)
            check(*options, env=house.env)

        assert [title.partition("; ")[0] for title in titles(telephone)[1:]] == [
            "kraken-accounts: bravo NOT trading",
            "kraken-accounts: bravo still NOT trading",
            "kraken-accounts: bravo recovered",
        ]

    def test_of_audits_and_checks_is_one(self, house: House) -> None:
        with receiver() as telephone:
            env = {**house.env, "KRAKEN_ACCOUNTS_NOTIFY": address(telephone)}
            audit(env=env)
            house.break_bravo()
            audit(env=env)
            check(env=env)
            house.mend_bravo()
            check(env=env)
            audit(env=env)

        assert [title.partition("; ")[0] for title in titles(telephone)] == [
            "kraken-accounts: all 3 accounts are fine",
            "kraken-accounts: bravo NOT trading",
            "kraken-accounts: bravo recovered",
        ]

    def test_what_was_refused_is_delivered_next_time_and_once(self, house: House) -> None:
        with receiver(ACCEPTED, REFUSED, ACCEPTED) as telephone:
            notify = ("--notify", address(telephone))
            check(*notify, env=house.env)
            house.break_bravo()
            refused = check(*notify, env=house.env)
            later = check(*notify, env=house.env)
            check(*notify, env=house.env)

            assert len(telephone.requests) == 3
            assert "bravo NOT trading" in titles(telephone)[2]
            assert messages(telephone)[2]["message"].startswith("Not delivered on 20")
        assert "not delivered: it is kept, and sent with the next run." in refused.stderr
        assert (refused.returncode, later.returncode, later.stderr) == (1, 1, "")

    @pytest.mark.parametrize("content", mostly_soak(("", "{", "[]", "{}", '{"messages": [{}], "lost": 0}'), 2))
    def test_what_waited_and_was_damaged_is_not_lost_in_silence(self, house: House, content: str) -> None:
        with receiver(ACCEPTED, REFUSED, ACCEPTED) as telephone:
            notify = ("--notify", address(telephone))
            check(*notify, env=house.env)
            house.break_bravo()
            check(*notify, env=house.env)
            house.waiting().write_text(content)
            runs = [check(*notify, env=house.env) for _ in range(2)]

            assert titles(telephone)[2:] == ["kraken-accounts: earlier messages may be lost"]
            assert messages(telephone)[2]["message"].startswith(
                "What waited to be delivered to you cannot be read"
            )
        assert [(run.returncode, run.stderr) for run in runs] == [(1, "")] * 2

    def test_what_waited_and_was_damaged_is_told_beside_news(self, house: House) -> None:
        with receiver(ACCEPTED, REFUSED, ACCEPTED) as telephone:
            notify = ("--notify", address(telephone))
            check(*notify, env=house.env)
            house.break_bravo()
            check(*notify, env=house.env)
            house.waiting().write_text("{")
            house.mend_bravo()
            check(*notify, env=house.env)

            assert [title.partition("; ")[0] for title in titles(telephone)[2:]] == [
                "kraken-accounts: bravo recovered"
            ]
            assert "cannot be read any more: the file was damaged." in messages(telephone)[2]["message"]

    def test_what_waits_and_cannot_be_read_now_waits_on(self, house: House) -> None:
        with receiver(ACCEPTED, REFUSED, ACCEPTED) as telephone:
            notify = ("--notify", address(telephone))
            check(*notify, env=house.env)
            house.break_bravo()
            check(*notify, env=house.env)
            house.waiting().chmod(0o666)
            unread = check(*notify, env=house.env)
            house.waiting().chmod(0o600)
            check(*notify, env=house.env)

            assert "bravo NOT trading" in titles(telephone)[2]
            assert messages(telephone)[2]["message"].startswith("Not delivered on 20")
        assert re.fullmatch(
            r"What waits for json \([0-9a-f]{6}\) cannot be read, so it waits on, and nothing can be kept: .* is "
            r"not used, since others may write .*\.\n",
            unread.stderr,
        )

    def test_what_is_neither_delivered_nor_kept_is_new_next_time(self, house: House) -> None:
        with receiver(ACCEPTED, REFUSED, ACCEPTED) as telephone:
            notify = ("--notify", address(telephone))
            check(*notify, env=house.env)
            house.break_bravo()
            # What waits for delivery cannot be kept where a folder has its name.
            (lock,) = house.state.rglob("notify-*.json.lock")
            lock.with_suffix("").mkdir()
            refused = check(*notify, env=house.env)
            lock.with_suffix("").rmdir()
            check(*notify, env=house.env)

        assert "not delivered, and lost: nothing can be kept for the next run." in refused.stderr
        assert [title.partition("; ")[0] for title in titles(telephone)[1:]] == [
            "kraken-accounts: bravo NOT trading",
            "kraken-accounts: bravo NOT trading",
        ]


class TestWhatCouldNotBeTold:
    """It is told with the next run."""

    @needs_a_full_device
    @pytest.mark.parametrize(
        "output",
        [("-o", "/dev/full"), pytest.param(("-o", "/dev/fd/9"), marks=pytest.mark.soak), ()],
        ids=" ".join,
    )
    def test_for_a_full_disk(self, house: House, output: tuple[str, ...]) -> None:
        house.said()
        house.break_bravo()
        command = (str(CONSOLE_SCRIPT), "check", "--news", "--env-file", str(NO_KEYS), *output)
        redirection = "9>&-" if "9" in "".join(output) else ">/dev/full"

        run = subprocess.run(
            ["/bin/sh", "-c", f'exec "$@" {redirection}', "sh", *command],
            env=environment(house.env),
            capture_output=True,
            encoding="utf-8",
            timeout=LIMIT,
            check=False,
        )

        assert run.returncode == 2
        assert run.stderr.startswith("Error: ")
        assert house.said().startswith(BROKEN)

    def test_because_nobody_reads(self, house: House) -> None:
        house.said()
        house.break_bravo()
        reader, writer = os.pipe()
        os.close(reader)

        run = subprocess.run(
            [CONSOLE_SCRIPT, "check", "--news", "--env-file", NO_KEYS],
            env=environment(house.env),
            stdout=writer,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=LIMIT,
            check=False,
        )
        os.close(writer)

        assert (run.returncode, run.stderr) == (1, "")
        assert house.said().startswith(BROKEN)

    def test_because_the_folder_is_gone(self, house: House, tmp_path: Path) -> None:
        house.said()
        house.break_bravo()

        assert house.run("-o", tmp_path / "nowhere" / "report").returncode == 2
        assert house.said().startswith(BROKEN)


class TestFiles:
    def test_are_written_in_any_case(self, house: House, tmp_path: Path) -> None:
        path = tmp_path / "news.txt"
        shown = []
        for _ in range(2):
            assert house.run("-o", path).stdout == ""
            shown.append(path.read_text())

        assert shown[0].endswith(BEGINNING)
        assert shown[1].endswith("ALL ACCOUNTS: Nothing is new.\n")

    def test_of_programs_say_that_nothing_is_new(self, house: House, tmp_path: Path) -> None:
        path = tmp_path / "news.json"
        for _ in range(2):
            check("--news", "--format", "json", "-o", path, env=house.env)

        assert json.loads(path.read_text())["news"] == []


class TestWhatIsKept:
    @pytest.mark.parametrize(
        "content",
        mostly_soak(
            (
                b"",
                b"{",
                b"[1]",
                b"\xff",
                b'{"told": []}',
                b'{"version": 1}',
                b'{"version": 1, "told": [], "waiting": [], "heard": {}}',
                b'{"version": 1, "told": [{"account": "bravo"}], "waiting": [], "heard": []}',
                b'{"version": 1, "told": [{"account": 5, "code": null, "about": "", "word": "rejected", '
                b'"message": "", "since": "2026-11-22T10:00:00+00:00", "at": "2026-11-22T10:00:00+00:00"}], '
                b'"waiting": [], "heard": []}',
                b'{"version": 1, "told": [], "waiting": [{"account": null, "code": "emergency", "about": "", '
                b'"word": "warning", "since": "2026-11-22T10:00:00+00:00", "checks": true}], "heard": []}',
                b'{"version": 1, "told": [], "waiting": [{"account": null, "code": null, "about": "", '
                b'"word": "busy", "since": "2026-11-22T10:00:00+00:00", "checks": 1}], "heard": []}',
                b"[" * 100_000,
            ),
            4,
        ),
        ids=range(12),
    )
    def test_that_is_damaged_begins_anew_and_makes_up_nothing(self, house: House, content: bytes) -> None:
        house.break_bravo()
        house.said()
        house.told().write_bytes(content)

        anew, silence = house.run(), house.run()

        assert (anew.returncode, anew.stderr, silence.stdout) == (1, "", "")
        assert (
            "News begins: 2 of 3 accounts are fine; what was told before is not known: the file was damaged, and "
            "begins anew.\n"
        ) in anew.stdout
        assert BROKEN in anew.stdout
        assert "again" not in anew.stdout

    def test_never_plays_with_the_terminal(self, house: House) -> None:
        house.exchange.set_system_status("online", emergency=[{"title": "XRP"}])
        house.said()
        path = house.told()
        path.write_text(path.read_text().replace("Kraken says", "\\u001b[31mKraken\\nsays"))
        house.exchange.set_system_status("online")

        assert house.said().startswith("GONE: [31mKraken says: title XRP. [emergency] After ")

    def test_of_a_later_version_is_left_alone(self, house: House) -> None:
        house.said()
        house.told().write_text('{"version": 2}')

        for _ in range(2):
            assert house.said() == (
                "News begins: all 3 accounts are fine; what was told before is not known: a later version of this "
                "program has written it.\n"
            )
        assert house.told().read_text() == '{"version": 2}'

    def test_in_which_others_have_a_hand_is_not_believed(self, house: House) -> None:
        house.said()
        house.told().chmod(0o666)

        assert "what was told before is not known: it cannot be read (" in house.said()

    def test_and_cannot_be_is_said_and_tells_it_again(self, house: House) -> None:
        house.state.write_text("a file where a folder should be")

        runs = [house.run("--account", "alpha") for _ in range(2)]

        for run in runs:
            assert run.returncode == 0
            assert "News begins: 1 of 1 accounts" not in run.stdout
            assert "News begins: the account is fine; what was told before is not known: " in run.stdout
            assert "[not-remembered]" in run.stdout

    def test_and_cannot_be_written_is_said_and_tells_it_again(self, house: House) -> None:
        house.said()
        house.break_bravo()
        command = (str(CONSOLE_SCRIPT), "check", "--news", "--format", "text", "--env-file", str(NO_KEYS))

        run = subprocess.run(
            ["/bin/sh", "-c", 'ulimit -f 0; exec "$@"', "sh", *command],  # no file may grow
            env=unmeasured(house.env),
            capture_output=True,
            encoding="utf-8",
            timeout=LIMIT,
            check=False,
        )

        assert run.returncode == 1
        assert BROKEN in run.stdout
        assert run.stderr == (
            "What was told cannot be remembered, so the next run may tell it again: it cannot be written "
            "(File too large).\n"
        )
        assert house.said().startswith(BROKEN)

    def test_has_no_secret(self, house: House) -> None:
        house.break_bravo()
        house.said()

        kept = house.told().read_text()
        assert house.told().stat().st_mode & 0o777 == 0o600
        assert not any(value in kept for name, value in house.env.items() if name.startswith("KRAKEN_USER"))

    def test_belongs_to_one_source_of_keys(self, house: House, tmp_path: Path) -> None:
        path = tmp_path / ".env"
        path.write_text("".join(f"{name}={value}\n" for name, value in house.env.items() if "KRAKEN" in name))
        path.chmod(0o600)
        house.said()

        assert house.said("--env-file", path) == BEGINNING

    def test_of_a_demo_is_nothing(self, tmp_path: Path) -> None:
        env = {"XDG_STATE_HOME": str(tmp_path / "state")}

        runs = [check("--demo", "--news", "--format", "text", env=env) for _ in range(2)]

        assert all("News begins: 2 of 5 accounts are fine.\n" in run.stdout for run in runs)
        assert not (tmp_path / "state").exists()


def test_two_runs_at_once_tell_it_once(house: House) -> None:
    house.said()
    house.break_bravo()
    with ThreadPoolExecutor() as pool:
        broken = list(pool.map(lambda _: house.said(), range(4)))
    house.mend_bravo()
    with ThreadPoolExecutor() as pool:
        healthy = list(pool.map(lambda _: house.said(), range(4)))

    assert "".join(broken).count("NOT trading") == 1
    assert "".join(healthy).count("is trading on Kraken again") == 1


def test_two_runs_at_once_send_it_once(house: House) -> None:
    with receiver() as telephone:
        notify = ("--notify", address(telephone))
        check(*notify, env=house.env)
        house.break_bravo()
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda _: check(*notify, env=house.env), range(4)))

        assert [title.partition("; ")[0] for title in titles(telephone)[1:]] == [
            "kraken-accounts: bravo NOT trading"
        ]


class TestConfiguration:
    def test_has_defaults(self, house: House) -> None:
        house.file.write_text('news = true\nremind = "2d"\nafter = 2\n')
        plain = check("--format", "text", env=house.env)
        house.throttle_bravo()

        assert plain.stdout.endswith(BEGINNING)
        assert [bool(check("--format", "text", env=house.env).stdout) for _ in range(3)] == [False, True, False]
        house.let_pass(days=1)
        assert check("--format", "text", env=house.env).stdout == ""
        assert "still" in check("--format", "text", "--remind", "24h", env=house.env).stdout
        assert "SUMMARY" in check("--no-news", env=house.env).stdout

    def test_of_quiet_changes_nothing(self, house: House) -> None:
        house.file.write_text("quiet = true\n")

        assert house.said() == BEGINNING

    def test_leaves_an_audit_whole(self, house: House) -> None:
        house.file.write_text("news = true\n")

        assert all("SEPARATION" in audit(env=house.env).stdout for _ in range(2))


@pytest.mark.parametrize("name", NAMES)
def test_without_it_nothing_is_kept(house: House, name: str) -> None:
    check("--format", name, env=house.env)

    assert not list(house.state.rglob("told-*"))
