"""A client's meeting with the sandbox: starts `kraken-sandbox`, runs the script, and looks into the books."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import krakenex
from catalogue import HERE, Client
from installing import Environment
from outcome import Row, steps_of

ACCOUNTS = HERE / "accounts.toml"
SANDBOX = Path(sys.executable).with_name("kraken-sandbox")
NOWHERE = "http://127.0.0.1:9"
"""A proxy that is not there: what a client would send to any other machine ends here."""


def run(client: Client, environment: Environment) -> Row:
    """One client's script against a sandbox of its own."""
    key, runner = keys_of(client.account)
    with tempfile.TemporaryDirectory(prefix="kraken-clients-") as folder:
        log, said = Path(folder) / "log", Path(folder) / "said"
        with _sandbox(log, tls=client.tls) as sandbox:
            variables = {
                **sandbox.trust,
                "SANDBOX_URL": sandbox.url,
                "SANDBOX_KEY": key["key"],
                "SANDBOX_SECRET": key["secret"],
                "CLIENT_FOLDER": str(environment.folder),
            }
            output = _run_script(client, environment, Path(folder), variables, said)
            steps = steps_of(output, _books(sandbox, runner))
        endpoints = endpoints_of(log)
    return Row(client, environment.version, steps, endpoints)


def keys_of(label: str) -> list[Mapping[str, str]]:
    """The keys of an account of accounts.toml: the client's, and the runner's own."""
    accounts = tomllib.loads(ACCOUNTS.read_text(encoding="utf-8"))["accounts"]
    return next(account["keys"] for account in accounts if account["label"] == label)


def endpoints_of(log: Path) -> list[str]:
    """The endpoints that were answered with more than an error, in the order of their names."""
    if not log.exists():
        return []
    entries = map(json.loads, log.read_text(encoding="utf-8").splitlines())
    return sorted({entry["endpoint"] for entry in entries if entry["answer"] == "ok"})


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Where it listens, and the file by which clients trust its certificate where it has one."""

    url: str
    authority: str | None = None

    @property
    def trust(self) -> dict[str, str]:
        names = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
        return {} if self.authority is None else dict.fromkeys(names, self.authority)


@contextmanager
def _sandbox(log: Path, *, tls: bool) -> Iterator[Sandbox]:
    """A sandbox that listens while the block runs."""
    command: list[str | Path] = [SANDBOX, "--port", "0", "--accounts", ACCOUNTS, "--log", log]
    command += ["--tls"] if tls else []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield _introduced(process.stdout)
        finally:
            process.terminate()


def _introduced(lines: Iterable[str]) -> Sandbox:
    """The sandbox by what it says when it begins."""
    url = authority = None
    for line in lines:
        if line.startswith("KRAKEN_API_URL="):
            url = line.partition("=")[2].strip()
        elif line.startswith("# Clients trust its certificate by this file"):
            authority = line.rpartition(": ")[2].strip()
        elif line.startswith("# Ctrl-C") and url is not None:
            return Sandbox(url, authority)
    raise RuntimeError("the sandbox did not start")


def _run_script(
    client: Client, environment: Environment, folder: Path, variables: Mapping[str, str], said: Path
) -> str:
    """What the script says. Its environment has no keys of anybody, and no way to other machines."""
    script = HERE / "scripts" / client.script
    least = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    away = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), NOWHERE)
    here = dict.fromkeys(("no_proxy", "NO_PROXY"), "127.0.0.1,localhost,::1")
    with said.open("w") as errors:
        try:
            done = subprocess.run(
                [environment.program, script],
                cwd=folder,
                env={**least, **away, **here, **variables, "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                timeout=client.limit,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            output = error.stdout.decode() if isinstance(error.stdout, bytes) else error.stdout or ""
            ending = f"it was not done after {client.limit:g} seconds"
        else:
            output, ending = done.stdout, "" if done.returncode == 0 else f"it ended with code {done.returncode}"
    (HERE / ".cache" / f"{client.name}.log").write_text(f"{output}\n{said.read_text()}")
    if ending:
        output += "\n" + json.dumps({"step": "the script as a whole", "outcome": "failed", "why": ending})
    return output


def _books(sandbox: Sandbox, key: Mapping[str, str]) -> dict[str, Decimal]:
    """What the sandbox's books say that the account has."""
    api = krakenex.API(key["key"], key["secret"])
    api.uri = sandbox.url
    api.session.trust_env = False  # a proxy or an authority of whoever runs this has no say here
    api.session.verify = sandbox.authority or True
    answer = api.query_private("BalanceEx")
    api.close()
    if answer["error"]:
        raise RuntimeError(f"the books cannot be read: {answer['error']}")
    return {code: Decimal(entry["balance"]) for code, entry in answer["result"].items()}
