"""Exposition text: read by the official parser, by promtool where there is one, and sample by sample."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kraken_accounts.formats import View, load
from kraken_accounts.kraken.public import SystemStatus
from kraken_accounts.report.differences import Change
from kraken_accounts.report.model import Report
from kraken_accounts.report.verdict import Status

from ..conftest import Sandbox
from ..running import check
from .reports import ANYWHERE, EXPIRES, FIRST, NOW, WITHDRAW, YESTERDAY, account, changed, holding, report

PROMTOOL = shutil.which("promtool")


def rendered(of: Report) -> str:
    return load("prometheus").render(of, View())


def samples(text: str) -> dict[str, float]:
    """Each sample by its name and labels, `account_up{account="alpha"}`, less what all of ours begin with."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        assert family.type == "gauge"
        for sample in family.samples:
            key = sample.name.removeprefix("kraken_accounts_") + _braced(sample.labels)
            assert key not in found, "Prometheus would refuse the whole file"
            found[key] = sample.value
    return found


def _braced(labels: Mapping[str, str]) -> str:
    known = sorted((name, value) for name, value in labels.items() if name != "account_type")
    return f"{{{','.join(f'{name}={value}' for name, value in known)}}}" if known else ""


def states(found: Mapping[str, float], name: str) -> list[str]:
    """Which of the states of a state set are 1."""
    return [key for key, value in found.items() if key.startswith(f"{name}{{") and value]


class TestCommand:
    def test_two_names_that_claim_one_user_id_spoil_nothing(self, sandbox: Sandbox) -> None:
        run = check("--format", "prometheus", env={**sandbox.env, "KRAKEN_USER_ALPHA_USER_ID": "bravo"})

        found = samples(run.stdout)
        assert states(found, "account_status")[1] == "account_status{account=bravo,status=misconfigured}"
        assert found["account_trading{account=master}"] == 1

    def test_says_what_the_report_says(self, sandbox: Sandbox) -> None:
        run = check("--format", "prometheus", env=sandbox.env)

        assert (run.returncode, run.stderr) == (1, "")
        found = samples(run.stdout)
        assert {
            key: value for key, value in found.items() if key.startswith(("account_up", "account_trading"))
        } == {
            "account_up{account=master}": 1,
            "account_up{account=alpha}": 1,
            "account_up{account=bravo}": 1,
            "account_up{account=charlie}": 1,
            "account_up{account=delta}": 0,
            "account_trading{account=master}": 1,
            "account_trading{account=alpha}": 1,
            "account_trading{account=bravo}": 1,
            "account_trading{account=charlie}": 0,
            "account_trading{account=delta}": 0,
        }
        assert states(found, "account_status") == [
            "account_status{account=master,status=trading}",
            "account_status{account=alpha,status=trading}",
            "account_status{account=bravo,status=trading}",
            "account_status{account=charlie,status=read-only}",
            "account_status{account=delta,status=not-configured}",
        ]
        assert {key: value for key, value in found.items() if key.startswith(("account_value{", "value"))} == {
            "account_value{account=master,currency=USD}": 65180.47,
            "account_value{account=alpha,currency=USD}": 6911.95,
            "account_value{account=bravo,currency=USD}": 6771.85,
            "account_value{account=charlie,currency=USD}": 1833.88,
            "value{currency=USD}": 80698.15,
            "value_complete": 0,
        }
        assert found["asset_amount{account=alpha,asset=ETH}"] == 0.8
        assert found["asset_value{account=alpha,asset=ETH,currency=USD}"] == 2520.2
        assert found["asset_amount{account=master,asset=XRT}"] == 75
        assert "asset_value{account=master,asset=XRT,currency=USD}" not in found
        assert found["account_findings{account=bravo,severity=critical}"] == 1
        assert states(found, "exchange_status") == ["exchange_status{status=online}"]
        assert (found["exit_code"], found["demo"]) == (1, 0)
        assert 0 < found["run_duration_seconds"] < 60
        assert not run.stdout.startswith("# DEMO")

    def test_tells_account_types_apart(self, sandbox: Sandbox) -> None:
        text = check("--format", "prometheus", "--account", "master", "--account", "alpha", env=sandbox.env).stdout

        assert 'kraken_accounts_account_up{account="master",account_type="master"} 1.0\n' in text
        assert 'kraken_accounts_account_up{account="alpha",account_type="user"} 1.0\n' in text

    def test_is_headed_as_a_demo_by_a_comment(self) -> None:
        text = check("--demo", "--format", "prometheus").stdout

        assert text.startswith("# DEMO: sample accounts on a simulated exchange, no real funds\n# HELP ")
        assert samples(text)["demo"] == 1

    def test_counts_an_account_that_kraken_refuses_as_down(self, sandbox: Sandbox) -> None:
        sandbox.exchange.revoke_key(sandbox.env["KRAKEN_USER_ALPHA_API_KEY"])

        found = samples(check("--format", "prometheus", "--account", "alpha", env=sandbox.env).stdout)

        assert found["account_up{account=alpha}"] == 0
        assert states(found, "account_status") == ["account_status{account=alpha,status=rejected}"]

    @pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed (Debian: prometheus)")
    @pytest.mark.parametrize("arguments", [(), ("--since-last",), ("--quote", "EUR")], ids=" ".join)
    def test_satisfies_promtool(self, sandbox: Sandbox, arguments: tuple[str, ...]) -> None:
        text = check("--format", "prometheus", *arguments, env=sandbox.env).stdout

        linted = subprocess.run(
            [str(PROMTOOL), "check", "metrics"], input=text, capture_output=True, text=True, check=False
        )

        assert (linted.returncode, linted.stdout, linted.stderr) == (0, "", "")


class TestUnknown:
    """What is not known is absent, for a zero would be believed."""

    def test_total_and_assets(self) -> None:
        found = samples(rendered(report(account("alpha", None, Status.UNREACHABLE))))

        assert not [key for key in found if key.startswith(("account_value{", "value{", "asset_"))]
        assert found["account_value_complete{account=alpha}"] == found["value_complete"] == 0

    def test_status_of_the_exchange(self) -> None:
        text = rendered(report(account("alpha"), system_status=None))

        assert "exchange_status" not in text

    def test_a_total_of_nothing_is_known(self) -> None:
        assert (
            samples(rendered(report(account("alpha", "0.00"))))["account_value{account=alpha,currency=USD}"] == 0
        )


class TestSamples:
    @pytest.mark.parametrize("status", Status)
    def test_of_every_status(self, status: Status) -> None:
        found = samples(rendered(report(account("alpha", "1.00", status))))

        assert states(found, "account_status") == [f"account_status{{account=alpha,status={status}}}"]
        assert len([key for key in found if key.startswith("account_status{")]) == len(Status)
        assert found["account_trading{account=alpha}"] == (status is Status.TRADING)

    @pytest.mark.parametrize(
        ("total", "status", "up"),
        [
            ("1.00", Status.READ_ONLY, 1),
            ("1.00", Status.CONFLICT, 1),  # two keys of one account
            (None, Status.CONFLICT, 0),  # a shared key, which is not sent
            ("1.00", Status.REJECTED, 0),  # answered, and expired since
            (None, Status.UNREACHABLE, 0),
        ],
    )
    def test_an_account_is_up_when_kraken_took_its_key(self, total: str | None, status: Status, up: int) -> None:
        assert samples(rendered(report(account("a", total, status))))["account_up{account=a}"] == up

    def test_findings_by_severity(self) -> None:
        alpha = account("alpha", "1.00", Status.TRADING, None, ANYWHERE, WITHDRAW, ANYWHERE)

        found = samples(rendered(report(alpha, findings=(EXPIRES,))))

        assert [
            found[f"account_findings{{account=alpha,severity={s}}}"] for s in ("critical", "warning", "info")
        ] == [
            1,
            0,
            2,
        ]
        assert [found[f"run_findings{{severity={s}}}"] for s in ("critical", "warning", "info")] == [0, 1, 0]

    @pytest.mark.parametrize("word", ["maintenance", "limit_only", "something_new"])
    def test_status_of_the_exchange(self, word: str) -> None:
        found = samples(rendered(report(account("a"), system_status=SystemStatus(word))))

        assert states(found, "exchange_status") == [f"exchange_status{{status={word}}}"]
        assert found["exchange_status{status=online}"] == 0

    def test_times(self) -> None:
        found = samples(rendered(report(account("a", change=FIRST), changed_since=YESTERDAY)))

        assert found["last_run_timestamp_seconds"] == NOW.timestamp()
        assert found["previous_run_timestamp_seconds"] == YESTERDAY.timestamp()
        assert found["run_duration_seconds"] == 1.25

    def test_changes(self) -> None:
        alpha = account("alpha", "112.00", change=changed("100.00", "12.00", "12"))
        bravo = account("bravo", None, Status.REJECTED, change=Change(False, "trading", None))
        charlie = account("charlie", "5.00", change=FIRST)

        found = samples(rendered(report(alpha, bravo, charlie, change=changed("100.00", "12.00", "12"))))

        assert {key: value for key, value in found.items() if "_change" in key} == {
            "account_value_change{account=alpha,currency=USD}": 12,
            "account_status_changed{account=alpha}": 0,
            "account_status_changed{account=bravo}": 1,
            "value_change{currency=USD}": 12,
        }

    def test_changes_are_absent_where_nobody_asked(self) -> None:
        assert "_change" not in rendered(report(account("alpha")))

    def test_each_only_once_where_two_assets_have_one_name(self) -> None:
        holdings = (holding("LUNA", "1", "2"), holding("LUNA", "10"), holding("ÄÖ", "3"), holding("ÖÄ", "4"))

        found = samples(rendered(report(account("a", "2.00", holdings=holdings))))

        assert {key: value for key, value in found.items() if key.startswith("asset_")} == {
            "asset_amount{account=a,asset=LUNA}": 11,
            "asset_amount{account=a,asset=??}": 7,
            "asset_value{account=a,asset=LUNA,currency=USD}": 2,
        }

    def test_of_names_with_quotes_backslashes_and_line_breaks(self) -> None:
        odd = 'O"Neil\\n, the\n{2nd}="1"'

        text = rendered(report(account(odd, "1.00")))

        (up,) = (family for family in text_string_to_metric_families(text) if family.name.endswith("_up"))
        assert up.samples[0].labels["account"] == odd
        assert text.isascii()

    def test_of_500_accounts(self) -> None:
        found = samples(rendered(report(*(account(f"user{n}", f"{n}.00") for n in range(500)))))

        assert sum(value for key, value in found.items() if key.startswith("account_value{")) == 499 * 500 / 2
        assert found["value{currency=USD}"] == 499 * 500 / 2

    def test_of_nothing_but_ours(self) -> None:
        lines = rendered(report(account("a"))).splitlines()

        assert all(re.match(r"(# (HELP|TYPE) )?kraken_accounts_", line) for line in lines)

    def test_when_nothing_is_configured(self) -> None:
        found = samples(rendered(report(account(None, None, Status.NOT_CONFIGURED, key_info=None))))

        assert (found["exit_code"], found["account_up{account=master}"]) == (2, 0)
