"""docs/CRON.md: its examples are taken from it and run, or held against the programs they are for."""

from __future__ import annotations

import getpass
import grp
import json
import os
import re
import shlex
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kraken_accounts.config.secret import Secret
from kraken_accounts.formats.prometheus_gauges import GAUGES
from kraken_accounts.kraken.permissions import REQUIRED
from kraken_accounts.notify.channel import open_channels
from kraken_accounts.report.exit_code import ExitCode
from kraken_accounts.report.findings import Code
from kraken_accounts.report.troubles import MAY_PASS
from kraken_sandbox import EarnAllocation, EarnStrategy, PastTrade
from kraken_sandbox.accounts import TIERS, Tier

from .conftest import Sandbox
from .notify.receivers import address, asked, receiver, titles
from .running import LIMIT, REPOSITORY, programs

DOCUMENT = (REPOSITORY / "docs" / "CRON.md").read_text(encoding="utf-8")
INSTALLED = "/opt/kraken-accounts"
# Each by its first line, which says where it goes.
EXAMPLES = {
    example.partition("\n")[0].lstrip("#/ "): example
    for example in re.findall(r"```\w+\n(.*?)```", DOCUMENT, re.DOTALL)
}
CRONTABS = [content for place, content in EXAMPLES.items() if place.startswith("crontab ")]
SERVICE = EXAMPLES["etc/systemd/system/kraken-accounts.service"]
TIMER = EXAMPLES["etc/systemd/system/kraken-accounts.timer"]
RULES = EXAMPLES["etc/prometheus/rules/kraken-accounts.yml"]
FIELD = re.compile(r"\*(/\d+)?|\d+(-\d+)?(,\d+(-\d+)?)*")
WELL = ("MASTER", "ALPHA", "URL")  # what the variables of accounts that are fine have in their names


class Machine:
    """A machine on which everything is where the document has it, below another folder.

    Attributes:
        env_file: where the keys are.
        log: what the document calls /var/log/kraken-accounts.
        collected: what it calls /var/lib/prometheus/node-exporter.
    """

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self._folder = folder
        self._sandbox = sandbox
        self.env_file = folder / ".env"
        self.log = folder / "log"
        self.collected = folder / "collected"
        self.log.mkdir()
        self.collected.mkdir()
        self.configure()

    def configure(self, *accounts: str) -> None:
        """Write `.env` with the variables that have one of these in their names; with all of them for none.

        The runs that follow are the first ones over these accounts, which miss nobody.
        """
        shutil.rmtree(self._folder / ".local" / "state", ignore_errors=True)
        path = self._sandbox.env_file(self._folder)
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(line for line in lines if any(name in line for name in accounts or ("",))))

    def expect(self, content: str) -> None:
        """Write the user's config.toml."""
        file = self._folder / ".config" / "kraken-accounts" / "config.toml"
        file.parent.mkdir(mode=0o700, parents=True)
        file.write_text(content)

    def trade(self, label: str) -> None:
        """Let an account have a fill."""
        now = self._sandbox.exchange.clock()
        self._sandbox.exchange.book(label, PastTrade("XBTUSD", "buy", Decimal("0.001"), Decimal(64250), now))

    def unbond(self, label: str) -> None:
        """Let an account have something in Earn that comes back in a day."""
        exchange = self._sandbox.exchange
        exchange.add_strategy(EarnStrategy("ESBOND", "DOT", "bonded"))
        ends = exchange.clock() + 86400
        exchange.add_allocation(label, EarnAllocation("ESBOND", Decimal(1), state="unbonding", expires=ends))

    def place(self, example: str) -> str:
        """The example with the places of this machine."""
        for documented, here in {
            f"{INSTALLED}/.venv/bin": programs(),
            f"{INSTALLED}/.env": self.env_file,
            "/var/log/kraken-accounts": self.log,
            "/var/lib/prometheus/node-exporter": self.collected,
        }.items():
            example = example.replace(documented, str(here))
        assert INSTALLED not in example
        return example

    def run(self, command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """As cron runs it: by sh, at home, with next to no environment."""
        return subprocess.run(
            ["/bin/sh", "-c", self.place(command)],
            env={"SHELL": "/bin/sh", "PATH": "/usr/bin:/bin", "HOME": str(self._folder), **environment},
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=LIMIT,
            check=False,
        )


@pytest.fixture
def machine(sandbox: Sandbox, tmp_path: Path) -> Machine:
    return Machine(tmp_path, sandbox)


def tool(name: str, package: str) -> pytest.MarkDecorator:
    """Skips a test where the program that the example is for is not installed."""
    return pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} is not installed (Debian: {package})")


def accepted(*command: str | Path) -> str:
    """What a program has to say of a file that it must accept."""
    run = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, timeout=LIMIT, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout + run.stderr


def commands(crontab: str) -> list[str]:
    """The commands of a crontab, whose other lines are comments and variables."""
    found = []
    for line in crontab.splitlines():
        if line and not re.match(r"#|[A-Z_]+=", line):
            *fields, command = line.split(maxsplit=5)
            assert len(fields) == 5 and all(map(FIELD.fullmatch, fields)), line
            assert "%" not in command, "cron takes it for a line break"
            found.append(command)
    return found


def assignment(key: str, content: str, separator: str = "=") -> str:
    (value,) = re.findall(rf"^\s*{key}{separator}(.*)$", content, re.MULTILINE)
    return str(value).strip()


class TestCron:
    mail, log, books = commands(EXAMPLES["crontab -u kraken -e"])

    def test_mails_once_that_all_is_well(self, machine: Machine) -> None:
        machine.configure(*WELL)

        first, second = machine.run(self.mail), machine.run(self.mail)

        assert (first.returncode, first.stderr) == (0, "")
        assert first.stdout.endswith("Z ALL ACCOUNTS: News begins: all 2 accounts are fine.\n")
        assert (second.returncode, second.stdout, second.stderr) == (0, "", "")

    def test_mails_once_what_is_wrong_and_that_it_is_over(self, machine: Machine, sandbox: Sandbox) -> None:
        machine.run(self.mail)
        alpha = sandbox.env["KRAKEN_USER_ALPHA_API_KEY"]
        sandbox.exchange.replace_key(alpha, permissions=frozenset({"query-funds"}))
        broken, still = machine.run(self.mail), machine.run(self.mail)
        sandbox.exchange.replace_key(alpha, permissions=frozenset(REQUIRED))

        over = machine.run(self.mail)

        assert (broken.returncode, still.returncode, still.stdout) == (1, 1, "")
        assert re.search(r"^\S+Z USER \(alpha\): ❌ USER \(alpha\) is NOT trading", broken.stdout, re.MULTILINE)
        assert "USER (charlie)" not in broken.stdout
        assert "✅ USER (alpha) is trading on Kraken again, after " in over.stdout

    def test_names_what_may_pass(self) -> None:
        said = DOCUMENT.partition("`--after N` is for")[2].partition("\n- ")[0]

        assert set(re.findall(r"`([a-z-]+)`", said)) == {code for code in MAY_PASS if isinstance(code, Code)}

    def test_logs_what_has_changed(self, machine: Machine, sandbox: Sandbox) -> None:
        machine.run(self.log)
        sandbox.exchange.set_ticker("XETHZUSD", bid="3160.20", ask="3160.30", last="3160.25")

        run = machine.run(self.log)

        assert (run.stdout, run.stderr) == ("", "")
        log = (machine.log / "check.log").read_text()
        assert log.count("TRADING STATUS") == 2
        assert "USER (alpha): Change: first run\n" in log
        assert re.search(
            r"ALL ACCOUNTS: CHANGES SINCE .* UTC\n(.*\n)*\S+Z USER \(alpha\): Change: \+\$8\.00 \(\+0\.12 %\)\n",
            log,
        )
        for search, count in (
            ("USER (delta)", 20),
            ("(delta) is", 2),
            ("NOT trading", 4),
            ("Change:", 12),
            ("🔷 ALL ACCOUNTS:", 2),
        ):
            assert search in DOCUMENT.replace("daivon_frazier", "delta")
            assert sum(search in line for line in log.splitlines()) == count

    def test_keeps_books(self, machine: Machine) -> None:
        run = machine.run(self.books)
        machine.run(self.books)

        assert (run.stdout, run.stderr) == ("", "")
        rows = (machine.log / "totals.csv").read_text().splitlines()
        assert [row.split(",")[5] for row in rows] == [
            "MASTER",
            "USER (alpha)",
            "USER (bravo)",
            "USER (charlie)",
            "USER (delta)",
        ] * 2

    def test_keeps_the_history_small(self, machine: Machine) -> None:
        (thin,) = commands(EXAMPLES["crontab -u kraken -e, to keep the history small"])
        machine.run(self.mail)

        run = machine.run(thin)

        assert (run.returncode, run.stdout, run.stderr) == (0, "", "")

    def test_mails_once_that_kraken_is_down_and_not_of_a_moment(self, machine: Machine, sandbox: Sandbox) -> None:
        machine.configure(*WELL)
        machine.run(self.mail)
        runs = []
        for status in ("maintenance", "online", "maintenance", "maintenance", "maintenance", "online"):
            sandbox.exchange.set_system_status(status)
            runs.append(machine.run(self.mail))

        assert [run.returncode for run in runs] == [3, 0, 3, 3, 3, 0]
        assert [run.stdout.count(" accounts are ") for run in runs] == [0, 0, 0, 1, 0, 1]

    def test_mails_what_is_wrong_with_the_configuration(self, machine: Machine) -> None:
        machine.env_file.unlink()

        run = machine.run(self.mail)

        assert run.stderr.startswith("Error: ")
        assert "does not exist" in run.stderr

    def test_explains_every_exit_code(self) -> None:
        for_cron = DOCUMENT.partition("Nagios has codes")[0]

        assert [int(code) for code in re.findall(r"^\| (\d+) \|", for_cron, re.MULTILINE)] == [*ExitCode]


class TestTellingSomebody:
    example = EXAMPLES["crontab -u kraken -e, to tell somebody"]

    def test_sends_a_message_and_a_ping(self, machine: Machine) -> None:
        (command,) = commands(self.example)
        variables = [line.partition("=")[0] for line in self.example.splitlines() if re.match("[A-Z_]+=", line)]
        with receiver() as telephone, receiver() as switch:
            ways = dict(zip(variables, (address(telephone), f"{switch.url}/SMPL-uuid"), strict=True))
            runs = [machine.run(command, **ways) for _ in range(2)]
            machine.configure(*WELL)
            runs += [machine.run(command, **ways) for _ in range(2)]

            assert titles(telephone) == [
                "kraken-accounts: 2 NOT trading, 1 critical finding; 3 of 5 accounts trading",
                "kraken-accounts: all 2 accounts are fine; 2 of 2 accounts trading",
            ]
            assert asked(switch) == ["GET /SMPL-uuid/fail"] * 2 + ["GET /SMPL-uuid"] * 2
        assert [(run.stdout, run.stderr) for run in runs] == [("", "")] * 4

    def test_apprise_understands_the_samples(self) -> None:
        ways = assignment("KRAKEN_ACCOUNTS_NOTIFY", self.example)
        # A token of Telegram's has a shape.
        filled = ways.replace("BOT_TOKEN", "123456789:SMPL-a-token-that-is-not-a-real-one").replace(
            "CHAT_ID", "1234"
        )

        assert [
            way.name.partition(" ")[0] for way in open_channels((Secret(url), "") for url in filled.split())
        ] == ["tgram", "mailto"]


class TestLogrotate:
    example = EXAMPLES["etc/logrotate.d/kraken-accounts"]

    def test_rotates_the_log_that_cron_writes(self, machine: Machine) -> None:
        machine.run(TestCron.log)

        pattern = machine.place(self.example).splitlines()[1].removesuffix(" {")
        assert list(machine.log.glob(Path(pattern).name)) == [machine.log / "check.log"]

    @tool("logrotate", "logrotate")
    def test_accepts_it(self, machine: Machine, tmp_path: Path) -> None:
        user, group = getpass.getuser(), grp.getgrgid(os.getgid()).gr_name
        (machine.log / "check.log").write_text("a line\n")
        machine.log.chmod(0o750)
        config = tmp_path / "logrotate.conf"
        config.write_text(machine.place(self.example).replace("kraken adm", f"{user} {group}"))
        config.chmod(0o644)

        said = accepted("logrotate", "--debug", "--state", tmp_path / "state", config)

        assert f"considering log {machine.log}/check.log" in said
        assert "error" not in said


class TestSystemd:
    def test_runs_the_service_with_state_and_cache_where_it_says(self, machine: Machine, tmp_path: Path) -> None:
        variables = (
            assignment("Environment", SERVICE).replace("%S", f"{tmp_path}/lib").replace("%C", f"{tmp_path}/cache")
        )
        name, _, source = assignment("LoadCredential", SERVICE).partition(":")
        credentials = tmp_path / "credentials"
        credentials.mkdir()
        (credentials / name).write_bytes(machine.env_file.read_bytes())
        (credentials / name).chmod(0o400)
        command = assignment("ExecStart", SERVICE).replace("%d", str(credentials))

        run = machine.run(command, **dict(pair.split("=") for pair in variables.split()))

        assert source == "/etc/kraken-accounts/keys.env"

        assert run.returncode == 1
        assert "✅ USER (alpha) is trading on Kraken\n" in run.stdout
        assert [path.name for path in (tmp_path / "lib").iterdir()] == [assignment("StateDirectory", SERVICE)]
        assert [path.name for path in (tmp_path / "cache").iterdir()] == [assignment("CacheDirectory", SERVICE)]
        assert int(assignment("SuccessExitStatus", SERVICE)) == ExitCode.KRAKEN_DOWN

    @tool("systemd-analyze", "systemd")
    def test_accepts_the_units(self, machine: Machine, tmp_path: Path) -> None:
        units = [tmp_path / "kraken-accounts.service", tmp_path / "kraken-accounts.timer"]
        for unit, content in zip(units, (SERVICE, TIMER), strict=True):
            unit.write_text(machine.place(content))

        assert accepted("systemd-analyze", "verify", "--man=no", *units) == ""

    @tool("systemd-analyze", "systemd")
    def test_understands_when(self) -> None:
        said = accepted("systemd-analyze", "calendar", "--iterations=2", assignment("OnCalendar", TIMER))

        assert "Normalized form: *-*-* *:00/5:00\n" in said


class TestPrometheus:
    (collect,) = commands(EXAMPLES["crontab -u kraken -e, for Prometheus"])

    def test_leaves_one_whole_file_for_the_collector(self, machine: Machine) -> None:
        for _ in range(2):
            run = machine.run(self.collect)
            assert (run.returncode, run.stdout, run.stderr) == (1, "", "")

        (file,) = machine.collected.iterdir()
        assert file.name == "kraken_accounts.prom"
        assert file.stat().st_mode & 0o444 == 0o444 & ~_umask()

    def test_documents_every_metric_and_label(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        for tier in TIERS:  # whose counters have fallen again between two runs
            monkeypatch.setitem(TIERS, tier, Tier(1000, 1))
        machine.expect(
            '[[accept]]\ncode = "other-exchange"\nreason = "it is a test"\n'
            '[[accept]]\ncode = "no-ip-allowlist"\nreason = "no fixed address"\n'
            '[[accept]]\ncode = "env-file-permissions"\nreason = "there is none"\n'
        )
        machine.trade("alpha")
        machine.unbond("alpha")
        machine.run(f"{self.collect} --since-last --activity --wallets --gain")
        machine.run(f"{self.collect} --since-last --activity --wallets --gain")

        families = text_string_to_metric_families((machine.collected / "kraken_accounts.prom").read_text())

        documented = dict(re.findall(r"^\| `(\w+)` \| (.*?) ?\|", DOCUMENT, re.MULTILINE))
        assert list(documented) == list(GAUGES)
        labels = {
            family.name.removeprefix("kraken_accounts_"): family.samples[0].labels.keys()
            - {"account", "account_type"}
            for family in families
        }
        assert labels == {name: set(re.findall(r"`(\w+)`", cell)) for name, cell in documented.items()}

    def test_alerts_on_metrics_that_exist(self) -> None:
        used = set(re.findall(r"kraken_accounts_(\w+)", RULES))

        assert used <= set(GAUGES)
        assert len(re.findall(r"- alert: ", RULES)) == len(re.findall(r"summary: ", RULES)) == 9

    @tool("promtool", "prometheus")
    def test_accepts_the_rules(self, tmp_path: Path) -> None:
        (tmp_path / "rules.yml").write_text(RULES)

        assert "SUCCESS: 9 rules found" in accepted("promtool", "check", "rules", tmp_path / "rules.yml")

    @tool("promtool", "prometheus")
    @pytest.mark.parametrize(
        ("series", "alerts"),
        [
            ({}, []),
            ({'account_as_expected{account="alpha"}': 0}, ["KrakenAccountNotTrading"]),
            ({'account_as_expected{account="alpha"}': 0, "exit_code": 3}, ["KrakenDown"]),
            ({'account_findings{account="alpha",severity="critical"}': 1}, ["KrakenAccountCriticalFinding"]),
            ({'account_findings{account="alpha",severity="warning"}': 1}, []),
            ({'account_value_complete{account="alpha"}': 0}, ["KrakenAccountTotalUnknown"]),
            ({'account_value_complete{account="alpha"}': 0, 'account_value{account="alpha"}': 5}, []),
            ({'account_value{account="alpha"}': "100x70 79x70"}, ["KrakenAccountTotalDropped"]),
            ({'account_value{account="alpha"}': "100x70 80x70"}, []),
            ({"last_run_timestamp_seconds": 0}, ["KrakenAccountsNotChecked"]),
            ({"last_run_timestamp_seconds": None}, ["KrakenAccountsNotChecked"]),
            ({"demo": 1}, ["KrakenAccountsDemo"]),
            ({'run_findings{severity="critical"}': 1}, ["KrakenRunCriticalFinding"]),
            ({'run_findings{severity="warning"}': 1}, []),
            ({'exchange_info{url="https://api.kraken.com"}': 1}, []),
            ({'exchange_info{url="http://127.0.0.1:8111"}': 1}, ["KrakenAccountsOtherExchange"]),
            ({'exchange_info{url="http://127.0.0.1:8111"}': 1, "demo": 1}, ["KrakenAccountsDemo"]),
        ],
        ids=str,
    )
    def test_alerts_when_it_should(self, tmp_path: Path, series: dict[str, object], alerts: list[str]) -> None:
        (tmp_path / "rules.yml").write_text(RULES)
        values = {"exit_code": 0, "demo": 0, "last_run_timestamp_seconds": "0+60x120", **series}
        firing = 'count(ALERTS{{alertname="{}",alertstate="firing"}}) or vector(0)'
        test = {
            "interval": "1m",
            "input_series": [
                {
                    "series": f"kraken_accounts_{name}",
                    "values": f"{value}x140" if isinstance(value, int) else value,
                }
                for name, value in values.items()
                if value is not None
            ],
            "promql_expr_test": [
                {
                    "expr": firing.format(name),
                    "eval_time": "100m",
                    "exp_samples": [{"labels": "{}", "value": int(name in alerts)}],
                }
                for name in re.findall(r"alert: (\w+)", RULES)
            ],
        }
        # What is JSON is YAML.
        (tmp_path / "test.yml").write_text(json.dumps({"rule_files": ["rules.yml"], "tests": [test]}))

        accepted("promtool", "test", "rules", tmp_path / "test.yml")


class TestNagios:
    nagios = assignment("command_line", EXAMPLES["etc/nagios4/conf.d/kraken-accounts.cfg"], r"\s+")
    sudoers = EXAMPLES["etc/sudoers.d/kraken-accounts"]

    def test_monitors_run_what_sudo_allows(self) -> None:
        (array,) = re.findall(
            r"command = (\[.*?\])", EXAMPLES["etc/icinga2/conf.d/kraken-accounts.conf"], re.DOTALL
        )
        allowed = assignment(r"nagios ALL=\(kraken\) NOPASSWD", self.sudoers, ":")

        assert self.nagios == f"/usr/bin/sudo -n -H -u kraken {allowed}"
        assert json.loads(array) == shlex.split(self.nagios)

    def test_the_command_is_a_plugin(self, machine: Machine, sandbox: Sandbox) -> None:
        head = f"OTHER EXCHANGE: {sandbox.url}, not https://api.kraken.com"
        plugin = self.nagios.partition(" -u kraken ")[2]
        critical = machine.run(plugin)
        machine.configure(*WELL)
        well = machine.run(plugin)
        machine.env_file.unlink()
        broken = machine.run(plugin)

        assert critical.returncode == 2
        assert critical.stdout.startswith(
            f"KRAKEN CRITICAL - {head}; 3 of 5 accounts trading, total $80,698.15 (spot balance, incomplete); "
            "USER "
        )
        assert well.returncode == 0
        assert well.stdout.startswith(
            f"KRAKEN OK - {head}; 2 of 2 accounts trading, total $72,092.42 (spot balance, incomplete); "
            "MASTER: Not in the total, because there is no price that could be had: 75 XRT "
            "(Kraken has no market for it). [unpriced-assets] | trading=2;;;0;2 "
        )
        assert broken.returncode == 3
        assert broken.stdout.startswith("KRAKEN UNKNOWN - ")
        assert (critical.stderr, well.stderr) == ("", "")

    @tool("visudo", "sudo")
    def test_sudo_accepts_it(self, tmp_path: Path) -> None:
        (tmp_path / "sudoers").write_text(self.sudoers)
        (tmp_path / "sudoers").chmod(0o440)

        assert "parsed OK" in accepted("visudo", "--check", f"--file={tmp_path}/sudoers")

    def test_explains_every_code(self) -> None:
        for_nagios = DOCUMENT.partition("Nagios has codes")[2].partition("## cron")[0]

        assert re.findall(r"^\| (\d) \| (\w+) \|", for_nagios, re.MULTILINE) == [
            ("0", "OK"),
            ("1", "WARNING"),
            ("2", "CRITICAL"),
            ("3", "UNKNOWN"),
        ]


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
