"""For Prometheus: the figures of the outbox, to those networks that may read them."""

from __future__ import annotations

from flask import Blueprint, abort, make_response, request
from flask.typing import ResponseReturnValue

from panel import clock
from panel.checks.metrics import exposition
from panel.mail.net.peers import is_among
from panel.web.context import client_address, services
from panel.web.proxy import came_directly

bp = Blueprint("metrics", __name__)


@bp.get("/metrics")
def show() -> ResponseReturnValue:
    """Give the metrics; to anybody else there is no such page."""
    if not _may_read():
        abort(404)
    opened = services()
    text, content_type = exposition(
        opened.database, opened.settings.current(), clock.instant(), request.headers.get("Accept", "")
    )
    response = make_response(text)
    response.headers["Content-Type"] = content_type
    return response


def _may_read() -> bool:
    """Say whether the request comes from a listed network; behind a proxy that we do not trust nobody knows whence."""
    return came_directly(request.environ) and is_among(client_address(), services().config.metrics)
