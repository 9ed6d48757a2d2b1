"""The main job through the front door: the real command, over real HTTP, in the exact words that a user sees."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import venv
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kraken_sandbox import SimulatedHolding

from ..conftest import Sandbox
from ..running import (
    CONSOLE_SCRIPT,
    LIMIT,
    NO_KEYS,
    SCRIPT,
    check,
    check_on_terminal,
    environment,
)

# The sample accounts at the sandbox's fixed prices, worked out by hand:
#   alpha    2400 USD + 0.031 BTC at (64250.00 + 64250.20) / 2 + 0.8 ETH at (3150.20 + 3150.30) / 2
#            2400 + 0.031 * 64250.10 + 0.8 * 3150.25 = 2400 + 1991.7531 + 2520.20 = 6911.9531
#   bravo    5000 USD + 8000 DOGE at 0.1234 + 1500 XRP at 0.5231 = 5000 + 987.20 + 784.65 = 6771.85
#   charlie  950 EUR at 1.0850 + 0.0125 BTC at 64250.10 = 1030.75 + 803.12625 = 1833.87625
PHRASES = (
    "✅ MASTER is trading on Kraken",
    "✅ USER (alpha) is trading on Kraken",
    "✅ USER (bravo) is trading on Kraken",
    "❌ USER (charlie) is NOT trading on Kraken",
    "❌ USER (delta) is NOT trading on Kraken",
    "🔷 MASTER TOTAL: $65,180.47",
    "   KRAKEN: $65,180.47",
    "🔷 USER TOTALS:",
    "   alpha: $6,911.95",
    "      KRAKEN: $6,911.95",
    "   bravo: $6,771.85",
    "      KRAKEN: $6,771.85",
    "   charlie: $1,833.88",
    "      KRAKEN: $1,833.88",
    "   delta: unknown",
    "      KRAKEN: unknown",
)


def without_time(text: str) -> str:
    return re.sub(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d", "TIME", text)


def without_heading(text: str) -> str:
    """Less the line that says that this is not Kraken itself, the time, and where a key belongs."""
    return re.sub(r"(?s)4\. Put it into.*?5\. Run", "", without_time(text.partition("\n")[2]))


def without_colors(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def assert_whole_phrases(text: str) -> None:
    for phrase in PHRASES:
        assert any(phrase in line for line in text.splitlines()), phrase


def one_sentence(stderr: str) -> str:
    """What an error says, sure that it is one line and no traceback."""
    last = stderr.strip().splitlines()[-1]
    assert "Traceback" not in stderr
    assert last.startswith("Error: ")
    return last.removeprefix("Error: ")


class TestDemo:
    def test_shows_trading_status_and_then_totals(self) -> None:
        demo = check("--demo")

        assert demo.stderr == ""
        assert demo.returncode == 1  # charlie may not trade, delta has no key
        assert demo.stdout.startswith("DEMO: sample accounts on a simulated exchange, no real funds\n")
        assert demo.stdout.index("TRADING STATUS") < demo.stdout.index("SUMMARY")
        assert_whole_phrases(demo.stdout)

    @pytest.mark.parametrize("columns", [80, 200])
    def test_fits_a_terminal(self, columns: int) -> None:
        shown, code = check_on_terminal("--demo", columns=columns)

        plain = without_colors(shown)
        assert code == 1
        assert "\x1b[" in shown
        assert_whole_phrases(plain)
        assert "…" not in plain
        # An emoji is two columns wide, and a line holds one at most.
        assert max(len(line) for line in plain.splitlines()) <= columns

    @pytest.mark.parametrize(
        "env",
        [
            {"COLUMNS": "20"},
            {"COLUMNS": "500"},
            {"TERM": "dumb"},
            {"TERM": "xterm-256color"},
        ],
        ids=str,
    )
    def test_is_the_same_in_a_pipe_whatever_the_environment_says(self, env: dict[str, str]) -> None:
        demo = check("--demo", env=env)

        assert "\x1b" not in demo.stdout
        assert without_time(demo.stdout) == without_time(check("--demo").stdout)

    @pytest.mark.parametrize(
        ("option", "env"), [(["--no-color"], {}), ([], {"NO_COLOR": "1"}), ([], {"TERM": "dumb"})]
    )
    def test_has_no_colors_where_none_are_wanted(self, option: list[str], env: dict[str, str]) -> None:
        shown, _ = check_on_terminal("--demo", *option, columns=80, env=env)

        assert "\x1b" not in shown

    @pytest.mark.parametrize("format_name", ["table", "text"])
    def test_does_without_the_characters_that_ascii_lacks(self, format_name: str) -> None:
        demo = check("--demo", "--format", format_name, env={"LC_ALL": "POSIX", "PYTHONIOENCODING": "ascii"})

        assert demo.stdout.isascii()
        assert "?" not in demo.stdout
        for phrase in PHRASES:
            assert phrase.replace("✅", "[OK]").replace("❌", "[FAIL]").replace("🔷", "*") in demo.stdout

    @pytest.mark.parametrize(
        ("command", "encoding"), [("check", "ascii"), ("check", "cp437"), ("audit", "latin-1")]
    )
    def test_no_encoding_costs_a_report(self, command: str, encoding: str) -> None:
        run = subprocess.run(
            [CONSOLE_SCRIPT, command, "--demo"],
            env=environment({"LC_ALL": "POSIX", "PYTHONIOENCODING": encoding}),
            cwd="/",
            capture_output=True,
            encoding=encoding,
            check=False,
        )

        assert (run.returncode, run.stderr) == (1, "")
        assert "withdraw-enabled" in run.stdout
        assert "MSTR?" not in run.stdout  # but "MSTR..."

    def test_text_has_the_same_lines_without_boxes(self) -> None:
        text = check("--demo", "--format", "text").stdout.splitlines()

        for phrase in PHRASES:
            said = [line.partition("Z ")[2].partition(": ")[2] for line in text]
            assert any(line == phrase or line.startswith(f"{phrase} (") for line in said), phrase
        assert not any(line.startswith(("│", "╭", "╰")) for line in text)

    def test_runs_as_the_console_script_too(self) -> None:
        expected = without_time(check("--demo", "--format", "text").stdout)
        for arguments in (["check", "--demo"], ["--demo"]):
            run = subprocess.run(
                [CONSOLE_SCRIPT, *arguments, "--format", "text"],
                env=environment(),
                cwd="/",
                capture_output=True,
                text=True,
                check=False,
            )
            said = run.stdout.replace("kraken-accounts check", "kraken-accounts")
            script = "python check_master_user_balances.py"
            assert without_time(said.replace("kraken-accounts", script)) == expected

    def test_reads_no_keys_of_the_user(self, sandbox: Sandbox) -> None:
        assert_whole_phrases(check("--demo", env=sandbox.env).stdout)
        assert sandbox.endpoints() == []


class TestLiveRun:
    def test_gives_the_same_figures_through_a_env_file(self, sandbox: Sandbox, tmp_path: Path) -> None:
        sandbox.env_file(tmp_path)

        run = check(cwd=tmp_path)

        assert run.stdout.startswith(f"OTHER EXCHANGE: {sandbox.url}, not https://api.kraken.com\n")
        assert without_heading(run.stdout) == without_heading(check("--demo").stdout)
        assert (run.returncode, run.stderr) == (1, "")

    def test_asks_each_account_twice_and_the_market_once(self, sandbox: Sandbox) -> None:
        check(env=sandbox.env)

        asked = sandbox.endpoints()
        assert asked.count("GetApiKeyInfo") == asked.count("BalanceEx") == 4
        assert asked.count("SystemStatus") == 1
        # Once for currencies, and once for the tokenized equities that the master holds.
        assert asked.count("Assets") == asked.count("AssetPairs") == asked.count("Ticker") == 2

    def test_is_all_well_when_every_account_trades(self, sandbox: Sandbox) -> None:
        run = check("--account", "master", "--account", "alpha", env=sandbox.env)

        assert run.returncode == 0
        assert "USER (bravo)" not in run.stdout

    def test_needs_attention_when_a_key_may_withdraw(self, sandbox: Sandbox) -> None:
        run = check("--account", "bravo", "--format", "text", env=sandbox.env)

        assert run.returncode == 1
        assert (
            " USER (bravo): ✅ USER (bravo) is trading on Kraken\n"
            "TIME USER (bravo): CRITICAL: The key may withdraw funds. "
        ) in re.sub(r"(?m)^\S+Z ", "TIME ", run.stdout)
        assert "switch off “Funds: Withdraw”." in run.stdout

    def test_takes_the_environment_over_the_file(self, sandbox: Sandbox, tmp_path: Path) -> None:
        sandbox.env_file(tmp_path, KRAKEN_USER_ALPHA_API_KEY="WRNG-sample-key-not-a-real-key")

        run = check("--account", "alpha", cwd=tmp_path, env=sandbox.env)

        assert "✅ USER (alpha) is trading on Kraken" in run.stdout

    def test_runs_under_the_empty_environment_of_cron(self, sandbox: Sandbox, tmp_path: Path) -> None:
        env_file = sandbox.env_file(tmp_path)

        run = subprocess.run(
            ["/usr/bin/env", "-i", sys.executable, SCRIPT, "--env-file", env_file],
            cwd="/",
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

        assert run.returncode == 1
        assert_whole_phrases(run.stdout)

    def test_lists_assets(self, sandbox: Sandbox) -> None:
        text = check("--account", "alpha", "--assets", "--format", "text", env=sandbox.env).stdout

        assert [line.partition("Z ")[2] for line in text.splitlines()[-4:]] == [
            "USER (alpha): ASSETS OF USER (alpha)",
            "USER (alpha):    ETH 0.8 (on hold: 0.3), price $3,150.25, value $2,520.20, held as XETH",
            "USER (alpha):    USD 2400 (on hold: 0), price $1.00, value $2,400.00, held as ZUSD",
            "USER (alpha):    BTC 0.031 (on hold: 0), price $64,250.10, value $1,991.75, held as XXBT",
        ]

    def test_counts_what_is_bid_where_a_book_is_wide_and_says_so(self, sandbox: Sandbox) -> None:
        sandbox.exchange.set_ticker("POLSXBT", bid="0.00000001", ask="1")
        sandbox.exchange.state.accounts["alpha"].balances = {"POLS": SimulatedHolding(Decimal(1_000_000))}

        text = check("--account", "alpha", "--assets", "--format", "text", env=sandbox.env).stdout
        (account,) = json.loads(check("--account", "alpha", "--format", "json", env=sandbox.env).stdout)[
            "accounts"
        ]

        # 1,000,000 at 0.00000001 BTC at 64,250.10 USD: 642.501; the middle would be 500,000 times as much.
        assert "POLS 1000000 (on hold: 0), price $0.000642501 (bid), value $642.50, held as POLS\n" in text
        assert (account["total"], account["assets"][0]["price_basis"]) == ("642.50", "bid")

    def test_counts_nothing_at_a_market_that_is_closed_and_says_so(self, sandbox: Sandbox) -> None:
        sandbox.exchange.set_pair_status("POLSXBT", "cancel_only")
        sandbox.exchange.state.accounts["alpha"].balances = {
            "POLS": SimulatedHolding(Decimal(5)),
            "ZUSD": SimulatedHolding(Decimal(1)),
        }

        run = check("--account", "alpha", "--format", "json", env=sandbox.env)

        (account,) = json.loads(run.stdout)["accounts"]
        reason = "its market POLSXBT is not open: Kraken's status is cancel_only"
        assert (account["total"], account["complete"]) == ("1.00", False)
        assert account["unpriced"][0]["reason"] == reason
        (finding,) = [found for found in account["findings"] if found["code"] == "unpriced-assets"]
        assert (
            finding["message"]
            == f"not in the total, because there is no price that could be had: 5 POLS ({reason})"
        )

    def test_lists_activity(self, sandbox: Sandbox) -> None:
        report = json.loads(check("--activity", "--format", "json", env=sandbox.env).stdout)

        by_user = {account["user_id"]: account for account in report["accounts"]}
        (order,) = by_user["alpha"]["open_orders"]
        (position,) = by_user["bravo"]["open_positions"]
        assert (order["side"], order["type"], order["pair"]) == ("sell", "limit", "ETHUSD")
        assert (order["volume"], order["price"]) == ("0.3", "3600")
        assert (position["side"], position["pair"], position["volume"]) == ("buy", "XETHZUSD", "0.5")
        assert by_user["alpha"]["open_positions"] == []
        assert by_user["delta"]["open_orders"] is None

    @pytest.mark.parametrize("columns", [80, 200])
    def test_never_cuts_off_a_listing(self, sandbox: Sandbox, columns: int) -> None:
        shown, _ = check_on_terminal("--activity", "--assets", columns=columns, env=sandbox.env)

        assert "…" not in shown
        assert re.search(
            r"O[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{6}  sell limit ETHUSD +0\.3 +3600", without_colors(shown)
        )

    @pytest.mark.parametrize(
        ("quote", "total"),
        [
            # bravo: 6771.85 USD at 1 / 1.0850 EUR.
            ("EUR", "   bravo: €6,241.34"),
            ("eur", "   bravo: €6,241.34"),
            ("ZUSD", "   bravo: $6,771.85"),
        ],
    )
    def test_counts_in_another_currency(self, sandbox: Sandbox, quote: str, total: str) -> None:
        text = check("--quote", quote, "--account", "bravo", "--format", "text", env=sandbox.env).stdout

        assert any(line.endswith(f": {total}") for line in text.splitlines())


class TestJson:
    def test_says_what_the_contract_says(self, sandbox: Sandbox) -> None:
        run = check("--format", "json", env=sandbox.env)

        report = json.loads(run.stdout, parse_float=lambda text: pytest.fail(f"a float: {text}"))
        assert report["schema"] == 1
        assert report["demo"] is False
        assert report["ok"] is False
        assert report["exit_code"] == run.returncode == 1
        assert report["quote"] == "USD"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", report["generated_at"])
        assert report["exchange"]["status"] == "online"
        assert [account["label"] for account in report["accounts"]] == [
            "MASTER",
            "USER (alpha)",
            "USER (bravo)",
            "USER (charlie)",
            "USER (delta)",
        ]
        assert [account["status"] for account in report["accounts"]] == [
            "trading",
            "trading",
            "trading",
            "read-only",
            "not-configured",
        ]
        assert report["totals"] == {
            "master": "65180.47",
            "users": {"alpha": "6911.95", "bravo": "6771.85", "charlie": "1833.88", "delta": None},
            "all": "80698.15",
            "complete": False,
            "whole": True,
        }
        alpha = report["accounts"][1]
        assert alpha["api_key"] == "ALPH…"
        assert alpha["reason"] is alpha["remedy"] is None
        assert alpha["assets"][0] == {
            "asset": "ETH",
            "codes": ["XETH"],
            "amount": "0.8",
            "available": "0.5",
            "price": "3150.25",
            "price_basis": "mid",
            "value": "2520.2",
        }
        master = report["accounts"][0]
        assert master["unpriced"] == [
            {
                "asset": "XRT",
                "codes": ["XRT"],
                "amount": "75",
                "available": "75",
                "reason": "Kraken has no market for it",
            }
        ]
        assert master["complete"] is False
        assert master["fee_credits"] == "1250"
        assert report["accounts"][4]["fee_credits"] is None
        assert report["accounts"][2]["findings"][0]["code"] == "withdraw-enabled"

    def test_is_headed_as_a_demo(self) -> None:
        assert json.loads(check("--demo", "--format", "json").stdout)["demo"] is True


class TestTroubleWithOneAccount:
    """Each trouble has a status, a reason and a remedy of its own, and hides nobody else."""

    def row(self, sandbox: Sandbox, **changes: str) -> dict[str, Any]:
        report = json.loads(check("--format", "json", env={**sandbox.env, **changes}).stdout)
        others = [account["status"] for account in report["accounts"] if account["user_id"] != "alpha"]
        assert others == ["trading", "trading", "read-only", "not-configured"]
        row: dict[str, Any] = report["accounts"][1]
        assert row["total"] is None
        return row

    def test_a_wrong_secret(self, sandbox: Sandbox) -> None:
        row = self.row(sandbox, KRAKEN_USER_ALPHA_API_SECRET="c2FtcGxlIG9mIGEgd3Jvbmcgc2VjcmV0")

        assert row["status"] == "rejected"
        assert row["reason"] == (
            "Kraken says “EAPI:Invalid signature”: the key is known, but the secret is not its own, or not whole"
        )
        assert row["remedy"] == (
            "The secret does not belong to the key, or has lost a part in the paste (whole ones have 88 "
            "characters), or the key's two-factor password (_API_OTP) is not its own: paste them again, or create "
            "a new key."
        )

    def test_a_revoked_key(self, sandbox: Sandbox) -> None:
        sandbox.exchange.revoke_key(sandbox.env["KRAKEN_USER_ALPHA_API_KEY"])

        row = self.row(sandbox)

        assert row["status"] == "rejected"
        assert row["reason"] == "Kraken says “EAPI:Invalid key”: the key is wrong, was deleted or has expired"
        assert "https://www.kraken.com/u/security/api" in row["remedy"]

    def test_a_key_without_a_secret(self, sandbox: Sandbox) -> None:
        row = self.row(sandbox, KRAKEN_USER_ALPHA_API_SECRET="")

        assert row["status"] == "misconfigured"
        assert row["reason"] == (
            "KRAKEN_USER_ALPHA_API_KEY in the environment is set but KRAKEN_USER_ALPHA_API_SECRET is not; "
            "nothing was sent"
        )
        assert sandbox.env["KRAKEN_USER_ALPHA_API_KEY"] not in {
            request.key for request in sandbox.exchange.requests
        }


class TestTroubleWithKraken:
    def test_a_stopped_exchange(self, sandbox: Sandbox) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]

        run = check(env={**sandbox.env, "KRAKEN_API_URL": f"http://127.0.0.1:{port}"})

        assert run.returncode == 3
        assert "❌ MASTER is NOT trading on Kraken" in run.stdout
        assert f"Why: 127.0.0.1:{port} cannot be reached" in run.stdout
        assert "(Connection refused)" in run.stdout
        assert "Do:  Check the network and https://status.kraken.com, then run again." in run.stdout
        assert "🔷 MASTER TOTAL: unknown" in run.stdout
        assert "$0.00" not in run.stdout

    @pytest.mark.parametrize("mode", ["maintenance", "cancel_only", "post_only", "limit_only"])
    def test_a_restricted_market(self, sandbox: Sandbox, mode: str) -> None:
        sandbox.exchange.set_system_status(mode)

        run = check("--account", "alpha", "--format", "text", env=sandbox.env)

        assert run.returncode == 3
        assert "❌ USER (alpha) is NOT trading on Kraken" in run.stdout
        assert f"Why: Kraken's status is “{mode}”." in run.stdout
        assert "alpha: $6,911.95" in run.stdout

    def test_an_interrupt(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            process = subprocess.Popen(
                [sys.executable, SCRIPT, "--env-file", NO_KEYS],
                env=environment(
                    {
                        "KRAKEN_API_URL": f"http://127.0.0.1:{silent.getsockname()[1]}",
                        "KRAKEN_MASTER_API_KEY": "SMPL-not-a-real-key",
                        "KRAKEN_MASTER_API_SECRET": "c2FtcGxl",
                    }
                ),
                cwd="/",
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            connection, _ = silent.accept()  # by now it is waiting for an answer that never comes
            with connection:
                process.send_signal(signal.SIGINT)
                stdout, stderr = process.communicate(timeout=30)

        assert (process.returncode, stdout, stderr.strip()) == (130, "", "Interrupted.")


class TestSandboxInASecondTerminal:
    """`kraken-accounts sandbox` prints the lines that, pasted into a `.env`, make the check work."""

    def test_gives_the_figures_of_the_demo_until_it_is_stopped(self, tmp_path: Path) -> None:
        with subprocess.Popen(
            [CONSOLE_SCRIPT, "sandbox", "--port", "0"],
            stdout=subprocess.PIPE,
            text=True,
            env=environment(),
            cwd="/",
        ) as process:
            assert process.stdout is not None
            lines = list(iter(process.stdout.readline, "# Ctrl-C stops it.\n"))
            (tmp_path / ".env").write_text("".join(lines))
            (tmp_path / ".env").chmod(0o600)

            run = check(cwd=tmp_path)
            process.send_signal(signal.SIGINT)
            rest = process.stdout.read()
        after = check(cwd=tmp_path)

        assert without_heading(run.stdout) == without_heading(check("--demo").stdout)
        assert (process.returncode, rest) == (0, "# The sandbox has stopped.\n")
        assert after.returncode == 3

    def test_listens_on_this_machine_only(self) -> None:
        run = subprocess.run(
            [CONSOLE_SCRIPT, "sandbox", "--host", "0.0.0.0"],
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )

        assert (run.returncode, run.stdout) == (2, "")
        assert "loopback" in one_sentence(run.stderr)


class TestNothingConfigured:
    def test_shows_the_steps_to_a_key(self, tmp_path: Path) -> None:
        run = check(cwd=tmp_path)

        assert run.returncode == 2
        assert "❌ MASTER is NOT trading on Kraken" in run.stdout
        assert "https://www.kraken.com/u/security/api" in run.stdout
        assert "Withdraw Funds: NEVER enable." in run.stdout
        assert "KRAKEN_MASTER_API_KEY" in run.stdout
        assert "Run: python check_master_user_balances.py --account master" in run.stdout
        assert "$0.00" not in run.stdout


class TestBadInput:
    """One clear sentence, exit code 2, nothing on standard output and nothing sent."""

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["--bogus"], "No such option '--bogus'. Did you mean '--verbose'?"),
            (["--account", "nobody"], "there is no account 'nobody'; the accounts are: master, alpha, bravo, "),
            (["--format", "yaml"], "Invalid value for '--format': 'yaml' is not one of "),
            (["--timeout", "nan"], "Invalid value for '--timeout': nan is not above 0 and at most 86400 seconds"),
            (["--deadline", "0"], "Invalid value for '--deadline': 0 is not above 0 and at most 86400 seconds"),
            (["--workers", "0"], "Invalid value for '--workers': 0 is not in the range 1<=x<=256."),
            (["--env-file", "missing"], "missing: does not exist; name the file with --env-file PATH"),
            (["--output", "no/such/folder/report"], "no/such/folder/report: there is no folder "),
            (
                ["--demo", "--env-file", "x"],
                "--demo takes sample accounts and reads no file: leave --env-file away",
            ),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, list) else "",
    )
    def test_options(self, sandbox: Sandbox, tmp_path: Path, arguments: list[str], sentence: str) -> None:
        run = check(*arguments, env=sandbox.env, cwd=tmp_path)

        assert (run.returncode, run.stdout) == (2, "")
        assert sentence in one_sentence(run.stderr)
        assert sandbox.endpoints() == []

    def test_an_unknown_quote_currency_is_found_out_before_a_key_is_used(self, sandbox: Sandbox) -> None:
        run = check("--quote", "NOPE", env=sandbox.env)

        assert (run.returncode, run.stdout) == (2, "")
        assert one_sentence(run.stderr) == ("Kraken lists no currency 'NOPE'; try USD, EUR or BTC with --quote")
        assert sorted(sandbox.endpoints()) == ["AssetPairs", "Assets"]

    @pytest.mark.parametrize(
        ("url", "sentence"),
        [
            (
                "ftp://127.0.0.1",
                "KRAKEN_API_URL in the environment must be https (http to a loopback address only), not ftp://127.0.0.1",
            ),
            (
                "http://example.com",
                "KRAKEN_API_URL in the environment must be https (http to a loopback address only), not ",
            ),
            ("nonsense", "KRAKEN_API_URL in the environment is not a URL; the default is https://api.kraken.com"),
        ],
    )
    def test_a_url_that_keys_must_not_be_sent_to(self, sandbox: Sandbox, url: str, sentence: str) -> None:
        run = check(env={**sandbox.env, "KRAKEN_API_URL": url})

        assert (run.returncode, run.stdout) == (2, "")
        assert sentence in one_sentence(run.stderr)

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"\x00\x01\x02", "is a binary file, not lines of NAME=value"),
            (b"\xff\xfeK\x00", "is not UTF-8 text (byte 0); save it as UTF-8"),
            (b"# fine\n\nthis is no line\n", "line 3: cannot be understood; write NAME=value"),
            (b"KRAKEN_MASTER_API_KEY\n", "line 1: cannot be understood; write NAME=value"),
        ],
    )
    def test_a_env_file_that_is_none(self, tmp_path: Path, content: bytes, sentence: str) -> None:
        (tmp_path / "keys").write_bytes(content)

        run = check("--env-file", tmp_path / "keys")

        assert (run.returncode, run.stdout) == (2, "")
        assert sentence in one_sentence(run.stderr)

    def test_a_folder_instead_of_a_env_file(self, tmp_path: Path) -> None:
        run = check("--env-file", tmp_path)

        assert (run.returncode, run.stdout) == (2, "")
        assert "is not a file" in one_sentence(run.stderr)

    def test_a_slip_of_the_pen_is_pointed_out(self, sandbox: Sandbox, tmp_path: Path) -> None:
        env_file = sandbox.env_file(tmp_path, KRAKEN_USER_ALPHA_API_SECRT="c2FtcGxl")

        run = check("--env-file", env_file, "--format", "text")

        slip = f"KRAKEN_USER_ALPHA_API_SECRT in {env_file} is ignored: did you mean KRAKEN_USER_ALPHA_API_SECRET?"
        assert run.stderr == ""
        assert f"{slip} [ignored-variable]" in run.stdout


class TestOutput:
    def test_goes_to_a_file(self, sandbox: Sandbox, tmp_path: Path) -> None:
        run = check("--output", tmp_path / "report", env=sandbox.env)

        assert (run.returncode, run.stdout, run.stderr) == (1, "", "")
        assert without_time((tmp_path / "report").read_text()) == without_time(check(env=sandbox.env).stdout)
        assert [path.name for path in tmp_path.iterdir()] == ["report"]

    @pytest.mark.parametrize("options", [(), ("--env-file", ".env"), ("--env-file", NO_KEYS), ("--demo",)])
    def test_never_goes_over_the_keys(
        self, sandbox: Sandbox, tmp_path: Path, options: tuple[str | Path, ...]
    ) -> None:
        env_file = sandbox.env_file(tmp_path)
        keys = env_file.read_text()

        run = check(*options, "-o", ".env", cwd=tmp_path)

        assert (run.returncode, run.stdout) == (2, "")
        assert "is the file with the keys, so no report is written over it" in one_sentence(run.stderr)
        assert env_file.read_text() == keys

    def test_leaves_the_old_file_when_the_run_fails(self, sandbox: Sandbox, tmp_path: Path) -> None:
        (tmp_path / "report").write_text("the old one")

        run = check("--quote", "NOPE", "--output", tmp_path / "report", env=sandbox.env)

        assert run.returncode == 2
        assert (tmp_path / "report").read_text() == "the old one"

    def test_ends_quietly_when_the_reader_has_seen_enough(self) -> None:
        with subprocess.Popen(
            [sys.executable, SCRIPT, "--demo"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
            cwd="/",
        ) as process:
            assert process.stdout is not None and process.stderr is not None
            process.stdout.close()
            assert process.stderr.read() == b""
        assert process.returncode == 1

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
    def test_a_full_disk_is_an_error(self) -> None:
        with Path("/dev/full").open("w") as full:
            run = subprocess.run(
                [sys.executable, SCRIPT, "--demo"],
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                env=environment(),
                cwd="/",
                check=False,
            )

        assert run.returncode == 2
        assert one_sentence(run.stderr) == "standard output cannot be written (No space left on device)"

    def test_verbose_tells_what_is_asked_but_no_secret(self, sandbox: Sandbox) -> None:
        run = check("--verbose", env=sandbox.env)

        assert re.search(r"^MASTER: BalanceEx: answered in \d+ ms$", run.stderr, re.MULTILINE)
        for variable, value in sandbox.env.items():
            if variable.endswith(("_KEY", "_SECRET")) and not value.startswith("<"):
                assert value not in run.stderr


def test_version_and_help() -> None:
    version = subprocess.run(
        [CONSOLE_SCRIPT, "--version"], env=environment(), capture_output=True, text=True, check=True
    )
    listed = subprocess.run([CONSOLE_SCRIPT, "-h"], env=environment(), capture_output=True, text=True, check=True)

    assert re.fullmatch(r"kraken-accounts, version \d+\.\d+\.\d+\n", version.stdout)
    assert re.search(r"^  check +Say of each account whether it is trading", listed.stdout, re.MULTILINE)
    assert "sandbox" in listed.stdout


class TestScriptRunByAnyPython:
    """`python check_master_user_balances.py` with whatever Python: it goes on as that of `.venv`."""

    def run(
        self, script: Path, *options: str, python: str | Path = sys.executable
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [python, *options, script, "--demo"],
            env=environment(),
            cwd="/",
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )

    @pytest.fixture
    def script(self, tmp_path: Path) -> Path:
        """The script in a checkout of its own, without `.venv`."""
        return Path(shutil.copy(SCRIPT, tmp_path))

    @pytest.fixture
    def python(self, script: Path) -> Path:
        """The Python of a `.venv` beside the script, which says how it was called."""
        python = script.parent / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text('#!/bin/sh\necho "carried on with: $@"\n')
        python.chmod(0o755)
        return python

    # Without any of the packages, as cron's Python is, and with all of them, as that of another environment.
    @pytest.mark.usefixtures("python")
    @pytest.mark.parametrize("options", [["-S", "-I"], []])
    def test_carries_on_with_the_one_beside_it(self, script: Path, options: list[str]) -> None:
        run = self.run(script, *options)

        assert run.stdout == f"carried on with: {script} --demo\n"

    @pytest.mark.usefixtures("python")
    def test_carries_on_with_it_through_a_link(self, script: Path, tmp_path: Path) -> None:
        link = tmp_path / "elsewhere" / "check"
        link.parent.mkdir()
        link.symlink_to(script)

        assert self.run(link).stdout == f"carried on with: {script} --demo\n"

    @pytest.mark.parametrize("linked", [False, True])
    def test_that_very_one_goes_on_by_itself(self, script: Path, tmp_path: Path, linked: bool) -> None:
        venv.create(tmp_path / "set-up" if linked else tmp_path / ".venv", with_pip=False)
        if linked:
            (tmp_path / ".venv").symlink_to(tmp_path / "set-up")

        for python in (tmp_path / ".venv" / "bin" / "python", sys.executable):
            run = self.run(script, python=python)

            assert (run.returncode, run.stdout) == (2, "")
            assert one_sentence(run.stderr) == (
                f"kraken-accounts is not set up here (certifi is missing); run: make -C {tmp_path} demo"
            )

    @pytest.mark.parametrize(
        ("breaks", "problem"),
        [
            (lambda python: python.unlink(), "No such file or directory"),
            (lambda python: python.chmod(0o644), "Permission denied"),
            (lambda python: python.write_text("no program"), "Exec format error"),
        ],
    )
    def test_says_when_it_is_broken(
        self, script: Path, python: Path, breaks: Callable[[Path], object], problem: str
    ) -> None:
        breaks(python)
        if not python.exists():
            python.symlink_to("/nowhere/python3")

        run = self.run(script)

        assert (run.returncode, run.stdout) == (2, "")
        assert one_sentence(run.stderr) == (
            f"{python} cannot be run ({problem}); remove that .venv and run: make -C {script.parent} demo"
        )

    def test_does_not_go_round_in_circles(self, script: Path, python: Path) -> None:
        # What is left of an environment that has lost its pyvenv.cfg is the system's Python under another name.
        python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')

        run = self.run(script)

        assert (run.returncode, run.stdout) == (2, "")
        assert one_sentence(run.stderr) == (
            f"{python} does not run as one of this .venv; remove that .venv and run: make -C {script.parent} demo"
        )

    def test_says_how_to_set_it_up(self, script: Path) -> None:
        run = self.run(script, "-S", "-I")

        assert run.returncode == 2
        assert run.stderr.endswith(f"run: make -C {script.parent} demo\n")
        assert "Traceback" not in run.stderr
