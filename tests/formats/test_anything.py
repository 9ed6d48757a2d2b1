"""Every format shows any report, whatever is in it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kraken_accounts import (
    CountedIn,
    Coverage,
    EarnEntry,
    EarnState,
    Status,
    Wallets,
    formats,
    money,
)
from kraken_accounts.kraken.orders import Order
from kraken_accounts.kraken.prices import Basis, NoPrice, Price
from kraken_accounts.kraken.public import Notice, SystemStatus
from kraken_accounts.kraken.valuation import Holding
from kraken_accounts.report.findings import Finding, Severity
from kraken_accounts.text import printable

from ..faults.floor import assert_fit_to_be_read
from ..faults.hostile import amounts, few_examples, prices
from ..faults.hostile import texts as sent_texts
from .reports import NOW, account, report

# As the rest of the program gets them: cleaned by `printable`.
texts = sent_texts.map(lambda text: printable(text) or "?")
assets_held = st.builds(
    Holding,
    asset=texts,
    codes=st.lists(texts, min_size=1, max_size=3).map(tuple),
    amount=amounts,
    available=st.none() | amounts,
    unit=st.builds(Price, amount=prices, basis=st.sampled_from(Basis)) | st.builds(NoPrice, reason=texts),
    credit=amounts,
    staked=amounts,
    earn=amounts,
)
earnings = st.builds(
    EarnEntry,
    asset=texts,
    amount=amounts,
    state=st.none() | st.sampled_from(EarnState),
    until=st.none() | st.just(NOW),
    counted_in=st.none() | st.sampled_from(CountedIn),
)
known = st.none() | st.booleans()
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
        coverage=Coverage(draw(known), draw(known), draw(known)),
        wallets=Wallets(*(draw(st.none() | amounts) for _ in range(3))),
        earn=draw(st.none() | st.lists(earnings, max_size=3).map(tuple)),
        equity=draw(st.none() | amounts),
    )


@few_examples
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
    fleet = formats.load("table").render(hostile, replace(view, fleet=True))
    assert_fit_to_be_read("table", fleet)
    fleet.encode(encoding)
    for name in formats.NAMES:
        text = formats.load(name).render(hostile, view)
        assert_fit_to_be_read(name, text)
        text.encode(encoding)
        assert 0 <= formats.load(name).exit_code(hostile) <= 3
    parsed = json.loads(formats.load("json").render(hostile, view))
    assert [one["total"] for one in parsed["accounts"]] == [
        None if one.total is None else f"{one.total:f}" for one in accounts
    ]
