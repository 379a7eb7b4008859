"""Who did what: found by account, action and time, and taken away as CSV or JSON lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlencode

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue

from panel.access.audit.asked import AuditFilter, NoSuchFilter, read_asked, read_number
from panel.access.audit.lines import csv_lines, json_lines
from panel.access.audit.reading import MOST_AT_ONCE, AuditPage
from panel.storage.database import Row
from panel.storage.journal import Action
from panel.web.access.audit_rows import action_words, audit_row
from panel.web.context import services
from panel.web.render import render
from panel.web.text import gettext, own_zone, recorded_name

bp = Blueprint("audit", __name__)

FILTERS = ("account", "action", "since", "until")


@bp.get("/audit")
def index() -> ResponseReturnValue:
    """Show a page of what was done, the newest first."""
    asked = _asked()
    before, after = read_number(request.args, "before"), read_number(request.args, "after")
    return _page(services().audit.page(asked, before=before, after=after), asked)


@bp.get("/audit.csv")
def as_csv() -> ResponseReturnValue:
    """Give the rows in their order, for a spreadsheet."""
    return _export(csv_lines, "text/csv", ".as_csv")


@bp.get("/audit.jsonl")
def as_jsonl() -> ResponseReturnValue:
    """Give the rows in their order, one JSON object a line."""
    return _export(json_lines, "application/jsonl", ".as_jsonl")


@bp.errorhandler(NoSuchFilter)
def no_such_filter(fault: NoSuchFilter) -> ResponseReturnValue:
    """Say what is wrong with a filter: beside it on the page, alone in place of a file."""
    said = fault.text.translated(gettext)
    if request.endpoint != "audit.index":
        return Response(f"{said}\n", 422, mimetype="text/plain")
    return _page(AuditPage([]), None, {fault.field: said}, 422)


def _asked() -> AuditFilter:
    """Read the filters, the account by the name that a page shows, too."""
    return read_asked({**request.args, "account": recorded_name(request.args.get("account", ""))}, own_zone())


def _export(lines: Callable[[Iterable[Row]], Iterator[str]], kind: str, endpoint: str) -> ResponseReturnValue:
    """Write rows as they are read: however many there are, few are in memory."""
    asked, after = _asked(), read_number(request.args, "after") or 0
    audit = services().audit
    last = audit.last_of_export(asked, after)
    response = Response(lines(audit.all(asked, after, last)), mimetype=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="audit{request.path[request.path.rindex(".") :]}"'
    if last is not None:
        response.headers["Link"] = f'<{_address(endpoint, after=last)}>; rel="next"'
    return response


def _page(
    page: AuditPage, asked: AuditFilter | None, errors: dict[str, str] | None = None, status: int = 200
) -> ResponseReturnValue:
    last = services().audit.last_of_export(asked, 0) if asked and page.rows else None
    return render(
        "access/audit",
        status,
        rows=[audit_row(row) for row in page.rows],
        typed={name: request.args.get(name, "") for name in FILTERS},
        errors=errors or {},
        actions={action: action_words(action) for action in Action},
        accounts=[each.name for each in services().accounts.list()],
        filtered=any(request.args.get(name) for name in FILTERS),
        older=_address(".index", before=page.older) if page.older else "",
        newer=_address(".index", after=page.newer) if page.newer else "",
        turned="before" in request.args or "after" in request.args,
        newest=_address(".index"),
        csv=_address(".as_csv"),
        jsonl=_address(".as_jsonl"),
        most=f"{MOST_AT_ONCE:,}",
        rest={"csv": _address(".as_csv", after=last), "jsonl": _address(".as_jsonl", after=last)} if last else {},
    )


def _address(endpoint: str, **more: int) -> str:
    """Give an address with the filters of this one."""
    query = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    asked = urlencode({**query, **more})
    return f"{url_for(endpoint)}?{asked}" if asked else url_for(endpoint)
