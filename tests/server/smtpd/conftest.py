"""A listener, and clients that speak to it line by line."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

import pytest

from panel.access.submission.listener_access import ListenerAccess
from panel.server.smtpd import guests
from panel.storage.database import Database
from tests.support.handing_in import Client, Door, open_door
from tests.support.servers import Loop


@pytest.fixture
def door(database: Database, loop: Loop) -> Iterator[Door]:
    with open_door(database, loop) as door:
        yield door


@pytest.fixture
def client(door: Door) -> Iterator[Client]:
    with door.client() as client:
        yield client


@pytest.fixture
def guarded(database: Database, loop: Loop) -> Iterator[Door]:
    """A listener that wants a token."""
    with open_door(database, loop, must_log_in=True) as door:
        yield door


NEIGHBOUR, SHOP = "127.0.0.2", "127.0.0.3"  # machines beyond this one: one needs no login, and one does


@pytest.fixture
def beyond(database: Database, loop: Loop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    """A listener for other machines, too: what is not 127.0.0.1 is one."""
    monkeypatch.setattr(guests, "is_loopback", lambda address: address == "127.0.0.1")
    access = ListenerAccess((ip_network("127.0.0.0/8"),), (ip_network(NEIGHBOUR),))
    with open_door(database, loop, access=access) as door:
        yield door
