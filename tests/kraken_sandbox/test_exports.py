"""Reports: asked for, told of, fetched as an archive, deleted."""

import csv
import io
import zipfile
from decimal import Decimal

import pytest

from kraken_sandbox import Exchange, PastTrade
from kraken_sandbox.endpoints.exports import MOST_REPORTS

from .support import KEY, NOW, Client, ManualClock

DAY = 86400


def ask(client: Client, **parameters: object) -> str:
    asked = {"report": "ledgers", "description": "of the tests", "starttm": 0} | parameters
    return str(client.private("AddExport", **asked).result["id"])


def table(client: Client, name: str, delimiter: str = ",") -> list[dict[str, str]]:
    answer = client.private("RetrieveExport", id=name)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    with zipfile.ZipFile(io.BytesIO(answer.body)) as packed:
        (file,) = packed.namelist()
        return list(csv.DictReader(io.StringIO(packed.read(file).decode()), delimiter=delimiter))


def test_the_ledger(client: Client) -> None:
    name = ask(client)
    (status,) = client.private("ExportStatus", report="ledgers").result
    assert status == {
        "id": name,
        "descr": "of the tests",
        "format": "CSV",
        "report": "ledgers",
        "subtype": "all",
        "status": "Processed",
        "flags": "0",
        "fields": "all",
        "createdtm": str(int(NOW)),
        "expiretm": "0",
        "starttm": str(int(NOW)),
        "completedtm": str(int(NOW)),
        "datastarttm": "0",
        "dataendtm": str(int(NOW)),
        "aclass": "forex",
        "asset": "all",
    }
    rows = table(client, name)
    ledger = client.private("Ledgers").result["ledger"]
    assert {row["txid"]: (row["asset"], row["amount"], row["balance"]) for row in rows} == {
        key: (entry["asset"], entry["amount"], entry["balance"]) for key, entry in ledger.items()
    }
    assert rows[0]["time"] == "2027-01-15 08:00:00"
    assert {row["asset"]: row["subclass"] for row in rows} == {"XXBT": "crypto", "ZUSD": "fiat"}
    assert client.private("ExportStatus", report="trades").result == []


def test_trades_with_chosen_columns(exchange: Exchange, client: Client) -> None:
    exchange.book("test", PastTrade("XBTUSD", "buy", Decimal("0.1"), Decimal(60000), NOW - 60))
    name = ask(client, report="trades", format="TSV", fields="price,vol")

    (row,) = table(client, name, "\t")
    (txid,) = client.private("TradesHistory").result["trades"]
    assert row == {"txid": txid, "price": "60000.00000", "vol": "0.10000000"}


def test_of_a_time(exchange: Exchange, client: Client, clock: ManualClock) -> None:
    exchange.book("test", PastTrade("XBTUSD", "buy", Decimal("0.1"), Decimal(60000), NOW - 40 * DAY))
    everything, this_month = ask(client, report="trades"), ask(client, report="trades", starttm="")
    before = ask(client, report="trades", endtm=int(NOW) - 41 * DAY)
    clock.advance(60)
    client.private("AddOrder", pair="XBTUSD", type="sell", ordertype="market", volume="0.1")

    # What happens after a report was asked for is not in it.
    assert [len(table(client, name)) for name in (everything, this_month, before)] == [1, 0, 0]


def test_of_what_the_key_may_see(exchange: Exchange, client: Client) -> None:
    for days in (1, 2, 3):
        past = PastTrade("XBTUSD", "buy", Decimal("0.1"), Decimal(60000 + days), NOW - days * DAY)
        exchange.book("test", past)
    name = ask(client, report="trades")
    exchange.replace_key(KEY, query_from=int(NOW - 2.5 * DAY), query_to=int(NOW - 1.5 * DAY))

    assert [row["price"] for row in table(client, name)] == ["60002.00000"]


def test_deleted(client: Client) -> None:
    name = ask(client)
    assert client.private("RemoveExport", id=name, type="cancel").errors == ["EGeneral:Invalid arguments:type"]
    assert client.private("RemoveExport", id=name, type="delete").result == {"delete": True}

    assert client.private("ExportStatus", report="ledgers").result == []
    for endpoint in ("RetrieveExport", "RemoveExport"):
        assert client.private(endpoint, id=name, type="delete").errors == ["EGeneral:Invalid arguments:id"]


def test_the_oldest_goes(exchange: Exchange, client: Client, clock: ManualClock) -> None:
    first = ask(client)
    for _ in range(MOST_REPORTS):
        clock.advance(2)
        last = ask(client)

    kept = exchange.state.accounts["test"].exports
    assert (len(kept), first in kept, last in kept) == (MOST_REPORTS, False, True)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"report": ""}, "report"),
        ({"report": "orders"}, "report"),
        ({"format": "XLS"}, "format"),
        ({"fields": "price"}, "fields"),
        ({"description": ""}, "description"),
        ({"starttm": "soon"}, "starttm"),
        ({"starttm": int(NOW) + 60}, "starttm"),
        ({"endtm": "x"}, "endtm"),
    ],
)
def test_refused(client: Client, wrong: dict[str, object], named: str) -> None:
    asked = {"report": "ledgers", "description": "of the tests"} | wrong

    assert client.private("AddExport", **asked).errors == [f"EGeneral:Invalid arguments:{named}"]
