"""The test send: what is asked, and what it found."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from panel.checks.doctor.places import Place
from panel.checks.trial.report import Mode, Outcome
from panel.mail.smtp import protocol
from panel.outbox.pace.pace import Reason
from panel.outbox.pace.route import Which
from panel.web.api.documents.settings import SettingsGiven, SignInNumber
from panel.web.api.documents.words import Moment


class TestOrder(Struct, forbid_unknown_fields=True, frozen=True):
    """Whom to send a test to; `settings` are values to test in place of the saved ones, unsaved."""

    recipient: Annotated[str, Meta(examples=["someone@example.net"])]
    mode: Mode = Mode.SEND
    settings: SettingsGiven | UnsetType = UNSET  # type: ignore[valid-type]  # made above, by defstruct
    grant: SignInNumber | UnsetType = UNSET
    server: Annotated[Which, Meta(description="which of two mail servers")] = Which.FIRST


class TestStage(Struct, frozen=True):
    """One stage of a test."""

    stage: protocol.Stage
    status: Literal["ok", "failed", "skipped"]
    ms: float | None
    reply: str | None


class Tls(Struct, frozen=True):
    """The encrypted connection of a test."""

    version: str
    cipher: str
    subject: str
    not_after: str


class Failure(Struct, frozen=True):
    """Why a test failed, and what to do."""

    cause: str
    stage: protocol.Stage
    field: str | None
    whose: Literal["settings", "server", "message", "pace"]
    reply: str | None
    what: str
    do: list[str]
    checked: str | None
    suggestion: dict[str, str | int | bool] | None


class TestWait(Struct, frozen=True):
    """Why a test was not begun: it would have had to wait."""

    reason: Reason
    until: Moment | None


class TestReport(Struct, frozen=True):
    """What a test found; a member that does not apply is null."""

    number: Annotated[int | None, Meta(description="its message's subject begins with it: `[#12]`")]
    outcome: Literal["success", "failure", "stopped", "unknown"]
    mode: Mode
    version: int | None
    server: Which
    started_at: Moment
    ms: int
    recipient: str
    stages: list[TestStage]
    address: str | None
    tls: Tls | None
    auth: str | None
    queue_id: str | None
    size_max: Annotated[int | None, Meta(description="bytes of a message that the server takes, where it says so")]
    failure: Failure | None
    notices: list[str]
    transcript: list[str]
    wait: TestWait | None


class ArrivalGiven(Struct, forbid_unknown_fields=True, frozen=True):
    """Whether the message of a test is in the mailbox."""

    arrived: bool


class ArrivalTold(Struct, frozen=True):
    """What somebody said of a test, and when; `seconds` is how long that was after the server took the message."""

    arrived: bool
    at: Moment
    by: str
    seconds: int


class DoctorFinding(Struct, frozen=True):
    """One thing that was looked at, in words."""

    name: str
    server: Annotated[Which | None, Meta(description="that it is about, where there are two")]
    status: Literal["ok", "warning", "problem", "unknown"]
    what: str
    do: str | None
    record: Annotated[str | None, Meta(description="a DNS record to publish")]
    place: Annotated[Place, Meta(description="whose affair it is")]
    field: Annotated[str | None, Meta(description="of the settings, to be changed")]
    ends: Annotated[str | None, Meta(description="when the certificate or the secret ends: a day, or a moment")]
    days_left: int | None


class ArrivalAnswer(Struct, frozen=True):
    """What was said of a test; where it has not arrived, what to look at, and what the DNS says of the sender."""

    test: int
    version: Annotated[int | None, Meta(description="of the saved settings that were tested")]
    in_force: Annotated[bool, Meta(description="whether the settings that were tested are those in force")]
    arrival: ArrivalTold
    look_at: list[str]
    findings: list[DoctorFinding]


class LastTest(Struct, frozen=True):
    """The last test of the settings in force."""

    number: int
    outcome: Outcome
    started_at: Moment
    recipient: str
    arrival: ArrivalTold | None
