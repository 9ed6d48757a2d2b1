"""No piece of a secret leaves: not in outputs, logs, tracebacks, files, pickles or the process' command line.

A piece is any six characters in a row of a secret, of a two-factor password, or of a key.
"""

from __future__ import annotations

import copy
import http.client
import logging
import pickle
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from kraken_accounts import AccountType, KrakenBroker
from kraken_accounts.config import load_settings
from kraken_accounts.deadline import Deadline
from kraken_accounts.kraken.errors import KrakenError
from kraken_sandbox import Fault, FaultKind

from .. import running
from .catalogue import KRAKEN_SAYS, NO_ANSWERS, ON_THE_WAY, UNKNOWN_METHOD, body, error
from .floor import BYSTANDER, Floor, audit_in_every_format, open_floor, shown_by_every_format
from .leaks import Hidden, Leaks, sample

pytestmark = pytest.mark.long

VICTIM = "victim"
HIDDEN = sample(VICTIM)

# --- the scan itself ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shown",
    [
        HIDDEN.key,
        HIDDEN.secret,
        HIDDEN.otp,
        f"the key begins with {HIDDEN.key[:6]}",
        f"…{HIDDEN.secret[40:46]}…",
        f"otp={HIDDEN.otp[-6:]}&",
        f"POST /0/private/Balance HTTP/1.1\r\nAPI-Key: {HIDDEN.key}\r\n",
        f"{{'API-Key': '{HIDDEN.key}'}}",
    ],
)
def test_the_scan_finds_a_piece(shown: str, tmp_path: Path) -> None:
    leaks = Leaks([HIDDEN])
    assert leaks.in_text(shown)
    assert leaks.in_bytes(b"\x80\x00" + shown.encode() + b"\xff")
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "lockout.json").write_text(shown)
    assert set(leaks.in_folder(tmp_path)) == {str(tmp_path / "state" / "lockout.json")}


def test_the_scan_finds_a_file_that_is_named_by_a_key(tmp_path: Path) -> None:
    (tmp_path / f"nonce-{HIDDEN.key}").touch()
    assert Leaks([HIDDEN]).in_folder(tmp_path)


def test_the_scan_is_content_with_what_may_be_seen() -> None:
    assert Leaks([HIDDEN]).in_text(f"{HIDDEN.key[:4]}… of {VICTIM}, <hidden>, SMPL") == set()


# --- where it looks -------------------------------------------------------------------------------------


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Floor]:
    with open_floor(tmp_path, VICTIM) as floor:
        yield floor


@pytest.fixture
def chatter(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> Callable[[], str]:
    """All that anybody says at the highest volume there is: each logger, and http.client, which prints."""
    caplog.set_level(logging.DEBUG)
    for name in ("requests", "urllib3", "urllib3.connectionpool", "http.client", "kraken_accounts"):
        caplog.set_level(logging.DEBUG, name)
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)

    def said() -> str:
        captured = capsys.readouterr()
        return caplog.text + captured.out + captured.err

    return said


# A server, or something in front of it, that repeats what it was sent.
_AS_JSON = "".join(f"\\u{ord(character):04x}" for character in HIDDEN.key)
_AS_URL = "".join(f"%{ord(character):02X}" for character in HIDDEN.otp)
_AS_HTML = "".join(f"&#{ord(character)};" for character in HIDDEN.secret)
PARROTS = (
    body(f'{{"error":["EAPI:Invalid key {_AS_JSON} {_AS_URL} {_AS_HTML}"]}}'),
    body(
        f'{{"error":[],"result":{{"{_AS_JSON}":{{"balance":"1"}},"permissions":["{_AS_URL}"],"iban":"{_AS_HTML}"}}}}'
    ),
    error(f"EAPI:Invalid key:{HIDDEN.key}"),
    error(f"EGeneral:Invalid arguments:otp={HIDDEN.otp}"),
    body(f'{{"error":["EAPI:Invalid key {HIDDEN.key}"]}}'),
    body(f'{{"error":[],"result":{{"{HIDDEN.key}":{{"balance":"1"}}}}}}'),
    body(f'{{"error":[],"result":{{"permissions":["{HIDDEN.key}"],"iban":"{HIDDEN.key}"}}}}'),
    body(f'{{"error":[],"result":"{HIDDEN.key}"}}'),
    body(f"API-Key: {HIDDEN.key} otp: {HIDDEN.otp}"),
    Fault(FaultKind.HTML, status=403, text=f"<p>API-Key: {HIDDEN.key}, otp={HIDDEN.otp}</p>"),
)


def test_exceptions_and_logs(floor: Floor, chatter: Callable[[], str]) -> None:
    """Each fault, asked by a broker of the library, whose caller logs the traceback and pickles the error."""
    faults = [
        *(fault for fault, _ in ON_THE_WAY.values()),
        *map(error, KRAKEN_SAYS),
        *map(body, NO_ANSWERS.values()),
        *PARROTS,
    ]
    settings = load_settings({}, floor.env_file)
    seen = []
    for fault in faults:
        floor.exchange.faults.clear()
        floor.strike(VICTIM, "BalanceEx", fault)
        # So that nothing is asked again; what never is may take its time.
        seconds = running.LIMIT if fault == error(UNKNOWN_METHOD) else 0.1
        deadline = Deadline(seconds)
        with KrakenBroker(AccountType.USER, VICTIM, settings=settings, timeout=seconds / 2) as broker:
            try:
                seen.append(repr(broker.get_balances(deadline=deadline)))
            except KrakenError as refusal:
                seen += [traceback.format_exc(), repr(refusal), repr(vars(refusal)), repr(refusal.__context__)]
                seen.append(pickle.dumps(refusal, 0).decode("latin-1"))
            seen += [repr(broker), repr(vars(broker)), repr(vars(broker.session))]
    assert len(seen) > 4 * len(faults)
    assert f"BalanceEx: Kraken says “{UNKNOWN_METHOD}”" in (said := chatter())
    assert floor.leaks.in_text("\n".join(seen)) == set()
    assert floor.leaks.in_text(said) == set()


def test_no_frame_of_an_exception_holds_a_secret(floor: Floor) -> None:
    """Programs that report a crash, and debuggers, show the local variables of each frame."""
    settings = load_settings({}, floor.env_file)
    faults = [*(fault for fault, _ in ON_THE_WAY.values()), *map(body, NO_ANSWERS.values()), *PARROTS]
    kinds = set()
    for fault in faults:
        for endpoint in ("BalanceEx", "AddOrder"):
            floor.exchange.faults.clear()
            floor.strike(VICTIM, endpoint, fault)
            deadline = Deadline(0.2)
            with KrakenBroker(AccountType.USER, VICTIM, settings=settings, timeout=0.1) as broker:
                try:
                    if endpoint == "BalanceEx":
                        broker.get_balances(deadline=deadline)
                    else:
                        order = ("XBTUSD", "buy", "limit", Decimal("0.001"), Decimal(20000))
                        broker.place_order(*order, deadline=deadline)
                except KrakenError as refusal:
                    kinds.add(type(refusal))
                    assert floor.leaks.in_text("\n".join(_locals_of(refusal))) == set()
    assert len(kinds) >= 4


def _locals_of(error: BaseException) -> Iterator[str]:
    """What the local variables of all frames show, of an exception and of all that led to it."""
    waiting, seen = [error], set()
    while waiting:
        here = waiting.pop()
        seen.add(id(here))
        yield repr(vars(here))
        for frame, _ in traceback.walk_tb(here.__traceback__):
            if "kraken_accounts" in frame.f_code.co_filename or "site-packages" in frame.f_code.co_filename:
                yield from map(repr, frame.f_locals.values())
        waiting += [one for one in (here.__cause__, here.__context__) if one is not None and id(one) not in seen]


def test_whole_runs_and_what_they_leave(
    floor: Floor, chatter: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for fault in (error("EGeneral:Temporary lockout"), *PARROTS):
        for endpoint in ("GetApiKeyInfo", "BalanceEx"):
            floor.exchange.faults.clear()
            floor.strike(VICTIM, endpoint, fault)
            manager = floor.manager(timeout=0.5, deadline=1)
            report, audit = manager.check(), manager.audit()
            shown = [text for _, text in (*shown_by_every_format(report), *audit_in_every_format(audit))]
            shown += [repr(report), repr(audit), repr(vars(manager))]
            shown += [pickle.dumps(report.accounts, 0).decode("latin-1"), repr(copy.deepcopy(report))]
            assert floor.leaks.in_text("\n".join(shown)) == set()
    assert floor.leaks.in_text(chatter()) == set()
    left = {path.name.partition("-")[0] for path in tmp_path.rglob("*") if path.is_file()} - {".env"}
    assert {"currency", "lockout", "nonce"} <= left
    assert floor.leaks.in_folder(tmp_path / "state") == floor.leaks.in_folder(tmp_path / "cache") == {}


def test_settings_are_never_pickled(floor: Floor) -> None:
    settings = load_settings({}, floor.env_file)
    assert floor.leaks.in_text(repr(settings)) == set()
    with pytest.raises(TypeError, match="secrets are never pickled"):
        pickle.dumps(settings)


CRASHES = """
import sys
from kraken_accounts import cli
from kraken_accounts.formats.text import TextFormat

def render(self, report, view):
    raise ValueError(f"a defect: {report!r} {view!r}")

TextFormat.render = render
cli.main(sys.argv[1:])
"""


def test_a_crash_inside_a_format(floor: Floor) -> None:
    command = [sys.executable, "-c", CRASHES, "check", "-v", "--format", "text", "--env-file", str(floor.env_file)]
    ended = subprocess.run(
        command,
        env=running.environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=running.LIMIT,
        check=False,
    )
    assert ended.returncode == 1
    assert "ValueError: a defect: Report(" in ended.stderr
    assert floor.leaks.in_text(ended.stdout + ended.stderr) == set()


def test_the_command_line_of_the_process(floor: Floor) -> None:
    floor.strike(VICTIM, "GetApiKeyInfo", Fault(FaultKind.LATENCY, seconds=60))
    command = [str(running.CONSOLE_SCRIPT), "check", "--env-file", str(floor.env_file)]
    process = subprocess.Popen(
        command, env=running.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        ends = time.monotonic() + running.LIMIT
        while not floor.exchange.requests and time.monotonic() < ends:
            time.sleep(0.01)
        shown = Path(f"/proc/{process.pid}/cmdline").read_bytes()
    finally:
        process.kill()
        process.wait()
    assert b"check" in shown
    assert floor.leaks.in_bytes(shown) == set()


def test_samples_are_marked_as_such() -> None:
    assert all(text.startswith("SMPL") for text in (HIDDEN.key, HIDDEN.secret, HIDDEN.otp))
    assert sample(BYSTANDER) != HIDDEN == sample(VICTIM)
    assert isinstance(HIDDEN, Hidden)
