"""What earlier runs left may be anything: then it is as if they had left nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_accounts import formats
from kraken_accounts.config import Settings
from kraken_accounts.config.secret import ApiKey
from kraken_accounts.fleet.lockouts import Lockouts
from kraken_accounts.fleet.reference_data import Reference, ReferenceCache
from kraken_accounts.kraken.errors import LockedOut
from kraken_accounts.report.changes import PreviousRun
from kraken_accounts.report.differences import Change
from kraken_accounts.storage import Storage

from ..faults.floor import assert_fit_to_be_read
from ..faults.hostile import anything, few_examples
from ..formats.reports import account, report

kept = anything.map(lambda value: json.dumps(value, default=str).encode()) | st.binary(max_size=100)
totals_kept: st.SearchStrategy[Any] = st.sampled_from(
    ["1e999999", "NaN", "Infinity", "-1e29", "12.50", "", "x", 17, 1.5, None, [], "1" * 5000]
)


@few_examples
@given(content=kept)
def test_state_and_cache_may_hold_anything(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("state")
    storage = Storage(folder)
    key, url = ApiKey("SMPL-key"), "http://127.0.0.1:1"
    Lockouts(storage).remember(key, LockedOut("Kraken has locked the key out"))
    cache, previous = ReferenceCache(storage, url), PreviousRun(storage, Settings(url, ()))
    previous.remember(report(account()))
    for tokenized in (False, True):
        cache.save(Reference({}, ()), tokenized=tokenized)
    for path in folder.iterdir():
        path.write_bytes(content)
    assert Lockouts(storage).of(key) is None
    assert cache.load(tokenized=False) is None
    assert cache.load(tokenized=True) is None
    assert previous.compare(report(account())).change == Change(first=True)


@given(total=totals_kept, status=st.sampled_from(["trading", "dancing", 5]), decimals=st.floats() | st.text())
def test_state_and_cache_of_the_right_shape_may_hold_anything(
    total: Any, status: Any, decimals: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("state")
    storage = Storage(folder)
    url = "http://127.0.0.1:1"
    previous, cache = PreviousRun(storage, Settings(url, ())), ReferenceCache(storage, url)
    entry = {"status": status, "total": total, "at": "2026-11-21T10:00:00+00:00"}
    previous.remember(report(account()))
    cache.save(Reference({}, ()), tokenized=False)
    assets = {"XXBT": ["\x1b[31mXBT", decimals]}
    contents = {
        "previous": {"accounts": {"master": entry}},
        "currency": {"saved_at": datetime.now(UTC).isoformat(), "assets": assets, "pairs": []},
    }
    for path in folder.glob("*.json"):
        assert storage.write(path.name, contents.pop(path.name.partition("-")[0]))
    assert contents == {}

    for name in formats.NAMES:
        text = formats.load(name).render(previous.compare(report(account())), formats.View())
        assert_fit_to_be_read(name, text)
    listed = cache.load(tokenized=False)
    assert listed is None or listed.assets["XXBT"].altname == "[31mXBT"


def test_a_previous_run_of_a_file_whose_name_is_no_text(tmp_path: Path) -> None:
    nameless = Settings("http://127.0.0.1:1", (), env_file=Path("/tmp/\udcff.env"))
    assert PreviousRun(Storage(tmp_path), nameless).remember(report(account()))
    compared = PreviousRun(Storage(tmp_path), nameless).compare(report(account()))
    assert compared.change is not None
    assert compared.change.amount == 0
