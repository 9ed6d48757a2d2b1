from __future__ import annotations

from pathlib import Path

import pytest

from ..conftest import Sandbox


@pytest.fixture
def home(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The variables of the sample accounts, and a state directory that the runs of one test share."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return {**sandbox.env, "XDG_STATE_HOME": str(tmp_path / "state")}
