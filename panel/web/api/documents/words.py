"""The values that several documents hold: moments, addresses, numbers."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from panel.mail.limits import MAX_RECIPIENTS
from panel.mail.message.compose import MAX_SUBJECT
from panel.outbox.listing.filters import BEYOND

Moment = Annotated[str, Meta(description="UTC, ISO 8601", examples=["2026-11-23T09:00:00.120Z"])]
Address = Annotated[str, Meta(max_length=MAX_SUBJECT, examples=["hanako@example.org", '"花子" <hanako@example.org>'])]
Addresses = Annotated[
    Address | Annotated[list[Address], Meta(max_length=MAX_RECIPIENTS)],
    Meta(description="one address, or a list of them"),
]
Number = Annotated[int, Meta(ge=1, lt=BEYOND)]
Said = Annotated[str | None, Meta(description="what the server said, to the scope `admin` alone; else null")]
