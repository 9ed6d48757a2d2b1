"""Reports of an account's trades and ledger, as Kraken sends them: a file of columns in a zip archive."""

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from .listed import ListedAsset, ListedPair
from .market import Market
from .records import LedgerEntry, Trade

TRADES, LEDGERS = "trades", "ledgers"
FORMATS = {"CSV": ",", "TSV": "\t"}
COLUMNS = {
    TRADES: (
        *(
            "txid",
            "ordertxid",
            "pair",
            "aclass",
            "subclass",
            "time",
            "type",
            "ordertype",
            "price",
            "cost",
            "fee",
            "vol",
        ),
        *("margin", "misc", "ledgers"),
    ),
    LEDGERS: (
        *("txid", "refid", "time", "type", "subtype", "aclass", "subclass", "asset", "wallet", "amount", "fee"),
        "balance",
    ),
}
OLDEST = (1980, 1, 1, 0, 0, 0)
"""What an archive says of when its file was made: the same report is the same to the byte."""


@dataclass(frozen=True, slots=True)
class Export:
    """A report that an account has asked for: of what, in which columns, from when until when, in unix seconds."""

    id: str
    report: str
    format: str
    description: str
    fields: str
    created: float
    start: float
    end: float


def columns_of(export: Export) -> Sequence[str]:
    """The columns of a report, in the order of the file; a record's own id is always there."""
    chosen = export.fields.split(",")
    return [name for name in COLUMNS[export.report] if export.fields == "all" or name in chosen or name == "txid"]


def archive(
    export: Export, market: Market, trades: Mapping[str, Trade], ledger: Mapping[str, LedgerEntry]
) -> bytes:
    """The zip archive with the report in it."""
    records = _trades(market, trades, export) if export.report == TRADES else _ledger(market, ledger, export)
    text = io.StringIO()
    names = columns_of(export)
    writer = csv.writer(text, delimiter=FORMATS[export.format], quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([record[name] for name in names] for record in records)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(zipfile.ZipInfo(f"{export.report}.{export.format.lower()}", OLDEST), text.getvalue())
    return packed.getvalue()


def _trades(market: Market, trades: Mapping[str, Trade], export: Export) -> Iterator[dict[str, str]]:
    for trade in trades.values():
        if not export.start <= trade.time <= export.end:
            continue
        order, pair = trade.order, market.pair(trade.order.pair)
        yield {
            "txid": trade.txid,
            "ordertxid": order.txid,
            "pair": order.pair,
            "aclass": "forex",
            "subclass": "crypto",
            "time": _moment(trade.time),
            "type": order.type,
            "ordertype": order.ordertype,
            "price": f"{trade.price:.{pair.ticker_decimals}f}",
            **{name: _cost(pair, trade, name) for name in ("cost", "fee", "margin")},
            "vol": pair.volume_text(trade.volume),
            "misc": "closing" if trade.closing else "",
            "ledgers": ",".join(trade.ledgers),
        }


def _cost(pair: ListedPair, trade: Trade, name: str) -> str:
    return f"{getattr(trade, name):.{pair.cost_decimals}f}"


def _ledger(market: Market, ledger: Mapping[str, LedgerEntry], export: Export) -> Iterator[dict[str, str]]:
    for entry in ledger.values():
        if not export.start <= entry.time <= export.end:
            continue
        asset = market.assets[entry.asset]
        yield {
            "txid": entry.id,
            "refid": entry.refid,
            "time": _moment(entry.time),
            "type": entry.type,
            "subtype": entry.subtype,
            "aclass": asset.aclass,
            "subclass": _subclass(asset),
            "asset": entry.asset,
            "wallet": "spot / main",
            "amount": asset.text(entry.amount),
            "fee": asset.text(entry.fee),
            "balance": asset.text(entry.balance),
        }


def _subclass(asset: ListedAsset) -> str:
    """Fiat is what the letter Z stands before in Kraken's codes, but for the franc."""
    return "fiat" if asset.code in (f"Z{asset.altname}", "CHF") else "crypto"


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%d %H:%M:%S")
