"""The mail server that both sides send to, in a process of its own."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from panel.settings.model import Settings
from tests.support.servers import PASSWORD, USER, Authority, Loop, SmtpServer


@contextmanager
def running() -> Iterator[Settings]:
    """Start it, and give the settings that are right for it: STARTTLS and a login."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there,), daemon=True)
    process.start()
    port, authority = here.recv()
    yield Settings(
        from_address="report@example.org",
        smtp_host="localhost",
        smtp_port=port,
        smtp_user=USER,
        smtp_password=PASSWORD,
        ca_certificate=authority,
        local_hostname="app.example.org",
    )
    here.send("end")
    process.join()


def _serve(pipe: Connection) -> None:
    authority = Authority.make()
    with Loop() as loop:
        pipe.send((SmtpServer().start(loop, authority=authority).port, authority.pem))
        pipe.recv()
