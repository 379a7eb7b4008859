"""What programs send and get with many messages at once, as types; those of one message are in `messages`."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from panel.web.api.documents.messages import Accepted, NewMessage
from panel.web.api.documents.problem import Problem

MAX_BATCH = 500  # messages
MAX_KEY = 255  # characters of an idempotency key


class BatchMessage(NewMessage, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A message of a batch, as by itself, with its own key."""

    idempotency_key: Annotated[
        str | None,
        Meta(
            description="the same key with the very same message, octet for octet, hands it over once; not beside the "
            "header, which is for all of them",
            extra_json_schema={"minLength": 1, "maxLength": MAX_KEY},
        ),
    ] = None


Atomic = Annotated[
    bool, Meta(description="`true`: all of them are taken, or none; `false`: each is taken or refused by itself")
]


class NewBatch(Struct, forbid_unknown_fields=True, frozen=True):
    """Messages to hand over in one request."""

    messages: Annotated[list[BatchMessage], Meta(min_length=1, max_length=MAX_BATCH)]
    atomic: Atomic = True


class BatchParts(Struct, forbid_unknown_fields=True, frozen=True):
    """The same, its messages still to be read: each by itself."""

    messages: Annotated[list[msgspec.Raw], Meta(min_length=1, max_length=MAX_BATCH)]
    atomic: Atomic = True


class BatchResult(Struct, frozen=True):
    """What became of one message: it is taken, or there is a problem."""

    index: Annotated[int, Meta(description="its place in the batch, the first is 0", ge=0)]
    message: Accepted | None
    replayed: Annotated[bool, Meta(description="its key was known: it was taken before, and is not taken again")]
    problem: Problem | None


class Batch(Struct, frozen=True):
    """What became of the messages of a batch, in their order."""

    results: list[BatchResult]
