"""What docs/INSTALL.md and docs/docker say of installing, done as far as it can be done without a container."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kraken_accounts import __version__

from .conftest import Sandbox
from .manifests import documents
from .running import LIMIT, REPOSITORY, environment

DOCKER = REPOSITORY / "docs" / "docker"
DOCKERFILE = (DOCKER / "Dockerfile").read_text()
(COMPOSE,) = documents((DOCKER / "compose.yaml").read_text())
DOCUMENT = (REPOSITORY / "docs" / "INSTALL.md").read_text()
SLOW = 300  # seconds in which packages are fetched and unpacked


def instructions(name: str) -> list[str]:
    """The arguments of each of these instructions of the Dockerfile."""
    joined = re.sub(r"\\\n", " ", DOCKERFILE)
    return [" ".join(found.split()) for found in re.findall(rf"^{name} (.*)$", joined, re.MULTILINE)]


# Where `make hadolint` puts it, beside the Python that runs the tests.
HADOLINT = shutil.which("hadolint", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")


class TestContainer:
    @pytest.mark.skipif(HADOLINT is None, reason="hadolint is not installed: make hadolint")
    def test_the_image_is_what_hadolint_likes(self) -> None:
        assert HADOLINT
        linted = subprocess.run(
            [HADOLINT, "--no-color", DOCKER / "Dockerfile"],
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )

        assert (linted.returncode, linted.stdout, linted.stderr) == (0, "", "")

    @pytest.mark.skipif(shutil.which("docker-compose") is None, reason="docker-compose is not installed")
    def test_compose_understands_the_example(self) -> None:
        shown = subprocess.run(
            ["docker-compose", "-f", DOCKER / "compose.yaml", "config"],
            env=environment(),
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )

        assert (shown.returncode, shown.stderr) == (0, "")
        assert f"    image: {COMPOSE['services']['check']['image']}\n" in shown.stdout

    def test_has_its_own_user_and_one_place_to_write(self) -> None:
        check = COMPOSE["services"]["check"]

        assert instructions("USER") == [check["user"]] == ["10001:10001"]
        assert instructions("VOLUME") == ["/state"]
        assert check["read_only"] is True
        assert check["volumes"] == ["state:/state"]
        assert f"kraken-accounts:{__version__}" == check["image"]
        assert check["image"] in DOCUMENT

    def test_takes_no_more_than_it_names(self) -> None:
        ignored, *lines = (
            line for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if not line.startswith("#")
        )
        taken = {line.removeprefix("!") for line in lines if line.startswith("!")}

        copied = {place for line in instructions("COPY") if "--from" not in line for place in line.split()[:-1]}
        assert ignored == "*"
        assert copied == taken

    def test_checks_and_is_healthy_as_long_as_checks_end(self, sandbox: Sandbox, tmp_path: Path) -> None:
        check = COMPOSE["services"]["check"]
        (looked,) = re.findall(r"do (kraken-accounts .*?);", check["command"][0])
        keys = sandbox.env_file(tmp_path)
        env = {
            **environment({"XDG_STATE_HOME": str(tmp_path)}),
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        }

        def shell(command: str) -> subprocess.CompletedProcess[str]:
            here = command.replace("/run/secrets/keys.env", str(keys)).replace("/state/", f"{tmp_path}/")
            return subprocess.run(
                ["/bin/sh", "-c", here],
                env=env,
                cwd="/",
                capture_output=True,
                text=True,
                timeout=LIMIT,
                check=False,
            )

        probe = check["healthcheck"]["test"][1]
        before = shell(probe)
        run = shell(looked)
        after = shell(probe)
        for kept in (tmp_path / "kraken-accounts").glob("accounts-*.json"):
            os.utime(kept, (time.time() - 1000,) * 2)
        later = shell(probe)

        assert run.returncode == 1
        assert "The key may withdraw funds" in run.stdout
        assert [probe.returncode for probe in (before, after, later)] == [1, 0, 1]

    @pytest.mark.soak
    def test_is_built_and_runs_without_the_clone(self, tmp_path: Path) -> None:
        source = tmp_path / "src"
        for line in instructions("COPY"):
            if "--from" not in line:
                *places, _ = line.split()
                for place in places:
                    copy = shutil.copytree if (REPOSITORY / place).is_dir() else shutil.copy
                    (source / place).parent.mkdir(exist_ok=True, parents=True)
                    copy(REPOSITORY / place, source / place)
        built = str(tmp_path / "opt")
        python = Path(sys.executable).resolve()
        bare = {"PATH": f"{python.parent}:/usr/bin:/bin", "HOME": str(tmp_path), "EXTRAS": ""}
        for line in instructions("RUN"):
            if "install -d" not in line:
                command = line.replace("/opt/kraken-accounts", built).replace("python -m", f"{python} -m")
                subprocess.run(["/bin/sh", "-c", command], env=bare, cwd=source, timeout=SLOW, check=True)

        shown = subprocess.run(
            [f"{built}/bin/kraken-accounts", "check", "--demo"],
            env=environment(),
            cwd="/",
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )

        assert (shown.returncode, shown.stderr) == (1, "")
        assert "✅ MASTER is trading on Kraken" in shown.stdout
        assert "5. Run: kraken-accounts check --account delta" in shown.stdout
