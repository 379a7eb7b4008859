"""`ready`: whether the panel that listens here can work, for what watches it. It is run often, and loads little."""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Mapping
from typing import Any, NoReturn

import click

from panel import home
from panel.cli.terminal.say import say, say_aside
from panel.i18n import N_

_MOST_BYTES = 65_536  # of an answer, which has a few hundred
_MOST_SHOWN = 100  # characters of one of its words
_NOBODY = N_("Nobody listens at %(address)s: the panel does not run, or is still starting.")
_SILENT = N_("The panel at %(address)s has not answered within %(seconds)s seconds.")
_STRANGER = N_("What answers at %(address)s is not mail-panel.")
_NOT_READY = N_("The panel at %(address)s is not ready: %(parts)s.")


@click.command()
@click.option("--listen", metavar="HOST:PORT", help="Where it listens. Default: MAIL_PANEL_LISTEN, or 127.0.0.1:5870.")
@click.option("--live", is_flag=True, help="Ask only whether it answers, and not whether it can work.")
@click.option(
    "--timeout",
    metavar="SECONDS",
    type=click.FloatRange(0.1, 60),
    default=5,
    help="How long it may take to answer, at most 60. Default: 5.",
)
def ready(listen: str | None, live: bool, timeout: float) -> None:
    """Say whether the panel that listens on this machine can work, as its /readyz does.

    For HEALTHCHECK of a container, probes, and scripts that wait for the start. It reads no data and needs no account.

    \b
    Exit codes: 0 it can work, 1 it cannot, or does not answer.

    \b
    Examples:
      mail-panel ready
      mail-panel ready --live --timeout 2
    """
    host, port = home.reached_here(home.listen_address(listen) if listen else home.panel_address())
    address = home.address_text(host, port)
    request = f"GET {'/healthz' if live else '/readyz'} HTTP/1.0\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    try:
        answer = _ask(host, port, request.encode(), time.monotonic() + timeout)
    except TimeoutError:
        _refuse(_SILENT, address=address, seconds=f"{timeout:g}")
    except OSError:
        _refuse(_NOBODY, address=address)
    told = _read(answer)
    if told.get("status") not in ("ok", "failed"):
        _refuse(_STRANGER, address=address)
    if told["status"] != "ok":
        _refuse(_NOT_READY, address=address, parts=_parts(told))
    say(N_("The panel at %(address)s answers.") if live else N_("The panel at %(address)s is ready."), address=address)


def _ask(host: str, port: int, request: bytes, deadline: float) -> bytes:
    """Give the whole answer, or raise `TimeoutError` at the deadline, however slowly it comes."""
    answer = b""
    with socket.create_connection((host, port), _left(deadline)) as connection:
        connection.sendall(request)
        while len(answer) < _MOST_BYTES:
            connection.settimeout(_left(deadline))
            more = connection.recv(4096)
            if not more:
                break
            answer += more
    return answer


def _left(deadline: float) -> float:
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def _read(answer: bytes) -> Mapping[str, Any]:
    """Give what the body says; nothing where it is no object, as of another program."""
    try:
        told = json.loads(answer.partition(b"\r\n\r\n")[2])
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _parts(told: Mapping[str, Any]) -> str:
    """Name what is not in order, in the words of /readyz, or of whatever answers in its place."""
    from panel.logs import in_one_line  # what is ready needs none

    wrong = [name for name in ("database", "key", "worker") if told.get(name) != "ok"]
    return in_one_line(", ".join(f"{name} {told.get(name, 'unknown')}"[:_MOST_SHOWN] for name in wrong))


def _refuse(message: str, **values: object) -> NoReturn:
    """Say it, and leave with the code by which a container is not healthy; 2 is reserved there."""
    say_aside(message, **values)
    sys.exit(1)
