"""An outbox with mail that was sent, and the store of what came back of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from panel.outbox.bounces.store import Bounces
from panel.outbox.delivery.claim import Claim
from panel.outbox.outbox import Outbox
from panel.storage.database import Database
from tests.support.actors import actor
from tests.support.mail import NOW, TERMS, OneByOne, at, mail, taken

Send = Callable[..., int]


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)


@pytest.fixture
def bounces(database: Database) -> Bounces:
    return Bounces(database)


@pytest.fixture
def send(database: Database, outbox: Outbox) -> Send:
    """Send a message, some of whose recipients are refused; give its number."""

    def send(*rcpt_to: str, number: int | str = 1, by: str = "shop", **refusals: str) -> int:
        queued = outbox.enqueue(mail(*rcpt_to, number=number), by=actor(by), now=NOW)
        claims = OneByOne(database)
        claim = claims.claim("1-a", TERMS, at(float(queued.number)))
        assert isinstance(claim, Claim), claim
        claims.settle(claim, taken(claim, **refusals), at(queued.number + 0.2))
        return queued.number

    return send
