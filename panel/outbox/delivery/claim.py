"""A claim: a message in hand, and the lease that makes it ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from panel import clock
from panel.clock import Instant
from panel.errors import PanelError
from panel.mail.dsn.envid import envid_of
from panel.mail.dsn.notify import DEFAULT
from panel.mail.message.envelope import Envelope
from panel.mail.message.submission import Submission
from panel.outbox.delivery.binding import FREE, Binding
from panel.outbox.enqueue import addresses_in
from panel.outbox.pace.pace import Terms
from panel.outbox.state import URGENCY, State
from panel.storage.database import Row


class LeaseLost(PanelError):
    """The lease has run out; somebody else may have the message."""


class Claim(NamedTuple):
    """A message in hand: what to send to whom, on which terms, and the lease that makes it ours.

    `refused_before` says that earlier tries failed for another recipient for good, `told_apart` that recipients have
    rows of their own, `apart` that the body stands in a table of its own; `sending` is the window's place among its
    server's messages. The `terms` are those of the server that it leaves by, `binding` one that it has waited for.
    A claim `ahead` of its moment, which is when it `began`, has the clock, and becomes a message in hand when its
    content is about to go.
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
    binding: Binding = FREE

    def reported(self, envelope: Envelope, host: str) -> Envelope:
        """Ask for reports on the message that is in this envelope, under a number by which they are known."""
        envid = envid_of(self.number, self.submission.message_id, host)
        return envelope._replace(notify=self.submission.notify or DEFAULT, envid=envid)


@dataclass(frozen=True, slots=True)
class Common:
    """What the messages of a window have in common."""

    holder: str
    terms: Terms
    began: Instant
    sending: int
    early: bool


# What a claim is read of: in the order of the first three messages leave; `apart` says whether recipients have rows.
CLAIMED = (
    "urgency, due_at, number, state, message_id, subject, reply_to, attempts, since, notify, rcpt_to, content, "
    "bound, bound_until, holder, size, EXISTS (SELECT 1 FROM recipients WHERE message = number) AS apart"
)


def claim_of(row: Row, told_apart: list[Row] | None, body: bytes | None, common: Common) -> Claim:
    """Read a claim from the rows of a message and its recipients, if they have any; `body` is one that stands apart."""
    urgency, _, number, state, message_id, subject, reply_to, tries, since, notify, written, content, *rest = row
    rcpt_to = addresses_in(written)
    if told_apart:
        rcpt_to = tuple(each["address"] for each in told_apart if each["state"] == "waiting")
    return Claim(
        number=number,
        holder=common.holder,
        submission=Submission(rcpt_to, content or body or b"", message_id, subject, reply_to, URGENCY[urgency], notify),
        refused_before=told_apart is not None and any(each["state"] == "failed" for each in told_apart),
        tries=tries,
        since=clock.moment(since),
        began=common.began,
        terms=common.terms,
        sending=common.sending,
        ahead=common.early,
        state=_STATES[state],
        told_apart=told_apart is not None,
        apart=body is not None,
        binding=Binding.of(*rest[:2]),
    )


_STATES = {str(each): each for each in State}
