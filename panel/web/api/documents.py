"""What programs send and get, as types: they check what comes in, and write the schemas of the OpenAPI document."""

from __future__ import annotations

from typing import Annotated, Literal, get_type_hints

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from panel.checks.trial.report import Mode, Outcome
from panel.checks.verdict import Kind
from panel.mail.message.address import MAX_NAME
from panel.mail.message.compose import MAX_ATTACHED, MAX_SUBJECT, MAX_VALUE, MAX_VALUES
from panel.mail.message.normalize import MAX_RECIPIENTS
from panel.mail.message.submission import Priority
from panel.mail.smtp import protocol
from panel.outbox.pace.pace import Reason
from panel.outbox.search import BEYOND, PAGE
from panel.outbox.state import State
from panel.settings import parsing
from panel.settings.fields.labels import label_of
from panel.settings.fields.secret import SECRETS
from panel.settings.model import FIELDS, Settings
from panel.settings.store import Kept

Moment = Annotated[str, Meta(description="UTC, ISO 8601", examples=["2026-11-23T09:00:00.120Z"])]
Address = Annotated[str, Meta(max_length=MAX_SUBJECT, examples=["hanako@example.org", '"花子" <hanako@example.org>'])]
Addresses = Annotated[
    Address | Annotated[list[Address], Meta(max_length=MAX_RECIPIENTS)],
    Meta(description="one address, or a list of them"),
]
# `panel.mail.message.compose` measures it: its sentence names the field.
HeaderValue = Annotated[str, Meta(extra_json_schema={"maxLength": MAX_VALUE})]
Number = Annotated[int, Meta(ge=1, lt=BEYOND)]
Said = Annotated[str | None, Meta(description="what the server said, to the scope `admin` alone; else null")]

# What `panel.settings.parsing` asks, for the document: its sentences are better than those of a type.
_PORT = {"minimum": 1, "maximum": 65535}
_RULES: dict[str, dict[str, int]] = {
    "from_name": {"maxLength": MAX_NAME},
    "smtp_port": _PORT,
    "smtp_user": {"maxLength": parsing.MAX_USER},
    "pop_port": _PORT,
    "pop_user": {"maxLength": parsing.MAX_USER},
    "send_interval_ms": {"minimum": 0, "maximum": parsing.MAX_INTERVAL_MS},
    "max_per_hour": {"minimum": 1, "maximum": parsing.MAX_CAP},
    "max_per_day": {"minimum": 1, "maximum": parsing.MAX_CAP},
    "ca_certificate": {"maxLength": parsing.MAX_PEM},
    **{name: {"maxLength": parsing.MAX_SECRET} for name in SECRETS},
}


class Attachment(Struct, forbid_unknown_fields=True, frozen=True):
    """A file."""

    name: Annotated[str, Meta(min_length=1, max_length=200, examples=["invoice.pdf"])]
    content: Annotated[bytes, Meta(description="base64, without line breaks")]
    content_type: Annotated[str, Meta(examples=["application/pdf"])] = "application/octet-stream"


class NewMessage(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A message in its parts, or `raw`: a whole one. It leaves as the configured sender."""

    to: Addresses = []
    cc: Addresses = []
    bcc: Annotated[Addresses, Meta(description="they get the message and stand nowhere in it")] = []
    subject: Annotated[str, Meta(max_length=MAX_SUBJECT)] = ""
    text: str | None = None
    html: str | None = None
    reply_to: Annotated[Addresses, Meta(description="whom answers go to")] = []
    headers: Annotated[
        dict[str, HeaderValue],
        Meta(
            max_length=MAX_ATTACHED,
            description=f"further header fields, {MAX_VALUES} characters in all; long ones are folded at blanks",
            examples=[{"X-Order": "17", "List-Unsubscribe": "<https://example.org/leave?id=17>"}],
        ),
    ] = {}
    attachments: Annotated[list[Attachment], Meta(max_length=MAX_ATTACHED)] = []
    priority: Priority = Priority.NORMAL
    raw: Annotated[
        str | None,
        Meta(
            description="An RFC 5322 message, in place of the members above. Beside it may stand `priority`, and `to`: "
            "plain addresses that get it in place of those in its To, Cc and Bcc."
        ),
    ] = None


class Accepted(Struct, frozen=True):
    """A message that is on disk and will be sent."""

    id: int
    state: State
    message_id: str
    estimated_at: Annotated[
        Moment | None,
        Meta(description="the earliest moment at which it may leave; null where nothing leaves as things are"),
    ]


class Recipient(Struct, frozen=True):
    """One recipient and what became of the message for it."""

    address: str
    state: Literal["waiting", "sent", "failed", "cancelled"]
    cause: str | None
    reply: Said
    at: Moment | None


class Attempt(Struct, frozen=True):
    """One try to hand the message over."""

    at: Moment
    ms: int
    outcome: Literal["queued", "sending", "sent", "deferred", "failed", "cancelled", "held", "returned", "uncertain"]
    version: int | None
    stage: protocol.Stage | None
    cause: str | None
    reply: Said
    detail: Said
    uncertain: bool


class Message(Struct, frozen=True, kw_only=True):
    """A message of the outbox."""

    id: int
    state: State
    priority: Priority
    queued_at: Moment
    due_at: Moment
    ended_at: Moment | None
    subject: str
    message_id: str
    size: int
    door: str
    account: str
    attempts: int
    uncertain: Annotated[bool, Meta(description="it may have been sent twice")]
    cause: str | None
    reply: Said
    recipients: list[Recipient]


class WholeMessage(Message, frozen=True, kw_only=True):
    """A message of the outbox, with what was tried."""

    tried: list[Attempt]
    estimated_at: Moment | None


class Page(Struct, frozen=True):
    """Messages, the newest first; `older` is the `before` of the next page."""

    messages: list[Message]
    older: int | None


class Asked(Struct, forbid_unknown_fields=True, frozen=True):
    """Which messages to list."""

    state: State | UnsetType = UNSET
    q: Annotated[
        str, Meta(max_length=200, description="a number, an address, a Message-ID, a part of a subject or address")
    ] = ""
    before: Annotated[Number, Meta(description="go on after this message")] | UnsetType = UNSET
    limit: Annotated[int, Meta(ge=1, le=1000)] = PAGE


class Again(Struct, forbid_unknown_fields=True, frozen=True):
    """Queue a message again; `recipient` corrects the one address that has not got it."""

    recipient: Annotated[str | None, Meta(examples=["hanako@example.org"])] = None


_KINDS = get_type_hints(Settings)


def _given(name: str, kind: type) -> tuple[str, object, object]:
    rule = Meta(description=str(label_of(name)), extra_json_schema=_RULES.get(name))
    return name, Annotated[kind | UnsetType | None if name in SECRETS else kind | UnsetType, rule], UNSET


SettingsGiven = msgspec.defstruct(
    "SettingsGiven",
    [_given(name, _KINDS[name]) for name in FIELDS],
    forbid_unknown_fields=True,
    frozen=True,
    namespace={
        "__doc__": "Settings to use; a member that is missing has its default, in a test the saved value. A password "
        "that is missing or blank is the saved one, as far as it may go to where these settings send it; null "
        "forgets it.",
        "__repr__": lambda value: f"{type(value).__name__}(…)",  # passwords may be in it
    },
)
SettingsTold = msgspec.defstruct(
    "SettingsTold",
    [(name, _KINDS[name]) for name in FIELDS if name not in SECRETS],
    frozen=True,
    namespace={"__doc__": "The settings but their passwords."},
)

Secrets = msgspec.defstruct(
    "Secrets",
    [(name, Kept) for name in SECRETS],
    frozen=True,
    namespace={"__doc__": "Which passwords are kept."},
)


class SettingsVersion(Struct, frozen=True):
    """The settings in force; version 0 is the state before anything was saved."""

    version: int
    saved_at: Moment | None
    saved_by: str
    settings: SettingsTold  # type: ignore[valid-type]  # made above, by defstruct
    secrets: Secrets  # type: ignore[valid-type]  # made above, by defstruct


SignInNumber = Annotated[
    Number, Meta(description="the number of a sign-in with OAuth2 to use; if it is missing, the one in use goes on")
]


class NewSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """Settings to save; `version` is the one they were made from, which If-Match may say instead."""

    settings: SettingsGiven  # type: ignore[valid-type]  # made above, by defstruct
    version: Annotated[int, Meta(ge=0, lt=BEYOND)] | UnsetType = UNSET
    grant: SignInNumber | UnsetType = UNSET


class TestOrder(Struct, forbid_unknown_fields=True, frozen=True):
    """Whom to send a test to; `settings` are values to test in place of the saved ones, unsaved."""

    recipient: Annotated[str, Meta(examples=["someone@example.net"])]
    mode: Mode = Mode.SEND
    settings: SettingsGiven | UnsetType = UNSET  # type: ignore[valid-type]  # made above, by defstruct
    grant: SignInNumber | UnsetType = UNSET


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

    outcome: Literal["success", "failure", "stopped", "unknown"]
    mode: Mode
    version: int | None
    started_at: Moment
    ms: int
    recipient: str
    stages: list[TestStage]
    address: str | None
    tls: Tls | None
    auth: str | None
    queue_id: str | None
    failure: Failure | None
    notices: list[str]
    transcript: list[str]
    wait: TestWait | None


class LastTest(Struct, frozen=True):
    """The last test of the settings in force."""

    outcome: Outcome
    started_at: Moment
    recipient: str


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


class LastHour(Struct, frozen=True):
    """Tries of the last hour: those that the server accepted, and the others."""

    sent: int
    lost: int


class Status(Struct, frozen=True):
    """Whether outgoing mail works."""

    verdict: Kind
    version: Annotated[int, Meta(description="of the settings; 0 where nothing is saved")]
    test: LastTest | None
    counts: Counts
    oldest: Annotated[Moment | None, Meta(description="when the oldest waiting message was queued")]
    wait: Wait | None
    interval_ms: int
    last_hour: LastHour
    worker_seen_at: Moment | None


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


class ProblemError(Struct, frozen=True, omit_defaults=True):
    """One wrong value: `pointer` (RFC 6901) names it in the body, `parameter` in the query."""

    detail: str
    pointer: str | UnsetType = UNSET
    parameter: str | UnsetType = UNSET


class Slot(Struct, frozen=True):
    """Why there is no slot for a test, and for how many ms."""

    reason: Reason
    ms: int


class Problem(Struct, frozen=True):
    """RFC 9457 problem details; `wait` is beside `no-slot`, `version` and `saved_by` beside `stale-settings`."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[ProblemError] | UnsetType = UNSET
    wait: Slot | UnsetType = UNSET
    version: int | UnsetType = UNSET
    saved_by: str | UnsetType = UNSET
