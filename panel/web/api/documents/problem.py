"""Problem details: what is answered where something is not done."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from panel.outbox.pace.pace import Reason


class ProblemError(Struct, frozen=True, omit_defaults=True):
    """One wrong value: `pointer` (RFC 6901) names it in the body, `parameter` in the query."""

    detail: str
    pointer: str | UnsetType = UNSET
    parameter: str | UnsetType = UNSET


class Slot(Struct, frozen=True):
    """Why there is no slot for a test, and for how many ms."""

    reason: Reason
    ms: int


class Limit(Struct, frozen=True, omit_defaults=True):
    """How much the token may hand in, and has; when and in how many seconds there is room, where there will be."""

    name: Literal["messages_per_minute", "recipients_per_day"]
    most: int
    used: int
    until: str | UnsetType = UNSET
    seconds: int | UnsetType = UNSET


class Problem(Struct, frozen=True):
    """RFC 9457 problem details.

    `wait` is beside `no-slot`, `version` and `saved_by` beside `stale-settings`, `limit` beside `token-limit` and
    `beyond-token-limit`.
    """

    type: str
    title: str
    status: int
    detail: str
    errors: list[ProblemError] | UnsetType = UNSET
    wait: Slot | UnsetType = UNSET
    limit: Limit | UnsetType = UNSET
    version: int | UnsetType = UNSET
    saved_by: str | UnsetType = UNSET
