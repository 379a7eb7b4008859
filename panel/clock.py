"""Moments as they are stored: UTC, ISO 8601, milliseconds; as text they sort as they are."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """Write a moment such as `2026-11-23T09:00:00.120Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp)
