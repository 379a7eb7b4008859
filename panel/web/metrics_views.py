"""For Prometheus: the figures of the outbox, to those networks that may read them."""

from __future__ import annotations

from ipaddress import ip_address

from flask import Blueprint, abort, make_response, request
from flask.typing import ResponseReturnValue

from panel import clock
from panel.metrics import exposition
from panel.web.context import client_address, services
from panel.web.proxy import came_directly

bp = Blueprint("metrics", __name__)


@bp.get("/metrics")
def show() -> ResponseReturnValue:
    """Give the metrics; to anybody else there is no such page."""
    if not _may_read():
        abort(404)
    text, content_type = exposition(services(), clock.instant(), request.headers.get("Accept", ""))
    response = make_response(text)
    response.headers["Content-Type"] = content_type
    return response


def _may_read() -> bool:
    """Say whether the request comes from a listed network; behind a proxy that we do not trust nobody knows whence."""
    try:
        address = ip_address(client_address())
    except ValueError:  # what the proxy said is no address
        return False
    return came_directly(request.environ) and any(address in network for network in services().config.metrics)
