"""Private endpoints of reports: an account's trades or ledger as a file, which is ready at once here."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ..archives import COLUMNS, FORMATS, Export, archive
from ..messages import Reply, invalid_argument
from ..state import Call

MOST_REPORTS = 100
"""An account's oldest report goes when it asks for one more; Kraken deletes them after two weeks."""

OCTETS = "application/octet-stream"


def add_export(call: Call) -> Any:
    """AddExport: https://docs.kraken.com/api-reference/account-data/request-export-report"""
    report = _report(call)
    form = call.parameters.text("format") or "CSV"
    if form not in FORMATS:
        raise invalid_argument("format")
    fields = ",".join(call.parameters.names("fields")) or "all"
    if fields != "all" and not set(fields.split(",")) <= set(COLUMNS[report]):
        raise invalid_argument("fields")
    description = call.parameters.required("description")
    start, end = _moment(call, "starttm", _first_of_month(call.now)), _moment(call, "endtm", call.now)
    if start > end:
        raise invalid_argument("starttm")
    exports = call.account.exports
    name = next(name for name in _names(call) if name not in exports)
    exports[name] = Export(name, report, form, description, fields, call.now, start, min(end, call.now))
    while len(exports) > MOST_REPORTS:
        del exports[next(iter(exports))]
    return {"id": name}


def export_status(call: Call) -> Any:
    """ExportStatus: https://docs.kraken.com/api-reference/account-data/get-export-report-status"""
    report = _report(call)
    return [_entry(export) for export in call.account.exports.values() if export.report == report]


def retrieve_export(call: Call) -> Any:
    """RetrieveExport: https://docs.kraken.com/api-reference/account-data/retrieve-data-export

    The answer is the archive itself, of what the key may see of the history.
    """
    export, account, key = _export(call), call.account, call.private_key.api_key
    seen = replace(
        export, start=max(export.start, key.query_from), end=min(export.end, key.query_to or export.end)
    )
    return Reply(archive(seen, call.state.market, account.trades, account.ledger), content_type=OCTETS)


def remove_export(call: Call) -> Any:
    """RemoveExport: https://docs.kraken.com/api-reference/account-data/delete-export-report

    What is ready can be deleted only.
    """
    export = _export(call)
    if call.parameters.required("type") != "delete":
        raise invalid_argument("type")
    del call.account.exports[export.id]
    return {"delete": True}


def _names(call: Call) -> Iterator[str]:
    while True:
        yield call.state.new_id("E")[1:5]


def _report(call: Call) -> str:
    report = call.parameters.required("report")
    if report not in COLUMNS:
        raise invalid_argument("report")
    return report


def _export(call: Call) -> Export:
    export = call.account.exports.get(call.parameters.required("id"))
    if export is None:
        raise invalid_argument("id")
    return export


def _moment(call: Call, name: str, default: float) -> float:
    moment = call.parameters.integer(name)
    return default if moment is None else float(moment)


def _first_of_month(now: float) -> float:
    return datetime.fromtimestamp(now, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp()


def _entry(export: Export) -> dict[str, Any]:
    created = str(int(export.created))
    return {
        "id": export.id,
        "descr": export.description,
        "format": export.format,
        "report": export.report,
        "subtype": "all",
        "status": "Processed",
        "flags": "0",
        "fields": export.fields,
        "createdtm": created,
        "expiretm": "0",
        "starttm": created,
        "completedtm": created,
        "datastarttm": str(int(export.start)),
        "dataendtm": str(int(export.end)),
        "aclass": "forex",
        "asset": "all",
    }
