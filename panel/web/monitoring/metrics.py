"""For Prometheus: the figures of the outbox, to those networks that may read them."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, abort, make_response, request
from flask.typing import ResponseReturnValue

from panel import clock
from panel.checks.metrics import Figure, drop_figures, exposition, server_figures, token_figures
from panel.clock import Instant
from panel.mail.net.peers import is_among
from panel.services import Services
from panel.web.context import client_address, services
from panel.web.proxy import came_directly

bp = Blueprint("metrics", __name__)


@bp.get("/metrics")
def show() -> ResponseReturnValue:
    """Give the metrics; to anybody else there is no such page."""
    if not _may_read():
        abort(404)
    opened, at = services(), clock.instant()
    text, content_type = exposition(
        opened.database,
        opened.settings.current(),
        at,
        request.headers.get("Accept", ""),
        beside=(*_of_server(opened, at), *_of_alerts(opened, at), *_of_drop(opened), *_of_tokens(opened, at)),
    )
    response = make_response(text)
    response.headers["Content-Type"] = content_type
    return response


def _of_server(opened: Services, at: Instant) -> Iterator[Figure]:
    if opened.database.is_server:
        yield from server_figures(opened.database, opened.vault, at)


def _of_drop(opened: Services) -> Iterator[Figure]:
    if opened.config.drop:
        from panel.outbox.drop.standing import look_into  # few panels have one

        yield from drop_figures(look_into(opened.config.drop, opened.config.home))


def _of_tokens(opened: Services, at: Instant) -> Iterator[Figure]:
    yield from token_figures(opened.tokens.limited(at.wall))


def _of_alerts(opened: Services, at: Instant) -> Iterator[Figure]:
    """Give what fires, whether somebody is told of it or not, and how telling goes, where somebody is."""
    from panel.alerts.figures import delivery_figures, firing_figure

    yield firing_figure(opened.alerts_now(at))
    yield from delivery_figures(opened.database, opened.destinations.list(), at.wall)


def _may_read() -> bool:
    """Say whether the request comes from a listed network; behind a proxy that we do not trust nobody knows whence."""
    return came_directly(request.environ) and is_among(client_address(), services().config.metrics)
