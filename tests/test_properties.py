"""What holds of anything that a server sends, a file says or a report contains, tried on generated examples."""

from __future__ import annotations

import base64
import copy
import itertools
import json
import pickle
import string
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_accounts import Status, formats, money
from kraken_accounts.config import ConfigurationError, Settings, load_settings
from kraken_accounts.config.secret import ApiKey
from kraken_accounts.fleet.lockouts import Lockouts
from kraken_accounts.fleet.reference_data import ReferenceCache
from kraken_accounts.kraken.assets import Asset, Assets, parse_assets
from kraken_accounts.kraken.error_messages import error_from
from kraken_accounts.kraken.errors import KrakenError, UnexpectedAnswer
from kraken_accounts.kraken.markets import Book, Pair, parse_pairs, parse_tickers
from kraken_accounts.kraken.order_terms import parse_rules
from kraken_accounts.kraken.orders import Order, parse_orders, parse_positions
from kraken_accounts.kraken.prices import Basis, NoPrice, Price, Prices
from kraken_accounts.kraken.public import Notice, SystemStatus
from kraken_accounts.kraken.valuation import Balance, Holding, holdings, parse_balances
from kraken_accounts.report.changes import PreviousRun
from kraken_accounts.report.findings import Finding, Severity
from kraken_accounts.report.model import Change
from kraken_accounts.storage import Storage
from kraken_accounts.text import printable

from .faults.floor import assert_fit_to_be_read
from .formats.reports import NOW, account, report
from .generated import GOOD, outcome, shown
from .running import LIMIT, REPOSITORY, environment

examples = settings(derandomize=True, deadline=None, max_examples=100, database=None)
few_examples = settings(examples, max_examples=30)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text(),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=8), below, max_size=4),
    max_leaves=20,
)
amounts = st.decimals(-(10**29), 10**29, places=18)
# As the rest of the program gets them: cleaned by `printable`.
texts = st.text(min_size=1).map(lambda text: printable(text) or "?")

# --- parsing --------------------------------------------------------------------------------------------

PARSERS: dict[Callable[[Any], Any], Any] = {
    parse_balances: GOOD["BalanceEx"],
    parse_assets: GOOD["Assets"],
    parse_pairs: GOOD["AssetPairs"],
    parse_tickers: GOOD["Ticker"],
    parse_positions: GOOD["OpenPositions"],
    parse_orders: GOOD["OpenOrders"]["open"],
    parse_rules: {"XXBTZUSD": {"lot_decimals": 8, "pair_decimals": 1, "ordermin": "0.0001", "costmin": "0.5"}},
}


@pytest.mark.parametrize(
    "parse", [parse for parse in PARSERS if parse is not parse_rules], ids=lambda parse: parse.__name__
)
@examples
@given(sent=anything)
def test_whatever_is_sent_is_understood_or_refused(parse: Callable[[Any], Any], sent: Any) -> None:
    try:
        parse(sent)
    except UnexpectedAnswer as refusal:
        assert refusal.reason.isprintable()
        assert len(refusal.reason) < 500


@pytest.mark.parametrize("parse", PARSERS, ids=lambda parse: parse.__name__)
@examples
@given(data=st.data())
def test_one_wrong_value_in_a_good_answer_is_understood_or_refused(
    parse: Callable[[Any], Any], data: st.DataObject
) -> None:
    answer = copy.deepcopy(PARSERS[parse])
    node = answer
    while True:
        key = data.draw(st.sampled_from(list(node) if isinstance(node, dict) else range(len(node))))
        if not isinstance(node[key], dict | list) or not node[key] or data.draw(st.booleans()):
            break
        node = node[key]
    node[key] = data.draw(anything)
    try:
        parse(answer)
    except UnexpectedAnswer as refusal:
        assert refusal.reason.isprintable()


@examples
@given(words=st.text())
def test_krakens_words_are_safe_to_repeat(words: str) -> None:
    error = error_from(words, NOW)
    assert error.reason.isprintable()
    assert len(error.reason) < 500
    assert isinstance(pickle.loads(pickle.dumps(KrakenError(error.reason))), KrakenError)


@few_examples
@given(seed=st.integers(0, 10**9))
def test_generated_answers_come_through_parsing_and_every_format(seed: int) -> None:
    """A little of what `python scripts/fuzz.py` does at length."""
    for name, text in shown(outcome(seed)):
        assert_fit_to_be_read(name, text)


@pytest.mark.soak
def test_the_script_that_does_so_at_length() -> None:
    """A hundred answers here; docs/RELIABILITY.md has the figures of a hundred thousand."""
    command = [sys.executable, "scripts/fuzz.py", "--answers", "100"]
    ended = subprocess.run(
        command, cwd=REPOSITORY, env=environment(), capture_output=True, text=True, timeout=LIMIT, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "0 unexpected exceptions" in ended.stdout


# --- valuation ------------------------------------------------------------------------------------------

USD, BTC, ETH = Asset("ZUSD", "USD", 4), Asset("XXBT", "XBT", 10), Asset("XETH", "ETH", 10)
LISTED = Assets({asset.code: asset for asset in (USD, BTC, ETH)})
PAIRS = (Pair("XXBTZUSD", "XXBT", "ZUSD"), Pair("XETHXXBT", "XETH", "XXBT"))
prices = st.decimals(Decimal("1e-12"), 10**12, places=12)


@examples
@given(
    held=st.dictionaries(st.sampled_from(["ZUSD", "USD.M", "XXBT", "XBT.F", "XETH", "ETH2", "KFEE"]), amounts),
    btc=prices,
    eth=prices,
)
def test_a_value_is_the_sum_of_its_parts_to_the_last_digit(
    held: dict[str, Decimal], btc: Decimal, eth: Decimal
) -> None:
    balances = {code: Balance(amount, amount) for code, amount in held.items()}
    found = holdings(
        balances, LISTED, Prices(LISTED, PAIRS, {"XXBTZUSD": Book(btc, btc), "XETHXXBT": Book(eth, eth)}, USD)
    )

    multiply, total = money.EXACT.multiply, money.total
    one = {"ZUSD": Decimal(1), "USD.M": Decimal(1), "XXBT": btc, "XBT.F": btc, "KFEE": Decimal(0)}
    one |= {"XETH": multiply(eth, btc), "ETH2": multiply(eth, btc)}
    by_hand = total(multiply(amount, one[code]) for code, amount in held.items())
    assert total(holding.value or Decimal(0) for holding in found) == by_hand
    assert all(holding.price is not None for holding in found)


@examples
@given(amount=amounts, mids=st.lists(st.decimals(Decimal("1e-40"), 10**29, places=40), min_size=12, max_size=12))
def test_a_long_chain_of_extreme_prices_gives_a_credible_price_or_none(
    amount: Decimal, mids: list[Decimal]
) -> None:
    names = [f"A{number}" for number in range(len(mids) + 1)]
    listed = Assets({name: Asset(name, name, 8) for name in names})
    pairs = [Pair(f"{a}{b}", a, b) for a, b in itertools.pairwise(names)]
    known = {pair.name: Book(mid, mid) for pair, mid in zip(pairs, mids, strict=True) if mid}
    quote = listed.find(names[-1])
    assert quote is not None
    (found,) = holdings(
        {"A0": Balance(amount or Decimal(1), Decimal(0))}, listed, Prices(listed, pairs, known, quote)
    )
    assert found.price is None or 0 < found.price < Decimal("1e30")
    assert money.formatted(found.value or Decimal(0), "USD")


@examples
@given(parts=st.lists(amounts, max_size=50))
def test_totals_are_exact_and_rounded_once(parts: list[Decimal]) -> None:
    scaled = sum(int(part.scaleb(18, money.EXACT)) for part in parts)
    assert money.total(parts).scaleb(18, money.EXACT) == scaled
    cents, rest = divmod(abs(scaled), 10**16)
    half = 5 * 10**15
    cents += rest > half or (rest == half and cents % 2)
    assert money.rounded(money.total(parts), "USD").copy_abs().scaleb(2, money.EXACT) == cents
    assert money.formatted(money.total(parts), "USD").lstrip("-") == f"${cents // 100:,}.{cents % 100:02}"


# --- credentials ----------------------------------------------------------------------------------------

names = st.sampled_from(["KRAKEN_MASTER", "KRAKEN_USER_A", "KRAKEN_USER_B", "KRAKEN_USER_A_B", "KRAKEN_USER_"])
fields = st.sampled_from(["_API_KEY", "_API_SECRET", "_API_OTP", "_USER_ID", "_NONCE_UNIT", ""])
odd_texts = st.text(st.characters(exclude_characters="\0"))  # the environment has no NUL
values = odd_texts | st.binary(min_size=1, max_size=80).map(lambda secret: base64.b64encode(secret).decode())


@pytest.fixture(scope="module")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / ".env"
    path.touch(0o600)
    return path


@examples
@given(
    variables=st.dictionaries(
        st.builds(str.__add__, names, fields) | st.just("KRAKEN_API_URL"), values, max_size=9
    )
)
def test_whatever_the_environment_says_there_are_accounts_or_one_sentence(
    variables: dict[str, str], empty_file: Path
) -> None:
    try:
        found = load_settings(variables, empty_file)
    except ConfigurationError as refusal:
        assert len(str(refusal).splitlines()) == 1
        return
    assert found.accounts[0].account.user_id is None
    keys = [one.credentials.api_key for one in found.accounts if one.credentials]
    assert len(set(keys)) == len(keys)
    assert all(one.reason for one in found.accounts if not one.credentials)


@examples
@given(secret=st.text(string.ascii_letters + string.digits, min_size=20), otp=st.text("qxz", min_size=8))
def test_no_secret_shows_in_what_is_loaded(secret: str, otp: str, empty_file: Path) -> None:
    encoded = base64.b64encode(secret.encode()).decode()
    variables = {"KRAKEN_MASTER_API_KEY": "SMPL-key", "KRAKEN_MASTER_API_SECRET": encoded}
    variables["KRAKEN_MASTER_API_OTP"] = otp
    shown_of_it = repr(load_settings(variables, empty_file))
    assert encoded[:6] not in shown_of_it
    assert otp not in shown_of_it
    assert "SMPL…" in shown_of_it


@examples
@given(content=st.binary(max_size=200) | st.text().map(lambda text: f"KRAKEN_MASTER_API_KEY={text}".encode()))
def test_whatever_the_file_says_it_is_read_or_refused(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("env") / ".env"
    path.write_bytes(content)
    try:
        load_settings({}, path)
    except ConfigurationError as refusal:
        assert str(refusal)


# --- what earlier runs left -----------------------------------------------------------------------------

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
    Lockouts(storage).remember(key, error_from("EGeneral:Temporary lockout", NOW))  # type: ignore[arg-type]
    cache, previous = ReferenceCache(storage, url), PreviousRun(storage, Settings(url, ()))
    previous.remember(report(account()))
    for path in [*folder.iterdir(), folder / cache._file(False), folder / cache._file(True)]:
        path.write_bytes(content)
    assert Lockouts(storage).of(key) is None
    assert cache.load(tokenized=False) is None
    assert previous.compare(report(account())).change == Change(first=True)


@examples
@given(total=totals_kept, status=st.sampled_from(["trading", "dancing", 5]), decimals=st.floats() | st.text())
def test_state_and_cache_of_the_right_shape_may_hold_anything(
    total: Any, status: Any, decimals: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    storage = Storage(tmp_path_factory.mktemp("state"))
    url = "http://127.0.0.1:1"
    previous, cache = PreviousRun(storage, Settings(url, ())), ReferenceCache(storage, url)
    entry = {"status": status, "total": total, "at": "2026-11-21T10:00:00+00:00"}
    storage.write(previous._file("USD"), {"accounts": {"master": entry}})
    assets = {"XXBT": ["\x1b[31mXBT", decimals]}
    storage.write(cache._file(False), {"saved_at": datetime.now(UTC).isoformat(), "assets": assets, "pairs": []})

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


# --- formats --------------------------------------------------------------------------------------------

assets_held = st.builds(
    Holding,
    asset=texts,
    codes=st.lists(texts, min_size=1, max_size=3).map(tuple),
    amount=amounts,
    available=st.none() | amounts,
    unit=st.builds(Price, amount=prices, basis=st.sampled_from(Basis)) | st.builds(NoPrice, reason=texts),
    credit=amounts,
)
findings = st.builds(
    Finding, code=st.just("unpriced-assets"), severity=st.sampled_from(Severity), message=texts, remedy=texts
)
orders = st.builds(
    Order,
    order_id=texts,
    pair=texts,
    side=texts,
    order_type=texts,
    status=texts,
    volume=amounts,
    executed=amounts,
    price=st.none() | amounts,
    opened_at=st.none() | st.just(NOW),
    client_order_id=st.none() | texts,
    price_relative=st.none() | texts,
)


@st.composite
def hostile_accounts(draw: st.DrawFn, user_id: str | None) -> Any:
    """An account of which everything that a server can send is hostile."""
    held: st.SearchStrategy[Any] = st.none() | st.lists(assets_held, max_size=4).map(tuple)
    open_orders: st.SearchStrategy[Any] = st.none() | st.lists(orders, max_size=3).map(tuple)
    total = draw(st.none() | amounts.map(lambda amount: str(money.rounded(amount, "USD"))))
    return account(
        user_id,
        total,
        draw(st.sampled_from(Status)),
        draw(texts),
        *draw(st.lists(findings, max_size=3)),
        remedy=draw(texts),
        complete=draw(st.booleans()),
        holdings=draw(held),
        open_orders=draw(open_orders),
    )


@examples
@given(
    accounts=st.tuples(hostile_accounts(None), hostile_accounts("alpha"), hostile_accounts("bravo")),
    status=st.none()
    | st.builds(
        SystemStatus, texts, st.lists(st.builds(Notice, st.dictionaries(texts, texts)), max_size=3).map(tuple)
    ),
    of_the_run=st.lists(findings, max_size=2).map(tuple),
    demo=st.booleans(),
    encoding=st.sampled_from(["utf-8", "ascii", "latin-1", "cp1252"]),
    width=st.none() | st.integers(1, 300),
)
def test_every_format_shows_any_report(
    accounts: Any, status: Any, of_the_run: Any, demo: bool, encoding: str, width: int | None
) -> None:
    hostile = report(*accounts, system_status=status, findings=of_the_run, demo=demo)
    view = formats.View(assets=True, activity=True, encoding=encoding, width=width)
    for name in formats.NAMES:
        text = formats.load(name).render(hostile, view)
        assert_fit_to_be_read(name, text)
        text.encode(encoding)
        assert 0 <= formats.load(name).exit_code(hostile) <= 3
    parsed = json.loads(formats.load("json").render(hostile, view))
    assert [one["total"] for one in parsed["accounts"]] == [
        None if one.total is None else f"{one.total:f}" for one in accounts
    ]
