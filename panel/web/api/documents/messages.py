"""Messages: as they are handed over, listed and shown."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from panel.mail.message.compose import MAX_ATTACHED, MAX_SUBJECT, MAX_VALUE, MAX_VALUES
from panel.mail.message.submission import Priority
from panel.mail.smtp import protocol
from panel.outbox.listing.look import PAGE
from panel.outbox.pace.route import Which
from panel.outbox.state import Listed, State
from panel.web.api.documents.words import Addresses, Moment, Number, Said

# `panel.mail.message.compose` measures it: its sentence names the field.
HeaderValue = Annotated[str, Meta(extra_json_schema={"maxLength": MAX_VALUE})]


Notify = list[Literal["never", "failure", "delay", "success"]]


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
    notify: Annotated[
        Notify,
        Meta(
            max_length=3,
            description="when the mail servers on the way are asked to report (DSN): `never` alone, or any of the "
            "others; without any, `failure` and `delay`",
        ),
    ] = []
    raw: Annotated[
        str | None,
        Meta(
            description="An RFC 5322 message, in place of the members above. Beside it may stand `priority`, `notify`, "
            "and `to`: plain addresses that get it in place of those in its To, Cc and Bcc."
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
    bounced_at: Annotated[Moment | None, Meta(description="when a report said that it came back")]


AttemptOutcome = Annotated[
    Literal["queued", "sending", "sent", "deferred", "failed", "cancelled", "held", "returned", "uncertain"]
    | Literal["bounced", "delayed", "delivered", "relayed", "expanded"],
    Meta(description="of a try, or from `bounced` on what a report says"),
]


class Attempt(Struct, frozen=True):
    """One try to hand the message over, or what a report said of one `recipient` afterwards (RFC 3464)."""

    at: Moment
    ms: int
    outcome: AttemptOutcome
    version: int | None
    stage: protocol.Stage | None
    cause: str | None
    reply: Said
    detail: Said
    uncertain: bool
    server: Annotated[Which, Meta(description="that it was made by")]
    recipient: str | None


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
    server: Annotated[
        Which | None, Meta(description="it left by, or was last tried by; null where nothing was tried yet")
    ]
    bounced_at: Annotated[Moment | None, Meta(description="when a report first said that it came back")]
    seen_at: Annotated[Moment | None, Meta(description="when somebody marked its failure as seen")]
    seen_by: str | None
    undo_until: Annotated[
        Moment | None, Meta(description="by when its cancellation, or its being queued again, can be undone")
    ]
    notify: Annotated[Notify, Meta(description="when the mail servers on the way are asked to report")]
    recipients: list[Recipient]


class HeaderField(Struct, frozen=True):
    """One field of a message's header, its encoded words read."""

    name: str
    value: str


class HeldFile(Struct, frozen=True):
    """A file in a message, as it is listed also when it is not there any more."""

    name: str
    content_type: str
    size: Annotated[int, Meta(description="octets, decoded")]


class WholeMessage(Message, frozen=True, kw_only=True):
    """A message of the outbox, with what was tried, and with its header for a token that may read messages."""

    tried: list[Attempt]
    estimated_at: Moment | None
    headers: Annotated[
        list[HeaderField] | None, Meta(description="null where they were not kept, or the token may not read them")
    ]
    attachments: Annotated[list[HeldFile] | None, Meta(description="null in the same cases")]
    redirected_to: Annotated[
        str | None,
        Meta(
            description="where it went, or goes, in the place of its recipients: by the settings that it was last "
            "tried with, else by those in force; null where nothing is redirected, or the token may not read messages"
        ),
    ]


class Page(Struct, frozen=True):
    """Messages, the newest first; `older` is the `before` of the next page."""

    messages: list[Message]
    older: int | None


class Asked(Struct, forbid_unknown_fields=True, frozen=True):
    """Which messages to list."""

    state: Annotated[Listed, Meta(description="a state, or `bounced`: what came back")] | UnsetType = UNSET
    q: Annotated[
        str, Meta(max_length=200, description="a number, an address, a Message-ID, a part of a subject or address")
    ] = ""
    before: Annotated[Number, Meta(description="go on after this message")] | UnsetType = UNSET
    limit: Annotated[int, Meta(ge=1, le=1000)] = PAGE


class Resend(Struct, forbid_unknown_fields=True, frozen=True):
    """Send a message as a new one to some of its recipients; without `to`, to those who have not got it."""

    to: Annotated[list[str], Meta(max_length=1000, examples=[["hanako@example.org"]])] = []


class Again(Struct, forbid_unknown_fields=True, frozen=True):
    """Queue a message again; `recipient` corrects the one address that has not got it."""

    recipient: Annotated[str | None, Meta(examples=["hanako@example.org"])] = None
