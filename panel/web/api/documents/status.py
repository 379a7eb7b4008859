"""Whether outgoing mail works, and how the sign-in stands."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from panel.checks.examinations.examination import Why
from panel.checks.verdict import Kind
from panel.outbox.pace.pace import Reason
from panel.outbox.pace.route import Choice, Way
from panel.web.api.documents.settings import Staging
from panel.web.api.documents.tests import DoctorFinding, LastTest
from panel.web.api.documents.words import Moment


class Wait(Struct, frozen=True):
    """Why nothing leaves at this moment; `ms` is null where that lasts until something changes."""

    reason: Reason
    ms: int | None
    cause: str | None
    again_at: Annotated[Moment | None, Meta(description="when held mail is tried again by itself; null: not")]
    suggested_ms: int | None


class Counts(Struct, frozen=True):
    """How many messages are in each state."""

    queued: int
    sending: int
    sent: int
    deferred: int
    failed: int
    cancelled: int
    withheld: int


class LastHour(Struct, frozen=True):
    """Tries of the last hour: those that the server accepted, and the others."""

    sent: int
    lost: int


class LeavesBy(Struct, frozen=True):
    """Which of two servers mail leaves by."""

    state: Annotated[Way, Meta(description="`second_by_hand`: somebody has chosen it")]
    since: Annotated[Moment | None, Meta(description="when the second took over; null while mail leaves by the first")]
    cause: Annotated[str | None, Meta(description="what holds the first")]
    choice: Annotated[Choice, Meta(description="what somebody has chosen; `auto`: the first, as long as it takes mail")]


class ChosenServer(Struct, forbid_unknown_fields=True, frozen=True):
    """Which server mail is to leave by."""

    server: Choice


class Status(Struct, frozen=True):
    """Whether outgoing mail works."""

    verdict: Kind
    version: Annotated[int, Meta(description="of the settings; 0 where nothing is saved")]
    staging: Annotated[Staging | None, Meta(description="null where mail goes to those it is for")]
    test: LastTest | None
    counts: Counts
    oldest: Annotated[Moment | None, Meta(description="when the oldest waiting message was queued")]
    wait: Wait | None
    server: LeavesBy
    interval_ms: int
    last_hour: LastHour
    worker_seen_at: Moment | None


class DoctorAsked(Struct, forbid_unknown_fields=True, frozen=True):
    """What the doctor cannot know by itself."""

    address: Annotated[str, Meta(description="the IP address that receivers see", examples=["192.0.2.7"])] = ""
    selectors: Annotated[str, Meta(description="DKIM selectors, with blanks between them")] = ""


class DiagnosisCounts(Struct, frozen=True):
    """How many findings stand in which way."""

    problem: int
    warning: int
    ok: int
    unknown: int


class LastDiagnosis(Struct, frozen=True):
    """What can be checked without a login and without mail, as it was found; null where nothing was looked at yet."""

    at: Moment | None
    version: Annotated[int | None, Meta(description="of the settings that were looked at")]
    why: Annotated[Why | None, Meta(description="`daily` and `saved` are by itself")]
    asked_by: str | None
    address: str | None
    selectors: list[str]
    next_at: Annotated[Moment | None, Meta(description="by itself; null: that is switched off")]
    counts: DiagnosisCounts
    findings: list[DoctorFinding]


class SignInStatus(Struct, frozen=True):
    """How the sign-in with OAuth2 of the saved settings stands; a member that does not apply is null."""

    state: Annotated[
        Literal["none", "pending", "ready", "refreshing", "refused", "forgotten"],
        Meta(
            description="`none`: the login is made with a password, or nobody has signed in; `refused`: sign in again"
        ),
    ]
    provider: str | None
    account: str | None
    scope: str | None
    signed_in_at: Moment | None
    signed_in_by: str | None
    expires_at: Annotated[Moment | None, Meta(description="when the present token ends; it is renewed before")]
    refreshed_at: Moment | None
    cause: str | None
