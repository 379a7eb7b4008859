from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from aiosmtpd.smtp import SMTP

from tests.support.servers import Loop
from tests.support.token_mailbox import Mailbox
from tests.support.token_server import TokenServer, running


@pytest.fixture
def token_server() -> Iterator[TokenServer]:
    with running() as server:
        yield server


@pytest.fixture
def mailbox(token_server: TokenServer) -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox(token_server)

    def made() -> SMTP:
        return SMTP(box, auth_require_tls=False, auth_required=True, auth_exclude_mechanism=["LOGIN", "PLAIN"])

    with Loop() as running_loop:
        starting = running_loop.loop.create_server(made, "127.0.0.1", 0)
        server = asyncio.run_coroutine_threadsafe(starting, running_loop.loop).result(10)
        yield box, server.sockets[0].getsockname()[1]
        running_loop.loop.call_soon_threadsafe(server.close)
