"""docs/FLEETS.md and the manifest beside it: their examples run, and their figures are right."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kraken_accounts.report.findings import Code
from kraken_accounts.report.rules import RULES
from kraken_accounts.report.rules.evidence import CombinedEvidence

from .conftest import Sandbox
from .manifests import documents
from .running import CONSOLE_SCRIPT, LIMIT, REPOSITORY, programs
from .test_cron_docs import INSTALLED, accepted, tool

DOCUMENT = (REPOSITORY / "docs" / "FLEETS.md").read_text(encoding="utf-8")
MANIFEST = REPOSITORY / "docs" / "kubernetes" / "indexed-job.yaml"
EXAMPLES = re.findall(r"```\w+\n(.*?)```", DOCUMENT, re.DOTALL)
ON_EACH, ON_ONE, PARALLEL = EXAMPLES
CHECK, COMBINE = documents(MANIFEST.read_text(encoding="utf-8"))
SUM = "ALL ACCOUNTS: $80,698.15"


class Hosts:
    """Hosts that share a folder, on this machine.

    Attributes:
        shared: the folder that the page calls /shared.
        collected: what it calls /var/lib/prometheus/node-exporter.
    """

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.shared = folder / "shared"
        self.collected = folder / "collected"
        self.shared.mkdir()
        self.collected.mkdir()
        self._folder = folder
        self._env_file = sandbox.env_file(folder)

    def run(self, command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """As cron runs it, or a pod: by sh, with next to no environment."""
        for documented, here in {
            f"{INSTALLED}/.venv/bin": programs(),
            f"{INSTALLED}/.env": self._env_file,
            "/shared": self.shared,
            "/var/lib/prometheus/node-exporter": self.collected,
        }.items():
            command = command.replace(documented, str(here))
        assert INSTALLED not in command
        path = f"{programs()}:/usr/bin:/bin"
        return subprocess.run(
            ["/bin/sh", "-c", command],
            env={"PATH": path, "HOME": str(self._folder), **variables},
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=LIMIT,
            check=False,
        )


@pytest.fixture
def hosts(sandbox: Sandbox, tmp_path: Path) -> Hosts:
    return Hosts(tmp_path, sandbox)


def crontab(text: str) -> tuple[dict[str, str], list[str]]:
    """The variables of a crontab, and its commands."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    variables = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z]+=", line))
    commands = []
    for line in lines:
        if not re.match(r"[A-Z]+=", line):
            *fields, command = line.split(maxsplit=5)
            assert len(fields) == 5 and all(re.fullmatch(r"\*(/\d+)?|\d+-\d+/\d+", field) for field in fields), (
                line
            )
            assert "%" not in command, "cron takes it for a line break"
            commands.append(command)
    return variables, commands


class TestCron:
    variables, (check,) = crontab(ON_EACH)
    _, (mail, collect) = crontab(ON_ONE)

    def test_each_host_leaves_its_part_and_one_puts_them_together(self, hosts: Hosts) -> None:
        for index in range(1, int(self.variables["N"]) + 1):
            run = hosts.run(self.check, **{**self.variables, "I": str(index)})
            assert (run.stdout, run.stderr) == ("", "")

        mail, collect = hosts.run(self.mail), hosts.run(self.collect)

        assert sorted(path.name for path in hosts.shared.iterdir()) == [
            "part-1.json",
            "part-2.json",
            "part-3.json",
        ]
        assert (mail.returncode, mail.stderr) == (1, "")
        assert SUM in mail.stdout
        assert (collect.returncode, collect.stdout, collect.stderr) == (1, "", "")
        assert [path.name for path in hosts.collected.iterdir()] == ["kraken_accounts.prom"]

    def test_a_host_that_never_made_a_part_is_noticed(self, hosts: Hosts) -> None:
        hosts.run(self.check, **self.variables)

        assert "Parts 2 and 3 of 3 are missing" in hosts.run(self.mail).stdout

    def test_so_is_a_folder_without_any_part(self, hosts: Hosts) -> None:
        run = hosts.run(self.mail)

        assert (run.returncode, run.stdout) == (2, "")
        assert run.stderr.endswith("part-*.json: cannot be read (No such file or directory)\n")


class TestParallel:
    def test_each_job_is_a_part(self, hosts: Hosts) -> None:
        """As parallel would run them, on hosts that are this one."""
        over_ssh, together = PARALLEL.splitlines()
        options, _, job = over_ssh.partition(" --cleanup ")
        command, _, indices = job.partition(" ::: ")

        for index in indices.split():
            hosts.run(command.replace("{}", index))
        run = hosts.run(together)

        assert options == "parallel --jobs 1 --sshlogin host1,host2,host3 --return part-{}.json"
        assert run.returncode == 1
        assert SUM in run.stdout

    @tool("parallel", "parallel")
    def test_parallel_understands_it(self, hosts: Hosts) -> None:
        command = PARALLEL.splitlines()[0].replace("parallel --", "parallel --dry-run --", 1)

        run = hosts.run(re.sub(r"--sshlogin \S+ --return \S+ --cleanup ", "", command))

        assert sorted(re.findall(r"--shard (\d/3)", run.stdout)) == ["1/3", "2/3", "3/3"]


def pod(cron_job: Any) -> Any:
    return cron_job["spec"]["jobTemplate"]["spec"]["template"]["spec"]


def script(cron_job: Any) -> str:
    (container,) = pod(cron_job)["containers"]
    assert container["command"] == ["/bin/sh", "-c"]
    (text,) = container["args"]
    return str(text)


def missing(asked: Any, understood: Any, where: str = "") -> Iterator[str]:
    """What is in the manifest and not in what kubectl has understood of it."""
    if isinstance(asked, dict):
        for name, value in asked.items():
            if not isinstance(understood, dict) or name not in understood:
                yield f"{where}.{name}"
            else:
                yield from missing(value, understood[name], f"{where}.{name}")
    elif isinstance(asked, list):
        assert isinstance(understood, list), where
        for number, value in enumerate(asked):
            yield from missing(
                value, understood[number] if number < len(understood) else None, f"{where}[{number}]"
            )
    elif asked != understood:
        yield where


class TestKubernetes:
    def test_each_index_makes_its_part_and_a_second_job_puts_them_together(
        self, hosts: Hosts, sandbox: Sandbox
    ) -> None:
        (container,) = pod(CHECK)["containers"]
        named = {entry["name"]: entry["value"].replace("/shared", str(hosts.shared)) for entry in container["env"]}

        for index in range(CHECK["spec"]["jobTemplate"]["spec"]["completions"]):
            run = hosts.run(script(CHECK), JOB_COMPLETION_INDEX=str(index), **named, **sandbox.env)
            assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
        combined = hosts.run(script(COMBINE))

        assert (combined.returncode, combined.stderr) == (1, "")
        assert SUM in combined.stdout
        assert "missing" not in combined.stdout
        assert {path.name for path in hosts.shared.iterdir()} >= {
            "state",
            *(f"part-{n}.json" for n in range(1, 5)),
        }

    def test_a_pod_without_keys_fails(self, hosts: Hosts) -> None:
        (hosts.collected / ".env").touch(0o600)

        run = hosts.run(f"cd {hosts.collected}\n{script(CHECK)}", JOB_COMPLETION_INDEX="0")

        assert run.returncode == 1
        assert "no account has a key" in run.stderr

    def test_there_are_as_many_pods_as_parts(self) -> None:
        job = CHECK["spec"]["jobTemplate"]["spec"]
        (parts,) = re.findall(r'--shard "\$part/(\d+)"', script(CHECK))

        assert job["completionMode"] == "Indexed"
        assert job["completions"] == job["parallelism"] == int(parts)

    @pytest.mark.parametrize("cron_job", [CHECK, COMBINE], ids=["check", "combine"])
    def test_pods_may_do_no_more_than_they_must(self, cron_job: Any) -> None:
        (container,) = pod(cron_job)["containers"]
        user = pod(cron_job)["securityContext"]

        assert user["runAsNonRoot"] is True and user["runAsUser"] == user["runAsGroup"] == user["fsGroup"] == 10001
        assert pod(cron_job)["automountServiceAccountToken"] is False
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
        assert mounts == {volume["name"]: "/shared" for volume in pod(cron_job)["volumes"]}
        keys = [{"secretRef": {"name": "kraken-accounts-keys"}}] if cron_job is CHECK else None
        assert container.get("envFrom") == keys
        # What is kept lies where the pod may write.
        assert all(entry["value"].startswith("/shared/") for entry in container.get("env", ()))

    @tool("kubectl", "kubernetes-client")
    def test_kubectl_understands_every_field(self) -> None:
        """Into its own types: it refuses values of another kind, and drops fields that it does not know."""
        printed = accepted("kubectl", "set", "env", "--local", "-f", MANIFEST, "SAMPLE=1", "-o", "json")
        understood = []
        while printed.strip():
            one, end = json.JSONDecoder().raw_decode(printed.lstrip())
            understood.append(one)
            printed = printed.lstrip()[end:]

        assert [list(missing(ours, one)) for ours, one in zip((CHECK, COMBINE), understood, strict=True)] == [
            [],
            [],
        ]

    @pytest.mark.skipif(shutil.which("kubeconform") is None, reason="kubeconform is not installed")
    def test_kubeconform_accepts_it(self) -> None:
        accepted("kubeconform", "-strict", MANIFEST)


def test_the_table_of_findings_is_right() -> None:
    rows = set(re.findall(r"^\| `(part-[a-z]+)` \| (\w+) \|", DOCUMENT, re.MULTILINE))

    assert rows == {(rule.code, rule.severity) for rule in RULES if rule.needs is CombinedEvidence}
    assert {code for code, _ in rows} == {Code.PART_MISSING, Code.PART_OUTDATED, Code.PART_OVERLAP}


def test_the_numbers_of_hosts_are_right() -> None:
    (header,) = re.findall(r"^\| accounts \|(.*)\|$", DOCUMENT, re.MULTILINE)
    paces = [int(pace) for pace in re.findall(r"at (\d+) a second", header)]
    rows = re.findall(r"^\| ([\d,]+) \| (\d+) \| (\d+) \| (\d+) \|$", DOCUMENT, re.MULTILINE)

    def hosts(accounts: int, pace: int, seconds: int) -> int:
        return math.ceil(accounts * 2 / pace / seconds)

    assert len(rows) == 5
    for accounts, *counted in rows:
        number = int(accounts.replace(",", ""))
        assert [int(count) for count in counted] == [hosts(number, pace, 45) for pace in paces]
    assert hosts(2000, 20, 180) == 2


def test_links_lead_somewhere() -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", DOCUMENT):
        assert link.startswith("https://") or (REPOSITORY / "docs" / link).exists(), link
    assert "(docs/FLEETS.md)" in (REPOSITORY / "README.md").read_text(encoding="utf-8")


def test_every_command_is_one() -> None:
    """Those that are only mentioned, too."""
    for command in re.findall(r"^    kraken-accounts (\w+)", DOCUMENT, re.MULTILINE):
        accepted(programs() / CONSOLE_SCRIPT.name, command, "--help")
