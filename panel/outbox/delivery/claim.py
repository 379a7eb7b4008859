"""A claim: a message in hand, and the lease that makes it ours."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from panel.clock import Instant
from panel.errors import PanelError
from panel.mail.message.submission import Submission
from panel.outbox.pace.pace import Terms
from panel.outbox.state import State


class LeaseLost(PanelError):
    """The lease has run out; somebody else may have the message."""


class Claim(NamedTuple):
    """A message in hand: what to send to whom, on which terms, and the lease that makes it ours.

    `refused_before` says that earlier tries failed for another recipient for good, `told_apart` that recipients have
    rows of their own, `apart` that the body stands in a table of its own; `sending` is the window's place among its
    server's messages. A claim `ahead` of its moment, which is when it `began`, has the clock, and becomes a message in
    hand when its content is about to go.
    """

    number: int
    holder: str
    submission: Submission
    refused_before: bool
    tries: int
    since: datetime
    began: Instant
    terms: Terms
    sending: int
    ahead: bool = False
    state: State = State.QUEUED
    told_apart: bool = False
    apart: bool = False
