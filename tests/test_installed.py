"""Whoever installs the wheel, or the archive of the source, has all that the README shows, without a clone."""

from __future__ import annotations

import re
import shutil
import tarfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from zipfile import ZipFile

import pytest

from kraken_accounts import __version__
from kraken_sandbox import SimulatedKey

from .conftest import Sandbox
from .installed import build, install, run
from .notify.receivers import address, receiver, titles
from .running import REPOSITORY
from .support import sample_key, sample_secret

pytestmark = pytest.mark.long

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
KINDS = ("wheel", "sdist")
SHARED_MAN = "share/man/man1/kraken-accounts.1"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return build(tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="module")
def installed(built: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Where the commands of a kind are; each is installed once, by those tests that need it."""
    folder = tmp_path_factory.mktemp("installed")
    return cache(lambda kind: install(built[kind], folder / kind))


def files_of_both_packages() -> set[str]:
    source = REPOSITORY / "src"
    found = (path.relative_to(source).as_posix() for path in source.glob("kraken_*/**/*.*"))
    return {name for name in found if "__pycache__" not in name and ".egg-info/" not in name}


def test_the_wheel_carries_both_packages_whole(built: dict[str, Path]) -> None:
    with ZipFile(built["wheel"]) as archive:
        names = archive.namelist()

    carried = {name for name in names if not re.match(r"[^/]+\.(dist-info|data)/", name)}
    assert {"kraken_accounts/py.typed", "kraken_sandbox/py.typed"} <= carried
    assert carried == files_of_both_packages()
    assert any(name.endswith(f"/{SHARED_MAN}") for name in names)


def test_the_archive_of_the_source_does_too_and_carries_nobodys_keys(built: dict[str, Path]) -> None:
    with tarfile.open(built["sdist"]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert {f"src/{name}" for name in files_of_both_packages()} <= names
    assert {"pyproject.toml", "README.md", "LICENSE", "docs/kraken-accounts.1"} <= names
    assert {name for name in names if Path(name).name.startswith(".")} == {".env.example"}
    assert not {name for name in names if name.endswith(("keys.env", "config.toml"))}


@pytest.mark.parametrize("kind", KINDS)
def test_the_pages_that_help_names_are_there_and_so_is_what_they_link_to(
    kind: str, installed: Callable[[str], Path]
) -> None:
    place = installed(kind).parent / "share" / "doc" / "kraken-accounts"
    manual = (REPOSITORY / "docs" / "kraken-accounts.1").read_text()
    named = set(re.findall(r"(?:docs/)?[\w.]+\.(?:md|toml)\b", manual.replace("\\-", "-"))) - {"config.toml"}
    pages = [place / "README.md", place / "CHANGELOG.md", *(place / "docs").glob("*.md")]
    links = {
        (page.parent / link).resolve()
        for page in pages
        for link in re.findall(r"\]\(([^):#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    }

    assert {"README.md", "docs/GAIN.md", "docs/SANDBOX.md", "config.example.toml"} <= named
    assert {name for name in named if not (place / name).is_file()} == set()
    missing = {link.relative_to(place.resolve()).parts[0] for link in links if not link.exists()}
    assert missing <= {"CONTRIBUTING.md", "benchmarks", "clients", "scripts", "src", "tests"}, (
        "where it is worked on"
    )
    assert not [path for path in place.rglob("*") if path.name in (".env", "keys.env", "config.toml")]


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_the_command_from_any_folder(kind: str, installed: Callable[[str], Path], tmp_path: Path) -> None:
    place = installed(kind)

    shown = run([place / "kraken-accounts", "--demo"], tmp_path)
    nothing = run([place / "kraken-accounts"], tmp_path)
    module = run([place / "python", "-m", "kraken_accounts", "--version"], tmp_path)
    exchange = run([place / "kraken-sandbox", "--help"], tmp_path)

    assert (shown.returncode, shown.stderr) == (1, "")
    assert "✅ MASTER is trading on Kraken" in shown.stdout
    assert nothing.returncode == 2
    assert "5. Run: kraken-accounts check --account master" in nothing.stdout
    assert "check_master_user_balances" not in shown.stdout + nothing.stdout + nothing.stderr
    assert module.stdout == f"kraken-accounts, version {__version__}\n"
    assert (exchange.returncode, exchange.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed")
@pytest.mark.parametrize("kind", KINDS)
def test_man_finds_its_page(kind: str, installed: Callable[[str], Path], tmp_path: Path) -> None:
    shown = run(["man", "kraken-accounts"], tmp_path, PATH=f"{installed(kind)}:/usr/bin:/bin")

    assert (shown.returncode, shown.stderr) == (0, "")
    assert f"kraken-accounts {__version__}" in shown.stdout


def documented(text: str) -> list[str]:
    """The lines of code that call the command, without what a comment says of them."""
    lines = re.findall(r"^(?: {4,}|\t)(\S.*)$", text, re.MULTILINE)
    lines = [re.split(r"\s+# ", line)[0] for line in lines]
    return [line for line in lines if re.search(r"kraken-accounts(?= |$)|check_master_user_balances\.py$", line)]


class Walk:
    """Somebody who types what the README shows, in its order, after `pipx install`."""

    def __init__(self, place: Path, sandbox: Sandbox, home: Path) -> None:
        self.place, self.sandbox, self.home = place, sandbox, home
        self.typed: list[str] = []
        self._keys = 0

    def new_key(self, account: str) -> str:
        """A key of an account of the sandbox, as it is piped."""
        self._keys += 1
        name = f"{account}-{self._keys}"
        self.sandbox.exchange.add_key(account, SimulatedKey(sample_key(name), sample_secret(name)))
        return f"{sample_key(name)}\n{sample_secret(name)}\n"

    def types(
        self, line: str, also: str = "", *, instead: str = "", stdin: str = "", code: int = 0, **env: str
    ) -> str:
        """A line of the README; `instead` is what is run where the line needs what is not here: what it shows."""
        self.typed.append(line)
        for known in self.sandbox.exchange.state.keys.values():
            known.counter.value = 0.0  # whoever types takes longer than this test
        command = (instead or line).replace(".venv/bin/", "")
        command = command.replace("python check_master_user_balances.py", "kraken-accounts check")
        path = f"{self.place}:/usr/bin:/bin"
        env = {"PATH": path, "KRAKEN_API_URL": self.sandbox.url, **env}
        ran = run(["/bin/bash", "-c", f"cd ~; {command} {also}"], self.home, stdin, **env)
        assert ran.returncode == code, f"{command}\n{ran.stdout}{ran.stderr}"
        assert "Traceback" not in ran.stderr
        return ran.stdout + ran.stderr


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
def test_every_command_of_the_readme_runs_in_a_bare_environment(
    installed: Callable[[str], Path], sandbox: Sandbox, tmp_path: Path
) -> None:
    walk = Walk(installed("wheel"), sandbox, tmp_path)
    types, new_key = walk.types, walk.new_key

    types("kraken-accounts accounts add master", stdin=new_key("master"))
    types("kraken-accounts accounts add daivon_frazier", stdin=new_key("alpha"))
    shown = types("python check_master_user_balances.py")
    assert "✅ MASTER is trading on Kraken" in shown
    assert "✅ USER (daivon_frazier) is trading on Kraken" in shown
    types("kraken-accounts accounts add bravo", stdin=new_key("bravo"))

    assert "daivon_frazier" in types("kraken-accounts accounts")
    types("kraken-accounts")
    types("kraken-accounts accounts accept bravo", "--yes")
    types("kraken-accounts accounts accept --all", "--yes")
    types("kraken-accounts accounts forget bravo", "--yes")
    types("kraken-accounts accounts rotate bravo", "--yes", stdin=new_key("bravo"))
    types("kraken-accounts accounts remove daivon_frazier", "--yes")
    types("kraken-accounts accounts rename bravo daivon_frazier", "--yes")
    types("kraken-accounts accounts add bravo", stdin=new_key("delta"))
    types("kraken-accounts accounts remove bravo", "--yes")

    types("kraken-accounts check --account 'investor_*' --only-problems --sort status", code=2)
    types("watch -c kraken-accounts --color always", instead="kraken-accounts --color always")
    types(
        "kraken-accounts check --env-file <(gpg --decrypt keys.env.gpg)",
        instead="kraken-accounts check --env-file <(cat .config/kraken-accounts/.env)",
    )
    types(".venv/bin/kraken-accounts audit")
    cron = "*/5 * * * * /opt/kraken-accounts/.venv/bin/kraken-accounts check --news --after 2"
    types(cron, instead="kraken-accounts check --news --after 2")
    told = "KRAKEN_ACCOUNTS_NOTIFY=tgram://BOT_TOKEN/CHAT_ID .venv/bin/kraken-accounts notify --test"
    with receiver() as server:
        types(told, instead=f"KRAKEN_ACCOUNTS_NOTIFY={address(server)} kraken-accounts notify --test")
    assert len(titles(server)) == 1
    assert "daivon_frazier" in types("kraken-accounts history --since month --by week")
    types("kraken-accounts history --demo --account alpha --format html -o alpha.html")
    assert "<html" in (tmp_path / "alpha.html").read_text()
    types("kraken-accounts doctor")
    shown = types(
        ".venv/bin/kraken-accounts sandbox",
        instead="(kraken-accounts sandbox --port 0 & echo $!) | (read process; sed '/^# Ctrl-C/q'; kill $process)",
    )
    assert "KRAKEN_API_URL=http://127.0.0.1:" in shown

    assert set(documented(README)) - set(walk.typed) == set()
